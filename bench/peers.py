"""The servers that are compared, each in a directory of its own on loopback, the client that loads them, and the remote."""
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import time

import measure

ROOT = pathlib.Path(__file__).resolve().parents[1]
CLIENT = os.environ.get("BENCH_LOAD", str(ROOT / "build" / "bench" / "bench_load"))


def build_client():
    if "BENCH_LOAD" not in os.environ:
        subprocess.run(["ninja", "-C", str(ROOT / "build"), "bench/bench_load"], check=True, stdout=subprocess.DEVNULL)


def load(server, *options, recipient=None):
    """bench/load.c with these options: messages sent, seconds, and how much of one core the client took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([CLIENT, *map(str, options), "-f", "bench@home.test", "-t", recipient or server.recipient,
                           "127.0.0.1", str(server.port)], stdout=subprocess.PIPE, check=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    messages, seconds = done.stdout.split()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return int(messages), float(seconds), cpu / float(seconds)


def wait_port(port, process=None):
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process is None or process.poll() is None, "the server ended"
            time.sleep(0.05)
    raise RuntimeError(f"nothing listens on {port}")


class Postrider:
    name, recipient = "Postrider", "sink@[127.0.0.1]"
    program = os.environ.get("POSTRIDER", str(ROOT / "build" / "postrider"))
    settings = """
smtp {{
    relay_networks = {{ "127.0.0.0/8" }}
    sessions_per_client = 20000
    sessions_max = 20000
}}
delivery {{
    hold = {hold}
    remote_port = {sink_port}
    private_addresses = true
}}
"""

    def __init__(self, directory, port_base, sink_port, hold):
        self.directory, self.port = pathlib.Path(directory), port_base + 25
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        password = self.directory / "password"
        password.write_text("benchmark\n")
        subprocess.run([self.program, "init", str(self.directory / "conf"), "--domain", "home.test", "--account", "alice@home.test",
                        "--password-file", str(password), "--port-base", str(port_base)],
                       check=True, stdout=subprocess.DEVNULL)
        self.config = self.directory / "conf" / "postrider.conf"
        # The peer does not sign; an older build asks nothing, or knows nothing of keys.
        for yes in ("--yes",), ():
            subprocess.run([self.program, "dkim", "remove", "-c", str(self.config), *yes, "home.test"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        self.initial = self.config.read_text()
        self.start(hold, sink_port)

    def start(self, hold, sink_port):
        """Returns once it says ready; settings as given here."""
        self.config.write_text(self.initial + self.settings.format(hold="true" if hold else "false", sink_port=sink_port))
        self.process = subprocess.Popen([self.program, "serve", "-c", str(self.config)], stdout=subprocess.PIPE,
                                        stderr=open(self.directory / "log", "a"), text=True)
        assert self.process.stdout.readline() == "ready\n", (self.directory / "log").read_text()
        self.pid = self.process.pid

    def stop(self, how=signal.SIGTERM):
        for pid in [self.pid] if how == signal.SIGTERM else measure.tree(self.pid):
            os.kill(pid, how)
        self.process.wait()


def older(program):
    """Another build of Postrider, named for the commit it stands in.  Where its settings have other names, give it its own."""
    folder = pathlib.Path(program).resolve().parent
    commit = subprocess.run(["git", "-C", folder, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    return type("Older", (Postrider,), {"name": commit or program, "program": program})


class Postfix:
    """Debian's Postfix with its defaults, but for limits; every queue file is synced before its 250.  more: lines of main.cf."""
    name, recipient = "Postfix", "sink@sink.test"
    services = ("127.0.0.1:{port} inet n - n - - smtpd",)
    enter = ()  # what its programs are started by

    def __init__(self, directory, port_base, sink_port, hold, more=""):
        self.directory, self.port = pathlib.Path(directory), port_base + 25
        shutil.rmtree(self.directory, ignore_errors=True)
        for name in ("conf", "queue", "data"):
            (self.directory / name).mkdir(parents=True)
        shutil.chown(self.directory / "data", "postfix")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=mail.home.test",
                        "-keyout", self.directory / "conf/key.pem", "-out", self.directory / "conf/cert.pem"],
                       check=True, stderr=subprocess.DEVNULL)
        (self.directory / "conf" / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {self.directory}/queue
data_directory = {self.directory}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
myhostname = mail.home.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:{sink_port}
smtp_host_lookup = native
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
default_process_limit = 250
in_flow_delay = 0
maillog_file = {self.directory}/log
maillog_file_prefixes = /
smtpd_tls_security_level = may
smtpd_tls_chain_files = {self.directory}/conf/key.pem, {self.directory}/conf/cert.pem
defer_transports = {"smtp relay" if hold else ""}
alias_maps =
alias_database =
{more}""")
        master = pathlib.Path("/usr/share/postfix/master.cf.dist")
        text = (master if master.exists() else pathlib.Path("/etc/postfix/master.cf")).read_text()
        lines = [service.format(port=self.port) for service in self.services]
        for line in text.splitlines():
            columns = line.split()
            if line.startswith("#") or not columns or line[0].isspace() or columns[1] == "inet":
                continue
            if columns[0] in ("maildrop", "uucp", "ifmail", "bsmtp", "scalemail-backend", "mailman"):
                continue
            columns[4] = "n"  # no chroot: nothing to copy into it
            lines.append(" ".join(columns))
        if not any(line.startswith("postlog") for line in lines):
            lines.append("postlog unix-dgram n - n - 1 postlogd")
        (self.directory / "conf" / "master.cf").write_text("\n".join(lines) + "\n")
        self.postfix("start")
        wait_port(self.port)
        self.pid = int((self.directory / "queue/pid/master.pid").read_text())

    def postfix(self, verb):
        subprocess.run([*self.enter, "/usr/sbin/postfix", "-c", str(self.directory / "conf"), verb], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        self.postfix("stop")


class Sink:
    """Postfix's smtp-sink: takes everything, counts it."""

    def __init__(self, port):
        self.process = subprocess.Popen(["/usr/sbin/smtp-sink", "-c", "-u", "nobody", f"127.0.0.1:{port}", "1000"],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.text = b""
        wait_port(port, self.process)

    def messages(self):
        """Messages taken so far: the sink prints `sess=n quit=n mesg=n`, again and again."""
        try:
            while chunk := os.read(self.process.stdout.fileno(), 65536):
                self.text = (self.text + chunk)[-400:]
        except BlockingIOError:
            pass
        found = self.text.rfind(b"mesg=")
        digits = self.text[found + 5:].split()[0] if found >= 0 and self.text[found + 5:].split() else b"0"
        return int(digits) if digits.isdigit() else 0

    def wait(self, n, seconds=300):
        until = time.monotonic() + seconds
        while self.messages() < n:
            assert time.monotonic() < until, f"the sink has {self.messages()} of {n}"
            time.sleep(0.005)

    def stop(self):
        self.process.terminate()
        self.process.wait()
