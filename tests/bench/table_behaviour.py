"""table_behaviour.py - what observing costs, as Markdown."""

import statistics

MB = 1000 * 1000
ROWS = (("none", "no policy"), ("again", "no policy, a second process"),
        ("sinkbound", "full policy"), ("observing", "full policy and rules"))
NAMES = (("plain", "no rules"), ("observing", "rules"))


def misses(systems, ratios):
    lines = ["| cache misses | CPU a query | times no policy |", "|---|---|---|"]
    for name, label in ROWS:
        costs = [turn["us"] for turn in systems[name]["turns"]["miss"]]
        found = ratios(systems, name, "none", "miss")
        lines.append(f"| {label} | {statistics.median(costs):.2f} us "
                     f"| {statistics.median(found):.3f} |")
    return lines


def gained(flood, name):
    """Private memory from before the flood to its end, and in its second
    half: Unbound's own caches were full by then."""
    memory = flood[name]["memory"]
    return memory[-1] - memory[0], memory[-1] - memory[1]


def flood_lines(flood):
    lines = [f"| a flood of {2 * flood['queries']:,} names through Unbound "
             "| private memory gained | in its second half | CPU a query |",
             "|---" * 4 + "|"]
    for name, label in NAMES:
        whole, half = gained(flood, name)
        lines.append(f"| {label} | {whole / MB:.1f} MB | {half / MB:.2f} MB "
                     f"| {flood[name]['us']:.2f} us |")
    library = flood["library"]
    return lines + [
        "", "The flagged name is " +
        ("still" if flood["observing"]["flagged"] else "NO LONGER") +
        f" flagged. By the library alone, {library['names']:,} names: "
        f"{library['cpu_s'] / library['names'] * 1e6:.2f} us a name, "
        f"{library['memory'] / MB:.1f} MB of memory (`observe` allows "
        f"{library['options'] / MB:.1f} MB), flagged name "
        f"{'still blocked' if library['blocked'] else 'NOT BLOCKED'}, its state "
        f"{'kept' if library['holds'] else 'LOST'}, "
        f"{library['others_known']:,} of {library['others']:,} other names "
        "still known."]


def file_lines(file):
    lines = ["| observed.mdb | size | octets a name | CPU to write | to load |",
             "|---" * 5 + "|"]
    for found in file["growth"]:
        lines.append(f"| {found['names']:,} names | {found['octets'] / MB:.1f} MB "
                     f"| {found['octets'] / found['names']:.1f} "
                     f"| {found['cpu_s']:.2f} s | {found['load_s']:.2f} s |")
    lines += ["", "| names that nobody asked before | start | CPU a query "
              "| median | 99.9 % | longest | lost | batches |",
              "|---" * 8 + "|"]
    for name, label in NAMES:
        turns = file["answers"][name]

        def middle(key, turns=turns):
            return statistics.median(turn[key] for turn in turns)

        lines.append(
            f"| {label} | {middle('start_s'):.3f} s | {middle('us'):.2f} us "
            f"| {middle('median_ms'):.2f} ms | {middle('p999_ms'):.1f} ms "
            f"| {middle('longest_ms'):.1f} ms | {sum(t['lost'] for t in turns)} "
            f"| {middle('batches'):.0f} |")
    return lines


def table(results, ratios):
    """All of it; RATIOS as in table.py."""
    return [*misses(results["systems"], ratios), "",
            *flood_lines(results["flood"]), "", *file_lines(results["file"])]


def goals(results, ratios):
    """As (what, measured, limit). What the options do not count: a table of
    public suffixes, the ASNs that came lately, what is on its way to the
    disk."""
    flood, library = results["flood"], results["flood"]["library"]
    return [
        ("full policy and rules, cache misses, times no policy",
         statistics.median(ratios(results["systems"], "observing", "none",
                                  "miss")), 1.05),
        ("a flood: memory over the budget, MB",
         max(0, library["memory"] - library["options"]) / MB, 1.0),
        ("a flood: memory gained in its second half, MB more than no rules",
         (gained(flood, "observing")[1] - gained(flood, "plain")[1]) / MB, 1.0),
        ("a flood: flagged names that are no longer, of 3 looks",
         3 - flood["observing"]["flagged"] - library["blocked"] -
         library["holds"], 0)]
