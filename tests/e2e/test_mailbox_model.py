"""Mailboxes beside a model of them in Python: random operations of IMAP and POP3 sessions that are open at once, compared after each.

Between rounds the store is killed, or the whole server, or the power is cut (an ext4 of its own, shut down without flushing its log:
what was not synced is lost), with one change sent and not yet answered: what was acknowledged must be there, the other one whole or not
at all.  Without root or loop devices no power is cut.  MAILBOX_MODEL_SECONDS (12) says how long, MAILBOX_MODEL_SEED which operations; a
failure tells its seed.
"""
import collections
import copy
import imaplib
import os
import pathlib
import poplib
import random
import re
import signal
import subprocess
import sys
import time

import pytest

from harness import ALICE, PASSWORD, Postrider, Session, until
from imap import uids_of

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "crash"))

from journal_crash import Disk  # noqa: E402

SECONDS = float(os.environ.get("MAILBOX_MODEL_SECONDS", "12"))
SEED = int(os.environ.get("MAILBOX_MODEL_SEED", time.time_ns()))
FLAGS = ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "$Junk", "work")
BOXES = ("INBOX", "Other")
ROUND = 150  # operations
QUOTA = 100  # messages
LOG = collections.deque(maxlen=800)  # what was said lately


class Message:
    def __init__(self, octets, flags):
        self.octets, self.flags = octets, frozenset(flags)
        self.modseq = None  # as it was told; None: not yet, and it is more than any before


class Model:
    """What a mailbox is."""

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

    def rows(self):
        return [(u, m.flags, len(m.octets)) for u, m in self.messages.items()]

    def told(self, rows):
        """rows: (uid, flags, size, modseq) of all, in order."""
        assert [row[:3] for row in rows] == self.rows()
        for uid, _, _, modseq in rows:
            m = self.messages[uid]
            assert modseq == m.modseq if m.modseq else modseq > self.highest, (uid, modseq, m.modseq, self.highest)
        for uid, _, _, modseq in rows:
            self.messages[uid].modseq = modseq
        self.highest = max([self.highest, *(modseq for *_, modseq in rows)])
        self.seen = {u: m.flags for u, m in self.messages.items()}


class Account:
    """All its mailboxes."""

    def __init__(self):
        self.boxes = {name: Model() for name in BOXES}

    def n_messages(self):
        return sum(len(box.messages) for box in self.boxes.values())

    def rows(self):
        return [box.rows() for box in self.boxes.values()]


class Unanswered(Exception):
    """The change was sent, and its answer is not waited for."""


class Imap:
    """Knows what it was told, by number."""

    def __init__(self, server, account, box="INBOX", enabled="CONDSTORE"):
        self.account, self.box, self.model = account, box, account.boxes[box]
        self.s, self.n, self.cut = Session(("127.0.0.1", server.imap)), 0, False
        assert self.s.input.readline().startswith(b"* OK")
        self.numbers, self.flags = [], {}
        self.going = {}  # what the present command removes: it may be told of before
        self.ask(f'LOGIN {ALICE} "{PASSWORD}"')
        self.ask(f"ENABLE {enabled}")
        if enabled == "QRESYNC" and self.model.seen:
            self.come_back()
        else:
            self.ask(f"SELECT {box}")

    def come_back(self):
        """RFC 7162 3.2.5: what has changed and what is gone since somebody looked last."""
        self.earlier = set()
        self.ask(f"SELECT {self.box} (QRESYNC ({self.model.uid_validity} {self.model.highest} 1:{max(self.model.seen)}))")
        there, was = self.model.messages, self.model.seen
        assert set(was) - set(there) <= self.earlier and not self.earlier & set(there)
        assert {u for u in set(was) & set(there) if was[u] != there[u].flags} <= set(self.flags)

    def close(self):
        self.s.close()

    def line(self):
        """With its literals (the last one is kept), without CRLF."""
        line = b""
        while True:
            some = self.s.input.readline()
            assert some.endswith(b"\r\n"), some
            literal = re.search(rb"\{(\d+)\}\r\n\Z", some)
            if not literal:
                return (line + some[:-2]).decode()
            self.literal = self.s.input.read(int(literal[1]))
            line += some[:literal.start()] + b"(literal)"

    def ask(self, command, literal=None):
        """The tagged answer, which must be OK; untagged ones are taken in."""
        answer = self.tagged(command, literal)
        assert answer.startswith("OK"), f"{command}: {answer}"
        return answer

    def tagged(self, command, literal=None):
        self.n += 1
        self.rows, self.search, self.quota = [], None, None
        LOG.append(f"{id(self) % 1000} C: {self.n} {command}")
        self.s.send(f"{self.n} {command}".encode() + (b" {%d+}\r\n%s" % (len(literal), literal) if literal else b"") + b"\r\n")
        if self.cut:
            raise Unanswered
        while True:
            line = self.line()
            LOG.append(f"{id(self) % 1000} S: {line!r}")
            if not line.startswith("* "):
                assert line.startswith(f"{self.n} "), line
                return line.partition(" ")[2]
            self.untagged(line[2:])

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
        elif line.startswith("OK [UIDNEXT "):
            self.uid_next = int(re.search(r"\d+", line)[0])
        elif line.startswith("OK [COPYUID "):
            self.copied = line
        elif line.startswith("VANISHED (EARLIER) "):
            self.earlier |= uids_of(line.split()[-1])
        elif line.startswith("VANISHED "):
            for uid in uids_of(line.split()[-1]):
                self.numbers.remove(uid)
                self.gone(uid)
        elif line.startswith("ESEARCH"):
            all_of = re.search(r" ALL ([\d:,]+)", line)
            self.search = uids_of(all_of[1]) if all_of else set()
        elif line.startswith(("QUOTA ", "STATUS ")):
            self.counts = line

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

    def all_rows(self):
        if self.numbers:
            self.ask("FETCH 1:* (UID FLAGS RFC822.SIZE MODSEQ)")
        return self.rows if self.numbers else []

    def look(self):
        """Everything, beside the model."""
        self.model.told(self.all_rows())
        assert self.numbers == list(self.model.messages)

    # ---- what asks ----

    def noop(self, r):
        """RFC 3501 6.1.2: then all is told, and right."""
        self.ask("NOOP")
        assert self.numbers == list(self.model.messages)
        for uid, m in self.model.messages.items():
            assert self.flags.get(uid, m.flags) == m.flags, uid
        self.look()

    def find(self, r):
        flag = r.choice(FLAGS[:5])
        self.ask("NOOP")
        self.ask(f"UID SEARCH RETURN (ALL) {flag[1:].upper()}")
        assert self.search == {u for u, m in self.model.messages.items() if flag in m.flags}
        self.ask(f"UID SEARCH RETURN (ALL) MODSEQ {self.model.highest + 1}")  # RFC 7162 3.1.5
        assert self.search == {u for u, m in self.model.messages.items() if not m.modseq}

    def read(self, r):
        """Its octets; without PEEK it becomes \\Seen (RFC 3501 6.4.5)."""
        known = self.known()
        if known:
            uid, peek = r.choice(known), r.choice(["", ".PEEK"])
            if not peek:
                self.model.change(uid, "+", {"\\Seen"})
            self.ask(f"UID FETCH {uid} BODY{peek}[]")
            assert self.literal == self.model.messages[uid].octets

    def status(self, r):
        """Of each mailbox, selected or not (RFC 9051 6.3.11)."""
        box = r.choice(BOXES)
        there = self.account.boxes[box].messages.values()
        self.ask(f"STATUS {box} (MESSAGES UIDNEXT UNSEEN DELETED SIZE)")
        found = dict(re.findall(r"([A-Z]+) (\d+)", self.counts.partition("(")[2]))
        assert {k: int(n) for k, n in found.items()} == {
            "MESSAGES": len(there), "UIDNEXT": self.account.boxes[box].uid_next, "SIZE": sum(len(m.octets) for m in there),
            "UNSEEN": sum("\\Seen" not in m.flags for m in there), "DELETED": sum("\\Deleted" in m.flags for m in there)}

    def ask_quota(self, r):
        """RFC 9208 4.2.1."""
        self.ask('GETQUOTA ""')
        assert f"MESSAGE {self.account.n_messages()} {QUOTA}" in self.counts

    # ---- what changes ----

    def known(self):
        return [u for u in self.numbers if u in self.model.messages]

    def some(self, r):
        """UIDs, among them some that are not there."""
        there = list(self.model.messages)
        return sorted({*r.sample(there, min(len(there), r.randrange(1, 6))), r.randrange(1, self.model.uid_next + 2)})

    def is_full(self, n, command, literal=None):
        """So many more are too many: RFC 9208 4.3.1."""
        if self.account.n_messages() + n <= QUOTA:
            return False
        assert self.tagged(command, literal).startswith("NO [OVERQUOTA]")
        return True

    def append(self, r):
        lines = [b"." * r.randrange(3) + b"x" * r.randrange(90) for _ in range(r.choice([3, 30, 300]))]
        octets = b"Subject: %d\r\n\r\n" % r.randrange(10**9) + b"\r\n".join(lines) + b"\r\n"
        flags, box = r.sample(FLAGS, r.randrange(3)), r.choice(BOXES)
        command = f"APPEND {box} ({' '.join(flags)})"
        if not self.is_full(1, command, octets):
            uid = self.account.boxes[box].add(octets, flags)
            assert f" {uid}]" in self.ask(command, octets)

    def store(self, r):
        uids, how, flags = self.some(r), r.choice(["+", "-", ""]), frozenset(r.sample(FLAGS, r.randrange(1, 4)))
        there = [uid for uid in uids if uid in self.known()]
        since, modified = "", []
        if not r.randrange(3):  # RFC 7162 3.1.3
            since = f"(UNCHANGEDSINCE {self.model.highest}) "
            modified = [uid for uid in there if not self.model.messages[uid].modseq]
        for uid in set(there) - set(modified):
            self.model.change(uid, how, flags)
            self.flags[uid] = self.model.messages[uid].flags
        said = self.ask(f"UID STORE {','.join(map(str, uids))} {since}{how}FLAGS{r.choice(['', '.SILENT'])} ({' '.join(flags)})")
        code = re.match(r"OK \[MODIFIED (\S+)\]", said)
        assert (uids_of(code[1]) if code else set()) == set(modified)

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

    def chosen(self, r):
        known = self.known()
        return sorted(r.sample(known, min(len(known), r.randrange(1, 6))))

    def check_code(self, said, uids, to):
        """RFC 4315 3: which became which."""
        code = re.search(r"\[COPYUID \d+ (\S+) (\S+)\]", said)
        assert (sorted(uids_of(code[1])), sorted(uids_of(code[2]))) == (uids, to)

    def copy(self, r):
        uids, box = self.chosen(r), r.choice(BOXES)
        command = f"UID COPY {','.join(map(str, uids))} {box}"
        if uids and not self.is_full(len(uids), command):
            to = [self.account.boxes[box].add(self.model.messages[u].octets, self.model.messages[u].flags) for u in uids]
            self.check_code(self.ask(command), uids, to)

    def move(self, r):
        """RFC 6851."""
        uids, [box] = self.chosen(r), [name for name in BOXES if name != self.box]
        if uids:
            self.going = {u: self.model.messages[u] for u in uids}
            to = [self.account.boxes[box].add(m.octets, m.flags) for m in self.going.values()]
            self.model.remove(uids)
            self.ask(f"UID MOVE {','.join(map(str, uids))} {box}")
            self.check_code(self.copied, uids, to)
            self.going = {}

    CHANGES = [append, append, append, store, store, store, expunge, copy, move]
    OPERATIONS = [*CHANGES, noop, noop, find, read, status, ask_quota]


class Pop3:
    """Knows INBOX as it was at its login."""

    def __init__(self, server, account):
        self.server, self.model = server, account.boxes["INBOX"]
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
            LOG.append(f"QUIT: {sorted(self.uids[n - 1] for n in self.marked)}")
            self.s.quit()
            self.model.remove(u for u in (self.uids[n - 1] for n in self.marked) if u in self.model.messages)
        else:
            self.s.close()
        self.login()

    OPERATIONS = [list, retr, retr, dele, dele, dele, rset, quit]


# ---- the end of a round ----


def kill_store(server, disk):
    pid = server.roles()["store"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: server.roles().get("store", pid) != pid, what="a new store")


def kill_all(server, disk):
    server.kill()
    server.start()


def cut_power(server, disk):
    server.kill(cause=disk.shut_down)
    disk.__exit__()
    disk.__enter__()
    server.start()


def send_and_strike(server, disk, account, imaps, r):
    """A change under way when it happens: before and after it, the account; and what happened."""
    session, before = r.choice(imaps), copy.deepcopy(account)
    session.cut = True
    try:
        r.choice(Imap.CHANGES)(session, r)
    except Unanswered:
        time.sleep(r.random() * 0.003)
    strike = r.choice([kill_store, kill_all, *[cut_power] * 2] if disk else [kill_store, kill_all])
    LOG.append(strike.__name__)
    strike(server, disk)
    return before, strike


def read_all(server):
    """[(UIDNEXT, rows)] of each mailbox; None: the store is starting."""
    try:
        with imaplib.IMAP4("127.0.0.1", server.imap, timeout=60) as client:
            client.login(ALICE, PASSWORD)
            return [read_box(client, name) for name in BOXES]
    except (imaplib.IMAP4.error, OSError):
        return None


def read_box(client, name):
    assert client.select(name)[0] == "OK"
    uid_next = int(client.response("UIDNEXT")[1][0])
    status, lines = client.uid("FETCH", "1:*", "(FLAGS RFC822.SIZE)")
    found = [re.fullmatch(r"\d+ \(UID (\d+) FLAGS \((.*)\) RFC822.SIZE (\d+)\)", line.decode()) for line in lines if line]
    assert status == "OK" and all(found), lines
    return uid_next, [(int(m[1]), frozenset(m[2].split()), int(m[3])) for m in found]


def look_again(server, account, before):
    """The account as it is: with the change that was not answered, or without it."""
    nexts, rows = zip(*until(lambda: read_all(server), what="the mailboxes"))
    LOG.append(f"after: {rows}\nasked: {account.rows()}\nbefore: {before.rows()}")
    assert list(rows) in (account.rows(), before.rows())
    found = account if list(rows) == account.rows() else before
    for name, uid_next in zip(BOXES, nexts):
        assert found.boxes[name].uid_next <= uid_next <= account.boxes[name].uid_next
        found.boxes[name].uid_next = uid_next
    return found


@pytest.fixture
def disk(tmp_path):
    """None: no power can be cut here."""
    try:
        made = Disk(str(tmp_path)).__enter__()
    except (OSError, subprocess.CalledProcessError):
        yield None
        return
    yield made
    made.__exit__()


@pytest.fixture
def server(tmp_path, disk):
    """Its data stands on the disk, what it says does not."""
    made = Postrider(tmp_path / "server", settings="smtp { plain_auth_on_loopback = true }\nstore { segment_size = 1M  blob_threshold = 2K }")
    made.run("account", "set", "--quota-messages", str(QUOTA), ALICE, check=True)
    if disk:
        data, mount = made.directory / "data", pathlib.Path(disk.mount)
        subprocess.run(["cp", "-a", f"{data}/.", mount], check=True)
        os.sync()
        subprocess.run(["rm", "-r", data], check=True)
        data.symlink_to(mount)
    made.start()
    yield made
    if made.process.poll() is None:
        made.kill()


def test_random_operations(server, disk):
    r, account, kinds = random.Random(SEED), Account(), (*["QRESYNC"] * 2, "CONDSTORE")
    end, n, strikes = time.monotonic() + SECONDS, 0, collections.Counter()
    try:
        first = Imap(server, account)
        first.ask("CREATE Other")
        first.close()
        while time.monotonic() < end:
            imaps = [Imap(server, account, r.choice(BOXES), kind) for kind in kinds]
            sessions = [*imaps, Pop3(server, account), Pop3(server, account)]
            for _ in range(ROUND):
                session = r.choice(sessions)
                n += 1
                r.choice(session.OPERATIONS)(session, r)
            before, strike = send_and_strike(server, disk, account, imaps, r)
            strikes[strike.__name__] += 1
            for session in sessions:
                session.close()
            account = look_again(server, account, before)
    except BaseException as e:
        raise AssertionError("\n".join([*LOG, f"MAILBOX_MODEL_SEED={SEED}, operation {n}"])) from e
    assert server.stop() == 0
    done = server.run("store", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    print(f"\n{n} operations, {dict(strikes)}")
