"""resolver.py - the real Unbound, with the module loaded (or without)."""

import os
import re
import socket
import subprocess

import dns.flags
import dns.message
import dns.query

from environment import MODULE, PATIENCE, PRELOAD, UNBOUND_BUILD, WRAPPER, wait_until
from process import Child, free_port, has_ipv6

CONFIGURATION = """\
server:
	verbosity: 1
	username: "{username}"
	chroot: "{chroot}"
	directory: "{folder}"
	pidfile: ""
	use-syslog: no
	logfile: ""
	do-daemonize: no
	interface: 127.0.0.1@{port}
{interface6}\
	access-control: 127.0.0.0/8 allow
	access-control: ::1/128 allow
	do-not-query-localhost: no
	num-threads: {threads}
	module-config: "{modules}"
{server}
remote-control:
	control-enable: yes
	control-interface: "{folder}/control.sock"
	control-use-cert: no
{clauses}
{stub_zones}
"""

DYNLIB = """\
dynlib:
	dynlib-file: "{module}"
"""

# What a sanitizer or a failed assertion prints; none may be in a log.
REPORTS = re.compile(
    r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error: |"
    r"Assertion .* failed|assertion failed"
)


class Unbound:
    """One resolver. start() returns when it serves; end it with stop()."""

    def __init__(
        self,
        folder,
        authority,
        database=None,
        modules="dynlib validator iterator",
        threads=1,
        server=(),
        clauses="",
        stub_zones=None,
        username="",
        chroot="",
        environment=None,
        binary=UNBOUND_BUILD / "unbound",
        module=MODULE,
    ):
        self.folder = folder
        self.stub_zones = stub_zones or authority.stub_zones()
        self.modules = modules
        self.threads = threads
        self.server = list(server)
        self.clauses = clauses
        self.username = username
        self.chroot = chroot
        self.binary = binary
        self.module = module
        self.child = None
        self.stopped = True
        self.environment = dict(os.environ)
        self.environment.pop("SINKBOUND_DB", None)
        if database:
            self.environment["SINKBOUND_DB"] = str(database)
        if PRELOAD:
            self.environment["LD_PRELOAD"] = PRELOAD
        self.environment.update(environment or {})

    # ---- its life ----

    def configure(self):
        self.port = free_port()
        interface6 = f"\tinterface: ::1@{self.port}\n" if has_ipv6() else ""
        clauses = self.clauses
        if "dynlib" in self.modules:
            assert MODULE.exists(), f"{MODULE} is missing: run make"
            clauses += DYNLIB.format(module=self.module)
        self.configuration = self.folder / "unbound.conf"
        self.configuration.write_text(
            CONFIGURATION.format(
                folder=self.folder,
                port=self.port,
                interface6=interface6,
                username=self.username,
                chroot=self.chroot,
                threads=self.threads,
                modules=self.modules,
                server="".join(f"\t{line}\n" for line in self.server),
                clauses=clauses,
                stub_zones=self.stub_zones,
            )
        )

    def spawn(self):
        """Run it without waiting for it to serve."""
        self.configure()
        self.child = Child(
            "unbound",
            [*WRAPPER, self.binary, "-d", "-c", self.configuration],
            self.folder,
            self.environment,
        )
        self.stopped = False

    def start(self, tries=3):
        for _ in range(tries):
            self.spawn()
            wait_until(
                lambda: self.starts() > 0 or not self.child.running(),
                "Unbound did not start",
                30,
            )
            if self.child.running():
                return self
            # Another process may have taken the free port meanwhile.
            text = self.child.text()
            self.kill()
            if "ddress already in use" not in text:
                break
        raise AssertionError(f"Unbound ended:\n{text}")

    def refuse(self):
        """Run it, and be sure that it ends by itself before it serves."""
        self.spawn()
        try:
            assert self.child.wait(30) != 0
        finally:
            self.kill()
        assert self.starts() == 0, self.child.tail()

    def starts(self):
        """How often it came to serving: once, and once a reload."""
        return self.child.text().count("start of service")

    def stop(self):
        """End it, and be sure that it ended in good order."""
        self.stopped = True
        status = self.child.stop()
        assert status == 0, f"Unbound ended with {status}:\n{self.child.tail()}"
        report = REPORTS.search(self.child.text())
        assert not report, f"in Unbound's log:\n{self.child.tail()}"

    def kill(self):
        """End it, whatever it says."""
        self.stopped = True
        if self.child:
            self.child.stop()

    @property
    def pid(self):
        return self.child.pid

    def log_has(self, pattern):
        return re.search(pattern, self.child.text(), re.IGNORECASE)

    def wait_for_log(self, pattern, seconds=10):
        return wait_until(
            lambda: self.log_has(pattern), f"no '{pattern}' in Unbound's log", seconds
        )

    # ---- unbound-control ----

    def control(self, *command):
        done = subprocess.run(
            [UNBOUND_BUILD / "unbound-control", "-c", self.configuration, *command],
            capture_output=True,
            text=True,
            timeout=30 * PATIENCE,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def reload(self):
        before = self.starts()
        self.control("reload")
        wait_until(
            lambda: self.starts() > before or not self.child.running(),
            "Unbound did not reload",
            30,
        )
        assert self.child.running(), f"Unbound ended:\n{self.child.tail()}"

    def counter(self, name):
        """A statistic, such as total.num.cachehits."""
        for line in self.control("stats_noreset").splitlines():
            key, _, value = line.partition("=")
            if key == name:
                return float(value)
        raise AssertionError(f"no statistic {name}")

    # ---- questions ----

    def ask(
        self, qname, qtype="A", *, tcp=False, v6=False, source=None, seconds=10,
        **options,
    ):
        """The reply to one question; OPTIONS as question() has them."""
        query = question(qname, qtype, **options)
        where = "::1" if v6 else "127.0.0.1"
        send = dns.query.tcp if tcp else dns.query.udp
        return send(query, where, seconds * PATIENCE, self.port, source)

    def open_socket(self, source="127.0.0.1"):
        """A UDP socket to it, for questions that may get no answer."""
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.bind((source, 0))
        opened.connect(("127.0.0.1", self.port))
        opened.settimeout(10 * PATIENCE)
        return opened


def question(qname, qtype="A", *, edns=False, do=False, flags=dns.flags.RD):
    """A query with EDNS only where EDNS or DO is set."""
    if edns or do:
        query = dns.message.make_query(
            qname, qtype, use_edns=0, want_dnssec=do, payload=1232
        )
    else:
        query = dns.message.make_query(qname, qtype, use_edns=False)
    query.flags = flags
    return query
