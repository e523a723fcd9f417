"""ratios.py - what was sampled turn by turn, and how much one is of another.

A ratio is of two systems in the same turn. It is reported as the median of all;
behind it are quartiles, or the interval in which that median would lie in 95 of
100 benchmarks like this one.
"""

import random
import statistics

RESAMPLES = 1000


def spread(values, form, unit=""):
    """Median with quartiles."""
    if len(values) < 2:
        return form.format(values[0]) + unit
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{form.format(middle)}{unit} ({form.format(low)}-{form.format(high)})"


def costs(systems, name, workload):
    """Microseconds per query, one for each turn."""
    turns = systems.get(name, {}).get("turns", {})
    return [sample["us"] for sample in turns.get(workload, ())]


def ratios(systems, name, base, workload):
    """Turn by turn: this system's cost as a multiple of the base's."""
    return [ours / theirs for ours, theirs in
            zip(costs(systems, name, workload), costs(systems, base, workload))]


def interval(systems, name, base, workload):
    """The bootstrap interval of the median (B. Efron, "Bootstrap Methods:
    Another Look at the Jackknife", 1979). Turns of one start are more alike than
    those of two: starts are drawn first, then turns of each."""
    starts = {}
    for sample, ratio in zip(systems[name]["turns"][workload],
                             ratios(systems, name, base, workload)):
        starts.setdefault(sample["start"], []).append(ratio)
    drawn = random.Random("bootstrap")
    medians = sorted(
        statistics.median(
            ratio for start in drawn.choices(list(starts.values()),
                                             k=len(starts))
            for ratio in drawn.choices(start, k=len(start)))
        for _ in range(RESAMPLES))
    return medians[RESAMPLES // 40], medians[-RESAMPLES // 40 - 1]


def with_interval(systems, name, base, workload):
    """As text: the median, and its interval."""
    low, high = interval(systems, name, base, workload)
    middle = statistics.median(ratios(systems, name, base, workload))
    return f"{middle:.3f} ({low:.3f}-{high:.3f})"
