"""test_whatif.py - preview and replay, where a recorded session cannot show it."""

import bz2
import gzip
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time

import pytest
from conftest import COMMAND, WRAPPER

LINES = "".join(
    f"[15778728{i % 100:02}] unbound[1:0] info: 192.0.2.{i % 4} n{i}.seized.example. A IN\n"
    for i in range(1000)
)


def replay(sandbox, log):
    return json.loads(sandbox.run("replay", "--json", log).stdout)


@pytest.mark.parametrize("pack", ["gzip", "bzip2", "zstd", "gzip twice", "members"])
def test_a_packed_log_is_read(sandbox, pack):
    sandbox.run("apply")
    log = sandbox.folder / "log"
    octets = LINES.encode()
    if pack == "zstd":
        if not shutil.which("zstd"):
            pytest.skip("no zstd")
        octets = subprocess.run(["zstd", "-c"], input=octets, capture_output=True).stdout
    elif pack == "bzip2":
        octets = bz2.compress(octets)
    elif pack == "members":  # as `cat a.gz b.gz` makes it
        half = octets.index(b"\n", len(octets) // 2) + 1
        octets = gzip.compress(octets[:half]) + gzip.compress(octets[half:])
    else:
        octets = gzip.compress(octets)
        if pack == "gzip twice":
            octets = gzip.compress(octets)
    log.write_bytes(octets)
    report = replay(sandbox, log)
    assert report["log"]["lines"] == 1000 and report["log"]["rejected"] == []
    assert report["blocked"]["names"] == 1000
    assert report["blocked"]["clients"] == 4
    assert report["complete"]


def test_json_says_where_it_has_not_all_names(sandbox):
    sandbox.run("apply")
    (sandbox.folder / "log").write_text(LINES)
    report = json.loads(sandbox.run("replay", "--json", "--top", "999", "log").stdout)
    assert len(report["names"]) == 999 and not report["complete"]


def digest(folder):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if not path.name.endswith("-lock")
    }


def test_a_preview_changes_nothing(sandbox):
    sandbox.run("apply")
    (sandbox.folder / "log").write_text("takedown.example\n")
    (sandbox.folder / "new.txt").write_text("takedown.example\n")
    before = digest(sandbox.folder)
    done = sandbox.run("preview", "new.txt", "--against", "log")
    assert "newly blocked: 1 name" in done.stdout
    assert digest(sandbox.folder) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_preview_that_is_killed_leaves_nothing(sandbox, number):
    sandbox.run("apply")
    temporary = sandbox.folder / "temporary"
    temporary.mkdir()
    (sandbox.folder / "new.txt").write_text("takedown.example\n")
    preview = subprocess.Popen(
        [*WRAPPER, COMMAND, "-c", "sinkbound.yaml", "preview", "new.txt", "--against", "-"],
        cwd=sandbox.folder,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        # A shell has its background jobs ignore it, and those inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        # By the time that it waits for the log, the copy is open.
        copy = f"{temporary}/"
        for _ in range(500):
            with open(f"/proc/{preview.pid}/maps") as maps:
                if any(copy in line and "(deleted)" in line for line in maps):
                    break
            time.sleep(0.02)
        else:
            pytest.fail("no copy was made in TMPDIR")
        preview.send_signal(number)
        preview.wait(30)
    finally:
        preview.kill()
        preview.wait()
    assert list(temporary.glob("sinkbound*")) == []  # valgrind leaves its own


@pytest.mark.skipif(bool(WRAPPER), reason="the wrapper may need TMPDIR too")
def test_a_copy_that_cannot_be_made_is_told(sandbox):
    sandbox.run("apply")
    (sandbox.folder / "new.txt").write_text("takedown.example\n")
    sandbox.environment["TMPDIR"] = "/nonexistent"
    done = sandbox.run("preview", "new.txt", "--against", "new.txt", status=1)
    assert "cannot make a copy of the database" in done.stderr
