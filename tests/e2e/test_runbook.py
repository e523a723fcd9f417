"""test_runbook.py - RUNBOOK.md does what it says.

Its blocks of commands are run in order by one shell after another, in a copy of
the paths that they name, with the real command and a real Unbound. What a block
of text after them says must be what they print; a line "..." there stands for
any lines. Times, durations and generations may differ.

In the copy `sudo` and `ssh HOST` run what follows them (ssh with the
configuration of another resolver), `nsd-control` does nothing, `sinkbound` and
`dig` are told which configuration and which port, and https://cert.example is a
server here. SB_RUNBOOK=write puts the present output into the file.
"""

import gzip
import http.server
import json
import os
import re
import shlex
import shutil
import subprocess
import threading
import time

import pytest

from authority import OTHER
from environment import COMMAND, PATIENCE, TOP_SRCDIR, UNBOUND_BUILD, WRAPPER

RUNBOOK = TOP_SRCDIR / "RUNBOOK.md"
BLOCKS = re.compile(r"^```sh\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.M | re.S)

# nsd-checkzone is where the tests have NSD from, if not in the usual places.
PATH = f"{{}}/bin:{os.environ['PATH']}:/usr/sbin:{UNBOUND_BUILD.parent}/nsd/usr/sbin"

VOLATILE = [
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"), "YYYY-MM-DD hh:mm UTC"),
    (re.compile(r"\b\d+\.\d\d s\b"), "N s"),
    (re.compile(r"\[\d{10}\]"), "[TIME]"),
    (re.compile(r"\b(generation|serial) [\d,]+"), r"\1 N"),
    (re.compile(r"\d+(\.\d)? [kM]?B\b"), "SIZE"),
    (re.compile(r"\b(process|pid) \d+"), r"\1 N"),
    (re.compile(r"\bby \w+\b(?=   )"), "by WHO"),
    (re.compile(r"(just now|\d+ (second|minute|hour|day)s?( ago| left)?)"), "TIME"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "https://cert.example"),
    (re.compile(r" {2,}"), "  "),
    (re.compile(r" +$"), ""),
]

NAMES = ("panel.stealer.example", "cdn.stealer.example", "shop.honest.example",
         "mirror.example")
TAKEDOWN = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
BUNDLE = {
    "type": "bundle",
    "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d",
    "objects": [
        {
            "type": "indicator",
            "spec_version": "2.1",
            "id": f"indicator--5d0092c5-5f74-4287-9642-{number:012}",
            "created": TAKEDOWN,
            "modified": TAKEDOWN,
            "valid_from": TAKEDOWN,
            "pattern_type": "stix",
            "pattern": pattern,
        }
        for number, pattern in enumerate(
            [f"[domain-name:value = '{name}']" for name in NAMES]
            + ["[ipv4-addr:value = '198.51.100.66']"]
        )
    ],
}

# What was asked yesterday: NAME, by how many clients.
ASKED = {
    "www.honest.example": 40,
    "shop.honest.example": 30,
    "panel.stealer.example": 3,
    "gate.panel.stealer.example": 2,
    "mirror.example": 1,
    "blocked-before.example": 2,
}
FIRST = int(time.time()) - 86400  # yesterday, before the takedown

CONFIGURATION = """\
database: /var/lib/sinkbound/policy.mdb
spool: /var/lib/sinkbound/spool
log: /var/log/sinkbound/queries.jsonl
top-list: {file: top.csv, count: 1000}
protected:
  - bank.example
feeds:
  - {name: local, file: local.txt, format: domains}
"""
FLEET = """\
database: /fleet/policy.mdb
spool: /fleet/spool
log: none
feeds:
  - {name: fleet, url: "file:///var/lib/nsd/rpz.example.zone", format: rpz}
"""


class Server(http.server.ThreadingHTTPServer):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(BUNDLE).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format, *args):  # pylint: disable=redefined-builtin
            pass

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)


class Copy:
    """The machine that the runbook speaks of, below ROOT."""

    def __init__(self, root, server):
        self.root = root
        self.server = server
        for folder in ("etc/sinkbound", "var/lib/sinkbound", "var/lib/nsd", "var/tmp",
                       "var/log/sinkbound", "var/log/unbound", "fleet", "bin"):
            (root / folder).mkdir(parents=True)
        etc = root / "etc/sinkbound"
        (etc / "sinkbound.yaml").write_text(self.place(CONFIGURATION))
        (etc / "local.txt").write_text("blocked-before.example\n")
        (etc / "top.csv").write_text("1,honest.example\n2,cdn.example\n")
        (root / "fleet/sinkbound.yaml").write_text(self.place(FLEET))
        lines = []
        for name, clients in ASKED.items():
            lines += [
                f"[{FIRST + 60 * i}] unbound[812:0] query: 192.0.2.{i + 1} {name}. A IN\n"
                for i in range(clients)
            ]
        with gzip.open(root / "var/log/unbound/unbound.log.1.gz", "wt") as log:
            log.write(f"[{FIRST}] unbound[812:0] info: start of service.\n")
            log.writelines(lines)

    def place(self, text):
        """Paths as they are here."""
        text = re.sub(r"(?<![\w.])/(?=etc/sinkbound|var/|fleet)", f"{self.root}/", text)
        return text.replace(
            "https://cert.example", f"http://127.0.0.1:{self.server.server_port}"
        )

    def unplace(self, text):
        return text.replace(f"{self.root}/", "/")

    def script(self, name, line):
        path = self.root / "bin" / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    def write_scripts(self, port):
        command = shlex.join(map(str, [*WRAPPER, COMMAND]))
        here = self.root / "etc/sinkbound/sinkbound.yaml"
        self.script("sinkbound", f'exec {command} -c "${{SB_CONFIG:-{here}}}" "$@"')
        self.script("sudo", 'exec "$@"')
        self.script(
            "ssh", f'shift; SB_CONFIG={self.root}/fleet/sinkbound.yaml exec "$@"'
        )
        self.script("nsd-control", "exit 0")
        self.script("dig", f'exec {shutil.which("dig")} -p {port} "$@"')

    def run(self, commands):
        done = subprocess.run(
            ["sh", "-e", "-c", self.place(commands)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PATH": PATH.format(self.root), "SUDO_USER": "alice",
                 "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            timeout=120 * PATIENCE,
            check=False,
        )
        output = self.unplace(done.stdout)
        assert done.returncode == 0, f"{commands}ended with {done.returncode}:\n{output}"
        return output


def normal(text):
    lines = []
    for line in text.splitlines():
        for pattern, replacement in VOLATILE:
            line = pattern.sub(replacement, line)
        lines.append(line)
    return lines


def is_like(found, expected):
    """Are these the lines that are EXPECTED, where "..." is any?"""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in expected
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in found)) is not None


def run_until_logged(copy, commands, expected):
    """What COMMANDS print. Where they read the log, which follows the answers, and
    change nothing: once it is what is EXPECTED, or never will be."""
    output = copy.run(commands)
    for _ in range(100 if "queries.jsonl" in commands else 0):
        if is_like(normal(output), normal(expected)):
            break
        time.sleep(0.05)
        output = copy.run(commands)
    return output


@pytest.fixture
def copy(tmp_path):
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield Copy(tmp_path / "root", server)
    server.shutdown()
    server.server_close()


@pytest.mark.skipif(not shutil.which("dig"), reason="dig is missing")
def test_each_step_works_as_written(copy, start_resolver):
    copy.write_scripts(0)
    copy.run("sinkbound apply")
    resolver = start_resolver(database=copy.root / "var/lib/sinkbound/policy.mdb")
    copy.write_scripts(resolver.port)
    text = RUNBOOK.read_text()
    written = text
    blocks = list(BLOCKS.finditer(text))
    assert len(blocks) >= 11
    for block in blocks:
        commands, expected = block.groups()
        output = run_until_logged(copy, commands, expected)
        if os.environ.get("SB_RUNBOOK") == "write" and expected is not None:
            new = output.replace(
                f"http://127.0.0.1:{copy.server.server_port}", "https://cert.example")
            written = written.replace(
                block.group(0), f"```sh\n{commands}```\n```text\n{new}```\n")
        elif expected is not None:
            assert is_like(normal(output), normal(expected)), (
                f"{commands}\nprinted\n{output}\nand not\n{expected}"
            )
    if written != text:
        RUNBOOK.write_text(written)


def test_what_the_steps_show_is_a_block(copy):
    """The comparison itself: what differs is seen, what may differ is not."""
    assert is_like(normal("a\nb\nc\n"), normal("a\n...\nc\n"))
    assert not is_like(normal("a\nb\nc\n"), normal("a\nc\n"))
    assert not is_like(normal("0.0.0.0\n"), normal(f"{OTHER}\n"))
    assert normal("done in 0.03 s") == normal("done in 0.11 s")
