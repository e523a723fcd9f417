#!/usr/bin/python3
"""table.py - the benchmark's results as Markdown and as JSON.

A number is the median of its samples; behind it, in parentheses, are the first
and third quartile. A ratio is the median of the ratios turn by turn (ratios.py).

Run alone with a results file, it prints that file's tables again.
"""

import json
import os
import statistics
import sys
import time

import feeds
import table_behaviour
import table_misses
from ratios import costs, ratios, spread
from table_live import live_goals, live_table

COLUMNS = (("none", "no policy"), ("rpz", "Unbound RPZ"),
           ("sinkbound", "sinkbound"), ("shadow", "sinkbound, shadow"))
MB = 1000 * 1000

# Workload, its row's name, the suffix of the systems, whom to compare with.
WORKLOADS = (
    ("cached", "cached names", "", "none"),
    ("cached-edns", "cached names, EDNS", "", "none"),
    ("blocked", "blocked names", "", "rpz"),
    ("blocked-edns", "blocked names, EDNS", "", "rpz"),
    ("logged", "blocked and logged, {rate:,}/s", "-log", "rpz"),
    ("logged-full", "blocked and logged, all it can", "-log", "rpz"),
    ("sinkhole", "blocked names, sinkhole", "-sink", "rpz"),
)


def memory(systems, name, kind):
    """Median of one kind of memory, in octets."""
    return statistics.median(m[kind] for m in systems[name]["memory"])


def row(label, systems, cell, suffix=""):
    """One line of the main table: CELL gives a system's text, or None."""
    cells = [label]
    for name, _ in COLUMNS:
        text = cell(name + suffix) if name + suffix in systems else None
        cells.append(text or "")
    return "| " + " | ".join(cells) + " |"


def imports(systems, name=""):
    """Seconds of the imports into NAME's databases, or into all."""
    return [s["import_s"] for key, s in systems.items()
            if key.startswith(name) and "import_s" in s]


def import_rows(size, systems):
    def took(name):
        seconds = imports(systems, name)
        return spread(seconds, "{:.2f}", " s") if seconds else None

    def octets(name):
        found = systems[name].get("bytes")
        return found and f"{found / MB:.1f} MB, {found / size:.1f} B a name"

    return [row("import", systems, took), row("database", systems, octets)]


def memory_rows(systems):
    def seconds(key):
        return lambda name: spread(systems[name][key], "{:.3f}", " s")

    def megabytes(kind):
        return lambda name: f"{memory(systems, name, kind) / MB:.1f} MB"

    def private_over(name):
        if name == "none" or "none" not in systems:
            return None
        over = memory(systems, name, "private") - \
            memory(systems, "none", "private")
        return f"{over / MB:+.1f} MB"

    return [row("start until it blocks", systems, seconds("start_s")),
            row("... CPU time of that", systems, seconds("start_cpu_s")),
            row("private memory", systems, megabytes("private")),
            row("... over no policy", systems, private_over),
            row("shared with others", systems, megabytes("shared")),
            row("database pages mapped", systems, megabytes("policy")),
            row("Pss", systems, megabytes("pss")),
            row("Rss", systems, megabytes("rss"))]


def workload_rows(systems, rate):
    rows = []
    for workload, label, suffix, base in WORKLOADS:
        def cost(name, workload=workload):
            found = costs(systems, name, workload)
            return spread(found, "{:.2f}", " us") if found else None

        def ratio(name, workload=workload, base=base + suffix):
            found = ratios(systems, name, base, workload)
            return spread(found, "{:.3f}") if found else None

        def logged(name, workload=workload):
            turns = systems[name]["turns"][workload]
            return f"{statistics.median(t['logged'] for t in turns):.1%}"

        if not any(costs(systems, n + suffix, workload) for n, _ in COLUMNS):
            continue
        rows.append(row(label.format(rate=rate), systems, cost, suffix))
        against = dict(COLUMNS)[base]
        rows.append(row(f"... times {against}", systems, ratio, suffix))
        if workload.startswith("logged"):
            rows.append(row("... lines in the log", systems, logged, suffix))
    return rows


def main_table(size, systems, rate):
    head = [f"{size:,} names"] + [title for _, title in COLUMNS]
    return ["| " + " | ".join(head) + " |", "|---" * len(head) + "|",
            *import_rows(size, systems), *memory_rows(systems),
            *workload_rows(systems, rate)]


def cost_cell(systems, name, base, workload):
    """Cost of a query, and how much that is of the base's."""
    text = spread(costs(systems, name, workload), "{:.2f}", " us")
    found = ratios(systems, name, base, workload)
    if found and name != base:
        text += f", {statistics.median(found):.3f} times"
    return text


def size_table(sizes):
    """What grows with the number of names, and what does not."""
    counts = sorted(sizes, key=int)
    lines = ["| names | " + " | ".join(f"{int(c):,}" for c in counts) + " |",
             "|---" * (len(counts) + 1) + "|"]

    def line(label, cell):
        lines.append(f"| {label} | " + " | ".join(map(cell, counts)) + " |")

    for name, title in COLUMNS:
        if name not in sizes[counts[0]]:
            continue
        line(f"{title}: start until it blocks", lambda count, n=name:
             spread(sizes[count][n]["start_s"], "{:.3f}", " s"))
        line("... private memory", lambda count, n=name:
             f"{memory(sizes[count], n, 'private') / MB:.1f} MB")
        for workload, label, suffix, base in WORKLOADS:
            if all(costs(sizes[c], name + suffix, workload) for c in counts):
                line("... " + label, lambda count, n=name + suffix,
                     w=workload, b=base + suffix:
                     cost_cell(sizes[count], n, b, w))
    return lines


def names_goals(size, systems):
    """What the project promises at this size, as (what, measured, limit)."""
    if not {"none", "rpz", "sinkbound", "shadow"} <= set(systems):
        return []
    ours = systems["sinkbound"]

    def ratio(name, base, workload):
        return statistics.median(ratios(systems, name, base, workload))

    def over(kind):
        return statistics.median(ours[kind]) - \
            statistics.median(systems["none"][kind])

    private = memory(systems, "sinkbound", "private") - \
        memory(systems, "none", "private")
    return [
        ("import, s", statistics.median(imports(systems)), 3.0),
        ("database, octets a name", ours["bytes"] / size, 80),
        ("start over no policy, s", over("start_s"), 0.1),
        ("private memory over no policy, MB", private / MB, 8),
        ("cached, times no policy", ratio("sinkbound", "none", "cached"), 1.01),
        ("cached in shadow mode, times no policy",
         ratio("shadow", "none", "cached"), 1.05),
        ("blocked, times RPZ", ratio("sinkbound", "rpz", "blocked"), 1.0),
    ]


def goals_table(goals):
    lines = ["| goal, set for 1,000,000 names | at most | measured | |",
             "|---|---|---|---|"]
    for label, found, limit in goals:
        verdict = "holds" if found <= limit else "MISSED"
        lines.append(f"| {label} | {limit:g} | {found:.3f} | {verdict} |")
    return lines


def exactness(systems):
    """How far two processes without a policy are apart."""
    found = ratios(systems, "again", "none", "cached")
    return "" if not found else \
        "Two processes without a policy, compared in the same way on cached " \
        "names: " + spread(found, "{:.3f}") + "."


def heading(facts):
    return (f"{facts['unbound']} on {facts['cpu']}, {facts['cores']} cores, "
            f"{facts['memory_mb']:,} MB, Linux {facts['kernel']}, "
            f"{facts['when']}. us = CPU time of the server per query; the "
            "server has a core of its own, dnsperf and NSD share the other. "
            "Medians (quartiles) of "
            f"{facts['rounds']} starts with {facts['turns']} turns of "
            f"{facts['seconds']:g} s each.")


def render_names(sizes, rate):
    largest = max(sizes, key=int)
    lines = [*main_table(int(largest), sizes[largest], rate), "",
             exactness(sizes[largest]), ""]
    if len(sizes) > 1:
        lines += [*size_table(sizes), ""]
    return lines, names_goals(int(largest), sizes[largest])


def render(results):
    """All tables as Markdown."""
    facts = results["machine"]
    lines = [heading(facts), ""]
    if {"full", "behaviour"} & set(results):
        lines += [table_misses.heading(facts), ""]
    goals = []
    if "sizes" in results:
        more, goals = render_names(results["sizes"], facts["logged_rate"])
        lines += more
    if "full" in results:
        lines += [*table_misses.full_table(results["full"]), ""]
        goals += table_misses.full_goals(results["full"])
    if "live" in results:
        lines += [*live_table(results["live"]), ""]
        goals += live_goals(results["live"])
    if "behaviour" in results:
        lines += [*table_behaviour.table(results["behaviour"]), ""]
        goals += table_behaviour.goals(results["behaviour"])
    if "instructions" in results:
        lines += [*table_misses.instructions_table(results["instructions"]), ""]
    if "feeds" in results:
        lines += [*feeds.table(results["feeds"]), ""]
    if goals:
        lines += goals_table(goals)
    return "\n".join(lines) + "\n"


def save(results, folder):
    """Write a JSON file named by the time, and return its path."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, time.strftime("%Y%m%dT%H%M%SZ.json",
                                              time.gmtime()))
    with open(path, "w", encoding="utf-8") as out:
        json.dump(results, out, indent=1)
    return path


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as stored:
        print(render(json.load(stored)))
