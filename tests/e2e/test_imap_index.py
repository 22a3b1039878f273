"""SEARCH (RFC 9051 6.4.4) tells the same without an index of texts, with half of one, and with it.

A mailbox that is half indexed is made so: the file of one message in its midst cannot be read until the test gives it back.
"""
import base64
import contextlib
import json
import os
import quopri
import random
import re

import pytest

from harness import ALICE, until
from imap import Imap

WORDS = ["Invoice", "lunch", "Résumé", "資料請求", "Straße", "ÄRGER", "report", "x-ray", 'say "NEAR(', "100%*", "Ωmega", "tschüß"]
N, HELD = 2000, 1100  # messages, and the UID of the one whose body has a file of its own
N_LATER = 20  # in a mailbox behind that one
SETTINGS = "store { blob_threshold = 256K }\n"


def message(rng, n):
    """Octets, and what of it BODY looks into."""
    text = "".join(rng.choice(WORDS) + rng.choice([" ", "", ", "]) for _ in range(rng.randint(3, 9)))
    octets, how = text.encode(), rng.choice(["8bit", "base64", "quoted-printable"])
    body = {"8bit": octets, "base64": base64.encodebytes(octets), "quoted-printable": quopri.encodestring(octets)}[how]
    subject = base64.b64encode(rng.choice(WORDS).encode()).decode()
    head = (f"From: x{n}@home.test\r\nSubject: =?utf-8?b?{subject}?=\r\nX-Number: n{n}n\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {how}\r\n\r\n").encode()
    if not n % 125 and how == "8bit":  # longer than what is read of many at once
        head = (b"X-Filler: " + b"y" * 900 + b"\r\n") * 250 + head + (b"z" * 70 + b"\r\n") * 1000
    return head + body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n", text


def held_message():
    return b"Subject: held\r\n\r\n" + (b"h" * 78 + b"\r\n") * 4000, "h"


def keys(rng):
    for word in WORDS:
        word = rng.choice([word, word.upper(), word.lower()])
        first = rng.randrange(max(1, len(word) - 2))
        yield from (("BODY", word[first:]), ("TEXT", word), ("NOT BODY", word[:-1]), ("BODY", word[:2]))
    yield from (("HEADER X-Number", "n12"), ("TEXT", "n777n"), ("BODY", "n777n"), ("TEXT", "=?utf"), ("HEADER X-Number", ""))


ALL = list(keys(random.Random(3)))
SOME = ALL[::6] + ALL[-5:]


def search(client, key, text, among="1:*"):
    octets = text.encode()
    [line] = client.ask(f"UID SEARCH {among} {key} {{{len(octets)}+}}\r\n".encode() + octets)
    return [int(n) for n in line.split()[1:]]


def answers(client, some, among="1:*"):
    client.ask("SELECT Indexed")
    return {key: search(client, *key, among) for key in some}


def order(server, how):
    server.run("account", "set", "--index", how, ALICE, check=True)


def completed(server):
    return re.findall(r" index_complete account=\S+ added=(\d+)", server.log_text())


def indexed(server, before):
    """How many were added, once the index has all."""
    return int(until(lambda: completed(server)[len(before):], seconds=90, what="index")[-1])  # tries are up to a minute apart


@contextlib.contextmanager
def held(server):
    """The message HELD of Indexed cannot be read: its file is a link to itself."""
    blob = max((server.directory / "data" / "blobs").glob("*/*"), key=lambda path: path.stat().st_size)
    kept = server.directory / "kept"
    blob.rename(kept)
    blob.symlink_to(blob.name)
    yield
    kept.replace(blob)


@pytest.fixture(scope="module")
def mail(server):
    rng, mail, client, octets = random.Random(7), {}, Imap(server), []
    client.ask("CREATE Indexed")
    client.ask("CREATE Later")
    for uid in range(1, N + 1):
        one, mail[uid] = held_message() if uid == HELD else message(rng, uid)
        octets.append(one)
    for first in range(0, N, 150):
        client.append_all("Indexed", octets[first:first + 150])
    client.append_all("Later", [b"Subject: later\r\n\r\nmarimba\r\n"] * N_LATER)
    client.close()
    return mail


@pytest.fixture
def client(server, mail):
    made = Imap(server)
    yield made
    made.close()


def test_off_on_and_between(server, mail, client):
    """The same, as in Python, with none, half of it, and all of it; on from the next command on."""
    without = answers(client, ALL)
    for (key, text), uids in without.items():
        if key == "BODY":
            # "ß" has no other case in simple folding, and lower() is that for these words
            assert uids == [uid for uid in sorted(mail) if text.lower() in mail[uid].lower()], text
    with held(server):
        order(server, "on")
        assert json.loads(server.run("account", "show", "--json", ALICE, check=True).stdout)["index"] is True
        # what comes behind the mailbox with that message is in the index all the same
        stuck = f" index_failed account={ALICE} mailbox=Indexed added={HELD - 1 + N_LATER} "
        until(lambda: stuck in server.log_text(), what="a message that cannot be read, and all others")
        others = f"1:{HELD - 1},{HELD + 1}:*"
        assert answers(client, ALL, others) == {key: [uid for uid in uids if uid != HELD] for key, uids in without.items()}
    assert indexed(server, []) == N + N_LATER
    assert answers(client, ALL) == without


def test_what_changes(server, mail, client):
    """Expunged, moved, copied and appended ones; then off."""
    client.ask("SELECT Indexed")
    client.ask("CREATE Elsewhere")
    for uid in (5, 6, 7, 400):
        del mail[uid]
    client.ask("UID STORE 5:7 +FLAGS.SILENT (\\Deleted)")
    client.ask("UID EXPUNGE 5:7")
    client.ask("UID MOVE 400 Elsewhere")
    done = completed(server)
    client.append("Elsewhere", b"Subject: the last\r\n\r\nxylophone\r\n")
    indexed(server, done)
    client.ask("SELECT Elsewhere")
    assert search(client, "BODY", "YLOPHON") == [2] and search(client, "HEADER X-Number", "n400n") == [1]
    client.ask("SELECT Indexed")
    assert search(client, "HEADER X-Number", "n400n") == [] == search(client, "TEXT", "n5n")
    with_index = answers(client, SOME)
    order(server, "off")
    assert answers(client, SOME) == with_index
    until(lambda: not os.listdir(server.directory / "data" / "index"), what="removed index")
    order(server, "on")


@pytest.mark.parametrize("how", ["kill", "rubbish", "gone", "spoilt"])
def test_what_is_lost(server, mail, how):
    """What is lost, or damaged, or is no index, is built again; meanwhile the answers are the same."""
    before = Imap(server)
    want = answers(before, SOME)
    before.close()
    server.kill()
    for path in (server.directory / "data" / "index").glob("*.db*"):
        if how == "rubbish":
            path.write_bytes(random.Random(1).randbytes(200000))
        elif how == "gone":
            path.unlink()
        elif how == "spoilt" and path.suffix == ".db":  # in each page, where SQLite sees nothing in most of them
            octets = bytearray(path.read_bytes())
            for at in range(2000, len(octets), 4096):
                octets[at] ^= 0x11
            path.write_bytes(octets)
    server.start()
    again = Imap(server)
    assert answers(again, SOME) == want
    done = completed(server)
    again.append("Elsewhere", b"Subject: another\r\n\r\nx\r\n")
    indexed(server, done)
    assert answers(again, SOME) == want
    again.close()


@pytest.mark.parametrize("key", ['"', 'a"b"c', "NEAR(a b)", "***", "-x: y", "^abc", '" OR "a', "a AND b", "a\\b\\c"])
def test_strings_that_are_syntax_elsewhere(server, mail, client, key):
    client.ask("SELECT Elsewhere")
    uid = len(search(client, "TEXT", ""))
    client.append("Elsewhere", b"Subject: x\r\n\r\n" + key.encode() + b"\r\n")
    client.ask("NOOP")
    assert len(search(client, "BODY", key)) >= 1 and uid + 1 == len(search(client, "TEXT", ""))


def test_left_from_before(server, mail):
    """An index whose account wants none any more leaves, also when that was said while no server ran."""
    assert server.stop() == 0
    order(server, "off")
    server.start()
    until(lambda: not os.listdir(server.directory / "data" / "index"), what="removed index")
