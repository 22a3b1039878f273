"""Limits of what is sent, and accounts that are held, by the wire: nothing is lost, and everybody is told."""
import json
import re
import subprocess

import pytest

from harness import PROGRAM, Dns, Postrider, free_port, until
from remote import Remote

SETTINGS = """
limits {
    account = "6/m 1000/d"
    address = "9/d"
    domain = "60/d"
    network = "off"
    hold_unknown = "3/h"
    hold_networks = "3/h"
    hold_over = "2/h"
}
smtp { relay_networks = { "127.0.0.77" } }
"""
NAMES = ("carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "ken", "leo", "mia")


def answer(address):
    return {"nobody": "550 5.1.1 no such user", "later": "451 4.3.0 try later"}.get(address.split("@")[0].rstrip("0123456789"), "")


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    directory = tmp_path_factory.mktemp("limits")
    remote = Remote("127.0.0.1", free_port())
    dns = Dns(directory / "dns", ["away IN MX 10 mx.away", "mx.away IN A 127.0.0.1"])
    server = Postrider(directory / "server", dns=dns, remote_port=remote.port, settings=SETTINGS, retry="600s")
    for name in NAMES:
        server.add_account(f"{name}@home.test")
    server.start()
    remote.reset(rcpt=answer)
    yield server, remote
    server.stop()
    dns.stop()
    remote.stop()


def letter(sender):
    return f"From: {sender}\r\nSubject: one of many\r\n\r\nhello\r\n".encode()


def send(session, sender, *recipients, codes=(250,)):
    return session.message(sender, recipients, letter(sender), codes=codes)


def put_off(session, sender, *recipients):
    """Which command is answered 450, before any text was sent, and by which words; the recipients that came before are taken."""
    said = session.ask(f"MAIL FROM:<{sender}>", 250, 450)
    stage = "MAIL"
    for n, recipient in enumerate(recipients, 1):
        if said.startswith("250"):
            stage, said = f"RCPT {n}", session.ask(f"RCPT TO:<{recipient}>", 250, 450)
    assert said.startswith("450"), said
    session.ask("RSET", 250)
    return stage, said


def account(server, name):
    return json.loads(server.run("account", "show", "--json", name, check=True).stdout)


def here(n, user="alice"):
    return [f"{user}+{i}@home.test" for i in range(n)]


def test_an_account_counts_in_recipients(places):
    """Whatever is over is put off with 450 and never refused for good; who, how much and until when is said (RFC 5321 4.2.1, RFC 3463 4.7.1)."""
    server, _ = places
    carol = "carol@home.test"
    with server.logged_in(carol) as session:
        send(session, carol, *here(4))
        stage, reply = put_off(session, carol, *here(3))
        assert stage == "RCPT 3"
        found = re.search(r"450 4\.7\.1 The account carol@home\.test may send to 6/m recipients, and has sent to 4 within that time: try again after "
                          r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d", reply)
        assert found, reply
        send(session, carol, *here(2))                      # what was put off does not count
        assert put_off(session, carol, *here(1))[0] == "MAIL"  # none would fit
    with server.logged_in("dave@home.test") as session:     # others are not concerned
        send(session, "dave@home.test", *here(1))


def test_its_own_limit(places):
    server, _ = places
    erin = "erin@home.test"
    server.run("account", "set", "--limit", "2/h", erin, check=True)
    with server.logged_in(erin) as session:
        stage, reply = put_off(session, erin, *here(3))
        assert stage == "RCPT 3" and "may send to 2/h recipients, and this message has 3: send it to fewer at once" in reply
        server.run("account", "set", "--limit", "off", erin, check=True)
        send(session, erin, *here(7))
        assert "The address erin@home.test may send to 9/d" in put_off(session, erin, *here(3))[1]
        server.run("account", "set", "--limit", "none", erin, check=True)
    assert account(server, erin)["limit"] is None
    assert server.run("account", "set", "--limit", "many", erin).returncode != 0
    server.run("domain", "set", "--limit", "1/d", "home.test", check=True)
    with server.logged_in("ivan@home.test") as session:
        assert "The domain home.test may send to 1/d" in put_off(session, "ivan@home.test", *here(1))[1]
    server.run("domain", "set", "--limit", "none", "home.test", check=True)


def test_a_relay_network_counts(places):
    """Who needs no login is counted by address, domain and network; mail that comes to us is not."""
    server, _ = places
    with server.session(source=("127.0.0.77", 0)) as session:
        session.hello()
        send(session, "app@else.test", *[f"x{i}@away.test" for i in range(9)])
        assert "The address app@else.test may send to 9/d" in put_off(session, "app@else.test", "y@away.test")[1]
    with server.session(source=("127.0.0.78", 0)) as session:
        session.hello()
        for _ in range(2):
            send(session, "app@else.test", *here(10))


def held(server, name):
    return until(lambda: account(server, name)["held"], what=f"{name} to be held")


def letters(server, box, about):
    """The texts in that mailbox that say that the account is held."""
    found = [row for row in server.mailbox(box) if row["subject"] == f"The account {about} cannot send mail for now"]
    return [server.text(box, row["uid"]).decode() for row in found]


def test_who_writes_to_nobody_is_held(places):
    """Refusals by remotes: the account is held with what it has in the queue, over a restart, until it is let go; then its mail goes."""
    server, remote = places
    frank = "frank@home.test"
    with server.logged_in(frank) as session:
        send(session, frank, "later1@away.test")
        until(lambda: any(r["return_path"] == frank and r["state"] == "deferred" for r in server.queue()), what="a deferral")
        send(session, frank, *[f"nobody{i}@away.test" for i in range(4)])
        why = held(server, frank)
        assert "4 recipients that there is no such user for within an hour" in why
        stage, reply = put_off(session, frank, *here(1))
        assert stage == "MAIL" and reply.startswith("450 4.7.1 The account frank@home.test is held and cannot send for now: a letter in its INBOX"), reply
        assert "no such user" not in reply and "4 " not in reply[10:]  # who sends may be a thief: no numbers
    [row] = until(lambda: [r for r in server.queue() if r["return_path"] == frank and r["state"] == "held"], what="held mail")
    assert row["who"] == "account" and "no such user" in row["why"]
    assert "account_held account=frank@home.test" in server.log_text()
    [owners], [operators] = (until(lambda: letters(server, box, frank), what="a letter") for box in (frank, "alice@home.test"))
    assert re.search(r"Since 20\S+Z this server takes no mail from your account\s+frank@home.test", owners), owners
    assert "4 recipients that there is no such user for within an hour" in owners and "Set another password" in owners
    assert "postrider account release frank@home.test" in operators and "queue cancel --quiet --login frank@home.test" in operators
    for text in (owners, operators):
        assert "Auto-Submitted: auto-generated" in text and "Reply-To: postmaster@home.test" in text, text
        assert "\r\n" in text and "Return-Path: <>" in text
    listed = [json.loads(line) for line in server.run("account", "list", "--json").stdout.splitlines()]
    assert [a["account"] for a in listed if a["held"]].count(frank) == 1
    server.stop()
    server.start()
    with server.logged_in(frank) as session:
        assert put_off(session, frank, *here(1))[0] == "MAIL"
    until(lambda: server.log_text().count("account_held account=frank@home.test") == 2, what="the hold, read again")
    server.stop()                                           # waits for what is under way
    server.start()
    assert len(letters(server, frank, frank)) == len(letters(server, "alice@home.test", frank)) == 1  # once a hold
    remote.reset()
    done = server.run("account", "release", frank, check=True)
    assert "1 recipients" in done.stdout + done.stderr
    remote.wait_messages(1)
    with server.logged_in(frank) as session:
        send(session, frank, *here(1))
    assert account(server, frank)["held"] is None and "account_released" in server.log_text()
    remote.reset(rcpt=answer)


def test_unknown_here(places):
    server, _ = places
    grace = "grace@home.test"
    with server.logged_in(grace) as session:
        session.ask(f"MAIL FROM:<{grace}>", 250)
        session.ask("RCPT TO:<alice@home.test>", 250)
        for i in range(4):
            session.ask(f"RCPT TO:<nobody{i}@home.test>", 550)
        assert "is held" in session.ask("RCPT TO:<bob@home.test>", 450)
        session.ask("DATA", 354)
        session.send(letter(grace) + b".\r\n")
        assert "is held" in session.expect(450)
    assert "no such user" in held(server, grace)
    server.run("account", "release", grace, check=True)


def test_guesses_alone(places):
    """Who names nobody that is there never comes to DATA, and is counted all the same; a hold of its own has a letter of its own."""
    server, _ = places
    grace = "grace@home.test"
    until(lambda: letters(server, grace, grace), what="the letter about the hold before")
    with server.logged_in(grace) as session:
        for i in range(4):
            session.ask(f"MAIL FROM:<{grace}>", 250)
            session.ask(f"RCPT TO:<nobody{i}@home.test>", 550)
            session.ask("RSET", 250)
        assert put_off(session, grace, *here(1))[0] == "MAIL"
    until(lambda: len(letters(server, grace, grace)) == 2, what="another letter")
    server.run("account", "release", grace, check=True)


def test_a_mailbox_that_is_full(places):
    """A letter that does not fit is told in the log, and the operator has the other one."""
    server, _ = places
    leo = "leo@home.test"
    server.run("account", "set", "--quota", "1K", leo, check=True)
    with server.logged_in(leo) as session:
        session.ask(f"MAIL FROM:<{leo}>", 250)
        for i in range(4):
            session.ask(f"RCPT TO:<nobody{i}@home.test>", 550)
    until(lambda: letters(server, "alice@home.test", leo), what="the operator's letter")
    assert f"account_not_told account={leo} to={leo} reason=" in server.log_text() and letters(server, leo, leo) == []
    server.run("account", "release", leo, check=True)


def test_many_networks(places):
    server, _ = places
    heidi = "heidi@home.test"
    for i in (1, 1, 2, 3):
        with server.logged_in(heidi, source=(f"127.0.{i}.1", 0)) as session:
            send(session, heidi, *here(1))
    with server.logged_in(heidi, source=("127.0.4.1", 0)) as session:
        assert "is held and cannot send" in send(session, heidi, *here(1), codes=(450,))
    assert "sent from 4 networks within an hour" in held(server, heidi)
    server.run("account", "release", heidi, check=True)
    with server.logged_in(heidi, source=("127.0.4.1", 0)) as session:
        send(session, heidi, *here(1))


def test_past_its_limit_again_and_again(places):
    server, _ = places
    dave = "dave@home.test"
    server.run("account", "set", "--limit", "1/d", dave, check=True)
    with server.logged_in(dave) as session:
        for _ in range(2):
            put_off(session, dave, *here(2))
        assert "is held and cannot send" in put_off(session, dave, *here(2))[1]
    assert "3 messages past its limits within an hour" in held(server, dave)


def test_who_fits_is_sent_to(places):
    """RFC 5321 4.2.5, 3.3: the recipient that is one too many is put off alone; the refusal is one message past the limits, and nothing is counted twice."""
    server, _ = places
    judy = "judy@home.test"
    server.run("account", "set", "--limit", "3/d", judy, check=True)
    with server.logged_in(judy) as session:
        session.envelope(judy, *here(2))
        session.ask("RCPT TO:<nobody@home.test>", 550)      # who is not there takes no place
        session.ask("RCPT TO:<alice+2@home.test>", 250)
        for i in (3, 4, 5):
            session.ask(f"RCPT TO:<alice+{i}@home.test>", 450)
        session.ask("DATA", 354)
        session.send(letter(judy) + b".\r\n")
        session.expect(250)
        assert put_off(session, judy, *here(1))[0] == "MAIL"
    assert account(server, judy)["held"] is None            # two are past the limits, and no more


def test_a_login_that_is_renewed_meanwhile(places):
    """What changes of the account between MAIL and a recipient brings the session another ticket, and the recipient is asked about with that."""
    server, _ = places
    mia = "mia@home.test"
    server.run("account", "set", "--limit", "2/d", mia, check=True)
    with server.logged_in(mia) as session:
        session.envelope(mia, *here(2))
        server.run("account", "set", "--tags", "mailbox", mia, check=True)
        session.ask("NOOP", 250)
        assert "may send to 2/d" in session.ask("RCPT TO:<alice+2@home.test>", 450)
        session.ask("DATA", 354)
        session.send(letter(mia) + b".\r\n")
        session.expect(250)


def test_held_between_mail_and_the_text(places):
    """What is known only then is told behind the dot, as before."""
    server, _ = places
    ken = "ken@home.test"
    with server.logged_in(ken) as session:
        session.envelope(ken, *here(1))
        session.ask("DATA", 354)
        server.run("account", "hold", "--reason", "meanwhile", ken, check=True)
        session.send(letter(ken) + b".\r\n")
        assert "is held by the operator of this server" in session.expect(450)


def test_the_operator_holds(places):
    server, _ = places
    ivan = "ivan@home.test"
    server.run("account", "hold", "--reason", "asked by its owner", ivan, check=True)
    with server.logged_in(ivan) as session:
        stage, reply = put_off(session, ivan, *here(1))
        assert stage == "MAIL" and "is held by the operator of this server and cannot send for now: ask there" in reply
    assert letters(server, ivan, ivan) == letters(server, "alice@home.test", ivan) == []  # who gave the order knows
    server.run("account", "release", ivan, check=True)
    with server.logged_in(ivan) as session:
        send(session, ivan, *here(1))


def test_lines_that_are_wrong(places):
    server, _ = places
    lines = ("account = 200", "address = 0/h", 'domain = "1/h 2/h 3/h 4/h 5/h"', 'hold_unknown = "1/h 2/d"', "hold_networks = 61/h", "network = 5/w")
    config = server.directory / "wrong.conf"
    config.write_text("limits {\n" + "\n".join(lines) + "\n}\n")
    told = subprocess.run([PROGRAM, "config", "check", "-c", str(config)], capture_output=True, text=True)
    assert told.returncode != 0
    for name in ("account", "address", "domain", "hold_unknown", "hold_networks", "network"):
        assert f"limits.{name}:" in told.stdout + told.stderr
