"""authority.py - the real authoritative server behind the resolver: NSD.

It serves the zones of zones/, each under its own name, and so that nothing
asks the Internet also the root: any name of no other zone exists there, with
the addresses OTHER and OTHER6.
"""

import os
import shutil
import subprocess

import dns.message
import dns.query
import dns.rcode

from environment import HERE, PATIENCE, UNBOUND_BUILD, wait_until
from process import Child, free_port

# What the zones hold: a wildcard each, so that every name below exists.
GOOD, GOOD6 = "192.0.2.10", "2001:db8::10"  # good.example, a benign zone
BAD, BAD6 = "192.0.2.66", "2001:db8::66"  # bad.example, which tests block
GARDEN, GARDEN6 = "192.0.2.80", "2001:db8::80"  # garden.example
OTHER, OTHER6 = "192.0.2.1", "2001:db8::1"  # the root: everything else

SIGNED = {  # zones to sign, children first, with the DS to add
    "sub.signed.example": [],
    "signed.example": ["sub.signed.example"],
    "bogus.example": [],
}

CONFIGURATION = """\
server:
	server-count: 1
	ip-address: 127.0.0.1@{port}
	username: ""
	zonesdir: "{folder}"
	database: ""
	pidfile: "{folder}/nsd.pid"
	xfrdfile: "{folder}/xfrd.state"
	zonelistfile: "{folder}/zone.list"
	rrl-ratelimit: 0
remote-control:
	control-enable: no
"""


def program():
    """NSD as contrib/setup.sh unpacks it beside Unbound, or as installed."""
    unpacked = UNBOUND_BUILD.parent / "nsd/usr/sbin"
    folders = [str(unpacked), "/usr/sbin", "/usr/local/sbin", os.environ["PATH"]]
    found = shutil.which("nsd", path=os.pathsep.join(folders))
    assert found, "nsd is missing: run contrib/setup.sh --tests"
    return found


class Authority:
    """One NSD. trust_anchors holds a DS record for each signed zone."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.trust_anchors = {}
        self.zones = sorted(path.stem for path in (HERE / "zones").glob("*.zone"))
        for zone in self.zones:
            shutil.copy(HERE / "zones" / f"{zone}.zone", folder)
        for zone, children in SIGNED.items():
            self._sign(zone, children)

    def _sign(self, zone, children):
        path = self.folder / f"{zone}.zone"
        with open(path, "a", encoding="ascii") as text:
            for child in children:
                text.write(self.trust_anchors[child] + "\n")
        key = self._ldns("ldns-keygen", "-k", "-a", "ECDSAP256SHA256", zone)
        self.trust_anchors[zone] = (self.folder / f"{key}.ds").read_text().strip()
        self._ldns("ldns-signzone", "-o", zone, "-f", path, path, key)

    def _ldns(self, *argv):
        done = subprocess.run(
            argv, cwd=self.folder, capture_output=True, text=True, check=True,
            timeout=60 * PATIENCE,
        )
        return done.stdout.strip()

    def start(self):
        text = CONFIGURATION.format(port=self.port, folder=self.folder)
        for zone in self.zones:
            name = "." if zone == "root" else zone
            text += f'zone:\n\tname: "{name}"\n\tzonefile: "{zone}.zone"\n'
        path = self.folder / "nsd.conf"
        path.write_text(text)
        self.child = Child("nsd", [program(), "-d", "-c", path], self.folder)
        wait_until(self._answers, "NSD did not start")

    def _answers(self):
        assert self.child.running(), f"NSD ended:\n{self.child.tail()}"
        query = dns.message.make_query("www.good.example", "A")
        try:
            reply = dns.query.udp(query, "127.0.0.1", 0.2 * PATIENCE, self.port)
        except (dns.exception.DNSException, OSError):
            # Not yet there. The question may even have come back to us: until
            # NSD has the port, a client's socket can be given it.
            return False
        return reply.rcode() == dns.rcode.NOERROR

    def stop(self):
        self.child.stop()

    def stub_zones(self):
        """unbound.conf clauses that send every question here."""
        text = ""
        for zone in self.zones:
            name = "." if zone == "root" else zone
            text += f'stub-zone:\n\tname: "{name}"\n'
            text += f"\tstub-addr: 127.0.0.1@{self.port}\n"
        return text
