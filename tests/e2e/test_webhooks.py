"""Webhooks: what becomes of an account's messages, posted to endpoints that it names, as Standard Webhooks
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)."""
import datetime
import email
import email.policy
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading

import pytest

from certificates import EXPIRED, Authority
from harness import ALICE, BOB, LOOKING, Dns, Postrider, free_port, until
from hooks import Hooks, attempts
from http_api import Api, Events, new_key

WEB = "127.0.2.1"  # where endpoints may be
SHUT = "127.0.2.99"  # a public host's private address
RIGHTS = ("--rights", "send,read,manage")
RETRY = "webhook_retry = { 50ms, 50ms, 100ms }"
RECORDS = [
    f"hook IN A {WEB}", f"bad-name IN A {WEB}", f"expired IN A {WEB}", f"rebind 0 IN A {WEB}", f"rebind 0 IN A {SHUT}",
    f"inner IN A {SHUT}", "cgnat IN A 100.64.0.1", "ten IN A 10.0.0.1", "link IN A 169.254.169.254", "loop IN A 127.0.0.1", "zero IN A 0.0.0.0",
    "multi IN A 224.0.0.1", "wide IN A 255.255.255.255", "c192 IN A 192.168.1.1", "b172 IN A 172.31.0.1", "bench IN A 198.18.0.1",
    "mapped IN AAAA ::ffff:127.0.0.1", "nat64 IN AAAA 64:ff9b::7f00:1", "local6 IN AAAA fc00::1", "link6 IN AAAA fe80::1", "loop6 IN AAAA ::1",
    "six2four IN AAAA 2002:7f00:1::1", "multi6 IN AAAA ff02::1", "alias IN CNAME loop.test.",
]
PRIVATE = ["inner", "cgnat", "ten", "link", "loop", "zero", "multi", "wide", "c192", "b172", "bench", "mapped", "nat64", "local6", "link6", "loop6", "six2four",
           "multi6", "alias"]


def settings(more=""):
    return f"http {{\n webhook_networks = {{ \"{WEB}/32\" }}\n {RETRY}\n {more}\n}}\n"


@pytest.fixture(scope="module")
def authority(directory):
    return Authority(directory / "authority")


@pytest.fixture(scope="module")
def dns(directory):
    made = Dns(directory / "dns", RECORDS)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def start(directory, dns, authority):
    """A server, started with the authority's roots; those that still run end with the module."""
    made = []

    def one(name, more=""):
        server = Postrider(directory / name, dns=dns, settings=settings(more))
        server.start(env={**os.environ, "SSL_CERT_FILE": str(authority.certificate)})
        made.append(server)
        return server
    yield one
    for server in made:
        if server.process.poll() is None:
            assert server.stop() == 0


@pytest.fixture(scope="module")
def server(start):
    return start("server")


@pytest.fixture(scope="module")
def certificate(authority):
    return authority.sign("hook.test")


@pytest.fixture
def hooks(certificate):
    made = Hooks(WEB, free_port(WEB), certificate)
    made.url = f"https://hook.test:{made.server.server_port}/events?a=b"
    yield made
    made.stop()


class Account:
    """One of its own, so that no test sees another's events."""
    n = 0

    def __init__(self, server):
        Account.n += 1
        self.name = f"hooks{Account.n}@home.test"
        self.server = server
        server.add_account(self.name)
        self.api = Api(server, new_key(server, self.name, *RIGHTS))

    def ask(self, method, target, body=None, status=None):
        return self.api.ask(method, target, body, status).json

    def send(self, to=BOB, **members):
        """The id."""
        return self.api.ask("POST", "/v1/messages", {"from": self.name, "to": to, "text": "x", **members}).json["id"]

    def new(self, url, **members):
        return self.ask("POST", "/v1/webhooks", {"url": url, **members}, 201)

    def show(self, webhook):
        return self.ask("GET", f"/v1/webhooks/{webhook['id']}", status=200)

    def attempts(self, webhook, n=1, **of):
        return attempts(self.api, webhook["id"], n, **of)

    def change(self, webhook, **members):
        return self.ask("PATCH", f"/v1/webhooks/{webhook['id']}", members, 200)


@pytest.fixture
def account(server):
    return Account(server)


def seqs(events):
    return [e.record["seq"] for e in events]


# ---- what is posted ----

def test_a_record_is_posted_and_signed(server, account, hooks):
    """The record of everywhere, with the three fields of the specification, verified as it says."""
    stream = Events(account.api)
    webhook = account.new(hooks.url)
    message = account.send([BOB, "bounced@postrider.test"], wait="20s")
    told = []
    for seq, name, record in stream:
        told.append(record)
        if name == "refused":
            break
    stream.close()
    events = hooks.wait(len(told))
    assert [e.record for e in events] == told
    assert {(e.record["state"], e.record["message"]) for e in events} >= {("delivered", message), ("refused", message)}
    for e in events:
        assert e.fits(webhook["secret"]) == [True] and e.path == "/events?a=b"
        assert e.headers["content-type"] == "application/json" and e.id == f"{message}-{e.record['seq']}"
        sent = datetime.datetime.fromtimestamp(int(e.headers["webhook-timestamp"]), datetime.timezone.utc)
        assert abs(datetime.datetime.now(datetime.timezone.utc) - sent) < datetime.timedelta(minutes=10)
    assert len({e.id for e in events}) == len(events)
    [row] = account.attempts(webhook, 1, webhook_id=events[-1].id)
    assert (row["kind"], row["taken"], row["status"], row["seq"], row["text"], row["next_try"]) == ("change", True, 204, events[-1].record["seq"], None, None)
    assert until(lambda: account.show(webhook)["after"] >= events[-1].record["seq"])


def test_the_secret_is_shown_once(account, hooks):
    made = account.new(hooks.url)
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made["secret"])
    assert "secret" not in account.show(made) and account.ask("GET", "/v1/webhooks", status=200)["webhooks"] == [account.show(made)]


@pytest.mark.parametrize("members, wanted", [
    ({"events": ["refused"]}, ["refused", "refused"]),
    ({"events": ["delivered"], "tags": ["ü \"b\"", "c"]}, ["delivered"]),
    ({"tags": ["other", ","]}, []),
])
def test_filters(account, hooks, members, wanted):
    """By event, and by tag: what is not wanted is passed over."""
    account.new(hooks.url, **members)
    account.send([BOB, "bounced@postrider.test"], tags=["a", "ü \"b\""], wait="20s")
    account.send("bounced@postrider.test", wait="20s")
    last = account.send([BOB, "bounced@postrider.test"], tags=members.get("tags", []), wait="20s")
    until(lambda: {e.record["state"] for e in hooks.events if e.record["message"] == last} >= set(members.get("events", ["delivered", "refused"])))
    assert [e.record["state"] for e in hooks.events if e.record["message"] != last] == wanted


def test_in_order_whatever_fails(account, hooks):
    """The next is not posted until the one before was taken; the id is the same over the attempts."""
    failures = {2: 3, 5: 1, 6: 2}
    ids = []

    def answer(event):
        if event.id not in ids:
            ids.append(event.id)
        n = ids.index(event.id)
        failures[n] = failures.get(n, 0) - 1
        return 503 if failures[n] >= 0 else 200
    hooks.reset(answer)
    webhook = account.new(hooks.url, events=["delivered"])
    messages = [account.send(wait="20s") for _ in range(8)]
    events = hooks.wait(8 + 6)
    assert seqs(events) == sorted(seqs(events)) and len(events) == 14
    assert list(dict.fromkeys(e.record["message"] for e in events)) == messages
    assert len(ids) == 8
    rows = account.attempts(webhook, 6, taken=False)
    assert {(row["status"], row["text"]) for row in rows} == {(503, "it answered 503")} and all(row["next_try"] > row["time"] for row in rows)
    assert until(lambda: account.show(webhook)["failures"] == 0)


def test_many_at_once(account, hooks):
    webhook = account.new(hooks.url, events=["delivered"])
    batch = {"messages": [{"from": account.name, "to": BOB, "text": "x"} for _ in range(150)]}
    ids = [one["id"] for one in account.ask("POST", "/v1/messages/batch", batch, 207)["messages"]]
    events = hooks.wait(150)
    assert {e.record["message"] for e in events} == set(ids) and seqs(events) == sorted(seqs(events))
    assert all(e.fits(webhook["secret"]) == [True] for e in events)


# ---- orders ----

def test_a_test(account, hooks):
    """Beside the order; it says what came of it."""
    webhook = account.new(hooks.url, events=["refused"])
    row = account.ask("POST", f"/v1/webhooks/{webhook['id']}/test", status=200)
    assert (row["kind"], row["taken"], row["status"]) == ("test", True, 204)
    [event] = hooks.wait(1)
    assert event.fits(webhook["secret"]) == [True] and event.id == row["webhook_id"] and event.record["seq"] == 0
    hooks.reset(lambda e: (500, {}, "Ärger\n".encode() * 1000))
    row = account.ask("POST", f"/v1/webhooks/{webhook['id']}/test", status=200)
    assert (row["taken"], row["status"], row["text"]) == (False, 500, "it answered 500") and row["answer"].startswith("Ärger\nÄ") and len(row["answer"].encode()) <= 515
    assert [r["status"] for r in account.attempts(webhook, 2, kind="test")] == [500, 204]
    assert account.show(webhook)["failures"] == 0


def test_tests_are_bounded(server, account, hooks):
    """One of an endpoint, four of an account; nobody else waits for them."""
    go = threading.Event()
    hooks.reset(lambda e: go)
    targets = [f"/v1/webhooks/{account.new(hooks.url)['id']}/test" for _ in range(5)]
    testing = []
    for target in targets[:4]:
        api = Api(server, account.api.key)
        testing.append(threading.Thread(target=api.ask, args=("POST", target, None, 200)))
        testing[-1].start()
        hooks.wait(len(testing))
    for target in (targets[0], targets[4]):
        assert "under way" in account.ask("POST", target, status=429)["detail"]
    other = Account(server)
    go.set()
    assert other.ask("POST", f"/v1/webhooks/{other.new(hooks.url)['id']}/test", status=200)["taken"]
    for one in testing:
        one.join()
    assert account.ask("POST", targets[4], status=200)["taken"]


def test_rotate(account, hooks):
    """For a while both secrets sign, the new one first."""
    webhook = account.new(hooks.url, events=["delivered"])
    rotated = account.ask("POST", f"/v1/webhooks/{webhook['id']}/rotate", status=200)
    assert rotated["secret"] != webhook["secret"] and rotated["old_secret_until"]
    account.send()
    [event] = hooks.wait(1)
    assert event.fits(rotated["secret"]) == [True, False] and event.fits(webhook["secret"]) == [False, True]


def test_replay(account, hooks):
    """By the number of a change, and by a time; with the same ids."""
    webhook = account.new(hooks.url, events=["delivered"])
    for _ in range(3):
        account.send(wait="20s")
    first = hooks.wait(3)
    hooks.reset()
    account.ask("POST", f"/v1/webhooks/{webhook['id']}/replay", {"since": first[1].record["seq"]}, 200)
    assert [e.id for e in hooks.wait(2)] == [e.id for e in first[1:]]
    hooks.reset()
    account.ask("POST", f"/v1/webhooks/{webhook['id']}/replay", {"since": first[0].record["time"]}, 200)
    assert [e.id for e in hooks.wait(3)] == [e.id for e in first]
    hooks.reset()
    account.ask("POST", f"/v1/webhooks/{webhook['id']}/replay", {"since": "9999-01-01T00:00:00Z"}, 200)
    account.send()
    assert hooks.wait(1)[0].id not in [e.id for e in first]
    for since in (0, -1, "soon", None, 1.5):
        assert "since" in account.ask("POST", f"/v1/webhooks/{webhook['id']}/replay", {"since": since}, 400)["detail"]
    assert account.ask("POST", f"/v1/webhooks/{webhook['id']}/replay", {}, 400)


def test_disabled_and_enabled(account, hooks):
    """What happens meanwhile follows."""
    webhook = account.new(hooks.url, events=["delivered"])
    assert account.change(webhook, enabled=False)["why"] == "it was disabled by an order"
    messages = [account.send(wait="20s"), account.send(wait="20s")]
    assert not hooks.events
    assert account.change(webhook, enabled=True)["why"] is None
    assert [e.record["message"] for e in hooks.wait(2)] == messages


def test_deleted(account, hooks):
    webhook = account.new(hooks.url)
    assert account.ask("DELETE", f"/v1/webhooks/{webhook['id']}", status=200) == {"deleted": True}
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/rotate"), ("GET", "/attempts")):
        assert account.ask(method, f"/v1/webhooks/{webhook['id']}{path}", status=404)
    other = account.new(hooks.url)
    message = account.send()
    hooks.wait(1)
    until(lambda: account.show(other)["after"] >= hooks.events[-1].record["seq"])
    assert {e.record["message"] for e in hooks.events} == {message} and len({e.id for e in hooks.events}) == len(hooks.events)


@pytest.mark.parametrize("body, words", [
    ({}, '"url"'), ({"url": 1}, '"url"'), ({"url": "https://a.test", "Url": 1}, 'no member "Url"'), ({"url": "x"}, "https://"),
    ({"url": "https://a@b.test/"}, "user"), ({"url": "https://a.test/", "events": ["x"]}, '"x"'), ({"url": "https://a.test/", "events": "delivered"}, '"events"'),
    ({"url": "https://a.test/", "tags": [1]}, '"tags"'), ({"url": "https://a.test/", "enabled": True}, "enabled"), ({"url": "https://2130706433/"}, "host"),
])
def test_what_is_malformed_says_why(account, body, words):
    assert words in account.ask("POST", "/v1/webhooks", body, 400)["detail"]


def test_there_is_a_most(account):
    for i in range(50):
        account.new(f"https://hook.test/{i}")
    assert "50" in account.ask("POST", "/v1/webhooks", {"url": "https://hook.test/"}, 422)["detail"]


def test_rights_and_accounts(server, account, hooks):
    """Nobody sees or moves another's, nor has its events; to look needs read, the rest manage."""
    webhook = account.new(hooks.url)
    other, reads = Account(server), Api(server, new_key(server, account.name, "--rights", "read"))
    assert other.ask("GET", "/v1/webhooks", status=200) == {"webhooks": []}
    for method, path, body in (("GET", "", None), ("PATCH", "", {"enabled": False}), ("DELETE", "", None), ("POST", "/test", None), ("POST", "/rotate", None),
                               ("POST", "/replay", {"since": 1}), ("GET", "/attempts", None)):
        assert other.api.ask(method, f"/v1/webhooks/{webhook['id']}{path}", body, 404)
        if method != "GET":
            assert '"manage"' in reads.ask(method, f"/v1/webhooks/{webhook['id']}{path}", body, 403).detail
    assert reads.ask("GET", "/v1/webhooks", status=200).json["webhooks"][0]["id"] == webhook["id"]
    assert reads.ask("POST", "/v1/webhooks", {"url": hooks.url}, 403)
    other.send(wait="20s")
    message = account.send(wait="20s")
    hooks.wait(1)
    assert {e.record["message"] for e in hooks.events} == {message}


def test_a_closed_account_gets_nothing(server, account, hooks):
    """From that moment on; opened again, what happened meanwhile follows."""
    account.new(hooks.url, events=["delivered"])
    messages = [account.send(wait="20s")]
    hooks.wait(1)
    go = threading.Event()
    hooks.reset(lambda e: go)
    messages += [account.send(wait="20s") for _ in range(3)]
    hooks.wait(1)  # one is under way
    server.directory_order("account", "set", account.name, enabled="no")
    go.set()
    living = Account(server)
    other = Hooks(WEB, free_port(WEB))
    living.new(f"http://{WEB}:{other.server.server_port}/")
    living.send(wait="20s")
    other.wait(1)
    other.stop()
    assert len(hooks.events) == 1
    server.directory_order("account", "set", account.name, enabled="yes")
    assert [e.record["message"] for e in hooks.wait(3)] == messages[1:]


def test_a_removed_account_has_none(server, hooks):
    account = Account(server)
    webhook = account.new(hooks.url)
    server.run("account", "remove", "--yes", account.name, check=True, program=LOOKING)
    until(lambda: webhook["id"] not in (server.directory / "data" / "webhooks.db-wal").read_bytes().decode("latin-1") and
          server.run("webhook", "list", "--account", account.name, program=LOOKING).returncode == 1)
    server.add_account(account.name)
    assert Api(server, new_key(server, account.name, *RIGHTS)).ask("GET", "/v1/webhooks", status=200).json == {"webhooks": []}


# ---- where it may go ----

@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "172.16.0.1", "192.168.0.1", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
                                  "198.18.0.1", "192.0.2.1", SHUT, "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::10.0.0.1]", "[fe80::1]", "[fc00::1]",
                                  "[2002:a00:1::]", "[ff02::1]", "[2001:db8::1]", "[64:ff9b:1::1]"])
def test_private_addresses_are_refused(account, host):
    """At once where the URL has one (threats 3.29)."""
    assert "private" in account.ask("POST", "/v1/webhooks", {"url": f"https://{host}:443/"}, 422)["detail"]


@pytest.mark.parametrize("name", PRIVATE)
def test_names_of_private_addresses(account, name):
    """Each time, before anything is connected to."""
    webhook = account.new(f"https://{name}.test:{free_port()}/")
    row = account.ask("POST", f"/v1/webhooks/{webhook['id']}/test", status=200)
    assert not row["taken"] and row["status"] is None
    assert row["text"] == f"{name}.test has no address that webhooks may go to, only private ones"


def test_a_name_that_is_rebound(account, dns, hooks, certificate):
    """Of a name that leads to an endpoint and to an inner host, both at once or one after the other, the inner host sees nothing."""
    port = hooks.server.server_port
    inner = socket.create_server((SHUT, port))
    inner.settimeout(0.2)
    webhook = account.new(f"https://rebind.test:{port}/")
    for _ in range(8):
        row = account.ask("POST", f"/v1/webhooks/{webhook['id']}/test", status=200)
        assert "rebind.test" in row["text"] or row["taken"]  # a certificate for another name: it was the endpoint that showed it
    dns.rewrite("test", [r for r in RECORDS if not r.startswith("rebind")] + [f"rebind 0 IN A {SHUT}"])
    try:
        assert "only private ones" in account.ask("POST", f"/v1/webhooks/{webhook['id']}/test", status=200)["text"]
    finally:
        dns.rewrite("test", RECORDS)
    with pytest.raises(TimeoutError):
        inner.accept()
    inner.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(account, hooks, status):
    """Not to a private address, nor anywhere (threats 3.29)."""
    inner = socket.create_server((SHUT, 0))
    inner.settimeout(0.2)
    hooks.reset(lambda e: (status, {"Location": f"https://{SHUT}:{inner.getsockname()[1]}/"}, b""))
    webhook = account.new(hooks.url)
    row = account.ask("POST", f"/v1/webhooks/{webhook['id']}/test", status=200)
    assert (row["taken"], row["status"]) == (False, status) and "a redirect, which is not followed" in row["text"]
    with pytest.raises(TimeoutError):
        inner.accept()
    inner.close()
    assert len(hooks.events) == 1


def test_clear_text(start, account):
    """To permitted networks alone; and where there are none, it is refused at once."""
    clear = Hooks(WEB, free_port(WEB))
    try:
        webhook = account.new(f"http://{WEB}:{clear.server.server_port}/x")
        account.send()
        assert clear.wait(1)[0].fits(webhook["secret"]) == [True]
    finally:
        clear.stop()
    for name in ("loop", "ten"):
        row = account.ask("POST", f"/v1/webhooks/{account.new(f'http://{name}.test/')['id']}/test", status=200)
        assert "only private ones" in row["text"]
    strict = start("strict", "webhook_networks = {}")
    assert "https" in Account(strict).ask("POST", "/v1/webhooks", {"url": f"http://{WEB}/"}, 422)["detail"]
    assert strict.stop() == 0


@pytest.mark.parametrize("name, valid", [("bad-name.test", None), ("expired.test", EXPIRED)])
def test_certificates_are_looked_at(account, authority, certificate, name, valid):
    """It has to be good, and the host's."""
    wrong = Hooks(WEB, free_port(WEB), authority.sign(name, valid) if valid else certificate)
    try:
        webhook = account.new(f"https://{name}:{wrong.server.server_port}/")
        row = account.ask("POST", f"/v1/webhooks/{webhook['id']}/test", status=200)
        assert row["status"] is None and name in row["text"] and not wrong.events
    finally:
        wrong.stop()


def test_an_answer_without_end(account, hooks):
    """What it says behind its head is read no further than needed: the status counts."""
    hooks.reset(lambda e: (200, {"Content-Length": 1 << 30}, b"x" * (4 << 20)))
    webhook = account.new(hooks.url)
    row = account.ask("POST", f"/v1/webhooks/{webhook['id']}/test", status=200)
    assert row["taken"] and row["answer"] == "x" * 512


def test_nobody_there(account):
    webhook = account.new(f"https://hook.test:{free_port(WEB)}/")
    account.send()
    [row, *_] = account.attempts(webhook, 1, taken=False)
    assert row["status"] is None and "hook.test" in row["text"]
    nowhere = account.new("https://nobody.test/")
    assert "nobody.test" in account.ask("POST", f"/v1/webhooks/{nowhere['id']}/test", status=200)["text"]


# ---- what fails ----

def test_gone(server, account, hooks):
    """410: nothing more, and a letter; enabled again it goes on with the same event."""
    hooks.reset(lambda e: 410)
    webhook = account.new(hooks.url, events=["delivered"])
    message = account.send()
    shown = until(lambda: (s := account.show(webhook)) and not s["enabled"] and s)
    assert "410" in shown["why"] and shown["next_try"] is None
    [letter] = until(lambda: [m for m in server.mailbox(account.name) if "webhook" in m["subject"]])
    text = email.message_from_bytes(server.text(account.name, letter["uid"]), policy=email.policy.default).get_content()
    assert hooks.url in text and "410" in text and webhook["id"] in text and f"postrider webhook enable --account {account.name} {webhook['id']}" in text.replace("\n", " ")
    later = account.send(wait="20s")
    assert len(hooks.events) == 1
    hooks.reset()
    account.change(webhook, enabled=True)
    assert [e.record["message"] for e in hooks.wait(2)] == [message, later]


def test_failed_for_the_whole_time(start, certificate):
    """It is disabled, its owner has a letter; mail goes as if there were none."""
    server = start("short", "webhook_expiry = 1s")
    account, dead = Account(server), Hooks(WEB, free_port(WEB), certificate)
    dead.reset(lambda e: 500)
    webhook = account.new(f"https://hook.test:{dead.server.server_port}/")
    assert account.ask("POST", "/v1/messages", {"from": account.name, "to": BOB, "text": "x", "wait": "30s"}, 200)
    shown = until(lambda: (s := account.show(webhook)) and not s["enabled"] and s)
    assert re.fullmatch(r"it has failed since \S+, at last so: it answered 500", shown["why"]) and shown["failures"] >= 3
    until(lambda: [m for m in server.mailbox(account.name) if "webhook" in m["subject"]])
    assert "webhook_disabled" in server.log_text()
    dead.stop()
    assert server.stop() == 0


def test_retry_after(account, hooks):
    """RFC 9110 10.2.3: it is asked again no sooner."""
    hooks.reset(lambda e: (429, {"Retry-After": "3600"}, b""))
    webhook = account.new(hooks.url)
    account.send()
    [row] = account.attempts(webhook, 1, status=429)
    time, then = (datetime.datetime.fromisoformat(row[k].replace("Z", "+00:00")) for k in ("time", "next_try"))
    assert datetime.timedelta(minutes=59) < then - time < datetime.timedelta(minutes=61)
    assert account.show(webhook)["next_try"] == row["next_try"]


def test_a_dead_one_beside_a_living_one(server, account, hooks):
    """Neither mail nor other endpoints wait for those that do not answer, be they the same account's or another's."""
    living = Account(server)
    living.new(hooks.url, events=["delivered"])
    living.send()
    hooks.wait(1)
    silent = socket.create_server((WEB, 0))  # takes connections, and says nothing
    for who in [account, *(Account(server) for _ in range(8))]:
        for _ in range(4):
            who.new(f"https://hook.test:{silent.getsockname()[1]}/")
        assert who.ask("POST", "/v1/messages", {"from": who.name, "to": BOB, "text": "x", "wait": "30s"}, 200)
    for i in range(5):
        living.send(wait="20s")
        hooks.wait(i + 2, seconds=12)  # those that are silent are given up after 15 s
    silent.close()


# ---- what is not lost ----

def test_a_courier_that_dies(server, account, hooks):
    """An attempt of which nothing is known is made again, and does not count."""
    courier = server.roles()["courier"]
    hooks.reset(lambda e: (os.kill(courier, signal.SIGKILL), None)[1] if len(hooks.events) == 2 else 204)
    webhook = account.new(hooks.url, events=["delivered"])
    messages = [account.send(wait="20s") for _ in range(4)]
    until(lambda: server.roles().get("courier", courier) != courier)
    until(lambda: {e.record["message"] for e in hooks.events} == set(messages))
    assert list(dict.fromkeys(e.record["message"] for e in hooks.events)) == messages and len(hooks.events) >= 5
    assert account.show(webhook)["enabled"]


def test_kill_9(start, authority, certificate):
    """Of everything at once, again and again: each event comes, in order, and none is made up."""
    server = start("killed")
    account = Account(server)
    hooks = Hooks(WEB, free_port(WEB), certificate)
    webhook = account.new(f"https://hook.test:{hooks.server.server_port}/", events=["delivered"])
    sent = []
    for round in range(3):
        batch = {"messages": [{"from": account.name, "to": BOB, "text": "x"} for _ in range(60)]}
        sent += [one["id"] for one in account.ask("POST", "/v1/messages/batch", batch, 207)["messages"]]
        hooks.wait(60 * round + 20)
        server.kill()
        server.start(env={**os.environ, "SSL_CERT_FILE": str(authority.certificate)})
        account.api = Api(server, account.api.key)
    until(lambda: {e.record["message"] for e in hooks.events} == set(sent), seconds=60)
    first = {}
    for e in hooks.events:
        first.setdefault(e.id, e)
        assert e.fits(webhook["secret"]) == [True]
    assert len(first) == len(sent) == 180 and seqs(first.values()) == sorted(seqs(first.values()))
    hooks.stop()
    assert server.stop() == 0


def test_a_failing_one_over_a_restart(start, authority, certificate):
    """What it waits for, and what it has not had, are not forgotten."""
    server = start("restarted")
    account = Account(server)
    hooks = Hooks(WEB, free_port(WEB), certificate)
    hooks.reset(lambda e: (503, {"Retry-After": "7200"}, b""))
    webhook = account.new(f"https://hook.test:{hooks.server.server_port}/", events=["delivered"])
    message = account.send(wait="20s")
    account.attempts(webhook, 1, status=503)
    before = account.show(webhook)
    assert server.stop() == 0
    server.start(env={**os.environ, "SSL_CERT_FILE": str(authority.certificate)})
    account.api = Api(server, account.api.key)
    assert account.show(webhook) == before and before["failures"] == 1
    hooks.reset()
    account.ask("POST", f"/v1/webhooks/{webhook['id']}/replay", {"since": before["after"] + 1}, 200)
    assert hooks.wait(1)[0].record["message"] == message
    hooks.stop()
    assert server.stop() == 0


def test_reload(directory, dns, authority, certificate):
    """Where they may go, and when they are tried again, changes in a running server."""
    before = "http { webhook_retry = 6h }"
    server = Postrider(directory / "reloaded", dns=dns, settings=before)
    server.start(env={**os.environ, "SSL_CERT_FILE": str(authority.certificate)})
    hooks = Hooks(WEB, free_port(WEB), certificate)
    account, url = Account(server), f"https://{WEB}:{hooks.server.server_port}/"
    assert "private" in account.ask("POST", "/v1/webhooks", {"url": url}, 422)["detail"]
    named = account.new(f"https://hook.test:{hooks.server.server_port}/", events=["delivered"])
    assert "only private ones" in account.ask("POST", f"/v1/webhooks/{named['id']}/test", status=200)["text"]
    server.config.write_text(server.config.read_text().replace(before, settings()))
    assert server.run("reload", check=True).stdout == "changed: http.webhook_networks, http.webhook_retry\n"
    account.new(url, events=["refused"])
    hooks.reset(lambda e: 503 if len(hooks.events) < 4 else 204)
    message = account.send(wait="20s")
    assert {e.record["message"] for e in hooks.wait(4)} == {message}
    hooks.stop()
    assert server.stop() == 0


def test_a_stop_waits_for_no_endpoint(start):
    """Nor for a test that is under way, nor for who reads a log; what was not taken is posted after the next start."""
    server = start("stopped", "webhook_time = 60s")
    account = Account(server)
    with socket.create_server((WEB, 0)) as silent:
        webhook = account.new(f"https://{WEB}:{silent.getsockname()[1]}/")
        account.send(wait="20s")
        silent.accept()  # it was asked
        asking = [threading.Thread(target=quietly, args=(Api(server, account.api.key), method, f"/v1/webhooks/{webhook['id']}{path}"))
                  for method, path in [("POST", "/test"), *[("GET", "/attempts")] * 20]]
        for one in asking:
            one.start()
        silent.accept()
        assert server.stop() == 0 and "signal=9" not in server.log_text()  # no role had to be ended
        for one in asking:
            one.join()


def quietly(api, method, target):
    try:
        api.raw(method, target)
    except (OSError, http.client.HTTPException):
        pass


def test_all_roles_in_one_process(directory, dns, authority, certificate):
    server = Postrider(directory / "one", dns=dns, settings=settings(), one_process=True)
    server.start(env={**os.environ, "SSL_CERT_FILE": str(authority.certificate)})
    hooks = Hooks(WEB, free_port(WEB), certificate)
    account = Account(server)
    hooks.reset(lambda e: 503 if len(hooks.events) % 3 == 0 else 204)
    webhook = account.new(f"https://hook.test:{hooks.server.server_port}/", events=["delivered"])
    messages = [account.send(wait="20s") for _ in range(10)]
    until(lambda: {e.record["message"] for e in hooks.events} == set(messages))
    assert all(e.fits(webhook["secret"]) == [True] for e in hooks.events) and seqs(hooks.events) == sorted(seqs(hooks.events))
    hooks.stop()
    assert server.stop() == 0


def test_data_of_an_older_copy(start, authority, certificate):
    """The ledger knows nothing of what was posted: that is told, and what happens from now on is posted."""
    server = start("older")
    account = Account(server)
    hooks = Hooks(WEB, free_port(WEB), certificate)
    webhook = account.new(f"https://hook.test:{hooks.server.server_port}/", events=["delivered"])
    account.send(wait="20s")
    hooks.wait(1)
    until(lambda: account.show(webhook)["after"] >= hooks.events[0].record["seq"])
    environment = {**os.environ, "SSL_CERT_FILE": str(authority.certificate)}
    data, copy = server.directory / "data", server.directory / "copy"
    assert server.stop() == 0
    subprocess.run(["cp", "-a", data, copy], check=True)  # with their owners
    server.start(env=environment)
    account.api = Api(server, account.api.key)
    for n in range(2, 5):
        account.send(wait="20s")
        hooks.wait(n)
    until(lambda: account.show(webhook)["after"] >= hooks.events[-1].record["seq"])
    assert server.stop() == 0
    subprocess.run(["cp", "-a", *data.glob("webhooks.db*"), copy], check=True)
    shutil.rmtree(data)
    copy.rename(data)
    server.start(env=environment)
    account.api = Api(server, account.api.key)
    [note] = account.attempts(webhook, 1, kind="note")
    assert "its data are from an older copy" in note["text"]
    hooks.reset()
    message = account.send(wait="20s")
    assert hooks.wait(1)[0].record["message"] == message
    hooks.stop()
    assert server.stop() == 0


def test_a_damaged_file(start):
    """It is a record, and is not made anew by itself."""
    server = start("damaged")
    assert server.stop() == 0
    for path in (server.directory / "data").glob("webhooks.db*"):
        path.write_bytes(b"this is no database" * 1000)
    done = server.run("serve", timeout=60)
    assert done.returncode != 0 and "webhooks.db is damaged: bring it back from a backup, or remove it" in done.stdout + done.stderr + server.log_text()


# ---- the command line, and what is counted ----

def test_the_command_line(server, account, hooks):
    def run(*arguments, status=0):
        done = server.run("webhook", arguments[0], "--json", "--account", account.name, *arguments[1:], program=LOOKING)
        assert done.returncode == status, done
        return [json.loads(line) for line in done.stdout.splitlines()] if status == 0 else done.stderr

    [made] = run("new", "--events", "delivered,refused", "--tags", "a,b", hooks.url)
    assert made["secret"].startswith("whsec_") and (made["events"], made["tags"]) == (["delivered", "refused"], ["a", "b"])
    [row] = run("list")
    assert row == account.show(made) and run("show", made["id"]) == [row]
    [test] = run("test", made["id"])
    assert test["taken"] and hooks.wait(1)[0].id == test["webhook_id"]
    account.send(tags=["b"])
    event = hooks.wait(2)[1]
    assert until(lambda: [r for r in run("log", made["id"]) if r["seq"] == event.record["seq"]])
    run("replay", "--since", str(event.record["seq"]), made["id"])
    assert hooks.wait(3)[2].id == event.id
    assert run("disable", made["id"])[0]["enabled"] is False and run("enable", made["id"])[0]["enabled"] is True
    assert run("rotate", made["id"])[0]["secret"] != made["secret"]
    shown = server.run("webhook", "list", "--account", account.name, check=True, program=LOOKING).stdout
    assert made["id"] in shown and hooks.url in shown and "delivered,refused" in shown
    log = server.run("webhook", "log", "--account", account.name, made["id"], check=True, program=LOOKING).stdout
    assert "taken  204" in log and "test" in log
    assert "no webhook with this id" in run("show", "0000000000001", status=1)
    assert "private" in run("new", "https://127.0.0.1/", status=1)
    hooks.reset(lambda e: 500)
    assert server.run("webhook", "test", "--account", account.name, made["id"], program=LOOKING).returncode == 1
    run("remove", made["id"])
    assert run("list") == []


def test_metrics(server, account, hooks):
    webhook = account.new(hooks.url)
    account.ask("POST", f"/v1/webhooks/{webhook['id']}/test", status=200)
    text = server.run("metrics", check=True, program=LOOKING).stdout
    assert re.search(r'^postrider_webhooks_total\{.*outcome="taken".*\} [1-9]', text, re.M)
    assert re.search(r'^postrider_webhook_endpoints\{.*state="idle".*\} [1-9]', text, re.M)
    assert re.search(r"^postrider_webhook_seconds_count\b.* [1-9]", text, re.M)
