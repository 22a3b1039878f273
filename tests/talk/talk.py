"""Runs conversations that are written down as text.

    # a comment; the first line says what is shown, with its source: RFC 5321 4.1.1.4
    port: submission          (smtp, lmtp, submission, submissions, imap, imaps, pop3 or pop3s;
                              smtp when it is not said)
    settings: smtp { rcpt_max = 5 }
    mail: Subject: x\\r\\n\\r\\nx   alice has this in INBOX when it begins, and no more; Python's escapes, CRLF is added
    C: MAIL FROM:<x@y.test>   sends the line and CRLF
    c: abc\\r\\n\\x00             sends these octets, with Python's escapes, and nothing else
    S: 250 2\\.1\\.0 .*          the next reply (its lines joined by LF; of IMAP a line with its literals)
                              must match all of this expression
    T: a1 OK .*               of IMAP: passes over untagged answers; the tagged one must match
    M: 1 120\\n2 200           of POP3: the lines up to the final dot, their own dots undone, must match
    TLS                       begins TLS, as after a 220 to STARTTLS
    S: closed                 the server must close the connection without another word

In C and c lines, $LOGIN is what follows IMAP's LOGIN, $PLAIN is alice's login in base64 (RFC 4616) and $ALICE, $PASSWORD are its parts for AUTH LOGIN.

    python3 talk.py FILE... HOST:PORT      runs files against any server
"""
import codecs
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from harness import ALICE, PASSWORD, Closed, Session, b64, plain  # noqa: E402

VARIABLES = {"$LOGIN": f'{ALICE} "{PASSWORD}"', "$PLAIN": plain(), "$ALICE": b64(ALICE), "$PASSWORD": b64(PASSWORD)}


class ImapSession(Session):
    def reply(self):
        text = b""
        while True:
            line = self.input.readline()
            if not line:
                raise Closed(text.decode())
            assert line.endswith(b"\r\n"), line
            text += line
            literal = re.search(rb"\{(\d+)\}\r\n$", line)
            if not literal:
                return text[:-2].decode()
            text += self.input.read(int(literal[1]))


class Pop3Session(Session):
    def reply(self):
        """One line, as text."""
        line = self.input.readline()
        if not line:
            raise Closed("")
        assert line.endswith(b"\r\n"), line
        return line[:-2].decode()

    def lines(self):
        """Those up to the final dot, joined with LF (RFC 1939 3)."""
        return "\n".join(line.removeprefix(".") for line in iter(self.reply, "."))


SESSIONS = {"imap": ImapSession, "imaps": ImapSession, "pop3": Pop3Session, "pop3s": Pop3Session}


class Talk:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.port, self.settings, self.mail, self.steps = "smtp", "", [], []
        for number, line in enumerate(self.path.read_text().splitlines(), 1):
            if not line or line.startswith("#"):
                continue
            key, _, rest = line.partition(":")
            rest = rest[1:] if rest.startswith(" ") else rest
            if key == "port":
                self.port = rest
            elif key == "settings":
                self.settings += rest + "\n"
            elif key == "mail":
                self.mail.append(codecs.escape_decode(rest.encode())[0] + b"\r\n")
            elif key in ("C", "c", "S", "T", "M") or line == "TLS":
                self.steps.append((number, key, rest))
            else:
                raise ValueError(f"{path}:{number}: {line}")

    def run(self, address):
        with SESSIONS.get(self.port, Session)(address) as s:
            for number, key, text in self.steps:
                try:
                    self.step(s, key, text)
                except Exception as e:
                    raise AssertionError(f"{self.path}:{number}: {key}: {text}\n{type(e).__name__}: {e}") from e

    def step(self, s, key, text):
        for name, value in VARIABLES.items():
            text = text.replace(name, value)
        if key == "TLS":
            s.start_tls()
        elif key == "C":
            s.send(text.encode() + b"\r\n")
        elif key == "c":
            s.send(codecs.escape_decode(text.encode())[0])
        elif text == "closed":
            s.is_closed()
        else:
            reply = s.lines() if key == "M" else s.reply()
            while key == "T" and reply.startswith("* "):
                reply = s.reply()
            assert re.fullmatch(text, reply, re.S), f"got {reply!r}"


if __name__ == "__main__":
    host, _, port = sys.argv[-1].rpartition(":")
    for name in sys.argv[1:-1]:
        Talk(name).run((host, int(port)))
        print(f"{name}: as it should be")
