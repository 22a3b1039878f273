"""postrider defence test: what would become of a message is what becomes of it, and nothing is kept."""
import json
import os
import re

import pytest

from harness import ALICE, BOB, PROGRAM, Dns, Postrider, Session
from test_attachments import letter as attached
from test_cli import on_terminal

GOOD, BAD, LISTED = "192.0.2.2", "192.0.2.3", "192.0.2.66"
RECORDS = [
    f'strict IN TXT "v=spf1 ip4:{GOOD} ip4:127.0.0.2 -all"', "strict IN MX 10 mx.strict.test.", '_dmarc.strict IN TXT "v=DMARC1; p=reject"',
    '66.2.0.192.bad IN A 127.0.0.2', '66.2.0.192.bad IN TXT "sends spam"', "*.bad IN TXT unused",
]
SETTINGS = """
smtp { relay_networks = { "198.51.100.0/24" } }
defence {
 steps = { "dmarc=quarantine" }
 dnsbl = { "bad.test*3" }
 reject_score = 2
}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("defence")
    dns = Dns(directory / "dns", RECORDS)
    made = Postrider(directory / "server", dns=dns, settings=SETTINGS)
    made.start()
    yield made
    assert made.stop() == 0
    dns.stop()


def letter(author="a@strict.test", body="hello"):
    return f"From: <{author}>\nTo: <{ALICE}>\nSubject: s\n\n{body}\n".encode()  # as most files of mail


def ask(server, message, ip=GOOD, recipient=ALICE, sender="a@strict.test", code=0, json_too=True):
    done = server.run("defence", "test", "--from", ip, "--helo", "mx.strict.test", "--sender", sender, "--recipient", recipient,
                      *(["--json"] if json_too else []), "-", input=message, text=False)
    assert done.returncode == code, (done.stdout, done.stderr)
    if not json_too:
        return done.stdout.decode()
    return json.loads(done.stdout) if done.stdout else done.stderr.decode()


def results(told):
    return {f["step"]: (f["result"], f["value"]) for f in told["defence"]}


def test_what_passes(server):
    told = ask(server, letter())
    assert results(told) == {"attachments": ("passed", "none"), "spf": ("passed", "pass"), "dkim": ("passed", "none"), "arc": ("passed", "none"),
                             "dmarc": ("passed", "pass"), "wanted": ("passed", "unknown")}
    assert told["recipients"][0].items() >= {"address": ALICE, "account": ALICE, "goes": "INBOX", "action": None, "reply": None}.items()
    assert "spf=pass smtp.mailfrom=a@strict.test" in told["fields"] and told["reply"] is None
    assert told["lists"] == {"asked": 1, "score": 0, "reject_score": 2, "words": None}


def test_who_says_what_follows(server):
    """Server, domain, account: the words that count are told, with whose they are."""
    def said(recipient=ALICE, code=0):
        told = ask(server, letter(), BAD, recipient, code=code)
        assert results(told)["dmarc"] == ("failed", "fail")
        [row] = told["recipients"]
        assert row["fields"] is None or row["fields"].startswith("X-Postrider-Defence: dmarc=fail;")
        return row["goes"], row["action"], {s["step"]: (s["action"], s["by"]) for s in row["set"]}
    goes, action, words = said()
    assert (goes, action) == ("Quarantine", "quarantine")
    expected = {"attachments": ("reject", "default"), "spf": ("observe", "default"), "dkim": ("observe", "default"), "dmarc": ("quarantine", "server")}
    assert words.items() >= expected.items()
    server.run("account", "set", "--defence", "dmarc=reject", BOB, check=True)
    try:
        goes, action, words = said(BOB, code=1)
        assert (goes, action) == ("refused", "reject") and words["dmarc"] == ("reject", "domain or account")
        assert ask(server, letter(), BAD, BOB, code=1)["recipients"][0]["reply"].startswith("550 5.7.26 ")
        server.run("account", "set", "--defence", "dmarc=junk", BOB, check=True)
        assert said(BOB)[:2] == ("Junk", "junk")
        server.run("account", "set", "--defence", "dmarc=off", BOB, check=True)
        assert "dmarc" not in results(ask(server, letter(), BAD, BOB))
    finally:
        server.run("account", "set", "--defence", "none", BOB, check=True)


def test_as_smtp_does(server):
    """The same by the dialogue: the reply is that of the test."""
    message = attached("evil.exe")
    told = ask(server, message.replace(b"\r\n", b"\n"), code=1)
    with Session((server.address, server.smtp), source=("127.0.0.2", 0)) as s:
        s.hello("mx.strict.test")
        reply = str(s.message("a@strict.test", [ALICE], message, codes=(550,)))
    assert told["recipients"][0]["reply"] in reply and results(told)["attachments"] == ("failed", "program")
    assert told["recipients"][0]["step"] == "attachments"


def test_a_large_one_leaves_nothing(server):
    """A body past store.blob_threshold is in a file of the store, until it is judged."""
    blobs = server.directory / "data" / "blobs"
    before = sorted(os.listdir(blobs)) if blobs.exists() else []
    log = server.log_text()
    told = ask(server, attached("evil.cmd", os.urandom(3_000_000)), code=1)
    assert results(told)["attachments"] == ("failed", "program")
    assert len(os.listdir(blobs) if blobs.exists() else []) <= len(before) + 1  # one is kept for the next
    assert not server.queue() and not server.mailbox(ALICE)
    told = server.log_text()[len(log):]
    assert "evil.cmd" not in told and "message_accepted" not in told  # the line of the test before may come late


def test_blocklists(server):
    told = ask(server, letter(), LISTED, code=1)
    assert told["lists"] == {"asked": 1, "score": 3, "reject_score": 2, "words": "bad.test (127.0.0.2): sends spam"}
    text = ask(server, letter(), LISTED, code=1, json_too=False)
    assert "blocklists: failed: bad.test (127.0.0.2): sends spam\n" in text and "refused at RCPT, unless it is for postmaster or abuse" in text


@pytest.mark.parametrize("recipient, reply", [
    ("nobody@home.test", "550 5.1.1 No such user here"),
    ("x@away.test", "550 5.7.1 We do not take mail for that domain, and you are not logged in"),
])
def test_refused_at_rcpt(server, recipient, reply):
    told = ask(server, letter(), recipient=recipient, code=1)
    assert told["reply"] == reply and not told["recipients"]


def test_whose_relay_we_are(server):
    """Where smtp.relay_networks has the client it is mail that is sent: nobody asks whose it is."""
    told = ask(server, letter(), "198.51.100.7", "x@away.test")
    assert list(results(told)) == ["attachments"] and told["recipients"][0]["goes"] == "on its way" and told["lists"]["asked"] == 0


def test_loops(server):
    """RFC 5321 6.3."""
    told = ask(server, f"Delivered-To: {ALICE}\n".encode() + letter(), code=1)
    assert told["recipients"][0]["goes"] == "refused" and told["recipients"][0]["reply"].startswith("554 5.4.6 Mail loop")
    told = ask(server, b"Received: x\n" * 200 + letter(), code=1)
    assert told["reply"].startswith("554 5.4.6 ") and not told["recipients"]


def test_for_people(server, tmp_path):
    """Plain lines when piped, a table on a terminal."""
    text = ask(server, letter(), BAD, json_too=False)
    assert "attachments: passed (none):" in text and re.search(r"^spf: failed \(fail\): \S", text, re.M)
    assert f"{ALICE}: Quarantine, since dmarc=quarantine\n    set: " in text and " attachments=reject (default), " in text
    (tmp_path / "m.eml").write_bytes(letter())
    shown, status = on_terminal([PROGRAM, "defence", "test", "-c", str(server.config), "--from", GOOD, "--sender", "a@strict.test",
                                 "--recipient", ALICE, str(tmp_path / "m.eml")])
    assert status == 0 and shown.startswith("step         result   value      why\r\n") and f"{ALICE}: INBOX\r\n" in shown


@pytest.mark.parametrize("change, words", [
    ({"ip": "192.0.2"}, "192.0.2 is no IPv4 or IPv6 address"), ({"sender": "no address"}, "sender: no address is no address"),
    ({"recipient": "nobody"}, "recipient: nobody is no address"),
])
def test_what_cannot_be_asked(server, change, words):
    assert words in ask(server, letter(), code=1, **change)


def test_misuse(server):
    for arguments in ((), ("test",), ("test", "-"), ("test", "--from", GOOD, "-"), ("try", "--from", GOOD, "--recipient", ALICE, "-")):
        done = server.run("defence", *arguments, stdin=-3)
        assert done.returncode == 64 and "see postrider defence --help" in done.stderr


def test_without_a_server(server, tmp_path):
    config = tmp_path / "postrider.conf"
    config.write_text(re.sub(r"control = .*", f'control = "{tmp_path}/nowhere"', server.config.read_text()))
    done = server.run("defence", "test", "-c", str(config), "--from", GOOD, "--recipient", ALICE, "-", config=False, input="x\n")
    assert done.returncode == 1 and "is it running (postrider serve)?" in done.stderr
