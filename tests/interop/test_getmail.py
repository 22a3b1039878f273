"""getmail6, in Python.  Its child for a message is sometimes done before it waits for it, and then it waits in vain and
gives up (getmailcore/baseclasses.py, _wait_for_child): it is started again."""
import pytest

import ends
import popping
from harness import ALICE, PASSWORD

CONFIG = """
[retriever]
type = SimplePOP3SSLRetriever
server = 127.0.0.1
port = {port}
username = {user}
password = {password}
timeout = 20

[destination]
type = MDA_external
path = /bin/sh
arguments = ("{deliver}",)
allow_root_commands = true

[options]
read_all = false
delete = {delete}
delivered_to = false
received = false
"""


class Getmail:
    trips = "timed out"
    kw = {}

    def __init__(self, server, relay, folder):
        ends.need("getmail")
        self.relay, self.folder, self.root = relay, folder, popping.maildir(folder / "mail")

    def command(self, keep):
        config = self.folder / "getmailrc"
        config.write_text(CONFIG.format(port=self.relay.port, user=ALICE, password=PASSWORD, deliver=popping.deliver(self.root), delete=str(not keep).lower()))
        return ["getmail", "--getmaildir", str(self.folder), "--rcfile", str(config)]


@pytest.mark.parametrize("what", [popping.take, popping.keep], ids=lambda f: f.__name__)
def test_getmail(server, pop3s, letters, tmp_path, what):
    what(server, letters, Getmail(server, pop3s, tmp_path))
