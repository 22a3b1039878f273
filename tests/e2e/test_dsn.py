"""Delivery status notifications (RFC 3464, RFC 6522, RFC 3461 6, RFC 5321 4.5.5, RFC 3834 5)."""
import email
import email.policy
import uuid

from harness import ALICE, BOB, until


def notices(server, account, about):
    """DSNs in account's INBOX whose returned header names `about`."""
    return [t for t in server.find(account, return_path=None) if about.encode() in t]


def from_nobody_after(server, message):
    """The ids of what was accepted from <> after that message, as the ledger has them."""
    return [row["id"] for row in server.sql("SELECT id FROM message WHERE return_path = '' AND id > ? ORDER BY id", message)]


def fields(part):
    return {k.lower(): v for k, v in part.items()}


def test_fields(server, network):
    """RFC 3464 2: every field that must be there, and what the remote said, in the sender's INBOX."""
    remote = network.remote(rcpt=lambda a: "550-5.1.1 no such user,\r\n550 5.1.1 try another" if a.startswith("no") else "")
    subject = f"returned {uuid.uuid4()}"
    status, message, records = server.send("--from", f"Alice <{ALICE}>", "--to", f"no@{remote.domain}, yes@{remote.domain}",
                                           "--subject", subject, "--body", "a secret text")
    assert status == 1
    [text] = until(lambda: notices(server, ALICE, subject))
    assert text.startswith(b"Return-Path: <>\r\n")
    mail = email.message_from_bytes(text, policy=email.policy.default)
    assert mail.get_content_type() == "multipart/report" and mail.get_param("report-type") == "delivery-status"
    assert mail["Auto-Submitted"].startswith("auto-replied") and mail["To"] == ALICE
    assert "mail.home.test" in mail["From"] and mail["Date"] and mail["Message-ID"] and mail["MIME-Version"] == "1.0"
    words, status_part, header = mail.iter_parts()
    assert words.get_content_type() == "text/plain" and f"no@{remote.domain}" in words.get_content()
    assert "no such user" in words.get_content() and "There is no mailbox of this name" in " ".join(words.get_content().split())
    assert status_part.get_content_type() == "message/delivery-status"
    about, rcpt = status_part.get_payload()
    assert fields(about)["reporting-mta"] == "dns; mail.home.test" and fields(about)["arrival-date"]
    got = fields(rcpt)
    assert got["final-recipient"] == f"rfc822; no@{remote.domain}"
    assert (got["action"], got["status"]) == ("failed", "5.1.1")
    assert got["remote-mta"] == f"dns; {remote.host}"
    assert got["diagnostic-code"].startswith("smtp; 550 5.1.1 no such user,")
    assert got["last-attempt-date"]
    assert header.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers")
    assert subject in header.get_payload() and b"a secret text" not in text
    assert len(list(mail.iter_parts())) == 3


def test_one_notice_for_the_recipients_of_one_attempt(server, network):
    remote = network.remote(rcpt="550 5.1.1 no")
    subject = f"three {uuid.uuid4()}"
    server.send("--from", ALICE, "--to", ",".join(f"{x}@{remote.domain}" for x in "abc"), "--subject", subject, "--body", "x")
    [text] = until(lambda: notices(server, ALICE, subject))
    _, status_part, _ = email.message_from_bytes(text).get_payload()
    assert [fields(r)["final-recipient"] for r in status_part.get_payload()[1:]] == [f"rfc822; {x}@{remote.domain}" for x in "abc"]
    assert len(notices(server, ALICE, subject)) == 1


def test_not_for_a_null_sender(server, network):
    """RFC 5321 4.5.5: what came from <> is never answered, so that two servers cannot answer each other for ever."""
    remote = network.remote(rcpt="550 5.1.1 no")
    subject = f"from nobody {uuid.uuid4()}"
    before = len(server.mailbox(ALICE)), len(server.mailbox(BOB))
    with server.logged_in() as s:
        said = s.message("", [f"x@{remote.domain}"], f"From: {ALICE}\r\nSubject: {subject}\r\n\r\nx\r\n".encode())
    message = said.split()[-1]
    server.wait_state(message, "refused")
    until(lambda: f" dsn_dropped id={message} " in server.log_text())
    assert (len(server.mailbox(ALICE)), len(server.mailbox(BOB))) == before
    assert from_nobody_after(server, message) == []


def test_dsn_to_a_remote_sender_that_fails(server, network):
    """A DSN that cannot be delivered is given up: no DSN about a DSN."""
    away = network.remote(rcpt="550 5.1.1 the sender is unknown too")
    remote = network.remote(rcpt="550 5.1.1 no")
    subject = f"from afar {uuid.uuid4()}"
    status, message, records = server.send("--from", f"ghost@{away.domain}", "--to", f"x@{remote.domain}",
                                           "--subject", subject, "--body", "x")
    assert status == 1
    [dsn] = until(lambda: from_nobody_after(server, message))
    server.wait_state(dsn, "refused")
    server.agreed(dsn)
    assert b"MAIL FROM:<>" in b"".join(away.commands)
    until(lambda: f" dsn_dropped id={dsn} " in server.log_text())
    assert from_nobody_after(server, dsn) == []


def test_dsn_to_a_remote_sender(server, network):
    """The DSN itself travels as any mail, from <>."""
    away, remote = network.remote(), network.remote(rcpt="550 5.1.1 no")
    server.send("--from", f"ghost@{away.domain}", "--to", f"x@{remote.domain}", "--body", "x")
    [(sender, recipients, octets)] = away.wait_messages(1)
    assert (sender, recipients) == ("", [f"ghost@{away.domain}"]) and b"Action: failed" in octets


def test_hostile_words_stay_in_their_field(server, network):
    """threats 3.7: a remote's words forge no field of the report."""
    remote = network.remote(rcpt=b"550-5.1.1 no\r\n550 5.1.1 \x1b]0;x\x07 Status: 2.0.0 \x85\xff end\r\n")
    subject = f"hostile {uuid.uuid4()}"
    server.send("--from", ALICE, "--to", f"x@{remote.domain}", "--subject", subject, "--body", "x")
    [text] = until(lambda: notices(server, ALICE, subject))
    _, status_part, _ = email.message_from_bytes(text).get_payload()
    assert fields(status_part.get_payload()[1])["status"] == "5.1.1"
    assert not set(text) & (set(range(0x20)) - {0x0d, 0x0a, 0x09})


def test_international_recipient(server, network):
    """RFC 6533 3: an address in UTF-8 is reported in the form for reports in ASCII."""
    remote = network.remote(rcpt="550 5.1.1 no")
    subject = f"utf8 {uuid.uuid4()}"
    server.send("--from", ALICE, "--to", f"jürgen@{remote.domain}", "--subject", subject, "--body", "x")
    [text] = until(lambda: notices(server, ALICE, subject))
    assert f"\r\nFinal-Recipient: utf-8; j\\x{{FC}}rgen@{remote.domain}\r\n".encode() in text
