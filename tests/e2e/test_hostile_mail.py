"""Mail that is built to cost: each piece is answered, no role ends of it, what is hidden in it does not pass, and the next mail comes in.

threats 16 to 18, 26, 27: nesting, parts, fields, names in pieces, comments, signatures.
"""
import pytest

from harness import ALICE, Postrider, Session

EVIL = b'Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="evil.exe"\r\n\r\nMZ'
HEAD = b"From: <a@x.test>\r\nTo: <b@y.test>\r\nSubject: s\r\nMIME-Version: 1.0\r\n"


def nested(depth, inner=EVIL):
    """multipart in multipart: the innermost part is `inner`."""
    front = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (i, i) for i in range(depth))
    return HEAD + front + inner + b"\r\n" + b"".join(b"--b%d--\r\n" % i for i in reversed(range(depth)))


def forwarded(depth):
    return HEAD + b"Content-Type: message/rfc822\r\n\r\n" * depth + EVIL + b"\r\n"


def many_parts(n):
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * n + b"--b\r\n" + EVIL + b"\r\n--b--\r\n"


def pieces(n):
    """RFC 2231 3: the name in n pieces, the last of which ends it."""
    names = b"".join(b";\r\n filename*%d=x" % i for i in range(n)) + b";\r\n filename*%d=\".exe\"" % n
    return HEAD + b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment" + names + b"\r\n\r\nMZ\r\n"


# name: (message, what is hidden in it does not pass)
MESSAGES = {
    "50 levels": (nested(50), True),
    "1,000 levels": (nested(1000), True),
    "20,000 levels": (nested(20000), True),
    "5,000 messages in messages": (forwarded(5000), True),
    "3,000 parts": (many_parts(3000), True),
    "50,000 parts": (many_parts(50000), True),
    "8 pieces of a name": (pieces(8), True),
    "5,000 pieces of a name": (pieces(5000), True),
    "a boundary that begins others": (HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"".join(b"--b%d\r\n\r\n" % i for i in range(30000)), False),
    "comments in comments": (b"From: " + b"(" * 900 + b"\r\n " + b"(" * 900 + b" <a@x.test>\r\nSubject: s\r\n\r\nx\r\n", False),
    "groups in groups": (b"From: <a@x.test>\r\nTo: " + b"g:" * 450 + b"\r\n " + b"g:" * 450 + b"\r\nSubject: s\r\n\r\nx\r\n", False),
    "3,000 fields": (HEAD + b"".join(b"X-%d: y\r\n" % i for i in range(3000)) + b"\r\nx\r\n", False),
    "10,000 encoded words": (HEAD + b"X: a" + b"\r\n =?utf-8?q?=41?=" * 10000 + b"\r\n\r\nx\r\n", False),
    "10,000 addresses": (b"From: <a@x.test>\r\nTo: <a@x.test>" + b",\r\n \"a b\" <c@d.test>" * 10000 + b"\r\nSubject: s\r\n\r\nx\r\n", False),
    "100 signatures": (b"DKIM-Signature: v=1; a=rsa-sha256; d=x.test; s=s; h=from; bh=AAAA; b=AAAA\r\n" * 100 + HEAD + b"\r\nx\r\n", False),
    "a signature of 5,000 names": (b"DKIM-Signature: v=1; a=rsa-sha256; d=x.test; s=s; h=from" + b":\r\n x" * 5000 + b"; bh=AAAA; b=AAAA\r\n" + HEAD + b"\r\nx\r\n", False),
    "60 seals": (b"".join(b"ARC-Seal: i=%d; a=rsa-sha256; cv=pass; d=x.test; s=s; b=AAAA\r\n"
                          b"ARC-Message-Signature: i=%d; a=rsa-sha256; d=x.test; s=s; h=from; bh=AAAA; b=AAAA\r\n"
                          b"ARC-Authentication-Results: i=%d; x.test; none\r\n" % (i, i, i) for i in range(60, 0, -1)) + HEAD + b"\r\nx\r\n", False),
    "20,000 times begin 644": (HEAD + b"\r\n" + b"begin 644 a.txt\r\n" * 20000, False),
    "NULs and ends": (HEAD + b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n--\r\n----\r\n", False),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Postrider(tmp_path_factory.mktemp("hostile") / "server", settings='defence { attachments = "strict" }')
    made.start()
    yield made
    assert made.stop() == 0


@pytest.mark.parametrize("name", MESSAGES)
def test_it_ends(server, name):
    message, hidden = MESSAGES[name]
    roles = server.roles()
    with Session((server.address, server.smtp), source=("127.0.0.2", 0)) as s:
        s.hello("mx.client.test")
        s.message("a@x.test", [ALICE], message, codes=(451, 550, 552, 554) if hidden else (250, 451, 550, 552, 554))
        s.message("a@x.test", [ALICE], HEAD + b"\r\nthe next one\r\n")
    assert server.roles() == roles, server.log_text()[-3000:]
