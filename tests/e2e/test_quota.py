"""A full mailbox, through the wire: refused at RCPT and after the text (RFC 5321 4.2, RFC 3463 3.3, RFC 1870 6.1), over a restart too."""
import json
import re
import smtplib
import uuid

import pytest

from harness import ALICE, BOB, PROGRAM, Postrider
from imap import Imap
from test_cli import on_terminal
from test_imap import login, ok

QUOTA = 20000


def text(n=0):
    """(subject, a message with n octets of body)."""
    subject = str(uuid.uuid4())
    return subject, f"From: x@elsewhere.test\r\nSubject: {subject}\r\n\r\n".encode() + (b"y" * 70 + b"\r\n") * (n // 72)


@pytest.fixture(scope="module", params=["452", "552"])
def full(request, directory, network):
    """(server, code): alice has 20,000 octets, of which she uses more than 12,000; bob uses none."""
    made = Postrider(directory / f"full{request.param}", dns=network.dns, remote_port=network.port,
                     settings=f"mailbox {{ quota = {QUOTA} over_quota = {request.param} }}\n"
                              f"listen {{ lmtp_socket = lmtp }}").start()
    with made.session() as s:
        s.hello()
        subject, octets = text(12000)
        s.message("x@elsewhere.test", [ALICE], octets)
    made.wait_mail(ALICE, subject=subject)
    yield made, int(request.param)
    assert made.stop() == 0


def used(server):
    client = login(server)
    [line] = ok(client.getquota('""'))
    client.logout()
    return line


def test_size_is_asked_at_rcpt(full):
    """What MAIL declares has no room: known before DATA, for her alone."""
    server, code = full
    for _ in range(2):
        with server.session() as s:
            s.hello()
            s.ask("MAIL FROM:<x@elsewhere.test> SIZE=12000", 250)
            said = s.ask(f"RCPT TO:<{ALICE}>", code)
            assert f"{code // 100}.2.2" in said
            s.ask(f"RCPT TO:<{BOB}>", 250)
            s.ask("RSET", 250)
            s.ask("MAIL FROM:<x@elsewhere.test> SIZE=1000", 250)
            s.ask(f"RCPT TO:<{ALICE}>", 250)
        server.kill()
        server.start()


def test_after_the_text(full):
    """SIZE was not declared, and she alone gets it."""
    server, code = full
    with server.session() as s:
        s.hello()
        s.ask("MAIL FROM:<x@elsewhere.test>", 250)
        s.ask(f"RCPT TO:<{ALICE}>", 250)
        s.ask("DATA", 354)
        subject, octets = text(12000)
        s.send(octets + b".\r\n")
        s.expect(code)
    assert not server.find(ALICE, subject=subject)


def test_lmtp_answers_each(full):
    """RFC 2033 4.2: she is refused, bob has it; the record tells both."""
    server, code = full
    subject, octets = text(8000)
    with smtplib.LMTP(str(server.directory / "lmtp")) as c:
        c.ehlo()
        c.docmd("MAIL FROM:<x@elsewhere.test>")
        assert c.rcpt(ALICE)[0] == 250 and c.rcpt(BOB)[0] == 250
        first = c.data(octets)
        assert first[0] == code and f"{code // 100}.2.2".encode() in first[1]
        assert c.getreply()[0] == 250
    server.wait_mail(BOB, subject=subject)
    assert not server.find(ALICE, subject=subject)
    [row] = [r for r in server.mailbox(BOB) if r["subject"] == subject]
    assert [(r["address"], r["state"], r["code"]) for r in server.status(row["message"])["recipients"]] == \
        [(ALICE, "refused", code), (BOB, "delivered", None)]


def test_one_full_mailbox_does_not_stand_in_the_way(full):
    """One reply for both: she has some room, and so gets one message more; then she is full, which RCPT tells."""
    server, code = full
    with server.session() as s:
        s.hello()
        subject, octets = text(8000)
        s.message("x@elsewhere.test", [ALICE, BOB], octets)
        for account in (ALICE, BOB):
            server.wait_mail(account, subject=subject)
        s.ask("MAIL FROM:<x@elsewhere.test>", 250)
        s.ask(f"RCPT TO:<{ALICE}>", code)


def test_imap_tells_and_expunge_gives_room(full):
    """RFC 9208 4.1, 5.1; APPEND and COPY count too."""
    server, code = full
    client = login(server)
    assert b"STORAGE" in ok(client.getquota('""'))[0]
    status, said = client.append("INBOX", None, None, b"Subject: x\r\n\r\nx\r\n")
    assert status == "NO" and b"OVERQUOTA" in said[0]
    ok(client.select("INBOX"))
    status, said = client.copy("1", "Archive")
    assert status == "NO" and b"OVERQUOTA" in said[0]
    ok(client.store("1:*", "+FLAGS", "(\\Deleted)"))
    ok(client.expunge())
    client.logout()
    with server.session() as s:
        s.hello()
        subject, octets = text(1000)
        s.message("x@elsewhere.test", [ALICE], octets)
    server.wait_mail(ALICE, subject=subject)


def test_limits_of_its_own(server):
    """An account's quota counts at once, for it alone, also after a restart; 0 is the settings' again."""
    carl = f"carl-{uuid.uuid4().hex[:8]}@home.test"
    server.add_account(carl)
    server.run("account", "set", "--quota", "5000", "--quota-messages", "2", carl, check=True)
    subject, octets = text(3000)

    def rcpt(to, size, code):
        with server.session() as s:
            s.hello()
            s.ask(f"MAIL FROM:<x@elsewhere.test> SIZE={size}", 250)
            s.ask(f"RCPT TO:<{to}>", code)
    with server.session() as s:
        s.hello()
        s.message("x@elsewhere.test", [carl], octets)
    server.wait_mail(carl, subject=subject)
    for _ in range(2):
        rcpt(carl, 3000, 452)
        rcpt(carl, 100, 250)
        rcpt(BOB, 3000, 250)
        server.kill()
        server.start()
    server.run("account", "set", "--quota", "0", carl, check=True)
    rcpt(carl, 3000, 250)
    done = server.run("account", "set", "--quota", "much", carl)
    assert done.returncode != 0 and "quota" in done.stderr
    shown = server.run("account", "show", "--json", carl, check=True).stdout
    assert '"quota_messages":2' in shown


def test_append_is_refused_before_it_is_sent(server):
    """RFC 9208 4.3.1, RFC 3502: one message without room, or the one that is too many; none of it is asked for."""
    carl = f"carl-{uuid.uuid4().hex[:8]}@home.test"
    server.add_account(carl)
    server.run("account", "set", "--quota", "400000", carl, check=True)
    client = Imap(server, carl)
    message = text()[1].ljust(300000, b"y")
    for announced in (b" {400001}", b" {300000+}\r\n" + message + b" {100001}"):
        client.start(b"APPEND INBOX" + announced)
        assert client.line().startswith(f"{client.tag} NO [OVERQUOTA] ")
    assert client.ask("STATUS INBOX (MESSAGES)") == ["STATUS INBOX (MESSAGES 0)"]
    client.append("INBOX", message)
    client.close()


def test_the_operator_sees_what_is_used(full):
    """`account show`: what the mailboxes hold, and the most that they may, by the account or by the settings; on a terminal in one line."""
    server, _ = full
    server.run("account", "set", "--disable", BOB, check=True)
    done = server.run("account", "show", "--json", BOB, check=True)
    server.run("account", "set", "--enable", BOB, check=True)
    assert not done.stderr and "used_octets" in json.loads(done.stdout), done
    row = json.loads(server.run("account", "show", "--json", ALICE, check=True).stdout)
    assert row["used_octets"] > 0 and row["used_messages"] >= 1 and (row["most_octets"], row["most_messages"]) == (QUOTA, 0), row
    shown, status = on_terminal([PROGRAM, "account", "show", "-c", str(server.config), ALICE])
    assert status == 0 and re.search(rf"usage +{row['used_messages']} messages, {row['used_octets']} of {QUOTA} \(\d+ %\) octets\r\n", shown), shown
