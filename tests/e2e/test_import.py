"""Mail goes in and out: what other programs have written comes in, what goes out comes back equal, and what was cut goes on.

Python's mailbox module writes and reads the files; imaplib sees what is in the account.
"""
import base64
import contextlib
import hashlib
import imaplib
import json
import mailbox
import os
import pty
import random
import re
import signal
import socket
import subprocess
import threading
import time

import pytest
from harness import ALICE, BOB, PASSWORD, PROGRAM, Postrider, tls_context, until

KINDS = ["mboxo", "mboxrd", "mboxcl", "mboxcl2"]


def from_utf7(name):
    """Modified UTF-7 (RFC 3501 5.1.3) as text."""
    def shifted(match):
        text = match[1].replace(",", "/")
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-16-be") if text else "&"
    return re.sub(r"&([^-]*)-", shifted, name)


def to_utf7(name):
    def shifted(match):
        return "&" + base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"
    return re.sub(r"[^\x20-\x7e]+", shifted, name.replace("&", "&-"))


class Imap:
    """An account as a mail program sees it."""

    def __init__(self, server, account):
        self.client = imaplib.IMAP4_SSL("127.0.0.1", server.imaps, ssl_context=tls_context(), timeout=60)
        self.client.login(account, PASSWORD)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.logout()

    def names(self):
        lines = self.client.list()[1]
        return [from_utf7(re.search(rb'"/" (.*)$', line)[1].decode().strip('"')) for line in lines if b"\\Noselect" not in line]

    def messages(self, name):
        """[(digest, flags, INTERNALDATE)] in order."""
        status, [count] = self.client.select(f'"{to_utf7(name)}"', readonly=True)
        assert status == "OK", count
        found = []
        if int(count):
            for part in self.client.fetch("1:*", "(FLAGS INTERNALDATE BODY.PEEK[])")[1]:
                if isinstance(part, tuple):
                    flags = {flag.decode() for flag in imaplib.ParseFlags(part[0])} - {"\\Recent"}
                    date = re.search(rb'INTERNALDATE "([^"]*)"', part[0])[1].decode()
                    found.append((hashlib.sha256(part[1]).hexdigest(), frozenset(flags), date))
        self.client.unselect()
        return found

    def all(self, below=""):
        """{name below `below`: messages} of all that hold some."""
        found = {name[len(below):]: self.messages(name) for name in self.names() if name.startswith(below)}
        return {name: messages for name, messages in found.items() if messages}

    def append(self, name, octets, flags="", when=None):
        status, data = self.client.append(f'"{name}"', flags or None, when and imaplib.Time2Internaldate(when), octets)
        assert status == "OK", data

    def create(self, name):
        assert self.client.create(f'"{name}"')[0] == "OK"


def varied(n, seed):
    """Messages as they are in the world, with LF: text, 8-bit, long lines, lines that an mbox must quote, NULs, bare CRs."""
    rng = random.Random(seed)
    lines = [b"From now on", b"From a@x Fri Jun 23 02:56:55 2000", b">From b", b">>From c", b"", b".", b"\xff\xfe 8-bit \xe9",
             "Grüße, 漢字".encode(), b"x" * 5000, b"bare\rCR", b"NUL \0 here", b" ", b"Status: RO", b"--boundary"]
    for i in range(n):
        head = [b"From: a%d@example.test" % i, b"Subject: number %d" % i, b"Message-ID: <%d.%d@example.test>" % (i, seed)]
        if i % 7 == 0:
            head.append(b"Status: genuine")
        if i % 11 == 0:
            head.append(b"Content-Length: 12")
        body = [rng.choice(lines) for _ in range(rng.randrange(12))] + [b"end %d" % i]
        if i % 50 == 0:
            body.append(rng.randbytes(200000).hex().encode())
        yield b"\n".join(head) + b"\n\n" + b"\n".join(body) + b"\n"


def run_import(server, *arguments, ok=True, **kw):
    done = server.run("import", "--json", *map(str, arguments), **kw)
    assert done.returncode == (0 if ok else 1), done.stdout + done.stderr
    return json.loads(done.stdout), done.stderr


def run_export(server, *arguments, ok=True):
    done = server.run("export", "--json", *map(str, arguments))
    assert done.returncode == (0 if ok else 1), done.stdout + done.stderr
    return json.loads(done.stdout)


FLAGS = ["", "\\Seen", "\\Seen \\Answered", "\\Flagged $Forwarded", "\\Draft \\Seen work", "\\Deleted"]


def internaldate(unix_s):
    return time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(unix_s))


def mboxrd(text, unix_s, flags):
    """A message with LF as an mboxrd has it."""
    words = flags.split()
    fields = [b"Status: RO"] if "\\Seen" in words else [b"Status: O"]
    letters = {"\\Answered": "A", "\\Flagged": "F", "\\Draft": "T", "\\Deleted": "D"}
    fields.append(b"X-Status: " + "".join(letters[word] for word in words if word in letters).encode())
    fields.append(b"X-Keywords: " + " ".join(word for word in words if word[0] != "\\").encode())
    head, body = text.split(b"\n\n", 1)
    return (b"From a@x " + time.asctime(time.gmtime(unix_s)).encode() + b"\n" + head + b"\n" + b"\n".join(fields) + b"\n\n"
            + re.sub(rb"(?m)^(>*From )", rb">\1", body) + b"\n")


def digest(text):
    return hashlib.sha256(text.replace(b"\n", b"\r\n")).hexdigest()


@pytest.fixture(scope="module")
def filled(server, tmp_path_factory):
    """1,000 messages in several mailboxes, with flags and dates, brought to Alice; as IMAP shows them."""
    directory = tmp_path_factory.mktemp("filled")
    names = ["INBOX", "Sent", "Work", "Work/Old.mbox", "Work/100%", "Grüße"]
    files = ["inbox", "Sent.mbox", "Work.mbox", "Work/Old%2Embox.mbox", "Work/100%25", "Grüße.mbox"]
    (directory / "Work").mkdir()
    want = {name: [] for name in names}
    with contextlib.ExitStack() as stack:
        to = [stack.enter_context(open(directory / name, "wb")) for name in files]
        for i, text in enumerate(varied(1000, 1)):
            at, flags, date = i * 7 % len(names), FLAGS[i // 6 % len(FLAGS)], 961729015 + 86400 * i
            to[at].write(mboxrd(text, date, flags))
            want[names[at]].append((digest(text), frozenset(flags.split()), internaldate(date)))
    sum, _ = run_import(server, "--kind", "mboxrd", ALICE, directory)
    assert (sum["imported"], sum["mailboxes"], sum["refused"]) == (1000, 6, 0)
    with Imap(server, ALICE) as alice:
        assert alice.all() == want
    return want


@pytest.mark.parametrize("kind", KINDS[1:])
def test_round_trip_of_mboxes(server, filled, tmp_path, kind):
    """Octets, flags, keywords, dates and names come back equal; a second import brings nothing."""
    sum = run_export(server, "--kind", kind, ALICE, tmp_path)
    assert (sum["exported"], sum["refused"]) == (1000, 0)
    sum, _ = run_import(server, "--mailbox", kind, BOB, tmp_path)
    assert (sum["imported"], sum["present"], sum["refused"]) == (1000, 0, 0)
    with Imap(server, BOB) as bob:
        assert bob.all(f"{kind}/") == filled
        sum, _ = run_import(server, "--mailbox", kind, "--kind", kind, BOB, tmp_path)
        assert (sum["imported"], sum["present"], sum["refused"]) == (0, 1000, 0)
        assert bob.all(f"{kind}/") == filled


def test_python_reads_what_is_exported(server, filled, tmp_path):
    run_export(server, "--mailbox", "Work", ALICE, tmp_path)
    box = mailbox.mbox(tmp_path / "Work.mbox", create=False)
    assert len(box) == len(filled["Work"])
    letters = {"\\Seen": "R", "\\Answered": "A", "\\Flagged": "F", "\\Draft": "T", "\\Deleted": "D"}
    for message, (_, flags, _) in zip(box, filled["Work"]):
        if len(message.get_all("Status", [])) > 1:
            continue  # it looks at the message's own
        assert set(message.get_flags()) - {"O"} == {letters[flag] for flag in flags if flag in letters}
        assert message["Subject"].startswith("number ")


def test_export_goes_on_with_what_came_since(server, tmp_path):
    with Imap(server, BOB) as bob:
        bob.create("Since")
        bob.append("Since", b"Subject: 1\r\n\r\none\r\n")
        assert run_export(server, "--mailbox", "Since", BOB, tmp_path)["exported"] == 1
        whole = (tmp_path / "Since.mbox").read_bytes()
        (tmp_path / "Since.mbox").write_bytes(whole + b"From half of a mess")   # as a cut leaves it
        bob.append("Since", b"Subject: 2\r\n\r\ntwo\r\n")
        assert run_export(server, "--mailbox", "Since", BOB, tmp_path)["exported"] == 1
        text = (tmp_path / "Since.mbox").read_bytes()
        assert text.startswith(whole) and text.count(b"\nSubject: ") == 2 and b"half of a mess" not in text
        (tmp_path / "Since.mbox").write_bytes(b"short")
        assert run_export(server, "--mailbox", "Since", BOB, tmp_path, ok=False)["refused"] == 1
        (tmp_path / "Since.mbox").unlink()
        assert run_export(server, "--mailbox", "Since", BOB, tmp_path)["exported"] == 2
        assert (tmp_path / "Since.mbox").read_bytes() == text
        (tmp_path / ".Since.mbox.state").unlink()
        assert run_export(server, "--mailbox", "Since", BOB, tmp_path, ok=False)["refused"] == 1


@pytest.mark.parametrize("form", ["mbox", "maildir", "eml"])
def test_an_export_is_killed(server, tmp_path, form):
    """Wherever that was: run again, the files are as if it had not been."""
    (tmp_path / "box").write_bytes(b"".join(mboxrd(text, 961729015, "\\Seen work") for text in varied(1000, 13)))
    run_import(server, "--kind", "mboxrd", "--mailbox", "Export", BOB, tmp_path / "box")
    command = [PROGRAM, "export", "-c", str(server.config), "--to", form, "--mailbox", "Export", BOB]

    def files(directory):
        return {f.relative_to(directory): f.read_bytes() for f in directory.rglob("*") if f.is_file()}

    def octets():
        try:
            return sum(map(len, files(tmp_path / "cut").values()))
        except FileNotFoundError:  # it got its name just now
            return 0

    subprocess.run([*command, str(tmp_path / "whole")], check=True, stdout=subprocess.DEVNULL)
    cuts = 0
    for enough in (1, 3000000):
        process = subprocess.Popen([*command, str(tmp_path / "cut")], stdout=subprocess.DEVNULL)
        until(lambda: octets() >= enough or process.poll() is not None, what="octets in files")
        process.kill()
        cuts += process.wait() == -signal.SIGKILL
    subprocess.run([*command, str(tmp_path / "cut")], check=True, stdout=subprocess.DEVNULL)
    assert cuts and files(tmp_path / "cut") == files(tmp_path / "whole")


def python_mbox(path, texts):
    box = mailbox.mbox(path)
    want = []
    for i, text in enumerate(texts):
        message = mailbox.mboxMessage(text)
        message.set_from("a@example.test", time.gmtime(961729015 + i))
        message.set_flags(["", "R", "RA", "F", "RTD"][i % 5])
        box.add(message)
        want.append((text, 961729015 + i, i % 5))
    box.flush()
    box.close()
    return want


def test_python_writes_what_is_imported(server, tmp_path):
    texts = [b"Subject: %d\n\nline %d\nFrom here\n" % (i, i) for i in range(300)]
    python_mbox(tmp_path / "box", texts)
    sum, _ = run_import(server, "--mailbox", "Python", BOB, tmp_path / "box")
    assert sum["imported"] == 300
    flags = [set(), {"\\Seen"}, {"\\Seen", "\\Answered"}, {"\\Flagged"}, {"\\Seen", "\\Draft", "\\Deleted"}]
    with Imap(server, BOB) as bob:
        found = bob.messages("Python")
        assert [m[0] for m in found] == [digest(text) for text in texts]
        assert [set(m[1]) for m in found] == [flags[i % 5] for i in range(300)]
        assert found[5][2] == internaldate(961729020)


def test_the_same_twice_is_kept_twice(server, tmp_path):
    """A copy in the source is one more message; the mailbox has each as often as the source."""
    one = b"From a@x Fri Jun 23 02:56:55 2000\nSubject: s\n\ntext\n\n"
    (tmp_path / "box").write_bytes(one * 3 + one.replace(b"text", b"tex2"))
    assert run_import(server, "--mailbox", "Twice", BOB, tmp_path / "box")[0]["imported"] == 4
    assert run_import(server, "--mailbox", "Twice", BOB, tmp_path / "box")[0]["present"] == 4
    (tmp_path / "box").write_bytes(one * 4)
    sum, _ = run_import(server, "--mailbox", "Twice", BOB, tmp_path / "box")
    assert (sum["imported"], sum["present"]) == (1, 3)


def test_no_message_of_a_person(server, tmp_path):
    """UW's and Dovecot's mboxes begin with one of their own; mail about it is mail."""
    own = (b"From MAILER-DAEMON Fri Jun 23 02:56:55 2000\nFrom: Mail System Internal Data <MAILER-DAEMON@x>\n"
           b"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 961729015 0000000007\nStatus: RO\n\ntext\n\n")
    (tmp_path / "box").write_bytes(own + own.replace(b"X-IMAP", b"X-Other") + own)
    assert run_import(server, "--mailbox", "Internal", BOB, tmp_path / "box")[0]["imported"] == 2


def test_what_cannot_be_kept_is_told(server, tmp_path):
    """The others come all the same."""
    one = b"From a@x Fri Jun 23 02:56:55 2000\nSubject: s\n\ntext\n\n"
    big = one.replace(b"text", b"x" * (26 << 20))
    wide = one.replace(b"Subject: s\n", b"X: y\n" * 20000)
    (tmp_path / "box").write_bytes(one + big + wide + one.replace(b"text", b"last"))
    sum, said = run_import(server, "--mailbox", "Told", BOB, tmp_path / "box", ok=False)
    assert (sum["imported"], sum["refused"]) == (2, 2)
    assert f"message 2 at octet {len(one)} of" in said and "smtp.size_max" in said and "message 3" in said and "10000 fields" in said
    (tmp_path / "no").write_bytes(b"Subject: s\n\ntext\n")
    sum, said = run_import(server, BOB, tmp_path / "no", ok=False)
    assert sum["refused"] == 1 and "it is no mbox" in said


def test_who_is_not_there(server, tmp_path):
    """One line says so; nothing is made, and to run it again would not help."""
    (tmp_path / "box").write_bytes(b"From a@x Fri Jun 23 02:56:55 2000\nSubject: s\n\ntext\n\n")
    wanted = "postrider: there is no account nobody@home.test; postrider account list shows those there are\n"
    for source in (tmp_path / "box", tmp_path / "nowhere", "imaps://x@127.0.0.1:1"):  # it is looked for before the source is
        assert run_import(server, "nobody@home.test", source, ok=False)[1] == wanted
    done = server.run("export", "nobody@home.test", str(tmp_path / "out"))
    assert (done.returncode, done.stderr) == (1, wanted) and not (tmp_path / "out").exists()
    done = server.run("export", "--mailbox", "Nowhere", BOB, str(tmp_path / "out"))
    assert (done.returncode, done.stderr) == (1, f"postrider: {BOB} has no mailbox Nowhere\n") and not (tmp_path / "out").exists()
    done = server.run("import", BOB, str(tmp_path / "missing"))
    assert (done.returncode, done.stderr) == (1, f"postrider: cannot read {tmp_path}/missing: No such file or directory\n")


def test_cut_and_resumed(server, tmp_path):
    """Killed in the middle, again and again: nothing twice, nothing lost."""
    texts = list(varied(3000, 7))
    (tmp_path / "box").write_bytes(b"".join(mboxrd(text, 961729015 + i % 60, FLAGS[i % 6]) for i, text in enumerate(texts)))
    command = [PROGRAM, "import", "-c", str(server.config), "--kind", "mboxrd", "--mailbox", "Cut", BOB, str(tmp_path / "box")]

    def count():
        rows = server.run("mailbox", "names", "--json", BOB, check=True).stdout.splitlines()
        return sum(json.loads(row)["messages"] for row in rows if json.loads(row)["mailbox"] == "Cut")

    cuts = 0
    for _ in range(3):
        before = count()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until(lambda: count() > before or process.poll() is not None, what="some messages more")
        process.send_signal(signal.SIGKILL)
        cuts += process.wait() == -signal.SIGKILL
    assert cuts and count() > 0
    run_import(server, "--kind", "mboxrd", "--mailbox", "Cut", BOB, tmp_path / "box")
    with Imap(server, BOB) as bob:
        assert [m[0] for m in bob.messages("Cut")] == [digest(text) for text in texts]


def test_round_trip_of_a_maildir(server, filled, tmp_path):
    sum = run_export(server, "--to", "maildir", ALICE, tmp_path)
    assert (sum["exported"], sum["refused"], sum["flags_lost"]) == (1000, 0, 0)
    sum, _ = run_import(server, "--mailbox", "maildir", BOB, tmp_path)
    assert (sum["imported"], sum["refused"]) == (1000, 0)
    with Imap(server, BOB) as bob:
        assert bob.all("maildir/") == filled
    assert run_import(server, "--mailbox", "maildir", BOB, tmp_path)[0]["present"] == 1000
    assert run_export(server, "--to", "maildir", ALICE, tmp_path)["exported"] == 0


def test_round_trip_of_emls(server, filled, tmp_path):
    """Keywords have no place in them, but for $Forwarded."""
    sum = run_export(server, "--to", "eml", ALICE, tmp_path)
    assert (sum["exported"], sum["refused"]) == (1000, 0)
    assert sum["flags_lost"] == len([flags for messages in filled.values() for _, flags, _ in messages if "work" in flags])
    assert run_import(server, "--mailbox", "eml", BOB, tmp_path)[0]["imported"] == 1000
    with Imap(server, BOB) as bob:
        assert bob.all("eml/") == {name: [(digest, flags - {"work"}, date) for digest, flags, date in messages]
                                   for name, messages in filled.items()}


def test_python_reads_the_maildir(server, filled, tmp_path):
    run_export(server, "--to", "maildir", ALICE, tmp_path / "box")
    box = mailbox.Maildir(tmp_path / "box", create=False)
    assert set(box.list_folders()) >= {"Sent", "Work", "Work.Old\\2embox", "Gr&APwA3w-e"}
    assert (tmp_path / "box/.Work/dovecot-keywords").read_text() == "0 $Forwarded\n1 work\n"  # which Dovecot has no letter for
    letters = {"\\Seen": "S", "\\Answered": "R", "\\Flagged": "F", "\\Draft": "D", "\\Deleted": "T", "$Forwarded": "Pa", "work": "b"}
    messages = [box.get_folder("Work").get_message(key) for key in sorted(box.get_folder("Work").keys())]
    assert [set(m.get_flags()) for m in messages] == [{c for f in flags for c in letters[f]} for _, flags, _ in filled["Work"]]
    assert [internaldate(m.get_date()) for m in messages] == [date for _, _, date in filled["Work"]]


def test_an_export_of_files_goes_on(server, tmp_path):
    """What a cut has left half written is not taken for a message."""
    with Imap(server, BOB) as bob:
        bob.create("Files")
        for i in range(3):
            bob.append("Files", b"Subject: %d\r\n\r\n%d\r\n" % (i, i))
        assert run_export(server, "--to", "maildir", "--mailbox", "Files", BOB, tmp_path)["exported"] == 3
        last = max((tmp_path / ".Files/cur").iterdir())
        last.rename(tmp_path / ".Files/tmp" / last.name)
        (tmp_path / ".Files/tmp" / last.name).write_bytes(b"Subj")
        assert run_export(server, "--to", "maildir", "--mailbox", "Files", BOB, tmp_path)["exported"] == 1
        assert [f.read_bytes() for f in sorted((tmp_path / ".Files/cur").iterdir())] == [
            b"Subject: %d\n\n%d\n" % (i, i) for i in range(3)]
        assert not list((tmp_path / ".Files/tmp").iterdir())


def test_maildir_of_dovecot_and_courier(server, tmp_path):
    """Folders, flags in names, dovecot-keywords, dates of files, new and cur, subscriptions; python writes it."""
    root = mailbox.Maildir(tmp_path / "box")
    want = {"INBOX": [], "Lists/C": [], "Entwürfe": []}
    for name, box in (("INBOX", root), ("Lists/C", root.add_folder("Lists.C")), ("Entwürfe", root.add_folder("Entw&APw-rfe"))):
        for i in range(20):
            message = mailbox.MaildirMessage(b"Subject: %s %d\n\ntext\n" % (name.encode(), i))
            message.set_subdir("new" if i % 3 == 0 else "cur")
            message.set_flags(["", "S", "RS", "FT", "DP"][i % 5] if i % 3 else "")
            message.set_date(961729015 + i)
            box.add(message)
            flags = [[], ["\\Seen"], ["\\Answered", "\\Seen"], ["\\Flagged", "\\Deleted"], ["\\Draft", "$Forwarded"]][i % 5 if i % 3 else 0]
            want[name].append((digest(b"Subject: %s %d\n\ntext\n" % (name.encode(), i)), frozenset(flags), internaldate(961729015 + i)))
    odd = tmp_path / "box/.Lists.C/cur/99999999999.M1P2.host,S=10,W=12:2,Sac"
    odd.write_bytes(b"Subject: odd\r\n\r\nCRLF\r\n")
    os.utime(odd, (5, 5))
    (tmp_path / "box/.Lists.C/dovecot-keywords").write_text("0 work\n2 $Label1\n")
    want["Lists/C"].append((hashlib.sha256(b"Subject: odd\r\n\r\nCRLF\r\n").hexdigest(), frozenset(["\\Seen", "work", "$Label1"]), internaldate(5)))
    (tmp_path / "box/subscriptions").write_text("V\t2\n\nLists\tC\nINBOX\n")
    sum, _ = run_import(server, "--mailbox", "Dovecot", BOB, tmp_path / "box")
    assert (sum["imported"], sum["refused"]) == (61, 0)
    with Imap(server, BOB) as bob:
        assert {name: set(messages) for name, messages in bob.all("Dovecot/").items()} == {n: set(m) for n, m in want.items()}
        subscribed = b"\n".join(line for line in bob.client.lsub()[1] if line)
        assert b"Dovecot/Lists/C" in subscribed and b"Dovecot/Entw" not in subscribed
    nested = tmp_path / "fs"
    (nested / "A" / "B" / "cur").mkdir(parents=True)
    (nested / "A" / "B" / "cur" / "1.x:2,S").write_bytes(b"Subject: nested\n\n1\n")
    (nested / "A" / "cur").mkdir()
    assert run_import(server, "--mailbox", "Nested", "--from", "maildir", BOB, nested)[0]["imported"] == 1
    with Imap(server, BOB) as bob:
        assert list(bob.all("Nested/")) == ["A/B"]


def test_nobody_leads_root_elsewhere(server, tmp_path):
    """A link, or a file of another owner's, is not read; an export goes into no directory that others may write into."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"From a@x Fri Jun 23 02:56:55 2000\nSubject: secret\n\ntext\n\n")
    for part in ("cur", "new", "tmp"):
        (tmp_path / "box" / part).mkdir(parents=True)
    (tmp_path / "box/cur/1.x:2,").symlink_to(secret)
    os.mkfifo(tmp_path / "box/cur/2.x:2,")
    (tmp_path / "box/cur/3.x:2,").write_bytes(b"Subject: mine\n\ntext\n")
    (tmp_path / "box/dovecot-keywords").write_text("0 k\n")
    sum, said = run_import(server, "--mailbox", "Links", BOB, tmp_path / "box", ok=False)
    assert (sum["imported"], sum["refused"]) == (1, 1) and "1.x:2,: cannot be read: it is a link" in said
    (tmp_path / "mboxes").mkdir()
    (tmp_path / "mboxes/secret").symlink_to(secret)
    sum, said = run_import(server, "--mailbox", "Links", BOB, tmp_path / "mboxes", ok=False)
    assert (sum["imported"], sum["refused"]) == (0, 1)
    for path in ("mboxes/secret", "link/"):
        (tmp_path / "link").unlink(missing_ok=True)
        (tmp_path / "link").symlink_to(tmp_path / "box")
        done = server.run("import", BOB, f"{tmp_path}/{path}")
        assert done.returncode == 1 and "is a link: give what it leads to" in done.stderr
    if os.geteuid() == 0:
        os.chown(tmp_path / "box/cur/3.x:2,", 65534, 65534)
        sum, said = run_import(server, "--mailbox", "Other", BOB, tmp_path / "box", ok=False)
        assert (sum["imported"], sum["refused"]) == (0, 2) and "another owner's" in said
    (tmp_path / "out").mkdir()
    (tmp_path / "out").chmod(0o777)
    done = server.run("export", BOB, str(tmp_path / "out"))
    assert done.returncode == 1 and "you alone may write" in done.stderr and not list((tmp_path / "out").iterdir())


def test_emls_of_others(server, tmp_path):
    """Their date is that of the message, unless it has none."""
    (tmp_path / "Sub").mkdir()
    (tmp_path / "b.eml").write_bytes(b"Date: Mon, 7 Feb 1994 21:52:25 -0800\nSubject: s\n\n1\n")
    (tmp_path / "Sub" / "a.EML").write_bytes(b"Subject: s\r\n\r\n2\n")
    (tmp_path / "Sub" / "notes.txt").write_bytes(b"no mail")
    os.utime(tmp_path / "Sub" / "a.EML", (961729015, 961729015))
    assert run_import(server, "--mailbox", "Emls", BOB, tmp_path)[0]["imported"] == 2
    with Imap(server, BOB) as bob:
        assert bob.messages("Emls") == [(digest((tmp_path / "b.eml").read_bytes()), frozenset(), internaldate(760686745))]
        assert bob.messages("Emls/Sub") == [(hashlib.sha256(b"Subject: s\r\n\r\n2\n").hexdigest(), frozenset(), internaldate(961729015))]


def imap_source(server, scheme="imaps"):
    port = server.imaps if scheme == "imaps" else server.imap
    return ["--any-certificate", "--password-file", server.password_file, f"{scheme}://{ALICE}@127.0.0.1:{port}"]


def from_imap(server, into, *source, ok=True):
    *options, url = source
    return run_import(server, "--mailbox", into, *options, BOB, url, ok=ok)


@pytest.mark.parametrize("scheme", ["imaps", "imap"])
def test_from_an_imap_server(server, filled, scheme):
    """Octets, flags, keywords, dates, names, subscriptions; the second time only what is new crosses."""
    with Imap(server, ALICE) as alice, Imap(server, BOB) as bob:
        alice.client.unsubscribe(to_utf7("Grüße"))
        sum, _ = from_imap(server, scheme, *imap_source(server, scheme))
        assert (sum["imported"], sum["present"], sum["refused"]) == (1000, 0, 0)
        assert bob.all(f"{scheme}/") == filled
        subscribed = b"\n".join(line for line in bob.client.lsub()[1] if line)
        assert f"{scheme}/Work".encode() in subscribed and f"{scheme}/Gr".encode() not in subscribed
        bob.client.select(f'"{scheme}/Work"')
        bob.client.uid("STORE", "3,5", "+FLAGS", "(\\Deleted)")
        bob.client.expunge()
        bob.client.unselect()
        sum, _ = from_imap(server, scheme, *imap_source(server, scheme))
        assert sum["imported"] + sum["present"] == 1000 and 2 <= sum["imported"] <= 200
        assert {name: sorted(messages, key=str) for name, messages in bob.all(f"{scheme}/").items()} == {
            name: sorted(messages, key=str) for name, messages in filled.items()}


def test_a_login_in_a_url(server, filled):
    """RFC 3986 2.1: user and password are percent-decoded; a file's password goes before."""
    at = f"@127.0.0.1:{server.imaps}"
    user, password = ALICE.replace("@", "%40"), "".join(f"%{octet:02x}" for octet in PASSWORD.encode())
    file = ["--password-file", server.password_file]
    for login, options in ((f"{user}:{password}", []), (user, file), (f"{user}:wrong", file)):
        sum, _ = from_imap(server, "Url", "--any-certificate", *options, f"imaps://{login}{at}")
        assert sum["imported"] + sum["present"] == 1000
    done = server.run("import", "--any-certificate", BOB, f"imaps://{user}:wrong{at}")
    assert done.returncode == 1 and f"does not let {ALICE} in" in done.stderr


def test_an_imap_server_that_does_not_let_in(server, tmp_path):
    (tmp_path / "wrong").write_text("guess\n")
    done = server.run("import", "--password-file", str(tmp_path / "wrong"), "--any-certificate", BOB,
                      f"imaps://{ALICE}@127.0.0.1:{server.imaps}")
    assert done.returncode == 1 and "does not let alice@home.test in" in done.stderr and "run the same" not in done.stderr
    done = server.run("import", "--password-file", str(server.password_file), BOB, f"imaps://{ALICE}@127.0.0.1:{server.imaps}")
    assert done.returncode == 1 and "certificate of 127.0.0.1 is not good" in done.stderr and "run the same" not in done.stderr


class OldServer(threading.Thread):
    """A server as Courier is: names below INBOX., no AUTH=PLAIN; what it tells in between must be heeded."""

    def __init__(self, messages, missing=(), expunge_at=None):
        super().__init__(daemon=True)
        self.messages, self.missing, self.expunge_at = dict(messages), set(missing), expunge_at
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.commands = []
        self.start()

    def run(self):
        s, _ = self.listener.accept()
        with s, s.makefile("rb") as lines:
            s.sendall(b"* OK [ALERT] ready {5}\r\n")
            for line in lines:
                tag, _, command = line.decode().rstrip("\r\n").partition(" ")
                self.commands.append(command)
                s.sendall(self.answer(command) + f"{tag} OK done\r\n".encode())

    def fetched(self, numbers, items):
        uids = sorted(self.messages)
        for n in numbers:
            uid = uids[n - 1]
            yield b"* %d FETCH (" % n + items(uid, self.messages[uid]) + b")\r\n"

    def whole(self, uid, text):
        return b"UID %d BODY[] {%d}\r\n%s" % (uid, len(text), text)

    def header(self, uid, text):
        head = text.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        return b"BODY[HEADER] {%d}\r\n%s UID %d" % (len(head), head, uid)

    def answer(self, command):
        uids = sorted(self.messages)
        if command == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1 NAMESPACE\r\n"
        if command == "NAMESPACE":
            return b'* NAMESPACE (("INBOX." ".")) NIL (("#shared." "."))\r\n'
        if command.startswith("LIST"):
            return (b'* LIST (\\HasChildren) "." INBOX\r\n* LIST (\\Noselect) "." "INBOX.None"\r\n* LIST () "." {10}\r\nINBOX.A.B1\r\n'
                    b'* LIST () "." "#shared.x"\r\n')
        if command.startswith("LSUB"):
            return b'* LSUB () "." INBOX.A.B1\r\n'
        if command == 'EXAMINE "INBOX"':
            return b"* FLAGS (\\Seen)\r\n* %d EXISTS\r\n" % len(uids)
        if command.startswith("EXAMINE"):
            return b"* 0 EXISTS\r\n"
        if command.startswith("FETCH"):
            first, last = map(int, command.split()[1].split(":"))
            return b"".join(self.fetched(range(first, last + 1), lambda uid, text: (
                b'FLAGS (\\Seen \\Recent NonJunk) UID %d RFC822.SIZE %d INTERNALDATE "23-Jun-2000 02:56:55 +0200"' % (uid, len(text)))))
        if command.startswith("UID FETCH"):
            asked = [int(uid) for uid in command.split()[2].split(",")]
            given = [uids.index(uid) + 1 for uid in asked if uid not in self.missing]
            out = b"".join(self.fetched(given, self.whole if command.endswith("(UID BODY.PEEK[])") else self.header))
            if self.expunge_at in asked:
                out += b"* %d EXPUNGE\r\n" % (uids.index(self.expunge_at) + 1)
                del self.messages[self.expunge_at]
                self.expunge_at = None
            return out
        assert command.startswith('LOGIN "a@x" "'), command
        return b""


def test_an_old_imap_server(server):
    """What goes away meanwhile shifts the numbers of the others; what does not come is named."""
    texts = {3 * i + 1: b"Subject: %d\r\n\r\nNUL \0 %d\r\n" % (i, i) for i in range(1200)}
    old = OldServer(texts, missing=[301], expunge_at=7)
    source = ["--clear-text", "--password-file", server.password_file, f"imap://a@x@127.0.0.1:{old.port}"]
    sum, said = from_imap(server, "Old", *source, ok=False)
    assert (sum["imported"], sum["refused"], sum["mailboxes"]) == (1199, 1, 2)
    assert "the message with UID 301: the other server did not give it" in said
    with Imap(server, BOB) as bob:
        found = bob.messages("Old/INBOX")
        assert {m[0] for m in found} == {hashlib.sha256(text).hexdigest() for uid, text in texts.items() if uid != 301}
        assert {m[1:] for m in found} == {(frozenset(["\\Seen", "NonJunk"]), "23-Jun-2000 00:56:55 +0000")}
        assert "Old/A/B1" in bob.names() and not any("shared" in name or "None" in name for name in bob.names())
    again = OldServer(texts)
    sum, _ = from_imap(server, "Old", *source[:3], f"imap://a@x@127.0.0.1:{again.port}")
    assert (sum["imported"], sum["present"]) == (1, 1199)
    assert sum["octets"] == len(texts[301])


def test_an_account_that_is_full(server):
    """Our own no ends the import: the other server, which gave all, is not blamed, and to run it again would not help."""
    full = server.add_account("full@home.test", "--quota", "100000")["account"]
    other = OldServer({uid: b"Subject: %d\r\n\r\n" % uid + b"x" * 30000 for uid in range(1, 40)})
    sum, said = run_import(server, "--clear-text", "--password-file", server.password_file, full,
                           f"imap://a@x@127.0.0.1:{other.port}", ok=False)
    assert (sum["imported"], sum["refused"]) == (0, 0)
    [line] = said.splitlines()
    assert "full" in line and "the other server" not in line


class Wrong(OldServer):
    """Tells of messages that go away and were never there."""

    def answer(self, command):
        return super().answer(command) + (b"* 1 EXPUNGE\r\n* 0 EXPUNGE\r\n* 9 EXPUNGE\r\n" if command.startswith("FETCH") else b"")


def test_an_imap_server_that_counts_wrong(server):
    """RFC 9051 7.5.1: there is no message 0; the import ends, with all there is."""
    wrong = Wrong({1: b"Subject: 1\r\n\r\nx\r\n"})
    sum, _ = from_imap(server, "Wrong", "--clear-text", "--password-file", server.password_file, f"imap://a@x@127.0.0.1:{wrong.port}")
    assert (sum["imported"], sum["refused"]) == (1, 0)


@pytest.mark.parametrize("url", ["imap://x.test", "imaps://a@x.test/INBOX", "pop3://a@x.test", "imaps://@x.test", "imaps://a@", "imaps://a%@x.test"])
def test_what_is_no_server(server, url):
    done = server.run("import", BOB, url)
    assert done.returncode == 1 and "write imaps://user@host" in done.stderr


def test_an_imap_server_without_tls(server):
    """The password is not sent in clear text unless it was said."""
    old = OldServer({})
    done = server.run("import", "--password-file", str(server.password_file), BOB, f"imap://a@x@127.0.0.1:{old.port}")
    assert done.returncode == 1 and "has no STARTTLS" in done.stderr
    old.join(timeout=30)
    assert old.commands == ["CAPABILITY"]


def test_the_server_is_killed(directory, tmp_path):
    """What it had said is there is there once, and the rest comes when it is run again."""
    server = Postrider(directory / "killed")
    server.start()
    texts = list(varied(3000, 9))
    (tmp_path / "box").write_bytes(b"".join(mboxrd(text, 961729015 + i % 60, FLAGS[i % 6]) for i, text in enumerate(texts)))
    process = subprocess.Popen([PROGRAM, "import", "-c", str(server.config), "--kind", "mboxrd", ALICE, str(tmp_path / "box")],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    until(lambda: len(server.mailbox(ALICE)) or process.poll() is not None, what="some messages")
    server.kill()
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 1 and "run the same again" in said
    server.start()
    before = len(server.mailbox(ALICE))
    assert 0 < before < 3000
    sum, _ = run_import(server, "--kind", "mboxrd", ALICE, tmp_path / "box")
    assert (sum["present"], sum["imported"]) == (before, 3000 - before)
    with Imap(server, ALICE) as alice:
        assert [m[0] for m in alice.messages("INBOX")] == [digest(text) for text in texts]
    assert server.stop() == 0


def test_progress(server, tmp_path):
    """A bar on a terminal, lines when piped."""
    (tmp_path / "box").write_bytes(b"".join(mboxrd(text, 961729015, "") for text in varied(3000, 11)))
    command = [PROGRAM, "import", "-c", str(server.config), "--kind", "mboxrd", "--mailbox", "Bar", BOB, str(tmp_path / "box")]
    main, other = pty.openpty()
    process = subprocess.Popen(command, stdout=other)
    os.close(other)
    seen = b""
    with contextlib.suppress(OSError):  # the end of a terminal
        while part := os.read(main, 65536):
            seen += part
    os.close(main)
    assert process.wait() == 0
    assert re.search(rb"\rBar +\[#* *\] +\d+ %  \d+ messages, \d+/s\x1b\[K", seen), seen[-500:]
    assert b"3000 messages imported, 0 were there already, 0 refused; 1 mailboxes" in seen.rsplit(b"\x1b[K", 1)[1]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == f"Bar: 0 messages of {tmp_path}/box, 3000 were there already" and "\r" not in done.stdout


class Control:
    """The server's control socket, spoken by hand."""

    def __init__(self, server):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(server.directory / "control"))
        self.stream = self.socket.makefile("rwb")

    def ask(self, octets=b"", **request):
        self.stream.write(json.dumps(request).encode() + b"\n" + octets)
        self.stream.flush()
        return json.loads(self.stream.readline() or b"null")


@pytest.mark.parametrize("request_, octets, error", [
    ({"messages": []}, b"", "SYNTAX"),
    ({"messages": "x"}, b"", "SYNTAX"),
    ({"messages": [{"size": -1}]}, b"", "SYNTAX"),
    ({"messages": [{"size": 1 << 40}]}, b"", "SYNTAX"),
    ({"messages": [{"size": 1}] * 501}, b"", "SYNTAX"),
    ({"messages": [{"size": 5}], "account": "nobody@home.test"}, b"a: b\r", "NOT_FOUND"),
    ({"messages": [{"size": 5}], "account": None}, b"a: b\r", "SYNTAX"),
    ({"messages": [{"size": 5}], "mailbox": "None"}, b"a: b\r", "NOT_FOUND"),
    ({"messages": [{"size": 300000}, {"size": 300000}]}, b"x" * 600000, "TOO_BIG"),
])
def test_bad_requests_are_told(server, request_, octets, error):
    """Nothing is kept, and where the octets that follow are counted the dialogue goes on."""
    c = Control(server)
    before = c.ask(call="mailboxes", account=BOB)
    answer = c.ask(octets, **{"call": "append", "account": BOB, "mailbox": "INBOX"} | request_)
    assert answer["ok"] is False and answer["error"] == error, answer
    if not octets:
        assert c.stream.read() == b""
        c = Control(server)
    assert c.ask(call="mailboxes", account=BOB) == before


def test_one_of_several_is_refused(server):
    """Flags that cannot be are lost, a message that cannot be kept is named, the others are there."""
    c = Control(server)
    assert c.ask(call="make", account=BOB, mailbox="Several")["ok"]
    good = b"Subject: x\r\n\r\nx\r\n"
    answer = c.ask(good + good, call="append", account=BOB, mailbox="Several", messages=[
        {"size": len(good), "flags": "\\Seen bad{word ok", "date": 7}, {"size": 0}, {"size": len(good), "flags": "\\Unknown"}])
    assert answer == {"ok": True, "kept": 2, "flags_lost": 2, "refused": [{"message": 1, "what": "it is empty"}]}
    with Imap(server, BOB) as bob:
        assert [m[1] for m in bob.messages("Several")] == [{"\\Seen", "ok"}, set()]
