"""Greylisting (RFC 6647) in the dialogue: who waits, who does not, and whose wish it is."""
import pytest

from harness import ALICE, BOB, Dns, Postrider, Session, until

SETTINGS = """
smtp { relay_networks = { "127.0.9.0/24" } }
defence {
    dnswl = { "good.test*1" }
    greylist_delay = 1s
    greylist_spf = true
    steps = { "greylist=reject" }
}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("greylist")
    dns = Dns(directory / "dns", ["2.5.0.127.good IN A 127.0.0.2", 'known IN TXT "v=spf1 ip4:127.0.6.0/24 -all"'])
    made = Postrider(directory / "server", dns=dns, settings=SETTINGS)
    made.start()
    yield made
    assert made.stop() == 0
    dns.stop()


def rcpt(server, source, sender, recipient):
    with Session((server.address, server.smtp), source=(source, 0)) as s:
        s.hello("mx.client.test")
        s.ask(f"MAIL FROM:<{sender}>", 250)
        s.send(f"RCPT TO:<{recipient}>\r\n".encode())
        return str(s.expect(250, 450))


def test_who_is_new_comes_again(server):
    """RFC 6647 2.3: 450, with words that say when; from any address of the network."""
    reply = rcpt(server, "127.0.2.2", "a@new.test", ALICE)
    assert "450" in reply and "4.7.1" in reply and "127.0.2.0/24" in reply and "again in 1 seconds" in reply, reply
    until(lambda: "250" in rcpt(server, "127.0.2.99", "a@new.test", ALICE), what="the second time")
    assert "step=greylist value=new action=450" in server.log_text()
    assert "250" in rcpt(server, "127.0.2.3", "a@new.test", "Alice@HOME.test")  # one form of the address
    assert "450" in rcpt(server, "127.0.2.2", "b@new.test", ALICE)


@pytest.mark.parametrize("source, sender, recipient", [
    ("127.0.9.2", "a@x.test", ALICE),       # may relay
    ("127.0.0.1", "a@x.test", ALICE),       # this machine
    ("127.0.5.2", "a@x.test", ALICE),       # on a list of known senders
    ("127.0.6.2", "a@known.test", ALICE),   # his domain permits him
    ("127.0.7.2", "a@x.test", "postmaster@home.test")])
def test_who_does_not_wait(server, source, sender, recipient):
    assert "250" in rcpt(server, source, sender, recipient)


def test_a_login_does_not_wait(server):
    with server.logged_in() as s:
        s.message(ALICE, [BOB], b"From: alice@home.test\r\nSubject: x\r\n\r\nx\r\n")


def test_other_addresses_of_a_known_domain_wait(server):
    assert "450" in rcpt(server, "127.0.8.2", "a@known.test", ALICE)


@pytest.mark.parametrize("words, code", [("greylist=off", "250"), ("greylist=observe", "250"), ("greylist=junk", "450")])
def test_each_account_as_it_wishes(server, words, code):
    server.run("account", "set", "--defence", words, BOB, check=True)
    try:
        assert code in rcpt(server, "127.0.10.2", f"{words.split('=')[1]}@x.test", BOB)
    finally:
        server.run("account", "set", "--defence", "none", BOB, check=True)


def test_two_recipients_one_waits(server):
    """Each by itself: the message is for the other."""
    server.run("account", "set", "--defence", "greylist=off", BOB, check=True)
    try:
        with Session((server.address, server.smtp), source=("127.0.11.2", 0)) as s:
            s.hello("mx.client.test")
            s.ask("MAIL FROM:<two@x.test>", 250)
            s.ask(f"RCPT TO:<{ALICE}>", 450)
            s.ask(f"RCPT TO:<{BOB}>", 250)
            s.ask("DATA", 354)
            s.ask("Subject: for Bob\r\n\r\nx\r\n.", 250)
        server.wait_mail(BOB, subject="for Bob")
    finally:
        server.run("account", "set", "--defence", "none", BOB, check=True)
