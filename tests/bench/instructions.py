"""instructions.py - what a query that Unbound must ask for takes, counted.

Valgrind's callgrind counts the instructions of Unbound's worker and of all other
threads, while one turn of misses.py is asked after a warm-up. That is the same on
a busy machine and a quiet one, to some parts in a thousand. It has neither the
kernel's part, which is three fifths of the CPU time of a miss, nor the waiting for
memory: a ratio of CPU time lies nearer to one.

What is learned in the turn is written within seconds of its end, and counting
goes on until then. Hardware counters would be quicker, but few virtual
machines have them.
"""

import glob
import os
import re
import shutil
import subprocess
import time

import behaviour
import measure
from compare import Comparison
from misses import COLD_TURNS
from servers import Failed, unbound

SYSTEMS = ("none", "sinkbound", "observing")
WORKLOADS = ("known", "new")
PORT = 5391
RATE = 1500        # queries a second of the warm-up
OUTSTANDING = 20   # a process under callgrind takes milliseconds for a query
LOADED = 5.0       # seconds until all is read that a start reads
WRITTEN = 4.0      # seconds until what is new has been written
TOTALS = re.compile(r"^totals: (\d+)$", re.M)
THREAD = re.compile(r"^thread: (\d+)$", re.M)
WORKER = 1         # with one worker that is the first thread


class Instructions(Comparison):
    """Systems of full.py and behaviour.py, one after the other."""

    def __init__(self, folder, args, programs, full):
        super().__init__(folder, args, programs)
        self.queries = full.queries
        # It knows what the systems are; they are made in its folder.
        self.systems = behaviour.Behaviour(folder, args, programs, full)

    def counted(self, system):
        """Returns {workload: {"worker", "background", "all": a query's}}."""
        out = os.path.join(system.folder, "callgrind")
        under = ("valgrind", "--tool=callgrind", "--separate-threads=yes",
                 "--instr-atstart=no", f"--callgrind-out-file={out}")
        with unbound(system, self.programs, under=under) as process:
            measure.until_answer(process, system.port, *system.is_ready)
            time.sleep(LOADED)
            for turn in range(COLD_TURNS):
                self.ask(system, "cold", turn, "-Q", str(RATE))
            found = {}
            for workload in WORKLOADS:
                self.ask(system, workload, 0, "-Q", str(RATE))
                time.sleep(WRITTEN)
                found[workload] = self.count(system, process, workload, out)
        return found

    def ask(self, system, workload, turn, *options):
        """One file. How many queries were answered."""
        run = measure.dnsperf(
            system.port, f"{self.queries.path(workload)}.{turn}",
            ["-n", "1", "-q", str(OUTSTANDING), *options])
        if run["rcodes"].get("NOERROR", 0) != run["completed"]:
            raise Failed(f"{system.name}: got {run['rcodes']}")
        return run["completed"]

    def count(self, system, process, workload, out):
        control(process, "-i", "on")
        control(process, "-z")
        completed = self.ask(system, workload, 1)
        time.sleep(WRITTEN)
        control(process, "-d")
        control(process, "-i", "off")
        threads = {}
        for path in glob.glob(out + ".*"):
            with open(path, encoding="utf-8") as source:
                text = source.read()
            os.unlink(path)
            thread, total = THREAD.search(text), TOTALS.search(text)
            if thread and total:
                threads[int(thread[1])] = int(total[1]) / completed
        worker = threads.pop(WORKER, 0)
        return {"worker": worker, "background": sum(threads.values()),
                "all": worker + sum(threads.values())}


def control(process, *command):
    """Have callgrind do something, in the running process."""
    run = subprocess.run(["callgrind_control", *command, str(process.pid)],
                         capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise Failed(f"callgrind_control {' '.join(command)}:\n{run.stderr}")


def run(instructions, say):
    """Returns {system: {workload: counts}}, or {"skipped": why}."""
    if not shutil.which("callgrind_control"):
        return {"skipped": "there is no valgrind"}
    found = {}
    for number, name in enumerate(SYSTEMS):
        say(f"instructions: {name}")
        system = instructions.systems.system(name, PORT + number)
        system.cache_mb = 256
        system.prepare()
        found[name] = instructions.counted(system)
    return found
