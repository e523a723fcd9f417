"""test_database.py - no database, a broken one, another one: never an outage.

Each test ends with a good database and a blocked name: the module picks a
database up by itself, whatever was there before.
"""

import os
import shutil
import struct
import time

import dns.rcode
import pytest

import replies
from authority import BAD, GOOD
from environment import LEAKS_ALLOWED, wait_until
from policy import Policy

NAME = "www.bad.example"


def answer(resolver, name=NAME):
    """SERVFAIL, or the first address."""
    reply = resolver.ask(name)
    if reply.rcode() == dns.rcode.SERVFAIL:
        return "SERVFAIL"
    return replies.addresses(reply)[0]


def wait_for_answer(resolver, expected, zone="bad.example"):
    """Poll with ever new names: real answers stay in Unbound's cache."""
    names = (f"poll{number}.{zone}" for number in range(10**6))
    wait_until(
        lambda: answer(resolver, next(names)) == expected, f"no answer {expected}"
    )


@pytest.fixture
def blocking(policy):
    """A policy that blocks bad.example."""
    policy.feed("seized", ["bad.example"])
    policy.apply()
    return policy


def other_policy(tmp_path, names):
    """Another database, whole, beside the one in use."""
    folder = tmp_path / "other"
    folder.mkdir()
    other = Policy(folder)
    other.feed("other", names)
    other.apply()
    return other


def lock_of(database):
    return database.with_name(database.name + "-lock")


# ---- not there ----


def test_missing_at_the_start_then_made(policy, start_resolver):
    resolver = start_resolver()
    replies.check_real(resolver.ask("first.bad.example", edns=True), BAD)
    resolver.wait_for_log(r"policy\.mdb: there is no database; `sinkbound apply` makes it")
    policy.feed("seized", ["bad.example"])
    policy.apply()
    wait_for_answer(resolver, "0.0.0.0")
    replies.check_real(resolver.ask("www.good.example"), GOOD)


def test_the_folder_is_missing_too(policy, start_resolver):
    policy.database = policy.folder / "later/policy.mdb"
    policy.settings["database"] = policy.database
    resolver = start_resolver()
    assert answer(resolver) == BAD
    policy.database.parent.mkdir()
    policy.feed("seized", ["bad.example"])
    policy.apply()
    wait_for_answer(resolver, "0.0.0.0")


def test_an_empty_policy_passes_everything(policy, start_resolver):
    policy.apply()
    assert answer(start_resolver()) == BAD


def test_removed_while_it_is_used(blocking, start_resolver):
    """Either is sound: the old policy goes on, or nothing is filtered."""
    resolver = start_resolver()
    assert answer(resolver) == "0.0.0.0"
    blocking.database.unlink()
    lock_of(blocking.database).unlink()
    for number in range(5):
        assert answer(resolver, f"n{number}.bad.example") in ("0.0.0.0", BAD)
    blocking.write_feed("seized", ["bad.example", "www.good.example"])
    blocking.apply()
    wait_for_answer(resolver, "0.0.0.0", zone="www.good.example")


# ---- servfail where the operator chose it ----


def test_missing_and_on_error_servfail(policy, start_resolver):
    resolver = start_resolver(environment={"SINKBOUND_ON_ERROR": "servfail"})
    assert answer(resolver, "www.good.example") == "SERVFAIL"
    policy.feed("seized", ["bad.example"])
    policy.apply()
    wait_for_answer(resolver, "0.0.0.0")
    wait_until(lambda: answer(resolver, "www.good.example") == GOOD, "not real again")


def test_the_setting_of_the_last_database_holds(blocking, start_resolver):
    blocking.settings["on-error"] = "servfail"
    blocking.apply()
    resolver = start_resolver()
    assert answer(resolver) == "0.0.0.0"
    cut_short(resolver, blocking.database)
    assert answer(resolver, "www.good.example") == "SERVFAIL"
    blocking.database.unlink()
    blocking.apply()
    wait_for_answer(resolver, "0.0.0.0")
    wait_for_answer(resolver, GOOD, zone="good.example")


# ---- damaged ----


def messages(resolver):
    """How often Unbound's log spoke of the database."""
    return resolver.child.text().count("policy.mdb: ")


def wait_for_message(resolver, change):
    """Do CHANGE() and wait for what Unbound's log says about it."""
    before = messages(resolver)
    change()
    wait_until(lambda: messages(resolver) > before, "nothing in Unbound's log")


def cut_short(resolver, database):
    """Leave only the meta pages of a file that is in use."""
    wait_for_message(resolver, lambda: os.truncate(database, 8192))


def replace(database, octets):
    """Put a file with OCTETS in its place, as rename(2) does."""
    new = database.with_name("new")
    new.write_bytes(octets)
    os.rename(new, database)


def other_lmdb():
    """An LMDB file without our tables: two meta pages of an empty database."""
    pages = b""
    for number in (0, 1):
        header = struct.pack("<QHHHH", number, 0, 0x08, 0, 0)
        free = struct.pack("<IHHQQQQQ", 4096, 0, 0, 0, 0, 0, 0, 2**64 - 1)
        main = struct.pack("<IHHQQQQQ", 0, 0, 0, 0, 0, 0, 0, 2**64 - 1)
        meta = struct.pack("<IIQQ", 0xBEEFC0DE, 1, 0, 1 << 20)
        meta += free + main + struct.pack("<QQ", 1, number)
        pages += (header + meta).ljust(4096, b"\0")
    return pages


def damaged(kind, database):
    whole = database.read_bytes()
    if kind == "cut":
        return whole[: len(whole) // 2 // 4096 * 4096]
    if kind == "cut within a page":
        return whole[:-100]
    if kind == "other lmdb":
        return other_lmdb()
    if kind == "pages of zeros":
        # What a crash leaves of pages that never reached the disk.
        return whole[:8192] + bytes(len(whole) - 8192)
    if kind == "pages of garbage":
        return whole[:8192] + b"\xa5" * (len(whole) - 8192)
    return {"garbage": b"\xa5\x5a" * 20000, "empty": b"", "text": b"hello\n"}[kind]


KINDS = ["garbage", "empty", "text", "cut", "cut within a page", "other lmdb"]
KINDS += ["pages of zeros", "pages of garbage"]


def with_leaks(kind):
    """LMDB reads where garbage points, and what SIGBUS ends frees nothing."""
    return LEAKS_ALLOWED if kind == "pages of garbage" else None


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_at_the_start(blocking, start_resolver, kind):
    whole = blocking.database.read_bytes()
    replace(blocking.database, damaged(kind, blocking.database))
    resolver = start_resolver(environment=with_leaks(kind))
    assert answer(resolver) == BAD
    assert messages(resolver) == 1
    wait_for_message(resolver, lambda: replace(blocking.database, whole))
    wait_for_answer(resolver, "0.0.0.0")
    assert messages(resolver) == 2  # each is said once, not at each look


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_one_is_not_opened_again_and_again(blocking, start_resolver, kind):
    """A file that stays damaged must not use up descriptors and maps."""
    replace(blocking.database, damaged(kind, blocking.database))
    resolver = start_resolver(environment=with_leaks(kind))
    before = len(os.listdir(f"/proc/{resolver.pid}/fd"))
    time.sleep(1.5)  # some looks at the file, each of which could leave something
    assert len(os.listdir(f"/proc/{resolver.pid}/fd")) <= before + 2
    assert answer(resolver) == BAD


@pytest.mark.parametrize("kind", KINDS)
def test_replaced_by_a_damaged_one(blocking, start_resolver, kind):
    """Either is sound meanwhile: the old policy, or none."""
    whole = blocking.database.read_bytes()
    resolver = start_resolver(environment=with_leaks(kind))
    assert answer(resolver) == "0.0.0.0"
    broken = damaged(kind, blocking.database)
    wait_for_message(resolver, lambda: replace(blocking.database, broken))
    assert answer(resolver, "www.good.example") == GOOD
    assert answer(resolver) in ("0.0.0.0", BAD)
    replace(blocking.database, whole)
    wait_for_answer(resolver, "0.0.0.0")


def test_cut_short_in_place(blocking, start_resolver):
    whole = blocking.database.read_bytes()
    resolver = start_resolver(threads=2)
    assert answer(resolver) == "0.0.0.0"
    cut_short(resolver, blocking.database)
    for number in range(20):
        assert answer(resolver, f"n{number}.bad.example") == BAD
    replace(blocking.database, whole)
    wait_for_answer(resolver, "0.0.0.0")


@pytest.mark.parametrize("length", [0, 4096, 8192, 12288])
def test_cut_short_while_queries_go_on(blocking, start_resolver, length):
    """Reading past the end of a mapped file is SIGBUS: it must not come to it."""
    whole = blocking.database.read_bytes()
    assert len(whole) > length
    resolver = start_resolver(threads=2, environment=LEAKS_ALLOWED)
    assert answer(resolver) == "0.0.0.0"
    os.truncate(blocking.database, length)
    for number in range(100):
        assert answer(resolver, f"n{number}.bad.example") in ("0.0.0.0", BAD)
    assert answer(resolver, "www.good.example") == GOOD
    replace(blocking.database, whole)
    wait_for_answer(resolver, "0.0.0.0")


def overwrite(database, octet, pages):
    with open(database, "r+b") as opened:
        opened.write(octet * 4096 * pages)


@pytest.mark.parametrize("octet", [b"\0", b"\xff"])
def test_meta_pages_are_overwritten_in_place(blocking, start_resolver, octet):
    """LMDB's own assertions fail where its pages no longer agree."""
    whole = blocking.database.read_bytes()
    resolver = start_resolver(threads=2, environment=LEAKS_ALLOWED)
    assert answer(resolver) == "0.0.0.0"
    before = messages(resolver)
    overwrite(blocking.database, octet, pages=2)
    for number in range(20):
        assert answer(resolver, f"n{number}.bad.example") in ("0.0.0.0", BAD)
    assert answer(resolver, "www.good.example") == GOOD
    wait_until(lambda: messages(resolver) > before, "nothing in Unbound's log")
    time.sleep(1)  # some looks at the file
    assert answer(resolver, "later.bad.example") == BAD
    assert messages(resolver) == before + 1
    replace(blocking.database, whole)
    wait_for_answer(resolver, "0.0.0.0")


def misplace_names(database):
    """Have the table of names begin at a meta page: LMDB asserts that none does."""
    octets = bytearray(database.read_bytes())
    node = struct.pack("<HHHH", 48, 0, 2, 4) + b"name"
    at = octets.find(node)
    assert at >= 0
    while at >= 0:
        struct.pack_into("<Q", octets, at + len(node) + 40, 1)
        at = octets.find(node, at + 1)
    replace(database, octets)


def test_pages_that_contradict_each_other(blocking, start_resolver):
    """The command says so and ends; the resolver goes on without a policy."""
    whole = blocking.database.read_bytes()
    misplace_names(blocking.database)
    for verb in (["dump"], ["apply"], ["block", "other.example"]):
        done = blocking.run(*verb, status=1)
        assert f"{blocking.database}: damaged: " in done.stderr
        assert "Move it away and run `sinkbound apply`" in done.stderr
    resolver = start_resolver(environment=LEAKS_ALLOWED)
    assert answer(resolver) == BAD
    replace(blocking.database, whole)
    wait_for_answer(resolver, "0.0.0.0")


# ---- another one ----


@pytest.mark.parametrize("lock", ["kept", "moved", "removed"])
def test_replaced_by_another_file(blocking, start_resolver, tmp_path, lock):
    resolver = start_resolver(threads=2)
    assert answer(resolver) == "0.0.0.0"
    other = other_policy(tmp_path, ["www.good.example"])
    os.rename(other.database, blocking.database)
    if lock == "moved":
        os.rename(lock_of(other.database), lock_of(blocking.database))
    elif lock == "removed":
        lock_of(blocking.database).unlink()
    wait_for_answer(resolver, "0.0.0.0", zone="www.good.example")
    wait_for_answer(resolver, BAD)
    # The command and the resolver must now meet in the new file.
    blocking.apply()
    wait_for_answer(resolver, "0.0.0.0")
    wait_for_answer(resolver, GOOD, zone="www.good.example")


def test_replaced_many_times(blocking, start_resolver, tmp_path):
    """Each file that was used is let go: descriptors and maps do not pile up."""
    resolver = start_resolver()
    assert answer(resolver) == "0.0.0.0"
    other = other_policy(tmp_path, ["www.good.example"])
    copies = [blocking.database.read_bytes(), other.database.read_bytes()]
    zones = ["bad.example", "www.good.example"]
    for number in (1, 0, 1, 0):
        replace(blocking.database, copies[number])
        wait_for_answer(resolver, "0.0.0.0", zone=f"r{number}.{zones[number]}")
        held = open_databases(resolver.pid, blocking.database)
        assert held == {str(blocking.database)}


def open_databases(pid, database):
    """The database files that a process has open or mapped, by their paths."""
    held = set()
    for entry in os.scandir(f"/proc/{pid}/fd"):
        try:
            held.add(os.readlink(entry.path))
        except FileNotFoundError:
            pass
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        held |= {line.split(maxsplit=5)[-1].strip() for line in maps}
    return {
        path
        for path in held
        if path.startswith(str(database)) and not path.startswith(f"{database}-lock")
    }


def test_the_map_is_enlarged(blocking, start_resolver):
    """The resolver's map is too small for what the command then writes."""
    shrink_map(blocking.database, 256 * 1024)
    resolver = start_resolver(threads=2)
    assert answer(resolver) == "0.0.0.0"
    names = [f"{'x' * 40}{number}.bad.example" for number in range(20000)]
    blocking.write_feed("seized", names)
    blocking.apply()
    assert blocking.database.stat().st_size > 256 * 1024
    for name in names[:: len(names) // 10]:
        wait_until(lambda n=name: answer(resolver, f"a.{n}") == "0.0.0.0", name)
    wait_for_answer(resolver, BAD)


def shrink_map(database, size):
    """Write SIZE as the map's size into both meta pages (MDB_meta.mm_mapsize)."""
    octets = bytearray(database.read_bytes())
    assert len(octets) < size
    for page in (0, 4096):
        magic, version = struct.unpack_from("<II", octets, page + 16)
        assert (magic, version) == (0xBEEFC0DE, 1)
        struct.pack_into("<Q", octets, page + 32, size)
    replace(database, bytes(octets))


def test_a_full_copy_is_a_database(blocking, start_resolver):
    """A backup put back is taken, without its lock file."""
    copy = blocking.folder / "backup"
    shutil.copy(blocking.database, copy)
    blocking.write_feed("seized", ["www.good.example"])
    blocking.apply()
    os.rename(copy, blocking.database)
    lock_of(blocking.database).unlink()
    resolver = start_resolver()
    assert answer(resolver) == "0.0.0.0"
    assert answer(resolver, "www.good.example") == GOOD
