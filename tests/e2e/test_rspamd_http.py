"""The step rspamd: asked by HTTP about each message, what it is told, what follows from each of its actions, and what does when it fails."""
import json

import pytest

from harness import ALICE, BOB, Postrider, until
from rspamds import FakeRspamd, reply
from test_whose import kept, send

SOURCE = "127.0.0.2"
JUNK = {"score": 7.25, "required_score": 15, "symbols": {"SMALL": {"score": 0.5}, "BAD_LINK": {"score": 6.0}, "GOOD": {"score": -3.0}}}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    fake = FakeRspamd()
    made = Postrider(tmp_path_factory.mktemp("rspamd") / "server",
                     settings=f'defence {{\n rspamd = "{fake.url}"\n rspamd_time = 1s\n steps = {{ "spf=off, dkim=off, dmarc=off" }}\n}}')
    made.start()
    made.fake = fake
    yield made
    assert made.stop() == 0
    fake.stop()


def letter(subject, body=b"hello\r\n", sender="a@x.test"):
    return f"From: <{sender}>\r\nSubject: {subject}\r\n\r\n".encode() + body


def test_what_it_is_told(server):
    """The envelope in fields, and the message as it came; from files too."""
    server.fake.says = {"action": "no action"}
    for body in (b"hello\r\n", b"a line of text\r\n" * 20_000):
        send(server, SOURCE, "a@x.test", letter("told", body), [ALICE, BOB])
        first, fields, octets = server.fake.asked[-1]
        assert first == "POST /checkv2 HTTP/1.1" and octets == letter("told", body)
        assert {("IP", SOURCE), ("Helo", "mx.client.test"), ("From", "<a@x.test>"), ("Rcpt", ALICE), ("Rcpt", BOB), ("MTA-Name", "mail.home.test"),
                ("Host", server.fake.endpoint)} <= set(fields)
        assert "User" not in dict(fields)
    with server.logged_in() as s:
        s.message(ALICE, [BOB], letter("mine", sender=ALICE))
    assert dict(server.fake.asked[-1][1])["User"] == ALICE


@pytest.mark.parametrize("action, box", [("no action", "INBOX"), ("greylist", "INBOX"), ("add header", "Junk"), ("rewrite subject", "Junk"),
                                         ("quarantine", "Quarantine"), ("discard", "Quarantine")])
def test_what_is_taken(server, action, box):
    """Symbols are the reasons, the heaviest first, and what speaks for the message is none."""
    server.fake.says = JUNK | {"action": action}
    send(server, SOURCE, "a@x.test", letter(f"action {action}"))
    text = kept(server, ALICE, f"action {action}", box)
    assert (f"rspamd={action.replace(' ', '-')}" in text) == (box != "INBOX")
    assert ("(7.2; refused from 15.0 on): BAD_LINK 6.0, SMALL 0.5\\r\\n" in text.replace("\\r\\n ", " ")) == (box != "INBOX"), text


@pytest.mark.parametrize("action, code, words", [("reject", 550, "5.7.1 rspamd refuses it"), ("soft reject", 451, "4.7.1 rspamd asks to send it again later")])
def test_what_is_not_taken(server, action, code, words):
    """Which rules it met, and how nearly, is told in the log and not to who sent it."""
    server.fake.says = JUNK | {"action": action}
    before = len(server.log_text())
    told = send(server, SOURCE, "a@x.test", letter(action), codes=(code,))
    assert told.splitlines()[-1].endswith(words) and "BAD_LINK" not in told and "7.2" not in told, told
    line = until(lambda: [x for x in server.log_text()[before:].splitlines() if "message_found" in x and "step=rspamd" in x], what="a line")[0]
    assert "BAD_LINK 6.0" in line and f"value={action.replace(' ', '-')}" in line
    server.fake.says = JUNK | {"action": action, "messages": {"smtp_message": "Gtube \n pattern"}}
    told = send(server, SOURCE, "a@x.test", letter(action), codes=(code,))
    assert words + ', "Gtube ? pattern"' in told and "BAD_LINK" not in told, told
    with server.logged_in() as s:
        s.message(ALICE, [BOB], letter(action, sender=ALICE), codes=(code,))


def test_as_an_account_wishes(server):
    server.fake.says = JUNK | {"action": "reject"}
    for words, box in (("off", "INBOX"), ("observe", "INBOX"), ("tag", "INBOX"), ("junk", "Junk"), ("quarantine", "Quarantine")):
        server.run("account", "set", "--defence", f"rspamd={words}", BOB, check=True)
        n = len(server.fake.asked)
        send(server, SOURCE, "a@x.test", letter(f"wish {words}"), [BOB])
        assert ("X-Postrider-Defence" in kept(server, BOB, f"wish {words}", box)) == (words not in ("off", "observe"))
        assert len(server.fake.asked) - n == (words != "off")
    server.run("account", "set", "--defence", "none", BOB, check=True)


def test_why(server):
    """Also of what passes it is told what was found."""
    server.fake.says = JUNK | {"action": "no action"}
    send(server, SOURCE, "a@x.test", letter("why"))
    [row] = [row for row in server.mailbox(ALICE) if row["subject"] == "why"]
    told = json.loads(server.run("why", "--json", row["message"]).stdout)
    [found] = [f for f in told["defence"] if f["step"] == "rspamd"]
    assert found["result"] == "passed" and found["value"] == "no-action" and "BAD_LINK 6.0" in found["words"]


def whole(*octets, then=lambda connection: None):
    def says(connection):
        for part in octets:
            connection.sendall(part)
        then(connection)
    return says


def silence(connection):
    while connection.recv(1 << 16):
        pass


OK = b"HTTP/1.1 200 OK\r\n"
BROKEN = {
    "dead": (whole(), "ended its reply"),
    "slow": (silence, "waited too long"),
    "half a head": (whole(b"HTTP/1.1 200 O"), "ended its reply"),
    "half an answer": (whole(OK + b'Content-Length: 100\r\n\r\n{"action":"no action"}'), "ended its reply"),
    "half, and silent": (whole(OK + b'Content-Length: 100\r\n\r\n{"action":"no action"}', then=silence), "waited too long"),
    "half a chunk": (whole(OK + b'Transfer-Encoding: chunked\r\n\r\n16\r\n{"action":"no action"}'), "ended its reply"),
    "garbage": (whole(b"220 mx ESMTP\r\n"), "does not speak HTTP"),
    "two lengths": (whole(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), "two lengths"),
    "no JSON": (lambda c: reply(c, b"<html>"), "no JSON"),
    "no action": (lambda c: reply(c, b"{}"), "names no action"),
    "strange action": (lambda c: reply(c, b'{"action":"explode"}'), "explode"),
    "deep": (lambda c: reply(c, b"[" * 100_000), "nested too deep"),
    "refused": (lambda c: reply(c, b"{}", "403 Forbidden"), "403 Forbidden"),
    "no end": (whole(OK + b"\r\n" + b"x" * 600_000), "more than"),
    "no end of fields": (whole(OK + b"A: b\r\n" * 20_000), "without end"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_it_fails(server, name):
    """Nobody is refused for good since it is broken, and nothing passes unseen: 451, and the log says which and why."""
    server.fake.says, why = BROKEN[name]
    before = len(server.log_text())
    send(server, SOURCE, "a@x.test", letter("broken"), codes=(451,))
    line = until(lambda: [x for x in server.log_text()[before:].splitlines() if "rspamd at" in x and "did not look at it" in x], what="a line")
    assert why in line[0]


def test_chunks(server):
    """RFC 9112 7.1: each server of HTTP/1.1 may answer so."""
    server.fake.says = whole(OK + b"Transfer-Encoding: chunked\r\n\r\n", b'b\r\n{"action":"\r\n', b'a;x=y\r\nno action"\r\n1\r\n}\r\n', b"0\r\n\r\n")
    send(server, SOURCE, "a@x.test", letter("chunks"))
    kept(server, ALICE, "chunks")


@pytest.mark.parametrize("value", ["127.0.0.1:11333", "https://127.0.0.1:11333", "http://localhost:11333", "http://127.0.0.1", "http://127.0.0.1:11333/x"])
def test_settings(server, tmp_path, value):
    """What it cannot be asked at is said before it starts."""
    config = tmp_path / "postrider.conf"
    config.write_text(server.config.read_text().replace(server.fake.url, value))
    done = server.run("config", "check", "-c", str(config), config=False)
    assert done.returncode and "http://127.0.0.1:11333" in done.stdout + done.stderr
