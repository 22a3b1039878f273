"""Port 25 as a stranger meets it: what is taken, what is refused, and with which words (RFC 5321, threats 2 and 3)."""
import re
import socket
import time
import uuid

import pytest

from harness import ALICE, BOB, Closed, Postrider, Session, tls_context, until

SETTINGS = "smtp { rcpt_max = 100  size_max = 300000 }"


def test_greeting_and_offer(server):
    """RFC 5321 4.2, 4.1.1.1: our name; the extensions that we have and no other."""
    with server.session() as s:
        assert re.fullmatch(r"220 mail\.home\.test ESMTP .*", s.expect(220))
        offered = [line[4:] for line in s.ask("EHLO client.test", 250).split("\n")]
        assert offered == ["mail.home.test", "PIPELINING", "SIZE 300000", "8BITMIME", "SMTPUTF8", "STARTTLS", "ENHANCEDSTATUSCODES"]
        s.ask("STARTTLS", 220)
        s.start_tls()
        assert "STARTTLS" not in s.ask("EHLO client.test", 250)


@pytest.mark.parametrize("user,account", [
    ("bob@home.test", BOB), ("BOB@HOME.TEST", BOB), ("bob+list@home.test", BOB), ("postmaster@home.test", ALICE),
    ("POSTMASTER@Home.Test", ALICE), ("Postmaster", ALICE), ("postmaster", ALICE), ('"bob"@home.test', BOB), ('"b\\ob"@home.test', BOB),
])
def test_users_get_their_mail(server, user, account):
    """RFC 5321 4.5.1 (postmaster, also without a domain), 4.1.2 (quoted or not is one mailbox), RFC 5233 1."""
    subject = str(uuid.uuid4())
    with server.session() as s:
        s.hello()
        message = s.message("x@elsewhere.test", [user], f"Subject: {subject}\r\n\r\nx\r\n".encode()).split()[-1]
    server.wait_mail(account, subject=subject)
    [record] = server.agreed(message)
    assert record["state"] == "delivered"


@pytest.mark.parametrize("user,code", [
    ("carol@home.test", 550), ("bobby@home.test", 550), ("bo@home.test", 550),
    ("bob.@home.test", 501), ("root@home.test", 550), ("+bob@home.test", 550), ("x" * 64 + "@home.test", 550),
])
def test_unknown_users_are_refused_at_rcpt(server, user, code):
    """threats 3.13: no backscatter."""
    with server.session() as s:
        s.hello()
        s.ask("MAIL FROM:<x@elsewhere.test>", 250)
        said = s.ask(f"RCPT TO:<{user}>", code)
        assert code != 550 or said.startswith("550 5.1.1")
        s.ask("DATA", 554)


def test_vrfy_and_expn_tell_nothing(server):
    """RFC 5321 7.3; threats 3.22: the same words for an account and for nobody."""
    with server.session() as s:
        s.hello()
        assert s.ask("VRFY bob", 252) == s.ask("VRFY carol", 252)
        assert s.ask("EXPN bob", 502) == s.ask("EXPN staff", 502)


def test_unknown_senders_are_no_matter(server):
    """RFC 5321 6.1: strangers send from any address; also from ours, as a forwarder does."""
    with server.session() as s:
        s.hello()
        for sender in ("x@elsewhere.test", "", ALICE, "x@[192.0.2.1]", "\"a b\"@elsewhere.test"):
            s.message(sender, [BOB], b"From: x@elsewhere.test\r\n\r\nx\r\n")


def test_a_stranger_s_header_is_left_alone(server):
    """RFC 5321 6.4: a relay adds trace fields and changes nothing: no Date, no Message-ID, and Bcc stays."""
    subject = str(uuid.uuid4())
    header = f"From: x@elsewhere.test\r\nBcc: y@elsewhere.test\r\nSubject: {subject}\r\n"
    with server.session() as s:
        s.hello("stranger.test")
        s.message("x@elsewhere.test", [BOB], header.encode() + b"\r\nx\r\n")
    text = server.wait_mail(BOB, subject=subject)
    trace, rest = text.split(b"\r\n", 1)[1].split(b"From: ", 1)
    assert text.startswith(b"Return-Path: <x@elsewhere.test>\r\nDelivered-To: bob@home.test\r\nReceived: from stranger.test ")
    assert b"with ESMTP" in trace and b"[127.0.0.1]" in trace and b"for <bob@home.test>" in trace
    assert b"From: " + rest == header.encode() + b"\r\nx\r\n"


def test_received_words(server):
    """RFC 3848, RFC 6531 4.3: the protocol in Received."""
    for port, tls, utf8, word in ((server.smtp, False, False, "ESMTP"), (server.smtp, True, False, "ESMTPS"),
                                  (server.smtp, True, True, "UTF8SMTPS"), (server.smtp, False, True, "UTF8SMTP")):
        subject = str(uuid.uuid4())
        with server.session(port) as s:
            s.hello()
            if tls:
                s.ask("STARTTLS", 220)
                s.start_tls()
                s.ask("EHLO client.test", 250)
            s.message("x@elsewhere.test", [BOB], f"Subject: {subject}\r\n\r\nx\r\n".encode(),
                      parameters=" SMTPUTF8" if utf8 else "")
        assert f"with {word} ".encode() in server.wait_mail(BOB, subject=subject).replace(b"\r\n\t", b" ")
    with server.session() as s:
        s.expect(220)
        s.ask("HELO client.test", 250)
        s.message("x@elsewhere.test", [BOB], b"Subject: with helo\r\n\r\nx\r\n")
    assert b"with SMTP " in server.wait_mail(BOB, subject="with helo").replace(b"\r\n\t", b" ")


def test_pipelining(server):
    """RFC 2920: a whole session in one segment; one reply each, in order, and DATA's octets are no commands."""
    subject = str(uuid.uuid4())
    with server.session() as s:
        s.send("EHLO client.test\r\nMAIL FROM:<x@elsewhere.test>\r\nRCPT TO:<carol@home.test>\r\nRCPT TO:<bob@home.test>\r\n"
               f"DATA\r\nSubject: {subject}\r\n\r\nRSET\r\nQUIT\r\n.\r\nNOOP\r\nRSET\r\nQUIT\r\n")
        s.expect(220)
        for code in (250, 250, 550, 250, 354, 250, 250, 250, 221):
            s.expect(code)
        assert s.is_closed()
    assert server.wait_mail(BOB, subject=subject).endswith(b"\r\n\r\nRSET\r\nQUIT\r\n")


def test_pipelining_when_nobody_is_taken(server):
    """RFC 2920 3.1: DATA without a valid recipient is 554, and what follows are commands."""
    with server.session() as s:
        s.hello()
        s.send("MAIL FROM:<x@elsewhere.test>\r\nRCPT TO:<carol@home.test>\r\nDATA\r\nRSET\r\nNOOP\r\n")
        for code in (250, 550, 554, 250, 250):
            s.expect(code)


def test_starttls_injection(server):
    """threats 3.3, CVE-2011-0411: what was sent in clear text behind STARTTLS is not obeyed inside."""
    for trailing in ("NOOP\r\n", "RSET\r\nNOOP\r\n", "MAIL FROM:<evil@elsewhere.test>\r\n", "EHLO evil.test\r\nNOOP\r\n"):
        with server.session() as s:
            s.hello()
            s.send("STARTTLS\r\n" + trailing)
            s.expect(220)
            s.start_tls()
            s.ask("HELP", 214)  # the first answer inside is to the first question inside
            s.ask("MAIL FROM:<x@elsewhere.test>", 503)  # whatever was said before is forgotten


def test_starttls_forgets(server):
    """RFC 3207 4.2: the client's name and the transaction from before TLS are gone."""
    with server.session() as s:
        s.hello()
        s.ask("MAIL FROM:<x@elsewhere.test>", 250)
        s.ask("STARTTLS now", 501)
        s.ask("STARTTLS", 220)
        s.start_tls()
        s.ask(f"RCPT TO:<{BOB}>", 503)
        s.ask("MAIL FROM:<x@elsewhere.test>", 503)
        s.ask("EHLO client.test", 250)
        s.ask("STARTTLS", 503)
        s.ask("MAIL FROM:<x@elsewhere.test>", 250)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls_is_refused(server):
    """threats 3.32: TLS 1.0 and 1.1 are no protection."""
    import ssl
    with server.session() as s:
        s.hello()
        s.ask("STARTTLS", 220)
        context = tls_context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(ssl.SSLError, match="ALERT_PROTOCOL_VERSION"):  # the server's words, not our own inability
            context.wrap_socket(s.socket)


def test_recipients_limit(server, network):
    """RFC 5321 4.5.3.1.8, 4.5.3.1.10: at least 100; each one more is 452, which is no fault of the client's however many
    there are; those before it get the message, and the others in the next transaction of the same session."""
    remote = network.remote()
    people = [f"u{i:03}@{remote.domain}" for i in range(160)]

    def transaction(s, to, n_taken):
        s.send(f"MAIL FROM:<{ALICE}>\r\n" + "".join(f"RCPT TO:<{address}>\r\n" for address in to))
        s.expect(250)
        said = [s.expect(250, 452) for _ in to]
        assert [text[:9] for text in said] == ["250 2.1.5"] * n_taken + ["452 4.5.3"] * (len(to) - n_taken)
        s.ask("DATA", 354)
        message = s.ask(f"From: {ALICE}\r\n\r\nx\r\n.", 250).split()[-1]
        server.wait_state(message, "delivered")
        assert [r["address"] for r in server.agreed(message)] == to[:n_taken]

    with server.logged_in() as s:
        transaction(s, people, 100)
        transaction(s, people[100:], 60)
        s.ask("QUIT", 221)
    assert sorted(address for _, to, _ in remote.messages for address in to) == people


def test_declared_size(server):
    """RFC 1870 6.1: at the limit and over it."""
    with server.session() as s:
        s.hello()
        s.ask("MAIL FROM:<x@elsewhere.test> SIZE=300000", 250)
        s.ask("RSET", 250)
        for size in ("300001", "99999999999999999999"):
            assert s.ask(f"MAIL FROM:<x@elsewhere.test> SIZE={size}", 552).startswith("552 5.3.4")
        s.ask("MAIL FROM:<x@elsewhere.test> SIZE=", 501)
        s.ask("MAIL FROM:<x@elsewhere.test> SIZE=-1", 501)
        s.ask("MAIL FROM:<x@elsewhere.test> SIZE=1e3", 501)
        s.ask("MAIL FROM:<x@elsewhere.test> SIZE=1 SIZE=1", 501)


def sized(n, subject):
    head = f"Subject: {subject}\r\n\r\n".encode()
    lines = (n - len(head)) // 72 - 1
    return head + (b"x" * 70 + b"\r\n") * lines + b"y" * (n - len(head) - 72 * lines - 2) + b"\r\n"


@pytest.mark.parametrize("over", [0, 1])
def test_real_size(server, over):
    """RFC 1870 6.2: octets count, whatever was declared; afterwards the session is in step."""
    subject = str(uuid.uuid4())
    octets = sized(300000 + over, subject)
    assert len(octets) == 300000 + over
    with server.session() as s:
        s.hello()
        said = s.message("x@elsewhere.test", [BOB], octets, parameters=" SIZE=1000", codes=(552 if over else 250,))
        assert not over or said.startswith("552 5.3.4")
        s.ask("NOOP", 250)
    found = server.find(BOB, subject=subject)
    assert len(found) == 1 - over and (over or found[0].endswith(octets))


def test_dots_do_not_count(server):
    """RFC 5321 4.5.2: what transparency adds is not of the message."""
    subject = str(uuid.uuid4())
    head = f"Subject: {subject}\r\n\r\n".encode()
    octets = head + b".\r\n" * ((300000 - len(head)) // 3)
    with server.session() as s:
        s.hello()
        s.message("x@elsewhere.test", [BOB], octets.replace(b"\r\n.", b"\r\n.."))
    assert server.wait_mail(BOB, subject=subject).endswith(octets)


@pytest.mark.parametrize("n,code", [(2048, 250), (2049, 500), (100000, 500)])
def test_command_line_length(server, n, code):
    """RFC 5321 4.5.3.1.4; threats 2: too long is 500, skipped to its CRLF, and the next line is a command."""
    with server.session() as s:
        s.hello()
        line = b"NOOP " + b"x" * (n - 7) + b"\r\n"
        assert len(line) == n
        s.ask(line, code)
        s.ask("NOOP", 250)


def test_text_line_length(server):
    """RFC 5321 4.5.3.1.6: 1000 octets must pass; longer ones are kept as they are."""
    subject = str(uuid.uuid4())
    octets = f"Subject: {subject}\r\n\r\n".encode() + b"x" * 998 + b"\r\n" + b"y" * 100000 + b"\r\n"
    with server.session() as s:
        s.hello()
        s.message("x@elsewhere.test", [BOB], octets)
    assert server.wait_mail(BOB, subject=subject).endswith(octets)


@pytest.mark.parametrize("line", [b"NOOP\0\r\n", b"\0\r\n", b"MAIL\0FROM:<x@elsewhere.test>\r\n", b"MAIL FROM:<x\0@elsewhere.test>\r\n",
                                  b"NOOP\rNOOP\r\n", b"NOOP\nNOOP\r\n", b"EHLO a\nb\r\n", b"MAIL FROM:<x@elsewhere.test>\nRCPT TO:<bob@home.test>\r\n"])
def test_nul_cr_and_lf_in_commands(server, line):
    """RFC 5321 2.3.8, threats 3.6: one line, one refusal."""
    with server.session() as s:
        s.hello()
        assert s.ask(line)[0] == "5"
        s.ask("RCPT TO:<bob@home.test>", 503)
        s.ask("NOOP", 250)


def test_nul_in_the_text(server):
    """What it holds is kept: RFC 5322 forbids NUL, obs-text permits it; nothing is cut there."""
    subject = str(uuid.uuid4())
    octets = f"Subject: {subject}\r\n\r\none\0two\r\nthree\r\n".encode()
    with server.session() as s:
        s.hello()
        s.message("x@elsewhere.test", [BOB], octets)
    assert server.wait_mail(BOB, subject=subject).endswith(octets)


@pytest.mark.parametrize("n,code", [(100 << 10, 250), (250 << 10, 250), (270 << 10, 552)])
def test_header_size(server, n, code):
    """threats 2: a header has its limit; a message over it is refused, not cut."""
    subject = str(uuid.uuid4())
    octets = f"Subject: {subject}\r\n".encode() + (b"X-Filler: " + b"y" * 60 + b"\r\n") * (n // 72) + b"\r\nx\r\n"
    with server.session() as s:
        s.hello()
        s.message("x@elsewhere.test", [BOB], octets, codes=(code,))
        s.ask("NOOP", 250)
    assert len(server.find(BOB, subject=subject)) == (code == 250)


PARAMETERS = [
    # parameters of MAIL, code
    ("AUTH=<>", 555), ("AUTH=" + "x" * 10000, 500),  # AUTH is not offered here
    ("BODY=7BIT", 250), ("BODY=8BITMIME", 250), ("BODY=8bitmime", 250), ("BODY=BINARYMIME", 555), ("BODY=+0A", 501),
    ("BODY", 501), ("BODY=", 501), ("BODY=7BIT BODY=8BITMIME", 501), ("SMTPUTF8", 250), ("SMTPUTF8=yes", 501),
    ("RET=FULL", 555), ("ENVID=a+0Ab", 555), ("ENVID=" + "x" * 10000, 500), ("HOLDFOR=5", 555), ("BY=120;R", 555),
    ("MT-PRIORITY=9", 555), ("SIZE=+0A", 501), ("SIZE=1\n", 500), ("SIZE=1\r", 500), ("SIZE=1\x01", 501), ("SIZE=1\x7f", 501),
    ("X=\x1b[31m", 501), ("X=y", 555), ("=x", 501), ("-x=y", 501), ("x==y", 501), ("REQUIRETLS", 555),
]


@pytest.mark.parametrize("parameters,code", PARAMETERS, ids=lambda v: ascii(v)[:40])
def test_mail_parameters(server, parameters, code):
    """RFC 5321 4.1.1.11, RFC 3461 4, threats 3.7: known ones are checked, others are 555, and none carries control octets."""
    with server.session() as s:
        s.hello()
        s.ask(f"MAIL FROM:<x@elsewhere.test> {parameters}", code)
        s.ask("NOOP", 250)


@pytest.mark.parametrize("value,code", [("<>", 250), ("alice@home.test", 250), ("e+3Dmc2@home.test", 250), ("a+0Ab", 501), ("a+0Db", 501),
                                        ("a+00b", 501), ("a+7Fb", 501), ("a+b", 501), ("a+0", 501), ("x" * 501, 501)], ids=lambda v: str(v)[:20])
def test_auth_parameter(server, value, code):
    """RFC 4954 5, threats 3.7 (CVE-2020-28021): xtext that hides a line break goes no further."""
    with server.logged_in() as s:
        s.ask(f"MAIL FROM:<{ALICE}> AUTH={value}", code)
        s.ask("NOOP", 250)


RCPT_PARAMETERS = [
    ("NOTIFY=NEVER", 555), ("NOTIFY=+0A", 555), ("ORCPT=rfc822;a+0Ab", 555), ("ORCPT=rfc822;a\x01b", 501),
    ("ORCPT=" + "x" * 10000, 500), ("X", 555), ("X=", 501), (">", 501), ("\x01", 501),
]


@pytest.mark.parametrize("parameters,code", RCPT_PARAMETERS, ids=lambda v: ascii(v)[:40])
def test_rcpt_parameters(server, parameters, code):
    with server.session() as s:
        s.hello()
        s.ask("MAIL FROM:<x@elsewhere.test>", 250)
        s.ask(f"RCPT TO:<bob@home.test> {parameters}", code)
        s.ask("NOOP", 250)


def test_no_raw_controls_in_ledger_or_log(server):
    """threats 3.7, 3.21: what a client says cannot forge a line of the log, nor a row."""
    with server.session() as s:
        s.hello("x\x1b[31m".encode("unicode_escape").decode())
        for name in (b"EHLO a\x1b[2Jb\r\n", b"EHLO a b\r\n", b"HELO \x07\r\n"):
            s.ask(name, 501)
        s.message("x@elsewhere.test", [BOB], b"Subject: one\x1b[31m \x07two\r\nMessage-ID: <a\x01b@c>\r\n\r\nx\r\n")
        s.ask(b"RCPT TO:<\x1b[31m>\r\n")
    [row] = [r for r in server.mailbox(BOB) if (r["subject"] or "").startswith("one")][-1:]
    for table in ("message", "recipient", "attempt"):
        for record in server.sql(f"SELECT * FROM {table}"):
            assert all(v.isprintable() for v in record.values() if isinstance(v, str)), record
    assert row["subject"].isprintable()
    log = (server.directory / "log").read_bytes()
    assert not set(log) & (set(range(0x20)) - {0x0a} | {0x7f})


SQL = ["x' OR '1'='1", "x\");DROP TABLE message;--", "%s%n${jndi}{{7*7}}", "a'||(SELECT 1)||'b"]


@pytest.mark.parametrize("evil", SQL)
def test_no_string_is_ever_a_program(server, evil):
    """threats 3.8-3.10: names, addresses and subjects with SQL, format and template syntax are only text."""
    quoted = '"' + evil.replace("\\", "\\\\").replace('"', '\\"') + '"'
    with server.session() as s:
        s.hello(evil.replace(" ", ""))
        said = s.message(f"{quoted}@elsewhere.test", [BOB], f"Subject: {evil}\r\nMessage-ID: <{evil}>\r\n\r\nx\r\n".encode())
        s.ask(f"MAIL FROM:<{quoted}@elsewhere.test>", 250)
        s.ask(f"RCPT TO:<{quoted}@home.test>", 550)
    message = said.split()[-1]
    [record] = server.agreed(message)
    kept = quoted if re.search(r"[^\w!#$%&'*+/=?^`{|}~-]", evil) else evil  # RFC 5321 4.1.2: no quotes where none are needed
    assert record["return_path"] == f"{kept}@elsewhere.test"
    assert server.status(f"<{evil}>")["message"]["id"] == message
    assert server.run("status", "--json", f"<{evil}x>").returncode != 0
    assert server.status(message)["message"]["subject"] == evil


def test_http_is_not_smtp(server):
    """threats 3.20: a browser that was made to POST here gets nothing done, however mail-like its body is."""
    subject = str(uuid.uuid4())
    body = f"EHLO a.test\r\nMAIL FROM:<x@elsewhere.test>\r\nRCPT TO:<bob@home.test>\r\nDATA\r\nSubject: {subject}\r\n\r\nx\r\n.\r\n"
    with server.session() as s:
        s.send(f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n" + body)
        s.expect(220)
        assert s.expect(421).startswith("421 4.7.0 This is SMTP")
        assert s.is_closed()
    assert server.find(BOB, subject=subject) == []


def test_alpn_of_smtp(server):
    """RFC 7301: who asks for what we speak is answered so."""
    context = tls_context()
    context.set_alpn_protocols(["http/1.1", "smtp"])
    with socket.create_connection(("127.0.0.1", server.submissions), timeout=10) as s:
        with context.wrap_socket(s, server_hostname="mail.home.test") as t:
            assert t.selected_alpn_protocol() == "smtp" and t.recv(100).startswith(b"220")


def test_alpn_of_another_protocol(server):
    """threats 3.20 (ALPACA): who asks for http by TLS is not talked to."""
    import ssl
    context = tls_context()
    context.set_alpn_protocols(["http/1.1"])
    with socket.create_connection(("127.0.0.1", server.submissions), timeout=10) as s:
        with pytest.raises(ssl.SSLError, match="alert no application protocol"):
            context.wrap_socket(s, server_hostname="mail.home.test")


@pytest.fixture(scope="module")
def strict_server(directory, network):
    """A server with small limits."""
    made = Postrider(directory / "strict", dns=network.dns, remote_port=network.port, settings="""
smtp { errors_soft = 3  errors_max = 6  error_delay = 300ms  sessions_per_client = 4  sessions_max = 6
       command_time = 2s  login_time = 2s  data_time = 1s }
""").start()
    yield made
    assert made.stop() == 0


@pytest.fixture
def strict(strict_server):
    """The same with no session left from the test before."""
    until(lambda: free_sessions(strict_server) == 6, what="the end of all sessions")
    return strict_server


def test_idle_talk_ends_a_session(strict):
    """threats 2: a hundred commands that bring no message nearer are free, then each is an error; errors_max is 6."""
    with strict.session(source=("127.0.2.9", 0)) as s:
        s.hello()
        for _ in range(99 + 6):
            s.ask("NOOP", 250)
        s.ask("NOOP", 421)


def test_errors_slow_a_source_then_end_a_session(strict):
    """threats 2: soft and hard limit; past the soft one an error is answered each error_delay."""
    with strict.session(source=("127.0.2.1", 0)) as s:
        s.hello()
        began = time.monotonic()
        for _ in range(6):
            s.ask("WHAT", 500)
        assert time.monotonic() - began >= 3 * 0.3 - 0.01
        assert s.ask("WHAT", 421).startswith("421 4.7.0")
        assert s.is_closed()


def test_harvesting_ends_a_session(strict):
    """threats 3.22: unknown recipients are errors too."""
    with strict.session(source=("127.0.2.2", 0)) as s:
        s.hello()
        s.ask("MAIL FROM:<x@elsewhere.test>", 250)
        for i in range(6):
            s.ask(f"RCPT TO:<u{i}@home.test>", 550)
        s.ask("RCPT TO:<u7@home.test>", 421)
        assert s.is_closed()


def test_sessions_per_client(strict):
    """threats 2: 421 at once for one session too many; room again once one has ended; others are not touched."""
    address = ("127.0.0.1", strict.smtp)
    mine = [Session(address, source=("127.0.2.3", 0)) for _ in range(4)]
    for s in mine:
        s.expect(220)
    with Session(address, source=("127.0.2.3", 0)) as s:
        assert s.expect(421).startswith("421 4.7.0")
        assert s.is_closed()
    with Session(address, source=("127.0.2.4", 0)) as other:
        other.expect(220)
        other.ask("QUIT", 221)
    mine[0].ask("QUIT", 221)
    assert mine[0].is_closed()

    def welcome():
        with Session(address, source=("127.0.2.3", 0)) as s:
            return s.expect(220, 421).startswith("220")
    until(welcome)
    for s in mine:
        s.close()


def test_sessions_in_all(strict):
    """threats 3.19: overload is told at once."""
    address = ("127.0.0.1", strict.smtp)
    all_of_them = [Session(address, source=(f"127.0.3.{i}", 0)) for i in range(6)]
    for s in all_of_them:
        s.expect(220)
    with Session(address, source=("127.0.3.9", 0)) as s:
        s.expect(421)
    for s in all_of_them:
        s.close()


def free_sessions(server):
    """How many sessions from different addresses are let in now."""
    opened = [Session(("127.0.0.1", server.smtp), source=(f"127.0.4.{i}", 0)) for i in range(1, 7)]
    greeted = [s for s in opened if s.expect(220, 421).startswith("220")]
    for s in greeted:
        s.ask("QUIT", 221)
        s.is_closed()  # from here on it does not count any more
    for s in opened:
        s.close()
    return len(greeted)


@pytest.mark.parametrize("said", ["", "EHLO client.test", "EHLO client.test\r\nMAIL FROM:<x@elsewhere.test>"])
def test_silent_clients_are_told_goodbye(strict, said):
    """RFC 5321 4.5.3.2.7 and 3.8: 421 when the time is over, wherever the conversation stands."""
    with strict.session(source=("127.0.2.5", 0)) as s:
        s.expect(220)
        for line in said.split("\r\n"):
            if line:
                s.ask(line, 250)
        assert s.expect(421).startswith("421 4.4.2")
        assert s.is_closed()


def test_a_trickle_of_text_ends(strict):
    """threats 3.19: DATA that never comes to its end."""
    with strict.session(source=("127.0.2.6", 0)) as s:
        s.hello()
        s.envelope("x@elsewhere.test", BOB)
        s.ask("DATA", 354)
        s.send("Subject: never\r\n\r\n")
        s.expect(421)
        assert s.is_closed()
    assert strict.find(BOB, subject="never") == []


def test_no_login_no_stay(directory):
    """threats 2: a submission port is not held without a login, however busy the client is."""
    own = Postrider(directory / "busy", settings="smtp { login_time = 3s  errors_soft = 0  errors_max = 1000  error_delay = 20ms }").start()
    with own.logged_in() as other, own.session(own.submission) as s:
        s.hello()
        n, said = 0, ""
        while not said.startswith("421"):
            said = s.ask("NOOP", 250, 421)
            n += 1
        assert said.startswith("421 4.4.2") and s.is_closed() and n > 20
        other.ask("NOOP", 250)  # whoever logged in stays
    assert own.stop() == 0


def test_hanging_up_in_the_text_leaves_nothing(server):
    """RFC 5321 4.1.1.4: without CRLF.CRLF there is no message."""
    subject = str(uuid.uuid4())
    for cut in (b"", b"x\r\n", b"x\r\n.", b"x\r\n.\r", b"y" * 200000):
        with server.session() as s:
            s.hello()
            s.envelope("x@elsewhere.test", BOB)
            s.ask("DATA", 354)
            s.send(f"Subject: {subject}\r\n\r\n".encode() + cut)
            s.socket.shutdown(socket.SHUT_WR)
            assert s.is_closed()  # the server has seen the end, and was silent about it
    assert server.find(BOB, subject=subject) == []
