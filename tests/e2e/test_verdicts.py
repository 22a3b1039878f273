"""What a remote server does, and what the sender is told: one row each.

All messages are sent at once; each then has its history: which attempts ended how, by which host, with which
code, enhanced code, words and class.  Command line, events and SQL must agree on every field of it.
RFC 5321 4.2.1 (4yz, 5yz), 4.5.4.1 (retry), RFC 3463, RFC 7504, RFC 7505, RFC 5321 5.1.
"""
import itertools

import pytest

from harness import ALICE, until
from remote import Pause, Remote

SETTINGS = """
delivery { greeting_time = 2s  command_time = 2s  data_time = 2s }
"""

CLOSED = (None, "4.4.2", "the server closed the connection", "connection-dropped")
TIMEOUT = (None, "4.4.2", "the server did not answer in time", "timed-out")
PROTOCOL = (None, "4.5.0", "the server broke the protocol", "protocol-error")
ARRIVED = "; the whole message was sent: it may have arrived, and sending it again may double it"
TAKEN = (250, "2.0.0", "taken", "delivered")



def unsure(told):
    """RFC 5321 4.5.3.2.6, RFC 1047: the same behind the final dot, where the server may have taken it."""
    return (*told[:2], told[2] + ARRIVED, "may-have-arrived")


STAGES = ("greeting", "ehlo", "mail", "rcpt", "data", "body")
DROPS = {f"drop at {stage}": ({stage: [None]}, unsure(CLOSED) if stage == "body" else CLOSED) for stage in STAGES}
RESETS = {f"reset at {stage}": ({stage: [Remote.RESET]}, unsure(CLOSED) if stage == "body" else CLOSED) for stage in STAGES}
SILENCES = {f"silence at {stage}": ({stage: [Remote.SILENCE]}, unsure(TIMEOUT) if stage == "body" else TIMEOUT) for stage in STAGES}

# what: (script, the first attempt's code, enhanced code, text, class); the second attempt is taken.
LATER = DROPS | RESETS | SILENCES | {
    "drop in a body whose end was on its way": ({"drop_after": 3000}, unsure(CLOSED)),
    "busy greeting": ({"greeting": ["421 4.3.2 try later"]}, (421, "4.3.2", "try later", "remote-trouble")),
    "greylisted": ({"rcpt": ["451 4.7.1 Greylisted, come back in a minute"]},
                   (451, "4.7.1", "Greylisted, come back in a minute", "greylisted")),
    "no enhanced code": ({"rcpt": ["450 mailbox busy"]}, (450, None, "mailbox busy", "remote-trouble")),
    "mailbox full for now": ({"rcpt": ["452 4.2.2 over quota"]}, (452, "4.2.2", "over quota", "mailbox-full")),
    "several lines": ({"rcpt": ["450-4.2.1 one\r\n450-4.2.1 two\r\n450 4.2.1 three"]},
                      (450, "4.2.1", "one two three", "mailbox-disabled")),
    "closing down at MAIL": ({"mail": ["421 4.3.2 closing down"]}, (421, "4.3.2", "closing down", "remote-trouble")),
    "MAIL later": ({"mail": ["451 4.3.0 disk trouble"]}, (451, "4.3.0", "disk trouble", "remote-trouble")),
    "DATA later": ({"data": ["451 4.3.1 not now"]}, (451, "4.3.1", "not now", "remote-trouble")),
    "body later": ({"body": ["452 4.3.1 full"]}, (452, "4.3.1", "full", "remote-trouble")),
    "Yahoo has complaints": ({"mail": ["421 4.7.0 [TSS04] Messages temporarily deferred due to unexpected volume or user complaints"]},
                             (421, "4.7.0", "[TSS04] Messages temporarily deferred due to unexpected volume or user complaints", "complaints")),
    "Gmail finds no alignment": ({"body": ["421 4.7.32 the From: header in this message isn't aligned with either SPF or DKIM"]},
                                 (421, "4.7.32", "the From: header in this message isn't aligned with either SPF or DKIM", "not-aligned")),
    "garbage for a greeting": ({"greeting": [b"HTTP/1.1 400 Bad Request\r\n\r\n"]}, PROTOCOL),
    "garbage for EHLO": ({"ehlo": [b"\x00\xff\xfe no digits\r\n"]}, PROTOCOL),
    "garbage for RCPT": ({"rcpt": [b"25\r\n"]}, PROTOCOL),
    "a NUL in a reply": ({"rcpt": [b"550 5.1.1 one\x00two\r\n"]}, PROTOCOL),
    "a wrong code for DATA": ({"data": ["250 2.0.0 not the one"]}, PROTOCOL),
    "a wrong code for the body": ({"body": [b"354 go on\r\n"]}, unsure(PROTOCOL)),
    "codes that differ within a reply": ({"mail": [b"250-2.1.0 ok\r\n550 5.1.0 no\r\n"]}, PROTOCOL),
    "an answer before its question": ({"mail": [b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n250 2.0.0 taken\r\n"]}, PROTOCOL),
    "endless lines": ({"ehlo": [itertools.repeat(b"250-X\r\n" * 500)]}, PROTOCOL),
    "an endless line": ({"ehlo": [itertools.repeat(b"250-" + b"x" * 60000)]}, PROTOCOL),
    "an endless greeting": ({"greeting": [itertools.repeat(b"220-hello\r\n" * 300)]}, PROTOCOL),
}

# what: (script, code, enhanced code, text, class); at once and for good.
REFUSED = {
    "no such user": ({"rcpt": "550 5.1.1 User unknown"}, (550, "5.1.1", "User unknown", "no-such-user")),
    "refused in the greeting": ({"greeting": "554 5.7.1 go away"}, (554, "5.7.1", "go away", "policy")),
    "no mail here (RFC 7504)": ({"greeting": "521 5.3.2 no mail here"}, (521, "5.3.2", "no mail here", None)),
    "refused at MAIL": ({"mail": "550 5.7.1 Sender rejected"}, (550, "5.7.1", "Sender rejected", "sender-refused")),
    "refused at DATA": ({"data": "554 5.7.1 no"}, (554, "5.7.1", "no", "policy")),
    "spam": ({"body": "554 5.7.1 This looks like spam"}, (554, "5.7.1", "This looks like spam", "spam-content")),
    "mailbox full": ({"rcpt": "552 5.2.2 mailbox full"}, (552, "5.2.2", "mailbox full", "mailbox-full")),
    "too big": ({"body": "552 5.3.4 too big"}, (552, "5.3.4", "too big", "message-too-big")),
    "listed": ({"rcpt": "554 5.7.1 blocked using zen.spamhaus.org"},
               (554, "5.7.1", "blocked using zen.spamhaus.org", "blocked-by-list")),
    "Gmail finds no signature": ({"body": "550-5.7.30 This mail has been blocked because DKIM does not pass.\r\n550 5.7.30 go to set up DKIM"},
                                 (550, "5.7.30", "This mail has been blocked because DKIM does not pass. go to set up DKIM", "dkim-failed")),
    "Microsoft finds no DMARC": ({"body": "550 5.7.515 Access denied, sending domain does not meet the required authentication level"},
                                 (550, "5.7.515", "Access denied, sending domain does not meet the required authentication level", "auth-required")),
    "relay": ({"rcpt": "550 5.7.1 relaying denied"}, (550, "5.7.1", "relaying denied", "relay-denied")),
    "no enhanced code": ({"rcpt": "550 no mailbox"}, (550, None, "no mailbox", "no-such-user")),
    "an enhanced code that contradicts": ({"rcpt": "550 4.1.1 hm"}, (550, "4.1.1", "hm", "no-such-user")),
    "control octets in the words": ({"rcpt": b"550 5.1.1 \x1b[31mred\x07 \xff\xfe\r\n"}, (550, "5.1.1", None, "no-such-user")),
    "100000 octets of words": ({"rcpt": b"550 5.1.1 " + b"x" * 100000 + b"\r\n"}, (550, "5.1.1", "x" * 512, "no-such-user")),
    "900 lines": ({"rcpt": b"550-5.1.1 no\r\n" * 900 + b"550 5.1.1 no\r\n"}, (550, "5.1.1", None, "no-such-user")),
    "line ends of another kind": ({"rcpt": b"550 5.1.1 no\n"}, (550, "5.1.1", "no", "no-such-user")),
}

TAKEN_BY = {
    "an ordinary server": {},
    "one that drops at QUIT": {"quit": None},
    "one that refuses QUIT": {"quit": "500 what?"},
    "one that knows no EHLO": {"ehlo": "502 5.5.1 what?"},
    "one without extensions": {"extensions": []},
    "one that dawdles": {"mail": ["250-2.1.0 one moment\r\n250 2.1.0 ok"]},
    "one with a long greeting": {"greeting": "\r\n".join(["220-line"] * 60 + ["220 remote.test"])},
    "one with long EHLO lines": {"ehlo": "250-remote.test\r\n250-X-LONG " + "x" * 1500 + "\r\n250 8BITMIME"},
    "one with odd EHLO lines": {"ehlo": b"250-remote.test\r\n250-SIZE nine\r\n250-=?\r\n250-\r\n250 \xff\r\n"},
    "one with bare LF": {"ehlo": b"250-remote.test\n250 SIZE\n", "mail": b"250 ok\n"},
    "251 for a forwarded user": {"rcpt": "251 2.1.5 will forward"},
    "a DATA reply with words": {"data": "354-go\r\n354 on"},
}

ROWS = ([("later", k, *v) for k, v in LATER.items()] + [("refused", k, *v) for k, v in REFUSED.items()] +
        [("taken", k, v, TAKEN) for k, v in TAKEN_BY.items()])


@pytest.fixture(scope="module")
def sent(server, network):
    """{row: (remote, message)}: everything is under way at once."""
    made = {}
    for kind, what, script, _ in ROWS:
        remote = network.remote(**script)
        body = "x" * 70 + "\n"
        status, message, _ = server.send("--from", ALICE, "--to", f"u@{remote.domain}", "--body", body * 100, wait="0")
        assert status == 2
        made[kind, what] = remote, message
    return made


def told(record):
    return record["code"], record["enhanced"], record["text"], record["class"]


def check(record, expected, state, attempt, remote):
    assert (record["state"], record["attempt"]) == (state, attempt), record
    for got, want, field in zip(told(record), expected, ("code", "enhanced", "text", "class")):
        if want is not None or field in ("code", "enhanced"):
            assert got == want, (field, record)
    assert record["remote_host"] == remote.host and record["remote_address"] == f"{remote.address}:{remote.port}"
    assert record["meaning"] and record["elapsed_ms"] >= 0
    assert (record["next_try"] is not None) == (state == "deferred")
    assert record["text"] is None or record["text"].isprintable() and len(record["text"].encode()) <= 512


def attempts(server, message):
    return [e for e in server.changes(message) if e["attempt"] and e["state"] not in ("trying", "queued")]


@pytest.mark.parametrize("what", LATER)
def test_deferred_then_taken(server, sent, what):
    """Never bounced for a 4yz, a lost connection or nonsense; the next attempt delivers, once."""
    remote, message = sent["later", what]
    server.wait_state(message, "delivered", seconds=60)
    server.agreed(message)
    first, second = attempts(server, message)
    check(first, LATER[what][1], "deferred", 1, remote)
    check(second, TAKEN, "delivered", 2, remote)
    assert len(remote.wait_messages(1)) == 1
    if what.startswith("endless") or what.startswith("an endless"):
        assert remote.hung_up.wait(30)


@pytest.mark.parametrize("what", REFUSED)
def test_refused(server, sent, what):
    """A 5yz is final at the first attempt."""
    remote, message = sent["refused", what]
    server.wait_state(message, "refused")
    [record] = server.agreed(message)
    [only] = attempts(server, message)
    assert only == record
    check(record, REFUSED[what][1], "refused", 1, remote)
    assert remote.messages == []


@pytest.mark.parametrize("what", TAKEN_BY)
def test_taken(server, sent, what):
    remote, message = sent["taken", what]
    server.wait_state(message, "delivered")
    [record] = server.agreed(message)
    check(record, TAKEN, "delivered", 1, remote)
    assert len(remote.wait_messages(1)) == 1


def test_slow_but_steady(server, network):
    """RFC 5321 4.5.3.2: each wait has its limit; a server that answers within it is not given up, however long all takes."""
    remote = network.remote(**dict.fromkeys(("greeting", "ehlo", "mail", "rcpt", "data", "body"), Pause(0.5)))
    status, message, records = server.send("--from", ALICE, "--to", f"u@{remote.domain}", "--body", "x", wait="60s")
    assert status == 0
    [record] = server.agreed(message, records)
    assert record["attempt"] == 1 and record["elapsed_ms"] > 2000  # more than any one limit


def test_trickle(server, network):
    """An octet now and then does not keep us for ever (threats 3.19, seen from the other side)."""
    remote = network.remote(greeting=[Pause(0.3).trickle(b"2")])
    status, message, records = server.send("--from", ALICE, "--to", f"u@{remote.domain}", "--body", "x", wait="60s")
    assert status == 0
    first, second = attempts(server, message)
    check(first, TIMEOUT, "deferred", 1, remote)
    check(second, TAKEN, "delivered", 2, remote)
    assert remote.hung_up.is_set()


def test_verdict_by_recipient(server, network):
    """RFC 5321 3.3: each RCPT has its own answer, and its own record."""
    def rcpt(address):
        user = address.split("@")[0]
        return {"no": "550 5.1.1 no such user", "full": "452 4.2.2 mailbox full", "later": "450 4.2.0 later"}.get(user, "")
    remote = network.remote(rcpt=rcpt)
    users = ["yes", "no", "full", "also", "later"]
    status, message, records = server.send("--from", ALICE, *(x for u in users for x in ("--to", f"{u}@{remote.domain}")),
                                           "--body", "x", wait="0")
    until(lambda: all(r["attempt"] for r in server.status(message)["recipients"]))
    rows = {r["address"].split("@")[0]: r for r in server.agreed(message)}
    assert {u: (rows[u]["state"], rows[u]["code"]) for u in ("yes", "no", "also")} == {
        "yes": ("delivered", 250), "no": ("refused", 550), "also": ("delivered", 250)}
    assert remote.messages[0][1] == [f"yes@{remote.domain}", f"also@{remote.domain}"]
    remote.script.clear()
    server.wait_state(message)
    rows = {r["address"].split("@")[0]: r for r in server.agreed(message)}
    assert {u: r["state"] for u, r in rows.items()} == dict.fromkeys(users, "delivered") | {"no": "refused"}
    assert sorted(x for m in remote.messages for x in m[1]) == sorted(f"{u}@{remote.domain}" for u in users if u != "no")


def test_several_domains(server, network):
    """One message, each domain at its own pace."""
    good, bad, slow = network.remote(), network.remote(rcpt="550 5.1.1 no"), network.remote(mail=["451 4.3.0 later"])
    status, message, records = server.send("--from", ALICE, "--to", f"a@{good.domain}, b@{bad.domain}, c@{slow.domain}",
                                           "--to", "bob@home.test", "--body", "x")
    assert status == 1
    rows = {r["address"].split("@")[1]: r for r in server.agreed(message, records)}
    assert {d: (r["state"], r["attempt"]) for d, r in rows.items()} == {
        good.domain: ("delivered", 1), bad.domain: ("refused", 1), slow.domain: ("delivered", 2), "home.test": ("delivered", 1)}


def test_recipients_over_the_server_s_limit(server, network):
    """RFC 5321 4.5.3.1.10: 452 is not a failure; the rest follows in a further transaction at once."""
    n = itertools.count()

    def rcpt(_):
        return "452 4.5.3 too many recipients" if next(n) % 4 >= 3 else ""
    remote = network.remote(rcpt=rcpt)
    status, message, records = server.send("--from", ALICE, *(x for i in range(5) for x in ("--to", f"u{i}@{remote.domain}")),
                                           "--body", "x")
    assert status == 0 and all(r["state"] == "delivered" for r in server.agreed(message, records))
    assert sorted(x for m in remote.messages for x in m[1]) == [f"u{i}@{remote.domain}" for i in range(5)]


def test_expiry(server, network, directory):
    """RFC 5321 4.5.4.1: tried until delivery.expiry, then given up and returned."""
    import harness
    own = harness.Postrider(directory / "expiry", dns=network.dns, remote_port=network.port,
                            settings="delivery { expiry = 2s }").start()
    try:
        remote = network.remote(rcpt="450 4.2.1 never")
        status, message, records = own.send("--from", ALICE, "--to", f"u@{remote.domain}", "--body", "x", wait="30s")
        assert status == 1
        [record] = own.agreed(message, records)
        assert (record["state"], record["code"], record["enhanced"], record["text"]) == ("expired", 450, "4.2.1", "never")
        assert record["attempt"] >= 2 and "We tried for as long as we may" in record["meaning"]
        [text] = until(lambda: own.find(ALICE, return_path=None))
        assert b"Action: failed" in text and b"4.2.1" in text
        silent = network.remote(body=Remote.RESET)  # it had the whole message each time
        status, message, records = own.send("--from", ALICE, "--to", f"u@{silent.domain}", "--body", "x", wait="30s")
        [record] = own.agreed(message, records)
        assert (status, record["state"], record["class"]) == (1, "expired", "may-have-arrived")
        assert "it may have arrived. Ask the recipient" in record["meaning"]
    finally:
        own.stop()
