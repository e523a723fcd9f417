"""scripted.py - an authority whose zones a test writes, and that refers.

NSD serves every zone from one address and one port, which no referral can name:
Unbound follows those to port 53. With port 53 of a loopback address of its own
each zone can have servers of its own; that takes the right to open it.
"""

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone

from loopback import Loopback

SOA = "@ 3600 SOA ns hostmaster 1 3600 900 604800 300\n"


class Scripted(Loopback):
    """Serves ZONES, {name: text without SOA}."""

    def __init__(self, zones, address="127.0.0.1", port=0):
        self.zones = [
            dns.zone.from_text(
                f"$TTL 3600\n{SOA}{text}", name, relativize=False, check_origin=False
            )
            for name, text in zones.items()
        ]
        super().__init__(address, port)

    def reply(self, query):
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
