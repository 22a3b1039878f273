"""The mirror: the ledger in real PostgreSQL and MariaDB, by unixODBC and Debian's drivers.  docs/guide/mirror.md"""
import contextlib
import json
import os
import signal
import smtplib
import socket
import sqlite3

import pytest

from databases import Mariadb, Postgres
from harness import ALICE, BOB, Postrider, until
from http_api import Api

TABLES = {"postrider_message": "message", "postrider_recipient": "recipient", "postrider_change": "change"}
KEYS = {"message": ("id",), "recipient": ("message", "recipient"), "change": ("seq",)}
TEXT_MAX, HOURS = 16384, 3600  # octets of a text that are taken, and seconds that only what hangs takes


@pytest.fixture(scope="module", params=[Postgres, Mariadb], ids=lambda kind: kind.name)
def database(request):
    if not request.param.is_here():
        pytest.skip(f"{request.param.name} or its ODBC driver is not installed")
    made = request.param()
    yield made
    made.remove()


@pytest.fixture
def emptied(database):
    """Without our tables, and running."""
    if database.process.poll() is not None:
        database.start()
    for table in (*TABLES, "postrider_mirror"):
        database.run(f"DROP TABLE IF EXISTS {table}")
    return database


def mirrored(directory, database, settings=""):
    """A server whose connection string stands in a file of its owner's."""
    path = directory / "odbc"
    path.write_text(database.connection + "\n")
    path.chmod(0o600)
    return Postrider(directory / "server", settings=f'ledger {{ mirror = "{path}" }}\n{settings}')


@pytest.fixture
def begin(tmp_path, emptied):
    """Starts servers, which end with the test, however that ends: the next one has the database to itself."""
    made = []

    def start(settings="", name="one"):
        (tmp_path / name).mkdir()
        made.append(mirrored(tmp_path / name, emptied, settings).start())
        return made[-1]
    yield start
    assert [one.stop() for one in made] == [0] * len(made)


@pytest.fixture
def server(begin):
    return begin()


def state(server):
    return json.loads(server.run("mirror", "--json").stdout)


def last_seq(server):
    """What is asked of it brings the ledger up to date."""
    return max((change["seq"] for change in server.changes()), default=0)


def caught_up(server):
    return state(server)["connected"] and state(server)["seq"] >= last_seq(server)


def taken(value):
    """As a database takes it."""
    if not isinstance(value, bytes):
        return value
    whole = value[:TEXT_MAX].decode("utf-8", "ignore") if len(value) > TEXT_MAX else value.decode("utf-8", "replace")
    return whole.replace("\0", "\ufffd")


def of_ledger(server, table, columns):
    with contextlib.closing(sqlite3.connect(f"file:{server.directory}/data/ledger.db?mode=ro", uri=True, timeout=60)) as db:
        db.text_factory = bytes
        rows = db.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
    return [dict(zip(columns, map(taken, row))) for row in rows]


def by_key(rows, table):
    return {tuple(row[k] for k in KEYS[table]): row for row in rows}


def differs(server, database, node=0):
    """The first rows that are not alike, or None."""
    for copy, table in TABLES.items():
        there = [row for row in database.rows(copy) if row.pop("node", node) == node]
        here = of_ledger(server, table, list(there[0])) if there else of_ledger(server, table, KEYS[table])
        there, here = by_key(there, table), by_key(here, table)
        for key in {*there, *here}:
            if there.get(key) != here.get(key):
                return table, there.get(key), here.get(key)
    return None


def is_equal(server, database):
    until(lambda: caught_up(server), HOURS, "the mirror")
    assert differs(server, database) is None


def send_many(server, n, at=0):
    """One refused recipient each, so that there are changes of all kinds."""
    with smtplib.SMTP(server.address, server.smtp) as smtp:
        for i in range(at, at + n):
            smtp.sendmail("stranger@postrider.test", [ALICE, BOB], f"Subject: {i}\r\nMessage-ID: <{i}@postrider.test>\r\n\r\n{i}\r\n")


def order(server, **request):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(server.directory / "control"))
        stream = s.makefile("rwb")
        stream.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
        stream.flush()
        while "ok" not in (row := json.loads(stream.readline())):
            pass
        assert row["ok"], row
        return row


# ---- what is in it ----

def test_is_what_the_ledger_has(server, emptied):
    """Delivered, refused with a notification, deferred."""
    for address in (ALICE, "full@postrider.test", "greylisted@postrider.test"):
        server.send("--from", ALICE, "--to", address, "--body", "x", "--subject", "y", wait="0s")
    until(lambda: len(of_ledger(server, "change", ["seq"])) >= 8, HOURS, "the attempts")
    is_equal(server, emptied)
    assert {row["state"] for row in emptied.rows("postrider_recipient")} >= {"delivered", "refused"}
    place, = emptied.rows("postrider_mirror")
    assert place["node"] == 0 and place["version"] == 1 and place["seq"] == last_seq(server)


SUBJECTS = [b"it's \"quoted\" \\ `so` %s ? ; DROP TABLE postrider_message; --", "grüße, 日本語, \U0001f600 \U0001f9d1\u200d\U0001f680".encode(),
            b"octets \xff\xfe\xc3 that are no UTF-8", "x".encode() * 499 + "é".encode(), b"{braces} $1 :name @p1"]


def test_texts_of_strangers(server, emptied):
    """What a header may hold, octet by octet; no database takes NUL, and not all that is no UTF-8."""
    with smtplib.SMTP(server.address, server.smtp) as smtp:
        for subject in SUBJECTS:
            smtp.sendmail("o'hara@postrider.test", [ALICE], b"Subject: " + subject + b"\r\n\r\nx\r\n", mail_options=["BODY=8BITMIME"])
    is_equal(server, emptied)
    subjects = {row["subject"] for row in emptied.rows("postrider_message")}
    assert SUBJECTS[0].decode() in subjects and SUBJECTS[1].decode() in subjects


def test_texts_of_operators(server, emptied):
    """Reasons, which are cut at a length, by whole characters."""
    _, message, _ = server.send("--from", ALICE, "--to", "greylisted@postrider.test", "--body", "x", wait="0s")
    server.wait_state(message, "deferred", seconds=HOURS)
    order(server, call="order", order="hold", message=message, why="\U0001f600" * 6000)
    order(server, call="order", order="release", message=message, why="a\\0b'c\"" * 500)
    server.wait_state(message, "delivered", seconds=HOURS)
    is_equal(server, emptied)
    whys = {row["why"] for row in emptied.rows("postrider_change") if row["why"]}
    assert any(why.startswith("a\\0b'c\"a\\0b") for why in whys) and any(set(why) == {"\U0001f600"} for why in whys)


def test_texts_of_programs(server, emptied):
    """What a program gave with a message, as JSON."""
    given = {"order": "4711 \U0001f69a", "who": "O'Hara \"x\" \\", "long": "é" * 200}
    Api(server).ask("POST", "/v1/messages", {"from": ALICE, "to": BOB, "text": "x", "tags": ["a b", "\U0001f600"], "metadata": given}, 200)
    is_equal(server, emptied)
    row, = emptied.rows("postrider_message")
    assert json.loads(row["metadata"]) == given and json.loads(row["tags"]) == ["a b", "\U0001f600"]


def test_older_never_overwrites_newer(server, emptied):
    """Whoever has a row with a greater number keeps it; the others are put right."""
    send_many(server, 5)
    is_equal(server, emptied)
    first, second = sorted({row["message"] for row in emptied.rows("postrider_recipient")})[:2]
    emptied.run(f"UPDATE postrider_recipient SET seq = 1000000, state = 'mine' WHERE message = '{first}'")
    emptied.run(f"UPDATE postrider_recipient SET seq = 0, state = 'old' WHERE message = '{second}'")
    server.run("mirror", "rebuild", check=True)
    until(lambda: not emptied.run("SELECT 1 FROM postrider_recipient WHERE state = 'old'").strip(), HOURS, "the second")
    until(lambda: caught_up(server), HOURS, "the mirror")
    assert {row["state"] for row in emptied.rows("postrider_recipient") if row["message"] == first} == {"mine"}


def test_two_servers_in_one_database(begin, emptied):
    """Each has a number of its own, and its changes theirs."""
    servers = [begin(f"server {{ node = {node} }}", str(node)) for node in (1, 2)]
    for made in servers:
        send_many(made, 20)
    for node, made in enumerate(servers, 1):
        until(lambda: caught_up(made), HOURS, "the mirror")
        ids = {row["id"] for row in of_ledger(made, "message", ["id"])}
        assert ids <= {row["id"] for row in emptied.rows("postrider_message")} and len(ids) == 20
        assert {row["seq"] for row in of_ledger(made, "change", ["seq"])} == {row["seq"] for row in emptied.rows("postrider_change") if row["node"] == node}
    assert len(emptied.rows("postrider_message")) == 40 and len(emptied.rows("postrider_mirror")) == 2


# ---- what goes wrong ----

def test_database_away_at_the_start(begin, emptied):
    """The server serves, tells it, and brings what was missed; the driver was loaded before."""
    emptied.stop()
    server = begin()
    until(lambda: state(server)["words"], HOURS, "the trouble")
    send_many(server, 10)
    done = server.run("mirror", "--json")
    assert done.returncode == 1 and not json.loads(done.stdout)["connected"]
    assert "mirror_failed" in server.log_text()
    page = server.run("metrics", check=True).stdout
    assert "\npostrider_mirror_connected 0\n" in page and 'postrider_role_up{role="mirror"} 1' in page
    emptied.start()
    is_equal(server, emptied)
    assert server.run("mirror").returncode == 0 and len(emptied.rows("postrider_message")) == 10


@pytest.mark.parametrize("who", ["database", "role", "server"])
def test_killed_in_the_middle(server, emptied, who):
    """kill -9 while it is written: nothing is missing then, and nothing is twice."""
    for round in range(3):
        send_many(server, 60, 60 * round)
        if who == "database":
            emptied.kill()
            send_many(server, 5, 1000 + round)
            until(lambda: not state(server)["connected"], HOURS, "the loss")
            emptied.start()
        elif who == "role":
            before = server.roles()["mirror"]
            os.kill(before, signal.SIGKILL)
            until(lambda: server.roles().get("mirror", before) != before, HOURS, "the role")
        else:
            server.kill()
            server.start()
    is_equal(server, emptied)


def test_lag_is_told(server, emptied):
    """While the database is away mail goes on, and the mirror is behind."""
    send_many(server, 1)
    is_equal(server, emptied)
    emptied.kill()
    until(lambda: not state(server)["connected"], HOURS, "the loss")
    send_many(server, 30)
    told = until(lambda: (s := state(server))["behind"] >= 60 and s["since"] and s, HOURS, "the lag")
    assert told["words"]
    assert "postrider_mirror_behind_changes" in server.run("metrics", check=True).stdout
    emptied.start()
    is_equal(server, emptied)
    until(lambda: (s := state(server))["behind"] == 0 and not s["words"], HOURS, "the end of the lag")


def test_all_is_well_again_without_a_mail(server, emptied):
    """Nothing has changed meanwhile: what was wrong is not told for ever."""
    send_many(server, 1)
    is_equal(server, emptied)
    emptied.kill()
    until(lambda: state(server)["words"], HOURS, "the trouble")
    emptied.start()
    until(lambda: server.run("mirror").returncode == 0, HOURS, "the end of the trouble")


def test_a_database_that_is_slow(server, emptied):
    """Somebody holds a table: mail is taken and delivered all the same, and the mirror answers who asks how far it is."""
    send_many(server, 1)
    is_equal(server, emptied)
    before = state(server)["seq"]
    with emptied.locked("postrider_change"):
        send_many(server, 50)
        assert len(server.mailbox(ALICE)) == 51
        assert state(server)["connected"] and state(server)["seq"] == before
    is_equal(server, emptied)


@pytest.mark.parametrize("how", ["DELETE FROM {}", "DROP TABLE {}"])
def test_emptied_database_is_filled_anew(server, emptied, how):
    send_many(server, 700)  # more than one batch
    is_equal(server, emptied)
    for table in ("postrider_mirror", *TABLES):
        emptied.run(how.format(table))
    until(lambda: emptied.ask("SELECT seq FROM postrider_mirror", check=False).stdout.strip() == str(last_seq(server)), HOURS, "the mirror")
    is_equal(server, emptied)


def test_rebuild_brings_lost_rows_back(server, emptied):
    send_many(server, 30)
    is_equal(server, emptied)
    emptied.run("DELETE FROM postrider_change WHERE seq > 10")
    emptied.run("DELETE FROM postrider_message")
    assert differs(server, emptied)
    server.run("mirror", "rebuild", check=True)
    until(lambda: differs(server, emptied) is None, HOURS, "the rows")


def test_newer_tables_are_left_alone(server, emptied):
    """A server that was set back to an older version writes nothing that it does not know."""
    send_many(server, 1)
    is_equal(server, emptied)
    emptied.run("UPDATE postrider_mirror SET version = 99")
    assert "version 99" in until(lambda: state(server)["words"], HOURS, "the trouble")
