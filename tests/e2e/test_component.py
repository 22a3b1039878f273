"""libpostrider: a program of C sends, directly and by servers, and is told of each recipient.

RFC 5321 5.1 (MX), 4.2.1; RFC 3207; RFC 4954, RFC 7677 (logins); RFC 2033 (LMTP); RFC 5322 3.6.3 (Bcc).
"""
import email
import email.policy
import itertools
import json
import os
import pathlib
import re
import socket
import subprocess
import threading

import pytest

from certificates import Authority, tlsa
from component import BUILD, DRIVER, drive, options
from harness import ALICE, BOB, PASSWORD, PROGRAM, ROOT, Dns
from remote import Pause, Remote

BASIC = ("from=Alice <alice@sender.test>", "subject=Hello", "text=How are you?")


@pytest.fixture(scope="module")
def authority(directory):
    return Authority(directory / "authority")


def send(network, *calls, server="", **more):
    return drive(*options(network, **more), *BASIC, *calls, f"send={server}")


def states(sent):
    return [(r["address"], r["state"], r["class"], r["code"]) for r in sent["json"]["recipients"]]


# ---- the example of the README ----

@pytest.mark.parametrize("compiler", [["gcc", "-std=c99"], ["g++", "-x", "c++"]])
def test_the_example_compiles_and_says_what_is_wrong(directory, compiler):
    program = directory / f"hello-{compiler[0]}"
    sanitizers = ["-fsanitize=address,undefined"] if "asan" in str(BUILD) else []
    subprocess.run([*compiler, "-Wall", "-Wextra", "-pedantic", "-Werror", *sanitizers, f"-I{ROOT}/include", str(ROOT / "examples/c/hello.c"),
                    "-x", "none", f"-L{BUILD}", "-lpostrider", f"-Wl,-rpath,{BUILD}", "-o", str(program)], check=True)
    done = subprocess.run([str(program)], capture_output=True, text=True, cwd=directory)  # there is no report.pdf
    assert done.returncode == 1
    assert done.stdout == "".join(f"refused    {who}  attach: report.pdf: No such file or directory\n"
                                  for who in ("bob@example.net", "carol@example.com"))


def test_only_its_own_names_are_seen():
    done = subprocess.run(["nm", "-D", "--defined-only", str(BUILD / "libpostrider.so")], capture_output=True, text=True, check=True)
    names = [line.split()[-1].partition("@")[0] for line in done.stdout.splitlines()]
    assert "postrider_send" in names and all(n.startswith("postrider_") or n == "POSTRIDER_1" for n in names), names
    done = subprocess.run(["nm", "--extern-only", "--defined-only", str(BUILD / "libpostrider.a")], capture_output=True, text=True, check=True)
    seen = [line.split()[-1] for line in done.stdout.splitlines() if len(line.split()) == 3]
    assert sorted(seen) == sorted(n for n in names if n != "POSTRIDER_1")


def test_the_statuses_are_told_alike():
    """In the header, the guide and both programs' help."""
    words = ("0 all delivered", "1 some failed", "whatever became of the others", "2 none failed", "64 misuse", "69 nothing was sent")
    shown = subprocess.run([PROGRAM, "send", "--help"], capture_output=True, text=True, check=True).stdout
    program = (ROOT / "component/program/send.c").read_text().partition("Exit status: ")[2].partition('";')[0].replace('\\n"', " ").replace('"', "")
    for text in (shown, program):
        assert all(w in " ".join(text.split()) for w in words), text
    for text in ((ROOT / "include/postrider.h").read_text(), (ROOT / "docs/guide/library.md").read_text()):
        assert "of a mix of failed and undecided it is 1" in " ".join(text.replace(" * ", " ").split())


def test_the_status_of_a_mix(network):
    remote = network.remote(rcpt=lambda who: {"n": "550 5.1.1 no", "l": "451 4.7.1 later"}.get(who[0], ""))
    for who, status in (("yes", 0), ("no", 1), ("later", 2), ("yes no", 1), ("yes later", 2), ("later no", 1), ("no later yes", 1)):
        assert send(network, *(f"to={one}@{remote.domain}" for one in who.split()))["status"] == status, who


# ---- directly ----

def test_each_recipient_has_a_result_of_its_own(network):
    """Two servers, one that knows one of two; a domain that does not exist, one that takes no mail."""
    one = network.remote()
    two = network.remote(rcpt=lambda who: "550 5.1.1 no such user" if who.startswith("no") else "")
    sent = send(network, f"to=Bob <b@{one.domain}>, no@{two.domain}", f"cc=yes@{two.domain}, u@null.test", "bcc=u@missing.test")
    assert sent["status"] == 1 and sent["error"] is None
    assert states(sent) == [(f"b@{one.domain}", "delivered", "delivered", 250), (f"no@{two.domain}", "refused", "no-such-user", 550),
                            (f"yes@{two.domain}", "delivered", "delivered", 250), ("u@null.test", "refused", "null-mx", None),
                            ("u@missing.test", "refused", "no-such-domain", None)]
    assert sent["lines"][0] == f"delivered  b@{one.domain}  {one.host}: 250 2.0.0 taken"
    assert sent["lines"][1] == f"refused    no@{two.domain}  {two.host}: 550 5.1.1 no such user"
    assert sent["route"].startswith("directly")
    assert [(s, r) for s, r, _ in two.messages] == [("alice@sender.test", [f"yes@{two.domain}"])]


def test_json_is_the_servers(network, server):
    """The same remote, by the library and by the server: all but times and numbers is equal, and what is done about a deferred one."""
    for script in ({}, {"rcpt": "550 5.1.1 User unknown"}, {"rcpt": ["451 4.7.1 Greylisted", "451 4.7.1 Greylisted"]}, {"data": "554 5.7.1 no"}):
        remote = network.remote(**{k: list(v) if isinstance(v, list) else v for k, v in script.items()})
        ours = send(network, f"to=u@{remote.domain}", f"return_path={ALICE}")["json"]["recipients"][0]
        _, _, records = server.send("--from", ALICE, "--to", f"u@{remote.domain}", "--body", "x", wait="20s")
        theirs = next(r for r in records if r["state"] not in ("queued", "trying"))
        assert list(ours) == list(theirs)
        undecided = ours["state"] == "deferred"
        for key in set(ours) - {"seq", "time", "message", "elapsed_ms", "next_try"} - ({"meaning"} if undecided else set()):
            assert ours[key] == theirs[key], key
        if undecided:
            fact = theirs["meaning"].partition(". ")[0]
            assert ours["meaning"].startswith(f"{fact}. It is not tried again by itself: ")


def test_the_next_server_is_asked(network):
    up = network.remote_at("127.0.1.202", "two.test", "up.two.test")
    sent = send(network, "to=u@two.test", connect_time="1s")
    assert states(sent) == [("u@two.test", "delivered", "delivered", 250)] and len(up.messages) == 1


def test_a_server_that_refuses_all(network):
    """RFC 5321 3.1, RFC 7504: for good where the recipient's own servers do; one that was named refuses us, and not the recipient."""
    closed = network.remote(greeting="554 5.7.1 go away")
    sent = send(network, f"to=u@{closed.domain}")
    assert states(sent) == [(f"u@{closed.domain}", "refused", "policy", 554)]
    sent = send(network, f"to=u@{closed.domain}", server=f"{closed.host}:{network.port}")
    assert states(sent) == [(f"u@{closed.domain}", "deferred", "policy", 554)] and closed.n_connections == 2


def test_tls_is_taken_where_it_is_offered(network, authority):
    remote = network.remote(certificate=authority.sign("other.test"))
    sent = send(network, f"to=u@{remote.domain}")
    record = sent["json"]["recipients"][0]
    assert sent["status"] == 0 and record["tls_version"].startswith("TLSv1.") and record["tls_policy"] == "opportunistic"
    assert not any(b"MAIL" in line for line in remote.in_clear)


def test_dane_where_answers_are_validated(network, authority, directory):
    """RFC 7672: TLSA records that DNSSEC vouches for decide about the certificate; forged ones keep the mail here."""
    certificate = authority.sign("by-its-key.test")
    at = f"_{network.port}._tcp"
    remotes = [network.add(Remote(f"127.0.2.{i}", network.port, f"{name}.signed.test", f"mx.{name}.signed.test", certificate), None, {})
               for i, name in enumerate(("good", "other", "spoiled"), 1)]
    dns = Dns(directory / "signed", [], spoil={"b" * 64: "c" * 64}, signed={"signed.test": [
        line for i, (name, data) in enumerate((("good", tlsa(certificate[0], 3, 1, 1)), ("other", "3 1 1 " + "a" * 64), ("spoiled", "3 1 1 " + "b" * 64)), 1)
        for line in (f"{name} IN MX 10 mx.{name}", f"mx.{name} IN A 127.0.2.{i}", f"{at}.mx.{name} IN TLSA {data}")]})
    try:
        sent = send(network, "to=" + ", ".join(f"u@{r.domain}" for r in remotes), dns=f"127.0.0.1:{dns.port}", dnssec="yes", anchor=dns.anchors[0])
    finally:
        dns.stop()
    assert [s[1:3] for s in states(sent)] == [("delivered", "delivered"), ("deferred", "tls-failed"), ("deferred", "dns-failed")]
    assert sent["json"]["recipients"][0]["tls_policy"] == "DANE" and not remotes[1].messages and not remotes[2].messages


def test_several_destinations_at_once(network):
    """Each dawdles for a second: together they take not much more."""
    remotes = [network.remote(mail=Pause(1)) for _ in range(8)]
    sent = send(network, "to=" + ", ".join(f"u@{r.domain}" for r in remotes))
    assert sent["status"] == 0
    assert max(r["elapsed_ms"] for r in sent["json"]["recipients"]) < 6000
    at = [r.taken_at[0] for r in remotes]
    assert max(at) - min(at) < 4


def test_many_recipients_of_one_server_go_in_few_messages(network):
    remote = network.remote()
    sent = send(network, "bcc=" + ", ".join(f"u{i}@{remote.domain}" for i in range(2500)))
    assert sent["status"] == 0 and len(sent["rows"]) == 2500
    assert [len(r) for _, r, _ in remote.messages] == [1000, 1000, 500] and remote.n_connections == 1


def test_connections_are_kept_from_mail_to_mail(network):
    remote = network.remote()
    sent = drive(*options(network), *BASIC, f"to=u@{remote.domain}", "send=", "send=", "send=")
    assert [s["status"] for s in sent["sends"]] == [0, 0, 0] and remote.n_connections == 1
    assert len({m[2] for m in remote.messages}) == 1  # Date and Message-ID stay
    assert remote.commands[-1] == b"QUIT\r\n"


def test_each_recipient_is_told_as_it_is_decided(network):
    """And the program's word ends the send: who is silent by then is deferred."""
    quick, silent = network.remote(), network.remote(mail=Remote.SILENCE)
    calls = ("watch=0", f"to=a@{quick.domain}, b@{quick.domain}, c@{silent.domain}")
    sent = send(network, *calls, command_time="1s")
    assert sent["decided"] == sent["lines"] and [s[2] for s in states(sent)] == ["delivered", "delivered", "timed-out"]
    sent = send(network, calls[0].replace("0", "1"), calls[1], command_time="1m", time="1m", parallel="2")
    assert len(sent["decided"]) == 1 and sent["status"] == 2
    assert [s[1:3] for s in states(sent)] == [("delivered", "delivered"), ("delivered", "delivered"), ("deferred", "cancelled")]
    assert sent["json"]["recipients"][2]["text"] == "the program ended the send"


# ---- by a server ----

def test_by_a_real_submission_server(network, server, directory):
    """STARTTLS and SCRAM-SHA-256 at 587, TLS from the first octet at 465; one of the recipients is refused."""
    user = f"alice%40home.test:{PASSWORD.replace(' ', '%20')}"
    for url in (f"smtp://{user}@127.0.0.1:{server.submission}", f"smtps://{user}@localhost:{server.submissions}"):
        sent = drive(f"from=Alice <{ALICE}>", f"to={BOB}, nobody@home.test", "subject=by login", "text=x", f"send={url}")
        assert states(sent) == [(BOB, "delivered", "delivered", 250), ("nobody@home.test", "refused", "no-such-user", 550)]
        assert all(r["tls_version"] == "TLSv1.3" for r in sent["json"]["recipients"])
        assert PASSWORD not in str(sent) and "correct" not in str(sent)
        server.wait_mail("bob@home.test", subject="by login") if url.startswith("smtp:") else None
    assert "mechanism=SCRAM-SHA-256" in server.log_text()
    sent = drive(f"from={ALICE}", f"to={BOB}", "text=x", f"send=smtp://alice%40home.test:wrong@127.0.0.1:{server.submission}")
    assert states(sent) == [(BOB, "deferred", "login-failed", 535)]


def test_credentials_go_to_a_proven_server_alone(network, authority):
    """By name: the certificate must be good for it.  127.0.0.1 and localhost are this machine."""
    calls = (f"to={BOB}",)
    good = network.remote(certificate=authority.sign("mx.r%d.test" % (1 + sum(r.domain.startswith("r") for r in network.remotes))))
    bad = network.remote(certificate=authority.sign("elsewhere.test"))
    clear = network.remote()
    for remote, roots, expected in ((good, True, "delivered"), (good, False, "tls-failed"), (bad, True, "tls-failed"), (clear, True, "tls-required")):
        remote.reset([*Remote.EXTENSIONS, "AUTH PLAIN"])
        more = {"roots": str(authority.certificate)} if roots else {}
        sent = send(network, *calls, server=f"smtp://u:secret@{remote.host}:{network.port}", **more)
        record = sent["json"]["recipients"][0]
        if expected == "delivered":  # the remote knows no AUTH: what counts is that it was tried, within TLS
            assert any(line.startswith(b"AUTH PLAIN ") for line in remote.commands)
        else:
            assert record["class"] == expected and record["state"] == "deferred"
        assert not any(b"AUTH" in line for line in remote.in_clear)


def test_by_lmtp_to_a_socket(server, directory):
    """One reply a recipient (RFC 2033 4.2)."""
    sent = drive(f"from={ALICE}", f"to={BOB}, nobody@home.test", "subject=lmtp", "text=x", f"send=lmtp://127.0.0.1:{server.lmtp}")
    assert [s[1] for s in states(sent)] == ["delivered", "refused"]
    sent = drive(f"from={ALICE}", f"to={BOB}", "text=x", f"send=lmtp:{directory}/no-such-socket")
    assert states(sent) == [(BOB, "deferred", "connect-failed", None)]


@pytest.mark.parametrize("server", ["smtp://", "http://x.test", "host:", "host:99999", "smtp://u%zz:p@h.test", "a b", "lmtp:relative",
                                    "smtp://@h.test", "[::1", "h.test\r\nx"])
def test_a_server_that_is_none(server):
    sent = drive(*BASIC, "to=b@x.test", f"send={server}")
    assert sent["status"] == 1 and sent["error"].startswith("the server: ")


# ---- what is composed ----

def composed(network, *calls):
    remote = network.remote()
    sent = send(network, f"to=Bob <b@{remote.domain}>", *calls)
    assert sent["status"] == 0, sent
    return email.message_from_bytes(remote.messages[0][2], policy=email.policy.default), remote


def test_read_back_by_python(network, directory):
    for name, octets in (("report.pdf", os.urandom(3000)), ("Bücher ☃.txt", "größer\n".encode()), ("logo.png", b"\x89PNG\r\n\x1a\n")):
        (directory / name).write_bytes(octets)
    message, _ = composed(
        network, "subject=Grüße, Привет, こんにちは, שלום", "cc=Jürgen 'J' <j@r1.test>", "reply_to=Back <back@sender.test>", "date=1795460707",
        "html=<p>Hi <img src=\"cid:logo\"></p>", f"attach={directory}/report.pdf", f"attach={directory}/Bücher ☃.txt",
        f"inline={directory}/logo.png|logo", "memory=note.csv|a,b\n1,2\n", "header=X-Campaign|Frühling", "message_id=1@sender.test",
        "unsubscribe=https://sender.test/u?x=1")
    assert message["Subject"] == "Grüße, Привет, こんにちは, שלום" and message["X-Campaign"] == "Frühling"
    assert str(message["From"]) == "Alice <alice@sender.test>" and message["Cc"].addresses[0].display_name == "Jürgen 'J'"
    assert message["Reply-To"].addresses[0].addr_spec == "back@sender.test" and message["Message-ID"] == "<1@sender.test>"
    assert message["Date"].datetime.timestamp() == 1795460707
    assert message["List-Unsubscribe"] == "<https://sender.test/u?x=1>" and message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.get_content_type() == "multipart/mixed" and not message.defects
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text.get_content().split("\r\n") == ["How are you?", ""] and "cid:logo" in html.get_content()
    assert [(a.get_filename(), a.get_content_type()) for a in message.iter_attachments()] == [
        ("report.pdf", "application/pdf"), ("Bücher ☃.txt", "text/plain"), ("note.csv", "text/csv")]
    assert [a.get_payload(decode=True) for a in message.iter_attachments()][0] == (directory / "report.pdf").read_bytes()
    picture = next(p for p in message.walk() if p["Content-ID"])
    assert picture["Content-ID"] == "<logo>" and picture.get_payload(decode=True) == b"\x89PNG\r\n\x1a\n"


def test_text_is_made_of_html(network):
    remote = network.remote()
    drive(*options(network), "from=a@sender.test", f"to=u@{remote.domain}", "html=<h1>Big</h1><p>small &amp; good</p>", "send=")
    message = email.message_from_bytes(remote.messages[0][2], policy=email.policy.default)
    assert message.get_content_type() == "multipart/alternative"
    assert message.get_body(("plain",)).get_content().split() == ["Big", "small", "&", "good"]


def test_bcc_is_in_nobodys_copy(network, directory):
    """RFC 5322 3.6.3: octet by octet, as composed and as a whole message that came with a Bcc."""
    one, two = network.remote(), network.remote()
    send(network, f"to=b@{one.domain}", f"bcc=Secret Person <hidden@{two.domain}>, also-hidden@{one.domain}")
    [first], [second] = one.messages, two.messages
    assert sorted(first[1]) == [f"also-hidden@{one.domain}", f"b@{one.domain}"] and second[1] == [f"hidden@{two.domain}"]
    assert first[2] == second[2]
    for octets in (first[2], second[2]):
        assert not re.search(rb"(?im)^bcc:", octets) and b"hidden" not in octets and b"Secret" not in octets
    one.reset()
    raw = directory / "raw.eml"
    raw.write_bytes(f"From: a@sender.test\nTo: b@{one.domain}\nBCC: x <hidden@{one.domain}>,\n more-hidden@{one.domain}\nSubject: raw\n\n.dot\nend".encode())
    sent = drive(*options(network), f"raw={raw}", "send=")
    assert [s[:2] for s in states(sent)] == [(f"{who}@{one.domain}", "delivered") for who in ("b", "hidden", "more-hidden")]
    [(sender, _, octets)] = one.messages
    assert sender == "a@sender.test" and not re.search(rb"(?im)^bcc:", octets) and b"hidden" not in octets
    assert octets.startswith(b"From: a@sender.test\r\n") and octets.endswith(b"\r\n\r\n.dot\r\nend\r\n")


def test_a_message_of_8_bits_is_made_7bit_where_it_must(network, directory):
    """RFC 6152 3: a whole message in 8bit, for a server that has 8BITMIME and for one that has not."""
    able, unable = network.remote(), network.remote(extensions=["PIPELINING"])
    raw = directory / "8bit.eml"
    raw.write_bytes(f"From: a@sender.test\nTo: b@{able.domain}, b@{unable.domain}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
                    "Content-Transfer-Encoding: 8bit\n\nGrüße\n".encode())
    sent = drive(*options(network), f"raw={raw}", "send=")
    assert sent["status"] == 0
    [(_, _, one)], [(_, _, two)] = able.messages, unable.messages
    assert "Grüße".encode() in one and "BODY=8BITMIME" in able.parameters[0] and two.isascii()
    assert email.message_from_bytes(two, policy=email.policy.default).get_content().strip() == "Grüße"


def test_a_card_and_a_stream(network, directory):
    """RFC 2426: escapes and folds undone, the card is what was given."""
    (directory / "big.bin").write_bytes(os.urandom(100000))
    name = "Żółw; Ähre, " + "日本" * 20
    message, _ = composed(network, f"contact={name}|a@sender.test|+1 555 0100", f"stream={directory}/big.bin|data.bin", "contact=Solo")
    card, data, solo = message.iter_attachments()
    assert card.get_content_type() == "text/vcard" and card.get_filename().endswith(".vcf") and data.get_filename() == "data.bin"
    octets = card.get_payload(decode=True)
    assert all(len(line) <= 75 and line.decode() for line in octets.split(b"\r\n") if line)
    lines = octets.decode().replace("\r\n ", "").split("\r\n")
    escaped = name.replace(";", "\\;").replace(",", "\\,")
    assert lines == ["BEGIN:VCARD", "VERSION:3.0", f"N:{escaped};;;;", f"FN:{escaped}", "EMAIL;TYPE=INTERNET:a@sender.test", "TEL;TYPE=VOICE:+1 555 0100",
                     "END:VCARD", ""]
    assert data.get_payload(decode=True) == (directory / "big.bin").read_bytes() and b"Solo" in solo.get_payload(decode=True)
    assert send(network, "to=b@x.test", f"stream={directory}/no-such|x")["error"] == "attach: the function that gives the octets failed"


INJECTIONS = {
    "from": "a@sender.test\r\nBcc: x@evil.test", "to": "b@x.test\nCc: x@evil.test", "cc": "b@x.test,\r\n x@evil.test", "bcc": "b@x.test\x00".rstrip("\x00") + "\r",
    "reply_to": "Name\n <b@x.test>", "subject": "Hi\r\n\r\nbody", "message_id": "a@b\r\nX: y", "header": "X-A|b\r\nBcc: x@evil.test",
    "unsubscribe": "https://x.test/>\r\nX: y", "return_path": "a@x.test>\r\nRCPT TO:<x@evil.test", "memory": "a.txt\r\nX: y|octets", "contact": "A\r\nTEL:1|a@b.test",
}


@pytest.mark.parametrize("call", INJECTIONS)
def test_header_injection_is_refused_by_name(network, call):
    remote = network.remote()
    sent = send(network, f"to=b@{remote.domain}", f"{call}={INJECTIONS[call]}")
    name = {"memory": "attach", "header": "header"}.get(call, call)
    assert sent["failed"][0][1] == -1 and name in sent["failed"][0][2], sent["failed"]
    assert sent["status"] == 1 and sent["error"] == sent["failed"][0][2] and remote.n_connections == 0
    assert all(state == "refused" for _, state, _, _ in states(sent))


@pytest.mark.parametrize("calls, code, words", [
    (["header=Subject|x"], -1, "postrider_mail_subject"), (["header=Bcc|x@y.test"], -1, "postrider_mail_bcc"), (["header=Content-Type|text/html"], -1, "parts"),
    (["header=X Y|x"], -1, "header"), (["to=nobody"], -1, "to: nobody is no list of addresses"), (["attach=/no/such"], -2, "/no/such"),
    (["attach=/"], -2, "/"), (["subject=a\udcff"], -1, "subject"), (["text=a\udcff"], -1, "text"), (["inline=/etc/hostname|a b"], -1, "content id"), (["inline=/etc/hostname|a", "send="], -1, "html"),
    (["unsubscribe=http://x.test"], -1, "https"), (["to=" + "x" * 65 + "@x.test"], -1, "64 octets")])
def test_what_cannot_be_sent_says_why(network, calls, code, words):
    sent = send(network, "to=b@x.test", *calls)
    found = sent["failed"][0] if sent["failed"] else (None, code, sent["error"])
    assert found[1] == code and words in sent["error"] and sent["status"] == 1


@pytest.mark.parametrize("call, words", [
    ("message_id=foo", "message_id: foo is no message id: write id@host"), ("message_id=", "message_id:  is no message id"),
    ("message_id=<a b@c>", "message_id: <a b@c> is no"), ("message_id=" + "x" * 995 + "@y", "message_id: xxx"),
    ("header=Sender|nonsense", "header: Sender: nonsense is no address"), ("header=Sender|a@x.test, b@x.test", "header: Sender: a@x.test, b@x.test is no address"),
    ("header=Resent-To|nonsense", "header: Resent-To: nonsense is no list of addresses"), ("header=In-Reply-To|nonsense", "header: In-Reply-To: nonsense is no message id"),
    ("header=References|<a@b> c d", "header: References: <a@b> c d is no message id"), ("header=references|", "header: references:  is no message id"),
    ("from=a@-x-.test", "from: a@-x-.test: -x-.test is no domain"), ("from=" + "x" * 65 + "@x.test", "from: xxx"), ("reply_to=a@b..c", "reply_to: a@b..c"),
    ("return_path=a@" + "x" * 300, "return_path: a@xxx"), ("contact=Bob|nonsense", "contact: nonsense is no address"), ("contact=", "contact: the name is empty"),
    ("unsubscribe=http://x.test", "unsubscribe: http://x.test is no https URL"), ("date=-5", "date: -5 seconds since 1970"),
    ("inline=/etc/hostname|a b", "inline: a b is no content id")])
def test_each_value_is_looked_at_by_its_call(call, words):
    """And the words name it; nothing waits for the send."""
    failed = drive(*BASIC, call)["failed"]
    assert [(name, code) for name, code, _ in failed] == [(call.partition("=")[0], -1)] and failed[0][2].startswith(words), failed


@pytest.mark.parametrize("option, code, words", [
    ("anchor|nonsense", -1, "anchor: nonsense is no DS record"), ("anchor|x.test. IN DS 1 2 3 xyz", -1, "anchor: x.test."), ("anchor|x.test. DS 1 2 3 ABC", -1, "anchor: x.test."),
    ("roots|/no/such", -2, "roots: /no/such: No such file"), ("roots|/etc/hostname", -1, "roots: /etc/hostname holds no certificates in PEM form"), ("roots|/", -2, "roots: /"),
    ("name|[x", -1, "name: [x is no domain"), ("name|", -1, "name:"), ("dns|nonsense", -1, "dns: nonsense is no address"), ("time|0s", -1, "time: 0s is no time"),
    ("parallel|1001", -1, "parallel: 1001 is no number from 1 to 1000"), ("port|x", -1, "port: x is no number"), ("dns|127.0.0.1\r\nx", -1, "dns: the value holds a control character"),
    ("nonsense|x", -1, "there is no option nonsense"), ("mta-sts|maybe", -1, "mta-sts: maybe is neither yes nor no")])
def test_each_option_is_looked_at_when_it_is_set(option, code, words):
    got = drive(f"option={option}")
    assert [(name, c) for name, c, _ in got["failed"]] == [("option", code)] and got["option"].startswith(words), got


@pytest.mark.parametrize("record", ["x.test. IN DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118", "x.test 3600 IN DS 60485 8 2 2BB183AF5F22588179A53B0A 98631FAD1A292118",
                                    ". DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"])
def test_an_anchor_that_is_one(record):
    assert drive(f"option=anchor|{record}")["failed"] == []


def test_null_is_told_as_what_it_is():
    got = drive("null=x")
    mail, client, result = ("the mail is NULL: postrider_mail_new had no memory, or was not called",
                            "the client is NULL: postrider_client_new had no memory, or was not called", "the result is NULL: there was no memory for it")
    assert got["null"] == [f"-1 {mail}", f"-1 {client}", f"4 {mail}", f"4 {client}", f"2 {result}"]
    assert got["failed"] == [("null", -1, "text: a value is needed, and it is NULL")]


@pytest.mark.parametrize("calls, words", [
    (["to="], 'to: "" names nobody'), (["cc= , "], 'cc: " , " names nobody'), (["bcc=undisclosed:;"], 'bcc: "undisclosed:;" names nobody'),
    (["memory=..|x"], "attach: .. is no name of a file"), (["memory=a/.|x"], "attach: a/. is no name of a file"), (["source=/etc/hostname|x|-7"], "attach: -7 is no size"),
    *(([call, "raw=/etc/hostname"], f"raw: a whole message goes as it is, and the mail has {what} already") for call, what in
      (("text=x", "text"), ("html=x", "html"), ("subject=x", "subject"), ("memory=a|b", "attachments"), ("header=X-A|b", "further fields"), ("reply_to=a@b.test", "reply_to"))),
    *((["raw=/etc/hostname", f"{call}=x@y.test{'|z' * (call in ('memory', 'header'))}"], f"{name}: the mail is a whole message already (raw)") for call, name in
      (("text", "text"), ("html", "html"), ("subject", "subject"), ("memory", "attach"), ("header", "header"), ("reply_to", "reply_to"), ("message_id", "message_id")))])
def test_what_cannot_be_meant_is_refused(calls, words):
    got = drive(*calls)
    assert [code for _, code, _ in got["failed"]] == [-1] and got["failed"][0][2].startswith(words), got


def test_a_name_has_no_folders(network, directory):
    """RFC 2183 2.3: a name that a program got from elsewhere leads nowhere at the recipient."""
    remote, path = network.remote(), directory / "some.bin"
    path.write_bytes(b"x")
    sent = send(network, f"to=b@{remote.domain}", "memory=../../etc/passwd|x", f"stream={path}|/a/b.bin", f"source={path}|../c.bin|1", "memory=folder/|x")
    parts = email.message_from_bytes(remote.messages[0][2], policy=email.policy.default).iter_attachments()
    assert sent["status"] == 0 and [p.get_filename() for p in parts] == ["passwd", "b.bin", "c.bin", None]


def test_what_a_form_permits_passes(network):
    remote = network.remote()
    sent = send(network, f"to=b@{remote.domain}", "header=Sender|Bob <b@x.test>", "header=In-Reply-To|<odd>", "header=References|<a@b><c@d> e@f", "message_id=<i@h>")
    assert sent["status"] == 0 and b"In-Reply-To: <odd>\r\nReferences: <a@b><c@d> e@f\r\n" in remote.messages[0][2] and b"Message-ID: <i@h>" in remote.messages[0][2]


def test_nothing_is_sent_without_sender_or_recipient():
    assert drive("to=b@x.test", "text=x", "send=")["error"] == "from: there is no sender"
    sent = drive(*BASIC, "send=")
    assert sent["error"].startswith("there is no recipient") and sent["lines"] == [f"refused      {sent['error']}"]


def test_international_addresses(network):
    """RFC 6531, RFC 5891: a domain in A-labels everywhere; a local part needs SMTPUTF8."""
    up = network.remote_at("127.0.1.203", "x", "x")
    network.dns.add(["idn IN MX 10 mx.idn.test.", "mx.idn IN A 127.0.1.203", "xn--mller-kva IN MX 10 mx.idn.test."])
    up.reset(["PIPELINING"])
    while drive(*options(network), *BASIC, "to=b@idn.test", "send=")["status"]:  # nsd has the records soon
        pass
    up.reset(["PIPELINING"])
    sent = send(network, "to=Jürgen <j@müller.test>")
    assert sent["status"] == 0 and up.messages[0][1] == ["j@xn--mller-kva.test"]
    sent = send(network, "to=jürgen@idn.test")
    assert states(sent) == [("jürgen@idn.test", "refused", "content-refused", None)]
    up.reset()
    sent = send(network, "to=jürgen@idn.test")
    assert sent["status"] == 0 and up.messages[0][1] == ["jürgen@idn.test"] and "SMTPUTF8" in up.parameters[0]


# ---- the command line ----

def test_send_without_a_running_server(network):
    """`send --server`: the same records and exit statuses as with a server of ours, and none is running here."""
    one = network.remote()
    two = network.remote(rcpt=lambda who: "550 5.1.1 no such user" if who.startswith("no") else "451 4.7.1 Greylisted" if who.startswith("later") else "")
    def run(*arguments):
        options = (f"--option=dns=127.0.0.1:{network.dns.port}", f"--option=port={network.port}", "--option=private=yes", "--option=ipv6=no")
        done = subprocess.run([PROGRAM, "send", "--from", "a@sender.test", "--subject", "by hand", "--body", "x", *options, *arguments],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        return done.returncode, [json.loads(line)["state"] for line in done.stdout.splitlines()], done.stderr
    assert run("--server", "none", "--to", f"u@{one.domain}", "--bcc", f"u@{two.domain}") == (0, ["delivered", "delivered"], "")
    assert run("--server=none", "--to", f"u@{one.domain}, no@{two.domain}") == (1, ["delivered", "refused"], "")
    assert run("--server", f"{two.host}:{network.port}", "--to", f"later@{two.domain}, yes@x.test") == (2, ["deferred", "delivered"], "")
    assert run("--server", "none", "--to", f"later@{two.domain}, no@{two.domain}, u@{one.domain}") == (1, ["deferred", "refused", "delivered"], "")  # a mix is 1
    assert b"Subject: by hand\r\n" in one.messages[0][2]
    done = subprocess.run([PROGRAM, "send", "--server", f"{two.host}:{network.port}", "--from", "a@sender.test", "--to", f"later@{two.domain}", "--body", "x",
                           f"--option=dns=127.0.0.1:{network.dns.port}", "--option=private=yes", "--option=ipv6=no"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    [record] = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 2 and "keep trying" not in record["meaning"] and "not tried again by itself" in record["meaning"]
    code, states, words = run("--server", "smtp://", "--to", f"u@{one.domain}")
    assert code == 69 and not states and "the server: that is no host" in words
    code, states, words = run("--server", "none", "--to", "nobody")
    assert code == 64 and not states and "nobody is no list of addresses" in words


# ---- servers that attack, and those that are slow ----

@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail", "rcpt", "data", "body"])
def test_silence_and_hanging_up_at_each_stage(network, stage):
    silent, gone = network.remote(**{stage: Remote.SILENCE}), network.remote(**{stage: None})
    sent = send(network, f"to=u@{silent.domain}, u@{gone.domain}", command_time="1s", greeting_time="1s", data_time="1s")
    unsure = stage == "body"  # behind the final dot it may have arrived (RFC 5321 4.5.3.2.6, RFC 1047)
    assert [s[1:3] for s in states(sent)] == [("deferred", "may-have-arrived" if unsure else c) for c in ("timed-out", "connection-dropped")]
    for record in sent["json"]["recipients"]:
        assert ("sending it again may double it" in record["text"]) == unsure == ("ask the recipient" in record["meaning"])
    assert max(r["elapsed_ms"] for r in sent["json"]["recipients"]) < 10000


@pytest.mark.parametrize("script", [
    {"greeting": [itertools.repeat(b"220-hello\r\n" * 300)]}, {"ehlo": [itertools.repeat(b"250-X\r\n" * 500)]},
    {"ehlo": [itertools.repeat(b"250-" + b"x" * 60000)]}, {"rcpt": [itertools.repeat(b"250-" + b"x" * 60000)]},
    {"mail": [b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n250 2.0.0 taken\r\n"]}])
def test_endless_replies_and_replies_before_their_command(network, script):
    remote = network.remote(**script)
    sent = send(network, f"to=u@{remote.domain}")
    assert states(sent) == [(f"u@{remote.domain}", "deferred", "protocol-error", None)] and not remote.messages


def test_words_before_tls_are_an_attack(network, authority):
    """RFC 3207 4.2: what stands in the clear behind the reply to STARTTLS."""
    remote = network.remote(certificate=authority.sign("injects.test"), starttls=[b"220 go\r\n250 SIZE\r\n"])
    sent = send(network, f"to=u@{remote.domain}")
    record = sent["json"]["recipients"][0]
    assert record["class"] == "protocol-error" and record["text"].startswith("words came in the clear") and not remote.messages


def test_what_was_offered_before_tls_holds_no_more(network, authority):
    """RFC 3207 4.2: extensions of before the handshake are anybody's word; a login that was offered then is not tried."""
    def fewer(*before):
        return [("\r\n".join(f"250-{x}" for x in ("x", *before)) + "\r\n250 STARTTLS\r\n").encode(), b"250 x\r\n"]
    plain = network.remote(certificate=authority.sign("fewer.test"), ehlo=fewer("SIZE 9", "8BITMIME", "SMTPUTF8", "PIPELINING"))
    sent = send(network, f"to=u@{plain.domain}", "text=größer als 9 Octets")
    assert states(sent)[0][1] == "delivered" and plain.parameters == [[]] and plain.messages[0][2].isascii()
    international = network.remote(certificate=authority.sign("fewer.test"), ehlo=fewer("SMTPUTF8", "8BITMIME"))
    sent = send(network, f"to=jürgen@{international.domain}")
    record = sent["json"]["recipients"][0]
    assert record["state"] == "refused" and "international addresses" in record["text"] and not international.messages
    login = network.remote(certificate=authority.sign("localhost"), ehlo=fewer("AUTH PLAIN LOGIN SCRAM-SHA-256"))
    sent = drive(*options(network, roots=str(authority.certificate)), *BASIC, "to=u@x.test", f"send=smtp://user:secret@{login.address}:{network.port}")
    assert states(sent)[0][1:3] == ("deferred", "login-failed") and not any(line.startswith(b"AUTH") for line in login.commands)


def test_a_trickle_keeps_nobody(network):
    remote = network.remote(greeting=[Pause(0.3).trickle(b"2")])
    sent = send(network, f"to=u@{remote.domain}", greeting_time="1s")
    assert states(sent) == [(f"u@{remote.domain}", "deferred", "timed-out", None)]


def test_all_of_a_mail_has_a_time(network):
    """The limit is the program's, and no server is blamed for it: one that is silent at some stage, a name server, or an address that never answers."""
    def told(sent):
        [record] = sent["json"]["recipients"]
        return record["state"], record["class"], record["text"]
    words = "the program's time limit was over (the client's option time)"
    patience = dict.fromkeys(("connect_time", "greeting_time", "command_time", "data_time"), "5m")
    for stage in ("greeting", "ehlo", "mail", "rcpt", "data"):
        remote = network.remote(**{stage: Remote.SILENCE})
        sent = send(network, f"to=u@{remote.domain}", **patience | {"time": "1s"})
        assert told(sent) == ("deferred", "time-limit", words) and "with a longer time" in sent["json"]["recipients"][0]["meaning"]
    remote = network.remote(body=Remote.SILENCE)
    sent = send(network, f"to=u@{remote.domain}", **patience | {"time": "1s"})
    assert told(sent) == ("deferred", "may-have-arrived", f"{words}; the whole message was sent: it may have arrived, and sending it again may double it")
    name_server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    name_server.bind(("127.0.0.1", 0))  # and never reads
    with name_server:
        sent = send(network, "to=u@x.test", **patience | {"time": "1s", "dns": f"127.0.0.1:{name_server.getsockname()[1]}"})
    assert told(sent) == ("deferred", "time-limit", words)


def test_it_starts_no_thread_and_changes_no_signal(network):
    """While it asks DNS and waits for a server: /proc/PID/status."""
    asked = threading.Event()
    remote = network.remote(greeting=lambda _: asked.set() or Remote.SILENCE)
    process = subprocess.Popen([str(DRIVER), *options(network, greeting_time="1m"), *BASIC, f"to=u@{remote.domain}", "send="],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert asked.wait(20)
        status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines() if ":\t" in line)
        assert status["Threads"] == "1"
        caught = int(status["SigCgt"], 16), int(status["SigIgn"], 16), int(status["SigBlk"], 16)
        fatal = sum(1 << s - 1 for s in (4, 6, 7, 8, 11)) if "asan" in str(BUILD) else 0  # the sanitizers'
        assert caught[0] & ~fatal == 0 and caught[2] == 0 and not caught[1] & 1 << 12  # SIGPIPE is not ignored
    finally:
        process.kill()
        process.communicate()


def test_a_server_that_resets_while_we_send_raises_no_signal(network):
    remote = network.remote(drop_after=1000)
    sent = send(network, f"to=u@{remote.domain}", "text=" + ("x" * 70 + "\n") * 1500)
    assert sent["rows"] and states(sent)[0][1] == "deferred"


@pytest.mark.parametrize("address, words", [("x" * 65 + "@y.test", "more than 64 octets before the @"), ("b@-bad-.test", "-bad-.test is no domain"),
    ("b@" + "x" * 64 + ".test", "is no domain"), ("b@[1.2.3]", "[1.2.3] is no domain"), ("b@" + "x." * 125 + "test", "more than 254 octets")])
def test_an_address_that_no_mail_can_have(address, words):
    """RFC 5321 4.1.2, 4.5.3.1: refused by the call that names it, not by the send, for everybody."""
    failed = drive("from=a@x.test", f"to=good@y.test, {address}", "text=x")["failed"]
    assert [call[0] for call in failed][:1] == ["to"] and words in failed[0][2] and "good@" not in failed[0][2]


@pytest.mark.parametrize("option, value", [("dns", "nowhere"), ("dns", "1.2.3.4:0"), ("port", "0"), ("time", "soon"), ("private", "maybe"),
                                           ("no-such", "1"), ("parallel", "1001"), ("name", "a b")])
def test_options_that_are_none(option, value):
    done = subprocess.run([str(DRIVER), f"option={option}|{value}"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("option ") and option in done.stdout.splitlines()[0] and "call option -1" in done.stdout
