"""test_harness.py - the fixtures themselves: without the module, all is real.

Where these fail, no other result means anything.
"""

import dns.flags
import dns.rcode
import pytest

import replies
from authority import BAD, BAD6, GARDEN, GOOD, GOOD6, OTHER
from process import has_ipv6


@pytest.fixture
def plain(start_resolver, authority):
    anchors = [f'trust-anchor: "{ds}"' for ds in authority.trust_anchors.values()]
    return start_resolver(modules="validator iterator", database=None, server=anchors)


def test_every_zone_is_served(plain):
    replies.check_real(plain.ask("www.good.example"), GOOD)
    replies.check_real(plain.ask("www.good.example", "AAAA", tcp=True), GOOD6)
    replies.check_real(plain.ask("a.b.bad.example"), BAD)
    replies.check_real(plain.ask("a.b.bad.example", "AAAA"), BAD6)
    replies.check_real(plain.ask("x.garden.example"), GARDEN)
    replies.check_real(plain.ask("any.name.at.all"), OTHER)
    for qtype in ("HTTPS", "SVCB", "TXT", "MX", "TYPE65280"):
        assert len(plain.ask("www.bad.example", qtype).answer) == 1, qtype


@pytest.mark.skipif(not has_ipv6(), reason="no ::1 here")
def test_it_listens_on_ipv6(plain):
    replies.check_real(plain.ask("www.good.example", v6=True), GOOD)


def test_the_signed_zones_validate(plain):
    for name in ("www.signed.example", "www.sub.signed.example"):
        assert plain.ask(name, do=True).flags & dns.flags.AD, name


def test_the_same_question_twice_is_a_cache_hit(plain):
    plain.ask("www.good.example")
    before = plain.counter("total.num.cachehits")
    plain.ask("www.good.example")
    assert plain.counter("total.num.cachehits") == before + 1
    plain.reload()
    replies.check_real(plain.ask("www.good.example"), GOOD)
