"""Mail filters by the milter protocol: real ones (python3-milter, opendkim), and fakes that break it in each way there is."""
import struct
import subprocess
import time

import dkim
import pytest

from harness import ALICE, BOB, Dns, Postrider, free_port, until
from milters import Fake, Real, answering, negotiate, read, write
from remote import Remote
from test_dkim import PUBLIC, RSA, record
from test_whose import kept, send

SOURCE = "127.0.0.2"


@pytest.fixture(scope="module")
def milter(tmp_path_factory):
    made = Real(tmp_path_factory.mktemp("milter"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory, milter):
    made = Postrider(tmp_path_factory.mktemp("milter") / "server", settings=f'defence {{ milters = {{ "unix:{milter.path}" }} }}')
    made.start()
    yield made
    assert made.stop() == 0


def letter(subject, do="", more="", body="hello\r\n"):
    return f"From: <a@x.test>\r\nSubject: {subject}\r\n{f'X-Do: {do}' if do else 'X-None: 1'}\r\n{more}\r\n{body}".encode()


def test_it_sees_all_of_it(server, milter):
    """Each event in its order, with what the dialogue had; macros; folds as LF; a body of several pieces."""
    send(server, SOURCE, "a@x.test", letter("seen", more="X-Long: a\r\n\tb\r\n", body="line of text\r\n" * 10_000), [ALICE, BOB])
    kept(server, ALICE, "seen")
    seen = milter.seen()
    assert [line[0] for line in seen] == ["connect", "helo", "mail", "rcpt", "rcpt", "data", "headers", "eom", "close"]
    assert seen[0][1] == "[127.0.0.2]" and "127.0.0.2" in seen[0][2], seen[0]
    assert seen[1][1] == "mx.client.test" and seen[2][1] == "<a@x.test>" and not seen[2][2]
    assert [line[1] for line in seen[3:5]] == [f"<{ALICE}>", f"<{BOB}>"]
    assert ["X-Long", "a\n\tb"] in seen[6][1] and seen[7][1] == 140_000


def test_who_is_logged_in(server, milter):
    """{auth_authen}, by which a filter knows who sends."""
    with server.logged_in() as s:
        s.message(ALICE, [BOB], letter("mine").replace(b"a@x.test", ALICE.encode()))
    assert milter.seen()[2] == ["mail", f"<{ALICE}>", ALICE]


def test_edits(server):
    """Fields added, put in front, changed and removed; what would be a field or a body of its own is a fold."""
    send(server, SOURCE, "a@x.test", letter("before", "edit", "X-Gone: x\r\n"))
    text = kept(server, ALICE, "edited")
    header = text.split("\\r\\n\\r\\n")[0].replace("\\t", "\t")
    for words in ("X-Added: one\\r\\n two", "X-First: yes\\r\\nFrom:", "Subject: edited", "X-Evil: a\\r\\n\tSubject: smuggled\\r\\n\tbody"):
        assert words in header, (words, header)
    assert "X-Gone" not in text and "Subject: before" not in text


@pytest.mark.parametrize("do, code, words", [("reject", 550, "5.7.1"), ("code", 550, "not"), ("tempfail", 451, "again later")])
def test_answers(server, do, code, words):
    assert words in send(server, SOURCE, "a@x.test", letter("answers", do), codes=(code,))


@pytest.mark.parametrize("sender, code, words", [("nobody@x.test", 550, "refuses it"), ("later@x.test", 451, "come back in an hour")])
def test_answers_to_the_envelope(server, milter, sender, code, words):
    """At MAIL, told at the end; and the filter is asked no more."""
    assert words in send(server, SOURCE, sender, letter("envelope"), codes=(code,))
    until(lambda: milter.seen()[-1][0] == "close")
    assert "eom" not in [line[0] for line in milter.seen()]


@pytest.mark.parametrize("do, value", [("quarantine", "quarantine"), ("discard", "discard")])
def test_put_aside(server, do, value):
    """Nothing is thrown away: who would have had it can still be given it."""
    send(server, SOURCE, "a@x.test", letter(f"aside {do}", do))
    assert f"X-Postrider-Defence: milter={value}" in kept(server, ALICE, f"aside {do}", "Quarantine")


def test_one_recipient_is_refused(server):
    """One reply for all (RFC 5321): whose copy the filter refuses finds it in Quarantine; alone, he is refused."""
    send(server, SOURCE, "not-bob@x.test", letter("for one"), [ALICE, BOB])
    kept(server, ALICE, "for one", "INBOX")
    assert "Bob does not want this" in kept(server, BOB, "for one", "Quarantine")
    assert "Bob does not want this" in send(server, SOURCE, "not-bob@x.test", letter("for Bob"), [BOB], codes=(550,))


@pytest.mark.parametrize("do", ["skip", "progress"])
def test_it_says_that_it_is_at_work(server, do):
    send(server, SOURCE, "a@x.test", letter(f"works {do}", do, body="line\r\n" * 50_000))
    kept(server, ALICE, f"works {do}")


def test_as_an_account_wishes(server):
    for words, box in (("milter=off", "INBOX"), ("milter=observe", "INBOX"), ("milter=junk", "Junk")):
        server.run("account", "set", "--defence", words, BOB, check=True)
        send(server, SOURCE, "a@x.test", letter(words, "reject"), [BOB])
        kept(server, BOB, words, box)
    server.run("account", "set", "--defence", "none", BOB, check=True)


# ---- fakes ----


def half(connection):
    negotiate(connection)
    read(connection)
    connection.sendall(struct.pack(">I", 20) + b"y550")


def silent(connection):
    negotiate(connection)
    while connection.recv(1 << 16):
        pass


def flood(connection):
    negotiate(connection)
    while True:
        write(connection, b"p")


def http(connection):
    connection.recv(100)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def greedy(connection):
    """Edits before it may, and recipients."""
    negotiate(connection)
    read(connection)
    write(connection, b"+", b"<evil@x.test>\0")


BROKEN = {"dead": lambda c: None, "half": half, "silent": silent, "flood": flood, "garbage": http, "early": greedy,
          "no end": answering({b"E": [(b"h", b"A\0b\0")] * 300 + [(b"c", b"")]}),
          "not agreed": answering({b"E": [(b"+", b"<evil@x.test>\0"), (b"c", b"")]}, actions=0x1),
          "body not agreed": answering({b"E": [(b"b", b"evil"), (b"c", b"")]}, actions=0x1),
          "body early": answering({b"M": [(b"b", b"evil"), (b"c", b"")]}),
          "no address": answering({b"E": [(b"e", b"<evil\0"), (b"c", b"")]}),
          "no end of recipients": answering({b"E": [(b"+", b"<u%d@x.test>\0" % i) for i in range(1001)] + [(b"c", b"")]}),
          "half a body": answering({b"E": [(b"b", b"evil"), (b"", b"")]}),
          "no field": answering({b"E": [(b"h", b"A B\0b\0"), (b"c", b"")]}),
          "old": lambda c: (read(c), write(c, b"O", struct.pack(">III", 1, 0, 0)), c.recv(10))}


@pytest.fixture(scope="module")
def fakes(tmp_path_factory):
    """One server, one fake that is as the test wants it."""
    fake = Fake(None)
    made = Postrider(tmp_path_factory.mktemp("fakes") / "server",
                     settings=f'defence {{ milters = {{ "{fake.endpoint}" }} milter_time = 1s }}')
    made.start()
    made.fake = fake
    yield made
    assert made.stop() == 0
    fake.stop()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_filter(fakes, name):
    """Nobody is refused for good since a filter is broken, and nothing passes unseen: 451, and the log says which and why."""
    fakes.fake.behave = BROKEN[name]
    before = len(fakes.log_text())
    began = time.monotonic()
    send(fakes, SOURCE, "a@x.test", letter("broken"), codes=(451,))
    assert time.monotonic() - began < 10
    until(lambda: f"the mail filter at {fakes.fake.endpoint} did not look at it" in fakes.log_text()[before:], what="a line in the log")


def test_who_does_not_answer_each(fakes):
    """NR_*: answers to the end alone; what was not wanted is not sent."""
    got = []

    def behave(connection):
        offered = negotiate(connection, protocol=0x80 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x40000 | 0x80000 | 0x2)
        got.append(offered)
        while (command := read(connection)[0]) != b"E":
            got.append(command)
        write(connection, b"a")
    fakes.fake.behave = behave
    send(fakes, SOURCE, "a@x.test", letter("silent events"))
    kept(fakes, ALICE, "silent events")
    assert got[0][0] == 6 and got[0][1] == 0xff
    assert got[1:] == [b"D", b"C", b"D", b"M", b"D", b"R", b"T", b"L", b"L", b"L", b"N", b"B"]


# ---- opendkim ----


def test_opendkim(tmp_path):
    """Signs what an account sends, verifies what comes; what it adds is done after forged results are gone."""
    dns = Dns(tmp_path / "dns", ["away IN MX 10 mx.away.test.", "mx.away IN A 127.0.1.1",
                                 record("s._domainkey.strict", f"v=DKIM1; k=rsa; p={PUBLIC['rsa']}")])
    key, conf, path = tmp_path / "key", tmp_path / "opendkim.conf", tmp_path / "opendkim.sock"
    key.write_bytes(RSA)
    key.chmod(0o600)
    conf.write_text(f"Mode sv\nDomain home.test\nSelector od\nKeyFile {key}\nSocket local:{path}\nCanonicalization simple/simple\n"
                    f"Nameservers 127.0.0.1\nTestDNSData file:{tmp_path}/dnsdata\nAuthservID mail.home.test\nAlwaysAddARHeader yes\nRequireSafeKeys no\n")
    (tmp_path / "dnsdata").write_text(f"s._domainkey.strict.test v=DKIM1; k=rsa; p={PUBLIC['rsa']}\n")
    filter_ = subprocess.Popen(["opendkim", "-f", "-x", str(conf)], stderr=(tmp_path / "stderr").open("wb"))
    port = free_port("127.0.1.1")
    remote = Remote("127.0.1.1", port, "away.test", "mx.away.test")
    own = Postrider(tmp_path / "server", dns=dns, remote_port=port, settings=f'defence {{ milters = {{ "unix:{path}" }} }}')
    try:
        until(path.exists, what="opendkim")
        own.start()
        with own.logged_in() as s:
            s.message(ALICE, ["user@away.test"], b"From: alice@home.test\r\nTo: x\r\n y\r\nSubject:  two  blanks\r\n\r\nhello\r\n")
        [(_, _, octets)] = remote.wait_messages(1)
        named = [i for i, field in enumerate(octets.split(b"DKIM-Signature:")[1:]) if b"s=od;" in field]
        judge = dkim.DKIM(octets)
        assert judge.verify(idx=named[0], dnsfunc=lambda name, timeout=5: f"v=DKIM1; k=rsa; p={PUBLIC['rsa']}".encode())
        message = letter("verified").replace(b"a@x.test", b"a@strict.test")
        forged = b"Authentication-Results: mail.home.test; dkim=pass header.d=evil.test\r\n"
        signed = forged + dkim.sign(message, b"s", b"strict.test", RSA, canonicalize=(b"simple", b"simple")) + message
        send(own, SOURCE, "a@strict.test", signed)
        text = kept(own, ALICE, "verified")
        assert text.count("Authentication-Results: mail.home.test") == 2 and "evil.test" not in text
        assert own.stop() == 0
    finally:
        filter_.kill()
        filter_.wait()
        remote.stop()
        dns.stop()
