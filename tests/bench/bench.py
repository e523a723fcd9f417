#!/usr/bin/python3
"""bench.py - what a list of a million names costs a resolver: `make bench`.

Compares, with the same generated names:

  none      Unbound without a policy
  rpz       Unbound's own response policy zone (two rules: a name, all below)
  sinkbound the module and its database
  shadow    the same list in shadow mode, which looks at cached answers too

and, at the largest size, rpz and sinkbound once more with a log line for each
blocked query. A second process without a policy shows how exact all that is.

All systems of a size are started, one after the other, and then take turns:
one is resumed, dnsperf asks it for 0.8 s, it is stopped (SIGSTOP) and the next
one has its turn. So one Unbound runs at a time, on a core of its own,
and a slow minute of the machine meets all alike. Ratios are made turn by turn,
against the system that had its turn seconds before, and the medians of these
are reported. All are started anew several times: where the kernel and the
allocator place things moves a process's cost by a percent or two.

Benign names come from NSD on loopback and are all in the cache before the
first turn. Options may also come from the environment, in capitals:
`N=10000 make bench`, `QUICK=1 make bench`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack

import generate
import measure
import table
from measure import Workload
from servers import (NSD_PORT, Failed, Programs, Rpz, Sinkbound, System, nsd,
                     unbound)

QUERIES = 200000     # queries in the file for blocked names
LOGGED_RATE = 20000  # queries a second at which a log is measured
PORT = 5391          # of the first system; the others follow
SYSTEMS = ("none", "again", "rpz", "sinkbound", "shadow")
LOGGED = ("rpz", "sinkbound")


class Size:
    """One number of names: its files, its systems and what was measured."""

    def __init__(self, folder, names, benign, args):
        self.folder = os.path.join(folder, str(len(names)))
        os.makedirs(self.folder)
        self.names = names
        self.benign = benign
        self.args = args
        self.results = {}
        self.domains = self.path("domains.txt")
        self.zone = self.path("rpz.zone")
        self.cached = self.path("cached.queries")
        self.blocked = self.path("blocked.queries")
        generate.write_domains(self.domains, names)
        generate.write_rpz(self.zone, names)
        generate.write_queries(self.cached, benign)
        generate.write_queries(self.blocked, generate.sample(names, QUERIES))

    def path(self, name):
        return os.path.join(self.folder, name)

    def workloads(self, edns):
        """Each workload with the systems that are asked it."""
        seconds = self.args.seconds
        cached, blocked = (self.cached, "NOERROR"), (self.blocked, "NXDOMAIN")
        plain = [
            (Workload("cached", *cached, seconds), SYSTEMS),
            (Workload("blocked", *blocked, seconds), ("rpz", "sinkbound"))]
        with_edns = [
            (Workload("cached-edns", *cached, seconds, edns=True),
             ("none", "rpz", "sinkbound")),
            (Workload("blocked-edns", *blocked, seconds, edns=True),
             ("rpz", "sinkbound"))]
        return plain + with_edns if edns else plain

    def logged_workloads(self):
        seconds = self.args.seconds
        blocked = (self.blocked, "NXDOMAIN", seconds)
        systems = [name + "-log" for name in LOGGED]
        return [(Workload("logged", *blocked, rate=LOGGED_RATE), systems),
                (Workload("logged-full", *blocked), systems)]

    def system(self, name, port, programs, log):
        """Make one, and bring the list in where it has a database."""
        base = name + "-log" if log else name
        place = (base, self.path(base), port)
        if name in ("none", "again"):
            system = System(*place)
        elif name == "rpz":
            system = Rpz(*place, self.zone, log=log)
        else:
            mode = "shadow" if name == "shadow" else "enforce"
            system = Sinkbound(*place, self.domains, programs, mode=mode,
                               log=log)
        self.results[base] = {"start_s": [], "start_cpu_s": [], "memory": [],
                              "turns": {}, **system.prepare()}
        return system

    def systems(self, names, programs, log=False):
        chosen = [name for name in names if name in self.args.systems]
        return [self.system(name, PORT + number, programs, log)
                for number, name in enumerate(chosen)]

    def start(self, stack, system, programs):
        """Start, measure how long that takes, fill the cache, stop."""
        process = stack.enter_context(unbound(system, programs,
                                              self.args.server_core))
        asked = (self.names[0], "NXDOMAIN") if system.blocks else \
            (self.benign[0], "NOERROR")
        took = measure.until_answer(process, system.port, *asked)
        found = self.results[system.name]
        found["start_s"].append(took)
        found["start_cpu_s"].append(measure.cpu_ns(process.pid) / 1e9)
        measure.fill_cache(system.port, self.cached, "NOERROR")
        process.pause()
        return process

    def turn(self, system, process, workload):
        """One system, one workload: resume, measure, stop."""
        process.resume()
        sample = measure.load(process.pid, system.port, workload,
                              self.args.server_core)
        if system.log:
            time.sleep(0.3)  # for a log that is written in the background
            sample["logged"] = measure.drain(system.log) / sample["queries"]
        process.pause()
        turns = self.results[system.name]["turns"]
        turns.setdefault(workload.name, []).append(sample)

    def round(self, systems, workloads, programs):
        """Start all systems anew and give each its turns."""
        with ExitStack() as stack:
            processes = {s.name: self.start(stack, s, programs)
                         for s in systems}
            for number in range(self.args.turns):
                first = number % len(systems)
                order = systems[first:] + systems[:first]
                for workload, names in workloads:
                    for system in order:
                        if system.name in names:
                            self.turn(system, processes[system.name], workload)
            for system in systems:
                self.results[system.name]["memory"].append(measure.memory(
                    processes[system.name].pid, system.policy_file))


def run(folder, args, programs):
    """The whole benchmark. Returns {size: {system: measured}}."""
    names = generate.listed(max(args.sizes))
    benign = generate.benign(names)
    zone = os.path.join(folder, "root.zone")
    generate.write_root_zone(zone, benign)
    measured = {}
    with nsd(folder, zone, programs) as authority:
        measure.until_answer(authority, NSD_PORT, benign[0], "NOERROR")
        for count in args.sizes:
            size = Size(folder, names[:count], benign, args)
            largest = count == max(args.sizes)
            plans = [(size.systems(SYSTEMS, programs),
                      size.workloads(edns=largest))]
            if largest:
                plans.append((size.systems(LOGGED, programs, log=True),
                              size.logged_workloads()))
            for number in range(args.rounds):
                say(f"{count:,} names: round {number + 1} of {args.rounds}")
                for systems, workloads in plans:
                    size.round(systems, workloads, programs)
            measured[str(count)] = size.results
    return measured


def say(text):
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


def machine(programs, args):
    """What the numbers depend on."""
    with open("/proc/cpuinfo", encoding="utf-8") as source:
        model = next((line.partition(":")[2].strip() for line in source
                      if line.startswith("model name")), "unknown")
    with open("/proc/meminfo", encoding="ascii") as source:
        memory = int(source.readline().split()[1]) // 1024
    return {
        "cpu": model, "cores": os.cpu_count(), "memory_mb": memory,
        "kernel": os.uname().release, "unbound": programs.version(),
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "rounds": args.rounds, "turns": args.turns, "seconds": args.seconds,
        "logged_rate": LOGGED_RATE,
    }


def options():
    """The command line, with the environment as the default."""
    env = os.environ.get
    quick = bool(env("QUICK"))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("--sizes", help="numbers of names, the last one the main one",
        default=env("N") or env("SIZES") or
        ("10000" if quick else "10000 100000 1000000"))
    add("--rounds", type=int, default=env("ROUNDS", 1 if quick else 3),
        help="how often all systems are started anew")
    add("--turns", type=int, default=env("TURNS", 3 if quick else 6),
        help="turns of each system in a round")
    add("--seconds", type=float, default=0.5 if quick else 0.8,
        help="length of a turn")
    add("--systems", default=env("SYSTEMS", " ".join(SYSTEMS)))
    add("--server-core", type=int, default=0)
    add("--client-core", type=int, default=1)
    add("--unbound-build", default=env("UNBOUND_BUILD",
                                       ".deps/unbound-build"))
    add("--tool", default="tools/sinkbound")
    add("--module", default="module/.libs/sinkbound.so")
    add("--results", default="tests/bench/results")
    args = parser.parse_args()
    args.sizes = sorted(int(n) for n in args.sizes.split())
    args.systems = args.systems.split()
    if args.sizes[0] < 1 or not set(args.systems) <= set(SYSTEMS):
        parser.error("sizes are numbers over 0, systems some of: " +
                     " ".join(SYSTEMS))
    return args


def main():
    args = options()
    programs = Programs(
        unbound=os.path.abspath(os.path.join(args.unbound_build, "unbound")),
        tool=os.path.abspath(args.tool),
        module=os.path.abspath(args.module))
    os.sched_setaffinity(0, {args.client_core})
    with tempfile.TemporaryDirectory(prefix="sinkbound-bench-") as folder:
        results = {"machine": machine(programs, args),
                   "sizes": run(os.path.realpath(folder), args, programs)}
    path = table.save(results, args.results)
    print(table.render(results))
    say(f"all measurements are in {path}")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"bench: {failure}")
    except (OSError, subprocess.SubprocessError) as failure:
        sys.exit(f"bench: {failure} (does this machine have two cores, "
                 "dnsperf, nsd and taskset?)")
