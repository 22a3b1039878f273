"""Debian's Dovecot as an LMTP server on loopback, with the users ann and bea at corp.test."""
import pathlib
import shutil
import subprocess
import tempfile

from harness import RUNNING, can_connect, free_port, until

CONF = """
protocols = lmtp
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


class Dovecot:
    def __init__(self):
        # Its daemons are users of their own, who may not enter a test's directories.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="postrider-dovecot-", dir="/var/tmp"))
        self.directory.chmod(0o755)
        self.port = free_port()
        for part in ("run", "mail", "home"):
            (self.directory / part).mkdir()
        for part in ("mail", "home"):
            shutil.chown(self.directory / part, "nobody", "nogroup")
        (self.directory / "users").write_text("".join(
            f"{name}@corp.test::65534:65534::{self.directory}/home::\n" for name in ("ann", "bea")))
        (self.directory / "conf").write_text(CONF.format(dir=self.directory, port=self.port))
        self.process = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", str(self.directory / "conf")], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        RUNNING.append(self.process)
        until(lambda: can_connect("127.0.0.1", self.port), what="Dovecot")

    def texts(self, name):
        return [path.read_bytes() for path in (self.directory / "mail" / name).glob("new/*")]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        shutil.rmtree(self.directory)
