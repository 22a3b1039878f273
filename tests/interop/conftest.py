"""Fixtures: a server whose INBOX is full, and how many messages that is (INTEROP_MESSAGES, 300)."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import ends  # noqa: E402
from harness import Postrider  # noqa: E402
from relay import Relay  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "released: of tests/e2e, some of whose helpers are used here")


@pytest.fixture
def letters():
    return ends.letters_of(ends.N_MESSAGES)


@pytest.fixture
def server(tmp_path, letters):
    """alice's INBOX holds the letters, with their flags and dates; Filed and Other are empty."""
    made = Postrider(tmp_path / "server", settings="imap { idle_time = 30m }")
    made.start()
    ends.fill(made, letters)
    yield made
    assert made.stop() == 0


@pytest.fixture
def imaps(server):
    """The way of a client to the server's port for IMAP over TLS."""
    made = Relay(server.address, server.imaps)
    yield made
    made.stop()


@pytest.fixture
def pop3s(server):
    made = Relay(server.address, server.pop3s)
    yield made
    made.stop()
