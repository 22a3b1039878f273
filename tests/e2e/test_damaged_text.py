"""Octets of journal segments that change while the server is stopped cost the messages that they belong to, and nothing else."""
import re

import pytest

from harness import ALICE, Postrider, until
from imap import Imap

N, LINES = 150, 400
ROOM = "store { segment_size = 1M  blob_threshold = 128K }\n"


def text(n):
    """About 24 KB, so that a segment holds some forty."""
    return f"Subject: number {n}\r\n\r\n".encode() + b"".join(b"%04d of letter %04d, which is unlike the others and a line long\r\n" % (line, n) for line in range(LINES))


def segment_of(own, n):
    """The segment that has the text of a message, and where in it."""
    [found] = [(path, at) for path in sorted((own.directory / "data" / "journal").glob("*.seg")) if (at := path.read_bytes().find(text(n))) >= 0]
    return found


def overwrite(own, n):
    path, at = segment_of(own, n)
    with path.open("r+b") as f:
        f.seek(at + len(text(n)) // 2)
        f.write(bytes(64))
    return path


def bodies(own, how="OK"):
    client = Imap(own)
    client.ask("SELECT Archive")
    answer = client.tagged("FETCH 1:* (UID BODY.PEEK[])")
    assert answer.startswith(how), answer
    found = {}
    for line in client.untagged:
        if m := re.match(r"\d+ FETCH \(UID (\d+) BODY\[\] \{\d+\}\r\n(.*)\)\Z", line, re.S):
            found[int(m[1])] = m[2].encode(errors="surrogateescape")
    client.close()
    return found


def verified(own):
    done = own.run("store", "verify")
    lines = done.stdout.splitlines()
    assert (done.returncode == 0) == (lines[0].startswith("no fault in ")), done.stdout + done.stderr
    return lines if done.returncode else []


def names(lines):
    """The segment and the offset of each line."""
    return [re.match(r"journal/(\d+\.seg): .* offset (\d+) ", line).groups() for line in lines]


@pytest.fixture
def own(directory, request):
    own = Postrider(directory / f"text-{request.node.name.partition('[')[2][:-1]}", settings=ROOM).start()
    client = Imap(own)
    for n in range(1, N + 1):
        client.append("Archive", text(n))
    client.close()
    assert own.stop() == 0
    return own


@pytest.mark.parametrize("where", ["newest", "older", "unbounded"])
def test_damage_costs_what_it_hit(own, where):
    """newest: nobody says where its log ends but the ledger.  unbounded: the segment that said so was emptied."""
    uid = {"newest": N - 5, "older": 10, "unbounded": 10}[where]
    others = {n: text(n) for n in range(1, N + 1) if n != uid}
    if where == "unbounded":
        own.start()
        client = Imap(own)
        client.ask("SELECT Archive")
        number = lambda path: int(path.stem)  # noqa: E731
        older = number(segment_of(own, uid)[0])
        gone = [n for n in others if number(segment_of(own, n)[0]) == older + 1]
        client.ask(f"UID STORE {gone[0]}:{gone[-1]} +FLAGS.SILENT (\\Deleted)")
        client.ask("EXPUNGE")
        client.close()
        others = {n: text for n, text in others.items() if n not in gone}
        until(lambda: not (own.directory / "data" / "journal" / f"{older + 1:012}.seg").exists(), what="the next segment to be given back")
        assert own.stop() == 0
        assert number(segment_of(own, uid)[0]) == older
    path = overwrite(own, uid)
    assert (path == segment_of(own, N)[0]) == (where == "newest")
    lines = verified(own)
    assert len(lines) == 2, lines
    assert "octets at offset" in lines[0] and "cannot be read" in lines[1], lines
    [(first, at), second] = names(lines)
    assert (first, at) == second and first == path.name
    text_at = path.read_bytes().find(text(uid)[:1000])
    assert 0 < text_at - int(at) < 2000
    own.start()
    assert bodies(own, f"NO [CORRUPTION] The text of UID {uid} is damaged on the server") == others  # RFC 5530 3
    assert re.search(rf" message_damaged account={ALICE} uid={uid} message=\w+ reason=.* offset {at}\b", own.log_text())
    until(lambda: f"journal_damaged segment={int(path.stem)} offset={at} " in own.log_text(), what="the log to tell")
    client = Imap(own)
    client.ask("SELECT Archive")
    assert int(client.untagged[[line.endswith(" EXISTS") for line in client.untagged].index(True)].split()[0]) == len(others) + 1
    client.ask(f"UID STORE {uid} +FLAGS.SILENT (\\Deleted)")
    client.ask("EXPUNGE")
    client.close()
    until(lambda: not path.exists(), what="the damaged segment to be given back")
    assert bodies(own) == others
    assert own.stop() == 0
    assert verified(own) == []
    own.start()
    assert bodies(own) == others
    assert own.stop() == 0
