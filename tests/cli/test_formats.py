"""test_formats.py - the list formats: one set of names in each, and real feeds.

The real feeds are those of a folder beside the checkout, where there is one.
"""

import json

import pytest
from conftest import TOP_SRCDIR

REAL_FEEDS = TOP_SRCDIR.parent / "shared/data"

# How each format writes a name.
RENDERINGS = {
    "domains": "{}\n",
    "wildcard": "*.{}\n",
    "hosts": "0.0.0.0 {}\n",
    "adblock": "||{}^\n",
    "dnsmasq": "address=/{}/0.0.0.0\n",
    "unbound": 'local-zone: "{}" always_nxdomain\n',
    "rpz": "{} CNAME .\n",
}
HEADS = {"rpz": "$TTL 30\n@ SOA a.example. b.example. 1 2 3 4 5\n"}


def configure(sandbox, path, format, **keys):
    feed = {"name": "list", "file": str(path), "format": format, **keys}
    (sandbox.folder / "sinkbound.yaml").write_text(
        json.dumps({"database": "policy.mdb", "log": "none", "feeds": [feed]})
    )


def apply(sandbox):
    result = sandbox.run("apply", "--json", "--accept")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)["feeds"][0]


def names(sandbox):
    lines = sandbox.run("dump", "--json").stdout.splitlines()
    return {json.loads(line)["name"] for line in lines}


def assert_adds_up(feed):
    taken = feed["added"] + feed["unchanged"]
    assert feed["read"] == taken + feed["rejected"]
    assert feed["rejected"] == sum(reason["count"] for reason in feed["reasons"])
    for reason in feed["reasons"]:
        assert len(reason["first"]) == min(reason["count"], 3)


@pytest.mark.parametrize("as_format", ["by name", "auto"])
@pytest.mark.parametrize("format", RENDERINGS)
def test_a_name_is_the_same_in_each_format(sandbox, format, as_format):
    listed = [f"n{i}.Bad-{i % 7}.example" for i in range(500)]
    listed += ["xn--bcher-kva.example", "under_score.bad.example", "3.bad.example"]
    text = HEADS.get(format, "")
    text += "".join(RENDERINGS[format].format(name) for name in listed)
    (sandbox.folder / "list").write_text(text)
    configure(sandbox, "list", format if as_format == "by name" else "auto")
    feed = apply(sandbox)
    assert feed["rejected"] == 0
    assert names(sandbox) == {name.lower() for name in listed}
    if as_format == "auto":
        assert feed["format"]["name"] == format


@pytest.mark.parametrize("format", ["domains", "hosts", "adblock", "wildcard"])
def test_unicode_is_converted(sandbox, format):
    (sandbox.folder / "list").write_text(RENDERINGS[format].format("bücher.example"))
    configure(sandbox, "list", format)
    apply(sandbox)
    assert names(sandbox) == {"xn--bcher-kva.example"}


# ---- real feeds ----

REAL = {
    "adblock": ["adblock/*"],
    "asns": ["asn/x4b*"],
    "dnsmasq": ["dnsmasq/*"],
    "domains": ["domains/*", "dyndns/*", "nrd/*", "abusech/feodo_domain*"],
    "feodo": ["abusech/feodo_ip*"],
    "hosts": ["hosts/*"],
    "misp": ["misp/test*", "misp/intelmq_misp*"],
    "misp-warninglist": ["warninglists/*"],
    "prefixes": ["ip/*"],
    "rpz": ["rpz/*.rpz", "rpz/unbound_replays/*"],
    "spamhaus-asndrop": ["spamhaus/*asndrop*"],
    "spamhaus-drop": ["spamhaus/drop*", "spamhaus/intelmq_drop*"],
    "stix": ["stix/*"],
    "unbound": ["unbound/*"],
    "urlhaus": ["abusech/urlhaus*"],
    "wildcard": ["wildcard/*"],
}


@pytest.mark.skipif(not REAL_FEEDS.is_dir(), reason="no real feeds")
@pytest.mark.parametrize("format", REAL)
def test_real_feeds_add_up(sandbox, format):
    action = "allow" if format == "misp-warninglist" else "sinkhole"
    paths = [path for glob in REAL[format] for path in REAL_FEEDS.glob(glob)]
    assert paths
    for path in sorted(paths):
        configure(sandbox, path, format, action=action)
        assert_adds_up(apply(sandbox))


@pytest.mark.skipif(not REAL_FEEDS.is_dir(), reason="no real feeds")
def test_renderings_of_a_real_feed_are_the_same_names(sandbox):
    suffixes = {"domains": ".domains.txt", "wildcard": ".wildcard.txt",
                "hosts": ".hosts.txt", "adblock": "_agh.txt",
                "dnsmasq": ".dnsmasq.conf", "unbound": ".unbound.conf", "rpz": ".rpz"}
    sets = {}
    for format, suffix in suffixes.items():
        path = REAL_FEEDS / format / f"urlhaus2025{suffix}"
        configure(sandbox, path, format, trust="full")
        apply(sandbox)
        sets[format] = names(sandbox)
        assert len(sets[format]) > 2000
    assert all(found == sets["hosts"] for found in sets.values())
