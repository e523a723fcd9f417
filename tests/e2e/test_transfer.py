"""test_transfer.py - zones of a primary: by AXFR and IXFR, with TSIG, and with
primaries that fail or lie."""

import json

import dns.rcode
import dns.tsigkeyring
import pytest

from environment import wait_until
from primary import KEY, OTHER_SECRET, SECRET, ZONE, Liar, Primary, soa

BAD = ["bad.example CNAME .", "*.bad.example CNAME ."]
MORE = ["more.example A 192.0.2.80", "more.example A 192.0.2.81"]


@pytest.fixture
def primary(tmp_path):
    server = Primary(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def liar():
    started = []

    def start(**answers):
        started.append(Liar(**answers))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def follow(policy, port, key=SECRET, algorithm="hmac-sha256", name=KEY, **options):
    """Configure the zone of the server at PORT as the one feed."""
    axfr = {"zone": ZONE, "primary": "127.0.0.1", "port": port}
    if key:
        path = policy.folder / "transfer.secret"
        path.write_text(key + "\n")
        path.chmod(0o600)
        axfr["tsig"] = {"name": name, "algorithm": algorithm, "key-file": path}
        axfr["tsig"] = {k: str(v) for k, v in axfr["tsig"].items()}
    policy.settings["spool"] = policy.folder / "spool"
    policy.feeds = [{"name": "zone", "format": "rpz", "axfr": axfr, **options}]
    policy.write_configuration()


def update(policy, status=0, *options):
    done = policy.run("update", *options, "zone", status=status)
    return done.stdout + done.stderr


def listed(policy):
    """What the database holds: name, scope and action."""
    lines = policy.run("dump").stdout.splitlines()
    return sorted(" ".join(line.split("\t")[:3]) for line in lines)


HELD = ["bad.example below nxdomain", "bad.example exact nxdomain"]
HELD_MORE = sorted([*HELD, "more.example exact sinkhole=192.0.2.80,192.0.2.81"])


def received(text):
    """The octets that came over the network, of an update's report."""
    return json.loads(text)["feeds"][0]["received"]


def copy_of(policy):
    """The records of the copy, whatever their order."""
    text = (policy.folder / "spool/zone.list").read_text()
    return sorted(line for line in text.splitlines() if line[0] not in ";$")


# ---- a real primary ----


def test_a_zone_is_transferred_and_followed(policy, primary):
    primary.publish(1, BAD)
    follow(policy, primary.port)
    update(policy)
    assert listed(policy) == HELD
    primary.publish(2, BAD + MORE)
    update(policy)
    assert listed(policy) == HELD_MORE
    by_difference = copy_of(policy)
    update(policy, 0, "--force")
    assert copy_of(policy) == by_difference


def test_only_the_difference_crosses_the_network(policy, primary):
    many = [f"n{i}.example CNAME ." for i in range(3000)]
    primary.publish(1, many)
    follow(policy, primary.port)
    whole = received(update(policy, 0, "--json"))
    primary.publish(2, [*many[10:], *BAD])
    assert received(update(policy, 0, "--json")) < whole / 20
    assert len(listed(policy)) == 2992
    by_difference = copy_of(policy)
    update(policy, 0, "--force")
    assert copy_of(policy) == by_difference


def test_what_is_unchanged_is_not_transferred(policy, primary):
    primary.publish(1, [f"n{i}.example CNAME ." for i in range(3000)])
    follow(policy, primary.port)
    update(policy)
    before = policy.database.stat().st_mtime_ns
    assert received(update(policy, 0, "--json")) < 1000
    assert policy.database.stat().st_mtime_ns == before


def test_a_primary_without_differences_gives_the_zone(policy, tmp_path):
    primary = Primary(tmp_path, differences=False)
    try:
        primary.publish(1, BAD)
        follow(policy, primary.port)
        update(policy)
        primary.publish(2, BAD + MORE)
        update(policy)
        assert listed(policy) == HELD_MORE
    finally:
        primary.stop()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"key": OTHER_SECRET}, "another secret or algorithm for this key"),
        ({"name": "other.key"}, "does not know this key"),
        ({"key": None}, "AXFR of 127.0.0.1 port {port}: the primary answers REFUSED"),
        ({"algorithm": "hmac-sha512"}, "the primary"),
        ({"key": "not base64!"}, "expected a secret in base64"),
    ],
)
def test_without_the_key_nothing_is_had(policy, primary, options, message):
    primary.publish(1, BAD)
    follow(policy, primary.port)
    update(policy)
    primary.publish(2, BAD + MORE)
    follow(policy, primary.port, **options)
    assert message.format(port=primary.port) in update(policy, 1, "--force")
    assert listed(policy) == HELD


def test_a_serial_that_goes_backwards_is_refused(policy, primary):
    primary.publish(5, BAD)
    follow(policy, primary.port)
    update(policy)
    primary.publish(4, MORE)
    assert "went backwards, from 5 to 4" in update(policy, 1)
    assert listed(policy) == HELD
    update(policy, 0, "--accept", "--force")
    assert listed(policy) == [HELD_MORE[2]]


def test_a_primary_that_is_gone_takes_nothing_away(policy, primary):
    primary.publish(1, BAD)
    follow(policy, primary.port)
    update(policy)
    primary.stop()
    assert "Connection refused" in update(policy, 1)
    assert listed(policy) == HELD


def test_a_key_that_everybody_can_read_is_told(policy, primary):
    primary.publish(1, BAD)
    follow(policy, primary.port)
    (policy.folder / "transfer.secret").chmod(0o644)
    assert "every user can read the key file" in update(policy)


# ---- a primary that lies ----


def zone_of(serial, records=tuple(BAD)):
    return [[soa(serial), *records, soa(serial)]]


def test_one_message_or_many(policy, liar):
    server = liar(SOA=[[soa(1)]], AXFR=[[r] for r in [soa(1), *BAD, soa(1)]])
    follow(policy, server.port, key=None)
    update(policy)
    assert listed(policy) == HELD
    assert server.asked == ["SOA/udp", "AXFR/tcp"]


def test_an_ixfr_that_is_a_zone(policy, liar):
    server = liar(SOA=[[soa(1)]], AXFR=zone_of(1))
    follow(policy, server.port, key=None)
    update(policy)
    server.answers = {"SOA": [[soa(2)]], "IXFR": zone_of(2, BAD + MORE)}
    update(policy)
    assert listed(policy) == HELD_MORE


@pytest.mark.parametrize(
    "answer",
    [
        [dns.rcode.NOTIMP],
        [dns.rcode.REFUSED],
        [dns.rcode.SERVFAIL],
        [None],
        [[soa(2), soa(1), "missing.example CNAME .", soa(2), *MORE, soa(2)]],
        [[soa(2), soa(1), soa(2), BAD[0], soa(2)]],
        [[soa(2), soa(0), soa(2), soa(2)]],
        [b"\x00" * 40],
    ],
)
def test_after_an_ixfr_that_fails_there_is_an_axfr(policy, liar, answer):
    server = liar(SOA=[[soa(1)]], AXFR=zone_of(1))
    follow(policy, server.port, key=None)
    update(policy)
    server.asked.clear()
    server.answers = {
        "SOA": [[soa(2)]],
        "IXFR": answer,
        "AXFR": zone_of(2, BAD + MORE),
    }
    update(policy)
    assert server.asked == ["SOA/udp", "IXFR/tcp", "AXFR/tcp"]
    assert listed(policy) == HELD_MORE


def endless():
    number = 0
    yield [soa(2)]
    while True:
        number += 1
        yield [f"n{number}-{i}.example CNAME ." for i in range(200)]


LIES = [
    ([[soa(2), *MORE], None], "in the middle of the transfer"),
    ([[soa(2), *MORE, soa(3)]], "begins with serial 2 and ends with 3"),
    (
        [["other.example. SOA . . 2 1 1 1 1"]],
        "a SOA record of another zone",
    ),
    ([[soa(2), "x.other.example. CNAME .", soa(2)]], "not in the zone"),
    ([[*MORE, soa(2)]], "does not begin with a SOA"),
    ([b"GET / HTTP/1.1"], "malformed"),
    ([b""], "malformed"),
    ([dns.rcode.REFUSED], "the primary answers REFUSED"),
    ([None], "ends the connection without an answer"),
    (endless, "is larger than 1000000 octets"),
    (zone_of(0), "went backwards, from 1 to 0"),
]


@pytest.mark.parametrize("answer, message", LIES, ids=[m for _, m in LIES])
def test_after_a_lie_the_last_good_zone_stays(policy, liar, answer, message):
    server = liar(SOA=[[soa(1)]], AXFR=zone_of(1))
    follow(policy, server.port, key=None, **{"max-size": "1MB"})
    update(policy)
    copy = copy_of(policy)
    server.answers = {"SOA": [[soa(2)]], "AXFR": answer, "IXFR": answer}
    assert message in update(policy, 1)
    assert listed(policy) == HELD
    assert copy_of(policy) == copy
    # and the zone that comes then is taken
    server.answers = {"SOA": [[soa(2)]], "AXFR": zone_of(2, BAD + MORE)}
    update(policy)
    assert listed(policy) == HELD_MORE


def test_a_primary_that_says_nothing_is_not_waited_for_long(policy, liar):
    server = liar(SOA=[[soa(1)]], AXFR=zone_of(1))
    follow(policy, server.port, key=None, timeout="3s")
    update(policy)
    server.answers = {"SOA": []}
    assert "no answer in time" in update(policy, 1)
    assert listed(policy) == HELD


def test_a_zone_past_its_expire_time_is_stale_and_in_force(policy, liar):
    short = soa(1).replace("86400", "1")
    server = liar(SOA=[[short]], AXFR=[[short, *BAD, short]])
    follow(policy, server.port, key=None)
    update(policy)
    server.stop()
    assert "Connection refused" in update(policy, 1)
    wait_until(
        lambda: "STALE: past its SOA's expire time" in policy.run("status").stdout,
        "the zone is not stale",
    )
    assert listed(policy) == HELD


def test_every_message_may_be_signed(policy, liar):
    server = liar(SOA=[[soa(1)]], AXFR=[[r] for r in [soa(1), *BAD, soa(1)]])
    server.signed_with = dns.tsigkeyring.from_text({KEY: SECRET})
    follow(policy, server.port)
    update(policy)
    assert listed(policy) == HELD


def test_an_answer_that_is_not_signed_is_refused(policy, liar):
    server = liar(SOA=[[soa(1)]], AXFR=zone_of(1))
    server.signed_with = dns.tsigkeyring.from_text({KEY: SECRET})
    server.forget_signature = True
    follow(policy, server.port)
    assert "the answer is not signed" in update(policy, 1)
    assert listed(policy) == []


def test_over_tcp_where_udp_brings_nothing(policy, liar):
    server = liar(tcp_only=True, SOA=[[soa(1)]], AXFR=zone_of(1))
    follow(policy, server.port, key=None)
    update(policy)
    assert listed(policy) == HELD
    assert server.asked == ["SOA/tcp", "AXFR/tcp"]
