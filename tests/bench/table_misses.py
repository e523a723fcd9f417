"""table_misses.py - what queries cost that Unbound must ask for, as Markdown."""

import statistics

from ratios import costs, ratios, spread, with_interval

ROWS = (("none", "no policy"), ("again", "no policy, a second process"),
        ("sinkbound", "full policy"), ("observing", "full policy and rules"))
COLUMNS = (("cached", "cached names"),
           ("known", "cache misses, known domains"),
           ("new", "cache misses, new domains"),
           ("cold", "the first misses after a start"))
THREADS = (("worker", "the worker"), ("background", "... other threads"),
           ("all", "... all"))


def heading(facts):
    return (f"Cache misses, of domains that were asked for before and of new "
            f"ones: {facts['starts']} starts; after a warm-up of "
            f"{facts['cold_queries']:,} queries {facts['miss_turns']} turns of "
            f"{facts['known_queries']:,} queries ({facts['new_queries']:,} of "
            "new domains), systems in random order. CPU a query (quartiles); "
            "times no policy in the same turn (95 % interval of the median).")


def table(systems, label):
    """A row for each system, two columns for each workload."""
    asked = [column for column in COLUMNS if costs(systems, "none", column[0])]
    lines = [f"| {label} | " + "".join(f"{title} | times no policy | "
                                       for _, title in asked).rstrip(),
             "|---" * (1 + 2 * len(asked)) + "|"]
    for name, title in ROWS:
        if name not in systems:
            continue
        cells = [title]
        for workload, _ in asked:
            cells += [spread(costs(systems, name, workload), "{:.2f}", " us"),
                      with_interval(systems, name, "none", workload)
                      if name != "none" else ""]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def goals(systems, name, label, limits):
    """As (what, measured, limit) of system NAME, for {workload: limit}."""
    if not {"none", name} <= set(systems):
        return []
    return [(f"{label}, {dict(COLUMNS)[workload]}, times no policy",
             statistics.median(ratios(systems, name, "none", workload)), limit)
            for workload, limit in limits.items()]


def full_table(full):
    """What a full policy costs a query that it does not block."""
    data = (f'{full["names"]:,} names, {full["prefixes"]:,} prefixes, '
            f'{full["asns"]:,} ASNs ' +
            ("of Spamhaus" if full["real_asns"] else "(made up)") +
            ", origin data " +
            ("of ip-location-db" if full["real_origin"] else "(made up)"))
    return table(full["systems"], data)


def full_goals(full):
    return goals(full["systems"], "sinkbound", "full policy",
                 {"cached": 1.01, "known": 1.03})


def instructions_table(counted):
    """Instructions a query; nothing where they were not counted."""
    if "skipped" in counted:
        return [f"Instructions a query were not counted: {counted['skipped']}."]
    workloads = [column for column in COLUMNS if column[0] in counted["none"]]
    lines = ["| instructions a query | " +
             " | ".join(title for _, title in workloads) + " |",
             "|---" * (1 + len(workloads)) + "|"]
    for name, title in ROWS:
        for thread, part in THREADS:
            if name not in counted or name == "none" and thread != "all":
                continue
            cells = []
            for workload, _ in workloads:
                found = counted[name][workload][thread]
                base = counted["none"][workload][thread]
                cells.append(f"{found:,.0f}" + (
                    f", {found / base:.3f} times"
                    if name != "none" and base else ""))
            label = title if name == "none" else f"{title}: {part}"
            lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return lines
