"""Viruses: a real clamd with signatures of ours finds them wherever they are, what it cannot say is never clean, and without it
lists of hashes do."""
import base64
import hashlib
import io
import itertools
import json
import os
import quopri
import re
import signal
import socket
import threading
import zipfile

import pytest

from harness import ALICE, BOB, Postrider, until
from scanner import EICAR, INTENT, STREAM_MAX, Clamd, Door

FAR = "x@away.test"
FOUND = "Eicar-Test-Signature"
NAUGHTY = b"a naughty file"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def clamd(directory):
    made = Clamd(directory / "clamd")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def door(directory, clamd):
    return Door(directory / "door", clamd.path)


@pytest.fixture(autouse=True)
def opened(request):
    if "door" in request.fixturenames:
        request.getfixturevalue("door").turn("open")


def start(directory, settings, **kw):
    made = Postrider(directory, settings="defence { attachments = off " + settings + " }", **kw)
    made.start()
    return made


@pytest.fixture(scope="module")
def server(directory, door):
    made = start(directory / "server", f"clamd = \"unix:{door.path}\" scan_time = 2s")
    yield made
    assert made.stop() == 0


def coded(octets):
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")


def multipart(*parts, boundary=b"b"):
    return (b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n"
            + b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n")


def file(octets, name=b"invoice.doc", kind=b"application/octet-stream"):
    return (b"Content-Type: " + kind + b"\r\nContent-Disposition: attachment; filename=" + name
            + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + coded(octets))


def letter(content, subject="letter", sender=FAR):
    return f"From: <{sender}>\r\nTo: <{ALICE}>\r\nSubject: {subject}\r\n".encode() + content


def with_file(octets=EICAR, **kw):
    return letter(multipart(b"\r\nlook\r\n", file(octets)), **kw)


def zipped(octets):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("inner.doc", octets)
    return out.getvalue()


def say(server, message, codes, rcpt=ALICE):
    with server.session() as s:
        s.hello()
        return str(s.message(FAR, [rcpt], message, codes=codes))


def subject():
    return f"number {next(NUMBERS)}"


INNER = letter(multipart(b"\r\nlook\r\n", file(EICAR), boundary=b"c"))
PLACES = {
    "base64": (multipart(b"\r\nlook\r\n", file(EICAR)), "invoice.doc"),
    "quoted-printable": (multipart(b"Content-Type: application/x; name=q.bin\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                                   + quopri.encodestring(EICAR)), "q.bin"),
    "7bit": (multipart(b"Content-Type: application/x; name=p.bin\r\n\r\n" + EICAR), "p.bin"),
    "the whole body": (b"MIME-Version: 1.0\r\n" + file(EICAR), "invoice.doc"),
    "message/rfc822": (multipart(b"Content-Type: message/rfc822\r\n\r\n" + INNER), "invoice.doc"),
    "message/rfc822, encoded": (multipart(file(INNER, b"inner.eml", b"message/rfc822")), r"(inner\.eml|invoice\.doc)"),
    "a zip file": (multipart(file(zipped(EICAR), b"a.zip", b"application/zip")), r"a\.zip"),
    "a zip file in a zip file": (multipart(file(zipped(zipped(EICAR)), b"a.zip", b"text/plain")), r"a\.zip"),
    "without a name": (multipart(b"Content-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\n" + coded(EICAR)), "a file"),
    "text, said to be base64": (b"MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n" + coded(EICAR), "the text"),
    "behind foreign octets": (multipart(file(EICAR).replace(b"WDVP", b"WD*V-P")), "invoice.doc"),
}


@pytest.mark.parametrize("place", PLACES)
def test_found_wherever_it_is(server, place):
    """RFC 2045 6.7, 6.8; RFC 2046 5.2.1."""
    content, where = PLACES[place]
    reply = say(server, letter(content), (550,))
    assert re.search(f"5.7.1 {where} holds {FOUND}.*remove it and send again.*postmaster", reply), reply


def test_found_in_the_rest(server):
    """Signatures over whole mails, too."""
    reply = say(server, letter(b"\r\n" + INTENT + b"\r\n"), (550,))
    assert "the text holds Own.Mail" in reply, reply
    assert "Own.File" in say(server, with_file(b"so " * 40000 + NAUGHTY), (550,))  # a body in a file of the store
    until(lambda: "step=virus value=infected action=reject" in server.log_text(), what="a line in the log")


def looked(server, reply):
    """What `why` tells of the step in a message that was taken."""
    told = json.loads(server.run("why", "--json", re.search(r"committed as (\w+)", reply)[1], check=True).stdout)
    [row] = [row for row in told["defence"] if row["step"] == "virus"]
    return row["result"], row["value"], row["words"]


def test_in_out_and_local(server, door):
    """By submission (RFC 6409) elsewhere and to a mailbox here, by LMTP (RFC 2033), and what is clean passes."""
    for rcpt in (FAR, BOB):
        with server.logged_in() as s:
            assert FOUND in str(s.message(ALICE, [rcpt], with_file(sender=ALICE), codes=(550,)))
    with server.session(server.lmtp) as s:
        s.expect(220)
        s.ask("LHLO front.test", 250)
        s.envelope(FAR, ALICE)
        s.ask("DATA", 354)
        s.send(with_file() + b".\r\n")
        assert FOUND in str(s.expect(550))
    clean = subject()
    with server.logged_in() as s:
        taken = s.message(ALICE, [BOB], with_file(b"a good file", subject=clean, sender=ALICE))
    assert looked(server, str(taken)) == ("passed", "clean", "clamd: clean")
    assert b"X-Postrider-Defence" not in server.wait_mail(BOB, subject=clean)


@pytest.mark.parametrize("action, mailbox, field", [("observe", "INBOX", False), ("tag", "INBOX", True), ("junk", "Junk", True),
                                                    ("quarantine", "Quarantine", True), ("off", "INBOX", False)])
def test_what_follows_is_set(server, action, mailbox, field):
    server.run("account", "set", "--defence", f"virus={action}", ALICE, check=True)
    mine = subject()
    message = re.search(r"committed as (\w+)", say(server, with_file(subject=mine), (250,)))[1]
    text = kept(server, mine, mailbox)
    assert (b"X-Postrider-Defence: virus=infected;" in text) == field
    shown = server.run("why", message).stdout
    assert (FOUND in shown) == (action != "off"), shown
    server.run("account", "set", "--defence", "none", ALICE, check=True)


def kept(server, subject, mailbox):
    """The text in alice's mailbox of that name, once it is there."""
    def rows():
        done = server.run("mailbox", "list", "--json", ALICE, mailbox, check=True)
        return [row["uid"] for row in map(json.loads, done.stdout.splitlines()) if row["subject"] == subject]
    [uid] = until(rows, what=f"mail in {mailbox}")
    return server.run("mailbox", "show", ALICE, mailbox, str(uid), check=True, text=False).stdout


def test_the_same_file_is_scanned_once(server, door):
    """To the second who gets it clamd is asked about the rest of the message alone."""
    octets = os.urandom(100_000)
    say(server, with_file(octets, subject=subject()), (250,))
    before = door.octets
    assert before >= len(octets)
    for _ in range(3):
        say(server, with_file(octets, subject=subject()), (250,))
    assert door.octets - before < 3 * 2000


def test_a_connection_is_used_again(server, door):
    say(server, with_file(os.urandom(100)), (250,))
    before = door.connections
    for _ in range(3):
        say(server, with_file(os.urandom(100)), (250,))
    assert door.connections == before


@pytest.fixture(scope="module", params=["tag", "pass", "tempfail"])
def failing(request, directory, door):
    made = start(directory / request.param, f"clamd = \"unix:{door.path}\" scan_time = 500ms scan_failure = {request.param}",
                 one_process=request.param == "tempfail")
    made.means = request.param
    yield made
    assert made.stop() == 0


@pytest.mark.parametrize("mode", ["gone", "deaf", "silent", "half", "garbage", "too large"])
def test_what_nobody_looked_at_is_not_clean(failing, door, mode):
    """Neither is it refused for good.  As soon as clamd answers again it finds again."""
    door.turn("open" if mode == "too large" else mode)
    mine = subject()
    message = with_file(os.urandom(STREAM_MAX + 1) if mode == "too large" else NAUGHTY + os.urandom(20), subject=mine)
    say(failing, message, (451,) if failing.means == "tempfail" else (250,))
    if failing.means != "tempfail":
        text = failing.wait_mail(ALICE, subject=mine)
        assert (b"X-Postrider-Defence: virus=unknown;" in text) == (failing.means == "tag")
    if mode != "too large":
        until(lambda: " scanner_failed reason=" in failing.log_text(), what="why")
    until(lambda: f"value=unknown action={failing.means}" in failing.log_text()
          or failing.means == "tempfail", what="a line in the log")
    door.turn("open")
    say(failing, with_file(NAUGHTY + os.urandom(20)), (550,))
    say(failing, with_file(b"a good file"), (250,))


def test_lists_of_hashes_without_clamd(directory):
    """ClamAV's manual, "File hash signatures": MD5, SHA-1, SHA-256, with and without a size; EICAR needs no line.  Read again at
    SIGHUP.  The usual clamd may be absent, which is told once."""
    known = {kind: f"a file that {kind} knows".encode() for kind in ("md5", "sha1", "sha256")}
    hdb, hsb = directory / "own.hdb", directory / "own.hsb"
    hdb.write_text(f"# ours\n{hashlib.md5(known['md5']).hexdigest()}:{len(known['md5'])}:Own.md5\nno such line\n")
    hsb.write_text(f"{hashlib.sha1(known['sha1']).hexdigest()}:*:Own.sha1:73\n{hashlib.sha256(known['sha256']).hexdigest()}:{len(known['sha256']) + 1}:Own.wrong\n"
                   f"{hashlib.sha256(known['sha256']).hexdigest().upper()}:{len(known['sha256'])}:Own.sha256")
    server = start(directory / "hashes", f"hashes = {{ \"{hdb}\", \"{hsb}\" }}")
    try:
        for kind, octets in known.items():
            assert f"invoice.doc holds Own.{kind}," in say(server, with_file(octets), (550,))
        assert FOUND in say(server, with_file(EICAR + b"\r\n"), (550,))
        assert FOUND in say(server, letter(PLACES["message/rfc822, encoded"][0]), (550,))
        taken = say(server, with_file(b"new"), (250,))
        if not os.path.exists("/run/clamav/clamd.ctl"):  # defence.clamd = auto
            assert looked(server, taken) == ("passed", "none-known", "hashes: none known; only lists of hashes looked, for there is no clamd (defence.clamd)")
            assert server.log_text().count(" scanner_absent ") == 1
        say(server, letter(b"\r\n" + b"about " + EICAR + b"\r\n"), (250,))
        assert "hashes=4 bad=1 first_bad=\"no such line\"" in server.log_text(), server.log_text()
        hdb.write_text(f"{hashlib.md5(b'new').hexdigest()}:3:Own.new\n")
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "hashes=4 bad=0" in server.log_text(), what="new lists")
        assert "Own.new" in say(server, with_file(b"new"), (550,))
        say(server, with_file(known["md5"]), (250,))
        hdb.unlink()
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "reload_refused" in server.log_text(), what="a complaint")
        assert "Own.new" in say(server, with_file(b"new"), (550,))
    finally:
        assert server.stop() == 0


def test_by_tcp(directory, clamd):
    """An address and port instead of a path."""
    listener = socket.create_server(("127.0.0.1", 0))
    door = Door(None, clamd.path)
    threading.Thread(target=door.serve, args=(listener,), daemon=True).start()
    server = start(directory / "tcp", f"clamd = \"127.0.0.1:{listener.getsockname()[1]}\"")
    try:
        assert FOUND in say(server, with_file(), (550,))
        say(server, with_file(b"a good file"), (250,))
    finally:
        assert server.stop() == 0
        listener.close()
