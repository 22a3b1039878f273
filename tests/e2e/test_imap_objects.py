"""OBJECTID (RFC 8474) and QUOTA (RFC 9208)."""
import imaplib
import re

import pytest
from harness import ALICE, PASSWORD, tls_context

MESSAGE = b"From: a@home.test\r\nSubject: s\r\nMessage-ID: <o1@home.test>\r\n\r\nx\r\n"
imaplib.Commands.setdefault("SETQUOTA", ("AUTH", "SELECTED"))


def ok(answer):
    status, data = answer
    assert status == "OK", answer
    return data


@pytest.fixture
def client(server):
    c = imaplib.IMAP4_SSL("127.0.0.1", server.imaps, ssl_context=tls_context(), timeout=60)
    c.login(ALICE, PASSWORD)
    yield c
    for name in ("Box", "Other", "Renamed"):
        c.delete(name)
    c.logout()


def mailbox_id(client, name):
    return re.search(rb"MAILBOXID \(([A-Za-z0-9_-]{1,255})\)", ok(client.status(name, "(MAILBOXID)"))[0])[1]


def ids(client, number):
    [row] = ok(client.fetch(number, "(EMAILID THREADID)"))
    email, thread = re.fullmatch(rb"\d+ \(EMAILID \(([\w-]{1,255})\) THREADID (NIL|\([\w-]{1,255}\))\)", row).groups()
    return email, thread.strip(b"()")


def test_mailbox_ids(client):
    """RFC 8474 4: told by CREATE, SELECT and STATUS; kept by RENAME, never given again."""
    [made] = ok(client.create("Box"))
    box = mailbox_id(client, "Box")
    assert b"[MAILBOXID (" + box + b")]" in made
    ok(client.create("Other"))
    assert mailbox_id(client, "Other") != box
    ok(client.rename("Box", "Renamed"))
    assert mailbox_id(client, "Renamed") == box
    ok(client.select("Renamed"))
    assert client.untagged_responses["MAILBOXID"] == [b"(" + box + b")"]
    ok(client.close())
    ok(client.delete("Renamed"))
    ok(client.create("Renamed"))
    assert mailbox_id(client, "Renamed") != box


def test_message_ids(client):
    """RFC 8474 5: a copy has the ids of what it is a copy of; another message has its own."""
    ok(client.create("Box"))
    ok(client.create("Other"))
    ok(client.append("Box", None, None, MESSAGE))
    ok(client.append("Box", None, None, MESSAGE.replace(b"o1", b"o2").replace(b"Subject: s", b"Subject: another")))
    ok(client.select("Box"))
    (one, thread), (two, _) = ids(client, "1"), ids(client, "2")
    assert one != two and one.startswith(b"M")
    ok(client.copy("1", "Other"))
    ok(client.uid("MOVE", "1", "Other"))
    ok(client.select("Other"))
    assert ids(client, "1") == ids(client, "2") == (one, thread)
    assert ok(client.search(None, "EMAILID", one.decode())) == [b"1 2"]
    assert ok(client.search(None, "EMAILID", two.decode())) == [b""]
    assert ok(client.search(None, "NOT", "EMAILID", two.decode())) == [b"1 2"]
    assert ok(client.search(None, "THREADID", thread.decode())) == [b"" if thread == b"NIL" else b"1 2"]
    assert ok(client.search(None, "THREADID", "T0")) == [b""]
    assert ok(client.uid("SEARCH", "OR", "EMAILID", one.decode(), "THREADID", "Tx")) == [b"1 2"]
    ok(client.close())


def test_no_quota(client):
    """RFC 9208 4.1: without a limit there is no root; whoever asks for one, or sets one, is told."""
    ok(client.create("Box"))
    assert {"QUOTA", "QUOTA=RES-STORAGE", "QUOTA=RES-MESSAGE"} <= set(client.capability()[1][0].decode().split())
    assert "QUOTASET" not in client.capability()[1][0].decode()
    status, (roots, quotas) = client.getquotaroot("Box")
    assert status == "OK" and roots == [b"Box"] and quotas == [None]
    assert client.getquota('""')[0] == "NO"
    assert client._simple_command("GETQUOTAROOT", "Nowhere")[1][0].startswith(b"[NONEXISTENT]")
    assert client._simple_command("SETQUOTA", '""', "(STORAGE 10)")[1][0].startswith(b"[NOPERM]")


def test_deleted_storage(client):
    """RFC 9208 5.4."""
    ok(client.create("Box"))
    for _ in range(3):
        ok(client.append("Box", None, None, MESSAGE))
    assert ok(client.status("Box", "(DELETED DELETED-STORAGE)")) == [b"Box (DELETED 0 DELETED-STORAGE 0)"]
    ok(client.select("Box"))
    ok(client.store("2:3", "+FLAGS", "(\\Deleted)"))
    ok(client.unselect())
    assert ok(client.status("Box", "(DELETED DELETED-STORAGE)")) == [b"Box (DELETED 2 DELETED-STORAGE %d)" % (2 * len(MESSAGE))]
