"""SEARCH: what is told of it (RFC 4731, RFC 7162 3.1.5), and that it finds what a scan in Python finds."""
import random
import re
import time

import pytest

from imap import Imap, uids_of

FLAGS = ["\\Seen", "\\Flagged", "\\Answered", "\\Draft", "$Junk", "$Work"]


@pytest.fixture(scope="module")
def client(server):
    made = Imap(server)
    yield made
    made.close()


@pytest.fixture(scope="module")
def mail(client):
    """{uid: flags} of a mailbox that is open; some UIDs are gone."""
    rng, flags = random.Random(5), {}
    client.ask("CREATE Searched")
    for uid in range(1, 121):
        flags[uid] = {flag for flag in FLAGS if rng.random() < 0.3}
        client.append("Searched", b"Subject: number %d\r\n\r\n%s\r\n" % (uid, b"x" * uid), " ".join(flags[uid]))
    client.ask("SELECT Searched")
    client.ask("UID STORE 7,20:39,61,118:120 +FLAGS.SILENT (\\Deleted)")
    client.ask("EXPUNGE")
    for uid in [7, *range(20, 40), 61, *range(118, 121)]:
        del flags[uid]
    return flags


def search(client, keys):
    [line] = client.ask("UID SEARCH " + keys)
    return [int(n) for n in line.split()[1:]]


def random_key(rng, flags, depth=0):
    """A key, and whether a message with number and UID fits it."""
    what = rng.choice(["flag", "flag", "unflag", "keyword", "unkeyword", "uid", "set", "smaller"] + ["or", "not", "and"] * (depth < 3))
    names = {"\\Seen": "SEEN", "\\Flagged": "FLAGGED", "\\Answered": "ANSWERED", "\\Draft": "DRAFT"}
    if what in ("flag", "unflag"):
        flag = rng.choice(list(names))
        return ("UN" * (what == "unflag")) + names[flag], lambda n, uid: (flag in flags[uid]) != (what == "unflag")
    if what in ("keyword", "unkeyword"):
        word = rng.choice(["$Junk", "$Work", "$Nobody"])
        return f"{what.upper()} {word}", lambda n, uid: (word in flags[uid]) != (what == "unkeyword")
    if what in ("uid", "set"):
        runs = sorted((rng.randint(1, 95), rng.randint(1, 95)) for _ in range(rng.randint(1, 4)))
        text = ",".join(f"{a}:{b}" if a != b else str(a) for a, b in runs)
        fits = set().union(*(range(min(run), max(run) + 1) for run in runs))
        return ("UID " * (what == "uid")) + text, lambda n, uid: (uid if what == "uid" else n) in fits
    if what == "smaller":
        size = rng.randint(20, 160)
        return f"SMALLER {size}", lambda n, uid: len(b"Subject: number %d\r\n\r\n\r\n" % uid) + uid < size
    if what == "not":
        key, fits = random_key(rng, flags, depth + 1)
        return f"NOT {key}", lambda n, uid: not fits(n, uid)
    (a, one), (b, two) = random_key(rng, flags, depth + 1), random_key(rng, flags, depth + 1)
    if what == "or":
        return f"OR {a} {b}", lambda n, uid: one(n, uid) or two(n, uid)
    return f"({a} {b})", lambda n, uid: one(n, uid) and two(n, uid)


@pytest.mark.parametrize("seed", range(5))
def test_as_a_scan(client, mail, seed):
    """RFC 3501 6.4.4: sets and flags narrow what is looked at, and nothing of the answer."""
    rng = random.Random(seed)
    for _ in range(60):
        keys = [random_key(rng, mail) for _ in range(rng.randint(1, 3))]
        text = " ".join(key for key, _ in keys)
        want = [uid for n, uid in enumerate(sorted(mail), 1) if all(fits(n, uid) for _, fits in keys)]
        assert search(client, text) == want, text


def test_esearch(client, mail):
    """RFC 4731 3.1; no answer but COUNT for nothing."""
    uids = sorted(mail)
    def told(returns, keys):
        [line] = client.ask(f"UID SEARCH RETURN ({returns}) {keys}")
        head, _, rest = line.partition(" UID")
        assert head == f'ESEARCH (TAG "{client.tag}")'
        return rest.strip()
    assert told("MIN COUNT", "ALL") == f"MIN 1 COUNT {len(uids)}" and told("MAX", "ALL") == f"MAX {uids[-1]}"
    assert told("", "UID 2:9") == told("ALL", "UID 2:9") == "ALL 2:6,8:9"
    assert told("MIN MAX ALL", "KEYWORD $Nobody") == "" and told("COUNT", "KEYWORD $Nobody") == "COUNT 0"
    assert uids_of(told("ALL", "1:*")[4:]) == set(uids)


def test_the_modseq_of_what_is_told(client, mail):
    """RFC 4731 3.2: of MIN, of MAX, or the highest of all."""
    for uid in (50, 3, 90):
        client.ask(f"UID STORE {uid} +FLAGS.SILENT ($Touched)")
    modseq = {}
    for line in client.ask("UID FETCH 3,50,90 (MODSEQ)"):
        if found := re.match(r"\d+ FETCH \(UID (\d+) MODSEQ \((\d+)\)\)", line):
            modseq[int(found[1])] = int(found[2])
    assert modseq[50] < modseq[3] < modseq[90]
    for returns, want in [("MIN", 3), ("MAX", 90), ("MIN MAX", 90), ("COUNT", 90), ("MIN COUNT", 90)]:
        [line] = client.ask(f"UID SEARCH RETURN ({returns}) KEYWORD $Touched MODSEQ 1")
        assert line.endswith(f" MODSEQ {modseq[want]}"), line
    [line] = client.ask(f"UID SEARCH RETURN (MIN MAX) UID 3,50 MODSEQ 1")
    assert line.endswith(f" MODSEQ {modseq[3]}")
    assert client.ask(f"UID SEARCH MODSEQ {modseq[3]}") == [f"SEARCH 3 90 (MODSEQ {modseq[90]})"]
    assert client.ask(f"SEARCH MODSEQ {modseq[90] + 1000}") == ["SEARCH"]


def test_within_and_savedate(client, mail):
    """RFC 5032 (by INTERNALDATE), RFC 8514 (by the arrival here)."""
    day = time.strftime("%d-%b-%Y", time.gmtime(time.time() - 3 * 86400))
    client.ask(f'APPEND Searched "{day} 00:00:00 +0000" {{14+}}\r\nSubject: x\r\n\r\n'.rstrip("\r\n") + "\r\n\r\n")
    new = max(mail) + 100
    client.ask("NOOP")
    [old] = search(client, "OLDER 172800")
    assert old < new and old not in mail and old not in search(client, "YOUNGER 172800")
    assert set(search(client, "YOUNGER 86400")) == set(mail)
    today, tomorrow = (time.strftime("%d-%b-%Y", time.gmtime(time.time() + n * 86400)) for n in (-1, 2))
    assert set(search(client, f"SAVEDSINCE {today}")) == {*mail, old} == set(search(client, f"SAVEDBEFORE {tomorrow}"))
    assert search(client, f"SAVEDON {day}") == [] and search(client, f"SENTON {day} SAVEDATESUPPORTED") == [old]
    client.refused("SEARCH OLDER 0", "BAD")
    client.ask(f"UID STORE {old} +FLAGS.SILENT (\\Deleted)")
    client.ask(f"UID EXPUNGE {old}")


def test_charsets(client, mail):
    """RFC 3501 6.4.4: UTF-8 and US-ASCII; 8-bit under US-ASCII is no search."""
    octets = "grüße".encode()
    def asks(charset):
        return client.tagged(b"SEARCH %sSUBJECT {%d+}\r\n%s" % (charset, len(octets), octets))
    assert asks(b"CHARSET UTF-8 ").startswith("OK") and asks(b"").startswith("OK")
    assert asks(b"CHARSET US-ASCII ").startswith("BAD") and asks(b"CHARSET ISO-8859-1 ").startswith("NO [BADCHARSET (US-ASCII UTF-8)]")
    assert client.tagged(b"SEARCH CHARSET UTF-8 SUBJECT {1+}\r\n\xff").startswith("BAD")


def test_too_much_at_once(client, mail):
    """Keys, depth and texts have maxima; each is told."""
    assert client.refused("SEARCH " + "NOT " * 40 + "SEEN", "BAD").startswith("BAD SEARCH: keys are over 32 deep")
    assert client.refused("SEARCH " + "SEEN " * 1001 + "SEEN", "BAD").startswith("BAD SEARCH: over 1000 keys")
    assert client.refused("SEARCH " + "TEXT x " * 65 + "SEEN").startswith("NO [LIMIT]")
    assert search(client, "TEXT number " * 64 + "1:3") == [1, 2, 3]
