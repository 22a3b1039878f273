"""Whose mail it is: SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 9989) within the dialogue, with a real DNS server; what is told by
Authentication-Results (RFC 8601), and what follows by domain and account."""
import json
import re

import dkim
import pytest

from harness import ALICE, BOB, Dns, Postrider, Session, until
from test_dkim import PUBLIC, RSA, record

GOOD, BAD = "127.0.0.2", "127.0.0.3"  # what the domains permit, and what they do not
RECORDS = [
    *(f'{name} IN TXT "v=spf1 ip4:{GOOD} -all"' for name in ("strict", "quar", "lax", "plain", "testing")),
    *(f'{name} IN MX 10 mx.{name}.test.' for name in ("strict", "quar", "lax", "plain")),
    '_dmarc.strict IN TXT "v=DMARC1; p=reject"', '_dmarc.quar IN TXT "v=DMARC1; p=quarantine"', '_dmarc.lax IN TXT "v=DMARC1; p=none"',
    *(f'{name} IN TXT "v=spf1 ip4:{GOOD} -all"' for name in ("mine", "polled")), '_dmarc.polled IN TXT "v=DMARC1; p=none"',
    record("s._domainkey.mine", f"v=DKIM1; k=rsa; p={PUBLIC['rsa']}"),
    '_dmarc.testing IN TXT "v=DMARC1; p=reject; t=y"',
    record("s._domainkey.strict", f"v=DKIM1; k=rsa; p={PUBLIC['rsa']}"),
]
SETTINGS = 'defence {\n steps = { "spf=observe, dkim=observe, dmarc=reject" }\n}\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("whose")
    dns = Dns(directory / "dns", RECORDS)
    made = Postrider(directory / "server", dns=dns, settings=SETTINGS)
    made.start()
    yield made
    assert made.stop() == 0
    dns.stop()


def letter(author, subject="s", extra=""):
    return f"{extra}From: <{author}>\r\nTo: <{ALICE}>\r\nSubject: {subject}\r\n\r\nhello\r\n".encode()


def send(server, source, sender, message, recipients=(ALICE,), codes=(250,)):
    with Session((server.address, server.smtp), source=(source, 0)) as s:
        s.hello("mx.client.test")
        return str(s.message(sender, list(recipients), message, codes=codes))


def kept(server, account, subject, box="INBOX"):
    """The text of the message with that subject, in that mailbox and in no other."""
    from imap import Imap
    client = Imap(server, account) if account != ALICE else Imap(server)
    found = {}
    for name in ("INBOX", "Junk", "Quarantine"):
        client.ask(f"SELECT {name}")
        [line] = client.ask(f'UID SEARCH SUBJECT "{subject}"')
        for uid in line.split()[1:]:
            found[name] = client.ask(f"UID FETCH {int(uid)} BODY.PEEK[]")
    client.close()
    assert list(found) == [box], (subject, list(found))
    return str(found[box])


def results(text):
    return re.sub(r"(\\r\\n|\r\n)?(\\t|\s)+", " ", text[text.index("Authentication-Results:"):][:700])


def test_who_may_is_told_so(server):
    """RFC 8601 2: one field of ours in front, with what passed."""
    send(server, GOOD, "a@strict.test", letter("a@strict.test", "may send"))
    told = results(kept(server, ALICE, "may send"))
    for words in ("mail.home.test;", "spf=pass smtp.mailfrom=a@strict.test", "dkim=none", "dmarc=pass header.from=strict.test"):
        assert words in told, told


def test_a_forger_is_refused_where_the_domain_wants_it(server):
    """RFC 9989 5.3: p=reject; the refusal (RFC 7372 3.3) names the domain and what is wrong."""
    reply = send(server, BAD, "a@strict.test", letter("a@strict.test"), codes=(550,))
    assert "5.7.26" in reply and "strict.test" in reply and "DMARC" in reply, reply
    until(lambda: "step=dmarc value=fail action=reject" in server.log_text(), what="a line in the log")


def test_a_signature_speaks_for_its_author(server):
    """RFC 9989 4.4.1: from an address that SPF does not know, but signed by the author's domain; l=, and a changed body, do not pass."""
    message = letter("a@strict.test", "was signed")
    signed = dkim.sign(message, b"s", b"strict.test", RSA) + message
    send(server, BAD, "bounces@elsewhere.test", signed)
    told = results(kept(server, ALICE, "was signed"))
    assert "dkim=pass header.d=strict.test header.s=s" in told and "dmarc=pass" in told, told
    send(server, BAD, "bounces@elsewhere.test", signed.replace(b"hello", b"help!"), codes=(550,))


def test_quarantine_is_quarantine(server):
    """RFC 9989 4.7: what a domain asks for is the most that follows, also where reject is set."""
    send(server, BAD, "a@quar.test", letter("a@quar.test", "to quarantine"))
    assert "X-Postrider-Defence: dmarc=fail" in kept(server, ALICE, "to quarantine", "Quarantine")
    for name in ("lax", "testing"):
        send(server, BAD, f"a@{name}.test", letter(f"a@{name}.test", f"from {name}"))
    assert "dmarc=fail" in results(kept(server, ALICE, "from lax"))
    kept(server, ALICE, "from testing", "Quarantine")  # t=y: one step less than reject


def test_without_dmarc_nothing_follows_from_spf(server):
    send(server, BAD, "a@plain.test", letter("a@plain.test", "only SPF"))
    assert "spf=fail smtp.mailfrom=a@plain.test" in results(kept(server, ALICE, "only SPF"))


def test_forged_results_go(server):
    """RFC 8601 5: a field that bears our name is not ours unless we wrote it; others' stay."""
    extra = ("X-Postrider-Defence: spf=pass; of ours\r\n"
             "Authentication-Results: mail.home.test; dmarc=pass header.from=bank.test\r\nAuthentication-Results: other.test; spf=pass\r\n"
             "AUTHENTICATION-RESULTS: (x) Mail.Home.Test\r\n ; dkim=pass\r\n"
             "Authentication-Results: (a (b;) mail.home.test; dkim=pass\r\n"
             "Authentication-Results: =?utf-8?b?bWFpbC5ob21lLnRlc3Q=?=; dkim=pass\r\n")
    send(server, BAD, "a@plain.test", letter("a@plain.test", "forged results", extra))
    text = kept(server, ALICE, "forged results")
    assert text.lower().count("mail.home.test; ") + text.lower().count("mail.home.test;") >= 1 and "bank.test" not in text
    assert "other.test; spf=pass" in text and "dkim=pass" not in text and "of ours" not in text


def test_forged_results_in_disguise(server):
    """RFC 8601 5: what only readers who trim no-break spaces, or unfold before they look, take for a field of ours."""
    extra = (b"Authentication-Results:\xa0mail.home.test; dkim=pass\r\nAuthentication-Results: mail.ho\xe2\x80\x8bme.test\xc2\xa0; dkim=pass\r\n"
             b"Authentication-Results: mail.home(c)\r\n .test; dkim=pass\r\n")
    send(server, BAD, "a@plain.test", extra + letter("a@plain.test", "in disguise"))
    assert "dkim=pass" not in kept(server, ALICE, "in disguise")


@pytest.mark.parametrize("forged", ["Authentication-Results\xa0: mail.home.test; dkim=pass\r\n", "X-Postrider-Defence\0: dkim=pass\r\n",
                                    "Authentication-Results\r\n : mail.home.test; dkim=pass\r\n"])
def test_forged_results_as_a_broken_line(server, forged):
    """The line itself that is no field."""
    subject = f"as {forged.encode().hex()[40:60]}"
    send(server, BAD, "a@plain.test", f"From: <a@plain.test>\r\nSubject: {subject}\r\n{forged}\r\nhello\r\n".encode("latin-1"))
    text = kept(server, ALICE, subject)
    head = text[:text.index(r"\r\n\r\n") if r"\r\n\r\n" in text else text.index("\r\n\r\n")]
    assert "dkim=pass" not in head and "dkim=pass" in text


@pytest.mark.parametrize("broken", ["a broken line", "two words: y", ": y"])
def test_forged_results_behind_a_broken_line(server, broken):
    """Where a line is no field some readers read on: what is forged there is text to them too."""
    forged = "Authentication-Results: mail.home.test; dkim=pass\r\n"
    subject = f"behind {broken.encode().hex()}"
    message = f"From: <a@plain.test>\r\nSubject: {subject}\r\n{broken}\r\nX-Y: z\r\n{forged}\r\nhello\r\n"
    send(server, BAD, "a@plain.test", message.encode())
    text = kept(server, ALICE, subject)
    head = text[:text.index(r"\r\n\r\n") if r"\r\n\r\n" in text else text.index("\r\n\r\n")]
    assert "dkim=pass" not in head and "dkim=pass" in text


def test_several_authors(server):
    """RFC 9989 11.5: whose policy would it be?"""
    message = letter("a@strict.test> , <b@plain.test", "two authors")
    send(server, BAD, "b@plain.test", message)
    kept(server, ALICE, "two authors", "Quarantine")


def test_dns_that_is_silent(server):
    """RFC 7208 2.6.6: nobody is refused for good since DNS does not answer."""
    send(server, BAD, "a@elsewhere.example", letter("a@elsewhere.example", "silent DNS"))
    assert "spf=temperror" in results(kept(server, ALICE, "silent DNS"))


@pytest.mark.parametrize("words, code, box", [
    ("dmarc=off", 250, "INBOX"), ("dmarc=observe", 250, "INBOX"), ("dmarc=tag", 250, "INBOX"), ("dmarc=junk", 250, "Junk"),
    ("dmarc=quarantine", 250, "Quarantine"), ("dmarc=off, spf=junk", 250, "Junk"), ("dmarc=off, spf=reject", 550, None)])
def test_each_account_as_it_wishes(server, words, code, box):
    server.run("account", "set", "--defence", words, BOB, check=True)
    try:
        reply = send(server, BAD, "a@strict.test", letter("a@strict.test", words), [BOB], codes=(code,))
        if code == 550:
            assert "5.7.23" in reply  # RFC 7372 3.2
        else:
            text = kept(server, BOB, words, box)
            assert ("X-Postrider-Defence: " in text) == (words.split("=")[-1] not in ("off", "observe"))
    finally:
        server.run("account", "set", "--defence", "none", BOB, check=True)


def test_one_reply_for_two_wishes(server):
    """It is refused only if all refuse; who would have refused finds it in Quarantine."""
    server.run("account", "set", "--defence", "dmarc=observe", BOB, check=True)
    try:
        send(server, BAD, "a@strict.test", letter("a@strict.test", "for both"), [ALICE, BOB])
        kept(server, ALICE, "for both", "Quarantine")
        kept(server, BOB, "for both", "INBOX")
    finally:
        server.run("account", "set", "--defence", "none", BOB, check=True)


def test_the_quarantine_is_made_again(server):
    """Who has deleted the mailbox has it again when it is needed."""
    from imap import Imap
    client = Imap(server)
    client.ask("DELETE Quarantine")
    client.close()
    send(server, BAD, "a@quar.test", letter("a@quar.test", "made again"))
    kept(server, ALICE, "made again", "Quarantine")


def test_why(server):
    """What each step found, and what followed for whom, stands in the ledger."""
    server.run("account", "set", "--defence", "dmarc=observe", BOB, check=True)
    try:
        reply = send(server, BAD, "a@strict.test", letter("a@strict.test", "why"), [ALICE, BOB])
    finally:
        server.run("account", "set", "--defence", "none", BOB, check=True)
    message = re.search(r"committed as (\w+)", reply)[1]
    told = server.status(message)
    found = {row["step"]: row for row in told["defence"]}
    assert list(found) == ["helo", "rdns", "attachments", "spf", "dkim", "arc", "dmarc", "wanted"]
    assert [found[step]["result"] for step in found] == ["passed", "passed", "passed", "failed", "passed", "passed", "failed", "passed"]
    assert found["dmarc"]["value"] == "fail" and "strict.test" in found["dmarc"]["words"] and found["dmarc"]["us"] > 0
    assert [(row["recipient"], row["step"], row["action"]) for row in told["followed"]] == [(0, "dmarc", "reject"), (1, "spf", "observe")]
    shown = server.run("why", message, check=False).stdout
    assert json.loads(shown)["defence"] == told["defence"]


@pytest.fixture(scope="module")
def ours(server):
    """Domains of ours, beside home.test, of which DNS knows nothing: one with SPF and DKIM, one with a DMARC record too, one with words of its own."""
    for name, words in (("mine", "none"), ("polled", "none"), ("open", "own=observe"), ("shut", "own=reject")):
        server.run("domain", "add", f"{name}.test", check=True)
        server.run("alias", "add", f"alice@{name}.test", ALICE, check=True)
        server.run("domain", "set", "--defence", words, f"{name}.test", check=True)
    return server


@pytest.mark.parametrize("what, author, to, box, words", [
    ("of another domain of ours", "boss@home.test", ALICE, "Junk", "own=fail; it says that it is from home.test, a domain of this server"),
    ("of the same domain", "alice@mine.test", "alice@mine.test", "Junk", "own=fail; it says that it is from mine.test, a domain of this server"),
    ("in another form", "boss@HOME.test", ALICE, "Junk", "own=fail;"),
    ("its DMARC record decides", "boss@polled.test", ALICE, "INBOX", "dmarc=fail;"),
    ("of who is no domain of ours", "boss@plain.test", ALICE, "INBOX", None),
    ("to a domain that observes", "boss@home.test", "alice@open.test", "INBOX", None),
])
def test_from_a_domain_of_ours(ours, what, author, to, box, words):
    """It comes from elsewhere, and neither SPF nor DKIM speaks for it: Junk, unless the domain's own DMARC record says what follows."""
    send(ours, BAD, "a@plain.test", letter(author, f"own {what}"), [to])
    text = " ".join(re.sub(r"\\r\\n", " ", kept(ours, ALICE, f"own {what}", box)).split())
    assert (f"X-Postrider-Defence: {words}" in text) if words else "X-Postrider-Defence" not in text, text


def test_what_speaks_for_a_domain_of_ours(ours):
    """SPF, or a signature, of that domain or one in line with it (RFC 9989 4.10.2); not those of another."""
    text = letter("boss@mine.test", "signed for it")
    send(ours, BAD, "a@plain.test", dkim.sign(text, b"s", b"mine.test", RSA) + text)
    kept(ours, ALICE, "signed for it")
    send(ours, GOOD, "a@mine.test", letter("boss@mine.test", "sent for it"))
    kept(ours, ALICE, "sent for it")
    send(ours, GOOD, "a@mine.test", letter("boss@sub.mine.test", "no domain of ours"))
    kept(ours, ALICE, "no domain of ours")
    send(ours, GOOD, "a@plain.test", letter("boss@mine.test", "sent for another"))
    kept(ours, ALICE, "sent for another", "Junk")
    text = letter("boss@mine.test", "signed by another")
    send(ours, GOOD, "a@plain.test", dkim.sign(text, b"s", b"strict.test", RSA) + text)
    kept(ours, ALICE, "signed by another", "Junk")


def test_where_a_domain_of_ours_refuses(ours):
    reply = send(ours, BAD, "a@plain.test", letter("boss@home.test", "refused"), ["alice@shut.test"], codes=(550,))
    assert "5.7.26 home.test is a domain of this server, and neither SPF nor DKIM shows" in reply and "log in to send it" in reply, reply


def test_who_is_logged_in_is_not_asked(ours):
    with ours.logged_in() as s:
        s.message(ALICE, [ALICE], letter(ALICE, "mine indeed"))
    kept(ours, ALICE, "mine indeed")
