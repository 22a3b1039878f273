"""Routes: a real Postfix as relay host, with TLS and a login; what is held and what is discarded."""
import os
import re

import pytest

from harness import ALICE, Postrider, free_port
from postfix import Postfix

RELAY, ADDRESS = "up.two.test", "127.0.1.202"


@pytest.fixture(scope="module")
def far(network):
    return network.remote()


@pytest.fixture(scope="module")
def postfix(far):
    made = Postfix(ADDRESS, free_port(ADDRESS), RELAY, (far.address, far.port))
    yield made
    made.stop()


def start(directory, network, name, routes, credentials="", idle_time="0", **environment):
    """A server with these lines of delivery.routes and of server.credentials."""
    lines = ", ".join(f'"{line}"' for line in routes)
    made = Postrider(directory / name, dns=network.dns, remote_port=network.port, settings=f"delivery {{ routes = {{{lines}}}  idle_time = {idle_time} }}")
    path = made.directory / "credentials"
    path.write_text(credentials)
    path.chmod(0o600)
    return made.start(env=dict(os.environ, **environment))


@pytest.fixture(scope="module")
def relayed(directory, network, postfix):
    made = start(directory, network, "relayed",
                 ["held.test hold", "from=alice@home.test gone.test discard", f"wrong.test relay {RELAY}:{postfix.port} login=wrong",
                  f"missing.test relay {RELAY}:{postfix.port} login=missing",
                  f"other.test relay {ADDRESS}:{postfix.port} tls=required",
                  f"* relay {RELAY}:{postfix.port} login=main"],
                 f"# at {RELAY}\nmain:{postfix.user}:{postfix.password}\nwrong:{postfix.user}:not it\n", SSL_CERT_FILE=postfix.ca)
    yield made
    assert made.stop() == 0


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "SCRAM-SHA-256"])
def test_relay_host_with_a_login(relayed, postfix, far, mechanism):
    """RFC 4954, RFC 4616, RFC 7677; whatever DNS says of the recipients' domains."""
    postfix.mechanisms(mechanism)
    before = len(far.messages)
    status, message, records = relayed.send("--from", ALICE, "--to", "a@nowhere.test", "--to", "b@null.test", "--subject", mechanism, "--body", "x")
    assert status == 0, (records[-1], postfix.log()[-1500:])
    final = [r for r in records if r["state"] == "delivered"]
    assert {r["address"] for r in final} == {"a@nowhere.test", "b@null.test"}
    assert {r["remote_host"] for r in final} == {RELAY} and all(r["tls_version"] for r in final)
    # One transaction took both: Postfix logged one client line, with the login that it saw.
    assert re.search(rf"sasl_method={mechanism}, sasl_username={postfix.user}@", postfix.log_until_now())
    messages = far.wait_messages(before + 1)
    assert f"Subject: {mechanism}".encode() in messages[-1][2]
    relayed.agreed(message)


@pytest.mark.parametrize("domain, words", [("wrong.test", "535"), ("missing.test", "server.credentials has no login missing"),
                                           ("other.test", "certificate")])
def test_what_is_wrong_with_a_route_costs_no_message(relayed, postfix, domain, words):
    """It is the operator's to mend: deferred, in words that name it, and nothing is sent."""
    postfix.mechanisms("PLAIN LOGIN SCRAM-SHA-256")
    status, message, records = relayed.send("--from", ALICE, "--to", f"x@{domain}", "--body", "x", wait="3s")
    assert status == 2, records
    deferred = [r for r in records if r["state"] == "deferred"]
    assert deferred and words in " ".join(str(deferred[0][k]) for k in ("code", "text", "meaning")), records
    assert "not it" not in relayed.log_text() and postfix.password not in relayed.log_text()


def test_a_kept_session_serves_its_own_login(directory, network, postfix, far):
    """What was logged in once is no way in for another login's mail."""
    own = start(directory, network, "kept", [f"wrong.test relay {RELAY}:{postfix.port} login=wrong", f"* relay {RELAY}:{postfix.port} login=main"],
                f"main:{postfix.user}:{postfix.password}\nwrong:{postfix.user}:not it\n", idle_time="1m", SSL_CERT_FILE=postfix.ca)
    before = postfix.log_until_now().count(": connect from")
    for _ in range(2):
        assert own.send("--from", ALICE, "--to", "x@nowhere.test", "--body", "x")[0] == 0
    assert postfix.log_until_now().count(": connect from") == before + 1
    assert own.send("--from", ALICE, "--to", "x@wrong.test", "--body", "x", wait="3s")[0] == 2
    assert postfix.log_until_now().count(": connect from") > before + 1
    assert own.stop() == 0


def test_hold_and_discard(relayed, far):
    before = len(far.messages)
    _, message, records = relayed.send("--from", ALICE, "--to", "x@held.test", "--to", "y@gone.test", "--body", "x", wait="1s")
    latest = {r["address"]: r for r in records}
    assert latest["x@held.test"]["state"] == "held" and "delivery.routes" in latest["x@held.test"]["meaning"]
    assert latest["y@gone.test"]["state"] == "cancelled" and "delivery.routes" in latest["y@gone.test"]["meaning"]
    assert len(far.messages) == before
    relayed.agreed(message)


def test_credentials_are_the_owners_alone(directory, network):
    made = Postrider(directory / "open", dns=network.dns)
    path = made.directory / "credentials"
    path.write_text("main:u:p\n")
    path.chmod(0o644)
    done = made.run("serve", timeout=30)
    assert done.returncode == 1 and f"others than its owner may read {path}; chmod 600 it" in done.stderr
