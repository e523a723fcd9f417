"""test_actions.py - what a client gets for each action, from each source of it.

One policy for all: an RPZ file with every action, and feeds of plain names
with an action of their own.
"""

import dns.flags
import dns.rcode
import dns.rdatatype
import pytest

import replies
from authority import BAD, GARDEN, GARDEN6, GOOD
from resolver import question

RPZ = [
    "nxdomain.bad.example CNAME .",
    "nodata.bad.example CNAME *.",
    "allow.bad.example CNAME rpz-passthru.",
    "drop.bad.example CNAME rpz-drop.",
    "truncate.bad.example CNAME rpz-tcp-only.",
    "cname.bad.example CNAME www.garden.example.",
    "prefixed.bad.example CNAME *.garden.example.",
    "*.long.bad.example CNAME *.garden.example.",
    "data.bad.example A 198.51.100.7",
    "data.bad.example A 198.51.100.8",
    "data.bad.example AAAA 2001:db8:ffff::7",
    "v4only.bad.example A 198.51.100.7",
]


def fill(policy):
    policy.settings["sinkhole"] = {"ipv4": "0.0.0.0", "ipv6": "::"}
    policy.feed("rpz", RPZ, "rpz")
    for action in ("sinkhole", "nxdomain", "nodata", "refused", "drop", "truncate"):
        policy.feed(f"feed-{action}", [f"{action}.good.example"], action=action)


def check_dropped(resolver, qname):
    """No answer comes, though later questions were answered meanwhile."""
    with resolver.open_socket() as sent:
        sent.send(question(qname).to_wire())
        # Real recursions: an answer to the first question would have come by then.
        for label in ("one", "two"):
            resolver.ask(f"{label}.{qname}.other.example")
        sent.setblocking(False)
        with pytest.raises(BlockingIOError):
            sent.recv(4096)


@pytest.mark.parametrize("name", ["sinkhole.good.example", "a.b.sinkhole.good.example"])
@pytest.mark.parametrize("qtype", ["A", "AAAA"])
def test_sinkhole_answers_both_families(shared, name, qtype):
    replies.check_sinkhole(shared.ask(name, qtype), name)


@pytest.mark.parametrize("name", ["nxdomain.good.example", "nxdomain.bad.example"])
def test_nxdomain(shared, name):
    for qtype in ("A", "AAAA", "TXT"):
        replies.check_nxdomain(shared.ask(name, qtype), name)


@pytest.mark.parametrize("name", ["nodata.good.example", "nodata.bad.example"])
def test_nodata(shared, name):
    for qtype in ("A", "AAAA", "TXT"):
        replies.check_nodata(shared.ask(name, qtype), name)


def test_refused(shared):
    for tcp in (False, True):
        replies.check_refused(shared.ask("refused.good.example", tcp=tcp))
    edns = shared.ask("refused.good.example", edns=True)
    assert edns.rcode() == dns.rcode.REFUSED
    assert replies.ede(edns) == (15, "feed-refused")


@pytest.mark.parametrize("name", ["drop.good.example", "drop.bad.example"])
def test_drop_sends_nothing_over_udp(shared, name):
    check_dropped(shared, name)


def test_drop_sends_nothing_over_tcp(shared):
    """The connection may be closed, or stay and say nothing."""
    with pytest.raises((EOFError, OSError)):
        shared.ask("drop.bad.example", tcp=True, seconds=1)
    replies.check_real(shared.ask("www.bad.example", tcp=True), BAD)


@pytest.mark.parametrize("name", ["truncate.good.example", "truncate.bad.example"])
def test_truncate_sends_the_client_to_tcp(shared, name):
    real = GOOD if "good" in name else BAD
    for round_ in range(3):
        reply = shared.ask(name, edns=round_ == 1)
        assert reply.flags & dns.flags.TC
        assert reply.rcode() == dns.rcode.NOERROR
        assert reply.answer == reply.authority == []
        # Nor must the real answer be found in the cache over UDP afterwards.
        reply = shared.ask(name, tcp=True)
        assert not reply.flags & dns.flags.TC
        replies.check_real(reply, real)


@pytest.mark.parametrize(
    "qtype, expected", [("A", [GARDEN]), ("AAAA", [GARDEN6]), ("TXT", [])]
)
def test_cname_leads_to_the_garden(shared, qtype, expected):
    reply = shared.ask("CNAME.bad.example", qtype)
    check_cname(reply, "CNAME.bad.example", "www.garden.example.")
    assert replies.addresses(reply) == expected


def test_cname_with_a_star_carries_the_query_name(shared):
    reply = shared.ask("prefixed.bad.example")
    target = "prefixed.bad.example.garden.example."
    check_cname(reply, "prefixed.bad.example", target)
    assert replies.addresses(reply) == [GARDEN]


def test_cname_that_would_be_too_long_is_nodata(shared):
    name = ".".join(["x" * 60] * 3 + ["y" * 40, "long.bad.example"])
    replies.check_nodata(shared.ask(name), name)


def test_cname_asked_for_itself(shared):
    reply = shared.ask("cname.bad.example", "CNAME")
    check_cname(reply, "cname.bad.example", "www.garden.example.")
    assert len(reply.answer) == 1


def check_cname(reply, owner, target):
    replies.check_made_by_policy(reply)
    first = reply.answer[0]
    assert first.rdtype == dns.rdatatype.CNAME
    assert first.name.to_text() == replies.spelling(owner)
    assert first[0].target.to_text() == target
    assert first.ttl == replies.TTL
    for rrset in reply.answer[1:]:
        assert rrset.name.to_text() == target


def test_allow_is_the_real_answer(shared):
    replies.check_real(shared.ask("allow.bad.example", edns=True), BAD)


def test_rpz_local_data_replaces_the_sinkhole(shared):
    name = "data.bad.example"
    replies.check_answer(
        shared.ask(name), name, {"A": ["198.51.100.7", "198.51.100.8"]}
    )
    replies.check_answer(
        shared.ask(name, "AAAA"), name, {"AAAA": ["2001:db8:ffff::7"]}
    )
    replies.check_nodata(shared.ask(name, "TXT"), name)


def test_rpz_local_data_of_one_family_blocks_the_other(shared):
    name = "v4only.bad.example"
    replies.check_answer(shared.ask(name), name, {"A": ["198.51.100.7"]})
    replies.check_nodata(shared.ask(name, "AAAA"), name)


def test_names_beside_the_listed_ones_are_real(shared):
    for name in ("www.bad.example", "bad.example", "x.nxdomain.bad.example"):
        replies.check_real(shared.ask(name, edns=True), BAD)
