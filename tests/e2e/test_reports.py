"""What comes later: notifications, complaints and automatic answers to a message's own return path (RFC 3464, 5965, 3834)."""
import json
import re
import sqlite3

import pytest

from harness import ALICE, BOB, LOOKING, until
from http_api import Api, Events, new_key

TOKEN = re.compile(r"alice\+b-[0-9a-z]{13}-[a-z2-7]{12}@home\.test")


@pytest.fixture(scope="module")
def api(server):
    return Api(server, new_key(server, ALICE, "--rights", "send,read,manage"))


def bounce(to, recipient, status="5.1.1", words="550 5.1.1 no such user", action="failed"):
    return (f"From: MAILER-DAEMON@away.test\r\nTo: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\n\r\nIt did not arrive.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
            f"Reporting-MTA: dns; inner.away.test\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
            f"Diagnostic-Code: smtp; {words}\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: hello\r\n\r\nhello\r\n--b--\r\n").encode()


def complaint(recipient, path):
    return ('From: fbl@away.test\r\nSubject: complaint\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
            "--b\r\n\r\nA reader complains.\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: X/1\r\nVersion: 1\r\n"
            f"Original-Mail-From: <{path}>\r\nOriginal-Rcpt-To: <{recipient}>\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: hello\r\n\r\nx\r\n--b--\r\n").encode()


def away(recipient):
    return f"From: <{recipient}>\r\nSubject: I am away\r\nAuto-Submitted: auto-replied\r\n\r\nUntil May.\r\n".encode()


def bring(server, to, octets, sender="", codes=(250,)):
    with server.session() as s:
        s.expect(220)
        s.ask("EHLO away.test", 250)
        return s.message(sender, to, octets, codes=codes)


@pytest.fixture
def sent(api, network):
    """A message that a remote took: (its id, its return path, its recipient)."""
    remote = network.remote()
    answer = api.send(200, to=f"u@{remote.domain}", wait="30s").json
    [(path, [recipient], _)] = remote.messages
    assert TOKEN.fullmatch(path) and answer["recipients"][0]["return_path"] == ALICE
    return answer["id"], path, recipient


def reports(api, message):
    told = api.ask("GET", f"/v1/messages/{message}", status=200).json
    assert [r["state"] for r in told["recipients"]] == ["delivered"] * len(told["recipients"])
    assert told["recipients"][0]["report"] == (told["reports"][-1]["report"] if told["reports"] else None)
    return told["reports"]


def test_a_bounce_stands_beside_the_delivery(server, api, sent):
    """On every door; and nobody is sent to again who is not there."""
    message, path, recipient = sent
    assert reports(api, message) == []
    before = len(server.mailbox(ALICE))
    bring(server, path.upper(), bounce(path, recipient))
    [report] = reports(api, message)
    assert (report["report"], report["state"], report["address"], report["class"], report["code"], report["enhanced"], report["text"]) == (
        "bounced", "delivered", recipient, "no-such-user", 550, "5.1.1", "no such user")
    assert report["remote_host"] == "inner.away.test" and report["meaning"]
    shown = json.loads(server.run("why", "--json", message, program=LOOKING).stdout)
    assert shown["reports"] == [report] and report in server.changes(message)
    with sqlite3.connect(f"file:{server.directory}/data/ledger.db?mode=ro", uri=True) as ledger:
        assert until(lambda: ledger.execute("SELECT report, address, r.state FROM report JOIN recipient AS r USING (message, recipient)"
                                            " WHERE message = ?", (message,)).fetchall()) == [("bounced", recipient, "delivered")]
        assert ledger.execute("SELECT count(*) FROM attempt WHERE message = ?", (message,)).fetchone() == (1,)
        assert ledger.execute("SELECT schema_version FROM meta").fetchone() == (7,)
    assert len(server.mailbox(ALICE)) == before
    [suppressed] = api.ask("GET", f"/v1/suppressions?address={recipient}", status=200).json["suppressions"]
    assert (suppressed["why"], suppressed["message"], suppressed["until"], suppressed["words"]) == ("hard-bounce", message, None, "no such user")
    assert "hard-bounce" in api.send(422, to=recipient).detail


def test_twice_is_once(server, api, sent):
    message, path, recipient = sent
    for _ in range(3):
        bring(server, path, bounce(path, recipient))
    assert [r["report"] for r in reports(api, message)] == ["bounced"]
    bring(server, path, bounce(path, recipient, "4.4.1", "450 4.4.1 busy", "delayed"))
    assert [r["report"] for r in reports(api, message)] == ["bounced", "delayed"]
    assert [c["report"] for c in server.changes(message) if c["report"]] == ["bounced", "delayed"]


def test_a_full_mailbox_suppresses_nobody(server, api, sent):
    message, path, recipient = sent
    bring(server, path, bounce(path, recipient, "5.2.2", "552 5.2.2 mailbox full"))
    assert [(r["report"], r["class"]) for r in reports(api, message)] == [("bounced", "mailbox-full")]
    assert api.ask("GET", f"/v1/suppressions?address={recipient}", status=200).json["suppressions"] == []


@pytest.mark.parametrize("to", ["its return path", "somebody here"])
def test_a_complaint(server, api, sent, to):
    """RFC 5965: wherever it comes to, it says of which return path it is."""
    message, path, recipient = sent
    before = len(server.mailbox(BOB))
    bring(server, path if to == "its return path" else BOB, complaint(recipient, path), "fbl@away.test")
    assert [(r["report"], r["class"], r["text"]) for r in reports(api, message)] == [("complained", None, "abuse")]
    assert api.ask("GET", f"/v1/suppressions?address={recipient}", status=200).json["suppressions"][0]["why"] == "complaint"
    assert len(server.mailbox(BOB)) == before + (to != "its return path")  # who reads that mailbox sees it


def test_an_automatic_answer(server, api, sent):
    message, path, recipient = sent
    bring(server, path, away(recipient), recipient)
    assert [(r["report"], r["text"]) for r in reports(api, message)] == [("auto-replied", "I am away")]
    assert "suppressed" not in api.send(202, to=recipient).json["recipients"][0]["state"]


def test_what_is_not_understood_goes_to_the_mailbox(server, api, sent):
    message, path, recipient = sent
    before = len(server.mailbox(ALICE))
    bring(server, path, b"From: <u@away.test>\r\nSubject: Re: hello\r\n\r\nA person writes.\r\n", recipient)
    bring(server, path, bounce(path, "somebody@else.test"))  # who got it alone is meant
    assert [r["report"] for r in reports(api, message)] == ["bounced"]
    assert [r["subject"] for r in server.mailbox(ALICE)[before:]] == ["Re: hello"]


def test_forged_return_paths_are_nobody(server, sent):
    """Of another message, another account, with a letter changed; and the account's tags are what they were."""
    message, path, recipient = sent
    local, domain = path.split("@")
    other = local[:-1] + ("a" if local[-1] != "a" else "b")
    with server.session() as s:
        s.expect(220)
        s.ask("EHLO away.test", 250)
        s.ask("MAIL FROM:<>", 250)
        for forged in (f"{other}@{domain}", f"bob{local[5:]}@{domain}", f"{local.replace('+b-1', '+b-0')}@{domain}"):
            assert "No such user" in s.ask(f"RCPT TO:<{forged}>", 550)
        s.ask(f"RCPT TO:<alice+b-x@{domain}>", 250)
        s.ask(f"RCPT TO:<{path}>", 250)


def test_one_that_came_to_the_senders_own_address(server, network):
    """Without a return path of its own: by the Message-ID of what is returned, and by nothing less."""
    remote = network.remote()
    recipient = f"u@{remote.domain}"
    with server.logged_in() as s:
        answer = s.message(ALICE, recipient, f"From: {ALICE}\r\nTo: {recipient}\r\nSubject: x\r\n\r\nhello\r\n".encode())
    until(lambda: remote.messages, what="the message")
    [(path, _, octets)] = remote.messages
    message_id = re.search(rb"(?im)^message-id: *(<.*>)", octets)[1].decode()
    message = server.status(message_id)["message"]["id"]
    assert answer and path == ALICE

    def returned(to, message_id, sender=""):
        bring(server, to, bounce(to, recipient).replace(b"Subject: hello\r\n\r\nhello", f"Message-ID: {message_id}\r\n\r\nhello".encode()), sender)
        return [r["report"] for r in server.status(message)["reports"]]
    assert returned(ALICE, "<other@home.test>") == []
    assert returned(BOB, message_id) == []
    assert returned(ALICE, message_id, "x@away.test") == []
    assert returned(ALICE, message_id) == ["bounced"]
    assert server.mailbox(ALICE)[-1]["subject"].startswith("Undelivered")  # a person reads it as ever
    listed = server.run("suppression", "list", "--json", "--account", ALICE, recipient, program=LOOKING, check=True).stdout
    assert '"hard-bounce"' in listed


def test_what_others_could_have_written_suppresses_nobody(server, api, network):
    """Of several recipients each has the return path and the Message-ID; of what strangers sent, nobody here is the sender."""
    remote = network.remote()
    two = [f"a@{remote.domain}", f"b@{remote.domain}"]
    message = api.send(200, to=two, wait="30s").json["id"]
    path = remote.messages[0][0]
    bring(server, path, bounce(path, two[1]))
    assert [r["report"] for r in server.status(message)["reports"]] == ["bounced"]
    for address in two:
        assert not server.run("suppression", "list", "--json", "--account", ALICE, address, program=LOOKING, check=True).stdout.strip()


def test_it_is_an_event(server, api, network):
    remote = network.remote()
    events = Events(api, "?state=bounced,complained")
    try:
        answer = api.send(200, to=f"u@{remote.domain}", wait="30s").json
        path = remote.messages[0][0]
        bring(server, path, bounce(path, f"u@{remote.domain}"))
        _, name, record = next(iter(events))
        assert (name, record["report"], record["state"], record["message"]) == ("bounced", "bounced", "delivered", answer["id"])
    finally:
        events.close()


def test_it_outlives_a_restart(server, api, sent):
    """Durable before the 250."""
    message, path, recipient = sent
    bring(server, path, bounce(path, recipient))
    server.stop()
    server.start()
    assert [r["report"] for r in reports(Api(server), message)] == ["bounced"]


def test_mail_programs_keep_their_sender(server, network):
    """Other servers remember by it who has come before (RFC 6647 2)."""
    remote = network.remote()
    with server.logged_in() as s:
        s.message(ALICE, f"u@{remote.domain}", f"From: {ALICE}\r\nSubject: x\r\n\r\nhello\r\n".encode())
    assert until(lambda: [sender for sender, _, _ in remote.messages]) == [ALICE]


@pytest.mark.parametrize("name, report, why", [("complained", "complained", "complaint"), ("bounced-later", "bounced", "hard-bounce")])
def test_addresses_that_need_no_network(server, name, report, why):
    api = Api(server, new_key(server, ALICE, "--rights", "send,read,manage"))
    to = f"{name}+here@postrider.test"
    message = api.send(200, to=to, wait="30s").json["id"]
    assert until(lambda: [r["report"] for r in api.ask("GET", f"/v1/messages/{message}", status=200).json["reports"]]) == [report]
    assert [s["why"] for s in api.ask("GET", f"/v1/suppressions?address={to.replace('+', '%2B')}", status=200).json["suppressions"]] == [why]
