"""test_clients.py - groups of clients: each gets its own answer, and no other's.

A real answer of a blocked name, which one client may have, must not reach
another: by the cache, by a query that both wait for, or later.
"""

import contextlib
import socket
import time

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import pytest

import replies
from authority import BAD, GARDEN, GOOD
from environment import wait_until
from slow import PATIENT, SLOW, waiting

ENFORCED, SHADOW, EXEMPT = "127.0.0.1", "127.0.0.2", "127.0.0.3"
NETWORK = "192.0.2.64/26"  # holds BAD and SLOW, not GOOD
NAME = "www.bad.example"
GROUPS = [
    {"name": "trial", "prefixes": ["127.0.0.2"], "mode": "shadow"},
    {"name": "servers", "prefixes": ["127.0.0.3/32", "127.0.3.0/24"], "mode": "exempt"},
]
SPARED = [SHADOW, EXEMPT]
ORDERS = [
    (first, second, third)
    for first in (ENFORCED, SHADOW, EXEMPT)
    for second in (ENFORCED, SHADOW, EXEMPT)
    for third in (ENFORCED, SHADOW, EXEMPT)
    if len({first, second, third}) == 3
]


@pytest.fixture
def grouped(policy):
    policy.settings["clients"] = GROUPS
    return policy


@pytest.fixture(params=["qname", "ip", "alias"])
def listed(request, grouped):
    """A name that is blocked in some way; the answer of a spared client."""
    if request.param == "ip":
        grouped.feed("networks", [NETWORK], "prefixes")
        return NAME
    grouped.feed("seized", ["bad.example"])
    return NAME if request.param == "qname" else "alias.good.example"


def check(reply, client, name, address=BAD):
    if client == ENFORCED:
        replies.check_sinkhole(reply, name)
    else:
        replies.check_real(reply, address)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("order", ORDERS, ids=lambda o: "-".join(c[-1] for c in o))
def test_each_group_gets_its_own(listed, grouped, start_resolver, order, threads):
    """Cold and warm, whoever comes first."""
    grouped.apply()
    resolver = start_resolver(threads=threads)
    for _ in range(2):
        for client in order:
            for edns in (False, True):
                reply = resolver.ask(listed, source=client, edns=edns)
                check(reply, client, listed)
                assert client == ENFORCED or replies.ede(reply) is None


def test_what_is_logged_of_whom(listed, grouped, start_resolver):
    grouped.apply()
    resolver = start_resolver()
    for client in (EXEMPT, SHADOW, ENFORCED):
        resolver.ask(listed, source=client)
    enforced = grouped.log.wait(client=ENFORCED)
    shadow = grouped.log.wait(client=SHADOW)
    assert enforced["mode"] == "enforce"
    assert "group" not in enforced
    assert (shadow["mode"], shadow["group"]) == ("shadow", "trial")
    assert shadow["action"] == enforced["action"] == "sinkhole"
    assert shadow["qname"] == listed
    assert grouped.log.records(client=EXEMPT) == []
    assert len(grouped.log.records()) == 2


def test_the_longest_prefix_over_all_groups_wins(policy, start_resolver):
    policy.settings["clients"] = [
        {"name": "all", "prefixes": ["127.0.0.0/8"], "mode": "exempt"},
        {"name": "office", "prefixes": ["127.0.1.0/24"], "mode": "enforce"},
        {"name": "one", "prefixes": ["127.0.1.7"], "mode": "shadow"},
    ]
    policy.feed("seized", ["bad.example"])
    policy.apply()
    resolver = start_resolver()
    replies.check_real(resolver.ask(NAME, source="127.0.0.1"), BAD)
    replies.check_sinkhole(resolver.ask(NAME, source="127.0.1.6"), NAME)
    replies.check_real(resolver.ask(NAME, source="127.0.1.7"), BAD)
    replies.check_real(resolver.ask(NAME, source="127.9.9.9"), BAD)
    assert policy.log.wait(client="127.0.1.7")["group"] == "one"
    assert policy.log.wait(client="127.0.1.6")["group"] == "office"
    assert len(policy.log.records()) == 2


def test_an_ipv6_group(policy, start_resolver):
    policy.settings["clients"] = [
        {"name": "six", "prefixes": ["::1/128"], "mode": "exempt"}
    ]
    policy.feed("seized", ["bad.example"])
    policy.apply()
    resolver = start_resolver()
    try:
        reply = resolver.ask(NAME, v6=True)
    except OSError:
        pytest.skip("no IPv6 here")
    replies.check_real(reply, BAD)
    replies.check_sinkhole(resolver.ask(NAME), NAME)


def test_a_group_that_changes_its_mode(grouped, start_resolver):
    grouped.feed("networks", [NETWORK], "prefixes")
    grouped.apply()
    resolver = start_resolver()
    replies.check_real(resolver.ask(NAME, source=EXEMPT), BAD)
    grouped.settings["clients"] = []
    grouped.apply()
    replies.check_sinkhole(resolver.ask(NAME, source=EXEMPT), NAME)
    grouped.settings["clients"] = GROUPS
    grouped.apply()
    replies.check_real(resolver.ask(NAME, source=EXEMPT), BAD)


def test_a_clean_name_is_cached_for_all(grouped, start_resolver):
    grouped.feed("seized", ["bad.example"])
    grouped.apply()
    resolver = start_resolver()
    for client in (EXEMPT, SHADOW, ENFORCED):
        replies.check_real(resolver.ask("www.good.example", source=client), GOOD)
    assert resolver.counter("total.num.cachehits") == 2


def test_shadow_indicators_and_exempt_clients(grouped, start_resolver):
    """From the cache, too: an exempt client is not logged."""
    grouped.feed("trial", ["bad.example"], mode="shadow")
    grouped.apply()
    resolver = start_resolver()
    for _ in range(2):
        for client in (EXEMPT, SHADOW, ENFORCED):
            replies.check_real(resolver.ask(NAME, source=client), BAD)
    grouped.log.wait(count=2, client=ENFORCED, mode="shadow")
    grouped.log.wait(count=2, client=SHADOW, mode="shadow", group="trial")
    assert grouped.log.records(client=EXEMPT) == []


@pytest.mark.parametrize("threads", [1, 2])
def test_a_spared_answer_does_not_come_back_expired(
    listed, grouped, start_resolver, threads
):
    """serve-expired and prefetch look into the same cache."""
    grouped.apply()
    resolver = start_resolver(
        threads=threads,
        server=["serve-expired: yes", "prefetch: yes", "cache-max-ttl: 1"],
    )
    for _ in range(3):
        for client in (EXEMPT, ENFORCED, SHADOW, ENFORCED):
            check(resolver.ask(listed, source=client), client, listed)
        time.sleep(1.1)


ACTIONS = ["sinkhole", "nxdomain", "nodata", "refused", "truncate"]


def check_action(reply, action, name):
    if action == "sinkhole":
        replies.check_sinkhole(reply, name)
    elif action == "nxdomain":
        replies.check_nxdomain(reply, name)
    elif action == "nodata":
        replies.check_nodata(reply, name)
    elif action == "refused":
        replies.check_refused(reply)
    else:
        assert reply.flags & dns.flags.TC and not reply.answer


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_each_action(grouped, start_resolver, action, tcp):
    grouped.feed("seized", ["seized.bad.example"], action=action)
    grouped.feed("networks", [NETWORK], "prefixes", action=action)
    grouped.apply()
    resolver = start_resolver()
    for name in ("seized.bad.example", NAME):
        for client in (EXEMPT, ENFORCED, SHADOW, ENFORCED, EXEMPT):
            reply = resolver.ask(name, source=client, tcp=tcp)
            if client == ENFORCED and not (tcp and action == "truncate"):
                check_action(reply, action, name)
            else:
                replies.check_real(reply, BAD)


# ---- clients that wait for one answer ----


WAITING = "www.slow.example"


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("action", [a for a in ACTIONS if a != "truncate"])
@pytest.mark.parametrize("order", ORDERS, ids=lambda o: "-".join(c[-1] for c in o))
def test_joined_by_address(grouped, start_resolver, slow, order, action, threads):
    """It is known only when the answer is there; all wait for that."""
    grouped.feed("networks", [NETWORK], "prefixes", action=action)
    grouped.apply()
    resolver = start_resolver(
        server=PATIENT, clauses=slow.stub(), threads=threads
    )
    questions = [(WAITING, {"source": c, "edns": True}) for c in order]
    with waiting(resolver, slow, *questions) as found:
        pass
    for client, reply in zip(order, found):
        if client == ENFORCED:
            check_action(reply, action, WAITING)
            assert replies.ede(reply) is not None
        else:
            replies.check_real(reply, SLOW)
    grouped.log.wait(client=ENFORCED, mode="enforce")
    grouped.log.wait(client=SHADOW, mode="shadow", group="trial")
    assert len(grouped.log.records()) == 2
    # What comes later meets nothing of it.
    check_action(resolver.ask(WAITING), action, WAITING)
    replies.check_real(resolver.ask(WAITING, source=EXEMPT), SLOW)


@pytest.mark.parametrize("first", SPARED)
def test_joined_by_name(grouped, start_resolver, slow, first):
    """A spared client waits; one that is not gets its answer at once."""
    grouped.feed("seized", ["slow.example"])
    grouped.apply()
    resolver = start_resolver(server=PATIENT, clauses=slow.stub())
    with waiting(resolver, slow, (WAITING, {"source": first})) as found:
        replies.check_sinkhole(resolver.ask(WAITING), WAITING)
    replies.check_real(found[0], SLOW)
    replies.check_sinkhole(resolver.ask(WAITING), WAITING)


def test_joined_with_truncate(grouped, start_resolver, slow):
    """Over TCP the enforced client waits for the real answer; a spared one
    over UDP that comes meanwhile gets it too."""
    grouped.feed("limit", ["slow.example"], action="truncate")
    grouped.apply()
    resolver = start_resolver(server=PATIENT, clauses=slow.stub())
    questions = [
        (WAITING, {"tcp": True}),
        (WAITING, {"source": EXEMPT}),
        (WAITING, {"source": SHADOW}),
    ]
    with waiting(resolver, slow, *questions) as found:
        reply = resolver.ask(WAITING)
        assert reply.flags & dns.flags.TC and not reply.answer
    for reply in found:
        replies.check_real(reply, SLOW)


def test_joined_on_the_way_to_the_garden(grouped, start_resolver, slow):
    grouped.feed("rpz", ["*.bad.example CNAME www.slow.example."], "rpz")
    grouped.apply()
    resolver = start_resolver(server=PATIENT, clauses=slow.stub())
    with waiting(resolver, slow, (NAME, {})) as found:
        for client in SPARED:
            replies.check_real(resolver.ask(NAME, source=client), BAD)
    assert replies.addresses(found[0]) == [SLOW]
    replies.check_made_by_policy(found[0])


def test_a_garden_for_an_address(grouped, start_resolver):
    grouped.feed("rpz", ["26.64.2.0.192.rpz-ip CNAME www.garden.example."], "rpz")
    grouped.apply()
    resolver = start_resolver()
    for client in (EXEMPT, ENFORCED, SHADOW, ENFORCED):
        reply = resolver.ask(NAME, source=client)
        expected = GARDEN if client == ENFORCED else BAD
        assert replies.addresses(reply) == [expected]


def ask_until_answered(resolver, name, **options):
    """Ask again, as a client does whose query was dropped with others'."""
    for _ in range(10):
        with contextlib.suppress(dns.exception.Timeout):
            return resolver.ask(name, seconds=1, **options)
    raise AssertionError("no answer to ten queries")


def test_dropped_for_one_is_dropped_for_all_that_wait(grouped, start_resolver, slow):
    """Unbound drops a query as a whole. Who asks again gets his own."""
    grouped.feed("networks", [NETWORK], "prefixes", action="drop")
    grouped.apply()
    resolver = start_resolver(server=PATIENT, clauses=slow.stub())
    sockets = [resolver.open_socket(client) for client in (ENFORCED, EXEMPT)]
    with contextlib.ExitStack() as stack:
        for opened in sockets:
            stack.enter_context(opened)
        for number, opened in enumerate(sockets):
            opened.send(dns.message.make_query(WAITING, "A").to_wire())
            wait_until(
                lambda n=number: resolver.counter("total.num.queries") > n,
                "Unbound was not asked",
            )
        slow.release()
        reply = ask_until_answered(resolver, WAITING, source=EXEMPT)
        replies.check_real(reply, SLOW)
        sockets[0].settimeout(0.5)
        with pytest.raises(socket.timeout):
            sockets[0].recv(4096)


def test_a_failure_is_a_failure_for_all(grouped, start_resolver, authority):
    """An exempt client's SERVFAIL is not left behind for a blocked name."""
    grouped.feed("seized", ["bogus.example"])
    grouped.apply()
    wrong = authority.trust_anchors["signed.example"].replace("signed", "bogus")
    resolver = start_resolver(server=[f'trust-anchor: "{wrong}"'])
    name = "www.bogus.example"
    for _ in range(2):
        assert resolver.ask(name, source=EXEMPT).rcode() == dns.rcode.SERVFAIL
        replies.check_sinkhole(resolver.ask(name), name)


def test_a_signed_answer_for_an_exempt_client(grouped, start_resolver, authority):
    grouped.feed("seized", ["signed.example"])
    grouped.apply()
    anchor = authority.trust_anchors["signed.example"]
    resolver = start_resolver(server=[f'trust-anchor: "{anchor}"'])
    name = "www.signed.example"
    for _ in range(2):
        reply = resolver.ask(name, source=EXEMPT, do=True)
        assert replies.addresses(reply) and reply.flags & dns.flags.AD
        replies.check_sinkhole(resolver.ask(name), name)
