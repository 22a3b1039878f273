"""TLS with other servers: encrypted where it can be, in the clear rather than not at all (RFC 7435), never fooled by
what was put into the dialogue before it (RFC 3207 4.2, 6; threats 3.4)."""
import ssl
import subprocess

import pytest

from harness import ALICE
from remote import Remote

SETTINGS = "delivery { command_time = 3s  greeting_time = 3s }"


CA = """[ca]
default_ca = a
[a]
database = {0}/index
new_certs_dir = {0}
rand_serial = yes
default_md = sha256
policy = p
[p]
commonName = supplied
"""


@pytest.fixture(scope="module")
def certificates(directory):
    """{what: (certificate, key)}."""
    made = {}
    (directory / "index").write_text("")
    (directory / "ca.conf").write_text(CA.format(directory))
    for what, name, first, last in (("right name", "mx.r1.test", "20200101", "20490101"), ("wrong name", "wrong.example", "20200101", "20490101"),
                                    ("expired", "mx.r1.test", "20200101", "20200201")):
        certificate, key, request = (str(directory / f"{what}.{x}") for x in ("pem", "key", "csr"))
        for command in (["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                         "-keyout", key, "-out", request],
                        ["ca", "-batch", "-selfsign", "-config", str(directory / "ca.conf"), "-keyfile", key, "-in", request, "-notext",
                         "-startdate", first + "000000Z", "-enddate", last + "000000Z", "-out", certificate]):
            subprocess.run(["openssl", *command], check=True, capture_output=True)
        made[what] = certificate, key
        (directory / "index").write_text("")
    return made


def send(server, remote, state="delivered"):
    status, message, records = server.send("--from", ALICE, "--to", f"u@{remote.domain}", "--body", "x", wait="40s")
    assert status == 0, records
    return server.agreed(message, records)[0], message


@pytest.mark.parametrize("what", ["right name", "wrong name", "expired"])
def test_any_certificate(server, network, certificates, what):
    """RFC 7435: an unknown certificate still keeps listeners out."""
    remote = network.remote(certificate=certificates[what])
    record, _ = send(server, remote)
    assert (record["tls_version"], record["tls_policy"], record["attempt"]) == ("TLSv1.3", "opportunistic", 1)
    assert [line.split()[0].upper() for line in remote.in_clear] == [b"EHLO", b"STARTTLS"]
    commands = [line.split()[0].upper() for line in remote.commands]
    assert commands[:4] == [b"EHLO", b"STARTTLS", b"EHLO", b"MAIL"]  # RFC 3207 4.2: what was learned before is asked again


def test_without_starttls(server, network):
    record, _ = send(server, network.remote())
    assert record["tls_version"] is None and record["attempt"] == 1


@pytest.mark.parametrize("what,script", [
    ("454", {"starttls": "454 4.7.0 TLS not available"}),
    ("501", {"starttls": "501 5.5.1 no"}),
    ("garbage", {"handshake": b"250 what is this\r\n" * 20}),
    ("drop", {"handshake": None}),
    ("reset", {"handshake": Remote.RESET}),
])
def test_fallback(server, network, certificates, what, script):
    """RFC 7435 3: a server that offers TLS and fails at it gets the mail in the clear, in the same attempt."""
    remote = network.remote(certificate=certificates["right name"], **script)
    record, _ = send(server, remote)
    assert record["tls_version"] is None and record["attempt"] == 1
    assert len(remote.messages) == 1


def test_old_tls_only(server, network, certificates, monkeypatch):
    """threats 3.32: TLS 1.0 is no encryption to rely on; the clear text says so itself."""
    remote = network.remote(certificate=certificates["right name"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    monkeypatch.setattr(remote, "context", lambda: old(context))
    record, _ = send(server, remote)
    assert record["tls_version"] is None and record["tls_policy"] == "opportunistic, failed: clear text"


def old(context):
    import warnings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


@pytest.mark.parametrize("tail", [b"250 2.0.0 taken\r\n", b"250-evil.test\r\n250 AUTH PLAIN\r\n", b"2"])
def test_injected_answers(server, network, certificates, tail):
    """threats 3.4: octets behind the 220, in the clear, are never taken for answers; that session carries no mail."""
    remote = network.remote(certificate=certificates["right name"], starttls=[b"220 2.0.0 go\r\n" + tail, ""])
    record, message = send(server, remote)
    first = [e for e in server.changes(message) if e["state"] == "deferred"]
    assert [e["class"] for e in first] == ["protocol-error"]
    assert record["attempt"] == 2 and record["tls_version"] == "TLSv1.3"
    assert not any(line.startswith(b"MAIL") for line in remote.in_clear)


def test_extensions_before_tls_do_not_count(server, network, certificates):
    """RFC 3207 4.2: 8BITMIME that was only announced in the clear is not relied upon."""
    remote = network.remote(certificate=certificates["right name"],
                            ehlo=["250-remote.test\r\n250-8BITMIME\r\n250 STARTTLS", "250 remote.test"])
    with server.logged_in() as s:
        said = s.message(ALICE, [f"u@{remote.domain}"], "From: alice@home.test\r\n\r\ngrüße\r\n".encode())
    message = said.split()[-1]
    server.wait_state(message, "delivered")
    [record] = server.agreed(message)
    assert record["tls_version"] == "TLSv1.3"
    [(_, _, octets)] = remote.messages
    assert octets.isascii() and not any("BODY=8BITMIME" in p for p in remote.parameters)
