"""A backup while mail comes and mailboxes change, the server killed, the backup restored: what was answered before it began is there."""
import contextlib
import imaplib
import json
import os
import re
import shutil
import sqlite3
import threading
import uuid

import pytest

import scram
from harness import ALICE, BOB, PASSWORD, Postrider, until
from test_imap import login, ok


class Load:
    """One session that appends and expunges, one that sends mail; notes what was answered."""

    def __init__(self, server):
        self.server, self.halt = server, threading.Event()
        self.appended, self.sent, self.failed = {}, set(), []
        self.threads = [threading.Thread(target=self.guarded, args=(f,)) for f in (self.append, self.send)]
        for t in self.threads:
            t.start()

    def guarded(self, f):
        try:
            f()
        except Exception as e:  # pylint: disable=broad-except
            self.failed.append(e)

    def append(self):
        client = login(self.server)
        while not self.halt.is_set():
            sign = str(uuid.uuid4())
            filler = b"x" * 70 + b"\r\n"
            data = ok(client.append("Archive", None, None, f"Subject: {sign}\r\n\r\n".encode() + filler * (len(self.appended) % 60)))
            self.appended[int(re.search(rb"APPENDUID \d+ (\d+)", data[0])[1])] = sign
        client.logout()

    def send(self):
        with self.server.session() as s:
            s.hello()
            while not self.halt.is_set():
                sign = str(uuid.uuid4())
                s.message("x@elsewhere.test", [BOB], f"Subject: {sign}\r\n\r\nx\r\n".encode())
                self.sent.add(sign)

    def stop(self):
        self.halt.set()
        for t in self.threads:
            t.join()
        assert not self.failed, self.failed


def archive(server):
    """(UIDVALIDITY, UIDNEXT, HIGHESTMODSEQ, {uid: sign})"""
    client = login(server)
    ok(client.select("Archive"))
    numbers = tuple(int(client.response(code)[1][0]) for code in ("UIDVALIDITY", "UIDNEXT", "HIGHESTMODSEQ"))
    found = {int(re.search(rb"UID (\d+)", item[0])[1]): re.search(rb"Subject: (\S+)", item[1])[1].decode()
             for item in ok(client.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")) if isinstance(item, tuple)}
    client.logout()
    return *numbers, found


def test_backup_under_load_and_restore(directory, network):
    own = Postrider(directory / "kept", dns=network.dns, remote_port=network.port,
                    settings="store { segment_size = 1M  blob_threshold = 2K }").start()
    load = Load(own)
    try:
        until(lambda: len(load.appended) > 50 and len(load.sent) > 50, what="some mail")
        before, sent_before = dict(load.appended), set(load.sent)
        done = own.run("backup", str(directory / "backup"))
        assert done.returncode == 0, done.stdout + done.stderr
        until(lambda: len(load.appended) > len(before) + 20, what="more mail")
    finally:
        load.stop()
    validity, after, modseq, found = archive(own)
    assert found == load.appended
    own.kill()

    assert own.run("restore", str(directory / "backup")).returncode != 0  # the data directory is not empty
    (own.directory / "data").rename(own.directory / "lost")
    done = own.run("restore", str(directory / "backup"))
    assert done.returncode == 0, done.stdout + done.stderr
    done = own.run("store", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    own.start()
    now = archive(own)
    assert now[0] == validity and now[1] >= after + 900000 and now[2] > modseq + (1 << 31)
    assert before.items() <= now[3].items() <= load.appended.items()
    assert sent_before <= {r["subject"] for r in own.mailbox(BOB)} <= load.sent
    client = login(own)
    uid = int(re.search(rb"APPENDUID \d+ (\d+)", ok(client.append("Archive", None, None, b"Subject: new\r\n\r\n"))[0])[1])
    assert uid >= after + 900000
    client.logout()
    assert own.stop() == 0
    done = own.run("store", "verify")
    assert done.returncode == 0, done.stdout + done.stderr


def test_backup_of_a_stopped_server(directory, network):
    own = Postrider(directory / "still", dns=network.dns, remote_port=network.port).start()
    with own.session() as s:
        s.hello()
        s.message("x@elsewhere.test", [ALICE], b"Subject: still\r\n\r\nx\r\n")
    own.wait_mail(ALICE, subject="still")
    assert own.stop() == 0
    assert own.run("backup", str(directory / "still-backup")).returncode == 0
    assert own.run("backup", str(directory / "still-backup")).returncode != 0  # it is not empty
    assert own.run("restore", str(directory / "nowhere")).returncode != 0


def test_logins_come_back(directory, network):
    """What passwords and rewritten senders hang on is in a backup: data/secret, data/homes, the app passwords."""
    own = Postrider(directory / "logins", dns=network.dns, remote_port=network.port).start()
    row = json.loads(own.run("account", "app-password", "new", "--json", ALICE, "phone", check=True).stdout)
    login(own).logout()
    data, names = own.directory / "data", ("secret", "homes")
    secret = (data / "secret").read_bytes()
    until(lambda: (data / "homes").stat().st_size, what="where Alice is at home")
    own.run("backup", str(directory / "logins-backup"), check=True)
    assert own.stop() == 0
    data.rename(own.directory / "lost")
    own.run("restore", str(directory / "logins-backup"), check=True)
    assert len(secret) >= 32 and (data / "secret").read_bytes() == secret
    assert (data / "homes").read_bytes() == (directory / "logins-backup" / "homes").read_bytes() != b""
    assert {(data / name).stat().st_mode & 0o777 for name in names} == {0o600}
    own.start()
    assert (data / "secret").read_bytes() == secret
    for password in (PASSWORD, row["password"]):
        session = scram.Imap(own)
        with session.s:
            assert scram.login(session, scram.Scram(ALICE, password)) == "OK"
    assert own.stop() == 0


MEMORIES = {"learned": ["learned"], "tls": ["tls_result"], "greylist": ["triplet"], "debts": ["debt"]}


def memories(data):
    """All rows of each."""
    found = {}
    for name, tables in MEMORIES.items():
        with contextlib.closing(sqlite3.connect(f"file:{data}/{name}.db?mode=ro", uri=True, timeout=20)) as db:
            for table in tables:
                found[table] = db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
    return found


def put_off(server):
    """A stranger's first mail, by greylisting (RFC 6647): the reply's words, which say how long to wait."""
    with server.session(source=("127.0.0.31", 0)) as s:
        s.hello()
        s.ask("MAIL FROM:<a@elsewhere.test>", 250)
        return s.ask(f"RCPT TO:<{BOB}>", 450)


def test_what_was_learned_comes_back(directory, network):
    """What was told of wanted mail, of other servers' TLS, who has come before, who is shut out; of a server that runs."""
    own = Postrider(directory / "memories", dns=network.dns, remote_port=network.port,
                    settings='defence { steps = { "greylist=reject" } greylist_delay = 1h }').start()
    letter = directory / "letter"
    letter.write_text("From: a@elsewhere.test\nSubject: cheap watches\n\nbuy cheap watches today\n")
    own.run("learn", "spam", str(letter), check=True)
    own.run("ban", "add", "--yes", "--for", "9h", "--reason", "by hand", "127.0.0.32", check=True)
    put_off(own)
    remote = network.remote()
    own.run("send", "--from", ALICE, "--to", f"a@{remote.domain}", "--subject", "x", "--body", "x", check=True)
    until(lambda: all(memories(own.directory / "data").values()), what="all of it in the files")
    own.run("backup", str(directory / "memories-backup"), check=True)
    assert own.stop() == 0
    whole = memories(directory / "memories-backup")
    assert all(whole.values())
    assert not (directory / "memories-backup/index").exists()
    (own.directory / "data").rename(own.directory / "lost")
    own.run("restore", str(directory / "memories-backup"), check=True)
    assert memories(own.directory / "data") == whole
    own.start()
    assert json.loads(own.run("learn", "show", "--json", check=True).stdout)["told_spam"] == 1
    assert json.loads(own.run("ban", "list", "--json", check=True).stdout)["reason"] == "by hand"
    put_off(own)
    after = memories(own.directory / "data")
    assert after["triplet"] == whole["triplet"]  # he is not new
    assert own.stop() == 0


def test_a_memory_that_is_damaged_holds_up_no_backup(directory, network):
    own = Postrider(directory / "damaged", dns=network.dns, remote_port=network.port).start()
    assert own.stop() == 0
    for end in ("", "-wal", "-shm"):
        (own.directory / f"data/tls.db{end}").unlink(missing_ok=True)
    (own.directory / "data/tls.db").write_bytes(b"no database " * 1000)
    own.run("backup", str(directory / "damaged-backup"), check=True)
    assert not (directory / "damaged-backup/tls.db").exists() and (directory / "damaged-backup/learned.db").exists()


@pytest.fixture(scope="module")
def kept(directory):
    """A backup with some of everything, and the stopped server that it is of."""
    own = Postrider(directory / "others", settings="store { blob_threshold = 1K }\n").start()
    with own.session() as s:
        s.hello()
        s.message("x@elsewhere.test", [ALICE], b"Subject: large\r\n\r\n" + b"x" * 70 + b"\r\n" * 2000)
    own.wait_mail(ALICE, subject="large")
    assert own.stop() == 0
    (own.directory / "data" / "restored").touch()  # a start that writes the files of mailboxes
    own.start()
    assert own.stop() == 0
    backup = directory / "others-backup"
    own.run("backup", str(backup), check=True)
    return own, backup


def fifo(path, secret):
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def link(path, secret):
    path.unlink(missing_ok=True)
    path.symlink_to(secret)


def link_above(path, secret):
    shutil.rmtree(path.parent)
    path.parent.symlink_to(secret.parent)


@pytest.mark.parametrize("how", [fifo, link, link_above])
@pytest.mark.parametrize("what", ["blobs/*/*", "mail/*/*/*.idx", "journal/*.seg", "ledger.db", "ledger.db-wal", "directory.db", "secret", "new"])
def test_a_backup_that_others_had_leads_nowhere(kept, tmp_path, what, how):
    """What is a link or no file is told: a restore by root reads nothing of others by it, and waits for no end of a pipe."""
    own, backup = kept
    if how is link_above and "/" not in what:
        pytest.skip("that is the directory itself")
    (tmp_path / "secret-folder").mkdir()
    secret = tmp_path / "secret-folder" / "shadow"
    secret.write_text("of others\n")
    shutil.copytree(backup, tmp_path / "changed")
    path = next((tmp_path / "changed").glob(what), tmp_path / "changed" / what)
    how(path, secret)
    shutil.rmtree(own.directory / "data")
    done = own.run("restore", str(tmp_path / "changed"), timeout=30)
    name = path.parent.name if how is link_above else path.name
    assert done.returncode == 1 and re.search(f"{re.escape(name)} is a link, or no (file|directory)", done.stderr), done.stderr
    assert b"of others\n" not in [file.read_bytes() for file in (own.directory / "data").rglob("*") if file.is_file()]


def test_what_is_not_ours_hinders_no_backup(kept, tmp_path):
    """lost+found of a file system that is the data directory."""
    own, backup = kept
    shutil.rmtree(own.directory / "data")
    shutil.copytree(backup, own.directory / "data")
    (own.directory / "data" / "lost+found").mkdir()
    own.run("backup", str(tmp_path / "another"), check=True)
    assert not (tmp_path / "another" / "lost+found").exists()
