"""replies.py - what DESIGN section 3 says of a reply that policy made."""

import dns.edns
import dns.flags
import dns.name
import dns.rcode
import dns.rdatatype

TTL = 30  # the default

SIGNATURES = (dns.rdatatype.RRSIG, dns.rdatatype.NSEC, dns.rdatatype.NSEC3)


def ede(reply):
    """(code, text) of the one Extended DNS Error in it, or None."""
    found = [o for o in reply.options if o.otype == dns.edns.OptionType.EDE]
    assert len(found) <= 1, "more than one EDE"
    return (int(found[0].code), found[0].text) if found else None


def addresses(reply):
    """The A and AAAA rdata of the answer section, sorted."""
    return sorted(
        rdata.address
        for rrset in reply.answer
        if rrset.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA)
        for rdata in rrset
    )


def spelling(name):
    """The text of a name with its case."""
    return dns.name.from_text(name).to_text() if isinstance(name, str) else str(name)


def check_made_by_policy(reply, rcode=dns.rcode.NOERROR):
    """Flags and sections as every reply of the policy has them."""
    assert reply.rcode() == rcode, dns.rcode.to_text(reply.rcode())
    flags = dns.flags.to_text(reply.flags).split()
    assert flags == ["QR", "RD", "RA"]
    assert reply.opcode() == dns.opcode.QUERY
    for section in (reply.answer, reply.authority, reply.additional):
        for rrset in section:
            assert rrset.rdtype not in SIGNATURES, rrset


def check_answer(reply, qname, expected, ttl=TTL):
    """Exactly the RRsets of EXPECTED, {type: [addresses]}, owned by QNAME."""
    check_made_by_policy(reply)
    found = {}
    for rrset in reply.answer:
        assert rrset.name.to_text() == spelling(qname)
        assert rrset.ttl == ttl
        kind = dns.rdatatype.to_text(rrset.rdtype)
        assert kind not in found
        found[kind] = sorted(rdata.address for rdata in rrset)
    assert found == expected
    assert reply.authority == []
    assert reply.additional == []


def check_sinkhole(reply, qname):
    """The default sinkhole's answer to a question for A or AAAA."""
    kind = dns.rdatatype.to_text(reply.question[0].rdtype)
    sink = {"A": {"A": ["0.0.0.0"]}, "AAAA": {"AAAA": ["::"]}}
    check_answer(reply, qname, sink[kind])


def check_negative(reply, qname, rcode, ttl=TTL):
    """NODATA or NXDOMAIN: a SOA that lets clients cache it for the TTL."""
    check_made_by_policy(reply, rcode)
    assert reply.answer == []
    assert reply.additional == []
    assert len(reply.authority) == 1
    soa = reply.authority[0]
    assert soa.rdtype == dns.rdatatype.SOA
    assert soa.name.to_text() == spelling(qname)
    assert (soa.ttl, soa[0].minimum) == (ttl, ttl)


def check_nodata(reply, qname, ttl=TTL):
    check_negative(reply, qname, dns.rcode.NOERROR, ttl)


def check_nxdomain(reply, qname, ttl=TTL):
    check_negative(reply, qname, dns.rcode.NXDOMAIN, ttl)


def check_refused(reply):
    check_made_by_policy(reply, dns.rcode.REFUSED)
    assert reply.answer == reply.authority == reply.additional == []


def check_real(reply, *expected):
    """An answer that policy had no hand in, with these addresses."""
    assert reply.rcode() == dns.rcode.NOERROR, dns.rcode.to_text(reply.rcode())
    assert addresses(reply) == sorted(expected)
    assert ede(reply) is None
