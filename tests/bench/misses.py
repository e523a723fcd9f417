"""misses.py - what a policy costs a query that Unbound must ask for.

  cold   the first queries after a start, each of a domain that was not seen
         before: the warm-up
  known  after it, hosts that are new, of domains and networks that the resolver
         has seen: what most misses are
  new    after it, each query of a domain that was never seen, with an address
         in a network (/24) that was never seen: the worst case

All systems are asked the same names. In a turn the others are asked right before
or right after `none`, which of them when is drawn by lot, so that what else the
machine does meets both alike: the ratios are of one turn. The first turn of a
workload is not counted.

What is new in a turn fits into the module's queue (8,192 of each kind), and turns
are long enough apart for its thread, which writes that down every two seconds,
to do so in the next turn: each turn pays for the writing of the one before.
"""

import glob
import os
import random
import time
from contextlib import ExitStack

import generate
from compare import Comparison
from measure import Workload

QUERIES = 6000     # of a turn
NEW_QUERIES = 3000  # the same of new domains: each shows a network and an ASN too
COLD_TURNS = 4     # of as many of these
APART = 2.1        # seconds between the beginnings of two turns
SETTLE = 2.0       # seconds for what a start still does in the background
KNOWN = COLD_TURNS * NEW_QUERIES


def domains(turns):
    """How many are wanted for this many turns."""
    return KNOWN + (1 + turns) * NEW_QUERIES


class MissQueries:
    """The query files. HOSTERS has domains(turns) names at least, below each of
    which every name exists, with an address in a network of its own."""

    def __init__(self, folder, hosters, turns):
        self.folder = folder
        known, new = hosters[:KNOWN], hosters[KNOWN:]
        for turn in range(COLD_TURNS):
            self.write("cold", turn, known[turn * NEW_QUERIES:][:NEW_QUERIES])
        for turn in range(1 + turns):
            self.write("known", turn, random.Random(f"known {turn}").choices(
                known, k=QUERIES))
            self.write("new", turn, new[turn * NEW_QUERIES:][:NEW_QUERIES])

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, turn, chosen):
        generate.write_queries(
            f"{self.path(name)}.{turn}",
            [f"{name}{turn}-{number:x}.{domain}"
             for number, domain in enumerate(chosen)])

    def workload(self, name):
        return Workload(name, self.path(name), "NOERROR", turns=True)


class Misses(Comparison):
    """Systems that are compared in this way. QUERIES are those of MissQueries."""

    def __init__(self, folder, args, programs, queries):
        super().__init__(folder, args, programs)
        self.queries = queries
        self.order = random.Random("order")
        self.apart = 0  # seconds, or APART where something is written down

    def add(self, system):
        """Threads: two, as resolvers have. System calls and malloc() are
        cheaper in a process with one, and the module's own threads would be
        charged for that, with 5 % of a miss."""
        system.cache_mb = 256
        system.threads = 2
        return super().add(system)

    def draw(self, systems):
        """An order, with `none` in the middle."""
        base = [s for s in systems if s.name == "none"]
        others = [s for s in systems if s.name != "none"]
        self.order.shuffle(others)
        half = len(others) // 2
        return others[:half] + base + others[half:]

    def one_turn(self, systems, processes, workload, number):
        """Each system once. Returns {system's name: sample}."""
        began = time.monotonic()
        samples = {}
        for system in self.draw(systems):
            samples[system.name] = self.ask(
                system, processes[system.name], workload, number)
        time.sleep(max(0, began + self.apart - time.monotonic()))
        return samples

    def turns(self, systems, processes, workload, numbers, start):
        """Of one workload; what is measured in them is kept."""
        for number in numbers:
            samples = self.one_turn(systems, processes, workload, number)
            for name, sample in samples.items():
                self.results[name]["turns"].setdefault(
                    workload.name, []).append({"start": start, **sample})

    def one_start(self, systems, workloads, start):
        """Start all systems anew, knowing nothing, warm them up and compare."""
        for system in systems:
            for path in glob.glob(os.path.join(system.folder, "observed.mdb*")):
                os.unlink(path)
        with ExitStack() as stack:
            processes = {s.name: self.start(stack, s) for s in systems}
            self.settle(processes)
            self.turns(systems, processes, self.queries.workload("cold"),
                       range(COLD_TURNS), start)
            self.fill(systems, processes)
            for workload in workloads:
                self.one_turn(systems, processes, workload, 0)
                self.turns(systems, processes, workload,
                           range(1, 1 + self.args.miss_turns), start)

    @staticmethod
    def settle(processes):
        for process in processes.values():
            process.resume()
        time.sleep(SETTLE)
        for process in processes.values():
            process.pause()

    def fill(self, systems, processes):
        """What else the caches get before the first turn that counts."""

    def compare(self, systems, workloads, title, say):
        for start in range(self.args.starts):
            say(f"{title}: start {start + 1} of {self.args.starts}")
            self.one_start(systems, workloads, start)
