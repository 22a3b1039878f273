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
    f'strict IN TXT "v=spf1 ip4:{GOOD} ip4:127.0.0.4 -all"', "strict IN MX 10 mx.strict.test.", '_dmarc.strict IN TXT "v=DMARC1; p=reject"',
    '2.0.0.127.bad IN A 127.0.0.2', '66.2.0.192.bad IN A 127.0.0.2', '66.2.0.192.bad IN TXT "sends spam"', "*.bad IN TXT unused",
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


def ask(server, message, ip=GOOD, recipient=ALICE, sender="a@strict.test", code=0, json_too=True, helo="mx.strict.test"):
    done = server.run("defence", "test", "--from", ip, "--helo", helo, "--sender", sender, "--recipient", recipient,
                      *(["--json"] if json_too else []), "-", input=message, text=False)
    assert done.returncode == code, (done.stdout, done.stderr)
    if not json_too:
        return done.stdout.decode()
    return json.loads(done.stdout) if done.stdout else done.stderr.decode()


def results(told):
    return {f["step"]: (f["result"], f["value"]) for f in told["defence"]}


def chain(told):
    """{step: (result, words)}, in the order in which they are told."""
    return {row["step"]: (row["result"], row["words"]) for row in told["chain"]}


ORDER = ["bans", "early", "helo", "blocklists", "rdns", "limits", "recipient", "greylist", "attachments", "spf", "dkim", "arc", "dmarc", "virus",
         "rspamd", "milter", "wanted"]


def test_each_step_is_told(server):
    """In the order in which the server asks: what it says, or why nobody asks it."""
    told = ask(server, letter())
    rows = chain(told)
    assert list(rows) == ORDER and all(row["reached"] for row in told["chain"]) and all(words for _, words in rows.values())
    assert rows["bans"][0] == rows["helo"][0] == rows["blocklists"][0] == rows["recipient"][0] == rows["spf"][0] == "passed"
    asked_not = {step: words for step, (result, words) in rows.items() if result == "not asked"}
    assert asked_not == {
        "early": "a file does not tell whether its client waits for the greeting",
        "limits": "only what accounts and smtp.relay_networks send is counted",
        "greylist": "it is off (default)", "rspamd": "defence.rspamd names none", "milter": "defence.milters names none",
        "virus": "nobody looks: there is no clamd (defence.clamd), and defence.hashes has no hashes"}
    server.run("account", "set", "--defence", "spf=off", BOB, check=True)
    try:
        assert chain(ask(server, letter(), recipient=BOB))["spf"] == ("not asked", "it is off (domain or account)")
    finally:
        server.run("account", "set", "--defence", "none", BOB, check=True)
    assert chain(ask(server, letter(), "127.0.0.1"))["spf"] == ("not asked", "the client is this machine itself")
    assert chain(ask(server, attached("evil.exe"), code=1))["spf"] == ("not asked", "what was found before has decided")


def test_private_addresses_are_told(server):
    """RFC 8601 2.7.3: nobody asks for the name of an address that is not of the Internet, and that is said (the same in `why`)."""
    [row] = [row for row in ask(server, letter(), "192.168.1.5")["chain"] if row["step"] == "rdns"]
    assert row["value"] == "not-asked" and "192.168.1.5 is no address of the Internet" in row["words"] and "delivery.private_addresses" in row["words"]
    with Session((server.address, server.smtp), source=("127.0.0.3", 0)) as s:
        s.hello("mx.strict.test")
        reply = str(s.message("", [BOB], b"From: <a@quiet.test>\r\n\r\nhi\r\n", codes=(250,)))
    message = re.search(r"committed as (\w+)", reply)[1]
    rows = {row["step"]: row for row in json.loads(server.run("why", "--json", message, check=True).stdout)["defence"]}
    assert rows["rdns"]["value"] == "not-asked" and "127.0.0.3 is no address of the Internet" in rows["rdns"]["words"]
    assert "iprev" not in str(rows)


def test_refused_by_what_the_client_is(server):
    """helo and rdns decide behind the text; the last line is what the sender reads."""
    server.run("account", "set", "--defence", "helo=reject", BOB, check=True)
    try:
        told = ask(server, letter(), recipient=BOB, helo="mail.home.test", code=1)
        assert told["refused_at"] == "text" and told["reply"].startswith(
            "550 5.7.1 Your server says that it is mail.home.test (HELO, EHLO), which is our own name; let it give its own full name in DNS; "
            "if that is an error, write to postmaster@home.test")
        text = ask(server, letter(), recipient=BOB, helo="mail.home.test", code=1, json_too=False)
        assert text.splitlines()[-1] == "refused behind the text: " + told["reply"] and f"{BOB}: refused, since helo=reject" in text
    finally:
        server.run("account", "set", "--defence", "none", BOB, check=True)


def test_who_is_shut_out(server):
    server.run("ban", "add", "--yes", "--for", "1h", GOOD, check=True)
    try:
        told = ask(server, letter(), code=1)
        assert told["refused_at"] == "connection" and told["reply"].startswith(f"421 4.7.0 {GOOD} is shut out until ")
        assert "; if that is an error, write to postmaster@mail.home.test" in told["reply"]
        assert [row["step"] for row in told["chain"] if row["reached"]] == ["bans"]
        last = ask(server, letter(), code=1, json_too=False).splitlines()[-1]  # the time may differ by a millisecond
        assert last.startswith(f"put off when it connects: 421 4.7.0 {GOOD} is shut out until ")
    finally:
        server.run("ban", "remove", GOOD, check=True)


def test_who_is_new(server):
    """Greylisting is asked, and remembers nothing of it."""
    server.run("account", "set", "--defence", "greylist=reject", BOB, check=True)
    try:
        for _ in range(2):
            told = ask(server, letter(), recipient=BOB, code=1)
            assert told["refused_at"] == "RCPT" and "again in 5 minutes" in told["reply"] and told["reply"].startswith("450 4.7.1 Greylisted: ")
            assert chain(told)["greylist"][0] == "failed" and told["recipients"][0]["goes"] == "INBOX"
        server.run("account", "set", "--defence", "greylist=observe", BOB, check=True)
        told = ask(server, letter(), recipient=BOB)
        assert chain(told)["greylist"][0] == "failed" and told["reply"] is None
        assert chain(ask(server, letter(), recipient="postmaster@home.test"))["greylist"][1].startswith("it is off")
    finally:
        server.run("account", "set", "--defence", "none", BOB, check=True)


def test_one_reply_for_all(server):
    """A list of two, of whom one refuses: SMTP has one reply, so his copy goes to Quarantine."""
    server.run("account", "set", "--defence", "attachments=observe", BOB, check=True)
    server.run("alias", "add", "both@home.test", ALICE, BOB, check=True)
    try:
        told = ask(server, attached("evil.exe"), recipient="both@home.test")
        assert {row["address"]: row["goes"] for row in told["recipients"]} == {ALICE: "Quarantine", BOB: "INBOX"} and told["reply"] is None
    finally:
        server.run("alias", "remove", "both@home.test", check=True)
        server.run("account", "set", "--defence", "none", BOB, check=True)


def test_what_passes(server):
    told = ask(server, letter())
    assert results(told) == {"helo": ("passed", "good"), "rdns": ("passed", "not-asked"), "attachments": ("passed", "none"), "spf": ("passed", "pass"), "dkim": ("passed", "none"), "arc": ("passed", "none"),
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
    with Session((server.address, server.smtp), source=("127.0.0.4", 0)) as s:
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
    assert "blocklists: failed: bad.test (127.0.0.2): sends spam\nthe client" not in text
    assert "blocklists: failed: bad.test (127.0.0.2): sends spam\n" in text and "\nthe client comes no further; if it did:\nattachments: " in text
    reply = f"554 5.7.1 {LISTED} is on the blocklist bad.test (127.0.0.2): sends spam; if that is an error, write to postmaster@home.test"
    assert text.splitlines()[-1] == "refused at RCPT: " + reply and told["reply"] == reply
    assert ask(server, letter(), LISTED, "postmaster@home.test")["reply"] is None


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
    assert text.splitlines()[-1] == f"{ALICE}: Quarantine, since dmarc=quarantine"
    assert f"\nset for {ALICE}: early=" in text and " attachments=reject (default), " in text
    (tmp_path / "m.eml").write_bytes(letter())
    shown, status = on_terminal([PROGRAM, "defence", "test", "-c", str(server.config), "--from", GOOD, "--sender", "a@strict.test",
                                 "--recipient", ALICE, str(tmp_path / "m.eml")])
    assert status == 0 and shown.startswith("step         result    value      why\r\n") and f"{ALICE}: INBOX\r\n" in shown


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
