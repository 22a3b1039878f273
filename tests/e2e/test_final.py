"""Final delivery: Return-Path (RFC 5321 4.4) and Delivered-To in front, loops over a mailbox (6.3), user+detail (RFC 5233)."""
import smtplib
import uuid

import pytest

from harness import ALICE, BOB
from test_imap import login, ok

SETTINGS = "listen { lmtp_socket = lmtp }"
DETAIL = ALICE.replace("@", "+{}@")


def text():
    subject = str(uuid.uuid4())
    return subject, f"From: x@elsewhere.test\r\nSubject: {subject}\r\n\r\nx\r\n".encode()


def send(server, to, octets, codes=(250,)):
    with server.session() as s:
        s.hello()
        s.message("x@elsewhere.test", to, octets, codes=codes)


def test_each_copy_has_its_fields(server):
    subject, octets = text()
    send(server, [ALICE, BOB], octets)
    for account in (ALICE, BOB):
        got = server.wait_mail(account, subject=subject)
        assert got.startswith(f"Return-Path: <x@elsewhere.test>\r\nDelivered-To: {account}\r\nReceived: ".encode()), got
        assert got.endswith(octets) and got.count(b"Delivered-To") == 1
        [row] = [r for r in server.mailbox(account) if r["subject"] == subject]
        assert row["size_bytes"] == len(got)


def test_imap_shows_them(server):
    """RFC 9051 7.5.2: sizes, sections and structure agree with the octets."""
    subject, octets = text()
    send(server, [BOB, ALICE], octets)
    server.wait_mail(ALICE, subject=subject)
    client = login(server)
    ok(client.select("INBOX"))
    [n] = ok(client.search(None, "SUBJECT", subject))[0].split()
    (head, whole), *_ = ok(client.fetch(n, "(RFC822.SIZE BODY.PEEK[])"))
    assert f"RFC822.SIZE {len(whole)}".encode() in head and whole.startswith(b"Return-Path: <x@elsewhere.test>\r\n")
    assert ok(client.fetch(n, "(BODY.PEEK[TEXT])"))[0][1] == b"x\r\n"
    assert ok(client.fetch(n, "(BODY.PEEK[HEADER.FIELDS (DELIVERED-TO)])"))[0][1] == f"Delivered-To: {ALICE}\r\n\r\n".encode()
    assert b'"plain"' in ok(client.fetch(n, "(BODYSTRUCTURE)"))[0] and ok(client.fetch(n, "(BODY.PEEK[1])"))[0][1] == b"x\r\n"
    copied = ok(client.copy(n, "Archive"))
    ok(client.select("Archive"))
    assert copied and ok(client.fetch("*", "(BODY.PEEK[])"))[0][1] == whole
    client.logout()


def test_what_a_mailbox_had_is_a_loop_to_it_alone(server):
    subject, octets = text()
    send(server, [ALICE], octets)
    again = server.wait_mail(ALICE, subject=subject)
    send(server, [ALICE], again, codes=(554,))
    send(server, [BOB], again)
    got = server.wait_mail(BOB, subject=subject)
    assert got.count(b"Delivered-To: ") == 2 and got.endswith(octets)


def test_a_null_return_path(server):
    subject, octets = text()
    send_from = smtplib.LMTP(str(server.directory / "lmtp"))
    send_from.sendmail("", [ALICE], octets)
    send_from.quit()
    assert server.wait_mail(ALICE, subject=subject).startswith(b"Return-Path: <>\r\nDelivered-To: ")


@pytest.mark.parametrize("detail, mailbox", [("Work", "Work"), ("Work/Deep", "Work/Deep"), ("Nowhere", "INBOX"), ("Junk", "INBOX"), ("Sent", "INBOX")])
def test_detail(server, detail, mailbox):
    """The mailbox of that name, where there is one that is nobody's by its use."""
    server.run("account", "set", "--tags", "mailbox", ALICE, check=True)
    client = login(server)
    client.create("Work/Deep")
    client.create("Work")
    subject, octets = text()
    send(server, [DETAIL.format(detail)], octets)
    ok(client.select(mailbox))
    assert ok(client.search(None, "SUBJECT", subject)) != [b""]
    if mailbox != "INBOX":
        assert not server.find(ALICE, subject=subject)
    client.logout()
