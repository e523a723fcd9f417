"""test_triggers.py - every way in which a name or its answer can be listed.

Each blocks, cold and as often as a cache could answer; none of it is found in
Unbound's cache; and with an exception the real answer goes out. Name servers
have test_nameservers.py.
"""

import dns.rcode
import pytest

import replies
from authority import BAD, BAD6

ORIGINS = (
    '192.0.2.0,192.0.2.63,64496,"GOOD-HOST"\n'
    '192.0.2.64,192.0.2.127,64500,"BAD-HOST"\n'
    '2001:db8::60,2001:db8::6f,64500,"BAD-HOST"\n'
)

# What is listed, and in which format.
LISTS = {
    "name": ("domains", ["name.many.example"]),
    "target": ("domains", ["bad.example"]),
    "prefix": ("prefixes", ["192.0.2.64/26", "2001:db8::60/124"]),
    "asn": ("asns", ["AS64500"]),
}

# For each list: the name below many.example, its type, the log's trigger and
# its link or address.
TARGET = "www.bad.example"
CASES = {
    "name": [
        ("name", "A", "qname", None),
        ("name", "AAAA", "qname", None),
        ("name", "TXT", "qname", None),
        ("name", "HTTPS", "qname", None),
    ],
    "target": [
        ("alias", "A", "cname", TARGET),
        ("alias", "AAAA", "cname", TARGET),
        ("chain", "A", "cname", TARGET),
        ("www.tree", "A", "cname", TARGET),  # by DNAME
        ("www.tree", "AAAA", "cname", TARGET),
        ("target", "HTTPS", "cname", TARGET),
        ("target", "SVCB", "cname", TARGET),
        ("same", "HTTPS", "cname", TARGET),  # AliasMode
        ("same", "SVCB", "cname", TARGET),
    ],
    "prefix": [
        ("address", "A", "ip", BAD),
        ("address", "AAAA", "ip", BAD6),
        ("several", "A", "ip", BAD),
        ("chain", "A", "ip", BAD),
        ("www.tree", "A", "ip", BAD),
        ("hint4", "HTTPS", "ip", BAD),
        ("hint4", "SVCB", "ip", BAD),
        ("hint6", "HTTPS", "ip", BAD6),
        ("hint6", "SVCB", "ip", BAD6),
        ("nat64", "AAAA", "ip", BAD),
    ],
    "asn": [
        ("address", "A", "asn", BAD),
        ("address", "AAAA", "asn", BAD6),
        ("several", "A", "asn", BAD),
        ("chain", "A", "asn", BAD),
        ("hint4", "HTTPS", "asn", BAD),
        ("hint6", "SVCB", "asn", BAD6),
        ("nat64", "AAAA", "asn", BAD),
    ],
}


def fill(policy, listed):
    (policy.folder / "origin.csv").write_text(ORIGINS)
    policy.settings["origin"] = [{"file": "origin.csv", "format": "ip-location-db"}]
    form, entries = LISTS[listed]
    policy.feed("list", entries, form)
    policy.apply()


def check_blocked(resolver, name, qtype, count=3):
    for _ in range(count):
        reply = resolver.ask(name, qtype)
        if qtype in ("A", "AAAA"):
            replies.check_sinkhole(reply, name)
        else:
            replies.check_nodata(reply, name)


def check_real(resolver, name, qtype, count=2):
    for _ in range(count):
        reply = resolver.ask(name, qtype)
        assert reply.rcode() == dns.rcode.NOERROR
        assert not {"0.0.0.0", "::"} & set(replies.addresses(reply))
        assert reply.answer


def cached_messages(resolver):
    """The names of what is in the message cache."""
    text = resolver.control("dump_cache").partition("START_MSG_CACHE")[2]
    return {line.split()[1] for line in text.splitlines() if line.startswith("msg ")}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("listed", CASES)
def test_blocked_cold_and_warm(policy, start_resolver, listed, threads):
    fill(policy, listed)
    resolver = start_resolver(threads=threads)
    check_real(resolver, "clean.many.example", "HTTPS")
    for label, qtype, trigger, met in CASES[listed]:
        name = f"{label}.many.example"
        check_blocked(resolver, name, qtype, 3 * threads)
        record = policy.log.wait(qname=name, qtype=qtype)
        assert record["trigger"] == trigger
        assert record.get("link", record.get("address")) == met
    cached = cached_messages(resolver)
    assert "clean.many.example." in cached
    assert not cached & {f"{case[0]}.many.example." for case in CASES[listed]}


@pytest.mark.parametrize("listed", CASES)
def test_allowed_by_its_name(policy, start_resolver, listed):
    """At once, also where it was blocked before."""
    fill(policy, listed)
    resolver = start_resolver()
    cases = [(f"{case[0]}.many.example", case[1]) for case in CASES[listed]]
    for name, qtype in cases:
        check_blocked(resolver, name, qtype, 1)
    for name in sorted({name for name, _ in cases}):
        policy.allow(name)
    for name, qtype in cases:
        check_real(resolver, name, qtype)


@pytest.mark.parametrize("listed", ["target", "prefix"])
def test_allowed_by_what_was_met(policy, start_resolver, listed):
    """The alias's target or the addresses, rather than the name."""
    fill(policy, listed)
    for met in sorted({case[3] for case in CASES[listed]}):
        policy.allow(met)
    resolver = start_resolver()
    for label, qtype, _, _ in CASES[listed]:
        check_real(resolver, f"{label}.many.example", qtype)


def test_an_asn_that_is_allowed(policy, start_resolver):
    fill(policy, "asn")
    resolver = start_resolver()
    check_blocked(resolver, "address.many.example", "A")
    policy.allow("AS64500")
    for qtype in ("A", "AAAA"):
        check_real(resolver, "address.many.example", qtype)


# ---- dns64: the module must come before it ----

DNS64 = "dynlib dns64 validator iterator"


@pytest.mark.parametrize("prefix", ["64:ff9b::/96", "2001:db8:64::/96"])
@pytest.mark.parametrize("listed", ["prefix", "asn"])
def test_dns64(policy, start_resolver, prefix, listed):
    """The IPv4 address within what Unbound made up decides."""
    fill(policy, listed)
    resolver = start_resolver(modules=DNS64, server=[f"dns64-prefix: {prefix}"])
    check_blocked(resolver, "only4.many.example", "AAAA")
    assert policy.log.wait(qname="only4.many.example")["address"] == BAD
    check_blocked(resolver, "only4.many.example", "A")
    policy.allow("only4.many.example")
    for _ in range(2):
        made_up = replies.addresses(resolver.ask("only4.many.example", "AAAA"))
        assert len(made_up) == 1 and made_up[0].endswith("c000:242")


def test_dns64_of_a_listed_alias(policy, start_resolver):
    fill(policy, "target")
    resolver = start_resolver(modules=DNS64)
    check_blocked(resolver, "alias.many.example", "AAAA")
    check_blocked(resolver, "alias.many.example", "A")
