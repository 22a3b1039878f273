"""clamav-milter, Debian's, with a real clamd behind it that knows the test's own signatures: as a mail filter (defence.milters)."""
import subprocess

import pytest

import ends
from harness import ALICE, BOB, RUNNING, Postrider, Session, can_connect, free_port, until
from scanner import EICAR, Clamd
from test_virus import with_file
from test_whose import kept

CONFIG = """
MilterSocket inet:{port}@127.0.0.1
ClamdSocket unix:{clamd}
Foreground yes
TemporaryDirectory {directory}
LogFile {directory}/log
OnInfected Reject
OnFail Defer
RejectMsg Infected by %v
AddHeader Replace
ReadTimeout 10
"""


@pytest.fixture(scope="module")
def clamd(tmp_path_factory):
    ends.need("clamd")
    made = Clamd(tmp_path_factory.mktemp("clamd"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory, clamd):
    ends.need("clamav-milter")
    directory, port = tmp_path_factory.mktemp("clamav-milter"), free_port()
    (directory / "conf").write_text(CONFIG.format(port=port, clamd=clamd.path, directory=directory))
    filter_ = subprocess.Popen(["clamav-milter", "-c", str(directory / "conf")], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=(directory / "errors").open("wb"))
    RUNNING.append(filter_)
    until(lambda: can_connect("127.0.0.1", port), what="clamav-milter")
    made = Postrider(directory / "server", settings=f'defence {{ milters = {{ "127.0.0.1:{port}" }} clamd = "off" }}')
    made.start()
    yield made
    assert made.stop() == 0
    filter_.terminate()
    filter_.wait()


def send(server, subject, octets, codes=(250,)):
    with Session((server.address, server.smtp), source=("127.0.0.2", 0)) as s:
        s.hello("mx.client.test")
        return str(s.message("a@x.test", [ALICE], octets.replace(b"Subject: x", f"Subject: {subject}".encode()), codes=codes))


def test_what_is_clean(server):
    """It marks what it has seen."""
    send(server, "clean", b"From: <a@x.test>\r\nSubject: x\r\n\r\nhello\r\n")
    assert "X-Virus-Status: Clean" in kept(server, ALICE, "clean")


def test_a_virus_comes(server):
    assert "Infected by Eicar-Test-Signature" in send(server, "x", with_file(EICAR), (550,))


def test_a_virus_is_sent(server):
    with server.logged_in() as s:
        s.message(ALICE, [BOB], with_file(EICAR).replace(b"From: <a@x.test>", f"From: <{ALICE}>".encode()), codes=(550,))


def test_its_scanner_is_gone(server, clamd):
    """It puts off what it cannot look at, and so do we.  The last test of these."""
    clamd.stop()
    send(server, "x", b"From: <a@x.test>\r\nSubject: x\r\n\r\nhello\r\n", (451,))
