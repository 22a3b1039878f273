"""Submission by clients that nobody here wrote: swaks, msmtp, curl, Python's smtplib (RFC 6409, RFC 8314, RFC 4954)."""
import base64
import email
import email.policy
import email.utils
import re
import smtplib
import subprocess
import uuid

import pytest

from harness import ALICE, BOB, PASSWORD, b64, plain, tls_context


def text_with(subject, **headers):
    lines = [f"From: {ALICE}", f"To: {BOB}", f"Subject: {subject}", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
    return "\r\n".join(lines) + "\r\n\r\nbody of " + subject + "\r\n"


def swaks(server, tls, mechanism, password, subject, directory):
    port, flag = (server.submissions, "--tlsc") if tls == "implicit" else (server.submission, "--tls")
    done = subprocess.run(["swaks", "--server", "127.0.0.1", "--port", str(port), flag, "--auth", mechanism,
                           "--auth-user", ALICE, "--auth-password", password, "--from", ALICE, "--to", BOB,
                           "--h-Subject", subject, "--body", "body of " + subject],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return done.returncode == 0, done.stdout + done.stderr


def msmtp(server, tls, mechanism, password, subject, directory):
    port, start = (server.submissions, "off") if tls == "implicit" else (server.submission, "on")
    config = directory / "msmtprc"
    config.write_text(f"account default\nhost 127.0.0.1\nport {port}\ntls on\ntls_starttls {start}\ntls_certcheck off\n"
                      f"auth {mechanism.lower()}\nuser {ALICE}\npassword {password}\nfrom {ALICE}\n")
    config.chmod(0o600)
    done = subprocess.run(["msmtp", "-C", str(config), BOB], input=text_with(subject).replace("\r\n", "\n"),
                          capture_output=True, text=True, timeout=60)
    return done.returncode == 0, done.stdout + done.stderr


def curl(server, tls, mechanism, password, subject, directory):
    text = directory / "mail.txt"
    text.write_bytes(text_with(subject).encode())
    url = f"smtps://127.0.0.1:{server.submissions}" if tls == "implicit" else f"smtp://127.0.0.1:{server.submission}"
    done = subprocess.run(["curl", "-sS", "--insecure", "--ssl-reqd", url, "--mail-from", ALICE, "--mail-rcpt", BOB,
                           "--user", f"{ALICE}:{password}", "--login-options", f"AUTH={mechanism}",
                           "--upload-file", str(text)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return done.returncode == 0, done.stdout + done.stderr


def python(server, tls, mechanism, password, subject, directory):
    if tls == "implicit":
        client = smtplib.SMTP_SSL("127.0.0.1", server.submissions, context=tls_context(), timeout=60)
    else:
        client = smtplib.SMTP("127.0.0.1", server.submission, timeout=60)
        client.starttls(context=tls_context())
    with client:
        client.ehlo()
        client.user, client.password = ALICE, password
        try:
            client.auth(mechanism, getattr(client, "auth_" + mechanism.lower()))
        except smtplib.SMTPAuthenticationError as e:
            return False, str(e)
        return client.sendmail(ALICE, [BOB], text_with(subject)) == {}, ""


CLIENTS = [swaks, msmtp, curl, python]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("client", CLIENTS)
def test_client(server, tmp_path, client, mechanism, tls):
    """RFC 6409 4.3, RFC 8314 3.3, RFC 4954 4, RFC 4616: each client gets its mail into the mailbox."""
    subject = f"{client.__name__} {mechanism} {tls}"
    ok, said = client(server, tls, mechanism, PASSWORD, subject, tmp_path)
    assert ok, said
    text = server.wait_mail(BOB, subject=subject)
    mail = email.message_from_bytes(text, policy=email.policy.default)
    assert ("body of " + subject) in mail.get_content()
    assert mail["Return-Path"] == "<alice@home.test>" and mail["Date"] and mail["Message-ID"]
    [trace] = mail.get_all("Received")
    assert "with ESMTPSA" in trace and "by mail.home.test" in trace and f"for <{BOB}>" in trace


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_msmtp_by_scram(server, tmp_path, tls):
    """RFC 5802, RFC 7677: msmtp is built with GNU SASL."""
    subject = f"msmtp SCRAM {tls}"
    ok, said = msmtp(server, tls, "SCRAM-SHA-256", PASSWORD, subject, tmp_path)
    assert ok, said
    server.wait_mail(BOB, subject=subject)
    ok, said = msmtp(server, tls, "SCRAM-SHA-256", "wrong", "wrong", tmp_path)
    assert not ok and "535" in said, said


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_wrong_password(server, tmp_path, client, mechanism):
    """RFC 4954 6: 535 5.7.8, and nothing is taken."""
    subject = f"wrong {client.__name__} {mechanism}"
    ok, said = client(server, "starttls", mechanism, "wrong", subject, tmp_path)
    assert not ok and any(words in said for words in ("535", "Login denied")), said
    assert server.find(BOB, subject=subject) == []


def test_auth_is_neither_offered_nor_taken_in_clear_text(server):
    """RFC 4954 4, RFC 8314 3: 538 before TLS, whatever the client sends along."""
    with server.session(server.submission) as s:
        s.expect(220)
        assert "AUTH" not in s.ask("EHLO client.test", 250)
        assert s.ask("AUTH PLAIN " + plain(), 538).startswith("538 5.7.11")
        s.ask("AUTH LOGIN", 538)
        assert s.ask(f"MAIL FROM:<{ALICE}>", 530).startswith("530 5.7.0")
        s.ask("STARTTLS", 220)
        s.start_tls()
        assert "AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN" in s.ask("EHLO client.test", 250)
        s.ask("AUTH PLAIN " + plain(), 235)


def test_auth_is_not_for_port_25(server):
    """RFC 6409 3.1: who has an account submits on the submission ports."""
    with server.session() as s:
        s.hello()
        s.ask("STARTTLS", 220)
        s.start_tls()
        assert "AUTH" not in s.ask("EHLO client.test", 250)
        s.ask("AUTH PLAIN " + plain(), 502)


def submission_in_tls(server):
    s = server.session(server.submission)
    s.hello()
    s.ask("STARTTLS", 220)
    s.start_tls()
    s.ask("EHLO client.test", 250)
    return s


AUTH = [
    # what                      lines, codes
    ("initial response",        [("AUTH PLAIN " + plain(), 235)]),
    ("no initial response",     [("AUTH PLAIN", 334), (plain(), 235)]),
    ("authorization identity",  [("AUTH PLAIN " + plain(who=ALICE), 235)]),
    ("acting as another",       [("AUTH PLAIN " + plain(who=BOB), 535)]),
    ("case of the account",     [("AUTH PLAIN " + plain("Alice@HOME.test"), 235)]),
    ("mechanism in lower case", [("auth plain " + plain(), 235)]),
    ("LOGIN",                   [("AUTH LOGIN", 334), (b64(ALICE), 334), (b64(PASSWORD), 235)]),
    ("LOGIN with a name",       [("AUTH LOGIN " + b64(ALICE), 334), (b64(PASSWORD), 235)]),
    ("wrong password",          [("AUTH PLAIN " + plain(password="no"), 535)]),
    ("LOGIN, wrong password",   [("AUTH LOGIN", 334), (b64(ALICE), 334), (b64("no"), 535)]),
    ("unknown account",         [("AUTH PLAIN " + plain("carol@home.test"), 535)]),
    ("NUL in the password",     [("AUTH PLAIN " + base64.b64encode(b"\0" + ALICE.encode() + b"\0a\0b").decode(), 501)]),
    ("empty password",          [("AUTH PLAIN " + plain(password=""), 501)]),
    ("empty name",              [("AUTH PLAIN " + plain(""), 501)]),
    ("no NUL",                  [("AUTH PLAIN " + b64("alice"), 501)]),
    ("cancelled",               [("AUTH PLAIN", 334), ("*", 501)]),
    ("LOGIN cancelled",         [("AUTH LOGIN", 334), (b64(ALICE), 334), ("*", 501)]),
    ("no base64",               [("AUTH PLAIN ####", 501)]),
    ("base64 cut short",        [("AUTH PLAIN " + plain()[:-1] + "A=B", 501)]),
    ("12 KB of it",             [("AUTH PLAIN " + "A" * 20000, 500)]),
    ("an answer of 20 KB",      [("AUTH PLAIN", 334), ("A" * 20000, 500)]),
    ("empty initial response",  [("AUTH PLAIN =", 501)]),
    ("unknown mechanism",       [("AUTH CRAM-MD5", 504)]),
    ("no mechanism",            [("AUTH", 501)]),
    ("twice",                   [("AUTH PLAIN " + plain(), 235), ("AUTH PLAIN " + plain(), 503)]),
]


@pytest.mark.parametrize("lines", [row[1] for row in AUTH], ids=[row[0] for row in AUTH])
def test_auth(server, lines):
    """RFC 4954 4 and 6, RFC 4616 2: each exchange ends as it must, and the session is usable afterwards."""
    with submission_in_tls(server) as s:
        for line, code in lines:
            s.ask(line, code)
        assert s.ask("NOOP", 250).startswith("250 2.0.0")
        s.ask(f"MAIL FROM:<{ALICE}>", 250 if any(code == 235 for _, code in lines) else 530)


def test_auth_within_a_transaction(server):
    """RFC 4954 4: not during a mail transaction; a submission has none before a login, so 503 for the second."""
    with server.logged_in() as s:
        s.ask(f"MAIL FROM:<{ALICE}>", 250)
        s.ask("AUTH PLAIN " + plain(), 503)


def test_three_wrong_passwords_end_the_session(server):
    """threats 3.22: passwords are not tried at leisure."""
    with submission_in_tls(server) as s:
        s.ask("AUTH PLAIN " + plain(password="1"), 535)
        s.ask("AUTH PLAIN " + plain(password="2"), 535)
        s.ask("AUTH PLAIN " + plain(password="3"), 421)
        assert s.is_closed()


def test_unknown_account_and_wrong_password_read_the_same(server):
    """threats 3.22: replies do not tell who has an account."""
    said = []
    for account in (ALICE, "carol@home.test"):
        with submission_in_tls(server) as s:
            said.append(s.ask("AUTH PLAIN " + plain(account, "wrong"), 535))
    assert said[0] == said[1]


def test_new_hello_keeps_the_login(server):
    """RFC 5321 4.1.4: EHLO resets the transaction; the login is the session's."""
    with server.logged_in() as s:
        s.ask(f"MAIL FROM:<{ALICE}>", 250)
        s.ask("EHLO again.test", 250)
        s.ask(f"RCPT TO:<{BOB}>", 503)
        s.ask(f"MAIL FROM:<{ALICE}>", 250)


def submit(server, text, account=ALICE, codes=(250,)):
    with server.logged_in(account) as s:
        return s.message(account, [BOB], text.encode() if isinstance(text, str) else text, codes=codes)


def test_header_is_completed(server):
    """RFC 6409 8.2, 8.3: Date and Message-ID are added when missing; RFC 5321 4.4: Received."""
    subject = f"bare {uuid.uuid4()}"
    submit(server, f"From: {ALICE}\r\nSubject: {subject}\r\n\r\nx\r\n")
    mail = email.message_from_bytes(server.wait_mail(BOB, subject=subject), policy=email.policy.default)
    assert email.utils.parsedate_to_datetime(mail["Date"])
    assert mail["Message-ID"].startswith("<") and mail["Message-ID"].endswith("@mail.home.test>")
    assert "from client.test" in mail["Received"] and "(" in mail["Received"] and "TLSv1." in mail["Received"]


def test_header_is_kept(server):
    """RFC 6409 8: what is there stays, to the octet."""
    subject = f"whole {uuid.uuid4()}"
    header = (f"Date: Tue, 1 Apr 2025 10:00:00 +0200\r\nMessage-ID: <one.{uuid.uuid4()}@elsewhere.test>\r\nFrom:  \"A. B.\"\r\n"
              f"  <{ALICE}>\r\nX-Odd:a\r\n\tb  \r\nSubject: {subject}\r\n")
    submit(server, header + "\r\nx\r\n")
    text = server.wait_mail(BOB, subject=subject)
    assert text.endswith(header.encode() + b"\r\nx\r\n")


def test_bcc_is_removed(server):
    """RFC 5322 3.6.3: nobody learns of the blind copies, not even from a folded or repeated field."""
    subject = f"blind {uuid.uuid4()}"
    submit(server, f"From: {ALICE}\r\nBCC: one@secret.test,\r\n two@secret.test\r\nSubject: {subject}\r\n"
                   "Bcc: three@secret.test\r\nResent-Bcc: four@secret.test\r\n\r\nx\r\n")
    text = server.wait_mail(BOB, subject=subject)
    assert b"secret" not in text and not re.search(rb"(?im)^bcc:", text)


def test_bcc_of_the_command_line(server):
    subject = f"blind {uuid.uuid4()}"
    status, message, records = server.send("--from", ALICE, "--to", ALICE, "--bcc", BOB, "--subject", subject, "--body", "x")
    assert status == 0 and len(server.agreed(message)) == 2
    assert b"bob" not in server.wait_mail(BOB, subject=subject).replace(b"Delivered-To: bob@home.test\r\n", b"")


def test_sub_address(server):
    """RFC 5233 1: alice+detail is alice's, to receive and to send as."""
    subject = f"detail {uuid.uuid4()}"
    with server.logged_in() as s:
        s.message("alice+lists@home.test", ["bob+x@home.test"], f"From: alice+lists@home.test\r\nSubject: {subject}\r\n\r\nx".encode())
    assert b"Return-Path: <alice+lists@home.test>" in server.wait_mail(BOB, subject=subject)


def test_port_465_speaks_tls_first(server):
    """RFC 8314 3.3: no greeting in clear text."""
    with server.session(server.submissions) as s:
        s.send("EHLO client.test\r\n")
        answer = s.input.read(100)
        assert answer[:3] in (b"", b"\x15\x03\x01", b"\x15\x03\x03"), answer  # nothing, or an alert (RFC 8446 6)
