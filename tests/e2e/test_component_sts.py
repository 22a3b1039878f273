"""libpostrider honours MTA-STS policies where mail goes directly: RFC 8461 3.1, 3.3, 4.1, 5.1; with DANE the stricter (2)."""
import os
import subprocess

import pytest

from certificates import Authority
from component import BUILD, DRIVER, drive, patient, read
from harness import Dns, free_port
from policies import POLICY, Policies
from remote import Remote

BASIC = ("from=alice@sender.test", "subject=Hello", "text=How are you?")
WEB = "127.0.3.1"
NAMES = ["good", "name", "clear", "other", "testing", "none", "gone", "broken", "slow", "unannounced", "twice", "without", "kept", "last"]


class Network:
    def __init__(self, directory):
        self.authority = Authority(directory / "authority")
        self.port, self.web_port = free_port("127.0.4.1"), free_port(WEB)
        self.policies = Policies(WEB, self.web_port, self.authority)
        self.remotes = {}
        records = []
        for i, name in enumerate(NAMES, 1):
            records += [f"{name} IN MX 10 mx.{name}", f"mx.{name} IN A 127.0.4.{i}", f"mta-sts.{name} IN A {WEB}"]
            if name != "unannounced":
                records.append(f"_mta-sts.{name} IN TXT \"v=STSv1; id=1;\"")
        records += ["*.many IN MX 10 mx.many", "*.many IN TXT \"v=STSv1; id=1;\"", "mx.many IN A 127.0.4.99"]  # announced, and nowhere to be had
        records.append("_mta-sts.twice IN TXT \"v=STSv1; id=2;\"")
        self.dns = Dns(directory / "dns", records)

    def remote(self, name, certificate="good", **script):
        host = f"mx.{name}.test"
        files = {"good": lambda: self.authority.sign(host), "other": lambda: self.authority.sign("elsewhere.test"), None: lambda: None}[certificate]()
        made = Remote(f"127.0.4.{1 + NAMES.index(name)}", self.port, f"{name}.test", host, files)
        made.reset(**script)
        self.remotes[name] = made
        return made

    def remote_of_many(self):
        made = self.remotes["many"] = Remote("127.0.4.99", self.port, "many.test", "mx.many.test")
        return made

    def send(self, *names, **more):
        calls = [call for name in names for call in (f"to=u@{name}.test",)]
        return drive(*self.options(**more), *BASIC, *calls, "send=")

    def options(self, **more):
        return patient(self, **{"mta_sts_port": str(self.web_port), "roots": str(self.authority.certificate)} | more)

    def asked(self, name):
        return self.policies.asked.count((f"mta-sts.{name}.test", "/.well-known/mta-sts.txt"))

    def stop(self):
        self.dns.stop()
        self.policies.stop()
        for remote in self.remotes.values():
            remote.stop()


@pytest.fixture(scope="module")
def network(directory):
    made = Network(directory)
    yield made
    made.stop()


def told(sent):
    return [(r["state"], r["class"], r["tls_policy"]) for r in sent["json"]["recipients"]]


def test_a_policy_is_honoured(network):
    remote = network.remote("good")
    network.policies.set("good.test", POLICY.format("enforce", remote.host))
    assert told(network.send("good")) == [("delivered", "delivered", "MTA-STS")] and not any(b"MAIL" in line for line in remote.in_clear)


@pytest.mark.parametrize("name, certificate, words", [("name", "other", "MTA-STS policy promises a certificate"), ("clear", None, "promises encryption")])
def test_a_server_that_breaks_the_policy_gets_nothing(network, name, certificate, words):
    remote = network.remote(name, certificate)
    network.policies.set(f"{name}.test", POLICY.format("enforce", remote.host))
    sent = network.send(name)
    assert told(sent)[0][0] == "deferred" and words in sent["json"]["recipients"][0]["text"] and not remote.messages


def test_a_host_that_the_policy_does_not_name(network):
    remote = network.remote("other")
    network.policies.set("other.test", POLICY.format("enforce", "mail.other-host.test"))
    sent = network.send("other")
    assert told(sent)[0][:2] == ("deferred", "tls-failed") and "is none of the mail servers" in sent["json"]["recipients"][0]["text"]
    assert remote.n_connections == 0


@pytest.mark.parametrize("name, mode, followed", [("testing", "testing", "MTA-STS, testing: opportunistic"), ("none", "none", "opportunistic")])
def test_a_policy_that_is_not_enforced(network, name, mode, followed):
    network.remote(name, "other")
    network.policies.set(f"{name}.test", POLICY.format(mode, "mail.other.test"))
    assert told(network.send(name)) == [("delivered", "delivered", followed)]


@pytest.mark.parametrize("name, how", [("gone", {"status": 404}), ("broken", {"certificate": "other"}), ("slow", {"text": "nonsense"})])
def test_a_policy_that_cannot_be_had(network, name, how):
    """Then mail goes as without one (RFC 8461 5.1: never seen before); a second mail does not ask again (3.3)."""
    remote = network.remote(name, "other")
    text = how.pop("text", POLICY.format("enforce", "mail.other-host.test"))
    if "certificate" in how:
        how = {"certificate": network.authority.sign("elsewhere.test")}
    network.policies.set(f"{name}.test", text, **how)
    sent = drive(*network.options(), *BASIC, f"to=u@{name}.test", "send=", "send=")
    assert [told(s) for s in sent["sends"]] == [[("delivered", "delivered", "opportunistic")]] * 2
    assert network.asked(name) == (0 if "certificate" in how else 1) and len(remote.messages) == 2


def test_policies_are_bounded_in_number(network):
    """A client that has asked for more domains than it remembers still honours the next one's policy, and remembers no more than 500."""
    network.policies.set("last.test", POLICY.format("enforce", "mx.last.test"))
    last = network.remote("last")
    many = network.remote_of_many()
    calls = [f"bcc=u@d{i}.many.test" for i in range(600)]
    got = drive(*network.options(), *BASIC, "to=u@last.test", "send=", *calls, "send=", "send=")
    assert [line for s in got["sends"] for line in s["lines"] if not line.startswith("delivered")] == []
    assert {told(s)[0] for s in got["sends"]} == {("delivered", "delivered", "MTA-STS")} and len(last.messages) == 3
    assert network.asked("last") == 2  # it made room for 600 others meanwhile, and came again
    assert sum(len(r) for _, r, _ in many.messages) == 1200


def test_who_announces_nothing_is_not_asked(network):
    network.remote("unannounced")
    network.remote("twice")  # RFC 8461 3.1: two records are none
    for name in ("unannounced", "twice"):
        network.policies.set(f"{name}.test", POLICY.format("enforce", "mail.other-host.test"))
    assert {t[2] for t in told(network.send("unannounced", "twice"))} == {"opportunistic"}
    assert network.asked("unannounced") == network.asked("twice") == 0


def test_a_policy_is_kept_with_the_client(network):
    remote = network.remote("kept")
    network.policies.set("kept.test", POLICY.format("enforce", remote.host))
    sent = drive(*network.options(), *BASIC, "to=u@kept.test", "send=", "send=")
    assert [told(s)[0][2] for s in sent["sends"]] == ["MTA-STS"] * 2 and network.asked("kept") == 1


def test_it_can_be_left_out(network):
    remote = network.remote("without", "other")
    network.policies.set("without.test", POLICY.format("enforce", "mail.other-host.test"))
    assert told(network.send("without", mta_sts="no")) == [("delivered", "delivered", "opportunistic")] and network.asked("without") == 0
    remote.reset()


def test_without_libcurl_there_are_none(network, directory):
    """As on a machine where it is not installed: the loader is led to a file that is none."""
    if "asan" in str(BUILD):
        pytest.skip("sanitizers load libraries of their own")
    (directory / "libcurl.so.4").write_text("")
    done = subprocess.run([str(DRIVER), *network.options(), *BASIC, "to=u@without.test", "send="], capture_output=True, stdin=subprocess.DEVNULL,
                          env=os.environ | {"LD_LIBRARY_PATH": str(directory)}, timeout=60)
    assert done.returncode == 0, done.stderr
    assert told(read(done.stdout.decode())) == [("delivered", "delivered", "opportunistic")]
