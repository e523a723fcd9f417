"""slow.py - an authority that answers only when it is told to, and clients that
wait for it."""

import contextlib
import threading

import dns.flags
import dns.message
import dns.rrset
import pytest

from environment import PATIENCE, wait_until
from loopback import Loopback

# For Unbound's configuration: it gives up clients that have waited for 1.9 s.
PATIENT = ["discard-timeout: 600000"]

SLOW = "192.0.2.99"  # what the fixture answers


class SlowAuthority(Loopback):
    """Holds every question for A until release(); then all get ANSWER."""

    zone = "slow.example"

    def __init__(self, answer):
        self.answer = answer
        self.released = threading.Event()
        super().__init__()

    def release(self):
        self.released.set()

    def stop(self):
        self.release()
        super().stop()

    def reply(self, query):
        self.released.wait()
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA
        name = query.question[0].name
        reply.answer.append(dns.rrset.from_text(name, 3600, "IN", "A", self.answer))
        return reply


@pytest.fixture
def slow():
    authority = SlowAuthority(SLOW)
    yield authority
    authority.stop()


@contextlib.contextmanager
def waiting(resolver, slow, *questions):
    """Ask all QUESTIONS (name, options of ask()) while the authority is silent.

    Yields a list of their replies, in order, that is full after the block.
    """
    found = [None] * len(questions)

    def client(number, name, options):
        found[number] = resolver.ask(name, **options)

    threads = []
    before = resolver.counter("total.num.queries")
    try:
        for number, (name, options) in enumerate(questions):
            thread = threading.Thread(target=client, args=(number, name, options))
            threads.append(thread)
            thread.start()
            wait_until(
                lambda n=number: resolver.counter("total.num.queries") > before + n,
                "Unbound was not asked",
            )
        yield found
    finally:
        slow.release()
        for thread in threads:
            thread.join(20 * PATIENCE)
    assert None not in found
