"""libpostrider hands mail to a Postrider server by HTTPS with a key, and tells what that tells.

docs/guide/http.md, docs/guide/library.md.
"""
import contextlib
import email
import http.client
import json
import socket
import ssl
import subprocess
import threading

import pytest

from certificates import Authority
from component import drive
from harness import ALICE, BOB, LOOKING, PROGRAM, Postrider, free_port, tls_context
from http_api import new_key
from remote import Remote

BASIC = (f"from=Alice <{ALICE}>", "subject=Hello", "text=How are you?")


@pytest.fixture(scope="module")
def key(server):
    return new_key(server)


def web(server, key, *calls, basic=BASIC, each="send", **more):
    return drive(*(f"option={name.replace('_', '-')}|{value}" for name, value in ({"time": "1m"} | more).items()), *basic, *calls,
                 f"{each}=https://{key}@127.0.0.1:{server if isinstance(server, int) else server.https}")


def rows(got):
    return [(r["address"], r["state"], r["class"], r["code"]) for r in got["json"]["recipients"]]


def only(got):
    row, = got["json"]["recipients"]
    return row


# ---- what the server takes ----

def test_what_the_server_tells_is_told(network, server, key):
    good, bad, later = network.remote(), network.remote(rcpt="550 5.1.1 no such user"), network.remote(rcpt="451 4.7.1 Greylisted")
    got = web(server, key, f"to={BOB}, u@{good.domain}, u@{bad.domain}", f"bcc=u@{later.domain}, nobody@home.test")
    assert rows(got)[:4] == [(BOB, "delivered", "delivered", None), (f"u@{good.domain}", "delivered", "delivered", 250),
                             (f"u@{bad.domain}", "refused", "no-such-user", 550), (f"u@{later.domain}", "deferred", "greylisted", 451)]
    assert rows(got)[4][:3] == ("nobody@home.test", "refused", "no-such-user")
    assert got["status"] == 1 and got["error"] is None
    assert got["route"] == f"by the Postrider server at https://127.0.0.1:{server.https}, as it was named"
    theirs = {(r["address"], r["attempt"]): r for r in server.changes(got["json"]["message"]) if r["state"] in ("delivered", "refused", "deferred")}
    for ours in got["json"]["recipients"]:
        for member in ("message", "state", "attempt", "remote_host", "remote_address", "tls_version", "tls_policy", "code", "enhanced",
                       "text", "class", "meaning", "return_path"):
            assert ours[member] == theirs[ours["address"], ours["attempt"]][member], member
    assert "u@" + later.domain not in good.messages[0][2].decode() and b"Subject: Hello" in server.wait_mail(BOB)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 57, 65535, 65536, 65537, 3_000_001])
def test_every_length_is_whole(server, key, tmp_path, size):
    """The message is in base64 within JSON, made as it is read: RFC 4648 4 has three ends."""
    octets = bytes(i * 7 % 251 for i in range(size))
    (tmp_path / "a.bin").write_bytes(octets)
    got = web(server, key, f"to={BOB}", f"attach={tmp_path}/a.bin", basic=(f"from={ALICE}", f"subject=of {size}", "text=x"))
    assert rows(got) == [(BOB, "delivered", "delivered", None)]
    row = [r for r in server.mailbox(BOB) if r["subject"] == f"of {size}"][-1]
    message = email.message_from_bytes(server.text(BOB, row["uid"]))
    attached, = [part for part in message.walk() if part.get_filename() == "a.bin"]
    assert attached.get_payload(decode=True) == octets


def test_time_is_over_and_the_server_goes_on(network, server, key):
    remote = network.remote(rcpt=Remote.SILENCE)
    got = web(server, key, f"to=u@{remote.domain}", time="2s")
    assert rows(got) == [(f"u@{remote.domain}", "deferred", "time-limit", None)]
    row = only(got)
    assert row["text"] == f"the server has it as message {got['json']['message']}, and goes on by itself" and "do not send it again" in row["meaning"]


def test_more_than_one_request_takes(server, key):
    """500 recipients at a time."""
    got = web(server, key, *(f"bcc=delivered+{i}@postrider.test" for i in range(1100)), time="10m")
    assert [(r["address"], r["state"]) for r in got["json"]["recipients"]] == [(f"delivered+{i}@postrider.test", "delivered") for i in range(1100)]


def test_a_mail_to_each(server, key):
    rows_of = [(f"delivered+{i}@postrider.test", f"N{i}") for i in range(12)] + [("full@postrider.test", "F")]
    got = web(server, key, "column=to", "column=name", *(f"value={value}" for row in rows_of for value in row), each="each",
              basic=(f"from={ALICE}", "subject=For {{name}}", "text=x"))
    assert [r[:2] for r in rows(got)] == [(address, "refused" if address.startswith("full") else "delivered") for address, _ in rows_of]


def test_by_the_command_line(server, key):
    """The same records and exit statuses as without --server."""
    def run(*to):
        done = subprocess.run([PROGRAM, "send", "--server", f"https://{key}@127.0.0.1:{server.https}", "--from", ALICE, "--subject", "by hand", "--body", "x", "--to", *to],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
        return done.returncode, [json.loads(line)["state"] for line in done.stdout.splitlines()]
    assert run(BOB) == (0, ["delivered"])
    assert run(f"{BOB}, full@postrider.test") == (1, ["delivered", "refused"])


# ---- what it does not ----

def test_keys(server, key):
    """Wrong, revoked, without the right to send, of another sender: told with what to do."""
    for bad in ("wrong", key[:-3] + "abc"):
        row = only(web(server, bad, f"to={BOB}"))
        assert (row["state"], row["class"]) == ("deferred", "login-failed") and "postrider key new" in row["meaning"]
    revoked = new_key(server, ALICE, "--label", "gone")
    server.run("key", "revoke", "--account", ALICE, "gone", check=True, program=LOOKING)
    assert only(web(server, revoked, f"to={BOB}"))["class"] == "login-failed"
    reads = new_key(server, ALICE, "--rights", "read")
    assert only(web(server, reads, f"to={BOB}"))["class"] == "login-failed"
    row = only(web(server, key, f"to={ALICE}", basic=(f"from={BOB}", "text=x")))
    assert (row["state"], row["class"]) == ("refused", "unspecified-refusal") and "is not yours" in row["text"]


def test_refused(server, key):
    row = only(web(server, key, "to=nobody@home.test"))
    assert (row["state"], row["class"]) == ("refused", "unspecified-refusal") and "No such user" in row["text"]


def test_too_large(tmp_path):
    small = Postrider(tmp_path / "small", settings="smtp { size_max = 64K }").start()
    try:
        (tmp_path / "a.bin").write_bytes(bytes(3_000_000))
        row = only(web(small, new_key(small), f"to={BOB}", f"attach={tmp_path}/a.bin"))
        assert (row["state"], row["class"]) == ("refused", "message-too-big") and row["text"]
    finally:
        assert small.stop() == 0


def test_nobody_is_there():
    port = free_port()
    row = only(web(port, "k", f"to={BOB}"))
    assert (row["state"], row["class"]) == ("deferred", "connect-failed")
    assert row["text"].startswith(f"the server does not answer at https://127.0.0.1:{port}: ")


@pytest.mark.parametrize("url,words", [("https://mail.example.org", "needs a key"), ("https://a:b@mail.example.org", "needs a key"), ("https://k@", "no host"),
                                       ("https://k@host:0", "no port")])
def test_urls(url, words):
    got = drive(*BASIC, f"to={BOB}", f"send={url}")
    assert words in got["error"] and only(got)["state"] == "refused" and "a:b" not in json.dumps(got)


# ---- servers that are none, or cannot be trusted ----

@contextlib.contextmanager
def scripted(chain, *answers):
    """A server with TLS that answers each connection's request by the next function: (octets of the request) -> octets, then hangs up."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, chain))
    listener = socket.create_server(("127.0.0.1", 0))
    seen = []

    def read(s):
        octets = b""
        while b"\r\n\r\n" not in octets:
            piece = s.recv(65536)
            if not piece:
                return octets
            octets += piece
        head, _, body = octets.partition(b"\r\n\r\n")
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        while len(body) < length:
            body += s.recv(65536)
        return head + b"\r\n\r\n" + body

    def serve():
        for answer in answers:
            with contextlib.suppress(OSError):
                plain, _ = listener.accept()
                with context.wrap_socket(plain, server_side=True) as s:
                    seen.append(read(s))
                    s.sendall(answer(seen[-1]))
    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1], seen
    finally:
        listener.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("web") / "ca")


def passed_on(server):
    """To the real server, and its answer back."""
    def ask(octets):
        head, _, body = octets.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        method, target, _ = lines[0].split(" ")
        c = http.client.HTTPSConnection("127.0.0.1", server.https, context=tls_context(), timeout=60)
        c.request(method, target, body or None, {k: v for k, v in (line.split(": ", 1) for line in lines[1:]) if k not in ("Host", "Content-Length")})
        got = c.getresponse()
        said = got.read()
        return f"HTTP/1.1 {got.status} x\r\nContent-Length: {len(said)}\r\nConnection: close\r\n\r\n".encode() + said
    return ask


def test_an_answer_that_is_lost_is_asked_for_again(server, key, authority):
    """The same name, the same octets, and the message is there once."""
    ask = passed_on(server)
    before = len(server.mailbox(BOB))
    with scripted(authority.sign("x.test"), lambda q: ask(q) and b"", ask) as (port, seen):
        got = web(port, key, f"to={BOB}")
    assert rows(got) == [(BOB, "delivered", "delivered", None)]
    assert len(seen) == 2 and seen[0] == seen[1] and b"Idempotency-Key: " in seen[0]
    assert len(server.mailbox(BOB)) == before + 1


def test_no_answer_at_all_may_have_arrived(authority):
    with scripted(authority.sign("x.test"), *[lambda q: b""] * 3) as (port, seen):
        row = only(web(port, "k", f"to={BOB}"))
    assert (row["state"], row["class"]) == ("deferred", "may-have-arrived") and len(set(seen)) == 1 and len(seen) == 3


ANSWERS = {
    "404": (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "deferred", "protocol-error"),
    "308": (b"HTTP/1.1 308 Moved\r\nLocation: https://else.test/\r\nContent-Length: 0\r\n\r\n", "deferred", "protocol-error"),
    "503": (b'HTTP/1.1 503 x\r\nContent-Length: 17\r\n\r\n{"detail":"busy"}', "deferred", "remote-trouble"),
    "429": (b'HTTP/1.1 429 x\r\nRetry-After: 7\r\nContent-Length: 16\r\n\r\n{"detail":"too"}', "deferred", "rate-limited"),
    "no JSON": (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhtml", "deferred", "protocol-error"),
    "no id": (b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}', "deferred", "protocol-error"),
    "SMTP": (b"220 mx.test ESMTP\r\n" * 3 + b"\r\n", "deferred", "may-have-arrived"),
    "a gigabyte": (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", "deferred", "may-have-arrived"),
    "an endless head": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10000, "deferred", "may-have-arrived"),
    "negative": (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "deferred", "may-have-arrived"),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_answers_that_are_none(authority, what):
    octets, state, verdict = ANSWERS[what]
    with scripted(authority.sign("x.test"), *[lambda q: octets] * 3) as (port, _):
        row = only(web(port, "k", f"to={BOB}"))
    assert (row["state"], row["class"]) == (state, verdict), row
    if what == "429":
        assert row["text"] == "too" and "in 7 seconds" in row["meaning"]


def test_certificates(network, server, key, authority):
    """Of this machine's loopback any will do; elsewhere it must be good for the name, and nobody else hears the key."""
    host = "web.test"
    network.dns.add(["web IN A 127.0.0.1"])
    common = (f"option=dns|127.0.0.1:{network.dns.port}", "option=private|yes", "option=ipv6|no", "option=time|1m", *BASIC, f"to={BOB}")
    for name, roots, state in (("other.test", authority.certificate, "tls-failed"), (host, None, "tls-failed"), (host, authority.certificate, "delivered")):
        with scripted(authority.sign(name), passed_on(server)) as (port, seen):
            got = drive(*common, *([f"option=roots|{roots}"] if roots else []), f"send=https://{key}@{host}:{port}")
        assert only(got)["class"] == state, only(got)
        assert bool(seen and seen[0]) == (state == "delivered")


def test_the_key_is_in_no_answer(server):
    secret = "pr.QWxpY2U.s3cr3tsecret"
    got = web(server, secret, f"to={BOB}")
    assert "s3cr3t" not in json.dumps(got)
