"""COMPRESS=DEFLATE (RFC 4978), with zlib of Python."""
import imaplib
import random
import socket
import zlib

import pytest
from harness import ALICE, PASSWORD, tls_context

SETTINGS = 'smtp { plain_auth_on_loopback = true size_max = 4194304 }\n'
MESSAGE = b"From: a@home.test\r\nSubject: s\r\n\r\n" + b"the same line again and again\r\n" * 20000


class Packed:
    """A socket file whose octets are compressed, for imaplib."""

    def __init__(self, sock):
        self.sock = sock
        self.plain = b""
        self.received = 0
        self.undo, self.pack = zlib.decompressobj(-15), zlib.compressobj(9, zlib.DEFLATED, -15)

    def fill(self):
        got = self.sock.recv(65536)
        if not got:
            raise EOFError
        self.received += len(got)
        self.plain += self.undo.decompress(got)

    def readline(self, limit=-1):
        while b"\n" not in self.plain:
            self.fill()
        line, _, self.plain = self.plain.partition(b"\n")
        return line + b"\n"

    def read(self, n):
        while len(self.plain) < n:
            self.fill()
        octets, self.plain = self.plain[:n], self.plain[n:]
        return octets

    def sendall(self, octets, flush=zlib.Z_SYNC_FLUSH):
        self.sock.sendall(self.pack.compress(octets) + self.pack.flush(flush))

    def shutdown(self, how):
        self.sock.shutdown(how)

    def close(self):
        self.sock.close()


def ok(answer):
    status, data = answer
    assert status == "OK", answer
    return data


imaplib.Commands.setdefault("COMPRESS", ("AUTH", "SELECTED"))


def login(server, tls=True):
    if tls:
        client = imaplib.IMAP4_SSL("127.0.0.1", server.imaps, ssl_context=tls_context(), timeout=60)
    else:
        client = imaplib.IMAP4("127.0.0.1", server.imap, timeout=60)
    client.login(ALICE, PASSWORD)
    return client


def compressed(server, tls=True):
    client = login(server, tls)
    assert "COMPRESS=DEFLATE" in client.capability()[1][0].decode()
    ok(client._simple_command("COMPRESS", "DEFLATE"))
    client.packed = Packed(client.sock)
    client._file = client.file
    client.file = client.packed
    client.send = client.packed.sendall
    return client


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "clear"])
def test_all_goes_compressed(server, tls):
    client = compressed(server, tls)
    ok(client.create("Packed"))
    ok(client.append("Packed", None, None, MESSAGE))
    ok(client.select("Packed"))
    before = client.packed.received
    assert ok(client.fetch("1", "(BODY.PEEK[])"))[0][1] == MESSAGE
    assert client.packed.received - before < len(MESSAGE) / 20
    for n in range(30):
        assert client.noop()[0] == "OK"
    answer = client._simple_command("COMPRESS", "DEFLATE")
    assert answer[0] == "NO" and answer[1][0].startswith(b"[COMPRESSIONACTIVE]")
    ok(client.close())
    ok(client.delete("Packed"))
    client.logout()


def test_random_octets_and_pieces(server):
    """What cannot be compressed, in pieces that end anywhere."""
    client, chance = compressed(server), random.Random(4978)
    message = b"Subject: r\r\n\r\n" + bytes(chance.randrange(1, 256) for _ in range(300000)).replace(b"\r", b".").replace(b"\n", b".") + b"\r\n"
    ok(client.create("Packed"))
    octets = b"t APPEND Packed {%d+}\r\n" % len(message) + message + b"\r\n"
    octets = client.packed.pack.compress(octets) + client.packed.pack.flush(zlib.Z_SYNC_FLUSH)
    while octets:
        n = chance.randrange(1, 20000)
        client.sock.sendall(octets[:n])
        octets = octets[n:]
    assert client.packed.readline().startswith(b"t OK [APPENDUID")
    ok(client.select("Packed"))
    assert ok(client.fetch("1", "(BODY.PEEK[])"))[0][1] == message
    ok(client.close())
    ok(client.delete("Packed"))
    client.logout()


def test_idle(server):
    """News come to a session that is at rest, and DONE is understood."""
    client, other = compressed(server), login(server)
    ok(client.create("Packed"))
    ok(client.select("Packed"))
    for n in range(1, 4):
        client.send(b"i%d IDLE\r\n" % n)
        assert client.packed.readline().startswith(b"+ ")
        ok(other.append("Packed", None, None, b"Subject: x\r\n\r\nx\r\n"))
        assert client.packed.readline() == b"* %d EXISTS\r\n" % n
        client.send(b"DONE\r\n")
        assert client.packed.readline().startswith(b"i%d OK" % n)
    ok(client.close())
    ok(client.delete("Packed"))
    client.logout()
    other.logout()


def test_refusals(server):
    with socket.create_connection(("127.0.0.1", server.imap), timeout=60) as s:
        f = s.makefile("rb")
        f.readline()
        s.sendall(b"a COMPRESS DEFLATE\r\n")
        assert f.readline().startswith(b"a BAD ")
    client = login(server)
    assert client._simple_command("COMPRESS", "GZIP")[0] == "NO"
    for argument in ("DEFLATE NOW", ""):
        with pytest.raises(imaplib.IMAP4.error, match="COMPRESS"):
            client._simple_command("COMPRESS", argument)
    assert client.noop()[0] == "OK"
    client.logout()


def test_a_bomb(server):
    """64 MiB of a literal that nobody wants, in 64 KiB; then an endless line; then what is not deflate."""
    client = compressed(server)
    client.send(b"b APPEND INBOX {67000000+}\r\n" + b"\1" * 67000000 + b"\r\n")
    assert client.packed.readline().startswith(b"b NO [TOOBIG]")
    client.send(b"c NOOP " + b"x" * 30000000 + b"\r\n")
    assert client.packed.readline().startswith(b"c BAD ")
    client.sock.sendall(b"\xff" * 100)
    with pytest.raises((EOFError, ConnectionError)):
        while True:
            client.packed.readline()
    other = login(server)
    assert other.noop()[0] == "OK"
    other.logout()
