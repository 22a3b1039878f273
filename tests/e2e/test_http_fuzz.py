"""Requests made of the OpenAPI document that the server serves: such as fit it, and such as break it in one place.

Each answer fits the document and none is the server's fault; what the document's schemas refuse, the server refuses.  The seed is
fixed: a failure names its request, and the next run makes the same.
"""
import base64
import copy
import json
import random
import re
import urllib.parse

import jsonschema
import pytest

from harness import ALICE, BOB
from http_api import Answer, Api, new_key

SETTINGS = "smtp { size_max = 100K }\ndefence { ban_debt = 0 }\n"
SEED = 20261
MADE = "/v1/templates", "/v1/forms"  # paths of what is removed again among the requests
FITTING, BROKEN = 300, 3000
ODD_TEXTS = ["", " ", "\0", "\x1b[2J", "\r\nBcc: x@away.test", "a\nb", "\u2028", "\u202eevil", "e\u0301" * 20, "\ufeff", "\ufffe", "\U0010ffff", "👩‍👩‍👧", "ß" * 200,
             "\ud800", "\udfff\ud800", "%s%n", "../../etc/passwd", "'; drop table message; --", "=?utf-8?q?=0D=0A?=", "<>", "@", "a@", "\"@\"@home.test", "a" * 990]
LONG = "x" * 150_000
NUMBERS = [0, -1, 1, 2**31, 2**53 + 1, 2**63, -2**63 - 1, 1.5, 1e308, -0.0, 10**400]


class Maker:
    """Values that fit a schema; what a schema of texts alone does not tell is said by the member's name."""

    def __init__(self, document, dice, message):
        self.document, self.dice = document, dice
        self.known = {
            "from": [ALICE, f"Alice <{ALICE}>", f"\"A, B\" <{ALICE}>", ALICE.upper()], "to": [BOB, f"Bob <{BOB}>, {ALICE}", "bob+x@home.test"], "cc": [BOB], "bcc": [ALICE],
            "reply_to": [BOB, f"Ä <{BOB}>"], "in_reply_to": ["<a@b.test>"], "references": ["<a@b.test> <c@d.test>"], "wait": ["0s", "1ms", "1s500ms"],
            "content": [base64.b64encode(bytes(range(n))).decode() for n in (0, 1, 2, 57, 255)], "name": ["a.txt", "Übersicht.pdf"], "type": ["text/plain", "application/pdf"],
            "content_id": ["one@home.test"], "headers": [{}, {"X-Order": "4711"}, {"List-Id": "<a.home.test>"}],
            "id": [message], "message": [message], "before": [message], "since": ["2020-01-01T00:00:00Z"], "state": ["delivered", "refused,deferred"],
            "recipient": [BOB], "domain": ["home.test"], "tag": ["a", "ü b"], "after": ["0", "1"], "Last-Event-ID": ["1"], "limit": ["1", "50"], "Idempotency-Key": ["k", "k" * 255],
            "address": ["gone@away.test", "Gone+x@away.test"], "until": ["2099-01-31T12:00:00Z", None], "url": ["https://hook.nowhere.test/a?b=c"],
            "origins": ["https://www.site.test", "http://localhost:8080"], "redirect": ["https://www.site.test/thanks?a=b"], "min_time": ["0s", "3s"], "send_at": ["2020-01-01T00:00:00Z"],
        }

    def resolve(self, schema):
        return self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema

    def value(self, schema, name=""):
        schema = self.resolve(schema)
        if "oneOf" in schema:
            schema = self.dice.choice(schema["oneOf"])
        if schema.get("type") == "array":
            return [self.value(schema["items"], name) for _ in range(self.dice.randrange(3) or 1)]
        if name in self.known and not (name == "before" and schema.get("type") == "integer"):
            return copy.deepcopy(self.dice.choice(self.known[name]))
        if "enum" in schema or schema.get("type") in ("boolean", "integer"):
            return self.dice.choice(schema.get("enum", [True, False] if schema.get("type") == "boolean" else [1, 7, 50]))
        if schema.get("type") == "object":
            members = schema.get("properties", {})
            chosen = {m: self.value(s, m) for m, s in members.items() if m in schema.get("required", []) or self.dice.random() < 0.4}
            return chosen if members else {f"n{i}": self.dice.choice(["v", "ü", ""]) for i in range(self.dice.randrange(3))}
        if schema.get("type") == "integer":
            return self.dice.choice([schema.get("minimum", 0), 5])
        return self.dice.choice(["x", "Grüße", "one\ntwo" if name == "text" else "one two", "👍"])

    def body(self, schema):
        made = self.value(schema)
        members = self.resolve(schema).get("properties", {})
        if "origins" in members:
            made["to"] = ALICE
        elif "html" in members and "to" not in members and not {"text", "html"} & set(made):
            made["text"] = "hello"
        for one in made.get("messages", [made] if "to" in members and "origins" not in members else []):
            one.setdefault("to", BOB)       # what the schema cannot say: there is somebody, and something
            one.setdefault("text", "hello")
            one.pop("template", None)
            one.pop("raw", None)                # nor that it stands for all else
            if one.get("unsubscribe"):          # nor that it is for one alone
                one["to"] = BOB
                one.pop("cc", None), one.pop("bcc", None)
            for attachment in one.get("attachments", []):
                attachment.pop("content_id", None)
        return made


def places(value, schema, maker, path=()):
    """Each place in a value, with its schema."""
    schema = maker.resolve(schema)
    yield path, schema
    if isinstance(value, dict):
        for name, member in value.items():
            within = schema.get("properties", {}).get(name, schema.get("additionalProperties") or {})
            yield from places(member, within if isinstance(within, dict) else {}, maker, (*path, name))
    elif isinstance(value, list):
        for i, member in enumerate(value):
            yield from places(member, schema.get("items", {}), maker, (*path, i))


def put(value, path, new):
    if not path:
        return new
    value[path[0]] = put(value[path[0]], path[1:], new)
    return value


def take(value, path):
    for step in path:
        value = value[step]
    return value


class Raw(str):
    """JSON that json would not write."""


def write(value):
    """As JSON, with what is Raw as it is."""
    raws = []

    def mark(v):
        if isinstance(v, Raw):
            raws.append(str(v))
            return f"RAW-{len(raws) - 1}-RAW"
        if isinstance(v, dict):
            return {k: mark(m) for k, m in v.items()}
        return [mark(m) for m in v] if isinstance(v, list) else v

    text = json.dumps(mark(value))
    return re.sub(r'"RAW-(\d+)-RAW"', lambda m: raws[int(m[1])], text)


def break_body(dice, maker, schema):
    """(octets, whether the schema still takes it; None: it is no JSON that says one thing)."""
    value = maker.body(schema)
    path, at = dice.choice(list(places(value, schema, maker)))
    kind = dice.choice(["type", "type", "missing", "unknown", "long", "text", "text", "deep", "number", "twice", "octets"])
    if kind == "type":
        value = put(value, path, dice.choice([None, True, 1, "x", [], {}, [[]], {"a": {}}, [None], [1, "a"]]))
    elif kind == "missing" and path:
        within = take(value, path[:-1])
        del within[path[-1]]
    elif kind == "unknown":
        target = take(value, path) if isinstance(take(value, path), dict) else value
        target[dice.choice(["From", "from ", "", "__proto__", "x", "ü", "a" * 3000])] = dice.choice([None, 1, "x", {}])
    elif kind == "long":
        value = put(value, path, dice.choice([LONG, [LONG] * 3, ["x@home.test"] * 3000, {f"n{i}": "v" for i in range(5000)}, ", ".join(["a@home.test"] * 3000)]))
    elif kind == "text":
        value = put(value, path, dice.choice(ODD_TEXTS))
    elif kind == "deep":
        n = dice.choice([30, 33, 1000, 100_000])
        return write(put(value, path, Raw("[" * n + "]" * n)) if path else Raw('{"from":' + '{"a":' * n + "1" + "}" * n + "}")).encode(), None
    elif kind == "number":
        value = put(value, path, dice.choice([*NUMBERS, Raw("1e400"), Raw("-"), Raw("01"), Raw("NaN"), Raw("0x1"), Raw("1" * 5000)]))
    elif kind == "twice":
        text = json.dumps(value)
        member = dice.choice(list(value) or ["x"])
        value.setdefault(member, "x")
        return (text[:-1] + f", {json.dumps(member)}: {json.dumps(value[member])}}}").encode(), None
    elif kind == "octets":
        octets = json.dumps(value).encode()
        i = dice.randrange(len(octets))
        return dice.choice([octets[:i], octets + b"}", b"\xef\xbb\xbf" + octets, octets[:i] + dice.choice([b"\xff", b"\0", b"\xc0\xaf", b"\xed\xa0\x80"]) + octets[i:],
                            octets.decode().encode("utf-16"), b"", octets * 2]), None
    text = write(value)
    try:
        return text.encode(), maker.takes(schema, json.loads(text))
    except ValueError:
        return text.encode(), None


def ask(api, method, target, body, headers):
    """A new connection where the server has ended the one before; what it said before it ended one is its answer."""
    target = urllib.parse.quote(target, safe="/?&=%+,:@<>*")
    try:
        api.connection.request(method, target, body, headers)
    except (BrokenPipeError, ConnectionResetError):
        pass
    got = api.connection.getresponse()
    kind = got.getheader("Content-Type", "")
    answer = Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, b"" if kind == "text/event-stream" else got.read())
    if kind == "text/event-stream" or got.getheader("Connection") == "close":
        api.connection.close()
    return answer


def statuses(answer):
    """The answer's, and those of each message of a batch."""
    return {answer.status} | ({one["status"] for one in answer.json["messages"]} if answer.status == 207 else set())


def operations(document):
    return [(path, method, described) for path, of in document["paths"].items() for method, described in of.items()]


def parameters(described, maker, dice, all_of_them=False):
    """{place: {name: value}} that fit."""
    made = {"path": {}, "query": {}, "header": {}}
    for p in described.get("parameters", []):
        if p["required"] or all_of_them or dice.random() < 0.5:
            made[p["in"]][p["name"]] = maker.value(p["schema"], p["name"])
    return made


def webhook(api):
    """The id of one."""
    found = api.ask("GET", "/v1/webhooks", status=200).json["webhooks"]
    return (found or [api.ask("POST", "/v1/webhooks", {"url": "https://hook.nowhere.test/"}, 201).json])[0]["id"]


def target_of(path, made):
    for name, value in made["path"].items():
        path = path.replace("{" + name + "}", value)
    return path + ("?" + urllib.parse.urlencode(made["query"]) if made["query"] else "")


@pytest.fixture(scope="module")
def api(server):
    return Api(server, new_key(server, ALICE, "--rights", "send,read,manage"))


@pytest.fixture(scope="module")
def maker(api):
    made = Maker(api.server.openapi, random.Random(SEED), api.send(to=BOB, status=200).json["id"])
    validators = {}

    def takes(schema, value):
        key = json.dumps(schema)
        if key not in validators:
            validators[key] = jsonschema.Draft202012Validator({**schema, "components": api.server.openapi["components"]})
        return validators[key].is_valid(value)
    made.takes = takes
    return made


@pytest.fixture(scope="module", autouse=True)
def lives(server):
    """The same processes at the end as at the beginning."""
    before = server.roles()
    yield
    assert server.roles() == before


def schema_of(described):
    return described["requestBody"]["content"]["application/json"]["schema"]


def key_of(api):
    return {"Authorization": "Bearer " + api.key}


def check(api, method, target, answer, request):
    assert answer.status < 500, (request, answer.octets)
    try:
        if answer.type != "text/event-stream":
            api.check(method, target, answer)
    except (AssertionError, KeyError, jsonschema.ValidationError) as e:
        raise AssertionError((request, answer.status, answer.octets)) from e


def test_requests_that_fit(api, maker):
    """Each is taken."""
    dice = random.Random(SEED)
    for i in range(FITTING):
        path, method, described = dice.choice([o for o in operations(api.server.openapi) if not o[0].startswith("/u/")])  # by a link alone
        made = parameters(described, maker, dice)
        if path.startswith("/v1/webhooks/"):
            made["path"]["id"] = webhook(api)
        made["header"].pop("Idempotency-Key", None)  # another body under it is refused
        body = json.dumps(maker.body(schema_of(described))) if "requestBody" in described else None
        target = target_of(path, made)
        request = (i, method, target, made["header"], body)
        answer = ask(api, method.upper(), target, body, {**key_of(api), **made["header"]})
        check(api, method, target, answer, request)
        assert statuses(answer) <= {200, 201, 202, 207} | ({404} if method == "delete" or path.startswith(MADE) else set()), (request, answer.octets)


def test_bodies_that_are_broken_in_one_place(api, maker):
    """What the schema refuses, the server refuses; whatever it is, it is answered as the document says."""
    dice = random.Random(SEED + 1)
    hook = webhook(api)
    ways = [(path, method, schema_of(described)) for path, method, described in operations(api.server.openapi) if "requestBody" in described]
    form = api.ask("POST", "/v1/forms", {"name": "x", "origins": ["https://www.site.test"]}, status=201).json["id"]
    for i in range(BROKEN):
        path, method, schema = dice.choice(ways)
        path = path.replace("{name}", "broken").replace("/v1/forms/{id}", f"/v1/forms/{form}")
        octets, fits = break_body(dice, maker, schema)
        path = path.replace("{id}", hook)
        request = (i, method, path, octets[:3000])
        answer = ask(api, method.upper(), path, octets, key_of(api))
        check(api, method, path, answer, request)
        if fits is False:
            assert statuses(answer) & {400, 413, 422}, (request, answer.octets)


def wrong(dice, name):
    return dice.choice(["", "x", "0", "-1", "51", "99999999999999999999", "1.5", "%00", "%zz", "%", "%2e%2e", "%2F", "%ff", "a" * 3000, "ü", "'", "<>", "delivered,", ",",
                        "2020-13-45T99:99:99Z", "9999-12-31T23:59:59+99:99", "0000000000000", "ZZZZZZZZZZZZZ", "6m", "1ms" * 500, "10000000000000000000d", "+1", " 1"])


def test_parameters_that_are_wrong(api, maker):
    """Of the path, the query and the head; such as are unknown, and such as come twice."""
    dice = random.Random(SEED + 2)
    for i in range(BROKEN // 2):
        path, method, described = dice.choice([o for o in operations(api.server.openapi) if o[0] != "/v1/openapi.json"])
        made = parameters(described, maker, dice)
        kind, headers = dice.choice(["parameter", "parameter", "query", "header", "method"]), key_of(api)
        body = json.dumps(maker.body(schema_of(described))) if "requestBody" in described else None
        names = [(p["in"], p["name"]) for p in described.get("parameters", [])]
        if kind == "parameter" and names:
            where, name = dice.choice(names)
            made[where][name] = wrong(dice, name)
        target = target_of(re.sub(r"\{(\w+)\}", lambda m: made["path"].get(m[1]) or "x", path), {**made, "path": {}})
        if kind == "query":
            more = dice.choice(["limit=1&limit=2", "x", "=", "&&", "a=%", "state=held&state=x", "wait=1ms&wait=9m", "message=", "&".join(f"p{n}={n}" for n in range(500))])
            target += ("&" if "?" in target else "?") + more
        headers |= {k: v.encode("utf-8", "replace").decode("latin-1") for k, v in made["header"].items()}
        if kind == "header":
            headers |= dice.choice([{"Authorization": "Bearer"}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer " + "a" * 3000}, {"Content-Type": "text/plain"},
                                    {"Content-Encoding": "gzip"}, {"Accept": "image/png"}, {"X-" + "a" * 3000: "b"}, {"Range": "bytes=0-1"}, {"Origin": "https://evil.test"},
                                    {"If-None-Match": "*"}, {"Upgrade": "h2c"}, {"X-HTTP-Method-Override": "DELETE"}, {"Last-Event-ID": "-1"}, {"Idempotency-Key": "k\xff"}])
        asked = dice.choice(["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]) if kind == "method" else method.upper()
        request = (i, asked, target, headers, body)
        answer = ask(api, asked, target, body, headers)
        check(api, asked, target, answer, request)
