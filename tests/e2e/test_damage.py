"""Files of mailboxes that are damaged or lost while the server is stopped: told, nothing else suffers, nothing is shown under a wrong UID."""
import hashlib
import json
import poplib
import re
import shutil
import subprocess

import pytest

from harness import ALICE, BOB, PASSWORD, Postrider, tls_context, until
from imap import Imap

SENDER = "x@elsewhere.test"


def text(n):
    return f"From: Sender {n} <s{n}@elsewhere.test>\r\nSubject: number {n}\r\nMessage-ID: <n{n}@elsewhere.test>\r\n\r\nbody {n}\r\n".encode()


def numbers(own, account, path):
    """The numbers of an account and a mailbox, of which the names of files are made."""
    [row] = own.sql("SELECT b.account, b.mailbox FROM mailbox AS b JOIN account_use AS u ON u.account = b.account"
                    " WHERE u.name LIKE ? AND b.path = ?", f"%{account}%", path)
    return row["account"], row["mailbox"]


def folder(own, account):
    return own.directory / "data" / "mail" / f"{account % 100:02}" / str(account)


def idx(own, account, path):
    number, mailbox = numbers(own, account, path)
    return folder(own, number) / f"{mailbox}.idx"


def fold(own):
    """All that is in the journal goes to the files of mailboxes, as at the first start on a backup that was restored.  Stopped."""
    (own.directory / "data" / "restored").touch()
    own.start()
    assert own.stop() == 0


def fetch(own, mailbox, account=ALICE):
    """{hash of the text: (flags, INTERNALDATE, ENVELOPE)} of a mailbox, in order of UID."""
    client = Imap(own, account)
    client.ask(f"EXAMINE {mailbox}")
    found = {}
    for line in client.ask("UID FETCH 1:* (FLAGS INTERNALDATE ENVELOPE BODY.PEEK[])"):
        if m := re.match(r'\d+ FETCH \(.*?FLAGS \((.*?)\) INTERNALDATE (".*?") ENVELOPE (\(.*\)) BODY\[\] \{\d+\}\r\n(.*)\)\Z', line, re.S):
            key = hashlib.sha256(m[4].encode(errors="surrogateescape")).hexdigest()
            assert key not in found
            found[key] = (frozenset(m[1].split()), m[2], m[3])
    client.close()
    return found


@pytest.fixture(scope="module")
def own(directory, network):
    """alice has mail in INBOX and Archive, and bob in INBOX; all in files; stopped."""
    own = Postrider(directory / "damage", dns=network.dns, remote_port=network.port).start()
    with own.session() as s:
        s.hello()
        for n in range(8):
            s.message(SENDER, [ALICE, BOB] if n % 2 else [ALICE], text(n))
    own.wait_mail(BOB, subject="number 7")
    client = Imap(own)
    for n in range(8, 14):
        client.append("Archive", text(n), r"\Flagged" if n % 2 else r"\Seen $Work")
    client.ask("SELECT INBOX")
    client.ask(r"STORE 1:3 +FLAGS (\Answered)")
    client.ask("MOVE 8 Archive")
    client.ask("COPY 1 Archive")
    client.close()
    assert own.stop() == 0
    fold(own)
    return own


@pytest.fixture
def before(own):
    """INBOX and Archive of alice, INBOX of bob, and the UIDVALIDITY of the first, as they are each time when a test begins."""
    data, kept = own.directory / "data", own.directory / "kept"
    if kept.exists():
        if own.process.poll() is None:
            own.kill()
        shutil.rmtree(data)
    else:
        own.start()
        own.known = fetch(own, "INBOX"), fetch(own, "Archive"), fetch(own, "INBOX", BOB), validity(own, "INBOX")
        assert own.stop() == 0
        data.rename(kept)
    subprocess.run(["cp", "-a", str(kept), str(data)], check=True)  # owners too
    return own.known


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip(path):
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2] ^= 0x10
    path.write_bytes(octets)


def lose(path):
    path.unlink()


def rubbish(path):
    path.write_bytes(bytes(range(256)) * (path.stat().st_size // 256 + 1))


def test_envelopes_are_made_again(own, before):
    """FORMAT.md, "Envelope file": what is not there is made again from the messages, and what is written where it stood is nobody else's."""
    [envelopes] = folder(own, numbers(own, ALICE, "INBOX")[0]).glob("*.env")
    envelopes.unlink()
    own.start()
    client = Imap(own)
    for n in range(20, 24):
        client.append("Drafts", text(n))
    client.close()
    assert own.stop() == 0
    fold(own)
    own.start()
    assert (fetch(own, "INBOX"), fetch(own, "Archive")) == before[:2]
    assert own.stop() == 0
    fold(own)  # what was made again is in the file: no fault is left
    done = own.run("store", "verify")
    assert done.returncode == 0, done.stdout


def others(path):
    """The file of another mailbox of the account."""
    path.write_bytes(max((p for p in path.parent.glob("*.idx") if p != path), key=lambda p: p.stat().st_size).read_bytes())


def validity(own, mailbox):
    client = Imap(own)
    client.ask(f"EXAMINE {mailbox}")
    number = int(client.code("UIDVALIDITY"))
    client.close()
    return number


def flags(found):
    return {key: value[0] for key, value in found.items()}


def used(own):
    """What the account uses by the ledger, and what its mailboxes hold by IMAP."""
    [row] = own.sql("SELECT messages, octets FROM account_use WHERE name = ?", ALICE)
    client = Imap(own)
    sizes = re.findall(r"MESSAGES (\d+) SIZE (\d+)", "\n".join(client.ask('LIST "" "*" RETURN (STATUS (MESSAGES SIZE))')))
    client.close()
    return (row["messages"], row["octets"]), (sum(int(n) for n, _ in sizes), sum(int(size) for _, size in sizes))


@pytest.mark.parametrize("damage", [flip, cut, lose, rubbish, others])
def test_a_damaged_mailbox_is_told_and_rebuilt(own, before, damage):
    """RFC 5530 3 CORRUPTION; RFC 9051 2.3.1.1: another UIDVALIDITY."""
    path = idx(own, ALICE, "INBOX")
    damage(path)
    done = own.run("store", "verify")
    assert done.returncode != 0 and f"{path.name}, INBOX of {ALICE}); give: postrider mailbox rebuild {ALICE}" in done.stdout, done.stdout
    told = own.log_text().count(" mailbox_damaged ")
    own.start()
    client, bystander = Imap(own), Imap(own)
    bystander.ask("SELECT Archive")
    for _ in range(2):
        assert client.refused("SELECT INBOX").startswith("NO [CORRUPTION] ")
    done = own.run("mailbox", "list", ALICE)
    assert done.returncode == 1 and done.stderr == f"postrider: this mailbox of {ALICE} is damaged; give: postrider mailbox rebuild {ALICE}\n"
    assert own.log_text().count(" mailbox_damaged ") == told + 1
    assert f'mailbox=INBOX reason=' in own.log_text() and f'give="postrider mailbox rebuild {ALICE}"' in own.log_text()
    assert "INBOX" in "".join(client.ask('LIST "" "*" RETURN (STATUS (MESSAGES))'))
    assert (fetch(own, "Archive"), fetch(own, "INBOX", BOB)) == before[1:3]
    with own.session() as s:
        s.hello()
        s.message(SENDER, [ALICE], text(30))
    done = own.run("mailbox", "rebuild", "--json", ALICE)
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    [row] = answer["rows"]
    assert row["mailbox"] == "INBOX" and row["messages"] == len(before[0]) + 1 and answer["missing"] == 0
    assert validity(own, "INBOX") == row["uid_validity"] > before[3]
    now = fetch(own, "INBOX")
    new = now.keys() - before[0].keys()
    assert before[0].keys() < now.keys() and len(new) == 1
    assert {key: value[2] for key, value in now.items() if key not in new} == {key: value[2] for key, value in before[0].items()}
    if damage in (flip, cut):
        assert row["flags_lost"] <= 1
    else:
        assert row["flags_lost"] == len(before[0])
        assert not any(flags(now).values())
    client.ask("SELECT INBOX")
    assert len(client.ask("UID SEARCH UID 1:*")[0].split()) - 1 == len(now)
    client.append("INBOX", text(31))
    client.ask("STORE 1 +FLAGS (\\Deleted)")
    client.ask("EXPUNGE")
    bystander.ask("NOOP")
    for c in (client, bystander):
        c.close()
    assert json.loads(own.run("mailbox", "rebuild", "--json", ALICE, check=True).stdout)["rows"] == []
    until(lambda: len(set(used(own))) == 1, what="the ledger")  # it is a moment behind
    assert len(fetch(own, "INBOX")) == len(now)
    assert own.stop() == 0
    done = own.run("store", "verify")
    assert done.returncode == 0, done.stdout


def test_a_backup_brings_its_damage_along(own, before):
    """ADR 28: store verify tells of what was restored; POP3 hears RFC 3206 5; the rebuild is the same."""
    damaged = idx(own, ALICE, "INBOX")
    flip(damaged)
    copy = own.directory / "backup"
    own.run("backup", str(copy), check=True)
    shutil.rmtree(own.directory / "data")
    own.run("restore", str(copy), check=True)
    done = own.run("store", "verify")
    assert done.returncode != 0 and f"{damaged.name}, INBOX of {ALICE}); give: postrider mailbox rebuild {ALICE}" in done.stdout
    own.start()
    pop = poplib.POP3_SSL("127.0.0.1", own.pop3s, context=tls_context())
    pop.user(ALICE)
    with pytest.raises(poplib.error_proto, match=r"-ERR \[SYS/PERM\] .* damaged"):
        pop.pass_(PASSWORD)
    pop.close()
    [row] = json.loads(own.run("mailbox", "rebuild", "--json", ALICE, check=True).stdout)["rows"]
    assert row["messages"] == len(before[0]) and row["uid_validity"] > before[3]
    assert fetch(own, "INBOX").keys() == before[0].keys()
    assert own.stop() == 0
    assert own.run("store", "verify").returncode == 0
