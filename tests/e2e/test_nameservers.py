"""test_nameservers.py - the triggers nsdname and nsip.

A name server in a listed network condemns every customer of a shared host: it
does so only for feeds that ask for it.
"""

import dns.rcode
import pytest

import replies
from authority import GOOD
from environment import wait_until
from scripted import Scripted

# Below example., which refers to them by these addresses. No feed may block
# the first of each, and Unbound is told not to ask the second.
EVIL, HOST = "127.83.66.1", "127.83.66.2"
EVIL2, HOST2 = "203.0.113.53", "203.0.113.54"
SERVER = "ns.evil.example"  # the one of evil.example and of shop.example
NAME, REAL = "www.shop.example", "192.0.2.20"
CLEAN, CLEAN_REAL = "www.host.example", "192.0.2.21"  # with a server of its own

REGISTRY = f"""\
@ NS ns
www A 192.0.2.50
evil NS ns.evil
ns.evil A {EVIL}
ns.evil A {EVIL2}
shop NS ns.evil
host NS ns.host
ns.host A {HOST}
ns.host A {HOST2}
inner NS ns.evil
victim NS ns.inner
"""
EVIL_ZONES = {
    "evil.example": f"@ NS ns\nns A {EVIL}\nns A {EVIL2}\nwww A 192.0.2.22\n",
    "shop.example": f"@ NS ns.evil.example.\nwww A {REAL}\nother A {REAL}\n"
    "alias CNAME www.host.example.\nalias2 CNAME www.host.example.\n",
    # The server of victim.example is here.
    "inner.example": f"@ NS ns.evil.example.\nns A {HOST}\nwww A 192.0.2.23\n",
}
HOST_ZONES = {
    "host.example": f"@ NS ns\nns A {HOST}\nns A {HOST2}\nwww A {CLEAN_REAL}\nalias CNAME {NAME}.\n"
    f"sub NS ns.sub\nns.sub A {HOST}\n",
    "sub.host.example": f"@ NS ns\nns A {HOST}\nwww A {CLEAN_REAL}\n",
    "victim.example": "@ NS ns.inner.example.\nwww A 192.0.2.24\n",
}

NSDNAME = {"triggers": ["nsdname"]}
NSIP = {"triggers": ["nsip"]}


class Tree:
    """The authorities, and resolvers that find them by referrals."""

    def __init__(self, start_resolver, evil_zones=None, registry=REGISTRY):
        self.start_resolver = start_resolver
        self.servers = []
        self.evil = self.serve(evil_zones or EVIL_ZONES, EVIL, 53)
        self.host = self.serve(HOST_ZONES, HOST, 53)
        self.registry = self.serve({"example": registry})

    def serve(self, zones, *where):
        try:
            self.servers.append(Scripted(zones, *where))
        except BaseException:
            self.stop()
            raise
        return self.servers[-1]

    def resolver(self, server=(), **options):
        return self.start_resolver(
            clauses=self.registry.stub("example"),
            server=["do-not-query-address: 203.0.113.0/24", *server],
            **options,
        )

    def stop(self):
        for server in self.servers:
            server.stop()


@pytest.fixture
def tree(start_resolver):
    made = Tree(start_resolver)
    yield made
    made.stop()


def check_blocked(resolver, name, count=3):
    """Cold, and as often as a cache could answer."""
    for _ in range(count):
        replies.check_sinkhole(resolver.ask(name), name)


# ---- names ----


@pytest.mark.parametrize("threads", [1, 2])
def test_a_server_of_a_listed_name(policy, tree, threads):
    policy.feed("servers", ["evil.example"], **NSDNAME)
    policy.apply()
    resolver = tree.resolver(threads=threads)
    check_blocked(resolver, NAME, 8)
    check_blocked(resolver, "shop.example")
    replies.check_real(resolver.ask(CLEAN), CLEAN_REAL)
    replies.check_real(resolver.ask("www.good.example"), GOOD)
    record = policy.log.wait(qname=NAME)
    assert record["trigger"] == "nsdname"
    assert record["link"] == SERVER
    assert record["matched"] == "evil.example"
    assert record["scope"] == "subtree"


def test_a_server_of_a_listed_name_without_nsdname(policy, tree):
    """The name itself is blocked, the zones that it serves are not."""
    policy.feed("seized", ["evil.example"])
    policy.apply()
    resolver = tree.resolver()
    for _ in range(2):
        replies.check_real(resolver.ask(NAME), REAL)
        check_blocked(resolver, SERVER)


def test_a_server_that_a_client_asked_for(policy, start_resolver):
    """Known by its NS records rather than by a referral."""
    policy.feed("servers", ["listed.example"], **NSDNAME)
    policy.apply()
    resolver = start_resolver()
    replies.check_nodata(resolver.ask("benign.example", "NS"), "benign.example")
    check_blocked(resolver, "www.benign.example")


@pytest.mark.parametrize("qtype", ["TXT", "HTTPS", "NS", "SOA"])
def test_every_type(policy, tree, qtype):
    policy.feed("servers", ["evil.example"], **NSDNAME)
    policy.apply()
    resolver = tree.resolver()
    for name in (NAME, "shop.example", "missing.shop.example"):
        for _ in range(2):
            replies.check_nodata(resolver.ask(name, qtype), name)


def test_an_alias_into_a_zone_with_a_listed_server(policy, tree):
    """The alias itself is served by others."""
    policy.feed("servers", ["evil.example"], **NSDNAME)
    policy.apply()
    check_blocked(tree.resolver(), "alias.host.example")
    assert policy.log.wait(qname="alias.host.example")["link"] == SERVER


def test_a_domain_below_one_with_a_listed_server(policy, tree):
    """The delegation above counts, too."""
    policy.feed("servers", ["ns.host.example"], **NSDNAME)
    policy.apply()
    resolver = tree.resolver()
    check_blocked(resolver, "www.sub.host.example")
    assert policy.log.wait(qname="www.sub.host.example")["link"] == "ns.host.example"


def test_the_servers_of_a_top_level_domain_do_not_count(policy, tree):
    policy.feed("servers", ["ns.example"], scope="exact", **NSDNAME)
    policy.apply()
    resolver = tree.resolver()
    resolver.ask("example", "NS")
    for _ in range(2):
        replies.check_real(resolver.ask(CLEAN), CLEAN_REAL)
    assert policy.log.records() == []


# ---- addresses ----


def test_a_server_in_a_listed_network(policy, tree):
    policy.feed("networks", [f"{EVIL2}/32"], "prefixes", **NSIP)
    policy.apply()
    resolver = tree.resolver()
    check_blocked(resolver, NAME)
    replies.check_real(resolver.ask(CLEAN), CLEAN_REAL)
    record = policy.log.wait(qname=NAME)
    assert record["trigger"] == "nsip"
    assert record["matched"] == f"{EVIL2}/32"
    assert record["address"] == EVIL2


def test_a_server_in_a_listed_network_without_nsip(policy, tree):
    policy.feed("networks", [EVIL2], "prefixes")
    policy.apply()
    resolver = tree.resolver()
    for _ in range(2):
        replies.check_real(resolver.ask(NAME), REAL)
        check_blocked(resolver, SERVER)


def test_a_server_of_a_listed_asn(policy, tree):
    (policy.folder / "origin.csv").write_text(f'{EVIL2},{EVIL2},64500,"BAD-HOST"\n')
    policy.settings["origin"] = [{"file": "origin.csv", "format": "ip-location-db"}]
    policy.feed("asns", ["AS64500"], "asns", **NSIP)
    policy.apply()
    resolver = tree.resolver()
    check_blocked(resolver, NAME)
    replies.check_real(resolver.ask(CLEAN), CLEAN_REAL)
    record = policy.log.wait(qname=NAME)
    assert record["trigger"] == "nsip"
    assert record["matched"] == "AS64500"
    assert record["address"] == EVIL2
    assert record["holder"] == "BAD-HOST"


def test_one_address_that_is_freed(policy, tree):
    policy.feed("freed", [EVIL2], "prefixes", action="allow", **NSIP)
    policy.feed("networks", ["203.0.113.0/24"], "prefixes", **NSIP)
    policy.apply()
    resolver = tree.resolver()
    for _ in range(2):
        replies.check_real(resolver.ask(NAME), REAL)
    check_blocked(resolver, CLEAN)


# ---- RPZ ----


def test_rpz_says_it_itself(policy, tree):
    policy.feed(
        "rpz",
        [f"{SERVER}.rpz-nsdname CNAME .", "32.54.113.0.203.rpz-nsip CNAME *."],
        "rpz",
    )
    policy.apply()
    resolver = tree.resolver()
    for _ in range(2):
        replies.check_nxdomain(resolver.ask(NAME), NAME)
        replies.check_nodata(resolver.ask(CLEAN), CLEAN)


def test_rpz_passthru_for_a_server(policy, tree):
    policy.feed("rpz", [f"{SERVER}.rpz-nsdname CNAME rpz-passthru."], "rpz")
    policy.feed("servers", ["evil.example"], **NSDNAME)
    policy.apply()
    resolver = tree.resolver()
    for _ in range(2):
        replies.check_real(resolver.ask(NAME), REAL)


def test_an_allowed_server_does_not_clear_the_addresses(policy, tree):
    """They come before it, however much of the delegation is known already."""
    policy.feed("rpz", [f"{SERVER}.rpz-nsdname CNAME rpz-passthru."], "rpz")
    policy.feed("networks", [REAL], "prefixes")
    policy.apply()
    resolver = tree.resolver()
    check_blocked(resolver, NAME)
    check_blocked(resolver, "other.shop.example")


def test_more_servers_than_are_looked_at(policy, start_resolver):
    """Such a zone still resolves, and those that are looked at count."""
    policy.feed("servers", ["unrelated.example"], **NSDNAME)
    policy.apply()
    many = "".join(f"shop NS n{number}.elsewhere.example.\n" for number in range(100))
    tree = Tree(start_resolver, registry=REGISTRY + many)
    try:
        resolver = tree.resolver()
        for _ in range(2):
            replies.check_real(resolver.ask(NAME), REAL)
        policy.feed("others", ["elsewhere.example"], **NSDNAME)
        policy.apply()
        check_blocked(resolver, "other.shop.example")
    finally:
        tree.stop()


# ---- what comes before ----


def test_an_allowed_name(policy, tree):
    policy.feed("servers", ["evil.example"], **NSDNAME)
    policy.apply()
    policy.allow(NAME)
    resolver = tree.resolver()
    for _ in range(3):
        replies.check_real(resolver.ask(NAME), REAL)
    check_blocked(resolver, "other.shop.example")


def test_allowing_frees_what_was_blocked(policy, tree):
    policy.feed("servers", ["evil.example"], **NSDNAME)
    policy.apply()
    resolver = tree.resolver()
    check_blocked(resolver, NAME)
    policy.allow("shop.example")
    for _ in range(3):
        replies.check_real(resolver.ask(NAME), REAL)


def test_an_allowed_alias_comes_first_however_warm_the_cache(policy, tree):
    policy.feed("servers", ["evil.example"], **NSDNAME)
    policy.apply()
    policy.allow("www.host.example")
    resolver = tree.resolver()
    for name in ("alias.shop.example", "alias2.shop.example"):
        for _ in range(2):
            replies.check_real(resolver.ask(name), CLEAN_REAL)
        check_blocked(resolver, NAME)


# ---- the cache and the servers ----


def test_nothing_of_it_is_in_the_cache(policy, tree):
    policy.feed("servers", ["evil.example"], **NSDNAME)
    policy.apply()
    policy.allow("witness.example")  # so that each is decided by its answer
    resolver = tree.resolver()
    check_blocked(resolver, NAME, 1)
    hits = resolver.counter("total.num.cachehits")
    check_blocked(resolver, NAME)
    assert resolver.counter("total.num.cachehits") == hits
    messages = resolver.control("dump_cache").partition("START_MSG_CACHE")[2]
    assert f"msg {NAME}. " not in messages
    resolver.ask(CLEAN)
    messages = resolver.control("dump_cache").partition("START_MSG_CACHE")[2]
    assert f"msg {CLEAN}. " in messages


@pytest.mark.parametrize("by", ["nsdname", "nsip", "asn"])
def test_cached_before_the_server_was_listed(policy, tree, by):
    (policy.folder / "origin.csv").write_text(f'{EVIL2},{EVIL2},64500,"BAD-HOST"\n')
    policy.settings["origin"] = [{"file": "origin.csv", "format": "ip-location-db"}]
    policy.apply()
    resolver = tree.resolver()
    names = [NAME, "other.shop.example", "alias.host.example"]
    for name in [*names, CLEAN]:
        resolver.ask(name)
    if by == "nsdname":
        policy.feed("servers", ["evil.example"], **NSDNAME)
    elif by == "nsip":
        policy.feed("networks", [EVIL2], "prefixes", **NSIP)
    else:
        policy.feed("asns", ["AS64500"], "asns", **NSIP)
    policy.apply()
    for name in names:
        wait_until(
            lambda name=name: replies.addresses(resolver.ask(name)) == ["0.0.0.0"],
            "the cached answer stayed",
        )
    hits = resolver.counter("total.num.cachehits")
    replies.check_real(resolver.ask(CLEAN), CLEAN_REAL)
    assert resolver.counter("total.num.cachehits") == hits + 1


# Not harden-referral-path: with it Unbound keeps no referral, and the first
# answers may pass.
@pytest.mark.parametrize(
    "option",
    [
        "qname-minimisation: no",
        "use-caps-for-id: yes",
        "serve-expired: yes",
        "cache-max-ttl: 0",
        'target-fetch-policy: "0 0 0 0 0"',
    ],
)
@pytest.mark.parametrize("by", ["nsdname", "nsip"])
def test_ways_of_resolving(policy, tree, by, option):
    if by == "nsdname":
        policy.feed("servers", ["evil.example"], **NSDNAME)
    else:
        policy.feed("networks", [EVIL2], "prefixes", **NSIP)
    policy.apply()
    resolver = tree.resolver(server=[option])
    for name in (NAME, "other.shop.example", "alias.host.example"):
        check_blocked(resolver, name)
        replies.check_real(resolver.ask(CLEAN), CLEAN_REAL)


def test_a_server_that_is_known_is_not_asked(policy, tree):
    policy.feed("servers", ["evil.example"], **NSDNAME)
    policy.apply()
    resolver = tree.resolver()
    check_blocked(resolver, NAME, 1)
    for name in ("other.shop.example", "shop.example", "a.b.shop.example"):
        check_blocked(resolver, name)
    # Of the server's own address Unbound makes sure by itself.
    assert [name for name in tree.evil.asked if "shop" in name] == [NAME]


def test_in_shadow_mode_the_answer_is_real_and_logged(policy, tree):
    policy.feed("servers", ["evil.example"], mode="shadow", **NSDNAME)
    policy.apply()
    resolver = tree.resolver()
    for name in (NAME, "other.shop.example"):
        replies.check_real(resolver.ask(name), REAL)
        record = policy.log.wait(qname=name)
        assert (record["mode"], record["trigger"]) == ("shadow", "nsdname")
    assert len(policy.log.records()) == 2


@pytest.mark.parametrize("action", ["nxdomain", "refused", "truncate"])
def test_other_actions(policy, tree, action):
    policy.feed("servers", ["evil.example"], action=action, **NSDNAME)
    policy.apply()
    resolver = tree.resolver()
    for _ in range(3):
        reply = resolver.ask(NAME)
        if action == "nxdomain":
            replies.check_nxdomain(reply, NAME)
        elif action == "refused":
            replies.check_refused(reply)
        else:
            assert not reply.answer
            replies.check_real(resolver.ask(NAME, tcp=True), REAL)


# ---- the resolver's own questions ----


def test_a_server_that_is_found_by_way_of_a_listed_one(policy, tree):
    """victim.example is served by ns.inner.example, whose own zone is blocked
    because of its server. The first must resolve."""
    policy.feed("servers", ["evil.example"], **NSDNAME)
    policy.apply()
    resolver = tree.resolver()
    for _ in range(3):
        replies.check_real(resolver.ask("www.victim.example"), "192.0.2.24")
        check_blocked(resolver, "www.inner.example", 1)
        check_blocked(resolver, "ns.inner.example", 1)


@pytest.mark.parametrize("by", ["nsdname", "nsip"])
def test_a_zone_that_names_other_servers_itself(policy, start_resolver, by):
    """The parent's word counts."""
    zones = {"shop.example": f"@ NS ns.other.example.\nwww A {REAL}\nother A {REAL}\n"}
    if by == "nsdname":
        policy.feed("servers", ["evil.example"], **NSDNAME)
    else:
        policy.feed("networks", [EVIL2], "prefixes", **NSIP)
    policy.apply()
    tree = Tree(start_resolver, zones)
    try:
        resolver = tree.resolver()
        check_blocked(resolver, NAME)
        check_blocked(resolver, "other.shop.example")
        assert policy.log.wait(qname=NAME)["trigger"] == by
    finally:
        tree.stop()


def test_a_failure_stays_one(policy, start_resolver):
    """Nobody answers for the zone, and its server is listed."""
    policy.feed("servers", ["evil.example"], **NSDNAME)
    policy.apply()
    policy.allow("witness.example")  # so that each is decided by its answer
    tree = Tree(start_resolver, {"evil.example": EVIL_ZONES["evil.example"]})
    try:
        resolver = tree.resolver()
        for _ in range(3):
            assert resolver.ask(NAME).rcode() == dns.rcode.SERVFAIL
    finally:
        tree.stop()
