"""Who connects: its name in DNS (RFC 8601 2.7.3), what it calls itself (RFC 5321 4.1.1.1, 4.1.3), whether it waits for the greeting
(RFC 5321 3.1), and SPF of its HELO name (RFC 7208 2.3); what is found, and what follows."""
import re
import socket
import time

import pytest

from harness import ALICE, BOB, Dns, Postrider, Session, free_port

NAMED, ASTRAY, NAMELESS = "127.0.0.2", "127.0.0.3", "127.0.0.4"
REVERSE = ["2.0.0 IN PTR mx.client.test.", "3.0.0 IN PTR astray.client.test."]
RECORDS = ["mx.client IN A 127.0.0.2", "astray.client IN A 127.0.0.99", 'bank IN TXT "v=spf1 ip4:127.0.0.200 -all"',
           'mx.client IN TXT "v=spf1 ip4:127.0.0.2 -all"']


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("client")
    dns = Dns(directory / "dns", RECORDS, REVERSE)
    made = Postrider(directory / "server", dns=dns, remote_port=free_port(), settings='smtp { relay_networks = { "127.0.0.77" } }\n'
                     'defence { greeting_delay = 300ms }\n')
    made.start()
    made.directory_order("account", "set", BOB, defence="rdns=reject,helo=reject,early=reject,spf=reject")
    yield made
    assert made.stop() == 0
    dns.stop()


def letter(subject):
    return f"From: <a@nobody.test>\r\nSubject: {subject}\r\n\r\nhello\r\n".encode()


def send(server, source, hello, to, subject, codes=(250,), sender="a@nobody.test"):
    with Session((server.address, server.smtp), source=(source, 0)) as s:
        s.hello(hello)
        return str(s.message(sender, to, letter(subject), codes=codes))


def found(server, reply):
    """{step: (result or value, words)} of the record that `postrider why` shows."""
    message = re.search(r"committed as (\S+)", reply)[1]
    return {row["step"]: row for row in server.status(message)["defence"]}


def field(server, subject):
    [row] = [r for r in server.mailbox(ALICE) if r["subject"] == subject]
    return re.sub(r"\s+", " ", server.text(ALICE, row["uid"]).decode())


def test_a_client_as_it_should_be(server):
    """iprev=pass, spf of the HELO name beside that of the sender; nothing is held against it."""
    rows = found(server, send(server, NAMED, "mx.client.test", ALICE, "as it should be"))
    assert rows["rdns"]["value"] == "pass" and rows["helo"]["value"] == "good" and "early" not in rows, rows
    text = field(server, "as it should be")
    for words in ("iprev=pass policy.iprev=127.0.0.2", "spf=none smtp.mailfrom=a@nobody.test", "spf=pass smtp.helo=mx.client.test"):
        assert words in text, text
    send(server, NAMED, "mx.client.test", BOB, "taken")


@pytest.mark.parametrize("source, value, words", [(ASTRAY, "fail", "does not lead back"), (NAMELESS, "permerror", "has no name in DNS")])
def test_names_of_addresses(server, source, value, words):
    """Told, and nothing follows unless it is set; RFC 7372 3.3: the refusal is X.7.25; postmaster hears of who is kept out."""
    rows = found(server, send(server, source, "mx.client.test", ALICE, f"rdns {value}"))
    assert rows["rdns"]["value"] == value and words in rows["rdns"]["words"], rows
    assert f"iprev={value} policy.iprev={source}" in field(server, f"rdns {value}")
    reply = send(server, source, "mx.client.test", BOB, "refused", codes=(550,))
    assert "5.7.25" in reply and words in reply, reply
    server.directory_order("account", "set", ALICE, defence="rdns=reject")
    send(server, source, "mx.client.test", "postmaster", f"in error {value}")
    server.directory_order("account", "set", ALICE, defence="none")


@pytest.mark.parametrize("hello, value", [
    ("mail.home.test", "ours"), ("MAIL.Home.Test", "ours"), ("[127.0.0.1]", "our-address"), ("[127.0.0.9]", "other-address"),
    ("127.0.0.2", "bad-address"), ("[IPv6:zz]", "bad-address"), ("localhost", "no-dot"), ("a_b.test", "no-name"),
    ("[127.0.0.2]", "good"), ("other.test", "good"), ("mx.client.test.", "good"),
])
def test_what_it_calls_itself(server, hello, value):
    subject = f"helo {hello}"
    rows = found(server, send(server, NAMED, hello, ALICE, subject))
    assert rows["helo"]["value"] == value, rows
    reply = send(server, NAMED, hello, BOB, subject, codes=(250,) if value == "good" else (550,))
    assert value == "good" or hello in reply, reply


def test_a_helo_name_that_is_not_its_own(server):
    """RFC 7208 2.3: the name's policy does not permit the client, whatever the sender's says."""
    rows = found(server, send(server, NAMED, "bank.test", ALICE, "helo of a bank"))
    assert rows["spf"]["value"] == "fail" and "bank.test" in rows["spf"]["words"], rows
    assert "spf=fail smtp.helo=bank.test" in field(server, "helo of a bank")
    assert "5.7.23" in send(server, NAMED, "bank.test", BOB, "refused", codes=(550,))
    rows = found(server, send(server, NAMED, "bank.test", ALICE, "null sender", sender=""))
    assert rows["spf"]["value"] == "fail"
    assert field(server, "null sender").count("smtp.helo=bank.test") == 1


def early(server, to, source=NAMED):
    with socket.create_connection((server.address, server.smtp), source_address=(source, 0)) as s:
        s.sendall(b"EHLO mx.client.test\r\n")
        session = Session.__new__(Session)
        session.socket, session.input = s, s.makefile("rb")
        session.expect(220)
        session.expect(250)
        return session.message("a@nobody.test", to, letter("early"), codes=(250, 550))


def test_who_speaks_first(server):
    """RFC 5321 3.1: a client that does not wait is told of, and refused where that is set."""
    assert found(server, early(server, ALICE))["early"]["result"] == "failed"
    reply = early(server, BOB)
    assert reply.startswith("550") and "before it was greeted" in reply, reply


def test_who_waits_for_the_greeting(server):
    """defence.greeting_delay: strangers wait, relays do not."""
    begun = time.monotonic()
    with Session((server.address, server.smtp), source=(NAMED, 0)) as s:
        s.expect(220)
    assert time.monotonic() - begun >= 0.29  # to the millisecond, by two clocks
    reply = early(server, ALICE, "127.0.0.77")
    assert not {"early", "helo", "rdns"} & set(found(server, reply)), reply


def test_where_no_name_server_answers(tmp_path):
    """Only the first questions wait for resolver.time; what is not known is no refusal for good."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        server = Postrider(tmp_path / "server", settings=f'resolver {{ address = "127.0.0.1"  port = {silent.getsockname()[1]}  time = 6s  dnssec = false }}\n')
        server.start()
        took = []
        for sender in ("a@one.example", "a@two.example"):
            rows = found(server, send(server, NAMED, "[127.0.0.2]", ALICE, "unknown", sender=sender))
            assert rows["spf"]["value"] == "temperror", rows
            took.append(rows["spf"]["us"])
        assert took[0] >= 5_500_000 and took[1] < 4_000_000, took
        assert server.stop() == 0
