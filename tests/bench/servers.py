"""servers.py - the servers of the benchmark: NSD and the Unbounds compared.

A system is one way to hold a policy: it writes what it needs into a folder of
its own and says what Unbound's configuration adds for it. Each runs as one
Unbound of its own, pinned to the server core.
"""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass

ADDRESS = "127.0.0.1"
NSD_PORT = 5390
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"

UNBOUND = """\
server:
	directory: ""
	chroot: ""
	username: ""
	pidfile: ""
	use-syslog: no
	logfile: "{folder}/unbound.log"
	verbosity: 0
	do-daemonize: no
	num-threads: {threads}
	interface: {address}
	port: {port}
	access-control: 127.0.0.0/8 allow
	do-ip6: no
	do-not-query-localhost: no
	qname-minimisation: no
	msg-cache-size: {cache_mb}m
	rrset-cache-size: {rrset_cache_mb}m
	cache-max-ttl: 86400
	module-config: "{modules}"
remote-control:
	control-enable: yes
	control-interface: "{folder}/control"
	control-use-cert: no
stub-zone:
	name: "."
	stub-addr: {address}@{nsd_port}
"""

NSD = """\
server:
	ip-address: {address}
	port: {port}
	server-count: 1
	username: ""
	chroot: ""
	zonesdir: "{folder}"
	database: ""
	pidfile: "{folder}/nsd.pid"
	xfrdfile: "{folder}/xfrd.state"
	zonelistfile: "{folder}/zone.list"
	logfile: "{folder}/nsd.log"
	rrl-ratelimit: 0
remote-control:
	control-enable: no
zone:
	name: "."
	zonefile: "{zone}"
"""


class Failed(Exception):
    """Something of the benchmark did not do what it must; the text says."""


@dataclass
class Programs:
    """Paths of what is run."""

    unbound: str
    tool: str
    module: str

    def nsd(self):
        """NSD as contrib/setup.sh unpacks it beside Unbound, or installed."""
        deps = os.path.dirname(os.path.dirname(self.unbound))
        unpacked = os.path.join(deps, "nsd/usr/sbin")
        found = shutil.which("nsd", path=f"{unpacked}:{PATH}")
        if found is None:
            raise Failed("nsd is missing: run contrib/setup.sh --tests")
        return found

    def control(self, system, *command):
        """unbound-control; what it printed."""
        path = os.path.join(os.path.dirname(self.unbound), "unbound-control")
        config = os.path.join(system.folder, "unbound.conf")
        run = subprocess.run([path, "-c", config, *command], check=False,
                             capture_output=True, text=True)
        if run.returncode != 0:
            raise Failed(f"unbound-control {' '.join(command)}:\n"
                         f"{run.stdout}{run.stderr}")
        return run.stdout

    def version(self):
        run = subprocess.run([self.unbound, "-V"], capture_output=True,
                             text=True, check=False)
        return run.stdout.partition("\n")[0].replace("Version", "Unbound")


class System:
    """Unbound without a policy, and what the others change.

    IS_READY is a name and a function that is given the answer to it: true
    when the policy is in force.
    """

    modules = "iterator"
    databases = {}      # files that the process maps, and what to call them
    log = None          # a file that gets one line for each blocked query
    cache_mb = 64       # for messages; twice that for RRsets
    threads = 1         # of Unbound's own

    def __init__(self, name, folder, port, is_ready):
        self.name = name
        self.folder = folder
        self.port = port
        self.is_ready = is_ready
        os.makedirs(folder, exist_ok=True)

    def prepare(self):
        """Bring the list in. Returns what is known of it: import_s, bytes."""
        return {}

    def configuration(self):
        """What unbound.conf gets in addition."""
        return ""

    def environment(self):
        return {}

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path


class Rpz(System):
    """Unbound's own response policy zone, from a zone file."""

    modules = "respip iterator"
    zone_name = "rpz.bench."

    def __init__(self, name, folder, port, is_ready, zone, log=False):
        super().__init__(name, folder, port, is_ready)
        self.zone = zone
        self.log = os.path.join(folder, "unbound.log") if log else None

    def configuration(self):
        return (f'rpz:\n\tname: "{self.zone_name}"\n'
                f'\tzonefile: "{self.zone}"\n'
                f'\trpz-log: {"yes" if self.log else "no"}\n'
                '\trpz-log-name: "bench"\n')


class Sinkbound(System):
    """The module, with a database that the command fills. LISTS is what
    sinkbound.yaml says of feeds and origin data."""

    modules = "dynlib iterator"

    def __init__(self, name, folder, port, is_ready, lists, programs,
                 log=False):
        super().__init__(name, folder, port, is_ready)
        self.lists = lists
        self.programs = programs
        self.log = os.path.join(folder, "matches.json") if log else None
        self.policy_file = os.path.join(folder, "policy.mdb")
        self.databases = {self.policy_file: "policy",
                          os.path.join(folder, "observed.mdb"): "observed"}

    def prepare(self):
        log = f"log: {self.log or 'none'}\n"
        self.write("sinkbound.yaml", (
            f"database: {self.policy_file}\n"
            "sinkhole:\n  ipv4: 0.0.0.0\n  ipv6: '::'\n  ttl: 30\n"
            f"{log}{self.lists}"))
        took = self.run("apply")
        return {"import_s": took, "bytes": os.path.getsize(self.policy_file)}

    def run(self, *verb):
        """Run the command; the seconds that it took."""
        config = os.path.join(self.folder, "sinkbound.yaml")
        begin = time.monotonic()
        run = subprocess.run([self.programs.tool, "-c", config, *verb],
                             capture_output=True, text=True, check=False)
        took = time.monotonic() - begin
        if run.returncode != 0:
            raise Failed(f"sinkbound {' '.join(verb)} failed:\n"
                         f"{run.stdout}{run.stderr}")
        return took

    def configuration(self):
        return f'dynlib:\n\tdynlib-file: "{self.programs.module}"\n'

    def environment(self):
        return {"SINKBOUND_DB": self.policy_file}


def names_feed(path, action="nxdomain", mode="enforce"):
    """What sinkbound.yaml says of a plain list of names."""
    return (f"feeds:\n  - name: bench\n    file: {path}\n"
            "    format: domains\n    scope: subtree\n"
            f"    action: {action}\n    mode: {mode}\n")


class Process:
    """A server in the foreground, killed at the end of its `with` block."""

    def __init__(self, command, log, environment=None):
        self.log = log
        self.began = time.monotonic()
        self.child = subprocess.Popen(
            command, env={**os.environ, "PATH": PATH, **(environment or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        self.pid = self.child.pid

    def __enter__(self):
        return self

    def pause(self):
        """Take it off the core without ending it."""
        self.child.send_signal(signal.SIGSTOP)

    def resume(self):
        self.child.send_signal(signal.SIGCONT)

    def __exit__(self, *exc):
        self.child.send_signal(signal.SIGTERM)
        self.resume()
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child.stderr.close()

    def check(self):
        """Failed where it has ended by itself, with what it said."""
        if self.child.poll() is not None:
            said = self.child.stderr.read().decode(errors="replace")
            if os.path.exists(self.log):
                with open(self.log, encoding="utf-8") as source:
                    said += source.read()[-2000:]
            command = " ".join(self.child.args)
            raise Failed(f"{command} ended by itself:\n{said.strip()}")


def nsd(folder, zone, programs):
    """The authority that the benign names come from."""
    path = os.path.join(folder, "nsd.conf")
    with open(path, "w", encoding="utf-8") as out:
        out.write(NSD.format(address=ADDRESS, port=NSD_PORT, folder=folder,
                             zone=zone))
    return Process([programs.nsd(), "-d", "-c", path],
                   os.path.join(folder, "nsd.log"))


def unbound(system, programs, core=None, under=()):
    """Start Unbound with this system's policy, on one core or on any; UNDER is
    a command that runs it."""
    text = UNBOUND.format(
        folder=system.folder, address=ADDRESS, port=system.port,
        modules=system.modules, nsd_port=NSD_PORT, cache_mb=system.cache_mb,
        threads=system.threads, rrset_cache_mb=2 * system.cache_mb)
    path = system.write("unbound.conf", text + system.configuration())
    cores = f"0-{os.cpu_count() - 1}" if core is None else str(core)
    return Process(["taskset", "-c", cores, *under, programs.unbound, "-c",
                    path],
                   os.path.join(system.folder, "unbound.log"),
                   system.environment())
