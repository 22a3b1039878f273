"""Debian's Postfix as a relay host: submission with TLS and SASL (Cyrus, from a sasldb), on loopback."""
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

from harness import until

ASKS = "127.0.0.99"


def certify(directory, name):
    """A CA, and a certificate of its for the name: (ca, certificate, key)."""
    ca, key, request, certificate = (str(directory / f) for f in ("ca.pem", "key.pem", "request.pem", "cert.pem"))
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    quiet = dict(check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    subprocess.run(["openssl", "req", "-x509", *new_key, "-subj", "/CN=Test CA", "-keyout", f"{ca}.key", "-out", ca], **quiet)
    subprocess.run(["openssl", "req", *new_key, "-subj", f"/CN={name}", "-keyout", key, "-out", request], **quiet)
    names = directory / "names"
    names.write_text(f"subjectAltName=DNS:{name}\n")
    subprocess.run(["openssl", "x509", "-req", "-in", request, "-CA", ca, "-CAkey", f"{ca}.key", "-CAcreateserial",
                    "-extfile", str(names), "-out", certificate], **quiet)
    return ca, certificate, key


class Postfix:
    """mechanisms: what AUTH offers; next_hop: (address, port) that it hands everything to."""

    def __init__(self, address, port, name, next_hop, login=("relayed", "p:ss word")):
        # Its daemons are users of their own, who may not enter a test's directories.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="postrider-postfix-", dir="/var/tmp"))
        self.address, self.port, self.name = address, port, name
        for part in ("conf/sasl", "queue", "data"):
            (self.directory / part).mkdir(parents=True)
        os.chmod(self.directory, 0o755)
        shutil.chown(self.directory / "data", "postfix")
        self.ca, certificate, key = certify(self.directory / "conf", name)
        self.user, self.password = login
        database = self.directory / "conf" / "sasldb"
        subprocess.run(["/usr/sbin/saslpasswd2", "-p", "-c", "-f", str(database), "-u", name, self.user],
                       input=self.password, text=True, check=True)
        shutil.chown(database, "postfix")
        (self.directory / "conf" / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {self.directory}/queue
data_directory = {self.directory}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
myhostname = {name}
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [{next_hop[0]}]:{next_hop[1]}
smtp_host_lookup = native
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_local_domain = {name}
smtpd_sasl_security_options = noanonymous
smtpd_client_port_logging = yes
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_chain_files = {key}, {certificate}
maillog_file = {self.directory}/log
maillog_file_prefixes = /
alias_maps =
alias_database =
""")
        self.mechanisms("PLAIN LOGIN SCRAM-SHA-256")
        self.services()
        self.run("start")
        until(self.answers, what="Postfix")

    def mechanisms(self, names):
        """In force for the sessions to come."""
        (self.directory / "conf" / "sasl" / "smtpd.conf").write_text(
            f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {self.directory}/conf/sasldb\nmech_list: {names}\n")
        if (self.directory / "queue/pid/master.pid").exists():
            self.run("reload")

    def services(self):
        master = pathlib.Path("/usr/share/postfix/master.cf.dist")
        text = (master if master.exists() else pathlib.Path("/etc/postfix/master.cf")).read_text()
        lines = [f"{self.address}:{self.port} inet n - n - - smtpd"]
        for columns in (line.split() for line in text.splitlines() if line and not line.startswith(("#", " ", "\t"))):
            if columns[1] != "inet" and columns[-1] != "pipe" and "argv" not in columns[-1] and columns[7] != "pipe":
                columns[4] = "n"  # no chroot: nothing to copy into it
                lines.append(" ".join(columns))
        if not any(line.startswith("postlog") for line in lines):
            lines.append("postlog unix-dgram n - n - 1 postlogd")
        (self.directory / "conf" / "master.cf").write_text("\n".join(lines) + "\n")

    def answers(self):
        with socket.socket() as s:
            return s.connect_ex((self.address, self.port)) == 0

    def log(self):
        path = self.directory / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def log_until_now(self):
        """All that was logged before this call: lines come in order, and a connection of ours, which is left out, is behind them."""
        with socket.create_connection((self.address, self.port), source_address=(ASKS, 0)) as s:
            ours = f"[{ASKS}]:{s.getsockname()[1]}"
            until(lambda: ours in self.log(), what="a line of Postfix's log")
        return "".join(line for line in self.log().splitlines(keepends=True) if f"[{ASKS}]" not in line)

    def run(self, verb):
        subprocess.run(["/usr/sbin/postfix", "-c", str(self.directory / "conf"), verb], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        self.run("stop")
        shutil.rmtree(self.directory)
