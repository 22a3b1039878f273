"""Lists of addresses in DNS (RFC 5782), asked of a real name server about who connects to the smtp port."""
import pytest

from harness import ALICE, BOB, Dns, Postrider, Session, plain, until
from test_attachments import letter as attached

RECORDS = [
    '2.0.0.127.bad IN A 127.0.0.2', '2.0.0.127.bad IN TXT "https://bad.test/why?ip=127.0.0.2"',
    '9.0.0.127.bad IN A 127.0.0.3', '9.0.0.127.good IN A 127.0.2.1',
    '10.0.0.127.bad IN A 127.0.0.99',                   # a value that its line does not count
    '11.0.0.127.half IN A 127.0.0.2', '12.0.0.127.half IN A 127.0.0.2', '12.0.0.127.other IN A 127.0.0.2',
    '2.0.0.127.half IN A 127.0.0.2', '2.0.0.127.other IN A 127.0.0.2',
    '7.0.0.127.dead IN A 127.0.0.2',                    # has not what each list has
    '*.all IN A 127.0.0.2',                             # has everybody
    '*.wild IN A 192.0.2.1',                            # a domain that somebody else holds now
    '*.refusing IN A 127.255.255.254',                  # does not serve our resolver
]
SETTINGS = """
defence {
    dnsbl = { "bad.test=127.0.0.[2..4]*2", "half.test", "other.test.", "all.test*9", "wild.test*9", "refusing.test*9", "dead.test*9", "elsewhere.example*9" }
    dnswl = { "good.test=127.0.[0..255].[1..3]*5" }
    reject_score = 2
}
"""


@pytest.fixture(scope="module")
def dns(tmp_path_factory):
    made = Dns(tmp_path_factory.mktemp("lists") / "dns", RECORDS)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory, dns):
    made = Postrider(tmp_path_factory.mktemp("lists") / "server", dns=dns, settings=SETTINGS)
    made.start()
    yield made
    made.stop()


def mail(server, source):
    """A session from an address, its transaction open."""
    session = Session(("127.0.0.1", server.base + 25), source=(source, 0))
    session.expect(220)
    session.ask("EHLO client.test", 250)
    session.ask("MAIL FROM:<a@b.test>", 250)
    return session


def test_who_is_listed_is_told_why(server):
    """The refusal names list, address, the list's own words and the way in; postmaster and abuse are open (RFC 5321 4.5.1, RFC 2142)."""
    with mail(server, "127.0.0.2") as session:
        for recipient in (ALICE, BOB):
            session.send(f"RCPT TO:<{recipient}>\r\n")
            reply = session.expect(554)
            for word in ("5.7.1", "127.0.0.2 is on the blocklist bad.test", "https://bad.test/why?ip=127.0.0.2", "postmaster@home.test"):
                assert word in str(reply), reply
        session.ask("RCPT TO:<Postmaster>", 250)
        session.ask("DATA", 354)
        session.ask("Subject: in error\r\n\r\nlet me in\r\n.", 250)
    server.wait_mail(ALICE, subject="in error")
    assert 'reason="bad.test (127.0.0.2): https://bad.test/why' in server.log_text()


@pytest.mark.parametrize("source, code", [
    ("127.0.0.7", 250),   # nowhere but on lists that are broken
    ("127.0.0.9", 250),   # 2 of bad.test, less 5 of good.test
    ("127.0.0.10", 250),  # with another value
    ("127.0.0.11", 250),  # 1 of half.test
    ("127.0.0.12", 554),  # 1 of half.test, 1 of other.test
])
def test_weights(server, source, code):
    for _ in range(2):  # asked, and as it was kept
        with mail(server, source) as session:
            session.ask(f"RCPT TO:<{ALICE}>", code)


def test_broken_lists_are_told(server):
    """RFC 5782 5: a list that has 127.0.0.1 has everybody; what is outside 127.0.0.0/8 is no listing; 127.255.255.0/24 is an error;
    a blocklist without 127.0.0.2 cannot be tried."""
    with mail(server, "127.0.0.8") as session:
        session.ask(f"RCPT TO:<{ALICE}>", 250)
    for name in ("all", "wild", "refusing", "dead"):
        until(lambda: f"list_broken list={name}.test" in server.log_text(), what=f"a record of {name}.test")
    assert "list_broken list=bad.test" not in server.log_text() and "list_broken list=elsewhere" not in server.log_text()


def test_a_login_is_not_asked_about(server):
    with Session(("127.0.0.1", server.base + 587), source=("127.0.0.2", 0)) as session:
        session.expect(220)
        session.ask("EHLO client.test", 250)
        session.ask("STARTTLS", 220)
        session.start_tls()
        session.ask("EHLO client.test", 250)
        session.ask(f"AUTH PLAIN {plain()}", 235)
        session.ask(f"MAIL FROM:<{ALICE}>", 250)
        session.ask(f"RCPT TO:<{BOB}>", 250)


def test_words_of_the_operator(tmp_path, dns):
    """defence.contact instead of postmaster; smtp.relay_networks are not asked about."""
    server = Postrider(tmp_path / "server", dns=dns, settings='defence { dnsbl = { "bad.test" }\n contact = "call +1 555 0100" }\n'
                       'smtp { relay_networks = { "127.0.0.9" } }\n')
    server.start()
    try:
        with mail(server, "127.0.0.2") as session:
            session.send(f"RCPT TO:<{ALICE}>\r\n")
            reply = str(session.expect(554))
            assert "call +1 555 0100" in reply and "postmaster" not in reply
        with Session(("127.0.0.1", server.base + 25), source=("127.0.0.4", 0)) as session:  # every refusal that a stranger reads behind the text, too
            session.hello("mail.home.test")
            reply = str(session.message("a@b.test", [ALICE], attached("evil.exe"), codes=(550,)))
            assert reply.endswith("; call +1 555 0100") and "evil.exe is not taken" in reply, reply
            server.run("account", "set", "--defence", "helo=reject", ALICE, check=True)
            reply = str(session.message("a@b.test", [ALICE], b"From: <a@b.test>\r\n\r\nx\r\n", codes=(550,)))
            assert "Your server says that it is mail.home.test" in reply and reply.endswith("; call +1 555 0100"), reply
        with mail(server, "127.0.0.9") as session:
            session.ask(f"RCPT TO:<{ALICE}>", 250)
    finally:
        server.stop()


def test_who_comes_while_a_list_is_tried_is_asked_about(tmp_path, dns):
    """Many at once, to a server that has not yet asked whether the list has everybody (RFC 5782 5): none of them slips through."""
    server = Postrider(tmp_path / "server", dns=dns, settings=SETTINGS)
    server.start()
    try:
        sessions = [Session(("127.0.0.1", server.base + 25), source=("127.0.0.2", 0)) for _ in range(20)]
        for session in sessions:
            session.expect(220)
        for session in sessions:
            session.send(f"EHLO client.test\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<{ALICE}>\r\n")
        for session in sessions:
            session.expect(250)
            session.expect(250)
            session.expect(554)
            session.close()
    finally:
        server.stop()


@pytest.mark.parametrize("line, word", [("bad.test=127.0.0", "four octets"), ("bad.test*0", "weight"), ("bad..test", "label")])
def test_lines_that_are_wrong(tmp_path, line, word):
    server = Postrider(tmp_path / "server", settings=f'defence {{ dnsbl = {{ "{line}" }} }}\n')
    done = server.run("config", "check")
    assert done.returncode != 0 and word in done.stdout + done.stderr


def test_our_own_addresses_are_asked_of_lists_that_were_tried(tmp_path):
    """RFC 5782 5: a list that has everybody, or is none, is told as broken, and never that it has us."""
    names = Dns(tmp_path / "dns", ["mail.home IN A 127.0.0.6", "*.all IN A 127.0.0.2", "6.0.0.127.dead IN A 127.0.0.2",
                                   "6.0.0.127.last IN A 127.0.0.2", "2.0.0.127.last IN A 127.0.0.2"])
    server = Postrider(tmp_path / "server", dns=names, settings='defence { dnsbl = { "all.test", "dead.test", "last.test" } }\n')
    server.start()
    try:
        until(lambda: "address_listed address=127.0.0.6 list=last.test" in server.log_text(), what="a record of the list that has us")
        told = server.log_text()
        assert told.count("address_listed") == 1
        assert 'list_broken list=all.test answer=127.0.0.2 reason="it has 127.0.0.1, so it has everybody"' in told
        assert 'list_broken list=dead.test answer=none reason="it does not have 127.0.0.2' in told
    finally:
        server.stop()
        names.stop()
