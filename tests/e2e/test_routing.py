"""Where a domain's mail goes, by DNS (RFC 5321 5.1, RFC 7505, RFC 3463 3.2 and 3.5)."""
import email
import json
import subprocess
import uuid

import pytest

from harness import ALICE, BOB, PROGRAM, Postrider, until

SETTINGS = "delivery { connect_time = 3s  idle_time = 1s }"

NOWHERE = [
    # domain, class, enhanced, state
    ("null.test",          "null-mx",        "5.1.10", "refused"),   # RFC 7505 4.1
    ("missing.test",       "no-such-domain", "5.1.2",  "refused"),   # NXDOMAIN
    ("a.b.c.missing.test", "no-such-domain", "5.1.2",  "refused"),
    ("nowhere.test",       "no-such-domain", "5.1.2",  "refused"),   # neither MX nor address
    ("blank.test",         "no-such-domain", "5.4.4",  "refused"),   # the MX has no address
    ("loop.test",          "loop",           "5.4.6",  "refused"),   # the MX is ourselves
    ("elsewhere.example",  "dns-failed",     "4.4.3",  "deferred"),  # DNS refuses to say: never final
    ("dead.test",          "connect-failed", "4.4.1",  "deferred"),  # nobody listens there
    ("[127.0.0.1]",        "connect-failed", "4.4.1",  "deferred"),  # nor at delivery.remote_port of ours: see below
]


def first_attempt(server, address):
    """The record of its end."""
    _, message, _ = server.send("--from", ALICE, "--to", address, "--body", "x", wait="0")
    [record] = until(lambda: [c for c in server.changes(message) if c["state"] in ("refused", "deferred", "delivered")][:1])
    server.agreed(message)
    return record


@pytest.mark.parametrize("domain,kind,enhanced,state", NOWHERE, ids=lambda v: str(v))
def test_no_server(server, domain, kind, enhanced, state):
    record = first_attempt(server, f"u@{domain}")
    assert (record["state"], record["class"], record["enhanced"], record["attempt"]) == (state, kind, enhanced, 1)
    assert record["code"] is None and record["text"] and record["meaning"]


@pytest.mark.parametrize("domain", ["[127.0.0.1]", "[127.8.8.8]", "nickname.test"])
def test_our_own_address(directory, network, domain):
    """RFC 5321 5.1: whatever leads to the address and port where we listen is a loop, and is not connected to."""
    own = Postrider(directory / domain, dns=network.dns)
    own.config.write_text(own.config.read_text().replace(f"127.0.0.1:{own.smtp}", f"0.0.0.0:{own.smtp}"))
    own.add_settings(f"delivery {{ private_addresses = true  ipv6 = false  remote_port = {own.smtp} }}")
    own.start()
    record = first_attempt(own, f"u@{domain}")
    assert (record["state"], record["class"], record["enhanced"]) == ("refused", "loop", "5.4.6")
    assert " session_closed " not in own.log_text()
    assert own.stop() == 0


def test_dns_that_refuses_never_bounces(server):
    """threats 1.6: a resolver's failure is not the address's fault, however often it fails."""
    status, message, records = server.send("--from", ALICE, "--to", "u@unknown.example", "--body", "x", wait="0")
    until(lambda: server.status(message)["recipients"][0]["attempt"] >= 2)
    assert all(e["class"] == "dns-failed" for e in server.changes(message) if e["state"] == "deferred")
    assert not [e for e in server.changes(message) if e["state"] in ("refused", "expired")]


def test_next_mx_when_the_first_is_down(server, network):
    """RFC 5321 5.1: servers in the order of their preference."""
    remote = network.remote_at("127.0.1.202", "two.test", "up.two.test")
    status, message, records = server.send("--from", ALICE, "--to", "u@two.test", "--body", "x")
    assert status == 0
    [record] = server.agreed(message, records)
    assert record["attempt"] == 1 and record["remote_host"] == "up.two.test"
    remote.stop()


@pytest.mark.parametrize("domain", ["implicit.test", "alias.test", "IMPLICIT.Test"])
def test_implicit_mx(server, network, domain):
    """RFC 5321 5.1: no MX record, but an address, also behind a CNAME."""
    remote = network.remote_at("127.0.1.201", domain, None)
    status, message, records = server.send("--from", ALICE, "--to", f"u@{domain}", "--body", "x")
    assert status == 0
    [record] = server.agreed(message, records)
    assert record["remote_address"] == f"127.0.1.201:{network.port}"
    remote.stop()


def test_address_literal(server, network):
    """RFC 5321 4.1.3."""
    remote = network.remote_at("127.0.1.203", "[127.0.1.203]", None)
    with server.logged_in() as s:
        said = s.message(ALICE, ["u@[127.0.1.203]"], b"From: alice@home.test\r\n\r\nx\r\n")
    message = said.split()[-1]
    server.wait_state(message, "delivered")
    [record] = server.agreed(message)
    assert record["remote_address"] == f"127.0.1.203:{network.port}"
    remote.stop()


def test_international_domain(server, network):
    """RFC 5891: the domain is looked up in A-labels."""
    remote = network.remote_at("127.0.1.202", "bücher.test", "up.two.test")
    status, message, records = server.send("--from", ALICE, "--to", "u@bücher.test", "--body", "x")
    assert status == 0, records
    [record] = server.agreed(message, records)
    assert record["state"] == "delivered" and record["remote_host"] == "up.two.test"
    remote.stop()


def test_loop_by_received_fields(server):
    """RFC 5321 6.3: a message that has passed 50 servers is stopped, not sent round once more."""
    with server.session() as s:
        s.hello()
        for hops, code in ((49, 250), (50, 554), (51, 554)):
            header = b"".join(b"Received: from a by b; Tue, 1 Apr 2025 10:00:00 +0000\r\n" for _ in range(hops))
            said = s.message("x@elsewhere.test", [BOB], header + b"From: x@elsewhere.test\r\n\r\nx\r\n", codes=(code,))
            assert code == 250 or said.startswith("554 5.4.6")


def test_connection_is_reused(server, network):
    """RFC 5321 3.1: several transactions in one session."""
    remote = network.remote()
    with server.logged_in() as s:
        for n in range(1, 4):
            s.message(ALICE, [f"u@{remote.domain}"], f"From: <{ALICE}>\r\nSubject: s\r\n\r\nx\r\n".encode())
            until(lambda: len(remote.messages) == n, what="a message")
    assert remote.n_connections == 1
    until(lambda: b"QUIT\r\n" in remote.commands)  # after delivery.idle_time


def test_null_mx_is_told_in_the_return(server):
    """RFC 7505 4.1: 5.1.10 reaches the sender."""
    subject = str(uuid.uuid4())
    server.send("--from", ALICE, "--to", "u@null.test", "--subject", subject, "--body", "x")
    [text] = until(lambda: [t for t in server.find(ALICE, return_path=None) if subject.encode() in t])
    report = email.message_from_bytes(text).get_payload()[1].get_payload()
    assert report[1]["Status"] == "5.1.10" and report[1]["Final-Recipient"].endswith("u@null.test")


def test_route_explains(tmp_path):
    """Which line of delivery.routes an address meets, without a running server."""
    config = tmp_path / "routes.conf"
    config.write_text("""server { hostname = mx.home.test }
delivery { routes = {"corp.test lmtp 127.0.0.1:2400", "from=news@home.test * relay bulk.test:587 login=bulk"} }
""")
    subprocess.run([PROGRAM, "domain", "add", "-c", str(config), "home.test"], check=True, capture_output=True)
    for asked, route, line in ((["alice@home.test"], "local", None), (["x@corp.test"], "lmtp 127.0.0.1:2400 tls=opportunistic", 1),
                               (["--from", "news@home.test", "y@far.test"], "relay bulk.test:587 tls=required login=bulk", 2),
                               (["--from", "<>", "y@far.test"], "direct", None)):
        done = subprocess.run([PROGRAM, "route", "-c", str(config), "--json", *asked], capture_output=True, text=True)
        told = json.loads(done.stdout)
        assert (done.returncode, told["route"], told.get("line")) == (0, route, line), done
    config.write_text(config.read_text().replace(":587", ":99999"))
    done = subprocess.run([PROGRAM, "config", "check", "-c", str(config)], capture_output=True, text=True)
    assert done.returncode == 1 and f"{config}:2: delivery.routes" in done.stderr and "no port from 1 to 65535" in done.stderr, done
