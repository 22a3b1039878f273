"""Real database servers of Debian's, on loopback: PostgreSQL and MariaDB, each with an empty database for the mirror."""
import contextlib
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

from harness import RUNNING, can_connect, free_port, until

PASSWORD = "pass-word"


def programs_of_postgres():
    return sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"))


def owned_by(directory, user):
    """As root these servers run as a user of their own, or not at all."""
    if os.geteuid() == 0 and user:
        found = pwd.getpwnam(user)
        os.chown(directory, found.pw_uid, found.pw_gid)
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    return {}


class Database:
    """One server in a directory of its own."""

    user = None

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="mirror-"))
        self.directory.chmod(0o755)
        self.data = self.directory / "data"
        self.scratch = self.directory / "scratch"
        for directory in (self.data, self.scratch):
            directory.mkdir(mode=0o700)
            self.as_user = owned_by(directory, self.user) | {"env": os.environ | {"TMPDIR": str(self.scratch)}}
        self.port = free_port()
        self.process = None
        self.make()
        self.start()
        self.make_database()

    def start(self):
        with open(self.directory / "log", "a") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory, **self.as_user)
        RUNNING.append(self.process)
        until(self.answers, 120, "the database")

    def answers(self):
        assert self.process.poll() is None, (self.directory / "log").read_text()
        return can_connect("127.0.0.1", self.port) and self.ask("SELECT 1", check=False).returncode == 0

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT if self.user == "postgres" else signal.SIGTERM)
            self.process.wait()

    def kill(self):
        """Of PostgreSQL each connection is a process: these end with theirs."""
        self.process.kill()
        self.process.wait()
        until(lambda: not can_connect("127.0.0.1", self.port), 60, "the end of the database")

    def remove(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def run(self, statement):
        return self.ask(statement).stdout

    @contextlib.contextmanager
    def locked(self, table):
        """A session of somebody's holds it."""
        with subprocess.Popen([*self.client(), *self.reads()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as held:
            held.stdin.write(self.lock(table) + "\n")
            until(lambda: "held" in held.stdout.readline(), 120, "the lock")
            yield
            held.stdin.close()

    def rows(self, table):
        """Each row as a dictionary."""
        return [json.loads(line) for line in self.run(self.as_json(table)).splitlines()]


class Postgres(Database):
    name, user = "PostgreSQL", "postgres"

    @staticmethod
    def is_here():
        return programs_of_postgres() and pathlib.Path("/usr/lib/x86_64-linux-gnu/odbc/psqlodbcw.so").exists()

    def make(self):
        subprocess.run([str(programs_of_postgres()[-1].parent / "initdb"), "-D", str(self.data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
                       check=True, capture_output=True, cwd=self.data, **self.as_user)

    def command(self):
        return [str(programs_of_postgres()[-1]), "-D", str(self.data), "-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]

    def make_database(self):
        self.run(f"CREATE ROLE app LOGIN PASSWORD '{PASSWORD}'")
        self.run("CREATE DATABASE app OWNER app")
        self.database = "app"

    database = "postgres"

    def client(self):
        return ["psql", "-X", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-At"]

    def reads(self):
        return [self.database]

    @staticmethod
    def lock(table):
        return f"BEGIN; LOCK TABLE {table}; SELECT 'held';"

    def ask(self, statement, check=True):
        return subprocess.run([*self.client(), "-c", statement, self.database], check=check, capture_output=True, text=True, stdin=subprocess.DEVNULL)

    def as_json(self, table):
        return f"SELECT row_to_json(t) FROM {table} AS t"

    @property
    def connection(self):
        return f"Driver={{PostgreSQL Unicode}};Server=127.0.0.1;Port={self.port};Database=app;UID=app;PWD={PASSWORD}"


class Mariadb(Database):
    name, user = "MariaDB", "mysql"
    database = ""

    @staticmethod
    def is_here():
        return pathlib.Path("/usr/sbin/mariadbd").exists() and pathlib.Path("/usr/lib/x86_64-linux-gnu/odbc/libmaodbc.so").exists()

    def make(self):
        self.as_user = {"env": self.as_user["env"]}  # it changes to the user itself
        subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={self.data}", "--auth-root-authentication-method=normal", "--skip-test-db", *self.whose()],
                       check=True, capture_output=True, **self.as_user)

    @staticmethod
    def whose():
        return ["--user=mysql"] if os.geteuid() == 0 else []

    def command(self):
        return ["/usr/sbin/mariadbd", "--no-defaults", f"--datadir={self.data}", f"--port={self.port}", "--bind-address=127.0.0.1",
                f"--socket={self.data}/socket", f"--pid-file={self.data}/pid", "--innodb-buffer-pool-size=32M", *self.whose()]

    def make_database(self):
        self.run("CREATE DATABASE app")
        for host in ("localhost", "127.0.0.1"):
            self.run(f"CREATE USER app@{host} IDENTIFIED BY '{PASSWORD}'")
            self.run(f"GRANT ALL ON app.* TO app@{host}")
        self.database = "app"

    def client(self):
        return ["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", str(self.port), "-u", "root", "--default-character-set=utf8mb4", "--batch", "--raw", "-N"]

    def reads(self):
        return ["--unbuffered", self.database]

    @staticmethod
    def lock(table):
        return f"LOCK TABLES {table} WRITE; SELECT 'held';"

    def ask(self, statement, check=True):
        return subprocess.run([*self.client(), "-e", statement, *([self.database] if self.database else [])], check=check, capture_output=True, text=True, stdin=subprocess.DEVNULL)

    def as_json(self, table):
        names = self.run(f"SELECT column_name FROM information_schema.columns WHERE table_schema = 'app' AND table_name = '{table}'").split()
        return f"SELECT JSON_OBJECT({', '.join(f'{chr(39)}{n}{chr(39)}, {n}' for n in names)}) FROM {table}"

    @property
    def connection(self):
        return f"Driver={{MariaDB Unicode}};Server=127.0.0.1;Port={self.port};Database=app;UID=app;PWD={PASSWORD}"
