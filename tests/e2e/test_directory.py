"""Who is who: domains and accounts, changed while the server runs, and what outlives a crash (docs/guide/directory.md)."""
import base64
import crypt
import imaplib
import json
import os
import poplib
import re
import signal
import time
import uuid

import pytest

from harness import ALICE, BOB, PASSWORD, Postrider, alive, plain, tls_context, until
from scram import PROTOCOLS, Scram, login


def fresh(domain="home.test"):
    return f"u{uuid.uuid4().hex[:10]}@{domain}"


def takes(server, address):
    """The code of RCPT."""
    with server.session().hello() as s:
        s.ask("MAIL FROM:<x@far.test>", 250)
        return int(s.ask(f"RCPT TO:<{address}>")[:3])


def logs_in(server, address, password=PASSWORD):
    with server.session(server.submissions) as s:
        s.start_tls()
        s.hello()
        return s.ask("AUTH PLAIN " + plain(address, password)).startswith("235")


def order(server, *arguments, code=0, stdin=None):
    """Rows of the answer, or the words of a failure."""
    done = server.run(*arguments) if stdin is None else server.run(*arguments, input=stdin)
    assert done.returncode == code, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()] if code == 0 else done.stderr


def deliver(server, address, text):
    with server.session().hello() as s:
        s.message("x@far.test", address, f"From: x@far.test\r\nSubject: {text}\r\n\r\n{text}\r\n".encode())


def subjects(server, address):
    return [row["subject"] for row in server.mailbox(address)]


def test_an_account_is_there_at_once(server):
    """Before the command returns; no role is started again, no session dropped."""
    roles, old = server.roles(), server.logged_in(BOB)
    address = fresh()
    assert takes(server, address) == 550 and not logs_in(server, address)
    row = server.add_account(address)
    assert row["account"] == address and row["enabled"] and row["addresses"] == [address]
    assert takes(server, address) == 250 and logs_in(server, address) and logs_in(server, address.upper())
    deliver(server, address, "welcome")
    assert subjects(server, address) == ["welcome"]
    assert address in [r["account"] for r in order(server, "account", "list")]
    assert "is there already" in order(server, "account", "add", "--password-file", str(server.password_file), address, code=1)
    assert server.roles() == roles and all(alive(pid) for pid in roles.values())
    with old as s:
        s.message(BOB, [ALICE], f"From: {BOB}\r\n\r\nx\r\n".encode())


def test_a_new_password_counts_at_once(server, tmp_path):
    address = fresh()
    server.add_account(address)
    assert logs_in(server, address)
    for password in ("second password", "third p\u00e4ssword"):
        path = tmp_path / "password"
        path.write_text(password + "\n")
        order(server, "account", "password", "--password-file", str(path), address)
        assert logs_in(server, address, password) and not logs_in(server, address)
    row, = order(server, "account", "password", address, stdin="by standard input\n")
    assert row["account"] == address and logs_in(server, address, "by standard input")
    assert "1 to 511 octets" in order(server, "account", "password", address, stdin="\n", code=1)
    assert "there is no account" in order(server, "account", "password", fresh(), stdin="x\n", code=1)


def test_a_hash_of_another_server(server):
    """bcrypt and sha512crypt; what is no hash is refused."""
    for method in (crypt.METHOD_BLOWFISH, crypt.METHOD_SHA512):
        address = fresh()
        order(server, "account", "add", "--hash", crypt.crypt(PASSWORD, crypt.mksalt(method)), address)
        assert logs_in(server, address) and not logs_in(server, address, "x")
    for bad in ("plain", "$6$with space", "$6$" + "x" * 300, "$6$\n"):
        assert "does not look like one" in order(server, "account", "add", "--hash", bad, fresh(), code=1)


def test_several_addresses(server):
    """Each has the account's mail, and logs it in."""
    address, other = fresh(), fresh()
    server.add_account(address)
    row, = order(server, "account", "set", "--add-address", other, address)
    assert sorted(row["addresses"]) == sorted([address, other])
    assert takes(server, other) == 250 and logs_in(server, other)
    deliver(server, other, "by the other")
    assert subjects(server, address) == subjects(server, other) == ["by the other"]
    assert "it is this account's" in order(server, "account", "set", "--add-address", other, address, code=1)
    assert "it is an account's" in order(server, "account", "set", "--add-address", other, ALICE, code=1)
    with server.session(server.submissions) as s:  # RFC 6409 6.1: either is its own
        s.start_tls()
        s.hello()
        s.ask("AUTH PLAIN " + plain(address), 235)
        s.message(other, [ALICE], f"From: {other}\r\n\r\nx\r\n".encode())
    order(server, "account", "set", "--remove-address", other, address)
    assert takes(server, other) == 550 and not logs_in(server, other)
    assert "first one stays" in order(server, "account", "set", "--remove-address", address, address, code=1)


def test_a_disabled_account(server):
    """It keeps its mail and lets nobody in, and is as it was when it is enabled."""
    address = fresh()
    server.add_account(address)
    deliver(server, address, "kept")
    row, = order(server, "account", "set", "--disable", address)
    assert not row["enabled"] and not logs_in(server, address)
    with server.session().hello() as s:  # RFC 3463 3.3
        s.ask("MAIL FROM:<x@far.test>", 250)
        assert "5.2.1" in s.ask(f"RCPT TO:<{address}>", 550)
    assert subjects(server, address) == ["kept"]
    order(server, "account", "set", "--enable", address)
    assert logs_in(server, address) and takes(server, address) == 250


def imap_login(server, address, password):
    box = imaplib.IMAP4_SSL("127.0.0.1", server.imaps, ssl_context=tls_context(), timeout=20)
    try:
        box.login(address, password)
        return box
    except imaplib.IMAP4.error:
        box.shutdown()
        return None


def by_scram(server, scram):
    session = PROTOCOLS["imap"](server, "127.0.0.1")
    with session.s:
        return login(session, scram)


def test_an_app_password(server):
    """Good for its protocols alone, by PLAIN and SCRAM; revoked, it is at its end at once; the account's own stays."""
    address = fresh()
    server.add_account(address)
    row, = order(server, "account", "app-password", "new", "--for", "imap", address, "phone")
    password = row["password"]
    assert [(p["label"], p["for"]) for p in row["app_passwords"]] == [("phone", ["imap"])] and row["account"] == address
    assert not logs_in(server, address, password) and logs_in(server, address)
    box = imap_login(server, address, password)
    assert box and imap_login(server, address, PASSWORD) and not imap_login(server, address, password + "x")
    for what, good in ((Scram(address, password), "OK"), (Scram(address, PASSWORD), "OK"), (Scram(address, "wrong"), "NO")):
        assert by_scram(server, what) == good
    second, = order(server, "account", "app-password", "new", address, "everything")
    assert logs_in(server, address, second["password"])
    assert [p["label"] for p in order(server, "account", "app-password", "list", address)] == ["everything", "phone"]
    assert "already" in order(server, "account", "app-password", "new", address, "phone", code=1)
    assert "none of smtp" in order(server, "account", "app-password", "new", "--for", "gopher", address, "x", code=1)
    order(server, "account", "password", address, stdin="another\n")
    assert imap_login(server, address, password) and box.select()[0] == "OK"  # they do not hang on it
    assert by_scram(server, Scram(address, password)) == "OK"
    order(server, "account", "app-password", "revoke", address, "phone")
    assert not imap_login(server, address, password)
    with pytest.raises(imaplib.IMAP4.abort, match="The login has ended"):
        box.select()
    assert "no app password" in order(server, "account", "app-password", "revoke", address, "phone", code=1)
    assert logs_in(server, address, second["password"]) and logs_in(server, address, "another")


def imap(server, address):
    box = imaplib.IMAP4_SSL("127.0.0.1", server.imaps, ssl_context=tls_context(), timeout=20)
    box.login(address, PASSWORD)
    return box


def test_an_account_made_again_has_none_of_the_mail(server):
    """By no door: neither the operator's nor IMAP; and a session of the one before is at its end."""
    address = fresh()
    first = server.add_account(address)
    deliver(server, address, "of the first")
    old = imap(server, address)
    assert old.select()[1] == [b"1"]
    order(server, "account", "remove", address)
    assert takes(server, address) == 550 and not logs_in(server, address)
    assert "there is no account" in order(server, "mailbox", "list", address, code=1)
    second = server.add_account(address)
    assert second["number"] > first["number"] and second["name"] != first["name"]
    assert subjects(server, address) == []
    with pytest.raises(imaplib.IMAP4.abort, match="the account is closed"):
        old.select()
    box = imap(server, address)
    assert box.select()[1] == [b"0"]
    deliver(server, address, "of the second")
    assert box.noop()[0] == "OK" and box.select()[1] == [b"1"]
    assert subjects(server, address) == ["of the second"]
    box.logout()


def removed(server, address):
    return [row for row in order(server, "account", "list", "--removed") if row["address"] == address]


def test_a_removed_account_is_restored(server):
    """With its mail, password and addresses; one of the same address meanwhile stays who it is."""
    address, other = fresh(), fresh()
    made = server.add_account(address)
    order(server, "account", "set", "--add-address", other, address)
    deliver(server, other, "kept")
    order(server, "account", "remove", address)
    row, = removed(server, address)
    assert row["account"] == f"{address}#{made['number']}" and row["messages"] == 1 and row["octets"] > 0 and not row["deleting"]
    back, = order(server, "account", "restore", address)
    assert back["name"] == made["name"] and sorted(back["addresses"]) == sorted([address, other])
    assert logs_in(server, other) and subjects(server, address) == ["kept"] and not removed(server, address)
    order(server, "account", "remove", address)
    server.add_account(address)
    assert "somebody else's now" in order(server, "account", "restore", row["account"], code=1)
    new = fresh()
    order(server, "account", "restore", "--as", new, row["account"])
    assert subjects(server, new) == ["kept"] and subjects(server, address) == []
    order(server, "account", "remove", address)
    order(server, "account", "remove", new)
    assert "nothing is left" in order(server, "account", "restore", fresh(), code=1)


def test_a_domain_goes_and_its_accounts_are_not_lost(server):
    domain = f"d{uuid.uuid4().hex[:8]}.test"
    address = fresh(domain)
    order(server, "domain", "add", domain)
    server.add_account(address)
    deliver(server, address, "kept")
    order(server, "account", "remove", address)
    order(server, "domain", "remove", domain)
    assert removed(server, address)[0]["messages"] == 1
    assert "not a domain of this server" in order(server, "account", "restore", address, code=1)
    order(server, "domain", "add", domain)
    order(server, "account", "restore", address)
    assert subjects(server, address) == ["kept"]


def kept(server, where):
    """Octets of the files that fit."""
    return sum(path.stat().st_size for path in (server.directory / "data").glob(where))


def test_mail_of_a_removed_account_is_deleted(directory):
    """Its files, large bodies, text index and the journal's segments go, though the server is killed meanwhile; what others have stays."""
    server = Postrider(directory / "purge", settings="store { segment_size = 1M blob_threshold = 100K }\n").start()
    address, shared = fresh(), fresh()
    order(server, "account", "set", "--index", "on", server.add_account(address)["account"])
    server.add_account(shared)
    journal = kept(server, "journal/*.seg")
    with server.session().hello() as s:
        s.message("x@far.test", address, b"Subject: small\r\n\r\nx\r\n")
    box = imap(server, address)
    for _ in range(13):  # doubles what there is
        box.select()
        assert box.copy("1:*", "INBOX")[0] == "OK"
    with server.session().hello() as s:
        for i in range(60):
            lines = 2000 if i < 6 else 1000
            s.message("x@far.test", [address] + [shared] * (i == 0), f"Subject: {i}\r\n\r\n".encode() + (b"x" * 70 + b"\r\n") * lines)
    until(lambda: kept(server, "index/*.db"), what="the index")
    assert kept(server, "blobs/*/*") > 6 * 140000 and kept(server, "journal/*.seg") > journal + (3 << 20)
    assert "needs --yes" in order(server, "account", "remove", "--delete-mail", address, code=1)
    assert takes(server, address) == 250
    order(server, "account", "remove", "--delete-mail", "--yes", address)
    for _ in range(2):
        server.kill()
        server.start()
        deliver(server, shared, "meanwhile")
    until(lambda: not removed(server, address), 60, "the end of its mail")
    until(lambda: not kept(server, "index/*.db"), what="the end of its index")
    until(lambda: kept(server, "blobs/*/*") < 2 * 144100, what="the end of its large bodies")
    until(lambda: kept(server, "journal/*.seg") <= journal + (1 << 20), what="the journal's end")
    assert subjects(server, shared) == ["0", "meanwhile", "meanwhile"]
    assert "nothing is left" in order(server, "account", "restore", address, code=1)
    assert server.stop() == 0
    done = server.run("store", "verify")
    assert done.returncode == 0, done.stdout + done.stderr

def waits(server, how, address):
    """A session of the account that says nothing, and its end of the connection."""
    if how == "pop3":
        box = poplib.POP3_SSL("127.0.0.1", server.pop3s, context=tls_context(), timeout=10)
        box.user(address)
        box.pass_(PASSWORD)
        return box, box.file
    if how == "smtp":
        box = server.logged_in(address)
        return box, box.input
    box = imap(server, address)
    if how != "logged in":
        box.select()
    if how == "idle":
        box.send(b"a IDLE\r\n")
        assert box.readline().startswith(b"+ ")
    return box, box.file


@pytest.mark.parametrize("what", [("remove",), ("set", "--disable"), ("password",)], ids=["removed", "disabled", "password"])
def test_sessions_hear_of_it_at_once(server, what):
    """RFC 2177, RFC 9051 7.1.5: also those that wait, and only those of that account."""
    hows = ("idle", "selected", "logged in", "pop3", "smtp")
    address, other = fresh(), fresh()
    server.add_account(address)
    server.add_account(other)
    theirs, others = [waits(server, how, address) for how in hows], [waits(server, how, other) for how in hows]
    order(server, "account", *what, address, stdin="another\n")
    end = time.monotonic() + 5
    for how, (_, lines) in zip(hows, theirs):
        line = lines.readline()
        begins = {"pop3": b"-ERR [AUTH] ", "smtp": b"421 4.7.0 "}.get(how, b"* BYE ")
        assert line.startswith(begins) and b"The login has ended" in line, (how, line)
        assert lines.readline() == b""
    assert time.monotonic() < end
    for how, (box, _) in zip(hows, others):
        if how == "idle":
            box.send(b"DONE\r\n")
            assert box.readline().startswith(b"a OK")
        if how == "smtp":
            box.ask("QUIT", 221)
            continue
        assert box.noop().startswith(b"+OK") if how == "pop3" else box.noop()[0] == "OK"
        (box.quit if how == "pop3" else box.logout)()


def test_a_message_that_is_under_way_is_not_taken(server):
    """RFC 5321 3.8: 421 in place of the reply to its end, whatever was begun before."""
    address, other = fresh(), fresh()
    server.add_account(address)
    server.add_account(other)
    s = server.logged_in(address)
    s.envelope(address, other)
    s.ask("DATA", 354)
    s.send(b"From: %b\r\nSubject: too late\r\n\r\n" % address.encode())
    order(server, "account", "set", "--disable", address)
    s.send(b"text\r\n.\r\n")
    s.expect(421)
    assert s.is_closed()
    assert subjects(server, other) == []


def test_sessions_hear_of_what_an_auth_role_was_not_told(server):
    """It was not there meanwhile; the next one has everything looked at again."""
    address = fresh()
    server.add_account(address)
    _, lines = waits(server, "idle", address)
    other, _ = waits(server, "selected", ALICE)
    before = server.roles()["auth"]
    os.kill(before, signal.SIGKILL)
    order(server, "account", "remove", address)
    assert lines.readline().startswith(b"* BYE The login has ended")
    until(lambda: other.noop()[0] == "OK", what="the other session")
    other.logout()


def test_domains(server):
    domain = f"d{uuid.uuid4().hex[:8]}.test"
    address = fresh(domain)
    assert takes(server, address) == 550
    assert "not a domain of this server" in order(server, "account", "add", address, code=1)
    [added], [shown] = order(server, "domain", "add", domain.upper()), order(server, "domain", "show", domain)
    assert added == {key: value for key, value in shown.items() if key != "publish"}
    assert "is there already" in order(server, "domain", "add", domain, code=1)
    server.add_account(address)
    assert takes(server, address.upper()) == 250
    assert "has addresses" in order(server, "domain", "remove", domain, code=1)
    order(server, "account", "remove", address)
    order(server, "domain", "remove", domain)
    assert takes(server, address) == 550 and domain not in [r["domain"] for r in order(server, "domain", "list")]


def test_international_domains(server):
    """RFC 5891 5: one domain, however it is written."""
    order(server, "domain", "add", "gr\u00fcn.test")
    server.add_account("eva@GR\u00dcN.test")
    assert takes(server, "eva@xn--grn-ioa.test") == 250
    row, = order(server, "account", "show", "Eva@xn--grn-ioa.test")
    assert row["account"] == "eva@xn--grn-ioa.test"


def received(server, address, subject):
    """The recipients of the mails of that subject in the account's INBOX."""
    return [row["recipient"] for row in server.mailbox(address) if row["subject"] == subject]


def test_an_alias(server):
    """RFC 5321 3.9.1: of one mailbox; it may send by that name."""
    alias, other = fresh(), fresh()
    order(server, "alias", "add", alias, ALICE)
    assert order(server, "alias", "show", alias) == [{"alias": alias, "to": [ALICE]}]
    deliver(server, alias, alias)
    assert received(server, ALICE, alias) == [alias] and not logs_in(server, alias)
    with server.logged_in() as s:
        s.message(alias, [BOB], f"From: {alias}\r\n\r\nx\r\n".encode())
    assert "it is an alias" in order(server, "account", "set", "--add-address", alias, BOB, code=1)
    assert "is there already" in order(server, "alias", "add", alias, BOB, code=1)
    assert "at least one target" in order(server, "alias", "add", other, code=1)
    order(server, "alias", "set", "--remove-to", ALICE, "--to", BOB, alias)
    assert order(server, "alias", "show", alias)[0]["to"] == [BOB]
    order(server, "alias", "remove", alias)
    assert takes(server, alias) == 550 and alias not in [r["alias"] for r in order(server, "alias", "list")]


def test_a_list(server, network):
    """RFC 5321 3.9.2: each of its mailboxes once, here and elsewhere, through other lists and in a circle."""
    remote = network.remote()
    inner, outer, far = fresh(), fresh(), f"Far.Away@{remote.domain}"
    order(server, "alias", "add", inner, BOB, ALICE, outer, far)
    order(server, "alias", "add", outer, ALICE.upper(), inner, far, "nobody@home.test")
    deliver(server, outer, outer)
    assert received(server, ALICE, outer) == [ALICE] and received(server, BOB, outer) == [BOB]
    [(_, there, _)] = remote.wait_messages(1)
    assert there == [far]
    with server.logged_in() as s:  # nobody sends in a list's name
        s.ask(f"MAIL FROM:<{outer}>", 553)
    with server.session().hello() as s:  # also beside one who is on it
        s.message("x@far.test", [outer, ALICE, inner], f"Subject: twice {outer}\r\n\r\nx\r\n".encode())
    assert len(received(server, ALICE, f"twice {outer}")) == 1 == len(received(server, BOB, f"twice {outer}"))


def test_what_is_forwarded(server, network):
    """SRS: the return path is ours, a bounce to it finds back, and nobody can make one; RFC 7208 has the reason."""
    there, author = network.remote(), network.remote()
    alias, sender = fresh(), f"Al.Author@{author.domain}"
    order(server, "alias", "add", alias, f"far@{there.domain}", ALICE)
    with server.session().hello() as s:
        s.message(sender, alias, f"From: {sender}\r\nSubject: {alias}\r\n\r\nx\r\n".encode())
    [(path, to, _)] = there.wait_messages(1)
    assert to == [f"far@{there.domain}"] and re.fullmatch(rf"SRS0=\w{{6}}=\w\w={author.domain}=Al.Author@home.test", path), path
    assert received(server, ALICE, alias) == [ALICE]
    # RFC 5321 4.4: who has a mailbox here sees who sent it, whoever else it was sent on to
    assert f"Return-Path: <{sender}>\r\n".encode() in server.wait_mail(ALICE, subject=alias)
    for back in (path, path.lower().replace("al.author", "Al.Author")):
        with server.session().hello() as s:
            s.message("", back, f"Subject: bounce {back}\r\n\r\nx\r\n".encode())
    assert [(who, to) for who, to, _ in author.wait_messages(2)] == [("", [sender])] * 2
    local, domain = path.split("@")
    for forged in (local.replace("Al.Author", "Somebody.Else"), local[:5] + "aaaaaa" + local[11:], local[:-1], "SRS0=x", "SRS1=x=y=z"):
        assert takes(server, f"{forged}@{domain}") == 550, forged
    with server.logged_in() as s:  # who sends from here has a domain that is ours
        s.message(ALICE, alias, f"From: {ALICE}\r\n\r\nx\r\n".encode())
    assert there.wait_messages(2)[1][0] == ALICE


def test_a_list_of_nobody(server):
    """Only itself, or somebody who is not there: nobody."""
    circle, gone = fresh(), fresh()
    order(server, "alias", "add", circle, circle)
    order(server, "alias", "add", gone, fresh())
    assert takes(server, circle) == takes(server, gone) == 550


def test_a_long_list(server):
    """All of it or nothing: what is more than one message may have is put off (RFC 5321 4.5.3.1.10)."""
    long = fresh()
    server.directory_order("alias", "add", long, to="u@r1.test")
    for part in range(4):
        order(server, "alias", "set", *(f"--to=v{part}.{i}@r1.test" for i in range(249)), long)
    assert "at most 1000 targets" in order(server, "alias", "set", *(f"--to=w{i}@r1.test" for i in range(4)), long, code=1)
    row, = order(server, "alias", "set", *(f"--to=w{i}@r1.test" for i in range(3)), long)
    assert len(row["to"]) == 1000
    with server.session().hello() as s:
        s.ask("MAIL FROM:<x@far.test>", 250)
        s.ask(f"RCPT TO:<{ALICE}>", 250)
        s.ask(f"RCPT TO:<{long}>", 452)
        s.ask("RSET", 250)
        s.ask("MAIL FROM:<x@far.test>", 250)
        s.ask(f"RCPT TO:<{long}>", 250)
        s.ask("RSET", 250)


def test_lmtp_answers_a_list_once(server):
    """RFC 2033 4.2: one reply for each RCPT."""
    alias = fresh()
    order(server, "alias", "add", alias, ALICE, BOB)
    with server.session(server.lmtp) as s:
        s.expect(220)
        s.ask("LHLO client.test", 250)
        s.ask("MAIL FROM:<x@far.test>", 250)
        s.ask(f"RCPT TO:<{alias}>", 250)
        s.ask(f"RCPT TO:<{ALICE}>", 250)
        s.ask("DATA", 354)
        s.send(f"Subject: {alias}\r\n\r\nx\r\n.\r\n")
        s.expect(250)
        s.expect(250)
        s.ask("QUIT", 221)
    assert received(server, BOB, alias) and len(received(server, ALICE, alias)) == 1


def test_an_alias_domain_and_a_catch_all(server):
    real, other = f"d{uuid.uuid4().hex[:8]}.test", f"e{uuid.uuid4().hex[:8]}.test"
    order(server, "domain", "add", real)
    order(server, "domain", "add", "--alias-of", real, other)
    server.add_account(f"eva@{real}")
    deliver(server, f"Eva+x@{other}", real)
    assert received(server, f"eva@{real}", real) and logs_in(server, f"eva@{other}")
    assert takes(server, f"nobody@{other}") == takes(server, f"nobody@{real}") == 550
    assert "another name of" in order(server, "account", "add", f"new@{other}", code=1)
    assert "no alias itself" in order(server, "domain", "set", "--alias-of", other, real, code=1)
    order(server, "domain", "set", "--catch-all", f"eva@{real}", real)
    deliver(server, f"nobody@{other}", "caught")
    assert received(server, f"eva@{real}", "caught")
    order(server, "domain", "set", "--catch-all", f"no-one@{real}", real)
    assert takes(server, f"nobody@{real}") == 550
    order(server, "domain", "set", "--catch-all", "none", real)
    order(server, "domain", "set", "--alias-of", "none", other)
    assert takes(server, f"eva@{other}") == 550
    order(server, "domain", "set", "--disable", real)
    assert takes(server, f"eva@{real}") == 550
    order(server, "domain", "set", "--enable", real)
    assert takes(server, f"eva@{real}") == 250


def test_words_about_the_defence(server):
    """Of a domain and an account, in one form; a wrong word is told with the right ones, and changes nothing."""
    domain = f"d{uuid.uuid4().hex[:8]}.test"
    address = fresh(domain)
    row, = order(server, "domain", "add", "--defence", "attachments=junk", domain)
    assert row["defence"] == "attachments=junk" and server.add_account(address)["defence"] is None
    for kind, name in (("domain", domain), ("account", address)):
        row, = order(server, kind, "set", "--defence", " attachments = tag, attachments=quarantine ", name)
        assert row["defence"] == "attachments=quarantine"
        wrong = order(server, kind, "set", "--defence", "attachment=off", name, code=1)
        assert '"attachment" is no step of the defence; there are: early, helo, rdns, attachments' in wrong
        assert order(server, kind, "show", name)[0]["defence"] == "attachments=quarantine"
        assert order(server, kind, "set", "--defence", "none", name)[0]["defence"] is None
    assert takes(server, address) == 250


def test_tags(server):
    """RFC 5233: the account's, nobody's, or a mailbox of that name; one that is there."""
    address = fresh()
    local = address.split("@")[0]
    server.add_account(address)
    box = imap(server, address)
    assert box.create("News")[0] == "OK"
    deliver(server, f"{local}+news@home.test", "on")
    assert subjects(server, address) == ["on"]
    order(server, "account", "set", "--tags", "mailbox", address)
    deliver(server, f"{local}+NEWS@home.test", "mailbox")
    deliver(server, f"{local}+other@home.test", "no such mailbox")
    assert subjects(server, address) == ["on", "no such mailbox"]
    assert box.select("News")[1] == [b"1"]
    order(server, "account", "set", "--tags", "off", address)
    assert takes(server, f"{local}+news@home.test") == 550 and takes(server, address) == 250
    assert "on, off or mailbox" in order(server, "account", "set", "--tags", "maybe", address, code=1)
    box.logout()


def test_a_bounce_to_an_alias(server, network):
    """The notification goes where the sender's address leads."""
    remote = network.remote(rcpt="550 5.1.1 no such user")
    alias = fresh()
    order(server, "alias", "add", alias, ALICE, BOB)
    server.send("--from", alias, "--to", f"u@{remote.domain}", "--subject", "x", "--body", "x")
    for account in (ALICE, BOB):
        until(lambda: [r for r in server.mailbox(account) if r["return_path"] is None and r["recipient"] == account], what="the notification")


@pytest.mark.parametrize("arguments,words", [
    (["account", "add", "nobody"], "is no address"), (["account", "add", "@home.test"], "is no address"),
    (["account", "add", "a b@home.test"], "is no address"), (["domain", "add", "exa mple"], "is no domain"),
    (["domain", "add", "[127.0.0.1]"], "is no domain"), (["domain", "show", "nowhere.test"], "there is no domain"),
    (["account", "show", "carol@home.test"], "there is no account"), (["account", "remove", "carol@home.test"], "there is no account"),
])
def test_mistakes(server, arguments, words):
    assert words in order(server, *arguments, code=1)


@pytest.mark.parametrize("arguments", [["account"], ["account", "add"], ["account", "list", "x"], ["domain", "password", "home.test"], ["account", "set", "--x", "y"]])
def test_misuse(server, arguments):
    assert "--help" in order(server, *arguments, code=64)


@pytest.mark.parametrize("arguments,words", [
    (["account", "foo", "x"], "account foo: what can be said is list, add, password,"), (["account", "hold"], "hold: which account?"),
    (["account", "show", "a", "b"], "show: one account at a time"), (["alias", "hold", "x"], "alias hold: what can be said is list, add, set, show, remove;"),
    (["account", "list", "x"], "list: it takes no name"), (["domain"], "domain: which of list,"),
    (["account", "set", ALICE], "what can be set is --enable, --disable, --add-address,"), (["alias", "set", "x"], "what can be set is --to, --remove-to;"),
    (["domain", "set", "home.test"], "what can be set is --alias-of,"),
])
def test_misuse_in_words(server, arguments, words):
    assert words in order(server, *arguments, code=64)


def test_the_usage_has_every_verb(server):
    """Each that the words for who gave none have."""
    for thing in ("account", "domain", "alias"):
        usage = server.run(thing, "--help", config=False, check=True).stdout
        for verb in order(server, thing, code=64).partition("which of ")[2].partition("?")[0].split(", "):
            assert re.search(rf"postrider {thing} ([a-z]+\|)*{verb}\b", usage), verb


def test_a_new_auth_role_is_told_everything(server):
    """kill -9 of the role: the next one knows who is who, and a change meanwhile is not lost."""
    address = fresh()
    server.add_account(address)
    before = server.roles()["auth"]
    os.kill(before, signal.SIGKILL)
    later = server.add_account(fresh())["account"]
    until(lambda: server.roles().get("auth", before) != before, what="another auth role")
    for known in (address, later):
        assert takes(server, known) == 250 and logs_in(server, known)


def test_a_new_store_role_tells_again(server):
    before = server.roles()["store"]
    os.kill(before, signal.SIGKILL)
    until(lambda: server.roles().get("store", before) != before, what="another store role")
    address = fresh()
    until(lambda: server.run("account", "add", "--password-file", str(server.password_file), address).returncode == 0, what="an order")
    assert takes(server, address) == 250 and takes(server, ALICE) == 250


def test_what_was_answered_outlives_a_crash(directory, network):
    """kill -9 of everything behind each answer; and with no server running the commands work on the database."""
    own = Postrider(directory / "crash", dns=network.dns, remote_port=network.port).start()
    made = []
    for _ in range(3):
        made.append(own.add_account(fresh())["account"])
        own.kill()
        assert {r["account"] for r in order(own, "account", "list")} == {ALICE, BOB, *made}
        own.start()
        assert all(takes(own, address) == 250 for address in made)
    assert own.stop() == 0
    removed, address = made.pop(), own.add_account(fresh())["account"]
    order(own, "account", "remove", removed)
    own.start()
    assert takes(own, address) == 250 and takes(own, removed) == 550 and logs_in(own, address)
    assert own.stop() == 0


def test_many_accounts(server):
    """More than one page of the list, and of what a new auth role is told."""
    domain = f"many{uuid.uuid4().hex[:6]}.test"
    order(server, "domain", "add", domain)
    digest = "$6$rounds=1000$x$" + base64.b64encode(b"x" * 60).decode()
    addresses = {f"{i:04}@{domain}" for i in range(450)}
    for address in addresses:
        server.directory_order("account", "add", address, hash=digest)
    listed = [r["account"] for r in order(server, "account", "list")]
    assert listed == sorted(listed) and addresses <= set(listed)
    before = server.roles()["auth"]
    os.kill(before, signal.SIGKILL)
    until(lambda: server.roles().get("auth", before) != before, what="another auth role")
    assert all(takes(server, f"{i:04}@{domain}") == 250 for i in (0, 199, 200, 449))


def test_in_force_within_100_ms(server):
    """From the order to RCPT's 250, both over sockets that are open."""
    digest = "$6$rounds=1000$x$" + base64.b64encode(b"x" * 60).decode()
    with server.session().hello() as s:
        s.ask("MAIL FROM:<x@far.test>", 250)
        took = []
        for _ in range(10):
            address, begin = fresh(), time.monotonic()
            server.directory_order("account", "add", address, hash=digest)
            s.ask(f"RCPT TO:<{address}>", 250)
            took.append(time.monotonic() - begin)
    assert sorted(took)[5] < 0.1, took


def test_what_a_domain_publishes(server):
    """RFC 6186 3, RFC 8314 5.1: the ports that are listened on, for DNS and for people."""
    row = json.loads(server.run("domain", "show", "--json", "home.test", check=True).stdout)
    host = row["publish"][0]["value"].split()[1]
    records = {(r["name"], r["type"]): r["value"] for r in row["publish"]}
    assert records["home.test.", "MX"] == f"10 {host}"
    assert records["_imaps._tcp.home.test.", "SRV"] == f"0 1 {server.imaps} {host}"
    assert records["_submission._tcp.home.test.", "SRV"] == f"0 1 {server.submission} {host}"
    assert records["_dmarc.home.test.", "TXT"].startswith('"v=DMARC1;')


def test_mail_of_a_removed_account_is_deleted_though_its_mailbox_is_damaged(directory):
    """Nothing hangs on what its file had: the references say what is to go, and what others have stays."""
    server = Postrider(directory / "purge-damaged", settings="store { blob_threshold = 100K }\n").start()
    address, shared = fresh(), fresh()
    for each in address, shared:
        server.add_account(each)
    with server.session().hello() as s:
        for i in range(3):
            s.message("x@far.test", [address] + [shared] * (i == 0), f"Subject: {i}\r\n\r\n".encode() + (b"x" * 70 + b"\r\n") * 2000)
    until(lambda: len(subjects(server, address)) == 3, what="its mail")
    server.stop()
    (server.directory / "data" / "restored").touch()  # a start that writes all mailboxes' files
    server.start()
    server.stop()
    for file in (server.directory / "data" / "mail").glob(f"*/{account_number(server, address)}/*.idx"):
        file.write_bytes(file.read_bytes()[:65])
    server.start()
    order(server, "account", "remove", "--delete-mail", "--yes", address)
    until(lambda: not removed(server, address), 60, "the end of its mail")
    until(lambda: kept(server, "blobs/*/*") < 2 * 144100, what="the end of its large bodies")
    assert subjects(server, shared) == ["0"]
    assert server.stop() == 0
    assert server.run("store", "verify").returncode == 0


def account_number(server, address):
    [row] = server.sql("SELECT account FROM account_use WHERE name LIKE ?", f"%{address}%")
    return row["account"]
