"""Forms of web pages: what a visitor fills in becomes a mail to the owner, and to nobody else."""
import email
import email.policy
import json
import subprocess
import urllib.parse

import pytest

from harness import ALICE, BOB, Postrider, until
from http_api import Api, new_key

SITE = "https://www.site.test"


@pytest.fixture(scope="module")
def api(server):
    return Api(server, new_key(server, BOB, "--rights", "send,read,manage"))


@pytest.fixture(scope="module")
def visitor(server):
    """Somebody without a key."""
    return Api(server, "")


def make(api, **members):
    return api.ask("POST", "/v1/forms", {"name": "Contact", "origins": [SITE], "per_visitor": 1000, **members}, status=201).json


def fill(visitor, form, fields, origin=SITE, **headers):
    if origin:
        headers["Origin"] = origin
    return visitor.raw("POST", f"/f/{form['id']}", urllib.parse.urlencode(fields), **{"Content-Type": "application/x-www-form-urlencoded", **headers})


def arrived(server, subject):
    return email.message_from_bytes(server.wait_mail(BOB, subject=subject), policy=email.policy.default)


def test_a_visitor_writes_to_the_owner(server, api, visitor):
    form = make(api, subject="From the site", redirect="https://www.site.test/thanks?a=b")
    assert form["url"] == f"https://mail.home.test:{server.https}/f/{form['id']}" and form["to"] == BOB
    answer = fill(visitor, form, {"name": "Ann Ü", "email": "ann@away.test", "message": "two\r\nlines", "_gotcha": "x"})
    assert answer.status == 303 and answer.headers["location"] == "https://www.site.test/thanks?a=b"
    got = arrived(server, "From the site")
    assert got["Reply-To"] == "ann@away.test" and got["To"] == BOB and got["From"].addresses[0].display_name == "Contact" and got["Auto-Submitted"] == "auto-generated"
    text = got.get_content().replace("\r\n", "\n")
    assert "name: Ann Ü\n" in text and "message:\n\ntwo\nlines\n" in text and "_gotcha" not in text and f"Filled in at {SITE} from 127.0.0.1" in text


def test_without_a_redirect_a_page_says_so(server, api, visitor):
    form = make(api, name="Plain & <simple>")
    answer = fill(visitor, form, {"message": "hello"})
    assert answer.status == 200 and answer.type.startswith("text/html") and b"Thank you" in answer.octets
    assert answer.headers["content-security-policy"] == "default-src 'none'"
    assert "message: hello" in arrived(server, "Plain & <simple>").get_content()


def test_curl_posts_a_form(server, api):
    """multipart/form-data, as browsers send it where a page says so."""
    form = make(api, name="By curl")
    told = subprocess.run(["curl", "-sS", "-k", "--resolve", f"mail.home.test:{server.https}:127.0.0.1", form["url"], "-H", f"Origin: {SITE}", "-F", "email=ann@away.test", "-F", "text=grüße", "-F", "file=@/dev/null;filename="],
                          capture_output=True, text=True, check=True)
    assert "Thank you" in told.stdout, told.stdout
    assert "text: grüße" in arrived(server, "By curl").get_content()


def test_a_script_is_answered_in_json(server, api, visitor):
    form = make(api, name="Script", required=["message"])
    answer = fill(visitor, form, {"message": "hello"}, Accept="application/json")
    assert answer.status == 200 and answer.json == {"sent": True} and answer.headers["access-control-allow-origin"] == SITE and answer.headers["vary"] == "Origin"
    answer = fill(visitor, form, {"message": "  "}, Accept="application/json")
    assert answer.status == 422 and "message" in answer.detail and answer.type == "application/problem+json"


@pytest.mark.parametrize("origin, headers", [
    ("", {}), ("https://evil.test", {}), ("null", {}), ("http://www.site.test", {}), ("https://www.site.test.evil.test", {}), ("https://www.site.test:444", {}),
    ("", {"Referer": "https://evil.test/www.site.test"}), ("https://evil.test", {"Referer": SITE + "/"}),
])
def test_other_sites_have_no_form(api, visitor, origin, headers):
    answer = fill(visitor, make(api), {"message": "x"}, origin, **headers)
    assert answer.status == 403 and b"not one of this site" in answer.octets and "access-control-allow-origin" not in answer.headers


def test_an_older_browser_says_where_it_comes_from(api, visitor):
    assert fill(visitor, make(api), {"message": "x"}, "", Referer=SITE + "/contact.html").status == 200


def test_the_visitor_chooses_nothing(server, api, visitor):
    """No recipient, no field, no lines of the header."""
    form = make(api, name="Chosen")
    answer = fill(visitor, form, {"to": "x@evil.test", "bcc": "x@evil.test", "subject": "evil", "email": "a@b.test\r\nBcc: x@evil.test", "name\r\nBcc": "x@evil.test"})
    assert answer.status == 200
    got = arrived(server, "Chosen")
    assert got["To"] == BOB and got["Bcc"] is None and got["Reply-To"] != "a@b.test" and "evil" not in got["Subject"]


def test_what_machines_fill_in_is_dropped(server, api, visitor):
    form = make(api, name="Trap", honeypot="website")
    assert fill(visitor, form, {"message": "buy", "website": "https://spam.test"}).status == 200
    assert fill(visitor, form, {"message": "real", "website": ""}).status == 200
    assert "real" in arrived(server, "Trap").get_content()
    assert len([r for r in server.mailbox(BOB) if r["subject"] == "Trap"]) == 1


def token(visitor, form, origin=SITE):
    return visitor.raw("GET", f"/f/{form['id']}/token", Origin=origin)


def test_a_page_has_to_be_open_for_a_while(api, visitor):
    slow, quick = make(api, min_time="1h"), make(api, min_time="1ms")
    got = token(visitor, slow)
    assert got.status == 200 and got.headers["access-control-allow-origin"] == SITE and "access-control-allow-origin" not in token(visitor, slow, "https://evil.test").headers
    assert b"faster than people" in fill(visitor, slow, {"_token": got.json["token"]}).octets
    assert b"go back" in fill(visitor, slow, {"message": "x"}).octets
    fresh = token(visitor, quick).json["token"]
    for bad in (fresh[:-1] + ("0" if fresh[-1] != "0" else "1"), "0" + fresh, got.json["token"], "." + fresh.split(".")[1], "x", fresh.replace(".", "")):
        assert fill(visitor, quick, {"_token": bad, "message": "x"}).status == 422, bad
    while (answer := fill(visitor, quick, {"_token": fresh, "message": "x"})).status != 200:
        assert b"faster than people" in answer.octets


def test_pace(api, visitor):
    form = make(api, per_visitor=3)
    assert [fill(visitor, form, {"message": "x"}).status for _ in range(5)] == [200] * 3 + [429] * 2
    form = make(api, per_hour=2)
    answers = [fill(visitor, form, {"message": "x"}, Accept="application/json") for _ in range(3)]
    assert [a.status for a in answers] == [200, 200, 429] and "minutes" in answers[2].detail


@pytest.mark.parametrize("octets, kind, words", [
    (b"a=%ff", "", b"UTF-8"), (b"a=%00", "", b""), (b"a=%zz", "", b""), (b"&".join(b"a%d=1" % i for i in range(101)), "", b"at most 100 fields"),
    (b"a=" + b"x" * 40000, "", b"32768 octets"), (b"a=" + b"x" * 200000, "", b"131072"),
    (b"--b\r\n", "multipart/form-data; boundary=b", b"ends too early"), (b"", "multipart/form-data", b"boundary"),
    (b'--b\r\nContent-Disposition: form-data; name="f"; filename="x.exe"\r\n\r\nMZ\r\n--b--\r\n', "multipart/form-data; boundary=b", b"takes no files"),
])
def test_what_is_no_form_says_why(server, api, octets, kind, words):
    form = make(api)
    answer = Api(server, "").raw("POST", f"/f/{form['id']}", octets, Origin=SITE, **({"Content-Type": kind} if kind else {}))
    assert 400 <= answer.status < 500 and words in answer.octets, answer.octets


def test_a_form_that_is_not_there(api, visitor):
    assert fill(visitor, {"id": "0" * 20}, {"a": "b"}).status == 404
    form = make(api)
    api.ask("DELETE", f"/v1/forms/{form['id']}", status=200)
    assert fill(visitor, form, {"a": "b"}).status == 404
    api.ask("PUT", f"/v1/forms/{form['id']}", {"name": "x", "origins": [SITE]}, status=404)


@pytest.mark.parametrize("members, words", [
    ({"name": ""}, '"name" is missing'), ({"origins": []}, '"origins"'), ({"origins": ["www.site.test"]}, "none such as"), ({"origins": ["https://a/b"]}, "none such as"),
    ({"origins": ["https://A.test"]}, "none such as"), ({"to": ALICE}, "no address of this account"), ({"to": "x@away.test"}, "no address of this account"),
    ({"to": "x"}, "no address of this account"), ({"redirect": "javascript:alert(1)"}, '"redirect"'), ({"redirect": "https://a\r\nX: y"}, "more than one line"),
    ({"subject": "a\nb"}, "more than one line"), ({"min_time": "2h"}, '"min_time"'), ({"per_hour": 0}, '"per_hour"'), ({"what": 1}, 'no member "what"'),
    ({"required": "x"}, '"required"'),
])
def test_what_is_no_form_of_ours_says_why(api, members, words):
    answer = api.ask("POST", "/v1/forms", {"name": "x", "origins": [SITE], **members}, status=400)
    assert words in answer.detail


def test_forms_are_the_accounts_own(server, api):
    other = Api(server, new_key(server, ALICE, "--rights", "send,read,manage"))
    form = make(api)
    for method, body in [("GET", None), ("PUT", {"name": "x", "origins": [SITE]}), ("DELETE", None)]:
        other.ask(method, f"/v1/forms/{form['id']}", body, status=404)
    assert form["id"] not in json.dumps(other.ask("GET", "/v1/forms", status=200).json)
    assert api.ask("GET", f"/v1/forms/{form['id']}", status=200).json == form
    changed = api.ask("PUT", f"/v1/forms/{form['id']}", {"name": "New", "origins": [SITE]}, status=200).json
    assert changed["name"] == "New" and changed["id"] == form["id"]


def test_forms_and_templates_outlive_a_crash_and_go_with_their_account(directory, network):
    server = Postrider(directory / "kept", dns=network.dns).start()
    server.add_account("gone@home.test")
    api = Api(server, new_key(server, "gone@home.test", "--rights", "manage,read"))
    form = make(api)
    api.ask("PUT", "/v1/templates/t", {"text": "x"}, status=201)
    server.kill()
    server.start()
    api = Api(server, api.key)
    assert api.ask("GET", f"/v1/forms/{form['id']}", status=200).json["id"] == form["id"] and api.ask("GET", "/v1/templates/t", status=200)
    server.run("account", "remove", "gone@home.test", "--delete-mail", "--yes", check=True)
    assert fill(Api(server, ""), form, {"a": "b"}).status == 404
    assert server.stop() == 0


def test_a_boundary_with_something_behind_it(api, visitor):
    """RFC 2046 5.1.1: parameters stand in any order."""
    form = make(api)
    octets = b'--bb\r\nContent-Disposition: form-data; name="message"\r\n\r\nhello\r\n--bb--\r\n'
    for more in ("; charset=utf-8", "; x=" + "C" * 6000):
        answer = visitor.raw("POST", f"/f/{form['id']}", octets, Origin=SITE, **{"Content-Type": "multipart/form-data; boundary=bb" + more})
        assert answer.status == 200, answer.octets


def test_an_address_that_cannot_be_answered_to(server, api, visitor):
    form = make(api, name="Odd address")
    for odd in ('"a\tb"@b.example', "a" * 300 + "@b.example", "ü@b.example", "none"):
        assert fill(visitor, form, {"email": odd, "message": "x"}).status == 200
    rows = until(lambda: [r for r in server.mailbox(BOB) if r["subject"] == "Odd address"][3:] and [r for r in server.mailbox(BOB) if r["subject"] == "Odd address"])
    for r in rows:
        assert email.message_from_bytes(server.text(BOB, r["uid"]), policy=email.policy.default)["Reply-To"] == BOB


def test_an_address_that_is_somebody_elses_since(server, api, visitor):
    server.run("alias", "add", "desk@home.test", BOB, check=True)
    form = make(api, to="desk@home.test")
    server.run("alias", "remove", "desk@home.test", check=True)
    server.run("alias", "add", "desk@home.test", ALICE, check=True)
    answer = fill(visitor, form, {"message": "for bob alone"})
    assert answer.status == 404 and b"nobody reads" in answer.octets
