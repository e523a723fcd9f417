"""conftest.py - tests of fetching: a server, a configuration, the command.

make check sets TOP_BUILDDIR; SB_WRAPPER is a command to run sinkbound under.
"""

import hashlib
import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest
from server import Server

TOP_BUILDDIR = Path(os.environ.get("TOP_BUILDDIR") or
                    Path(__file__).resolve().parents[2]).resolve()
COMMAND = [*shlex.split(os.environ.get("SB_WRAPPER", "")),
           str(TOP_BUILDDIR / "tools/sinkbound")]


class Site:
    """A folder with a configuration, a database and a spool."""

    def __init__(self, folder):
        self.folder = folder
        self.spool = folder / "spool"
        self.database = folder / "policy.mdb"
        self.environment = {
            name: value for name, value in os.environ.items()
            if not name.lower().endswith("_proxy")}
        self.environment.update(LC_ALL="C.UTF-8", TZ="Asia/Kolkata")

    def configure(self, *feeds, **settings):
        """Each feed a dictionary; the format is domains."""
        config = {"database": "policy.mdb", "spool": "spool", "log": "none",
                  **settings,
                  "feeds": [{"format": "domains", **feed} for feed in feeds]}
        # JSON is YAML.
        (self.folder / "sinkbound.yaml").write_text(json.dumps(config))

    def command(self, *arguments):
        return [*COMMAND, "-c", str(self.folder / "sinkbound.yaml"),
                *arguments]

    def run(self, *arguments, status=0, **environment):
        done = subprocess.run(
            self.command(*arguments), capture_output=True, text=True,
            check=False, cwd=self.folder, stdin=subprocess.DEVNULL,
            env={**self.environment, **environment})
        assert done.returncode == status, done
        return done

    def update(self, *arguments, status=0, **environment):
        """What an update did, feed by feed."""
        done = self.run("update", "--json", *arguments, status=status,
                        **environment)
        feeds = {feed["name"]: feed for feed in json.loads(done.stdout)["feeds"]}
        for feed in feeds.values():
            feed["stderr"] = done.stderr
        return feeds

    def listed(self, feed=None):
        """The names that the database has of a feed."""
        lines = [line.split("\t") for line in
                 self.run("dump").stdout.splitlines()]
        return {line[0] for line in lines if feed in (None, line[4])}

    def is_blocked(self, name):
        return json.loads(self.run("explain", "--json", name).stdout)

    def digest(self):
        return hashlib.sha256(self.database.read_bytes()).hexdigest()

    def state(self, feed):
        return json.loads((self.spool / f"{feed}.json").read_text())


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


@pytest.fixture
def server():
    made = Server()
    yield made
    made.shutdown()
    made.server_close()
