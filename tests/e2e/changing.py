"""changing.py - an authority whose answers change from one question to the next."""

import itertools

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from loopback import Loopback

NEGATIVE = "ns.invalid. hostmaster.invalid. 1 3600 900 604800 1"


class Changing(Loopback):
    """Answers what say() has told it; below a name, all else as that name.

    With AUTHORITATIVE false it does not set AA, as a forwarder does not.
    """

    def __init__(self, authoritative=True):
        self.authoritative = authoritative
        self.answers = {}
        self.records = {}
        super().__init__()

    def forward(self):
        """As stub(), for all names, as a forwarder."""
        return f'forward-zone:\n\tname: "."\n\tforward-addr: 127.0.0.1@{self.port}\n'

    def say(self, name, ttl, *addresses, qtype="A"):
        """For NAME, and what is below it, from now on."""
        self.change(name, itertools.repeat((ttl, addresses)), qtype)

    def change(self, name, answers, qtype="A"):
        """For each question the next of ANSWERS: (TTL, [rdata])."""
        self.answers[f"{name}.", qtype] = iter(answers)

    def give(self, name, records, qtype="A"):
        """For NAME these records, whatever they are: (owner, TTL, type, rdata)."""
        self.records[f"{name}.", qtype] = records

    def reply(self, query):
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        if self.authoritative:
            reply.flags |= dns.flags.AA
        name, qtype = query.question[0].name, query.question[0].rdtype
        given = name.to_text().lower(), dns.rdatatype.to_text(qtype)
        found = self._find(name, "CNAME") or self._find(name, qtype)
        if given in self.records:
            for owner, ttl, kind, data in self.records[given]:
                rrset = dns.rrset.from_text(f"{owner}.", 0, "IN", kind, data)
                rrset.ttl = ttl
                reply.answer.append(rrset)
        elif found:
            kind, (ttl, data) = found
            reply.answer.append(dns.rrset.from_text(name, ttl, "IN", kind, *data))
        else:
            reply.authority.append(
                dns.rrset.from_text(".", 1, "IN", "SOA", NEGATIVE)
            )
        return reply

    def _find(self, name, qtype):
        kind = dns.rdatatype.to_text(qtype) if not isinstance(qtype, str) else qtype
        while len(name) > 1:
            answers = self.answers.get((name.to_text().lower(), kind))
            if answers:
                return kind, next(answers)
            name = name.parent()
        return None
