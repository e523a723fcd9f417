"""slow.py - an authority that answers only when it is told to."""

import socket
import threading

import dns.flags
import dns.message
import dns.rrset

# For Unbound's configuration: it gives up clients that have waited for 1.9 s.
PATIENT = ["discard-timeout: 600000"]


class SlowAuthority:
    """Holds every question for A until release(); then all get ADDRESS."""

    def __init__(self, address):
        self.address = address
        self.released = threading.Event()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def release(self):
        self.released.set()

    def stop(self):
        self.released.set()
        # An empty datagram ends the thread.
        self.socket.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.socket.close()

    def _serve(self):
        while True:
            packet, client = self.socket.recvfrom(4096)
            if not packet:
                return
            self.released.wait()
            self.socket.sendto(self._answer(packet), client)

    def _answer(self, packet):
        query = dns.message.from_wire(packet)
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA
        name = query.question[0].name
        reply.answer.append(dns.rrset.from_text(name, 3600, "IN", "A", self.address))
        return reply.to_wire()
