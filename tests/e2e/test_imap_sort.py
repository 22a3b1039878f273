"""SORT and THREAD (RFC 5256) beside a model of them, over 10,000 messages that look like those people get."""
import email.header
import imaplib
import pathlib
import random
import sys
import time

import pytest
from harness import ALICE, PASSWORD, tls_context

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "unit" / "wire_message"))

import thread_model  # noqa: E402

N = 10000
RANDOM = random.Random(5256)
WORDS = ["Offer", "meeting", "Über", "grüße", "re", "[list]", "_underscore", "Zebra", "zebra", "1st", "{brace}", "привет", "МИР",
         "Ωμέγα", "会議", "資料", "日本語テスト", "한국어", "tabs", "naïve", "ÉCOLE", "école", "final", "FINAL", "v2"]
NAMES = ["alice", "Bob", "carol.d", "DAVE", "eve+tag", "Zoë Q", "_list", "news"]
PREFIXES = ["", "", "", "Re: ", "RE: ", "Fwd: ", "[team] ", "Re: [team] ", "[team] Re[2]: ", "Fw: Re: "]


def ok(answer):
    status, data = answer
    assert status == "OK", answer
    return data


def login(server):
    client = imaplib.IMAP4_SSL("127.0.0.1", server.imaps, ssl_context=tls_context(), timeout=300)
    client.login(ALICE, PASSWORD)
    return client


def encoded(text):
    """As mail programs write it: encoded words where there is need."""
    if text.isascii():
        return text
    if RANDOM.randrange(3):
        return email.header.Header(text, "utf-8", maxlinelen=60).encode().replace("\n", "\r\n")
    return "=?UTF-8?Q?" + "".join(f"={octet:02X}" for octet in text.encode()) + "?="


def address(name):
    local = f'"{name}"' if " " in name else name
    if not local.isascii():
        local, name = '"Zoe Q"', "Zoe Q"
    return f"{encoded(RANDOM.choice(WORDS))} <{local}@{RANDOM.choice(['a', 'b'])}.test>", name


def any_message(number, ids):
    """The octets, and what an index should know of them."""
    arrival = 1_000_000_000 + RANDOM.randrange(2000) * 60
    m = {"number": number, "arrival": arrival, "sent": arrival, "id": f"<{number}@x.test>", "refs": [], "to": "", "cc": ""}
    body, prefix = " ".join(RANDOM.choices(WORDS, k=RANDOM.choice([1, 1, 2, 3]))), RANDOM.choice(PREFIXES)
    head, m["from"] = address(RANDOM.choice(NAMES))
    lines = [f"From: {head}", f"Subject: {prefix}{encoded(body)}{RANDOM.choice(['', '', ' (fwd)'])}", f"Message-ID: {m['id']}"]
    base, m["reply"] = thread_model.base_subject(prefix + body + (" (fwd)" if lines[1].endswith("(fwd)") else ""))
    m["subject"] = key(base)
    if RANDOM.randrange(10):
        m["sent"] = 1_000_000_000 + RANDOM.randrange(300) * 3600
        zone = RANDOM.choice([0, 60, -480, 330])
        stamp = time.strftime("%a, %d %b %Y %H:%M:%S", time.gmtime(m["sent"] + zone * 60))
        lines.append(f"Date: {stamp} {'-' if zone < 0 else '+'}{abs(zone) // 60:02}{abs(zone) % 60:02}")
    elif RANDOM.randrange(2):
        lines.append("Date: yesterday, I think")
    for field in ("to", "cc"):
        if RANDOM.randrange(4):
            first, m[field] = address(RANDOM.choice(NAMES))
            lines.append(f"{field.title()}: {first}, {address('other')[0]}")
    if ids and RANDOM.randrange(2):
        m["refs"] = RANDOM.sample(ids[-40:], min(len(ids), RANDOM.choice([1, 1, 2, 3])))
        lines.append(("References: " + "\r\n ".join(m["refs"])) if len(m["refs"]) > 1 or RANDOM.randrange(2)
                     else f"In-Reply-To: your message {m['refs'][0]}")
    ids.append(m["id"])
    text = "\r\n".join(lines) + "\r\n\r\n" + "x" * RANDOM.randrange(50) + "\r\n"
    m["size"] = len(text.encode())
    return text.encode(), m


def key(text):
    """i;unicode-casemap as far as it goes without decomposition: one case, and that the upper one."""
    return "".join(c.upper() if c.isascii() else c for c in thread_model.fold(text)).encode()


def fill(client, messages):
    for at in range(0, len(messages), 200):
        batch = messages[at:at + 200]
        client.send(b"m APPEND Sorted" + b"".join(b' "%s" {%d+}\r\n%s' % (time.strftime(
            "%d-%b-%Y %H:%M:%S +0000", time.gmtime(m["arrival"])).encode(), len(octets), octets) for octets, m in batch) + b"\r\n")
        line = client.readline()
        assert line.startswith(b"m OK [APPENDUID "), line


@pytest.fixture(scope="module")
def sorted_mailbox(server):
    client, ids = login(server), []
    messages = [any_message(number, ids) for number in range(1, N + 1)]
    ok(client.create("Sorted"))
    fill(client, messages)
    assert ok(client.select("Sorted")) == [b"%d" % N]
    yield client, [m for _, m in messages]
    client.logout()


KEYS = {
    "ARRIVAL": lambda m: m["arrival"], "DATE": lambda m: m["sent"], "SIZE": lambda m: m["size"],
    "SUBJECT": lambda m: m["subject"], "FROM": lambda m: key(m["from"]), "TO": lambda m: key(m["to"]), "CC": lambda m: key(m["cc"]),
}


def in_order(messages, order):
    """Python's sort is stable, and the messages come by number."""
    words, keys, messages = order.split(), [], list(messages)
    while words:
        reverse = words[0] == "REVERSE"
        keys.append((words[reverse], reverse))
        words = words[reverse + 1:]
    for name, reverse in reversed(keys):
        messages.sort(key=KEYS[name], reverse=reverse)
    return [m["number"] for m in messages]


def numbers(answer):
    return [int(n) for n in ok(answer)[0].split()]


@pytest.mark.parametrize("order", [*KEYS, "REVERSE DATE", "SUBJECT REVERSE DATE", "FROM REVERSE SUBJECT SIZE", "REVERSE TO CC ARRIVAL"])
def test_sort(sorted_mailbox, order):
    """RFC 5256 3."""
    client, messages = sorted_mailbox
    assert numbers(client.sort(f"({order})", "UTF-8", "ALL")) == in_order(messages, order)


def test_sort_of_some(sorted_mailbox):
    """RFC 5256 3: sorts what the keys find; UID SORT tells UIDs."""
    client, messages = sorted_mailbox
    some = [m for m in messages if m["size"] > 200 and m["number"] <= 5000]
    assert numbers(client.sort("(SUBJECT)", "US-ASCII", "1:5000 LARGER 200")) == in_order(some, "SUBJECT")
    assert numbers(client.uid("SORT", "(REVERSE SIZE)", "UTF-8", "UID 10:20")) == in_order(messages[9:20], "REVERSE SIZE")
    client.literal = "資料".encode()
    found = numbers(client.sort("(DATE)", "UTF-8", "SUBJECT"))
    assert found == in_order([m for m in messages if "資料".encode() in m["subject"]], "DATE")
    assert numbers(client.sort("(DATE)", "UTF-8", "DELETED")) == []


@pytest.mark.parametrize("algorithm", ["REFERENCES", "ORDEREDSUBJECT"])
def test_thread(sorted_mailbox, algorithm):
    """RFC 5256 3, 4."""
    client, messages = sorted_mailbox
    model = thread_model.references if algorithm == "REFERENCES" else thread_model.ordered_subject
    assert ok(client.thread(algorithm, "UTF-8", "ALL"))[0].decode() == model(messages)
    assert ok(client.uid("THREAD", algorithm, "UTF-8", "UID 300:900"))[0].decode() == model(messages[299:900])
    assert ok(client.thread(algorithm, "UTF-8", "DELETED")) in ([b""], [None])


@pytest.mark.parametrize("line, answer", [
    (b"SORT (DATE) KOI8-R ALL", b"NO [BADCHARSET (US-ASCII UTF-8)]"),
    (b"SORT () UTF-8 ALL", b"BAD "),
    (b"SORT (REVERSE) UTF-8 ALL", b"BAD "),
    (b"SORT (COLOUR) UTF-8 ALL", b"BAD "),
    (b"SORT (DATE) ALL", b"NO [BADCHARSET"),
    (b"THREAD JWZ UTF-8 ALL", b"BAD "),
    (b"THREAD REFERENCES UTF-8", b"BAD "),
])
def test_refusals(sorted_mailbox, line, answer):
    client, _ = sorted_mailbox
    client.send(b"r " + line + b"\r\n")
    assert client.readline().startswith(b"r " + answer)


def test_a_long_sort_holds_nobody_up(server, sorted_mailbox):
    """Another session's command is answered while five sorts are on their way."""
    client, _ = sorted_mailbox
    other = login(server)
    client.send(b"".join(b"s%d SORT (SUBJECT) UTF-8 TEXT zebra\r\n" % n for n in range(5)))
    ok(other.noop())
    client.sock.setblocking(False)
    try:
        early = client.sock.recv(1 << 20)
    except (BlockingIOError, imaplib.ssl.SSLWantReadError):
        early = b""
    client.sock.setblocking(True)
    assert early.count(b" OK ") < 5
    while early.count(b" OK ") < 5:
        early += client.sock.recv(1 << 20)
    other.logout()
