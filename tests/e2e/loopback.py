"""loopback.py - what the authorities that tests write themselves have in common."""

import socket
import threading

import dns.message
import pytest


class Loopback:
    """Gives reply(QUERY) to each question over UDP; notes who was asked for."""

    zone = "example"  # what stub() sends here

    def __init__(self, address="127.0.0.1", port=0):
        self.asked = []  # names in lower case, without the last dot
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
        # An empty datagram ends the thread.
        self.socket.sendto(b"", (self.address, self.port))
        self.thread.join()
        self.socket.close()

    def count(self, name):
        """How often NAME was asked for."""
        return self.asked.count(name)

    def stub(self, zone=None, name=None):
        """A clause of unbound.conf: questions below ZONE go here, to the address
        or to the server of this NAME."""
        where = f"stub-host: {name}" if name else f"stub-addr: {self.address}"
        return f'stub-zone:\n\tname: "{zone or self.zone}"\n\t{where}@{self.port}\n'

    def _serve(self):
        while True:
            packet, client = self.socket.recvfrom(4096)
            if not packet:
                return
            query = dns.message.from_wire(packet)
            self.asked.append(query.question[0].name.to_text(True).lower())
            # However large: Unbound takes what loopback carries.
            reply = self.reply(query).to_wire(max_size=65535)
            self.socket.sendto(reply, client)
