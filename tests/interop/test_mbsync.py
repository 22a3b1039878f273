"""mbsync (isync): a Maildir and a server kept alike."""
import pytest

import ends
import syncing
from harness import ALICE, PASSWORD

CONFIG = """
IMAPStore far
Host 127.0.0.1
Port {port}
User {user}
Pass "{password}"
SSLType IMAPS
CertificateFile {certificate}

MaildirStore near
Path {root}/
Inbox {root}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns INBOX Filed Other
Create Both
Expunge Both
CopyArrivalDate yes
SyncState {root}/.state/
"""


class Mbsync:
    dates = True

    def __init__(self, server, relay, folder):
        ends.need("mbsync")
        self.relay, self.root = relay, folder / "mail"
        (self.root / ".state").mkdir(parents=True)
        config = folder / "mbsyncrc"
        config.write_text(CONFIG.format(port=relay.port, user=ALICE, password=PASSWORD, root=self.root,
                                        certificate=server.directory / "tls/cert.pem"))
        self.command = ["mbsync", "-c", str(config), "all"]


@pytest.mark.parametrize("what", [syncing.pull, syncing.push, syncing.follow], ids=lambda f: f.__name__)
def test_mbsync(server, imaps, letters, tmp_path, what):
    what(server, letters, Mbsync(server, imaps, tmp_path))
