"""The two ends of a synchronisation: what is on the server, what a client has, and a model of both.

An end is {mailbox: {name: Letter}}: a letter's name stands in its Message-ID, so that a message that is there twice
is seen.  Octets are compared by hash; clients that keep files keep them with LF, and mbsync puts a field in front.
"""
import collections
import hashlib
import imaplib
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import time

import pytest

import fetch
from harness import ALICE, until
from letters import eight_bit, international, large, page, plain

N_MESSAGES = int(os.environ.get("INTEROP_MESSAGES", "300"))
BOXES = ("INBOX", "Filed", "Other")
FLAGS = [(), ("\\Seen",), ("\\Flagged",), ("\\Answered", "\\Seen"), ("\\Draft",), ("\\Flagged", "\\Seen")]
KINDS = [plain, plain, page, eight_bit, plain, international]
FOR_ALL = [plain, page, eight_bit]  # what a program may append that has never heard of UTF8=ACCEPT (RFC 6855 4)
BATCH = 50

Letter = collections.namedtuple("Letter", "hash flags date")


class Source:
    """A message to be put somewhere: octets as on the wire, flags, and when it came (s since 1970)."""

    def __init__(self, name, octets, flags=(), date=1_000_000_000):
        self.name, self.octets, self.flags, self.date = name, octets, tuple(sorted(flags)), date

    @property
    def is_for_all(self):
        return self.octets[:self.octets.index(b"\r\n\r\n")].isascii()

    @property
    def letter(self):
        return Letter(hash_of(self.octets), self.flags, self.date)


def letters_of(n, prefix="m", kinds=KINDS):
    """n messages, one of them large."""
    found = []
    for i in range(n):
        name = f"{prefix}{i:05}"
        make = kinds[i % len(kinds)]
        octets = large("ann@x.test", "bea@x.test", name, 300_000) if i == n // 2 else make("ann@x.test", "bea@x.test", name)
        found.append(Source(name, octets, FLAGS[i % len(FLAGS)], 1_000_000_000 + 3600 * i))
    return found


def hash_of(octets):
    octets = octets.replace(b"\r\n", b"\n")
    return hashlib.sha256(re.sub(rb"^X-TUID: [^\n]*\n", b"", octets, flags=re.M)).hexdigest()


def name_of(octets):
    return re.search(rb"^Message-ID: <([^@]+)@", octets, re.M | re.I)[1].decode()


def put(end, octets, flags, date):
    """Into a mailbox of an end; a second one of the same name is an error."""
    name = name_of(octets)
    assert name not in end, f"{name} is there twice"
    end[name] = Letter(hash_of(octets), tuple(sorted(f for f in flags if f != "\\Recent")), date)


def model(**boxes):
    """An end as it shall be: mailbox = sources."""
    return {box: {s.name: s.letter for s in boxes.get(box, ())} for box in BOXES}


# ---- the server's end, by imaplib ----

def append(client, box, sources):
    """Many, without waiting for each answer (RFC 7888 LITERAL+)."""
    for at in range(0, len(sources), BATCH):
        batch = sources[at:at + BATCH]
        client.send(b"".join(
            f"x{i} APPEND {box} ({' '.join(s.flags)}) {imaplib.Time2Internaldate(s.date)} {{{len(s.octets)}+}}\r\n".encode()
            + s.octets + b"\r\n" for i, s in enumerate(batch)))
        for i in range(len(batch)):
            while not (line := client.readline()).startswith(b"x"):
                assert line.startswith(b"* "), line
            assert line.startswith(f"x{i} OK".encode()), line


def fill(server, sources, box="INBOX"):
    client = fetch.imap(server, ALICE)
    fetch.ok(client.enable("UTF8=ACCEPT"))
    for name in BOXES[1:]:
        fetch.ok(client.create(name))
        fetch.ok(client.subscribe(name))
    append(client, box, sources)
    client.logout()


def of_server(server, boxes=BOXES, own=bytes):
    """own: what a program has added is taken away by it."""
    client = fetch.imap(server, ALICE)
    end = {}
    for box in boxes:
        end[box] = {}
        n = int(fetch.ok(client.select(box, readonly=True))[0])
        for at in range(1, n + 1, 200):
            answer = fetch.ok(client.fetch(f"{at}:{min(n, at + 199)}", "(FLAGS INTERNALDATE BODY.PEEK[])"))
            for head, octets in (part for part in answer if isinstance(part, tuple)):
                flags = [flag.decode() for flag in imaplib.ParseFlags(head)]
                put(end[box], own(octets), flags, int(time.mktime(imaplib.Internaldate2tuple(head))))
    client.logout()
    return end


# ---- a client's end: files ----

MAILDIR = {"D": "\\Draft", "F": "\\Flagged", "R": "\\Answered", "S": "\\Seen", "T": "\\Deleted"}


def files(folder):
    """The messages of a Maildir, from cur and new."""
    return [path for part in ("cur", "new") for path in (pathlib.Path(folder) / part).glob("*") if not path.name.startswith(".")]


def of_maildir(root, boxes=BOXES, dates=True):
    """Dates are the files' (whole seconds)."""
    end = {box: {} for box in boxes}
    for box in boxes:
        for path in files(root / box):
            info = path.name.partition(":2,")[2]
            put(end[box], path.read_bytes(), [MAILDIR[c] for c in info if c in MAILDIR], int(path.stat().st_mtime) if dates else 0)
    return end


def write(root, box, source, unique=[0]):
    """As a mail program leaves a message in a Maildir."""
    unique[0] += 1
    info = "".join(sorted(c for c, flag in MAILDIR.items() if flag in source.flags))
    path = root / box / "cur" / f"{source.date}.{os.getpid()}_{unique[0]}.test:2,{info}"
    path.write_bytes(source.octets.replace(b"\r\n", b"\n"))
    os.utime(path, (source.date, source.date))
    return path


def find(root, box, name):
    """The file of that letter."""
    [path] = [p for p in files(root / box) if name_of(p.read_bytes()) == name]
    return path


def without_dates(end):
    return {box: {name: letter._replace(date=0) for name, letter in letters.items()} for box, letters in end.items()}


def same(one, other):
    """Says where two ends part, rather than printing both."""
    for box in sorted({*one, *other}):
        a, b = one.get(box, {}), other.get(box, {})
        assert sorted(a) == sorted(b), f"{box}: {sorted({*a} ^ {*b})[:20]} at one end only"
        wrong = [(name, a[name], b[name]) for name in a if a[name] != b[name]]
        assert not wrong, f"{box}: {len(wrong)} differ, first {wrong[0]}"


# ---- programs ----

def need(program):
    """Skips, and says so, where a client cannot be had."""
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed (packaging/interop.packages)")


def run(command, seconds=600, codes=(0,), **kw):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, errors="replace", **kw)
    assert done.returncode in codes, f"{command}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr


def run_and_kill(command, relay, side, octets, may_end=(), **kw):
    """SIGKILL for the program and all that it started, after so many octets of one side.  It must not have ended before, unless it gave
    up with one of these codes."""
    relay.halt_after(side, octets)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True, **kw)
    try:
        until(lambda: relay.halt.is_set() or process.poll() is not None, 600, "the middle of a synchronisation")
    finally:
        early = process.poll()
        if early is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        relay.hang_up()
    assert early is None or early in may_end, f"{command} ended with {early} before it was killed"


def third(sources):
    """Octets after which about a third of these has been sent."""
    return sum(len(s.octets) for s in sources) // 3


def fingerprint(server, algorithm="sha1", between=None):
    """Of the server's certificate, in hex."""
    der = ssl.PEM_cert_to_DER_cert((server.directory / "tls/cert.pem").read_text())
    digest = hashlib.new(algorithm, der).digest()
    return digest.hex(between) if between else digest.hex()
