"""What is asked of a binding of libpostrider, by a sender in clients/ that does what a plan (JSON) says and tells it in JSON.

    send     text, HTML and an attachment to those of the plan: {"version", "status", "error", "lines", "rows", "json"}
    each     a mail a row, with the watcher's addresses as "watched"
    source   an attachment by functions: one that is read at once, one that is read for each server
    cancel   ends the send to who is silent once the connection stands, then sends to another: {"cancelled", "after"}
    throws   a watcher, a token and sources that throw "mine": {"watch", "token", "open", "read": [the exception's words, its result's rows],
             "stream": its words, "after": rows of one more send by the same client}
    token    sends by a function that has no token, a wrong one, the right one: {"asked": [[user, host]], "rows"}
    refused  [code, words] of each value that cannot be
    memory   composes, writes and frees 1 MiB as often as the plan says: the growth of the process in KiB
"""
import email
import email.policy
import json
import os
import pathlib
import subprocess

import pytest

from certificates import Authority
from harness import ALICE, BOB, ROOT, Dns, Postrider, free_port
from http_api import new_key
from remote import Remote
from test_component_token import TokenRemote

BUILD = ROOT / "build"  # the released library, whichever program is tried: PHP opens with RTLD_DEEPBIND, which sanitizers refuse
CLIENTS = pathlib.Path(__file__).parent / "clients"
WORDS = {"refused": "550 5.1.1 no such user", "later": "451 4.2.0 come back later"}
SENT = [["delivered", "delivered", 250, True], ["refused", "no-such-user", 550, False], ["deferred", "deferred", 451, False]]


def by_name(address):
    return WORDS.get(address.split("@")[0], "")


class World:
    """DNS, and three remotes: one.test with TLS and two.test take all but who is named in WORDS, silent.test says nothing at MAIL,
    token.test wants a token."""

    def __init__(self, directory):
        self.port = free_port("127.0.1.1")
        names = ("one", "two", "silent", "token")
        self.dns = Dns(directory / "dns", [record for i, name in enumerate(names, 1)
                                           for record in (f"{name} IN MX 10 mx.{name}.test.", f"mx.{name} IN A 127.0.1.{i}")])
        authority = Authority(directory / "certificates")
        self.roots = str(authority.certificate)
        certificates = {name: authority.sign(f"mx.{name}.test") for name in ("one", "token")}
        self.remotes = {name: (TokenRemote if name == "token" else Remote)(f"127.0.1.{i}", self.port, f"{name}.test", certificate=certificates.get(name))
                        for i, name in enumerate(names, 1)}
        self.reset()

    def reset(self):
        self.remotes["one"].reset(rcpt=by_name)
        self.remotes["two"].reset(rcpt=by_name)
        self.remotes["silent"].reset(mail=Remote.SILENCE)
        self.remotes["token"].reset([*Remote.EXTENSIONS, "AUTH OAUTHBEARER"])
        self.remotes["token"].logins, self.remotes["token"].answers = [], []

    def stop(self):
        self.dns.stop()
        for remote in self.remotes.values():
            remote.stop()

    def options(self):
        return {"dns": f"127.0.0.1:{self.dns.port}", "port": str(self.port), "private": "yes", "ipv6": "no"}

    def server(self, name):
        return f"{self.remotes[name].address}:{self.port}"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("binding"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def keyed(tmp_path_factory):
    """A server of ours, and the way to its HTTP API."""
    made = Postrider(tmp_path_factory.mktemp("keyed") / "server").start()
    yield made, f"https://{new_key(made)}@127.0.0.1:{made.https}"
    assert made.stop() == 0


def read(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)


def parts(octets):
    """Subject, text, HTML, and what is attached."""
    message = read(octets)
    return (message["Subject"], message.get_body(("plain",)).get_content().strip(), message.get_body(("html",)).get_content().strip(),
            [(part.get_filename(), part.get_payload(decode=True)) for part in message.iter_attachments()])


class Binding:
    """The tests of one; TestX.sender() is the command, which gets what to do and the plan; TestX.example(): what runs the example."""

    def run(self, what, **plan):
        return json.loads(self.call(self.sender(), what, json.dumps(plan)))

    def call(self, command, *arguments, codes=(0,)):
        env = dict(os.environ, POSTRIDER_LIBRARY=str(BUILD / "libpostrider.so.1"), **self.environment())
        done = subprocess.run([*command, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=env, timeout=300)
        assert done.returncode in codes, f"{done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert not done.stderr, done.stderr
        return done.stdout

    @pytest.mark.parametrize("way", ["by a server", "by DNS"])
    def test_a_mail_to_several(self, world, tmp_path, way):
        world.reset()
        (tmp_path / "figures.bin").write_bytes(octets := os.urandom(100_000))
        server = world.server("one") if way == "by a server" else None
        told = self.run("send", server=server, options={} if server else world.options(), sender="Ännchen <a@sender.test>",
                        to=["B <b@one.test>", "refused@one.test, later@one.test"], cc="c@two.test", subject="Grüße aus Köln", text="Hallo Привет",
                        html="<p>Hallo Привет</p>", path=str(tmp_path / "figures.bin"), memory="in memory ü")
        assert told["version"].count(".") == 2 and told["status"] == 1 and told["error"] is None
        rows = [row[1:] for row in told["rows"]]
        assert [row[0] for row in told["rows"]] == ["b@one.test", "refused@one.test", "later@one.test", "c@two.test"]
        assert rows[0] == SENT[0] and rows[1] == SENT[1] and rows[2][0] == "deferred" and rows[2][2:] == [451, False] and rows[3] == SENT[0]
        assert told["lines"][1].startswith("refused    refused@one.test  ") and told["lines"][1].endswith(": 550 5.1.1 no such user")
        assert [one["address"] for one in told["json"]["recipients"]] == [row[0] for row in told["rows"]]
        assert told["json"]["recipients"][2]["text"] == "come back later" and told["json"]["recipients"][0]["tls_version"] == "TLSv1.3"
        takers = [world.remotes["one"]] if server else [world.remotes["one"], world.remotes["two"]]
        for remote in takers:
            [(sender, recipients, message)] = remote.messages
            assert sender == "a@sender.test" and parts(message) == ("Grüße aus Köln", "Hallo Привет", "<p>Hallo Привет</p>",
                                                                    [("figures.bin", octets), ("note.txt", "in memory ü".encode())])
        assert takers[0].messages[0][1] == (["b@one.test", "c@two.test"] if server else ["b@one.test"])

    def test_by_the_http_api_of_a_server(self, keyed, tmp_path):
        """https://key@host: the server's own verdicts."""
        server, url = keyed
        (tmp_path / "figures.bin").write_bytes(octets := os.urandom(100_000))
        told = self.run("send", server=url, options={}, sender=f"Ännchen <{ALICE}>", to=[BOB, "full@postrider.test"], cc="greylisted@postrider.test",
                        subject="Grüße aus Köln", text="Hallo Привет", html="<p>Hallo Привет</p>", path=str(tmp_path / "figures.bin"), memory="in memory ü")
        assert told["status"] == 1 and told["error"] is None
        assert [row[:3] for row in told["rows"]] == [[BOB, "delivered", "delivered"], ["full@postrider.test", "refused", "mailbox-full"],
                                                     ["greylisted@postrider.test", "deferred", "greylisted"]]
        assert {one["address"] for one in server.status(told["json"]["message"])["recipients"]} == {row[0] for row in told["rows"]}
        assert parts(server.wait_mail(BOB)) == ("Grüße aus Köln", "Hallo Привет", "<p>Hallo Привет</p>", [("figures.bin", octets), ("note.txt", "in memory ü".encode())])

    def test_a_mail_to_each(self, world):
        world.reset()
        told = self.run("each", server=None, options=world.options(), sender="a@sender.test", subject="For {{name}}", text="{{sum}}",
                        columns=["to", "name", "sum"], values=[["b@one.test", "Bärbel", "3"], ["refused@two.test", "Carol", "4"], ["d@two.test", "Dora", "5"]])
        assert [row[:2] for row in told["rows"]] == [["b@one.test", "delivered"], ["refused@two.test", "refused"], ["d@two.test", "delivered"]]
        assert sorted(told["watched"]) == ["b@one.test", "d@two.test", "refused@two.test"]
        [(_, _, one)], [(_, _, two)] = world.remotes["one"].messages, world.remotes["two"].messages
        assert [(read(m)["Subject"], read(m).get_content().strip()) for m in (one, two)] == [("For Bärbel", "3"), ("For Dora", "5")]

    def test_attachments_by_functions(self, world):
        """A stream is read at once, a source again for each server."""
        world.reset()
        told = self.run("source", server=None, options=world.options(), sender="a@sender.test", to=["b@one.test", "c@two.test"], subject="s",
                        text="t", n_octets=200_000)
        assert [row[1] for row in told["rows"]] == ["delivered", "delivered"] and told["begun"] == 2
        for name in ("one", "two"):
            [(_, _, octets)] = world.remotes[name].messages
            assert [part.get_payload(decode=True) for part in read(octets).iter_attachments()] == [b"s" * 200_000, b"r" * 200_000]

    def test_a_send_is_ended(self, world):
        world.reset()
        told = self.run("cancel", options=world.options() | {"command-time": "10m"}, sender="a@sender.test", to=["b@one.test", "c@silent.test"],
                        subject="s", text="t")
        assert told["cancelled"] == [["b@one.test", "delivered", "delivered"], ["c@silent.test", "deferred", "cancelled"]]
        assert told["after"] == [["b@one.test", "delivered", "delivered"]]

    def test_what_is_thrown_comes_out(self, world):
        """The send is ended, each recipient has its row, and the program's own exception comes out of the call; the client goes on."""
        world.reset()
        told = self.run("throws", server=f"smtp://user@mx.token.test:{world.port}", options=world.options() | {"command-time": "10m", "roots": world.roots},
                        sender="a@sender.test", to=["b@one.test", "c@silent.test"], subject="s", text="t")
        assert told["watch"] == ["mine", [["b@one.test", "delivered", "delivered"], ["c@silent.test", "deferred", "cancelled"]]]
        words, rows = told["token"]
        assert words == "mine" and [row[:2] for row in rows] == [["b@one.test", "deferred"], ["c@silent.test", "deferred"]]
        for what in ("open", "read"):
            assert told[what] == ["mine", [[address, "deferred", "local-trouble"] for address in ("b@one.test", "c@silent.test")]], what
        assert told["stream"] == "mine" and told["after"] == [["b@one.test", "delivered", "delivered"]]
        assert len(world.remotes["one"].messages) == 2 and not world.remotes["token"].logins

    def test_a_login_by_tokens(self, world):
        world.reset()
        told = self.run("token", server=f"smtp://%C3%A4@mx.token.test:{world.port}", options=world.options() | {"roots": world.roots},
                        sender="a@sender.test", to=["b@token.test"], subject="s", text="t")
        assert told["asked"] == [["ä", "mx.token.test"]] * 3
        assert [row[1:3] for row in told["rows"]] == [["deferred", "login-failed"], ["deferred", "login-failed"], ["delivered", "delivered"]]
        assert [said.partition("auth=Bearer ")[2] for _, said in world.remotes["token"].logins] == ["wrong-1\x01\x01", "good-1\x01\x01"]

    def test_values_that_cannot_be(self):
        """Each raises an error that names it: a line break in a subject, no address, a field, a file, a NUL, two options."""
        refused = self.run("refused")
        for (code, words), named in zip(refused, ["subject", "to: nobody", "X", "/no/such", "NUL", "dns", "no-such"], strict=True):
            assert code < 0 and named in words, (code, words)

    def test_memory_is_freed(self):
        """What 400 mails of 1 MiB took is given back: the process does not grow by half of it."""
        assert self.run("memory", n=400) < 200 * 1024

    def test_the_example(self, world):
        world.reset()
        out = self.call(self.example(), "a@sender.test", "b@one.test, refused@one.test", world.server("one"), codes=(1,))
        assert [line.split()[:2] for line in out.splitlines()] == [["delivered", "b@one.test"], ["refused", "refused@one.test"]]
        [(sender, recipients, octets)] = world.remotes["one"].messages
        [attached] = read(octets).iter_attachments()
        assert (sender, recipients) == ("a@sender.test", ["b@one.test"])
        assert not attached.get_filename().endswith((".exe", ".dll"))  # which servers refuse, ours too

    def environment(self):
        """Variables that the sender and the example need."""
        return {}
