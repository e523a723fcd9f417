"""test_proxy.py - clients behind a proxy that speaks PROXYv2.

It is the client that counts, for groups and in the log, never the proxy.
"""

import ipaddress
import socket
import struct

import dns.message
import pytest

import replies
from authority import BAD
from environment import PATIENCE
from process import free_port

PROXY = "127.0.0.1"
STAFF, GUEST, STAFF6, GUEST6 = (
    "203.0.113.9", "198.51.100.9", "2001:db8:1::9", "2001:db8:2::9",
)
NAME = "www.bad.example"
GROUPS = [
    {"name": "staff", "prefixes": ["203.0.113.0/24", "2001:db8:1::/48"],
     "mode": "exempt"},
    # Nobody behind it is in this one.
    {"name": "proxies", "prefixes": [PROXY], "mode": "shadow"},
]
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def header(client, tcp):
    """As haproxy.org's proxy-protocol.txt has it, section 2.2."""
    source = ipaddress.ip_address(client)
    target = ipaddress.ip_address("192.0.2.53" if source.version == 4 else "2001:db8::53")
    family = 0x10 if source.version == 4 else 0x20
    addresses = source.packed + target.packed + struct.pack("!HH", 40000, 53)
    kind = family | (1 if tcp else 2)
    return SIGNATURE + struct.pack("!BBH", 0x21, kind, len(addresses)) + addresses


class Proxy:
    """Asks in the name of clients."""

    def __init__(self, port):
        self.port = port

    def ask(self, client, name=NAME, tcp=False):
        query = dns.message.make_query(name, "A").to_wire()
        kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
        with socket.socket(socket.AF_INET, kind) as opened:
            opened.settimeout(10 * PATIENCE)
            opened.connect((PROXY, self.port))
            if tcp:
                query = struct.pack("!H", len(query)) + query
            opened.sendall(header(client, tcp) + query)
            if not tcp:
                return dns.message.from_wire(opened.recv(4096))
            with opened.makefile("rb") as stream:
                (length,) = struct.unpack("!H", stream.read(2))
                return dns.message.from_wire(stream.read(length))


@pytest.fixture
def behind(policy, start_resolver):
    """A resolver, and the proxy before it."""
    port = free_port()
    policy.settings["clients"] = GROUPS

    def start():
        policy.apply()
        resolver = start_resolver(
            server=[
                f"interface: {PROXY}@{port}",
                f"proxy-protocol-port: {port}",
                "access-control: 0.0.0.0/0 allow",
                "access-control: ::/0 allow",
            ]
        )
        return resolver, Proxy(port)

    return start


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
@pytest.mark.parametrize("by", ["name", "address"])
def test_group_is_the_clients(policy, behind, by, tcp):
    if by == "name":
        policy.feed("seized", ["bad.example"])
    else:
        policy.feed("networks", ["192.0.2.64/26"], "prefixes")
    resolver, proxy = behind()
    for _ in range(2):
        for client in (STAFF, STAFF6):
            replies.check_real(proxy.ask(client, tcp=tcp), BAD)
        for client in (GUEST, GUEST6):
            replies.check_sinkhole(proxy.ask(client, tcp=tcp), NAME)
    # Not by the proxy, who is in a group of his own.
    replies.check_real(resolver.ask(NAME), BAD)
    assert policy.log.wait(client=PROXY)["group"] == "proxies"
    for client in (GUEST, GUEST6):
        record = policy.log.wait(client=client, count=2)[0]
        assert (record["mode"], "group" in record) == ("enforce", False)
    assert len(policy.log.records()) == 5


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_trial_is_logged_for_the_client(policy, behind, tcp):
    """From the cache, too."""
    policy.feed("trial", ["bad.example"], mode="shadow")
    resolver, proxy = behind()
    for client in (GUEST, GUEST6, STAFF, GUEST):
        replies.check_real(proxy.ask(client, tcp=tcp), BAD)
    assert resolver.counter("total.num.cachehits") == 3
    policy.log.wait(client=GUEST, count=2, mode="shadow")
    policy.log.wait(client=GUEST6, mode="shadow")
    assert len(policy.log.records()) == 3
