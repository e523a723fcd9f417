"""test_observed.py - what is learned outlives a restart, and a file that cannot be
used costs learning only.
"""

import os
import time

import pytest

from authority import BAD
from environment import LEAKS_ALLOWED, wait_until
from observing import ADDRESS, observe, rule
from replies import addresses, check_real, check_sinkhole
from test_nameservers import EVIL, EVIL2, EVIL_ZONES, Tree

LOW = {"ttl-max": 30}
COMPLAINT = "observed.mdb: .*; what is learned is kept in memory only"


@pytest.fixture
def learning(observing):
    observing.rules(
        rule("short", when=LOW),
        rule("fresh", when={"first-seen-within": 2, "name-under": "fresh.example"}),
        rule("new", when={"first-seen-within": 2, "name-under": "new.example"}),
    )
    observing.server.say("short.example", 30, ADDRESS)
    return observing


@pytest.fixture
def file(policy):
    return policy.folder / "observed.mdb"


def restart(observing):
    observing.resolver.stop()
    observing.start()


def reload(observing):
    observing.resolver.reload()
    observing.wait()


@pytest.mark.parametrize("again", [restart, reload])
def test_first_seen_and_blocks_stay(learning, again):
    learning.start()
    # Below one domain: the second name is met when it is no longer new.
    check_sinkhole(learning.ask("a.fresh.example"), "a.fresh.example")
    check_sinkhole(learning.ask("www.short.example"), "www.short.example")
    asked = len(learning.server.asked)
    time.sleep(3)
    again(learning)
    check_real(learning.ask("b.fresh.example"), ADDRESS)
    check_sinkhole(learning.ask("a.fresh.example"), "a.fresh.example")
    check_sinkhole(learning.ask("www.short.example"), "www.short.example")
    assert learning.server.count("www.short.example") == 1
    check_sinkhole(learning.ask("www.new.example"), "www.new.example")
    assert len(learning.server.asked) > asked


def test_servers_that_a_referral_shows(policy, start_resolver):
    """Their addresses are kept with the domain's."""
    hosts = [f"192.0.2.{number}" for number in range(31, 36)]
    zone = "@ NS ns.evil.example.\n" + "".join(f"www A {host}\n" for host in hosts)
    tree = Tree(start_resolver, {**EVIL_ZONES, "shop.example": zone})
    policy.settings["observe"] = {"learning": "none"}
    policy.settings["rules"] = [
        rule("witness", when={"name-under": "www.example", "ttl-max": "1d"})
    ]
    policy.apply()
    try:
        resolver = tree.resolver()

        def is_observing():
            resolver.control("flush", "www.example")
            return addresses(resolver.ask("www.example")) == ["0.0.0.0"]

        wait_until(is_observing, "nothing is observed")
        check_real(resolver.ask("www.shop.example"), *hosts)
        resolver.stop()
    finally:
        tree.stop()
    learned = observe(policy, "www.shop.example")["whole-domain"]
    # Estimates: two may fall on one bit.
    assert 0.5 < learned["servers"] < len([EVIL, EVIL2]) + 0.5
    assert 2.5 < learned["addresses"] < len(hosts) + 0.5


def test_what_was_learned_while_learning_counts_as_old(learning):
    learning.policy.settings["observe"] = {"learning": "1d"}
    learning.rules(rule("short", when=LOW))
    learning.policy.settings["rules"].append(
        rule("fresh", when={"first-seen-within": "1d", "name-under": "fresh.example"})
    )
    learning.policy.settings["rules"][0]["when"] = {"name-under": "witness.example"}
    learning.start()
    check_real(learning.ask("www.fresh.example"), ADDRESS)
    check_sinkhole(learning.ask("www.short.example"), "www.short.example")
    learning.resolver.stop()
    assert observe(learning.policy, "fresh.example")["is-new"] is False


def test_first_seen_of_an_asn_stays(learning, origins, policy):
    with open(policy.folder / "origin.csv", "a", encoding="ascii") as file:
        file.write('192.0.2.128,192.0.2.255,64501,"OTHER-HOST"\n')
    when = {"asn-first-seen-within": 2, "name-under": "hosted.example"}
    learning.policy.settings["rules"].append(rule("new-host", when=when))
    for name, address in (("old", BAD), ("new", "192.0.2.130")):
        learning.server.say(f"{name}.hosted.example", 60, address)
    learning.start()
    check_sinkhole(learning.ask("a.old.hosted.example"), "a.old.hosted.example")
    time.sleep(3)
    restart(learning)
    check_real(learning.ask("b.old.hosted.example"), BAD)
    check_sinkhole(learning.ask("a.new.hosted.example"), "a.new.hosted.example")


def test_observe_says_the_same_after_a_restart(learning, origins, policy):
    """And goes on from there."""
    addresses = [f"192.0.2.{number}" for number in range(10, 100, 10)]
    learning.server.say("some.example", 60, *addresses[:5])
    learning.start()
    learning.ask("www.some.example")
    learning.resolver.stop()
    name, host = observe(policy, "www.some.example"), observe(policy, "AS64496")
    time.sleep(1.1)  # a later second
    learning.server.say("some.example", 60, *addresses)
    learning.start()
    learning.ask("www.some.example")
    learning.resolver.stop()
    again = observe(policy, "www.some.example")
    assert again["first-seen"] == name["first-seen"]
    assert observe(policy, "AS64496") == host
    assert name["name"]["answers"] == 1
    assert again["name"]["answers"] == 2
    assert again["name"]["addresses"] > name["name"]["addresses"]


def check_goes_on(learning):
    """In memory only, and said once."""
    check_sinkhole(learning.ask("www.short.example"), "www.short.example")
    check_sinkhole(learning.ask("www.new.example"), "www.new.example")
    check_real(learning.ask("www.example"), ADDRESS)
    log = learning.resolver.child.text()
    assert log.count("observed.mdb") == 1, log


def test_file_that_cannot_be_made(learning, file):
    """Whoever runs the tests, root too."""
    file.mkdir()
    learning.start()
    assert learning.resolver.log_has(COMPLAINT)
    check_goes_on(learning)


def test_file_that_is_something_else(learning, file):
    file.write_bytes(os.urandom(16384))
    learning.start()
    assert learning.resolver.log_has(COMPLAINT)
    assert learning.resolver.log_has("Remove it and its lock")
    check_goes_on(learning)
    file.unlink()
    learning.resolver.reload()
    learning.wait()
    assert learning.resolver.child.text().count("observed.mdb") == 1
    wait_until(file.exists, "no new file")


def fill(learning):
    learning.start()
    for number in range(300):
        learning.ask(f"www.d{number}.example")
    learning.resolver.stop()


# What LMDB holds of a file that is cut short is lost by design.


def test_file_that_was_cut_short_before(learning, file):
    fill(learning)
    os.truncate(file, 3 * 4096)
    learning.start(environment=LEAKS_ALLOWED)
    learning.resolver.wait_for_log(COMPLAINT)
    check_goes_on(learning)


def test_file_that_is_cut_short_while_it_is_in_use(learning, file):
    fill(learning)
    learning.start(environment=LEAKS_ALLOWED)
    os.truncate(file, 3 * 4096)
    learning.ask("www.another.example")
    learning.resolver.wait_for_log(COMPLAINT)
    check_goes_on(learning)
    file.unlink()
    learning.resolver.reload()
    learning.wait()


def replace(file, octets):
    """As a backup is put back."""
    new = file.with_name("new")
    new.write_bytes(octets)
    os.rename(new, file)


def test_file_that_is_replaced_by_an_older_one(learning, file):
    """The next start reads it: what was learned since is new once more."""
    learning.start()
    check_sinkhole(learning.ask("a.fresh.example"), "a.fresh.example")
    learning.resolver.stop()
    older = file.read_bytes()
    learning.start()
    check_sinkhole(learning.ask("a.new.example"), "a.new.example")
    replace(file, older)
    time.sleep(3)
    restart(learning)
    check_real(learning.ask("b.fresh.example"), ADDRESS)
    check_sinkhole(learning.ask("b.new.example"), "b.new.example")
    assert not learning.resolver.log_has("observed.mdb")


def test_file_that_is_replaced_by_a_damaged_one(learning, file):
    """Neither the resolver nor what it knows is harmed until the next start."""
    fill(learning)
    learning.start()
    replace(file, os.urandom(file.stat().st_size))
    check_sinkhole(learning.ask("www.short.example"), "www.short.example")
    restart(learning)
    check_goes_on(learning)


@pytest.mark.parametrize("kept, octet", [(0, b"\xa5"), (0, b"\0"), (2, b"\0")])
def test_file_whose_pages_are_overwritten(learning, file, kept, octet):
    fill(learning)
    learning.start(environment=LEAKS_ALLOWED)
    with open(file, "r+b") as opened:
        rest = opened.seek(0, os.SEEK_END) - kept * 4096
        opened.seek(kept * 4096)
        opened.write(octet * rest)
    learning.ask("www.another.example")
    learning.resolver.wait_for_log(COMPLAINT)
    check_goes_on(learning)


def test_file_that_is_gone(learning, file):
    """It stays in use until the next start, which makes another."""
    learning.start()
    file.unlink()
    check_sinkhole(learning.ask("www.short.example"), "www.short.example")
    reload(learning)
    check_sinkhole(learning.ask("www.new.example"), "www.new.example")
    assert file.exists()
    assert not learning.resolver.log_has("observed.mdb")
