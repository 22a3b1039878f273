"""Clients of the HTTP server that mean no good, or hang: slow ones, those who guess keys, a crowd that only listens."""
import base64
import concurrent.futures
import contextlib
import http.client
import itertools
import json
import resource
import select
import socket
import time

import pytest

from harness import ALICE, BOB, Postrider, b64, tls_context, until
from http_api import Api, new_key

LIMIT = 2  # seconds
PATIENCE = 10 * LIMIT  # a busy machine's
STREAMS = 2000


@pytest.fixture(scope="module")
def strict(directory, network):
    made = Postrider(directory / "strict", dns=network.dns, settings=f"""
http {{ head_time = {LIMIT}s  body_time = {LIMIT}s  idle_time = {LIMIT}s  write_time = {LIMIT}s }}
smtp {{ sessions_per_client = 3000  plain_auth_on_loopback = true }}
defence {{ ban_debt = 0 }}
""").start()
    yield made
    assert made.stop() == 0


def connect(server, tls=True):
    plain = socket.create_connection(("127.0.0.1", server.https), timeout=60)
    return tls_context().wrap_socket(plain, server_hostname="127.0.0.1") if tls else plain


def trickle(s, begin, more):
    """Sends begin, and then more, again and again, a little each tenth of a second, until the server ends it: all that it said, and when."""
    began, told = time.monotonic(), b""
    s.sendall(begin)
    pieces = itertools.cycle(more) if more else None
    while time.monotonic() - began < PATIENCE:
        if select.select([s], [], [], 0.1)[0]:
            try:
                octets = s.recv(65536)
            except OSError:  # it was reset, as what is sent to a closed connection is
                octets = b""
            if not octets:
                return told, time.monotonic() - began
            told += octets
        elif pieces:
            try:
                s.sendall(next(pieces))
            except OSError:
                pass
    raise AssertionError(f"the server still waits; it said {told}")


POST = b"POST /v1/messages HTTP/1.1\r\nHost: x\r\n"


SLOW = [
    (b"G", [b"E", b"T", b" ", b"/"], b"408"),
    (b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n", [b"X", b": ", b"y", b"\r\n"], b"408"),
    (b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n", [], b"408"),
    (POST + b"Authorization: Bearer KEY\r\nContent-Length: 100000\r\n\r\n{", [b" "], b"408"),
    (POST + b"Authorization: Bearer KEY\r\nContent-Length: 100000\r\n\r\n", [], b"408"),
    (POST + b"Authorization: Bearer KEY\r\nTransfer-Encoding: chunked\r\n\r\n", [b"1", b"\r\n", b" ", b"\r\n"], b"408"),
    (POST + b"Authorization: Bearer KEY\r\nTransfer-Encoding: chunked\r\n\r\n1;", [b"x"], b"408"),
    (POST + b"Content-Length: 100000\r\n\r\n{", [b" "], b"401"),          # answered, and read past
    (POST + b"Transfer-Encoding: chunked\r\n\r\n", [b"1\r\n \r\n"], b"401"),
    (b"POST /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: x\r\nContent-Length: 8000\r\n\r\n", [b"<"], b"408"),
]


def test_slow_requests(strict):
    """RFC 9110 15.5.9: each is bounded by time, however busily it sends, and told so."""
    key = new_key(strict).encode()

    def one(row):
        begin, more, status = row
        with connect(strict) as s:
            told, took = trickle(s, begin.replace(b"KEY", key), more)
        assert told.startswith(b"HTTP/1.1 " + status + b" ") and told.count(b"\r\nDate: ") == 1, (row, told)
        assert took > LIMIT * 0.9, row
    with concurrent.futures.ThreadPoolExecutor(len(SLOW)) as pool:
        list(pool.map(one, SLOW))


@pytest.mark.parametrize("begin", [b"", b"\x16\x03\x01"])
def test_slow_to_begin_tls(strict, begin):
    with connect(strict, tls=False) as s:
        told, took = trickle(s, begin, [])
    assert b"HTTP" not in told and took > LIMIT * 0.9


def test_idle_connections_end(strict):
    with connect(strict) as s:
        told, took = trickle(s, b"HEAD /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", [])
    assert told.startswith(b"HTTP/1.1 200 ") and took > LIMIT * 0.9


def test_who_does_not_read(strict):
    """Answers that nobody takes are given up, and what they hold with them."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.connect(("127.0.0.1", strict.http))
    plain.settimeout(1)
    try:
        while True:
            plain.sendall(b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
    except OSError:  # it takes no more: both ways are full, or it has ended
        pass
    client = "client=127.0.0.1:%d " % plain.getsockname()[1]
    until(lambda: [line for line in strict.log_text().splitlines() if " session_closed " in line and client in line], PATIENCE, "the end of the session")
    plain.close()


def test_a_body_that_is_slow_but_not_too_slow(directory, network):
    """At http.body_rate and above it is served to its end, though all of it takes longer than a piece may."""
    server = Postrider(directory / "patient", dns=network.dns, settings="http { body_time = 4s  body_rate = 50 }\n").start()
    body = json.dumps({"from": ALICE, "to": BOB, "text": "x" * 1000}).encode()
    head = POST + b"Authorization: Bearer " + new_key(server).encode() + b"\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    with connect(server) as s:
        began = time.monotonic()
        s.sendall(head)
        for i in range(0, len(body), 100):
            s.sendall(body[i:i + 100])
            time.sleep(0.45)
        assert time.monotonic() - began > 4 and s.recv(65536).startswith(b"HTTP/1.1 20")
    assert server.stop() == 0


# ---- keys ----

def test_guessed_keys(directory, network):
    """By the limits of passwords, of a network, in one count with them; three wrong ones end a connection; others are served."""
    server = Postrider(directory / "keys", dns=network.dns, settings="defence { ban_debt = 0 }\n").start()
    named = [base64.urlsafe_b64encode(f"u{i}@home.test".encode()).decode().rstrip("=") for i in range(40)]

    def guess(i):
        if i % 2:
            with server.session(server.submissions, source=("127.34.0.1", 0)) as s:
                s.start_tls()
                s.hello()
                return s.ask("AUTH PLAIN " + b64(f"\0u{i}@home.test\0guess"), 535, 454)[:3]
        connection = http.client.HTTPSConnection("127.0.0.1", server.https, context=tls_context(), timeout=120, source_address=("127.34.0.1", 0))
        connection.request("GET", "/v1/messages", headers={"Authorization": f"Bearer pr.{named[i]}.{'x' * 20}"})
        answer = connection.getresponse()
        assert answer.status != 429 or answer.getheader("Retry-After")
        connection.close()
        return str(answer.status)
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        said = list(pool.map(guess, range(40)))
    wrong, later = said.count("401") + said.count("535"), said.count("429") + said.count("454")
    assert wrong >= 20 and later >= 1 and wrong + later == 40, said
    assert Api(server).ask("GET", "/v1/messages", status=200)
    api = Api(server, f"pr.{named[0]}.{'x' * 20}")
    closed = [api.ask("GET", "/v1/messages", status=401).headers.get("connection") for _ in range(3)]
    assert closed == [None, None, "close"]
    assert server.stop() == 0


# ---- a crowd ----

def test_two_thousand_idle_streams(directory, network):
    """Others are served as if there were none, and each of them hears of what happens."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = Postrider(directory / "crowd", dns=network.dns, settings="smtp { sessions_per_client = 3000  plain_auth_on_loopback = true }\n").start()
    api, streams = Api(server), []
    request = b"GET /v1/events?state=delivered HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + api.key.encode() + b"\r\n\r\n"
    try:
        for _ in range(STREAMS):
            s = socket.create_connection(("127.0.0.1", server.http), timeout=120)
            s.sendall(request)
            streams.append(s.makefile("rb"))
            s.close()
        for stream in streams:
            assert stream.readline() == b"HTTP/1.1 200 OK\r\n"
            while stream.readline() != b"\n":  # it follows from now on
                pass
        assert api.ask("GET", "/v1/messages", status=200)
        sent = api.send(status=200, to=BOB, wait="60s").json["id"]
        for stream in streams:
            event = [stream.readline() for _ in range(4)]
            assert any(line == b"event: delivered\n" for line in event) and any(sent.encode() in line for line in event), event
        assert api.ask("GET", f"/v1/messages/{sent}", status=200)
    finally:
        for stream in streams:
            stream.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert server.stop() == 0


def announce(server, key, n):
    """A connection that has sent the head of a request with n octets, and all of them but the last."""
    text = json.dumps({"from": ALICE, "to": "delivered@postrider.test", "subject": "s", "text": "x"}).encode().ljust(n)
    s = connect(server)
    s.sendall(POST + f"Authorization: Bearer {key}\r\nContent-Length: {n}\r\nExpect: 100-continue\r\n\r\n".encode())
    assert s.recv(100).startswith(b"HTTP/1.1 100 ")
    s.sendall(text[:-1])
    return s


def answered(s):
    reply = http.client.HTTPResponse(s)
    reply.begin()
    return reply.status, reply.headers, json.loads(reply.read())


@pytest.fixture(scope="module")
def narrow(directory, network):
    made = Postrider(directory / "narrow", dns=network.dns, settings="http { memory = 1M }").start()
    yield made
    assert made.stop() == 0


def test_memory_of_bodies_is_bounded(narrow):
    """http.memory: what finds no room beside others is told to come again; small ones, and one that is alone, are always taken."""
    key = new_key(narrow)
    with contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(announce(narrow, key, 300_000)) for _ in range(4)]
        while len(waiting) > 1:
            for s in select.select(waiting, [], [], 60)[0]:
                status, headers, problem = answered(s)
                assert status == 503 and "http.memory" in problem["detail"] and headers["Retry-After"] == "5"
                waiting.remove(s)
        small = stack.enter_context(announce(narrow, key, 5_000))
        small.sendall(b" ")
        assert answered(small)[0] in (200, 202)
        waiting[0].sendall(b" ")
        assert answered(waiting[0])[0] in (200, 202)
    with announce(narrow, key, 3_000_000) as s:
        s.sendall(b" ")
        assert answered(s)[0] in (200, 202)


def test_many_tiny_values(narrow):
    """Each value costs its reader some fifty times its octets: their number is bounded before they are read."""
    answer = Api(narrow).raw("POST", "/v1/messages", b'{"x":[' + b"0," * (1 << 20) + b"0]}")
    assert answer.status == 400 and "values" in answer.detail
