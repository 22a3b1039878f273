"""What mail programs and servers look for without a key: autoconfig, autodiscover, Apple's profile, the MTA-STS policy (RFC 8461)."""
import http.client
import json
import plistlib
import re
import urllib.parse
import uuid
import xml.etree.ElementTree as ElementTree

import pytest

from harness import ALICE, LOOKING, Postrider, tls_context
from http_api import Api

ODD = '"<&\'> "@home.test'  # well-formed (RFC 5321 4.1.2), and full of what XML has for itself
NOBODY = "nobody.here@home.test"
ELSEWHERE = "a@away.test"
ERRORS = "{http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006}"
OUTLOOK = "{http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a}"
SETTINGS = 'http { mta_sts = "enforce" }\n'


@pytest.fixture(scope="module")
def api(server):
    return Api(server, "")


@pytest.fixture(scope="module")
def host(server):
    return json.loads(server.run("domain", "show", "--json", "home.test", check=True, program=LOOKING).stdout)["publish"][0]["value"].split()[1].rstrip(".")


def get(server, target, name, method="GET", body=None, port=None):
    """As a program that has looked up `name` asks."""
    kind, more = (http.client.HTTPSConnection, {"context": tls_context()}) if port is None else (http.client.HTTPConnection, {})
    connection = kind("127.0.0.1", port or server.https, timeout=60, **more)
    connection.request(method, target, body, {"Host": name})
    answer = connection.getresponse()
    octets = answer.read()
    connection.close()
    return answer, octets


def without(listener, config):
    """The configuration that opens no such port."""
    changed = re.sub(rf"(\b{listener}\s*=\s*){{[^}}]*}}", r"\1{}", config)
    assert changed != config
    return changed


def asked(**parameters):
    return "?" + urllib.parse.urlencode(parameters)


# ---- Thunderbird ----

def servers(config):
    return [(s.tag, s.get("type"), s.findtext("hostname"), int(s.findtext("port")), s.findtext("socketType"), s.findtext("authentication"), s.findtext("username"))
            for s in config.find("emailProvider") if s.get("type")]


@pytest.mark.parametrize("path", ["/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml"])
def test_autoconfig(server, api, host, path):
    answer = api.raw("GET", path + asked(emailaddress=ALICE))
    assert (answer.status, answer.type) == (200, "text/xml; charset=utf-8")
    config = ElementTree.fromstring(answer.octets)
    provider = config.find("emailProvider")
    assert (config.tag, config.get("version"), provider.get("id"), provider.findtext("domain")) == ("clientConfig", "1.1", "home.test", "home.test")
    assert provider.findtext("displayName") and provider.findtext("displayShortName")
    assert servers(config) == [(tag, kind, host, port, way, "password-cleartext", "%EMAILADDRESS%") for tag, kind, port, way in (
        ("incomingServer", "imap", server.imaps, "SSL"), ("incomingServer", "imap", server.imap, "STARTTLS"),
        ("incomingServer", "pop3", server.pop3s, "SSL"), ("incomingServer", "pop3", server.pop3, "STARTTLS"),
        ("outgoingServer", "smtp", server.submissions, "SSL"), ("outgoingServer", "smtp", server.submission, "STARTTLS"))]
    for name in ("autoconfig.home.test", "AutoConfig.Home.Test.", f"autoconfig.home.test:{server.https}", "home.test"):
        assert get(server, path, name)[1] == answer.octets, name
    assert api.raw("HEAD", path + asked(emailaddress=ALICE)).headers["content-length"] == str(len(answer.octets))


def test_autoconfig_of_others(server, api):
    for name in ("autoconfig.away.test", "away.test", "localhost", "autoconfig.", "[::1]:1", "xautoconfig.home.test"):
        assert get(server, "/mail/config-v1.1.xml", name)[0].status == 404, name
    assert get(server, "/mail/config-v1.1.xml" + asked(emailaddress=ELSEWHERE), "autoconfig.home.test")[0].status == 404


# ---- Microsoft ----

def request(address, schema="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"):
    root = ElementTree.Element("Autodiscover", xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006")
    within = ElementTree.SubElement(root, "Request")
    ElementTree.SubElement(within, "EMailAddress").text = address
    if schema:
        ElementTree.SubElement(within, "AcceptableResponseSchema").text = schema
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


@pytest.mark.parametrize("path", ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml"])
@pytest.mark.parametrize("address", [ALICE, ODD])
def test_autodiscover(server, api, host, path, address):
    """[MS-OXDSCLI] 2.2.4: one server of each kind, TLS from the start."""
    answer = api.raw("POST", path, request(address))
    assert (answer.status, answer.type) == (200, "text/xml; charset=utf-8")
    account = ElementTree.fromstring(answer.octets).find(f"{OUTLOOK}Response/{OUTLOOK}Account")
    assert (account.findtext(OUTLOOK + "AccountType"), account.findtext(OUTLOOK + "Action")) == ("email", "settings")
    protocols = [{child.tag.removeprefix(OUTLOOK): child.text for child in p} for p in account.findall(OUTLOOK + "Protocol")]
    common = {"Server": host, "DomainRequired": "off", "LoginName": address, "SPA": "off", "SSL": "on", "Encryption": "SSL", "AuthRequired": "on"}
    assert protocols == [{"Type": "IMAP", "Port": str(server.imaps), **common}, {"Type": "POP3", "Port": str(server.pop3s), **common},
                         {"Type": "SMTP", "Port": str(server.submissions), **common, "UsePOPAuth": "off", "SMTPLast": "off"}]
    assert api.raw("POST", path, request(address, "")).octets == answer.octets


def test_autodiscover_of_what_is_not_here(api):
    """[MS-OXDSCLI] 2.2.4.1.1.3: 601, where a telephone asks for ActiveSync."""
    answer = api.raw("POST", "/autodiscover/autodiscover.xml", request(ALICE, "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006"))
    assert answer.status == 200
    assert ElementTree.fromstring(answer.octets).findtext(f"{ERRORS}Response/{ERRORS}Error/{ERRORS}ErrorCode") == "601"


@pytest.mark.parametrize("body", [
    b"", b"x", b"<Autodiscover/>", request(ALICE)[:-3], request(ALICE) + b"x", b"\xff\xfe" + request(ALICE).decode().encode("utf-16-le"), request(""), request("alice"),
    request("@home.test"), request(ALICE + "\n" + ALICE),
    b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Autodiscover><Request><EMailAddress>&e;@home.test</EMailAddress></Request></Autodiscover>',
    b"<Autodiscover>" * 2000,
])
def test_autodiscover_that_is_malformed(api, body):
    answer = api.raw("POST", "/autodiscover/autodiscover.xml", body)
    assert answer.status in (400, 413) and answer.type == "application/problem+json"
    if answer.status == 413:
        api.connection.close()


def test_autodiscover_json(server, api, host):
    url = {"Protocol": "AutodiscoverV1", "Url": f"https://{host}:{server.https}/autodiscover/autodiscover.xml"}
    for path in ("/autodiscover/autodiscover.json", "/Autodiscover/Autodiscover.json"):
        for protocol in ("AutodiscoverV1", "Autodiscoverv1"):
            answer = api.raw("GET", path + asked(Email=ALICE, Protocol=protocol))
            assert (answer.status, answer.type, answer.json) == (200, "application/json", url)
    assert api.raw("GET", "/autodiscover/autodiscover.json/v1.0/alice%40home.test" + asked(Protocol="AutodiscoverV1")).json == url
    other = api.raw("GET", "/autodiscover/autodiscover.json" + asked(Email=ALICE, Protocol="ActiveSync"))
    assert (other.status, other.json["ErrorCode"]) == (400, "ProtocolNotSupported")


# ---- Apple ----

@pytest.mark.parametrize("address", [ALICE, ODD])
def test_apple_profile(server, api, host, address):
    answer = api.raw("GET", "/apple.mobileconfig" + asked(email=address))
    assert (answer.status, answer.type) == (200, "application/x-apple-aspen-config")
    profile = plistlib.loads(answer.octets)
    [mail] = profile["PayloadContent"]
    assert (profile["PayloadType"], mail["PayloadType"]) == ("Configuration", "com.apple.mail.managed")
    for payload in profile, mail:
        assert payload["PayloadVersion"] == 1 and payload["PayloadDisplayName"] and payload["PayloadIdentifier"].startswith(host)
        assert (uuid.UUID(payload["PayloadUUID"]).version, uuid.UUID(payload["PayloadUUID"]).variant) == (8, uuid.RFC_4122)
    assert profile["PayloadUUID"] != mail["PayloadUUID"] and profile["PayloadIdentifier"] != mail["PayloadIdentifier"]
    assert {key: value for key, value in mail.items() if not key.startswith("Payload")} == {
        "EmailAccountType": "EmailTypeIMAP", "EmailAccountDescription": address, "EmailAddress": address,
        "IncomingMailServerHostName": host, "IncomingMailServerPortNumber": server.imaps, "IncomingMailServerUseSSL": True,
        "IncomingMailServerAuthentication": "EmailAuthPassword", "IncomingMailServerUsername": address,
        "OutgoingMailServerHostName": host, "OutgoingMailServerPortNumber": server.submissions, "OutgoingMailServerUseSSL": True,
        "OutgoingMailServerAuthentication": "EmailAuthPassword", "OutgoingMailServerUsername": address,
        "OutgoingPasswordSameAsIncomingPassword": True}
    assert api.raw("GET", "/apple.mobileconfig" + asked(email=address)).octets == answer.octets  # installed again, it takes its own place


# ---- whose ----

def every(api, address):
    return [api.raw("GET", "/mail/config-v1.1.xml" + asked(emailaddress=address)), api.raw("POST", "/autodiscover/autodiscover.xml", request(address)),
            api.raw("GET", "/autodiscover/autodiscover.json" + asked(Email=address, Protocol="AutodiscoverV1")),
            api.raw("GET", "/apple.mobileconfig" + asked(email=address))]


def test_only_our_domains_are_answered_for(api):
    for answer in every(api, ELSEWHERE) + every(api, "a@[127.0.0.1]") + every(api, "a@sub.home.test"):
        assert (answer.status, answer.type) == (404, "application/problem+json"), answer.octets
        assert "no domain of this server" in answer.detail
    for answer in every(api, "alice") + every(api, "") + every(api, "@home.test"):
        assert answer.status in (400, 404), answer.octets


def test_who_exists_is_not_told(api):
    """An account, an address that nobody has: the same octets, the address aside."""
    def plain(answer, address):
        text = answer.octets.decode().replace(address, "ADDRESS")
        return answer.status, re.sub(r"[0-9A-F]{8}-[0-9A-F-]{27}", "UUID", text)
    assert [plain(a, ALICE) for a in every(api, ALICE)] == [plain(a, NOBODY) for a in every(api, NOBODY)]


def test_other_names_of_a_domain(server, api):
    """An international domain by both its forms (RFC 5890)."""
    server.run("domain", "add", "bücher.test", check=True, program=LOOKING)
    for domain in ("bücher.test", "xn--bcher-kva.test"):
        for answer in every(api, "ann@" + domain):
            assert answer.status == 200
        config = ElementTree.fromstring(api.raw("GET", "/mail/config-v1.1.xml" + asked(emailaddress="ann@" + domain)).octets)
        assert config.findtext("emailProvider/domain") == "xn--bcher-kva.test"
    assert get(server, "/.well-known/mta-sts.txt", "mta-sts.xn--bcher-kva.test")[0].status == 200


def test_services_that_are_off_are_not_offered(directory, network):
    """And a server that stands for no mail program says so."""
    own = Postrider(directory / "few", dns=network.dns)
    text = own.config.read_text()
    for name in ("imaps", "imap", "pop3s", "submissions"):
        text = without(name, text)
    own.config.write_text(text)
    own.start()
    api = Api(own, "")
    config = ElementTree.fromstring(api.raw("GET", "/mail/config-v1.1.xml" + asked(emailaddress=ALICE)).octets)
    assert [s[1:2] + s[3:5] for s in servers(config)] == [("pop3", own.pop3, "STARTTLS"), ("smtp", own.submission, "STARTTLS")]
    account = ElementTree.fromstring(api.raw("POST", "/autodiscover/autodiscover.xml", request(ALICE)).octets).find(f"{OUTLOOK}Response/{OUTLOOK}Account")
    assert [p.findtext(OUTLOOK + "Encryption") for p in account.findall(OUTLOOK + "Protocol")] == ["TLS", "TLS"]
    [mail] = plistlib.loads(api.raw("GET", "/apple.mobileconfig" + asked(email=ALICE)).octets)["PayloadContent"]
    assert (mail["EmailAccountType"], mail["IncomingMailServerPortNumber"]) == ("EmailTypePOP", own.pop3)
    assert own.stop() == 0
    own.config.write_text(without("submission", text))
    own.start()
    assert "takes no mail from programs" in Api(own, "").raw("GET", "/apple.mobileconfig" + asked(email=ALICE)).detail
    assert own.stop() == 0


# ---- MTA-STS ----

def policy(octets):
    lines = [line.split(": ") for line in octets.decode().split("\r\n") if line]
    return {key: [v for k, v in lines if k == key] for key, _ in lines}


def test_mta_sts(server, host):
    """RFC 8461 3.2, 3.3."""
    answer, octets = get(server, "/.well-known/mta-sts.txt", "mta-sts.home.test")
    assert (answer.status, answer.getheader("Content-Type")) == (200, "text/plain")
    assert policy(octets) == {"version": ["STSv1"], "mode": ["enforce"], "mx": [host], "max_age": ["604800"]}
    assert get(server, "/.well-known/mta-sts.txt", f"MTA-STS.home.test.:{server.https}")[1] == octets
    for name in ("home.test", "mta-sts.away.test", "mta-sts.", "mta-sts", "mta-sts.mta-sts.home.test", "127.0.0.1"):
        assert get(server, "/.well-known/mta-sts.txt", name)[0].status == 404, name


def test_mta_sts_modes(directory, network):
    """testing unless told otherwise; the record's id changes with the policy (RFC 8461 3.1); with none there is none to publish."""
    own, ids = Postrider(directory / "modes", dns=network.dns), []
    text = own.config.read_text()
    for mode in ("testing", "enforce", "none"):
        own.config.write_text(text + (f"http {{ mta_sts = {mode} }}\n" if mode != "testing" else ""))
        own.start()
        assert policy(get(own, "/.well-known/mta-sts.txt", "mta-sts.home.test")[1])["mode"] == [mode]
        row = json.loads(own.run("domain", "show", "--json", "home.test", check=True, program=LOOKING).stdout)
        ids.append([r["value"] for r in row["publish"] if "mta-sts" in r["name"] and r["type"] == "TXT"])
        assert own.stop() == 0
    assert ids[2] == [] and ids[0] != ids[1]
    assert all(re.fullmatch(r'"v=STSv1; id=[0-9a-f]{16};"', value) for value in ids[0] + ids[1]) and len(ids[0] + ids[1]) == 2
    own.config.write_text(text + "http { mta_sts = always }\n")
    refused = own.run("config", "check", program=LOOKING)
    assert refused.returncode and "none of none, testing, enforce" in refused.stderr + refused.stdout


# ---- DNS ----

def test_records_that_lead_there(server, host):
    """RFC 8461 3.1 and 8.2; printed where there is HTTPS."""
    row = json.loads(server.run("domain", "show", "--json", "home.test", check=True, program=LOOKING).stdout)
    records = {(r["name"], r["type"]): r["value"] for r in row["publish"]}
    for name in ("autoconfig", "autodiscover", "mta-sts"):
        assert records[f"{name}.home.test.", "CNAME"] == host + "."
    assert records["_autodiscover._tcp.home.test.", "SRV"] == f"0 0 {server.https} {host}."
    assert records["_mta-sts.home.test.", "TXT"].startswith('"v=STSv1; id=')
    text = server.config.read_text()
    server.config.write_text(without("https", text))
    row = json.loads(server.run("domain", "show", "--json", "home.test", check=True, program=LOOKING).stdout)
    server.config.write_text(text)
    assert not [r for r in row["publish"] if re.search("autoconfig|autodiscover|mta-sts", r["name"])]
