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

import milters
from harness import PROGRAM, Dns, Postrider, free_port
from remote import Remote
from rspamds import FakeRspamd, pong, reply
from scanner import Clamd, Door

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
    '6.0.0.127.bad IN A 127.0.0.2', '6.0.0.127.bad IN TXT "sends spam"', "2.0.0.127.bad IN A 127.0.0.2",
    "2.0.0.127.all IN A 127.0.0.2", "1.0.0.127.all IN A 127.0.0.2", "2.0.0.127.sold IN A 192.0.2.7", "2.0.0.127.public IN A 127.255.255.254",
    'ended IN TXT "no entries"',
    *domain("home"), *domain("stranger"),
    *(line for name, (ill, _, _) in DOMAINS.items() for line in domain(name, **ill)),
]
REVERSE = [
    "1.0.0 IN PTR mail.home.test.", "3.0.0 IN PTR astray.home.test.", "5.0.0 IN PTR other.home.test.", "6.0.0 IN PTR mail.home.test.",
]
SETTINGS = '''defence {{ dnsbl = {{ "bad.test" }}
 clamd = "{clamd}"
 milters = {{ "{milter}" }}
 rspamd = "{rspamd}" }}'''


class World:
    def __init__(self, directory):
        port = free_port("127.0.1.1")
        self.directory = directory
        self.dns = Dns(directory / "dns", RECORDS, REVERSE)
        self.peers = [Remote("127.0.1.1", port), Remote("127.0.1.2", port)]
        self.helpers = [Clamd(directory / "clamd"), milters.Real(directory / "milter")]
        self.clamd, self.milter = (Door(directory / f"door{i}", self.helpers[i].path) for i in (0, 1))
        self.rspamd = FakeRspamd()
        settings = SETTINGS.format(clamd=self.clamd.path, milter=self.milter.path, rspamd=self.rspamd.url)
        self.server = Postrider(directory / "server", dns=self.dns, remote_port=port, settings=settings)
        self.server.start()
        for name in DOMAINS:
            self.server.directory_order("domain", "add", f"{name}.test")

    def stop(self):
        self.server.stop()
        self.dns.stop()
        for one in [*self.peers, *self.helpers, self.rspamd]:
            one.stop()

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
    assert text["rspamd"] == f"rspamd at {world.rspamd.endpoint} answers (rspamd/3.4)"
    assert text["milters"] == f"the mail filter at {world.milter.path} answers (version 6 of the protocol)"
    assert "looks for viruses (ClamAV " in text["virus"]


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
    """The running server still has its own: that is told too (postrider reload)."""
    status, findings = world.doctor(config=world.config(name, world.certificate(name, host, days)))
    assert ill(findings) == {"certificate", "starttls"} and status == 1
    text = {f["check"]: f["text"] for f in findings if f["level"] == "mend"}
    assert word in text["certificate"] and "postrider reload" in text["starttls"]


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


def test_told_as_it_is_known(world):
    """What is known is told before another server has said anything, also to who reads it through a pipe."""
    with socket.create_server(("127.0.1.3", 0)) as door:
        door.settimeout(30)
        doctor = subprocess.Popen([PROGRAM, "doctor", "-c", str(world.server.config), "--json", "--address", "127.0.0.1",
                                   "--peer", f"127.0.1.3:{door.getsockname()[1]}", "home.test"], stdout=subprocess.PIPE, text=True)
        connection, _ = door.accept()
        told = []
        while not told or told[-1] != "relay":  # the last one before that server is called
            line = doctor.stdout.readline()
            assert line, told
            told.append(json.loads(line)["check"])
        assert {"server", "host", "certificate", "starttls"} <= set(told)
        connection.close()
        rest = [json.loads(line)["check"] for line in doctor.stdout]
        assert "outward" in rest and "spf" in rest
    doctor.wait()


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


def test_keys_of_the_directory(world):
    """Without --selector too: each key of the domain is looked for, and one that has no record yet is told of, and whether it signs already."""
    [row] = world.server.directory_order("dkim", "show", "home.test")
    status, findings = world.doctor()
    told = [f["text"] for f in findings if f["check"] == "dkim" and f["level"] == "hint"]
    assert row["keys"] and all(key["signs"] for key in row["keys"]) and status == 0
    for key in row["keys"]:
        assert any(f"{key['selector']}._domainkey.home.test signs what leaves already" in text for text in told), findings
    world.server.run("dkim", "rotate", "--rsa", "--selector", "later", "home.test", check=True)
    told = [f["text"] for f in world.doctor()[1] if f["check"] == "dkim" and f["level"] == "hint"]
    assert any("later._domainkey.home.test waits to be published, and signs nothing until then" in text for text in told), told
    world.server.run("dkim", "remove", "--selector", "later", "home.test", check=True)


def test_an_account_that_is_held(world):
    world.server.run("account", "hold", "--reason", "asked by its owner", "bob@home.test", check=True)
    status, findings = world.doctor()
    found(status, findings, "held", "bob@home.test (asked by its owner) is held")
    found(status, findings, "held", "postrider account release bob@home.test")
    world.server.run("account", "release", "bob@home.test", check=True)
    assert not ill(world.doctor()[1])


@pytest.mark.parametrize("zone, level, word", [
    ("ended.test", "mend", "does not have 127.0.0.2"),
    ("all.test", "mend", "has 127.0.0.1, so it has everybody"),
    ("sold.test", "mend", "no list of addresses any more"),
    ("public.test", "mend", "does not answer your resolver"),
    ("elsewhere.example", "unseen", "the list elsewhere.example did not answer: 2.0.0.127.elsewhere.example: "),
])
def test_lists_that_do_not_answer(world, zone, level, word):
    """RFC 5782 5: the entries that every list has, and has not."""
    config = world.config("lists")
    config.write_text(config.read_text().replace('"bad.test"', f'"{zone}"'))
    status, findings = world.doctor(config=config)
    assert ill(findings) == {"dnslists"} and status == (1 if level == "mend" else 2), findings
    assert any(f["level"] == level and f["subject"] == zone and word in f["text"] for f in findings), findings


@pytest.mark.parametrize("mode, word", [("gone", "No such file"), ("garbage", "no reply of clamd"), ("deaf", "clamd at")])
def test_a_clamd_that_does_not_answer(world, mode, word):
    """As the running server sees it: what was there at its start, and is not any more."""
    world.clamd.turn(mode)
    try:
        status, findings = world.doctor()
    finally:
        world.clamd.turn("open")
    found(status, findings, "virus", word)
    found(status, findings, "virus", "(defence.scan_failure = tag): start it")
    assert not ill(world.doctor()[1])


@pytest.mark.parametrize("mode, word", [("gone", "No such file"), ("garbage", "does not answer"), ("deaf", "does not answer")])
def test_a_milter_that_does_not_answer(world, mode, word):
    world.milter.turn(mode)
    try:
        status, findings = world.doctor()
    finally:
        world.milter.turn("open")
    found(status, findings, "milters", word)
    found(status, findings, "milters", f"the mail filter at {world.milter.path} does not answer")
    assert not ill(world.doctor()[1])


@pytest.mark.parametrize("pings, word", [
    (lambda connection: reply(connection, b"", "404 Not Found"), "it answers 404 Not Found"),
    (lambda connection: reply(connection, b"<html>"), "it is no rspamd"),
    (lambda connection: connection.sendall(b"220 mx.peer.test ESMTP\r\n"), "it does not speak HTTP/1.1"),
    (lambda connection: None, "it ended its reply"),
])
def test_an_rspamd_that_does_not_answer(world, pings, word):
    world.rspamd.pings = pings
    try:
        status, findings = world.doctor()
    finally:
        world.rspamd.pings = pong
    found(status, findings, "rspamd", word)
    found(status, findings, "rspamd", "messages are put off until it does (defence.rspamd_failure = tempfail): start it")
    assert not ill(world.doctor()[1])


def test_a_step_that_has_learned_nothing(world):
    """It is to lead to Junk, and says nothing before enough was learned; where it only observes, that is a hint."""
    status, findings = world.doctor()
    assert any(f["check"] == "learned" and f["level"] == "hint" for f in findings) and not status
    config = world.config("learned", 'defence { steps = { "wanted=junk" } }')
    found(*world.doctor(config=config), "learned", "wanted=junk, and nothing follows before 200 messages of each kind")


@pytest.fixture(scope="module")
def bare(world, tmp_path_factory):
    """A server as it is installed, that nobody has given a clamd; its lists of hashes are at hand."""
    server = Postrider(tmp_path_factory.mktemp("bare") / "server", dns=world.dns)
    server.start()
    yield server
    server.stop()


def virus(server):
    done = server.run("doctor", "--json", "--address", "127.0.0.1", "--peer", "peer.test")
    return [(f["level"], f["text"]) for f in map(json.loads, done.stdout.splitlines()) if f["check"] == "virus"]


def test_nobody_looks_for_viruses(bare):
    """Mail is taken unseen: that is told, until somebody has said that it is meant, or that lists are to look."""
    [(level, text)] = virus(bare)
    assert level == "mend" and "no clamd at /run/clamav/clamd.ctl: install clamav-daemon" in text, text
    hashes = bare.directory / "own.hdb"
    text = bare.config.read_text()
    for settings, level, word in (('clamd = off', "hint", "as defence.clamd = off says"),
                                  (f'hashes = {{ "{hashes}" }}', "mend", "hold no hash"),
                                  (f'hashes = {{ "{hashes}" }}', "well", "by 1 hashes")):
        hashes.write_text("d41d8cd98f00b204e9800998ecf8427e:0:Own.Nothing\n" if level == "well" else "")
        bare.stop()
        bare.config.write_text(f"{text}\ndefence {{ {settings} }}\n")
        bare.start()
        [(said, finding)] = virus(bare)
        assert said == level and word in finding, finding


def test_all_roles_in_one_process(world, tmp_path):
    """The same answers where the calls between roles are plain ones."""
    server = Postrider(tmp_path / "server", dns=world.dns, one_process=True, settings=SETTINGS.format(
        clamd=world.clamd.path, milter=world.milter.path, rspamd=f"http://127.0.0.1:{free_port()}"))
    server.start()
    done = server.run("doctor", "--json", "--address", "127.0.0.1", "--peer", "peer.test")
    assert server.stop() == 0
    told = {f["check"]: f["level"] for f in map(json.loads, done.stdout.splitlines())}
    assert told["virus"] == told["milters"] == "well" and told["learned"] == "hint", done.stdout
    assert told["rspamd"] == "mend" and "does not answer (" in done.stdout and "refused" in done.stdout, done.stdout


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
    assert lines[-1].startswith("1 to mend, 0 could not be asked, ")


def test_what_dns_does_not_say(world):
    """What no name server answers is neither a missing record nor a good one: each such line says so and why, what to do stands once
    below all of them, and the exit status is its own."""
    done = world.server.run("doctor", "--address", "127.0.0.1", "--peer", "peer.test", "--selector", "s1", "elsewhere.example")
    lines = done.stdout.splitlines()
    rows = {line.split()[1]: line for line in lines if line.startswith("unseen ")}
    assert {"mx", "spf", "dkim", "dmarc", "mta_sts", "gmail", "yahoo", "microsoft"} == set(rows), done.stdout
    assert "where mail for elsewhere.example goes: elsewhere.example: no name server gave an answer (SERVFAIL)" in rows["mx"], rows
    assert "SPF, DKIM, DMARC" in rows["gmail"] and done.stdout.count("try again later") == 1
    assert lines[-1].startswith("1 to mend, 8 could not be asked, ") and done.returncode == 1  # it is not one of our domains, too
    world.server.directory_order("domain", "add", "elsewhere.example")
    try:
        assert world.doctor(of="elsewhere.example")[0] == 2
    finally:
        world.server.directory_order("domain", "remove", "elsewhere.example")


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
        assert "elsewhere.example: no name server gave an answer (SERVFAIL)" in ask(name="elsewhere.example", type=16)["why"]
        assert ask(name="home.test", type=99)["status"] == "failed"
        assert not ask(name="a." * 200, type=1)["ok"] and not ask(type=1)["ok"]
