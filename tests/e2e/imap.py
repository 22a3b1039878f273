"""An IMAP session that shows every line: imaplib's connection and login, and commands whose answers come as they were sent."""
import imaplib
import itertools
import re

from harness import ALICE, PASSWORD, tls_context


class Imap:
    """untagged: the lines that came with the last command, without "* "; a literal stands in its line as it came."""

    def __init__(self, server, account=ALICE):
        self.client = imaplib.IMAP4_SSL("127.0.0.1", server.imaps, ssl_context=tls_context(), timeout=60)
        self.client.login(account, PASSWORD)
        self.tags = (f"t{n}" for n in itertools.count(1))
        self.untagged = []

    def line(self):
        line = self.client.readline()
        while literal := re.search(rb"\{(\d+)\}\r\n\Z", line):
            line += self.client.read(int(literal[1])) + self.client.readline()
        assert line.endswith(b"\r\n"), line
        return line[:-2].decode(errors="surrogateescape")

    def start(self, text):
        self.tag = next(self.tags)
        octets = text if isinstance(text, bytes) else text.encode(errors="surrogateescape")
        self.client.send(self.tag.encode() + b" " + octets + b"\r\n")

    def finish(self):
        """The tagged answer: "OK ..."."""
        self.untagged = []
        while True:
            line = self.line()
            if line.startswith(self.tag + " "):
                return line[len(self.tag) + 1:]
            if line.startswith("* "):
                self.untagged.append(line[2:])
            else:
                assert line.startswith("+ "), line

    def tagged(self, text):
        self.start(text)
        return self.finish()

    def ask(self, text):
        """The untagged lines of a command that must succeed."""
        answer = self.tagged(text)
        assert answer.startswith("OK"), (text, answer)
        return self.untagged

    def refused(self, text, how="NO"):
        answer = self.tagged(text)
        assert answer.startswith(how + " "), (text, answer)
        return answer

    def append(self, mailbox, message=b"Subject: x\r\n\r\nx\r\n", flags=""):
        self.ask(f"APPEND {mailbox} ({flags}) {{{len(message)}+}}\r\n".encode() + message)

    def append_all(self, mailbox, messages):
        """In one command (RFC 3502)."""
        self.ask(f"APPEND {mailbox}".encode() + b"".join(b" {%d+}\r\n%s" % (len(m), m) for m in messages))

    def code(self, name):
        """The argument of an untagged OK's code: "7" of [UIDNEXT 7]."""
        found = [m[1] for m in (re.match(rf"OK \[{name} ?(.*?)\]", line) for line in self.untagged) if m]
        return found[0] if found else None

    def close(self):
        self.client.logout()


def uids_of(text):
    """The numbers of a set: "1:3,7"."""
    found = set()
    for run in filter(None, text.split(",")):
        first, _, last = run.partition(":")
        found |= set(range(int(first), int(last or first) + 1))
    return found
