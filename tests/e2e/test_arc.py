"""ARC (RFC 8617): chains of those who passed a message on, and ours when we pass one on, with a real DNS server and Debian's
python3-dkim as every other hop."""
import dkim
import pytest

from harness import ALICE, Dns, Postrider, free_port
from remote import Remote
from test_attachments import letter as attached
from test_dkim import PUBLIC, RSA, keys, record
from test_whose import kept, letter, results, send

SOURCE = "127.0.0.2"
REJECTS = '_dmarc.bank IN TXT "v=DMARC1; p=reject"'


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("arc")
    dns = Dns(directory / "dns", [
        "away IN MX 10 mx.away.test.", "mx.away IN A 127.0.1.1", "bank IN MX 10 mx.away.test.", 'bank IN TXT "v=spf1 -all"', REJECTS,
        *(record(f"s._domainkey.{name}", f"v=DKIM1; k=rsa; p={PUBLIC['rsa']}") for name in ("list", "other", "bank")),
        record("gone._domainkey.list", "v=DKIM1; p=")])
    port = free_port("127.0.1.1")
    made = Postrider(directory / "server", dns=dns, remote_port=port, settings='defence { arc_trust = { "list.test" } }')
    made.remote = Remote("127.0.1.1", port, "away.test", "mx.away.test")
    made.run("alias", "add", "away@home.test", "user@away.test", check=True)
    made.start()
    yield made
    assert made.stop() == 0
    dns.stop()
    made.remote.stop()


def sealed(message, name="list", arc="none", more="spf=pass smtp.mailfrom=a@bank.test", selector="s"):
    told = f"Authentication-Results: mx.{name}.test; arc={arc}; {more}\r\n".encode()
    return b"".join(dkim.arc_sign(told + message, selector.encode(), f"{name}.test".encode(), RSA, f"mx.{name}.test".encode())) + message


def arrives(server, message, sender="a@plain.test"):
    """What the server elsewhere has, of a message to an alias that leads there."""
    server.remote.reset()
    send(server, SOURCE, sender, message, ["away@home.test"])
    [(_, _, octets)] = server.remote.wait_messages(1)
    return octets


def judged(server, octets):
    records = {f"{k['selector']}._domainkey.home.test.": k["record"].encode() for k in keys(server)}
    theirs = f"v=DKIM1; k=rsa; p={PUBLIC['rsa']}".encode()
    cv, sets, why = dkim.arc_verify(octets, dnsfunc=lambda name, timeout=5: records.get(name.decode(), theirs))
    return (cv or b"fail").decode(), len(sets), why


def test_a_chain_is_told(server):
    """RFC 8617 5.2, 10.2"""
    message = sealed(sealed(letter("a@plain.test", "whole chain")), "other", "pass")
    send(server, SOURCE, "a@plain.test", message)
    assert "arc=pass header.oldest-pass=0;" in results(kept(server, ALICE, "whole chain"))
    by_list = sealed(sealed(letter("a@plain.test", "a list")).replace(b"a list", b"changed by a list"), "other", "pass")
    send(server, SOURCE, "a@plain.test", by_list)
    assert "arc=pass header.oldest-pass=2;" in results(kept(server, ALICE, "changed by a list"))


@pytest.mark.parametrize("subject, message, result", [
    ("no chain", lambda s: letter("a@plain.test", s), "arc=none;"),
    ("changed", lambda s: sealed(letter("a@plain.test", "x")).replace(b"Subject: x", b"Subject: changed"), "arc=fail reason="),
    ("revoked", lambda s: sealed(letter("a@plain.test", s), selector="gone"), "arc=fail reason=")])
def test_what_is_no_good_is_told(server, subject, message, result):
    """And nothing follows (RFC 8617 5.2: as if there were none)."""
    send(server, SOURCE, "a@plain.test", message(subject))
    assert result in results(kept(server, ALICE, subject))


def test_silent_dns(server):
    """What cannot be known is not told as a failure; and so nothing is added to that chain."""
    message = sealed(letter("a@plain.test", "silent"), "elsewhere").replace(b"elsewhere.test", b"elsewhere.example")
    send(server, SOURCE, "a@plain.test", message)
    assert " arc=" not in results(kept(server, ALICE, "silent")).split("Received:")[0]
    assert b"ARC-Seal: i=2" not in arrives(server, message)


def test_what_we_send_on_is_sealed(server):
    """RFC 8617 5.1: the first set; and a second one behind a list's."""
    octets = arrives(server, letter("a@plain.test", "on its way"))
    assert judged(server, octets)[:2] == ("pass", 1), judged(server, octets)
    front = octets.split(b"Received:")[0]
    assert b"\r\nARC-Seal: i=1; a=rsa-sha256;" in front and b"ARC-Authentication-Results: i=1; mail.home.test;" in front
    assert b"cv=none" in front and b"d=home.test" in front and b"spf=none smtp.mailfrom=a@plain.test" in front
    octets = arrives(server, sealed(letter("a@plain.test", "behind a list")))
    assert judged(server, octets)[:2] == ("pass", 2), judged(server, octets)
    assert b"arc=pass header.oldest-pass=0" in octets.split(b"Received:")[0]


def test_a_large_message(server):
    """Its body is in a file."""
    octets = arrives(server, letter("a@plain.test", "large") + b"line\r\n" * 100_000)
    assert judged(server, octets)[:2] == ("pass", 1)


def test_a_broken_chain_is_sealed_as_such(server):
    """RFC 8617 5.1.2: once, and by nobody after that."""
    broken = arrives(server, sealed(letter("a@plain.test", "x")).replace(b"Subject: x", b"Subject: y"))
    assert b"cv=fail" in broken.split(b"Received:")[0] and judged(server, broken)[0] == "fail"
    again = arrives(server, broken)
    assert b"ARC-Seal" not in again.split(b"Received:")[0]


def test_not_sealed(server):
    """What an account sends to an alias has the account's DKIM signatures; what stays here has no seal."""
    server.remote.reset()
    with server.logged_in() as s:
        s.message(ALICE, ["away@home.test"], letter(ALICE, "mine"))
    [(_, _, octets)] = server.remote.wait_messages(1)
    assert b"ARC-Seal" not in octets
    send(server, SOURCE, "a@plain.test", letter("a@plain.test", "stays"))
    assert "ARC-Seal" not in kept(server, ALICE, "stays")


def test_who_is_trusted(server):
    """RFC 8617 7.2.1, RFC 9989 5.3: a list that is named in defence.arc_trust changed the message of a domain with p=reject."""
    passed = "dmarc=pass (p=REJECT) header.from=bank.test"
    send(server, SOURCE, "bounces@list.test", sealed(letter("a@bank.test", "from the list"), more=passed))
    text = kept(server, ALICE, "from the list")
    assert "dmarc=pass reason=" in results(text) and "X-Postrider-Defence" not in text
    for message in (letter("a@bank.test"), sealed(letter("a@bank.test")), sealed(letter("a@bank.test"), "other", more=passed),
                    sealed(letter("a@bank.test"), more=passed).replace(b"hello", b"help!"),
                    sealed(letter("a@bank.test"), more=passed.replace("bank", "plain")),
                    sealed(sealed(letter("a@bank.test"), more=passed), "other", "pass")):  # who sealed behind it may have changed it
        assert "5.7.26" in send(server, SOURCE, "bounces@list.test", message, codes=(550,))


def test_our_field_stays_here(server):
    """X-Postrider-Defence is for mailboxes here: in what a list sends on there is none, a member here has one, and what is submitted leaves without."""
    server.run("alias", "add", "both@home.test", "user@away.test", ALICE, check=True)
    server.run("domain", "set", "--defence", "attachments=tag", "home.test", check=True)
    try:
        server.remote.reset()
        send(server, SOURCE, "a@plain.test", attached("evil.exe").replace(b"Subject: 5", b"Subject: tagged"), ["both@home.test"])
        [(path, _, octets)] = server.remote.wait_messages(1)
        assert path.startswith("SRS0=") and b"X-Postrider-Defence" not in octets
        mine = kept(server, ALICE, "tagged")
        assert mine.count("X-Postrider-Defence: attachments=program;") == 1 and "Return-Path: <a@plain.test>" in mine
    finally:
        server.run("domain", "set", "--defence", "none", "home.test", check=True)
    server.remote.reset()
    with server.logged_in() as s:
        s.message(ALICE, ["user@away.test"], f"X-Postrider-Defence: spf=fail;\r\n x\r\nFrom: {ALICE}\r\nSubject: sent\r\n\r\nx\r\n".encode())
    [(_, _, octets)] = server.remote.wait_messages(1)
    assert b"X-Postrider-Defence" not in octets and b"Subject: sent" in octets
