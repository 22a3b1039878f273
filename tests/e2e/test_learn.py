"""Whether a message is wanted, learned from what people move into Junk and out of it (RFC 6851, RFC 9051 6.4.7), and from `postrider learn`."""
import json
import mailbox
import os
import random
import signal

import pytest

from harness import ALICE, BOB, until
from imap import Imap

FAR = "x@away.test"
SETTINGS = """
defence {
  steps = { "wanted=junk" }
  learn_least = 8
}
"""
BAD = "cheap pills watches replica casino lottery winner offer discount unsubscribe miracle prize".split()
GOOD = "meeting agenda minutes budget schedule review draft quarter garden holiday train lunch".split()


def letter(words, subject, seed, to=ALICE):
    chance = random.Random(seed)
    text = " ".join(chance.choice(words) for _ in range(60))
    host = "shop" if words is BAD else "work"
    return (f"From: {host} <x{seed % 3}@{host}.test>\r\nTo: <{to}>\r\nSubject: {subject}\r\nMessage-ID: <{seed}@{host}.test>\r\n"
            f"Date: Mon, 2 Mar 2026 10:00:00 +0000\r\n\r\n{text}\r\nhttp://{host}.test/{seed}\r\n").encode()


@pytest.fixture(scope="module", autouse=True)
def taught(server):
    """Alice's mail: what she moves into Junk, and what she answers."""
    imap = Imap(server)
    imap.append_all("INBOX", [letter(BAD, f"bad {n}", n) for n in range(10)] + [letter(GOOD, f"good {n}", 100 + n) for n in range(10)])
    imap.ask("SELECT INBOX")
    bad = subject(imap, "bad")
    imap.ask(f"UID STORE {subject(imap, 'good')} +FLAGS (\\Answered)")
    imap.ask(f"UID MOVE {bad} Junk")
    until(lambda: told(server, ALICE) == (10, 10), what="what Alice told")
    return server


def subject(imap, words):
    """The UIDs of those that have it, as a set."""
    found = [line for line in imap.ask(f'UID SEARCH SUBJECT "{words}"') if line.startswith("SEARCH")]
    return ",".join(found[0].split()[1:])


def told(server, account=None):
    answer = json.loads(server.run("learn", "show", *(["--account", account] if account else []), "--json", check=True).stdout)
    return answer["told_spam"], answer["told_ham"]


def take(server, words, subject, seed, to=ALICE):
    with server.session() as s:
        s.hello()
        s.message(FAR, [to], letter(words, subject, seed, to))


def in_junk(server, account, words):
    imap = Imap(server, account)
    imap.ask("SELECT Junk")
    return bool(subject(imap, words))


def wait_junk(server, account, subject):
    until(lambda: in_junk(server, account, subject), what=f"{subject} in Junk of {account}")


def test_the_like_arrives_in_junk_with_reasons(server):
    take(server, BAD, "another one", 500)
    wait_junk(server, ALICE, "another one")
    imap = Imap(server)
    imap.ask("SELECT Junk")
    text = "\n".join(imap.ask(f"UID FETCH {subject(imap, 'another one')} BODY.PEEK[HEADER.FIELDS (X-Postrider-Defence)]"))
    assert "wanted=no; it is like mail that was not wanted here" in " ".join(text.split()), text
    assert any(word in text for word in BAD + ["shop.test"]), text


def test_what_is_like_wanted_mail_arrives_where_it_should(server):
    take(server, GOOD, "a wanted one", 501)
    assert server.wait_mail(ALICE, subject="a wanted one")
    assert not in_junk(server, ALICE, "a wanted one")


def test_what_one_has_told_says_nothing_about_another(server):
    """Neither is Bob's mail put into Junk by it, nor does the server's table know of it."""
    take(server, BAD, "for bob", 502, to=BOB)
    assert server.wait_mail(BOB, subject="for bob")
    assert told(server, BOB) == told(server) == (0, 0)


def test_moved_back_is_taken_back(server):
    """The message that was counted as unwanted is wanted then, and not both."""
    before = told(server, ALICE)
    imap = Imap(server)
    imap.ask("SELECT Junk")
    one = subject(imap, "bad 3")
    imap.ask(f"UID MOVE {one} INBOX")
    until(lambda: told(server, ALICE) == (before[0] - 1, before[1] + 1), what="taken back")
    imap.ask("SELECT INBOX")
    imap.ask(f"UID COPY {subject(imap, 'bad 3')} Junk")
    until(lambda: told(server, ALICE) == before, what="told again")


def test_told_again_is_not_counted_again(server):
    before = told(server, ALICE)
    imap = Imap(server)
    imap.ask("SELECT Junk")
    n = server.log_text().count("done=repeated")
    imap.ask("UID STORE 1:* +FLAGS ($Junk)")
    until(lambda: server.log_text().count("done=repeated") >= n + 9, what="all of them told again")
    assert told(server, ALICE)[1] == before[1] and told(server, ALICE)[0] - before[0] <= 1


def test_trash_says_nothing(server):
    before = told(server, ALICE)
    imap = Imap(server)
    imap.ask("SELECT INBOX")
    imap.append("INBOX", letter(BAD, "thrown away", 600))
    imap.ask(f"UID MOVE {subject(imap, 'thrown away')} Trash")
    imap.append("INBOX", letter(BAD, "told behind", 601))
    imap.ask("NOOP")
    imap.ask(f"UID STORE {subject(imap, 'told behind')} +FLAGS ($Junk)")
    until(lambda: sum(told(server, ALICE)) > sum(before), what="the second")
    assert told(server, ALICE) == (before[0] + 1, before[1])


def test_files_teach_the_server(server, tmp_path):
    """An mbox, a Maildir, a message: for all accounts, and what is told again is not counted again."""
    box = mailbox.mbox(tmp_path / "bad.mbox")
    maildir = mailbox.Maildir(tmp_path / "good")
    for n in range(9):
        box.add(letter(BAD, f"b{n}", 700 + n).replace(b"\r\n", b"\n"))
        maildir.add(letter(GOOD, f"g{n}", 800 + n).replace(b"\r\n", b"\n"))
    box.flush()
    (tmp_path / "one.eml").write_bytes(letter(GOOD, "one", 900))
    assert "9 messages" in server.run("learn", "spam", str(tmp_path / "bad.mbox"), check=True).stdout
    out = server.run("learn", "ham", str(tmp_path / "good"), str(tmp_path / "one.eml"), check=True).stdout
    assert "10 messages" in out, out
    assert "9 were told before" in server.run("learn", "spam", str(tmp_path / "bad.mbox"), check=True).stdout
    assert told(server) == (9, 10)
    assert "for a score" in server.run("learn", "show", check=True).stdout
    take(server, BAD, "bob's own", 503, to=BOB)
    wait_junk(server, BOB, "bob's own")


HOSTILE = {
    "nothing": b"",
    "an empty line": b"\r\n",
    "octets": b"From: \xff\xff\r\n\r\n" + b"\x00\xff" * 5000,
    "parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 20000,
    "tags": b"Content-Type: text/html\r\n\r\n" + b"<a href='" * 20000 + b"://" * 20000,
}


@pytest.mark.parametrize("message", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_message_stops_nobody(server, tmp_path, message):
    pid = server.roles()["inspect"]
    (tmp_path / "x").write_bytes(message)
    done = server.run("learn", "ham", "--account", BOB, str(tmp_path / "x"))
    assert done.returncode == (0 if message.strip() else 1), done  # nothing, and an empty line, are none
    assert server.roles()["inspect"] == pid and told(server) == (9, 10)
    server.run("learn", "forget", "--yes", "--account", BOB, check=True)


def test_nothing_is_lost_by_a_restart_nor_what_is_kept_by_a_kill(server):
    """Within two seconds it is kept."""
    account, whole = told(server, ALICE), told(server)
    server.stop()
    server.start()
    assert (told(server, ALICE), told(server)) == (account, whole)
    imap = Imap(server)
    imap.append("INBOX", letter(BAD, "late", 990))
    imap.ask("SELECT INBOX")
    table = server.directory / "data" / "learned.db-wal"
    before = os.stat(table).st_mtime_ns if table.exists() else 0
    imap.ask(f"UID MOVE {subject(imap, 'late')} Junk")
    until(lambda: table.exists() and os.stat(table).st_mtime_ns != before, what="the table written")
    after = told(server, ALICE)
    assert after[0] == account[0] + 1
    os.kill(server.roles()["store"], signal.SIGKILL)
    until(lambda: server.run("learn", "show", "--json").returncode == 0, what="the store, which was started again")
    assert told(server, ALICE) == after


def test_forgotten(server):
    server.run("learn", "forget", "--yes", "--account", ALICE, check=True)
    assert told(server, ALICE) == told(server) == (9, 10)
    server.run("learn", "forget", "--yes", check=True)
    assert told(server) == (0, 0)
    take(server, BAD, "nobody knows", 504)
    assert server.wait_mail(ALICE, subject="nobody knows")
    shown = server.run("why", "--json", server.mailbox(ALICE)[-1]["message"]).stdout
    assert "not enough was learned yet" in shown, shown


def test_misuse(server):
    assert server.run("learn", "eggs").returncode == 64
    assert server.run("learn", "spam").returncode == 64
    assert server.run("learn", "spam", "--account", "nobody@example.test", "/dev/null").returncode == 1


@pytest.mark.parametrize("octets, word", [(b"", "but empty"), (b"\x7fELF\x02\x01\x01\0\0\0", "fields of a header"), (b"hello\nthere\n", "fields of a header"),
                                          (b"A: \0\n\nx\n", "fields of a header"), (b"From now on\nhello\n", "fields of a header")])
def test_what_is_no_message(server, tmp_path, octets, word):
    """RFC 5322 2.1: it teaches nothing, and others that are named beside it do."""
    before = told(server, BOB)
    (tmp_path / "none").write_bytes(octets)
    (tmp_path / "one.eml").write_bytes(letter(GOOD, "one", 900))
    done = server.run("learn", "ham", "--account", BOB, str(tmp_path / "none"), str(tmp_path / "one.eml"))
    assert done.returncode == 1 and f"none is no message, " in done.stderr and word in done.stderr, done
    assert done.stdout.startswith("1 messages") and told(server, BOB)[0] == before[0]
    done = server.run("learn", "ham", "--account", BOB, str(tmp_path))
    assert done.returncode == 0 and "1 files are no messages and were passed over" in done.stdout, done
    (tmp_path / "one.eml").unlink()
    done = server.run("learn", "ham", "--account", BOB, str(tmp_path))
    assert done.returncode == 1 and f"there is no message in {tmp_path}" in done.stderr, done


def test_forgetting_is_asked_for(server):
    before = told(server, ALICE)
    done = server.run("learn", "forget", "--account", ALICE)
    assert done.returncode == 1 and "wanted messages that were told of alice@home.test? " in done.stderr and "needs --yes" in done.stderr, done
    assert told(server, ALICE) == before
