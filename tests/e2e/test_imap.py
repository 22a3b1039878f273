"""IMAP (RFC 3501) by Python's imaplib: what the server answers to a program that nobody here wrote."""
import imaplib
import socket

import pytest
from harness import ALICE, PASSWORD, tls_context


def login(server, tls="implicit"):
    if tls == "implicit":
        client = imaplib.IMAP4_SSL("127.0.0.1", server.imaps, ssl_context=tls_context(), timeout=60)
    else:
        client = imaplib.IMAP4("127.0.0.1", server.imap, timeout=60)
        client.starttls(tls_context())
    client.login(ALICE, PASSWORD)
    return client


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_login_and_logout(server, tls):
    client = login(server, tls)
    assert "UIDPLUS" in client.capability()[1][0].decode()
    assert client.noop()[0] == "OK" and client.namespace()[1] == [b'(("" "/")) NIL NIL']
    assert client.logout()[0] == "BYE"


def test_no_password_in_clear_text(server):
    client = imaplib.IMAP4("127.0.0.1", server.imap, timeout=60)
    assert "LOGINDISABLED" in client.capabilities and "STARTTLS" in client.capabilities
    with pytest.raises(imaplib.IMAP4.error, match="STARTTLS first"):
        client.login(ALICE, PASSWORD)


def test_wrong_password(server):
    client = imaplib.IMAP4_SSL("127.0.0.1", server.imaps, ssl_context=tls_context(), timeout=60)
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        client.login(ALICE, "guess")


@pytest.mark.parametrize("line, answer", [
    (b"a SELECT INBOX", b"a BAD Log in first"),
    (b"a", b"* BAD "),
    (b"a FROBNICATE", b"a BAD "),
    (b"a LOGIN {4294967295}", b"a BAD "),
    (b"a NOOP x", b"a BAD NOOP"),
    (b"\x00", b"* BAD "),
    (b"a " + 20000 * b"x", b"a BAD "),
])
def test_bad_input_is_told(server, line, answer):
    """One sentence, and the session goes on."""
    with socket.create_connection(("127.0.0.1", server.imap), timeout=60) as s:
        f = s.makefile("rb")
        assert f.readline().startswith(b"* OK [CAPABILITY ")
        s.sendall(line + b"\r\n")
        assert f.readline().startswith(answer)
        s.sendall(b"b LOGOUT\r\n")
        assert f.readline().startswith(b"* BYE ") and f.readline().startswith(b"b OK ")
