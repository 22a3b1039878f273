"""INBOX beside a model of it in Python: random operations of IMAP and POP3 sessions that are open at once, compared after each.

The server is killed between rounds; what it had acknowledged must be there.  MAILBOX_MODEL_SECONDS (20) says how long, MAILBOX_MODEL_SEED
which operations; a failure tells its seed.
"""
import collections
import os
import poplib
import random
import re
import time

import pytest
from harness import ALICE, PASSWORD, Postrider, Session

SECONDS = float(os.environ.get("MAILBOX_MODEL_SECONDS", "20"))
SEED = int(os.environ.get("MAILBOX_MODEL_SEED", time.time_ns()))
FLAGS = ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "$Junk", "work")
ROUND = 150  # operations
MESSAGES_MAX = 60
LOG = collections.deque(maxlen=60)  # what was said lately


class Message:
    def __init__(self, octets, flags):
        self.octets, self.flags = octets, frozenset(flags)
        self.modseq = None  # as it was told; None: not yet, and it is more than any before


class Model:
    """What INBOX is."""

    def __init__(self):
        self.messages = {}  # by UID, rising
        self.uid_next = 1
        self.highest = 0  # modseq that was told
        self.seen = {}  # UIDs and flags of that moment
        self.uid_validity = None

    def add(self, octets, flags):
        """The UID that it must get."""
        self.messages[self.uid_next] = Message(octets, flags)
        self.uid_next += 1
        return self.uid_next - 1

    def change(self, uid, how, flags):
        m = self.messages[uid]
        after = m.flags | flags if how == "+" else m.flags - flags if how == "-" else frozenset(flags)
        if after != m.flags:
            m.modseq = None
        m.flags = after

    def remove(self, uids):
        for uid in uids:
            del self.messages[uid]

    def deleted(self, among=None):
        return [u for u, m in self.messages.items() if "\\Deleted" in m.flags and (among is None or u in among)]

    def told(self, rows):
        """rows: (uid, flags, size, modseq) of all, in order."""
        assert [(u, f, s) for u, f, s, _ in rows] == [(u, m.flags, len(m.octets)) for u, m in self.messages.items()]
        for uid, _, _, modseq in rows:
            m = self.messages[uid]
            assert modseq == m.modseq if m.modseq else modseq > self.highest, (uid, modseq, m.modseq, self.highest)
        for uid, _, _, modseq in rows:
            self.messages[uid].modseq = modseq
        self.highest = max([self.highest, *(modseq for *_, modseq in rows)])
        self.seen = {u: m.flags for u, m in self.messages.items()}


def uids_of(text):
    """{1, 3, 4} of "1,3:4"."""
    found = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition(":")
        found |= set(range(int(first), int(last or first) + 1))
    return found


class Imap:
    """Knows what it was told, by number."""

    def __init__(self, server, model, qresync):
        self.model, self.s, self.n = model, Session(("127.0.0.1", server.imap)), 0
        self.s.input.readline()
        self.numbers, self.flags = [], {}
        self.going = {}  # what the present command removes: it may be told of before
        self.ask(f'LOGIN {ALICE} "{PASSWORD}"')
        self.ask("ENABLE QRESYNC" if qresync else "ENABLE CONDSTORE")
        if qresync and model.seen:
            self.come_back()
        else:
            self.ask("SELECT INBOX")
        self.look()

    def come_back(self):
        """RFC 7162 3.2.5: what has changed and what is gone since somebody looked last."""
        self.earlier = set()
        self.ask(f"SELECT INBOX (QRESYNC ({self.model.uid_validity} {self.model.highest} 1:{max(self.model.seen)}))")
        there, was = self.model.messages, self.model.seen
        assert set(was) - set(there) <= self.earlier and not self.earlier & set(there)
        assert {u for u in set(was) & set(there) if was[u] != there[u].flags} <= set(self.flags)

    def close(self):
        self.s.close()

    def ask(self, command, literal=None, ok=True):
        """The tagged answer; untagged ones are taken in."""
        self.n += 1
        self.rows, self.search = [], None
        LOG.append(f"{id(self) % 1000} C: {self.n} {command}")
        self.s.send(f"{self.n} {command}".encode() + (b" {%d+}\r\n%s" % (len(literal), literal) if literal else b"") + b"\r\n")
        while True:
            line = self.s.input.readline().decode()
            LOG.append(f"{id(self) % 1000} S: {line!r}")
            if not line.startswith("* "):
                assert line.startswith(f"{self.n} OK") or not ok, f"{command}: {line}"
                return line
            self.untagged(line[2:-2])

    def untagged(self, line):
        number, _, rest = line.partition(" ")
        if rest == "EXISTS":
            last = max(self.numbers, default=0)
            new = [u for u in self.model.messages if u > last]
            if int(number) != len(self.numbers) + len(new):
                new = sorted([*new, *(u for u in self.going if u > last)])
            self.numbers += new
            assert int(number) == len(self.numbers)
        elif rest == "EXPUNGE":
            self.gone(self.numbers.pop(int(number) - 1))
        elif rest.startswith("FETCH "):
            self.fetched(int(number), rest)
        elif line.startswith("OK [UIDVALIDITY "):
            uid_validity = int(re.search(r"\d+", line)[0])
            assert self.model.uid_validity in (None, uid_validity)
            self.model.uid_validity = uid_validity
        elif line.startswith("VANISHED (EARLIER) "):
            self.earlier |= uids_of(line.split()[-1])
        elif line.startswith("VANISHED "):
            for uid in uids_of(line.split()[-1]):
                self.numbers.remove(uid)
                self.gone(uid)
        elif line.startswith("ESEARCH"):
            all_of = re.search(r" ALL (\S+)", line)
            self.search = uids_of(all_of[1]) if all_of else set()

    def gone(self, uid):
        assert uid not in self.model.messages, f"{uid} is there"

    def fetched(self, number, text):
        flags, uid = re.search(r"FLAGS \((.*?)\)", text), re.search(r"UID (\d+)", text)
        size, modseq = re.search(r"RFC822.SIZE (\d+)", text), re.search(r"MODSEQ \((\d+)\)", text)
        known = self.numbers[number - 1]
        assert not uid or int(uid[1]) == known
        if flags:  # .SILENT tells none (RFC 7162 3.1.3)
            self.flags[known] = frozenset(flags[1].split())
            assert self.flags[known] == {**self.going, **self.model.messages}[known].flags
        if size:
            self.rows.append((int(uid[1]), self.flags[int(uid[1])], int(size[1]), int(modseq[1])))

    def look(self):
        """Everything, beside the model."""
        if self.numbers:
            self.ask("FETCH 1:* (UID FLAGS RFC822.SIZE MODSEQ)")
        self.model.told(self.rows if self.numbers else [])
        assert self.numbers == list(self.model.messages)

    # ---- operations ----

    def noop(self, r):
        """RFC 3501 6.1.2: then all is told, and right."""
        self.ask("NOOP")
        assert self.numbers == list(self.model.messages)
        for uid, m in self.model.messages.items():
            assert self.flags.get(uid, m.flags) == m.flags, uid
        self.look()

    def append(self, r):
        if len(self.model.messages) >= MESSAGES_MAX:
            return
        lines = [b"." * r.randrange(3) + b"x" * r.randrange(90) for _ in range(r.randrange(1, 30))]
        octets = b"Subject: %d\r\n\r\n" % r.randrange(10**9) + b"\r\n".join(lines) + b"\r\n"
        flags = r.sample(FLAGS, r.randrange(3))
        uid = self.model.add(octets, flags)
        assert f" {uid}]" in self.ask(f"APPEND INBOX ({' '.join(flags)})", octets)

    def some(self, r):
        """UIDs, among them some that are not there."""
        there = list(self.model.messages)
        return sorted({*r.sample(there, min(len(there), r.randrange(1, 6))), r.randrange(1, self.model.uid_next + 2)})

    def store(self, r):
        uids, how, flags = self.some(r), r.choice(["+", "-", ""]), frozenset(r.sample(FLAGS, r.randrange(1, 4)))
        for uid in uids:
            if uid in self.model.messages and uid in self.numbers:
                self.model.change(uid, how, flags)
                self.flags[uid] = self.model.messages[uid].flags
        self.ask(f"UID STORE {','.join(map(str, uids))} {how}FLAGS{r.choice(['', '.SILENT'])} ({' '.join(flags)})")

    def expunge(self, r):
        """Those of a set (RFC 4315 2.1), or all (RFC 3501 6.4.3)."""
        among = {u for u in self.some(r) if u in self.numbers or u >= self.model.uid_next} if r.randrange(2) else None
        if among is not None and not among:
            return
        uids = self.model.deleted(among)
        self.going = {u: self.model.messages[u] for u in uids}
        self.model.remove(uids)
        self.ask("EXPUNGE" if among is None else f"UID EXPUNGE {','.join(map(str, sorted(among)))}")
        self.going = {}

    def copy(self, r):
        known = [u for u in self.numbers if u in self.model.messages]
        if not known or len(self.model.messages) >= MESSAGES_MAX:
            return
        uid = r.choice(known)
        m = self.model.messages[uid]
        to = self.model.add(m.octets, m.flags)
        assert f" {uid} {to}]" in self.ask(f"UID COPY {uid} INBOX")

    def find(self, r):
        flag = r.choice(FLAGS[:5])
        self.ask("NOOP")
        self.ask(f"UID SEARCH RETURN (ALL) {flag[1:].upper()}")
        assert self.search == {u for u, m in self.model.messages.items() if flag in m.flags}

    OPERATIONS = [noop, noop, append, append, append, store, store, store, expunge, copy, find]


class Pop3:
    """Knows INBOX as it was at its login."""

    def __init__(self, server, model):
        self.server, self.model = server, model
        self.login()

    def login(self):
        self.s = poplib.POP3("127.0.0.1", self.server.pop3, timeout=60)
        self.s.user(ALICE)
        self.s.pass_(PASSWORD)
        self.uids, self.marked = list(self.model.messages), set()
        self.octets = {u: m.octets for u, m in self.model.messages.items()}
        assert self.s.stat() == (len(self.uids), sum(map(len, self.octets.values())))
        named = [int(line.split()[1][8:], 16) for line in self.s.uidl()[1]]
        assert named == self.uids

    def close(self):
        self.s.close()

    def number(self, r):
        return r.randrange(1, len(self.uids) + 1) if self.uids else 0

    def usable(self, number):
        return number and number not in self.marked and self.uids[number - 1] in self.model.messages

    def list(self, r):
        """RFC 1939 5: all that are not marked; 0 octets for what is gone."""
        left = [(n, u) for n, u in enumerate(self.uids, 1) if n not in self.marked]
        assert self.s.stat() == (len(left), sum(len(self.octets[u]) for _, u in left))
        sizes = [b"%d %d" % (n, len(self.octets[u]) if u in self.model.messages else 0) for n, u in left]
        assert self.s.list()[1] == sizes

    def retr(self, r):
        n = self.number(r)
        if self.usable(n):
            assert b"\r\n".join(self.s.retr(n)[1]) + b"\r\n" == self.octets[self.uids[n - 1]]
        else:
            with pytest.raises(poplib.error_proto):
                self.s.retr(n)

    def dele(self, r):
        n = self.number(r)
        if self.usable(n):
            self.s.dele(n)
            self.marked.add(n)
        else:
            with pytest.raises(poplib.error_proto):
                self.s.dele(n)

    def rset(self, r):
        if not r.randrange(4):
            self.s.rset()
            self.marked = set()

    def quit(self, r):
        if r.randrange(3):
            self.s.quit()
            self.model.remove(u for u in (self.uids[n - 1] for n in self.marked) if u in self.model.messages)
        else:
            self.s.close()
        self.login()

    OPERATIONS = [list, retr, retr, dele, dele, dele, rset, quit]


def test_random_operations(tmp_path):
    r = random.Random(SEED)
    model = Model()
    server = Postrider(tmp_path / "server", settings="smtp { plain_auth_on_loopback = true }").start()
    end, n = time.monotonic() + SECONDS, 0
    try:
        while time.monotonic() < end:
            sessions = [Imap(server, model, True), Imap(server, model, False), Pop3(server, model), Pop3(server, model)]
            for _ in range(ROUND):
                session = r.choice(sessions)
                operation = r.choice(session.OPERATIONS)
                n += 1
                operation(session, r)
            for session in sessions:
                session.close()
            server.kill()
            server.start()
        Imap(server, model, True).close()
    except BaseException as e:
        raise AssertionError("\n".join([*LOG, f"MAILBOX_MODEL_SEED={SEED}, operation {n}"])) from e
    assert server.stop() == 0
    print(f"\n{n} operations, {n // ROUND} kills")
