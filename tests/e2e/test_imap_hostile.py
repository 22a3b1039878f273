"""IMAP and those who mean harm, or know no better: a sentence, flat memory, and nobody else is held up.

The numbers are those of the list of threats that this project tests itself against: 33 literals before the login, 34 one
user's mail in another's session, 35 names that lead elsewhere, 36 what costs much, 38 who idles."""
import os
import pathlib
import re
import select
import socket
import threading
import time

import pytest

from harness import ALICE, BOB, PASSWORD, until
from imap import Imap

SETTINGS = "imap { write_time = 3s }\nsmtp { sessions_per_client = 500\n plain_auth_on_loopback = true }"


def rss(server, role="edge"):
    """Octets of the role that are in memory."""
    text = pathlib.Path(f"/proc/{server.roles()[role]}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) << 10


def given_up(server):
    """Sessions that the server ended, since their client did not read."""
    return len(re.findall(r"session_closed .*reason=(?:TIMEOUT|CLOSED)", server.log_text()))


class Plain:
    """Octets and lines, without TLS."""

    def __init__(self, server, account=None):
        self.socket = socket.create_connection(("127.0.0.1", server.imap), timeout=60)
        self.file = self.socket.makefile("rb")
        assert self.line().startswith("* OK ")
        if account:
            self.send(f'in LOGIN {account} "{PASSWORD}"\r\n'.encode())
            assert self.line().startswith("in OK ")

    def send(self, octets):
        self.socket.sendall(octets)

    def line(self):
        line = self.file.readline()
        if not line:
            raise EOFError
        return line.decode(errors="replace").rstrip("\r\n")

    def tagged(self, tag):
        while not (line := self.line()).startswith(tag + " "):
            pass
        return line[len(tag) + 1:]

    def close(self):
        self.file.close()
        self.socket.close()


@pytest.fixture(scope="module")
def neighbour(server):
    """Somebody else, who must not notice."""
    made = Imap(server, BOB)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def others_are_served(neighbour):
    yield
    neighbour.ask("NOOP")


@pytest.fixture(scope="module")
def client(server):
    made = Plain(server, ALICE)
    made.send(b"a CREATE Target\r\n")
    made.tagged("a")
    for n in range(3):
        made.send(b"b APPEND Target {17+}\r\nSubject: x\r\n\r\nx\r\n\r\n")
        made.tagged("b")
    yield made
    made.close()


@pytest.mark.parametrize("octets, answer", [
    (b"\r\n", "* BAD "),
    (b"x\r\n", "x BAD "),
    (b"x UID\r\n", "x BAD "),
    (b"x UID NOOP\r\n", "x BAD "),
    (b"x FETCH\r\n", "x BAD "),
    (b"+ NOOP\r\n", "* BAD "),
    (b"x NOOP\n", "x BAD "),
    (b"x NO\rOP\r\n", "x BAD "),
    (b"x SELECT \"INBOX\r\n", "x BAD "),
    (b"x SELECT {4294967296}\r\n", "x BAD "),
    (b"x SELECT {18446744073709551616}\r\n", "x BAD "),
    (b"x SELECT {-1}\r\n", "x BAD "),
    (b"x SELECT {1000000}\r\n", "x BAD "),
    (b"x APPEND Target {4294967295}\r\n", "x NO "),
    (b"x STATUS Target (NONSENSE)\r\n", "x BAD "),
    (b"x SEARCH " + b"(" * 5000 + b"\r\n", "x BAD "),
    (b"x FETCH 1 (" + b"(" * 5000 + b"\r\n", "x BAD "),
    (b"x ID (" + b"(" * 5000 + b"\r\n", "x BAD "),
    (b"x FETCH 1 BODY[" + b"1." * 5000 + b"1]\r\n", "x BAD "),
    (b"x FETCH 0 FLAGS\r\n", "x BAD "),
    (b"x FETCH 4294967296 FLAGS\r\n", "x BAD "),
    (b"x FETCH 4 FLAGS\r\n", "x BAD FETCH: there are"),
    (b"x FETCH 1:4294967295 FLAGS\r\n", "x BAD FETCH: there are"),
    (b"x STORE 1 +FLAGS (\\Nonsense)\r\n", "x BAD "),
    (b"x " + b"A" * 70000 + b"\r\n", "x BAD "),
    (b"x LIST \"\" \"" + b"&" * 1000 + b"\"\r\n", "x BAD "),
    (b"\x16\x03\x01\x02\x00\x01\x00\r\n", "* BAD "),
])
def test_a_sentence(server, client, octets, answer):
    """RFC 9051 7.1: BAD or NO with the tag where there is one; the session goes on."""
    one = Plain(server, ALICE)
    one.send(b"s SELECT Target\r\n")
    one.tagged("s")
    one.send(octets)
    line = one.line()
    assert line.startswith(answer) and len(line) > len(answer), line
    one.send(b"y NOOP\r\n")
    assert one.tagged("y").startswith("OK")
    one.close()


def test_sets_of_any_form(client):
    """Numbers beyond the end are none by UID; a million elements have a limit, and a sentence."""
    client.send(b"s SELECT Target\r\n")
    client.tagged("s")
    client.send(b"a UID FETCH 4294967295,4000:5000,3:3 (UID)\r\n")
    assert client.line() == "* 3 FETCH (UID 3)" and client.tagged("a").startswith("OK")
    client.send(b"b UID FETCH 4294967295:1 (UID)\r\n")
    assert [client.line() for _ in range(3)] == [f"* {n} FETCH (UID {n})" for n in (1, 2, 3)]
    client.tagged("b")
    client.send(b"c FETCH " + b",".join(b"%d" % n for n in range(1, 1000001)) + b" FLAGS\r\n")
    assert client.tagged("c").startswith("BAD ")
    million = b",".join(b"%d" % n for n in range(1, 60000, 2))
    client.send(b"d UID FETCH {%d+}\r\n%s (UID)\r\n" % (len(million), million))
    assert client.tagged("d").startswith("BAD ")
    client.send(b"e UID FETCH " + b"1:*," * 9999 + b"2 (UID)\r\n")
    assert client.tagged("e").startswith("OK")


def test_half_a_command(server):
    """Who stops in the middle is told so after imap.write_time, and closed."""
    for octets in (b"x", b"x NOOP", b'x LOGIN "', b"x LOGIN {10}\r\nabc"):
        one = Plain(server)
        one.send(octets)
        while not one.line().startswith("* BYE Nothing came in time"):
            pass
        one.close()


def test_literals_before_the_login(server):
    """33: a hundred who announce much and send much, and nest deeply, take no room."""
    before, many = rss(server), []
    for n in range(100):
        one = Plain(server)
        one.send([b"x LOGIN {4294967295}\r\n", b"x LOGIN {4294967295+}\r\n", b"x LOGIN {4097+}\r\n" + b"y" * 4000,
                  b"x ID (" + b"(" * 15000, b"x LOGIN {4000+}\r\n" + b"y" * 4000 + b" {4000+}\r\n" + b"z" * 3999,
                  b"x AUTHENTICATE PLAIN\r\n" + b"A" * 15000][n % 6])
        many.append(one)
    assert rss(server) - before < 64 << 20
    Plain(server).close()
    for one in many:
        one.close()


def test_one_users_mail_is_not_anothers(server):
    """34: two users in turns, over the same process; each finds what is theirs."""
    for account in (ALICE, BOB):
        one = Plain(server, account)
        one.send(b"c CREATE Secret\r\n")
        one.tagged("c")
        text = f"Subject: of {account}\r\n\r\n{account}\r\n".encode()
        one.send(b"a APPEND Secret {%d+}\r\n%s\r\n" % (len(text), text))
        assert one.tagged("a").startswith("OK")
        one.close()
    for n in range(1000):
        account, other = (ALICE, BOB) if n % 2 else (BOB, ALICE)
        one = Plain(server, account)
        one.send(b"s SELECT Secret\r\nf FETCH 1:* (ENVELOPE BODY[])\r\nt SEARCH TEXT %s\r\n" % other.encode())
        seen = ""
        while not (line := one.line()).startswith("t "):
            seen += line
        assert f"of {account}" in seen and other not in seen and "* SEARCH" in seen
        one.close()


def test_names_lead_nowhere_else(server):
    """35: whatever a mailbox is called, files are called by numbers, and lie where they should."""
    def files():
        return {str(path.relative_to(server.directory.parent)) for path in server.directory.parent.rglob("*") if path.is_file()}
    before, one = files(), Plain(server, ALICE)
    outside = pathlib.Path("/tmp") / f"x{os.getpid()}"
    names = ["../x", f"../../../../..{outside}", "&AC4ALg-/&AC8-x", "&Jjo-!&-", "~/x", "a/../../x", "con", "x%00y", "$(id)", "`id`", "x;y", "' OR '1'='1", "-rf", "*.idx"]
    for name in names:
        quoted = '"' + name + '"'
        one.send(f"c CREATE {quoted}\r\nd APPEND {quoted} {{17+}}\r\nSubject: x\r\n\r\nx\r\n\r\ne SELECT {quoted}\r\n".encode())
        answers = [one.tagged(tag) for tag in "cde"]
        assert all(a.startswith("OK") for a in answers) or "&AC" in name and all(a.startswith(("BAD", "NO")) for a in answers), (name, answers)
    for name in names:
        one.send(f'f UNSELECT\r\ng DELETE "{name}"\r\n'.encode())
        assert one.tagged("g").startswith("OK") or "&AC" in name
    assert not outside.exists()
    new = {path for path in files() - before}
    assert all(re.fullmatch(r"server/data/(mail/\d\d/\d+/\d+\.(idx|env)|journal/\S+|blobs?/\S+|ledger\.db\S*|\S*\.log)|server/log", path) for path in new), new
    one.send(b"h CREATE \"a\x00b\"\r\n")
    assert one.line().startswith("h BAD ")
    one.close()


@pytest.fixture(scope="module")
def large(server):
    """A mailbox of 512 messages, 100 KB each."""
    one = Plain(server, ALICE)
    text = b"Subject: large\r\n\r\n" + (b"%076d\r\n" % 0) * 1300
    one.send(b"c CREATE Large\r\nd APPEND Large {%d+}\r\n%s\r\ns SELECT Large\r\n" % (len(text), text))
    assert one.tagged("d").startswith("OK")
    one.tagged("s")
    for _ in range(9):
        one.send(b"e COPY 1:* Large\r\n")
        assert one.tagged("e").startswith("OK")
    yield one
    one.close()


@pytest.fixture(scope="module")
def knotted(server):
    """2,000 messages whose References lead to each other, in circles and in one long chain; 500 names of nine levels."""
    one = Plain(server, ALICE)
    one.send(b"c CREATE Knot\r\n")
    one.tagged("c")
    for first in range(0, 2000, 100):
        texts = [b"Message-ID: <%d@x>\r\nReferences: %s\r\nSubject: %s\r\n\r\nx\r\n" % (
            n, b" ".join(b"<%d@x>" % ((n * k + 1) % 2000) for k in range(1, 40)), b"Re: " * 50 + b"a") for n in range(first, first + 100)]
        one.send(b"a APPEND Knot" + b"".join(b" {%d+}\r\n%s" % (len(t), t) for t in texts) + b"\r\n")
        assert one.tagged("a").startswith("OK")
    for n in range(500):
        one.send(b"c CREATE %s/%d\r\n" % (b"/".join([b"aaaa"] * 8), n))
    for n in range(500):
        assert one.tagged("c").startswith("OK")
    one.send(b"s SELECT Knot\r\n")
    one.tagged("s")
    yield one
    one.close()


def serves_meanwhile(one, command, neighbour):
    """Whether the neighbour has answers while the command is worked on; its own answer."""
    one.send(b"x " + command + b"\r\n")
    done, longest = [], 0
    reading = threading.Thread(target=lambda: done.append(one.tagged("x")))
    reading.start()
    while True:
        begun = time.monotonic()
        neighbour.ask("NOOP")
        longest = max(longest, time.monotonic() - begun)
        if not reading.is_alive():
            break
    assert longest < 10, command
    return done[0]


def test_knots_hold_up_nobody(knotted, neighbour):
    """36: patterns that try every way, threads whose messages refer to each other, sorting by all there is (RFC 9051 6.3.9, RFC 5256)."""
    for command in (b'LIST "" "' + b"%*" * 40 + b'z"', b'LIST "" "' + b"*a" * 60 + b'*/7"', b"THREAD REFERENCES UTF-8 ALL", b"THREAD ORDEREDSUBJECT UTF-8 ALL",
                    b"SORT (SUBJECT FROM TO CC DATE ARRIVAL SIZE REVERSE SUBJECT) UTF-8 ALL", b"SEARCH " + b"NOT (" * 15 + b"SEEN" + b")" * 15):
        assert serves_meanwhile(knotted, command, neighbour).startswith("OK"), command


def test_what_costs_much_holds_up_nobody(server, large, neighbour):
    """36: keys by the hundred, texts by the dozen, all bodies at once."""
    commands = [b"SEARCH " + b"OR (SEEN) NOT " * 15 + b"UNSEEN " + b"UNKEYWORD x " * 400, b"SEARCH " + b"BODY nothing-like-it " * 60,
                b"FETCH 1:* (BODY.PEEK[])", b"FETCH 1:* (BODY.PEEK[1]<0.10> BODY.PEEK[1]<1000.10> BODYSTRUCTURE)"]
    for command in commands:
        assert serves_meanwhile(large, command, neighbour).startswith(("OK", "NO [LIMIT]")), command


def test_who_never_reads(server, large, neighbour):
    """Answers wait in the sender's bounds; after imap.write_time the session is over."""
    one = Plain(server, ALICE)
    one.send(b"s SELECT Large\r\n")
    one.tagged("s")
    before, ended = rss(server), given_up(server)
    one.send(b"x FETCH 1:* (BODY.PEEK[])\r\n" * 50)
    until(lambda: given_up(server) > ended, what="the end of the session")
    assert rss(server) - before < 64 << 20
    one.close()


def test_who_never_reads_small_answers(server, large):
    """The same of many short commands: what is sent is not read, so what comes is not taken."""
    one = Plain(server, ALICE)
    before, ended = rss(server), given_up(server)
    one.socket.settimeout(1)
    try:
        for _ in range(2000):
            one.send(b"x CAPABILITY\r\n" * 1000)
    except OSError:
        pass
    until(lambda: given_up(server) > ended, what="the end of the session")
    assert rss(server) - before < 64 << 20
    one.close()


def test_many_who_idle(server):
    """38: two hundred in IDLE, each hears of what happens, and none takes much (100 KB, and what sanitizers add)."""
    watched, many = Plain(server, ALICE), []
    watched.send(b"c CREATE Watched\r\n")
    watched.tagged("c")
    before = rss(server)
    for _ in range(200):
        one = Plain(server, ALICE)
        one.send(b"s SELECT Watched\r\n")
        one.tagged("s")
        one.send(b"i IDLE\r\n")
        assert one.line().startswith("+ ")
        many.append(one)
    assert (rss(server) - before) / len(many) < 200 << 10
    watched.send(b"a APPEND Watched {17+}\r\nSubject: x\r\n\r\nx\r\n\r\n")
    assert watched.tagged("a").startswith("OK")
    assert all(one.line() == "* 1 EXISTS" for one in many)
    ready, _, _ = select.select([one.socket for one in many], [], [], 0)
    assert not ready
    for one in many:
        one.close()
    watched.close()


def test_who_is_gone_is_looked_for(server):
    """38: the server's end of a session in IDLE asks by itself whether its peer is still there (RFC 9293 3.8.4)."""
    one = Plain(server, ALICE)
    one.send(b"s SELECT INBOX\r\ni IDLE\r\n")
    one.tagged("s")
    assert one.line().startswith("+ ")
    ends = f":{server.imap:04X} ", f":{one.socket.getsockname()[1]:04X} "
    keep_alive = "02"  # Linux, proc_net_tcp: the timer that runs

    def timer():
        rows = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
        return next(row.split()[5][:2] for row in rows if ends[0] in row.split(":", 1)[1][:20] and ends[1] in row)
    until(lambda: timer() == keep_alive, what="the timer that asks")
    one.close()


def test_keywords_that_are_refused_take_no_room(server, neighbour):
    """An account has 55 keywords for ever: a command that asks for more gets none of them (RFC 9051 2.3.2, 7.1: LIMIT)."""
    one = Plain(server, BOB)
    one.send(b"a APPEND INBOX {17+}\r\nSubject: x\r\n\r\nx\r\n\r\ns SELECT INBOX\r\n")
    one.tagged("s")
    for prefix, n, answer in (("x", 60, "NO [LIMIT]"), ("y", 55, "OK"), ("z", 1, "NO [LIMIT]"), ("Y", 55, "OK")):
        one.send(b"k STORE 1 +FLAGS (%s)\r\n" % b" ".join(b"%s%d" % (prefix.encode(), i) for i in range(n)))
        assert one.tagged("k").startswith(answer), prefix
    one.close()
