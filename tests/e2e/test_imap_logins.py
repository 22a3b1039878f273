"""IMAP before a login: what strangers may try there, and that it gains them nothing (threats 3; 33 and 34 are in
test_imap_hostile.py)."""
import re
import select
import time

import pytest

from harness import ALICE, Session, b64, plain

LOGIN_SECONDS = 5
SETTINGS = f"smtp {{ login_time = {LOGIN_SECONDS}s\n sessions_per_client = 100 }}\n"


class Imap(Session):
    """A session on 143, or on 993, that sends what it is told; reads line by line."""

    def __init__(self, server, tls=True, source="127.0.0.1"):
        super().__init__(("127.0.0.1", server.imaps if tls else server.imap), timeout=60, source=(source, 0))
        if tls:
            self.start_tls()
        self.greeting = self.line()

    def line(self):
        return self.input.readline().decode()

    def tagged(self, octets, tag="a"):
        """Sends, and returns what answers the tag."""
        self.send(octets)
        while not (line := self.line()).startswith(tag + " "):
            assert line, "closed"
        return line


def test_nothing_of_before_tls_is_heard_within(server):
    """Threats 3.3, RFC 9051 6.2.1: commands behind STARTTLS in one segment are forgotten, and so is a half one."""
    for behind in (b"b NOOP\r\n", b"b LOGIN {5}\r\n", b"b NOOP"):
        with Imap(server, tls=False) as s:
            s.send(b"a STARTTLS\r\n" + behind)
            assert s.line().startswith("a OK")
            s.start_tls()
            s.send(b"c NOOP\r\n")
            assert s.line() == "c OK NOOP done\r\n"


@pytest.mark.parametrize("line", ["GET / HTTP/1.1", "POST /x HTTP/1.1", "OPTIONS * HTTP/1.0"])
def test_a_browser_is_not_served(server, line):
    """Threats 3.20: nothing behind a request line is heard, however much it looks like IMAP."""
    with Imap(server, tls=False) as s:
        s.send(f"{line}\r\nHost: home.test\r\n\r\na CAPABILITY\r\n")
        assert s.line() == "* BYE This is IMAP, not HTTP; closing\r\n"
        assert s.input.read() == b""


@pytest.mark.parametrize("octets", [
    b"a LOGIN \"al\0ice\" x\r\n", b"a LOGIN alice@home.test \"x\0y\"\r\n", b"a LOGIN {5+}\r\nal\0ic x\r\n", b"a LOGIN \"alice\\\" x\r\n",
    b"a LOGIN \"" + b"x" * 9000 + b"\" y\r\n", b"a LOGIN {5000}\r\n", b"a LOGIN {18446744073709551617}\r\n", b"a LOGIN {-1}\r\n",
    b"a AUTHENTICATE PLAIN " + b"A" * 12000 + b"\r\n", b"a AUTHENTICATE PLAIN \xff\xff\r\n", b"a AUTHENTICATE \x00\r\n",
    b"a AUTHENTICATE PLAIN " + b64("\0" * 1500).encode() + b"\r\n", b"a AUTHENTICATE " + b"x" * 5000 + b"\r\n",
    b"a AUTHENTICATE SCRAM-SHA-256 " + b64("n,," + "n=" * 900).encode() + b"\r\n",
], ids=range(14))
def test_garbage_logs_nobody_in(server, octets):
    """Threats 3.6: NUL, what is too long, and numbers that wrap: BAD or NO, and the session goes on."""
    with Imap(server) as s:
        s.send(octets)
        assert re.match(r"(a|\*) (BAD|NO) ", s.line())
        assert s.tagged(f"a AUTHENTICATE PLAIN {plain()}\r\n").startswith("a OK")


def test_base64_of_every_length(server):
    """Threats 3.6 (an octet too many in what AUTH is decoded to): each length of an answer, on one session after another."""
    lengths = iter([n for n in range(1, 2800) if n % 64 in (0, 1, 3, 60) or 2700 < n < 2740])
    n = next(lengths)
    while n:
        with Imap(server) as s:
            for _ in range(10):
                assert s.tagged(f"a AUTHENTICATE PLAIN {'A' * n}\r\n").startswith("a BAD ")
                n = next(lengths, None)
                if not n:
                    break


def test_names_do_not_forge_the_log(server):
    """Threats 3.21: line ends, escapes and percent signs in a name are one record, and none of them is as it came."""
    name = b"x\r\n2026-01-01T00:00:00.000Z - info auth_succeeded account=forged \x1b[31m%s%n"
    with Imap(server) as s:
        answer = s.tagged(b"a LOGIN {%d+}\r\n%s guess\r\n" % (len(name), name))
    assert answer.startswith("a NO [AUTHENTICATIONFAILED]")
    lines = [line for line in server.log_text().splitlines() if "forged" in line]
    assert len(lines) == 1 and " auth_failed " in lines[0] and "\x1b" not in lines[0] and "%s%n" in lines[0]
    assert "\n2026-01-01" not in server.log_text()


def test_who_is_there_is_not_told(server):
    """Threats 3.22: the same words for a wrong password, another's account and none; also by LOGIN and by PLAIN."""
    said = set()
    for account in (ALICE, "nobody@home.test", "nobody@elsewhere.test", "x"):
        for command in (f'a LOGIN "{account}" guess\r\n', f"a AUTHENTICATE PLAIN {plain(account, 'guess')}\r\n"):
            with Imap(server, source="127.41.0.1") as s:
                said.add(s.tagged(command))
    assert said == {"a NO [AUTHENTICATIONFAILED] Wrong name or password\r\n"}


def test_three_wrong_passwords_end_a_session(server):
    """Threats 2, 3.23; whatever they were given by."""
    with Imap(server, source="127.42.0.1") as s:
        assert s.tagged("a LOGIN u1@home.test guess\r\n").startswith("a NO")
        assert s.tagged(f"a AUTHENTICATE PLAIN {plain('u2@home.test', 'guess')}\r\n").startswith("a NO")
        s.send("a LOGIN u3@home.test guess\r\n")
        assert s.line() == "* BYE Too many wrong passwords, closing\r\n" and s.input.read() == b""


@pytest.mark.parametrize("beginning", [b"", b"a LOG", b"a LOGIN {5}\r\n", b"a LOGIN {400+}\r\n", b"a AUTHENTICATE PLAIN\r\n", b"a AUTHENTICATE LOGIN\r\n"])
def test_the_time_for_logging_in_is_one(server, beginning):
    """Threats 2, 3.19: who sends an octet now and then is hung up on like who sends none."""
    with Imap(server) as s:
        began = time.monotonic()
        s.send(beginning)
        told = b""
        while time.monotonic() - began < 4 * LOGIN_SECONDS:
            if select.select([s.socket], [], [], 0.3)[0]:
                octets = s.socket.recv(4096)
                told += octets
                if not octets:
                    break
            elif b"BYE" not in told:
                try:
                    s.send(b"A")
                except OSError:
                    pass
        assert b"* BYE Nothing came in time, closing\r\n" in told
        assert LOGIN_SECONDS - 2 < time.monotonic() - began < 3 * LOGIN_SECONDS
