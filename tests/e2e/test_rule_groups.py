"""test_rule_groups.py - rules for groups of clients, who wait for one answer.

That such a rule holds is known only when the answer is there: it is the answer
that meets it. Clients of other groups wait for the same one.
"""

import itertools

import pytest

from observing import rule
from replies import check_nxdomain, check_real, check_sinkhole
from slow import PATIENT, SLOW, waiting
from test_clients import WAITING

KID, STAFF, EXEMPT, GUEST = "127.0.0.9", "127.0.0.8", "127.0.0.3", "127.0.0.1"
GROUPS = [
    {"name": "kids", "prefixes": [KID], "mode": "enforce"},
    {"name": "staff", "prefixes": [STAFF], "mode": "enforce"},
    {"name": "servers", "prefixes": [EXEMPT], "mode": "exempt"},
]
WHEN = {"ttl-max": "1h", "name-under": "slow.example"}
ORDERS = list(itertools.permutations([KID, STAFF, EXEMPT, GUEST]))


def for_group(name, **options):
    return rule(name, when={**WHEN, "client-group": name}, **options)


def start(observing, slow, *rules):
    observing.policy.settings["clients"] = GROUPS
    observing.rules(*rules)
    return observing.start(server=PATIENT, clauses=slow.stub())


def ask_all(resolver, slow, order):
    """{client: reply}, of clients that wait together."""
    questions = [(WAITING, {"source": client, "edns": True}) for client in order]
    with waiting(resolver, slow, *questions) as found:
        pass
    return dict(zip(order, found))


def is_real(reply):
    check_real(reply, SLOW)


def is_sunk(reply):
    assert [rrset[0].address for rrset in reply.answer] == ["0.0.0.0"]


@pytest.mark.parametrize("order", ORDERS, ids=lambda o: "-".join(c[-1] for c in o))
def test_rule_for_one_group(observing, slow, order):
    resolver = start(observing, slow, for_group("kids"))
    replies = ask_all(resolver, slow, order)
    for client, reply in replies.items():
        (is_sunk if client == KID else is_real)(reply)
    log = observing.policy.log
    record = log.wait(qname=WAITING, client=KID)
    assert (record["mode"], record["rule"], record["group"]) == (
        "enforce", "kids", "kids")
    assert len(log.records(qname=WAITING)) == 1
    # Nothing of it is left for who comes later.
    for client in order:
        reply = resolver.ask(WAITING, source=client)
        if client == KID:
            check_sinkhole(reply, WAITING)
        else:
            is_real(reply)


@pytest.mark.parametrize("order", [ORDERS[0], ORDERS[-1]], ids=["kid-first", "last"])
def test_rules_for_two_groups(observing, slow, order):
    """Whoever waits may get what the other's rule does, but is blocked; who
    comes later gets what his own does."""
    resolver = start(
        observing, slow, for_group("kids"), for_group("staff", action="nxdomain")
    )
    replies = ask_all(resolver, slow, order)
    for client in (GUEST, EXEMPT):
        is_real(replies[client])
    for client in (KID, STAFF):
        assert SLOW not in replies[client].to_text()
        observing.policy.log.wait(qname=WAITING, client=client, mode="enforce")
    check_sinkhole(resolver.ask(WAITING, source=KID), WAITING)
    check_nxdomain(resolver.ask(WAITING, source=STAFF), WAITING)
    is_real(resolver.ask(WAITING, source=GUEST))


@pytest.mark.parametrize("order", [ORDERS[0], ORDERS[-1]], ids=["kid-first", "last"])
def test_trial_for_one_group(observing, slow, order):
    """A record of nobody else, also of what comes from the cache."""
    resolver = start(observing, slow, for_group("kids", mode="shadow"))
    for reply in ask_all(resolver, slow, order).values():
        is_real(reply)
    for client in order:
        is_real(resolver.ask(WAITING, source=client))
    log = observing.policy.log
    log.wait(qname=WAITING, client=KID, mode="shadow")
    assert not [r for r in log.records(qname=WAITING) if r["client"] != KID]
