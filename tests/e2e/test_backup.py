"""A backup while mail comes and mailboxes change, the server killed, the backup restored: what was answered before it began is there."""
import imaplib
import json
import re
import threading
import uuid

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
