"""calls/mailbox.h at a real store role: names, entries, flags, copies, events, and what kill -9 leaves."""
import pytest

from harness import ALICE, BOB, Postrider, until
from link import ERRORS, Role, link_two

KEY = b"k" * 32
MAKE, RENAME, REMOVE, SUBSCRIBE, UNSUBSCRIBE = range(1, 6)
SET, ADD, TAKE = range(1, 4)
SEEN, ANSWERED, FLAGGED, DELETED = 1, 2, 4, 8
GONE = 1 << 63
ALWAYS = 2**64 - 1
NOW = 0


class Office:
    """auth and store on the data of a server that has run, and alice's mailboxes by the operator's ticket for her account."""

    def __init__(self, own):
        self.own, self.roles = own, {}
        self.start()

    def start(self):
        for name in ("auth", "store"):
            role = Role(name, self.own.log)
            role.hand_octets("CONFIG", self.own.config.read_bytes(), str(self.own.config))
            if name == "auth":
                role.hand_octets("CREDENTIALS", b"")
                role.hand_octets("SECRET", b"s" * 32)
            role.hand_octets("TICKET_KEY", KEY)
            for other in self.roles.values():
                link_two(role, other)
            self.roles[name] = role
            role.hand("GO")
            role.ready()
        self.link = self.roles["store"].link_as("control")
        result, reply = self.roles["auth"].link_as("control").ask("ticket_operator", protocol=2, account=ALICE)
        assert result == 0
        self.ticket = reply["octets"]

    def kill(self):
        """kill -9 of the store, and another one."""
        self.roles["store"].process.kill()
        self.end()
        self.roles = {}
        self.start()

    def end(self):
        for role in self.roles.values():
            role.end()

    def ask(self, call, /, **values):
        return self.link.ask(f"mailbox_{call}", ticket=self.ticket, **values)

    def must(self, call, /, **values):
        result, reply = self.ask(call, **values)
        assert result == 0, (call, values, reply)
        return reply

    def names(self):
        return {m["path"].decode(): m for m in self.must("list")["mailboxes"]}

    def number(self, path):
        return self.must("get", path=path)["mailbox"]

    def page(self, mailbox, **values):
        return self.must("page", mailbox=mailbox, max=1000, **values)["entries"]

    def append(self, mailbox, *bodies, flags=0):
        added = [dict(message=[dict(header=b"Subject: x\r\n\r\n", body=body)], flags=flags, date_s=NOW) for body in bodies]
        return self.must("append", mailbox=mailbox, added=added)


@pytest.fixture(scope="module")
def office(directory, network):
    own = Postrider(directory / "boxes", dns=network.dns, remote_port=network.port).start()
    with own.logged_in() as s:
        s.message(ALICE, [ALICE], f"From: {ALICE}\r\nSubject: first\r\n\r\nhello\r\n".encode())
    until(lambda: own.mailbox(ALICE), what="the mail")
    assert own.stop() == 0
    office = Office(own)
    yield office
    office.end()


def runs(*uids):
    return [dict(first=uid, count=1) for uid in uids]


def test_an_account_begins_with_its_mailboxes(office):
    """RFC 6154 2; what came by SMTP is in INBOX, to be read as it is."""
    names = office.names()
    assert {"INBOX", "Drafts", "Sent", "Junk", "Trash", "Archive", "Quarantine"} <= set(names)
    assert names["INBOX"]["messages"] == 1 and names["INBOX"]["uid_next"] == 2 and names["INBOX"]["selectable"]
    inbox = office.number("inbox")
    [entry] = office.page(inbox)
    read = office.must("read", mailbox=inbox, uid=entry["uid"], max=100000)
    assert read["octets"].endswith(b"\r\n\r\nhello\r\n") and len(read["octets"]) == entry["size"] == read["size"]
    assert read["octets"][read["header_bytes"]:] == b"hello\r\n"
    part = office.must("read", mailbox=inbox, uid=entry["uid"], offset=10, max=20)
    assert part["octets"] == read["octets"][10:30]


def test_a_ticket_opens_one_account(office):
    """Bob's mailboxes are not alice's; an operator's ticket without an account opens none; who is not known has none."""
    auth = office.roles["auth"].link_as("control")
    bobs = auth.ask("ticket_operator", protocol=2, account=BOB)[1]["octets"]
    nobodys = auth.ask("ticket_operator", protocol=2)[1]["octets"]
    inbox = office.number("INBOX")
    assert office.link.ask("mailbox_get", ticket=bobs, mailbox=inbox)[0] == ERRORS["NOT_FOUND"]
    assert office.link.ask("mailbox_read", ticket=bobs, mailbox=inbox, uid=1, max=10)[0] == ERRORS["NOT_FOUND"]
    assert office.link.ask("mailbox_list", ticket=nobodys)[0] == ERRORS["TICKET"]
    assert auth.ask("ticket_operator", protocol=2, account="nobody@home.test")[0] == ERRORS["NOT_FOUND"]


def test_names(office):
    made = office.must("name", what=MAKE, path="a/b/c")
    assert made["selectable"] and not office.names()["a/b"]["selectable"]
    assert office.ask("name", what=MAKE, path="a/b/c")[0] == ERRORS["EXISTS"]
    assert office.ask("name", what=MAKE, path="a//c")[0] == ERRORS["SYNTAX"]
    assert office.ask("name", what=MAKE, path="x" * 1001)[0] == ERRORS["TOO_LONG"]
    office.must("name", what=RENAME, mailbox=office.number("a"), path="z")
    assert office.number("z/b/c") == made["mailbox"]
    office.must("name", what=SUBSCRIBE, path="no/where")
    office.must("name", what=REMOVE, mailbox=made["mailbox"])
    again = office.must("name", what=MAKE, path="z/b/c")
    assert again["uid_validity"] > made["uid_validity"] and again["mailbox"] > made["mailbox"]
    assert office.ask("get", mailbox=made["mailbox"])[0] == ERRORS["NOT_FOUND"]


def test_append_flags_copy_move_expunge(office):
    """RFC 9051 6.3.12, 6.4.6 to 6.4.8, 6.4.3; RFC 7162 3.1.3; RFC 3502."""
    box, to = (office.must("name", what=MAKE, path=path)["mailbox"] for path in ("work", "done"))
    got = office.append(box, b"one\r\n", b"two\r\n", b"three\r\n", flags=SEEN)
    assert got["uids"] == [dict(first=1, count=3)]
    flagged = office.must("flags", mailbox=box, uids=runs(1, 3), how=ADD, flags=FLAGGED, unchanged_since=ALWAYS)
    assert [(c["uid"], c["flags"]) for c in flagged["changed"]] == [(1, SEEN | FLAGGED), (3, SEEN | FLAGGED)]
    late = office.must("flags", mailbox=box, uids=[dict(first=1, count=3)], how=SET, flags=DELETED, unchanged_since=got["modseq"])
    assert late["failed"] == runs(1, 3) and [c["uid"] for c in late["changed"]] == [2]
    copied = office.must("copy", mailbox=box, to=to, uids=[dict(first=1, count=2)])
    assert copied["to"] == [dict(first=1, count=2)]
    moved = office.must("copy", mailbox=box, to=to, uids=runs(3), move=True)
    assert moved["to"] == [dict(first=3, count=1)] and [e["uid"] for e in office.page(box)] == [1, 2]
    assert office.must("expunge", mailbox=box, deleted_only=True)["gone"] == runs(2)
    assert office.must("vanished", mailbox=box, since=got["modseq"])["runs"] == [dict(first=2, count=2)]
    assert office.must("read", mailbox=to, uid=3, max=1000)["octets"] == b"Subject: x\r\n\r\nthree\r\n"
    assert office.ask("copy", mailbox=box, to=99999, uids=runs(1))[0] == ERRORS["NOT_FOUND"]
    assert office.ask("flags", mailbox=box, uids=runs(3, 1), how=ADD, flags=SEEN, unchanged_since=ALWAYS)[0] == ERRORS["SYNTAX"]


def test_keywords_and_caches(office):
    box = office.must("name", what=MAKE, path="tagged")["mailbox"]
    number = office.must("keywords", name="$Forwarded")["number"]
    assert office.must("keywords", name="$forwarded")["number"] == number
    assert office.ask("keywords", name="a b")[0] == ERRORS["SYNTAX"]
    office.append(box, b"x\r\n", flags=1 << 8 + number)
    assert office.page(box)[0]["flags"] == 1 << 8 + number
    office.must("cache", mailbox=box, uid=1, cache=b"an envelope")
    assert office.page(box, want_cache=True)[0]["cache"] == b"an envelope"


def test_a_delivery_brings_its_envelope(office):
    """What FETCH shows of it was found when it came in, and is there before anybody reads it; its structure too, as it is one part."""
    for _ in range(2):
        cache = office.page(office.number("INBOX"), want_cache=True)[0]["cache"]
        envelope, structure = 1, 2
        assert cache[0] == envelope and b"first" in cache and ALICE.split("@")[0].encode() in cache
        assert cache[2 + cache[1]] == structure and len(cache) < 200
        office.kill()


def test_events_tell_the_state(office):
    """Coalesced, in commit order; a reader that was not there in time is forgotten by its number alone."""
    box = office.must("name", what=MAKE, path="watched")["mailbox"]
    office.must("watch", reader=77, mailbox=box)
    office.append(box, b"x\r\n")
    office.must("flags", mailbox=box, uids=runs(1), how=ADD, flags=SEEN, unchanged_since=ALWAYS)
    result, got = office.link.ask("mailbox_events", reader=77, wait_ms=5000)
    [event] = got["events"]
    assert result == 0 and event["messages"] == 1 and event["uid_next"] == 2
    assert [(c["uid"], c["flags"]) for c in event["changes"]] == [(1, SEEN)] and not event["more"]
    office.append(box, *[b"x\r\n"] * 80)
    office.must("expunge", mailbox=box, uids=runs(5))
    [event] = office.link.ask("mailbox_events", reader=77, wait_ms=5000)[1]["events"]
    assert event["more"] and event["messages"] == 80
    office.must("watch", reader=77, mailbox=box, off=True)
    office.append(box, b"x\r\n")
    assert office.link.ask("mailbox_events", reader=77, wait_ms=0)[1]["events"] == []
    office.must("watch", reader=77, mailbox=box)
    office.must("name", what=REMOVE, mailbox=box)
    assert office.link.ask("mailbox_events", reader=77, wait_ms=5000)[1]["events"][0]["removed"]


def test_what_was_answered_is_there_after_kill_9(office):
    """UIDs, UIDVALIDITY and MODSEQ never go back (RFC 9051 2.3.1.1, RFC 7162 3.1.1)."""
    box = office.must("name", what=MAKE, path="kept")["mailbox"]
    seen = {}
    for round_ in range(4):
        got = office.append(box, *[f"{round_} {i}\r\n".encode() for i in range(5)])
        changed = office.must("flags", mailbox=box, uids=runs(got["uids"][0]["first"]), how=SET, flags=round_, unchanged_since=ALWAYS)
        office.must("expunge", mailbox=box, uids=runs(got["uids"][0]["first"] + 1))
        before, at = office.page(box), office.must("get", mailbox=box)
        office.kill()
        after, now = office.page(box), office.must("get", mailbox=box)
        assert after == before and now["modseq"] == at["modseq"] >= changed["modseq"]
        assert now["uid_next"] == at["uid_next"] and now["uid_validity"] == at["uid_validity"] and now["messages"] == at["messages"]
        assert not set(seen) & {got["uids"][0]["first"]}
        seen[got["uids"][0]["first"]] = round_
    used = office.must("list")
    assert used["used_octets"] == sum(m["octets"] for m in used["mailboxes"])
    assert used["used_messages"] == sum(m["messages"] for m in used["mailboxes"])


def test_verify_finds_no_fault(office):
    office.end()
    office.own.run("store", "verify", check=True)
    office.roles = {}
    office.start()
