"""feeds.py - what it costs to keep a list: fetch, import, compare.

  import     a list that the database does not have yet, sorted as most lists
             are, or in any order
  sort -u    of the same file, to compare the import with
  unchanged  the same list fetched again: its content says so, no header does
  changed    a thousandth, a hundredth or a tenth of the names is another,
             anywhere in the list: the worst that a change of that size can be,
             as each name is in another page of the database

CPU is that of the process, as other work on the machine must not count. Memory
is the largest private, dirty memory that was seen while it ran; the mapped file
of the database is not in it. Written is everything, the copy of the list in the
spool included; of the database, its pages that differ afterwards.
"""

import os
import re
import random
import shutil
import statistics
import subprocess
import time

import generate

STEP = 0.01  # seconds between two looks at the memory
PAGE = 4096
SHARES = {"changed 0.1 %": 0.001, "changed 1 %": 0.01, "changed 10 %": 0.1}


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


def pages_that_differ(old, new):
    return sum(new[at:at + PAGE] != old[at:at + PAGE]
               for at in range(0, len(new), PAGE))


def sort(path):
    return measured(["sort", "-u", "-o", os.devnull, path], {"LC_ALL": "C"})


class Feeds:
    """A folder with one feed, fetched from a file of it."""

    def __init__(self, folder, args, programs, listed):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.rounds = args.rounds
        self.tool = programs.tool
        self.size = max(args.sizes)
        self.listed = listed
        generate.write_domains(self.path("first"), listed[:self.size])
        with open(self.path("shuffled"), "w", encoding="ascii") as out:
            out.writelines(f"{name}\n" for name in random.Random("order").sample(
                listed[:self.size], self.size))
        for name in SHARES:
            generate.write_domains(
                self.path(name),
                listed[self.changes(name):self.size + self.changes(name)])
        with open(self.path("sinkbound.yaml"), "w", encoding="ascii") as out:
            out.write("database: policy.mdb\nspool: spool\nlog: none\n"
                      f"feeds:\n  - name: feed\n    format: domains\n"
                      f"    url: file://{self.path('list')}\n")

    def changes(self, name):
        """How many names are not in the list any more, and how many are new."""
        return max(int(self.size * SHARES[name]), 1)

    def path(self, name):
        return os.path.join(self.folder, name)

    def serve(self, name):
        if os.path.exists(self.path("list")):
            os.unlink(self.path("list"))
        os.link(self.path(name), self.path("list"))

    def update(self):
        return measured([self.tool, "-c", self.path("sinkbound.yaml"),
                         "update", "feed"])

    def database(self):
        with open(self.path("policy.mdb"), "rb") as source:
            return source.read()

    def forget(self):
        for name in ("policy.mdb", "policy.mdb-lock"):
            if os.path.exists(self.path(name)):
                os.unlink(self.path(name))
        shutil.rmtree(self.path("spool"), ignore_errors=True)

    def first(self, name):
        """Import a list that the database does not have yet."""
        self.forget()
        self.serve(name)
        found = self.update()
        found["pages"] = len(self.database()) // PAGE
        return found

    def keep(self):
        """The state that each change begins with."""
        shutil.copy(self.path("policy.mdb"), self.path("kept.mdb"))
        shutil.rmtree(self.path("kept"), ignore_errors=True)
        shutil.copytree(self.path("spool"), self.path("kept"))

    def change(self, name):
        self.forget()
        shutil.copy(self.path("kept.mdb"), self.path("policy.mdb"))
        shutil.copytree(self.path("kept"), self.path("spool"))
        # A mapped page that is not on the disk yet would count as private.
        os.sync()
        before = self.database()
        self.serve(name)
        found = self.update()
        found["pages"] = pages_that_differ(before, self.database())
        return found

    def round(self):
        """Everything once."""
        found = {"import shuffled": self.first("shuffled"),
                 "sort shuffled": sort(self.path("shuffled")),
                 "import": self.first("first"),
                 "sort": sort(self.path("first"))}
        before = self.database()
        found["unchanged"] = self.update()
        found["unchanged"]["pages"] = pages_that_differ(before, self.database())
        self.keep()
        for name in SHARES:
            found[name] = self.change(name)
        return found


def run(feeds, say):
    """All rounds: {"names": ..., "rounds": [...]}."""
    rounds = []
    for number in range(feeds.rounds):
        say(f"feeds: round {number + 1} of {feeds.rounds}")
        rounds.append(feeds.round())
    return {"names": feeds.size, "rounds": rounds}


# ---- the table ----

ROWS = (("import", "import, sorted"), ("sort", "`sort -u` of that"),
        ("import shuffled", "import, in any order"),
        ("sort shuffled", "`sort -u` of that"),
        ("unchanged", "fetched again, unchanged"),
        *((name, f"fetched again, {name[8:]} changed") for name in SHARES))


def median(results, row, key):
    return statistics.median(found[row][key] for found in results["rounds"])


def touched(results, row):
    """How many names are gone or new."""
    if row.startswith("import"):
        return results["names"]
    return 2 * max(int(results["names"] * SHARES[row]), 1)


def of_database(results, row):
    """Two cells: octets written to the database, and for each name."""
    if row.startswith("sort"):
        return "| | |"
    octets = median(results, row, "pages") * PAGE
    each = "" if row == "unchanged" else \
        f"{octets / touched(results, row):,.0f}"
    return f"| {octets / 1e6:.1f} MB | {each} |"


def ratio(results, suffix):
    return median(results, "import" + suffix, "cpu_s") / \
        median(results, "sort" + suffix, "cpu_s")


def table(results):
    """Its lines, as Markdown."""
    lines = [f"### A list of {results['names']:,} names", "",
             "| | CPU | wall | private memory | written | to the database "
             "| octets of that for each name gone or new |",
             "|---|---|---|---|---|---|---|"]
    for row, name in ROWS:
        lines.append(
            f"| {name} | {median(results, row, 'cpu_s'):.2f} s "
            f"| {median(results, row, 'wall_s'):.2f} s "
            f"| {median(results, row, 'private') / 1e6:.0f} MB "
            f"| {median(results, row, 'written') / 1e6:.1f} MB "
            + of_database(results, row))
    wrote = any(found["unchanged"]["pages"] for found in results["rounds"])
    return lines + [
        "", f"An import takes {ratio(results, ''):.1f} times the CPU of "
        f"`sort -u` where the list is sorted, {ratio(results, ' shuffled'):.1f} "
        "times where it is not. Unchanged, the database was "
        f"{'' if wrote else 'not '}written to. A page has "
        f"{PAGE:,} octets, and a name that is gone or new costs one as long as "
        "there are more pages than such names."]
