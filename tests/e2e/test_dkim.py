"""DKIM (RFC 6376, 8301, 8463): signatures judged, with a real DNS server and Debian's python3-dkim as the other side."""
import base64
import json
import subprocess

import dkim
import pytest

from harness import Dns, Postrider

MESSAGE = b"From: Alice <alice@signer.test>\r\nTo: bob@home.test\r\nSubject: lunch\r\n\r\nAt noon?\r\n"


def openssl(*arguments, **kw):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, **kw).stdout


RSA = openssl("genrsa", "-traditional", "2048")
ED25519 = openssl("genpkey", "-algorithm", "ED25519", "-outform", "DER")
SEED = base64.b64encode(ED25519[-32:])
PUBLIC = {
    "rsa": base64.b64encode(openssl("rsa", "-pubout", "-outform", "DER", input=RSA)).decode(),
    "ed25519": base64.b64encode(openssl("pkey", "-pubout", "-inform", "DER", "-outform", "DER", input=ED25519)[-32:]).decode(),
}


def record(name, text):
    """As in a zone file: strings of at most 255 octets (RFC 6376 3.6.2.2)."""
    return f"{name} IN TXT " + " ".join(f'"{text[i:i + 250]}"' for i in range(0, len(text), 250))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("dkim")
    dns = Dns(directory / "dns", [record("r._domainkey.signer", f"v=DKIM1; k=rsa; p={PUBLIC['rsa']}"),
                                  record("e._domainkey.signer", f"v=DKIM1; k=ed25519; p={PUBLIC['ed25519']}"),
                                  record("t._domainkey.signer", f"v=DKIM1; t=y; k=rsa; p={PUBLIC['rsa']}"),
                                  record("gone._domainkey.signer", "v=DKIM1; p=")])
    made = Postrider(directory / "server", dns=dns)
    made.start()
    yield made
    made.stop()
    dns.stop()


def signed(selector, domain=b"signer.test", message=MESSAGE):
    key, algorithm = (SEED, b"ed25519-sha256") if selector == "e" else (RSA, b"rsa-sha256")
    return dkim.sign(message, selector.encode(), domain, key, signature_algorithm=algorithm) + message


def verify(server, message, *arguments):
    done = server.run("dkim", "verify", *arguments, "-", text=False, input=message, check=True)
    return done.stdout.decode()


@pytest.mark.parametrize("selector, domain, result, why", [
    ("r", b"signer.test", "pass", "signer.test, selector r, rsa-sha256: pass"),
    ("e", b"signer.test", "pass", "signer.test, selector e, ed25519-sha256: pass"),
    ("t", b"signer.test", "pass", "only tests"),
    ("gone", b"signer.test", "permerror", "revoked"),
    ("none", b"signer.test", "permerror", "not in DNS"),
    ("r", b"elsewhere.example", "temperror", "could not be looked up"),  # DNS refuses to say: not for good
])
def test_verify(server, selector, domain, result, why):
    said = verify(server, signed(selector, domain))
    assert said.split()[0] == result
    assert why in said


@pytest.mark.parametrize("selector, changed, result, why", [
    ("r", (b"noon", b"one!"), "fail", "the body was changed"),
    ("r", (b"lunch", b"cakes"), "fail", "the header was changed"),
    ("t", (b"noon", b"one!"), "neutral", "the body was changed, and the domain only tests"),
    ("t", (b"lunch", b"cakes"), "neutral", "only tests"),
    ("gone", (b"noon", b"one!"), "permerror", "revoked"),
])
def test_verify_what_was_changed(server, selector, changed, result, why):
    """RFC 6376 3.6.1: of a domain that tests, it is as if there were no signature."""
    said = verify(server, signed(selector).replace(*changed))
    assert said.split()[0] == result
    assert why in said


def test_verify_several(server):
    """RFC 6376 6.1: one that passes is enough; a file's LF is a message's CRLF."""
    message = signed("none", message=signed("e")).replace(b"\r\n", b"\n")
    rows = json.loads(verify(server, message, "--json"))
    assert rows["result"] == "pass"
    assert [row["result"] for row in rows["signatures"]] == ["permerror", "pass"]
    assert verify(server, MESSAGE).split()[0] == "none"
