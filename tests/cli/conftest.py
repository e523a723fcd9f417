"""conftest.py - the command's tests: a folder for each, and its sessions.

make check sets TOP_BUILDDIR; without it the tests use the tree that they are
in, so that `pytest-3 tests/cli` works by hand. SB_WRAPPER is a command to run
sinkbound under, for example "valgrind -q --error-exitcode=99".
"""

import os
import shlex
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOP_SRCDIR = HERE.parent.parent
TOP_BUILDDIR = Path(os.environ.get("TOP_BUILDDIR") or TOP_SRCDIR).resolve()
COMMAND = TOP_BUILDDIR / "tools/sinkbound"
WRAPPER = shlex.split(os.environ.get("SB_WRAPPER", ""))


def pytest_addoption(parser):
    parser.addoption(
        "--regenerate",
        action="store_true",
        help="write what the command prints now into the sessions",
    )


class Sandbox:
    """A folder with a copy of base/, in which commands are run.

    There `sinkbound` uses ./sinkbound.yaml unless it is told another with -c;
    `sinkbound-plain` uses the default.
    """

    def __init__(self, folder):
        self.folder = folder
        for source in (HERE / "base").iterdir():  # it may be read-only
            (folder / source.name).write_bytes(source.read_bytes())
        self.bin = folder.parent / "bin"
        self.bin.mkdir()
        command = shlex.join([*WRAPPER, str(COMMAND)])
        self.write_script("sinkbound-plain", f'exec {command} "$@"')
        self.write_script("sinkbound", f'exec {command} -c sinkbound.yaml "$@"')
        self.environment = {
            **os.environ,
            "SUDO_USER": "alice",
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "TZ": "Asia/Kolkata",  # what is printed must be UTC nevertheless
        }

    def write_script(self, name, line):
        script = self.bin / name
        script.write_text(f"#!/bin/sh\n{line}\n")
        script.chmod(0o755)

    def shell(self, line):
        return subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="backslashreplace",
            check=False,
        )

    def run(self, *arguments, status=0):
        """Run sinkbound; its exit status must be STATUS."""
        line = shlex.join(["sinkbound", *map(str, arguments)])
        done = self.shell(line)
        assert done.returncode == status, f"{line}: {done.stdout}{done.stderr}"
        return done


@pytest.fixture
def sandbox(tmp_path):
    assert COMMAND.exists(), f"{COMMAND} is missing: run make"
    folder = tmp_path / "case"
    folder.mkdir()
    return Sandbox(folder)
