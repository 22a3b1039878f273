"""SEARCH (RFC 9051 6.4.4) tells the same without an index of texts, while one is built, and with it."""
import base64
import json
import os
import quopri
import random

import pytest

from harness import ALICE, until
from imap import Imap

WORDS = ["Invoice", "lunch", "Résumé", "資料請求", "Straße", "ÄRGER", "report", "x-ray", 'say "NEAR(', "100%*", "Ωmega", "tschüß"]
N = 1500


def message(rng, n):
    """Octets, and what of it BODY looks into."""
    text = "".join(rng.choice(WORDS) + rng.choice([" ", "", ", "]) for _ in range(rng.randint(3, 9)))
    octets, how = text.encode(), rng.choice(["8bit", "base64", "quoted-printable"])
    body = {"8bit": octets, "base64": base64.encodebytes(octets), "quoted-printable": quopri.encodestring(octets)}[how]
    subject = base64.b64encode(rng.choice(WORDS).encode()).decode()
    head = (f"From: x{n}@home.test\r\nSubject: =?utf-8?b?{subject}?=\r\nX-Number: n{n}n\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {how}\r\n\r\n").encode()
    if not n % 50 and how == "8bit":  # longer than what is read of many at once
        head = (b"X-Filler: " + b"y" * 900 + b"\r\n") * 250 + head + (b"z" * 70 + b"\r\n") * 1000
    return head + body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n", text


def keys(rng):
    for word in WORDS:
        word = rng.choice([word, word.upper(), word.lower()])
        first = rng.randrange(max(1, len(word) - 2))
        yield from (("BODY", word[first:]), ("TEXT", word), ("NOT BODY", word[:-1]), ("BODY", word[:2]))
    yield from (("HEADER X-Number", "n12"), ("TEXT", "n777n"), ("BODY", "n777n"), ("TEXT", "=?utf"), ("HEADER X-Number", ""))


def search(client, key, text):
    octets = text.encode()
    [line] = client.ask(f"UID SEARCH {key} {{{len(octets)}+}}\r\n".encode() + octets)
    return [int(n) for n in line.split()[1:]]


def answers(client, box="Indexed"):
    client.ask(f"SELECT {box}")
    return {key: search(client, *key) for key in keys(random.Random(3))}


def order(server, how):
    server.run("account", "set", "--index", how, ALICE, check=True)


def completed(server):
    return server.log_text().count(" index_complete ")


@pytest.fixture(scope="module")
def mail(server):
    rng, mail, client = random.Random(7), {}, Imap(server)
    client.ask("CREATE Indexed")
    for uid in range(1, N + 1):
        octets, mail[uid] = message(rng, uid)
        client.append("Indexed", octets)
    client.close()
    return mail


@pytest.fixture
def client(server, mail):
    made = Imap(server)
    yield made
    made.close()


def test_off_on_and_between(server, mail, client):
    """The same, as in Python, with none, half of it, and all of it; on from the next command on."""
    without = answers(client)
    for (key, text), uids in without.items():
        if key == "BODY":
            # "ß" has no other case in simple folding, and lower() is that for these words
            assert uids == [uid for uid in sorted(mail) if text.lower() in mail[uid].lower()], text
    order(server, "on")
    assert json.loads(server.run("account", "show", "--json", ALICE, check=True).stdout)["index"] is True
    done = completed(server)
    while completed(server) == done:
        assert answers(client) == without
    assert answers(client) == without


def test_what_changes(server, mail, client):
    """Expunged, moved, copied and appended ones; then over a kill."""
    client.ask("SELECT Indexed")
    client.ask("CREATE Elsewhere")
    for uid in (5, 6, 7, 400):
        del mail[uid]
    client.ask("UID STORE 5:7 +FLAGS.SILENT (\\Deleted)")
    client.ask("UID EXPUNGE 5:7")
    client.ask("UID MOVE 400 Elsewhere")
    done = completed(server)
    client.append("Elsewhere", b"Subject: the last\r\n\r\nxylophone\r\n")
    until(lambda: completed(server) > done, what="index")
    client.ask("SELECT Elsewhere")
    assert search(client, "BODY", "YLOPHON") == [2] and search(client, "HEADER X-Number", "n400n") == [1]
    client.ask("SELECT Indexed")
    assert search(client, "HEADER X-Number", "n400n") == [] == search(client, "TEXT", "n5n")
    with_index = answers(client)
    order(server, "off")
    assert answers(client) == with_index
    until(lambda: not os.listdir(server.directory / "data" / "index"), what="removed index")
    order(server, "on")


@pytest.mark.parametrize("how", ["kill", "rubbish", "gone"])
def test_what_is_lost(server, mail, how):
    """What is lost, or is no index, is built again; meanwhile the answers are the same."""
    before = Imap(server)
    want = answers(before)
    before.close()
    server.kill()
    for path in (server.directory / "data" / "index").glob("*.db*"):
        if how == "rubbish":
            path.write_bytes(random.Random(1).randbytes(200000))
        elif how == "gone":
            path.unlink()
    server.start()
    again = Imap(server)
    assert answers(again) == want
    done = completed(server)
    again.append("Elsewhere", b"Subject: another\r\n\r\nx\r\n")
    until(lambda: completed(server) > done, what="index")
    assert answers(again) == want
    again.close()


@pytest.mark.parametrize("key", ['"', 'a"b"c', "NEAR(a b)", "***", "-x: y", "^abc", '" OR "a', "a AND b", "a\\b\\c"])
def test_strings_that_are_syntax_elsewhere(server, mail, client, key):
    client.ask("SELECT Elsewhere")
    uid = len(search(client, "TEXT", ""))
    client.append("Elsewhere", b"Subject: x\r\n\r\n" + key.encode() + b"\r\n")
    client.ask("NOOP")
    assert len(search(client, "BODY", key)) >= 1 and uid + 1 == len(search(client, "TEXT", ""))
