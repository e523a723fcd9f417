"""test_permissions.py - the operator writes, the resolver's own user reads.

Needs root, as setting this up on a machine does: the command runs as root,
Unbound drops to another user, and may be locked into a folder.
"""

import grp
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

import replies
from authority import BAD
from environment import LEAKS_ALLOWED, MODULE
from policy import Policy
from resolver import Unbound

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

USER = "nobody"  # stands for the user "unbound"


@pytest.fixture
def folder():
    """A folder that another user can reach, which pytest's own is not."""
    made = Path(tempfile.mkdtemp(prefix="sinkbound-e2e-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def installed(folder):
    """Database and log in folders as the package makes them."""
    group = grp.getgrgid(pwd.getpwnam(USER).pw_gid).gr_name
    for name in ("lib", "log"):
        (folder / name).mkdir()
        shutil.chown(folder / name, "root", group)
        (folder / name).chmod(0o2750 if name == "lib" else 0o2770)
    policy = Policy(folder)
    policy.database = folder / "lib/policy.mdb"
    policy.log.path = folder / "log/query.log"
    policy.settings = {"database": policy.database, "log": policy.log.path}
    policy.feed("seized", ["bad.example"])
    policy.apply()
    return policy


@pytest.fixture
def module(folder):
    """A copy that the user can reach too, wherever the tree lies."""
    return shutil.copy(MODULE, folder)


def test_the_resolver_drops_to_its_user(installed, authority, module):
    resolver = Unbound(
        installed.folder, authority, installed.database, username=USER, module=module
    )
    resolver.start()
    try:
        replies.check_sinkhole(resolver.ask("bad.example"), "bad.example")
        assert installed.log.wait()["qname"] == "bad.example"
        installed.block("www.good.example")
        replies.check_sinkhole(resolver.ask("www.good.example"), "www.good.example")
        resolver.reload()
        replies.check_sinkhole(resolver.ask("bad.example"), "bad.example")
        resolver.stop()
    finally:
        resolver.kill()


def test_no_other_user_may_write_the_policy(installed):
    mode = installed.database.stat().st_mode
    assert not mode & stat.S_IWOTH
    assert installed.database.stat().st_uid == 0
    assert not mode & stat.S_IWGRP
    lock = installed.database.with_name("policy.mdb-lock").stat()
    assert not lock.st_mode & stat.S_IWOTH
    assert lock.st_mode & stat.S_IWGRP
    assert lock.st_gid == pwd.getpwnam(USER).pw_gid


def test_a_lock_file_that_may_not_be_written(installed, authority, module):
    """The resolver goes on, and says what it lacks."""
    lock = installed.database.with_name("policy.mdb-lock")
    lock.chmod(0o600)
    resolver = Unbound(
        installed.folder, authority, installed.database, username=USER, module=module
    )
    resolver.start()
    try:
        replies.check_real(resolver.ask("www.bad.example"), BAD)
        resolver.wait_for_log(r"policy\.mdb: permission denied; .* \"-lock\" beside it")
        resolver.stop()
    finally:
        resolver.kill()


def test_in_a_chroot(installed, authority):
    """Module, its libraries and the database are inside, seen from there."""
    root = installed.folder
    for library in [MODULE, *libraries(MODULE)]:
        inside = root / str(library).lstrip("/")
        inside.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, inside)
    resolver = Unbound(
        root,
        authority,
        "/lib/policy.mdb",
        username=USER,
        chroot=root,
        environment=LEAKS_ALLOWED,  # LeakSanitizer needs a /proc
    )
    installed.settings["log"] = "/log/query.log"
    installed.apply()
    resolver.start()
    try:
        replies.check_sinkhole(resolver.ask("bad.example"), "bad.example")
        assert installed.log.wait()["qname"] == "bad.example"
        resolver.reload()
        replies.check_sinkhole(resolver.ask("bad.example"), "bad.example")
        resolver.stop()
    finally:
        resolver.kill()


def libraries(program):
    done = subprocess.run(["ldd", program], capture_output=True, text=True, check=True)
    words = done.stdout.split()
    return [word for word in words if word.startswith("/")]
