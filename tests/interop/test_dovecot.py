"""Debian's Dovecot and `postrider import` and `export`: mail comes from it by IMAP and from its files, and it serves what goes out."""
import imaplib
import pathlib
import subprocess
import time

import ends
import fetch
import pytest
from dovecot import Dovecot
from harness import BOB, Postrider

if not pathlib.Path("/usr/lib/dovecot/imap").exists():
    pytest.skip("dovecot-imapd is not installed", allow_module_level=True)

BOXES = {"INBOX": "INBOX", "Lists.C": "Lists/C", "Entw&APw-rfe": "Entw&APw-rfe"}  # as a Maildir and as an mbox name them


@pytest.fixture
def server(tmp_path):
    """With nothing in it."""
    made = Postrider(tmp_path / "server")
    made.start()
    yield made
    assert made.stop() == 0


@pytest.fixture
def dovecot():
    made = Dovecot("imap", {"mab": "mbox:{dir}/mail/mab:INBOX={dir}/mail/mab/inbox"})
    yield made
    made.stop()


@pytest.fixture
def sources(letters):
    return [ends.Source(s.name, s.octets, s.flags + (("work", "$Forwarded") if i % 7 == 0 else ()), s.date) for i, s in enumerate(letters)]


def login(dovecot, name):
    client = imaplib.IMAP4("127.0.0.1", dovecot.imap, timeout=60)
    client.login(f"{name}@corp.test", "any")
    return client


def differing(got, want):
    """The first few letters that differ, for people."""
    return [(box, name, got.get(box, {}).get(name), letter) for box in want for name, letter in want[box].items()
            if got.get(box, {}).get(name) != letter][:5] + [set(got) ^ set(want)]


def end_of(client, boxes):
    end = {}
    for box, name in boxes.items():
        end[name] = {}
        n = int(fetch.ok(client.select(f'"{box}"', readonly=True))[0])
        answer = fetch.ok(client.fetch(f"1:{n}", "(FLAGS INTERNALDATE BODY.PEEK[])")) if n else []
        for head, octets in (part for part in answer if isinstance(part, tuple)):
            flags = [flag.decode() for flag in imaplib.ParseFlags(head)]
            ends.put(end[name], octets, flags, int(time.mktime(imaplib.Internaldate2tuple(head))))
    return end


def fill(dovecot, name, boxes, sources):
    """A third of the letters in each mailbox, by IMAP; what Dovecot says is there then."""
    client = login(dovecot, name)
    for i, box in enumerate(boxes):
        if i:
            fetch.ok(client.create(f'"{box}"'))
            fetch.ok(client.subscribe(f'"{box}"'))
        ends.append(client, f'"{box}"', sources[i::3])
    end = end_of(client, {box: BOXES.get(box, box) for box in boxes})
    client.logout()
    return end


def bring(server, into, *source):
    done = server.run("import", "--json", "--mailbox", into, *map(str, source[:-1]), BOB, str(source[-1]), timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr


def bobs(server, below):
    client = fetch.imap(server, BOB)
    end = end_of(client, {f"{below}/{name}": name for name in BOXES.values()})
    client.logout()
    return end


def test_from_a_running_dovecot(server, dovecot, sources):
    want = fill(dovecot, "ann", BOXES, sources)
    options = ["--clear-text", "--password-file", server.password_file]
    bring(server, "Moved", *options, f"imap://ann@corp.test@127.0.0.1:{dovecot.imap}")
    assert bobs(server, "Moved") == want
    bring(server, "Moved", *options, f"imap://ann@corp.test@127.0.0.1:{dovecot.imap}")
    assert bobs(server, "Moved") == want


def test_from_a_maildir_of_dovecot(server, dovecot, sources):
    want = fill(dovecot, "ann", BOXES, sources)
    bring(server, "Files", dovecot.directory / "mail" / "ann")
    assert bobs(server, "Files") == want


def test_from_mboxes_of_dovecot(server, dovecot, sources):
    """It keeps dates in the zone of the machine."""
    want = fill(dovecot, "mab", {name: name for name in BOXES.values()}, sources)
    bring(server, "Mboxes", "--local", dovecot.directory / "mail" / "mab")
    got = bobs(server, "Mboxes")
    assert got == want, differing(got, want)


def serve(dovecot, name):
    subprocess.run(["chown", "-R", "nobody:nogroup", dovecot.directory / "mail" / name], check=True)


def test_dovecot_serves_a_maildir_of_ours(server, dovecot, sources):
    want = fill(dovecot, "ann", BOXES, sources)
    bring(server, "x", dovecot.directory / "mail" / "ann")
    out = dovecot.directory / "mail" / "bea"
    done = server.run("export", "--json", "--to", "maildir", BOB, str(out))
    assert done.returncode == 0, done.stderr
    serve(dovecot, "bea")
    client = login(dovecot, "bea")
    assert end_of(client, {"x." + box: name for box, name in BOXES.items()}) == want
    assert any(b"x.Lists.C" in line for line in client.lsub()[1])
    client.logout()


@pytest.mark.parametrize("kind", ["mboxrd", "mboxcl2"])
def test_dovecot_serves_mboxes_of_ours(server, dovecot, sources, kind):
    """Its names are modified UTF-7, ours UTF-8; and it knows no keywords that its own X-IMAPbase does not name."""
    boxes = dict(list(BOXES.items())[:2])
    filled = fill(dovecot, "ann", BOXES, sources)
    want = {box: {name: letter._replace(flags=tuple(f for f in letter.flags if f[0] == "\\")) for name, letter in filled[box].items()}
            for box in boxes.values()}
    bring(server, "x", dovecot.directory / "mail" / "ann")
    out = dovecot.directory / "mail" / "mab"
    done = server.run("export", "--json", "--kind", kind, BOB, str(out))
    assert done.returncode == 0, done.stderr
    serve(dovecot, "mab")
    client = login(dovecot, "mab")
    got = end_of(client, {f"x/{name}.mbox": name for name in boxes.values()})
    assert got == want, differing(got, want)
    client.logout()
