#!/usr/bin/python3
"""bench.py - what a policy costs a resolver: `make bench`.

The parts, each of which says at its head what it compares and how:

  names  lists of names, in three sizes: cached and blocked queries (names.py)
  full   names, prefixes, ASNs and origin data: cached queries, and queries
         that Unbound must ask for (full.py)
  live   changes of the policy under load: queries lost, answer times (live.py)
  feeds  a list that is imported, and fetched again (feeds.py)
  behaviour
         rules and observing: queries that Unbound must ask for, a flood of
         random names, the file of what was learned (behaviour.py)
  instructions
         what a query that Unbound must ask for takes, counted by valgrind
         (instructions.py); skipped where there is none

CPU is that of the server, which has a core of its own; dnsperf and NSD share the
other. Ratios are made turn by turn, against the system that had its turn
seconds before, and the medians of these are reported. All systems are
started anew several times: where the kernel and the allocator place things moves
a process's cost by a percent or two.

Queries that Unbound must ask for are the hardest to compare: misses.py says how.

Benign names come from NSD on loopback. Options may also come from the
environment, in capitals: `PARTS=full ROUNDS=5 make bench`, `N=10000 make bench`,
`QUICK=1 make bench`. ORIGIN is a folder with the CSV files of @ip-location-db/asn;
without it the same amount is made up.
"""

import argparse
import fcntl
import os
import subprocess
import sys
import tempfile
import time

import behaviour
import feeds
import full
import generate
import instructions
import live
import measure
import misses
import names
import table
from networks import text4
from servers import NSD_PORT, Failed, Programs, nsd

PARTS = ("names", "full", "live", "feeds", "behaviour", "instructions")


class Bench:
    """What the parts share: names, and an authority that answers for them."""

    def __init__(self, folder, args, programs):
        self.folder = folder
        self.args = args
        self.programs = programs
        # Half as many again for a list to replace another with.
        self.listed = generate.listed(max(args.sizes) * 3 // 2)
        self.benign = generate.benign(self.listed)
        self.hosters = generate.hosters(self.listed,
                                        full.hosters_wanted(args))
        # The files of the full policy say which addresses are not blocked.
        self.full = full.Full(os.path.join(folder, "full"), args, programs,
                              self.listed[:max(args.sizes)], self.benign,
                              self.hosters)

    def authority(self):
        zone = os.path.join(self.folder, "root.zone")
        hosts = zip(self.hosters, map(text4, self.full.addresses))
        generate.write_root_zone(zone, self.benign, hosts,
                                 behaviour.flagged_records())
        return nsd(self.folder, zone, self.programs)

    def run(self):
        """The parts that were asked for. Returns {part: measured}."""
        measured = {}
        with self.authority() as authority:
            measure.until_answer(authority, NSD_PORT, self.benign[0],
                                 measure.exists)
            if "names" in self.args.parts:
                measured["sizes"] = names.run(
                    self.folder, self.args, self.programs, self.listed,
                    self.benign, say)
            if "full" in self.args.parts:
                measured["full"] = full.run(self.full, say)
            if "live" in self.args.parts:
                measured["live"] = live.run(live.Live(
                    os.path.join(self.folder, "live"), self.args,
                    self.programs, self.listed, self.hosters), self.args, say)
            if "behaviour" in self.args.parts:
                measured["behaviour"] = behaviour.run(behaviour.Behaviour(
                    os.path.join(self.folder, "behaviour"), self.args,
                    self.programs, self.full), say)
            if "instructions" in self.args.parts:
                measured["instructions"] = instructions.run(
                    instructions.Instructions(
                        os.path.join(self.folder, "instructions"), self.args,
                        self.programs, self.full), say)
        if "feeds" in self.args.parts:
            measured["feeds"] = feeds.run(feeds.Feeds(
                os.path.join(self.folder, "feeds"), self.args, self.programs,
                self.listed), say)
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
        "starts": args.starts, "miss_turns": args.miss_turns,
        "known_queries": misses.QUERIES, "new_queries": misses.NEW_QUERIES,
        "cold_queries": misses.KNOWN,
        "logged_rate": names.LOGGED_RATE,
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
    add("--starts", type=int, default=env("STARTS", 1 if quick else 5),
        help="the same where misses are compared")
    add("--miss-turns", type=int, help="turns of each after such a start",
        default=env("MISS_TURNS", 3 if quick else 8))
    add("--seconds", type=float, default=0.5 if quick else 0.8,
        help="length of a turn")
    add("--messages", type=int, help="cached messages while the policy changes",
        default=env("MESSAGES", 20000 if quick else 500000))
    add("--changes", type=int, help="names that are blocked under load",
        default=env("CHANGES", 1 if quick else 3))
    add("--flood", type=int, help="random names, by the library alone",
        default=env("FLOOD", 100000 if quick else 5000000))
    add("--flood-queries", type=int, help="random names, twice, by a resolver",
        default=env("FLOOD_QUERIES", 10000 if quick else 400000))
    add("--observed", help="names in observed.mdb, the last one the main one",
        default=env("OBSERVED", "100000" if quick else "1000000 10000000"))
    add("--parts", default=env("PARTS", " ".join(PARTS)))
    add("--systems", default=env("SYSTEMS", " ".join(names.SYSTEMS)))
    add("--origin", default=env("ORIGIN"),
        help="folder with asn-ipv4.csv and asn-ipv6.csv of @ip-location-db/asn")
    add("--server-core", type=int, default=0)
    add("--client-core", type=int, default=1)
    add("--unbound-build", default=env("UNBOUND_BUILD",
                                       ".deps/unbound-build"))
    add("--tool", default="tools/sinkbound")
    add("--module", default="module/.libs/sinkbound.so")
    add("--results", default="tests/bench/results")
    args = parser.parse_args()
    args.sizes = sorted(int(n) for n in args.sizes.split())
    args.observed = [int(n) for n in args.observed.split()]
    args.systems = args.systems.split()
    args.parts = args.parts.split()
    if args.sizes[0] < 1 or not set(args.systems) <= set(names.SYSTEMS) or \
            not set(args.parts) <= set(PARTS):
        parser.error("sizes are numbers over 0, systems some of: " +
                     " ".join(names.SYSTEMS) + ", parts some of: " +
                     " ".join(PARTS))
    return args


def take_turns():
    """Wait until no other benchmark runs here: it would be measured as well, and
    ask servers of ours, since the ports are the same. Until we end."""
    lock = open(os.path.join(tempfile.gettempdir(), "sinkbound-bench.lock"),
                "w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("waiting for another benchmark on this machine to end")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def main():
    args = options()
    lock = take_turns()
    programs = Programs(
        unbound=os.path.abspath(os.path.join(args.unbound_build, "unbound")),
        tool=os.path.abspath(args.tool),
        module=os.path.abspath(args.module))
    os.sched_setaffinity(0, {args.client_core})
    with tempfile.TemporaryDirectory(prefix="sinkbound-bench-") as folder:
        results = {"machine": machine(programs, args),
                   **Bench(os.path.realpath(folder), args, programs).run()}
    path = table.save(results, args.results)
    print(table.render(results))
    say(f"all measurements are in {path}")
    lock.close()


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"bench: {failure}")
    except (OSError, subprocess.SubprocessError) as failure:
        sys.exit(f"bench: {failure} (does this machine have two cores, "
                 "dnsperf, nsd and taskset?)")
