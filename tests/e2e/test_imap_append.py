"""APPEND of one and of many (RFC 3501 6.3.11, RFC 3502), what it refuses (RFC 5530, RFC 7889), and BINARY (RFC 3516)."""
import base64
import imaplib
import re
import shutil
import subprocess

import pytest
from harness import ALICE, PASSWORD, tls_context, until

SETTINGS = "smtp { size_max = 2097152 }\nstore { blob_threshold = 65536 }\n"
HEAD = b"From: a@home.test\r\nSubject: s\r\n"
NUMBERS = bytes(range(256)) * 4
PARTS = (HEAD + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
         b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(NUMBERS).replace(b"\n", b"\r\n")
         + b"\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=\r\n=C3=9Fe\r\n"
         b"--b\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n#0V%T\r\n--b\r\n\r\nplain\r\n--b--\r\n")


def ok(answer):
    status, data = answer
    assert status == "OK", answer
    return data


def login(server, account=ALICE):
    c = imaplib.IMAP4_SSL("127.0.0.1", server.imaps, ssl_context=tls_context(), timeout=60)
    c.login(account, PASSWORD)
    return c


@pytest.fixture
def client(server):
    c = login(server)
    ok(c.create("Box"))
    yield c
    ok(c.delete("Box"))
    c.logout()


def say(client, octets):
    """Sends octets; the tagged answer to tag t."""
    client.send(octets)
    while True:
        line = client.readline()
        assert line, "closed"
        if not line.startswith(b"* "):
            return line


def literals(*messages):
    return b"".join(b" {%d+}\r\n" % len(m) + m for m in messages) + b"\r\n"


def count(client):
    return int(re.search(rb"MESSAGES (\d+)", ok(client.status("Box", "(MESSAGES)"))[0])[1])


def test_many_at_once(client):
    """RFC 3502: flags and date of each its own; RFC 4315 3: one APPENDUID with all UIDs."""
    one, two = HEAD + b"\r\none\r\n", HEAD + b"\r\ntwo, with more\r\n"
    line = say(client, b't APPEND Box (\\Seen) {%d}\r\n' % len(one))
    assert line.startswith(b"+ ")
    line = say(client, one + b' (\\Flagged $Junk) " 7-Feb-1994 22:43:04 -0800" {%d}\r\n' % len(two))
    assert line.startswith(b"+ ")
    assert re.match(rb"t OK \[APPENDUID \d+ 1:2\] ", say(client, two + b"\r\n"))
    ok(client.select("Box"))
    data = ok(client.fetch("1:2", "(FLAGS INTERNALDATE BODY.PEEK[])"))
    assert data[0][1] == one and b"FLAGS (\\Seen)" in data[0][0]
    assert data[2][1] == two and b"FLAGS (\\Flagged $Junk)" in data[2][0] and b'"08-Feb-1994 06:43:04 +0000"' in data[2][0]


@pytest.mark.parametrize("rest, answer", [
    (b" {0+}\r\n\r\n", b"t NO "),                                     # RFC 3502 6.3.11: the client gives up
    (b" (\\Nonsense {3+}\r\nabc\r\n", b"t BAD "),
    (b" {3000000}\r\n", b"t NO [TOOBIG] "),
    (b" {3000000+}\r\n" + bytes(b"x" * 3000000) + b"\r\n", b"t NO [TOOBIG] "),
    (b" x\r\n", b"t BAD "),
    (literals(b"a\0b"), b"t NO [UNKNOWN-CTE] "),
    (b" ~" + literals(b"a\0b")[1:], b"t NO [UNKNOWN-CTE] "),
    (b" UTF8 (~{3+}\r\nabc)\r\n", b"t NO "),
], ids=range(8))
def test_all_or_none(client, rest, answer):
    """What is wrong with the second of two leaves nothing of the first, and the dialogue goes on."""
    assert say(client, b"t APPEND Box" + literals(HEAD + b"\r\nfirst\r\n")[:-2] + rest).startswith(answer)
    assert count(client) == 0


def test_hundreds_at_once(client):
    """What does not fit into one call between processes goes by files."""
    messages = [HEAD + b"X-N: %d\r\n\r\n" % n + (b"%06d\r\n" % n) * (n % 7 * 2000) for n in range(200)]
    assert b"[APPENDUID" in say(client, b"t APPEND Box" + literals(*messages))
    ok(client.select("Box"))
    for n in (0, 1, 6, 99, 198, 199):
        assert ok(client.fetch(str(n + 1), "(BODY.PEEK[])"))[0][1] == messages[n]


def test_too_many_at_once(client):
    assert say(client, b"t APPEND Box" + literals(*[HEAD + b"\r\n"] * 1001)).startswith(b"t NO [LIMIT] ")
    assert count(client) == 0


def test_too_many_files_at_once(client):
    """12,000 large messages come in at once, of everybody: one client, with 50 sessions, leaves others some."""
    message = HEAD + b"\r\n" + b"x" * 66000 + b"\r\n"
    assert say(client, b"t APPEND Box" + literals(*[message] * 201)).startswith(b"t NO [LIMIT] ")
    assert count(client) == 0


def test_what_is_skipped_has_an_end(server, client):
    """More than 64 MiB that nobody asked for: NO, and goodbye."""
    other = login(server)
    assert say(other, b"t APPEND Box {%d+}\r\n" % (1 << 40)).startswith(b"t NO [TOOBIG] ")
    assert other.readline().startswith(b"* BYE ") and other.readline() == b""
    assert count(client) == 0


def halfway(server, account=ALICE):
    """A session that has Held open and has sent half of a message for INBOX; the octets that remain."""
    c = login(server, account)
    ok(c.create("Held"))
    ok(c.select("Held"))
    message = HEAD + b"\r\n" + b"x" * 1000 + b"\r\n"
    c.send(b"t APPEND INBOX {%d}\r\n" % len(message))
    assert c.readline().startswith(b"+ ")
    c.send(message[:500])
    return c, message[500:] + b"\r\n"


@pytest.mark.parametrize("news", [False, True], ids=["still", "news"])
@pytest.mark.parametrize("how", [("set", "--disable"), ("remove",)], ids=["disabled", "removed"])
def test_the_account_goes_in_the_middle(server, how, news):
    """RFC 9051 5.5, 7.1.5: the command has its answer, and then BYE says why the session ends."""
    address = f"{how[0]}-{news}@home.test".lower()
    server.add_account(address)
    c, rest = halfway(server, address)
    if news:
        other = login(server, address)
        ok(other.append("Held", None, None, HEAD))
        other.shutdown()
    done = server.run("account", *how, address)
    assert done.returncode == 0, done.stderr
    assert say(c, rest).startswith(b"t NO ")
    assert c.readline().startswith(b"* BYE ") and c.readline() == b""


def test_the_open_mailbox_goes_in_the_middle(server, client):
    """What was kept in another mailbox is told, or it would be appended again."""
    c, rest = halfway(server)
    ok(client.delete("Held"))
    assert say(c, rest).startswith(b"t OK [APPENDUID ")
    assert c.readline().startswith(b"* BYE The mailbox that was open is no more") and c.readline() == b""


def test_hops_do_not_matter(client):
    """RFC 5321 6.3 is for mail that is on its way."""
    message = b"Received: from a by b; Mon, 7 Feb 1994 21:52:25 -0800\r\n" * 120 + b"Delivered-To: x@y.test\r\n" * 120 + HEAD + b"\r\nx\r\n"
    ok(client.append("Box", None, None, message))
    ok(client.select("Box"))
    assert ok(client.fetch("1", "(BODY[])"))[0][1] == message


def test_errors(client):
    """RFC 3501 6.3.11, RFC 7889."""
    assert b"[TRYCREATE]" in client.append("Nowhere", None, None, HEAD)[1][0]
    assert "APPENDLIMIT=2097152" in client.capability()[1][0].decode()
    assert {"LITERAL+", "MULTIAPPEND", "BINARY"} <= set(client.capability()[1][0].decode().split())
    assert "LITERAL-" not in client.capability()[1][0].decode()
    assert client.append("Box", None, None, HEAD + b"\r\n" + b"x" * 2097152)[1][0].startswith(b"[TOOBIG]")
    assert ok(client.status("Box", "(APPENDLIMIT)")) == [b"Box (APPENDLIMIT 2097152)"]


def test_binary(client):
    """RFC 3516 4.2, 4.3."""
    assert b"[APPENDUID" in say(client, b"t APPEND Box ~" + literals(PARTS)[1:])
    ok(client.select("Box"))
    [(head, octets), _] = ok(client.fetch("1", "(FLAGS BINARY.PEEK[1])"))
    assert octets == NUMBERS and head.endswith(b"BINARY[1] ~{1024}") and b"\\Seen" not in head
    assert ok(client.fetch("1", "(BINARY.PEEK[1]<250.10>)"))[0] == (b"1 (BINARY[1]<250> ~{10}", NUMBERS[250:260])
    assert ok(client.fetch("1", "(BINARY.PEEK[1]<5000.10>)"))[0][1] == b""
    assert ok(client.fetch("1", "(BINARY.SIZE[1] BINARY.SIZE[2] BINARY.SIZE[9])")) == [b"1 (BINARY.SIZE[1] 1024 BINARY.SIZE[2] 7 BINARY.SIZE[9] 0)"]
    assert ok(client.fetch("1", "(BINARY.PEEK[])"))[0][1] == PARTS
    assert ok(client.fetch("1", "(BINARY.PEEK[9])")) == [b"1 (BINARY[9] NIL)"]
    assert client.fetch("1", "(FLAGS BINARY.PEEK[3])")[1][0].startswith(b"[UNKNOWN-CTE]")
    [(head, octets), _] = ok(client.fetch("1", "(BINARY[2])"))
    assert octets == "Grüße".encode() and b"\\Seen" in head
    assert ok(client.fetch("1", "(BINARY.PEEK[4])"))[0] == (b"1 (BINARY[4] {5}", b"plain")


def test_a_large_part(client):
    """More than is kept in memory is decoded while it is sent."""
    octets = b"".join(b"%07d\0" % n for n in range(120000))
    message = HEAD + b"MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(octets).replace(b"\n", b"\r\n")
    ok(client.append("Box", None, None, message))
    ok(client.select("Box"))
    assert ok(client.fetch("1", "(BINARY.PEEK[1])"))[0][1] == octets
    assert ok(client.fetch("1", "(BINARY.PEEK[1]<700000.100000>)"))[0][1] == octets[700000:800000]


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl")
def test_curl(server, client, directory):
    """A message goes up and comes down again."""
    path = directory / "message"
    path.write_bytes(PARTS)
    curl = ["curl", "-sS", "-k", "-u", f"{ALICE}:{PASSWORD}"]
    subprocess.run([*curl, "-T", str(path), f"imaps://127.0.0.1:{server.imaps}/Box"], check=True, timeout=60)
    until(lambda: count(client) == 1)
    got = subprocess.run([*curl, f"imaps://127.0.0.1:{server.imaps}/Box;UID=1"], check=True, timeout=60, capture_output=True).stdout
    assert got == PARTS
