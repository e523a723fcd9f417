"""conftest.py - fixtures: the authority, a policy, resolvers that always end."""

import sys

import pytest

sys.dont_write_bytecode = True
pytest.register_assert_rewrite(
    "replies", "policy", "querylog", "resolver", "observing", "slow"
)

from authority import Authority  # noqa: E402
from observing import authority_that_changes, observing  # noqa: E402,F401
from policy import Policy  # noqa: E402
from process import LIVE  # noqa: E402
from resolver import Unbound  # noqa: E402
from slow import slow  # noqa: E402,F401


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    server = Authority(tmp_path_factory.mktemp("authority"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def policy(tmp_path):
    """An empty policy: fill it and call apply()."""
    return Policy(tmp_path)


@pytest.fixture
def origins(policy):
    """Who announces which addresses."""
    (policy.folder / "origin.csv").write_text(
        '192.0.2.0,192.0.2.63,64496,"GOOD-HOST"\n'
        '192.0.2.64,192.0.2.127,64500,"BAD-HOST, Ltd."\n'
    )
    policy.settings["origin"] = [{"file": "origin.csv", "format": "ip-location-db"}]


@pytest.fixture
def start_resolver(tmp_path, authority, policy):
    """A function that starts an Unbound with the policy's database."""
    started = []

    def start(**options):
        options.setdefault("database", policy.database)
        resolver = Unbound(tmp_path, authority, **options)
        started.append(resolver)
        return resolver.start()

    yield start
    end(started)


@pytest.fixture(scope="module")
def shared(request, tmp_path_factory, authority):
    """A policy and a resolver for all tests of a module that change nothing.

    The module's fill(policy) says what the policy holds, and its OPTIONS, if
    any, how Unbound is started.
    """
    folder = tmp_path_factory.mktemp(request.module.__name__)
    policy = Policy(folder)
    request.module.fill(policy)
    policy.apply()
    options = getattr(request.module, "OPTIONS", {})
    resolver = Unbound(folder, authority, policy.database, **options)
    resolver.policy = policy
    started = [resolver]
    try:
        resolver.start()
        yield resolver
    finally:
        end(started)


def end(resolvers):
    """Stop all of them, also where the first complains."""
    try:
        for resolver in resolvers:
            if not resolver.stopped:
                resolver.stop()
    finally:
        for resolver in resolvers:
            resolver.kill()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for child in LIVE:
            report.sections.append((f"end of {child.log}", child.tail()))
