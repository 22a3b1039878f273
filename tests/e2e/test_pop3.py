"""POP3 (RFC 1939) by Python's poplib and curl, and by octets: what a program that nobody here wrote is answered."""
import imaplib
import os
import poplib
import re
import socket
import subprocess

import pytest
from harness import ALICE, PASSWORD, Postrider, Session, plain, tls_context, until

HEADER = b"From: Alice <alice@home.test>\r\nTo: bob@home.test\r\nSubject: %s\r\n\r\n"
DOTS = HEADER % b"dots" + b".\r\n..\r\n.a\r\n\r\n. \r\nend of it\r\n"
LONG = HEADER % b"a long line" + b"x" * 100_000 + b"\r\n." + b"y" * 70_000 + b"\r\n"
UNENDED = HEADER % b"no line end" + b"the last line"


def imap(server):
    client = imaplib.IMAP4_SSL("127.0.0.1", server.imaps, ssl_context=tls_context(), timeout=60)
    client.login(ALICE, PASSWORD)
    return client


def login(server, tls="implicit"):
    if tls == "implicit":
        client = poplib.POP3_SSL("127.0.0.1", server.pop3s, context=tls_context(), timeout=60)
    else:
        client = poplib.POP3("127.0.0.1", server.pop3, timeout=60)
        client.stls(tls_context())
    client.user(ALICE)
    client.pass_(PASSWORD)
    return client


@pytest.fixture
def fill(server):
    """INBOX holds these messages, and no other."""
    def put(*messages):
        client = imap(server)
        assert client.select("INBOX")[0] == "OK"
        client.uid("STORE", "1:*", "+FLAGS.SILENT", "(\\Deleted)")
        client.expunge()
        for message in messages:
            assert client.append("INBOX", "", None, message)[0] == "OK"
        client.logout()
    return put


def remove_by_imap(server, *numbers):
    client = imap(server)
    client.select("INBOX")
    client.store(",".join(map(str, numbers)), "+FLAGS.SILENT", "(\\Deleted)")
    assert client.expunge()[0] == "OK"
    client.logout()


def uids(client):
    return dict(line.decode().split() for line in client.uidl()[1])


def raw(server):
    """A session on the port with TLS that is logged in, octet by octet."""
    s = Session(("127.0.0.1", server.pop3s))
    s.start_tls()
    assert s.input.readline().startswith(b"+OK ")
    s.send(f"AUTH PLAIN {plain()}\r\n")
    assert s.input.readline().startswith(b"+OK ")
    return s


@pytest.mark.parametrize("tls", ["implicit", "stls"])
def test_a_session(server, fill, tls):
    """RFC 1939 5, 7; sizes are those of what RETR sends."""
    fill(DOTS, LONG, UNENDED)
    client = login(server, tls)
    assert client.stat() == (3, len(DOTS) + len(LONG) + len(UNENDED))
    assert client.list()[1] == [b"1 %d" % len(DOTS), b"2 %d" % len(LONG), b"3 %d" % len(UNENDED)]
    assert client.list(2) == b"+OK 2 %d" % len(LONG)
    assert set(uids(client)) == {"1", "2", "3"} and len(set(uids(client).values())) == 3
    assert client.uidl(3) == f"+OK 3 {uids(client)['3']}".encode()
    assert re.fullmatch("[!-~]{1,70}", uids(client)["1"])
    client.noop()
    assert b"\r\n".join(client.retr(1)[1]) + b"\r\n" == DOTS
    assert client.top(1, 0)[1] == DOTS.split(b"\r\n")[:4]
    assert client.top(1, 3)[1] == DOTS.split(b"\r\n")[:7]
    assert b"\r\n".join(client.top(1, 1000)[1]) + b"\r\n" == DOTS
    client.quit()
    assert login(server).stat()[0] == 3


def test_octets(server, fill):
    """RFC 1939 3: CRLF as it was, dots doubled, lines of any length, CRLF.CRLF at the end."""
    fill(DOTS, LONG, UNENDED)
    with raw(server) as s:
        for number, message in enumerate((DOTS, LONG, UNENDED), 1):
            s.send(f"RETR {number}\r\n")
            assert s.input.readline() == b"+OK %d octets\r\n" % len(message)
            whole = message if message.endswith(b"\r\n") else message + b"\r\n"
            expected = b"".join(b"." * line.startswith(b".") + line for line in whole.splitlines(keepends=True)) + b".\r\n"
            assert s.input.read(len(expected)) == expected
        s.send("QUIT\r\n")
        assert s.input.read().startswith(b"+OK ")


def test_deletion(server, fill):
    """RFC 1939 5, 6: marked messages are not listed; RSET unmarks; QUIT removes; a name stays with its message."""
    fill(DOTS, LONG, UNENDED)
    client = login(server)
    before = uids(client)
    client.dele(2)
    assert client.stat() == (2, len(DOTS) + len(UNENDED)) and len(client.list()[1]) == 2 and set(uids(client)) == {"1", "3"}
    for refused in (client.dele, client.retr, client.list, client.uidl, lambda n: client.top(n, 1)):
        with pytest.raises(poplib.error_proto, match="Message 2 is deleted already"):
            refused(2)
    client.rset()
    assert client.stat()[0] == 3
    client.dele(1)
    client.dele(3)
    assert client.quit().startswith(b"+OK")
    client = login(server)
    assert client.stat() == (1, len(LONG)) and uids(client) == {"1": before["2"]}
    client.dele(1)
    client.close()  # no QUIT: no UPDATE state
    assert until(lambda: login(server).stat() == (1, len(LONG)))


def test_another_session_removes(server, fill):
    """Numbers hold for a session; what IMAP or POP3 removed meanwhile is told, and nothing else is touched."""
    fill(DOTS, LONG, UNENDED, DOTS)
    first, second = login(server), login(server)
    remove_by_imap(server, 2)
    first.dele(1)
    first.dele(4)
    second.dele(1)
    for session in (first, second):
        for refused in (session.retr, session.dele, session.list, lambda n: session.top(n, 1)):
            with pytest.raises(poplib.error_proto, match="Message 2 was removed by another session"):
                refused(2)
    assert second.list()[1] == [b"2 0", b"3 %d" % len(UNENDED), b"4 %d" % len(DOTS)]
    assert first.quit().startswith(b"+OK")
    assert second.list()[1] == [b"2 0", b"3 %d" % len(UNENDED), b"4 0"]
    assert b"\r\n".join(second.retr(3)[1]) == UNENDED
    assert second.quit().startswith(b"+OK")
    third = login(server)
    assert third.stat() == (1, len(UNENDED))


def test_new_mail_waits_for_the_next_session(server, fill):
    fill(DOTS)
    client = login(server)
    with server.session() as s:
        s.hello()
        s.message("x@elsewhere.test", [ALICE], HEADER % b"new" + b"x\r\n")
    assert client.stat() == (1, len(DOTS)) and len(client.list()[1]) == 1
    client.dele(1)
    client.quit()
    client = login(server)
    assert client.stat()[0] == 1 and b"Subject: new" in client.retr(1)[1]


def test_names_outlive_a_restart(server, fill):
    """RFC 1939 7, UIDL."""
    fill(DOTS, LONG)
    before = uids(login(server))
    assert server.stop() == 0
    server.start()
    assert uids(login(server)) == before
    remove_by_imap(server, 1)
    assert uids(login(server)) == {"1": before["2"]}


def test_killed_before_and_after_quit(server, fill):
    """RFC 1939 6: before QUIT nothing is removed; after its +OK everything is, for good."""
    fill(DOTS, LONG, UNENDED)
    client = login(server)
    client.dele(1)
    server.kill()
    server.start()
    client = login(server)
    assert client.stat()[0] == 3
    client.dele(1)
    client.dele(2)
    assert client.quit().startswith(b"+OK")
    server.kill()
    server.start()
    assert login(server).stat() == (1, len(UNENDED))


def test_large_message(server, fill):
    """25 MB in bounded memory of the process that listens, however slowly the client reads."""
    large = HEADER % b"large" + b"".join(b"%070d\r\n" % n for n in range(360_000))
    assert server.stop() == 0
    server.start(env=os.environ | {"ASAN_OPTIONS": "quarantine_size_mb=1"})  # what is freed counts as free
    fill(large)
    edge = server.roles()["edge"]

    def peak():
        return int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{edge}/status").read())[1]) * 1024
    with raw(server) as s:
        s.send("TOP 1 5\r\n")
        assert s.input.readline().startswith(b"+OK") and len(list(iter(s.input.readline, b".\r\n"))) == 9
        before = peak()
        s.send("RETR 1\r\n")
        assert s.input.readline().startswith(b"+OK") and s.input.read(len(large)) == large
        assert s.input.readline() == b".\r\n" and peak() - before < 8 << 20


def test_logins(server, fill):
    """RFC 5034 4, RFC 2449 8, RFC 3206: AUTH with and without an initial response, cancelled, wrong; three wrong ones end it."""
    fill()
    with raw(server) as s:
        s.send("STAT\r\n")
        assert s.input.readline() == b"+OK 0 0\r\n"
    with Session(("127.0.0.1", server.pop3s)) as s:
        s.start_tls()
        assert s.input.readline().startswith(b"+OK")
        for line, answer in [("AUTH PLAIN", b"+ \r\n"), ("*", b"-ERR AUTH is cancelled"), ("AUTH PLAIN !", b"-ERR AUTH: this is not base64"),
                             ("AUTH GSSAPI", b"-ERR Mechanisms here: SCRAM-SHA-256-PLUS "), ("AUTH", b"-ERR It is: AUTH"), ("PASS x", b"-ERR USER first"),
                             ("USER " + ALICE, b"+OK"), ("PASS  wrong", b"-ERR [AUTH] "), (f"AUTH PLAIN {plain(password='no')}", b"-ERR [AUTH] "),
                             ("USER nobody@home.test", b"+OK"), ("PASS x", b"-ERR [AUTH] ")]:
            s.send(line + "\r\n")
            assert s.input.readline().startswith(answer), line
        s.is_closed()


def test_no_password_in_clear_text(server):
    client = poplib.POP3("127.0.0.1", server.pop3, timeout=60)
    assert "STLS" in client.capa() and "USER" not in client.capa() and "SASL" not in client.capa()
    with pytest.raises(poplib.error_proto, match="STLS first"):
        client.user(ALICE)
    client.stls(tls_context())
    assert client.capa()["SASL"] == ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN"] and "STLS" not in client.capa() and "USER" in client.capa()


def test_injection_before_tls(server):
    """RFC 2595 4, threats 3.32: what was sent before the handshake is not heard after it."""
    with Session(("127.0.0.1", server.pop3)) as s:
        assert s.input.readline().startswith(b"+OK")
        s.send("STLS\r\nUSER mallory\r\n")
        assert s.input.readline().startswith(b"+OK")
        s.start_tls()
        s.send("PASS x\r\n")
        assert s.input.readline() == b"-ERR USER first\r\n"


@pytest.mark.parametrize("protocol, taken", [("pop3", True), ("imap", False), ("http/1.1", False)])
def test_alpn(server, protocol, taken):
    """RFC 7301 3.2, threats 3.20: who means another protocol is refused."""
    context = tls_context()
    context.set_alpn_protocols([protocol])
    s = socket.create_connection(("127.0.0.1", server.pop3s), timeout=60)
    if taken:
        assert context.wrap_socket(s).selected_alpn_protocol() == "pop3"
    else:
        with pytest.raises(OSError):
            context.wrap_socket(s)


def test_pipelining(server, fill):
    """RFC 2449 6.6: everything at once, answers in order."""
    fill(DOTS, DOTS)
    with raw(server) as s:
        s.send("STAT\r\nNOOP\r\nDELE 1\r\nLIST\r\nRSET\r\nBOGUS\r\nUIDL 2\r\nQUIT\r\n")
        lines = s.input.read().decode().splitlines()
        assert [line.split()[0] for line in lines] == ["+OK", "+OK", "+OK", "+OK", "2", ".", "+OK", "-ERR", "+OK", "+OK"]


@pytest.mark.parametrize("line, answer", [
    (b"", b"The line holds no command"),
    (b"STAT", b"Log in first"),
    (b"FROBNICATE", b"not known"),
    (b"\0", b"NUL"),
    (b"CAPA\nCAPA", b"NUL, or a CR or LF"),
    (b"NOOP" + b" " * 300, b"too long"),
    (b"AUTH " + b"x" * 20000, b"too long"),
    (b"x" * 1_000_000, b"too long"),
    (b"CAPA x", b"It is: CAPA"),
    (b"RETR", b"It is: RETR message"),
    (b"TOP 1", b"It is: TOP message lines"),
    (b"LIST -1", b"It is: LIST [message]"),
])
def test_bad_input_is_told(server, line, answer):
    """One sentence, and the session goes on."""
    with Session(("127.0.0.1", server.pop3)) as s:
        assert s.input.readline().startswith(b"+OK ")
        s.send(line + b"\r\nQUIT\r\n")
        told = s.input.readline()
        assert told.startswith(b"-ERR ") and answer in told and len(told) <= 512
        assert s.input.readline().startswith(b"+OK ") and s.is_closed()


@pytest.mark.parametrize("number", ["0", "4", "4294967295", "4294967296", "99999999999999999999999999"])
def test_numbers_that_are_not(server, fill, number):
    """threats 3.39."""
    fill(DOTS, DOTS, DOTS)
    client = login(server)
    for refused in (client.dele, client.retr, client.list, client.uidl, lambda n: client.top(n, 1)):
        with pytest.raises(poplib.error_proto, match="No such message; the maildrop has 3"):
            refused(number)
    assert client.top(1, number)[0].startswith(b"+OK")
    assert client.quit().startswith(b"+OK") and login(server).stat()[0] == 3


def test_too_many_errors(server):
    with Session(("127.0.0.1", server.pop3)) as s:
        s.send("NONSENSE\r\n" * 100)
        lines = s.input.read().splitlines()
        assert lines[-1] == b"-ERR Too many errors, closing" and len(lines) == 22


def test_utf8(server, fill):
    """RFC 6856 2.1: UTF8 comes before the login.  A header that is not ASCII goes to everybody, as it is: to programs that
    have never heard of UTF8 a refusal is a message at which they stop, each time."""
    messages = [HEADER % "Grüße".encode() + b"x\r\n", HEADER % b"Gr\xfc\xdfe" + b"gr\xfc\xdfe\r\n"]
    fill()
    for message in messages:
        with server.session() as s:
            s.hello()
            s.message("x@elsewhere.test", [ALICE], message)

    def told(client):
        texts = [b"\r\n".join(client.retr(n)[1]) + b"\r\n" for n in (1, 2)]
        assert client.list()[1] == [b"%d %d" % (n, len(text)) for n, text in enumerate(texts, 1)]
        assert all(text.endswith(message) for text, message in zip(texts, messages))
        assert client.top(1, 0)[1] == texts[0].split(b"\r\n\r\n")[0].split(b"\r\n") + [b""]
    client = login(server)
    told(client)
    with pytest.raises(poplib.error_proto, match="logged in already"):
        client.utf8()
    client = poplib.POP3_SSL("127.0.0.1", server.pop3s, context=tls_context(), timeout=60)
    assert "UTF8" in client.capa() and client.utf8().startswith(b"+OK")
    client.user(ALICE)
    client.pass_(PASSWORD)
    told(client)


def test_a_changed_password_ends_sessions(server, tmp_path):
    """At once, whatever they ask next; what was marked stays."""
    password = tmp_path / "password"
    password.write_text("another\n")
    server.run("account", "add", "--password-file", str(server.password_file), "carol@home.test", check=True)
    server.process.send_signal(1)

    def carol(secret):
        client = poplib.POP3_SSL("127.0.0.1", server.pop3s, context=tls_context(), timeout=60)
        client.user("carol@home.test")
        client.pass_(secret)
        return client
    until(lambda: attempt(carol, PASSWORD))
    with server.session() as s:
        s.hello()
        s.message("x@elsewhere.test", ["carol@home.test"], DOTS)
    clients = [carol(PASSWORD), carol(PASSWORD)]
    clients[0].dele(1)
    server.run("account", "password", "--password-file", str(password), "carol@home.test", check=True)
    server.process.send_signal(1)
    until(lambda: attempt(carol, "another"))
    for ask in (clients[0].quit, clients[1].list):
        with pytest.raises(poplib.error_proto, match=r"\[AUTH\] The login has ended"):
            ask()
    assert carol("another").stat()[0] == 1


def attempt(function, *arguments):
    try:
        return function(*arguments)
    except poplib.error_proto:
        return None


def test_curl(server, fill):
    """Lists, fetches, and removes."""
    fill(DOTS, UNENDED)

    def curl(path, *options):
        command = ["curl", "-sS", "-k", "-u", f"{ALICE}:{PASSWORD}", *options, f"pop3s://127.0.0.1:{server.pop3s}/{path}"]
        done = subprocess.run(command, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout
    assert curl("") == b"1 %d\r\n2 %d\r\n" % (len(DOTS), len(UNENDED))
    assert curl("1") == DOTS
    curl("1", "--request", "DELE", "--head")
    assert curl("") == b"1 %d\r\n" % len(UNENDED)


IMPATIENT = "pop3 { idle_time = 300ms\n write_time = 300ms\n }\nsmtp { login_time = 1s\n }\n"


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    made = Postrider(tmp_path_factory.mktemp("impatient") / "server", settings=IMPATIENT).start()
    yield made
    assert made.stop() == 0


def test_autologout(impatient):
    """RFC 1939 3: who says nothing is hung up on without a word, and what was marked stays."""
    with impatient.session() as s:
        s.hello()
        s.message("x@elsewhere.test", [ALICE], DOTS)
    with raw(impatient) as s:
        s.send("DELE 1\r\n")
        assert s.input.readline().startswith(b"+OK") and s.is_closed()
    with Session(("127.0.0.1", impatient.pop3)) as s:  # before the login: smtp.login_time
        assert s.input.readline().startswith(b"+OK") and s.is_closed()
    assert login(impatient).stat()[0] == 1


def test_a_client_that_does_not_read(impatient):
    """It is cut off after pop3.write_time, and others are served meanwhile."""
    client = imap(impatient)
    assert client.append("INBOX", "", None, HEADER % b"large" + b"x" * 70 + b"\r\n" * 1_000_000)[0] == "OK"
    with raw(impatient) as s:
        s.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.send("STAT\r\n")
        n = s.input.readline().split()[1].decode()
        before = impatient.log_text().count("reason=TIMEOUT")
        s.send(f"RETR {n}\r\n" * 20)
        until(lambda: impatient.log_text().count("reason=TIMEOUT") > before, what="the end of the session")
    assert login(impatient).stat()[0] == int(n)
