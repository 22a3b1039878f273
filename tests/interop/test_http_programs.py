"""The HTTP API by programs in several languages: each of its calls, each answer held against the OpenAPI document, and errors told."""
import base64
import json
import pathlib
import subprocess

import pytest

from harness import ALICE, BOB, Postrider
from http_api import Answer, Api, new_key

CLIENTS = pathlib.Path(__file__).parent / "clients" / "http"
SITE = "https://www.site.test"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    made = Postrider(tmp_path_factory.mktemp("programs") / "server", settings="smtp { plain_auth_on_loopback = true }").start()
    yield made
    assert made.stop() == 0


class Program:
    """One that makes calls: a line in, a line out."""

    def __init__(self, server, key, *command):
        self.base, self.key = f"https://127.0.0.1:{server.https}", key
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def call(self, method, path, body):
        self.process.stdin.write(json.dumps({"method": method, "url": self.base + path, "key": self.key, "body": body}) + "\n")
        self.process.stdin.flush()
        told = json.loads(self.process.stdout.readline())
        return Answer(told["status"], {"content-type": told["type"]}, told["body"].encode())

    def end(self):
        self.process.stdin.close()
        assert self.process.wait(30) == 0


class CSharp(Program):
    """Mono's own TLS is of before TLS 1.2 with today's suites: in clear text, on this machine."""

    def __init__(self, server, key, directory):
        subprocess.run(["mcs", "-out:" + str(directory / "Call.exe"), str(CLIENTS / "Call.cs")], check=True)
        super().__init__(server, key, "mono", str(directory / "Call.exe"))
        self.base = f"http://127.0.0.1:{server.http}"

    def call(self, method, path, body):
        self.process.stdin.write("\n".join((method, self.base + path, self.key, body or "", "")))
        self.process.stdin.flush()
        status, kind, octets = (self.process.stdout.readline().strip() for _ in range(3))
        return Answer(int(status), {"content-type": kind}, base64.b64decode(octets))


def program_of(name, server, key, directory):
    return {"curl": lambda: Program(server, key, "sh", str(CLIENTS / "call.sh")), "python": lambda: Program(server, key, "python3", str(CLIENTS / "call.py")),
            "node": lambda: Program(server, key, "node", "--no-warnings", str(CLIENTS / "call.mjs")), "csharp": lambda: CSharp(server, key, directory)}[name]()


@pytest.mark.parametrize("name", ["curl", "python", "node", "csharp"])
def test_each_call(own, tmp_path, name):
    key = new_key(own, ALICE, "--rights", "send,read,manage")
    api, program = Api(own, key), program_of(name, own, key, tmp_path)
    called = set()

    def ask(method, path, body=None, status=200):
        answer = program.call(method, path, body if body is None or isinstance(body, str) else json.dumps(body, ensure_ascii=False))
        api.check(method, path, answer)
        assert answer.status == status, (method, path, answer.status, answer.octets)
        called.add((method.lower(), path.split("?")[0]))
        return answer.json

    mail = {"from": ALICE, "to": BOB, "subject": "Grüße von " + name, "text": "Grüße", "tags": [name]}
    sent = ask("POST", "/v1/messages", {**mail, "wait": "30s"})
    assert sent["recipients"][0]["state"] == "delivered" and sent["subject"] == mail["subject"]
    assert ask("GET", f"/v1/messages/{sent['id']}") == sent
    assert [m["id"] for m in ask("GET", f"/v1/messages?tag={name}&state=delivered&recipient={BOB}&limit=5")["messages"]] == [sent["id"]]
    later = ask("POST", "/v1/messages", {**mail, "send_at": "2099-01-01T00:00:00Z"}, 400)
    assert "30 days" in later["detail"]
    assert [m["status"] for m in ask("POST", "/v1/messages/batch", {"messages": [mail, {**mail, "to": "x"}]}, 207)["messages"]] == [202, 400]
    for order in ("retry", "cancel"):
        assert ask("POST", f"/v1/messages/{sent['id']}/{order}") == {"done": 0, "under_way": 0}
    assert ask("PUT", f"/v1/templates/{name}", {"subject": "ü {{n}}", "text": "{{n}}"}, 201)["name"] == name
    assert ask("GET", f"/v1/templates/{name}")["subject"] == "ü {{n}}" and ask("GET", "/v1/templates")["templates"]
    assert ask("POST", f"/v1/templates/{name}/preview", {"variables": {"n": "ä"}})["subject"] == "ü ä"
    assert ask("DELETE", f"/v1/templates/{name}") == {"removed": name}
    form = ask("POST", "/v1/forms", {"name": name, "origins": [SITE]}, 201)["id"]
    assert ask("PUT", f"/v1/forms/{form}", {"name": "ü", "origins": [SITE]})["name"] == "ü" and ask("GET", f"/v1/forms/{form}") and ask("GET", "/v1/forms")["forms"]
    assert ask("DELETE", f"/v1/forms/{form}") == {"removed": form}
    assert ask("POST", "/v1/suppressions", {"address": f"{name}@away.test", "words": "so"})["why"] == "manual"
    assert ask("GET", f"/v1/suppressions?address={name}@away.test")["suppressions"] and ask("DELETE", f"/v1/suppressions/{name}@away.test")
    hook = ask("POST", "/v1/webhooks", {"url": "https://hook.nowhere.test/"}, 201)["id"]
    assert ask("PATCH", f"/v1/webhooks/{hook}", {"enabled": False})["enabled"] is False and ask("GET", f"/v1/webhooks/{hook}") and ask("GET", "/v1/webhooks")["webhooks"]
    ask("POST", f"/v1/webhooks/{hook}/rotate")
    ask("GET", f"/v1/webhooks/{hook}/attempts")
    ask("POST", f"/v1/webhooks/{hook}/replay", {"since": "2020-01-01T00:00:00Z"})
    ask("POST", f"/v1/webhooks/{hook}/test")
    ask("DELETE", f"/v1/webhooks/{hook}")
    ask("GET", "/v1/domains")
    ask("GET", "/v1/domains/home.test")
    ask("GET", "/v1/openapi.json")
    assert "no JSON" in ask("POST", "/v1/messages", "{", 400)["detail"]
    assert "no address" in ask("POST", "/v1/messages", {**mail, "to": "x"}, 400)["detail"]
    assert "no id" in ask("GET", "/v1/messages/x", None, 404)["detail"]
    program.key = key[:-1] + ("A" if key[-1] != "A" else "B")
    assert ask("GET", "/v1/messages", None, 401)["detail"]
    program.end()
    left = {(method, path) for path, of in own.openapi["paths"].items() for method in of} - {
        (method, path) for method, asked in called for path, of in own.openapi["paths"].items() if fits(path, asked)}
    assert left == {("get", "/v1/events"), ("get", "/u/{token}"), ("post", "/u/{token}")}  # a stream (tests/e2e/test_http.py), and what is for recipients


def fits(pattern, path):
    a, b = pattern.split("/"), path.split("/")
    return len(a) == len(b) and all(x == y or x.startswith("{") for x, y in zip(a, b))
