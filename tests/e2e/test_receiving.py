"""What a client may expect of us although it did nothing wrong, and what is the same however it is written (RFC 5321)."""
import email
import re
import socket
import uuid

import pytest

from harness import ALICE, BOB, Postrider, Session, until

SETTINGS = "smtp { rcpt_max = 40  errors_soft = 5  errors_max = 8  error_delay = 0s }"


def text(subject, author="x@elsewhere.test"):
    return f"From: {author}\r\nSubject: {subject}\r\n\r\nx\r\n".encode()


def test_recipients_past_the_limit_cost_nothing(server):
    """RFC 5321 4.5.3.1.10: each one too many is 452, the others get the message, and the session goes on."""
    subject = str(uuid.uuid4())
    with server.session() as s:
        s.hello()
        s.send("MAIL FROM:<x@elsewhere.test>\r\n" + "".join(f"RCPT TO:<bob+{i}@home.test>\r\n" for i in range(100)) + "DATA\r\n")
        s.expect(250)
        for i in range(100):
            said = s.expect(250 if i < 40 else 452)
            assert i < 40 or said.startswith("452 4.5.3")
        s.expect(354)
        s.send(text(subject) + b".\r\n")
        message = s.expect(250).split()[-1]
        s.message("x@elsewhere.test", [BOB], text(subject))
    assert len(server.agreed(message)) == 40


@pytest.mark.parametrize("written", ["postmaster", "Postmaster", "POSTMASTER", "postmaster@home.test"])
def test_postmaster(server, written):
    """RFC 5321 4.5.1: <postmaster> without a domain is taken, and somebody gets it."""
    subject = str(uuid.uuid4())
    with server.session() as s:
        s.hello()
        message = s.message("x@elsewhere.test", [written], text(subject)).split()[-1]
    [record] = server.agreed(message)
    assert (record["state"], record["address"]) == ("delivered", "postmaster@home.test")
    server.wait_mail(ALICE, subject=subject)


@pytest.mark.parametrize("written", ["\"alice\"@home.test", "\"al\\ice\"@home.test", "\"alice+x\"@home.test", "alice@HOME.test",
                                     "@relay.test:alice@home.test"])
def test_one_address_however_it_is_written(server, written):
    """RFC 5321 4.1.2: quotes and backslashes are not part of the local part; 2.4: a domain's case is none."""
    subject = str(uuid.uuid4())
    with server.session() as s:
        s.hello()
        message = s.message("x@elsewhere.test", [written], text(subject)).split()[-1]
    [record] = server.agreed(message)
    assert (record["state"], record["address"]) == ("delivered", "alice+x@home.test" if "+" in written else ALICE)


def test_quotes_that_are_needed_stay(server):
    """RFC 5321 4.1.2: "a b" is another mailbox than ab, and "bob@home.test" in quotes is no domain."""
    with server.session() as s:
        s.hello()
        s.ask("MAIL FROM:<\"a b\"@elsewhere.test>", 250)
        for written in ("\"al ice\"@home.test", "\"bob@home.test\"@home.test", "\"@bob\"@home.test"):
            s.ask(f"RCPT TO:<{written}>", 550)
        s.ask("RCPT TO:<\"bob@home.test\"@elsewhere.test>", 550)


def test_a_quoted_sender_is_the_account(server):
    """RFC 6409 6.1: whose address it is does not depend on how it is written, in MAIL and in From."""
    subject = str(uuid.uuid4())
    with server.logged_in() as s:
        s.message("\"alice\"@home.test", [BOB], f"From: \"alice\"@Home.test\r\nSubject: {subject}\r\n\r\nx\r\n".encode())
        s.ask("MAIL FROM:<\"bob\"@home.test>", 553)
    assert server.wait_mail(BOB, subject=subject).startswith(b"Return-Path: <alice@home.test>\r\n")


@pytest.fixture(scope="module")
def strict(directory):
    made = Postrider(directory / "strict", settings="smtp { errors_soft = 3  error_delay = 1m  data_time = 1s  data_rate = 1K }").start()
    yield made
    assert made.stop() == 0


def probe(server, source, n):
    """Whether a new connection gets its answer about an unknown recipient at once."""
    with Session(("127.0.0.1", server.smtp), source=(source, 0), timeout=2) as s:
        s.hello()
        s.ask("MAIL FROM:<x@elsewhere.test>", 250)
        try:
            s.ask(f"RCPT TO:<guess{n}@home.test>", 550)
        except TimeoutError:
            return False
        return True


def test_errors_are_remembered_over_reconnects(strict):
    """threats 3.22: who connects anew for each guess learns no more; others are not slowed."""
    assert [probe(strict, "127.0.5.1", n) for n in range(5)] == [True, True, True, False, False]
    assert probe(strict, "127.0.5.2", 0)
    with Session(("127.0.0.1", strict.smtp), source=("127.0.5.1", 0)) as s:  # what is right costs nothing
        s.hello()
        s.message("x@elsewhere.test", [BOB], text("no error"))


def test_a_stop_waits_for_no_penalty(strict):
    """RFC 5321 3.8: who pays for errors gets the answer, and 421, at once."""
    with Session(("127.0.0.1", strict.smtp), source=("127.0.5.3", 0)) as s:
        s.hello()
        s.ask("MAIL FROM:<x@elsewhere.test>", 250)
        for n in range(3):
            s.ask(f"RCPT TO:<guess{n}@home.test>", 550)
        s.send("RCPT TO:<guess4@home.test>\r\n")
        until(lambda: "guess4" in strict.log_text())
        assert strict.stop() == 0
        s.expect(550)
        s.expect(421)
    strict.start()


def test_a_text_that_drips_is_cut_off(strict):
    """RFC 5321 4.5.3.2, threats 3.19: each octet comes in time, and all of it never."""
    with strict.session() as s:
        s.hello()
        s.envelope("x@elsewhere.test", BOB)
        s.ask("DATA", 354)
        s.socket.settimeout(0.05)
        for _ in range(100):
            s.send("x")
            try:
                if s.socket.recv(1, socket.MSG_PEEK):
                    break
            except TimeoutError:
                pass
        s.socket.settimeout(30)
        assert s.expect(421).startswith("421 4.4.2")
        assert s.is_closed()


def received_id(octets):
    """RFC 5321 4.4: the id of our Received field, which stands in front of all others."""
    trace = email.message_from_bytes(octets).get_all("Received")[0]
    return re.search(r"by mail\.home\.test\b.*?\sid (\S+?)[\s;]", trace, re.DOTALL)[1]


@pytest.mark.parametrize("size", [10, 300000])
def test_received_has_the_id(server, network, size):
    """RFC 5321 4.4: who has the message in front of him finds it with `status` and `queue list`."""
    remote = network.remote()
    subject = str(uuid.uuid4())
    with server.logged_in() as s:
        message = s.message(ALICE, [BOB, f"u@{remote.domain}"], text(subject, ALICE) + b"0123456\r\n" * (size // 9)).split()[-1]
    [(_, _, octets)] = remote.wait_messages(1)
    assert received_id(octets) == received_id(server.wait_mail(BOB, subject=subject)) == message
    server.agreed(message)


def test_received_has_the_id_of_what_was_sent_by_command(server):
    """RFC 5321 4.4: by the control socket, too."""
    subject = str(uuid.uuid4())
    _, message, _ = server.send("--from", ALICE, "--to", BOB, "--subject", subject, "--body", "x")
    assert received_id(server.wait_mail(BOB, subject=subject)) == message


def test_one_delivery_an_address(server, network):
    """RFC 5321 3.3, 2.4: the same remote mailbox named again gets its 250, and one message; a local part's case counts."""
    remote = network.remote()
    written = ["u", "u", "\"u\"", "U"]
    with server.logged_in() as s:
        for name in (remote.domain, remote.domain.upper()):
            message = s.message(ALICE, [f"{w}@{name}" for w in written] + [f"u@{remote.domain}"], text("x", ALICE)).split()[-1]
            server.wait_state(message, "delivered")
            assert [r["address"] for r in server.agreed(message)] == [f"u@{remote.domain}", f"U@{remote.domain}"]
    for _, recipients, _ in remote.wait_messages(2):
        assert recipients == [f"u@{remote.domain}", f"U@{remote.domain}"]


def test_one_copy_a_mailbox(server):
    """However often and in whatever form a mailbox is named, it gets one copy, and each recipient its state."""
    subject = str(uuid.uuid4())
    named = [BOB, "bob+x@home.test", "\"bob\"@home.test", "BOB@HOME.TEST", ALICE]
    with server.session() as s:
        s.hello()
        message = s.message("x@elsewhere.test", named, text(subject)).split()[-1]
    records = server.agreed(message)
    assert [r["state"] for r in records] == ["delivered"] * 5
    assert [r["address"] for r in records] == [BOB, "bob+x@home.test", BOB, "BOB@home.test", ALICE]
    assert "with the copy for bob@home.test" in records[3]["text"] and "copy" not in records[4]["text"]
    for account in (ALICE, BOB):
        [row] = [r for r in server.mailbox(account) if r["subject"] == subject]
        assert row["recipient"] == account  # the first that was named


@pytest.mark.parametrize("field,n,code", [("X-Long: " + "y" * 132000, 1, 250), ("X: y", 10000, 250), ("X: y", 10001, 552),
                                          ("X-Filler: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", 5000, 552)])
def test_caps_of_a_header(server, field, n, code):
    """threats 2: 10,000 fields, 256 KiB, in whatever shape; past either the message is refused, and why is said."""
    with server.session() as s:
        s.hello()
        said = s.message("x@elsewhere.test", [BOB], (field + "\r\n").encode() * n + b"\r\nx\r\n", codes=(code,))
        assert code == 250 or "5.3.4 The header" in said
        s.ask("NOOP", 250)


@pytest.mark.parametrize("n,code", [(9900, 554), (9999, 552)])
def test_no_number_of_fields_hides_a_loop(server, n, code):
    """RFC 5321 6.3: hops are counted over all fields, or there are too many of them."""
    with server.session() as s:
        s.hello()
        octets = b"X: y\r\n" * n + b"Received: from a by b\r\n" * 60 + b"\r\nx\r\n"
        s.message("x@elsewhere.test", [BOB], octets, codes=(code,))
