"""A web server that takes webhooks, looks at their signature as the specification says, and misbehaves as a test tells it."""
import base64
import hashlib
import hmac
import http.server
import json
import ssl
import threading
import time

from harness import until


def verify(secret, headers, octets):
    """Which of the signatures fit, by https://github.com/standard-webhooks/standard-webhooks, "Verifying webhook authenticity"."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + octets
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return [hmac.compare_digest(expected, one) for one in headers["webhook-signature"].split(" ")]


class Event:
    """What came: id, record (the JSON), headers, octets."""

    def __init__(self, path, headers, octets):
        self.path, self.headers, self.octets = path, {k.lower(): v for k, v in headers.items()}, octets
        self.id, self.record = self.headers["webhook-id"], json.loads(octets)

    def fits(self, secret):
        return verify(secret, self.headers, self.octets)


class Hooks:
    """certificate: (chain, key), or None: clear text.

    answer(event): what is answered, instead of 204: a status, a tuple (status, {fields}, octets), an Event of threading to wait for
    before 204 is, or None: the connection is closed.
    """

    def __init__(self, address, port, certificate=None):
        self.events, self.answer, self.changed = [], lambda event: 204, threading.Condition()
        hooks = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                hooks.take(self)

            def do_GET(self):
                raise AssertionError("a redirect was followed")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, port), Handler)
        self.server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, request):
        event = Event(request.path, request.headers, request.rfile.read(int(request.headers["Content-Length"])))
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()
        answer = self.answer(event)
        if isinstance(answer, threading.Event):
            answer = 204 if answer.wait(60) else None
        if answer is None:
            request.close_connection = True
            return
        status, fields, octets = answer if isinstance(answer, tuple) else (answer, {}, b"")
        request.send_response(status)
        for name, value in {"Content-Length": len(octets), **fields}.items():
            request.send_header(name, str(value))
        request.end_headers()
        try:
            request.wfile.write(octets)
        except OSError:
            pass

    def wait(self, n, seconds=60):
        """The first n that came, once they have."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.events) >= n, seconds), (n, [e.record for e in self.events])
            return self.events[:n]

    def reset(self, answer=lambda event: 204):
        self.answer = answer
        with self.changed:
            self.events.clear()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def attempts(api, webhook, n=1, **of):
    """The log, once it has n rows that have those members."""
    def look():
        rows = api.ask("GET", f"/v1/webhooks/{webhook}/attempts?limit=100", status=200).json["attempts"]
        found = [row for row in rows if all(row[k] == v for k, v in of.items())]
        return found if len(found) >= n else None
    return until(look, seconds=60, what=f"{n} attempts with {of}")
