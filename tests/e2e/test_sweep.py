"""test_sweep.py - a change of policy reaches what Unbound has cached.

With --wait the very next answer must be right: nothing here polls.
"""

import json
import math
import os
import re
import signal
import threading
import time

import dns.flags
import pytest

import replies
from authority import BAD, BAD6, GOOD
from environment import HOLD, HOLD_TARGET, PATIENCE, PRELOAD, WRAPPER, wait_until
from resolver import Unbound, question
from slow import PATIENT, waiting

NAME = "www.bad.example"
ALIAS = "alias.good.example"  # of NAME
CLEAN = "www.good.example"
SOON = math.ceil(2 * PATIENCE)
LIMIT = f"--wait={math.ceil(60 * PATIENCE)}s"

BEHIND = 3  # exit status


def addresses(resolver, name, qtype="A", **options):
    return replies.addresses(resolver.ask(name, qtype, **options))


def block(policy, subject, *options):
    return policy.block(subject, LIMIT, *options).stdout


@pytest.fixture(params=[1, 2], ids=["one-thread", "two-threads"])
def resolver(request, origins, policy, start_resolver):
    policy.apply()
    return start_resolver(threads=request.param)


def check_swept(policy, resolver, subject, name, qtype, real, blocked):
    """Cached before it is listed; what is not listed stays cached."""
    for _ in range(2):
        assert addresses(resolver, name, qtype) == real
        assert addresses(resolver, CLEAN) == [GOOD]
    assert "in force on 1 resolver" in block(policy, subject)
    assert addresses(resolver, name, qtype) == blocked
    hits = resolver.counter("total.num.cachehits")
    assert addresses(resolver, CLEAN) == [GOOD]
    assert resolver.counter("total.num.cachehits") == hits + 1
    # And back: nothing of the block is left.
    policy.remove(subject)
    assert addresses(resolver, name, qtype) == real


def test_a_name(policy, resolver):
    check_swept(policy, resolver, "bad.example", NAME, "A", [BAD], ["0.0.0.0"])


def test_an_alias_of_a_name(policy, resolver):
    check_swept(policy, resolver, NAME, ALIAS, "A", [BAD], ["0.0.0.0"])


def test_an_address(policy, resolver):
    check_swept(policy, resolver, "192.0.2.64/26", NAME, "A", [BAD], ["0.0.0.0"])


def test_an_ipv6_address(policy, resolver):
    check_swept(policy, resolver, BAD6, NAME, "AAAA", [BAD6], ["::"])


def test_an_address_behind_an_alias(policy, resolver):
    check_swept(policy, resolver, BAD, ALIAS, "A", [BAD], ["0.0.0.0"])


def test_an_asn(policy, resolver):
    check_swept(policy, resolver, "AS64500", NAME, "A", [BAD], ["0.0.0.0"])


@pytest.mark.parametrize("qtype", ["HTTPS", "SVCB"])
def test_an_address_hint(policy, resolver, qtype):
    for _ in range(2):
        assert resolver.ask(NAME, qtype).answer
    block(policy, BAD)
    replies.check_nodata(resolver.ask(NAME, qtype), NAME)


def test_a_message_cached_for_checking_disabled(policy, resolver):
    """AAAA with CD has an entry of its own in Unbound's cache."""
    flags = dns.flags.RD | dns.flags.CD
    for _ in range(2):
        assert addresses(resolver, NAME, "AAAA", flags=flags) == [BAD6]
        assert addresses(resolver, NAME, "AAAA") == [BAD6]
    block(policy, BAD6)
    assert addresses(resolver, NAME, "AAAA", flags=flags) == ["::"]
    assert addresses(resolver, NAME, "AAAA") == ["::"]


def test_a_feed(policy, resolver):
    """An apply is a commit as any other; what it frees is free at once."""
    policy.feed("seized", ["bad.example"])
    policy.write_configuration()
    assert addresses(resolver, NAME) == [BAD]
    policy.run("apply", LIMIT)
    assert addresses(resolver, NAME) == ["0.0.0.0"]
    policy.write_feed("seized", ["other.example"])
    policy.run("apply", LIMIT)
    assert addresses(resolver, NAME) == [BAD]


def test_what_has_expired_is_not_served(policy, start_resolver):
    """serve-expired would give it out for ever."""
    policy.apply()
    resolver = start_resolver(server=["serve-expired: yes", "cache-max-ttl: 1"])
    for name in (NAME, "other.bad.example"):
        assert addresses(resolver, name) == [BAD]
    time.sleep(2.5)
    # It would still be served.
    hits = resolver.counter("total.num.expired")
    assert addresses(resolver, "other.bad.example") == [BAD]
    assert resolver.counter("total.num.expired") == hits + 1
    block(policy, "192.0.2.64/26")
    assert addresses(resolver, NAME) == ["0.0.0.0"]


@pytest.mark.parametrize(
    "server",
    [
        ["prefetch: yes", "cache-max-ttl: 2"],
        ["cache-min-ttl: 7200"],
        ["prefetch: yes", "serve-expired: yes", "cache-max-ttl: 1"],
    ],
    ids=lambda options: options[0].partition(":")[0],
)
def test_it_does_not_come_back(policy, start_resolver, server):
    policy.apply()
    resolver = start_resolver(server=server, threads=2)
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        assert addresses(resolver, NAME) == [BAD]
    block(policy, "192.0.2.64/26")
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        assert addresses(resolver, NAME) == ["0.0.0.0"]


# ---- time ----


def test_what_begins_later(policy, resolver):
    assert addresses(resolver, NAME) == [BAD]
    moment = int(time.time()) + SOON + 1
    start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
    block(policy, "bad.example", "--from", start)
    early = addresses(resolver, NAME)
    assert early == [BAD] or time.time() >= moment
    wait_until(
        lambda: addresses(resolver, NAME) == ["0.0.0.0"], "it does not begin"
    )
    assert time.time() >= moment


def test_a_cached_exception_ends(policy, resolver):
    policy.feed("seized", ["bad.example"])
    policy.apply()
    policy.allow(NAME, "--for", f"{SOON}s", LIMIT)
    assert addresses(resolver, NAME) == [BAD]
    wait_until(
        lambda: addresses(resolver, NAME) == ["0.0.0.0"], "the exception stays"
    )


# ---- waiting ----


def status(policy):
    return json.loads(policy.run("status", "--json").stdout)


def test_status_without_a_resolver(policy):
    policy.apply()
    assert status(policy)["resolvers"] == []
    assert "no resolver has the database open" in block(policy, "bad.example")


def test_two_resolvers_one_of_them_stopped(policy, authority, start_resolver, tmp_path):
    policy.apply()
    first = start_resolver()
    folder = tmp_path / "second"
    folder.mkdir()
    second = Unbound(folder, authority, policy.database, threads=2)
    try:
        second.start()
        check_two_resolvers(policy, first, second)
        second.stop()
    finally:
        second.kill()
    assert f"in force on 1 resolver (pid {first.pid})" in block(policy, "c.example")


def check_two_resolvers(policy, first, second):
    pids = sorted([first.pid, second.pid])
    said = f"in force on 2 resolvers (pid {pids[0]}, {pids[1]}) after "
    assert said in block(policy, "a.example")
    seen = status(policy)
    assert [entry["pid"] for entry in seen["resolvers"]] == pids
    for entry in seen["resolvers"]:
        assert entry["generation"] == seen["generation"]
        assert not entry["behind"]
    os.kill(second.pid, signal.SIGSTOP)
    try:
        done = policy.run("block", "b.example", "--wait=1s", status=BEHIND)
        assert "not in force on 1 of 2 resolvers" in done.stderr
        assert f"pid {second.pid}" in done.stderr
        assert f"pid {first.pid}" not in done.stderr
        behind = {e["pid"]: e["behind"] for e in status(policy)["resolvers"]}
        assert behind == {first.pid: False, second.pid: True}
        # It is made all the same.
        assert addresses(first, "b.example") == ["0.0.0.0"]
    finally:
        os.kill(second.pid, signal.SIGCONT)
    wait_until(
        lambda: not any(e["behind"] for e in status(policy)["resolvers"]),
        "the second resolver stays behind",
    )
    assert "in force on 2 resolvers" in block(policy, "b.example")


def test_a_database_that_is_replaced(policy, resolver):
    """The new file's generation may be lower; the old one shows nobody."""
    block(policy, "a.example")
    new = policy.database.with_name("new.mdb")
    text = policy.configuration.read_text()
    other = policy.folder / "other.yaml"
    other.write_text(text.replace(str(policy.database), str(new)))
    assert addresses(resolver, NAME) == [BAD]
    policy.run("block", "bad.example", configuration=other)
    os.replace(new, policy.database)
    os.unlink(f"{new}-lock")
    wait_until(lambda: status(policy)["resolvers"], "nobody follows the new one")
    block(policy, "b.example")
    assert addresses(resolver, NAME) == ["0.0.0.0"]


# ---- what goes wrong ----


def write_version(database, name, version):
    """In place, and without a commit: of the indicators of NAME, everywhere."""
    labels = reversed(name.split("."))
    key = b"".join(label.encode() + b"\0" for label in labels)
    octets = database.read_bytes()
    places = [found.end() for found in re.finditer(re.escape(key), octets)]
    assert places
    with open(database, "r+b") as file:
        for place in places:
            file.seek(place)
            file.write(bytes([version]))
    return octets[places[0]]


def test_a_sweep_that_failed_is_tried_again(policy, start_resolver):
    """It has met indicators that cannot be read, and can be some time later."""
    policy.feed("trial", [CLEAN], mode="shadow")
    policy.apply()
    resolver = start_resolver()
    assert addresses(resolver, CLEAN) == [GOOD]
    version = write_version(policy.database, CLEAN, 0xFF)
    policy.run("block", "bad.example", "--wait=1s", status=BEHIND)
    write_version(policy.database, CLEAN, version)
    wait_until(
        lambda: not status(policy)["resolvers"][0]["behind"], "it is not tried again"
    )


# ---- while Unbound works ----


def names(count, zone="good.example"):
    return [f"n{number}.{zone}" for number in range(count)]


def fill(resolver, asked):
    """Ask many names, some at a time."""
    with resolver.open_socket() as opened:
        for start in range(0, len(asked), 50):
            some = asked[start : start + 50]
            for name in some:
                opened.send(question(name).to_wire())
            for _ in some:
                opened.recv(4096)


def test_sweeps_while_queries_go_on(policy, resolver):
    """None is lost, and none gets what the policy blocks at that time."""
    asked = names(2000)
    fill(resolver, asked)
    done = threading.Event()
    wrong = []
    count = 0

    def client():
        nonlocal count
        while not done.is_set():
            name = asked[count % len(asked)]
            count += 1
            if addresses(resolver, name) != [GOOD]:
                wrong.append(name)

    thread = threading.Thread(target=client)
    thread.start()
    try:
        for number in range(20):
            name = f"listed{number}.good.example"
            assert addresses(resolver, name) == [GOOD]
            block(policy, name)
            assert addresses(resolver, name) == ["0.0.0.0"]
    finally:
        done.set()
        thread.join()
    assert wrong == []
    assert count > 20


def test_new_names_while_sweeps_go_on(policy, resolver):
    """What a worker stores while the policy changes is not left behind."""
    for number in range(20):
        subject = f"z{number}.bad.example"
        asked = names(50, subject)
        with resolver.open_socket() as opened:
            for name in asked:
                opened.send(question(name).to_wire())
            block(policy, subject)
            for _ in asked:
                opened.recv(4096)
        for name in asked:
            assert addresses(resolver, name) == ["0.0.0.0"]


@pytest.mark.skipif(
    bool(WRAPPER or PRELOAD), reason="they intercept what hold.so intercepts"
)
def test_a_sweep_waits_for_what_is_being_judged(
    policy, start_resolver, slow, authority_that_changes
):
    """A worker has found a response clean and stores it after the sweep began,
    under another name than its query's, where nothing else would look for it."""
    assert HOLD.exists(), f"{HOLD} is missing: run make {HOLD_TARGET}"
    policy.feed("trial", ["slow.example"], mode="shadow")  # it is looked up
    policy.apply()
    alias, target = "www.alias.example", "www.slow.example"
    authority_that_changes.give(alias, [(alias, 3600, "CNAME", f"{target}.")])
    hold = policy.folder / "hold"
    # A validator would not have it served from the cache as it is.
    resolver = start_resolver(
        modules="dynlib iterator",
        server=[*PATIENT, "qname-minimisation: no"],
        clauses=slow.stub() + authority_that_changes.stub("alias.example"),
        environment={"LD_PRELOAD": str(HOLD), "SB_HOLD": str(hold)},
    )
    with waiting(resolver, slow, (alias, {})) as found:
        wait_until(lambda: slow.count(target), "the alias is not followed")
        hold.touch()
        slow.release()
        wait_until(lambda: not hold.exists(), "the worker is not held")
        block(policy, target)
    replies.check_sinkhole(found[0], alias)
    replies.check_sinkhole(resolver.ask(target), target)


def test_reload_during_sweeps(policy, resolver):
    asked = names(2000)
    for number in range(3):
        fill(resolver, asked)
        policy.block(f"a{number}.example")
        resolver.reload()
        policy.block(f"b{number}.example")
        assert addresses(resolver, CLEAN) == [GOOD]
        assert "in force on 1 resolver" in block(policy, f"c{number}.example")
        assert addresses(resolver, f"c{number}.example") == ["0.0.0.0"]
