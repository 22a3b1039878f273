"""Servers with mailboxes, each in a directory of its own on loopback: Postrider, and Debian's Dovecot with mdbox or Maildir.

Each has the accounts u0 to uN at home.test, all with the same password, and the ports lmtp, imap and imaps; after take_smtp() smtp too.
"""
import pathlib
import shutil
import signal
import subprocess

import measure
import peers

PASSWORD = "benchmark"
CERTIFICATE = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=mail.home.test"]


class Server:
    def __init__(self, directory, port_base, accounts):
        self.directory, self.accounts = pathlib.Path(directory), accounts
        self.smtp, self.lmtp, self.imap, self.imaps = (port_base + n for n in (25, 24, 143, 993))
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.prepare(port_base)
        self.start()

    def take_smtp(self):
        """From now on mail is taken at the port smtp."""

    def stop(self):
        """As its operator stops it, so that all is on disk."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Postrider(Server):
    name = "Postrider"
    settings = """
smtp {
    sessions_per_client = 20000
    sessions_max = 20000
    plain_auth_on_loopback = true
}
"""

    def postrider(self, *arguments):
        subprocess.run([peers.Postrider.program, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)

    def prepare(self, port_base):
        password = self.directory / "password"
        password.write_text(PASSWORD + "\n")
        self.config = self.directory / "conf" / "postrider.conf"
        self.postrider("init", self.directory / "conf", "--domain", "home.test", "--account", "u0@home.test", "--password-file",
                       password, "--port-base", port_base)
        for i in range(1, self.accounts):
            self.postrider("account", "add", "-c", self.config, "--password-file", password, f"u{i}@home.test")
        with open(self.config, "a") as f:
            f.write(self.settings)

    def start(self):
        self.process = subprocess.Popen([peers.Postrider.program, "serve", "-c", str(self.config)], stdout=subprocess.PIPE,
                                        stderr=open(self.directory / "log", "a"), text=True)
        assert self.process.stdout.readline() == "ready\n", (self.directory / "log").read_text()


class Dovecot(Server):
    """Its defaults, but for limits that would refuse the load; passwords are not checked at all, which spares it their cost.
    Mail by SMTP comes to it through Postfix."""
    front = None
    settings = """
protocols = imap lmtp
base_dir = {dir}/run
log_path = {dir}/log
ssl_cert = <{dir}/cert.pem
ssl_key = <{dir}/key.pem
disable_plaintext_auth = no
mail_location = {location}
mail_home = {dir}/home/%n
mail_uid = 65534
mail_gid = 65534
first_valid_uid = 1
mail_max_userip_connections = 0
default_vsz_limit = 0
default_client_limit = 20000
default_process_limit = 20000
service imap-login {{
  service_count = 0
  process_min_avail = 2
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imaps}
  }}
}}
service imap {{
  process_limit = 20000
}}
service lmtp {{
  process_min_avail = 4
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  client_limit = 60000
}}
service auth {{
  client_limit = 60000
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home={dir}/home/%n
}}
passdb {{
  driver = static
  args = nopassword=y
}}
namespace inbox {{
  inbox = yes
  mailbox Trash {{
    auto = create
  }}
}}
"""

    def prepare(self, port_base):
        for part in ("run", "home"):
            (self.directory / part).mkdir()
        self.directory.chmod(0o755)
        shutil.chown(self.directory / "home", "nobody", "nogroup")
        subprocess.run([*CERTIFICATE, "-keyout", self.directory / "key.pem", "-out", self.directory / "cert.pem"], check=True,
                       stderr=subprocess.DEVNULL)
        (self.directory / "conf").write_text(self.settings.format(
            dir=self.directory, location=self.location, imap=self.imap, imaps=self.imaps, lmtp=self.lmtp))

    def start(self):
        self.process = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", str(self.directory / "conf")], stdin=subprocess.DEVNULL)
        peers.wait_port(self.imap, self.process)


    def take_smtp(self):
        self.front = peers.Postfix(self.directory / "postfix", self.smtp - 25, 9, False, f"""
virtual_mailbox_domains = home.test
virtual_transport = lmtp:inet:127.0.0.1:{self.lmtp}
""")

    def stop(self):
        if self.front:
            self.front.stop()
        super().stop()


class Mdbox(Dovecot):
    name, location = "Dovecot mdbox", "mdbox:~/mdbox"


class Maildir(Dovecot):
    name, location = "Dovecot Maildir", "maildir:~/Maildir"


def cpu_seconds(server):
    front = getattr(server, "front", None)
    return measure.cpu_seconds(server.process.pid) + (measure.cpu_seconds(front.pid) if front else 0)
