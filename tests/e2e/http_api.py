"""The HTTP API as a program meets it; every answer is held against the OpenAPI document that the server serves."""
import http.client
import json
import re
import socket

import jsonschema

from harness import ALICE, LOOKING, tls_context


class Answer:
    def __init__(self, status, headers, octets):
        self.status, self.headers, self.octets = status, headers, octets
        self.type = headers.get("content-type", "")
        self.json = json.loads(octets) if octets and "json" in self.type else None

    @property
    def detail(self):
        return self.json["detail"]


def new_key(server, account=ALICE, *arguments):
    return server.run("key", "new", "--account", account, *arguments, check=True, program=LOOKING).stdout.strip()


class Api:
    """A client with a key, over one connection."""

    def __init__(self, server, key=None, port=None):
        self.server, self.key = server, new_key(server) if key is None else key
        port = port or server.https
        self.connection = (http.client.HTTPSConnection("127.0.0.1", port, context=tls_context(), timeout=60) if port == server.https
                           else http.client.HTTPConnection("127.0.0.1", port, timeout=60))
        if not hasattr(server, "openapi"):
            server.openapi = None
            server.openapi = self.ask("GET", "/v1/openapi.json").json

    def raw(self, method, target, body=None, **headers):
        if self.key:
            headers.setdefault("Authorization", "Bearer " + self.key)
        self.connection.request(method, target, body, headers)
        got = self.connection.getresponse()
        return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())

    def ask(self, method, target, body=None, status=None, **headers):
        """body: what becomes JSON."""
        answer = self.raw(method, target, None if body is None else json.dumps(body), **headers)
        self.check(method, target, answer)
        assert status is None or answer.status == status, (answer.status, answer.octets)
        return answer

    def check(self, method, target, answer):
        document = self.server.openapi
        path = target.split("?")[0]
        if not document or method == "HEAD":
            return
        for pattern, operations in document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path) and method.lower() in operations:
                described = operations[method.lower()]["responses"][str(answer.status)]["content"]
                schema = described[answer.type.split(";")[0]]["schema"]
                if answer.type.startswith("text/html"):  # for people
                    return
                jsonschema.Draft202012Validator({**schema, "components": document["components"]},
                                                format_checker=jsonschema.FormatChecker()).validate(answer.json)
                return
        assert answer.status in (404, 405, 501), (method, target, answer.status)
        assert set(answer.json) == {"type", "title", "status", "detail"}

    def send(self, status=None, **members):
        return self.ask("POST", "/v1/messages", {"from": ALICE, "text": "hello", **members}, status)


class Events:
    """The stream of changes, event by event."""

    def __init__(self, api, query="", **headers):
        self.connection = http.client.HTTPSConnection("127.0.0.1", api.server.https, context=tls_context(), timeout=60)
        self.connection.request("GET", "/v1/events" + query, headers={"Authorization": "Bearer " + api.key, **headers})
        self.response = self.connection.getresponse()
        assert self.response.status == 200 and self.response.getheader("Content-Type") == "text/event-stream"
        while self.response.readline() != b"\n":  # it follows from now on
            pass

    def __iter__(self):
        event = {}
        for line in self.response:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                event[name] = value
            elif event:
                yield int(event["id"]), event["event"], json.loads(event["data"])
                event = {}
            else:
                event = {}

    def close(self):
        self.connection.close()


def talk(server, octets):
    """All that is answered to octets on one connection, which the server closes."""
    with socket.create_connection(("127.0.0.1", server.https), timeout=60) as plain, \
            tls_context().wrap_socket(plain, server_hostname="127.0.0.1") as s:
        s.sendall(octets)
        got = b""
        while piece := s.recv(65536):
            got += piece
        return got
