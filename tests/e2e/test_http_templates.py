"""Templates: texts with places for values, given with a message or kept under a name."""
import email
import email.policy

import pytest

from harness import ALICE, BOB, Postrider
from http_api import Api, new_key


@pytest.fixture(scope="module")
def api(server):
    return Api(server, new_key(server, ALICE, "--rights", "send,read,manage"))


def arrived(server, subject):
    return email.message_from_bytes(server.wait_mail(BOB, subject=subject), policy=email.policy.default)


def test_a_kept_template_is_filled_in(server, api):
    kept = {"subject": "Order {{number}} for {{name}}", "text": "Dear {{name}},\n{{#items}}\n- {{title}} x {{n}}\n{{/items}}\nTotal {{sum.euro}}",
            "html": "<p>Dear {{name}}</p>{{{footer}}}"}
    made = api.ask("PUT", "/v1/templates/order%20%C3%A9", kept, status=201)
    assert made.json == {"name": "order é", **kept, "changed": made.json["changed"]}
    values = {"name": "Tom & <Jerry>", "number": 17, "items": [{"title": "cheese", "n": 2}, {"title": "trap", "n": 1}], "sum": {"euro": "9.50"}, "footer": "<hr>"}
    shown = api.ask("POST", "/v1/templates/order%20%C3%A9/preview", {"variables": values}, status=200).json
    assert shown == {"subject": "Order 17 for Tom & <Jerry>", "text": "Dear Tom & <Jerry>,\n- cheese x 2\n- trap x 1\nTotal 9.50",
                     "html": "<p>Dear Tom &amp; &lt;Jerry&gt;</p><hr>"}
    answer = api.ask("POST", "/v1/messages", {"from": ALICE, "to": BOB, "template": "order é", "variables": values, "wait": "30s"}, status=200)
    assert answer.json["subject"] == shown["subject"]
    got = arrived(server, shown["subject"])
    assert got.get_body(("plain",)).get_content().replace("\r\n", "\n").strip() == shown["text"]
    assert "Tom &amp; &lt;Jerry&gt;" in got.get_body(("html",)).get_content()


def test_what_the_message_says_stands_first(server, api):
    api.ask("PUT", "/v1/templates/t", {"subject": "kept", "text": "kept {{x}}"})
    api.ask("POST", "/v1/messages", {"from": ALICE, "to": BOB, "template": "t", "subject": "own {{x}}", "variables": {"x": "1"}, "wait": "30s"}, status=200)
    assert arrived(server, "own 1").get_content().strip() == "kept 1"


def test_values_without_a_template(server, api):
    api.send(status=200, to=BOB, subject="{{a}} literal", text="{{a}}", wait="30s")
    assert arrived(server, "{{a}} literal").get_content().strip() == "{{a}}"
    api.send(status=200, to=BOB, subject="{{a}} filled", text="x{{^b}}y{{/b}}", variables={"a": "in"}, wait="30s")
    assert arrived(server, "in filled").get_content().strip() == "xy"


def test_each_of_a_batch_has_its_values(server, api):
    api.ask("PUT", "/v1/templates/batch", {"subject": "batch {{n}}", "text": "{{n}}"})
    answer = api.ask("POST", "/v1/messages/batch", {"messages": [
        {"from": ALICE, "to": BOB, "template": "batch", "variables": {"n": i}} for i in range(20)] + [
        {"from": ALICE, "to": BOB, "template": "batch"}, {"from": ALICE, "to": BOB, "template": "no such", "variables": {}}]}, status=207)
    rows = answer.json["messages"]
    assert [r["status"] for r in rows] == [202] * 20 + [400] * 2
    assert "{{n}} has no value" in rows[20]["problem"]["detail"] and 'none "no such"' in rows[21]["problem"]["detail"]
    for i in range(20):
        assert arrived(server, f"batch {i}").get_content().strip() == str(i)


def test_no_value_brings_a_field_in(api):
    """RFC 5322 2.2: a field ends with its line."""
    answer = api.send(to=BOB, subject="Hello {{name}}", text="x", variables={"name": "a\r\nBcc: x@y.test"})
    assert answer.status == 400 and "subject" in answer.detail.lower()


@pytest.mark.parametrize("members, words", [
    ({"subject": "{{a", "variables": {}}, '"subject": {{a does not end'),
    ({"text": "{{#a}}", "variables": {}}, '"text": {{#a}} is not ended'),
    ({"html": "{{> x}}", "variables": {}}, "no partials"),
    ({"text": "{{a}}", "variables": {"a": {}}}, "no text and no number"),
    ({"text": "{{a}}", "variables": []}, '"variables" is no object'),
    ({"text": 1, "variables": {}}, '"text" is no text'),
    ({"template": 1}, '"template" is no name'),
    ({"template": "x" * 200}, "1 to 100 octets"),
    ({"text": "{{#a}}" * 17 + "{{/a}}" * 17, "variables": {}}, "within one another"),
])
def test_what_is_malformed_says_why(api, members, words):
    answer = api.send(to=BOB, **members)
    assert answer.status == 400 and words in answer.detail, answer.octets


def test_a_bomb_is_bounded(api):
    row = {"a": [1] * 30}
    answer = api.send(to=BOB, text="{{#a}}" * 15 + "{{#no}}x{{/no}}" + "{{/a}}" * 15, variables=row)
    assert answer.status == 400 and "repeats too much" in answer.detail
    answer = api.send(to=BOB, text="{{#a}}" * 15 + "x" * 100 + "{{/a}}" * 15, variables=row)
    assert answer.status in (400, 413)


def test_templates_are_the_accounts_own(server, api):
    other = Api(server, new_key(server, BOB, "--rights", "send,read,manage"))
    api.ask("PUT", "/v1/templates/mine", {"text": "secret"})
    other.ask("GET", "/v1/templates/mine", status=404)
    assert other.ask("GET", "/v1/templates", status=200).json == {"templates": [], "after": None}
    other.ask("PUT", "/v1/templates/mine", {"text": "other"}, status=201)
    assert api.ask("GET", "/v1/templates/mine", status=200).json["text"] == "secret"
    other.ask("DELETE", "/v1/templates/mine", status=200)
    assert api.ask("GET", "/v1/templates/mine", status=200).json["text"] == "secret"
    sender = Api(server, new_key(server, ALICE, "--rights", "send"))
    sender.ask("PUT", "/v1/templates/x", {"text": "x"}, status=403)
    sender.ask("GET", "/v1/templates", status=403)
    assert sender.send(to=BOB, template="mine", text="{{x}}", variables={"x": "1"}).status in (200, 202)


def test_changes_and_pages(server, api):
    for bad, words in [({}, "needs"), ({"text": "{{"}, "does not end"), ({"txt": "a"}, 'no member "txt"'), ({"text": 1}, "no text"), ({"subject": "x"}, "needs")]:
        answer = api.ask("PUT", "/v1/templates/bad", bad, status=400)
        assert words in answer.detail
    api.ask("GET", "/v1/templates/bad", status=404)
    api.ask("DELETE", "/v1/templates/bad", status=404)
    assert api.ask("PUT", "/v1/templates/large", {"text": "x" * (250 << 10)}, status=201)
    api.ask("PUT", "/v1/templates/larger", {"text": "x" * (257 << 10)}, status=400)
    for i in range(120):
        api.ask("PUT", f"/v1/templates/page-{i:03}", {"text": str(i)})
    names, after = [], ""
    while after is not None:
        page = api.ask("GET", "/v1/templates" + (f"?after={after}" if after else ""), status=200).json
        names += [t["name"] for t in page["templates"]]
        after = page["after"]
    assert names == sorted(names) and {f"page-{i:03}" for i in range(120)} < set(names)
    assert api.ask("PUT", "/v1/templates/page-000", {"text": "new"}, status=200).json["text"] == "new"


def test_many_tags_hold_up_nobody(api):
    """What stands behind a tag is looked at as far as its blanks go: a long line is not gone through for each."""
    answer = api.send(to=BOB, text="{{!}}" * 60_000 + "x" * 8_000_000, variables={})
    assert answer.status in (200, 202), answer.octets


def test_what_is_filled_in_counts_as_memory(directory, network):
    """http.memory holds for what templates make of little."""
    server = Postrider(directory / "filled", dns=network.dns, settings="http { memory = 1M }").start()
    api = Api(server, new_key(server, ALICE, "--rights", "send,read,manage"))
    api.ask("PUT", "/v1/templates/big", {"subject": "big", "text": "x" * 240_000}, status=201)
    rows = api.ask("POST", "/v1/messages/batch", {"messages": [{"from": ALICE, "to": BOB, "template": "big"}] * 20}, 207).json["messages"]
    assert {r["status"] for r in rows} <= {202, 429, 503} and rows[0]["status"] == 202
    assert server.stop() == 0
