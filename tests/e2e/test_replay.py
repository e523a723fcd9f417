"""test_replay.py - the log that a real Unbound writes is read by replay."""

import json

import pytest

from environment import wait_until

OPTIONS = {
    "plain": [],
    "tagged": ["log-tag-queryreply: yes"],
    "ascii": ["log-time-ascii: yes"],
    "both": ["log-tag-queryreply: yes", "log-time-ascii: yes"],
}


def lines(log):
    return [line for line in log.read_text().splitlines() if "127.0.0.1 " in line]


@pytest.mark.parametrize("kind", OPTIONS)
@pytest.mark.parametrize("what", ["queries", "replies", "queries and replies"])
def test_a_log_of_unbound(policy, start_resolver, kind, what):
    policy.feed("list", ["listed.test-zone"])
    policy.apply()
    words = what.split(" and ")
    resolver = start_resolver(
        server=[f"log-{word}: yes" for word in words] + OPTIONS[kind]
    )
    resolver.ask("www.listed.test-zone")
    resolver.ask("www.listed.test-zone", "AAAA")
    resolver.ask("benign.test-zone")

    log = resolver.child.log
    wait_until(lambda: len(lines(log)) == 3 * len(words), "Unbound's log lacks lines")
    report = json.loads(policy.run("replay", "--json", log).stdout)
    assert report["log"]["queries"] == 3
    reasons = {fault["reason"] for fault in report["log"]["rejected"]}
    assert reasons <= {"another message of the resolver"}
    (name,) = report["names"]
    assert name["name"] == "www.listed.test-zone"
    assert (name["queries"], name["addresses"]) == (2, ["127.0.0.1"])
    # The log is of now, and the name was listed before it.
    assert name["since"] <= name["first"] and name["before-listing"] == 0
