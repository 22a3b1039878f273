"""CONDSTORE and QRESYNC (RFC 7162): what a client that was away is told, compared with what a fresh one sees."""
import os
import random
import re
import signal

import pytest

from harness import until
from imap import Imap, uids_of


@pytest.fixture
def box(server, request):
    """Two sessions, and the name of a mailbox of five messages that the first has selected."""
    name = request.node.name.replace("[", "-").replace("]", "")
    one, two = Imap(server), Imap(server)
    one.ask(f"CREATE {name}")
    for _ in range(5):
        one.append(name)
    one.ask(f"SELECT {name}")
    yield one, two, name
    for client in (one, two):
        client.ask("UNSELECT") if client.tagged("CHECK").startswith("OK") else None
    two.ask(f"DELETE {name}")
    one.close(), two.close()


def modseq(lines):
    [found] = [int(m[1]) for m in (re.search(r"MODSEQ \((\d+)\)", line) for line in lines) if m]
    return found


def highest(client, name):
    """As STATUS has it: enables CONDSTORE."""
    client.ask(f"STATUS {name} (HIGHESTMODSEQ)")
    [found] = [int(m[1]) for m in (re.match(r"STATUS .*HIGHESTMODSEQ (\d+)", line) for line in client.untagged) if m]
    return found


def test_enable(server):
    """RFC 5161 3.1, RFC 7162 3.2.3: QRESYNC brings CONDSTORE; what is not known is passed over."""
    client = Imap(server)
    assert client.ask("ENABLE X-NONE") == ["ENABLED"]
    assert client.ask("ENABLE X-NONE qresync") == ["ENABLED CONDSTORE QRESYNC"]
    client.close()


def test_select_tells_modseq_and_the_first_unseen(box):
    """RFC 7162 3.1.2.1, RFC 3501 6.3.1."""
    one, two, name = box
    assert one.code("UNSEEN") == "1" and int(one.code("HIGHESTMODSEQ")) >= 5
    one.ask("STORE 1:2,4 +FLAGS.SILENT (\\Seen)")
    two.ask(f"SELECT {name}")
    assert two.code("UNSEEN") == "3" and int(two.code("HIGHESTMODSEQ")) == highest(one, name)
    one.ask("STORE 1:* +FLAGS.SILENT (\\Seen)")
    two.ask(f"EXAMINE {name}")
    assert two.code("UNSEEN") is None and two.code("CLOSED") is not None


def test_what_enables_condstore(server, box):
    """RFC 7162 3.1: each of these commands; in a mailbox that is open, HIGHESTMODSEQ is told once."""
    name = box[2]
    for command in ("FETCH 1 (MODSEQ)", "FETCH 1 (FLAGS) (CHANGEDSINCE 1)", "SEARCH MODSEQ 1", "STORE 1 (UNCHANGEDSINCE 1) FLAGS ()",
                    f"STATUS {name} (HIGHESTMODSEQ)", "ENABLE CONDSTORE"):
        three = Imap(server)
        three.ask(f"SELECT {name}")
        at = three.code("HIGHESTMODSEQ")
        three.tagged(command)
        assert three.code("HIGHESTMODSEQ") == at, command
        three.ask("STORE 2 FLAGS (\\Answered)")
        assert "MODSEQ (" in three.untagged[0], command
        three.close()


def test_store_unchangedsince(box):
    """RFC 7162 3.1.3: who was changed meanwhile is left, and told as MODIFIED."""
    one, two, name = box
    two.ask(f"SELECT {name} (CONDSTORE)")
    at = highest(two, name)
    one.ask("STORE 2,4 +FLAGS (\\Flagged)")
    assert two.tagged(f"STORE 1:5 (UNCHANGEDSINCE {at}) +FLAGS.SILENT (\\Deleted)").startswith("OK [MODIFIED 2,4] ")
    changed = [line for line in two.untagged if "FLAGS" not in line]
    assert [line.split()[0] for line in changed] == ["1", "3", "5"] and modseq(changed[:1]) == highest(two, name)
    assert two.tagged(f"UID STORE 1:5 (UNCHANGEDSINCE {at}) +FLAGS.SILENT (\\Seen)").startswith("OK [MODIFIED 1:5] ")
    assert two.tagged("STORE 1 (UNCHANGEDSINCE 0) FLAGS ()").startswith("OK [MODIFIED 1] ")
    flags = two.ask("FETCH 1:5 (FLAGS)")
    assert [("\\Deleted" in line, "\\Flagged" in line) for line in flags] == [(True, False), (False, True)] * 2 + [(True, False)]
    now = modseq(two.ask("FETCH 1 (MODSEQ)"))
    assert two.tagged(f"STORE 1 (UNCHANGEDSINCE {now}) FLAGS (\\Seen)").startswith("OK STORE")
    assert modseq(two.untagged) > now


def test_fetch_changedsince(box):
    """RFC 7162 3.1.4.1."""
    one, _, name = box
    at = highest(one, name)
    assert one.ask(f"FETCH 1:* (FLAGS) (CHANGEDSINCE {at})") == []
    one.ask("STORE 3 +FLAGS (\\Seen)")
    [line] = one.ask(f"FETCH 1:* (FLAGS) (CHANGEDSINCE {at})")
    assert line.startswith("3 FETCH (") and modseq([line]) == highest(one, name) > at
    assert one.refused("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)", "BAD").startswith("BAD FETCH: QRESYNC is not enabled")
    one.ask("ENABLE QRESYNC")
    one.refused("FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)", "BAD")
    one.refused("UID FETCH 1:* (FLAGS) (VANISHED)", "BAD")


def test_vanished_instead_of_expunge(box):
    """RFC 7162 3.2.7, 3.2.9, 3.2.10.2: for all who enabled QRESYNC, with HIGHESTMODSEQ for who expunged."""
    one, two, name = box
    two.ask("ENABLE QRESYNC")
    two.ask(f"SELECT {name}")
    one.ask("STORE 2,4:5 +FLAGS.SILENT (\\Deleted)")
    assert one.ask("UID EXPUNGE 4:5") == ["4 EXPUNGE", "4 EXPUNGE"]
    assert two.ask("FETCH 1 (FLAGS)")[1].startswith("OK [HIGHESTMODSEQ ") and len(two.untagged) == 2  # not now, and not hidden
    told = two.ask("NOOP")
    assert told[-1] == "VANISHED 4:5" and "2 FETCH (UID 2 MODSEQ (" in told[0]
    done = two.tagged("EXPUNGE")
    assert two.untagged == ["VANISHED 2"] and done == f"OK [HIGHESTMODSEQ {highest(two, name)}] EXPUNGE done"
    for n in range(3):  # what it did itself, it knows
        assert [line for line in two.ask(f"STORE 1 {'+-'[n % 2]}FLAGS.SILENT (\\Deleted)") if "FETCH" not in line] == []
    assert two.tagged("CLOSE").startswith(f"OK [HIGHESTMODSEQ {highest(two, name)}]")
    assert one.ask("NOOP")[-2:] == ["2 EXPUNGE", "1 EXPUNGE"] or one.untagged[-2:] == ["1 EXPUNGE", "1 EXPUNGE"]
    one.ask("CREATE Elsewhere")
    two.ask(f"SELECT {name}")
    assert two.tagged("UID MOVE 3 Elsewhere").startswith("OK [HIGHESTMODSEQ ")
    assert two.untagged[-1] == "VANISHED 3"
    one.ask("DELETE Elsewhere")


def test_select_qresync(box):
    """RFC 7162 3.2.5: VANISHED (EARLIER) before FETCH; another UIDVALIDITY is told nothing."""
    one, two, name = box
    validity, at = one.code("UIDVALIDITY"), highest(one, name)
    two.refused(f"SELECT {name} (QRESYNC ({validity} {at}))", "BAD")
    two.ask("ENABLE QRESYNC")
    one.ask("STORE 2:3 +FLAGS.SILENT (\\Deleted)")
    one.ask("UID EXPUNGE 2:3")
    one.ask("STORE 1 +FLAGS.SILENT (\\Seen)")
    one.append(name)

    def told(parameters):
        two.ask(f"SELECT {name} (QRESYNC ({parameters}))")
        return [re.sub(r" MODSEQ \(\d+\)", "", line) for line in two.untagged if re.match(r"VANISHED|\d+ FETCH", line)]
    vanished, seen, new = "VANISHED (EARLIER) 2:3", "1 FETCH (UID 1 FLAGS (\\Seen))", "4 FETCH (UID 6 FLAGS ())"
    assert told(f"{validity} {at}") == [vanished, seen, new]
    assert two.code("CLOSED") is None
    assert told(f"{validity} {at} 1:2") == ["VANISHED (EARLIER) 2", seen] and two.code("CLOSED") == ""
    assert told(f"{validity} {at} (1,3,5 1,3,5)") == [vanished, seen, new]
    assert told(f"{validity} {at} 1:5 (1:3 1,4:5)") == [seen]
    assert told(f"{validity} {highest(one, name)}") == []
    assert told(f"{int(validity) + 1} {at}") == []
    two.refused(f"SELECT {name} (QRESYNC ({validity} {at} 1:*))", "BAD")
    two.refused(f"SELECT {name} (QRESYNC ({validity} {at} (1:2 1)))", "BAD")
    two.ask(f"SELECT {name}")
    assert [line for line in two.ask(f"UID FETCH 1:* (UID) (CHANGEDSINCE {at} VANISHED)")][0] == vanished
    assert two.ask(f"UID FETCH 3:4 (UID) (CHANGEDSINCE {at} VANISHED)") == ["VANISHED (EARLIER) 3"]


def test_many_changes_are_told_to_others_only(box):
    """A command that the store takes in many parts is not told again to who gave it."""
    one, two, name = box
    two.ask(f"SELECT {name}")
    for n in range(8):
        one.ask(f"STORE 1:* {'+-'[n % 2]}FLAGS.SILENT (\\Flagged)")
        assert one.ask("NOOP") == []
    one.ask("STORE 1 +FLAGS (\\Flagged)")
    assert two.ask("NOOP")[0] == "1 FETCH (FLAGS (\\Flagged))"


@pytest.mark.parametrize("command", ["NOOP", "IDLE", "FETCH 1 (FLAGS)", "EXPUNGE", "SELECT INBOX"], ids=lambda c: c.split()[0])
def test_the_mailbox_is_removed_by_another(server, box, command):
    """RFC 2180 3.3: who has it open is told at once, and not that all is well; who leaves it is not disturbed."""
    name, three = box[2] + "Gone", Imap(server)
    box[0].ask(f"CREATE {name}")
    three.append(name)
    three.ask(f"SELECT {name}")
    if command == "IDLE":
        three.start(command)
        assert three.line().startswith("+ ")
    box[1].ask(f"DELETE {name}")
    if command == "SELECT INBOX":
        three.ask(command)
        three.close()
        return
    if command != "IDLE":
        three.start(command)
    while not (line := three.line()).startswith("* BYE The mailbox that was open is no more"):
        assert not line.startswith(f"{three.tag} OK"), line


@pytest.mark.parametrize("command, answer", [("CREATE {}.New", "OK"), ("COPY 1 INBOX", "NO"), ("FETCH 1 (FLAGS)", "NO")],
                         ids=lambda s: s.split()[0])
def test_a_command_is_answered_before_the_bye(server, box, command, answer):
    """RFC 9051 2.2.2: what was done is told as done, also when the open mailbox is gone by then."""
    name, three = box[2] + "Gone" + command.split()[0], Imap(server)
    box[0].ask(f"CREATE {name}")
    three.append(name)
    three.ask(f"SELECT {name}")
    box[1].ask(f"DELETE {name}")
    assert three.tagged(command.format(name)).startswith(answer)
    assert three.line().startswith("* BYE The mailbox that was open is no more")
    if answer == "OK":
        box[1].ask(f"DELETE {name}.New")


def test_tens_of_thousands_at_once(box):
    """More than the store takes by one call, in as many pieces as can be: each is told once, and nothing twice."""
    one, two, name = box
    one.ask("UID STORE 2,4 +FLAGS.SILENT (\\Flagged)")
    one.ask("UID STORE 5 +FLAGS.SILENT (\\Deleted)")
    one.ask("EXPUNGE")
    for _ in range(14):
        assert one.tagged(f"COPY 1:* {name}").startswith("OK [COPYUID ")
    two.ask("ENABLE QRESYNC")
    two.ask(f"SELECT {name}")
    count = 4 << 14
    assert f"{count} EXISTS" in one.untagged and f"{count} EXISTS" in two.untagged
    one.ask("SEARCH RETURN (SAVE) FLAGGED")
    assert one.ask("SEARCH RETURN (COUNT) $") == [f'ESEARCH (TAG "{one.tag}") COUNT {count // 2}']
    assert one.refused("COPY $ INBOX").startswith("NO [LIMIT]")
    assert one.ask("STORE $ +FLAGS.SILENT (\\Deleted)") == []
    gone = one.ask("UID EXPUNGE $")
    assert gone == [f"{n} EXPUNGE" for n in range(2, count // 2 + 2)]
    assert one.ask("SEARCH RETURN (COUNT) ALL") == [f'ESEARCH (TAG "{one.tag}") COUNT {count // 2}']
    vanished = [line for line in two.ask("NOOP") if line.startswith("VANISHED ")]
    assert len(set().union(*(uids_of(line[9:]) for line in vanished))) == count // 2 and max(map(len, vanished)) < 8192
    two.ask("STORE 1:* +FLAGS.SILENT (\\Deleted)")
    assert two.tagged("EXPUNGE").startswith("OK [HIGHESTMODSEQ ")
    assert len(set().union(*(uids_of(line[9:]) for line in two.untagged))) == count // 2
    assert one.ask("NOOP")[-1] == "1 EXPUNGE"


class Cache:
    """What a client keeps of a mailbox between its sessions (RFC 7162 6): {uid: flags} of all below `new`, UIDVALIDITY, HIGHESTMODSEQ."""

    def __init__(self):
        self.flags, self.validity, self.modseq, self.new = {}, 0, 0, 1

    def fetch_new(self, client):
        client.ask(f"UID FETCH {self.new}:* (UID FLAGS MODSEQ)")
        self.new = 1 << 32
        self.heard(client)
        self.new = max(self.flags, default=0) + 1

    def heard(self, client):
        for line in client.untagged:
            if fetched := re.match(r"\d+ FETCH \((.*)\)", line):
                uid, flags = re.search(r"UID (\d+)", line), re.search(r"FLAGS \((.*?)\)", line)
                if int(uid[1]) < self.new:
                    self.flags[int(uid[1])] = set(flags[1].split())
                self.modseq = max(self.modseq, int(re.search(r"MODSEQ \((\d+)\)", line)[1]))
            elif gone := re.match(r"VANISHED (?:\(EARLIER\) )?(\S+)", line):
                for uid in uids_of(gone[1]):
                    self.flags.pop(uid, None)
        if client.code("HIGHESTMODSEQ"):
            self.modseq = int(client.code("HIGHESTMODSEQ"))

    def resync(self, client, name, rng):
        known = ""
        if self.flags and rng.random() < 0.5:
            uids = sorted(self.flags)
            picked = sorted(rng.sample(range(len(uids)), min(len(uids), 4)))
            known = f" {uids[0]}:{uids[-1]} ({','.join(str(i + 1) for i in picked)} {','.join(str(uids[i]) for i in picked)})"
        client.ask(f"SELECT {name}" + (f" (QRESYNC ({self.validity} {self.modseq}{known}))" if self.validity else ""))
        if self.validity:
            self.heard(client)
        self.validity, highest_ = int(client.code("UIDVALIDITY")), int(client.code("HIGHESTMODSEQ"))
        exists = next(int(line.split()[0]) for line in client.untagged if line.endswith(" EXISTS"))
        self.fetch_new(client)
        assert len(self.flags) == exists
        self.modseq = highest_


def change(client, name, rng, count):
    """Something that a mail program does."""
    pick = lambda: f"{rng.randint(1, count + 3)}:{rng.randint(1, count + 3)}"  # noqa: E731
    what = rng.choice("append append flag flag unflag delete expunge uid_expunge copy move".split())
    if what == "append":
        client.append(name, flags=rng.choice(["", "\\Seen", "$Junk"]))
    elif what in ("flag", "unflag"):
        client.ask(f"UID STORE {pick()} {'+' if what == 'flag' else '-'}FLAGS (\\Flagged $Tag)")
    elif what == "delete":
        client.ask(f"UID STORE {rng.randint(1, count + 1)} +FLAGS.SILENT (\\Deleted)")
    elif what == "expunge":
        client.ask("EXPUNGE")
    elif what == "uid_expunge":
        client.ask(f"UID EXPUNGE {pick()}")
    else:
        client.ask(f"UID {what.upper()} {rng.randint(1, count + 1)} {name if what == 'copy' else 'INBOX'}")


@pytest.mark.parametrize("seed", range(4))
def test_who_comes_back_knows_what_a_fresh_one_sees(box, seed):
    """A model of RFC 7162 6: 25 times away, random changes meanwhile, and the cache equals the mailbox."""
    one, two, name = box
    rng, cache = random.Random(seed), Cache()
    two.ask("ENABLE QRESYNC")
    for _ in range(25):
        cache.resync(two, name, rng)
        fresh = Cache()
        one.ask("NOOP")
        fresh.fetch_new(one)
        assert cache.flags == fresh.flags
        for _ in range(rng.randint(0, 6)):
            if rng.random() < 0.4:  # it hears of some of it
                two.tagged(rng.choice(["NOOP", "FETCH 1:* (UID FLAGS MODSEQ)", "UID FETCH 1:* (UID FLAGS MODSEQ)"]))
                cache.heard(two)
            change(one, name, rng, max(fresh.flags, default=1))
        two.ask("UNSELECT")


def test_silent_store_of_half_a_million(box):
    """RFC 7162 3.1.3: the new MODSEQ of each is told, however many there are."""
    one, _, name = box
    one.ask("CREATE Large")
    one.ask("SELECT Large")
    one.append("Large")
    for n in range(23):
        one.ask(f"COPY 1:{min(1 << n, 1 << 16)} Large")
        one.ask("NOOP")
    one.ask("ENABLE CONDSTORE")
    told = one.ask("STORE 1:* +FLAGS.SILENT (\\Flagged)")
    assert len(told) == 1 << 19 and all(" MODSEQ (" in line for line in told)
    one.ask("UNSELECT")
    one.ask("DELETE Large")


def store_in_part(server, client):
    """A STORE in whose midst the store ends says that something may have been changed (RFC 9051 6.4.6)."""
    client.ask("SELECT Target")
    client.start("STORE 1:* +FLAGS (\\Flagged)")
    assert " FETCH (" in client.line()
    store = server.roles()["store"]
    os.kill(store, signal.SIGKILL)
    answer = client.finish()
    assert answer.startswith("NO [UNAVAILABLE] ") and "part" in answer and "nothing" not in answer
    until(lambda: server.roles().get("store", store) != store and client.tagged("NOOP").startswith("OK"), what="a new store")
    client.ask("UNSELECT")


def test_more_is_moved_than_one_record_holds(server):
    """RFC 6851 3.3, 4.3: each is in one of the two mailboxes, over a crash too."""
    client = Imap(server)
    client.ask("CREATE Source")
    client.ask("CREATE Target")
    client.ask("SELECT Source")
    client.append("Source")
    for n in range(17):
        client.ask(f"COPY 1:{1 << n} Source")
        client.ask("NOOP")
    client.ask("MOVE 1:* Target")
    assert sum(line.endswith(" EXPUNGE") for line in client.untagged) == 1 << 17
    server.kill()
    server.start()
    client = Imap(server)
    assert client.ask("STATUS Source (MESSAGES)") == ["STATUS Source (MESSAGES 0)"]
    assert client.ask("STATUS Target (MESSAGES)") == [f"STATUS Target (MESSAGES {1 << 17})"]
    store_in_part(server, client)
    client.ask("DELETE Source")
    client.ask("DELETE Target")
    client.close()
