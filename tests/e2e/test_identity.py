"""test_identity.py - the module refuses every Unbound but its own."""

import re
import shutil
import subprocess

import pytest

from environment import UNBOUND_BUILD
from resolver import Unbound

UNBOUND = UNBOUND_BUILD / "unbound"


def without_id(folder):
    """A copy of the daemon whose build ID is gone."""
    copy = folder / "unbound-other"
    shutil.copy(UNBOUND, copy)
    objcopy("--remove-section", ".note.gnu.build-id", copy)
    return copy


def with_other_id(folder):
    """A copy of the daemon whose build ID says that it is another build."""
    copy = folder / "unbound-other"
    note = folder / "note"
    objcopy("--dump-section", f".note.gnu.build-id={note}", UNBOUND, folder / "unused")
    octets = bytearray(note.read_bytes())
    octets[-1] ^= 1
    note.write_bytes(octets)
    objcopy("--update-section", f".note.gnu.build-id={note}", UNBOUND, copy)
    return copy


def objcopy(*arguments):
    subprocess.run(["objcopy", *arguments], check=True, timeout=60)


def build_id():
    notes = subprocess.run(
        ["readelf", "-n", UNBOUND], capture_output=True, text=True, check=True
    )
    return re.search(r"Build ID: (\w+)", notes.stdout).group(1)


@pytest.mark.parametrize("other", [without_id, with_other_id])
def test_another_unbound_is_refused(policy, tmp_path, authority, other):
    policy.apply()
    resolver = Unbound(tmp_path, authority, policy.database, binary=other(tmp_path))
    resolver.refuse()
    said = resolver.log_has(r"sinkbound.*built for[^\n]*")
    assert said, resolver.child.tail()
    # It names the build that it wants, so that one can be found or made.
    assert build_id() in resolver.child.text()


def test_the_other_unbound_itself_is_sound(tmp_path, authority):
    """Without the module the same copy starts: the refusal is the module's."""
    resolver = Unbound(
        tmp_path,
        authority,
        modules="validator iterator",
        binary=with_other_id(tmp_path),
    )
    resolver.start()
    resolver.stop()
