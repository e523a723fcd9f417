"""feeds.py - what it costs to keep a list: fetch, import, compare.

  import     a list that the database does not have yet
  sort -u    of the same file, to compare the import with
  unchanged  the same list fetched again: its content says so, no header does
  changed    a hundredth of the names is another, anywhere in the list

CPU is that of the process, as other work on the machine must not count. Memory
is the largest private, dirty memory that was seen while it ran; the mapped file
of the database is not in it.
"""

import hashlib
import os
import re
import statistics
import subprocess
import time

import generate

STEP = 0.01  # seconds between two looks at the memory


def private_kb(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as source:
            found = re.search(r"^Private_Dirty:\s+(\d+)", source.read(), re.M)
    except OSError:
        return 0
    return int(found.group(1)) if found else 0


def measured(argv, environment=None):
    """Run it: seconds, CPU seconds, octets written, peak memory."""
    begun = time.monotonic()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL,
                               env={**os.environ, **(environment or {})})
    peak, done = 0, 0
    while done == 0:
        peak = max(peak, private_kb(process.pid))
        time.sleep(STEP)
        done, status, used = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, argv)
    return {"wall_s": time.monotonic() - begun,
            "cpu_s": used.ru_utime + used.ru_stime,
            "written": used.ru_oublock * 512, "private": peak * 1024}


class Feeds:
    """A folder with one feed, fetched from a file of it."""

    def __init__(self, folder, args, programs, listed):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.rounds = args.rounds
        self.tool = programs.tool
        self.size = max(args.sizes)
        change = max(self.size // 100, 1)
        self.lists = {"first": listed[:self.size],
                      "second": listed[change:self.size + change]}
        for name, names in self.lists.items():
            generate.write_domains(self.path(name), names)
        with open(self.path("sinkbound.yaml"), "w", encoding="ascii") as out:
            out.write("database: policy.mdb\nspool: spool\nlog: none\n"
                      f"feeds:\n  - name: feed\n    format: domains\n"
                      f"    url: file://{self.path('list')}\n")

    def path(self, name):
        return os.path.join(self.folder, name)

    def serve(self, name):
        if os.path.exists(self.path("list")):
            os.unlink(self.path("list"))
        os.link(self.path(name), self.path("list"))

    def update(self):
        return measured([self.tool, "-c", self.path("sinkbound.yaml"),
                         "update", "feed"])

    def digest(self):
        with open(self.path("policy.mdb"), "rb") as source:
            return hashlib.sha256(source.read()).hexdigest()

    def forget(self):
        for name in ("policy.mdb", "policy.mdb-lock", "spool/feed.json",
                     "spool/feed.list"):
            if os.path.exists(self.path(name)):
                os.unlink(self.path(name))

    def round(self):
        """Everything once."""
        self.forget()
        self.serve("first")
        found = {"import": self.update()}
        found["sort"] = measured(["sort", "-u", "-o", os.devnull,
                                  self.path("first")], {"LC_ALL": "C"})
        before = self.digest()
        found["unchanged"] = self.update()
        found["unchanged"]["wrote"] = self.digest() != before
        self.serve("second")
        found["changed"] = self.update()
        found["size"] = os.path.getsize(self.path("policy.mdb"))
        return found


def run(feeds, say):
    """All rounds: {"names": ..., "rounds": [...]}."""
    rounds = []
    for number in range(feeds.rounds):
        say(f"feeds: round {number + 1} of {feeds.rounds}")
        rounds.append(feeds.round())
    return {"names": feeds.size, "rounds": rounds}


# ---- the table ----

ROWS = (("import", "import"), ("sort", "`sort -u`"),
        ("unchanged", "fetched again, unchanged"),
        ("changed", "fetched again, 1 % changed"))


def median(results, row, key):
    return statistics.median(found[row][key] for found in results["rounds"])


def table(results):
    """Its lines, as Markdown."""
    lines = [f"### A list of {results['names']:,} names", "",
             "| | CPU | wall | private memory | written |",
             "|---|---|---|---|---|"]
    for row, name in ROWS:
        lines.append(
            f"| {name} | {median(results, row, 'cpu_s'):.2f} s "
            f"| {median(results, row, 'wall_s'):.2f} s "
            f"| {median(results, row, 'private') / 1e6:.0f} MB "
            f"| {median(results, row, 'written') / 1e6:.1f} MB |")
    ratio = median(results, "import", "cpu_s") / median(results, "sort", "cpu_s")
    wrote = any(found["unchanged"]["wrote"] for found in results["rounds"])
    return lines + [
        "", f"An import takes {ratio:.1f} times the CPU of `sort -u`. "
        f"Unchanged, the database was {'' if wrote else 'not '}written to."]
