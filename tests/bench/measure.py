"""measure.py - what is measured of a running server, and how.

CPU is user plus system time of all threads of the process, as the scheduler
counts it (nanoseconds, /proc/PID/task/*/schedstat), divided by the queries
that dnsperf saw answered. Time counts until the answer to a query that is
asked again and again arrives.
"""

import glob
import os
import random
import re
import socket
import struct
import subprocess
import time
from dataclasses import dataclass

from servers import ADDRESS, Failed

OUTSTANDING = 100  # queries in flight: the server is always busy, none is lost
DNSPERF_LINE = re.compile(r"^\s+(Queries sent|Queries completed|Queries lost|"
                          r"Response codes|Queries per second):\s+(.*)$", re.M)


@dataclass
class Workload:
    """What dnsperf asks in one turn, and how all of it must be answered."""

    name: str
    queries: str   # dnsperf's file
    expected: str  # RCODE
    seconds: float = 0  # 0: each query of the file once
    edns: bool = False
    rate: int = 0  # queries a second; 0: as many as are answered
    turns: bool = False  # a file for each turn: its number is added to the name

    def file(self, turn):
        return f"{self.queries}.{turn}" if self.turns else self.queries

    def options(self):
        chosen = ["-q", str(OUTSTANDING)]
        chosen += ["-l", str(self.seconds)] if self.seconds else ["-n", "1"]
        if self.edns:
            chosen.append("-e")
        if self.rate:
            chosen += ["-Q", str(self.rate)]
        return chosen


def query(qname):
    """A query for A of this name, as octets, with a random ID."""
    labels = b"".join(bytes([len(x)]) + x.encode() for x in qname.split("."))
    return struct.pack(">HHHHHH", random.getrandbits(16), 0x0100, 1, 0, 0, 0) \
        + labels + b"\0" + struct.pack(">HH", 1, 1)


def ask(sock, packet, wait):
    """The answer's octets, or None where none came within WAIT seconds."""
    try:
        sock.settimeout(wait)
        sock.send(packet)
        while True:
            answer = sock.recv(4096)
            if answer[:2] == packet[:2]:
                return answer
    except (TimeoutError, ConnectionRefusedError):
        return None


def exists(answer):
    return answer[3] & 15 == 0


def is_nxdomain(answer):
    return answer[3] & 15 == 3


def is_sinkhole(answer):
    """The last record is 0.0.0.0: for queries without EDNS."""
    return answer.endswith(b"\0\4\0\0\0\0")


def until_answer(process, port, qname, is_wanted, limit=120.0):
    """Seconds from the start of PROCESS until QNAME's answer is the one wanted.
    Exact to a millisecond within the first second, then to ten."""
    packet = query(qname)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((ADDRESS, port))
        while True:
            passed = time.monotonic() - process.began
            pause = 0.001 if passed < 1 else 0.01
            answer = ask(sock, packet, pause)
            if answer is not None and is_wanted(answer):
                return time.monotonic() - process.began
            process.check()
            if passed > limit:
                raise Failed(f"{qname} is not answered as it should be "
                             f"within {limit:.0f} s")
            time.sleep(pause / 2)


def cpu_ns(pid):
    """Nanoseconds on a core so far, of all threads that live."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path, encoding="ascii") as source:
            total += int(source.read().split()[0])
    return total


def memory(pid, databases):
    """Octets by kind, of all mappings: rss, pss, private, shared, anonymous (of
    no file).

    DATABASES are files with the kind that their pages are counted as instead of
    private and shared: they are the page cache's, one copy for all resolvers,
    and can be dropped at any time; with one process looking at them the kernel
    would call them private.
    """
    total = dict.fromkeys(("rss", "pss", "private", "shared", "anonymous",
                           "policy", "observed"), 0)
    database = None
    with open(f"/proc/{pid}/smaps", encoding="utf-8") as source:
        for line in source:
            key, _, value = line.partition(":")
            if " " in key:  # a mapping's first line: its range, then its path
                database = databases.get(line.rstrip("\n").split(None, 5)[-1])
                continue
            kind = key.partition("_")[0].lower()
            if kind in ("rss", "pss", "anonymous") and "_" not in key:
                total[kind] += int(value.split()[0]) * 1024
            elif key in ("Private_Clean", "Private_Dirty", "Shared_Clean",
                         "Shared_Dirty"):
                kind = database or kind
                total[kind] += int(value.split()[0]) * 1024
    return total


def stolen(core):
    """Seconds for which the host took this core away."""
    with open("/proc/stat", encoding="ascii") as source:
        for line in source:
            if line.startswith(f"cpu{core} "):
                return int(line.split()[8]) / os.sysconf("SC_CLK_TCK")
    return 0.0


def dnsperf(port, queries, options):
    """Run dnsperf over a file: {sent, completed, lost, qps, rcodes}."""
    command = ["dnsperf", "-f", "inet", "-s", ADDRESS, "-p", str(port), "-d",
               queries, "-T", "1", "-t", "2", *options]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    found = dict(DNSPERF_LINE.findall(run.stdout))
    if run.returncode != 0 or "Queries completed" not in found:
        raise Failed(f"{' '.join(command)}:\n{run.stdout}{run.stderr}")
    codes = dict(re.findall(r"([A-Z]+) (\d+)", found.get("Response codes", "")))
    return {
        "completed": int(found["Queries completed"].split()[0]),
        "lost": int(found["Queries lost"].split()[0]),
        "qps": float(found["Queries per second"]),
        "rcodes": {code: int(count) for code, count in codes.items()},
    }


def fill_cache(port, queries, expected, tries=3):
    """Ask each query of a file until one pass over it loses none: the first
    may, while the resolver learns how quick its upstream is."""
    for _ in range(tries):
        run = dnsperf(port, queries, ["-n", "1", "-q", "50"])
        if run["rcodes"].get(expected, 0) == run["completed"] > 0 and \
                run["lost"] == 0:
            return
    raise Failed(f"{queries}: wanted {expected} only, got {run['rcodes']}, "
                 f"lost {run['lost']}")


def load(pid, port, workload, turn, core):
    """CPU per query in microseconds while dnsperf asks a workload's queries;
    each answer must have its rcode."""
    stolen_before = stolen(core)
    before = cpu_ns(pid)
    run = dnsperf(port, workload.file(turn), workload.options())
    spent = cpu_ns(pid) - before
    if run["rcodes"].get(workload.expected, 0) != run["completed"] \
            or not run["completed"]:
        raise Failed(f"{workload.queries}: wanted {workload.expected} only, "
                     f"got {run['rcodes']}")
    return {"us": spent / run["completed"] / 1000, "qps": run["qps"],
            "queries": run["completed"], "lost": run["lost"],
            "stolen_s": round(stolen(core) - stolen_before, 2)}


def drain(path):
    """Count the lines of a log that is being appended to, and empty it."""
    lines = 0
    with open(path, "rb+") as log:
        while chunk := log.read(1 << 20):
            lines += chunk.count(b"\n")
        log.truncate(0)
    return lines
