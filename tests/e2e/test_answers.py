"""test_answers.py - what a name resolves to decides, too."""

import dns.flags
import dns.message
import dns.query
import dns.rdatatype
import pytest

import replies
from authority import BAD, BAD6, GOOD

NETWORK = "192.0.2.64/26"  # holds BAD, not GOOD
NETWORK6 = "2001:db8::60/124"
NAME = "www.bad.example"
ALIAS = "alias.good.example"  # of NAME


@pytest.fixture(params=[1, 2])
def network(request, policy, start_resolver):
    """A resolver behind a list of networks."""
    policy.feed("networks", [NETWORK, NETWORK6], "prefixes", action="sinkhole")
    policy.apply()
    return start_resolver(threads=request.param)


def check_blocked(resolver, name, count=3):
    """Cold, and as often as a cache could answer."""
    for _ in range(count):
        replies.check_sinkhole(resolver.ask(name), name)


def test_an_address_in_a_listed_network(network, policy):
    check_blocked(network, NAME)
    replies.check_real(network.ask("www.good.example"), GOOD)
    record = policy.log.wait(qname=NAME, qtype="A")
    assert record["trigger"] == "ip"
    assert record["matched"] == NETWORK
    assert record["address"] == BAD
    assert record["feed"] == "networks"
    assert "scope" not in record


def test_an_ipv6_address(network, policy):
    reply = network.ask(NAME, "AAAA")
    assert replies.addresses(reply) == ["::"]
    record = policy.log.wait(qname=NAME, qtype="AAAA")
    assert record["matched"] == NETWORK6
    assert record["address"] == BAD6


@pytest.mark.parametrize("qtype", ["HTTPS", "SVCB"])
def test_an_address_hint(network, policy, qtype):
    """blocky#165, portmaster#2247: HTTPS records went round the block."""
    for _ in range(2):
        replies.check_nodata(network.ask(NAME, qtype), NAME)
    assert policy.log.wait(qname=NAME, qtype=qtype)["address"] == BAD
    assert network.ask("www.good.example", qtype).answer


def test_other_types_of_the_name_are_real(network):
    """No address, no match."""
    reply = network.ask(NAME, "TXT")
    assert [rrset.rdtype for rrset in reply.answer] == [dns.rdatatype.TXT]


def test_an_alias_into_a_listed_network(network, policy):
    check_blocked(network, ALIAS)
    check_blocked(network, NAME)
    assert policy.log.wait(qname=ALIAS)["address"] == BAD


def test_nothing_of_it_is_in_the_cache(network):
    network.ask(NAME)
    hits = network.counter("total.num.cachehits")
    check_blocked(network, NAME)
    assert network.counter("total.num.cachehits") == hits


def test_a_longer_prefix_is_freed(policy, start_resolver):
    policy.feed("freed", [BAD], "prefixes", action="allow")
    policy.feed("networks", [NETWORK], "prefixes")
    policy.apply()
    replies.check_real(start_resolver().ask(NAME), BAD)


def test_an_allowed_name_covers_its_addresses(policy, start_resolver):
    """unbound#628, #1029: passthru did not stop later IP rules."""
    policy.feed("networks", [NETWORK], "prefixes")
    policy.apply()
    policy.allow(NAME)
    resolver = start_resolver()
    for _ in range(2):
        replies.check_real(resolver.ask(NAME), BAD)
    check_blocked(resolver, "other.bad.example")
    policy.remove(NAME)


@pytest.mark.parametrize("modules", ["dynlib iterator", "dynlib validator iterator"])
def test_an_allowed_name_covers_its_aliases(policy, start_resolver, modules):
    """Its answer is cached, that of what the alias leads to is not."""
    policy.feed("seized", ["bad.example"])
    policy.apply()
    policy.allow(ALIAS)
    resolver = start_resolver(modules=modules)
    assert replies.addresses(resolver.ask(ALIAS)) == [BAD]
    check_blocked(resolver, NAME)
    hits = resolver.counter("total.num.cachehits")
    reply = resolver.ask(ALIAS)
    assert replies.addresses(reply) == [BAD]
    assert 3000 < min(rrset.ttl for rrset in reply.answer) <= 3600
    assert resolver.counter("total.num.cachehits") == hits + 1
    check_blocked(resolver, NAME)


@pytest.mark.parametrize("threads", [1, 2])
def test_an_alias_of_a_listed_name(policy, start_resolver, threads):
    """pi-hole#6408, FTL#670: the log says which link of the chain it was."""
    policy.feed("seized", ["bad.example"])
    policy.apply()
    resolver = start_resolver(threads=threads)
    check_blocked(resolver, ALIAS)
    record = policy.log.wait(qname=ALIAS)
    assert record["trigger"] == "cname"
    assert record["link"] == NAME
    assert record["matched"] == "bad.example"


def test_in_shadow_mode_the_answer_is_real_and_logged(policy, start_resolver):
    policy.feed("networks", [NETWORK], "prefixes", mode="shadow")
    policy.apply()
    replies.check_real(start_resolver().ask(NAME), BAD)
    record = policy.log.wait(qname=NAME)
    assert record["mode"] == "shadow"
    assert record["address"] == BAD


def test_dropped_and_truncated_by_address(policy, start_resolver):
    policy.feed("networks", [NETWORK], "prefixes", action="truncate")
    policy.apply()
    resolver = start_resolver()
    for _ in range(2):
        reply = resolver.ask(NAME)
        assert reply.flags & dns.flags.TC and not reply.answer
        replies.check_real(resolver.ask(NAME, tcp=True), BAD)


def test_a_signed_answer(policy, authority, start_resolver):
    """A clean one stays authentic."""
    policy.feed("networks", [NETWORK], "prefixes")
    policy.apply()
    anchor = authority.trust_anchors["signed.example"]
    resolver = start_resolver(server=[f'trust-anchor: "{anchor}"'])
    reply = resolver.ask("www.signed.example", do=True)
    assert replies.addresses(reply)
    assert reply.flags & dns.flags.AD


def test_class_any_is_no_way_round(policy, start_resolver):
    """Unbound answers it with what it finds in class IN."""
    policy.feed("seized", ["bad.example"])
    policy.feed("networks", [NETWORK], "prefixes")
    policy.apply()
    resolver = start_resolver()
    for name in (NAME, ALIAS):
        query = dns.message.make_query(name, "A", rdclass="ANY")
        reply = dns.query.udp(query, "127.0.0.1", 10, resolver.port)
        assert BAD not in reply.to_text()


def test_an_address_of_a_listed_asn(origins, policy, start_resolver):
    """No other recursive resolver has it; AdGuardDNS#1011 asks for it."""
    policy.feed("asns", ["AS64500"], "asns", risk=90)
    policy.apply()
    resolver = start_resolver()
    check_blocked(resolver, NAME)
    check_blocked(resolver, ALIAS)
    replies.check_real(resolver.ask("www.good.example"), GOOD)
    record = policy.log.wait(qname=NAME)
    assert record["trigger"] == "asn"
    assert record["matched"] == "AS64500"
    assert record["address"] == BAD
    assert (record["asn"], record["risk"]) == (64500, 100)
    assert record["holder"] == "BAD-HOST, Ltd."


def test_an_asn_blocked_by_hand_and_freed_by_prefix(origins, policy, start_resolver):
    policy.apply()
    policy.block("AS64500")
    resolver = start_resolver()
    check_blocked(resolver, NAME)
    policy.allow("192.0.2.66")
    replies.check_real(resolver.ask(NAME), BAD)
