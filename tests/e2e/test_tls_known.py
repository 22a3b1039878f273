"""Servers that are known by what their domain says of them: DANE (RFC 7672), over zones that are really signed, and MTA-STS (RFC 8461),
from a real web server."""
import os
import sqlite3
import threading

import pytest

from certificates import EXPIRED, Authority, tlsa
from harness import ALICE, Dns, Postrider, free_port, until
from policies import POLICY, Policies
from remote import Remote

SETTINGS = "delivery { command_time = 3s  greeting_time = 3s  idle_time = 0 }"
ELSE, SIGNED, FORGED = "a" * 64, "b" * 64, "c" * 64  # digests that fit nothing

# Each is NAME.signed.test, whose only server is mx.NAME.signed.test unless it is said below.
NAMES = ["key", "certificate", "full", "sha512", "rollover", "mismatch", "no-tls", "broken-tls", "pkix", "pkix-no-tls", "new-use", "authority",
         "authority-domain", "authority-wrong", "authority-expired", "spoiled", "two", "alias", "alias-own", "alias-out", "implicit", "open", "mixed",
         "both", "both-mismatch"]
# Each is NAME.test, in no signed zone, with an MTA-STS policy at the one web server.
STS_NAMES = ["enforced", "bad-name", "bad-tls", "other-host", "wildcard", "testing", "none", "slow", "huge", "redirect", "missing", "html",
             "garbage", "other-name", "dead", "kept"]
WEB, NOBODY = "127.0.1.121", "127.0.1.122"


class Network:
    """nsd with signed zones, an authority, and a remote for each name."""

    def __init__(self, directory):
        self.port = free_port("127.0.1.1")
        self.authority = Authority(directory / "authority")
        self.web_port = free_port(WEB)
        self.policies = Policies(WEB, self.web_port, self.authority)
        self.remotes = []
        self.made = {}
        self.dns = Dns(directory / "dns", self.in_the_open(),
                       signed={"signed.test": self.signed(), "forged.test": ["@ IN MX 10 mx", "mx IN A 127.0.1.1"]}, spoil={SIGNED: FORGED})
        self.dns.anchors[1] = self.dns.anchors[1].replace(self.dns.anchors[1][-8:], "00000000")  # no key of that zone fits

    def certificate(self, *arguments):
        """Of a name (and a time); the same each time that it is asked for."""
        if arguments not in self.made:
            self.made[arguments] = self.authority.sign(*arguments)
        return self.made[arguments]

    def address(self, name):
        return f"127.0.1.{1 + NAMES.index(name)}"

    def signed(self):
        at = f"_{self.port}._tcp"
        other = self.certificate("elsewhere.test", EXPIRED)[0]  # DANE-EE looks at neither name nor time (RFC 7671 5.1)
        data = {name: [tlsa(other, *kind)] for name, kind in (
            ("key", (3, 1, 1)), ("certificate", (3, 0, 1)), ("full", (3, 0, 0)), ("sha512", (3, 1, 2)), ("no-tls", (3, 1, 1)),
            ("broken-tls", (3, 1, 1)), ("two", (3, 1, 1)), ("implicit", (3, 1, 1)), ("both", (3, 1, 1)))}
        data["rollover"] = [f"3 1 1 {ELSE}", tlsa(other, 3, 1, 1)]
        data["mismatch"] = data["both-mismatch"] = [f"3 1 1 {ELSE}"]
        data["open"] = [f"3 1 1 {ELSE}"]
        data["pkix"] = data["pkix-no-tls"] = [f"1 1 1 {ELSE}", f"0 0 1 {ELSE}"]
        data["new-use"] = [f"4 1 1 {ELSE}", f"3 1 7 {ELSE}"]
        data["mixed"] = [f"1 1 1 {ELSE}", tlsa(other, 3, 1, 1)]
        data["spoiled"] = [f"3 1 1 {SIGNED}"]
        for name in ("authority", "authority-domain", "authority-wrong", "authority-expired"):
            data[name] = [tlsa(self.authority.certificate, 2, 0, 1)]
        records = []
        for name in NAMES:
            host = name if name == "implicit" else f"mx.{name}"
            if name != "implicit":
                records.append(f"{name} IN MX 10 mx.{name}")
            if not name.startswith("alias"):
                records.append(f"{host} IN A {self.address(name)}")
            records += [f"{at}.{host} IN TLSA {one}" for one in data.get(name, [])]
        fits = tlsa(other, 3, 1, 1)
        return records + self.announce("both") + self.announce("both-mismatch") + [
            "two IN MX 5 mx.spoiled",
            "mx.alias IN CNAME real.alias", f"real.alias IN A {self.address('alias')}", f"{at}.real.alias IN TLSA {fits}",
            f"{at}.mx.alias IN TLSA 3 1 1 {ELSE}",
            "mx.alias-own IN CNAME real.alias-own", f"real.alias-own IN A {self.address('alias-own')}", f"{at}.mx.alias-own IN TLSA {fits}",
            "mx.alias-out IN CNAME alias-out.test.", f"{at}.mx.alias-out IN TLSA 3 1 1 {ELSE}",
        ]

    def announce(self, name, address=WEB, number=1):
        return [f"_mta-sts.{name} IN TXT \"v=STSv1; id={number};\"", f"mta-sts.{name} IN A {address}"]

    def in_the_open(self, number=1):
        records = []
        for i, name in enumerate(STS_NAMES):
            records += [f"{name} IN MX 10 mx.{name}", f"mx.{name} IN A 127.0.1.{130 + i}",
                        *self.announce(name, NOBODY if name == "dead" else WEB, number)]
        return records + ["open IN MX 10 mx.open.signed.test.", f"alias-out IN A {self.address('alias-out')}",
                "unsigned IN MX 10 mx.unsigned.test.", "mx.unsigned IN A 127.0.1.100", f"_{self.port}._tcp.mx.unsigned IN TLSA 3 1 1 {ELSE}"]

    def remote(self, name, certificate=None, **script):
        """The server of a name; its certificate fits no name and no time unless it is told otherwise."""
        address, zone = (f"127.0.1.{130 + STS_NAMES.index(name)}", "test") if name in STS_NAMES else (self.address(name), "signed.test")
        made = Remote(address, self.port, f"{name}.{zone}", f"mx.{name}.{zone}", certificate or self.certificate("elsewhere.test", EXPIRED))
        made.reset(**script)
        self.remotes.append(made)
        return made

    def stop(self):
        self.dns.stop()
        self.policies.stop()
        for remote in self.remotes:
            remote.stop()


@pytest.fixture(scope="module")
def network(directory):
    made = Network(directory)
    yield made
    made.stop()


def start(made, network):
    made.start(env={**os.environ, "SSL_CERT_FILE": str(network.authority.certificate)})


@pytest.fixture(scope="module")
def server(directory, network):
    made = Postrider(directory / "server", dns=network.dns, remote_port=network.port, retry="60s 60s 60s", settings=SETTINGS +
                     f" delivery {{ mta_sts_time = 2s  mta_sts_port = {network.web_port} }}")
    start(made, network)
    yield made
    assert made.stop() == 0


def deliver(server, domain):
    """The record of a message that is delivered at the first attempt."""
    status, message, records = server.send("--from", ALICE, "--to", f"u@{domain}", "--body", "x", wait="40s")
    assert status == 0, records
    [record] = server.agreed(message, records)
    assert record["attempt"] == 1
    return record


def wait(server, domain):
    """The record of a message that waits; the next attempts would say the same."""
    status, message, _ = server.send("--from", ALICE, "--to", f"u@{domain}", "--body", "x", wait="0s")
    server.wait_state(message, "deferred")
    record = next(e for e in server.changes(message) if e["state"] == "deferred")
    server.run("queue", "cancel", message, check=True)
    return record


def no_mail(remote):
    return not any(line.upper().startswith((b"MAIL", b"RCPT", b"DATA")) for line in remote.commands)


@pytest.mark.parametrize("name", ["key", "certificate", "full", "sha512", "rollover", "mixed", "implicit"])
def test_a_record_fits(server, network, name):
    """RFC 7672 3.1.1: a DANE-EE record stands for its certificate, of whatever name and time; one of several is enough."""
    remote = network.remote(name)
    record = deliver(server, remote.domain)
    assert (record["tls_version"], record["tls_policy"]) == ("TLSv1.3", "DANE")
    assert [line.split()[0].upper() for line in remote.in_clear] == [b"EHLO", b"STARTTLS"]


def test_no_record_fits(server, network):
    """RFC 7672 2.2: no mail, neither in the clear nor to somebody else."""
    remote = network.remote("mismatch")
    record = wait(server, remote.domain)
    assert (record["class"], record["enhanced"], record["tls_policy"]) == ("tls-failed", "4.7.5", "DANE")
    assert "mx.mismatch.signed.test: " in record["text"] and "none of its TLSA records fits its certificate" in record["text"]
    assert no_mail(remote)


@pytest.mark.parametrize("name,script", [("no-tls", {"extensions": []}), ("broken-tls", {"handshake": b"250 what is this\r\n" * 20})])
def test_no_tls(server, network, name, script):
    """RFC 7672 2.2: records are a promise of TLS; whoever strips it gets nothing (threats 3.30)."""
    remote = network.remote(name, **script)
    if name == "no-tls":
        remote.certificate = None
    record = wait(server, remote.domain)
    assert record["class"] == ("tls-required" if name == "no-tls" else "tls-failed") and record["tls_policy"] == "DANE"
    assert "its TLSA records promise encryption (DANE" in record["text"]
    assert no_mail(remote)


@pytest.mark.parametrize("name", ["pkix", "new-use"])
def test_records_of_no_use(server, network, name):
    """RFC 7672 2.2, 3.1.3: PKIX-TA, PKIX-EE and what is unknown ask for TLS, with any certificate."""
    record = deliver(server, network.remote(name).domain)
    assert record["tls_version"] == "TLSv1.3" and record["tls_policy"] == "DANE, records of no use: encrypted, to any certificate"


def test_records_of_no_use_and_no_tls(server, network):
    remote = network.remote("pkix-no-tls")
    remote.certificate = None
    assert wait(server, remote.domain)["class"] == "tls-required"
    assert no_mail(remote)


@pytest.mark.parametrize("name,bears", [("authority", "mx.authority.signed.test"), ("authority-domain", "authority-domain.signed.test")])
def test_an_authority(server, network, name, bears):
    """RFC 7672 3.2.3: below a DANE-TA record the certificate bears the host's name or the domain's."""
    record = deliver(server, network.remote(name, network.certificate(bears)).domain)
    assert record["tls_policy"] == "DANE"


@pytest.mark.parametrize("name,certificate", [("authority-wrong", ["elsewhere.test"]),
                                              ("authority-expired", ["mx.authority-expired.signed.test", EXPIRED])])
def test_an_authority_and_a_certificate_that_is_not_good(server, network, name, certificate):
    remote = network.remote(name, network.certificate(*certificate))
    record = wait(server, remote.domain)
    assert (record["class"], record["enhanced"]) == ("tls-failed", "4.7.5")
    assert no_mail(remote)


def test_forged_records(server, network):
    """RFC 7672 2.1.2, threats 3.30: what DNSSEC finds forged is not "none": the server is not even called."""
    remote = network.remote("spoiled")
    record = wait(server, remote.domain)
    assert record["class"] == "dns-failed" and "which certificates mx.spoiled.signed.test may have is not known (DANE)" in record["text"]
    assert remote.n_connections == 0


def test_the_next_server(server, network):
    """RFC 7672 2.1.2: a server whose records are forged is passed over for one whose records are good."""
    record = deliver(server, network.remote("two").domain)
    assert record["remote_host"] == "mx.two.signed.test" and record["tls_policy"] == "DANE"


def test_forged_zone(server, network):
    assert wait(server, "forged.test")["class"] == "dns-failed"


@pytest.mark.parametrize("domain", ["unsigned.test", "open.test"])
def test_nobody_vouches(server, network, domain):
    """RFC 7672 2.2.1: records that DNSSEC does not lead to, from the domain on, say nothing."""
    if domain == "open.test":
        network.remote("open")
    else:
        network.remotes.append(Remote("127.0.1.100", network.port, certificate=network.certificate("elsewhere.test", EXPIRED)))
    assert deliver(server, domain)["tls_policy"] == "opportunistic"


@pytest.mark.parametrize("name,sni", [("alias", "real.alias.signed.test"), ("alias-own", "mx.alias-own.signed.test")])
def test_alias(server, network, name, sni, monkeypatch):
    """RFC 7672 2.2.3, 8.1: of an alias, the records of where it leads come first, then its own; their name is the SNI."""
    remote = network.remote(name)
    asked, plain = [], remote.context

    def context():
        made = plain()
        made.sni_callback = lambda _socket, name, _context: asked.append(name)
        return made
    monkeypatch.setattr(remote, "context", context)
    assert deliver(server, remote.domain)["tls_policy"] == "DANE"
    assert asked == [sni]


def test_alias_that_leads_out(server, network):
    """RFC 7672 2.1.3: an alias that DNSSEC vouches for has records of its own, wherever it leads."""
    remote = network.remote("alias-out")
    assert wait(server, remote.domain)["tls_policy"] == "DANE"
    assert no_mail(remote)


# ---- MTA-STS ----

def asked(network, domain):
    return network.policies.asked.count((f"mta-sts.{domain}", "/.well-known/mta-sts.txt"))


@pytest.mark.parametrize("name,host", [("enforced", "mx.enforced.test"), ("wildcard", "*.wildcard.test")])
def test_policy(server, network, name, host):
    """RFC 8461 4.1, 3.3: a host that the policy names, with a certificate for its name; the policy is fetched once."""
    remote = network.remote(name, network.certificate(f"mx.{name}.test"))
    network.policies.set(remote.domain, POLICY.format("enforce", host))
    for _ in range(2):
        record = deliver(server, remote.domain)
        assert (record["tls_version"], record["tls_policy"]) == ("TLSv1.3", "MTA-STS")
    assert asked(network, remote.domain) == 1


@pytest.mark.parametrize("name", ["bad-name", "bad-tls"])
def test_policy_that_the_server_breaks(server, network, name):
    """RFC 8461 4.2: no mail without a good certificate, and none in the clear (threats 3.30)."""
    remote = network.remote(name, network.certificate("elsewhere.test"))
    if name == "bad-tls":
        remote.certificate = None
    network.policies.set(remote.domain, POLICY.format("enforce", remote.host))
    record = wait(server, remote.domain)
    assert record["class"] == ("tls-failed" if name == "bad-name" else "tls-required") and record["tls_policy"] == "MTA-STS"
    assert "its domain's MTA-STS policy promises" in record["text"]
    assert no_mail(remote)


def test_host_that_the_policy_does_not_name(server, network):
    """RFC 8461 4.1: whoever forges the MX records gets nothing."""
    remote = network.remote("other-host", network.certificate("mx.other-host.test"))
    network.policies.set(remote.domain, POLICY.format("enforce", "mail.other-host.test"))
    record = wait(server, remote.domain)
    assert record["class"] == "tls-failed" and "mx.other-host.test is none of the mail servers that the MTA-STS policy" in record["text"]
    assert remote.n_connections == 0


@pytest.mark.parametrize("mode,followed", [("testing", "MTA-STS, testing: opportunistic"), ("none", "opportunistic")])
def test_policy_that_is_not_enforced(server, network, mode, followed):
    """RFC 8461 5: such a policy holds nothing up."""
    remote = network.remote(mode)
    network.policies.set(remote.domain, POLICY.format(mode, "mail.other.test"))
    assert deliver(server, remote.domain)["tls_policy"] == followed


@pytest.mark.parametrize("name,how", [
    ("dead", {}), ("missing", {"status": 404}), ("html", {"type": "text/html"}), ("slow", {"wait": threading.Event()}),
    ("redirect", {"status": 302, "location": "/elsewhere"}), ("huge", {}), ("garbage", {}), ("other-name", {})])
def test_policy_that_cannot_be_had(server, network, name, how):
    """RFC 8461 3.3: no redirect, no other certificate, no other type, 64 KiB, a time limit; then mail goes as if there were none."""
    remote = network.remote(name)
    text = {"huge": POLICY + "x: " + "y" * 70000, "garbage": "mode: enforce\r\n"}.get(name, POLICY).format("enforce", "mail.other.test")
    if name == "other-name":
        how["certificate"] = network.certificate("mta-sts.elsewhere.test")
    network.policies.set(remote.domain, text, **how)
    assert deliver(server, remote.domain)["tls_policy"] == "opportunistic"
    assert f"domain={remote.domain}" in server.log_text() and "sts_failed" in server.log_text()
    assert asked(network, remote.domain) == (name not in ("dead", "other-name"))
    assert deliver(server, remote.domain)["tls_policy"] == "opportunistic"  # and it is not asked again at once
    assert asked(network, remote.domain) == (name not in ("dead", "other-name"))


def test_both(server, network):
    """RFC 8461 2: where there are both, TLSA records decide, and a policy cannot make good what they refuse."""
    remote = network.remote("both")
    network.policies.set(remote.domain, POLICY.format("enforce", remote.host))
    assert deliver(server, remote.domain)["tls_policy"] == "DANE"
    remote = network.remote("both-mismatch", network.certificate("mx.both-mismatch.signed.test"))
    network.policies.set(remote.domain, POLICY.format("enforce", remote.host))
    record = wait(server, remote.domain)
    assert record["class"] == "tls-failed" and record["tls_policy"] == "DANE"
    assert no_mail(remote)


def results(server, name):
    with sqlite3.connect(f"file:{server.directory}/data/tls.db?mode=ro", uri=True, timeout=20) as db:
        return db.execute("SELECT policy, host, result, sessions FROM tls_result WHERE domain IN (?, ?) ORDER BY policy, host, result",
                          (f"{name}.test", f"{name}.signed.test")).fetchall()


@pytest.mark.parametrize("name,counted", [
    ("key", [("tlsa", "mx.key.signed.test", "success", 1)]),
    ("mismatch", [("tlsa", "mx.mismatch.signed.test", "validation-failure", 1)]),
    ("pkix-no-tls", [("tlsa", "mx.pkix-no-tls.signed.test", "starttls-not-supported", 1)]),
    ("enforced", [("sts", "mx.enforced.test", "success", 2)]),
    ("bad-name", [("sts", "mx.bad-name.test", "certificate-host-mismatch", 1)]),
    ("testing", [("sts", "mx.testing.test", "certificate-host-mismatch", 1)]),
    ("missing", [("no-policy-found", "mx.missing.test", "success", 2), ("sts", "", "sts-policy-fetch-error", 1)]),
    ("garbage", [("no-policy-found", "mx.garbage.test", "success", 2), ("sts", "", "sts-policy-invalid", 1)]),
    ("other-name", [("no-policy-found", "mx.other-name.test", "success", 2), ("sts", "", "sts-webpki-invalid", 1)])])
def test_what_is_counted(server, network, name, counted):
    """RFC 8460 4.2, 4.3: how the sessions of the tests above went, where a report can be made of it."""
    until(lambda: results(server, name) == counted, 10, results(server, name))


def test_policy_outlives_a_restart(server, network):
    """RFC 8461 3.3, 10.2: who can hold up the web server, and announce another policy, does not get rid of the one that is known."""
    remote = network.remote("kept", network.certificate("mx.kept.test"))
    network.policies.set(remote.domain, POLICY.format("enforce", remote.host))
    assert deliver(server, remote.domain)["tls_policy"] == "MTA-STS"
    assert server.stop() == 0
    network.policies.set(remote.domain, "", status=500)
    network.dns.rewrite("test", network.in_the_open(number=2))
    start(server, network)
    assert deliver(server, remote.domain)["tls_policy"] == "MTA-STS"
    assert asked(network, remote.domain) == 2
