"""SMTP smuggling, both halves (threats 3.1 and 3.2; RFC 5321 2.3.8, 4.1.1.4).

CRLF.CRLF alone ends a message.  Whatever else a sender puts around a dot must end nothing here, and must leave
here in a form that ends nothing elsewhere.
"""
import uuid

import pytest

from harness import ALICE, BOB

SETTINGS = "smtp { errors_soft = 1000  errors_max = 1000 }"

SEQUENCES = [
    b"\n.\n", b"\n.\r\n", b"\n.\r", b"\r.\r", b"\r.\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r",
    b"\n\n.\n\n", b"\r\r.\r\r", b"\n\r.\n\r", b"\r\n\n.\n", b"\r\r\n.\r\r\n", b"\r\n.\r\r\n", b"\r\r\n.\n", b"\n.\n\r\n",
    b"\r\n.\0\r\n", b"\r\n\0.\r\n", b"\r\0\n.\r\0\n", b"\r\n.\r\0\n", b"\r\n.\x1a\r\n", b"\r\n.\t\r\n", b"\r\n. \r\n",
    b"\r\n .\r\n", b"\r\n..\r\n", b"\r\n.\x85\r\n", b"\x85.\x85", b"\xe2\x80\xa8.\xe2\x80\xa8", b"\x0b.\x0b", b"\x0c.\x0c",
]


def smuggler(sequence, recipient, sign):
    """A first message that holds a second one, with its envelope, behind `sequence`."""
    return (f"From: {ALICE}\r\nSubject: outer {sign}\r\n\r\nouter".encode() + sequence +
            f"MAIL FROM:<admin@home.test>\r\nRCPT TO:<{recipient}>\r\nDATA\r\nFrom: admin@home.test\r\n"
            f"Subject: SMUGGLED {sign}\r\n\r\ninner\r\n.\r\n".encode())


def test_enough():
    assert len(SEQUENCES) >= 27


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda s: ascii(s))
def test_inbound(server, sequence):
    """Exactly one message is stored, or it is refused; never the smuggled one."""
    sign = str(uuid.uuid4())
    with server.session() as s:
        s.hello()
        s.envelope("x@elsewhere.test", BOB)
        s.ask("DATA", 354)
        s.send(smuggler(sequence, BOB, sign))
        code = s.expect(250, 550)
        s.ask("NOOP", 250)        # in step: one reply, and nothing of the text was taken for a command
        s.ask("QUIT", 221)
    assert server.find(BOB, subject=f"SMUGGLED {sign}") == []
    outer = server.find(BOB, subject=f"outer {sign}")
    assert len(outer) == (1 if code.startswith("250") else 0)
    bare = sequence.replace(b"\r\n", b"")
    assert (b"\r" in bare or b"\n" in bare) == code.startswith("550"), code


@pytest.mark.parametrize("cut", [1, 2, 3])
@pytest.mark.parametrize("sequence", SEQUENCES[:9], ids=lambda s: ascii(s))
def test_inbound_in_pieces(server, sequence, cut):
    """However the octets are cut into segments."""
    sign = str(uuid.uuid4())
    octets = smuggler(sequence, BOB, sign)
    at = octets.index(b"outer" + sequence) + 5 + cut
    with server.session() as s:
        s.hello()
        s.envelope("x@elsewhere.test", BOB)
        s.ask("DATA", 354)
        s.send(octets[:at])
        s.send(octets[at:])
        s.expect(550)
        s.ask("NOOP", 250)
    assert server.find(BOB, subject=f"SMUGGLED {sign}") == []


def test_outbound(server, network):
    """The same bodies submitted for outside: what leaves has CRLF only, every leading dot doubled, and is one transaction
    each; with a refusal here, nothing leaves."""
    remote = network.remote()
    n_taken = 0
    for sequence in SEQUENCES:
        sign = str(uuid.uuid4())
        with server.logged_in() as s:
            s.envelope(ALICE, f"u@{remote.domain}")
            s.ask("DATA", 354)
            s.send(smuggler(sequence, f"v@{remote.domain}", sign))
            said = s.expect(250, 550)
            s.ask("NOOP", 250)
        if said.startswith("250"):
            n_taken += 1
            server.wait_state(said.split()[-1], "delivered")
    assert n_taken == sum(not any(c in sequence.replace(b"\r\n", b"") for c in b"\r\n") for sequence in SEQUENCES) >= 5
    assert [m[1] for m in remote.messages] == [[f"u@{remote.domain}"]] * n_taken
    assert sum(line.startswith(b"MAIL") for line in remote.commands) == n_taken
    for raw in remote.raw:
        assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
        for line in raw.split(b"\r\n"):
            assert not line.startswith(b".") or line.startswith(b"..")


def test_outbound_by_the_command_line(server, network):
    """A text with bare LF and dots, as files have them, leaves with CRLF and arrives as the lines that it holds."""
    remote = network.remote()
    status, _, _ = server.send("--from", ALICE, "--to", f"u@{remote.domain}", "--body",
                               "one\n.\ntwo\n..\n.three\n\n.\n")
    assert status == 0
    [raw] = remote.raw
    assert b"\n" not in raw.replace(b"\r\n", b"")
    [(_, _, octets)] = remote.messages
    assert octets.split(b"\r\n\r\n", 1)[1].rstrip() == b"one\r\n.\r\ntwo\r\n..\r\n.three\r\n\r\n."
