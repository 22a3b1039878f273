"""GET /v1/domains: what a domain is to publish in DNS, and whether it does (RFC 1035, 2782, 6376, 7208, 7489, 8461)."""
import json

import pytest

from harness import ALICE, BOB, LOOKING, Postrider, until
from http_api import Api, new_key


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


@pytest.fixture
def domain(server, request):
    """A new one, with an address of Alice's."""
    name = "".join(c for c in request.node.name if c.isalnum())[:40] + ".test"
    server.run("domain", "add", name, check=True)
    server.run("account", "set", "--add-address", f"a@{name}", ALICE, check=True)
    return name


def wanted(server, domain):
    """What the command line says, DKIM's keys among it."""
    shown = json.loads(server.run("domain", "show", "--json", domain, check=True, program=LOOKING).stdout)["publish"]
    keys = json.loads(server.run("dkim", "show", "--json", domain, check=True, program=LOOKING).stdout)["keys"]
    return [(r["name"], r["type"], r["value"]) for r in shown], [(f"{k['selector']}._domainkey.{domain}.", k["record"]) for k in keys]


def by_name(got):
    return {(r["name"], r["type"]): r for r in got["records"]}


def test_those_of_the_accounts_addresses(server, api, domain):
    rows = {row["domain"]: row["addresses"] for row in api.ask("GET", "/v1/domains", status=200).json["domains"]}
    assert rows[domain] == [f"a@{domain}"] and ALICE in rows["home.test"] and BOB not in rows["home.test"]


def test_none_of_others(server, api, domain):
    """A key of one account sees the domains of its own addresses alone, and with the right "read"."""
    bobs = Api(server, new_key(server, BOB))
    assert [row["domain"] for row in bobs.ask("GET", "/v1/domains", status=200).json["domains"]] == ["home.test"]
    assert "no address at" in bobs.ask("GET", f"/v1/domains/{domain}", status=404).detail
    assert '"read"' in Api(server, new_key(server, ALICE, "--rights", "send")).ask("GET", f"/v1/domains/{domain}", status=403).detail


def test_nothing_is_published(server, api, domain):
    got = api.ask("GET", f"/v1/domains/{domain}", status=200).json
    assert [(r["name"], r["type"], r["value"]) for r in got["records"]] == [(*r[:2], None if r[1] == "A" else r[2]) for r in wanted(server, domain)[0]]
    assert {r["published"] for r in got["records"] if r["type"] != "A"} == {"no"}


def test_all_is_published(server, api, network, domain):
    server.run("dkim", "new", domain, check=True)
    records, keys = wanted(server, domain)
    assert keys
    lines = [f"{name} IN {kind} {value}" for name, kind, value in records if kind != "A"]
    network.dns.add(lines + [f'{name} IN TXT {" ".join(chr(34) + record[i:i + 200] + chr(34) for i in range(0, len(record), 200))}' for name, record in keys])
    until(lambda: server.run("dkim", "show", domain, program=LOOKING).stdout.count("DNS has it\n") == len(keys), what="the records in DNS")
    got = by_name(api.ask("GET", f"/v1/domains/{domain}", status=200).json)
    assert {key: r["published"] for key, r in got.items() if r["type"] != "A"} == dict.fromkeys([r[:2] for r in records if r[1] != "A"] + [(name, "TXT") for name, _ in keys], "yes")
    assert all(r["found"] == [r["value"]] for r in got.values() if r["type"] in ("MX", "SRV", "CNAME"))
    assert got["mail.home.test." if ("mail.home.test.", "A") in got else next(k[0] for k in got if k[1] == "A"), "A"]["value"] is None


def test_something_else_stands_there(server, api, network, domain):
    """What is about something else at the same name is no matter."""
    server.run("dkim", "new", domain, check=True)
    _, [(selector, _), *_] = wanted(server, domain)
    network.dns.add([f"{domain}. IN MX 5 mx.else.test.", f'{domain}. IN TXT "v=spf1 a -all"', f'{domain}. IN TXT "some-verification=x"',
                     f'_dmarc.{domain}. IN TXT "some-verification=x"', f"_imaps._tcp.{domain}. IN SRV 0 0 0 .",
                     f'{selector} IN TXT "v=DKIM1; p="'])
    until(lambda: "another record of that name" in server.run("dkim", "show", domain, program=LOOKING).stdout, what="the records in DNS")
    got = by_name(api.ask("GET", f"/v1/domains/{domain}", status=200).json)
    assert (got[f"{domain}.", "MX"]["published"], got[f"{domain}.", "MX"]["found"]) == ("different", ["5 mx.else.test."])
    assert (got[f"{domain}.", "TXT"]["published"], got[f"{domain}.", "TXT"]["found"]) == ("different", ["v=spf1 a -all"])
    assert (got[f"_dmarc.{domain}.", "TXT"]["published"], got[f"_dmarc.{domain}.", "TXT"]["found"]) == ("no", [])
    assert (got[f"_imaps._tcp.{domain}.", "SRV"]["published"], got[f"_imaps._tcp.{domain}.", "SRV"]["found"]) == ("different", ["0 0 0 ."])
    assert got[selector, "TXT"]["published"] == "different"


def test_it_is_remembered_for_a_moment(server, api, domain):
    first = api.ask("GET", f"/v1/domains/{domain}", status=200).json
    again = api.ask("GET", f"/v1/domains/{domain}", status=200).json
    assert again["records"] == first["records"]


def test_what_cannot_be_looked_up_is_unknown(tmp_path):
    """Neither there nor missing: the name server refuses to say."""
    own = Postrider(tmp_path / "server").start()
    got = Api(own).ask("GET", "/v1/domains/home.test", status=200).json
    assert {r["published"] for r in got["records"]} == {"unknown"} and all(r["why"] for r in got["records"])
    assert own.stop() == 0
