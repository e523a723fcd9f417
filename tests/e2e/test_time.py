"""test_time.py - what comes into force and what ends, without a restart."""

import math

import replies
from authority import BAD
from environment import PATIENCE, wait_until

SOON = f"{2 * math.ceil(PATIENCE)}s"


def addresses(resolver, name):
    return replies.addresses(resolver.ask(name))


def test_every_commit_is_seen_by_the_next_query(policy, start_resolver):
    """pdns#10542: readers that saw every second commit only."""
    policy.apply()
    resolver = start_resolver()
    for number in range(6):
        name = f"n{number}.bad.example"
        policy.block(name)
        assert addresses(resolver, name) == ["0.0.0.0"]
        policy.remove(name)
        assert addresses(resolver, name) == [BAD]


def test_a_block_ends_by_itself(policy, start_resolver):
    policy.apply()
    resolver = start_resolver()
    policy.block("bad.example", "--for", SOON)
    assert addresses(resolver, "www.bad.example") == ["0.0.0.0"]
    wait_until(
        lambda: addresses(resolver, "www.bad.example") == [BAD],
        "the block did not end",
    )


def test_an_exception_ends_by_itself(policy, start_resolver):
    """AdGuardHome#7560: unblock for a while, and not forget to block again."""
    policy.feed("seized", ["bad.example"])
    policy.apply()
    resolver = start_resolver()
    policy.allow("good.bad.example", "--for", SOON)
    names = (f"n{number}.good.bad.example" for number in range(10**6))
    assert addresses(resolver, next(names)) == [BAD]
    # Each name is new: a real answer may stay in Unbound's cache.
    wait_until(
        lambda: addresses(resolver, next(names)) == ["0.0.0.0"],
        "the exception did not end",
    )


def test_an_exception_outlives_an_apply_and_then_ends(policy, start_resolver):
    policy.feed("seized", ["bad.example"])
    policy.apply()
    resolver = start_resolver()
    policy.allow("good.bad.example", "--for", SOON)
    names = (f"a{number}.good.bad.example" for number in range(10**6))
    policy.write_feed("seized", ["bad.example", "good.bad.example"])
    policy.apply()
    assert addresses(resolver, next(names)) == [BAD]
    policy.apply()
    assert addresses(resolver, next(names)) == [BAD]
    wait_until(
        lambda: addresses(resolver, next(names)) == ["0.0.0.0"],
        "the exception did not end",
    )


def test_what_a_feed_lists_no_more_stays_until_it_expires(
    policy, start_resolver
):
    policy.feed("seized", ["bad.example", "worse.example"], expires=SOON)
    policy.apply()
    resolver = start_resolver()
    policy.write_feed("seized", ["worse.example"])
    policy.apply()
    assert addresses(resolver, "www.bad.example") == ["0.0.0.0"]
    wait_until(
        lambda: addresses(resolver, "www.bad.example") == [BAD],
        "the entry did not expire",
    )


def test_blocking_again_replaces_the_end(policy, start_resolver):
    policy.apply()
    resolver = start_resolver()
    policy.block("bad.example", "--for", "1s")
    policy.block("bad.example", "--for", "1h")
    policy.block("witness.example", "--for", SOON)
    wait_until(
        lambda: addresses(resolver, "witness.example") != ["0.0.0.0"],
        "the witness did not end",
    )
    assert addresses(resolver, "bad.example") == ["0.0.0.0"]


def test_an_expired_one_leaves_the_next_in_force(policy, start_resolver):
    """The operator's ends; the feed's statement about the same name holds."""
    policy.feed("seized", ["bad.example"], action="nxdomain")
    policy.apply()
    resolver = start_resolver()
    policy.block("bad.example", "--for", SOON)
    assert addresses(resolver, "bad.example") == ["0.0.0.0"]
    wait_until(
        lambda: resolver.ask("bad.example").rcode() == 3,
        "the feed's own action did not come back",
    )


def test_settings_change_at_once(policy, start_resolver):
    """The sinkhole's addresses and the TTL come with the next commit."""
    policy.feed("seized", ["bad.example"])
    policy.apply()
    resolver = start_resolver()
    replies.check_sinkhole(resolver.ask("bad.example"), "bad.example")
    policy.settings["sinkhole"] = {
        "ipv4": "198.51.100.1",
        "ipv6": "2001:db8:ffff::1",
        "ttl": 7,
    }
    policy.apply()
    expected = {"A": ["198.51.100.1"], "AAAA": ["2001:db8:ffff::1"]}
    for qtype in ("A", "AAAA"):
        replies.check_answer(
            resolver.ask("bad.example", qtype),
            "bad.example",
            {qtype: expected[qtype]},
            ttl=7,
        )
    replies.check_answer(resolver.ask("bad.example", "ANY"), "bad.example", expected, 7)
    replies.check_nodata(resolver.ask("bad.example", "TXT"), "bad.example", ttl=7)
