"""Certificates by ACME (RFC 8555): uacme orders them at a real ACME server, Debian's pebble, which asks our ports by the DNS of the tests."""
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import time

import pytest

import harness
from certificates import Authority
from harness import ALICE, PASSWORD, Dns, Postrider, can_connect, free_port, until

ROOTS = "/etc/ssl/certs/ca-certificates.crt"
NAMES = ("mx.home.test", "autoconfig.home.test", "autodiscover.home.test", "mta-sts.home.test")


class Pebble:
    """It validates at these ports; its own certificate is for localhost, by an authority of the test's."""

    def __init__(self, directory, authority, dns, http, https, life=90 * 86400):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir()
        self.port = free_port()
        chain, key = authority.sign("localhost")
        (self.directory / "pebble.json").write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{self.port}", "managementListenAddress": f"127.0.0.1:{free_port()}", "certificate": chain, "privateKey": key,
            "httpPort": http, "tlsPort": https, "ocspResponderURL": "", "externalAccountBindingRequired": False, "certificateValidityPeriod": life}}))
        self.log = open(self.directory / "log", "w")
        self.dns = dns
        self.start()

    def start(self):
        self.process = subprocess.Popen(["pebble", "-config", str(self.directory / "pebble.json"), "-dnsserver", f"127.0.0.1:{self.dns.port}"],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=os.environ | {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"})
        until(lambda: can_connect("127.0.0.1", self.port), what="pebble")

    def text(self):
        return (self.directory / "log").read_text()

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A function that makes a server with an ACME server that knows its ports; listen: what is open to that one."""
    if os.geteuid() or not shutil.which("pebble") or not shutil.which("uacme"):
        pytest.skip("needs root (for roots of its own), uacme and pebble")
    made = []

    def make(listen, names=NAMES, settings="", **kw):
        dns = Dns(tmp_path / "dns", [f"{name.removesuffix('.test')} IN A 127.0.0.1" for name in names])
        made.append(dns)
        authority = Authority(tmp_path / "authority")
        roots = tmp_path / "roots.pem"
        roots.write_text(pathlib.Path(ROOTS).read_text() + authority.certificate.read_text())
        program = tmp_path / "postrider"  # with these roots, for libcurl-gnutls takes no others
        program.write_text(f"#!/bin/sh\nexec unshare -m sh -c 'mount --bind {roots} {ROOTS} && exec \"$0\" \"$@\"' {harness.PROGRAM} \"$@\"\n")
        program.chmod(0o755)
        own = Postrider(tmp_path / "server", dns=dns)
        text = re.sub(r"hostname\s*=.*", 'hostname = "mx.home.test"', own.config.read_text(), count=1)
        text = re.sub(r"(?m)^\s*https?\s*=.*$", "", text)
        own.config.write_text(text)
        pebble = Pebble(tmp_path / "pebble", authority, dns, own.http, own.https, **kw)
        made.append(pebble)
        ports = " ".join(f'{x} = "127.0.0.1:{getattr(own, x)}"' for x in listen)
        own.add_settings(f'listen {{ {ports} }}\ntls {{ acme = "https://localhost:{pebble.port}/dir"  acme_terms_agreed = true  acme_contact = "{ALICE}" }}\n' + settings)
        monkeypatch.setattr(harness, "PROGRAM", str(program))
        own.start()
        made.append(own)
        monkeypatch.undo()
        return own, pebble

    yield make
    for each in reversed(made):
        each.stop()


def shown(own, name=None, port="imaps"):
    """(names, serial number) of the certificate that is shown."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", getattr(own, port)), 30) as s, context.wrap_socket(s, server_hostname=name) as t:
        pem = ssl.DER_cert_to_PEM_cert(t.getpeercert(binary_form=True))
    done = subprocess.run(["openssl", "x509", "-noout", "-serial", "-ext", "subjectAltName"], input=pem, capture_output=True, text=True, check=True)
    return set(re.findall(r"DNS:([^,\s]+)", done.stdout)), re.search(r"serial=(\w+)", done.stdout)[1]


def status(own):
    return [json.loads(line) for line in own.run("acme", "status", "--json").stdout.splitlines()]


@pytest.mark.parametrize("listen", [("http",), ("https",)])
def test_issued(world, listen):
    """By http-01 (RFC 8555 8.3) at port 80 alone, and by tls-alpn-01 (RFC 8737) at port 443 alone: without an order, from the start on."""
    own, pebble = world(listen)
    until(lambda: shown(own)[0] == {"mx.home.test"}, 40, what="the certificate of the server's name")
    for name in NAMES[1:]:
        until(lambda: shown(own, name)[0] == set(NAMES[1:]), 40, what="the certificate of the domain's names")
    until(lambda: len(status(own)) == 2, what="its standing")
    rows = status(own)
    assert [row["names"] for row in rows] == ["mx.home.test", " ".join(NAMES[1:])] and not any(row["problem"] for row in rows)
    assert own.run("acme", "status").returncode == 0
    assert own.log_text().count("certificate_issued") == 2
    assert ("/.well-known/acme-challenge/" in own.log_text()) == (listen == ("http",))
    keys = own.directory / "tls" / "acme" / "private"
    assert (keys.stat().st_mode & 0o077) == 0 and all((p.stat().st_mode & 0o077) == 0 for p in keys.glob("*/key.pem"))
    assert "role_ended" not in own.log_text()


def test_renewed(world):
    """By order: another certificate with the same key (DANE's records stay right), and open sessions go on."""
    own, pebble = world(("http",), names=NAMES[:1])
    until(lambda: shown(own)[0] == {"mx.home.test"}, 40, what="the certificate")
    first, key = shown(own), (own.directory / "tls/acme/private/mx.home.test/key.pem").read_bytes()
    with own.logged_in() as s:
        done = own.run("acme", "renew", "--json")
        assert done.returncode == 0 and json.loads(done.stdout)["problem"] == "", done.stdout + done.stderr
        until(lambda: shown(own)[1] != first[1], 40, what="the new certificate")
        s.message(ALICE, [ALICE], f"From: {ALICE}\r\n\r\nstill here\r\n".encode())
    assert (own.directory / "tls/acme/private/mx.home.test/key.pem").read_bytes() == key
    assert own.run("reload", check=True).stdout == "nothing has changed\n"
    assert "good until" in own.run("acme", "status").stdout or "until" in own.run("acme", "status", "--json").stdout


def test_not_issued(world):
    """A name that leads nowhere: the reason is told, by status, log and one letter; the certificate of before is shown; later it succeeds."""
    own, pebble = world(("http",), names=("elsewhere.test",))
    row = until(lambda: status(own), 60, what="a first attempt")[0]
    assert row["names"] == "mx.home.test" and row["until"] is None and row["problem"]
    assert own.run("acme", "status").returncode == 1 and "certificate_not_issued" in own.log_text()
    letter = own.wait_mail(ALICE, subject="The certificate is not renewed")
    assert b"mx.home.test" in letter and b"postrider acme renew" in letter
    assert shown(own)[0] == {"mail.home.test"}  # of init
    assert own.run("acme", "renew").returncode == 1
    assert len(own.find(ALICE, subject="The certificate is not renewed")) == 1
    pebble.dns.add(["mx.home IN A 127.0.0.1"])
    until(lambda: own.run("acme", "renew").returncode == 0, 60, what="a name that DNS knows by now")
    until(lambda: shown(own)[0] == {"mx.home.test"}, 40, what="the certificate")


def test_nearly_over(world):
    """Two thirds of a life: it is renewed by itself, here at the next start."""
    own, pebble = world(("http",), names=NAMES[:1], life=3)
    until(lambda: shown(own)[0] == {"mx.home.test"}, 40, what="the certificate")
    first = shown(own)
    until(lambda: time.time() > os.stat(own.directory / "tls/acme/mx.home.test/cert.pem").st_mtime + 3, what="its end")
    own.run("acme", "status")
    [control] = [pid for role, pid in own.roles().items() if role == "control"]
    os.kill(control, 9)  # the role that looks begins anew
    until(lambda: shown(own)[1] != first[1], 40, what="the new certificate")
