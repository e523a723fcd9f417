"""test_behaviour.py - rules about how a name behaves, in answers that change."""

import itertools
import json
import math
import re

import pytest

import replies
from environment import PATIENCE, TOP_SRCDIR, wait_until
from observing import ADDRESS, LIMIT, WITNESS, observe, rule
from replies import check_nodata, check_nxdomain, check_real, check_sinkhole, ede

OTHER = "192.0.2.2"
ADDRESS6 = "2001:db8::1"
SOON = f"{2 * math.ceil(PATIENCE)}s"
LOW = {"ttl-max": 30}


# ---- the TTL ----


def test_ttl_is_that_of_the_authority(observing):
    """cache-min-ttl raises what is stored, and so what the parsed message has."""
    observing.rules(rule("short", when=LOW))
    observing.server.say("short.example", 30, ADDRESS)
    observing.server.say("long.example", 300, ADDRESS)
    observing.start(server=["cache-min-ttl: 3600"])
    reply = observing.ask("www.short.example", edns=True)
    check_sinkhole_with_edns(reply, "www.short.example")
    assert ede(reply) == (15, "short")
    check_real(observing.ask("www.long.example"), ADDRESS)
    record = observing.policy.log.wait(rule="short")
    assert record["qname"] == "www.short.example"
    assert record["trigger"] == "rules"
    assert record["matched"] == "www.short.example"
    assert record["scope"] == "exact"
    assert record["conditions"] == "ttl-max: 30 s"
    assert (record["action"], record["mode"]) == ("sinkhole", "enforce")


TTL_OF_ZERO = 0x80000000 | 3600  # RFC 2181, section 8


@pytest.mark.parametrize(
    "most, records",
    [
        (30, [("www.odd.example", 300, "A", ADDRESS), ("www.odd.example", 30, "A", OTHER)]),
        (30, [("www.odd.example", 30, "A", OTHER), ("www.odd.example", 300, "A", ADDRESS)]),
        (0, [("www.odd.example", TTL_OF_ZERO, "A", ADDRESS)]),
    ],
    ids=["last", "first", "zero"],
)
def test_least_ttl_counts(observing, most, records):
    observing.rules(
        rule("most", when={"ttl-max": most, "name-under": "odd.example"}),
        rule("less", when={"ttl-max": most + 299, "name-under": "more.example"}),
    )
    observing.server.give("www.odd.example", records)
    observing.server.give("www.more.example", [("www.more.example", most + 300, "A", ADDRESS)])
    observing.start()
    check_sinkhole(observing.ask("www.odd.example"), "www.odd.example")
    check_real(observing.ask("www.more.example"), ADDRESS)


def test_ttl_of_other_records_is_not_that_of_the_addresses(observing):
    observing.rules(rule("short", when=LOW))
    name = "www.long.example"
    observing.server.give(
        name, [(name, 5, "TXT", "text"), (name, 300, "A", ADDRESS)], qtype="ANY"
    )
    observing.start()
    check_real(observing.ask(name, "ANY"), ADDRESS)


def check_sinkhole_with_edns(reply, qname):
    assert replies.addresses(reply) == ["0.0.0.0"], reply
    assert reply.answer[0].name.to_text() == f"{qname}."


def test_largest_ttl_of_a_forwarder_counts(observing):
    """A forwarder counts TTLs down: it answers without AA."""
    observing.server.authoritative = False
    observing.rules(
        rule("counted-down", when={"ttl-max": 299, "name-under": "relayed.example"}),
        rule("as-sent", when={"ttl-max": 300, "name-under": "as-sent.example"}),
    )
    addresses = ["192.0.2.1", "198.51.100.1", "203.0.113.1"]
    for name in ("relayed.example", "as-sent.example"):
        observing.server.change(
            name, ((ttl, addresses) for ttl in itertools.count(300, -100))
        )
    observing.start(stub_zones=observing.server.forward())
    for _ in range(3):
        check_real(observing.ask("www.relayed.example"), *addresses)
        observing.resolver.control("flush", "www.relayed.example")
    check_sinkhole(observing.ask("www.as-sent.example"), "www.as-sent.example")
    record = observing.policy.log.wait(rule="as-sent")
    assert "ttl-max: 300 s or more" in record["conditions"]
    observing.resolver.stop()
    learned = observe(observing.policy, "www.relayed.example")
    assert learned["name"]["ttl-is-relayed"] is True
    assert learned["name"]["ttl-min"] == 300
    assert learned["name"]["answers"] == 3


# ---- flux ----


def shipped_rules():
    """Those of the example configuration."""
    example = (TOP_SRCDIR / "contrib/example/sinkbound.yaml").read_text()
    text = re.search(r"^rules:\n((?:[ \t].*\n)+)", example, re.M).group(0)
    return text.replace("mode: shadow", "mode: enforce")


def test_flux_is_flagged_within_what_the_detection_table_says(observing):
    """By the shipped rules, enforced: 5 new addresses in 5 networks each time."""
    policy, server = observing.policy, observing.server
    lines = [f"10.{n}.0.0,10.{n}.255.255,{64512 + n},\"Network {n}\"\n" for n in range(250)]
    (policy.folder / "origin.csv").write_text("".join(lines))
    policy.settings["origin"] = [{"file": "origin.csv", "format": "ip-location-db"}]
    networks = itertools.cycle(range(250))
    server.change(
        "flux.example",
        ((0, [f"10.{next(networks)}.7.9" for _ in range(5)]) for _ in itertools.count()),
    )
    observing.rules()
    policy.write_configuration()
    own = policy.configuration.read_text()
    # What is configured here, and then what is shipped.
    rules = shipped_rules() + "  - " + json.dumps(WITNESS) + "\n"
    policy.configuration.write_text(re.sub(r"^rules:.*\n", lambda _: rules, own, flags=re.M))
    policy.run("apply")
    observing.resolver = observing.start_resolver(
        stub_zones=server.stub(), server=["qname-minimisation: no"]
    )
    observing.wait()
    asked = 0
    while observing.addresses("www.flux.example") != ["0.0.0.0"]:
        asked += 1
        assert asked <= 10
    # The answer that met the rule did not go out.
    assert 6 <= server.count("www.flux.example") <= 10
    record = policy.log.wait(rule="fresh-flux")
    for part in ("flux-score-min: ", "normalised ", "growth ", "spread ",
                 "answers-min: ", "ttl-max: 0 s", "first-seen-within: "):
        assert part in record["conditions"]
    check_real(observing.ask("www.quiet.example"), ADDRESS)


def test_random_labels_do_not_hide_a_domain(observing):
    """No owner name has two answers: the domain is blocked, and all below."""
    observing.rules(
        rule("many", when={"addresses-min": 8, "name-under": "rand.example"})
    )
    numbers = itertools.count(1)
    observing.server.change(
        "rand.example",
        ((60, [f"10.{next(numbers)}.0.1"]) for _ in itertools.count()),
    )
    observing.start()
    asked = 0
    while observing.addresses(f"n{asked}.rand.example") != ["0.0.0.0"]:
        asked += 1
        assert asked <= 10
    before = len(observing.server.asked)
    check_sinkhole(observing.ask("never.seen.rand.example"), "never.seen.rand.example")
    check_sinkhole(observing.ask("rand.example"), "rand.example")
    assert len(observing.server.asked) == before
    record = observing.policy.log.wait(qname="never.seen.rand.example")
    assert (record["matched"], record["scope"]) == ("rand.example", "subtree")


# ---- modes, actions and exceptions ----


def test_shadow_and_then_enforced(observing):
    """What was cached while the rule was on trial goes, too."""
    trial = rule("trial", mode="shadow", when=LOW)
    observing.rules(trial)
    observing.server.say("short.example", 30, ADDRESS)
    observing.start(server=["cache-min-ttl: 3600"])
    check_real(observing.ask("www.short.example"), ADDRESS)
    record = observing.policy.log.wait(rule="trial")
    assert (record["mode"], record["action"]) == ("shadow", "sinkhole")
    assert observing.server.count("www.short.example") == 1
    trial["mode"] = "enforce"
    observing.apply()
    check_sinkhole(observing.ask("www.short.example"), "www.short.example")
    assert observing.server.count("www.short.example") == 1
    observing.policy.log.wait(rule="trial", mode="enforce")


@pytest.mark.parametrize("threads", [1, 2])
def test_trial_is_logged_from_the_cache_too(observing, threads):
    """Each time, for each client, by name and by alias."""
    policy = observing.policy
    policy.settings["clients"] = [
        {"name": "away", "prefixes": ["127.0.0.3/32"], "mode": "exempt"}
    ]
    observing.rules(rule("trial", mode="shadow", when=LOW))
    observing.server.say("short.example", 30, ADDRESS)
    observing.server.say("alias.example", 3600, "www.short.example.", qtype="CNAME")
    observing.start(server=["cache-min-ttl: 3600"], threads=threads)
    names = ("www.short.example", "alias.example", "www.long.example")
    clients = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.1"]
    for client in clients:
        for name in names:
            check_real(observing.ask(name, source=client), ADDRESS)
    for name in names[:2]:
        policy.log.wait(count=3, qname=name, rule="trial", mode="shadow")
    assert len(policy.log.records(client="127.0.0.2")) == 2
    policy.allow("www.short.example", LIMIT)
    for name in (*names, "last.short.example"):
        check_real(observing.ask(name), ADDRESS)
    policy.log.wait(qname="last.short.example")
    assert len(policy.log.records(rule="trial")) == 7


@pytest.mark.parametrize(
    "action, check", [("nxdomain", check_nxdomain), ("nodata", check_nodata)]
)
def test_action_of_a_rule(observing, action, check):
    observing.rules(rule("short", when=LOW, action=action))
    observing.server.say("short.example", 30, ADDRESS)
    observing.start()
    for _ in range(2):
        check(observing.ask("www.short.example"), "www.short.example")
    assert observing.server.count("www.short.example") == 1


def test_what_was_cached_before_goes(observing):
    """The name's other type is in the cache when the rule is met."""
    observing.rules(rule("short", when={**LOW, "qtype": "A"}))
    observing.server.say("short.example", 3600, ADDRESS6, qtype="AAAA")
    observing.server.say("short.example", 30, ADDRESS)
    observing.start()
    assert observing.addresses("www.short.example", "AAAA") == [ADDRESS6]
    assert observing.addresses("www.short.example", "AAAA") == [ADDRESS6]
    check_sinkhole(observing.ask("www.short.example"), "www.short.example")
    wait_until(
        lambda: observing.addresses("www.short.example", "AAAA") == ["::"],
        "the cached answer was not swept",
    )


def test_block_ends_by_itself(observing):
    observing.rules(rule("short", when=LOW, **{"for": SOON}))
    observing.server.say("short.example", 30, ADDRESS)
    observing.start()
    check_sinkhole(observing.ask("www.short.example"), "www.short.example")
    observing.server.say("short.example", 300, OTHER)
    check_sinkhole(observing.ask("www.short.example"), "www.short.example")
    wait_until(
        lambda: observing.addresses("www.short.example") == [OTHER],
        "the block did not end",
    )


def test_allowed_name_is_answered(observing):
    observing.rules(rule("short", when=LOW))
    observing.server.say("short.example", 30, ADDRESS)
    observing.start()
    check_sinkhole(observing.ask("www.short.example"), "www.short.example")
    observing.policy.allow("www.short.example", LIMIT)
    check_real(observing.ask("www.short.example"), ADDRESS)
    check_sinkhole(observing.ask("n.short.example"), "n.short.example")
    observing.policy.allow("short.example", LIMIT)
    check_real(observing.ask("n.short.example"), ADDRESS)


def test_rules_that_are_gone_block_nothing(observing):
    observing.rules(rule("short", when=LOW))
    observing.server.say("short.example", 30, ADDRESS)
    observing.start()
    check_sinkhole(observing.ask("www.short.example"), "www.short.example")
    observing.rules()
    observing.apply()
    check_real(observing.ask("www.short.example"), ADDRESS)
    del observing.policy.settings["rules"]
    del observing.policy.settings["observe"]
    observing.apply()
    check_real(observing.ask("n.short.example"), ADDRESS)
    check_real(observing.ask("new.witness.example"), ADDRESS)


# ---- other ways to a blocked name ----


def test_alias_of_a_blocked_name(observing):
    observing.rules(rule("short", when=LOW))
    observing.server.say("target.short.example", 30, ADDRESS)
    observing.server.say("alias.example", 3600, "target.short.example.", qtype="CNAME")
    observing.server.say("early.example", 3600, "target.short.example.", qtype="CNAME")
    observing.start()
    # By the response itself, and then by the name that is blocked.
    for name in ("early.example", "alias.example", "alias.example"):
        check_sinkhole(observing.ask(name), name)
    record = observing.policy.log.wait(qname="alias.example", rule="short", count=2)[0]
    assert record["matched"] == "target.short.example"
    check_sinkhole(observing.ask("target.short.example"), "target.short.example")


def test_aaaa_is_observed(observing):
    observing.rules(rule("short", when=LOW))
    observing.server.say("short.example", 30, ADDRESS6, qtype="AAAA")
    observing.start()
    check_sinkhole(observing.ask("www.short.example", "AAAA"), "www.short.example")
    check_sinkhole(observing.ask("www.short.example"), "www.short.example")
    check_nodata(observing.ask("www.short.example", "TXT"), "www.short.example")


def test_expired_answer_of_a_blocked_name_stays_away(observing):
    observing.rules(rule("short", when={**LOW, "qtype": "AAAA"}))
    observing.server.say("short.example", 1, ADDRESS)
    observing.server.say("short.example", 1, ADDRESS6, qtype="AAAA")
    observing.start(server=["serve-expired: yes"])
    check_real(observing.ask("www.short.example"), ADDRESS)
    check_sinkhole(observing.ask("www.short.example", "AAAA"), "www.short.example")
    wait_until(
        lambda: observing.addresses("www.short.example") == ["0.0.0.0"],
        "an expired answer went out",
    )
    for _ in range(3):
        check_sinkhole(observing.ask("www.short.example"), "www.short.example")


def test_prefetched_answer_is_observed(observing):
    """No client waits for it, and none may find it."""
    observing.rules(rule("short", when={"ttl-max": 5}))
    observing.server.change(
        "short.example",
        itertools.chain([(10, [ADDRESS])], itertools.repeat((5, [OTHER]))),
    )
    observing.start(server=["prefetch: yes"])
    seen = set()

    def is_blocked():
        seen.update(observing.addresses("www.short.example"))
        return "0.0.0.0" in seen

    wait_until(is_blocked, "what was prefetched is not blocked", 30)
    assert OTHER not in seen


# ---- whom and what a rule asks about ----


def test_rule_for_a_group_of_clients(observing):
    """What it blocks for one group is not in the cache for it to find."""
    observing.policy.settings["clients"] = [
        {"name": "kids", "prefixes": ["127.0.0.9/32"], "mode": "enforce"}
    ]
    observing.rules(rule("short", when={**LOW, "client-group": "kids"}))
    observing.server.say("short.example", 30, ADDRESS)
    observing.start()
    name = "www.short.example"
    for _ in range(2):
        check_real(observing.ask(name), ADDRESS)
        check_sinkhole(observing.ask(name, source="127.0.0.9"), name)
    assert observing.policy.log.wait(rule="short")["group"] == "kids"
    assert not observing.policy.log.records(rule="short", client="127.0.0.1")


@pytest.mark.parametrize("condition", ["name-under", "name-in"])
def test_feed_that_rules_ask(observing, condition):
    observing.policy.feed("dyndns", ["dyn.example"], triggers=["rules"])
    observing.rules(rule("dynamic", when={**LOW, condition: {"feed": "dyndns"}
                                          if condition == "name-under" else "dyndns"}))
    observing.server.say("example", 30, ADDRESS)
    observing.start()
    check_sinkhole(observing.ask("www.dyn.example"), "www.dyn.example")
    check_real(observing.ask("www.other.example"), ADDRESS)
    record = observing.policy.log.wait(rule="dynamic")
    assert f"{condition}: listed by dyndns" in record["conditions"]


def test_risk_of_a_network(observing):
    """By its ASN, and by the number of answers that no other network has."""
    policy = observing.policy
    (policy.folder / "origin.csv").write_text(
        '192.0.2.0,192.0.2.255,64500,"BAD-HOST"\n'
        '198.51.100.0,198.51.100.255,64501,"GOOD-HOST"\n'
    )
    policy.settings["origin"] = [{"file": "origin.csv", "format": "ip-location-db"}]
    policy.feed("networks", ["asn,risk,category", "64500,80,hosting", "64501,60,hosting"],
                format="asns", triggers=["rules"])
    observing.rules(rule("bad-network", when={"asn-risk-min": 70, "ttl-max": "5m"}))
    observing.server.say("bad.example", 60, "198.51.100.7", "192.0.2.7")
    observing.server.say("good.example", 60, "198.51.100.7")
    observing.start()
    check_sinkhole(observing.ask("www.bad.example"), "www.bad.example")
    check_real(observing.ask("www.good.example"), "198.51.100.7")
    conditions = policy.log.wait(rule="bad-network")["conditions"]
    assert "192.0.2.7, AS64500, risk 80" in conditions
    assert "ttl-max: 60 s" in conditions


# ---- what the command says ----


def test_command_says_what_rules_do(observing):
    """As the resolver decides; what it has learned is written at its end."""
    policy = observing.policy
    observing.rules(
        rule("short", when=LOW, **{"for": "1h"}),
        rule("trial", mode="shadow", when={"ttl-max": 60}),
    )
    observing.server.say("short.example", 30, ADDRESS)
    observing.server.say("tried.example", 60, ADDRESS)
    observing.start()
    check_sinkhole(observing.ask("www.short.example"), "www.short.example")
    check_real(observing.ask("www.tried.example"), ADDRESS)
    observing.resolver.stop()

    explained = policy.explain("www.short.example")
    assert explained["verdict"] == "blocked"
    match = explained["matches"][0]
    assert (match["status"], match["rule"]) == ("wins", "short")
    assert match["conditions"] == "ttl-max: 30 s"
    assert match["since"] and match["until"]
    assert policy.explain("www.tried.example")["verdict"] == "shadow"
    assert policy.explain("www.example")["verdict"] == "not listed"
    text = policy.run("explain", "www.short.example").stdout
    assert re.match(r'www.short.example   BLOCKED: sinkhole 0.0.0.0 / ::, .*"short"', text)
    assert re.search(r"wins +rule short +sinkhole +exact +www.short.example +since .*, "
                     r"until .* ttl-max: 30 s\n", text)
    text = policy.run("explain", "www.tried.example").stdout
    assert "SHADOW: the real answer; enforced it would be sinkhole" in text

    observed = observe(policy, "www.short.example")
    assert observed["blocked"]["rule"] == "short"
    assert observed["shadow"]["rule"] == "trial"
    observed = observe(policy, "www.tried.example")
    assert observed["blocked"] is None
    assert observed["shadow"]["conditions"] == "ttl-max: 60 s"
    text = policy.run("observe", "www.tried.example").stdout
    assert "would be blocked, were it enforced, by rule trial" in text
    assert "  blocked " not in text
    policy.allow("www.short.example")
    assert policy.explain("www.short.example")["verdict"] == "allowed"

    status = json.loads(policy.run("status", "--json").stdout)
    counts = {rule["name"]: rule["names"] for rule in status["rules"]}
    assert (counts["short"], counts["trial"]) == (1, 2)
    assert status["observed"]["seen"] > 3
    text = policy.run("status").stdout
    assert "rule      short: enforce, blocks 1 name\n" in text
    assert "rule      trial: shadow, would block 2 names\n" in text
    assert "observed  since " in text
    assert policy.run("check").stdout.endswith(": ok, 0 feeds, 3 rules\n")


def test_command_without_what_was_learned(observing):
    observing.rules(rule("short", when=LOW))
    observing.policy.apply()
    file = observing.policy.folder / "observed.mdb"
    file.write_bytes(b"something else" * 1000)
    done = observing.policy.run("explain", "www.short.example")
    assert "NOT LISTED" in done.stdout
    assert "observed.mdb: " in done.stderr
    observing.policy.run("status")
    observing.policy.run("observe", "www.short.example", status=1)
    file.unlink()
    assert observing.policy.run("explain", "www.short.example").stderr == ""
    observing.policy.run("observe", "www.short.example", status=1)
