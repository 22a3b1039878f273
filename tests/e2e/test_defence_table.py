"""Each step by each action, in and out; and each way in which a helper fails by each thing that may follow: one table, read by `postrider why`."""
import collections
import concurrent.futures
import hashlib
import json
import re
import socket

import dkim
import pytest

from harness import ALICE, Dns, Postrider, Session, until
from imap import Imap
from milters import Fake, answering, negotiate
from rspamds import FakeRspamd
from scanner import EICAR, Door
from test_attachments import letter as attached
from test_dkim import PUBLIC, RSA, record
from test_learn import BAD as UNWANTED, GOOD as WANTED, letter as learned
from test_virus import with_file

BAD = "127.0.0.3"  # has no name in DNS, and may not send for strict.test
ACTIONS = ("off", "observe", "tag", "junk", "quarantine", "reject")
BOXES = {"junk": "Junk", "quarantine": "Quarantine"}
SENDER = "a@strict.test"
RECORDS = ["strict IN MX 10 mx.strict.test.", 'strict IN TXT "v=spf1 ip4:127.0.0.2 -all"', '_dmarc.strict IN TXT "v=DMARC1; p=reject"',
           record("s._domainkey.strict", f"v=DKIM1; k=rsa; p={PUBLIC['rsa']}")]
STEPS = ("early", "helo", "rdns", "attachments", "spf", "dkim", "arc", "dmarc", "own", "virus", "wanted", "rspamd", "milter")
OFF = ", ".join(f"{step}=off" for step in STEPS)


def plain(sender):
    return f"From: <{sender}>\r\nTo: <{ALICE}>\r\nSubject: SUBJECT\r\n\r\nhello\r\n".encode()


def badly_signed(sender):
    text = plain(sender)
    return dkim.sign(text, b"s", b"strict.test", RSA) + text.replace(b"hello", b"changed")


def badly_sealed(sender):
    return (b"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=strict.test; s=s; b=AAAA\r\n"
            b"ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=strict.test; s=s; h=from; bh=AAAA; b=AAAA\r\n"
            b"ARC-Authentication-Results: i=1; strict.test; none\r\n") + plain(sender)


# step: (what it does not pass, what may follow at most, whether it is taken of what is sent, too)
TABLE = {
    "early": (plain, "reject", False),
    "helo": (plain, "reject", False),
    "rdns": (plain, "reject", False),
    "attachments": (lambda sender: attached("evil.exe").replace(b"Subject: x", b"Subject: SUBJECT"), "reject", True),
    "spf": (plain, "reject", False),
    "dkim": (badly_signed, "reject", False),
    "arc": (badly_sealed, "tag", False),
    "dmarc": (plain, "reject", False),
    "own": (plain, "reject", False),
    "virus": (lambda sender: with_file(EICAR), "reject", True),
    "wanted": (lambda sender: learned(UNWANTED, "SUBJECT", 77), "quarantine", False),
    "rspamd": (plain, "reject", True),
    "milter": (plain, "reject", True),
}


def message(step, sender, subject):
    """That, from whom it has to be, with this subject."""
    sender = "boss@home.test" if step == "own" else sender
    text = TABLE[step][0](sender)
    text = re.sub(rb"(?m)^From:.*?\r\n", f"From: <{sender}>\r\n".encode(), text, count=1) if step not in ("dkim", "arc") else text
    return re.sub(rb"(?m)^Subject:.*?\r\n", f"Subject: {subject}\r\n".encode(), text, count=1) if step != "dkim" else text


def set_words(server, step):
    """An account for each action."""
    for action in ACTIONS:
        server.directory_order("account", "set", f"{action}@home.test", defence=f"{step}={action}" + (", dmarc=observe" if step == "own" else ""))


def hand_in(session, sender, recipient, text):
    """The last reply."""
    session.envelope(sender, recipient)
    session.ask("DATA", 354)
    session.send(text + (b".\r\n" if text.endswith(b"\r\n") else b"\r\n.\r\n"))
    return session.expect(250, 550, 451)


def open_in(server, step):
    session = Session((server.address, server.smtp), source=(BAD, 0))
    name = "mail.home.test" if step == "helo" else "mx.client.test"
    if step == "early":
        session.send(f"EHLO {name}\r\n")
        session.expect(220)
        session.expect(250)
    else:
        session.hello(name)
    return session



def all_of_it(server):
    """{(step, action, direction): (the reply, how often helpers were asked for it)}, one session a step, and one an account."""
    found = {}
    senders = {action: server.logged_in(f"{action}@home.test") for action in ACTIONS}
    for step in STEPS:
        set_words(server, step)
        with open_in(server, step) as session:
            for action in ACTIONS:
                before = server.n_helped()
                said = hand_in(session, SENDER, f"{action}@home.test", message(step, SENDER, f"in {step} {action}"))
                found[step, action, "in"] = said, server.n_helped() - before
        for action in ACTIONS if TABLE[step][2] else ():
            sender, before = f"{action}@home.test", server.n_helped()
            said = hand_in(senders[action], sender, ALICE, message(step, sender, f"out {step} {action}"))
            found[step, action, "out"] = said, server.n_helped() - before
    for session in senders.values():
        session.close()
    return found


def records(server, ids):
    """What `postrider why --json` prints of each, by the control socket itself: a process for each would take long."""
    with socket.socket(socket.AF_UNIX) as s, s.makefile("rwb") as stream:
        s.connect(str(server.directory / "control"))
        for i in ids:
            stream.write(json.dumps({"call": "status", "message": i}).encode() + b"\n")
            stream.flush()
            while "ok" not in (row := json.loads(stream.readline())):
                pass
            yield {key: row[key] for key in ("defence", "followed")}


def boxes_of(server, account):
    """{subject: mailbox}"""
    found, client = {}, Imap(server, account)
    for box in ("INBOX", "Junk", "Quarantine"):
        client.ask(f"SELECT {box}")
        for line in client.ask("UID FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]"):
            for subject in re.findall(r"Subject: ([a-z ]+)", str(line)):
                found[subject.strip()] = box
    client.close()
    return found


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    directory = tmp_path_factory.mktemp("table")
    dns = Dns(directory / "dns", RECORDS, reverse=["2.0.0 IN PTR mx.client.test."], negative_ttl=0)
    rspamd, milter = FakeRspamd(), Fake(answering({b"E": [(b"r", b"")]}))
    rspamd.says = {"action": "reject", "score": 20, "required_score": 15, "symbols": {"BAD": {"score": 20}}}
    hashes = directory / "own.hdb"
    hashes.write_text(f"{hashlib.md5(EICAR).hexdigest()}:{len(EICAR)}:Own.eicar\n")
    server = Postrider(directory / "server", dns=dns, settings=f"""
delivery {{ private_addresses = true }}
limits {{ account = off network = off address = off domain = off }}
defence {{ steps = {{ "{OFF}" }} clamd = off hashes = {{ "{hashes}" }} rspamd = "{rspamd.url}" milters = {{ "{milter.endpoint}" }}
 greeting_delay = 300ms ban_debt = 0 learn_least = 5 unwanted_score = 10 }}""")
    for action in ACTIONS:
        server.add_account(f"{action}@home.test")
    server.n_helped = lambda: len(rspamd.asked) + milter.n
    server.start()
    for kind, words in (("spam", UNWANTED), ("ham", WANTED)):
        mbox = directory / kind
        mbox.write_bytes(b"".join(b"From x Mon Mar  2 10:00:00 2026\n" + learned(words, f"{kind} {n}", n).replace(b"\r\n", b"\n") + b"\n" for n in range(10)))
        server.run("learn", kind, str(mbox), check=True)
    found = all_of_it(server)
    ids = {key: reply.split()[-1] for key, (reply, _) in found.items() if reply.startswith("250")}
    told = dict(zip(ids, records(server, ids.values())))
    last = list(ids)[-1]
    assert json.loads(server.run("why", "--json", ids[last]).stdout).items() >= told[last].items()
    boxes = {account: boxes_of(server, account) for account in [ALICE, *(f"{action}@home.test" for action in ACTIONS)]}
    yield collections.namedtuple("Outcomes", "found told boxes")(found, told, boxes)
    assert server.stop() == 0
    for helper in (rspamd, milter, dns):
        helper.stop()


ROWS = [(step, action, way) for step in STEPS for action in ACTIONS for way in (("in", "out") if TABLE[step][2] else ("in",))]


@pytest.mark.parametrize("step, action, way", ROWS)
def test_what_follows(outcomes, step, action, way):
    """The lesser of what is set and of what the finding bears; with `off` the step is not taken, and no helper is asked."""
    reply, n_helped = outcomes.found[step, action, way]
    follows = min(action, TABLE[step][1], key=ACTIONS.index)
    assert n_helped == (step in ("rspamd", "milter") and action != "off")
    if follows == "reject":
        assert reply.startswith("550 5.7."), reply
        return
    assert reply.startswith("250"), reply
    told = outcomes.told[step, action, way]
    with_it = [("dmarc", "passed")] if step == "own" else []  # which it needs
    assert [(row["step"], row["result"]) for row in told["defence"]] == with_it + ([] if action == "off" else [(step, "failed")])
    assert [(row["step"], row["action"]) for row in told["followed"]] == ([] if action == "off" else [(step, follows)])
    if step != "dkim":
        box = outcomes.boxes[f"{action}@home.test" if way == "in" else ALICE]
        assert box[f"{way} {step} {action}"] == BOXES.get(follows, "INBOX")


# ---- helpers that fail ----


def silence(connection):
    while connection.recv(1 << 16):
        pass


def half_milter(connection):
    negotiate(connection)
    connection.sendall(b"\0\0\0\x20y550")


KINDS = {  # of clamd (scanner.Door), rspamd, milter
    "dead": ("deaf", lambda c: None, lambda c: None),
    "slow": ("silent", silence, lambda c: (negotiate(c), silence(c))),
    "half": ("half", lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), half_milter),
    "garbage": ("garbage", lambda c: c.sendall(b"220 mx ESMTP\r\n"), lambda c: c.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
    "gone": ("gone", None, None),
}
SETTINGS = {"virus": "scan_failure", "rspamd": "rspamd_failure", "milter": "milter_failure"}
HELPERS, FOLLOWS = ("virus", "rspamd", "milter"), ("tempfail", "tag", "pass")


def fail_all(directory, follows):
    """{(helper, kind, direction): (the reply, what why tells)} of one server, where that follows from failures."""
    door, rspamd, milter = Door(directory / "clamd", None), FakeRspamd(), Fake(None)
    server = Postrider(directory / "server", settings=f"""
limits {{ account = off }}
defence {{ steps = {{ "{OFF}" }} ban_debt = 0 clamd = "unix:{door.path}" scan_time = 300ms scan_failure = {follows}
 rspamd = "{rspamd.url}" rspamd_time = 300ms rspamd_failure = {follows}
 milters = {{ "{milter.endpoint}" }} milter_time = 1s milter_failure = {follows} }}""")
    server.start()
    found = {}
    with Session((server.address, server.smtp), source=(BAD, 0)) as strangers, server.logged_in() as own:
        strangers.hello()
        for kind, (door_mode, says, behave) in KINDS.items():
            door.turn(door_mode)
            rspamd.says, milter.behave = says, behave
            if kind == "gone":
                rspamd.stop()
                milter.stop()
            for helper in HELPERS:
                server.directory_order("account", "set", ALICE, defence=f"{helper}=reject")
                for way, session, sender in (("in", strangers, SENDER), ("out", own, ALICE)):
                    text = with_file(f"{kind} {way}".encode(), subject=f"{helper} {kind} {way}", sender=sender)
                    text = f"Message-ID: <{helper}.{kind}.{way}@x.test>\r\n".encode() + text
                    said = hand_in(session, sender, ALICE, text)
                    told = next(records(server, [said.split()[-1]])) if said.startswith("250") else None
                    found[helper, kind, way] = said, told
    assert server.stop() == 0
    found["log"] = server.log_text().splitlines()
    return found


@pytest.fixture(scope="module")
def failures(tmp_path_factory):
    directories = [tmp_path_factory.mktemp(follows) for follows in FOLLOWS]
    with concurrent.futures.ThreadPoolExecutor(len(FOLLOWS)) as pool:
        return dict(zip(FOLLOWS, pool.map(fail_all, directories, FOLLOWS)))


@pytest.mark.parametrize("follows", FOLLOWS)
def test_a_helper_that_fails_is_no_fault_of_ours(failures, follows):
    """What is not there is told by name, and never as internal_error."""
    log = failures[follows]["log"]
    assert not [line for line in log if "internal_error" in line] and not [line for line in log if "message_found" in line and "action=off" in line]


@pytest.mark.parametrize("follows", FOLLOWS)
@pytest.mark.parametrize("way", ["in", "out"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("helper", HELPERS)
def test_a_helper_fails(failures, helper, kind, way, follows):
    """Never a refusal for good, and never as if it had been looked at: it is not known, and that is told."""
    reply, told = failures[follows][helper, kind, way]
    lines = [line for line in failures[follows]["log"] if f"message_id=<{helper}.{kind}.{way}@" in line]
    if follows == "tempfail":
        assert reply.startswith(f"451 4.3.0 The message could not be looked at now ({helper}); send it again later"), reply
        assert any(f" message_put_off " in line and f"step={helper} setting=defence.{SETTINGS[helper]} reason=" in line for line in lines), lines
        return
    assert any(f" message_found " in line and f"step={helper} value=" in line and f" action={follows} " in line for line in lines), lines
    assert reply.startswith("250"), reply
    [row] = told["defence"]
    assert (row["step"], row["result"]) == (helper, "unknown")
    assert [(r["step"], r["action"]) for r in told["followed"]] == ([(helper, "tag")] if follows == "tag" else [])


def test_silent_dns_is_told(tmp_path):
    """451, and the log has the message, the step, the setting and the cause, and no fault of ours."""
    dns = Dns(tmp_path / "dns", RECORDS)
    server = Postrider(tmp_path / "server", dns=dns, settings='defence { steps = { "spf=reject", "dmarc=off", "dkim=off" } failure = tempfail }')
    server.start()
    try:
        with Session((server.address, server.smtp), source=(BAD, 0)) as session:
            session.hello("mx.client.test")
            text = b"Message-ID: <silent@x.test>\r\n" + plain("a@elsewhere.example")
            reply = hand_in(session, "a@elsewhere.example", ALICE, text)
        assert reply.startswith("451 4.3.0 The message could not be looked at now (spf); send it again later"), reply
        [line] = until(lambda: [line for line in server.log_text().splitlines() if " message_put_off " in line], what="a line in the log")
        assert "message_id=<silent@x.test> step=spf setting=defence.failure reason=" in line and "internal_error" not in server.log_text()
    finally:
        assert server.stop() == 0
        dns.stop()
