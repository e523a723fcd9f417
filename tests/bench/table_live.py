"""table_live.py - what changes under load did to the clients, as Markdown.

Times and latencies are medians of all changes of a kind, with the least and the
most behind them; lost queries are added up.
"""

import statistics

COLUMNS = (("rpz", "Unbound RPZ"), ("sinkbound", "sinkbound"))
KINDS = (("quiet", "nothing changes"), ("block", "a cached name is blocked"),
         ("replace", "the list is replaced"))
MB = 1000 * 1000


def spread(values, form, unit):
    text = form.format(statistics.median(values)) + unit
    if len(values) > 1:
        text += f" ({form.format(min(values))}-{form.format(max(values))})"
    return text


def lost(samples):
    count = sum(s["lost"] for s in samples)
    return f'{count:,} of {sum(s["sent"] for s in samples):,}'


def kind_rows(systems, kind, label):
    """The rows of one kind of change."""
    def row(title, cell):
        cells = [cell(systems[name][kind]) if name in systems else ""
                 for name, _ in COLUMNS]
        return f"| {title} | " + " | ".join(cells) + " |"

    def times(key, unit="s", form="{:.3f}"):
        return lambda samples: spread([s[key] for s in samples], form,
                                      " " + unit)

    rows = []
    if kind != "quiet":
        rows += [row(f"{label}: the command takes", times("command_s")),
                 row("... until a client is blocked", times("blocked_s")),
                 row("... CPU time of the sweep", times("sweep_cpu_s"))]
    rows += [row(f"{label}: queries lost" if kind == "quiet" else
                 "... queries lost", lost),
             row("... answer time, median", times("median_ms", "ms", "{:.2f}")),
             row("... 99.9 %", times("p999_ms", "ms", "{:.1f}")),
             row("... longest", times("longest_ms", "ms", "{:.1f}"))]
    if kind == "replace":
        for place, when in enumerate(("before", "after")):
            rows.append(row(
                f"... private memory {when}",
                lambda samples, place=place: spread(
                    [s["memory"][place]["private"] / MB for s in samples],
                    "{:.1f}", " MB")))
    return rows


def live_table(live):
    front = "at a real-time priority" if live["in_front"] else \
        "at no priority: its own delays are in the answer times"
    lines = [f'Changes under load, {live["rate"]:,} cached names a second of '
             f'{live["messages"]:,} cached messages. dnsperf shares the cores with '
             f'the server and the command, {front}.', "",
             f'| {live["names"]:,} names | ' +
             " | ".join(title for _, title in COLUMNS) + " |",
             "|---" * (len(COLUMNS) + 1) + "|"]
    for kind, label in KINDS:
        lines += kind_rows(live["systems"], kind, label)
    return lines


def live_goals(live):
    """As (what, measured, limit). The longest of all answers counts."""
    if "sinkbound" not in live["systems"]:
        return []
    ours = live["systems"]["sinkbound"]
    before, after = ours["replace"][0]["memory"]
    goals = [("block --wait under load, s", statistics.median(
        s["command_s"] for s in ours["block"]), 1.0)]
    for kind, label in KINDS[1:]:
        goals += [(f"{label}, queries lost",
                   sum(s["lost"] for s in ours[kind]), 0),
                  (f"{label}, longest answer, ms",
                   max(s["longest_ms"] for s in ours[kind]), 20.0)]
    goals.append(("private memory after the replacement, MB more",
                  (after["private"] - before["private"]) / MB, 1.0))
    return goals
