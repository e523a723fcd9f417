"""test_replies.py - DESIGN section 3: each qtype over UDP and TCP, with and
without EDNS and DO; the flags, the owner, the TTL, the SOA and the EDE."""

import socket

import dns.flags
import dns.query
import dns.rdatatype
import pytest

import replies
from authority import GOOD
from process import has_ipv6
from resolver import Unbound, question

# As the client writes it: 0x20 clients check that they get this spelling back.
NAME = "WwW.baD.eXample"

ANSWERED = {
    "A": {"A": ["0.0.0.0"]},
    "AAAA": {"AAAA": ["::"]},
    "ANY": {"A": ["0.0.0.0"], "AAAA": ["::"]},
}
EMPTY = ["HTTPS", "SVCB", "TXT", "NS", "SOA", "DS", "CNAME", "MX", "SRV", "PTR"]
EMPTY += ["DNSKEY", "NSEC", "RRSIG", "DNAME", "CAA", "TYPE65280"]

CLIENTS = {
    "udp": {},
    "udp-edns": {"edns": True},
    "udp-do": {"do": True},
    "tcp": {"tcp": True},
    "tcp-edns": {"tcp": True, "edns": True},
    "tcp-do": {"tcp": True, "do": True},
}


def fill(policy):
    policy.feed("seized", ["bad.example"])
    policy.feed("court", ["court.example"], ede="censored")
    policy.feed("family", ["family.example"], ede="filtered")
    policy.feed("quiet", ["quiet.example"], ede="none")
    policy.feed("blocked", ["blocked.example"], ede="blocked", action="nxdomain")


def check_edns(reply, client, expected):
    """OPT only for those who sent one, and the EDE in it."""
    if "edns" in client or "do" in client:
        assert reply.edns == 0
        assert replies.ede(reply) == expected
    else:
        assert reply.edns == -1
    assert bool(reply.ednsflags & dns.flags.DO) == ("do" in client)


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
@pytest.mark.parametrize("qtype", ANSWERED)
def test_addresses_go_to_the_sinkhole(shared, qtype, client):
    reply = shared.ask(NAME, qtype, **client)
    replies.check_answer(reply, NAME, ANSWERED[qtype])
    check_edns(reply, client, (15, "seized"))


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
@pytest.mark.parametrize("qtype", EMPTY)
def test_other_types_are_nodata(shared, qtype, client):
    """HTTPS and SVCB too: they bypassed the block elsewhere (blocky#165)."""
    reply = shared.ask(NAME, qtype, **client)
    replies.check_nodata(reply, NAME)
    check_edns(reply, client, (15, "seized"))


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_nxdomain_says_why(shared, client):
    reply = shared.ask("www.blocked.example", "TXT", **client)
    replies.check_nxdomain(reply, "www.blocked.example")
    check_edns(reply, client, (15, "blocked"))


@pytest.mark.parametrize(
    "zone, expected",
    [("court", (16, "court")), ("family", (17, "family")), ("quiet", None)],
)
def test_the_feed_chooses_the_ede(shared, zone, expected):
    """unbound#1505: no EDE on blocks at all."""
    for qtype in ("A", "HTTPS"):
        reply = shared.ask(f"{zone}.example", qtype, edns=True)
        assert replies.ede(reply) == expected


@pytest.mark.parametrize("flags", ["RD AD", "RD CD"])
def test_no_flag_of_the_client_makes_it_authentic(shared, flags):
    reply = shared.ask(NAME, do=True, flags=dns.flags.from_text(flags))
    assert replies.addresses(reply) == ["0.0.0.0"]
    assert not reply.flags & (dns.flags.AD | dns.flags.AA)


def test_the_id_and_the_question_come_back(shared):
    reply = shared.ask(NAME, "HTTPS")
    question = reply.question[0]
    assert question.name.to_text() == NAME + "."
    assert question.rdtype == dns.rdatatype.HTTPS


@pytest.mark.skipif(not has_ipv6(), reason="no ::1 here")
def test_over_ipv6(shared):
    replies.check_sinkhole(shared.ask(NAME, v6=True), NAME)
    replies.check_sinkhole(shared.ask(NAME, "AAAA", v6=True, tcp=True), NAME)


def test_the_answer_is_never_from_the_cache(shared):
    """Each is decided afresh: the TTL does not count down."""
    for _ in range(3):
        hits = shared.counter("total.num.cachehits")
        replies.check_sinkhole(shared.ask(NAME), NAME)
        assert shared.counter("total.num.cachehits") == hits


@pytest.mark.parametrize("qtype", ["A", "AAAA", "TXT", "HTTPS", "MX", "TYPE65280"])
def test_what_is_not_listed_is_as_without_us(shared, authority, tmp_path, qtype):
    """A reply that passes gets nothing added and loses nothing."""
    plain = Unbound(tmp_path, authority, modules="validator iterator").start()
    try:
        for client in CLIENTS.values():
            ours = shared.ask("wWw.good.example", qtype, **client)
            theirs = plain.ask("wWw.good.example", qtype, **client)
            assert without_ttls(ours) == without_ttls(theirs)
    finally:
        plain.stop()


def without_ttls(reply):
    for section in (reply.answer, reply.authority, reply.additional):
        for rrset in section:
            rrset.ttl = 0
    reply.id = 0
    return reply.to_text()


def test_the_owner_and_a_name_that_only_ends_alike(shared):
    """A suffix of letters is no suffix of labels."""
    replies.check_sinkhole(shared.ask("bad.example"), "bad.example")
    reply = shared.ask("notbad.example")
    assert replies.addresses(reply) == ["192.0.2.1"]
    replies.check_real(shared.ask("bad.example.good.example"), GOOD)


def test_many_questions_in_one_connection(shared):
    with socket.create_connection(("127.0.0.1", shared.port), 10) as opened:
        names = ["a.bad.example", "www.good.example", "b.bad.example"] * 5
        for number, name in enumerate(names):
            query = question(name)
            query.id = number
            dns.query.send_tcp(opened, query)
        for _ in names:
            reply, _ = dns.query.receive_tcp(opened)
            expected = GOOD if "good" in names[reply.id] else "0.0.0.0"
            assert replies.addresses(reply) == [expected]
