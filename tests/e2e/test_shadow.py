"""test_shadow.py - shadow mode changes nothing and logs everything."""

import pytest

import replies
from authority import BAD, BAD6, GOOD
from environment import wait_until


@pytest.fixture
def shadowing(policy, start_resolver):
    policy.feed("trial", ["bad.example"], mode="shadow", action="nxdomain")
    policy.apply()
    return start_resolver()


def test_cold_the_answer_is_real_and_logged(shadowing, policy):
    replies.check_real(shadowing.ask("WWW.bad.example", edns=True), BAD)
    record = policy.log.wait(qname="WWW.bad.example")
    assert record["mode"] == "shadow"
    assert record["action"] == "nxdomain"
    assert record["feed"] == "trial"
    assert record["matched"] == "bad.example"


def test_warm_each_answer_from_the_cache_is_logged(shadowing, policy):
    """unbound#954: rules that were looked at only when the cache was cold."""
    shadowing.ask("www.bad.example")
    for spelling in ("wWw.bad.example", "www.bad.Example", "WWW.BAD.EXAMPLE"):
        hits = shadowing.counter("total.num.cachehits")
        replies.check_real(shadowing.ask(spelling, edns=True), BAD)
        assert shadowing.counter("total.num.cachehits") == hits + 1
        assert policy.log.wait(qname=spelling)["mode"] == "shadow"
    policy.log.wait(count=4, feed="trial", mode="shadow")
    assert len(policy.log.records()) == 4


def test_a_warm_answer_over_tcp_is_logged(shadowing, policy):
    for tcp in (False, True, True):
        replies.check_real(shadowing.ask("www.bad.example", "AAAA", tcp=tcp), BAD6)
    policy.log.wait(count=3, qname="www.bad.example", qtype="AAAA")


SHADOW_ANSWERS = {
    "prefix": (["192.0.2.64/26"], "prefixes", "www.bad.example", "ip"),
    "asn": (["AS64500"], "asns", "www.bad.example", "asn"),
    "alias": (["bad.example"], "domains", "alias.good.example", "cname"),
    "alias-address": (["192.0.2.66"], "prefixes", "alias.good.example", "ip"),
}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", SHADOW_ANSWERS)
def test_warm_answers_are_logged_for_what_they_hold(
    policy, start_resolver, kind, threads
):
    """Each time, for each client, and nothing for a clean answer."""
    entries, form, name, trigger = SHADOW_ANSWERS[kind]
    (policy.folder / "origin.csv").write_text(
        '192.0.2.64,192.0.2.127,64500,"BAD-HOST"\n'
    )
    policy.settings["origin"] = [{"file": "origin.csv", "format": "ip-location-db"}]
    policy.feed("trial", entries, form, mode="shadow", action="nxdomain")
    policy.apply()
    resolver = start_resolver(threads=threads)
    clients = ["127.0.0.1", "127.0.0.2", "127.0.0.1"]
    for client in clients:
        for asked in (name, "www.good.example"):
            assert resolver.ask(asked, source=client).answer
    policy.log.wait(count=3, qname=name, mode="shadow", trigger=trigger)
    assert len(policy.log.records(client="127.0.0.1")) == 2
    assert len(policy.log.records()) == 3
    assert resolver.counter("total.num.cachehits") == 4 or threads > 1


def test_warm_answers_of_both_families(policy, start_resolver):
    """One name with a clean answer and one that is not."""
    policy.feed("trial", ["2001:db8::60/124"], "prefixes", mode="shadow")
    policy.apply()
    resolver = start_resolver()
    for _ in range(3):
        replies.check_real(resolver.ask("www.bad.example"), BAD)
        replies.check_real(resolver.ask("www.bad.example", "AAAA"), BAD6)
    policy.log.wait(count=3, qtype="AAAA", address=BAD6)
    assert len(policy.log.records()) == 3


def test_names_that_are_not_listed_are_not_logged(shadowing, policy):
    for name in ("www.good.example", "www.good.example", "notbad.example"):
        shadowing.ask(name)
    shadowing.ask("last.bad.example")
    policy.log.wait(qname="last.bad.example")
    assert len(policy.log.records()) == 1


def test_shadow_never_consumes_the_match(policy, start_resolver):
    """What it would have done is logged; the next feed still blocks."""
    policy.feed("trial", ["bad.example"], mode="shadow", action="nxdomain")
    policy.feed("seized", ["www.bad.example"])
    policy.apply()
    resolver = start_resolver()
    name = "www.bad.example"
    for _ in range(2):
        replies.check_sinkhole(resolver.ask(name), name)
    policy.log.wait(count=2, qname=name, feed="seized", mode="enforce")
    policy.log.wait(count=2, qname=name, feed="trial", mode="shadow")


def test_a_shadow_allow_does_not_allow(policy, start_resolver):
    policy.feed("trial", ["www.bad.example"], mode="shadow", action="allow")
    policy.feed("seized", ["bad.example"])
    policy.apply()
    resolver = start_resolver()
    replies.check_sinkhole(resolver.ask("www.bad.example"), "www.bad.example")


def test_a_later_shadow_feed_is_not_told_of_what_is_decided(policy, start_resolver):
    """The enforced feed comes first: it decides, the trial would not have."""
    policy.feed("seized", ["bad.example"])
    policy.feed("trial", ["bad.example"], mode="shadow", action="nxdomain")
    policy.apply()
    resolver = start_resolver()
    for name in ("bad.example", "last.bad.example"):
        replies.check_sinkhole(resolver.ask(name), name)
    policy.log.wait(qname="last.bad.example", feed="seized")
    assert policy.log.records(feed="trial") == []


def test_from_shadow_to_enforce(policy, start_resolver):
    policy.feed("trial", ["bad.example"], mode="shadow")
    policy.apply()
    resolver = start_resolver()
    replies.check_real(resolver.ask("a.bad.example"), BAD)
    policy.feeds[0]["mode"] = "enforce"
    policy.apply()
    replies.check_sinkhole(resolver.ask("b.bad.example"), "b.bad.example")
    policy.feeds[0]["mode"] = "shadow"
    policy.apply()
    replies.check_real(resolver.ask("b.bad.example"), BAD)
    policy.log.wait(count=2, mode="shadow")
    policy.log.wait(mode="enforce")


def test_shadow_that_begins_later_is_seen_in_the_cache(policy, start_resolver):
    """The answer was cached before any shadow indicator existed."""
    policy.apply()
    resolver = start_resolver()
    replies.check_real(resolver.ask("www.bad.example"), BAD)
    replies.check_real(resolver.ask("www.good.example"), GOOD)
    policy.feed("trial", ["bad.example"], mode="shadow")
    policy.apply()

    def logged():
        replies.check_real(resolver.ask("www.bad.example"), BAD)
        return policy.log.records(qname="www.bad.example", mode="shadow")

    wait_until(logged, "the cached answers are not logged")
    assert resolver.counter("total.num.cachemiss") == 2


def test_what_was_not_listed_is_remembered_for_one_policy_only(policy, start_resolver):
    """A cached answer of a name that some other policy did not list."""
    policy.feed("trial", ["bad.example"], mode="shadow")
    policy.apply()
    resolver = start_resolver()
    name = "www.good.example"
    for _ in range(3):
        replies.check_real(resolver.ask(name), GOOD)
    policy.write_feed("trial", ["bad.example", "good.example"])
    policy.apply()

    def logged():
        replies.check_real(resolver.ask(name), GOOD)
        return policy.log.records(qname=name, mode="shadow")

    wait_until(logged, "the cached answers are not logged")
    assert resolver.counter("total.num.cachemiss") == 1
