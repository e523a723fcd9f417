"""test_names.py - scopes, and names as they really come: any case, any octet."""

import dns.flags
import dns.name
import pytest

import replies
from authority import BAD

LONG = ".".join(["l" * 63, "o" * 63, "n" * 63, "g" * 49, "bad", "example"])


def fill(policy):
    policy.feed("exact", ["exact.bad.example", "Upper.BAD.example"], scope="exact")
    policy.feed("subtree", ["subtree.bad.example", LONG], scope="subtree")
    policy.feed("below", ["*.below.bad.example CNAME ."], "rpz")
    policy.feed("hosts", ["0.0.0.0 hosts.bad.example"], "hosts")
    policy.feed("plain", ["plain.bad.example."])
    policy.feed(
        "octets",
        [r"a\.b.bad.example CNAME .", r"\000\127\009.bad.example CNAME ."],
        "rpz",
    )
    # pdns#4086, blocky#556: the apex without its subdomains, or the reverse.
    policy.feed(
        "both", ["both.bad.example CNAME .", "*.both.bad.example CNAME ."], "rpz"
    )


def is_blocked(reply):
    assert replies.addresses(reply) in ([], ["0.0.0.0"], [BAD])
    return replies.addresses(reply) != [BAD]


@pytest.mark.parametrize(
    "listed, itself, children",
    [
        ("exact", True, False),
        ("subtree", True, True),
        ("below", False, True),
        ("hosts", True, False),
        ("plain", True, True),
        ("both", True, True),
    ],
)
def test_scope(shared, listed, itself, children):
    name = f"{listed}.bad.example"
    assert is_blocked(shared.ask(name)) == itself
    assert is_blocked(shared.ask(f"www.{name}")) == children
    assert is_blocked(shared.ask(f"a.b.c.{name}")) == children
    assert not is_blocked(shared.ask(f"x{name}"))
    assert not is_blocked(shared.ask(f"{listed}x.bad.example"))
    assert not is_blocked(shared.ask("bad.example"))


@pytest.mark.parametrize("spelling", ["upper", "UPPER", "uPpEr"])
def test_case_is_no_difference_but_is_kept(shared, spelling):
    name = f"{spelling}.bAd.ExAmPlE"
    reply = shared.ask(name)
    replies.check_sinkhole(reply, name)
    assert reply.question[0].name.to_text() == name + "."


def test_the_longest_name(shared):
    assert len(dns.name.from_text(LONG).to_wire()) == 255
    replies.check_sinkhole(shared.ask(LONG), LONG)
    replies.check_nodata(shared.ask(LONG, "TXT"), LONG)


def test_a_dot_within_a_label(shared):
    """a\\.b is one label; a.b is two."""
    name = dns.name.from_text(r"a\.b.bad.example")
    replies.check_nxdomain(shared.ask(name), name)
    assert not is_blocked(shared.ask("a.b.bad.example"))


def test_octets_that_are_no_text(shared):
    name = dns.name.from_text(r"\000\127\009.bad.example")
    replies.check_nxdomain(shared.ask(name), name)
    other = dns.name.from_text(r"\000\126\009.bad.example")
    assert not is_blocked(shared.ask(other))


def test_the_operator_may_list_any_octet(policy, start_resolver):
    name = dns.name.from_text(r"\255\000.bad.example")
    policy.apply()
    policy.block(name.to_text())
    resolver = start_resolver()
    replies.check_sinkhole(resolver.ask(name), name)
    other = dns.name.from_text(r"\255\001.bad.example")
    assert not is_blocked(resolver.ask(other))


@pytest.mark.parametrize("label", [r"\000", r"\255", r"\032", r"\"", r"\\", "*", "_x"])
def test_any_octet_below_a_listed_name(shared, label):
    name = dns.name.from_text(f"{label}.subtree.bad.example")
    replies.check_sinkhole(shared.ask(name), name)


def test_the_root_and_one_label_pass(shared):
    for name in (".", "example", "com"):
        reply = shared.ask(name, "SOA")
        assert reply.rcode() == 0
        assert replies.ede(reply) is None


@pytest.mark.parametrize("flags", ["RD", "RD CD"])
@pytest.mark.parametrize("modules", ["dynlib validator iterator", "dynlib iterator"])
def test_an_alias_is_no_way_round(policy, start_resolver, modules, flags):
    """Following it, Unbound asks for the listed name: not to be found in its
    cache by a client who asks for that name afterwards."""
    policy.feed("seized", ["bad.example"])
    policy.apply()
    resolver = start_resolver(modules=modules)
    for qtype in ("A", "AAAA"):
        resolver.ask("alias.good.example", qtype)
        reply = resolver.ask("www.bad.example", qtype, flags=dns.flags.from_text(flags))
        expected = ["0.0.0.0"] if qtype == "A" else ["::"]
        assert replies.addresses(reply) == expected


@pytest.mark.parametrize("modules", ["dynlib validator iterator", "dynlib iterator"])
def test_query_name_minimisation_is_no_way_round(policy, start_resolver, modules):
    """Unbound asks for the names above an allowed one by itself."""
    policy.feed("seized", ["bad.example"])
    policy.apply()
    policy.allow("a.b.c.d.bad.example")
    resolver = start_resolver(modules=modules, server=["qname-minimisation: yes"])
    replies.check_real(resolver.ask("a.b.c.d.bad.example"), BAD)
    for name in ("b.c.d.bad.example", "c.d.bad.example", "d.bad.example"):
        for flags in ("RD", "RD CD"):
            reply = resolver.ask(name, flags=dns.flags.from_text(flags))
            assert replies.addresses(reply) == ["0.0.0.0"], name
