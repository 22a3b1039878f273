"""postrider spf and postrider dmarc, with a real DNS server."""
import pytest

from harness import Dns, Postrider

RECORDS = [
    'pass IN TXT "v=spf1 ip4:192.0.2.0/24 -all"',
    'fail IN TXT "v=spf1 -all exp=why.fail.test"', 'why.fail IN TXT "%{i} is no server of %{d}"',
    'soft IN TXT "v=spf1 a mx ~all"',
    'nested IN TXT "v=spf1 include:pass.test " "redirect=soft.test"',
    'bad IN TXT "v=spf1 ipv4:192.0.2.1 -all"',
    'loop IN TXT "v=spf1 include:loop.test -all"',
    'slow IN TXT "v=spf1 include:elsewhere.example -all"',
    '_dmarc.strict IN TXT "v=DMARC1; p=reject; sp=quarantine; np=reject; adkim=s; rua=mailto:r@strict.test"',
    '_dmarc.try IN TXT "v=DMARC1; p=quarantine; t=y; pct=3"',
    'users IN TXT "v=spf1 exists:%{l}.known.users.test exists:%{s}.test -all"',
    'bob+tag=x.known.users IN A 127.0.0.2', r'al\@users.test IN A 127.0.0.2',
    'plain IN A 192.0.2.1',
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("authentication")
    dns = Dns(directory / "dns", RECORDS)
    made = Postrider(directory / "server", dns=dns)
    made.start()
    yield made
    made.stop()
    dns.stop()


@pytest.mark.parametrize("domain, ip, result, word", [
    ("pass.test", "192.0.2.7", "pass", "ip4:192.0.2.0/24"),
    ("fail.test", "192.0.2.7", "fail", "fail.test explains: 192.0.2.7 is no server of fail.test"),
    ("soft.test", "192.0.2.7", "softfail", "have the address added to its SPF record"),
    ("nested.test", "192.0.2.7", "pass", "include:pass.test"),
    ("nested.test", "2001:db8::1", "softfail", "~all in the SPF record of soft.test"),
    ("bad.test", "192.0.2.7", "permerror", "ipv4:192.0.2.1 in the SPF record of bad.test"),
    ("loop.test", "192.0.2.7", "permerror", "more than ten look-ups"),
    ("plain.test", "192.0.2.7", "none", "plain.test has no SPF record"),
    ("slow.test", "192.0.2.7", "temperror", "try again later"),  # DNS refuses to say: never a fail
])
def test_spf(server, domain, ip, result, word):
    """RFC 7208 2.6: each of its results, and why."""
    done = server.run("spf", "--ip", ip, "--helo", "helo.test", "--sender", f"someone@{domain}")
    assert done.stdout.split()[0] == result and done.returncode == {"pass": 0, "temperror": 2}.get(result, 1)
    assert word in done.stdout


def test_spf_of_the_null_sender(server):
    """RFC 7208 2.4: the name of HELO is asked instead."""
    done = server.run("spf", "--ip", "192.0.2.7", "--helo", "pass.test", "--sender", "<>", check=True)
    assert done.stdout.split()[0] == "pass"


@pytest.mark.parametrize("local, result", [("bob+tag=x", "pass"), ("al", "pass"), ("eve", "fail")])
def test_spf_of_one_user(server, local, result):
    """RFC 7208 7.2: the local part is a part of the name that is asked for."""
    done = server.run("spf", "--ip", "192.0.2.7", "--sender", f"{local}@users.test")
    assert done.stdout.split()[0] == result


def test_spf_of_no_address(server):
    done = server.run("spf", "--ip", "192.0.2", "--helo", "x.test")
    assert done.returncode == 64 and "no IPv4 or IPv6 address" in done.stderr
    config = server.directory / "asleep.conf"  # nobody can be asked: that is no answer of DNS
    config.write_text(server.config.read_text() + '\nlisten { control = "nobody" }\n')
    for command in (["spf", "--ip", "192.0.2.7", "--helo", "pass.test"], ["dmarc", "strict.test"]):
        assert server.run(command[0], "-c", str(config), *command[1:], config=False).returncode == 2


@pytest.mark.parametrize("domain, policy, word", [
    ("strict.test", "reject", "DKIM strict, SPF relaxed"),
    ("a.b.strict.test", "quarantine", "which belongs to strict.test"),
    ("try.test", "quarantine", "one step less"),
    ("plain.test", "none", "no DMARC record"),
])
def test_dmarc(server, domain, policy, word):
    """RFC 9989 4.10: the record that holds, by the tree walk."""
    done = server.run("dmarc", domain)
    assert done.stdout.split()[0] == policy and done.returncode == (1 if word == "no DMARC record" else 0)
    assert word in done.stdout


def test_dmarc_where_dns_refuses(server):
    done = server.run("dmarc", "elsewhere.example")
    assert done.returncode == 2 and "could not be looked up" in done.stderr
    done = server.run("dmarc", "strict..test")
    assert done.returncode == 64 and "is no domain" in done.stderr
