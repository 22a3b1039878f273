"""Webhooks, verified by the library of Standard Webhooks for Node (https://github.com/standard-webhooks/standard-webhooks)."""
import json
import os
import subprocess

import pytest

import ends
from certificates import Authority
from harness import ALICE, BOB, ROOT, Dns, Postrider, until
from http_api import Api, new_key

MODULES = ROOT / "build-interop/node_modules"  # where tools/test-interop puts it
WEB = "127.0.2.3"


def test_standardwebhooks(tmp_path):
    """What is posted, a test, and both secrets after a rotation; by a secret of another it is refused."""
    ends.need("node")
    if not (MODULES / "standardwebhooks").is_dir():
        pytest.skip(f"standardwebhooks is not in {MODULES}; tools/test-interop brings it there from the npm registry")
    authority = Authority(tmp_path / "authority")
    dns = Dns(tmp_path / "dns", [f"hook IN A {WEB}"])
    server = Postrider(tmp_path / "server", dns=dns, settings=f'http {{ webhook_networks = {{ "{WEB}" }}  webhook_retry = {{ 100ms }} }}')
    server.start(env={**os.environ, "SSL_CERT_FILE": str(authority.certificate)})
    node = subprocess.Popen(["node", str(ROOT / "tests/interop/clients/hooks.cjs"), WEB, *authority.sign("hook.test")], env={**os.environ, "NODE_PATH": str(MODULES)},
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        def use(secret):
            node.stdin.write(secret + "\n")
            node.stdin.flush()
            assert told() is True

        def told():
            return json.loads(node.stdout.readline())

        port = told()
        api = Api(server, new_key(server, ALICE, "--rights", "send,read,manage"))
        webhook = api.ask("POST", "/v1/webhooks", {"url": f"https://hook.test:{port}/", "events": ["delivered"]}, 201).json
        use(webhook["secret"])
        message = api.send(to=BOB, status=200).json["recipients"][0]
        got = told()
        assert got["record"] == message and got["id"] == f"{message['message']}-{message['seq']}"
        target = f"/v1/webhooks/{webhook['id']}"
        rotated = api.ask("POST", f"{target}/rotate", status=200).json
        for secret in (webhook["secret"], rotated["secret"]):
            use(secret)
            assert api.ask("POST", f"{target}/test", status=200).json["taken"] and told()["record"]["seq"] == 0
        use("whsec_" + "A" * 43 + "=")
        assert api.ask("POST", f"{target}/test", status=200).json["status"] == 401 and "error" in told()
        until(lambda: api.ask("GET", target, status=200).json["after"] >= message["seq"])
    finally:
        node.stdin.close()
        node.wait()
        assert server.stop() == 0
        dns.stop()
