"""primary.py - primaries of response policy zones: a real one, and one that lies.

The real one is NSD, with a key and differences. The other is a script: what it
answers to each query is up to the test.
"""

import os
import signal
import socket
import struct
import threading
import time

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.tsigkeyring

from authority import program
from environment import PATIENCE, wait_until
from process import Child, free_port

ZONE = "rpz.example"
KEY = "transfer.key"
SECRET = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IDEyMzQ="
OTHER_SECRET = "b3RoZXIgIHNlY3JldCBzZWNyZXQgc2VjcmV0IDEyMzQ="

CONFIGURATION = """\
server:
	server-count: 1
	ip-address: 127.0.0.1@{port}
	username: ""
	zonesdir: "{folder}"
	database: ""
	pidfile: "{folder}/primary.pid"
	xfrdfile: "{folder}/primary.state"
	zonelistfile: "{folder}/primary.list"
	rrl-ratelimit: 0
remote-control:
	control-enable: no
key:
	name: "{key}"
	algorithm: hmac-sha256
	secret: "{secret}"
zone:
	name: "{zone}"
	zonefile: "primary.zone"
	store-ixfr: {ixfr}
	create-ixfr: {ixfr}
	provide-xfr: 127.0.0.1 {key}
"""


def soa(serial, refresh=3600, retry=600):
    return f"@ SOA ns.example. root.example. {serial} {refresh} {retry} 86400 60"


class Primary:
    """One NSD with the zone, to those who have the key."""

    def __init__(self, folder, differences=True):
        self.folder = folder
        self.port = free_port()
        self.differences = differences
        self.child = None

    def publish(self, serial, records, **times):
        """Make RECORDS the zone's, and have them served."""
        lines = ["$TTL 60", soa(serial, **times), "@ NS ns.example.", *records]
        (self.folder / "primary.zone").write_text("\n".join(lines) + "\n")
        if self.child is None:
            self._start()
        else:
            os.kill(int((self.folder / "primary.pid").read_text()), signal.SIGHUP)
        wait_until(lambda: self.serial() == serial, f"NSD does not serve {serial}")

    def _start(self):
        path = self.folder / "primary.conf"
        path.write_text(
            CONFIGURATION.format(
                port=self.port,
                folder=self.folder,
                key=KEY,
                secret=SECRET,
                zone=ZONE,
                ixfr="yes" if self.differences else "no",
            )
        )
        self.child = Child("primary", [program(), "-d", "-c", path], self.folder)

    def serial(self):
        assert self.child.running(), f"NSD ended:\n{self.child.tail()}"
        query = dns.message.make_query(ZONE, "SOA")
        try:
            reply = dns.query.udp(query, "127.0.0.1", 0.2 * PATIENCE, self.port)
        except (dns.exception.DNSException, OSError):
            return None
        if not reply.answer:
            return None
        return reply.answer[0][0].serial

    def stop(self):
        if self.child is not None:
            self.child.stop()
            self.child = None


class Liar:
    """A server that answers as ANSWERS says, over UDP and TCP.

    ANSWERS maps "SOA", "AXFR" and "IXFR" to a list of what is sent: a list of
    records is a message, octets are sent as they are, a number is an rcode, None
    ends the connection. A generator in a list's place may yield them without end.
    """

    def __init__(self, tcp_only=False, **answers):
        self.answers = answers
        self.asked = []
        self.signed_with = None  # a keyring: every message is signed,
        self.forget_signature = False  # unless it is forgotten
        self.port = free_port()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.tcp = socket.create_server(("127.0.0.1", self.port))
        self.ended = False
        if tcp_only:
            self.udp.close()
        else:
            threading.Thread(target=self._serve_udp, daemon=True).start()
        threading.Thread(target=self._serve_tcp, daemon=True).start()

    def stop(self):
        self.ended = True
        for end in (self.udp, self.tcp):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def _messages(self, wire, over):
        query = dns.message.from_wire(
            wire, keyring=self.signed_with, ignore_trailing=True
        )
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        self.asked.append(f"{kind}/{over}")
        answers = self.answers.get(kind, [dns.rcode.REFUSED])
        context = None
        for answer in answers() if callable(answers) else answers:
            if answer is None or isinstance(answer, bytes):
                yield answer
                continue
            reply = dns.message.make_response(query)
            reply.flags |= dns.flags.AA
            if self.forget_signature:
                reply.tsig = reply.keyring = None
            if isinstance(answer, int):
                reply.set_rcode(answer)
            else:
                for record in answer:
                    add(reply, record)
            octets = reply.to_wire(multi=reply.tsig is not None, tsig_ctx=context)
            context = reply.tsig_ctx
            yield octets

    def _serve_udp(self):
        while not self.ended:
            try:
                wire, address = self.udp.recvfrom(65535)
                if self.ended:
                    return
                for octets in self._messages(wire, "udp"):
                    if octets is not None:
                        self.udp.sendto(octets, address)
            except OSError:
                continue

    def _serve_tcp(self):
        while not self.ended:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                continue
            with connection:
                try:
                    self._converse(connection)
                except OSError:
                    pass  # the client has had enough

    def _converse(self, connection):
        (size,) = struct.unpack("!H", receive(connection, 2))
        for octets in self._messages(receive(connection, size), "tcp"):
            if octets is None:
                return
            connection.sendall(struct.pack("!H", len(octets)) + octets)
        time.sleep(0.01)


def add(reply, record):
    """Add "owner type data" to the answer: each a set of its own, in order."""
    owner, kind, data = record.split(" ", 2)
    name = ZONE + "." if owner == "@" else owner
    if not name.endswith("."):
        name += f".{ZONE}."
    reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, data))


def receive(connection, size):
    octets = b""
    while len(octets) < size:
        more = connection.recv(size - len(octets))
        if not more:
            raise OSError("the client is gone")
        octets += more
    return octets
