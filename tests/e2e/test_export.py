"""test_export.py - an exported zone is loaded by other servers, and Unbound's
own RPZ then decides with it as sinkbound does."""

import shutil
import subprocess
from pathlib import Path

import dns.rcode
import pytest

from authority import program
from primary import Primary, ZONE
from replies import addresses
from resolver import Unbound

NAMES = [
    "www.good.example",
    "good.example",
    "listed.good.example",
    "www.listed.good.example",
    "a.b.deep.good.example",
    "c.b.deep.good.example",
    "b.deep.good.example",
    "x.a.b.deep.good.example",
    "deep.good.example",
    "exact.good.example",
    "below.exact.good.example",
    "below.good.example",
    "www.below.good.example",
    "nodata.good.example",
    "garden.good.example",
    "www.garden.good.example",
    "ok.listed.good.example",
    "www.ok.listed.good.example",
    "first.two.good.example",
    "other.two.good.example",
    "two.good.example",
    "own.good.example",
    "www.bad.example",
    "bad.example",
    "other.example",
]


def fill(policy):
    policy.feed("exceptions", ["ok.listed.good.example"], action="allow")
    policy.feed(
        "first", ["listed.good.example", "first.two.good.example"], action="nxdomain"
    )
    policy.feed("exact", ["0.0.0.0 exact.good.example"], format="hosts")
    policy.feed("below", ["below.good.example"], scope="below", action="nodata")
    policy.feed(
        "zone",
        [
            "nodata.good.example CNAME *.",
            "garden.good.example CNAME www.garden.example.",
            "*.garden.good.example CNAME www.garden.example.",
            "own.good.example A 192.0.2.53",
            "a.b.deep.good.example CNAME rpz-passthru.",
        ],
        format="rpz",
    )
    policy.feed("last", ["deep.good.example", "two.good.example"], action="nxdomain")
    policy.feed("networks", ["192.0.2.66", "2001:db8::66"], format="prefixes")


def export(policy, *options):
    path = policy.folder / "export.zone"
    policy.run("export", "rpz", "--zone", ZONE, "--output", path, *options)
    return path


def decision(reply):
    return reply.rcode(), addresses(reply)


def test_unbound_decides_alike(policy, start_resolver, authority, tmp_path):
    fill(policy)
    policy.apply()
    ours = start_resolver()
    folder = tmp_path / "rpz"
    folder.mkdir()
    zone = shutil.copy(export(policy), folder / "export.zone")
    theirs = Unbound(
        folder,
        authority,
        modules="respip validator iterator",
        clauses=f'rpz:\n\tname: "{ZONE}"\n\tzonefile: "{zone}"\n',
    )
    theirs.start()
    try:
        blocked = 0
        for name in NAMES:
            for kind in ("A", "AAAA", "TXT"):
                expected = decision(ours.ask(name, kind))
                assert decision(theirs.ask(name, kind)) == expected, (name, kind)
            blocked += expected[0] == dns.rcode.NXDOMAIN
        assert blocked >= 5  # or nothing was compared
    finally:
        theirs.stop()


@pytest.mark.parametrize("checker", ["nsd-checkzone", "named-checkzone"])
def test_the_zone_is_well_formed(policy, checker):
    near = Path(program()).with_name(checker)
    path = near if near.exists() else shutil.which(checker, path="/usr/sbin:/usr/bin")
    if path is None:
        pytest.skip(f"{checker} is not installed")
    fill(policy)
    policy.apply()
    zone = export(policy)
    done = subprocess.run(
        [path, ZONE, zone], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_export_is_served_and_followed(policy, tmp_path):
    """From one sinkbound to another by way of a primary."""
    fill(policy)
    policy.apply()
    records = [
        line
        for line in export(policy).read_text().splitlines()
        if line[0] not in ";$@"
    ]
    held = outcome(policy)
    primary = Primary(tmp_path)
    try:
        primary.publish(1, records)
        policy.settings["spool"] = tmp_path / "spool"
        key = tmp_path / "key"
        key.write_text("c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IDEyMzQ=")
        tsig = {"name": "transfer.key", "key-file": str(key)}
        axfr = {"zone": ZONE, "primary": "127.0.0.1", "port": primary.port}
        policy.feeds = [
            {"name": "fleet", "format": "rpz", "axfr": {**axfr, "tsig": tsig}}
        ]
        policy.write_configuration()
        policy.run("update")
    finally:
        primary.stop()
    policy.run("apply")
    assert outcome(policy) == held


def outcome(policy):
    """What is decided of each name: without the feed that says it."""
    found = {}
    for name in NAMES:
        report = policy.explain(name)
        answer = report["answer"] or {}
        keys = ("action", "target", "ipv4", "ipv6")
        found[name] = report["verdict"], *(answer.get(key) for key in keys)
    return found
