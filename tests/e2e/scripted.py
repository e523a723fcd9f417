"""scripted.py - an authority whose zones a test writes, and that refers.

NSD serves every zone from one address and one port, which no referral can name:
Unbound follows those to port 53. With port 53 of a loopback address of its own
each zone can have servers of its own; that takes the right to open it.
"""

import socket
import threading

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone
import pytest

SOA = "@ 3600 SOA ns hostmaster 1 3600 900 604800 300\n"


class Scripted:
    """Serves ZONES, {name: text without SOA}, over UDP; notes what was asked."""

    def __init__(self, zones, address="127.0.0.1", port=0):
        self.asked = []
        self.zones = [
            dns.zone.from_text(
                f"$TTL 3600\n{SOA}{text}", name, relativize=False, check_origin=False
            )
            for name, text in zones.items()
        ]
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.socket.bind((address, port))
        except OSError as error:
            self.socket.close()
            pytest.skip(f"{address}@{port}: {error}")
        self.address, self.port = self.socket.getsockname()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def stop(self):
        self.socket.sendto(b"", (self.address, self.port))  # ends the thread
        self.thread.join()
        self.socket.close()

    def stub(self, zone, name=None):
        """A clause of unbound.conf: ask this server, by address or by name."""
        where = f"stub-host: {name}" if name else f"stub-addr: {self.address}"
        return f'stub-zone:\n\tname: "{zone}"\n\t{where}@{self.port}\n'

    def _serve(self):
        while True:
            packet, client = self.socket.recvfrom(4096)
            if not packet:
                return
            query = dns.message.from_wire(packet)
            self.asked.append(query.question[0].name.to_text(True).lower())
            # However large: Unbound takes what loopback carries.
            reply = self._reply(query).to_wire(max_size=65535)
            self.socket.sendto(reply, client)

    def _reply(self, query):
        reply = dns.message.make_response(query)
        name, qtype = query.question[0].name, query.question[0].rdtype
        zones = [zone for zone in self.zones if name.is_subdomain(zone.origin)]
        if not zones:
            reply.set_rcode(dns.rcode.REFUSED)
            return reply
        zone = max(zones, key=lambda zone: len(zone.origin))
        if not self._refer(reply, zone, name):
            reply.flags |= dns.flags.AA
            self._answer(reply, zone, name, qtype)
        return reply

    def _refer(self, reply, zone, name):
        for labels in range(len(zone.origin) + 1, len(name) + 1):
            servers = zone.get_rrset(name.split(labels)[1], "NS")
            if servers:
                self._add_servers(reply, zone, servers)
                return True
        return False

    def _answer(self, reply, zone, name, qtype):
        found = zone.get_rrset(name, qtype) or zone.get_rrset(name, "CNAME")
        if found:
            reply.answer.append(found)
            self._add_servers(reply, zone, zone.get_rrset(zone.origin, "NS"))
            return
        if zone.get_node(name) is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        reply.authority.append(zone.get_rrset(zone.origin, "SOA"))

    def _add_servers(self, reply, zone, servers):
        reply.authority.append(servers)
        for server in servers:
            glue = zone.get_rrset(server.target, dns.rdatatype.A)
            if glue:
                reply.additional.append(glue)
