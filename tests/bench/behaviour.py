"""behaviour.py - what it costs to observe, and what a flood does to it.

  misses queries that Unbound must ask for, under the full policy (full.py) and
         with the shipped rules enforced on top, against no policy: of domains
         and networks that were seen before, and of new ones (misses.py)
  flood  random names, each of a new domain, while a name is flagged: through a
         resolver with small caches, with rules and without, then millions by
         the library alone (observing.c). What counts is memory of no file: the
         kernel calls pages of observed.mdb that were looked at the process's
         own too, but it takes them back when it wants to
  file   observed.mdb: how it grows, how long a start reads it, and what both do
         to answer times while names are asked for that nobody asked before
"""

import json
import os
import re
import socket
import subprocess
import threading
import time
from contextlib import contextmanager

import generate
import measure
from live import Load, may_run_in_front
from measure import exists, is_sinkhole
from misses import APART, Misses
from servers import ADDRESS, Failed, Sinkbound, System, unbound

EXAMPLE = os.path.join(os.path.dirname(__file__),
                       "../../contrib/example/sinkbound.yaml")
FLAGGED = "flux.flagged-bench.com"
FLAGGED_ADDRESSES = [f"203.0.113.{number}" for number in range(1, 7)]
BAD_NETWORK = "203.0.113.0/24"  # nothing else has an address in it
PORT = 5391
SYSTEMS = ("none", "sinkbound", "observing")
RATE = 2000        # queries a second for names that nobody asked before
WINDOW = 10.0      # seconds of load: some batches are written in them
# Changes between two commits of a file that is filled: what the module has to
# write at most is 8,192 of each kind every 2 s.
BATCH = 16384
MB = 1000 * 1000


def shipped_rules():
    """Those of the example, enforced."""
    with open(EXAMPLE, encoding="utf-8") as source:
        found = re.search(r"^rules:\n(?:[ \t].*\n)+", source.read(), re.M)
    return found[0].replace("mode: shadow", "mode: enforce")


def with_bad_network(lists, folder):
    """The configuration LISTS (which begins with its feeds) with a network of
    high risk."""
    path = os.path.join(folder, "bad-networks")
    with open(path, "w", encoding="ascii") as out:
        out.write(BAD_NETWORK + "\n")
    network = f"  - {{name: bad, file: {path}, format: prefixes, " \
        "triggers: rules}\n"
    feeds, rest = lists.partition("origin:\n")[::2]
    return (feeds or "feeds:\n") + network + \
        ("origin:\n" + rest if rest else "")


def observing(lists):
    """LISTS with rules."""
    return lists + shipped_rules() + "observe: {learning: none}\n"


def flagged_records():
    """What the root zone says of the name that the rules flag."""
    return [f"{FLAGGED}. 60 A {address}" for address in FLAGGED_ADDRESSES]


def new_names(count, seed):
    """COUNT registrable names: the zone has an address for all of them."""
    namer = generate.Namer(seed)
    return [namer.registrable() for _ in range(count)]


class Behaviour(Misses):
    """The systems, and what was measured of them."""

    def __init__(self, folder, args, programs, full):
        super().__init__(folder, args, programs, full.queries)
        self.full = full
        self.apart = APART
        self.tool = os.path.abspath("tests/bench/observing")
        self.in_front = may_run_in_front()

    # ---- cache misses ----

    def system(self, name, port):
        place = (name, self.path(name), port)
        if name == "none":
            return System(*place, (self.full.benign[0], exists))
        lists = with_bad_network(self.full.lists(), self.folder)
        if name == "observing":
            lists = observing(lists)
        return Sinkbound(*place, (self.full.names[0], measure.is_nxdomain),
                         lists, self.programs)

    def misses(self, say):
        systems = [self.add(self.system(name, PORT + number))
                   for number, name in enumerate(SYSTEMS)]
        self.compare(systems, [self.queries.workload("known"),
                               self.queries.workload("new")],
                     "behaviour: misses", say)
        return self.results

    # ---- resolvers of their own ----

    def small(self, name, is_observing=True):
        """A resolver whose policy is little more than the rules."""
        path = self.path("listed")
        generate.write_domains(path, ["listed-bench.com"])
        lists = with_bad_network(
            f"feeds:\n  - {{name: names, file: {path}, format: domains}}\n",
            self.folder)
        if is_observing:
            lists = observing(lists)
        system = Sinkbound(name, self.path(name), PORT,
                           ("listed-bench.com", is_sinkhole), lists,
                           self.programs)
        system.cache_mb = 4
        system.prepare()
        return system

    @contextmanager
    def started(self, system):
        with unbound(system, self.programs) as process:
            process.took = measure.until_answer(
                process, system.port, *system.is_ready)
            yield process

    def run_tool(self, *verb):
        run = subprocess.run([self.tool, *map(str, verb)], check=False,
                             capture_output=True, text=True)
        if run.returncode != 0:
            raise Failed(run.stderr)
        return json.loads(run.stdout)

    # ---- the flood ----

    def flood(self, say):
        """Through a resolver, with and without rules: memory that each gains.
        The first part fills the resolver's own caches."""
        files = []
        for part in range(2):
            files.append(self.path(f"flood.{part}"))
            generate.write_queries(files[-1], new_names(
                self.args.flood_queries, f"flood {part}"))
        found = {"queries": self.args.flood_queries}
        for name in ("plain", "observing"):
            say(f"behaviour: a flood of {self.args.flood_queries:,} names, "
                f"{name}")
            system = self.small("flood-" + name, name == "observing")
            with self.started(system) as process:
                found[name] = self.flooded(system, process, files)
        say(f"behaviour: a flood of {self.args.flood:,} names by the library")
        system = self.small("library")
        found["library"] = self.run_tool("flood", system.policy_file,
                                         self.args.flood)
        return found

    def flooded(self, system, process, files):
        if system.name == "flood-observing":
            # An answer that comes before anything is observed stays in the
            # cache, and shows nothing.
            time.sleep(1)
            flag(process, system.port)
        memory = [measure.memory(process.pid, system.databases)]
        before = measure.cpu_ns(process.pid)
        for path in files:
            run = measure.dnsperf(system.port, path, ["-n", "1", "-q", "100"])
            memory.append(measure.memory(process.pid, system.databases))
        spent = measure.cpu_ns(process.pid) - before
        return {"memory": memory,
                "us": spent / 1000 / self.args.flood_queries / len(files),
                "lost": run["lost"], "flagged": is_flagged(system.port)}

    # ---- the file ----

    def file(self, say):
        found = {"growth": [], "answers": {}}
        for count in self.args.observed:
            say(f"behaviour: observed.mdb with {count:,} names")
            path = self.path(f"observed.{count}")
            grown = self.run_tool("fill", path, count, BATCH
                                  if count <= MB else MB)
            loaded = self.run_tool("load", path)
            found["growth"].append({**grown, "load_s": loaded["cpu_s"]})
        queries = self.path("new")
        generate.write_queries(queries, new_names(
            int(RATE * (WINDOW + 4)), "new"))
        for name in ("plain", "observing"):
            say(f"behaviour: answer times, {name}")
            system = self.small("file-" + name, name == "observing")
            if name == "observing":
                os.rename(path, os.path.join(system.folder, "observed.mdb"))
            found["answers"][name] = [self.answers(system, queries)
                                      for _ in range(self.args.rounds)]
        return found

    def answers(self, system, queries):
        """From the first answer on, while what was learned is still read."""
        file = os.path.join(system.folder, "observed.mdb")
        written = Written(file)
        cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, range(os.cpu_count()))
        with self.started(system) as process, written:
            with Load(system.port, queries, self.path("dnsperf.log"),
                      self.in_front, RATE) as load:
                time.sleep(WINDOW)
            taken = {"start_s": process.took, **load.found,
                     "us": measure.cpu_ns(process.pid) / 1000 /
                     load.found["sent"]}
        os.sched_setaffinity(0, cores)
        if load.found["rcodes"] != ["NOERROR"]:
            raise Failed(f"{system.name}: got {load.found['rcodes']}")
        return {**taken, "batches": written.batches}


class Written(threading.Thread):
    """Counts how often a file is written to."""

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.batches = 0
        self.stop = threading.Event()

    def __enter__(self):
        self.start()

    def __exit__(self, *exc):
        self.stop.set()
        self.join()

    def time(self):
        return os.stat(self.path).st_mtime_ns if os.path.exists(self.path) else 0

    def run(self):
        last = self.time()
        while not self.stop.wait(0.2):
            now = self.time()
            self.batches += now != last
            last = now


def is_flagged(port):
    """Does the name that the rules hold of get the sinkhole?"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((ADDRESS, port))
        answer = measure.ask(sock, measure.query(FLAGGED), 1)
    return answer is not None and is_sinkhole(answer)


def flag(process, port, tries=100):
    """Ask until the rules are in force and hold."""
    for _ in range(tries):
        if is_flagged(port):
            return
        process.check()
        time.sleep(0.1)
    raise Failed(f"{FLAGGED} is not flagged")


def run(behaviour, say):
    """Everything."""
    return {"systems": behaviour.misses(say), "flood": behaviour.flood(say),
            "file": behaviour.file(say)}
