"""Python's poplib."""
import pathlib

import pytest

import popping
from harness import ALICE, PASSWORD

POPPER = pathlib.Path(__file__).parent / "clients/popper.py"


class Poplib:
    trips = None
    kw = {}

    def __init__(self, relay, folder):
        self.relay, self.root = relay, popping.maildir(folder / "mail")

    def command(self, keep):
        return ["/usr/bin/python3", str(POPPER), str(self.relay.port), ALICE, PASSWORD, str(self.root), "keep" if keep else "delete"]


@pytest.mark.parametrize("what", [popping.take, popping.keep], ids=lambda f: f.__name__)
def test_poplib(server, pop3s, letters, tmp_path, what):
    what(server, letters, Poplib(pop3s, tmp_path))
