"""kill -9 under IMAP, again and again: what was answered OK holds, and nothing else (RFC 9051 2.3.1, RFC 7162 3.1).

CRASH_ROUNDS rounds (12), each of which kills the store or everything while sessions append, flag, copy, move and expunge, each in two
mailboxes of its own.  After each kill a session compares both with its model: every change that was answered OK is there, the one that
was cut is there whole or not at all, and there is nothing else.  A UID never names another message, UIDVALIDITY stays, UIDNEXT and
HIGHESTMODSEQ never fall behind what was told.
"""
import collections
import imaplib
import os
import pathlib
import random
import re
import signal
import ssl
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from harness import ALICE, PASSWORD, Postrider, tls_context, until  # noqa: E402

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "12"))
N_SESSIONS = 4
FLAGS = ("\\Seen", "\\Flagged", "\\Answered", "$Work")
CUT = (imaplib.IMAP4.error, OSError, ssl.SSLError)


class Refused(Exception):
    """NO: the change may have been made all the same, when who made it was killed before it could say so."""


class Box:
    """What must be in a mailbox, and all that was ever told of it."""

    def __init__(self, name):
        self.name, self.messages = name, {}  # uid: (sign, flags)
        self.validity, self.next, self.modseq = None, 1, 0
        self.names = {}  # uid: sign, for ever

    def tell(self, uid, sign):
        assert self.names.setdefault(uid, sign) == sign, f"UID {uid} of {self.name} named {self.names[uid]} and names {sign}"
        self.next = max(self.next, uid + 1)


class Cut:
    """A change that was sent and not answered: in which box which UIDs go, change, and which messages come."""

    def __init__(self):
        self.gone, self.flags, self.came = collections.defaultdict(set), {}, collections.defaultdict(list)


def unseen_by(messages):
    return sorted((sign, tuple(sorted(flags))) for sign, flags in messages)


class Session:
    def __init__(self, crash, n):
        self.crash, self.n, self.dice = crash, n, random.Random(n)
        self.boxes = [Box(f"S{n}a"), Box(f"S{n}b")]
        self.n_signs = self.n_ok = self.n_cut = self.n_made = 0
        self.cut, self.client, self.failed = None, None, None
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            while not self.crash.halt.is_set():
                try:
                    self.connect()
                    while not self.crash.halt.is_set():
                        self.change()
                except (*CUT, Refused):
                    self.n_cut += 1
            self.cut = self.cut or Cut()
            self.connect()
        except BaseException as e:  # pylint: disable=broad-except
            self.failed = e
            self.crash.halt.set()

    # ---- the wire ----

    def ok(self, answer):
        status, data = answer
        if status != "OK":
            raise Refused(data)
        return data

    def log_in(self):
        try:
            client = imaplib.IMAP4_SSL("127.0.0.1", self.crash.server.imaps, ssl_context=tls_context(), timeout=20)
            client.login(ALICE, PASSWORD)
            return client
        except CUT:
            return None

    def connect(self):
        self.client = until(self.log_in, 60, "a session")
        if not self.boxes[0].validity:
            for box in self.boxes:
                self.client.create(box.name)  # NO when an earlier one was cut
        actual = [self.read(box) for box in self.boxes]
        if self.cut:
            self.settle(actual)
        for box, messages in zip(self.boxes, actual):
            assert messages == box.messages, self.difference(box, messages)

    def select(self, box):
        self.ok(self.client.select(box.name))
        validity, after, modseq = (int(self.client.response(code)[1][0]) for code in ("UIDVALIDITY", "UIDNEXT", "HIGHESTMODSEQ"))
        assert box.validity in (None, validity)
        assert after >= box.next and modseq >= box.modseq, (box.name, after, box.next, modseq, box.modseq)
        box.validity, box.next, box.modseq = validity, after, modseq

    def read(self, box):
        before = box.next
        self.select(box)
        found = {}
        for item in self.ok(self.client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")):
            if isinstance(item, tuple):
                uid = int(re.search(rb"UID (\d+)", item[0])[1])
                flags = frozenset(re.search(rb"FLAGS \(([^)]*)\)", item[0])[1].decode().split()) - {"\\Recent"}
                sign = re.search(rb"Subject: (\S+)", item[1])[1].decode()
                box.tell(uid, sign)
                found[uid] = (sign, flags)
        assert all(uid < before or uid not in box.messages for uid in found if uid >= before)
        return found

    def difference(self, box, messages):
        lost = {u: m for u, m in box.messages.items() if messages.get(u) != m}
        more = {u: m for u, m in messages.items() if box.messages.get(u) != m}
        return f"{box.name}: {lost} should be there, {more} is"

    # ---- the one that was cut ----

    def settle(self, actual):
        """Whole, or not at all, in both boxes."""
        cut, self.cut = self.cut, None
        if all(messages == box.messages for box, messages in zip(self.boxes, actual)):
            return
        self.n_made += 1
        for box, messages in zip(self.boxes, actual):
            kept = {u: (sign, cut.flags.get((box.name, u), flags)) for u, (sign, flags) in box.messages.items() if u not in cut.gone[box.name]}
            new = {u: m for u, m in messages.items() if u not in box.messages}
            assert {u: m for u, m in messages.items() if u in box.messages} == kept, self.difference(box, messages)
            assert unseen_by(new.values()) == unseen_by(cut.came[box.name]), (box.name, new, cut.came[box.name])
            box.messages = messages

    def sent(self, cut, command, *arguments):
        self.cut = cut
        data = self.ok(command(*arguments))
        self.cut = None
        self.n_ok += 1
        return data

    # ---- changes ----

    def change(self):
        box, other = self.dice.sample(self.boxes, 2)
        self.select(box)
        some = self.dice.sample(sorted(box.messages), min(len(box.messages), self.dice.randrange(1, 6)))
        what = self.append if len(box.messages) < 5 else self.dice.choice(
            (self.append, self.append, self.append, self.flag, self.flag, self.copy, self.move, self.expunge))
        what(box, other, sorted(some))

    def append(self, box, _, __):
        self.n_signs += 1
        sign, flags = f"crash-{self.n}-{self.n_signs}", frozenset(self.dice.sample(FLAGS, self.dice.randrange(3)))
        filler = b"x" * 98 + b"\r\n"
        octets = f"Subject: {sign}\r\n\r\n".encode() + filler * self.dice.choice((1, 5, 60))  # some are blobs
        cut = Cut()
        cut.came[box.name].append((sign, flags))
        data = self.sent(cut, self.client.append, box.name, f"({' '.join(flags)})", None, octets)
        uid = int(re.search(rb"APPENDUID \d+ (\d+)", data[0])[1])
        box.tell(uid, sign)
        box.messages[uid] = (sign, flags)

    def flag(self, box, _, uids):
        some = frozenset(self.dice.sample(FLAGS, self.dice.randrange(1, 3)))
        how = self.dice.choice(("FLAGS", "+FLAGS", "-FLAGS"))
        cut = Cut()
        for uid in uids:
            had = box.messages[uid][1]
            cut.flags[(box.name, uid)] = {"FLAGS": some, "+FLAGS": had | some, "-FLAGS": had - some}[how]
        self.sent(cut, self.client.uid, "STORE", ",".join(map(str, uids)), how, f"({' '.join(some)})")
        for uid in uids:
            box.messages[uid] = (box.messages[uid][0], cut.flags[(box.name, uid)])

    def to(self, verb, box, other, uids):
        cut = Cut()
        cut.came[other.name] = [box.messages[u] for u in uids]
        if verb == "MOVE":
            cut.gone[box.name] = set(uids)
        data = self.sent(cut, self.client.uid, verb, ",".join(map(str, uids)), other.name)
        code = re.search(rb"COPYUID \d+ (\S+) (\S+)", data[0] or b"") or re.match(rb"()", b"")
        said = code[0] if code.lastindex == 2 else b"COPYUID " + (self.client.response("COPYUID")[1][0] or b"")
        _, was, became = re.search(rb"(\d+) ([\d,:]+) ([\d,:]+)", said).groups()
        for u, v in zip(numbers(was), numbers(became), strict=True):
            other.tell(v, box.messages[u][0])
            other.messages[v] = box.messages[u]
            if verb == "MOVE":
                del box.messages[u]

    def copy(self, box, other, uids):
        self.to("COPY", box, other, uids)

    def move(self, box, other, uids):
        self.to("MOVE", box, other, uids)

    def expunge(self, box, _, uids):
        cut, these = Cut(), ",".join(map(str, uids))
        for uid in uids:
            cut.flags[(box.name, uid)] = box.messages[uid][1] | {"\\Deleted"}
        self.sent(cut, self.client.uid, "STORE", these, "+FLAGS", "(\\Deleted)")
        for uid in uids:
            box.messages[uid] = (box.messages[uid][0], cut.flags[(box.name, uid)])
        deleted = {u for u, (_, flags) in box.messages.items() if "\\Deleted" in flags}
        cut = Cut()
        cut.gone[box.name] = deleted
        self.sent(cut, self.client.expunge)
        for uid in deleted:
            del box.messages[uid]


def numbers(uids):
    for part in uids.decode().split(","):
        first, _, last = part.partition(":")
        yield from range(int(first), int(last or first) + 1)


class Crash:
    def __init__(self, server):
        self.server, self.halt = server, threading.Event()
        self.sessions = [Session(self, n) for n in range(N_SESSIONS)]

    def total(self):
        if self.halt.is_set():
            raise next(s.failed for s in self.sessions if s.failed)
        return sum(s.n_ok for s in self.sessions)

    def stop(self):
        self.halt.set()
        for s in self.sessions:
            s.thread.join()


def strike(server, victim):
    if victim == "everything":
        server.kill()
        server.start()
        return
    pid = server.roles().get(victim)
    if pid:
        os.kill(pid, signal.SIGKILL)
        until(lambda: server.roles().get(victim, pid) != pid, what=f"a new {victim}")


def test_kill_under_imap(tmp_path):
    dice = random.Random(os.environ.get("CRASH_SEED", "1"))
    server = Postrider(tmp_path / "server", settings="store { segment_size = 1M  blob_threshold = 2K }").start()
    crash = Crash(server)
    for s in crash.sessions:
        s.thread.start()
    try:
        for i in range(ROUNDS):
            goal = crash.total() + dice.randrange(10, 150)
            until(lambda: crash.total() >= goal, 90, f"changes in round {i}")
            strike(server, "store" if i % 3 else "everything")
    finally:
        crash.stop()
        status = server.stop()
    failed = [s.failed for s in crash.sessions if s.failed]
    assert not failed, failed
    print(f"\n{ROUNDS} kills, {sum(s.n_ok for s in crash.sessions)} changes answered OK, {sum(s.n_cut for s in crash.sessions)} sessions cut, "
          f"{sum(s.n_made for s in crash.sessions)} changes made and not answered")
    assert status == 0
    done = server.run("store", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
