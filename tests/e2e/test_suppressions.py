"""Whom an account does not send to any more: over every door, with the reason and how to lift it."""
import json
import urllib.parse

import pytest

from harness import ALICE, BOB, LOOKING, PASSWORD, b64
from http_api import Api, new_key


@pytest.fixture(scope="module")
def api(server):
    return Api(server, new_key(server, ALICE, "--rights", "send,read,manage"))


def suppression(server, verb, *arguments, **options):
    return server.run("suppression", verb, "--json", "--account", ALICE, *arguments, **{"check": True, **options})


def rows(server, *arguments):
    return [json.loads(line) for line in suppression(server, "list", *arguments, program=LOOKING).stdout.splitlines()
            if "address" in json.loads(line)]


def lift(api, address, query="", status=200):
    return api.ask("DELETE", f"/v1/suppressions/{urllib.parse.quote(address)}{query}", status=status)


def test_a_recipient_is_refused_over_http_among_the_others(server, api, network):
    remote = network.remote()
    gone, there = f"Gone@{remote.domain}", f"there@{remote.domain}"
    put = api.ask("POST", "/v1/suppressions", {"address": gone, "words": "asked by telephone"}, 200).json
    assert (put["address"], put["why"], put["list"], put["until"], put["message"]) == (gone.lower(), "manual", None, None, None)
    sent = api.send(200, to=[f"gone@{remote.domain.upper()}", there], wait="30s").json
    refused, taken = sent["recipients"]
    assert (refused["state"], refused["code"], refused["enhanced"], refused["class"]) == ("refused", 550, "5.7.1", "suppressed")
    for words in (gone.lower(), "since " + put["since"][:10], "manual: asked by telephone", "suppression remove", "DELETE /v1/suppressions"):
        assert words in refused["text"]
    assert taken["state"] == "delivered" and [to for _, to, _ in remote.messages] == [[there]]
    assert "is suppressed" in api.send(422, to=gone).detail
    assert lift(api, gone).json == put
    assert api.send(200, to=gone, wait="30s").json["recipients"][0]["state"] == "delivered"
    assert "not suppressed" in lift(api, gone, status=404).detail


def test_it_is_told_at_rcpt(server, network):
    remote = network.remote()
    suppression(server, "add", "--words", "no more", f"u@{remote.domain}")
    with server.session(server.submissions) as s:
        s.start_tls()
        s.hello()
        s.ask("AUTH PLAIN " + b64(f"\0{ALICE}\0{PASSWORD}"), 235)
        s.ask(f"MAIL FROM:<{ALICE}>", 250)
        assert "is suppressed since" in s.ask(f"RCPT TO:<U@{remote.domain}>", 550) and s.ask(f"RCPT TO:<v@{remote.domain}>", 250)
        s.ask("RSET", 250)
        suppression(server, "remove", f"u@{remote.domain}")
        s.ask(f"MAIL FROM:<{ALICE}>", 250)
        s.ask(f"RCPT TO:<u@{remote.domain}>", 250)


def test_it_holds_for_the_command_line(server, network):
    """For who sends as that account, and for nobody else."""
    remote = network.remote()
    suppression(server, "add", f"u@{remote.domain}")
    arguments = ("--to", f"u@{remote.domain}", "--body", "hello")
    assert "is suppressed" in server.run("send", "--from", ALICE, *arguments).stderr
    assert server.run("send", "--from", BOB, *arguments).returncode == 0
    assert len(remote.messages) == 1


def test_it_holds_for_an_address_of_ours(server, api):
    suppression(server, "add", BOB)
    before = len(server.mailbox(BOB))
    assert "is suppressed" in api.send(422, to=BOB).detail
    assert len(server.mailbox(BOB)) == before
    suppression(server, "remove", BOB)


def test_pages(server, api):
    names = sorted(f"page{i}@x.test" for i in range(7))
    for name in names:
        api.ask("POST", "/v1/suppressions", {"address": name}, 200)
    api.ask("POST", "/v1/suppressions", {"address": names[3], "list": "news letter"}, 200)
    found, query = [], ""
    while query is not None:
        page = api.ask("GET", f"/v1/suppressions?limit=2{query}", status=200).json
        assert len(page["suppressions"]) <= 2
        found += [(r["address"], r["list"]) for r in page["suppressions"] if r["address"].startswith("page")]
        query = page["after"] and "&after=" + urllib.parse.quote(page["after"])
    assert found == sorted([(name, None) for name in names] + [(names[3], "news letter")], key=lambda f: (f[0], f[1] or ""))
    assert [r["list"] for r in api.ask("GET", f"/v1/suppressions?address={names[3]}", status=200).json["suppressions"]] == [None, "news letter"]
    assert [r["address"] for r in rows(server, names[1])] == [names[1]]
    lift(api, names[3], "?list=news%20letter")
    assert len(rows(server, names[3])) == 1


def test_what_is_of_a_list_holds_for_that_alone(server, api, network):
    remote = network.remote()
    api.ask("POST", "/v1/suppressions", {"address": f"u@{remote.domain}", "list": "news"}, 200)
    assert api.send(200, to=f"u@{remote.domain}", wait="30s").json["recipients"][0]["state"] == "delivered"


def test_one_that_ends(server, api):
    assert "over already" in api.ask("POST", "/v1/suppressions", {"address": "x@y.test", "until": "2020-01-01T00:00:00Z"}, 400).detail
    put = api.ask("POST", "/v1/suppressions", {"address": "x@y.test", "until": "2099-01-01T00:00:00Z"}, 200).json
    assert put["until"].startswith("2099-01-01T00:00:00")
    assert "until 2099-01-01" not in suppression(server, "list", "x@y.test", program=LOOKING).stdout  # --json
    shown = rows(server, "x@y.test")
    assert shown == [put]


@pytest.mark.parametrize("body, words", [({}, "of whom"), ({"address": "x"}, "no address"), ({"address": 1}, "no text"),
                                         ({"address": "x@y.test", "why": "complaint"}, '"why" is not known'),
                                         ({"address": "x@y.test", "until": "soon"}, "no time"),
                                         ({"address": "x@y.test", "words": "x" * 501}, "over 500"),
                                         ({"address": "x@y.test", "list": "x" * 101}, "over 100")])
def test_what_is_wrong_is_told(api, body, words):
    assert words in api.ask("POST", "/v1/suppressions", body, 400).detail


def test_rights_and_other_accounts(server, api):
    """read to look, manage to change; and each account has its own."""
    reads = Api(server, new_key(server, ALICE, "--rights", "read"))
    assert '"manage"' in reads.ask("POST", "/v1/suppressions", {"address": "x@y.test"}, 403).detail
    assert '"manage"' in lift(reads, "x@y.test", status=403).detail
    assert '"read"' in Api(server, new_key(server, ALICE, "--rights", "send")).ask("GET", "/v1/suppressions", status=403).detail
    api.ask("POST", "/v1/suppressions", {"address": "mine@y.test"}, 200)
    bob = Api(server, new_key(server, BOB, "--rights", "send,read,manage"))
    assert bob.ask("GET", "/v1/suppressions", status=200).json == {"suppressions": [], "after": None}
    lift(bob, "mine@y.test", status=404)
    assert bob.send(202, **{"from": BOB}, to="mine@y.test").json["recipients"][0]["class"] != "suppressed"
    assert suppression(server, "list", "--account", "nobody@home.test", check=False, program=LOOKING).returncode == 1


def test_it_outlives_a_restart_and_comes_with_a_backup(server, api, tmp_path):
    api.ask("POST", "/v1/suppressions", {"address": "kept@y.test", "words": "again"}, 200)
    server.run("backup", str(tmp_path / "copy"), check=True)
    assert b"kept@y.test" in b"".join((tmp_path / "copy" / f).read_bytes() for f in ("suppressions.db",))
    server.stop()
    server.start()
    assert [r["words"] for r in rows(server, "kept@y.test")] == ["again"]
    assert "is suppressed" in Api(server).send(422, to="kept@y.test").detail
