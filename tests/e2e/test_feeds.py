"""test_feeds.py - whole lists: thousands of names, and real ones where they are.

What a list says is compared with what the running resolver does for a random
sample of it, and for names beside it.
"""

import random
import re

import pytest

import replies
from authority import OTHER
from environment import REAL_FEEDS

SAMPLE = 150
COUNT = 3000


@pytest.fixture
def chance():
    """The same sample in every run."""
    return random.Random(20261122)


def generate(chance, suffix):
    """Names of one to three labels below SUFFIX, none below another."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    names = set()
    for number in range(COUNT):
        word = "".join(chance.choices(letters, k=chance.randint(1, 20)))
        labels = [f"{word}-{number}", *chance.choices(["www", "cdn", "a"], k=2)]
        names.add(".".join(labels[: chance.randint(1, 3)][::-1] + [suffix]))
    return sorted(names)


def is_blocked(resolver, name):
    found = replies.addresses(resolver.ask(name))
    assert found in (["0.0.0.0"], [OTHER]), f"{name}: {found}"
    return found == ["0.0.0.0"]


def check_sample(resolver, chance, names, itself, children):
    for name in chance.sample(names, min(SAMPLE, len(names))):
        assert is_blocked(resolver, name) == itself, name
        assert is_blocked(resolver, f"sub.{name}") == children, f"sub.{name}"


def test_generated_lists(policy, start_resolver, chance):
    plain = generate(chance, "plain.test-zone")
    hosts = generate(chance, "hosts.test-zone")
    rpz = generate(chance, "rpz.test-zone")
    passed = generate(chance, "pass.test-zone")
    policy.feed("plain", ["# a comment", "", *plain])
    policy.feed("hosts", [f"0.0.0.0 {name} # x" for name in hosts], "hosts")
    entries = [f"*.{name} A 0.0.0.0" for name in rpz]
    entries += [f"{name} CNAME rpz-passthru." for name in passed]
    policy.feed("rpz", entries, "rpz")
    policy.feed("rest", ["pass.test-zone"])
    policy.apply()
    resolver = start_resolver()
    check_sample(resolver, chance, plain, itself=True, children=True)
    check_sample(resolver, chance, hosts, itself=True, children=False)
    check_sample(resolver, chance, rpz, itself=False, children=True)
    check_sample(resolver, chance, passed, itself=False, children=True)
    for zone in ("plain", "hosts", "rpz"):
        assert not is_blocked(resolver, f"{zone}.test-zone")
        assert not is_blocked(resolver, f"not-there.{zone}.test-zone")


def test_a_list_that_changes(policy, start_resolver, chance):
    """A tenth goes and a tenth comes; the resolver follows without a pause."""
    names = generate(chance, "plain.test-zone")
    chance.shuffle(names)
    tenth = len(names) // 10
    policy.feed("plain", names[:-tenth])
    policy.apply()
    resolver = start_resolver()
    policy.write_feed("plain", names[tenth:])
    policy.apply()
    check_sample(resolver, chance, names[:tenth], itself=False, children=False)
    check_sample(resolver, chance, names[tenth:], itself=True, children=True)


REAL = {
    "hagezi": ("domains/hagezi2022_light.domains.txt", "domains", r"^(\S+)$"),
    "urlhaus-hosts": ("hosts/urlhaus2025.hosts.txt", "hosts", r"^0\.0\.0\.0 (\S+)$"),
    "urlhaus-rpz": ("rpz/urlhaus2025.rpz", "rpz", r"^(\S+) CNAME \.$"),
}
PLAIN = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")


@pytest.mark.parametrize("feed", REAL)
@pytest.mark.skipif(not REAL_FEEDS.is_dir(), reason=f"no feeds in {REAL_FEEDS}")
def test_a_real_list(policy, start_resolver, chance, feed):
    path, kind, pattern = REAL[feed]
    policy.feeds.append({"name": feed, "file": REAL_FEEDS / path, "format": kind})
    policy.apply()
    resolver = start_resolver()
    lines = (REAL_FEEDS / path).read_text(errors="replace").splitlines()
    found = [re.match(pattern, line) for line in lines]
    names = [match.group(1) for match in found if match]
    names = [name for name in names if PLAIN.fullmatch(name)]
    assert len(names) > 2000
    for name in chance.sample(names, SAMPLE):
        reply = resolver.ask(name, edns=True)
        assert replies.ede(reply) == (15, feed), name
        expected = 3 if kind == "rpz" else 0
        assert reply.rcode() == expected, name
        assert replies.addresses(reply) == ([] if expected else ["0.0.0.0"]), name
    for name in ("not-in-any-list.com", "example.org"):
        assert not is_blocked(resolver, name)
