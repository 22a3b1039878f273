"""OfflineIMAP: a Maildir and a server kept alike, in Python, with imaplib2."""
import pytest

import ends
import syncing
from harness import ALICE, PASSWORD

CONFIG = """
[general]
accounts = all
metadata = {folder}/state
maxsyncaccounts = 1
ui = basic
fsync = False

[Account all]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = {root}
utime_from_header = no

[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = {port}
remoteuser = {user}
remotepass = {password}
ssl = yes
cert_fingerprint = {fingerprint}
folderfilter = lambda name: name in ("INBOX", "Filed", "Other")
"""


class OfflineImap:
    dates = False

    def __init__(self, server, relay, folder):
        ends.need("offlineimap")
        self.relay, self.root = relay, folder / "mail"
        config = folder / "offlineimaprc"
        config.write_text(CONFIG.format(folder=folder, root=self.root, port=relay.port, user=ALICE, password=PASSWORD,
                                        fingerprint=ends.fingerprint(server)))
        self.command = ["offlineimap", "-o", "-c", str(config)]


@pytest.mark.parametrize("what", [syncing.pull, syncing.push, syncing.follow], ids=lambda f: f.__name__)
def test_offlineimap(server, imaps, letters, tmp_path, what):
    what(server, letters, OfflineImap(server, imaps, tmp_path))
