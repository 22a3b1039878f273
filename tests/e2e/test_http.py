"""The HTTP API: keys, messages with their verdicts, the list, the stream of events, errors (RFC 9110, 9112, 9457, 6750)."""
import base64
import email
import email.policy
import itertools
import json
import re
import socket

import pytest

from harness import ALICE, BOB, LOOKING, PASSWORD, Postrider, b64, tls_context, until
from http_api import Api, Events, new_key, talk
from remote import Remote


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


def states(message):
    return [(r["address"], r["state"], r["class"]) for r in message["recipients"]]


# ---- keys ----

def test_a_key_is_printed_alone_and_kept_as_a_digest(server):
    done = server.run("key", "new", "--account", ALICE, "--label", "app", check=True, program=LOOKING)
    assert re.fullmatch(r"pr\.[\w-]+\.\w{20}\n", done.stdout)
    rows = [json.loads(line) for line in server.run("key", "list", "--json", "--account", ALICE, check=True, program=LOOKING).stdout.splitlines()]
    row = next(row for row in rows if row["label"] == "app")
    assert (row["rights"], row["senders"], row["for"]) == (["send", "read"], [], ["http"])
    assert done.stdout.strip().split(".")[2] not in (server.directory / "data" / "directory.db").read_bytes().decode("latin-1")
    assert "has an app password or key" not in done.stderr
    again = server.run("key", "new", "--account", ALICE, "--label", "app", program=LOOKING)
    assert again.returncode == 1 and "already" in again.stderr


def test_a_key_is_needed(server):
    """RFC 6750 3: 401 says how."""
    assert Api(server, "").ask("GET", "/v1/messages", status=401).headers["www-authenticate"].startswith("Bearer")
    key = new_key(server)
    for wrong in (key + "x", key[:-1], "pr.x.y", "Bearer", "pr." + base64.urlsafe_b64encode(b"nobody@home.test").decode().rstrip("=") + "." + "x" * 20):
        assert "key" in Api(server, wrong).ask("GET", "/v1/messages", status=401).detail
    assert Api(server, "").raw("GET", "/v1/messages", Authorization="Basic YTpi").status == 401


def test_a_password_is_no_key(server):
    """A program has a key: the account's password opens nothing here."""
    named = base64.urlsafe_b64encode(ALICE.encode()).decode().rstrip("=")
    assert Api(server, f"pr.{named}.{PASSWORD}").ask("GET", "/v1/messages", status=401)


def test_a_key_opens_no_other_protocol(server):
    key = new_key(server)
    with server.session(server.submissions) as s:
        s.start_tls()
        s.hello()
        s.ask("AUTH PLAIN " + b64(f"\0{ALICE}\0{key.split('.')[2]}"), 535)


def test_rights(server):
    reads, sends = Api(server, new_key(server, ALICE, "--rights", "read")), Api(server, new_key(server, ALICE, "--rights", "send"))
    assert '"send"' in reads.send(status=403, to=BOB).detail
    assert '"read"' in sends.ask("GET", "/v1/messages", status=403).detail
    assert reads.ask("GET", "/v1/messages").status == 200
    assert states(sends.send(status=200, to=BOB).json) == [(BOB, "delivered", "delivered")]  # and learns what became of its own
    refused = server.run("key", "new", "--account", ALICE, "--rights", "all", program=LOOKING)
    assert refused.returncode == 1 and "none of send, read, manage" in refused.stderr


def test_senders(server):
    server.run("account", "set", "--add-address", "news@home.test", ALICE, check=True)
    api = Api(server, new_key(server, ALICE, "--senders", "news@home.test"))
    assert api.send(status=200, **{"from": "News <News@home.test>"}, to=BOB)
    assert "may not send as alice@home.test" in api.send(status=422, to=BOB).detail


def test_a_revoked_key_is_at_its_end_at_once(server):
    """Also on a connection that has shown it before."""
    api = Api(server, new_key(server, ALICE, "--label", "short"))
    assert api.ask("GET", "/v1/messages").status == 200
    server.run("key", "revoke", "--account", ALICE, "short", check=True, program=LOOKING)
    assert api.ask("GET", "/v1/messages", status=401)
    assert server.run("key", "revoke", "--account", ALICE, "short", program=LOOKING).returncode == 1


# ---- sending ----

def test_a_message_and_its_verdicts(server, api, network):
    """One who takes it, one who does not, one here who is not: each with the server's own words, synchronously."""
    remote = network.remote(rcpt=lambda a: "550 5.1.1 no such user here" if a.startswith("gone") else "")
    answer = api.send(status=200, to=[f"Ann <ann@{remote.domain}>", f"gone@{remote.domain}"], cc=BOB, bcc="nobody@home.test",
                      subject="Grüße", html="<p>hello</p>", headers={"X-Tag": "a b"}, wait="30s")
    assert states(answer.json) == [(f"ann@{remote.domain}", "delivered", "delivered"), (f"gone@{remote.domain}", "refused", "no-such-user"),
                                   (BOB, "delivered", "delivered"), ("nobody@home.test", "refused", "no-such-user")]
    assert answer.json["recipients"][1]["text"] == "no such user here" and answer.json["recipients"][1]["remote_host"] == remote.host
    [(sender, recipients, octets)] = remote.messages
    message = email.message_from_bytes(octets, policy=email.policy.default)
    assert (sender.startswith("alice+b-"), recipients, message["Subject"], message["X-Tag"]) == (True, [f"ann@{remote.domain}"], "Grüße", "a b")
    assert message["To"].addresses[0].display_name == "Ann" and message["Cc"] == BOB and "Bcc" not in message and b"nobody@" not in octets
    assert message.get_body(("plain",)).get_content().split() == ["hello"] and "<p>hello</p>" in message.get_body(("html",)).get_content()
    assert message["DKIM-Signature"] and " with HTTP" not in message["Received"]
    assert answer.json["subject"] == "Grüße"
    told = api.ask("GET", f"/v1/messages/{answer.json['id']}", status=200)
    assert told.json == answer.json
    shown = server.status(answer.json["id"])
    assert {**shown["message"], "recipients": shown["recipients"], "reports": shown["reports"]}.items() >= {k: v for k, v in answer.json.items() if k not in ("tags", "metadata")}.items()


def test_without_wait_it_is_committed(server, api, network):
    remote = network.remote(rcpt=Remote.SILENCE)
    answer = api.send(status=202, to=f"u@{remote.domain}")
    assert answer.json["recipients"][0]["state"] in ("queued", "trying")
    assert api.ask("GET", f"/v1/messages/{answer.json['id']}?wait=10ms", status=202).json["id"] == answer.json["id"]


def test_wait_is_as_long_as_it_says(api):
    """slow@ is taken after ten seconds: who waits for six is not told of that."""
    answer = api.ask("POST", "/v1/messages", {"from": ALICE, "to": "slow@postrider.test", "text": "x", "wait": "6s"}, 202)
    assert answer.json["recipients"][0]["state"] == "trying"


def test_attachments(server, api):
    """By name, in any script, with a picture that the html shows; octet by octet."""
    files = [("bericht ä.pdf", bytes(range(256)) * 300), ("empty.txt", b""), ("notes.txt", "zeile ü\n".encode() * 9)]
    picture = b"\x89PNG\r\n" + bytes(1000)
    api.send(status=200, to=BOB, subject="files", html='<img src="cid:logo">', attachments=[
        {"name": name, "content": base64.b64encode(octets).decode()} for name, octets in files] + [
        {"name": "logo.png", "content": base64.b64encode(picture).decode(), "content_id": "logo", "type": "image/png"}])
    row = [r for r in server.mailbox(BOB) if r["subject"] == "files"][-1]
    message = email.message_from_bytes(server.text(BOB, row["uid"]), policy=email.policy.default)
    assert [(p.get_filename(), p.get_payload(decode=True)) for p in message.iter_attachments()] == files
    shown = next(p for p in message.walk() if p.get_content_type() == "image/png")
    assert shown.get_payload(decode=True) == picture and shown["Content-ID"] == "<logo>"


@pytest.mark.parametrize("eol", [b"\n", b"\r\n"])
def test_a_whole_message(api, network, eol):
    """As it stands, with our fields in front; its envelope is from and to (RFC 5321 2.3.1)."""
    remote = network.remote()
    lines = [b"From: Alice <alice@home.test>", b"To: others:;", b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=", b"X-Kept:  as\tit is ", b"", b"hello", b".", b"", b"end"]
    answer = api.ask("POST", "/v1/messages", {"from": ALICE, "to": f"u@{remote.domain}", "raw": base64.b64encode(eol.join(lines) + eol).decode(), "wait": "30s", "tags": ["t"]}, 200)
    assert states(answer.json) == [(f"u@{remote.domain}", "delivered", "delivered")] and answer.json["tags"] == ["t"]
    [(sender, recipients, octets)] = remote.messages
    assert sender.startswith("alice+b-") and recipients == [f"u@{remote.domain}"]
    assert b"\r\n".join(lines[:4]) in octets and octets.endswith(b"\r\n".join(lines[4:]) + b"\r\n") and b"\r\nMessage-ID:" in octets


def test_a_whole_message_of_somebody_else_is_refused(api):
    """Its author as much as its sender."""
    raw = base64.b64encode(b"From: bob@home.test\r\n\r\nx\r\n").decode()
    assert "From names bob@home.test" in api.ask("POST", "/v1/messages", {"from": ALICE, "to": BOB, "raw": raw}, 422).detail


@pytest.mark.parametrize("members, words", [
    ({"to": "x"}, '"to": x is no address'),
    ({"to": [BOB, 1]}, '"to" is no text'),
    ({}, "nobody to send to"),
    ({"to": BOB, "text": ""}, "nothing to send"),
    ({"to": BOB, "subject": "a\nBcc: x@y.test"}, "subject"),
    ({"to": BOB, "headers": {"X\n": "a"}}, "header"),
    ({"to": BOB, "headers": {"X-A": "a\r\nBcc: x@y.test"}}, "X-A"),
    ({"to": BOB, "headers": ["a"]}, '"headers" is no object'),
    ({"to": BOB, "headers": {"subject": "x"}}, "has a member of its own"),
    ({"to": BOB, "headers": {"Bcc": "x@y.test"}}, "has a member of its own"),
    ({"to": BOB, "headers": {"Content-Type": "text/html"}}, "written by the server"),
    ({"to": BOB, "From": ALICE}, 'no member "From"'),
    ({"to": BOB, "wait": "soon"}, '"wait"'),
    ({"to": BOB, "wait": "1h"}, '"wait"'),
    ({"to": BOB, "attachments": {}}, '"attachments" is no array'),
    ({"to": BOB, "attachments": [{"name": "a"}]}, 'needs "name" and "content"'),
    ({"to": BOB, "attachments": [{"name": "a", "content": "%%%"}]}, "not base64"),
    ({"to": BOB, "attachments": [{"name": "a", "content": "", "path": "/etc/passwd"}]}, 'no member "path"'),
    ({"to": BOB, "raw": "eA=="}, '"raw" is a whole message'),
    ({"to": BOB, "text": "", "raw": "%"}, '"raw" is no message'),
    ({"to": BOB, "text": "", "cc": BOB, "raw": "eA=="}, '"raw" is a whole message'),
    ({"to": BOB, "from": "x"}, '"from"'),
    ({"to": BOB, "from": f"{ALICE}, {BOB}"}, '"from"'),
])
def test_what_cannot_be_sent_says_why(api, members, words):
    """No field is injected (RFC 5322 2.2), no member guessed."""
    assert words in api.ask("POST", "/v1/messages", {"from": ALICE, "text": "x", **members}, 400).detail


def test_what_is_refused_says_why(api):
    assert "is not yours" in api.send(status=422, **{"from": BOB}, to=BOB).detail
    assert "No such user" in api.send(status=422, to="nobody@home.test").detail
    evil = {"name": "evil.exe", "content": base64.b64encode(b"MZ").decode()}
    assert "evil.exe is not taken" in api.send(status=422, to=BOB, attachments=[evil]).detail


def test_too_large(server):
    small = Postrider(server.directory.parent / "small", settings="smtp { size_max = 64K }").start()
    try:
        api = Api(small)
        big = base64.b64encode(bytes(80 << 10)).decode()
        assert "65536" in api.send(status=413, to=BOB, attachments=[{"name": "a", "content": big}]).detail
        assert api.raw("POST", "/v1/messages", b"{" + b" " * (3 << 20)).status == 413
        assert Api(small, api.key).send(status=200, to=BOB)
    finally:
        assert small.stop() == 0


def test_every_verdict_without_any_network(api):
    """postrider.test (RFC 6761 6.2: nobody has it); a name with a tag is the same; greylisting ends at the second attempt."""
    names = ("delivered", "bounced", "full", "slow", "complained+x", "bounced-later", "Delivered+a+b", "nobody", "greylisted")
    sent = api.send(status=200, to=[f"{name}@postrider.test" for name in names], wait="60s").json
    told = sent["recipients"]
    taken = ("delivered", "delivered", 250, 1)
    assert [(r["state"], r["class"], r["code"], r["attempt"]) for r in told] == [
        taken, ("refused", "no-such-user", 550, 1), ("refused", "mailbox-full", 552, 1), taken, taken, taken, taken, ("refused", "no-such-user", 550, 1),
        ("delivered", "delivered", 250, 2)]
    assert {r["remote_host"] for r in told} == {"postrider.test"} and told[3]["elapsed_ms"] >= 10000
    assert [r["class"] for r in api.server.changes(sent["id"]) if r["state"] == "deferred"] == ["greylisted"]


def test_a_batch(server, network):
    """Each is answered for itself, in order; with a key it is sent once, however often it is handed in."""
    server.add_account("batch@home.test")
    api = Api(server, new_key(server, "batch@home.test"))
    batch = {"messages": [{"from": "batch@home.test", "to": BOB, "text": f"{i}", "subject": f"of a batch {i}", "tags": ["batch"]} for i in range(200)]}
    batch["messages"][7]["to"] = "nobody@home.test"
    batch["messages"][9]["from"] = ALICE
    batch["messages"][11] = {"to": BOB}
    batch["messages"][13] = []
    told = api.ask("POST", "/v1/messages/batch", batch, 207, **{"Idempotency-Key": "b1"}).json["messages"]
    assert {i: (t["status"], t["problem"]["type"]) for i, t in enumerate(told) if t["problem"]} == {
        7: (422, "/problems/refused"), 9: (422, "/problems/refused"), 11: (400, "/problems/malformed"), 13: (400, "/problems/malformed")}
    ids = [t["id"] for t in told if t["status"] == 202]
    assert len(set(ids)) == 196 and None not in ids
    subjects = {r["message"]: r["subject"] for r in server.mailbox(BOB)}
    assert all(subjects[t["id"]] == f"of a batch {i}" for i, t in enumerate(told) if t["id"])
    assert api.ask("POST", "/v1/messages/batch", batch, 207, **{"Idempotency-Key": "b1"}).json["messages"] == told
    assert len([r for r in server.mailbox(BOB) if (r["subject"] or "").startswith("of a batch")]) == 196
    for wrong in ({}, {"messages": []}, {"messages": {}}, {"messages": [{}], "wait": "1s"}, {"messages": [{}] * 10001}):
        assert "messages" in api.ask("POST", "/v1/messages/batch", wrong, 400).detail


# ---- once ----

def test_the_same_request_is_sent_once(api):
    """By Idempotency-Key: the same message is answered again, another one is refused; it is each account's own."""
    def send(key, api=api, **members):
        return api.ask("POST", "/v1/messages", {"from": ALICE, "to": BOB, "text": "x", **members}, **{"Idempotency-Key": key})

    first = send("order 1").json
    assert send("order 1").json == first and send("order 2").json["id"] != first["id"]
    other = send("order 1", text="y")
    assert other.status == 422 and '"order 1" was used for another message' in other.detail
    bob = Api(api.server, new_key(api.server, BOB))
    assert send("order 1", bob, **{"from": BOB}).json["id"] != first["id"]
    refused = send("order 3", to="nobody@home.test")
    assert refused.status == 422 and send("order 3", to="nobody@home.test").status == 422 and send("order 3").status == 200
    assert send("").status == send("k" * 201).status == 400 and send("k" * 200).status == 200


def test_once_over_kill_9(server):
    """Whatever the moment at which everything is killed between request and answer: with the same key it is sent once."""
    own = Postrider(server.directory.parent / "once").start()
    key = new_key(own)
    body = json.dumps({"from": ALICE, "to": BOB, "text": "x" * 5000, "tags": ["once"]}).encode()
    for i in range(6):
        head = f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nIdempotency-Key: k{i}\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", own.https), timeout=60) as plain, tls_context().wrap_socket(plain, server_hostname="127.0.0.1") as s:
            s.sendall(head.encode() + body)
            if i % 2:  # answered, or not: committed in any case
                s.recv(1)
            own.kill()
        own.start()
        api = Api(own, key)
        answer = api.raw("POST", "/v1/messages", body, **{"Idempotency-Key": f"k{i}"})
        assert answer.status == 200, answer.octets
    found = api.ask("GET", "/v1/messages?tag=once&limit=50").json["messages"]
    assert len(found) == 6 == len(own.mailbox(BOB))
    assert own.stop() == 0


def test_tags_and_metadata(api):
    """They come back with each answer, and find the message."""
    sent = api.send(status=200, to=BOB, tags=["order", "4711 ü"], metadata={"shop": "b", "a": "\""}).json
    assert sent["tags"] == ["order", "4711 ü"] and sent["metadata"] == {"a": "\"", "shop": "b"}
    assert [m["id"] for m in api.ask("GET", "/v1/messages?tag=4711%20%C3%BC").json["messages"]] == [sent["id"]]
    assert api.ask("GET", "/v1/messages?tag=4711").json["messages"] == []
    for wrong in ({"tags": "a"}, {"tags": [""]}, {"tags": [1]}, {"tags": ["a"] * 21}, {"tags": ["a" * 101]}, {"metadata": []}, {"metadata": {"a": 1}},
                  {"metadata": {"a": "b" * 501}}, {"metadata": {f"{i}" * 200: "b" * 500 for i in range(10, 50)}}):
        assert next(iter(wrong)) in api.ask("POST", "/v1/messages", {"from": ALICE, "to": BOB, "text": "x", **wrong}, 400).detail


def test_too_many_is_no_matter_of_time(api):
    """429 would mean: come again."""
    assert "at most 1000" in api.send(status=400, to=BOB, attachments=[{"name": "a", "content": ""}] * 1001).detail
    assert "more recipients than one message may have (1000)" in api.send(status=422, to=[f"bob+{i}@home.test" for i in range(1001)]).detail


# ---- orders ----

def test_cancel_and_retry(server, network):
    """With the right to manage: what waits is tried at once, or given up without a notification; others' is not there."""
    api = Api(server, new_key(server, ALICE, "--rights", "send,read,manage"))
    remote = network.remote(rcpt="451 4.2.1 later")
    sent = api.send(status=202, to=[f"a@{remote.domain}", f"b@{remote.domain}"]).json["id"]
    until(lambda: {r["state"] for r in server.status(sent)["recipients"]} == {"deferred"}, what="both deferred")
    remote.reset()
    assert api.ask("POST", f"/v1/messages/{sent}/retry", status=200).json == {"done": 2, "under_way": 0}
    assert {r["state"] for r in api.ask("GET", f"/v1/messages/{sent}?wait=30s", status=200).json["recipients"]} == {"delivered"}
    assert api.ask("POST", f"/v1/messages/{sent}/cancel").json == {"done": 0, "under_way": 0}
    remote.reset(rcpt="451 4.2.1 later")
    sent = api.send(status=202, to=f"a@{remote.domain}").json["id"]
    until(lambda: server.status(sent)["recipients"][0]["state"] == "deferred", what="deferred")
    other = Api(server, new_key(server, BOB, "--rights", "manage"))
    assert other.ask("POST", f"/v1/messages/{sent}/cancel", status=404)
    assert "manage" in Api(server).ask("POST", f"/v1/messages/{sent}/cancel", status=403).detail
    assert api.ask("POST", f"/v1/messages/{sent}/cancel", status=200).json["done"] == 1
    [record] = api.ask("GET", f"/v1/messages/{sent}", status=200).json["recipients"]
    assert (record["state"], record["who"], record["why"]) == ("cancelled", ALICE, "asked for over HTTP")
    assert api.ask("POST", "/v1/messages/x/cancel", status=404)


# ---- reading ----

def test_others_messages_are_not_there(server, api):
    mine = api.send(status=200, to=BOB).json["id"]
    other = Api(server, new_key(server, BOB))
    assert "no message of this account" in other.ask("GET", f"/v1/messages/{mine}", status=404).detail
    assert mine not in [m["id"] for m in other.ask("GET", "/v1/messages").json["messages"]]
    with server.session() as s:
        s.hello()
        foreign = re.search(r"committed as (\w+)", str(s.message("x@away.test", [ALICE], b"Subject: s\r\n\r\nx\r\n")))[1]
    assert api.ask("GET", f"/v1/messages/{foreign}", status=404)
    for unknown in ("0000000000000", "x", "ZZZZZZZZZZZZZ", "..", "%2e%2e"):
        assert api.raw("GET", f"/v1/messages/{unknown}").status in (400, 404)


def test_the_list(server, network):
    server.add_account("lister@home.test")
    api = Api(server, new_key(server, "lister@home.test"))
    remote = network.remote(rcpt=lambda a: "550 5.1.1 no" if a.startswith("gone") else "")
    sent = [api.send(status=200, **{"from": "lister@home.test"}, to=to, wait="30s").json["id"]
            for to in (BOB, f"gone@{remote.domain}", f"Ann@{remote.domain}", BOB, BOB)]

    def ids(query=""):
        return [m["id"] for m in api.ask("GET", "/v1/messages" + query, status=200).json["messages"]]

    assert ids() == sent[::-1]
    assert ids("?state=refused") == [sent[1]] and ids("?state=refused,delivered") == sent[::-1] and ids("?state=held") == []
    assert ids(f"?recipient=ann@{remote.domain}") == [sent[2]]
    page = api.ask("GET", "/v1/messages?limit=2").json
    assert [m["id"] for m in page["messages"]] == sent[:-3:-1]
    assert ids(f"?limit=2&before={page['before']}") == [sent[2], sent[1]]
    assert ids("?since=2100-01-01T00:00:00Z") == [] and ids("?since=2020-01-01T00:00:00%2B01:00") == sent[::-1]
    for wrong, words in (("limit=0", "limit"), ("limit=1000", "limit"), ("state=x", "state"), ("since=today", "since"), ("before=x", "before")):
        assert words in api.ask("GET", "/v1/messages?" + wrong, status=400).detail


# ---- events ----

def test_events(server, api, network):
    """Each change as it comes, with its number; who comes again misses nothing (Last-Event-ID), and hears of his own alone."""
    remote = network.remote(rcpt=["451 4.2.1 later"])
    stream = Events(api)
    other = Api(server, new_key(server, BOB))
    other.send(**{"from": BOB}, to=ALICE, status=200)
    sent = api.send(to=f"u@{remote.domain}", status=202).json["id"]
    told = []
    for number, name, record in stream:
        assert (record["message"], record["state"], record["seq"]) == (sent, name, number)
        told.append((number, name))
        if name == "delivered":
            break
    stream.close()
    assert [name for _, name in told] == ["queued", "trying", "deferred", "trying", "delivered"]
    again = Events(api, **{"Last-Event-ID": str(told[1][0])})
    assert [(number, name) for number, name, _ in itertools.islice(again, 3)] == told[2:]
    again.close()
    only = Events(api, f"?after={told[0][0] - 1}&message={sent}&state=deferred,delivered")
    assert [name for _, name, _ in itertools.islice(only, 2)] == ["deferred", "delivered"]
    only.close()
    assert api.ask("GET", "/v1/events?after=x", status=400)


def test_events_end_with_the_server_and_the_key(server):
    own = Postrider(server.directory.parent / "ends").start()
    api = Api(own, new_key(own, ALICE, "--label", "k"))
    revoked, stream = Events(api), Events(Api(own))
    own.run("key", "revoke", "--account", ALICE, "k", check=True, program=LOOKING)
    assert list(revoked) == []
    assert own.stop() == 0
    assert list(stream) == []


# ---- HTTP ----

def test_paths_and_methods(api):
    for method, target, status in (("GET", "/", 404), ("GET", "/v1", 404), ("DELETE", "/v1/messages", 405), ("PUT", "/v1/openapi.json", 405),
                                   ("GET", "/v1/messages/a/b/c/d/e/f/g", 404), ("BREW", "/v1/messages", 501), ("GET", "/v1/messages/", 404),
                                   ("GET", "/v1//messages", 404)):
        answer = api.raw(method, target)
        assert answer.status in (status, 400), (method, target, answer.status)
        assert answer.json["status"] == answer.status and answer.type == "application/problem+json"
        if answer.headers.get("connection") == "close":
            api.connection.close()
    assert api.raw("DELETE", "/v1/messages").headers["allow"] == "GET, HEAD, POST"  # RFC 9110 15.5.6
    head = api.raw("HEAD", "/v1/openapi.json")
    assert head.status == 200 and int(head.headers["content-length"]) > 1000 and not head.octets


def test_what_is_long_is_told_in_part(api):
    """RFC 9457 3.1.4: there is a detail, whatever the request held; and no half of a character."""
    for long in ("a" * 3000, "%c3%bc" * 1100, "a" + "%c3%bc" * 1100):
        detail = api.ask("GET", "/v1/messages/" + long, status=404).detail
        assert 500 < len(detail) < len(long) and "\ufffd" not in detail


GET = b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize("octets", [
    b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 4\r\n\r\nabcd",
    b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: +4\r\n\r\nabcd",
    b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    b"GET /v1/openapi.json HTTP/1.1\nHost: x\n\n",
    b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
    b"GET /v1/openapi.json HTTP/1.1\r\n\r\n",
    b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    b"GET /v1/openapi.json HTTP/2.0\r\nHost: x\r\n\r\n",
    GET + b"".join(b"X-%d: y\r\n" % i for i in range(200)) + b"\r\n",
    GET + b"X: " + b"a" * 20000 + b"\r\n\r\n",
    b"\x16\x03\x01\x00\x05hello\r\n\r\n",
])
def test_requests_that_disagree_with_themselves(server, octets):
    """RFC 9112 11.2: one answer, and the connection ends; what stands behind is no request."""
    got = talk(server, octets)
    assert re.match(rb"HTTP/1\.1 (4\d\d|505|501) ", got), got
    assert got.count(b"\r\nDate: ") == 1 and b"Connection: close" in got


def test_requests_behind_one_another(server):
    got = talk(server, 3 * (GET + b"\r\n") + GET + b"Connection: close\r\n\r\n")
    assert got.count(b"HTTP/1.1 200 ") == 4


def test_chunks_and_expect(server, api):
    """RFC 9112 7.1; RFC 9110 10.1.1."""
    body = json.dumps({"from": ALICE, "to": BOB, "text": "in pieces"}).encode()
    pieces = b"".join(b"%x;a=b\r\n%b\r\n" % (len(p), p) for p in (body[:5], body[5:])) + b"0\r\nX: y\r\n\r\n"
    head = f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.key}\r\nConnection: close\r\n".encode()
    assert b"HTTP/1.1 200 " in talk(server, head + b"Transfer-Encoding: chunked\r\n\r\n" + pieces)
    got = talk(server, head + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert got.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")
    assert b"HTTP/1.1 400 " in talk(server, head + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc\r\n0\r\n\r\n")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b'{"a":1,"a":2}', b"[" * 100000, b'{"from":' + b"[" * 40 + b"]" * 40 + b"}", b'{"from":"\xff"}', b'{"from":"a\\u0000"}'])
def test_no_json(api, body):
    answer = api.raw("POST", "/v1/messages", body)
    assert answer.status == 400 and answer.type == "application/problem+json", answer.octets


def test_clear_text_is_for_this_machine(server):
    """308 with the same path; on loopback it serves a web server in front, but takes keys only where clear text is permitted."""
    plain = Api(server, port=server.http)
    assert plain.raw("GET", "/v1/openapi.json").status == 200
    assert plain.ask("GET", "/v1/messages", status=403).detail.startswith("keys are not taken in clear text")


def test_no_port_is_taken_unasked(server, tmp_path):
    server.run("init", str(tmp_path / "v"), "--domain", "home.test", "--account", ALICE, "--password-file", str(server.password_file),
               config=False, check=True, program=LOOKING)
    assert "http" not in (tmp_path / "v" / "postrider.conf").read_text()
