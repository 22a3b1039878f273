"""Octets arrive as they were sent: 8-bit text, UTF-8 headers and addresses, dots, long messages (RFC 5321 4.5.2,
RFC 6152, RFC 6531)."""
import email
import hashlib
import random
import uuid

import pytest

from harness import ALICE, BOB, until

FROM = b"From: alice@home.test\r\nDate: Tue, 1 Apr 2025 10:00:00 +0000\r\nMessage-ID: <%s@home.test>\r\n"


def head(subject, *lines):
    return FROM % uuid.uuid4().hex.encode() + b"".join(line + b"\r\n" for line in (b"Subject: " + subject.encode(), *lines)) + b"\r\n"


def body_of(octets):
    """What is behind our trace fields: from From on."""
    return octets[octets.index(b"From: "):]


def stuffed(octets):
    octets = octets.replace(b"\r\n.", b"\r\n..")
    return b"." + octets if octets.startswith(b".") else octets


BODIES = {
    "dots": b".\r\n..\r\n...\r\n.x\r\n. \r\n.\r\n",
    "a dot at the front and at the end": b".first\r\nlast\r\n.\r\n",
    "empty lines": b"\r\n\r\n\r\n",
    "nothing": b"",
    "998 octets": b"x" * 998 + b"\r\n",
    "8-bit": b"gr\xfc\xdfe\r\n" + bytes(range(0x80, 0x100)) + b"\r\n",
    "UTF-8": "grüße, 日本語\r\n".encode(),
    "tabs and trailing blanks": b"a \t \r\n\t\r\n \r\n",
    "lines like commands": b"QUIT\r\nRSET\r\nMAIL FROM:<x@y>\r\nDATA\r\n250 ok\r\n354 go\r\n",
    "From at the start of lines": b"From nobody\r\n>From somebody\r\n",
}


@pytest.mark.parametrize("what", BODIES)
def test_octets(server, network, what):
    """At the remote and in the mailbox, to the octet."""
    remote = network.remote()
    subject = f"octets {uuid.uuid4()}"
    octets = head(subject) + BODIES[what]
    with server.logged_in() as s:
        s.envelope(ALICE, BOB, f"u@{remote.domain}", parameters=" BODY=8BITMIME")
        s.ask("DATA", 354)
        s.send(stuffed(octets) + b".\r\n")
        message = s.expect(250).split()[-1]
    server.wait_state(message, "delivered")
    assert body_of(server.wait_mail(BOB, subject=subject)) == octets
    [(_, _, got)] = remote.messages
    assert body_of(got) == octets
    assert ("BODY=8BITMIME" in remote.parameters[0]) == (not octets.isascii())
    [row] = [r for r in server.mailbox(BOB) if r["subject"] == subject]
    assert row["size_bytes"] == len(server.text(BOB, row["uid"]))


def test_eight_bits_to_a_server_without_8bitmime(server, network):
    """RFC 6152 3: converted, and the same once it is decoded."""
    remote = network.remote(extensions=[])
    with server.logged_in() as s:
        said = s.message(ALICE, [f"u@{remote.domain}"], head("8 bits") + b"gr\xfc\xdfe\r\n")
    server.wait_state(said.split()[-1], "delivered")
    [(_, _, octets)] = remote.messages
    assert octets.isascii()
    assert email.message_from_bytes(octets).get_payload(decode=True) == b"gr\xfc\xdfe\r\n"


def test_what_is_signed_is_not_converted(server, network):
    """RFC 6152 3, RFC 6376 5.3: returned rather than broken."""
    remote = network.remote(extensions=[])
    signed = head("8 bits", b"DKIM-Signature: v=1; a=rsa-sha256; d=home.test; s=x; h=from; bh=x; b=x")
    with server.logged_in() as s:
        said = s.message(ALICE, [f"u@{remote.domain}"], signed + b"gr\xfc\xdfe\r\n")
    message = said.split()[-1]
    server.wait_state(message, "refused")
    [record] = server.agreed(message)
    assert (record["enhanced"], record["class"], record["code"]) == ("5.6.3", "content-refused", None)
    assert remote.messages == []


def test_utf8_both_ways(server, network):
    """RFC 6531: addresses and header in UTF-8, announced to the next server."""
    remote = network.remote()
    subject = f"Grüße {uuid.uuid4()}"
    octets = head(subject, "To: Jürgen <jürgen@example.test>".encode()) + "日本語\r\n".encode()
    with server.logged_in() as s:
        s.envelope(ALICE, parameters=" SMTPUTF8 BODY=8BITMIME")
        s.ask(f"RCPT TO:<jürgen@{remote.domain}>", 250)
        s.ask(f"RCPT TO:<{BOB}>", 250)
        s.ask("DATA", 354)
        s.send(octets + b".\r\n")
        message = s.expect(250).split()[-1]
    server.wait_state(message, "delivered")
    rows = server.agreed(message)
    assert rows[0]["address"] == f"jürgen@{remote.domain}"
    [(_, recipients, got)] = remote.messages
    assert recipients == [f"jürgen@{remote.domain}"] and body_of(got) == octets
    assert {"SMTPUTF8", "BODY=8BITMIME"} <= set(remote.parameters[0])
    assert body_of(server.wait_mail(BOB, subject=subject)) == octets


def test_utf8_needs_its_parameter(server):
    """RFC 6531 3.4: without SMTPUTF8 such addresses are 553 5.6.7."""
    with server.session() as s:
        s.hello()
        assert s.ask("MAIL FROM:<jürgen@elsewhere.test>", 553).startswith("553 5.6.7")
        s.ask("MAIL FROM:<x@elsewhere.test>", 250)
        assert s.ask("RCPT TO:<jürgen@home.test>", 553).startswith("553 5.6.7")
        s.ask("RSET", 250)
        s.ask("MAIL FROM:<jürgen@elsewhere.test> SMTPUTF8", 250)
        s.ask("RCPT TO:<jürgen@home.test>", 550)
        s.ask(b"MAIL FROM:<\xff\xfe@elsewhere.test> SMTPUTF8\r\n", 503)
        s.ask("RSET", 250)
        s.ask(b"MAIL FROM:<\xff\xfe@elsewhere.test> SMTPUTF8\r\n", 501)


def test_utf8_to_a_server_without_smtputf8(server, network):
    """RFC 6531 3.2: returned."""
    remote = network.remote(extensions=["8BITMIME"])
    status, message, records = server.send("--from", ALICE, "--to", f"jürgen@{remote.domain}", "--body", "x")
    assert status == 1
    [record] = server.agreed(message, records)
    assert (record["enhanced"], record["class"], record["code"]) == ("5.6.7", "content-refused", None)
    assert not any(line.startswith(b"MAIL") for line in remote.commands)


def test_size_that_the_server_does_not_take(server, network):
    """RFC 1870 6.1: not even tried."""
    remote = network.remote(extensions=["SIZE 1000"])
    status, message, records = server.send("--from", ALICE, "--to", f"u@{remote.domain}", "--body", "x\n" * 2000)
    assert status == 1
    [record] = server.agreed(message, records)
    assert (record["enhanced"], record["class"], record["code"]) == ("5.3.4", "message-too-big", None)
    assert not any(line.startswith(b"MAIL") for line in remote.commands)


def lines(n, seed):
    """About n octets of lines, some of dots, none over 998."""
    dice = random.Random(seed)
    made, size = [], 0
    pool = dice.randbytes(1 << 20).replace(b"\r", b".").replace(b"\n", b".")
    while size < n:
        start, length = dice.randrange(len(pool) - 1000), dice.randrange(0, 990)
        line = (b".", b"..", b"")[dice.randrange(3)] * (dice.random() < 0.3) + pool[start:start + length] + b"\r\n"
        made.append(line)
        size += len(line)
    return b"".join(made)


@pytest.mark.parametrize("n", [100 << 10, 128 << 10, 200 << 10, 1 << 20, pytest.param(20 << 20, marks=pytest.mark.released)])
def test_large(server, network, n):
    """Below store.blob_threshold, about it and far above it: byte-exact at the remote and in the mailbox."""
    remote = network.remote()
    subject = f"large {uuid.uuid4()}"
    octets = head(subject) + lines(n, n)
    with server.logged_in(timeout=120) as s:
        s.envelope(ALICE, BOB, f"u@{remote.domain}", parameters=f" BODY=8BITMIME SIZE={len(octets)}")
        s.ask("DATA", 354)
        s.send(stuffed(octets) + b".\r\n")
        message = s.expect(250).split()[-1]
    server.wait_state(message, "delivered", seconds=120)
    server.agreed(message)
    [(_, _, got)] = remote.messages
    stored = server.wait_mail(BOB, subject=subject)
    for copy in (body_of(got), body_of(stored)):
        assert len(copy) == len(octets)
        assert hashlib.sha256(copy).digest() == hashlib.sha256(octets).digest()


def test_a_large_message_is_sent_again_whole(server, network):
    """A connection lost in the middle of a blob: the next attempt starts at the front."""
    remote = network.remote(drop_after=500_000)
    octets = head("again") + lines(2 << 20, 7)
    with server.logged_in() as s:
        said = s.message(ALICE, [f"u@{remote.domain}"], stuffed(octets))
    message = said.split()[-1]
    server.wait_state(message, "delivered", seconds=60)
    [record] = server.agreed(message)
    assert record["attempt"] == 2
    assert body_of(remote.messages[0][2]) == octets


def n_blobs(server):
    return sum(p.is_file() for p in (server.directory / "data" / "blobs").rglob("*"))


def test_a_blob_ends_with_its_message(server, network):
    """Space is given back once the last recipient has it."""
    remote = network.remote(rcpt=["450 4.2.1 later"])
    before = n_blobs(server)
    with server.logged_in() as s:
        said = s.message(ALICE, [f"u@{remote.domain}"], head("gone") + lines(1 << 20, 3))
        assert n_blobs(server) == before + 1
    server.wait_state(said.split()[-1], "delivered")
    until(lambda: n_blobs(server) == before, what="the blob's end")


def test_a_blob_that_was_cut_short_goes(server):
    """A client that hangs up in the middle of a long message leaves nothing on the disk."""
    before = n_blobs(server)
    with server.logged_in() as s:
        s.envelope(ALICE, BOB)
        s.ask("DATA", 354)
        s.send(head("cut") + lines(1 << 20, 4))
        until(lambda: n_blobs(server) == before + 1, what="a blob")
    until(lambda: n_blobs(server) == before, what="the blob's end")
