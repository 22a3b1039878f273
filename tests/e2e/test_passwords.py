"""Wrong passwords delay who gives them, and nobody else for long (threats 3.22, 3.23)."""
import concurrent.futures
import ssl

import pytest

from harness import ALICE, Session, plain

SETTINGS = "defence { ban_debt = 0 }\n"  # who guesses on is shut out: test_bans.py
HEAD, PLACE = 16, 16  # octets of data/homes: see src/auth/homes.h


def at_auth(server, source):
    """A session that may log in, from another network of the loopback."""
    s = Session(("127.0.0.1", server.submission), timeout=60, source=(source, 0))
    s.expect(220)
    s.ask("EHLO client.test", 250)
    s.ask("STARTTLS", 220)
    s.start_tls()
    s.ask("EHLO client.test", 250)
    return s


def homes(server):
    octets = (server.directory / "data" / "homes").read_bytes()[HEAD:]
    places = (octets[i:i + PLACE] for i in range(0, len(octets), PLACE))
    return {place for place in places if any(place)}


@pytest.mark.parametrize("known", ["never there", "at home"])
def test_forty_at_once_after_a_restart(server, known):
    if known == "at home":
        with at_auth(server, "127.0.0.1") as s:
            s.ask("AUTH PLAIN " + plain(), 235)
    server.stop()
    if known == "never there":
        (server.directory / "data" / "homes").unlink()
    server.start()
    sessions = [at_auth(server, "127.0.0.1") for _ in range(40)]
    with concurrent.futures.ThreadPoolExecutor(len(sessions)) as pool:
        answers = list(pool.map(lambda s: s.ask("AUTH PLAIN " + plain()), sessions))
    for s in sessions:
        s.close()
    assert [a[:3] for a in answers] == ["235"] * len(sessions)


def test_a_guesser_elsewhere(server):
    """Forty guesses wait, of which two a second are tried: who comes from a new place is not behind them, and at home likewise."""
    with at_auth(server, "127.0.0.1") as s:
        s.ask("AUTH PLAIN " + plain(), 235)
    guessers = [at_auth(server, "127.1.0.1") for _ in range(40)]
    for s in guessers:
        s.send("AUTH PLAIN " + plain(password="guess") + "\r\n")
    owners = [at_auth(server, source) for source in ("127.2.0.1", "127.0.0.1")]
    for s in owners:
        s.ask("AUTH PLAIN " + plain(), 235)
    last = guessers[-1]
    last.socket.setblocking(False)
    with pytest.raises(ssl.SSLWantReadError):
        last.socket.recv(1)
    for s in guessers + owners:
        s.close()


def test_too_many_wrong_passwords(server):
    """Forty guesses at forty accounts: the answer says why no more are tried, and what to do."""
    sessions = [at_auth(server, "127.3.0.1") for _ in range(40)]
    for i, s in enumerate(sessions):
        s.send("AUTH PLAIN " + plain(account=f"u{i}@home.test", password="guess") + "\r\n")
    answers = [s.expect(535, 454) for s in sessions]
    for s in sessions:
        s.close()
    assert sum(a.startswith("535") for a in answers) >= 20
    assert any(a.startswith("454 4.7.0 Too many wrong passwords from your network; wait a minute") for a in answers)


def test_homes_are_kept(server):
    """One place a network, the same one after a restart, and nothing in it that names somebody."""
    with at_auth(server, "127.4.0.1") as s:
        s.ask("AUTH PLAIN " + plain(), 235)
    before = homes(server)
    assert before
    server.stop()
    server.start()
    with at_auth(server, "127.4.0.9") as s:  # the same network
        s.ask("AUTH PLAIN " + plain(), 235)
    assert homes(server) == before
    with at_auth(server, "127.5.0.1") as s:
        s.ask("AUTH PLAIN " + plain(), 235)
    assert len(homes(server)) == len(before) + 1
    assert ALICE.encode() not in (server.directory / "data" / "homes").read_bytes()
