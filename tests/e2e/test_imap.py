"""IMAP (RFC 3501) by Python's imaplib: what the server answers to a program that nobody here wrote."""
import imaplib
import socket

import pytest
from harness import ALICE, PASSWORD, tls_context


MESSAGE = (b"From: Alice <alice@home.test>\r\nTo: bob@home.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
           b"Date: Mon, 7 Feb 1994 21:52:25 -0800\r\nMessage-ID: <1@home.test>\r\nMIME-Version: 1.0\r\n"
           b"Content-Type: text/plain; charset=utf-8\r\n\r\nHello there\r\n")


def ok(answer):
    status, data = answer
    assert status == "OK", answer
    return data


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
    (b"a", b"a BAD "),
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


@pytest.fixture
def work(server):
    """A session with a mailbox of three messages open, the last two of them flagged; it is removed at the end."""
    client = login(server)
    ok(client.create("Work"))
    for n in range(3):
        ok(client.append("Work", "(\\Flagged)" if n else "", None, MESSAGE))
    assert ok(client.select("Work")) == [b"3"]
    yield client
    client.unselect()
    for name in ("Work/Old", "Work"):
        client.delete(name)
    client.logout()


def test_names(work):
    """RFC 3501 6.3.3-6.3.10."""
    ok(work.create("Work/Old"))
    names = ok(work.list())
    assert b'(\\HasChildren) "/" Work' in names and b'(\\HasNoChildren) "/" Work/Old' in names
    assert ok(work.lsub('""', "Work*")) == [None]
    ok(work.subscribe("Work/Old"))
    assert ok(work.lsub('""', "Work*")) == [b'() "/" Work/Old'] and ok(work.lsub('""', "Wor%")) == [b'(\\Noselect) "/" Work']
    assert ok(work.status("Work", "(MESSAGES UIDNEXT UNSEEN)")) == [b"Work (MESSAGES 3 UIDNEXT 4 UNSEEN 3)"]
    ok(work.rename("Work/Old", "Work/Older"))
    assert work.status("Work/Old", "(MESSAGES)")[0] == "NO" and work.create("Work/Older")[0] == "NO"
    ok(work.delete("Work/Older"))
    assert work.delete("INBOX")[0] == "NO" and work.create("a//b")[0] == "NO"


def test_fetch(work):
    """RFC 3501 6.4.5."""
    [(head, octets), rest] = ok(work.fetch("1", "(UID RFC822.SIZE BODY[])"))
    assert octets == MESSAGE and f"RFC822.SIZE {len(MESSAGE)}".encode() in head and b"\\Seen" in head + rest
    [text] = ok(work.fetch("2", "(FLAGS ENVELOPE)"))
    assert b"FLAGS (\\Flagged)" in text and b'(("Alice" NIL "alice" "home.test"))' in text
    [text] = ok(work.fetch("2", "(BODYSTRUCTURE)"))
    assert b'BODYSTRUCTURE ("TEXT" "PLAIN" ("CHARSET" "utf-8")' in text.replace(b'"text" "plain" ("charset"', b'"TEXT" "PLAIN" ("CHARSET"')
    assert ok(work.fetch("2", "(BODY.PEEK[HEADER.FIELDS (TO)])"))[0][1] == b"To: bob@home.test\r\n\r\n"
    assert ok(work.fetch("2", "(BODY.PEEK[1]<6.5>)"))[0][1] == b"there"
    assert ok(work.fetch("2", "(BODY.PEEK[2])")) == [b"2 (BODY[2] NIL)"]
    assert len(ok(work.uid("FETCH", "1:*", "(FLAGS)"))) == 3
    with pytest.raises(imaplib.IMAP4.error, match="there are 3 messages"):
        work.fetch("4", "(FLAGS)")
    with pytest.raises(imaplib.IMAP4.error, match="FETCH: SNIPPET is no item to fetch"):
        work.fetch("1", "(UID SNIPPET)")
    ok(work.store("1:2", "+FLAGS", "(\\Deleted)"))
    ok(work.expunge())
    with pytest.raises(imaplib.IMAP4.error, match="there is 1 message'"):
        work.fetch("2", "(FLAGS)")
    ok(work.store("1", "+FLAGS", "(\\Deleted)"))
    ok(work.expunge())
    with pytest.raises(imaplib.IMAP4.error, match="there are no messages'"):
        work.fetch("1", "(FLAGS)")


def test_search(work):
    """RFC 3501 6.4.4; text as a reader sees it."""
    ok(work.store("1", "+FLAGS", "(\\Seen $Junk)"))
    for keys, found in [("FLAGGED", b"2 3"), ("SEEN", b"1"), ("KEYWORD $Junk", b"1"), ("UNKEYWORD $Junk 2:*", b"2 3"),
                        ("BODY hello", b"1 2 3"), ("NOT TEXT nothing", b"1 2 3"), ("FROM alice OR SEEN UID 3", b"1 3"),
                        ("SENTON 7-Feb-1994", b"1 2 3"), ("BEFORE 7-Feb-1994", b""), ("LARGER 100000", b"")]:
        assert ok(work.search(None, keys)) == [found], keys
    work.literal = "gr\u00fc\u00dfe".encode()
    assert ok(work.search("UTF-8", "SUBJECT")) == [b"1 2 3"]


def test_store_copy_move_expunge(work):
    """RFC 3501 6.4.3, 6.4.6, 6.4.7; RFC 4315; RFC 6851."""
    ok(work.create("Work/Old"))
    ok(work.store("1", "+FLAGS", "(\\Deleted)"))
    ok(work.copy("2:3", "Work/Old"))
    assert b" 2:3 1:2" in work.response("COPYUID")[1][0]
    assert ok(work.expunge()) == [b"1"]
    ok(work.uid("MOVE", "2", "Work/Old"))
    assert work.response("EXPUNGE")[1] == [b"1"]
    assert b"MESSAGES 3" in ok(work.status("Work/Old", "(MESSAGES)"))[0]
    assert ok(work.fetch("1:*", "(UID)")) == [b"1 (UID 3)"]
    assert work.copy("1", "Nowhere")[0] == "NO"


def test_threadid(work):
    """RFC 8474 5.2: an answer has the thread of what it answers, in every mailbox."""
    answer = MESSAGE.replace(b"Message-ID: <1@", b"References: <1@home.test> <2@home.test>\r\nMessage-ID: <3@")
    ok(work.append("Work", None, None, answer))
    ok(work.append("Work", None, None, answer.replace(b"<1@home", b"<other@home")))
    ok(work.create("Work/Old"))
    ok(work.copy("4", "Work/Old"))
    threads = [text.split(b"THREADID (")[1].split(b")")[0] for text in ok(work.fetch("1,4,5", "(THREADID)"))]
    assert threads[0] == threads[1] != threads[2]
    ok(work.select("Work/Old"))
    assert threads[0] in ok(work.fetch("1", "(THREADID)"))[0]


def test_a_large_message(work):
    """A body past store.blob_threshold comes back as it was."""
    large = MESSAGE + b"".join(b"%070d\r\n" % n for n in range(20000))
    ok(work.append("Work", None, '"17-Jul-1996 02:44:25 +0000"', large))
    [(head, octets), _] = ok(work.fetch("4", "(INTERNALDATE BODY.PEEK[])"))
    assert octets == large and b"17-Jul-1996 02:44:25 +0000" in head


def test_idle(server, work):
    """RFC 2177: what another session does is told at once."""
    other = login(server)
    work.send(b"x IDLE\r\n")
    assert work.readline().startswith(b"+ ")
    ok(other.append("Work", "", None, MESSAGE))
    assert work.readline() == b"* 4 EXISTS\r\n"
    ok(other.select("Work"))
    ok(other.store("1", "+FLAGS.SILENT", "(\\Deleted)"))
    assert work.readline() == b"* 1 FETCH (FLAGS (\\Deleted))\r\n"
    ok(other.expunge())
    assert work.readline() == b"* 1 EXPUNGE\r\n"
    work.send(b"DONE\r\n")
    assert work.readline().startswith(b"x OK")
    other.logout()


def flags_told(parts):
    """{number: flags} of untagged FETCH answers."""
    lines = [part[0] if isinstance(part, tuple) else part for part in parts if part]
    return {int(line.split()[0]): imaplib.ParseFlags(line) for line in lines if b"FLAGS" in line}


PARTS = (b"From: a@home.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
         b"--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n")


@pytest.mark.parametrize("command", [
    lambda client: client.store("1", "+FLAGS", "(\\Answered)"),  # it has that flag already
    lambda client: client.fetch("4", "(BODYSTRUCTURE)"),         # finds what the store then keeps
], ids=["store", "structure"])
def test_a_command_that_changes_nothing_hides_no_news(server, work, command):
    """RFC 3501 5.2: what another session changed just before is told."""
    other = login(server)
    ok(other.append("Work", "", None, PARTS))
    ok(work.noop())
    ok(other.select("Work"))
    ok(other.store("1:2", "FLAGS.SILENT", "(\\Answered \\Seen)"))
    told = ok(command(work))
    ok(work.noop())
    assert flags_told([*told, *work.response("FETCH")[1]]).get(2) == (b"\\Answered", b"\\Seen")
    other.logout()


@pytest.mark.parametrize("protocol, taken", [("imap", True), ("smtp", False)])
def test_alpn(server, protocol, taken):
    """RFC 7301 3.2, threats 3.20: who means another protocol is refused."""
    context = tls_context()
    context.set_alpn_protocols([protocol])
    s = socket.create_connection(("127.0.0.1", server.imaps), timeout=60)
    if taken:
        assert context.wrap_socket(s).selected_alpn_protocol() == "imap"
    else:
        with pytest.raises(OSError):
            context.wrap_socket(s)
