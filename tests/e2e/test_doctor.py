"""postrider doctor: planted faults, one at a time, each is found and nothing else is; a healthy set-up has nothing to mend.

One name server and one server for all: a domain that is ill in one way is a domain of its own, and a server that is
ill in one way is the same one seen through a copy of its configuration."""
import base64
import datetime
import email.utils
import json
import re
import socket
import subprocess

import pytest

from harness import Dns, Postrider, free_port
from remote import Remote

OK_SPF = "v=spf1 ip4:127.0.0.1 ip4:127.0.0.3 ip4:127.0.0.4 ip4:127.0.0.5 ip4:127.0.0.6 -all"
OK_DMARC = "v=DMARC1; p=reject; rua=mailto:postmaster@home.test"
OK_KEY = "v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(range(32))).decode()


def domain(name, mx="10 mail.home.test.", spf=OK_SPF, dmarc=OK_DMARC, key=OK_KEY):
    """The records of a domain; None: it has none of that kind, a list: several."""
    def each(owner, kind, values):
        values = values if isinstance(values, list) else [values] if values is not None else []
        return [f"{owner} IN {kind} " + (f'"{value}"' if kind == "TXT" else value) for value in values]
    return [*each(name, "MX", mx), *each(name, "TXT", spf), *each(f"_dmarc.{name}", "TXT", dmarc), *each(f"s1._domainkey.{name}", "TXT", key)]


# name: (what is wrong with the domain, the check that finds it, a word of the finding)
DOMAINS = {
    "no-mx": (dict(mx=None), "mx", "nobody can send mail to it"),
    "null-mx": (dict(mx="0 ."), "mx", "takes no mail"),
    "mx-elsewhere": (dict(mx="10 mx.peer.test."), "mx", "goes to mx.peer.test, not here"),
    "mx-nowhere": (dict(mx=["10 mail.home.test.", "20 nowhere.home.test."]), "mx", "nowhere.home.test"),
    "no-spf": (dict(spf=None), "spf", 'publish TXT "v=spf1 ip4:127.0.0.1 -all"'),
    "two-spf": (dict(spf=[OK_SPF, "v=spf1 mx -all"]), "spf", "more than one SPF record"),
    "bad-spf": (dict(spf="v=spf1 ipv4:127.0.0.1 -all"), "spf", "ipv4:127.0.0.1"),
    "other-spf": (dict(spf="v=spf1 ip4:127.0.0.99 ~all"), "spf", "softfail for 127.0.0.1 by ~all: add ip4:127.0.0.1"),
    "open-spf": (dict(spf=OK_SPF.replace("-all", "+all")), "spf", "lets everybody send"),
    "long-spf": (dict(spf="v=spf1 ip4:127.0.0.1 " + " ".join(["a:mail.home.test"] * 11) + " -all"), "spf", "more than ten look-ups"),
    "no-key": (dict(key=None), "dkim", "no DKIM key at s1._domainkey.no-key.test"),
    "bad-key": (dict(key="v=DKIM1; k=rsa; p=!"), "dkim", "cannot be used"),
    "revoked-key": (dict(key="v=DKIM1; p="), "dkim", "revoked"),
    "no-dmarc": (dict(dmarc=None), "dmarc", "no DMARC record"),
    "two-dmarc": (dict(dmarc=[OK_DMARC, "v=DMARC1; p=none"]), "dmarc", "2 DMARC records"),
    "bad-dmarc": (dict(dmarc="v=DMARC1; p=refuse"), "dmarc", "no valid policy"),
    "sts": (dict(), "mta_sts", "certificate authority"),
}
RECORDS = [
    *(f"mail.home IN A 127.0.0.{i}" for i in (1, 3, 4, 5, 6)), "other.home IN A 127.0.0.5", "astray.home IN A 127.0.0.99",
    'nowhere.home IN TXT "no address"',
    "peer IN MX 10 mx.peer.test.", "mx.peer IN A 127.0.1.1", "late IN MX 10 mx.late.test.", "mx.late IN A 127.0.1.2",
    "shut IN MX 10 mx.shut.test.", "mx.shut IN A 127.0.1.3",
    '_mta-sts.sts IN TXT "v=STSv1; id=1"', "_25._tcp.mail.home IN TLSA 3 1 1 " + "0f" * 32,
    '6.0.0.127.bad IN A 127.0.0.2', '6.0.0.127.bad IN TXT "sends spam"',
    *domain("home"), *domain("stranger"),
    *(line for name, (ill, _, _) in DOMAINS.items() for line in domain(name, **ill)),
]
REVERSE = [
    "1.0.0 IN PTR mail.home.test.", "3.0.0 IN PTR astray.home.test.", "5.0.0 IN PTR other.home.test.", "6.0.0 IN PTR mail.home.test.",
]
SETTINGS = 'defence { dnsbl = { "bad.test" } }'


class World:
    def __init__(self, directory):
        port = free_port("127.0.1.1")
        self.directory = directory
        self.dns = Dns(directory / "dns", RECORDS, REVERSE)
        self.peers = [Remote("127.0.1.1", port), Remote("127.0.1.2", port)]
        self.server = Postrider(directory / "server", dns=self.dns, remote_port=port, settings=SETTINGS)
        self.server.start()
        for name in DOMAINS:
            self.server.directory_order("domain", "add", f"{name}.test")

    def stop(self):
        self.server.stop()
        self.dns.stop()
        for peer in self.peers:
            peer.stop()

    def doctor(self, of="home.test", address="127.0.0.1", peer="peer.test", config=None):
        """What it tells: exit status, findings."""
        config = config or self.server.config
        done = self.server.run("doctor", "-c", str(config), "--json", "--address", address, "--peer", peer,
                               "--selector", "s1", *([of] if of else []), config=False)
        assert not done.stderr, done.stderr
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def config(self, name, settings="", host=None):
        """A copy of the server's configuration, beside it, with other settings."""
        path = self.server.directory / f"{name}.conf"
        text = self.server.config.read_text() + settings + "\n"
        path.write_text(re.sub(r"hostname +=.*", f'hostname = "{host}"', text) if host else text)
        path.chmod(0o600)
        return path

    def certificate(self, name, host, days, key=None):
        """Settings for a self-signed certificate."""
        pem, key = self.directory / f"{name}.pem", key or self.directory / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days),
                        "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-keyout", str(self.directory / f"{name}.key"),
                        "-out", str(pem)], check=True, capture_output=True)
        return f'tls {{ certificate = "{pem}"\n key = "{key}" }}'


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("doctor"))
    yield made
    made.stop()


def ill(findings):
    return {f["check"] for f in findings if f["level"] in ("mend", "unseen")}


def found(status, findings, check, word):
    """That check alone complains, with the word."""
    assert ill(findings) == {check}, findings
    assert any(word in f["text"] for f in findings if f["check"] == check and f["level"] == "mend"), findings
    assert status == 1


def test_healthy(world):
    status, findings = world.doctor()
    assert not ill(findings), findings
    assert status == 0
    checks = {f["check"] for f in findings}
    assert {"server", "host", "ptr", "certificate", "starttls", "relay", "outward", "disk", "files", "domain", "mx", "spf", "dkim", "dmarc",
            "gmail", "yahoo", "microsoft"} <= checks
    text = {f["check"]: f["text"] for f in findings}
    assert "messages a second" in text["disk"] and "not signed" in text["tlsa"]


@pytest.fixture(scope="module")
def all_domains(world):
    """What is told without a domain: of each of ours."""
    return world.doctor(None)


@pytest.mark.parametrize("name", DOMAINS)
def test_domains(all_domains, name):
    _, check, word = DOMAINS[name]
    status, findings = all_domains
    assert any(f["check"] == "domain" and f["subject"] == f"{name}.test" for f in findings)
    found(status, [f for f in findings if (f["subject"] or "").endswith(f"{name}.test")], check, word)


def test_healthy_among_them(all_domains):
    """What is wrong with one domain is not told of the server, nor of another."""
    rest = [f for f in all_domains[1] if not any((f["subject"] or "").endswith(f"{name}.test") for name in DOMAINS)]
    assert {"host", "spf", "dkim"} <= {f["check"] for f in rest} and not ill(rest), rest


def test_a_domain_that_is_not_ours(world):
    found(*world.doctor(of="stranger.test"), "domain", "postrider domain add stranger.test")


@pytest.mark.parametrize("address, check, word", [
    ("127.0.0.3", "ptr", "is named astray.home.test, which does not lead back"),
    ("127.0.0.4", "ptr", "has no name in DNS"),
    ("127.0.0.5", "ptr", "is named other.home.test, and we greet as mail.home.test"),
    ("127.0.0.6", "lists", "on the blocklist bad.test, which says sends spam"),
])
def test_addresses(world, address, check, word):
    found(*world.doctor(address=address), check, word)


@pytest.mark.parametrize("host, word", [
    ("nowhere.home.test", "no address in DNS"),
    ("astray.home.test", "leads to 127.0.0.99, and mail leaves from 127.0.0.1"),
    ("localhost", "nobody outside knows"),
])
def test_host_names(world, host, word):
    """The name is in the PTR record and the certificate as well: all three tell."""
    status, findings = world.doctor(config=world.config("host", host=host))
    assert ill(findings) == {"host", "ptr", "certificate"} and status == 1, findings
    assert any(word in f["text"] for f in findings if f["check"] == "host")


@pytest.mark.parametrize("name, host, days, word", [
    ("other-name", "wrong.example", 100, "is not for mail.home.test"),
    ("short", "mail.home.test", 5, "ends in "),
])
def test_certificates(world, name, host, days, word):
    """The running server still has its own: that is told too (SIGHUP)."""
    status, findings = world.doctor(config=world.config(name, world.certificate(name, host, days)))
    assert ill(findings) == {"certificate", "starttls"} and status == 1
    text = {f["check"]: f["text"] for f in findings if f["level"] == "mend"}
    assert word in text["certificate"] and "SIGHUP" in text["starttls"]


def test_a_key_of_another(world):
    config = world.config("pair", f'tls {{ key = "{world.directory}/short.key" }}')
    world.certificate("short", "mail.home.test", 5)
    found(*world.doctor(config=config), "certificate", "does not belong to the certificate")


def test_no_certificate(world):
    status, findings = world.doctor(config=world.config("gone", 'tls { certificate = "/nowhere/cert.pem" }'))
    assert ill(findings) == {"certificate", "starttls"}, findings


def test_open_relay(world):
    config = world.config("relay", 'smtp { relay_networks = { "0.0.0.0/0" } }')
    found(*world.doctor(config=config), "relay", "smtp.relay_networks has 0.0.0.0/0")


def test_no_way_out(world):
    """Port 25 outward: nobody answers."""
    found(*world.doctor(peer="shut.test"), "outward", "open port")


@pytest.mark.parametrize("script, word", [
    ({"greeting": "554 5.7.1 go away"}, "it greets with: go away"),
    ({"greeting": b"HTTP/1.1 400 Bad Request\r\n\r\n"}, "it does not speak SMTP"),
    ({"greeting": None}, "it ends the connection"),
    ({"ehlo": "502 5.5.1 what?"}, "it refuses EHLO"),
])
def test_no_way_in(world, script, word):
    """Somebody answers there, who is no server that takes mail."""
    world.peers[1].reset(**script)
    found(*world.doctor(peer="late.test"), "outward", word)


def test_clock(world):
    """A server whose greeting tells another time than ours."""
    hour_ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    world.peers[1].reset(greeting=f"220 mx.late.test ESMTP; {email.utils.format_datetime(hour_ago)}")
    found(*world.doctor(peer="late.test"), "clock", "ahead of that of 127.0.1.2")


@pytest.mark.parametrize("file, mode, word", [("tls/key.pem", 0o644, "chmod o=,g-w"), ("postrider.conf", 0o666, "chmod go-w")])
def test_files(world, file, mode, word):
    path = world.server.directory / file
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        found(*world.doctor(), "files", word)
    finally:
        path.chmod(before)


def test_through_a_relay(world):
    """delivery.routes: the relay is called instead of the peer, and has the names, lists and SPF to see to."""
    port = world.peers[0].port
    config = world.config("relayed", f'delivery {{ routes = {{ "* relay 127.0.1.1:{port}" }} }}')
    status, findings = world.doctor(address="127.0.0.4", peer="shut.test", config=config)
    assert not ill(findings) and status == 0, findings
    text = {f["check"]: f["text"] for f in findings}
    assert f"127.0.1.1:{port}" in text["outward"] and "127.0.1.1" in text["ptr"] and "its operator tells you" in text["spf"]


def test_the_server_does_not_run(world):
    """What files tell is looked at all the same."""
    config = world.config("asleep", 'listen { control = "nobody" }')
    status, findings = world.doctor(config=config)
    found(status, findings, "server", "postrider serve")
    assert {"certificate", "disk", "files"} <= {f["check"] for f in findings}


def test_plain(world):
    """Piped: a line a finding, and the sum."""
    done = world.server.run("doctor", "--address", "127.0.0.1", "--peer", "peer.test", "--selector", "s1", "no-spf.test")
    lines = done.stdout.splitlines()
    assert any(line.startswith("mend    spf ") for line in lines), lines
    assert lines[-1].startswith("1 to mend, 0 not seen, ")


def test_answers_of_dns(world):
    """The control socket's "dns": each type in its form, what is not there, and what cannot be."""
    want = [
        ("mail.home.test", 1, "found", {"ip": "127.0.0.1"}),
        ("home.test", 15, "found", {"name": "mail.home.test", "preference": 10}),
        ("home.test", 16, "found", {"text": OK_SPF}),
        ("1.0.0.127.in-addr.arpa", 12, "found", {"name": "mail.home.test"}),
        ("_25._tcp.mail.home.test", 52, "found", {"hex": "030101" + "0f" * 32}),
        ("home.test", 28, "no-data", None),
        ("nobody.home.test", 16, "no-name", None),
        ("elsewhere.example", 16, "failed", None),
    ]
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(world.server.directory / "control"))
        stream = s.makefile("rwb")

        def ask(**request):
            stream.write(json.dumps({"call": "dns", **request}).encode() + b"\n")
            stream.flush()
            return json.loads(stream.readline())

        for name, kind, status, record in want:
            answer = ask(name=name, type=kind)
            assert (answer["ok"], answer["status"], answer["secure"]) == (True, status, False), answer
            assert record in answer["records"] if record else not answer["records"], answer
        assert ask(name="home.test", type=99)["status"] == "failed"
        assert not ask(name="a." * 200, type=1)["ok"] and not ask(type=1)["ok"]
