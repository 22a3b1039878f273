"""Proxies in front: listen.proxy_from, and the headers of the PROXY protocol, versions 1 and 2 (haproxy, doc/proxy-protocol.txt)."""
import re
import socket
import ssl
import struct

import pytest

from harness import ALICE, BOB, PASSWORD, Postrider, until

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    made = Postrider(tmp_path_factory.mktemp("proxy") / "server", settings="""
listen { proxy_from = { "127.0.0.1/32", "unix" }  http_socket = http }
smtp { sessions_per_client = 3 }
log { level = debug }
""")
    made.start()
    yield made
    assert made.stop() == 0


def version_1(client):
    return f"PROXY TCP{6 if ':' in client else 4} {client} {client} 5000 25\r\n".encode()


def version_2(client, values=b"", verb=1):
    kind = socket.AF_INET6 if ":" in client else socket.AF_INET
    addresses = socket.inet_pton(kind, client) * 2 + struct.pack("!HH", 5000, 25)
    return SIGNATURE + struct.pack("!BBH", 0x20 | verb, 0x21 if ":" in client else 0x11, len(addresses) + len(values)) + addresses + values


def connect(port, header, source="127.0.0.1", tls=False):
    s = socket.create_connection(("127.0.0.1", port), 30, (source, 0))
    s.sendall(header)
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        s = context.wrap_socket(s)
    return s, s.makefile("rwb")


def say(stream, line):
    stream.write(line.encode() + b"\r\n")
    stream.flush()


def read_all(stream):
    try:
        return stream.read()
    except ConnectionResetError:  # what was sent had not been read
        return b""


@pytest.mark.parametrize("header", [version_1, version_2])
@pytest.mark.parametrize("port, greeting, bye", [("smtp", b"220 ", "QUIT"), ("submission", b"220 ", "QUIT"), ("submissions", b"220 ", "QUIT"),
                                                 ("imap", b"* OK ", "a LOGOUT"), ("imaps", b"* OK ", "a LOGOUT"), ("pop3", b"+OK ", "QUIT"),
                                                 ("pop3s", b"+OK ", "QUIT"), ("https", None, "GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n")])
@pytest.mark.parametrize("client", ["192.0.2.7", "2001:db8::7"])
def test_each_protocol(own, header, port, greeting, bye, client):
    """2.1, 2.2: the session is the client's, with and without TLS behind the header."""
    seen = len(own.log_text())
    s, stream = connect(getattr(own, port), header(client), tls=port in ("submissions", "imaps", "pop3s", "https"))
    with s, stream:
        assert greeting is None or stream.readline().startswith(greeting)
        say(stream, bye)
        stream.read()
    where = f"[{client}]" if ":" in client else client
    until(lambda: re.search(rf"session_closed client={re.escape(where)}:5000 ", own.log_text()[seen:]), what="the session's line in the log")


def test_it_is_told_to_everybody(own):
    """The trace field, the limits, whose password was wrong."""
    s, stream = connect(own.smtp, version_1("192.0.2.9"))
    with s, stream:
        stream.readline()
        for line in ("HELO there.test", "MAIL FROM:<x@there.test>", f"RCPT TO:<{BOB}>", "DATA", "Subject: by a proxy\r\n\r\nhello\r\n.", "QUIT"):
            say(stream, line)
            assert stream.readline()[:1] in b"23", line
    assert b"[192.0.2.9]" in own.wait_mail(BOB, subject="by a proxy").split(b"\n\n")[0]
    held = [connect(own.smtp, version_1("192.0.2.10")) for _ in range(3)]
    assert all(stream.readline().startswith(b"220 ") for _, stream in held)
    s, stream = connect(own.smtp, version_1("192.0.2.10"))
    assert stream.readline().startswith(b"421 4.7.0 ")
    s, stream = connect(own.smtp, version_1("192.0.2.11"))
    assert stream.readline().startswith(b"220 ")
    for s, stream in held:
        s.close()
    s, stream = connect(own.pop3s, version_2("192.0.2.12"), tls=True)
    with s, stream:
        stream.readline()
        say(stream, f"USER {ALICE}")
        stream.readline()
        say(stream, "PASS wrong")
        assert stream.readline().startswith(b"-ERR")
    assert re.search(r"auth_failed .*client=192\.0\.2\.12", own.log_text())


def test_octet_by_octet(own):
    """The header in pieces, and what follows it in the same segment."""
    for header in (version_1("192.0.2.20"), version_2("192.0.2.20", b"\x04\0\x01x" + b"\x05\0\x03abc")):
        s, stream = connect(own.smtp, b"")
        with s, stream:
            for i in range(len(header)):
                s.sendall(header[i:i + 1])
            assert stream.readline().startswith(b"220 ")
            say(stream, "QUIT")
        s, stream = connect(own.imaps, header + b"", tls=True)
        with s, stream:
            assert stream.readline().startswith(b"* OK")


@pytest.mark.parametrize("header", [b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN some words 1 2\r\n", version_2("192.0.2.1", verb=0),
                                    SIGNATURE + b"\x20\0\0\0", SIGNATURE + b"\x21\0\0\3\4\0\0", SIGNATURE + b"\x21\x31\0\xd8" + bytes(216),
                                    SIGNATURE + b"\x21\0\xff\xff\4\xff\xfc" + bytes(0xfffc)])
def test_not_told(own, header):
    """LOCAL (2.2: a proxy that looks whether we live), UNKNOWN, UNSPEC and Unix sockets: it is the proxy's own connection."""
    seen = len(own.log_text())
    s, stream = connect(own.smtp, header)
    with s, stream:
        assert stream.readline().startswith(b"220 ")
        say(stream, "QUIT")
        stream.read()
    until(lambda: " session_closed client=127.0.0.1:" in own.log_text()[seen:], what="the session's line in the log")


@pytest.mark.parametrize("said", [b"EHLO there.test\r\n", b"PROXY TCP4 192.0.2.1\r\n", b"PROXY " + b"x" * 200 + b"\r\n", SIGNATURE + b"\x31\x11\0\0",
                                  SIGNATURE + b"\x21\x11\0\1x", b"\x16\x03\x01", version_2("192.0.2.1", b"\3\0\4abcd"), b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n", b""])
@pytest.mark.parametrize("port", ["smtp", "imaps"])
def test_none(own, said, port):
    """From a proxy's address, no header or a broken one ends the connection, without a word but in the log."""
    seen = len(own.log_text())
    s, stream = connect(getattr(own, port), said)
    try:
        s.shutdown(socket.SHUT_WR)
    except OSError:  # it is ended already
        pass
    assert read_all(stream) == b""
    line = until(lambda: re.search(r"warning proxy_failed .*", own.log_text()[seen:]), what="a line in the log")
    assert "proxy=127.0.0.1:" in line[0]


def test_from_others(own):
    """Whoever is none of the proxies is who he is, and a header from him is a command like any other."""
    seen = len(own.log_text())
    s, stream = connect(own.smtp, version_1("192.0.2.30"), source="127.0.0.2")
    with s, stream:
        assert stream.readline().startswith(b"220 ")
        assert stream.readline().startswith(b"500 ")
        say(stream, "QUIT")
        stream.read()
    until(lambda: " session_closed client=127.0.0.2:" in own.log_text()[seen:], what="the session's line in the log")
    s, stream = connect(own.pop3s, version_2("192.0.2.30"), source="127.0.0.2")
    read_all(stream)
    assert "192.0.2.30" not in own.log_text()


def test_unix_socket(own):
    """The word unix: listen.http_socket asks for the header too, and takes keys as before, since TLS has ended in front of it."""
    from http_api import new_key
    with socket.socket(socket.AF_UNIX) as s, s.makefile("rwb") as stream:
        s.connect(str(own.directory / "http"))
        s.sendall(version_1("192.0.2.40") + f"GET /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {new_key(own)}\r\nConnection: close\r\n\r\n".encode())
        assert stream.readline() == b"HTTP/1.1 200 OK\r\n"
        stream.read()
    until(lambda: re.search(r"request_served client=192\.0\.2\.40 ", own.log_text()), what="the request's line in the log")
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(own.directory / "http"))
        s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        with s.makefile("rb") as stream:
            assert read_all(stream) == b""
