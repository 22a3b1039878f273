"""Fixtures: a directory, a network of DNS and remotes, and a server, each once a test module.

Remotes stand for other people's mail servers: each has an address of its own in 127.0.1.0/24, all on
one port, and DNS names lead to them.  A module's SETTINGS are appended to its server's configuration.
"""
import shutil

import pytest

from harness import Dns, Postrider, free_port
from remote import Remote

N_REMOTES = 120
EXTRA_RECORDS = [
    "null IN MX 0 .",                                       # RFC 7505
    "implicit IN A 127.0.1.201",                            # no MX: RFC 5321 5.1
    "two IN MX 10 down.two.test.", "two IN MX 20 up.two.test.",
    "down.two IN A 127.0.1.254", "up.two IN A 127.0.1.202",
    "loop IN MX 10 mail.home.test.", "mail.home IN A 127.0.0.1",
    "nickname IN A 127.0.0.1",
    "nowhere IN TXT \"a name without an address\"",
    "blank IN MX 10 nowhere.test.",
    "dead IN MX 10 down.two.test.",
    "alias IN CNAME implicit.test.",
    "xn--bcher-kva IN MX 10 up.two.test.",                  # bücher.test
]


def pytest_configure(config):
    config.addinivalue_line("markers", "released: takes long, and sanitizers would see nothing more; tools/test runs it in the released build alone")


class Network:
    """DNS, and a remote for whoever asks: network.remote(script) leads its `domain` to it."""

    def __init__(self, directory):
        self.port = free_port("127.0.1.1")
        self.remotes = []
        records = []
        for i in range(1, N_REMOTES + 1):
            records += [f"r{i} IN MX 10 mx.r{i}.test.", f"mx.r{i} IN A 127.0.1.{i}"]
        self.dns = Dns(directory / "dns", records + EXTRA_RECORDS)

    def remote(self, certificate=None, extensions=None, **script):
        i = 1 + sum(r.domain.startswith("r") for r in self.remotes)
        assert i <= N_REMOTES
        return self.add(Remote(f"127.0.1.{i}", self.port, f"r{i}.test", f"mx.r{i}.test", certificate), extensions, script)

    def remote_at(self, address, domain, host, **script):
        return self.add(Remote(address, self.port, domain, host), None, script)

    def add(self, remote, extensions, script):
        remote.reset(extensions, **script)
        self.remotes.append(remote)
        return remote

    def stop(self):
        self.dns.stop()
        for remote in self.remotes:
            remote.stop()


@pytest.fixture(scope="module")
def directory(request, tmp_path_factory):
    """A file's servers; each takes 130 MB of disk, so it stays only where something failed."""
    made, failed = tmp_path_factory.mktemp("postrider"), request.session.testsfailed
    yield made
    if request.session.testsfailed == failed:
        shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def network(directory):
    made = Network(directory)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def server(request, directory, network):
    made = Postrider(directory / "server", dns=network.dns, remote_port=network.port,
                     settings=getattr(request.module, "SETTINGS", ""))
    made.start()
    yield made
    assert made.stop() == 0
