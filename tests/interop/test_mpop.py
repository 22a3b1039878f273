"""mpop, with PIPELINING, into a Maildir."""
import pytest

import ends
import popping
from harness import ALICE, PASSWORD

CONFIG = """
account all
host 127.0.0.1
port {port}
tls on
tls_starttls off
tls_trust_file
tls_fingerprint {fingerprint}
user {user}
password {password}
keep {keep}
uidls_file {folder}/uidls
delivery maildir {root}
received_header off
"""


class Mpop:
    trips = None
    kw = {}

    def __init__(self, server, relay, folder):
        ends.need("mpop")
        self.relay, self.folder, self.root = relay, folder, popping.maildir(folder / "mail")
        self.fingerprint = ends.fingerprint(server, "sha256", ":")

    def command(self, keep):
        config = self.folder / "mpoprc"
        config.write_text(CONFIG.format(port=self.relay.port, user=ALICE, password=PASSWORD, root=self.root, folder=self.folder,
                                        fingerprint=self.fingerprint, keep="on" if keep else "off"))
        config.chmod(0o600)
        return ["mpop", "-C", str(config), "all"]


@pytest.mark.parametrize("what", [popping.take, popping.keep], ids=lambda f: f.__name__)
def test_mpop(server, pop3s, letters, tmp_path, what):
    what(server, letters, Mpop(server, pop3s, tmp_path))
