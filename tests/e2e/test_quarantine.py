"""What the defence has put aside, as the operator sees it: in mailboxes here, and in the queue for who is elsewhere."""
import contextlib
import json
import re
import sqlite3

import pytest

from harness import ALICE, BOB, PROGRAM, until
from imap import Imap
from test_attachments import letter
from test_cli import on_terminal

SETTINGS = 'defence {\n steps = { "attachments=quarantine" }\n}\n'
FAR = "x@away.test"
WHY = "evil.exe is not taken: files of this kind run when they are opened; send it in a zip file, or a link to it"


def quarantine(server, *arguments, code=0):
    done = server.run("quarantine", *arguments)
    assert done.returncode == code, (arguments, done.stdout, done.stderr)
    return done.stderr if code else [json.loads(line) for line in done.stdout.splitlines()]


def deliver(server, subject, recipients=(ALICE,)):
    """The message's id."""
    with server.session() as s:
        s.hello()
        message = letter("evil.exe").replace(b"Subject: 5", f"Subject: {subject}".encode())
        return re.search(r"committed as (\w+)", str(s.message(FAR, list(recipients), message)))[1]


def submit(server, subject, *to):
    with server.logged_in() as s:
        message = letter("evil.exe").replace(f"From: a <{FAR}>\r\n".encode(), f"From: <{ALICE}>\r\n".encode())
        reply = s.message(ALICE, list(to), message.replace(b"Subject: 5", f"Subject: {subject}".encode()))
        return re.search(r"committed as (\w+)", str(reply))[1]


def rows(server, message, *arguments):
    return [row for row in quarantine(server, "list", *arguments) if row["id"].startswith(message)]


def subjects(server, account, box):
    return [json.loads(line)["subject"] for line in server.run("mailbox", "list", account, box, check=True).stdout.splitlines()]


def test_both_places_in_one_list(server, network):
    here = deliver(server, "for both", [ALICE, BOB])
    away = submit(server, "goes out", f"u@{network.remote().domain}")
    listed = rows(server, here) + rows(server, away)
    assert [(row["id"], row["where"], row["account"]) for row in listed] == [
        (f"{here}.0", "mailbox", ALICE), (f"{here}.1", "mailbox", BOB), (f"{away}.0", "queue", None)]
    assert listed[0].items() >= {"return_path": FAR, "subject": "for both", "step": "attachments", "value": "program", "words": WHY}.items()
    assert listed[2].items() >= {"return_path": ALICE, "login": ALICE, "subject": "goes out", "step": "attachments", "words": WHY}.items()
    assert [row["id"] for row in rows(server, here, "--account", BOB)] == [f"{here}.1"]
    assert not rows(server, away, "--account", ALICE)
    assert "there is no account" in quarantine(server, "list", "--account", "nobody@home.test", code=1)


def mailboxes(server):
    with contextlib.closing(sqlite3.connect(f"file:{server.directory}/data/ledger.db?mode=ro", uri=True, timeout=20)) as db:
        return db.execute("SELECT mailbox, path FROM mailbox").fetchall()


def test_who_has_nothing_is_not_visited(server):
    """To look for what is in quarantine makes nobody's mailboxes, which a first visit does; a user's second Quarantine is no other one's."""
    for i in range(3):
        server.run("account", "add", "--password-file", str(server.password_file), f"idle{i}@home.test", check=True)
    message = deliver(server, "the only one", [BOB])
    before = mailboxes(server)
    assert [row["account"] for row in rows(server, message)] == [BOB]
    imap = Imap(server)
    imap.ask("CREATE Trash/Quarantine")  # of no role
    imap.ask("LOGOUT")
    quarantine(server, "delete", message)
    assert not rows(server, message)
    assert [m for m in mailboxes(server) if m[1] != "Trash/Quarantine"] == before


def test_show(server):
    message = deliver(server, "to be shown", [ALICE, BOB])
    assert [row["account"] for row in quarantine(server, "show", message)] == [ALICE, BOB]
    [row] = quarantine(server, "show", f"{message}.1")
    assert row["account"] == BOB and row["client_address"] == "127.0.0.1" and row["helo"] == "client.test"
    assert [(f["step"], f["result"], f["words"]) for f in row["defence"] if f["result"] == "failed"] == [("attachments", "failed", WHY)]
    text = server.run("quarantine", "show", "--text", f"{message}.0").stdout
    assert "Subject: to be shown\n" in text and "filename=evil.exe" in text


def why(server, message):
    shown, _ = on_terminal([PROGRAM, "why", "-c", str(server.config), message])
    return re.sub(r"\x1b\[[0-9;]*m", "", shown).replace("\r", "")


def test_why_tells_where_it_lies(server, network):
    """And what was found is told also when nobody has the message any more, by SQL as well."""
    message = deliver(server, "where is it", [ALICE, BOB])
    shown = why(server, message)
    assert WHY in shown and f"{ALICE}: quarantine, by attachments, lies in the mailbox Quarantine: postrider quarantine release {message}.0" in shown
    quarantine(server, "delete", message)
    shown = why(server, message)
    assert WHY in shown and f"{BOB}: quarantine, by attachments, no longer there: it was released, moved or deleted" in shown
    assert server.sql("SELECT address, defence_step, defence_action FROM recipient WHERE message = ? ORDER BY recipient", message) == [
        {"address": who, "defence_step": "attachments", "defence_action": "quarantine"} for who in (ALICE, BOB)]
    [row] = server.sql("SELECT value ->> 'value' AS v FROM message, json_each(defence) WHERE message.id = ? AND value ->> 'step' = 'attachments'", message)
    assert row == {"v": "program"}
    away = submit(server, "not yet", f"u@{network.remote().domain}")
    assert f"lies in the queue: postrider quarantine release {away}.0" in why(server, away)


def test_release_into_a_mailbox(server):
    message = deliver(server, "let in", [ALICE, BOB])
    [done] = quarantine(server, "release", f"{message}.1")
    assert done["done"] == "released" and done["account"] == BOB
    assert "let in" in subjects(server, BOB, "INBOX") and "let in" not in subjects(server, BOB, "Quarantine")
    assert "let in" not in subjects(server, ALICE, "INBOX") and "let in" in subjects(server, ALICE, "Quarantine")
    until(lambda: re.search(rf"quarantine_ordered.*order=release message={message} recipient=1 account={BOB} who=\S", server.log_text()),
          what="a line in the log")
    assert "nothing in quarantine has this id" in quarantine(server, "release", f"{message}.1", code=1)
    assert [row["done"] for row in quarantine(server, "release", message)] == ["released"]  # who is left
    assert "let in" in subjects(server, ALICE, "INBOX")


def test_delete_in_a_mailbox(server):
    first, second = deliver(server, "away with it"), deliver(server, "and with this")
    unknown = "06B8ZQ4M1R0G2"
    done = server.run("quarantine", "delete", first, unknown, f"{second}.0", "what?")
    assert done.returncode == 1
    assert [(row["id"], row["done"]) for row in map(json.loads, done.stdout.splitlines())] == [(f"{first}.0", "deleted"), (f"{second}.0", "deleted")]
    for said in (f"{unknown}: nothing was done", "nothing in quarantine has this id", "what?: nothing was done", "it is no id"):
        assert said in done.stderr, done.stderr
    assert not {"away with it", "and with this"} & set(subjects(server, ALICE, "Quarantine") + subjects(server, ALICE, "INBOX"))


def test_release_and_delete_in_the_queue(server, network):
    """Who is let go is tried at once; who is deleted is cancelled, and nobody is told."""
    remote = network.remote()
    message = submit(server, "on hold", f"u@{remote.domain}", f"v@{remote.domain}", f"w@{remote.domain}")
    assert len(rows(server, message)) == 3 and not remote.messages
    assert quarantine(server, "release", f"{message}.1")[0]["address"] == f"v@{remote.domain}"
    until(lambda: remote.messages, what="the message at the remote")
    assert [row["done"] for row in quarantine(server, "delete", f"{message}.0")] == ["deleted"]
    states = until(lambda: (s := [r["state"] for r in server.status(message)["recipients"]])[1] == "delivered" and s, what="the states")
    assert states == ["cancelled", "delivered", "held"]
    assert [row["id"] for row in rows(server, message)] == [f"{message}.2"]
    [record] = [r for r in server.status(message)["recipients"] if r["state"] == "cancelled"]
    assert record["why"] == "quarantine" and "uid" in record["who"]
    assert not [s for s in subjects(server, ALICE, "INBOX") if "on hold" in s]
    assert "nothing in quarantine" in quarantine(server, "release", f"{message}.0", code=1)


def test_what_the_operator_holds_is_not_quarantine(server, network):
    remote = network.remote(rcpt="450 4.2.1 later")
    _, message, _ = server.send("--from", ALICE, "--to", f"u@{remote.domain}", "--body", "x", wait="1s")
    server.run("queue", "hold", message, check=True)
    until(lambda: server.status(message)["recipients"][0]["state"] == "held", what="held")
    assert not rows(server, message)
    assert "nothing in quarantine" in quarantine(server, "release", message, code=1)


def test_a_user_releases_by_moving(server):
    """RFC 6851: out of Quarantine is out of quarantine; and who puts something there finds it listed."""
    message = deliver(server, "mine after all")
    client = Imap(server)
    client.ask("SELECT Quarantine")
    [found] = client.ask('UID SEARCH SUBJECT "mine after all"')
    client.ask(f"UID MOVE {found.split()[1]} INBOX")
    client.append("Quarantine", b"From: <me@home.test>\r\nSubject: my own\r\n\r\nx\r\n")
    client.close()
    assert not rows(server, message) and "mine after all" in subjects(server, ALICE, "INBOX")
    assert "nothing in quarantine" in quarantine(server, "release", message, code=1)
    [own] = [row for row in quarantine(server, "list", "--account", ALICE) if "received" not in row]
    assert "subject" not in own  # nothing was found in it: it never came in
    assert [row["done"] for row in quarantine(server, "delete", own["id"])] == ["deleted"]
    assert "my own" not in subjects(server, ALICE, "Quarantine")


def test_a_mailbox_by_another_name(server):
    """It is the role that counts, RFC 6154."""
    client = Imap(server, BOB)
    client.ask("RENAME Quarantine Kept/Apart")
    try:
        message = deliver(server, "renamed", [BOB])
        assert [row["done"] for row in quarantine(server, "release", message)] == ["released"]
        assert "renamed" in subjects(server, BOB, "INBOX")
    finally:
        client.ask("RENAME Kept/Apart Quarantine")
        client.close()


@pytest.mark.parametrize("arguments", [(), ("list", "x"), ("show",), ("show", "a", "b"), ("release",), ("delete", "--text", "a"), ("eat", "a")])
def test_misuse(server, arguments):
    assert "see postrider quarantine --help" in quarantine(server, *arguments, code=64)


def test_on_a_terminal(server, network):
    """Three lines each; octets that a terminal obeys are shown, not sent."""
    message = deliver(server, "=?utf-8?q?Gr=C3=BC=C3=9Fe_=1B[2J?=")
    command = [PROGRAM, "quarantine", "-c", str(server.config)]
    shown, status = on_terminal([*command, "list", "--account", ALICE])
    assert status == 0 and re.search(r"\d+ in quarantine\r\n$", shown)
    assert re.search(rf"{message}\.0  +\S+Z  from {FAR}  to {ALICE}\r\n    attachments: {WHY}\r\n    Grüße +\[2J\r\n", shown) and "\x1b[2J" not in shown, shown
    shown, _ = on_terminal([*command, "show", message])
    assert "client 127.0.0.1, which called itself client.test\r\n" in shown and "attachments  failed   program " in shown
    shown, _ = on_terminal([*command, "release", message])
    assert f"{message}.0  released into INBOX of {ALICE}  Grüße" in shown
