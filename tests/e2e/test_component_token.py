"""libpostrider logs in by an OAuth 2.0 token.

RFC 7628 (OAUTHBEARER; 3.1 the message, 3.2.3 what follows a refusal), RFC 4954 4; XOAUTH2 as Google and Microsoft have it.
"""
import base64

import pytest

from certificates import Authority
from component import drive, patient as options
from remote import Dialogue, Remote
from test_binding_python import run

BASIC = ("from=a@sender.test", "subject=x", "text=x")
REFUSAL = base64.b64encode(b'{"status":"invalid_token"}').decode()


class TokenRemote(Remote):
    """Takes the token "good-N", for N >= n_expired."""

    n_expired = 0

    def serve(self, connection):
        dialogue = TokenDialogue(self, connection)
        try:
            connection.settimeout(30)
            dialogue.run()
        except (OSError, EOFError):
            pass
        finally:
            dialogue.close()


class TokenDialogue(Dialogue):
    def line(self):
        line = self.input.readline().rstrip(b"\r\n").decode()
        self.remote.answers.append(line)
        return line

    def do_auth(self, argument):
        mechanism, _, response = argument.partition(" ")
        if not response:
            self.connection.sendall(b"334 \r\n")
            response = self.line()
        said = base64.b64decode(response).decode()
        self.remote.logins.append((mechanism, said))
        token = said.partition("auth=Bearer ")[2].rstrip("\x01")
        name, _, n = token.rpartition("-")
        if name.startswith("good") and int(n) > self.remote.n_expired:
            self.connection.sendall(b"235 2.7.0 in\r\n")
            return
        self.connection.sendall(f"334 {REFUSAL}\r\n".encode())
        self.line()
        self.connection.sendall(b"535 5.7.8 the token is too old\r\n")


@pytest.fixture
def remote(network, directory):
    i = len(network.remotes) + 1
    host = f"mx.r{i}.test"
    authority = Authority(directory / f"authority{i}")
    made = network.add(TokenRemote(f"127.0.1.{i}", network.port, f"r{i}.test", host, authority.sign(host)), None, {})
    made.logins, made.answers, made.roots = [], [], authority.certificate
    return made


def send(network, remote, mechanisms, *calls, user="alice%40sender.test", **more):
    remote.reset([*Remote.EXTENSIONS, f"AUTH {mechanisms}"])
    return drive(*options(network, roots=str(remote.roots), **more), *BASIC, f"to=b@{remote.domain}", *calls, f"send=smtp://{user}@{remote.host}:{network.port}")


def expected(mechanism, remote, network, token):
    if mechanism == "XOAUTH2":
        return f"user=alice@sender.test\x01auth=Bearer {token}\x01\x01"
    return f"n,a=alice@sender.test,\x01host={remote.host}\x01port={network.port}\x01auth=Bearer {token}\x01\x01"


@pytest.mark.parametrize("mechanisms, chosen", [("PLAIN LOGIN XOAUTH2", "XOAUTH2"), ("XOAUTH2 OAUTHBEARER SCRAM-SHA-256", "OAUTHBEARER")])
@pytest.mark.parametrize("n", [1, 2000])
def test_by_a_token(network, remote, mechanisms, chosen, n):
    token = "good" * n + "-1"
    sent = send(network, remote, mechanisms, f"option=token|{token}")
    assert sent["status"] == 0 and len(remote.messages) == 1
    assert remote.logins == [(chosen, expected(chosen, remote, network, token))]
    assert not any(b"AUTH" in line for line in remote.in_clear)


@pytest.mark.parametrize("mechanism, answer", [("XOAUTH2", ""), ("OAUTHBEARER", "AQ==")])
def test_a_token_that_is_refused(network, remote, mechanism, answer):
    """The server's words reach the result, and the token does not."""
    sent = send(network, remote, mechanism, "option=token|stolen-1")
    [record] = sent["json"]["recipients"]
    assert (record["state"], record["class"], record["code"], record["text"]) == ("deferred", "login-failed", 535, "the token is too old")
    assert remote.answers == [answer] and not remote.messages and "stolen" not in str(sent["json"])


def test_never_by_password(network, remote):
    """A server that has no such mechanism gets nothing."""
    sent = send(network, remote, "PLAIN LOGIN SCRAM-SHA-256", "option=token|good-1", user="alice:secret")
    [record] = sent["json"]["recipients"]
    assert record["class"] == "login-failed" and not remote.logins and not any(line.startswith(b"AUTH") for line in remote.commands)
    assert record["text"] == "the server offers no login by an OAuth 2.0 token (OAUTHBEARER, XOAUTH2), and no other was to be tried"


def test_a_server_that_takes_tokens_alone(network, remote):
    sent = send(network, remote, "XOAUTH2", user="alice:secret")
    [record] = sent["json"]["recipients"]
    assert record["class"] == "login-failed" and not any(line.startswith(b"AUTH") for line in remote.commands)
    assert record["text"] == "the server logs in by an OAuth 2.0 token alone (OAUTHBEARER, XOAUTH2), and there is none"


@pytest.mark.parametrize("user", ["alice", "alice:"])
@pytest.mark.parametrize("how", ["send", "each"])
def test_a_user_without_password_or_token(network, remote, user, how):
    """Nobody is logged in with an empty password; the words say what to write, and nobody is called."""
    rows = ("column=to", f"value=b@{remote.domain}") if how == "each" else (f"to=b@{remote.domain}",)
    sent = drive(*options(network, roots=str(remote.roots)), *BASIC, *rows, f"{how}=smtp://{user}@{remote.host}:{network.port}")
    assert sent["error"] == "the server: alice has no password; write user:password@, or give a token (the option token, postrider_client_token)"
    assert sent["status"] == 1 and remote.n_connections == 0


def test_a_token_is_asked_for_each_connection(network, remote):
    """So that it can be renewed; a kept connection needs none."""
    remote.reset([*Remote.EXTENSIONS, "AUTH OAUTHBEARER"])
    remote.n_expired = 1
    server = f"send=smtp://alice%40sender.test@{remote.host}:{network.port}"
    sent = drive(*options(network, roots=str(remote.roots)), *BASIC, f"to=b@{remote.domain}", "token=good", server, server, server)
    assert [s["status"] for s in sent["sends"]] == [2, 0, 0]
    assert [login.partition("Bearer ")[2].rstrip("\x01") for _, login in remote.logins] == ["good-1", "good-2"]


def test_from_python(network, remote):
    remote.reset([*Remote.EXTENSIONS, "AUTH XOAUTH2"])
    out = run(network, f"""
with postrider.Client(roots="{remote.roots}", **OPTIONS) as client:
    asked = []
    client.token(lambda user, host: asked.append((user, host)) or "good-7")
    mail = Mail("a@sender.test", "b@{remote.domain}", "x").text("x")
    print(client.send(mail, "smtp://alice%40sender.test@{remote.host}:{network.port}")[0].state, asked)
    client.token(lambda user, host: 1 / 0)
""")
    assert out == f"delivered [('alice@sender.test', '{remote.host}')]\n"
    assert remote.logins == [("XOAUTH2", expected("XOAUTH2", remote, network, "good-7"))]


def test_a_program_that_has_none(network, remote):
    remote.reset([*Remote.EXTENSIONS, "AUTH OAUTHBEARER"])
    sent = drive(*options(network, roots=str(remote.roots)), *BASIC, f"to=b@{remote.domain}", "token=none",
                 f"send=smtp://alice@{remote.host}:{network.port}")
    [record] = sent["json"]["recipients"]
    assert (record["state"], record["class"]) == ("deferred", "login-failed") and not remote.logins
    assert record["text"] == "the program has no token for alice (postrider_client_token gave none), and nobody was logged in"


@pytest.mark.parametrize("token", ["", "a b", "x" * 9000])
def test_what_is_no_token(token):
    sent = drive(f"option=token|{token}")
    assert sent["failed"][0][0] == "option" and "token" in sent["option"]
