"""Who does only harm is shut out, over all protocols, for a while; blocklists that have our own addresses are told."""
import contextlib
import json
import os
import signal
import socket
import sqlite3
import time

import pytest

from harness import ALICE, Dns, Postrider, Session, free_port, plain, tls_context, until

OWN = "127.0.0.6"
SETTINGS = """
defence { ban_debt = 12  ban_half = 20s  dnsbl = { "bad.test" }  reject_score = 9  own_lists = 1s }
smtp { relay_networks = { "127.0.0.77" } }
"""
LISTED = ['2.0.0.127.bad 1 IN A 127.0.0.2', '6.0.0.127.bad 1 IN A 127.0.0.2', '6.0.0.127.bad 1 IN TXT "sends spam"']


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    directory = tmp_path_factory.mktemp("bans")
    dns = Dns(directory / "dns", ["mail.home IN A " + OWN, *LISTED], negative_ttl=1)
    server = Postrider(directory / "server", dns=dns, settings=SETTINGS)
    server.start()
    yield server, dns
    assert server.stop() == 0
    dns.stop()


def first_line(server, port, source):
    with socket.create_connection((server.address, port), source_address=(source, 0), timeout=20) as s:
        return s.makefile("rb").readline().decode()


def bans(server):
    done = server.run("ban", "list", "--json", check=True)
    return {row["address"]: row for row in map(json.loads, done.stdout.splitlines())}


def harvest(server, source, n=20):
    """Asks for names until it is told off: the last reply."""
    with Session((server.address, server.smtp), source=(source, 0)) as s:
        s.hello()
        s.ask("MAIL FROM:<a@b.test>", 250)
        for i in range(n):
            reply = s.ask(f"RCPT TO:<guess{i}@home.test>", 550, 421)
            if reply.startswith("421"):
                assert s.is_closed()
                break
    return reply


def requests(server, source, key, n):
    """How many of n requests that make no sense are answered, each on a connection of its own."""
    answered = 0
    for _ in range(n):
        with socket.create_connection((server.address, server.https), source_address=(source, 0), timeout=20) as plain:
            try:
                with tls_context().wrap_socket(plain) as s:
                    bearer = f"Authorization: Bearer {key}\r\n" if key else ""
                    s.sendall(f"GET /v1/messages?limit=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{bearer}\r\n".encode())
                    answered += s.makefile("rb").readline().startswith(b"HTTP/1.1 40")
            except OSError:
                pass
    return answered


def test_a_program_that_errs_over_http(places):
    """It has a key, so it does no harm; who has none is shut out when it owes as much as it may."""
    server, _ = places
    key = server.run("key", "new", "--account", "alice@home.test", check=True).stdout.strip()
    assert requests(server, "127.0.0.41", key, 30) == 30
    assert 12 <= requests(server, "127.0.0.42", None, 60) < 60
    assert "127.0.0.42" in bans(server) and "127.0.0.41" not in bans(server)


def test_who_guesses_addresses(places):
    """Its session ends, and nobody is home for it on any port but LMTP's; others, and it once let in, are served."""
    server, _ = places
    source = "127.0.0.9"
    reply = harvest(server, source)
    assert reply.startswith("421 4.7.0 127.0.0.9 is shut out until 20") and "12 recipients who are not here" in reply, reply
    assert "write to postmaster@mail.home.test" in reply
    for port, words in ((server.smtp, "421 4.7.0 "), (server.submission, "421 4.7.0 "), (server.imap, "* BYE "), (server.pop3, "-ERR [SYS/TEMP] ")):
        line = first_line(server, port, source)
        assert line.startswith(words + "127.0.0.9 is shut out until 20") and line.endswith("\r\n"), line
    for port in (server.submissions, server.imaps, server.pop3s):
        assert first_line(server, port, source) == ""
    assert first_line(server, server.lmtp, source).startswith("220 ")
    assert first_line(server, server.smtp, "127.0.0.10").startswith("220 ")
    row = bans(server)[source]
    assert row["turned_away"] == 7 and "recipients" in row["reason"], row
    assert "source_shut_out client=127.0.0.9" in server.log_text()
    server.run("ban", "remove", source, check=True)
    assert source not in bans(server)
    assert first_line(server, server.imap, source).startswith("* OK ")
    assert server.run("ban", "remove", source).returncode != 0


def test_wrong_passwords_are_one_debt(places):
    """POP3, IMAP and submission together."""
    server, _ = places
    source = "127.0.0.11"
    with socket.create_connection((server.address, server.imap), source_address=(source, 0), timeout=20) as s:
        stream = s.makefile("rwb")
        stream.readline()
        for i in range(3):
            stream.write(b"%d NONSENSE\r\n" % i)
            stream.flush()
            assert b"BAD" in stream.readline()
    for name in ("x", "y", "z"):
        assert not first_line(server, server.pop3, source).startswith("-ERR")
        with Session((server.address, server.submission), source=(source, 0)) as s:
            s.hello()
            s.ask("STARTTLS", 220)
            s.start_tls()
            s.ask("EHLO client.test", 250)
            s.ask("AUTH PLAIN " + plain(ALICE, "wrong"), 535, 421)
    line = first_line(server, server.pop3, source)
    assert "3 wrong passwords" in line and "errors" in line, line


def test_who_has_logged_in_is_not_shut_out(places):
    server, _ = places
    source = "127.0.0.12"
    server.logged_in(ALICE, source=(source, 0)).close()
    assert harvest(server, source).startswith("550")
    assert first_line(server, server.smtp, source).startswith("220 ")


def test_who_is_exempt(places):
    server, _ = places
    for source in ("127.0.0.1", "127.0.0.77"):
        assert harvest(server, source).startswith("550")
        assert first_line(server, server.smtp, source).startswith("220 ")


def test_a_message_that_is_taken_counts_for_it(places):
    server, _ = places
    source = "127.0.0.13"
    for _ in range(3):
        with Session((server.address, server.smtp), source=(source, 0)) as s:
            s.hello()
            s.ask("MAIL FROM:<a@b.test>", 250)
            for i in range(5):
                s.ask(f"RCPT TO:<guess{i}@home.test>", 550)
            s.ask(f"RCPT TO:<{ALICE}>", 250)
            s.ask("DATA", 354)
            s.ask("Subject: x\r\n\r\nx\r\n.", 250)


def test_it_ends(places):
    """`ban add`, for a second; an order that is wrong is told."""
    server, _ = places
    source = "127.0.0.14"
    server.run("ban", "add", "--yes", "--for", "1s", "--reason", "too loud", source, check=True)
    assert "too loud" in first_line(server, server.smtp, source)
    until(lambda: first_line(server, server.smtp, source).startswith("220 "), what="the end of the time")
    for words in (("add", "nonsense"), ("add", "--for", "x", source), ("remove", "192.0.2.1"), ("list", "x"), ("add",)):
        assert server.run("ban", *words).returncode != 0, words


def test_our_own_addresses(places):
    """What a list says of us is told when it begins and when it ends, each once."""
    server, dns = places
    until(lambda: f"address_listed address={OWN} list=bad.test" in server.log_text(), what="a record of the list")
    assert "sends spam" in server.log_text()
    dns.rewrite("test", ["$TTL 1", "mail.home IN A " + OWN, LISTED[0]])
    until(lambda: "address_unlisted" in server.log_text(), 90, "a record of its end")
    assert server.log_text().count("address_listed") == 1


def test_over_restarts(places):
    """The server is told to stop, the next time all of it is killed: who was shut out still is, for the same reasons and until the same time;
    whom the operator has let in is let in; who has logged in is not shut out.  What was told two seconds before is kept."""
    server, _ = places
    bad, told, good = "127.0.0.21", "127.0.0.22", "127.0.0.23"
    server.run("ban", "add", "--yes", "--for", "1h", "--reason", "by hand", told, check=True)
    server.logged_in(ALICE, source=(good, 0)).close()
    assert harvest(server, bad).startswith("421")
    before = bans(server)
    assert server.stop() == 0
    server.start()
    assert first_line(server, server.smtp, bad).startswith("421 4.7.0 127.0.0.21 is shut out until 20")
    after = bans(server)
    assert after[bad]["reason"] == before[bad]["reason"] and after[told]["reason"] == "by hand"
    assert after[told]["until"][:18] == before[told]["until"][:18]
    assert harvest(server, good).startswith("550")

    server.run("ban", "remove", bad, check=True)
    path = server.directory / "data/debts.db"

    def kept():
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            return [row[0] for row in db.execute("SELECT octets FROM debt")]
    until(lambda: not any(bad.encode() in octets for octets in kept()), what="the end of a debt in the store")
    server.kill()
    server.start()
    assert first_line(server, server.imap, told).startswith("* BYE ")
    assert first_line(server, server.smtp, bad).startswith("220 ")
    assert bad not in bans(server)
    server.run("ban", "remove", told, check=True)


def test_the_edge_alone_is_killed(places):
    server, _ = places
    source = "127.0.0.24"
    path = server.directory / "data/debts.db"
    server.run("ban", "add", "--yes", "--for", "1h", source, check=True)

    def is_kept():
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            return any(source.encode() in row[0] for row in db.execute("SELECT octets FROM debt"))
    until(is_kept, what="a ban in the store")
    edge = server.roles()["edge"]
    os.kill(edge, signal.SIGKILL)
    until(lambda: server.roles().get("edge", edge) != edge, what="another edge")
    assert first_line(server, server.smtp, source).startswith("421 ")
    server.run("ban", "remove", source, check=True)


@pytest.mark.parametrize("address, words", [("127.0.0.1", "this machine's own"), ("::1", "this machine's own"), ("127.0.0.9", "this machine's own"),
                                            ("192.0.2.44", "in smtp.relay_networks")])
def test_who_is_ours_is_asked_for(tmp_path, places, address, words):
    """Who would be shut out with it is told, and nothing is done without a yes."""
    server, _ = places
    config = tmp_path / "postrider.conf"
    config.write_text(server.config.read_text().replace('"127.0.0.77"', '"192.0.2.0/24"'))
    done = server.run("ban", "add", "-c", str(config), address, config=False)
    assert done.returncode == 1 and f"{address} is {words}" in done.stderr and "needs --yes" in done.stderr, done
    assert address not in bans(server)


@pytest.mark.parametrize("address, word", [("198.51.100.0/24", "is a network"), ("::/0", "is a network"), ("0.0.0.0", "that somebody has"), ("mx.test", "is no IPv4")])
def test_more_than_one_source_is_not_shut_out(places, address, word):
    done = places[0].run("ban", "add", "--yes", address)
    assert done.returncode == 64 and word in done.stderr, done
