"""No relay: a stranger on port 25 cannot send through us (threats 3.11).

The only way out leads to a sink that takes everything, so that whatever slips through arrives there.
"""
import pytest

from harness import BOB

SINK = "r1.test"
SETTINGS = "smtp { errors_soft = 1000  errors_max = 1000 }"

SENDERS = ["x@elsewhere.test", "", "alice@home.test", "x@mail.home.test", f"x@{SINK}"]

RECIPIENTS = [
    f"u@{SINK}",
    f"u@{SINK}.",
    f"u%{SINK}@home.test",
    f"u%{SINK}@mail.home.test",
    f"u%{SINK}@[127.0.0.1]",
    f"u%{SINK}%home.test@home.test",
    f"\"u@{SINK}\"@home.test",
    f"\"u@{SINK}\"",
    f"\"u%{SINK}\"@home.test",
    f"\"u\\@{SINK}\"@home.test",
    f"u@{SINK}@home.test",
    f"u@home.test@{SINK}",
    f"bob@home.test@{SINK}",
    f"u@{SINK}%home.test",
    f"{SINK}!u",
    f"{SINK}!u@home.test",
    f"home.test!{SINK}!u",
    f"u@{SINK}!home.test",
    f"\"{SINK}!u\"@home.test",
    f"@home.test:u@{SINK}",
    f"@home.test,@mail.home.test:u@{SINK}",
    f"@mail.home.test:u@{SINK}",
    f"@{SINK}:u@{SINK}",
    f"@home.test:u@{SINK}@home.test",
    f"u@home.test.{SINK}",
    f"u@{SINK}.home.test",
    "u@sub.home.test",
    "u@xhome.test",
    "bob@home.tes",
    "bob@home.testx",
    "bob@ho\u043ce.test",
    f"bob@home.test\\@{SINK}",
    f"bob@home.test,u@{SINK}",
    f"bob@home.test u@{SINK}",
    f"bob@home.test><u@{SINK}",
    f"bob@home.test>,<u@{SINK}",
    f"<u@{SINK}>",
    f" u@{SINK}",
    f"u@{SINK} ",
    f"u @{SINK}",
    f"u@ {SINK}",
    f"u(home.test)@{SINK}",
    f"u@(home.test){SINK}",
    "u@[127.0.1.1]",
    "u@127.0.1.1",
    "u@[IPv6:::ffff:127.0.1.1]",
    "u@2130706689",
    "u@localhost",
    "u@",
    "@home.test",
    "u",
    f"|/bin/sh -c 'mail u@{SINK}'",
    f"\"|mail u@{SINK}\"@home.test",
    "/tmp/x@home.test",
    ":include:/etc/passwd@home.test",
]


@pytest.mark.parametrize("sender", SENDERS)
def test_no_relay(server, network, sender):
    assert len(RECIPIENTS) >= 49
    if not network.remotes:
        assert network.remote().domain == SINK
    [sink] = network.remotes
    with server.session() as s:
        s.hello()
        for utf8 in ("", " SMTPUTF8"):
            s.ask(f"MAIL FROM:<{sender}>{utf8}", 250)
            for recipient in RECIPIENTS:
                said = s.ask(f"RCPT TO:<{recipient}>")
                assert said[0] == "5", (recipient, said)
            s.ask("DATA", 554)
            s.ask(f"RCPT TO:<{BOB}>", 250)
            s.ask("DATA", 354)
            s.send("Subject: only to bob\r\n\r\nx\r\n.\r\n")
            s.expect(250)
    assert sink.n_connections == 0 and server.queue() == []


def test_lines_that_are_no_rcpt(server, network):
    """RCPT in forms that some servers took; bob alone is named rightly."""
    with server.session() as s:
        s.hello()
        s.ask("MAIL FROM:<x@elsewhere.test>", 250)
        for line in (f"RCPT TO:u@{SINK}", f"RCPT TO: u@{SINK}", f"RCPT <u@{SINK}>", f"RCPT TO:<u@{SINK}", f"RCPT TO:u@{SINK}>",
                     f"RCPT TO:<u@{SINK}>\tX=<bob@home.test>", f"SEND FROM:<u@{SINK}>", f"RCPT TO:<bob@home.test> TO:<u@{SINK}>",
                     "TURN", f"ETRN {SINK}", "XCLIENT ADDR=127.0.0.1 LOGIN=alice@home.test", "XFORWARD ADDR=127.0.0.1",
                     "PROXY TCP4 192.0.2.1 192.0.2.2 1 25"):
            assert s.ask(line)[0] == "5", line
        s.ask("DATA", 554)


def test_a_login_may_relay_and_only_it(server, network):
    """The positive: the same sink takes what alice submits."""
    if not network.remotes:
        network.remote()
    [sink] = network.remotes
    with server.logged_in() as s:
        s.message("alice@home.test", [f"u@{SINK}"], b"From: alice@home.test\r\n\r\nx\r\n")
    [(sender, recipients, _)] = sink.wait_messages(1)
    assert recipients == [f"u@{SINK}"]
