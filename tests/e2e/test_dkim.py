"""DKIM (RFC 6376, 8301, 8463): what is signed, and what signatures are worth, with a real DNS server and Debian's python3-dkim as
the other side."""
import base64
import json
import os
import signal
import subprocess

import dkim
import pytest

from harness import ALICE, BOB, Dns, Postrider, alive, free_port, until
from remote import Remote

MESSAGE = b"From: Alice <alice@signer.test>\r\nTo: bob@home.test\r\nSubject: lunch\r\n\r\nAt noon?\r\n"


def openssl(*arguments, **kw):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, **kw).stdout


RSA = openssl("genrsa", "-traditional", "2048")
ED25519 = openssl("genpkey", "-algorithm", "ED25519", "-outform", "DER")
SEED = base64.b64encode(ED25519[-32:])
PUBLIC = {
    "rsa": base64.b64encode(openssl("rsa", "-pubout", "-outform", "DER", input=RSA)).decode(),
    "ed25519": base64.b64encode(openssl("pkey", "-pubout", "-inform", "DER", "-outform", "DER", input=ED25519)[-32:]).decode(),
}


def record(name, text):
    """As in a zone file: strings of at most 255 octets (RFC 6376 3.6.2.2)."""
    return f"{name} IN TXT " + " ".join(f'"{text[i:i + 250]}"' for i in range(0, len(text), 250))


REMOTES = ("away", "other", "old")
remotes = {}


@pytest.fixture(autouse=True)
def anew():
    for remote in remotes.values():
        remote.reset()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("dkim")
    remotes.clear()
    dns = Dns(directory / "dns", negative_ttl=0, records=[
                                  *(f"{name} IN MX 10 mx.{name}.test." for name in REMOTES),
                                  *(f"mx.{name} IN A 127.0.1.{i}" for i, name in enumerate(REMOTES, 1)),
                                  record("r._domainkey.signer", f"v=DKIM1; k=rsa; p={PUBLIC['rsa']}"),
                                  record("e._domainkey.signer", f"v=DKIM1; k=ed25519; p={PUBLIC['ed25519']}"),
                                  record("t._domainkey.signer", f"v=DKIM1; t=y; k=rsa; p={PUBLIC['rsa']}"),
                                  record("gone._domainkey.signer", "v=DKIM1; p=")])
    port = free_port("127.0.1.1")
    for i, name in enumerate(REMOTES, 1):
        remotes[name] = Remote(f"127.0.1.{i}", port, f"{name}.test", f"mx.{name}.test")
    made = Postrider(directory / "server", dns=dns, remote_port=port)
    made.dns = dns
    made.run("alias", "add", "away@home.test", "user@away.test", check=True)
    made.start()
    yield made
    assert made.stop() == 0
    dns.stop()
    for remote in remotes.values():
        remote.stop()


def signed(selector, domain=b"signer.test", message=MESSAGE):
    key, algorithm = (SEED, b"ed25519-sha256") if selector == "e" else (RSA, b"rsa-sha256")
    return dkim.sign(message, selector.encode(), domain, key, signature_algorithm=algorithm) + message


def verify(server, message, *arguments):
    done = server.run("dkim", "verify", *arguments, "-", text=False, input=message)
    said = done.stdout.decode()
    assert done.returncode == {"pass": 0, "temperror": 2}.get(json.loads(said)["result"] if arguments else said.split()[0], 1), done
    return said


@pytest.mark.parametrize("selector, domain, result, why", [
    ("r", b"signer.test", "pass", "signer.test, selector r, rsa-sha256: pass"),
    ("e", b"signer.test", "pass", "signer.test, selector e, ed25519-sha256: pass"),
    ("t", b"signer.test", "pass", "only tests"),
    ("gone", b"signer.test", "permerror", "revoked"),
    ("none", b"signer.test", "permerror", "not in DNS"),
    ("r", b"elsewhere.example", "temperror", "could not be looked up"),  # DNS refuses to say: not for good
])
def test_verify(server, selector, domain, result, why):
    said = verify(server, signed(selector, domain))
    assert said.split()[0] == result
    assert why in said


@pytest.mark.parametrize("selector, changed, result, why", [
    ("r", (b"noon", b"one!"), "fail", "the body was changed"),
    ("r", (b"lunch", b"cakes"), "fail", "the header was changed"),
    ("t", (b"noon", b"one!"), "neutral", "the body was changed, and the domain only tests"),
    ("t", (b"lunch", b"cakes"), "neutral", "only tests"),
    ("gone", (b"noon", b"one!"), "permerror", "revoked"),
])
def test_verify_what_was_changed(server, selector, changed, result, why):
    """RFC 6376 3.6.1: of a domain that tests, it is as if there were no signature."""
    said = verify(server, signed(selector).replace(*changed))
    assert said.split()[0] == result
    assert why in said


def test_verify_several(server):
    """RFC 6376 6.1: one that passes is enough; a file's LF is a message's CRLF."""
    message = signed("none", message=signed("e")).replace(b"\r\n", b"\n")
    rows = json.loads(verify(server, message, "--json"))
    assert rows["result"] == "pass"
    assert [row["result"] for row in rows["signatures"]] == ["permerror", "pass"]
    assert verify(server, MESSAGE).split()[0] == "none"


# ---- what leaves is signed ----


def keys(server, domain="home.test"):
    return json.loads(server.run("dkim", "show", "--json", domain, check=True).stdout)["keys"]


def signatures(octets):
    """The tags of each DKIM-Signature, from the top."""
    found = []
    for field in octets.split(b"\r\n\r\n")[0].replace(b"\r\n\t", b"\t").split(b"\r\n"):
        if field.startswith(b"DKIM-Signature:"):
            tags = field.split(b":", 1)[1].decode().replace("\t", "").split(";")
            found.append({name.strip(): value.strip() for name, value in (tag.split("=", 1) for tag in tags)})
    return found


def check(server, octets, domain="home.test"):
    """Their opinion of each signature; the selectors."""
    records = {f"{k['selector']}._domainkey.{domain}.": k["record"].encode() for k in keys(server, domain)}
    found = signatures(octets)
    assert len({tags["bh"] for tags in found}) <= 1
    for i, tags in enumerate(found):
        assert tags["d"] == domain and tags["c"] == "relaxed/relaxed" and "l" not in tags
        judge = dkim.DKIM(octets)
        assert (i and len(octets) > 1 << 20) or judge.verify(idx=i, dnsfunc=lambda name, timeout=5: records[name.decode()]), tags
    return [tags["s"] for tags in found]


def sent(server, text, sender=ALICE, to="user@away.test", **kw):
    """By submission; what arrives."""
    with server.logged_in() as s:
        s.message(sender, [to], text.replace(b"\r\n.", b"\r\n.."), **kw)
    return remotes[to.split("@")[1].removesuffix(".test")].wait_messages(1, 60)[0][2]


HEAD = b"From: Alice <alice@home.test>\r\nTo: user@away.test\r\nSubject: lunch\r\n"
TEXTS = {
    "plain": HEAD + b"\r\nAt noon?\r\n",
    "one KB": HEAD + b"\r\n" + b"At noon, or a little later?\r\n" * 36,
    "twenty MB": HEAD + b"\r\n" + b"At noon, or  a little\tlater? \r\n" * 650_000,
    "no body": HEAD + b"\r\n",
    "empty lines at its end": HEAD + b"\r\nAt noon?\r\n\r\n \r\n\r\n",
    "dots": HEAD + b"\r\n.\r\n..\r\n.a\r\n",
    "8 bits": HEAD + b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\ngr\xfc\xdfe\r\n",
    "long lines": HEAD + b"References: " + b"\r\n ".join(b"<%d@home.test>" % i for i in range(40)) + b"\r\n\r\n" + b"x" * 990 + b"\r\n",
    "folds": b"FROM:\r\n\tAlice\r\n <alice@home.test>\r\nsubject:   a  \t b\r\n c \r\nTo: user@away.test,\r\n\tuser@away.test\r\n\r\nx  y \r\n",
    "a list": HEAD + b"List-Unsubscribe: <https://home.test/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nx\r\n",
}


@pytest.mark.parametrize("name", [pytest.param(t, marks=pytest.mark.released) if t == "twenty MB" else t for t in TEXTS])
def test_signed(server, name):
    """RFC 8463 3: both keys; each is good in the eyes of python3-dkim."""
    octets = sent(server, TEXTS[name])
    assert check(server, octets) == [k["selector"] for k in keys(server) if k["signs"]]
    assert [tags["a"] for tags in signatures(octets)] == ["rsa-sha256", "ed25519-sha256"]


def test_what_is_signed(server):
    """RFC 6376 8.15: nobody can add a field that people go by; RFC 8058 4."""
    octets = sent(server, TEXTS["a list"])
    for tags in signatures(octets):
        names = tags["h"].lower().split(":")
        for name in ("from", "subject", "date", "to", "message-id"):
            assert names.count(name) == 2, name
        for name in ("cc", "reply-to", "mime-version", "content-type"):  # it has none, and gets none
            assert names.count(name) == 1, name
        assert names.count("list-unsubscribe") == names.count("list-unsubscribe-post") == 2
    assert b"\r\nReceived:" in octets.split(b"DKIM-Signature")[-1]  # above our trace


def test_signed_by_send(server):
    """The machine's owner may be anybody; a domain below one that has keys is signed by that (RFC 6376 3.5)."""
    for sender in (BOB, "cron@host.home.test"):
        remotes["away"].reset()
        server.send("--from", sender, "--to", "user@away.test", "--subject", "x", "--body", "x")
        [(_, _, octets)] = remotes["away"].wait_messages(1)
        assert len(check(server, octets)) == 2
    remotes["away"].reset()
    server.send("--from", "x@nothome.test", "--to", "user@away.test", "--subject", "x", "--body", "x")
    assert signatures(remotes["away"].wait_messages(1)[0][2]) == []


def test_not_signed(server):
    """A stranger's word for who he is: what he sends to an alias goes on without a signature."""
    with server.session() as s:
        s.expect(220)
        s.ask("EHLO client.test", 250)
        s.message("x@other.test", ["away@home.test"], TEXTS["plain"])
    assert signatures(remotes["away"].wait_messages(1)[0][2]) == []


def test_notification_is_signed(server):
    """MAILER-DAEMON's, for a stranger: from the host's name, by the domain above it."""
    remotes["away"].reset(rcpt="550 5.1.1 nobody")
    with server.session() as s:
        s.expect(220)
        s.ask("EHLO client.test", 250)
        s.message("x@other.test", ["away@home.test"], TEXTS["plain"])
    [(sender, _, octets)] = remotes["other"].wait_messages(1)
    assert sender == "" and b"MAILER-DAEMON@mail.home.test" in octets
    assert len(check(server, octets)) == 2


def test_eight_bits_to_a_server_without_8bitmime(server):
    """RFC 6376 5.3: converted, and so without our signature, which was of another text."""
    remotes["old"].reset(extensions=[])
    octets = sent(server, TEXTS["8 bits"], to="user@old.test")
    assert signatures(octets) == [] and b"gr=FC=DFe" in octets


def test_several_authors_are_refused(server):
    """RFC 5322 3.6: From is there once."""
    with server.logged_in() as s:
        s.envelope(ALICE)
        s.ask("RCPT TO:<user@away.test>", 250)
        s.ask("DATA", 354)
        s.send(b"From: bob@home.test\r\n" + TEXTS["plain"] + b".\r\n")
        assert "5.6.0" in s.expect(550)


def test_without_the_auth_role(server):
    """Rather later than without a signature; and then with one."""
    with server.logged_in() as s:
        s.envelope(ALICE)
        s.ask("RCPT TO:<user@away.test>", 250)
        s.ask("DATA", 354)
        auth = server.roles()["auth"]
        server.process.send_signal(signal.SIGSTOP)  # nobody starts it again meanwhile
        try:
            os.kill(auth, signal.SIGKILL)
            until(lambda: not alive(auth), what="the end of auth")
            s.send(TEXTS["plain"] + b".\r\n")
            s.expect(451)
        finally:
            server.process.send_signal(signal.SIGCONT)
        until(lambda: server.roles().get("auth", auth) != auth, what="another auth")
    assert len(check(server, sent(server, TEXTS["plain"]))) == 2
    assert len(remotes["away"].messages) == 1


def perl_verifies(server, octets):
    """Debian's libmail-dkim-perl, which asks DNS itself: its result for each RSA signature, from the top."""
    script = ("use Mail::DKIM::Verifier; use Mail::DKIM::DNS; use Net::DNS; binmode STDIN;"
              "Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(nameservers => ['127.0.0.1'], port => $ARGV[0]));"
              "my $d = Mail::DKIM::Verifier->new; { local $/; $d->PRINT(<STDIN>); } $d->CLOSE;"
              "print join ' ', map { $_->result } grep { $_->algorithm =~ /rsa/ } $d->signatures;")
    return subprocess.run(["perl", "-e", script, str(server.dns.port)], input=octets, capture_output=True, check=True, timeout=60).stdout.decode()


def publish(server, of):
    server.dns.add([record(f"{k['selector']}._domainkey.home", k["record"]) for k in of])
    until(lambda: {k["dns"] for k in keys(server) if k["selector"] in [o["selector"] for o in of]} == {"found"}, what="the records")


def test_rotate(server):
    """The old keys sign until DNS has the new ones."""
    old = keys(server)
    publish(server, old)
    assert all(k["published"] and k["signs"] for k in keys(server))
    done = server.run("dkim", "rotate", "home.test", check=True)
    new = keys(server)[2:]
    for k in new:
        assert f"{k['selector']}._domainkey.home.test. IN TXT  \"{k['record'][:255]}\"" in done.stdout
    assert [k["dns"] for k in keys(server)] == ["found", "found", "absent", "absent"]
    assert check(server, sent(server, TEXTS["plain"])) == [k["selector"] for k in old]
    publish(server, new[:1])  # each by itself
    remotes["away"].reset()
    assert set(check(server, sent(server, TEXTS["plain"]))) == {old[1]["selector"], new[0]["selector"]}
    publish(server, new[1:])
    remotes["away"].reset()
    octets = sent(server, TEXTS["plain"])
    assert check(server, octets) == [k["selector"] for k in new]
    assert verify(server, octets).split()[0] == "pass"
    assert perl_verifies(server, octets) == "pass"
    assert perl_verifies(server, octets.replace(b"noon", b"one!")) == "fail"
    shown = server.run("dkim", "show", "home.test", check=True).stdout
    assert shown.count("was replaced") == 2 and shown.count("DNS has it") == 4
    server.run("dkim", "remove", "home.test", "--selector", old[0]["selector"], check=True)
    assert [k["selector"] for k in keys(server)] == [old[1]["selector"], *(k["selector"] for k in new)]


def test_removing_what_signs(server):
    """What signs without the key is told before it is gone, and it goes with --yes alone; one that signs nothing goes without."""
    def remove(*arguments, status=0):
        done = server.run("dkim", "remove", "gone.test", *arguments)
        assert done.returncode == status, done
        return done.stdout + done.stderr

    def names():
        return [(k["selector"], k["signs"]) for k in keys(server, "gone.test")]

    server.run("domain", "add", "gone.test", check=True)
    server.run("dkim", "new", "gone.test", "--rsa", "--selector", "s1", check=True)
    server.dns.add([record("s1._domainkey.gone", keys(server, "gone.test")[0]["record"])])
    until(lambda: keys(server, "gone.test")[0]["published"], what="the record")
    for kind, name in (("--rsa", "s2"), ("--ed25519", "s3")):
        server.run("dkim", "rotate" if kind == "--rsa" else "new", "gone.test", kind, "--selector", name, check=True)
    assert names() == [("s1", True), ("s2", False), ("s3", False)]
    said = remove("--selector", "S1", status=1)
    assert "S1 signs mail of gone.test now. Without it, mail of gone.test is signed by s2 and s3, whose records were not seen in DNS yet" in said, said
    assert "nothing was done: without a terminal this needs --yes" in said and len(names()) == 3
    assert "removed. Mail of gone.test is signed by s1." in remove("--selector", "s3")
    assert "is signed by s2, whose record was not seen in DNS yet: nobody can check" in remove("--selector", "s1", "--yes")
    assert names() == [("s2", True)]
    assert "What would be removed signs mail of gone.test now. Without it, mail of gone.test is not signed any more" in remove(status=1)
    assert "has no key s9" in remove("--selector", "s9", status=1)
    assert "is not signed any more" in remove("--yes")
    assert "has no DKIM key" in remove("--yes", status=1)
    server.run("domain", "remove", "gone.test", check=True)


def test_a_record_is_seen_without_a_word(server):
    """The running server looks by itself when there are new keys."""
    server.run("domain", "add", "seen.test", check=True)
    server.run("dkim", "new", "seen.test", "--ed25519", "--selector", "s1", check=True)
    [row] = server.directory_order("dkim", "show", "seen.test")
    assert not row["keys"][0]["published"]
    server.dns.add([record("s1._domainkey.seen", row["keys"][0]["record"])])
    until(lambda: server.directory_order("dkim", "show", "seen.test")[0]["keys"][0]["published"], what="the record")
    until(lambda: "dkim_published domain=seen.test selector=s1" in server.log_text(), what="a line in the log")


def test_a_key_of_the_owners(server, tmp_path):
    """As opendkim-genkey made it; a weak one is not taken (RFC 8301 3.2)."""
    (tmp_path / "key").write_bytes(RSA)
    (tmp_path / "weak").write_bytes(openssl("genrsa", "1024"))
    server.run("domain", "add", "mine.test", check=True)
    server.run("dkim", "new", "mine.test", "--rsa", "--selector", "mail", "--key", str(tmp_path / "key"), check=True)
    assert [k["record"].split("p=")[1] for k in keys(server, "mine.test")] == [PUBLIC["rsa"]]
    for arguments, word in ((["--rsa", "--selector", "w", "--key", str(tmp_path / "weak")], "2048 bits"),
                            (["--ed25519", "--selector", "w", "--key", str(tmp_path / "key")], "not for ed25519"),
                            (["--rsa"], "has a key for rsa already"),
                            (["--ed25519", "--selector", "a b"], "is none such as")):
        done = server.run("dkim", "new", "mine.test", *arguments)
        assert done.returncode == 1 and word in done.stderr
    server.send("--from", "x@mine.test", "--to", "user@away.test", "--subject", "x", "--body", "x")
    assert check(server, remotes["away"].wait_messages(1)[0][2], "mine.test") == ["mail"]
    assert "is not signed any more" in server.run("dkim", "remove", "--yes", "mine.test", check=True).stdout
    remotes["away"].reset()
    server.send("--from", "x@mine.test", "--to", "user@away.test", "--subject", "x", "--body", "x")
    assert signatures(remotes["away"].wait_messages(1)[0][2]) == []
    server.run("dkim", "new", "mine.test", check=True)
    server.run("domain", "remove", "mine.test", check=True)
    assert "mine.test" not in server.run("dkim", "list", check=True).stdout


def test_while_stopped(tmp_path):
    """init has made keys and says what to publish; the database is asked where no server is."""
    made = Postrider(tmp_path / "server")
    assert [k["algorithm"] for k in keys(made)] == ["rsa", "ed25519"] and all(k["signs"] for k in keys(made))
    made.run("dkim", "rotate", "home.test", "--rsa", "--selector", "next", check=True)
    assert [(k["selector"], k["signs"]) for k in keys(made)][2] == ("next", False)
    assert "no server runs" in made.run("dkim", "show", "home.test", check=True).stdout
    for domain, word in (("elsewhere.test", "no domain elsewhere.test here"), ("..", "no domain such as")):
        done = made.run("dkim", "show", domain)
        assert done.returncode == 1 and word in done.stderr
    database = made.directory / "data" / "directory.db"
    assert b"PRIVATE KEY" in database.read_bytes()
    assert database.stat().st_mode & 0o777 == 0o600
