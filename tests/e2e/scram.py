"""A client of SCRAM-SHA-256 (RFC 5802, RFC 7677), from hashlib alone; and logins by it over SMTP, IMAP and POP3."""
import base64
import hashlib
import hmac
import secrets

from harness import ALICE, PASSWORD, Session


def encoded(octets):
    return base64.b64encode(octets).decode()


class Scram:
    """binding: None, or (name, octets) of -PLUS; flag: what the client says of bindings without one."""

    def __init__(self, account=ALICE, password=PASSWORD, binding=None, flag="n", who=""):
        self.account, self.password = account.replace("=", "=3D").replace(",", "=2C"), password.encode()
        self.header = f"p={binding[0]},{who}," if binding else f"{flag},{who},"
        self.bound = self.header.encode() + (binding[1] if binding else b"")
        self.nonce = secrets.token_hex(8)
        self.bare = f"n={self.account},r={self.nonce}"

    def first(self):
        return (self.header + self.bare).encode()

    def final(self, challenge):
        """The answer to the server's first message; remembers what the server must say to it."""
        parts = dict(part.split("=", 1) for part in challenge.decode().split(","))
        assert parts["r"].startswith(self.nonce) and len(parts["r"]) > len(self.nonce) + 20
        self.salt, self.iterations = base64.b64decode(parts["s"]), int(parts["i"])
        salted = hashlib.pbkdf2_hmac("sha256", self.password, self.salt, self.iterations)
        key = hmac.digest(salted, b"Client Key", "sha256")
        front = f"c={encoded(self.bound)},r={parts['r']}"
        message = f"{self.bare},{challenge.decode()},{front}".encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), message, "sha256")
        self.expected = b"v=" + base64.b64encode(hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), message, "sha256"))
        return f"{front},p={encoded(bytes(a ^ b for a, b in zip(key, signature)))}".encode()


class Smtp:
    """RFC 4954: a session under TLS that may log in."""

    def __init__(self, server, source="127.0.0.1"):
        self.s = Session(("127.0.0.1", server.submissions), timeout=60, source=(source, 0))
        self.s.start_tls()
        self.s.expect(220)
        self.offered = [line[9:] for line in self.s.ask("EHLO client.test", 250).splitlines() if line[4:9] == "AUTH "][0].split()

    def begin(self, mechanism, octets):
        return self.s.ask(f"AUTH {mechanism} " + (encoded(octets) or "="))

    def answer(self, octets):
        return self.s.ask(encoded(octets))

    def challenge(self, reply):
        return base64.b64decode(reply[4:]) if reply.startswith("334 ") else None

    def verdict(self, reply):
        return {"235": "OK", "535": "NO", "454": "LATER", "501": "BAD", "504": "BAD"}[reply[:3]]


class Imap:
    """RFC 9051 6.2.2, RFC 4959."""

    def __init__(self, server, source="127.0.0.1"):
        self.s = Session(("127.0.0.1", server.imaps), timeout=60, source=(source, 0))
        self.s.start_tls()
        greeting = self.s.input.readline().decode()
        self.offered = [word[5:] for word in greeting.replace("]", " ").split() if word.startswith("AUTH=")]

    def line(self, text):
        self.s.send(text.encode() + b"\r\n")
        return self.s.input.readline().decode().rstrip("\r\n")

    def begin(self, mechanism, octets):
        return self.line(f"a AUTHENTICATE {mechanism} " + (encoded(octets) or "="))

    def answer(self, octets):
        return self.line(encoded(octets))

    def challenge(self, reply):
        return base64.b64decode(reply[2:]) if reply.startswith("+ ") else None

    def verdict(self, reply):
        return "LATER" if "[UNAVAILABLE]" in reply else reply.split()[1]


class Pop3:
    """RFC 5034."""

    def __init__(self, server, source="127.0.0.1"):
        self.s = Session(("127.0.0.1", server.pop3s), timeout=60, source=(source, 0))
        self.s.start_tls()
        self.s.input.readline()
        self.s.send(b"CAPA\r\n")
        lines = list(iter(lambda: self.s.input.readline().decode().rstrip(), "."))
        [self.offered] = [line[5:].split() for line in lines if line.startswith("SASL ")]

    def line(self, text):
        self.s.send(text.encode() + b"\r\n")
        return self.s.input.readline().decode().rstrip("\r\n")

    def begin(self, mechanism, octets):
        return self.line(f"AUTH {mechanism} " + (encoded(octets) or "="))

    def answer(self, octets):
        return self.line(encoded(octets))

    def challenge(self, reply):
        return base64.b64decode(reply[2:]) if reply.startswith("+ ") else None

    def verdict(self, reply):
        return "OK" if reply.startswith("+OK") else "NO" if "[AUTH]" in reply else "LATER" if "[SYS/TEMP]" in reply else "BAD"


PROTOCOLS = {"smtp": Smtp, "imap": Imap, "pop3": Pop3}


def login(session, scram):
    """OK, NO, BAD or LATER, as the server says it in its protocol."""
    reply = session.begin("SCRAM-SHA-256-PLUS" if scram.header.startswith("p=") else "SCRAM-SHA-256", scram.first())
    challenge = session.challenge(reply)
    if challenge is None:
        return session.verdict(reply)
    reply = session.answer(scram.final(challenge))
    challenge = session.challenge(reply)
    if challenge is None:
        return session.verdict(reply)
    assert challenge == scram.expected, "the server does not know the password"
    return session.verdict(session.answer(b""))
