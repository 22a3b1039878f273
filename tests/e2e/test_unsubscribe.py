"""One click and a recipient gets no more: RFC 8058, 2369."""
import email
import http.client
import re
import urllib.parse

import pytest

from harness import ALICE, BOB, tls_context
from http_api import Api, new_key


@pytest.fixture(scope="module")
def api(server):
    return Api(server, new_key(server, ALICE, "--rights", "send,read,manage"))


def send(api, network, **members):
    """(the recipient, the link, its mailto, the message)"""
    remote = network.remote()
    recipient = f"u@{remote.domain}"
    sent = api.send(200, to=recipient, wait="30s", **members)
    message = email.message_from_bytes(remote.messages[0][2])
    link, mailto = re.fullmatch(r"<(https://[^>]*)>,\s*<(mailto:[^>]*)>", message["List-Unsubscribe"]).groups()
    assert sent.json["recipients"][0]["state"] == "delivered" and message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return recipient, urllib.parse.urlsplit(link), mailto, message


def ask(server, method, link, body=None):
    connection = http.client.HTTPSConnection("127.0.0.1", server.https, context=tls_context(), timeout=60)
    connection.request(method, link.path, body, {"Content-Type": "application/x-www-form-urlencoded"} if body else {})
    got = connection.getresponse()
    assert got.getheader("Content-Type") == "text/html; charset=utf-8" and "default-src 'none'" in got.getheader("Content-Security-Policy")
    page = got.read().decode()
    connection.close()
    return got.status, page


def suppressed(api, address):
    return [(s["why"], s["list"]) for s in api.ask("GET", f"/v1/suppressions?address={address}", status=200).json["suppressions"]]


def test_one_click(server, api, network):
    """RFC 8058 3.1, 3.2: a POST, without a key; both fields are signed."""
    recipient, link, _, message = send(api, network, unsubscribe=True)
    signed = [re.search(r"(?s)\bh=([^;]*)", s)[1].lower().replace("\n", "").split(":") for s in message.get_all("DKIM-Signature")]
    assert all({"list-unsubscribe", "list-unsubscribe-post"} <= {name.strip() for name in names} for names in signed)
    assert link.netloc in (f"mail.home.test:{server.https}", "mail.home.test") and len(link.path) < 300
    assert ask(server, "POST", link, "List-Unsubscribe=One-Click")[0] == 200 and suppressed(api, recipient) == [("unsubscribe", None)]
    assert "unsubscribe" in api.send(422, to=recipient).detail
    assert ask(server, "POST", link, "List-Unsubscribe=One-Click")[0] == 200  # again: nothing else
    assert suppressed(api, recipient) == [("unsubscribe", None)]


def test_a_look_changes_nothing(server, api, network):
    """Scanners follow links: only the button does it."""
    recipient, link, _, _ = send(api, network, unsubscribe=True)
    status, page = ask(server, "GET", link)
    assert status == 200 and recipient in page and '<form method="post">' in page and "<script" not in page
    assert suppressed(api, recipient) == []
    assert ask(server, "POST", link)[0] == 200 and suppressed(api, recipient) == [("unsubscribe", None)]


def test_of_one_list_alone(server, api, network):
    recipient, link, _, _ = send(api, network, unsubscribe="<News> & more")
    status, page = ask(server, "POST", link, "List-Unsubscribe=One-Click")
    assert status == 200 and "&lt;News&gt; &amp; more" in page and suppressed(api, recipient) == [("unsubscribe", "<News> & more")]
    assert "suppressed" in api.send(422, to=recipient, unsubscribe="<News> & more").detail
    for other in ("another", True):
        assert api.send(202, to=recipient, unsubscribe=other).json["recipients"][0]["class"] != "suppressed"
    assert api.send(202, to=recipient).json["recipients"][0]["class"] != "suppressed"


def test_by_mail(server, api, network):
    """RFC 2369 3.2: the address is the sender's, the subject says it all."""
    recipient, _, mailto, _ = send(api, network, unsubscribe=True)
    to, _, query = mailto.removeprefix("mailto:").partition("?")
    subject = urllib.parse.parse_qs(query)["subject"][0]
    assert to == ALICE and subject.startswith("unsubscribe ")
    for wrong in (subject[:-1] + ("a" if subject[-1] != "a" else "b"), "unsubscribe", "unsubscribe pr.x.y", subject):
        assert suppressed(api, recipient) == []
        with server.session() as s:
            s.expect(220)
            s.ask("EHLO away.test", 250)
            s.message(recipient, to, f"From: <{recipient}>\r\nTo: {to}\r\nSubject: {wrong}\r\n\r\n\r\n".encode())
    assert suppressed(api, recipient) == [("unsubscribe", None)]


def test_links_that_were_not_made_here(server, api, network):
    recipient, link, _, _ = send(api, network, unsubscribe=True)
    for path in ("/u/x", "/u/pr..", link.path[:-1] + ("a" if link.path[-1] != "a" else "b"), link.path[:-1], "/u/" + "x" * 1000):
        for method in ("GET", "POST"):
            assert ask(server, method, link._replace(path=path))[0] == 404
    assert suppressed(api, recipient) == []


@pytest.mark.parametrize("members, words", [
    ({"to": [ALICE, BOB]}, "to one recipient"), ({"to": ALICE, "cc": BOB}, "to one recipient"), ({"unsubscribe": ""}, "neither true nor"),
    ({"unsubscribe": 1}, "neither true nor"), ({"unsubscribe": "x" * 101}, "neither true nor"), ({"unsubscribe": "a\nb"}, "neither true nor"),
    ({"headers": {"list-unsubscribe": "<mailto:x@y.test>"}}, "made by")])
def test_what_is_wrong_is_told(api, members, words):
    assert words in api.send(400, **{"to": BOB, "unsubscribe": True, **members}).detail
