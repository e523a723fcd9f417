"""observing.py - a resolver that observes, in front of answers that change.

The rule "witness" tells a test that the resolver observes: before, nothing is
known of any answer.
"""

import itertools
import json
import math

import pytest

import replies
from changing import Changing
from environment import PATIENCE, wait_until

ADDRESS = "192.0.2.1"
LIMIT = f"--wait={math.ceil(60 * PATIENCE)}s"
WITNESS = {
    "name": "witness",
    "when": {"name-under": "witness.example", "first-seen-within": "1d"},
    "mode": "enforce",
}


@pytest.fixture
def authority_that_changes():
    server = Changing()
    server.say("example", 3600, ADDRESS)
    yield server
    server.stop()


class Observing:
    """A resolver in front of an authority that changes, under some rules."""

    def __init__(self, policy, server, start):
        self.policy = policy
        self.server = server
        self.start_resolver = start
        self.fresh = itertools.count()
        policy.settings["observe"] = {"learning": "none"}

    def rules(self, *rules):
        self.policy.settings["rules"] = [dict(WITNESS), *rules]  # to be changed

    def start(self, **options):
        self.policy.apply()
        options.setdefault("stub_zones", self.server.stub())
        # Nothing is asked for that the test does not ask for.
        options["server"] = ["qname-minimisation: no", *options.get("server", ())]
        self.resolver = self.start_resolver(**options)
        self.wait()
        return self.resolver

    def wait(self):
        """Until the resolver observes."""
        wait_until(
            lambda: self.addresses(f"n{next(self.fresh)}.witness.example")
            == ["0.0.0.0"],
            "nothing is observed",
        )

    def apply(self):
        self.policy.write_configuration()
        return self.policy.run("apply", LIMIT)

    def ask(self, name, qtype="A", **options):
        return self.resolver.ask(name, qtype, **options)

    def addresses(self, name, qtype="A", **options):
        return replies.addresses(self.ask(name, qtype, **options))


@pytest.fixture
def observing(policy, authority_that_changes, start_resolver):
    return Observing(policy, authority_that_changes, start_resolver)


def observe(policy, subject):
    """What `sinkbound observe` says of it."""
    return json.loads(policy.run("observe", "--json", subject).stdout)


def rule(name, mode="enforce", **options):
    """The conditions are in OPTIONS' WHEN."""
    return {"name": name, "mode": mode, **options}
