"""test_detection.py - the rules that are shipped, over a few generated answers.

`make detection` shows more; here is seen that it goes on working. Shares have
slack, since so few names say little about a class.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("TOP_BUILDDIR") or HERE.parent.parent)
NAMES = 30


def run(*arguments, stdin=None):
    return subprocess.run(
        [str(argument) for argument in arguments],
        input=stdin, capture_output=True, text=True, check=False,
        env={
            **os.environ,
            "SINKBOUND": str(BUILD / "tools/sinkbound"),
            "REPLAY": str(BUILD / "tests/detection/replay"),
        },
    )


@pytest.fixture(scope="module")
def table():
    """{(half, class): (share of ours, median of answers)}"""
    done = run(HERE / "detect.sh", NAMES, 1)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("seed 1\n")
    rows = re.findall(
        r"^(train|held-back) +(?:malicious|benign) +(\S+) +(\d+) +([\d.]+) % +(\S+)",
        done.stdout, re.M,
    )
    assert len(rows) == 20, done.stdout
    return {
        (half, name): (float(share), answers)
        for half, name, names, share, answers in rows
    }


@pytest.mark.parametrize("half", ["train", "held-back"])
@pytest.mark.parametrize("name", ["classic-flux", "double-flux", "bad-rotation"])
def test_malicious_names_are_flagged(table, half, name):
    share, answers = table[half, name]
    assert share >= 75
    assert int(answers) <= 10


@pytest.mark.parametrize("half", ["train", "held-back"])
@pytest.mark.parametrize(
    "name",
    ["single-cdn", "multi-cdn", "wide-cdn", "ntp-pool", "cloud-balancer", "dynamic-dns"],
)
def test_benign_names_are_not(table, half, name):
    assert table[half, name][0] <= 100 / NAMES


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replay")
    configuration = folder / "sinkbound.yaml"
    configuration.write_text(
        f"database: {folder}/policy.mdb\nlog: none\nobserve: {{learning: none}}\n"
        "rules: [{name: short, mode: enforce, when: {ttl-max: 30}}]\n"
    )
    done = run(BUILD / "tools/sinkbound", "-c", configuration, "apply")
    assert done.returncode == 0, done.stderr
    return folder / "policy.mdb"


GOOD = "1700000000 www.example A 30 1 192.0.2.1\n"


def replay(policy, text):
    return run(BUILD / "tests/detection/replay", policy, stdin=text)


def test_recorded_answers_can_be_replayed(policy):
    done = replay(policy, "# a comment\n\n" + GOOD
                  + "1700000001 Slow.example AAAA 31 0 2001:db8::1 2001:db8::2\n"
                  + "1700000001 www.example TXT 31 0 text\n")
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == [
        "Slow.example\t1\t-\t0\t0\t0\t0",
        "www.example\t1\tshort\t1\t0\t0\t0",
    ]


@pytest.mark.parametrize(
    "line, fault",
    [
        ("1700000001 www.example A 30", "expected time qname type ttl aa address"),
        ("yesterday www.example A 30 1 192.0.2.1", "not a number"),
        ("-5 www.example A 30 1 192.0.2.1", "not a number"),
        ("1699999999 www.example A 30 1 192.0.2.1", "earlier than the line before"),
        ("1700000001 www..example A 30 1 192.0.2.1", "not a name"),
        ("1700000001 www.example ADDRESS 30 1 192.0.2.1", "not a type"),
        ("1700000001 www.example A 3e9 1 192.0.2.1", "not a number"),
        ("1700000001 www.example A 4294967296 1 192.0.2.1", "out of range"),
        ("1700000001 www.example A 30 yes 192.0.2.1", "not a number"),
        ("1700000001 www.example A 30 1 192.0.2.256", "not an address"),
        ("1700000001 " + 9000 * "x", "too long"),
    ],
)
def test_bad_line_is_named(policy, line, fault):
    done = replay(policy, f"{GOOD}{line}\n")
    assert done.returncode == 1
    assert done.stderr.startswith("replay: line 2: ")
    assert fault in done.stderr
