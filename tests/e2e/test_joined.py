"""test_joined.py - several clients that wait for one answer.

Unbound lets them share one query state, which passes the module once; what
policy gives to one of them must not reach the others, and each is logged.
"""

import math

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

import replies
from authority import GARDEN
from environment import PATIENCE, wait_until
from slow import PATIENT, SLOW, waiting

LIMIT = f"--wait={math.ceil(60 * PATIENCE)}s"


def test_two_clients_in_shadow_are_both_logged(policy, start_resolver, slow):
    policy.feed("trial", ["slow.example"], mode="shadow")
    policy.apply()
    resolver = start_resolver(server=PATIENT, clauses=slow.stub())
    name = "www.slow.example"
    clients = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
    questions = [(name, {"source": source}) for source in clients]
    with waiting(resolver, slow, *questions) as found:
        pass
    for reply in found:
        replies.check_real(reply, SLOW)
    for client in clients:
        policy.log.wait(client=client, qname=name, mode="shadow")
    assert len(policy.log.records()) == 3


def test_truncate_for_udp_while_tcp_waits(policy, start_resolver, slow):
    """The client over TCP gets the real answer, the one over UDP never."""
    policy.feed("limit", ["slow.example"], action="truncate")
    policy.apply()
    resolver = start_resolver(server=PATIENT, clauses=slow.stub())
    name = "www.slow.example"
    questions = [(name, {"tcp": True}), (name, {}), (name, {"tcp": True})]
    with waiting(resolver, slow, *questions) as found:
        pass
    replies.check_real(found[0], SLOW)
    replies.check_real(found[2], SLOW)
    assert found[1].flags & dns.flags.TC
    assert found[1].answer == []
    policy.log.wait(qname=name, action="truncate")


def test_each_waits_for_the_garden_under_its_own_spelling(
    policy, start_resolver, slow
):
    policy.feed("rpz", ["*.bad.example CNAME www.slow.example."], "rpz")
    policy.apply()
    resolver = start_resolver(server=PATIENT, clauses=slow.stub())
    names = ["www.bad.example", "WWW.bad.EXAMPLE", "other.bad.example"]
    with waiting(resolver, slow, *[(name, {}) for name in names]) as found:
        pass
    for name, reply in zip(names, found):
        replies.check_made_by_policy(reply)
        assert reply.question[0].name.to_text() == name + "."
        assert reply.answer[0].name.to_text() == name + "."
        assert replies.addresses(reply) == [SLOW]
        policy.log.wait(qname=name, action="cname")
    assert len(policy.log.records()) == 3


def test_a_block_that_comes_while_clients_wait(policy, start_resolver, slow):
    """They may get either answer; those who ask later are blocked."""
    policy.apply()
    resolver = start_resolver(server=PATIENT, clauses=slow.stub())
    name = "www.slow.example"
    with waiting(resolver, slow, (name, {}), (name, {})) as found:
        policy.block("slow.example")
    for reply in found:
        assert replies.addresses(reply) in ([SLOW], ["0.0.0.0"])
    other = "other.slow.example"
    replies.check_sinkhole(resolver.ask(other), other)


def test_a_client_that_joins_what_a_garden_waits_for(policy, start_resolver, slow):
    """The garden is in a listed network, and shows all the same; who asks for
    its name himself must ask again, and is blocked."""
    policy.feed("rpz", ["*.bad.example CNAME www.slow.example."], "rpz")
    policy.feed("networks", [SLOW], "prefixes")
    policy.apply()
    resolver = start_resolver(server=PATIENT, clauses=slow.stub())
    name = "www.slow.example"
    with resolver.open_socket() as joined:
        with waiting(resolver, slow, ("www.bad.example", {})) as found:
            joined.send(dns.message.make_query(name, "A").to_wire())
            wait_until(
                lambda: resolver.counter("total.num.queries") >= 2,
                "Unbound was not asked",
            )
        assert replies.addresses(found[0]) == [SLOW]
        joined.settimeout(0.5 * PATIENCE)
        with pytest.raises(TimeoutError):
            joined.recv(4096)
    for _ in range(2):
        replies.check_sinkhole(resolver.ask(name), name)


@pytest.mark.parametrize("qtype", ["A", "TXT", "MX"])
def test_a_block_in_force_before_the_answer_comes(policy, start_resolver, slow, qtype):
    """The name was found clean; the answer may have nothing else to look at."""
    policy.apply()
    resolver = start_resolver(server=PATIENT, clauses=slow.stub())
    name = "www.slow.example"
    check = replies.check_sinkhole if qtype == "A" else replies.check_nodata
    with waiting(resolver, slow, (name, {"qtype": qtype})) as found:
        policy.block("slow.example", LIMIT)
    check(found[0], name)
    for _ in range(2):
        check(resolver.ask(name, qtype), name)
    assert resolver.counter("total.num.cachehits") == 0


def test_a_block_of_an_alias_before_its_target_answers(
    policy, start_resolver, slow, authority_that_changes
):
    """The target, which is clean, comes last and says nothing for the alias."""
    policy.apply()
    alias, target = "www.alias.example", "www.slow.example"
    authority_that_changes.give(alias, [(alias, 3600, "CNAME", f"{target}.")])
    stubs = slow.stub() + authority_that_changes.stub("alias.example")
    resolver = start_resolver(server=PATIENT, clauses=stubs)
    with waiting(resolver, slow, (alias, {})) as found:
        wait_until(lambda: target in slow.asked, "the alias is not followed")
        policy.block("alias.example", LIMIT)
    for reply in (found[0], resolver.ask(alias)):
        replies.check_sinkhole(reply, alias)
    replies.check_real(resolver.ask(target), SLOW)


def test_a_garden_that_cannot_be_resolved(policy, start_resolver, authority):
    """SERVFAIL or the CNAME alone; never the real address, nor silence."""
    policy.feed("rpz", ["bad.example CNAME www.bogus.example."], "rpz")
    policy.feed("other", ["www.bad.example CNAME www.garden.example."], "rpz")
    policy.apply()
    wrong = authority.trust_anchors["signed.example"].replace("signed", "bogus")
    resolver = start_resolver(server=[f'trust-anchor: "{wrong}"'])
    reply = resolver.ask("bad.example")
    assert reply.rcode() in (dns.rcode.SERVFAIL, dns.rcode.NOERROR)
    assert [r.rdtype for r in reply.answer] in ([], [dns.rdatatype.CNAME])
    assert replies.addresses(resolver.ask("www.bad.example")) == [GARDEN]
