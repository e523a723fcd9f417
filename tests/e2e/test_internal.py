"""test_internal.py - the resolver's own questions are never rewritten.

unbound#1439, #1404, pdns#18035: policy on the resolver's own questions for
DNSKEY, DS and nameserver addresses broke validation and benign zones.
"""

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

import replies
from environment import wait_until
from process import free_port
from resolver import question
from slow import PATIENT, SlowAuthority


@pytest.fixture
def reached_by_name(authority):
    """benign.example is reached by the name ns1.listed.example alone."""
    zone = '\tname: "benign.example"\n\t'
    by_address = f"{zone}stub-addr: 127.0.0.1@{authority.port}"
    by_name = f"{zone}stub-host: ns1.listed.example@{authority.port}"
    assert by_address in authority.stub_zones()
    return authority.stub_zones().replace(by_address, by_name)


@pytest.mark.parametrize(
    "action", ["sinkhole", "nxdomain", "nodata", "refused", "drop", "truncate"]
)
def test_a_zone_whose_nameserver_is_listed(
    policy, start_resolver, reached_by_name, action
):
    policy.feed("seized", ["listed.example"], action=action)
    policy.apply()
    resolver = start_resolver(stub_zones=reached_by_name)
    replies.check_real(resolver.ask("www.benign.example"), "192.0.2.20")
    assert policy.log.records() == []
    # What it asked for itself it need not ask for again.
    assert "\nns1.listed.example." in resolver.control("dump_cache")


@pytest.mark.parametrize("modules", ["dynlib validator iterator", "dynlib iterator"])
def test_what_the_resolver_asked_for_itself_is_no_way_round(
    policy, start_resolver, reached_by_name, modules
):
    """The nameserver's address was fetched; a client asks for it afterwards."""
    policy.feed("seized", ["listed.example"])
    policy.apply()
    resolver = start_resolver(stub_zones=reached_by_name, modules=modules)
    for _ in range(3):
        replies.check_real(resolver.ask("www.benign.example"), "192.0.2.20")
        for qtype, expected in (("A", "0.0.0.0"), ("AAAA", "::")):
            for flags in ("RD", "RD CD"):
                flags = dns.flags.from_text(flags)
                reply = resolver.ask("ns1.listed.example", qtype, flags=flags)
                assert replies.addresses(reply) == [expected]
    policy.log.wait(count=12, qname="ns1.listed.example")
    assert len(policy.log.records()) == 12


def test_a_client_that_joins_the_resolvers_own_question(
    policy, start_resolver, reached_by_name
):
    """The address is being fetched when a client asks for the same name."""
    slow = SlowAuthority("127.0.0.1")
    policy.feed("seized", ["ns1.slow.example"])
    policy.apply()
    stubs = reached_by_name.replace("ns1.listed.example", "ns1.slow.example")
    stubs += slow.stub()
    resolver = start_resolver(stub_zones=stubs, server=PATIENT)
    try:
        with resolver.open_socket() as opened:
            opened.send(question("www.benign.example").to_wire())
            wait_until(
                lambda: "ns1.slow.example" in resolver.control("dump_requestlist"),
                "the nameserver's address was not asked for",
            )
            reply = resolver.ask("ns1.slow.example")
            replies.check_sinkhole(reply, "ns1.slow.example")
            slow.release()
            answer = dns.message.from_wire(opened.recv(4096))
            replies.check_real(answer, "192.0.2.20")
        reply = resolver.ask("ns1.slow.example")
        replies.check_sinkhole(reply, "ns1.slow.example")
    finally:
        slow.stop()


def test_a_blocked_name_is_asked_of_nobody(policy, start_resolver):
    """No server is contacted for it: here none would answer."""
    policy.feed("seized", ["dead.example"])
    policy.apply()
    stub = f'stub-zone:\n\tname: "dead.example"\n\tstub-addr: 127.0.0.1@{free_port()}\n'
    resolver = start_resolver(clauses=stub)
    for qtype in ("A", "AAAA"):
        replies.check_sinkhole(resolver.ask("www.dead.example", qtype), "www.dead.example")
    assert resolver.counter("total.num.recursivereplies") <= 2
    assert "dead.example" not in resolver.control("dump_infra")


# ---- DNSSEC ----


@pytest.fixture
def validating(authority, start_resolver):
    """Starts a resolver that trusts signed.example; bogus.example by another key."""
    good = authority.trust_anchors["signed.example"]
    wrong = authority.trust_anchors["signed.example"].replace("signed", "bogus")

    def start():
        lines = [f'trust-anchor: "{anchor}"' for anchor in (good, wrong)]
        return start_resolver(server=lines)

    return start


def check_secure(resolver, name, address):
    reply = resolver.ask(name, do=True)
    assert reply.flags & dns.flags.AD, name
    assert replies.addresses(reply) == [address]
    kinds = [rrset.rdtype for rrset in reply.answer]
    assert dns.rdatatype.RRSIG in kinds
    assert replies.ede(reply) is None


def test_clean_answers_stay_authentic(policy, validating):
    policy.feed("seized", ["bad.example", "shop.signed.example"])
    policy.apply()
    resolver = validating()
    for _ in range(2):  # cold and from the cache
        check_secure(resolver, "www.signed.example", "192.0.2.30")
        check_secure(resolver, "www.sub.signed.example", "192.0.2.31")
    assert resolver.ask("www.good.example", do=True).flags & dns.flags.AD == 0


def test_a_blocked_name_of_a_signed_zone(policy, validating):
    """Nothing of the zone's signatures is in the answer, and no AD."""
    policy.feed("seized", ["shop.signed.example"])
    policy.feed("gone", ["www.sub.signed.example"], action="nxdomain")
    policy.apply()
    resolver = validating()
    for name in ("shop.signed.example", "www.sub.signed.example"):
        for qtype in ("A", "TXT", "DS", "RRSIG"):
            reply = resolver.ask(name, qtype, do=True)
            rcode = dns.rcode.NXDOMAIN if "sub" in name else dns.rcode.NOERROR
            replies.check_made_by_policy(reply, rcode)
    check_secure(resolver, "www.signed.example", "192.0.2.30")


@pytest.mark.parametrize("action", ["sinkhole", "nxdomain", "refused", "drop"])
def test_the_keys_of_a_listed_apex_still_validate(policy, validating, action):
    """The apex is listed, its DNSKEY and DS are asked by the validator."""
    policy.feed(
        "seized",
        ["signed.example", "sub.signed.example"],
        scope="exact",
        action=action,
    )
    policy.apply()
    resolver = validating()
    check_secure(resolver, "www.sub.signed.example", "192.0.2.31")
    check_secure(resolver, "www.signed.example", "192.0.2.30")
    assert policy.log.records() == []
    if action == "nxdomain":
        for qtype in ("A", "DNSKEY", "DS", "SOA"):
            reply = resolver.ask("signed.example", qtype, do=True)
            replies.check_nxdomain(reply, "signed.example")


def test_bogus_stays_servfail(policy, validating):
    policy.feed("trial", ["bogus.example"], mode="shadow")
    policy.apply()
    policy.allow("www.bogus.example")
    resolver = validating()
    for name in ("www.bogus.example", "shop.bogus.example"):
        for _ in range(2):
            reply = resolver.ask(name, edns=True)
            assert reply.rcode() == dns.rcode.SERVFAIL
            assert reply.answer == []


def test_an_allowed_name_of_a_signed_zone_is_authentic(policy, validating):
    policy.feed("seized", ["signed.example"])
    policy.apply()
    policy.allow("www.signed.example")
    resolver = validating()
    check_secure(resolver, "www.signed.example", "192.0.2.30")
    replies.check_made_by_policy(resolver.ask("shop.signed.example", do=True))


def test_a_garden_in_a_signed_zone(policy, validating):
    """The CNAME is ours, so the whole is not authentic and has no signature."""
    policy.feed("rpz", ["www.bad.example CNAME www.signed.example."], "rpz")
    policy.apply()
    resolver = validating()
    for _ in range(2):
        reply = resolver.ask("www.bad.example", do=True)
        replies.check_made_by_policy(reply)
        assert replies.addresses(reply) == ["192.0.2.30"]
    check_secure(resolver, "www.signed.example", "192.0.2.30")


def test_truncate_over_tcp_is_authentic(policy, validating):
    policy.feed("slow", ["www.signed.example"], action="truncate")
    policy.apply()
    resolver = validating()
    for _ in range(2):
        assert resolver.ask("www.signed.example", do=True).flags & dns.flags.TC
        reply = resolver.ask("www.signed.example", do=True, tcp=True)
        assert reply.flags & dns.flags.AD
        assert replies.addresses(reply) == ["192.0.2.30"]
