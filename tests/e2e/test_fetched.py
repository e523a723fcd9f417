"""test_fetched.py - a fetched feed in a running resolver.

What a server may answer, and that nothing else happens to the database then, is
in tests/fetch; here is what clients see of it.
"""

import gzip
import http.server
import threading

import pytest

import replies
from authority import OTHER

NAMES = ("one.test-zone", "two.test-zone", "three.test-zone")


class Server(http.server.ThreadingHTTPServer):
    """Answers everything with `body`, of which it announces `length`."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.body, self.length = 200, b"", None


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(self.server.status)
        length = self.server.length or len(self.server.body)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


@pytest.fixture
def server():
    made = Server()
    threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def blocked(resolver):
    """Which of the names are."""
    found = {name: replies.addresses(resolver.ask(name)) for name in NAMES}
    assert all(addresses in (["0.0.0.0"], [OTHER]) for addresses in found.values())
    return {name for name in NAMES if found[name] == ["0.0.0.0"]}


def test_good_bad_good(policy, start_resolver, server):
    """Bad copies come and go; clients see the good ones only."""
    policy.settings["spool"] = policy.folder / "spool"
    policy.feeds.append({"name": "fetched", "format": "domains",
                         "url": f"http://127.0.0.1:{server.server_port}/list"})
    policy.write_configuration()
    server.body = b"one.test-zone\n"
    policy.run("update")
    resolver = start_resolver()
    assert blocked(resolver) == {"one.test-zone"}
    packed = gzip.compress(b"two.test-zone\n" * 100)
    for status, body, length in (
            (404, b"", None), (200, b"two.test-zone\n", 100),
            (200, b"", None), (200, packed[:-4], None),
            (200, b"<html><body>two.test-zone</body></html>\n", None)):
        server.status, server.body, server.length = status, body, length
        policy.run("update", "fetched", status=1)
        assert blocked(resolver) == {"one.test-zone"}
    server.body = gzip.compress(b"two.test-zone\nthree.test-zone\n")
    policy.run("update", "fetched", "--wait=60s")
    assert blocked(resolver) == {"two.test-zone", "three.test-zone"}
