"""test_sweep.py - a change of policy reaches what Unbound has cached."""

import re

import pytest

import replies
from authority import BAD, GOOD
from environment import wait_until


def addresses(resolver, name, qtype="A"):
    return replies.addresses(resolver.ask(name, qtype))


@pytest.fixture(params=[1, 2], ids=["one-thread", "two-threads"])
def resolver(request, policy, start_resolver):
    policy.apply()
    return start_resolver(threads=request.param)


def test_a_cached_name(policy, resolver):
    assert addresses(resolver, "www.bad.example") == [BAD]
    assert addresses(resolver, "www.good.example") == [GOOD]
    policy.block("bad.example")
    wait_until(
        lambda: addresses(resolver, "www.bad.example") == ["0.0.0.0"],
        "the cached answer stays",
    )
    hits = resolver.counter("total.num.cachehits")
    assert addresses(resolver, "www.good.example") == [GOOD]
    assert resolver.counter("total.num.cachehits") == hits + 1
