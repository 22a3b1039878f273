"""What mail filters make of the envelope and of the body, by a real one (python3-milter): the message that arrives shows it, and to whom it
goes; here, and elsewhere, signed by us after all that."""
import base64
import json

import pytest

import test_dkim
from harness import ALICE, BOB, Dns, Postrider, free_port, until
from milters import Fake, Real, answering
from remote import Remote
from test_whose import kept, send

SOURCE = "127.0.0.2"
CAROL = "carol@home.test"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Two filters behind one another, of which the second one shows what it was told."""
    directory = tmp_path_factory.mktemp("rewrites")
    dns = Dns(directory / "dns", ["away IN MX 10 mx.away.test.", "mx.away IN A 127.0.1.1", "old IN MX 10 mx.old.test.", "mx.old IN A 127.0.1.2"])
    port = free_port("127.0.1.1")
    filters = [Real(directory / name) for name in ("one", "two")]
    made = Postrider(directory / "server", dns=dns, remote_port=port, settings="limits { account = off }\ndefence {\n milters = { "
                     + ", ".join(f'"unix:{f.path}"' for f in filters) + " }\n steps = { \"spf=off, dkim=off, dmarc=off\" }\n}")
    made.add_account(CAROL)
    made.remote, made.filters = Remote("127.0.1.1", port, "away.test", "mx.away.test"), filters
    made.old = Remote("127.0.1.2", port, "old.test", "mx.old.test")
    made.old.reset(extensions=[])
    made.start()
    yield made
    assert made.stop() == 0
    for filter_ in filters:
        filter_.stop()
    made.remote.stop()
    made.old.stop()
    dns.stop()


def letter(subject, rewrite, body=b"as it came\r\n", sender="a@x.test"):
    return f"From: <{sender}>\r\nTo: <x@x.test>\r\nSubject: {subject}\r\nX-Rewrite: {rewrite}\r\n\r\n".encode() + body


def body_of(server, account, subject):
    [row] = [row for row in server.mailbox(account) if row["subject"] == subject]
    return server.text(account, row["uid"]).partition(b"\r\n\r\n")[2]


def has(server, account, subject):
    return [row for row in server.mailbox(account) if row["subject"] == subject]


def told(server, account, subject):
    [row] = has(server, account, subject)
    return json.loads(server.run("why", "--json", row["message"]).stdout)


LINES = {n: b"".join(b"new line %d\r\n" % i for i in range(n)) for n in (3, 20_000)}


@pytest.mark.parametrize("came", [3, 20_000])
@pytest.mark.parametrize("made", [3, 20_000])
def test_a_body_is_replaced(server, came, made):
    """In memory and in a file, each by each; the next filter sees the new one."""
    subject = f"body {came} {made}"
    send(server, SOURCE, "a@x.test", letter(subject, f"lines {made}", b"as it came, a line\r\n" * came))
    assert body_of(server, ALICE, subject) == LINES[made]
    assert ["eom", len(LINES[made])] in server.filters[1].seen()
    assert [row["size"] for row in has(server, ALICE, subject) if "size" in row] in ([], [len(server.text(ALICE, has(server, ALICE, subject)[0]["uid"]))])


def test_what_it_makes_is_lines(server):
    """RFC 5321 2.3.8, 4.1.1.4: no bare CR or LF gets in by it, so that no dot ends what is sent on."""
    send(server, SOURCE, "a@x.test", letter("odd", "odd"))
    assert body_of(server, ALICE, "odd") == b"a\r\nb\r\nc\r\n.\r\nd\r\n.\r\ne\r\n"
    send(server, SOURCE, "a@x.test", letter("nothing", "nothing"))
    assert body_of(server, ALICE, "nothing") == b""


def test_a_recipient_is_added(server):
    """One of ours, from a stranger: the second filter hears of it, and its own settings hold for it."""
    server.run("account", "set", "--defence", "milter=observe", BOB, check=True)
    send(server, SOURCE, "a@x.test", letter("one more", f"add <{BOB}>; add {CAROL} NOTIFY=NEVER SIZE=100; add {ALICE}"))
    for account in (ALICE, BOB, CAROL):
        assert len(has(server, account, "one more")) == 1, account
    assert [line[1] for line in server.filters[1].seen() if line[0] == "rcpt"] == [f"<{a}>" for a in (ALICE, BOB, CAROL)]
    lines = until(lambda: [x for x in server.log_text().splitlines() if "filter_ignored" in x and CAROL in x], what="a line in the log")
    assert all("argument=NOTIFY=NEVER" in line for line in lines)
    server.run("account", "set", "--defence", "none", BOB, check=True)


@pytest.mark.parametrize("address, why", [("nobody@home.test", "No such user here"), ("user@away.test", "not logged in")])
def test_a_stranger_gains_nothing(server, address, why):
    """It is a recipient as any: who may not send elsewhere does not so by a filter.  The others have it, and the log tells."""
    send(server, SOURCE, "a@x.test", letter(f"not {address}", f"add <{address}>"))
    assert [r["address"] for r in told(server, ALICE, f"not {address}")["recipients"]] == [ALICE]
    line = until(lambda: [x for x in server.log_text().splitlines() if "filter_ignored" in x and address in x], what="a line in the log")
    assert why in line[0]


def test_a_recipient_is_taken_out(server):
    """He gets nothing, and the record tells why; it is no failure that anybody hears of."""
    send(server, SOURCE, "a@x.test", letter("one less", f"remove <{BOB}>"), [ALICE, BOB])
    assert has(server, ALICE, "one less") and not has(server, BOB, "one less")
    states = {r["address"]: (r["state"], r["text"]) for r in told(server, ALICE, "one less")["recipients"]}
    assert states[ALICE][0] == "delivered" and states[BOB] == ("cancelled", "a mail filter of this server took this recipient out")
    assert [line[1] for line in server.filters[1].seen() if line[0] == "rcpt"] == [f"<{ALICE}>"]


def test_all_are_taken_out(server):
    """Nothing is thrown away: as with DISCARD.  Where another comes instead, it goes to that one."""
    send(server, SOURCE, "a@x.test", letter("nobody left", f"remove <{ALICE}>; add <nobody@home.test>"))
    assert "milter=discard" in kept(server, ALICE, "nobody left", "Quarantine")
    send(server, SOURCE, "a@x.test", letter("instead", f"remove <{ALICE}>; add <{BOB}>"))
    assert has(server, BOB, "instead") and not has(server, ALICE, "instead")


def test_a_recipient_comes_back(server):
    """What one filter does the next may undo (here: the same one, in its own order)."""
    send(server, SOURCE, "a@x.test", letter("back", f"remove <{ALICE}>; add <{ALICE}>"))
    assert has(server, ALICE, "back")


@pytest.mark.parametrize("sender, path", [("<list@x.test>", "<list@x.test>"), ("<>", "<>"), ("bare@X.test SIZE=100", "<bare@x.test>")])
def test_the_sender_is_changed(server, sender, path):
    send(server, SOURCE, "a@x.test", letter(f"from {sender}", f"from {sender}"))
    [row] = has(server, ALICE, f"from {sender}")
    assert server.text(ALICE, row["uid"]).startswith(f"Return-Path: {path}\r\n".encode())
    assert server.filters[1].seen()[2][1] == path


def test_lmtp_answers_each(server):
    """RFC 2033 4.2: a reply for each RCPT of the client's, whatever a filter did; none for others."""
    with server.session(server.lmtp) as s:
        s.expect(220)
        s.ask("LHLO mx.client.test", 250)
        s.envelope("a@x.test", ALICE, BOB)
        s.ask("DATA", 354)
        s.send(letter("by LMTP", f"remove <{BOB}>; add <{CAROL}>") + b".\r\n")
        assert [s.reply()[:3] for _ in range(2)] == ["250", "250"]
        s.ask("NOOP", 250)
    assert has(server, ALICE, "by LMTP") and has(server, CAROL, "by LMTP") and not has(server, BOB, "by LMTP")


def test_what_is_sent(server):
    """A login may send to anywhere, and so may a filter for it; DKIM signs what came of it all (RFC 6376 5)."""
    server.remote.reset()
    with server.logged_in() as s:
        s.message(ALICE, [BOB, "one@away.test"],
                  letter("sent", "add <two@away.test>; remove <one@away.test>; from <bounces@home.test>; lines 20000", sender=ALICE))
    [(sender, recipients, octets)] = server.remote.wait_messages(1)
    assert (sender, recipients) == ("bounces@home.test", ["two@away.test"])
    assert octets.partition(b"\r\n\r\n")[2] == LINES[20_000]
    assert len(test_dkim.check(server, octets)) == 2
    assert body_of(server, BOB, "sent") == LINES[20_000]


def test_eight_bits_in_a_new_body(server):
    """RFC 6152: a server without 8BITMIME gets them in another form."""
    with server.logged_in() as s:
        s.message(ALICE, ["one@old.test"], letter("latin", "latin", sender=ALICE).replace(
            b"\r\n\r\n", b"\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n", 1))
    [(_, _, octets)] = server.old.wait_messages(1)
    assert octets.isascii() and base64.b64decode(octets.partition(b"\r\n\r\n")[2]) == "gr\xfc\xdfe\r\n".encode()


def test_a_trial(server, tmp_path):
    """`defence test` says what would become of whom, and does nothing."""
    (tmp_path / "m").write_bytes(letter("trial", f"remove <{ALICE}>; add <{BOB}>; lines 20000"))
    done = server.run("defence", "test", "--json", "--from", SOURCE, "--sender", "a@x.test", "--recipient", ALICE, str(tmp_path / "m"), check=True)
    assert [(r["address"], r["goes"]) for r in json.loads(done.stdout)["recipients"]] == [(ALICE, "taken out"), (BOB, "INBOX")]
    assert not has(server, BOB, "trial")


def test_what_a_failing_filter_said_is_not_done(tmp_path):
    """It had added, taken out and replaced, and then it hung up."""
    said = [(b"+", f"<{BOB}>\0".encode()), (b"-", f"<{ALICE}>\0".encode()), (b"e", b"<evil@x.test>\0"), (b"b", b"evil\r\n"), (b"b", b"\r\n")]
    fake = Fake(None)
    fake.behave = answering({b"E": [*said, (b"?", b"")]})
    own = Postrider(tmp_path / "server", settings=f'defence {{ milters = {{ "{fake.endpoint}" }} milter_failure = pass }}')
    own.start()
    send(own, SOURCE, "a@x.test", letter("failed", ""))
    assert body_of(own, ALICE, "failed") == b"as it came\r\n" and not has(own, BOB, "failed")
    fake.behave = answering({b"E": [*said[:1], (b"c", b"")]})
    send(own, SOURCE, "a@x.test", letter("good", ""))
    assert has(own, ALICE, "good") and has(own, BOB, "good")
    assert own.stop() == 0
    fake.stop()
