"""A role that was taken over: this test takes its place at real role processes and asks what it likes
(architecture 6.3, threats 3.34; docs/adr/0014-tickets.md)."""
import base64
import contextlib
import crypt
import hashlib
import hmac
import json
import time

import pytest

from harness import ALICE, BOB, PASSWORD, Postrider, until
from link import ERRORS, ROWS, TABLES, Broken, Role, link_two, pack, unpack

SECRET = "for the eyes of alice"
FAR = "far-away-friend"
KEY = b"k" * 32
# All that whoever listens to strangers may ask.  Nothing of it reads the queue; mailboxes, and messages of which is told what
# became of them, are those of the account whose ticket is shown.
WITH_A_TICKET = {f"mailbox_{what}" for what in ("append", "cache", "copy", "expunge", "flags", "fronts", "get", "keywords", "list", "name",
                                                "page", "read", "sift", "uids", "vanished", "watch")} | {"learn_message", "directory_own", "queue_limits"} | {f"queue_own_{what}" for what in ("status", "changes", "list", "order")} | {
                     f"suppressions_{what}" for what in ("ask", "list", "order")} | {f"kit_{what}" for what in ("get", "list", "order")} | {"webhook_order", "unsubscribe_make"}
EDGE_MAY = {"queue_submit", "queue_file", "policy_rdns", "dns_ask", "inspect_judge", "inspect_body", "queue_room", "auth_check",
            "auth_scram_begin", "auth_scram_proof", "dkim_keys", "dkim_sign_hashes", "directory_lookup", "directory_forward", "directory_news", "ticket_renew", "mailbox_events",
            "mailbox_room", "learn_score", "greylist_ask", "ban_keep", "ban_recall", "kit_form", "suppressions_unsubscribe"} | WITH_A_TICKET


class Roles:
    """auth, store, courier and inspect without an edge, on the data of a server that has run."""

    def __init__(self, own):
        self.config, self.path = own.config.read_bytes(), str(own.config)
        self.log = own.log
        self.all = {}
        for name in ("auth", "courier", "store", "inspect"):
            self.start(name)

    def start(self, name):
        role = Role(name, self.log)
        role.hand_octets("CONFIG", self.config, self.path)
        if name == "auth":
            role.hand_octets("CREDENTIALS", b"")
            role.hand_octets("SECRET", b"s" * 32)
        if name in ("auth", "store"):
            role.hand_octets("TICKET_KEY", KEY)
        for other in self.all.values():
            link_two(role, other)
        self.all[name] = role
        role.hand("GO")
        role.ready()

    def restart(self, name):
        self.all.pop(name).end()
        self.start(name)

    def order(self, verb, account, **fields):
        """As the operator orders; the account's row."""
        result, reply = self.link("store", "control").ask("directory_order", object="account", verb=verb, name=account,
                                                          fields=[dict(name=k, value=v) for k, v in fields.items()])
        assert result == 0, reply
        return json.loads(reply["rows"][0]["json"])

    def link(self, at, peer="edge"):
        return self.all[at.lower()].link_as(peer)

    def end(self):
        for role in self.all.values():
            role.end()


@pytest.fixture(scope="module")
def stored(directory, network):
    """The data: a message in alice's mailbox, one in the queue.  (server, id of the first)"""
    own = Postrider(directory / "taken", dns=network.dns, remote_port=network.port, retry="600s 600s 600s").start()
    text = f"From: {ALICE}\r\nSubject: {SECRET}\r\n\r\n{SECRET}\r\n".encode()
    remote = network.remote(rcpt="450 4.2.1 not now")
    with own.logged_in() as s:
        s.message(ALICE, [ALICE], text)
        said = s.message(ALICE, [f"{FAR}@{remote.domain}"], text)
    until(lambda: own.mailbox(ALICE), what="the mail")
    own.wait_state(said.split()[-1], "deferred")
    rows = own.sql("select id from message order by id")
    assert own.stop() == 0 and len(rows) == 2
    return own, number_of(rows[0]["id"])


def number_of(identity):
    """Crockford's base32, as ids are shown."""
    n = 0
    for c in identity:
        n = n << 5 | "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(c)
    return n


@pytest.fixture(scope="module")
def roles(stored):
    made = Roles(stored[0])
    yield made
    made.end()


@pytest.fixture
def auth(roles):
    with_auth = roles.link("auth")
    yield with_auth
    with_auth.close()


@pytest.fixture
def store(roles):
    with_store = roles.link("store")
    yield with_store
    with_store.close()


def login(auth, account=ALICE, protocol=1):
    result, reply = auth.ask("auth_check", name=account, password=PASSWORD, client="127.0.0.1", protocol=protocol)
    assert result == 0 and reply["account"] == account.encode(), reply
    return reply["ticket"]


def submit(store, ticket=b"", account=ALICE):
    """The result of a message in the account's name."""
    header = f"From: {account}\r\nSubject: x\r\n\r\n"
    message = dict(return_path=account, login=account, client_address="127.0.0.1", protocol="ESMTPSA", header=header, body="x\r\n",
                   body_bytes=3, size_bytes=len(header) + 3, recipients=[dict(address=BOB, domain="home.test", account=BOB)])
    return store.ask("queue_submit", message=[message], ticket=ticket)[0]


def seal(key=KEY, **fields):
    """A ticket as the auth role would make it: of any account, if the key is the right one."""
    fields = dict(rights=1, protocol=1, proof=bytes(16), until_at=int(time.monotonic() * 1000) + 60000) | fields
    mac = hmac.new(key, b"t" + pack("ticket", fields), hashlib.sha256).digest()
    return pack("ticket", fields | dict(mac=mac))


def test_what_strangers_door_may_ask():
    """calls.def: what the edge may ask is what stands here, and nothing of it answers with stored mail."""
    assert {row.name for row in ROWS.values() if "EDGE" in row.asking} == EDGE_MAY
    for name in WITH_A_TICKET:
        assert TABLES[ROWS[name].args][0][:2] == ("span", "ticket"), name


def test_what_the_courier_may_ask():
    """Nothing of anybody: an attempt brings all that it needs, a large body by a descriptor that reads; and what other domains say
    of their TLS."""
    assert {row.name for row in ROWS.values() if "COURIER" in row.asking} == {"tls_policy_get", "tls_policy_put", "tls_results_add"}


def test_what_inspect_may_ask():
    """Whoever takes it over by a message asks DNS, and no more."""
    assert [row.name for row in ROWS.values() if "INSPECT" in row.asking] == ["dns_ask"]


def test_who_asks_strangers_door():
    """Who is shut out and what was counted, for the operator, and nothing else."""
    assert {row.name: row.asking for row in ROWS.values() if row.serving == "EDGE"} == {"ban_order": {"CONTROL"}, "metrics_edge": {"CONTROL"}}


def likely(row, **values):
    """Those of the values that fit the call's arguments."""
    return {member: values[member] for kind, member, is_list in TABLES[row.args]
            if member in values and not is_list and (kind == "span") == (not isinstance(values[member], int))}


@pytest.mark.parametrize("name", sorted(name for name in set(ROWS) - EDGE_MAY if ROWS[name].serving != "EDGE"))
def test_the_edge_asks_what_is_not_for_it(roles, stored, name):
    """Each other row, for the message that is there: no answer, and the link is broken."""
    row = ROWS[name]
    ticket = login(roles.link("auth"))
    if row.serving in ("CONTROL", "MIRROR"):
        pytest.skip("served by nobody here")
    link = roles.link(row.serving)
    with pytest.raises(Broken):
        link.raw(row.method, pack(row.args, likely(row, message=stored[1], id=stored[1], max=500, account=ALICE, mailbox="INBOX",
                                                   ticket=ticket, octets=ticket)))
    assert link.heard == b""
    link.close()


def test_the_edge_reads_nothing(roles, store, auth):
    """Each row that it may ask, with nothing in it and with noise: no octet of the stored message comes back."""
    for name in sorted(EDGE_MAY):
        row = ROWS[name]
        for payload in (b"", pack(row.args, {}), b"\xff" * 64):
            link = roles.link(row.serving)
            with contextlib.suppress(Broken):
                link.raw(row.method, payload)
            assert SECRET.encode() not in link.heard and FAR.encode() not in link.heard
            link.close()


def test_the_edge_gets_signatures_and_no_key(roles):
    """It may have anything signed as long as it lasts, 32 octets at a time, and takes no key with it."""
    link = roles.link("auth")
    result, found = link.ask("dkim_keys", author="sub.home.test")
    assert result == 0 and found["domain"] == b"home.test" and [k["ed25519"] for k in found["keys"]] == [0, 1]
    selectors = [k["selector"] for k in found["keys"]]

    def sign(*hashes, domain="home.test"):
        return link.ask("dkim_sign_hashes", domain=domain, hashes=[dict(selector=s, digest=d) for s, d in hashes])

    result, made = sign(*((s, bytes(32)) for s in selectors))
    assert result == 0 and [len(s["octets"]) for s in made["signatures"]] == [256, 64]
    for wrong in ([(selectors[0], bytes(31))], [("x", bytes(32))], [], [(selectors[0], bytes(32))] * 17):
        assert sign(*wrong)[0] < 0
    assert sign((selectors[0], bytes(32)), domain="sub.home.test")[0] < 0
    assert b"PRIVATE KEY" not in link.heard
    link.close()


def test_control_reads_with_the_operators_ticket(roles, stored):
    """The same questions from the operator's door are answered: with its ticket, not without, and not with a login's."""
    control, auth = roles.link("store", "control"), roles.link("auth", "control")
    mail = dict(account=ALICE, mailbox="INBOX", max=10)
    text = dict(message=stored[1])
    of_alice = login(roles.link("auth"))
    for bad in (b"", of_alice, seal(b"x" * 32, account=b"", rights=7)):
        assert control.ask("queue_mailbox", **mail, ticket=bad)[0] == ERRORS["TICKET"]
        assert control.ask("queue_text", **text, ticket=bad)[0] == ERRORS["TICKET"]
    result, reply = auth.ask("ticket_operator", protocol=2)
    assert result == 0
    result, box = control.ask("queue_mailbox", **mail, ticket=reply["octets"])
    assert result == 0 and box["rows"][0]["subject"] == SECRET.encode()
    result, got = control.ask("queue_text", **text, ticket=reply["octets"])
    assert result == 0 and SECRET.encode() in got["front"]


def test_submission_needs_the_accounts_ticket(auth, store):
    """In alice's name with her ticket alone: none, noise, bob's, forged, past its time, for something else."""
    ticket = login(auth)
    assert submit(store, ticket) == 0
    fields = unpack("ticket", ticket)
    bad = {"none": b"", "noise": b"\xff" * 100, "bob's": login(auth, BOB), "cut": ticket[:-1],
           "changed": ticket[:-1] + bytes([ticket[-1] ^ 1]), "another key": seal(b"x" * 32, **{k: fields[k] for k in ("account", "proof")}),
           "another proof": seal(account=ALICE), "past its time": seal(account=ALICE, proof=fields["proof"], until_at=int(time.monotonic() * 1000)),
           "mailboxes only": seal(account=ALICE, proof=fields["proof"], rights=2), "no such account": seal(account="nobody@home.test")}
    for what, octets in bad.items():
        assert submit(store, octets) == ERRORS["TICKET"], what
    assert submit(store, seal(account=ALICE, proof=fields["proof"])) == 0  # this test seals as the auth role does
    assert submit(store, ticket) == 0


def test_an_account_learns_of_its_own_addresses_alone(auth):
    """With a ticket that reads, and what is public of the keys that sign there."""
    alice, bob = (unpack("ticket", login(auth, account))["proof"] for account in (ALICE, BOB))
    result, told = auth.ask("directory_own", ticket=seal(account=ALICE, proof=alice, rights=8))
    assert result == 0 and [a["address"] for a in told["addresses"]] == [ALICE.encode()]
    assert [k["record"][:8] for k in told["keys"]] == [b"v=DKIM1;"] * 2 and b"PRIVATE KEY" not in auth.heard
    for ticket in (b"", seal(account=ALICE, proof=alice, rights=3), seal(account=ALICE, proof=bob, rights=8), seal(account=b"", rights=4),
                   seal(b"x" * 32, account=ALICE, proof=alice, rights=8)):
        assert auth.ask("directory_own", ticket=ticket)[0] == ERRORS["TICKET"]


def test_nobody_learns_what_became_of_others(auth, store, stored):
    """With a key's ticket its account's own messages, by their ids with one that sends, too; orders with one that manages."""
    alice, bob = (unpack("ticket", login(auth, account))["proof"] for account in (ALICE, BOB))
    sends, mailbox, operator, reads, manages = 1, 2, 4, 8, 16

    def ask(what, rights, account=ALICE, proof=alice, **args):
        return store.ask(f"queue_own_{what}", ticket=seal(account=account, proof=proof, rights=rights), **args)

    one = dict(id=stored[1])
    for rights in (sends, reads):
        result, reply = ask("status", rights, **one)
        assert result == 0 and reply["recipients"][0]["address"] == ALICE.encode()
    assert ask("list", reads, max=10)[1]["messages"][-1]["id"] == stored[1]
    assert ask("changes", reads, after=0, max=10)[1]["records"]
    for what, rights, args in (("status", mailbox, one), ("status", manages, one), ("list", sends, dict(max=10)), ("changes", sends, dict(max=10)),
                               ("order", reads | sends, dict(order=4, message=stored[1]))):
        assert ask(what, rights, **args)[0] == ERRORS["TICKET"], (what, rights)
    for what, rights, args in (("status", reads, one), ("order", manages, dict(order=4, message=stored[1]))):
        assert ask(what, rights, BOB, bob, **args)[0] == ERRORS["NOT_FOUND"], what
    assert ask("list", reads, BOB, bob, max=10)[1]["messages"] == [] and ask("changes", reads, BOB, bob, after=0, max=10)[1]["records"] == []
    assert ask("order", manages, order=1, message=stored[1])[0] == ERRORS["SYNTAX"]  # to hold is the operator's
    assert ask("list", operator | reads, b"", bytes(16), max=10)[0] == ERRORS["TICKET"]


def test_nobody_sees_or_moves_others_webhooks(auth, store):
    """Named, changed, tested with a key's ticket that manages; seen with one that reads; the secret comes once, whoever asks."""
    alice, bob = (unpack("ticket", login(auth, account))["proof"] for account in (ALICE, BOB))
    see, make, change, remove, rotate, test, log, replay = range(1, 9)
    reads, manages = 8, 16

    def ask(verb, rights, account=ALICE, proof=alice, **args):
        return store.ask("webhook_order", ticket=seal(account=account, proof=proof, rights=rights), verb=verb, **args)

    url = dict(url="https://hook.test/", given=1)
    for rights in (1, 2, reads):
        assert ask(make, rights, **url)[0] == ERRORS["TICKET"]
    result, reply = ask(make, manages, **url)
    made = json.loads(reply["rows"][0]["json"])
    one = dict(id=number_of(made["id"]))
    assert result == 0 and made["secret"] and "secret" not in json.loads(ask(see, reads, **one)[1]["rows"][0]["json"])
    for verb in (change, remove, rotate, test, replay):
        assert ask(verb, reads, **one, seq=1)[0] == ERRORS["TICKET"], verb
    for verb in (see, change, remove, rotate, test, log, replay):
        assert ask(verb, manages | reads, BOB, bob, **one, seq=1)[0] == ERRORS["NOT_FOUND"], verb
    assert ask(see, reads, BOB, bob)[1]["rows"] == [] and len(ask(see, reads)[1]["rows"]) == 1
    for bad in (dict(url="https://127.0.0.1/", given=1), dict(url="file:///etc/passwd", given=1), dict(tags='["a"]x', given=4), dict(events="x", given=2)):
        assert ask(change, manages, **one, **bad)[0] in (ERRORS["SYNTAX"], ERRORS["REFUSED"]), bad
    assert ask(9, manages)[0] == ask(0, manages)[0] == ERRORS["SYNTAX"]
    assert ask(remove, manages, **one)[0] == 0


def test_nobody_teaches_for_others(auth, store):
    """What was wanted: with a login's ticket its account's own table, with SMTP's none, and the server's with the operator's alone."""
    of_alice = login(auth, protocol=3)
    lesson = dict(what=1, hashes=bytes(range(40)))
    assert store.ask("learn_message", ticket=of_alice, **lesson)[0] == 0
    for bad in (b"", login(auth), seal(b"x" * 32, account=ALICE, rights=2)):
        assert store.ask("learn_message", ticket=bad, **lesson)[0] == ERRORS["TICKET"]
    assert store.ask("learn_message", ticket=of_alice, server=True, **lesson)[0] == ERRORS["TICKET"]
    assert store.ask("learn_message", ticket=of_alice, what=1, hashes=bytes(8004))[0] == ERRORS["SYNTAX"]
    asked = [dict(account=a) for a in (b"", ALICE.encode(), BOB.encode())]
    result, reply = store.ask("learn_score", hashes=bytes(range(40)), accounts=asked)
    assert result == 0 and [v["told_spam"] for v in reply["verdicts"]] == [0, 1, 0]


def test_a_login_opens_submission_alone(auth):
    """RFC 4954: what SMTP logs in for.  A protocol that is none, or the operator's, logs nobody in."""
    assert unpack("ticket", login(auth))["rights"] == 1
    for protocol in (0, 2, 5, 200):  # 5: HTTP, where keys count
        result, words = auth.ask("auth_check", name=ALICE, password=PASSWORD, client="127.0.0.1", protocol=protocol)
        assert result < 0, words


def prove(auth, protocol, account=ALICE, password=PASSWORD):
    """What a client of SCRAM-SHA-256 leaves with who listens (RFC 5802 3): the arguments of auth_scram_proof."""
    result, begun = auth.ask("auth_scram_begin", name=account, protocol=protocol)
    assert result == 0
    nonce = b"r=mine" + base64.b64encode(begun["nonce"])
    message = b"n=x,r=mine," + nonce + b",s=" + base64.b64encode(begun["salt"]) + b",i=%d,c=biws," % begun["iterations"] + nonce
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), begun["salt"], begun["iterations"])
    key = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(hashlib.sha256(key).digest(), message, "sha256")
    return dict(name=account, message=message, proof=bytes(a ^ b for a, b in zip(key, signature)), client="127.0.0.1", protocol=protocol)


def test_a_proof_is_good_once(auth):
    """RFC 5802: what a client has proven logs it in one time, and by the protocol that it spoke: SMTP opens no mailbox."""
    proof = prove(auth, 1)
    result, reply = auth.ask("auth_scram_proof", **proof)
    assert result == 0 and reply["account"] == ALICE.encode() and unpack("ticket", reply["ticket"])["rights"] == 1
    assert auth.ask("auth_scram_proof", **proof)[0] == ERRORS["UNAVAILABLE"]
    assert auth.ask("auth_scram_proof", **prove(auth, 1) | dict(protocol=3))[0] == ERRORS["UNAVAILABLE"]
    another = auth.ask("auth_scram_begin", name=ALICE, protocol=1)[1]["nonce"]  # put behind what was signed
    assert auth.ask("auth_scram_proof", **proof | dict(message=proof["message"] + base64.b64encode(another)))[0] == ERRORS["AUTH"]
    assert auth.ask("auth_scram_proof", **prove(auth, 1, password="wrong"))[0] == ERRORS["AUTH"]


def test_a_changed_password_ends_the_ticket(roles, auth, store):
    """At once, for the store and for renewal; not that of others; a new login is good again."""
    of_alice, of_bob = login(auth), login(auth, BOB)
    assert submit(store, of_alice) == 0 and submit(store, of_bob, BOB) == 0
    roles.order("set", ALICE, hash=crypt.crypt(PASSWORD, "$6$rounds=1000$another"))
    assert submit(store, of_alice) == ERRORS["TICKET"]
    assert auth.ask("ticket_renew", octets=of_alice)[0] == ERRORS["TICKET"]
    assert submit(store, of_bob, BOB) == 0
    of_alice = login(auth)
    assert submit(store, of_alice) == 0
    roles.order("set", ALICE, enabled="no")
    assert submit(store, login(auth, BOB), ALICE) == ERRORS["TICKET"] == submit(store, of_alice)
    assert auth.ask("auth_check", name=ALICE, password=PASSWORD, client="127.0.0.1", protocol=1)[0] == ERRORS["AUTH"]
    roles.order("set", ALICE, enabled="yes")
    assert auth.ask("ticket_renew", octets=of_alice)[0] == 0
    assert submit(store, of_alice) == 0


def test_an_account_made_again_is_another(roles, auth, store):
    """Neither a ticket nor a mailbox of the one that was removed is its own; the numbers of accounts are never used again."""
    carol = "carol@home.test"
    first = roles.order("add", carol, hash=crypt.crypt(PASSWORD, "$6$rounds=1000$x"))
    old = login(auth, carol)
    assert submit(store, old, carol) == 0
    roles.order("remove", carol)
    assert submit(store, old, carol) == ERRORS["TICKET"] and auth.ask("ticket_renew", octets=old)[0] == ERRORS["TICKET"]
    second = roles.order("add", carol, hash=crypt.crypt(PASSWORD, "$6$rounds=1000$x"))
    assert second["number"] > first["number"] and second["name"] != first["name"]
    assert submit(store, old, carol) == ERRORS["TICKET"]
    result, reply = auth.ask("auth_check", name=carol, password=PASSWORD, client="127.0.0.1", protocol=1)
    assert result == 0 and unpack("ticket", reply["ticket"])["account"] == reply["account"] == second["name"].encode()
    roles.order("remove", carol)


@pytest.mark.parametrize("name", ("auth", "store"))
def test_tickets_outlive_a_role(roles, name):
    """A role that is started again believes what was sealed before, and the store asks again."""
    ticket = login(roles.link("auth"))
    assert submit(roles.link("store"), ticket) == 0
    roles.restart(name)
    assert submit(roles.link("store"), ticket) == 0
    result, reply = roles.link("auth").ask("ticket_renew", octets=ticket)
    assert result == 0 and submit(roles.link("store"), reply["octets"]) == 0


def test_without_the_auth_role_nothing_is_opened(roles):
    """What cannot be confirmed is not believed: a fault of ours, for now."""
    ticket = login(roles.link("auth"))
    roles.all.pop("auth").end()
    assert submit(roles.link("store"), ticket) == ERRORS["UNAVAILABLE"]
    roles.start("auth")
    assert submit(roles.link("store"), ticket) == 0
