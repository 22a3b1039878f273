"""A fake of rspamd's normal worker, named as such: it reads what it is asked, by HTTP, and answers what a test tells it.  The real one is in
tests/interop/test_rspamd.py."""
import json

from milters import Fake


class FakeRspamd(Fake):
    """`says`: an object, answered as JSON, or a function of the connection, called once the request was read; `pings` is such a function for who only
    asks whether it is there."""

    def __init__(self):
        super().__init__(self.answer)
        self.says, self.asked = {"action": "no action"}, []
        self.pings = pong
        self.url = f"http://{self.endpoint}"

    def answer(self, connection):
        octets = b""
        while b"\r\n\r\n" not in octets:
            octets += receive(connection)
        head, _, body = octets.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = [tuple(line.split(": ", 1)) for line in lines]
        if first == "GET /ping HTTP/1.1":
            return self.pings(connection)
        while len(body) < int(dict(fields)["Content-Length"]):
            body += receive(connection)
        self.asked.append((first, fields, body))
        return self.says(connection) if callable(self.says) else reply(connection, json.dumps(self.says).encode())


def receive(connection):
    octets = connection.recv(1 << 16)
    if not octets:
        raise EOFError
    return octets


def pong(connection):
    reply(connection, b"pong\r\n", more="Server: rspamd/3.4\r\n")


def reply(connection, body, status="200 OK", more=""):
    connection.sendall(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body)
