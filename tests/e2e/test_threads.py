"""test_threads.py - everything at once: for what only several threads can break.

Clients ask for cached, new and blocked names while the policy is changed, the
database is replaced by another file and Unbound reloads. Nothing is measured;
every reply must be one that some state of the policy gives. contrib/sanitize.sh
runs this with a longer SB_ROUNDS under ThreadSanitizer, where it looks for data
races in the module.
"""

import itertools
import os
import shutil
import threading

import dns.exception
import dns.rcode
import pytest

from authority import BAD, GOOD, OTHER
from changing import Changing
from environment import WRAPPER, wait_until
from replies import addresses, check_sinkhole

ROUNDS = int(os.environ.get("SB_ROUNDS", "8"))  # of changes to the policy
SINK = "0.0.0.0"

# Each question with the addresses that a client may get (None: whatever there is):
# always blocked, never blocked, and now and then. Names with a {} are new each time.
QUESTIONS = (
    ("www.listed.example", {SINK}),
    ("n{}.listed.example", {SINK}),
    ("www.good.example", {GOOD}),
    ("n{}.good.example", {GOOD}),
    ("n{}.shadow.example", {OTHER}),
    ("www.shadow.example", {OTHER}),
    ("www.bad.example", {BAD, SINK}),  # by its address
    ("n{}.bad.example", {BAD, SINK}),
    ("www.coming.example", {OTHER, SINK}),
    ("n{}.going.example", {OTHER, SINK}),
    ("www.changing.example", None),  # blocked by its behaviour now and then
    ("n{}.changing.example", None),
)


# Blocks end soon, so that there are new ones all the time.
RULES = [
    {"name": "few", "mode": "enforce", "for": "1s",
     "when": {"ttl-max": 60, "addresses-min": 3, "name-under": "changing.example"}},
    {"name": "new", "mode": "shadow", "when": {"first-seen-within": "1d"}},
    {"name": "fed", "mode": "shadow", "when": {"name-in": "moving"}},
]


class Clients:
    """Threads that ask until they are told to stop."""

    def __init__(self, resolver, count):
        self.resolver = resolver
        self.numbers = itertools.count()
        self.stopping = threading.Event()
        self.failures = []
        self.answered = 0
        self.threads = [
            threading.Thread(target=self.ask_all, args=(number,))
            for number in range(count)
        ]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exc):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def ask_all(self, number):
        while not self.stopping.is_set():
            for pattern, expected in QUESTIONS:
                try:
                    self.ask(pattern.format(next(self.numbers)), expected, number)
                except (dns.exception.DNSException, OSError, EOFError):
                    pass  # nobody answers while Unbound reloads
                except AssertionError as failure:
                    self.failures.append(str(failure))

    def ask(self, qname, expected, number):
        """The last of the clients uses TCP."""
        tcp = number == len(self.threads) - 1
        reply = self.resolver.ask(qname, tcp=tcp, edns=number % 2 == 0, seconds=2)
        if reply.rcode() == dns.rcode.SERVFAIL:
            return  # Unbound ends its queries at a reload
        found = set(addresses(reply))
        known = found and (expected is None or found <= expected)
        assert known, f"{qname}: {found}, {reply}"
        self.answered += 1


def fill(policy):
    policy.feed("names", ["listed.example"])
    policy.feed("moving", ["going.example"])
    policy.feed("trial", ["shadow.example"], mode="shadow")
    policy.feed("servers", ["ns.nowhere.example"], triggers=["nsdname"])
    policy.feed("networks", ["198.51.100.0/24"], format="prefixes")
    policy.settings["rules"] = RULES
    policy.settings["observe"] = {"learning": "none"}
    policy.apply()


def replace_database(policy):
    """Another file with the same contents takes the place of the first."""
    other = policy.folder / "other.mdb"
    shutil.copyfile(policy.database, other)
    os.replace(other, policy.database)


def change(policy, number):
    """What an operator does, over and over."""
    policy.block("coming.example")
    policy.block(f"{BAD}/32", "--reason", f"round {number}")
    policy.write_feed("moving", [f"r{number}.example", "going.example"][: number % 2 + 1])
    policy.write_feed("names", ["listed.example", f"r{number}.example"])
    policy.settings["rules"] = RULES if number % 3 else RULES[1:]
    policy.apply()
    policy.remove("coming.example")
    policy.allow("coming.example", "--for", "1h")
    policy.run("observe", "www.changing.example")
    policy.remove("coming.example")
    policy.remove(f"{BAD}/32")


@pytest.fixture
def changing():
    """A name whose addresses change: A records with a TTL of 0."""
    server = Changing()
    addresses = ([f"10.{n % 200}.{n % 250}.1"] for n in itertools.count(1))
    server.change("changing.example", ((0, address) for address in addresses))
    yield server
    server.stop()


def test_everything_at_once(policy, authority, changing, start_resolver):
    fill(policy)
    resolver = start_resolver(
        threads=2,
        stub_zones=authority.stub_zones() + changing.stub("changing.example"),
    )
    with Clients(resolver, 4 if not WRAPPER else 2) as clients:
        for number in range(ROUNDS):
            change(policy, number)
            if number % 4 == 1:
                replace_database(policy)
            if number % 4 == 3:
                resolver.reload()
    assert not clients.failures, clients.failures[:5]
    assert clients.answered > 0
    assert policy.log.records(rule="few", mode="enforce")
    policy.block("coming.example")
    wait_until(
        lambda: addresses(resolver.ask("n.coming.example")) == [SINK],
        "what was blocked last is not blocked",
    )
    check_sinkhole(resolver.ask("www.listed.example"), "www.listed.example")
    assert addresses(resolver.ask("www.good.example")) == [GOOD]
