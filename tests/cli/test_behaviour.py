"""test_behaviour.py - what a recorded session cannot show."""

import json
import os
import pty
import re
import select
import shutil
import subprocess
import threading
import time

import pytest
from conftest import COMMAND, TOP_SRCDIR, WRAPPER

REAL_FEEDS = TOP_SRCDIR.parent / "shared/data"


def seconds(rfc3339):
    """Seconds since the epoch of a time in UTC."""
    parts = time.strptime(rfc3339, "%Y-%m-%dT%H:%M:%SZ")
    return int(time.mktime((*parts[:8], 0)) - time.timezone)


def winner(sandbox, name):
    return json.loads(sandbox.run("explain", "--json", name).stdout)["matches"][0]


def generation(sandbox):
    return json.loads(sandbox.run("status", "--json").stdout)["generation"]


# ---- times ----


@pytest.mark.parametrize(
    "text, length",
    [("90m", 5400), ("2h", 7200), ("30d", 2592000), ("1w", 604800), ("45s", 45)],
)
def test_for_ends_that_much_later(sandbox, text, length):
    before = int(time.time())
    sandbox.run("block", "bad.example", "--for", text)
    after = int(time.time())
    match = winner(sandbox, "bad.example")
    assert before <= seconds(match["since"]) <= after
    assert seconds(match["until"]) == seconds(match["since"]) + length


@pytest.mark.parametrize(
    "text, until",
    [
        ("2099-12-13", "2099-12-13T00:00:00Z"),
        ("2099-12-13 09:12", "2099-12-13T09:12:00Z"),
        ("2099-12-13 09:12 UTC", "2099-12-13T09:12:00Z"),
        ("2099-12-13T09:12Z", "2099-12-13T09:12:00Z"),
        ("2099-12-13T09:12:30Z", "2099-12-13T09:12:30Z"),
        ("2099-12-13T09:12:30+01:00", "2099-12-13T08:12:30Z"),
        ("2099-12-31T23:30-01:30", "2100-01-01T01:00:00Z"),
        ("2096-02-29", "2096-02-29T00:00:00Z"),
    ],
)
def test_until_is_that_time(sandbox, text, until):
    sandbox.run("block", "bad.example", "--until", text)
    assert winner(sandbox, "bad.example")["until"] == until


@pytest.mark.parametrize(
    "text",
    ["2099", "2099-13-01", "2099-00-10", "2099-02-29", "2099-12-13T", "09:12",
     "2099-12-13T24:00Z", "2099-12-13T09:60Z", "2099-12-13T09:12 CET",
     "2099-12-13T09:12+1", "2099-12-13x", "-099-12-13", ""],
)
def test_until_is_no_time(sandbox, text):
    done = sandbox.run("block", "bad.example", "--until", text, status=2)
    assert "2025-12-13T09:12Z" in done.stderr


@pytest.mark.parametrize(
    "text", ["2", "h", "", "-2h", "2 h", "2hh", "0d", "1.5h", "99999999999999999999w"]
)
def test_for_is_no_duration(sandbox, text):
    done = sandbox.run("block", "bad.example", "--for", text, status=2)
    assert "90m" in done.stderr


# ---- generations ----


def test_each_change_is_one_generation(sandbox):
    sandbox.run("apply")
    first = generation(sandbox)
    sandbox.run("block", "bad.example")
    assert generation(sandbox) == first + 1
    sandbox.run("block", "bad.example")  # says nothing new
    sandbox.run("apply")
    sandbox.run("remove", "nowhere.example", status=1)
    assert generation(sandbox) == first + 1


# ---- progress ----


def slow_feed(folder):
    """A feed that takes over a second to be read, through a pipe."""
    path = folder / "seized.txt"
    path.unlink()
    os.mkfifo(path)

    def write():
        with open(path, "w", encoding="ascii") as feed:
            for part in range(2):
                feed.writelines(f"n{n}.p{part}.example\n" for n in range(70000))
                feed.flush()
                time.sleep(1.2)
            feed.write("last.example\n" * 70000)

    threading.Thread(target=write, daemon=True).start()


def test_no_progress_where_there_is_no_terminal(sandbox):
    slow_feed(sandbox.folder)
    assert sandbox.run("apply").stderr == ""


def test_progress_on_a_terminal_is_erased(sandbox):
    slow_feed(sandbox.folder)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["sinkbound", "apply"],
        cwd=sandbox.folder,
        env={**sandbox.environment, "TERM": "vt100"},
        executable=sandbox.bin / "sinkbound",
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ) as child:
        os.close(theirs)
        shown = b""
        while select.select([ours], [], [], 60)[0]:
            try:
                shown += os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
        assert child.wait() == 0
    os.close(ours)
    assert b"reading seized" in shown
    assert shown.endswith(b"\r\x1b[K")
    assert b"\n" not in shown


# ---- the output ----


def test_a_reader_that_goes_away_ends_the_dump(sandbox):
    sandbox.run("apply")
    assert sandbox.shell("sinkbound dump | head -n 1").stdout.count("\n") == 1


@pytest.mark.skipif(bool(WRAPPER), reason="the wrapper needs its stderr")
def test_no_standard_file_is_open(sandbox):
    """The first descriptors would become the database's."""
    assert sandbox.shell("sinkbound block bad.example <&- >&- 2>&-").returncode == 1
    assert winner(sandbox, "bad.example")["status"] == "wins"


def test_json_is_one_object_of_utf8(sandbox):
    sandbox.run("apply")
    sandbox.run("block", "bad.example", "--reason", "Größe \"L\" \\ 日本")
    assert winner(sandbox, "bad.example")["reference"] == "Größe \"L\" \\ 日本"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_another_user_is_told_what_to_do(sandbox, tmp_path_factory):
    sandbox.run("apply")
    for folder in [sandbox.folder, *sandbox.folder.parents]:
        if folder == tmp_path_factory.getbasetemp().parent.parent:
            break
        folder.chmod(0o755)
    # The tree may lie where no other user gets to.
    command = shutil.copy(COMMAND, sandbox.bin / "command")
    done = subprocess.run(
        [command, "-c", "sinkbound.yaml", "status"],
        cwd=sandbox.folder,
        env=sandbox.environment,
        capture_output=True,
        text=True,
        check=False,
        user="nobody",
        group="nogroup",
        extra_groups=[],
    )
    assert done.returncode == 1
    assert "policy.mdb: permission denied\nRun this as root" in done.stderr


@pytest.mark.skipif(
    os.path.exists("/etc/sinkbound/sinkbound.yaml"), reason="there is one"
)
def test_without_a_configuration_the_example_is_named(sandbox):
    done = sandbox.shell("sinkbound-plain status")
    assert done.returncode == 1
    assert re.fullmatch(
        r"sinkbound: there is no configuration /etc/sinkbound/sinkbound.yaml\n"
        r"Copy the example /\S+/sinkbound.yaml there, with the list beside it, or "
        r"name another file with -c.\n",
        done.stderr,
    )


# ---- real feeds ----


@pytest.mark.skipif(not REAL_FEEDS.exists(), reason="no real feeds on this machine")
def test_counts_of_real_feeds_add_up(sandbox):
    feeds = [
        ("hagezi", "domains/hagezi2022_light.domains.txt", "domains"),
        ("urlhaus", "hosts/urlhaus2025.hosts.txt", "hosts"),
        ("urlhaus-rpz", "rpz/urlhaus2025.rpz", "rpz"),
    ]
    text = "database: policy.mdb\nfeeds:\n"
    for name, path, format in feeds:
        text += f"  - name: {name}\n    file: {REAL_FEEDS / path}\n"
        text += f"    format: {format}\n"
    (sandbox.folder / "sinkbound.yaml").write_text(text)
    first = json.loads(sandbox.run("apply", "--json").stdout)
    again = json.loads(sandbox.run("apply", "--json").stdout)
    for report, kept in ((first, "added"), (again, "unchanged")):
        for feed in report["feeds"]:
            assert feed["read"] == feed[kept] + feed["rejected"] > 0
            assert feed["added"] + feed["unchanged"] == feed[kept]
            assert feed["removed"] == 0
            reasons = sum(reason["count"] for reason in feed["reasons"])
            assert reasons == feed["rejected"]
    assert first["changed"] and not again["changed"]
    status = json.loads(sandbox.run("status", "--json").stdout)
    counts = {feed["name"]: feed["entries"] for feed in status["feeds"]}
    for feed in first["feeds"]:
        assert counts[feed["name"]] == feed["added"]
    dumped = sandbox.run("dump").stdout.splitlines()
    assert len(dumped) == sum(counts.values())
    blocked = re.compile(r"[\w.-]+\s+BLOCKED: ")
    assert blocked.match(sandbox.run("explain", dumped[0].split("\t")[0]).stdout)
