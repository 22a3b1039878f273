"""A running Postrider, a real DNS server, and a bare SMTP client.

Everything listens on loopback.  Nothing here knows the program's insides: it is started, asked
and stopped as its operator would, and its ledger is read as an application would.
"""
import atexit
import base64
import datetime
import functools
import itertools
import json
import os
import pathlib
import re
import select
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("POSTRIDER", str(ROOT / "build" / "postrider"))
LOOKING = os.environ.get("POSTRIDER_LOOKING", PROGRAM)  # what sets a server up and looks at it, where that is not what is tried
PASSWORD = "correct horse battery staple"
ALICE, BOB = "alice@home.test", "bob@home.test"
FINAL = ("delivered", "refused", "expired", "cancelled")
ATTEMPTED = (*FINAL, "deferred")  # states that end an attempt: those rows of `change` are `attempt`


RUNNING = []  # servers and name servers, for the end of a run that a failure cut short


@atexit.register
def end_all():
    for process in RUNNING:
        if process.poll() is None:
            process.terminate()


def until(condition, seconds=30, what="condition"):
    """Waits for condition() to be true, and returns it."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.02)


CLAIMS = []  # sockets that hold ports for this process: test runs go on side by side


def claim(port):
    """True when no other test run on this machine has claimed the port.  The claim ends with the process."""
    s = socket.socket(socket.AF_UNIX)
    try:
        s.bind(f"\0postrider-test-port-{port}")  # an abstract name: nothing is left behind
    except OSError:
        s.close()
        return False
    CLAIMS.append(s)
    return True


def can_bind(address, port, kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((address, port))
        except OSError:
            return False
    return True


def can_connect(address, port):
    try:
        socket.create_connection((address, port), 1).close()
    except OSError:
        return False
    return True


# Both below the range of outgoing connections, so that none of these takes a port in the meantime.
PORTS = range(30000, 32768)
PORT_BASES = [2000 + 700 * block + i for i in range(0, 97, 4) for block in range(40)]  # no port of one is a port of another


def first_free(candidates, is_free):
    start = os.getpid() * 7 % len(candidates)
    for candidate in itertools.chain(candidates[start:], candidates[:start]):
        if claim(candidate) and is_free(candidate):
            return candidate
    raise RuntimeError("no free ports")


def free_port(address="127.0.0.1", kind=socket.SOCK_STREAM):
    return first_free(PORTS, lambda port: can_bind(address, port, kind))


def free_port_base():
    """N such that what `init --port-base N` listens on is free."""
    return first_free(PORT_BASES, lambda base: all(can_bind(address, base + port) for port in (24, 25, 80, 110, 143, 443, 465, 587, 993, 995)
                                                   for address in ("127.0.0.1", "::1")))


class Dns:
    """nsd with the zone `test` (records None: without it), those of `signed`: {name: records}, and perhaps one of PTR records,
    `127.in-addr.arpa`; questions about anything else are refused.

    spoil: {octets: others}, put into the signed zones once they are signed.  anchors: DS records, one a signed zone.
    negative_ttl: for so many seconds a resolver remembers that something is not there.
    """

    def __init__(self, directory, records, reverse=(), signed=None, spoil=None, negative_ttl=5, address="127.0.0.1", port=None):
        self.address, self.port = address, port or free_port(kind=socket.SOCK_DGRAM)
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        signed = signed or {}
        self.zones = {("nothing.invalid" if records is None else "test"): ["ns IN A 127.0.0.1", *(records or [])]} | ({"127.in-addr.arpa": reverse} if reverse else {}) | signed
        self.negative_ttl, self.serial = negative_ttl, 0
        for name in self.zones:
            self.write_zone(name)
        self.anchors = [self.sign(name, spoil or {}) for name in signed]
        (self.directory / "nsd.conf").write_text(
            f"server:\n ip-address: {self.address}@{self.port}\n zonesdir: {self.directory}\n database: \"\"\n"
            f" pidfile: {self.directory}/nsd.pid\n xfrdfile: {self.directory}/xfrd.state\n"
            f" zonelistfile: {self.directory}/zone.list\n cookie-secret-file: \"\"\n username: \"\"\n do-ip6: no\n"
            " server-count: 1\n verbosity: 0\n rrl-ratelimit: 0\nremote-control:\n control-enable: no\n"
            + "".join(f"zone:\n name: {name}\n zonefile: {name}.zone\n" for name in self.zones))
        self.start()

    def start(self):
        with open(self.directory / "nsd.log", "w") as log:
            self.process = subprocess.Popen(["/usr/sbin/nsd", "-d", "-c", str(self.directory / "nsd.conf")],
                                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
        RUNNING.append(self.process)
        self.wait()

    def write_zone(self, name):
        self.serial += 1
        (self.directory / f"{name}.zone").write_text("\n".join([
            f"$ORIGIN {name}.", "$TTL 60", f"@ IN SOA ns.test. root.test. {self.serial} 3600 600 86400 {self.negative_ttl}",
            "@ IN NS ns.test.", *self.zones[name], ""]))

    def rewrite(self, name, lines):
        """Other records for a zone that is not signed; the server is started anew."""
        self.stop()
        self.zones[name] = ["ns IN A 127.0.0.1", *lines]
        self.write_zone(name)
        self.start()

    def add(self, records):
        """nsd has them soon."""
        self.zones["test"] += records
        self.write_zone("test")
        self.process.send_signal(signal.SIGHUP)

    def sign(self, name, spoil):
        path = self.directory / f"{name}.zone"
        key = subprocess.run(["ldns-keygen", "-a", "ECDSAP256SHA256", "-k", name], cwd=self.directory, check=True, capture_output=True,
                             text=True).stdout.strip()
        subprocess.run(["ldns-signzone", path.name, key], cwd=self.directory, check=True, capture_output=True)
        text = path.with_suffix(".zone.signed").read_text()
        for octets, others in spoil.items():
            text = text.replace(octets, others)
        path.write_text(text)
        return " ".join((self.directory / f"{key}.ds").read_text().split())

    def wait(self):
        query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x02ns\x04test\x00\x00\x01\x00\x01"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            for _ in range(100):
                try:
                    s.sendto(query, (self.address, self.port))
                    s.recv(512)
                    return
                except (socket.timeout, ConnectionRefusedError):
                    assert self.process.poll() is None, (self.directory / "nsd.log").read_text()
        raise RuntimeError("nsd does not answer")

    def stop(self):
        self.process.terminate()
        self.process.wait()


@functools.cache
def nobody():
    """A name server that refuses every question: for who has none, so that no answer is waited for."""
    directory = tempfile.TemporaryDirectory()
    made = Dns(directory.name, None)
    made.kept = directory
    return made


class Postrider:
    """One server in a directory of its own, with the accounts alice and bob at its domain.

    settings: text that is appended to the configuration; retry: the waits between attempts, when there are remotes;
    address, base: where it listens, 127.0.0.1 and ports that nobody has unless told otherwise.
    """

    def __init__(self, directory, dns=None, remote_port=None, settings="", one_process=False, retry="1s 1s 60s",
                 domain="home.test", address="127.0.0.1", base=None):
        self.directory = pathlib.Path(directory)
        self.domain, self.address = domain, address
        self.base = free_port_base() if base is None else base
        self.config = self.directory / "postrider.conf"
        self.one_process = one_process
        self.password_file = self.directory.parent / "password"
        self.password_file.write_text(PASSWORD + "\n")
        self.run("init", str(self.directory), "--domain", domain, "--account", f"alice@{domain}", "--password-file",
                 str(self.password_file), "--port-base", str(self.base), config=False, check=True, program=LOOKING)
        self.add_account(f"bob@{domain}")
        if address != "127.0.0.1":
            self.config.write_text(re.sub(r', "\[::1\]:\d+"', "", self.config.read_text()).replace("127.0.0.1:", f"{address}:"))
        extra = ""
        if "resolver {" not in settings:
            dns = dns or nobody()
            extra += f"resolver {{\n address = \"127.0.0.1\"\n port = {dns.port}\n time = 3s\n"
            anchors = ", ".join(f'"{anchor}"' for anchor in dns.anchors)
            extra += f" anchors = {{ {anchors} }}\n}}\n" if anchors else " dnssec = false\n}\n"
        if remote_port:
            extra += (f"delivery {{\n remote_port = {remote_port}\n private_addresses = true\n ipv6 = false\n"
                      " retry = {" + ", ".join(f'"{x}"' for x in retry.split()) + "}\n}\n")
        if "error_delay" not in settings:  # all tests are one source
            extra += "smtp { error_delay = 0 }\n"
        self.add_settings(extra + settings)
        self.process = None
        self.log = open(self.directory / "log", "a")

    @property
    def smtp(self):
        return self.base + 25

    @property
    def lmtp(self):
        return self.base + 24

    @property
    def submission(self):
        return self.base + 587

    @property
    def submissions(self):
        return self.base + 465

    @property
    def imap(self):
        return self.base + 143

    @property
    def imaps(self):
        return self.base + 993

    @property
    def pop3(self):
        return self.base + 110

    @property
    def http(self):
        return self.base + 80

    @property
    def https(self):
        return self.base + 443

    @property
    def pop3s(self):
        return self.base + 995

    def add_settings(self, text):
        with open(self.config, "a") as f:
            f.write(text + "\n")

    # ---- life ----

    def start(self, **kw):
        command = [PROGRAM, "serve", "-c", str(self.config)] + (["--one-process"] if self.one_process else [])
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, text=True, **kw)
        RUNNING.append(self.process)
        answers, _, _ = select.select([self.process.stdout], [], [], 60)
        line = self.process.stdout.readline() if answers else "nothing for 60 s"
        if line != "ready\n":
            self.process.kill()
        assert line == "ready\n", f"not ready: {line!r}\n{self.log_text()}"
        return self

    def stop(self):
        """SIGTERM; the exit status.  A sanitizer's complaint in the log is an error, and so is a role that ended by itself:
        by a signal other than a test's SIGKILL, be it SIGSYS from its seccomp filter, or by exit."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        self.process.stdout.close()
        log = self.log_text()
        assert "Sanitizer" not in log and "runtime error" not in log, log
        fallen = [line for line in log.splitlines() if " role_ended " in line and " signal=9 " not in line]
        assert not fallen, "\n".join(fallen)
        return self.process.returncode

    def kill(self, cause=lambda: None):
        """As a crash of everything at once, right behind its cause."""
        roles = self.roles()
        cause()
        self.process.kill()
        for pid in roles.values():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.process.stdout.close()
        for pid in roles.values():
            until(lambda: not alive(pid), what="the end of a role")

    def roles(self):
        """{role: pid} of the children that live."""
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

    # ---- the command line ----

    def run(self, *arguments, config=True, check=False, text=True, timeout=120, program=PROGRAM, **kw):
        command = [program, arguments[0], *(["-c", str(self.config)] if config else []), *arguments[1:]]
        kw = {"stdin": subprocess.DEVNULL} | kw if "input" not in kw else kw
        done = subprocess.run(command, capture_output=True, text=text, timeout=timeout, **kw)
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def add_account(self, address, *arguments):
        """An account with the usual password, whether the server runs or not; its row."""
        done = self.run("account", "add", "--json", "--password-file", str(self.password_file), *arguments, address, check=True,
                        program=LOOKING)
        return json.loads(done.stdout)

    def directory_order(self, thing, verb, name, /, **fields):
        """An order by the control socket itself: a process for each would take long."""
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(self.directory / "control"))
            stream = s.makefile("rwb")
            request = {"call": "directory", "object": thing, "verb": verb, "name": name, "fields": [[k.replace("_", "-"), v] for k, v in fields.items()]}
            stream.write(json.dumps(request).encode() + b"\n")
            stream.flush()
            rows = []
            while "ok" not in (row := json.loads(stream.readline())):
                rows.append(row)
            assert row["ok"], row
            return rows

    def send(self, *arguments, wait="20s"):
        """`postrider send`: exit status, message id, and the records as they came."""
        done = self.run("send", "--wait", wait, "--json", *arguments)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert lines, done.stderr
        return done.returncode, lines[0]["message"], lines[1:]

    def status(self, message):
        return json.loads(self.run("status", "--json", message, program=LOOKING).stdout)

    def changes(self, message=None):
        done = self.run("changes", "--json", *(["--message", message] if message else []), check=True, program=LOOKING)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def queue(self):
        return [json.loads(line) for line in self.run("queue", "--json", "list", check=True, program=LOOKING).stdout.splitlines()]

    def mailbox(self, account):
        done = self.run("mailbox", "list", "--json", account, check=True, program=LOOKING)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def text(self, account, uid):
        return self.run("mailbox", "show", account, str(uid), check=True, text=False, program=LOOKING).stdout

    def texts(self, messages):
        """{message: its text as stored}, by the control socket itself: a process for each would take long."""
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(self.directory / "control"))
            stream, found = s.makefile("rwb"), {}
            for message in messages:
                stream.write(json.dumps({"call": "text", "message": message}).encode() + b"\n")
                stream.flush()
                answer = json.loads(stream.readline())
                assert answer["ok"], answer
                found[message] = stream.read(answer["size"])
            stream.close()
            return found

    def find(self, account, **fields):
        """The texts in account's INBOX whose row has these fields, oldest first."""
        return [self.text(account, row["uid"]) for row in self.mailbox(account)
                if all(row[k] == v for k, v in fields.items())]

    def wait_mail(self, account, seconds=30, **fields):
        """The one text in account's INBOX whose row has these fields, once it is there."""
        [text] = until(lambda: self.find(account, **fields), seconds, f"mail with {fields}")
        return text

    def wait_state(self, message, state=None, seconds=30):
        """The latest record of each recipient, once all are in that state (final, when none is named)."""
        def reached():
            rows = self.status(message)["recipients"]
            return rows if rows and all(r["state"] == state if state else r["state"] in FINAL for r in rows) else None
        return until(reached, seconds, f"{state or 'a final state'} of {message}")

    # ---- the ledger ----

    def sql(self, query, *parameters):
        with sqlite3.connect(f"file:{self.directory}/data/ledger.db?mode=ro", uri=True, timeout=20) as db:
            db.row_factory = sqlite3.Row
            return [dict(r) for r in db.execute(query, parameters)]

    def agreed(self, message, records=()):
        """What became of the message's recipients: the latest record of each.

        Asserts that command line, event stream and SQL tables say the same, field by field, of every
        change.  records: what `send` printed about it.  A change meanwhile is a reason to look again.
        """
        while True:
            status = self.status(message)
            try:
                return self.agree(message, status, records)
            except AssertionError:
                if self.status(message) == status:
                    raise

    def agree(self, message, status, records):
        history = self.changes(message)
        by_seq = {e["seq"]: e for e in history}
        assert len(by_seq) == len(history) and [e["seq"] for e in history] == sorted(by_seq)
        for record in records:
            assert by_seq.get(record["seq"]) == record
        latest = {}
        for event in history:
            assert event["message"] == message
            if not event["report"]:
                latest[event["recipient"]] = event
        rows = {r["recipient"]: r for r in status["recipients"]}
        assert rows.keys() == latest.keys()
        for recipient, event in latest.items():
            if event["state"] in ATTEMPTED:
                assert rows[recipient] == event
        self.agree_sql(message, status["message"], history, latest)
        return [latest[r] for r in sorted(latest)]

    def agree_sql(self, message, head, history, latest):
        last = history[-1]["seq"]
        until(lambda: (self.sql("SELECT max(seq) AS seq FROM change WHERE message = ?", message)[0]["seq"] or 0) >= last,
              what="the ledger")
        [m] = self.sql("SELECT * FROM message WHERE id = ?", message)
        for field in ("return_path", "login", "client_address", "helo", "protocol", "message_id", "subject"):
            assert (m[field] or None) == head[field], field
        assert m["size"] == head["size_bytes"] and time_of(m["accepted_ms"]) == head["accepted"]
        rows = self.sql("SELECT c.*, r.address, m.return_path FROM change c JOIN message m ON m.id = c.message"
                        " JOIN recipient r ON r.message = c.message AND r.recipient = c.recipient"
                        " WHERE c.message = ? AND c.seq <= ? ORDER BY c.seq", message, last)
        assert [as_event(row) for row in rows] == history
        ended = self.sql("SELECT seq FROM attempt WHERE message = ? AND seq <= ? ORDER BY seq", message, last)
        assert [row["seq"] for row in ended] == [e["seq"] for e in history if e["state"] in ATTEMPTED and not e["report"]]
        for row in self.sql("SELECT * FROM recipient WHERE message = ?", message):
            event = latest[row["recipient"]]
            if event["state"] in ATTEMPTED:
                assert (row["state"], row["attempts"], row["address"]) == (event["state"], event["attempt"], event["address"])
                assert row["last_attempt"] == row["seq"] == event["seq"]
                assert time_of(row["next_try_ms"]) == event["next_try"]

    # ---- SMTP ----

    def session(self, port=None, **kw):
        return Session(("127.0.0.1", port or self.smtp), **kw)

    def logged_in(self, account=ALICE, **kw):
        """A session on the submission port, under TLS, with a login."""
        s = self.session(self.submission, **kw)
        s.expect(220)
        s.ask("EHLO client.test", 250)
        s.ask("STARTTLS", 220)
        s.start_tls()
        s.ask("EHLO client.test", 250)
        s.ask("AUTH PLAIN " + plain(account), 235)
        return s


def alive(pid):
    """Neither gone nor a zombie whose last thread has ended: until then its locks hold."""
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        return state != "Z" or len(os.listdir(f"/proc/{pid}/task")) > 1
    except (FileNotFoundError, ProcessLookupError):
        return False


def time_of(ms):
    """As feedback prints a time; NULL and 0 are none."""
    if not ms:
        return None
    moment = datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{ms % 1000:03}Z"


def as_event(row):
    """A row of `change` (with address and sender) as feedback prints it."""
    same = ("seq", "message", "recipient", "address", "return_path", "state", "attempt", "remote_host", "remote_address",
            "tls_version", "tls_policy", "code", "enhanced", "text", "class", "meaning", "elapsed_ms", "who", "why", "route", "report")
    event = {key: row[key] if row[key] != "" else None for key in same}
    return event | {"time": time_of(row["changed_ms"]), "next_try": time_of(row["next_try_ms"])}


def plain(account=ALICE, password=PASSWORD, who=""):
    return base64.b64encode(f"{who}\0{account}\0{password}".encode()).decode()


def b64(text):
    return base64.b64encode(text.encode()).decode()


def tls_context():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Closed(Exception):
    """The server closed the connection where a reply was expected."""


class Session:
    """An SMTP client that sends exactly what it is told."""

    def __init__(self, address, timeout=30, source=None):
        self.socket = socket.create_connection(address, timeout=timeout, source_address=source)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self.input.close()
            self.socket.close()
        except OSError:
            pass

    def start_tls(self):
        self.input.close()
        self.socket = tls_context().wrap_socket(self.socket, server_hostname="mail.home.test")
        self.input = self.socket.makefile("rb")

    def send(self, octets):
        self.socket.sendall(octets.encode() if isinstance(octets, str) else octets)

    def reply(self):
        """One reply (RFC 5321 4.2) as text, its lines joined with LF.  Malformed: AssertionError."""
        lines = []
        while True:
            try:
                line = self.input.readline(2000)
            except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
                line = b""
            if not line:
                raise Closed("\n".join(lines))
            assert line.endswith(b"\r\n") and len(line) <= 512, line
            text = line[:-2].decode()
            assert re.fullmatch(r"[2345][0-9][0-9][ -][^\r\n\0]*", text), text
            assert not lines or text[:3] == lines[0][:3], (lines, text)
            lines.append(text)
            if text[3] == " ":
                return "\n".join(lines)

    def expect(self, *codes):
        """The next reply, whose code must be one of these."""
        text = self.reply()
        assert int(text[:3]) in codes, f"{text!r}, not {codes}"
        return text

    def ask(self, line, *codes):
        self.send(line if isinstance(line, bytes) else line.encode() + b"\r\n")
        return self.expect(*codes) if codes else self.reply()

    def hello(self, name="client.test"):
        self.expect(220)
        self.ask("EHLO " + name, 250)
        return self

    def envelope(self, sender, *recipients, parameters=""):
        self.ask(f"MAIL FROM:<{sender}>{parameters}", 250)
        for recipient in recipients:
            self.ask(f"RCPT TO:<{recipient}>", 250)

    def message(self, sender, recipients, octets, parameters="", codes=(250,)):
        """A whole transaction; octets are sent as they are, then CRLF.CRLF ends them."""
        self.envelope(sender, *([recipients] if isinstance(recipients, str) else recipients), parameters=parameters)
        self.ask("DATA", 354)
        self.send(octets + (b".\r\n" if octets.endswith(b"\r\n") or not octets else b"\r\n.\r\n"))
        return self.expect(*codes)

    def is_closed(self):
        """Waits for the end of what the server sends; anything sent before it is an error."""
        try:
            rest = self.input.read()
        except (ConnectionResetError, ssl.SSLError):
            rest = b""
        assert rest == b"", rest
        return True
