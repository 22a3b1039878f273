"""What a relay's password leaves in a program's memory: nothing, but in what the program itself holds (threats 3.56).

RFC 4616 (PLAIN), RFC 4954 4 (LOGIN), RFC 7677 (SCRAM-SHA-256).
"""
import base64
import os
import re
import subprocess
import uuid

import pytest

from certificates import Authority
from component import BUILD, DRIVER
from harness import ALICE, PASSWORD
from http_api import new_key
from remote import Dialogue, Remote
from test_secrets import memory

pytestmark = pytest.mark.skipif("asan" in str(BUILD) or "tsan" in str(BUILD), reason="a sanitizer maps more than can be read")



class LoginRemote(Remote):
    """Takes whatever a login says, by PLAIN with its first words or behind a 334, or by LOGIN."""

    def serve(self, connection):
        dialogue = LoginDialogue(self, connection)
        try:
            connection.settimeout(60)
            dialogue.run()
        except (OSError, EOFError):
            pass
        finally:
            dialogue.close()


class LoginDialogue(Dialogue):
    def do_auth(self, argument):
        mechanism, _, response = argument.partition(" ")
        for _ in range(2 if mechanism == "LOGIN" else not response):
            self.connection.sendall(b"334 \r\n")
            response = self.input.readline().strip()
        self.connection.sendall(b"235 2.7.0 in\r\n")


@pytest.fixture(scope="module")
def remote(network, directory):
    i = len(network.remotes) + 1
    return network.add(LoginRemote(f"127.0.1.{i}", network.port, f"r{i}.test", f"mx.r{i}.test", Authority(directory / "secrets").sign(f"mx.r{i}.test")), None, {})


def pieces(text):
    """What would give it away: itself, and its base64 wherever it begins in a group of three octets."""
    octets = text.encode()
    return [octets] + [base64.b64encode(b"x" * i + octets)[4 if i else 0:].rstrip(b"=")[:-2] for i in range(3)]


def found(pid, *secrets):
    return [(name, secret, octets[max(0, m.start() - 20):m.end() + 20]) for name, octets in memory(pid) for secret in secrets
            for piece in pieces(secret) for m in re.finditer(re.escape(piece), octets)]


def sent(directory, url, *calls):
    """The driver, which has sent by what a file names and waits; its last call ends it."""
    at = directory / f"server-{uuid.uuid4().hex}"
    at.write_text(url)
    fifo = directory / f"fifo-{uuid.uuid4().hex}"
    os.mkfifo(fifo)
    driver = subprocess.Popen([str(DRIVER), *calls, f"from={ALICE}", "subject=x", "text=x", f"secret={at}", f"wait={fifo}"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    lines = []
    for line in driver.stdout:
        lines.append(line)
        if line.startswith("waits "):
            return driver, fifo, "".join(lines)
    raise AssertionError("".join(lines))


def end(driver, fifo):
    fifo.write_text("")
    assert driver.wait(30) == 0


@pytest.mark.parametrize("client", [True, False], ids=["a client that goes on", "one that is gone"])
@pytest.mark.parametrize("way", ["SCRAM-SHA-256", "wrong", "PLAIN", "PLAIN, long", "LOGIN"])
def test_a_password_is_nowhere(remote, network, server, directory, way, client):
    """Logged in or not, by a connection that is kept or is none any more: not in heap, stack or buffers of TLS."""
    secret = PASSWORD if way == "SCRAM-SHA-256" else uuid.uuid4().hex * (10 if way == "PLAIN, long" else 1)
    if way in ("SCRAM-SHA-256", "wrong"):
        url = f"smtps://alice%40home.test:{secret.replace(' ', '%20')}@localhost:{server.submissions}"
    else:
        remote.reset([*Remote.EXTENSIONS, f"AUTH {way.partition(',')[0]}"])
        url = f"smtp://alice:{secret}@{remote.address}:{network.port}"
    driver, fifo, told = sent(directory, url, f"to={ALICE}", *["option=time|1m"] * client)
    try:
        assert ("\nline delivered" in told) == (way != "wrong"), told
        assert found(driver.pid, secret) == []
    finally:
        end(driver, fifo)


@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_a_key_is_nowhere(server, directory, right):
    """The same of a key of the HTTP API."""
    key = new_key(server)
    key = key if right else key[:-8] + uuid.uuid4().hex[:8]
    driver, fifo, told = sent(directory, f"https://{key}@localhost:{server.https}", f"to={ALICE}", "option=time|1m")
    try:
        assert ("\nline delivered" in told) == right, told
        assert found(driver.pid, key.rpartition(".")[2]) == []
    finally:
        end(driver, fifo)


def test_the_search_finds_what_is_there(directory):
    """A program's own arguments are its own: there it stands."""
    secret = uuid.uuid4().hex
    driver, fifo, _ = sent(directory, "127.0.0.1:1", f"to=a@{secret}.test")
    try:
        assert found(driver.pid, secret)
    finally:
        end(driver, fifo)
