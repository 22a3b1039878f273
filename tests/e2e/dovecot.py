"""Debian's Dovecot as an LMTP server on loopback, with the users ann and bea at corp.test; on demand with IMAP, and any password."""
import pathlib
import shutil
import subprocess
import tempfile

from harness import RUNNING, can_connect, free_port, until

CONF = """
protocols = {protocols}
disable_plaintext_auth = no
base_dir = {dir}/run
log_path = {dir}/log
ssl = no
mail_location = maildir:{dir}/mail/%n
first_valid_uid = 1
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {port}
  }}
}}
userdb {{
  driver = passwd-file
  args = {dir}/users
}}
passdb {{
  driver = static
  args = nopassword=y
}}
"""
IMAP = """
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


class Dovecot:
    def __init__(self, protocols="lmtp", mail=()):
        """mail: {user: mail_location}, with {dir} for its directory."""
        # Its daemons are users of their own, who may not enter a test's directories.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="postrider-dovecot-", dir="/var/tmp"))
        self.directory.chmod(0o755)
        self.port, self.imap = free_port(), free_port()
        for part in ("run", "mail", "home"):
            (self.directory / part).mkdir()
        for part in ("mail", "home"):
            shutil.chown(self.directory / part, "nobody", "nogroup")
        (self.directory / "users").write_text("".join(
            f"{name}@corp.test::65534:65534::{self.directory}/home::" + (f"userdb_mail={mail[name]}".format(dir=self.directory) if name in mail else "") + "\n"
            for name in ["ann", "bea", *mail]))
        (self.directory / "conf").write_text((CONF + (IMAP if "imap" in protocols else "")).format(dir=self.directory, port=self.port, imap=self.imap, protocols=protocols))
        self.process = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", str(self.directory / "conf")], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        RUNNING.append(self.process)
        until(lambda: can_connect("127.0.0.1", self.port if "lmtp" in protocols else self.imap), what="Dovecot")

    def texts(self, name):
        return [path.read_bytes() for path in (self.directory / "mail" / name).glob("new/*")]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        shutil.rmtree(self.directory)
