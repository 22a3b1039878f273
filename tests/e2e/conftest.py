"""What the end-to-end tests share: a running Postrider, a real DNS server, and remotes.

Everything listens on loopback.  Remotes stand for other people's mail servers: each has an address
of its own in 127.0.1.0/24, all on one port, and DNS names lead to them.
"""
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import time

import pytest

from remote import Remote

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("POSTRIDER", str(ROOT / "build" / "postrider"))
PASSWORD = "correct horse battery staple"


def free_port(address="127.0.0.1", kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind((address, 0))
        return s.getsockname()[1]


def free_port_base():
    """N such that N+25, N+465 and N+587 are free."""
    for base in range(12000 + os.getpid() % 10000, 60000, 700):
        try:
            for port in (25, 465, 587):
                with socket.socket() as s:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    s.bind(("127.0.0.1", base + port))
            return base
        except OSError:
            continue
    raise RuntimeError("no free ports")


class Dns:
    """nsd with one zone, `test`; names outside of it are refused."""

    def __init__(self, directory, records):
        self.port = free_port(kind=socket.SOCK_DGRAM)
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        zone = "$ORIGIN test.\n$TTL 60\n@ IN SOA ns.test. root.test. 1 3600 600 86400 5\n@ IN NS ns.test.\nns IN A 127.0.0.1\n"
        (self.directory / "test.zone").write_text(zone + "\n".join(records) + "\n")
        (self.directory / "nsd.conf").write_text(
            f"server:\n ip-address: 127.0.0.1@{self.port}\n zonesdir: {self.directory}\n database: \"\"\n"
            f" pidfile: {self.directory}/nsd.pid\n xfrdfile: {self.directory}/xfrd.state\n zonelistfile: {self.directory}/zone.list\n"
            f" cookie-secret-file: \"\"\n username: \"\"\n do-ip6: no\n server-count: 1\n verbosity: 0\n"
            "remote-control:\n control-enable: no\n"
            "zone:\n name: test\n zonefile: test.zone\n")
        self.process = subprocess.Popen(["/usr/sbin/nsd", "-d", "-c", str(self.directory / "nsd.conf")],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=open(self.directory / "nsd.log", "w"))
        self.wait()

    def wait(self):
        query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x02ns\x04test\x00\x00\x01\x00\x01"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            for _ in range(100):
                try:
                    s.sendto(query, ("127.0.0.1", self.port))
                    s.recv(512)
                    return
                except (socket.timeout, ConnectionRefusedError):
                    assert self.process.poll() is None, (self.directory / "nsd.log").read_text()
        raise RuntimeError("nsd does not answer")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Postrider:
    """One server in a directory of its own."""

    def __init__(self, directory, dns=None, remote_port=None, settings="", one_process=False):
        self.directory = pathlib.Path(directory)
        self.base = free_port_base()
        self.config = self.directory / "postrider.conf"
        self.one_process = one_process
        password = self.directory.parent / "password"
        password.write_text(PASSWORD + "\n")
        self.run("init", str(self.directory), "--domain", "home.test", "--account", "alice@home.test",
                 "--password-file", str(password), "--port-base", str(self.base), config=False, check=True)
        self.run("account", "add", "--password-file", str(password), "bob@home.test", check=True)
        extra = ""
        if dns:
            extra += f"resolver {{\n address = \"127.0.0.1\"\n port = {dns.port}\n dnssec = false\n time = 3s\n}}\n"
        if remote_port:
            extra += f"delivery {{\n remote_port = {remote_port}\n private_addresses = true\n ipv6 = false\n{settings}\n}}\n"
        with open(self.config, "a") as f:
            f.write(extra)
        self.process = None
        self.log = open(self.directory / "log", "a")

    @property
    def smtp(self):
        return self.base + 25

    @property
    def submission(self):
        return self.base + 587

    @property
    def submissions(self):
        return self.base + 465

    def add_settings(self, text):
        with open(self.config, "a") as f:
            f.write(text + "\n")

    def run(self, *arguments, config=True, check=False, **kw):
        command = [PROGRAM, arguments[0], *(["-c", str(self.config)] if config else []), *arguments[1:]]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, **kw)
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def start(self):
        command = [PROGRAM, "serve", "-c", str(self.config)] + (["--one-process"] if self.one_process else [])
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        assert line == "ready\n", f"not ready: {line!r}\n{self.log_text()}"
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise
        if self.process:
            self.process.stdout.close()

    def kill(self):
        """As a crash of everything: the roles end when their parent does."""
        roles = self.roles()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        for pid in roles.values():
            while os.path.exists(f"/proc/{pid}"):
                time.sleep(0.005)

    def roles(self):
        """{role: pid}"""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                argv = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                parent = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == self.process.pid and len(argv) >= 3 and argv[1] == b"role":
                found[argv[2].decode()] = int(pid)
        return found

    def log_text(self):
        return (self.directory / "log").read_text(errors="replace")

    def send(self, *arguments, wait="20s"):
        """`postrider send`: exit status, message id, and the records as they came."""
        done = self.run("send", "--wait", wait, "--json", *arguments)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert lines, done.stderr
        return done.returncode, lines[0]["message"], lines[1:]

    def status(self, message):
        done = self.run("status", "--json", message, check=True)
        return json.loads(done.stdout)

    def events(self, message=None):
        done = self.run("events", "--json", *(["--message", message] if message else []), check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def wait_final(self, message, seconds=30):
        """The latest record of each recipient once all are decided."""
        until = time.monotonic() + seconds
        while True:
            rows = self.status(message)["recipients"]
            if all(r["state"] in ("delivered", "refused", "expired", "cancelled") for r in rows):
                return rows
            assert time.monotonic() < until, rows
            time.sleep(0.05)

    def wait_state(self, message, state, seconds=30):
        until = time.monotonic() + seconds
        while True:
            rows = self.status(message)["recipients"]
            if all(r["state"] == state for r in rows):
                return rows
            assert time.monotonic() < until, rows
            time.sleep(0.05)

    def mailbox(self, account):
        done = self.run("mailbox", "list", "--json", account, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def text(self, account, uid):
        command = [PROGRAM, "mailbox", "-c", str(self.config), "show", account, str(uid)]
        return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout

    def sql(self, query, *parameters):
        with sqlite3.connect(f"file:{self.directory}/data/ledger.db?mode=ro", uri=True) as db:
            db.row_factory = sqlite3.Row
            return [dict(r) for r in db.execute(query, parameters)]


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("postrider")


@pytest.fixture(scope="module")
def network(directory):
    """DNS and remotes: network.remote("name") makes the domain name.test lead to a new remote."""

    class Network:
        def __init__(self):
            self.port = free_port("127.0.1.1")
            self.remotes = {}
            records = []
            for i, name in enumerate(NAMES, start=1):
                address = f"127.0.1.{i}"
                records += [f"{name} IN MX 10 mx.{name}.test.", f"mx.{name} IN A {address}"]
                self.remotes[name] = Remote(address, self.port)
            records += EXTRA_RECORDS
            self.dns = Dns(directory / "dns", records)

        def stop(self):
            self.dns.stop()
            for remote in self.remotes.values():
                remote.stop()

    made = Network()
    yield made
    made.stop()


# Domains with a remote of their own; a test scripts the one that it needs.
NAMES = [f"r{i}" for i in range(1, 31)]
EXTRA_RECORDS = [
    "null IN MX 0 .",
    "plain IN A 127.0.1.1",                 # no MX: implicit MX, RFC 5321 5.1
    "two IN MX 10 down.two.test.", "two IN MX 20 mx.r1.test.", "down.two IN A 127.0.1.254",
    "loop IN MX 10 mail.home.test.", "mail.home IN A 127.0.0.1",
    "nowhere IN TXT \"no address\"",
]


@pytest.fixture(scope="module")
def server(directory, network):
    made = Postrider(directory / "server", dns=network.dns, remote_port=network.port,
                     settings=" retry = {\"1s\", \"2s\", \"60s\"}")
    made.start()
    yield made
    made.stop()
