"""LMTP both ways (RFC 2033): Python's client against us over TCP and a Unix socket; out to a scripted server and to Dovecot."""
import os
import smtplib
import socket
import stat
import threading
import uuid

import pytest

from dovecot import Dovecot
from harness import ALICE, BOB, Postrider

SETTINGS = "listen { lmtp_socket = lmtp  lmtp_socket_mode = \"0600\" }"


def text(subject):
    return f"From: x@elsewhere.test\r\nSubject: {subject}\r\n\r\nx\r\n".encode()


def client(server, how):
    return smtplib.LMTP(str(server.directory / "lmtp")) if how == "socket" else smtplib.LMTP("127.0.0.1", server.lmtp)


def deliver(c, to, octets):
    """The codes of the RCPTs, and of the replies after the text: smtplib's sendmail reads the first of these alone."""
    c.ehlo_or_helo_if_needed()
    c.mail("x@elsewhere.test")
    codes = [c.rcpt(address)[0] for address in to]
    after = [c.data(octets)[0]]
    after += [c.getreply()[0] for _ in range(codes.count(250) - 1)]
    return codes, after


@pytest.mark.parametrize("how", ["tcp", "socket"])
def test_in(server, how):
    """RFC 2033 4.2: who is not here is refused at RCPT, the others have it; each has a record of its own."""
    subject = str(uuid.uuid4())
    with client(server, how) as c:
        assert deliver(c, [ALICE, "nobody@home.test", BOB], text(subject)) == ([250, 550, 250], [250, 250])
        assert c.noop()[0] == 250
    for account in (ALICE, BOB):
        got = server.wait_mail(account, subject=subject)
        assert b" with LMTP id " in got and got.endswith(text(subject))
        assert got.startswith(b"Return-Path: <x@elsewhere.test>\r\n")
    [row] = [r for r in server.mailbox(BOB) if r["subject"] == subject]
    records = server.agreed(row["message"])
    assert [(r["address"], r["state"]) for r in records] == [(ALICE, "delivered"), (BOB, "delivered")]
    assert server.status(row["message"])["message"]["client_address"] == ("127.0.0.1" if how == "tcp" else None)


def test_socket_has_its_mode(server):
    mode = os.stat(server.directory / "lmtp").st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600


def test_socket_outlives_a_restart(directory):
    """What an earlier server left is taken away; it listens there again."""
    made = Postrider(directory / "again", settings=SETTINGS).start()
    made.kill()
    made.start()
    with client(made, "socket") as c:
        assert deliver(c, [ALICE], text("again")) == ([250], [250])
    assert made.stop() == 0


class Lmtp:
    """A server that answers each recipient by its local part: "r550", "d452" and so on after the text; others 250."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.verbs = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, connection.makefile("rwb") as stream:
            def say(line):
                stream.write(line.encode() + b"\r\n")
                stream.flush()
            say("220 lmtp.test LMTP")
            recipients = []
            for line in stream:
                verb = line[:4].decode().upper()
                self.verbs.append(verb)
                if verb == "LHLO":
                    say("250-lmtp.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES")
                elif verb == "RCPT":
                    local = line.split(b"<")[1].split(b"@")[0].decode()
                    if local == "unknown":
                        say("550 5.1.1 no such user")
                    else:
                        recipients.append(local)
                        say("250 2.1.5 ok")
                elif verb == "DATA":
                    say("354 go on")
                    while stream.readline() != b".\r\n":
                        pass
                    for local in recipients:
                        say(f"{local[1:]} {local[1]}.2.2 {local}" if local[1:].isdigit() else f"250 2.1.5 {local} has it")
                    recipients = []
                elif verb == "QUIT":
                    say("221 bye")
                    return
                else:
                    say("250 ok")


@pytest.fixture(scope="module")
def sending(directory, network):
    """Sends script.test's mail to a scripted LMTP server, corp.test's to a Dovecot."""
    far, dovecot = Lmtp(), Dovecot()
    made = Postrider(directory / "sending", dns=network.dns, remote_port=network.port,
                     settings=f'delivery {{ routes = {{"script.test lmtp 127.0.0.1:{far.port}", "corp.test lmtp 127.0.0.1:{dovecot.port}"}} }}')
    made.start()
    yield made, far, dovecot
    assert made.stop() == 0
    dovecot.stop()
    far.listener.close()


def test_out_each_its_own(sending):
    """RFC 2033 4.2: replies after the text belong to the RCPTs that were taken, in their order; feedback is per recipient."""
    server, far, _ = sending
    to = ["ann@script.test", "r552@script.test", "unknown@script.test", "d452@script.test", "bea@script.test"]
    status, message, _ = server.send("--from", ALICE, *[w for a in to for w in ("--to", a)], "--subject", "mixed", "--body", "x", wait="5s")
    rows = {r["address"]: r for r in server.status(message)["recipients"]}
    assert {a: rows[a]["state"] for a in to} == {"ann@script.test": "delivered", "r552@script.test": "refused", "unknown@script.test": "refused",
                                                "d452@script.test": "deferred", "bea@script.test": "delivered"}
    assert rows["r552@script.test"]["code"] == 552 and rows["r552@script.test"]["text"] == "r552"
    assert rows["d452@script.test"]["code"] == 452 and rows["bea@script.test"]["text"] == "bea has it"
    assert "LHLO" in far.verbs and "EHLO" not in far.verbs


@pytest.fixture(params=["", "--one-process"], ids=["roles", "one process"])
def by_socket(request, directory, network):
    """Sends to the sockets of a Dovecot, of another server of ours, and to none."""
    dovecot = Dovecot()
    (dovecot.directory / "run").chmod(0o755)
    other = Postrider(directory / f"kept{bool(request.param)}", settings=SETTINGS).start()
    routes = {"corp.test": dovecot.directory / "run/lmtp", "home.test": other.directory / "lmtp", "none.test": directory / "none"}
    lines = ", ".join(f'"{domain} lmtp unix:{path}"' for domain, path in routes.items())
    made = Postrider(directory / f"front{bool(request.param)}", domain="front.test", dns=network.dns, one_process=bool(request.param),
                     settings=f"delivery {{ routes = {{{lines}}} }}")
    made.start()
    yield made, other, dovecot
    assert made.stop() == 0 and other.stop() == 0
    dovecot.stop()


def test_out_to_dovecot(sending):
    """A server that nobody here wrote: who is there has it, who is not is refused, in one transaction."""
    server, _, dovecot = sending
    subject = str(uuid.uuid4())
    to = ["ann@corp.test", "nobody@corp.test", "bea@corp.test"]
    _, message, _ = server.send("--from", ALICE, *[w for a in to for w in ("--to", a)], "--subject", subject, "--body", "hello")
    rows = {r["address"]: r for r in server.wait_state(message)}
    assert [(rows[a]["state"], rows[a]["code"]) for a in to] == [("delivered", 250), ("refused", 550), ("delivered", 250)]
    for name in ("ann", "bea"):
        [text] = [t for t in dovecot.texts(name) if subject.encode() in t]
        assert b"Return-Path: <alice@home.test>" in text and text.rstrip().endswith(b"hello")


def test_out_by_a_unix_socket(by_socket):
    """RFC 2033 over the sockets that delivery.routes name; one that is not there costs no message."""
    server, other, dovecot = by_socket
    subject, to = str(uuid.uuid4()), ["ann@corp.test", ALICE, "nobody@home.test", "x@none.test"]
    _, message, _ = server.send("--from", "alice@front.test", *[w for a in to for w in ("--to", a)], "--subject", subject, "--body", "hello", wait="5s")
    rows = {r["address"]: r for r in server.status(message)["recipients"]}
    assert [rows[a]["state"] for a in to] == ["delivered", "delivered", "refused", "deferred"], rows
    assert rows[ALICE]["remote_host"] == rows[ALICE]["remote_address"] == str(other.directory / "lmtp")
    assert "No such file" in str(rows["x@none.test"]), rows["x@none.test"]
    assert other.wait_mail(ALICE, subject=subject).startswith(b"Return-Path: <alice@front.test>\r\n")
    [text] = [t for t in dovecot.texts("ann") if subject.encode() in t]
    assert text.rstrip().endswith(b"hello")
