"""test_machine.py - what the command does depends on the machine: its groups,
its disks.

In a mount namespace of its own, which needs root: /etc/group and a disk that is
soon full are other ones there.
"""

import os
import pwd
import shlex
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

from environment import COMMAND, PATIENCE, WRAPPER

USER = "nobody"  # stands for the user "unbound"

CAN_MOUNT = (
    os.geteuid() == 0
    and subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True
    ).returncode
    == 0
)
pytestmark = pytest.mark.skipif(not CAN_MOUNT, reason="needs root, and may not mount")


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="sinkbound-e2e-") as made:
        yield Path(made)


def run(script):
    """A shell script in a mount namespace; $SINKBOUND is the command."""
    command = shlex.join([*WRAPPER, str(COMMAND)])
    return subprocess.run(
        ["unshare", "-m", "sh", "-ec", f"SINKBOUND={shlex.quote(command)}\n{script}"],
        capture_output=True,
        text=True,
        timeout=60 * PATIENCE,
    )


def write(folder, **files):
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)


def test_a_folder_of_roots_own(folder):
    """Where nobody chose a group, all that the resolver writes is its."""
    group = pwd.getpwnam(USER).pw_gid
    lib = folder / "lib"
    lib.mkdir()
    write(
        folder,
        group=f"root:x:0:\nunbound:x:{group}:\n",
        list_txt="bad.example\n",
        sinkbound_yaml=f"""\
database: {lib}/policy.mdb
feeds:
  - {{name: list, file: list.txt, format: domains}}
rules:
  - {{name: short, when: {{ttl-max: 5m, addresses-min: 3}}}}
""",
    )
    done = run(
        f"mount --bind {folder}/group /etc/group\n"
        f"$SINKBOUND -c {folder}/sinkbound.yaml apply"
    )
    assert done.returncode == 0, done.stderr
    names = ("policy.mdb", "policy.mdb-lock", "observed.mdb", "observed.mdb-lock")
    for name in names:
        assert (lib / name).stat().st_gid == group, name
        writes = bool((lib / name).stat().st_mode & stat.S_IWGRP)
        assert writes == (name != "policy.mdb"), name


def test_a_full_disk(folder):
    """It is said, and what was in force stays."""
    write(
        folder,
        sinkbound_yaml="""\
database: disk/policy.mdb
feeds:
  - {name: list, file: list.txt, format: domains}
""",
        few="".join(f"n{i}.list.example\n" for i in range(10)),
        many="".join(f"n{i}.list.example\n" for i in range(100000)),
    )
    done = run(
        f"""\
cd {folder}
mkdir disk
mount -t tmpfs -o size=1m none disk
SINKBOUND="$SINKBOUND -c sinkbound.yaml"
cp few list.txt
$SINKBOUND apply >/dev/null
cp many list.txt
! $SINKBOUND apply --accept
$SINKBOUND dump --feed list | wc -l
"""
    )
    assert done.returncode == 0, done.stderr
    assert "the database or its disk is full\nMake room on its disk." in done.stderr
    assert done.stdout.strip() == "10"
