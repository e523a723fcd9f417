"""test_dnssec.py - what an answer holds decides, with the validator on.

Names are in test_internal.py. A bogus answer stays SERVFAIL, a clean signed one
stays authentic, and a blocked one has nothing of the zone's signatures.
"""

import dns.flags
import dns.rcode
import dns.rdatatype
import pytest

import replies

CHECKING_DISABLED = dns.flags.from_text("RD CD")


@pytest.fixture
def validating(policy, authority, start_resolver):
    """Starts a resolver that trusts signed.example; bogus.example by another key."""
    good = authority.trust_anchors["signed.example"]
    wrong = good.replace("signed", "bogus")

    def start(*server, **options):
        lines = [f'trust-anchor: "{anchor}"' for anchor in (good, wrong)]
        return start_resolver(server=[*lines, *server], **options)

    return start


@pytest.fixture
def listed(policy):
    """What the signed and the bogus zone point to, by address and by name."""
    policy.feed("networks", ["192.0.2.66", "2001:db8::66"], "prefixes")
    policy.feed("seized", ["bad.example"])
    policy.apply()
    return policy


def check_secure(resolver, name, *addresses):
    for _ in range(2):  # cold and from the cache
        reply = resolver.ask(name, do=True)
        assert reply.flags & dns.flags.AD, name
        assert replies.addresses(reply) == list(addresses)
        kinds = [rrset.rdtype for rrset in reply.answer]
        assert dns.rdatatype.RRSIG in kinds
        assert replies.ede(reply) is None


BLOCKED = [
    ("listed", "A"),
    ("listed", "AAAA"),
    ("listed", "HTTPS"),
    ("inside", "A"),
    ("outside", "A"),
]


@pytest.mark.parametrize("threads", [1, 2])
def test_blocked_answers_of_a_signed_zone(listed, validating, threads):
    resolver = validating(threads=threads)
    check_secure(resolver, "www.signed.example", "192.0.2.30")
    for label, qtype in BLOCKED:
        name = f"{label}.signed.example"
        for flags in (dns.flags.RD, CHECKING_DISABLED, dns.flags.RD):
            for _ in range(threads):
                reply = resolver.ask(name, qtype, do=True, flags=flags)
                reply.flags &= ~dns.flags.CD
                replies.check_made_by_policy(reply)
                assert set(replies.addresses(reply)) <= {"0.0.0.0", "::"}
    check_secure(resolver, "clean.signed.example", "192.0.2.30")
    check_secure(resolver, "www.sub.signed.example", "192.0.2.31")


def test_allowed_answers_of_a_signed_zone_are_authentic(listed, validating):
    resolver = validating()
    for label, _ in BLOCKED:
        resolver.ask(f"{label}.signed.example", do=True)
    listed.allow("signed.example")
    for label in ("listed", "inside"):
        check_secure(resolver, f"{label}.signed.example", "192.0.2.66")


@pytest.mark.parametrize("label", ["listed", "alias"])
@pytest.mark.parametrize("cd_first", [False, True])
def test_bogus_stays_servfail(listed, validating, label, cd_first):
    """However it is listed; and who does not want it checked gets the block,
    not what the resolver kept of the bogus answer."""
    resolver = validating()
    name = f"{label}.bogus.example"
    for checked in (not cd_first, cd_first, not cd_first, cd_first):
        flags = dns.flags.RD if checked else CHECKING_DISABLED
        for _ in range(2):
            reply = resolver.ask(name, edns=True, flags=flags)
            if checked:
                assert reply.rcode() == dns.rcode.SERVFAIL
                assert reply.answer == []
                assert replies.ede(reply) != (15, "networks")
            else:
                assert replies.addresses(reply) == ["0.0.0.0"]


def test_bogus_in_shadow_mode_stays_servfail(policy, validating):
    policy.feed("networks", ["192.0.2.66"], "prefixes", mode="shadow")
    policy.apply()
    resolver = validating()
    for _ in range(2):
        reply = resolver.ask("listed.bogus.example", edns=True)
        assert reply.rcode() == dns.rcode.SERVFAIL


def test_bogus_that_the_operator_lets_through_is_blocked(listed, validating):
    """Unbound's val-permissive-mode: the answer would go out."""
    resolver = validating("val-permissive-mode: yes")
    for _ in range(2):
        reply = resolver.ask("listed.bogus.example")
        replies.check_sinkhole(reply, "listed.bogus.example")
    replies.check_real(resolver.ask("www.bogus.example"), "192.0.2.30")


def test_nonexistence_of_a_name_stays_proven(listed, validating):
    resolver = validating("aggressive-nsec: yes")
    resolver.ask("listed.signed.example", do=True)
    for name in ("missing.signed.example", "other.signed.example"):
        for _ in range(2):
            reply = resolver.ask(name, do=True)
            assert reply.rcode() == dns.rcode.NXDOMAIN
            assert reply.flags & dns.flags.AD
    for _ in range(2):
        reply = resolver.ask("listed.signed.example")
        replies.check_sinkhole(reply, "listed.signed.example")
