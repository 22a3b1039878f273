"""Files that run when they are opened are refused in the dialogue, whoever sends them, and the refusal tells what to do."""
import base64
import contextlib
import os
import signal

import pytest

from harness import ALICE, BOB, until

FAR = "x@away.test"


def letter(name, body=b"MZ...", kind="application/octet-stream"):
    coded = base64.encodebytes(body).replace(b"\n", b"\r\n")
    return (f"From: a <{FAR}>\r\nTo: <{ALICE}>\r\nSubject: {len(body)}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            f"--b\r\n\r\nlook\r\n--b\r\nContent-Type: {kind}\r\nContent-Disposition: attachment; filename={name}\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n").encode() + coded + b"--b--\r\n"


@pytest.mark.parametrize("name, shown", [
    ("evil.exe", "evil.exe"),
    ('"report.pdf.scr "', "report.pdf.scr"),
    ("\"=?utf-8?b?ZXZpbC5leGU=?=\"", "evil.exe"),
    ("\"=?utf-7?q?evil+AC4-exe?=\"", "evil.exe"),  # RFC 2152
    ('"evil%2Eexe"', "evil.exe"),
    ('"=?iso-2022-jp?Q?evil.e=1B(Bxe?="', "evil.exe"),  # RFC 1468
    ('"=?utf-8?B?ZXZp bC5leGU=?="', "evil.exe"),
])
def test_refused_with_what_to_do(server, name, shown):
    with server.session() as s:
        s.hello()
        reply = str(s.message(FAR, [ALICE], letter(name), codes=(550,)))
    for words in ("5.7.1", f"{shown} is not taken", "zip file"):
        assert words in reply, reply
    until(lambda: "step=attachments value=program action=reject" in server.log_text(), what="a line in the log")


@pytest.mark.parametrize("before, after", [
    (b"multipart/mixed; boundary=b\r\n\r\n", b"multipart/mixed; boundary=a; boundary=b\r\n\r\n--a\r\n\r\n"),
    (b"Content-Type: multipart/mixed", b"Content-Type: text/plain\r\nContent-Type: multipart/mixed"),
    (b"MIME-Version: 1.0\r\n", b"a broken line\r\n"),
    (b"multipart/mixed; boundary=b", b"multipart/mixed"),
])
def test_parts_that_only_some_see(server, before, after):
    """RFC 2045 5, RFC 2046 5.1.1: mail programs disagree about such messages, so each reading counts."""
    message = letter("evil.exe")
    assert before in message
    with server.session() as s:
        s.hello()
        assert "evil.exe is not taken" in str(s.message(FAR, [ALICE], message.replace(before, after), codes=(550,)))
        s.message(FAR, [ALICE], message.replace(before, after).replace(b"evil.exe", b"evil.txt"))


def test_what_is_sent_by_us_too(server, tmp_path):
    """Submission (RFC 6409), and the control socket."""
    message = letter("evil.exe").replace(f"From: a <{FAR}>".encode(), f"From: <{ALICE}>".encode())
    with server.logged_in() as s:
        assert "evil.exe is not taken" in str(s.message(ALICE, [FAR], message, codes=(550,)))
    (tmp_path / "evil.exe").write_bytes(b"MZ")
    done = server.run("send", "--from", ALICE, "--to", BOB, "--body", "look", "--attach", str(tmp_path / "evil.exe"))
    assert done.returncode and "evil.exe is not taken" in done.stdout + done.stderr


def test_a_description_names_what_has_no_other_name(server):
    nameless = letter("x").replace(b"Content-Disposition: attachment; filename=x\r\n", b"Content-Description: evil.exe\r\n")
    with server.session() as s:
        s.hello()
        assert "evil.exe is not taken" in str(s.message(FAR, [ALICE], nameless, codes=(550,)))
        s.message(FAR, [ALICE], letter("a.pdf").replace(b"\r\nContent-Disposition", b"\r\nContent-Description: evil.exe\r\nContent-Disposition"))


@pytest.mark.parametrize("name", ["evil.zip", "exe", "evil.exe.txt", "a.command"])
def test_others_pass(server, name):
    with server.session() as s:
        s.hello()
        s.message(FAR, [ALICE], letter(name))


def test_only_strict_opens_archives(server):
    from test_archives import EVIL, PE, zipped
    with server.session() as s:
        s.hello()
        s.message(FAR, [ALICE], letter("a.zip", zipped(EVIL)))
        s.message(FAR, [ALICE], letter("a.pdf", PE))


@pytest.mark.parametrize("size", [200, 3_000_000])
def test_large_ones_are_looked_into_where_they_lie(server, size):
    """A body past store.blob_threshold is in a file of the store; what was refused leaves none."""
    blobs = server.directory / "data" / "blobs"
    before = sorted(os.listdir(blobs)) if blobs.exists() else []
    with server.session() as s:
        s.hello()
        message = letter("evil.cmd", os.urandom(size))
        assert "evil.cmd is not taken" in str(s.message(FAR, [ALICE], message, codes=(550,)))
        s.message(FAR, [ALICE], message.replace(b"evil.cmd", b"evil.txt"))
    assert server.wait_mail(ALICE, subject=str(size))
    if before or size < 1000:
        assert len(os.listdir(blobs)) <= len(before) + 1


def test_nobody_passes_while_nobody_looks(server):
    """Whoever kills the role that looks has no way in; the next message is looked into again."""
    pid = server.roles()["inspect"]
    os.kill(pid, signal.SIGSTOP)
    try:
        with server.session() as s:
            s.hello()
            s.envelope(FAR, ALICE)
            s.ask("DATA", 354)
            s.send(letter("evil.exe") + b".\r\n")
            os.kill(pid, signal.SIGKILL)
            s.expect(451, 550)  # a new one may look into it
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until(lambda: server.roles().get("inspect", pid) != pid, what="a new inspect")
    with server.session() as s:
        s.hello()
        s.message(FAR, [ALICE], letter("evil.exe"), codes=(550,))
        s.message(FAR, [ALICE], letter("evil.txt"))


def test_each_recipient_is_answered_alone(server):
    """RFC 2033 4.2: who refuses it refuses it alone, also with a tag that leads to a mailbox of its own."""
    server.run("account", "set", "--tags", "mailbox", ALICE, check=True)
    server.run("account", "set", "--defence", "attachments=off", BOB, check=True)
    try:
        with server.session(server.lmtp) as s:
            s.expect(220)
            s.ask("LHLO front.test", 250)
            s.envelope(FAR, ALICE.replace("@", "+Sent@"), BOB)
            s.ask("DATA", 354)
            s.send(letter("evil.exe", b"MZ" * 77) + b".\r\n")
            assert "evil.exe is not taken" in str(s.expect(550))
            s.expect(250)
        assert server.wait_mail(BOB, subject="154")
    finally:
        server.run("account", "set", "--defence", "none", BOB, check=True)
        server.run("account", "set", "--tags", "on", ALICE, check=True)
