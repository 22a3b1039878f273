"""SEARCH in texts finds what a scan in Python finds, whether the index, a header section or all of a message decides."""
import email.header
import random

import pytest

from imap import Imap

WORDS = ["invoice", "Lunch", "résumé", "資料", "Straße", "report", "holiday", "x-ray"]
PEOPLE = [("Ann Other", "ann@a.test"), ("Zoë Quick", "zoe.q@b.test"), ("", "list@a.test"), ("Bob \"B\" Hill", "bob@c.test")]
N = 260


def encoded(text):
    return text if text.isascii() else email.header.Header(text, "utf-8", maxlinelen=50).encode().replace("\n", "\r\n")


def mailbox_of(name, address):
    quoted = f'"{name}"'.replace('"B"', '\\"B\\"') if "\"" in name else encoded(name)
    return f"{quoted} <{address}>" if name else address


def any_message(rng, n):
    """Octets, and what each key looks at."""
    texts = {"SUBJECT": " ".join(rng.choices(WORDS, k=3)), "HEADER X-Tag": rng.choice(WORDS[:1] + WORDS[5:]), "BODY": " ".join(rng.choices(WORDS, k=4))}
    lines = [f"Subject: {encoded(texts['SUBJECT'])}", f"X-Tag: {texts['HEADER X-Tag']}"]
    for key in ("FROM", "TO", "CC", "BCC"):
        some = rng.sample(PEOPLE, rng.choice([0, 1, 1, 2]))
        texts[key] = " ".join(f"{name} {address}" for name, address in some)
        if some:
            lines.append(f"{key.title()}: " + ",\r\n ".join(mailbox_of(*p) for p in some))
    lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    if n % 20 == 0:  # longer than what is read of many at once
        lines += [f"X-Long-{i}: {'y' * 900}" for i in range(90)]
    filler = "z" * 70 + "\r\n"
    return ("\r\n".join(lines) + "\r\n\r\n" + filler * (3000 if n % 25 == 0 else n % 3) + texts["BODY"] + "\r\n").encode(), texts


@pytest.fixture(scope="module")
def client(server):
    made = Imap(server)
    yield made
    made.close()


@pytest.fixture(scope="module")
def mail(client):
    """{uid: what each key looks at}; some UIDs are gone."""
    rng, mail = random.Random(11), {}
    client.ask("CREATE Texts")
    for uid in range(1, N + 1):
        octets, mail[uid] = any_message(rng, uid)
        client.append("Texts", octets, "")
    client.ask("SELECT Texts")
    client.ask("UID STORE 3,50:60,200 +FLAGS.SILENT (\\Deleted)")
    client.ask("EXPUNGE")
    return {uid: texts for uid, texts in mail.items() if uid not in {3, *range(50, 61), 200}}


def random_key(rng, depth=0):
    what = rng.choice(["SUBJECT", "SUBJECT", "FROM", "TO", "CC", "BCC", "HEADER X-Tag", "BODY"] + ["OR", "NOT"] * (depth < 2))
    if what == "NOT":
        key, fits = random_key(rng, depth + 1)
        return f"NOT {key}", lambda texts: not fits(texts)
    if what == "OR":
        (a, one), (b, two) = random_key(rng, depth + 1), random_key(rng, depth + 1)
        return f"OR {a} {b}", lambda texts: one(texts) or two(texts)
    people = ["ann", "OTHER", "a.test", "Zoë", "@b.test", "list@a.test", "hill"]
    word = rng.choice(people if what in ("FROM", "TO", "CC", "BCC") else ["invoice", "LUNCH", "résumé", "資料", "STRAßE", "ay rep", "x-r"])
    return f'{what} "{word}"', lambda texts: word.casefold() in texts[what].casefold()


@pytest.mark.parametrize("seed", range(6))
def test_as_a_scan(client, mail, seed):
    """RFC 9051 6.4.4: FROM and the like are of the envelope's fields, HEADER of any, BODY of the body."""
    rng = random.Random(seed)
    for _ in range(10):
        key, fits = random_key(rng)
        [line] = client.ask(f"UID SEARCH CHARSET UTF-8 {key}")
        assert [int(n) for n in line.split()[1:]] == [uid for uid, texts in mail.items() if fits(texts)], key


def test_one_that_goes_meanwhile(server, client, mail):
    """What another session expunges is not read, and is no error."""
    other = Imap(server)
    other.ask("SELECT Texts")
    other.ask(f"UID STORE {N} +FLAGS.SILENT (\\Deleted)")
    other.ask("EXPUNGE")
    mail.pop(N)
    [line] = [line for line in client.ask("UID SEARCH HEADER X-Tag invoice") if line.startswith("SEARCH")]
    assert [int(n) for n in line.split()[1:]] == [uid for uid, texts in mail.items() if texts["HEADER X-Tag"] == "invoice"]
    other.close()
