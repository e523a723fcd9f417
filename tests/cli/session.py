"""session.py - recorded sessions: commands and what they must print.

A session is a text file:

    # What it is about; comments stand before a command.
    $ sinkbound block bad.example
    > a second line of the same command, for example of a here-document
    blocked bad.example and everything below it
    stderr: what went there, after all of stdout
    exit status: 1

The status is there where it is not 0. What differs from run to run is replaced
before the comparison, by words of the same length where columns depend on it:

    the test's folder                      /CASE
    times less than 400 days from now      YYYY-MM-DD hh:mm UTC and
                                           YYYY-MM-DDThh:mm:ssZ
    generation 41, "generation": 41        generation N, "generation": N
    in 0.03 s, "seconds": 0.0312           in N s, "seconds": N; also "waited"
    13.5 MB, "file_size": 49152 and        SIZE, "file_size": N
      "indicators_size": 4096
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T])(\d\d:\d\d)(?: UTC|:\d\dZ)")
REPLACED = [
    (re.compile(r'(generation"?:?) \d[\d,]*\b'), r"\1 N"),
    (re.compile(r"in \d+\.\d\d s\b"), "in N s"),
    (re.compile(r'("(?:seconds|waited)"): [\d.e-]+'), r"\1: N"),
    (re.compile(r"\d+\.\d [kMGT]B"), "SIZE"),
    (re.compile(r'("(?:file_|indicators_)?size"): \d+'), r"\1: N"),
]


@dataclass
class Step:
    comment: list = field(default_factory=list)
    command: list = field(default_factory=list)
    output: list = field(default_factory=list)

    def text(self):
        head, *more = self.command
        lines = [*self.comment, f"$ {head}", *(f"> {line}" for line in more)]
        return "".join(f"{line}\n" for line in lines + self.output)


def parse(text):
    """The steps of a session."""
    steps = [Step()]
    for line in text.splitlines():
        step = steps[-1]
        if line.startswith("$ ") or line.startswith("# ") or line == "#":
            if step.command:
                step = Step()
                steps.append(step)
            if line.startswith("$ "):
                step.command.append(line[2:])
            else:
                step.comment.append(line)
        elif line.startswith("> ") and step.command and not step.output:
            step.command.append(line[2:])
        else:
            assert step.command, f"output before the first command: {line}"
            step.output.append(line)
    return steps


def replace_time(match):
    day, clock = match.group(1), match.group(2)
    time = datetime.fromisoformat(f"{day}T{clock}:00+00:00")
    if abs(time - datetime.now(timezone.utc)) > timedelta(days=400):
        return match.group(0)
    if "T" in match.group(0)[:11]:
        return "YYYY-MM-DDThh:mm:ssZ"
    return "YYYY-MM-DD hh:mm UTC"


def normalise(text, folder):
    text = TIME.sub(replace_time, text.replace(str(folder), "/CASE"))
    for pattern, replacement in REPLACED:
        text = pattern.sub(replacement, text)
    return text


def play(sandbox, step):
    """Run a step's command; what it printed, as lines of a session."""
    done = sandbox.shell("\n".join(step.command))
    lines = done.stdout.splitlines()
    lines += [f"stderr: {line}" for line in done.stderr.splitlines()]
    if done.returncode != 0:
        lines.append(f"exit status: {done.returncode}")
    return [normalise(line, sandbox.folder) for line in lines]
