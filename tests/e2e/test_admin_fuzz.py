"""Requests to /admin/v1 made of its OpenAPI document, broken in one place, in bodies and parameters (test_http_fuzz.py): each answer fits
the document, none is the server's fault, and what the schemas refuse the server refuses."""
import json
import random
import urllib.parse

import jsonschema
import pytest

from harness import ALICE, BOB
from test_admin import Admin
from test_http_fuzz import Maker, break_body, operations, wrong

SETTINGS = 'listen {\n admin_socket = "admin"\n}\n'
SEED = 20262
BROKEN = 2000
NAMES = {"domain": "home.test", "account": ALICE, "alias": "team@home.test", "label": "phone", "address": "192.0.2.1", "id": "0000000000001.0"}


@pytest.fixture(scope="module")
def admin(server):
    return Admin(server)


@pytest.fixture(scope="module")
def maker(admin):
    made = Maker(admin.document, random.Random(SEED), "0000000000001")
    made.known = {"domain": ["home.test", "new.test"], "account": [BOB, "c@home.test"], "alias": ["team@home.test"], "to": [BOB, ALICE], "from": [ALICE],
                  "older": ["1m"], "younger": ["2d"], "for": ["smtp", "1h"], "rights": ["send"], "senders": [ALICE], "state": ["held"], "class": ["greylisted"],
                  "enabled": [True, False], "index": [True], "dry_run": [True], "quiet": [False], "tags": ["on", "off"], "quota_octets": [0, 1 << 30], "quota_messages": [None, 5],
                  "limit": ["5/h", None], "ip": ["192.0.2.1"], "message": ["0000000000001", "Subject: x\n\ny\n"], "message_base64": ["eA=="], "route": ["direct"]}

    def takes(schema, value):
        return jsonschema.Draft202012Validator({**schema, "components": admin.document["components"]}).is_valid(value)
    made.takes = takes


    def body(schema):
        while not (value := made.value(schema)):
            pass
        return value
    made.body = body
    return made


@pytest.fixture(scope="module", autouse=True)
def lives(server):
    """The same processes at the end as at the beginning."""
    before = server.roles()
    yield
    assert server.roles() == before


def schema_of(described):
    return described["requestBody"]["content"]["application/json"]["schema"]


def ask(admin, method, target, body, request):
    answer = admin.raw(method.upper(), target.removeprefix("/admin/v1"), body)
    if answer.headers.get("connection") == "close":
        admin.connection.close()
    assert answer.status < 500, (request, answer.octets)
    try:
        admin.check(method, target.split("?")[0], answer)
    except (AssertionError, KeyError, jsonschema.ValidationError) as e:
        raise AssertionError((request, answer.status, answer.octets)) from e
    return answer


def test_bodies_that_are_broken_in_one_place(admin, maker):
    dice = random.Random(SEED + 1)
    ways = [(path, method, schema_of(described)) for path, method, described in operations(admin.document) if "requestBody" in described]
    for i in range(BROKEN):
        path, method, schema = dice.choice(ways)
        octets, fits = break_body(dice, maker, schema)
        target = path.format(**{name: urllib.parse.quote(value) for name, value in NAMES.items()})
        request = (i, method, target, octets[:3000])
        answer = ask(admin, method, target, octets, request)
        if fits is False:
            assert answer.status in (400, 404, 409, 413, 422), (request, answer.octets)


def test_parameters_that_are_wrong(admin, maker):
    dice = random.Random(SEED + 2)
    ways = [o for o in operations(admin.document) if "requestBody" not in o[2] and o[2].get("parameters")]
    for i in range(BROKEN // 2):
        path, method, described = dice.choice(ways)
        given = {name: urllib.parse.quote(value) for name, value in NAMES.items()}
        p = dice.choice(described["parameters"])
        query = ""
        if p["in"] == "path":
            given[p["name"]] = urllib.parse.quote(wrong(dice, p["name"]), safe="%") or "x"
        else:
            query = "?" + p["name"] + "=" + urllib.parse.quote(wrong(dice, p["name"]), safe="%")
        target = path.format(**given) + query
        ask(admin, method, target, None, (i, method, target))


def test_it_all_still_works(server, admin):
    assert admin.ask("GET", "/queue")["queue"] == [] and json.loads(server.run("domain", "list", "--json", check=True).stdout.splitlines()[0])
