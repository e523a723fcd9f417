"""test_paths.py - whichever way an answer comes, it is blocked and not kept.

Stub zones are how all other tests reach the authority.
"""

import threading
import time

import dns.message
import dns.rdataset
import pytest

import replies
from authority import BAD, GOOD
from environment import PATIENCE, wait_until
from resolver import Unbound, question
from scripted import Scripted
from slow import PATIENT, SlowAuthority
from test_triggers import cached_messages

# Below many.example: listed by name, by alias, by address, by a hint.
BLOCKED = [
    ("name", "A"),
    ("alias", "A"),
    ("chain", "AAAA"),
    ("www.tree", "A"),
    ("address", "A"),
    ("address", "AAAA"),
    ("several", "A"),
]
EMPTIED = [("target", "HTTPS"), ("hint4", "HTTPS"), ("hint6", "SVCB")]
CLEAN = ("clean.many.example", "192.0.2.11")


@pytest.fixture
def listed(policy):
    policy.feed("names", ["name.many.example", "bad.example"])
    policy.feed("networks", ["192.0.2.64/26", "2001:db8::60/124"], "prefixes")
    policy.apply()
    return policy


def check_blocked(resolver, label, qtype):
    name = f"{label}.many.example"
    reply = resolver.ask(name, qtype)
    if (label, qtype) in EMPTIED:
        replies.check_nodata(reply, name)
    else:
        replies.check_sinkhole(reply, name)


def check_path(resolver, policy, rounds=3):
    for _ in range(rounds):
        for label, qtype in BLOCKED + EMPTIED:
            check_blocked(resolver, label, qtype)
        replies.check_real(resolver.ask(CLEAN[0]), CLEAN[1])
    blocked = {f"{label}.many.example." for label, _ in BLOCKED + EMPTIED}
    assert not cached_messages(resolver) & blocked
    policy.allow("many.example")
    for label, qtype in BLOCKED + EMPTIED:
        for _ in range(2):
            reply = resolver.ask(f"{label}.many.example", qtype)
            assert reply.answer
            assert not {"0.0.0.0", "::"} & set(replies.addresses(reply))


# ---- ways of Unbound's own cache ----

WAYS = {
    "plain": [],
    "serve-expired": ["serve-expired: yes"],
    "serve-expired-at-once": [
        "serve-expired: yes",
        "serve-expired-client-timeout: 0",
        "serve-expired-ttl: 86400",
    ],
    "serve-expired-late": ["serve-expired: yes", "serve-expired-client-timeout: 1800"],
    "prefetch": ["prefetch: yes", "prefetch-key: yes"],
    "cache-min-ttl": ["cache-min-ttl: 3600"],
    "cache-max-ttl": ["cache-max-ttl: 0"],
    "no-minimisation": ["qname-minimisation: no"],
    "strict-minimisation": ["qname-minimisation-strict: yes"],
    "full-responses": ["minimal-responses: no"],
    "capital-letters": ["use-caps-for-id: yes"],
    "aggressive-nsec": ["aggressive-nsec: yes"],
}


@pytest.mark.parametrize("server", WAYS.values(), ids=WAYS)
def test_options(listed, start_resolver, server):
    check_path(start_resolver(server=server), listed)


@pytest.mark.parametrize("threads", [1, 2])
def test_threads(listed, start_resolver, threads):
    check_path(start_resolver(threads=threads), listed, 3 * threads)


# ---- where the answer is from ----


@pytest.mark.parametrize("tcp", [False, True])
def test_a_forwarder(listed, authority, start_resolver, tmp_path_factory, tcp):
    """forward-zone: to another Unbound, without the module."""
    folder = tmp_path_factory.mktemp("forwarder")
    forwarder = Unbound(folder, authority, modules="iterator").start()
    try:
        options = "\tforward-tcp-upstream: yes\n" if tcp else ""
        forward = f'forward-zone:\n\tname: "."\n\tforward-addr: 127.0.0.1@{forwarder.port}\n'
        check_path(start_resolver(stub_zones=forward + options), listed)
    finally:
        forwarder.stop()


@pytest.mark.parametrize("modules", ["validator iterator", "iterator"])
def test_an_auth_zone(listed, authority, start_resolver, modules):
    """Its answers pass the module where they are Unbound's upstream."""
    zone = authority.folder / "many.example.zone"
    clauses = f"""\
auth-zone:
\tname: "many.example"
\tzonefile: "{zone}"
\tfor-downstream: no
\tfor-upstream: yes
"""
    check_path(start_resolver(clauses=clauses, modules=f"dynlib {modules}"), listed)


@pytest.mark.parametrize("clients", ["", "client-subnet-always-forward: yes"])
def test_subnetcache(listed, start_resolver, clients):
    """It has a cache of its own, behind the module."""
    server = ["send-client-subnet: 127.0.0.1", *([clients] if clients else [])]
    resolver = start_resolver(
        server=server, modules="dynlib subnetcache validator iterator"
    )
    check_path(resolver, listed)


def test_respip_beside_it(listed, start_resolver):
    check_path(start_resolver(modules="dynlib respip validator iterator"), listed)


@pytest.mark.parametrize("before", ["dns64", "subnetcache", "iterator"])
def test_what_must_not_stand_before_it_is_refused(
    policy, start_resolver, tmp_path, authority, before
):
    """Its answers would pass the module by, and nobody would notice."""
    policy.apply()
    modules = ["validator", "iterator"]
    if before in modules:
        modules.remove(before)
    modules = [before, "dynlib", *modules]
    resolver = Unbound(tmp_path, authority, policy.database, " ".join(modules))
    resolver.refuse()
    assert resolver.log_has(f"answers of {before} would not be filtered")
    modules = ["dynlib", *(module for module in modules if module != "dynlib")]
    if before != "iterator":
        assert start_resolver(modules=" ".join(modules)).ask("www.good.example")


def test_an_auth_zone_for_clients_is_the_operators_own(policy, authority, start_resolver):
    """Unbound answers from it before any module, as from local-data."""
    policy.feed("networks", [BAD], "prefixes")
    policy.apply()
    zone = authority.folder / "many.example.zone"
    clauses = f'auth-zone:\n\tname: "many.example"\n\tzonefile: "{zone}"\n'
    resolver = start_resolver(clauses=clauses)
    replies.check_real(resolver.ask("address.many.example"), BAD)


# ---- answers that change ----


@pytest.fixture
def changing():
    """shop.example, whose address tests change; its TTL is a second."""
    server = Scripted({"shop.example": f"@ NS ns\nwww 1 A {GOOD}\n"})
    yield server
    server.stop()


NAME = "www.shop.example"


def move(server, address, ttl=1):
    found = dns.rdataset.from_text("IN", "A", ttl, address)
    server.zones[0].replace_rdataset(f"{NAME}.", found)


def expire():
    """Wait until what is cached of NAME is too old."""
    time.sleep(2)


EXPIRED = [
    ["serve-expired: yes"],
    ["serve-expired: yes", "serve-expired-client-timeout: 1800"],
    ["serve-expired: yes", "prefetch: yes", "cache-min-ttl: 1"],
]


@pytest.mark.parametrize("server", EXPIRED, ids=["at-once", "late", "prefetch"])
def test_an_expired_answer_that_moves_into_a_listed_network(
    listed, start_resolver, changing, server
):
    """The old address may be served once more while Unbound fetches the new
    one, which no client asked for."""
    resolver = start_resolver(server=server, clauses=changing.stub("shop.example"))
    replies.check_real(resolver.ask(NAME), GOOD)
    move(changing, BAD)
    expire()
    first = replies.addresses(resolver.ask(NAME))
    assert first in ([GOOD], ["0.0.0.0"])
    seen = set()

    def blocked():
        found = replies.addresses(resolver.ask(NAME))
        seen.update(found)
        return found == ["0.0.0.0"]

    wait_until(blocked, "the new address is not blocked")
    for _ in range(3):
        replies.check_sinkhole(resolver.ask(NAME), NAME)
    assert BAD not in seen
    assert f"{NAME}." not in cached_messages(resolver)


def test_an_expired_answer_that_is_listed_is_never_served(
    policy, start_resolver, changing
):
    """Also where nobody answers any more."""
    policy.apply()
    resolver = start_resolver(
        server=["serve-expired: yes"], clauses=changing.stub("shop.example")
    )
    replies.check_real(resolver.ask(NAME), GOOD)
    policy.feed("networks", [GOOD], "prefixes")
    policy.apply()
    wait_until(
        lambda: replies.addresses(resolver.ask(NAME)) == ["0.0.0.0"], "not blocked"
    )
    changing.zones.clear()  # REFUSED from now on
    expire()
    for _ in range(3):
        assert GOOD not in replies.addresses(resolver.ask(NAME))


def test_a_prefetched_answer(listed, start_resolver, changing):
    """Fetched for nobody, in the last tenth of its time."""
    move(changing, GOOD, 10)
    resolver = start_resolver(
        server=["prefetch: yes"], clauses=changing.stub("shop.example")
    )
    replies.check_real(resolver.ask(NAME), GOOD)
    move(changing, BAD, 10)
    seen = set()

    def blocked():
        found = replies.addresses(resolver.ask(NAME))
        seen.update(found)
        return found == ["0.0.0.0"]

    wait_until(blocked, "the new address is not blocked", 20)
    for _ in range(3):
        replies.check_sinkhole(resolver.ask(NAME), NAME)
    assert seen == {GOOD, "0.0.0.0"}


def test_a_clean_answer_is_allowed_to_move_back(listed, start_resolver, changing):
    """Nothing of a block is kept."""
    move(changing, BAD)
    resolver = start_resolver(
        server=["cache-min-ttl: 3600", "serve-expired: yes"],
        clauses=changing.stub("shop.example"),
    )
    replies.check_sinkhole(resolver.ask(NAME), NAME)
    move(changing, GOOD)
    for _ in range(2):
        replies.check_real(resolver.ask(NAME), GOOD)


ON_THE_WAY = f"""\
@ NS ns
www 60 A {GOOD}
listed.www 60 A {BAD}
web 60 A {GOOD}
freed.web 60 A {BAD}
alias 60 CNAME xy.shop.example.
xy 60 CNAME www.bad.example.
"""


# Without the validator Unbound gives out at once what it has stored.
@pytest.mark.parametrize("modules", ["dynlib validator iterator", "dynlib iterator"])
@pytest.mark.parametrize(
    "label, entries, form",
    [("listed.www", [BAD], "prefixes"), ("alias", ["bad.example"], "domains")],
    ids=["address", "name"],
)
def test_a_clean_answer_on_the_way_to_a_listed_one(
    policy, start_resolver, label, entries, form, modules
):
    """Unbound asks for the names above (RFC 9156), and follows aliases one by
    one: what was found clean there says nothing of the rest."""
    policy.feed("list", entries, form)
    policy.apply()
    policy.allow("freed.web.shop.example")
    server = Scripted({"shop.example": ON_THE_WAY})
    try:
        resolver = start_resolver(clauses=server.stub("shop.example"), modules=modules)
        name = f"{label}.shop.example"
        for _ in range(2):
            replies.check_sinkhole(resolver.ask(name), name)
        assert (NAME if form == "prefixes" else "xy.shop.example") in server.asked
        replies.check_real(resolver.ask(NAME), GOOD)
        # What was met on the way is left for nobody, and an exception holds.
        other = "www.bad.example"
        replies.check_sinkhole(resolver.ask(other), other)
        replies.check_real(resolver.ask("freed.web.shop.example"), BAD)
    finally:
        server.stop()


# ---- a question of the resolver's own that a client joins ----


def test_a_client_that_joins_a_nameservers_address(policy, start_resolver, authority):
    """The address is being fetched, for a benign zone, and is listed."""
    slow = SlowAuthority("127.0.0.1")
    policy.apply()
    policy.block("127.0.0.1", "--force")
    zone = '\tname: "benign.example"\n\t'
    by_address = f"{zone}stub-addr: 127.0.0.1@{authority.port}"
    by_name = f"{zone}stub-host: ns1.slow.example@{authority.port}"
    stubs = authority.stub_zones().replace(by_address, by_name)
    stubs += slow.stub()
    resolver = start_resolver(stub_zones=stubs, server=PATIENT)
    name = "ns1.slow.example"
    try:
        with resolver.open_socket() as benign, resolver.open_socket() as joined:
            benign.send(question("www.benign.example").to_wire())
            wait_until(
                lambda: name in resolver.control("dump_requestlist"),
                "the nameserver's address was not asked for",
            )
            joined.send(question(name).to_wire())
            wait_until(
                lambda: resolver.counter("total.num.queries") >= 2, "it was not asked"
            )
            slow.release()
            answer = dns.message.from_wire(benign.recv(4096))
            replies.check_real(answer, "192.0.2.20")
            joined.settimeout(0.5 * PATIENCE)
            try:  # left to ask again, or blocked
                answer = dns.message.from_wire(joined.recv(4096))
                replies.check_sinkhole(answer, name)
            except TimeoutError:
                pass
        for _ in range(3):
            replies.check_sinkhole(resolver.ask(name), name)
            replies.check_real(resolver.ask("www.benign.example"), "192.0.2.20")
    finally:
        slow.stop()


def test_many_clients_at_once(listed, start_resolver):
    """Several threads ask for the same names, cold: not one gets a real answer."""
    resolver = start_resolver(threads=2)
    wrong = []

    def client():
        for label, qtype in BLOCKED:
            reply = resolver.ask(f"{label}.many.example", qtype)
            if set(replies.addresses(reply)) - {"0.0.0.0", "::"}:
                wrong.append(reply.to_text())

    clients = [threading.Thread(target=client) for _ in range(8)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join(60 * PATIENCE)
    assert wrong == []
