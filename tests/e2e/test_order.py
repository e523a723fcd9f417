"""test_order.py - who wins: operator, then feeds in order, then the longest."""

import pytest

import replies
from authority import BAD, GOOD


def which(reply):
    """What a reply did, told by what the tests below configure."""
    if reply.rcode() == 3:
        return "nxdomain"
    if reply.rcode() == 5:
        return "refused"
    return {
        (): "nodata",
        ("0.0.0.0",): "sinkhole",
        (BAD,): "real",
        (GOOD,): "real",
    }[tuple(replies.addresses(reply))]


def check(resolver, expected):
    for name, action in expected.items():
        assert which(resolver.ask(name)) == action, name


def test_the_first_feed_wins(policy, start_resolver):
    policy.feed("first", ["www.bad.example"], action="nodata")
    policy.feed("second", ["bad.example"], action="nxdomain")
    policy.apply()
    resolver = start_resolver()
    check(
        resolver,
        {
            "www.bad.example": "nodata",
            "x.www.bad.example": "nodata",
            "bad.example": "nxdomain",
            "x.bad.example": "nxdomain",
        },
    )


def test_an_earlier_feed_beats_a_longer_name(policy, start_resolver):
    policy.feed("first", ["bad.example"], action="nodata")
    policy.feed("second", ["www.bad.example"], action="nxdomain")
    policy.apply()
    check(start_resolver(), {"www.bad.example": "nodata", "bad.example": "nodata"})


def test_a_new_order_of_the_feeds_is_taken_over(policy, start_resolver):
    policy.feed("one", ["bad.example"], action="nodata")
    policy.feed("two", ["bad.example"], action="nxdomain")
    policy.apply()
    resolver = start_resolver()
    check(resolver, {"bad.example": "nodata"})
    policy.feeds.reverse()
    policy.apply()
    check(resolver, {"bad.example": "nxdomain"})


def test_within_a_feed_the_most_specific_wins(policy, start_resolver):
    """An exact name beats a subtree of it, a longer name a shorter one."""
    policy.feed(
        "rpz",
        [
            "*.bad.example CNAME .",
            "bad.example CNAME *.",
            "allowed.bad.example CNAME rpz-passthru.",
            "*.allowed.bad.example CNAME rpz-passthru.",
            "deep.allowed.bad.example CNAME *.",
        ],
        "rpz",
    )
    policy.apply()
    check(
        start_resolver(),
        {
            "bad.example": "nodata",
            "www.bad.example": "nxdomain",
            "allowed.bad.example": "real",
            "x.allowed.bad.example": "real",
            "deep.allowed.bad.example": "nodata",
            "x.deep.allowed.bad.example": "real",
        },
    )


def test_a_deeper_listed_name_leaves_those_between_blocked(policy, start_resolver):
    """StevenBlack/hosts#451: listing a.b.c un-blocked b.c below c."""
    policy.feed("list", ["bad.example", "a.b.c.bad.example"])
    policy.apply()
    names = ["bad.example", "c.bad.example", "b.c.bad.example", "x.b.c.bad.example"]
    names += ["a.b.c.bad.example", "z.a.b.c.bad.example"]
    check(start_resolver(), dict.fromkeys(names, "sinkhole"))


def test_the_operator_comes_before_every_feed(policy, start_resolver):
    policy.feed("list", ["bad.example", "www.good.example"])
    policy.apply()
    policy.allow("bad.example")
    policy.block("www.good.example", "--action", "nxdomain")
    resolver = start_resolver()
    check(
        resolver,
        {
            "bad.example": "real",
            "www.bad.example": "real",
            "www.good.example": "nxdomain",
        },
    )
    policy.remove("bad.example")
    policy.remove("www.good.example")
    # bad.example itself may still be in Unbound's cache.
    check(resolver, {"x.bad.example": "sinkhole", "www.good.example": "sinkhole"})


@pytest.mark.parametrize("outer, inner", [("block", "allow"), ("allow", "block")])
def test_an_exception_within_its_opposite(policy, start_resolver, outer, inner):
    policy.apply()
    policy.run(outer, "bad.example")
    policy.run(inner, "www.bad.example")
    policy.run(outer, "a.www.bad.example")
    means = {"block": "sinkhole", "allow": "real"}
    check(
        start_resolver(),
        {
            "bad.example": means[outer],
            "x.bad.example": means[outer],
            "www.bad.example": means[inner],
            "x.www.bad.example": means[inner],
            "a.www.bad.example": means[outer],
            "x.a.www.bad.example": means[outer],
        },
    )


def test_an_exact_exception_covers_that_name_only(policy, start_resolver):
    policy.apply()
    policy.block("bad.example")
    policy.allow("www.bad.example", "--exact")
    check(
        start_resolver(),
        {"www.bad.example": "real", "x.www.bad.example": "sinkhole"},
    )


def test_passthru_ends_the_later_feeds(policy, start_resolver):
    """unbound#628, #1029: a passthru did not stop the rules after it."""
    policy.feed("white", ["bad.example CNAME rpz-passthru."], "rpz")
    policy.feed("black", ["bad.example", "www.bad.example"])
    policy.feed("blacker", ["0.0.0.0 bad.example"], "hosts", action="nxdomain")
    policy.apply()
    check(start_resolver(), {"bad.example": "real", "www.bad.example": "sinkhole"})


def test_explain_agrees_with_the_resolver(policy, start_resolver):
    """pdns#10136: is X listed, where, and what would happen?"""
    policy.feed("first", ["www.bad.example"], action="nodata")
    policy.feed("second", ["bad.example"], action="nxdomain")
    policy.apply()
    policy.allow("ok.bad.example")
    resolver = start_resolver()
    for name in ("www.bad.example", "x.bad.example", "ok.bad.example"):
        told = policy.run("explain", name).stdout
        action = which(resolver.ask(name))
        assert ("BLOCKED" in told) == (action != "real"), told
        if action != "real":
            assert action in told.lower()


def test_a_removed_feed_blocks_no_more(policy, start_resolver):
    policy.feed("stays", ["www.bad.example"])
    policy.feed("goes", ["bad.example"])
    policy.apply()
    resolver = start_resolver()
    check(resolver, {"www.bad.example": "sinkhole", "bad.example": "sinkhole"})
    del policy.feeds[1]
    policy.apply()
    check(resolver, {"www.bad.example": "sinkhole", "bad.example": "real"})


def test_what_a_feed_no_longer_says_is_real_again(policy, start_resolver):
    policy.feed("list", ["a.bad.example", "b.bad.example"])
    policy.apply()
    resolver = start_resolver()
    check(resolver, {"a.bad.example": "sinkhole", "b.bad.example": "sinkhole"})
    policy.write_feed("list", ["b.bad.example", "c.bad.example"])
    policy.apply()
    check(
        resolver,
        {
            "a.bad.example": "real",
            "b.bad.example": "sinkhole",
            "c.bad.example": "sinkhole",
        },
    )
