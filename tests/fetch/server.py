"""server.py - an HTTP server on the loopback that misbehaves as it is told.

What is asked for is looked up in `routes`: a path and a function that answers.
Each request is kept in `asked`, with its headers.
"""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        answer = self.server.routes.get(self.path.partition("?")[0])
        try:
            (answer or status(404))(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, certificate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.routes = {}
        self.asked = []
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
            self.scheme = "https"
        threading.Thread(target=self.serve_forever, args=(0.05,),
                         daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a client that does not like our certificate

    def url(self, path):
        return f"{self.scheme}://127.0.0.1:{self.server_port}{path}"

    def paths(self):
        return [path for path, _ in self.asked]


# ---- answers ----


def send(handler, code, body=b"", length=None, **headers):
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", len(body) if length is None
                        else length)
    handler.end_headers()
    handler.wfile.write(body)


def octets(body):
    return body.encode() if isinstance(body, str) else body


def text(body, **headers):
    """200, whatever the client has."""
    return lambda handler: send(handler, 200, octets(body), **headers)


def validated(body, **validators):
    """200, or 304 to a client that has this very copy."""
    asks = {"ETag": "If-None-Match", "Last_Modified": "If-Modified-Since"}

    def answer(handler):
        for name, value in validators.items():
            if handler.headers.get(asks[name]) == value:
                send(handler, 304, **validators)
                return
        send(handler, 200, octets(body), **validators)
    return answer


def status(code, **headers):
    return lambda handler: send(handler, code, b"an error page\n", **headers)


def in_turn(*answers):
    """One after the other; the last one from then on."""
    left = list(answers)

    def answer(handler):
        (left.pop(0) if len(left) > 1 else left[0])(handler)
    return answer


def redirect(location, code=302):
    return lambda handler: send(handler, code, Location=location)


def cut(body, length):
    """The length of all, then a part, then the connection's end."""
    def answer(handler):
        send(handler, 200, octets(body), length=length)
        handler.close_connection = True
    return answer


def cut_chunks(body):
    """Chunks without the last one."""
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(body), octets(body)))
        handler.close_connection = True
    return answer


def stalled(body, until):
    """A part, then nothing until the event, which the test sets at its end."""
    def answer(handler):
        send(handler, 200, octets(body), length=1000000)
        handler.wfile.flush()
        until.wait(30)
        handler.close_connection = True
    return answer


def endless(size, announced=True):
    """SIZE octets of names, made up as they are sent."""
    def answer(handler):
        handler.send_response(200)
        if announced:
            handler.send_header("Content-Length", size)
        handler.send_header("Connection", "close")
        handler.end_headers()
        block = b"".join(b"n%07d.endless.example\n" % n for n in range(4000))
        for _ in range(0, size, len(block)):
            handler.wfile.write(block)
    return answer
