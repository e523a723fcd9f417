"""compare.py - systems that take turns on one core, so that they can be compared.

All systems are started, one after the other, and then take turns: one is
resumed, dnsperf asks it for a moment, it is stopped (SIGSTOP) and the next one
has its turn. So one Unbound runs at a time, and a slow minute of the machine
meets all alike.
"""

import os
import time
from contextlib import ExitStack

import measure
from servers import unbound


class Comparison:
    """Some systems and what was measured of them. The query file WARM, which a
    subclass may write, fills each cache before the first turn of a round."""

    def __init__(self, folder, args, programs):
        self.folder = folder
        self.args = args
        self.programs = programs
        self.warm = self.path("cached")
        self.results = {}
        os.makedirs(folder, exist_ok=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def add(self, system):
        """Have a system bring its policy in."""
        self.results[system.name] = {"start_s": [], "start_cpu_s": [],
                                     "memory": [], "turns": {},
                                     **system.prepare()}
        return system

    def start(self, stack, system):
        """Start, measure how long that takes, stop."""
        process = stack.enter_context(
            unbound(system, self.programs, self.args.server_core))
        took = measure.until_answer(process, system.port, *system.is_ready)
        found = self.results[system.name]
        found["start_s"].append(took)
        found["start_cpu_s"].append(measure.cpu_ns(process.pid) / 1e9)
        process.pause()
        return process

    def fill_cache(self, system, process):
        process.resume()
        measure.fill_cache(system.port, self.warm, "NOERROR")
        process.pause()

    def ask(self, system, process, workload, number):
        """One system, one workload: resume, measure, stop. The sample."""
        process.resume()
        sample = measure.load(process.pid, system.port, workload, number,
                              self.args.server_core)
        if system.log:
            time.sleep(0.3)  # for a log that is written in the background
            sample["logged"] = measure.drain(system.log) / sample["queries"]
        process.pause()
        return sample

    def turn(self, system, process, workload, number):
        turns = self.results[system.name]["turns"]
        turns.setdefault(workload.name, []).append(
            self.ask(system, process, workload, number))

    def round(self, systems, workloads):
        """Start all systems anew and give each its turns. WORKLOADS has each
        workload with the names of the systems that are asked it."""
        with ExitStack() as stack:
            processes = {s.name: self.start(stack, s) for s in systems}
            for system in systems:
                self.fill_cache(system, processes[system.name])
            for number in range(self.args.turns):
                first = number % len(systems)
                order = systems[first:] + systems[:first]
                for workload, names in workloads:
                    for system in order:
                        if system.name in names:
                            self.turn(system, processes[system.name],
                                      workload, number)
            for system in systems:
                self.results[system.name]["memory"].append(measure.memory(
                    processes[system.name].pid, system.databases))
