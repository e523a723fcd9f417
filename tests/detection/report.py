#!/usr/bin/python3
"""Print what was flagged, by class.

    report.py LABELS RESULT

LABELS is generate.py's, RESULT replay's. For each class and half: how many
names were flagged by the rules, by Holz's score and by its normalised form,
and after how many answers and how much time (medians of those flagged).
"""
import sys
from collections import defaultdict
from statistics import median

NOTE = """\
The answers are generated, and so are their classes: this supports the mechanics
of detection and the comparison of scores, not an accuracy in the field."""


def read(labels_path, result_path):
    """(half, kind, class) -> a list of results, in the labels' order."""
    with open(labels_path) as file:
        labels = {qname: (half, kind, made) for qname, made, half, kind
                  in map(str.split, file)}
    groups = defaultdict(list)
    for key in labels.values():
        groups[key]  # the order of the labels
    with open(result_path) as file:
        for line in file:
            qname, *result = line.rstrip("\n").split("\t")
            if qname in labels:
                groups[labels[qname]].append(result)
    return groups


def share(count, total):
    return f"{100 * count / total:.1f} %" if total else "-"


def duration(seconds):
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def row(key, results):
    half, kind, made = key
    ours = [(int(answers), int(time)) for _, rule, answers, time, _, _ in results
            if rule != "-"]
    holz = sum(result[4] != "0" for result in results)
    normalised = sum(result[5] != "0" for result in results)
    return [half, kind, made, str(len(results)),
            share(len(ours), len(results)),
            f"{median(a for a, _ in ours):.0f}" if ours else "-",
            duration(median(t for _, t in ours)) if ours else "-",
            share(holz, len(results)), share(normalised, len(results))]


def main():
    groups = read(sys.argv[1], sys.argv[2])
    table = [["half", "kind", "class", "names", "flagged", "answers", "time",
              "holz", "normalised"]]
    table += [row(key, results) for key, results in groups.items()]
    widths = [max(map(len, column)) for column in zip(*table)]
    for cells in table:
        print("  ".join(cell.ljust(width) if i < 3 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(cells, widths))))
    print()
    print(NOTE)


if __name__ == "__main__":
    main()
