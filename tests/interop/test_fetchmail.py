"""fetchmail, which gives each message to a program."""
import os

import pytest

import ends
import popping
from harness import ALICE, PASSWORD

CONFIG = """
set no bouncemail
set invisible
poll 127.0.0.1 protocol pop3 port {port} uidl auth password
    user "{user}" password "{password}" ssl sslfingerprint "{fingerprint}" no sslcertck no rewrite {mode}
    mda "/bin/sh {deliver}"
"""

class Fetchmail:
    trips = None

    def __init__(self, server, relay, folder):
        ends.need("fetchmail")
        self.relay, self.folder, self.root = relay, folder, popping.maildir(folder / "mail")
        self.fingerprint = ends.fingerprint(server, "md5", ":").upper()
        self.kw = {"env": {**os.environ, "FETCHMAILHOME": str(folder)}}

    def command(self, keep):
        config = self.folder / "fetchmailrc"
        config.write_text(CONFIG.format(port=self.relay.port, user=ALICE, password=PASSWORD, deliver=popping.deliver(self.root),
                                        fingerprint=self.fingerprint, mode="keep" if keep else "fetchall nokeep"))
        config.chmod(0o600)
        return ["fetchmail", "--nodetach", "--nosyslog", "-f", str(config)]


@pytest.mark.parametrize("what", [popping.take, popping.keep], ids=lambda f: f.__name__)
def test_fetchmail(server, pop3s, letters, tmp_path, what):
    what(server, letters, Fetchmail(server, pop3s, tmp_path))
