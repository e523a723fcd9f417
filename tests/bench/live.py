"""live.py - the policy changes while a resolver serves: who notices?

An Unbound with half a million messages in its cache is asked 5,000 cached names
a second, and meanwhile

  quiet    nothing happens: what this machine does to answer times by itself
  block    a cached name is blocked: `sinkbound block --wait` against a name more
           in the zone file and `unbound-control auth_zone_reload`
  replace  the list is replaced by another one as long, half of it the same:
           `sinkbound apply` against the other zone file and a reload

Measured are the time until the command comes back, the time until a client gets
the blocked answer (asked every 2 ms), queries lost, and answer times as dnsperf
has them. Nothing is pinned to a core: the command, the module's own threads,
dnsperf and the server share what the machine has. Where it may, dnsperf runs at
a real-time priority, so that it is the server's delay and not its own that
is measured. It never waits for answers before it asks on.
"""

import os
import re
import signal
import socket
import statistics
import subprocess
import threading
import time
from contextlib import ExitStack, contextmanager

import generate
import measure
from servers import ADDRESS, Failed, Rpz, Sinkbound, names_feed, unbound

RATE = 5000          # queries a second
LOAD = 100000        # names in the load's file
MARGIN = 1.0         # seconds of load before and after a change
PATIENCE = 180.0     # seconds until a change must be in force
PORT = 5391
REPLACED = 3, 2      # names that the two lists have together, as a part of one
LATENCY = re.compile(r"^> (\w+) \S+ \w+ ([0-9.]+)$", re.M)
SWEPT = re.compile(r"swept .* \(CPU ([0-9.]+) s\)")
UNANSWERED = re.compile(r"^> [IT] (\S+) \w+$", re.M)
IN_FRONT = ["chrt", "-f", "1"]
SYSTEMS = ("rpz", "sinkbound")


def may_run_in_front():
    return subprocess.run([*IN_FRONT, "true"], check=False,
                          capture_output=True).returncode == 0


class Load:
    """dnsperf, from the start of a `with` block to its end. Afterwards `found`
    has what became of the queries."""

    def __init__(self, port, queries, log, in_front, rate=RATE):
        self.log = log
        self.rate = rate
        self.queries = queries
        self.command = [
            *(IN_FRONT if in_front else []), "dnsperf", "-f", "inet", "-s",
            ADDRESS, "-p", str(port), "-d", queries, "-T", "1", "-Q", str(rate),
            "-q", "65000", "-l", "600", "-t", "30", "-v"]

    def __enter__(self):
        with open(self.log, "w", encoding="ascii") as out:
            self.child = subprocess.Popen(self.command, stdout=out,
                                          stderr=subprocess.STDOUT)
        time.sleep(MARGIN)
        return self

    def __exit__(self, *exc):
        if exc == (None, None, None):
            time.sleep(MARGIN)
        self.child.send_signal(signal.SIGINT)
        self.child.wait()
        with open(self.log, encoding="ascii") as source:
            text = source.read()
        self.found = self.read(text)

    def on_their_way(self, sent):
        """What was asked in the last half second, for which an answer may
        still have been coming."""
        with open(self.queries, encoding="ascii") as source:
            names = [line.split()[0] for line in source]
        return {names[number % len(names)]
                for number in range(max(0, sent - self.rate // 2), sent)}

    def read(self, text):
        answers = LATENCY.findall(text)
        sent = re.search(r"Queries sent: +(\d+)", text)
        if not answers or sent is None:
            raise Failed(f"dnsperf failed:\n{text[-2000:]}")
        sent = int(sent[1])
        spared = self.on_their_way(sent)
        times = sorted(float(seconds) for _, seconds in answers)
        return {"sent": sent,
                "lost": sum(qname not in spared
                            for qname in UNANSWERED.findall(text)),
                "rcodes": sorted({rcode for rcode, _ in answers}),
                "median_ms": 1000 * statistics.median(times),
                "p999_ms": 1000 * times[int(len(times) * 0.999)],
                "longest_ms": 1000 * times[-1]}


class Watcher(threading.Thread):
    """Asks for a name until its answer says that it is blocked."""

    def __init__(self, port, qname):
        super().__init__()
        self.port = port
        self.packet = measure.query(qname)
        self.since = time.monotonic()
        self.seconds = None

    def run(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect((ADDRESS, self.port))
            while time.monotonic() < self.since + PATIENCE:
                # What was lost is asked again.
                answer = measure.ask(sock, self.packet, 0.25)
                if answer is not None and measure.is_nxdomain(answer):
                    self.seconds = time.monotonic() - self.since
                    return
                time.sleep(0.002)


class LiveSinkbound(Sinkbound):
    """Changed by the command."""

    def __init__(self, name, folder, is_ready, path, programs):
        super().__init__(name, folder, PORT, is_ready, names_feed(path),
                         programs)
        self.path = path

    def block(self, qname):
        self.run("block", f"--wait={PATIENCE:.0f}s", "--exact", "--action",
                 "nxdomain", qname)

    def sweeps(self):
        """Seconds on a core of each sweep so far, as the module logs it."""
        with open(os.path.join(self.folder, "unbound.log"),
                  encoding="utf-8") as log:
            return [float(cpu) for cpu in SWEPT.findall(log.read())]

    def put_list(self, names):
        generate.write_domains(self.path, names)

    def apply_list(self):
        self.run("apply")


class LiveRpz(Rpz):
    """Changed by another zone file."""

    def __init__(self, name, folder, is_ready, path, programs):
        super().__init__(name, folder, PORT, is_ready, path)
        self.programs = programs

    def block(self, qname):
        with open(self.zone, "a", encoding="ascii") as zone:
            zone.write(f"{qname} CNAME .\n")
        self.apply_list()

    def sweeps(self):
        return []

    def put_list(self, names):
        generate.write_rpz(self.zone, names)

    def apply_list(self):
        self.programs.control(self, "auth_zone_reload", self.zone_name)


class Live:
    """The files, and what was measured of each system."""

    def __init__(self, folder, args, programs, listed, hosters):
        self.folder = folder
        self.args = args
        self.programs = programs
        self.in_front = may_run_in_front()
        size = max(args.sizes)
        whole, half = REPLACED
        self.names = listed[:size]
        self.others = listed[size * whole // half - size:size * whole // half]
        self.results = {}
        os.makedirs(folder, exist_ok=True)
        cached = generate.below(hosters, args.messages, "live")
        self.targets = cached[:args.changes]
        self.cached = self.path("cached")
        self.load = self.path("load")
        generate.write_queries(self.cached, cached)
        generate.write_queries(self.load, generate.shuffled(
            cached[args.changes:], LOAD))

    def path(self, name):
        return os.path.join(self.folder, name)

    def system(self, name):
        kind = LiveRpz if name == "rpz" else LiveSinkbound
        system = kind(name, self.path(name),
                      (self.names[0], measure.is_nxdomain),
                      self.path(name + ".list"), self.programs)
        system.cache_mb = max(64, self.args.messages // 1000)
        system.put_list(self.names)
        system.prepare()
        return system

    @contextmanager
    def loaded(self, system, kind):
        """Some seconds of load; yields what will hold its figures."""
        sample = {}
        with Load(system.port, self.load, self.path("dnsperf.log"),
                  self.in_front) as load:
            yield sample
        if kind != "replace" and load.found["rcodes"] != ["NOERROR"]:
            raise Failed(f"{system.name}, {kind}: wanted NOERROR only, got "
                         f"{load.found['rcodes']}")
        sample.update(load.found)
        self.results[system.name].setdefault(kind, []).append(sample)

    def change(self, system, kind, qname, apply):
        """Change the policy under load until QNAME is blocked."""
        before = len(system.sweeps())
        with self.loaded(system, kind) as sample:
            watcher = Watcher(system.port, qname)
            watcher.start()
            apply()
            sample["command_s"] = time.monotonic() - watcher.since
            watcher.join()
            sample["blocked_s"] = watcher.seconds
        sample["sweep_cpu_s"] = sum(system.sweeps()[before:])
        if sample["blocked_s"] is None:
            raise Failed(f"{system.name}: {qname} was not blocked within "
                         f"{PATIENCE:g} s")

    def quiet(self, system):
        """Without a change; everything asked must be cached."""
        before = self.misses(system)
        with self.loaded(system, "quiet"):
            time.sleep(2)
        if self.misses(system) != before:
            raise Failed(f"{system.name}: the load is not all cached")

    def misses(self, system):
        stats = self.programs.control(system, "stats_noreset")
        return int(re.search(r"^total.num.cachemiss=(\d+)", stats, re.M)[1])

    def replace(self, system, process):
        """Replace the list. What is watched is on the new list only: the first
        answer to it, which is the real one, is cached."""
        def memory():
            return measure.memory(process.pid, system.databases)

        before = memory()
        system.put_list(self.others)
        self.change(system, "replace", self.others[-1], system.apply_list)
        self.results[system.name]["replace"][-1]["memory"] = [before, memory()]

    def run(self, system):
        """All that is done to one system."""
        self.results[system.name] = {}
        with ExitStack() as stack:
            process = stack.enter_context(unbound(system, self.programs))
            measure.until_answer(process, system.port, *system.is_ready)
            measure.fill_cache(system.port, self.cached, "NOERROR", tries=6)
            for qname in self.targets:
                self.quiet(system)
                self.change(system, "block", qname,
                            lambda qname=qname: system.block(qname))
            self.replace(system, process)


def run(live, args, say):
    """Returns {"names": number, ..., "systems": {system: measured}}."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count()))
    for name in SYSTEMS:
        if name in args.systems:
            say(f"changes under load: {name}")
            live.run(live.system(name))
    os.sched_setaffinity(0, cores)
    return {"names": len(live.names), "messages": args.messages, "rate": RATE,
            "in_front": live.in_front, "systems": live.results}
