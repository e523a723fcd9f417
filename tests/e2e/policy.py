"""policy.py - a policy database of its own, filled by the real command."""

import json
import os
import subprocess

from environment import COMMAND, PATIENCE, WRAPPER
from querylog import QueryLog

RPZ_HEAD = """\
$TTL 30
@ IN SOA localhost. hostmaster.localhost. 1 86400 3600 604800 30
 NS localhost.
"""


class Policy:
    """FOLDER holds sinkbound.yaml, the feeds, the database and the log."""

    def __init__(self, folder):
        self.folder = folder
        self.configuration = folder / "sinkbound.yaml"
        self.database = folder / "policy.mdb"
        self.log = QueryLog(folder / "query.log")
        self.settings = {"database": self.database, "log": self.log.path}
        self.feeds = []

    # ---- configuration ----

    def feed(self, name, entries, format="domains", **options):
        """Configure a feed after those before; write its ENTRIES."""
        self.feeds.append(
            {"name": name, "file": f"{name}.{format}", "format": format, **options}
        )
        self.write_feed(name, entries)

    def write_feed(self, name, entries):
        feed = next(feed for feed in self.feeds if feed["name"] == name)
        text = RPZ_HEAD if feed["format"] == "rpz" else ""
        text += "".join(f"{entry}\n" for entry in entries)
        (self.folder / feed["file"]).write_text(text)

    def write_configuration(self):
        lines = []
        for key, value in self.settings.items():
            if isinstance(value, dict):
                lines.append(f"{key}:")
                lines += [f"  {inner}: {scalar(v)}" for inner, v in value.items()]
            else:
                lines.append(f"{key}: {scalar(value)}")
        if self.feeds:
            lines.append("feeds:")
        for feed in self.feeds:
            items = [f"{key}: {scalar(value)}" for key, value in feed.items()]
            lines.append("  - " + "\n    ".join(items))
        self.configuration.write_text("\n".join(lines) + "\n")

    # ---- the command ----

    def run(self, *arguments, status=0, configuration=None):
        """Run sinkbound; its exit status must be STATUS."""
        assert COMMAND.exists(), f"{COMMAND} is missing: run make"
        argv = [*WRAPPER, COMMAND, "-c", configuration or self.configuration]
        done = subprocess.run(
            [str(arg) for arg in [*argv, *arguments]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            timeout=120 * PATIENCE,
        )
        assert done.returncode == status, (
            f"sinkbound {' '.join(map(str, arguments))} ended with "
            f"{done.returncode}, not {status}:\n{done.stdout}{done.stderr}"
        )
        return done

    def apply(self, status=0):
        self.write_configuration()
        return self.run("apply", status=status)

    def block(self, name, *options):
        return self.run("block", name, *options)

    def allow(self, name, *options):
        return self.run("allow", name, *options)

    def remove(self, name):
        return self.run("remove", name)

    def explain(self, name):
        return json.loads(self.run("explain", "--json", name).stdout)


def scalar(value):
    """A YAML value: what JSON writes is one."""
    return json.dumps(value, default=str)
