"""Limits of who sends, told over HTTP: RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10), Retry-After (RFC 9110 10.2.3)."""
import http.client
import re
import time

import pytest

from harness import BOB, Postrider, tls_context
from http_api import Api, new_key


def limited(server, name, *arguments):
    address = f"{name}@home.test"
    server.add_account(address, *arguments)
    return Api(server, new_key(server, address)), address


def fields(answer):
    """{name: (q, w, r, t)}: RFC 9651 lists of items with parameters."""
    policies = dict(re.fullmatch(r'"([\w-]+)";(q=\d+;w=\d+);qu="recipients"', item).groups() for item in answer.headers["ratelimit-policy"].split(", "))
    left = dict(re.fullmatch(r'"([\w-]+)";(r=\d+;t=\d+)', item).groups() for item in answer.headers["ratelimit"].split(", "))
    assert policies.keys() == left.keys()
    return {name: tuple(int(number) for number in re.findall(r"\d+", policies[name] + left[name])) for name in policies}


def send(api, sender, to, status=None):
    """Taken, unless another status is named: 200 where all is decided already, 202 else."""
    answer = api.ask("POST", "/v1/messages", {"from": sender, "to": to, "text": "hello"}, status)
    assert status or answer.status in (200, 202), answer.json
    return answer


def test_what_is_left_is_told(server):
    api, sender = limited(server, "left", "--limit", "5/h 8/d")
    told = fields(send(api, sender, [BOB, "delivered@postrider.test"]))
    assert {name: numbers[:3] for name, numbers in told.items()} == {"account-hour": (5, 3600, 3), "account-day": (8, 86400, 6)}
    assert 0 < told["account-hour"][3] <= 2 * 3600 and 0 < told["account-day"][3] <= 2 * 86400
    again = fields(send(api, sender, BOB))
    assert (again["account-hour"][2], again["account-day"][2]) == (2, 5)


def test_when_to_come_again_is_told(server):
    """429 with the time until so many fit, not sooner and not much later."""
    api, sender = limited(server, "again", "--limit", "3/h")
    send(api, sender, [BOB, "delivered@postrider.test", "full@postrider.test"])
    refused = send(api, sender, BOB, 429)
    assert 3600 <= int(refused.headers["retry-after"]) <= 2 * 3600 and fields(refused)["account-hour"][:3] == (3, 3600, 0)
    assert "try again after" in refused.detail


def test_more_than_ever_fits(server):
    """No time is named by which it would."""
    api, sender = limited(server, "ever", "--limit", "1/h")
    refused = send(api, sender, [BOB, "delivered@postrider.test"], 429)
    assert "send it to fewer at once" in refused.detail and fields(refused)["account-hour"][:3] == (1, 3600, 1)


def test_a_batch_tells_too(server):
    api, sender = limited(server, "batch", "--limit", "4/h")
    answer = api.ask("POST", "/v1/messages/batch", {"messages": [{"from": sender, "to": BOB, "text": "x"}] * 6}, status=207)
    assert sorted(m["status"] for m in answer.json["messages"]) == [202] * 4 + [429] * 2
    assert fields(answer)["account-hour"][2] == 0


def test_without_limits_nothing_is_told(server):
    api, sender = limited(server, "free")
    answer = send(api, sender, BOB)
    assert "ratelimit" not in answer.headers and "ratelimit-policy" not in answer.headers
    assert "ratelimit" not in api.ask("GET", "/v1/messages", status=200).headers


def test_what_was_not_sent_is_not_counted(server):
    api, sender = limited(server, "none", "--limit", "3/h")
    send(api, sender, "x", 400)
    send(api, sender, "nobody@home.test", 422)
    assert fields(send(api, sender, BOB))["account-hour"][2] == 2


# ---- errors of a source, as smtp.errors_soft, error_delay and errors_max say ----

DELAY, SOFT, MAX = 0.4, 3, 6


@pytest.fixture
def strict(tmp_path):
    own = Postrider(tmp_path / "server", settings=f"smtp {{\n error_delay = {int(1000 * DELAY)}ms\n errors_soft = {SOFT}\n errors_max = {MAX}\n}}\n").start()
    yield own
    assert own.stop() == 0


def err(server, connection=None):
    """What a stranger asks for, and there is none; whether the connection goes on."""
    connection = connection or http.client.HTTPSConnection("127.0.0.1", server.https, context=tls_context(), timeout=120)
    connection.request("GET", "/nothing")
    got = connection.getresponse()
    assert got.status == 404 and got.read()
    return got.getheader("Connection") != "close"


def test_errors_are_answered_slower_and_slower(strict):
    """On as many connections as one likes; what SMTP counted counts as well."""
    begun = time.monotonic()
    for _ in range(SOFT + 2):
        err(strict)
    assert time.monotonic() - begun >= 2 * DELAY
    with strict.session() as s:
        s.hello()
        s.ask("NONSENSE", 500)
    err(strict)
    assert time.monotonic() - begun >= 4 * DELAY


def test_too_many_errors_end_a_connection(strict):
    connection = http.client.HTTPSConnection("127.0.0.1", strict.https, context=tls_context(), timeout=120)
    assert [err(strict, connection) for _ in range(MAX + 1)] == [True] * MAX + [False]


def test_a_program_with_a_key_may_err(strict):
    """It is known: its errors cost nothing, and end nothing."""
    api = Api(strict)
    for _ in range(3 * MAX):
        assert "connection" not in api.ask("GET", "/v1/messages/x", status=404).headers
