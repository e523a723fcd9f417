"""table_behaviour.py - what observing costs, as Markdown."""

import statistics

import table_misses

MB = 1000 * 1000
NAMES = (("plain", "no rules"), ("observing", "rules"))


def anonymous(flood, name, when):
    """Memory of no file: before the flood (0), after its first half, at its
    end."""
    return flood[name]["memory"][when]["anonymous"]


def second_half(flood, name):
    """What it gained then: Unbound's own caches were full before."""
    return anonymous(flood, name, 2) - anonymous(flood, name, 1)


def flood_lines(flood):
    lines = [f"| a flood of {2 * flood['queries']:,} names through Unbound "
             "| memory before | at its end | gained in its second half "
             "| pages of observed.mdb looked at | CPU a query |",
             "|---" * 6 + "|"]
    for name, label in NAMES:
        observed = flood[name]["memory"][2]["observed"]
        lines.append(f"| {label} | {anonymous(flood, name, 0) / MB:.1f} MB "
                     f"| {anonymous(flood, name, 2) / MB:.1f} MB "
                     f"| {second_half(flood, name) / MB:.2f} MB "
                     f"| {observed / MB:.1f} MB "
                     f"| {flood[name]['us']:.2f} us |")
    library = flood["library"]
    more = anonymous(flood, "observing", 2) - anonymous(flood, "plain", 2)
    return lines + [
        "", f"At its end rules take {more / MB:.1f} MB. The flagged name is " +
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


def table(results):
    return [*table_misses.table(results["systems"], "rules"), "", *flood_lines(results["flood"]), "",
            *file_lines(results["file"])]


def goals(results):
    """As (what, measured, limit). What the options do not count: a table of
    public suffixes, the ASNs that came lately, what is on its way to the
    disk."""
    flood, library = results["flood"], results["flood"]["library"]
    return [
        *table_misses.goals(results["systems"], "observing",
                            "full policy and rules",
                            {"known": 1.05, "new": 1.05}),
        ("a flood: memory over the budget, MB",
         max(0, library["memory"] - library["options"]) / MB, 1.0),
        ("a flood: memory gained in its second half, MB more than no rules",
         (second_half(flood, "observing") - second_half(flood, "plain")) / MB,
         1.0),
        ("a flood: flagged names that are no longer, of 3 looks",
         3 - flood["observing"]["flagged"] - library["blocked"] -
         library["holds"], 0)]
