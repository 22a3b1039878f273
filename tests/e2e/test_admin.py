"""The operator's routes over HTTP: /admin/v1, what the command line can, on a listener of the control role."""
import base64
import http.client
import json
import os
import re
import socket
import urllib.parse

import jsonschema
import pytest

from harness import ALICE, BOB, LOOKING, Postrider, free_port, tls_context, until
from http_api import Answer, Api, new_key
from remote import Remote
from test_quarantine import deliver

SETTINGS = 'listen {\n admin_socket = "admin"\n}\ndefence {\n steps = { "attachments=quarantine" }\n}\n'


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=120)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Admin:
    """The operator's program; every answer is held against the document that the server serves."""
    document = None

    def __init__(self, server, port=None, key=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120) if port else Unix(str(server.directory / "admin"))
        self.key = key
        Admin.document = Admin.document or self.raw("GET", "/openapi.json").json

    def raw(self, method, target, body=None, **headers):
        if self.key:
            headers.setdefault("Authorization", "Bearer " + self.key)
        self.connection.request(method, "/admin/v1" + target, body, {name.replace("_", "-"): value for name, value in headers.items()})
        got = self.connection.getresponse()
        return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())

    def ask(self, method, target, status=200, body=None, **headers):
        answer = self.raw(method, target, None if body is None else json.dumps(body), **headers)
        assert answer.status == status, (method, target, answer.status, answer.octets)
        assert "access-control-allow-origin" not in answer.headers
        self.check(method, "/admin/v1" + target.split("?")[0], answer)
        return answer.json

    def check(self, method, path, answer):
        found = [operations[method.lower()] for pattern, operations in self.document["paths"].items()
                 if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path) and method.lower() in operations]
        if not found:
            assert answer.status in (404, 405) and set(answer.json) == {"type", "title", "status", "detail"}
            return
        response = found[0]["responses"][str(answer.status)]
        if "$ref" in response:
            response = self.document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
        schema = response["content"][answer.type.split(";")[0]]["schema"]
        jsonschema.Draft202012Validator({**schema, "components": self.document["components"]},
                                        format_checker=jsonschema.FormatChecker()).validate(answer.json)

    def pages(self, target, name, limit):
        """Each page of a list."""
        after = ""
        while after is not None:
            page = self.ask("GET", f"{target}{'&' if '?' in target else '?'}limit={limit}&after={urllib.parse.quote(after)}")
            assert len(page[name]) <= limit
            yield page[name]
            after = page["next"]


@pytest.fixture(scope="module")
def admin(server):
    return Admin(server)


def quote(text):
    return urllib.parse.quote(text, safe="")


def key(server, *arguments, **kw):
    return server.run("key", *arguments, "--operator", program=LOOKING, **kw)


# ---- keys ----

def test_a_key_of_the_operators(server):
    """Printed once, kept as a digest, listed, revoked; it is nobody's account."""
    done = key(server, "new", "--label", "panel", check=True)
    assert re.fullmatch(r"po\.\w{20}\n", done.stdout)
    assert done.stdout.strip()[3:].encode() not in (server.directory / "data" / "directory.db").read_bytes()
    rows = [json.loads(line) for line in key(server, "list", "--json", check=True).stdout.splitlines()]
    assert [row["operator_key"] for row in rows] == ["panel"] and rows[0]["made"]
    again = key(server, "new", "--label", "panel")
    assert again.returncode == 1 and "already" in again.stderr
    assert "po." not in server.run("account", "show", "--json", ALICE, check=True).stdout
    assert "opens nothing any more" in key(server, "revoke", "panel", check=True).stdout
    assert "no key \"panel\"" in key(server, "revoke", "panel").stderr
    assert not key(server, "list", check=True).stdout


@pytest.mark.parametrize("arguments, words", [(["new"], "--account ADDRESS, or --operator"),
                                              (["new", "--operator", "--account", ALICE], "--account ADDRESS, or --operator"),
                                              (["new", "--operator", "--rights", "send"], "of an account's keys")])
def test_whose_a_key_is_must_be_said(server, arguments, words):
    done = server.run("key", *arguments)
    assert done.returncode == 64 and words in done.stderr


# ---- who may ----

@pytest.fixture(scope="module")
def by_tcp(tmp_path_factory):
    """A server whose operator's routes are at a port of this machine."""
    port = free_port()
    own = Postrider(tmp_path_factory.mktemp("tcp") / "server", settings=f'listen {{ admin = {{ "127.0.0.1:{port}" }} }}').start()
    own.admin = port
    yield own
    assert own.stop() == 0


def operator(server, label):
    return Admin(server, server.admin, key(server, "new", "--label", label, check=True).stdout.strip())


def test_by_tcp_a_key_is_needed(by_tcp):
    """Also from loopback; RFC 6750 3: 401 says how.  An account's key is none, and the other way round."""
    own = operator(by_tcp, "panel")
    assert own.ask("GET", "/queue") == {"queue": [], "next": None}
    for wrong in (None, own.key + "x", own.key[:-1], new_key(by_tcp), "po.", "x"):
        got = Admin(by_tcp, by_tcp.admin, wrong).raw("GET", "/queue")
        assert got.status == 401 and got.headers["www-authenticate"].startswith("Bearer"), wrong
    assert "auth_failed" in by_tcp.log_text() and own.key not in by_tcp.log_text()
    assert Admin(by_tcp, by_tcp.admin).raw("GET", "/openapi.json").status == 401


def test_an_operators_key_opens_nothing_else(server, admin):
    """It is no account's key at /v1."""
    made = admin.ask("POST", "/keys", 201, {"label": "other door"})["key"]
    connection = http.client.HTTPSConnection("127.0.0.1", server.https, context=tls_context(), timeout=60)
    connection.request("GET", "/v1/messages", headers={"Authorization": "Bearer " + made})
    assert connection.getresponse().status == 401
    connection.close()


def test_a_revoked_key_is_at_its_end_at_once(by_tcp):
    """On a connection that has shown it before, too; three wrong ones end a connection."""
    own = operator(by_tcp, "short")
    own.ask("GET", "/bans")
    assert own.ask("DELETE", "/keys/short")["operator_key"] == "short"
    own.ask("GET", "/bans", 401)
    own.ask("GET", "/bans", 401)
    assert own.raw("GET", "/bans").headers["connection"] == "close"


@pytest.mark.parametrize("headers, words", [({"Host": "evil.test:8025"}, "Host is"), ({"Host": "127.0.0.1.evil.test"}, "Host is"),
                                            ({"Origin": "https://evil.test"}, "another origin"), ({"Origin": "null"}, "another origin"),
                                            ({"Sec_Fetch_Site": "cross-site"}, "another origin"), ({"Sec_Fetch_Site": "same-site"}, "another origin")])
def test_pages_of_others_may_not(by_tcp, headers, words):
    """A browser on the operator's machine asks for what a page tells it: DNS rebinding, requests across origins."""
    own = operator(by_tcp, f"browser {words} {headers}")
    assert words in own.ask("GET", "/queue", 403, **headers)["detail"]
    assert words in own.ask("POST", "/queue/cancel", 403, {"filter": {}}, **headers)["detail"]
    assert own.raw("OPTIONS", "/queue", Origin="https://evil.test").status in (403, 405)


@pytest.mark.parametrize("headers", [{"Host": "localhost"}, {"Host": "[::1]:8025"}, {"Host": "mail.home.test", "Origin": "http://mail.home.test"}, {"Sec_Fetch_Site": "same-origin"}])
def test_own_pages_may(by_tcp, headers):
    operator(by_tcp, "own " + headers.get("Host", "page")).ask("GET", "/queue", 200, **headers)


def test_the_socket_is_its_owners(server, admin):
    """Who may open it may all: it is nobody else's unless its mode says so."""
    assert os.stat(server.directory / "admin").st_mode & 0o777 == 0o600
    assert admin.ask("GET", "/queue")["next"] is None
    assert "another origin" in admin.ask("GET", "/queue", 403, Origin="https://evil.test")["detail"]


# ---- requests ----

@pytest.mark.parametrize("method, target, body, words", [
    ("GET", "/queue?form=x", None, '"form" is not known in the query'),
    ("GET", "/queue?state=gone", None, "gone is no state"),
    ("GET", "/queue?limit=0", None, "limit: 1 to 500"),
    ("GET", "/queue?after=x", None, 'no "next" of a list'),
    ("GET", "/queue?older=x", None, "no time such as"),
    ("GET", "/quarantine?after=1.x", None, 'no "next" of a list'),
    ("GET", "/messages/x?after=y", None, "no number of a recipient"),
    ("POST", "/queue/hold", {}, '"filter" is missing'),
    ("POST", "/queue/hold", {"filter": {"form": "x"}}, '"form" is not known in filter'),
    ("POST", "/queue/hold", {"filter": {}, "quiet": True}, '"quiet" is not known'),
    ("POST", "/queue/hold", {"filter": []}, '"filter" is no object'),
    ("POST", "/queue/hold", {"filter": {"to": 1}}, '"to" is no text'),
    ("POST", "/queue/hold", {"filter": {"to": "a\0b"}}, "no JSON"),
    ("GET", "/queue?to=a%00b", None, "no percent-encoded text"),
    ("POST", "/queue/hold", {"filter": {}, "dry_run": "yes"}, "no true or false"),
    ("POST", "/queue/reroute", {"filter": {}}, '"route" is missing'),
    ("POST", "/domains", {"domain": "a b"}, "a b"),
    ("POST", "/domains", {}, '"domain" is missing'),
    ("POST", "/domains?domain=x.test", {"domain": "x.test"}, "not known in the query"),
    ("PATCH", "/domains/home.test", {"enabled": "no"}, "no true or false"),
    ("PATCH", "/accounts/alice@home.test", {"quota_octets": -1}, "no number from 0 on"),
    ("PATCH", "/accounts/alice@home.test", {"hash": "x", "password": "y"}, "not both"),
    ("PATCH", "/accounts/alice@home.test", {"password": ""}, "1 to 511 octets"),
    ("POST", "/aliases", {"alias": "x@home.test", "to": "y@home.test"}, "no array of texts"),
    ("PUT", "/bans/192.0.2.1", {}, '"for" is missing'),
    ("PUT", "/bans/x", {"for": "1h"}, "no IPv4 or IPv6 address"),
    ("POST", "/defence/test", {"ip": "192.0.2.1", "from": "", "to": "alice@home.test"}, '"message", or "message_base64"'),
    ("POST", "/defence/test", {"ip": "192.0.2.1", "from": "", "to": "alice@home.test", "message_base64": "*"}, "no base64"),
])
def test_what_is_wrong_is_said(admin, method, target, body, words):
    assert words in admin.ask(method, target, 400, body)["detail"]


def test_what_is_no_json(admin):
    for body in (b"", b"{", b"[]", b"[" * 5000, b'{"filter":{},"filter":{}}'):
        assert admin.raw("POST", "/queue/hold", body).status == 400
    assert admin.raw("POST", "/queue/hold", b" " * (65 << 10)).status == 413


@pytest.mark.parametrize("method, target, words", [("GET", "/nothing", "/admin/v1/openapi.json"), ("GET", "/../v1/messages", "not-found"),
                                                   ("GET", "/domains/nowhere.test", "no domain nowhere.test"), ("GET", "/messages/0000000000000", "no message here"),
                                                   ("DELETE", "/keys/none", "no key"), ("DELETE", "/bans/192.0.2.77", "not shut out"),
                                                   ("DELETE", "/quarantine/0000000000001", "nothing in quarantine")])
def test_what_is_not_there(admin, method, target, words):
    got = admin.raw(method, target)
    assert got.status in (400, 404) and (words in got.detail or words in got.json["type"]), got.json


# ---- the queue ----

def test_orders_to_the_queue(server, admin, network):
    """By filter, dry at first; the same engine as the command line's, and who gave them is kept."""
    remote = network.remote(rcpt=lambda a: "451 4.7.1 later")
    sent = [server.send("--from", ALICE, "--to", f"u{i}@{remote.domain}", "--body", "x", wait="0s") for i in range(3)]
    until(lambda: len(admin.ask("GET", f"/queue?domain={remote.domain}&state=deferred")["queue"]) == 3, what="three deferrals")
    all_of = {"filter": {"domain": remote.domain}}
    assert admin.ask("POST", "/queue/hold", body={**all_of, "dry_run": True}) == {"done": 3, "under_way": 0}
    assert not admin.ask("GET", f"/queue?domain={remote.domain}&state=held")["queue"]
    assert admin.ask("POST", "/queue/hold", body={**all_of, "why": "looking"})["done"] == 3
    rows = [row for page in admin.pages(f"/queue?domain={remote.domain}", "queue", 2) for row in page]
    assert [(row["address"], row["state"], row["why"], row["who"]) for row in sorted(rows, key=lambda row: row["address"])] == [
        (f"u{i}@{remote.domain}", "held", "looking", f"uid {os.getuid()}") for i in range(3)]
    assert admin.ask("POST", "/queue/reroute", body={"filter": {"to": f"u0@{remote.domain}"}, "route": "direct"})["done"] == 1
    assert admin.ask("POST", "/queue/cancel", body={"filter": {"to": f"u1@{remote.domain}"}, "quiet": True})["done"] == 1
    assert admin.ask("GET", f"/messages/{rows[0]['message']}")["recipients"]
    remote.reset()
    assert admin.ask("POST", "/queue/release", body=all_of)["done"] == 2
    until(lambda: not admin.ask("GET", f"/queue?domain={remote.domain}")["queue"], what="an empty queue")
    assert len(sent) == 3 and sorted(recipients for _, recipients, _ in remote.messages) == [[f"u0@{remote.domain}"], [f"u2@{remote.domain}"]]


def test_a_message_with_many_recipients_has_pages(server, admin, network):
    remote = network.remote(rcpt=Remote.SILENCE)
    to = [f"u{i}@{remote.domain}" for i in range(7)]
    server.send("--from", ALICE, *(word for address in to for word in ("--to", address)), "--body", "x", wait="0s")
    message = admin.ask("GET", f"/queue?to={to[0]}")["queue"][0]["message"]
    pages = list(admin.pages(f"/messages/{message}", "recipients", 3))
    assert [[record["address"] for record in page] for page in pages] == [to[:3], to[3:6], to[6:]]
    assert admin.ask("GET", f"/messages/{message}")["message"]["return_path"] == ALICE
    assert admin.ask("POST", "/queue/cancel", body={"filter": {"message": message}, "quiet": True})


# ---- who is who ----

def test_domains(admin):
    assert admin.ask("POST", "/domains", 201, {"domain": "New.Test", "limit": "5/h"})["limit"] == "5/h"
    assert "there already" in admin.ask("POST", "/domains", 409, {"domain": "new.test"})["detail"]
    assert admin.ask("PATCH", "/domains/new.test", body={"enabled": False, "limit": None, "catch_all": ALICE}) == {
        "domain": "new.test", "enabled": False, "alias_of": None, "catch_all": ALICE, "defence": None, "limit": None}
    assert [row["domain"] for row in admin.ask("GET", "/domains")["domains"]] == ["home.test", "new.test"]
    assert admin.ask("GET", "/domains/new.test/dkim")["dkim"] == "new.test"
    assert "has addresses" in admin.ask("DELETE", "/domains/home.test", 409)["detail"]
    assert admin.ask("DELETE", "/domains/new.test")["domain"] == "new.test"
    admin.ask("GET", "/domains/new.test", 404)


def test_accounts(server, admin):
    """Made with a password that is told once, or with one of theirs, and it logs in at once."""
    made = admin.ask("POST", "/accounts", 201, {"account": "carl@home.test", "quota_octets": 1 << 20, "index": True, "add_addresses": ["c@home.test"]})
    assert (made["quota_octets"], made["index"], made["addresses"]) == (1 << 20, True, ["c@home.test", "carl@home.test"])
    for password in (made["password"], "another one"):
        with server.session(server.submissions) as s:
            s.start_tls()
            s.hello()
            s.ask("AUTH PLAIN " + base64.b64encode(f"\0carl@home.test\0{password}".encode()).decode(), 235)
        assert "password" not in admin.ask("PATCH", "/accounts/carl@home.test", body={"password": "another one", "held": "looks odd"})
    assert admin.ask("GET", "/accounts/carl@home.test")["held"] == "looks odd"
    assert admin.ask("PATCH", "/accounts/carl@home.test", body={"held": None, "quota_octets": None, "remove_addresses": ["c@home.test"]})["addresses"] == ["carl@home.test"]
    assert "carl@home.test" in [row["account"] for row in admin.ask("GET", "/accounts")["accounts"]]
    assert admin.ask("DELETE", "/accounts/carl@home.test")["account"] == "carl@home.test"
    [removed] = admin.ask("GET", "/removed-accounts")["removed_accounts"]
    assert removed["address"] == "carl@home.test" and not removed["deleting"]
    assert admin.ask("POST", f"/removed-accounts/{quote(removed['account'])}/restore")["account"] == "carl@home.test"
    admin.ask("DELETE", "/accounts/carl@home.test?delete_mail=true")


def test_passwords_and_keys_of_an_account(server, admin):
    made = admin.ask("POST", f"/accounts/{BOB}/app-passwords", 201, {"label": "phone", "for": ["smtp"]})
    assert set(made) == {"label", "password"} and made["label"] == "phone"
    with server.session(server.submissions) as s:
        s.start_tls()
        s.hello()
        s.ask("AUTH PLAIN " + base64.b64encode(f"\0{BOB}\0{made['password']}".encode()).decode(), 235)
    key = admin.ask("POST", f"/accounts/{BOB}/keys", 201, {"label": "shop", "rights": ["send", "read"], "senders": [BOB]})["key"]
    assert Api(server, key).ask("GET", "/v1/messages", status=200)
    rows = {row["label"]: row for row in admin.ask("GET", f"/accounts/{BOB}")["app_passwords"]}
    assert rows["phone"]["for"] == ["smtp"] and (rows["shop"]["rights"], rows["shop"]["senders"]) == (["send", "read"], [BOB])
    assert "already" in admin.ask("POST", f"/accounts/{BOB}/keys", 409, {"label": "shop"})["detail"]
    assert "none of send" in admin.ask("POST", f"/accounts/{BOB}/keys", 400, {"label": "all", "rights": ["all"]})["detail"]
    admin.ask("DELETE", f"/accounts/{BOB}/keys/shop")
    assert not admin.ask("DELETE", f"/accounts/{BOB}/app-passwords/phone")["app_passwords"]
    assert Api(server, key).ask("GET", "/v1/messages", status=401)
    assert made["password"] not in server.log_text() and key not in server.log_text()


def test_aliases(server, admin):
    assert admin.ask("POST", "/aliases", 201, {"alias": "team@home.test", "to": [ALICE, "x@away.test"]}) == {"alias": "team@home.test", "to": [ALICE, "x@away.test"]}
    assert admin.ask("PATCH", "/aliases/team@home.test", body={"add_to": [BOB], "remove_to": ["x@away.test"]})["to"] == [ALICE, BOB]
    assert admin.ask("GET", "/aliases")["aliases"] == [admin.ask("GET", "/aliases/team@home.test")]
    assert admin.ask("DELETE", "/aliases/team@home.test")["alias"] == "team@home.test"


def test_lists_of_who_is_who_have_pages(server, admin):
    for i in range(250):
        admin.ask("POST", "/aliases", 201, {"alias": f"a{i:03}@home.test", "to": [ALICE]})
    first = admin.ask("GET", "/aliases")
    second = admin.ask("GET", f"/aliases?after={first['next']}")
    assert [row["alias"] for row in first["aliases"] + second["aliases"]] == [f"a{i:03}@home.test" for i in range(250)]
    assert len(first["aliases"]) == 200


# ---- the defence ----

def test_quarantine(server, admin):
    ids = [deliver(server, f"bad {i}", [ALICE, BOB]) for i in range(3)]
    listed = [row for page in admin.pages("/quarantine", "quarantine", 2) for row in page]
    assert sorted(row["id"] for row in listed) == sorted(f"{i}.{n}" for i in ids for n in (0, 1))
    assert {row["account"] for row in admin.ask("GET", f"/quarantine?account={BOB}")["quarantine"]} == {BOB}
    [shown] = admin.ask("GET", f"/quarantine/{ids[0]}.1")["quarantine"]
    assert shown["account"] == BOB and shown["step"] == "attachments" and shown["defence"]
    assert admin.ask("GET", f"/messages/{ids[0]}")["quarantine"]
    assert [row["done"] for row in admin.ask("POST", f"/quarantine/{ids[0]}.1/release")["quarantine"]] == ["released"]
    assert server.find(BOB, subject="bad 0")
    assert [row["done"] for row in admin.ask("DELETE", f"/quarantine/{ids[1]}")["quarantine"]] == ["deleted", "deleted"]
    assert len(admin.ask("GET", "/quarantine")["quarantine"]) == 3


def test_bans(admin):
    assert admin.ask("PUT", "/bans/192.0.2.9", body={"for": "1h", "why": "a test"}) == {}
    [row] = admin.ask("GET", "/bans")["bans"]
    assert (row["address"], row["reason"]) == ("192.0.2.9", "a test")
    assert admin.ask("DELETE", "/bans/192.0.2.9") == {} and not admin.ask("GET", "/bans")["bans"]


def test_a_message_is_tried(admin):
    text = f"From: <x@away.test>\nTo: <{ALICE}>\nSubject: tried\n\nhello\n"
    for message in ({"message": text}, {"message_base64": base64.b64encode(text.encode()).decode()}):
        told = admin.ask("POST", "/defence/test", body={"ip": "192.0.2.1", "helo": "mx.away.test", "from": "x@away.test", "to": ALICE, **message})
        assert [(row["address"], row["goes"]) for row in told["recipients"]] == [(ALICE, "INBOX")], told
        assert told["reply"] is None
