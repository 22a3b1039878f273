"""rspamd by both of its ways: its proxy worker, which has its own hand-written side of the milter protocol, and its normal one, by HTTP."""
import json
import os
import subprocess

import pytest

import ends
from harness import ALICE, BOB, Postrider, Session, can_connect, free_port, until
from test_whose import kept

CONFIG = """
options {{ pidfile = "{directory}/pid"; tempdir = "{directory}"; enable_test_patterns = true; disable_hyperscan = true; url_tld = "{directory}/suffixes"; dns {{ nameserver = ["127.0.0.1:9:1"]; timeout = 1s; }} filters = "regexp"; }}
logging {{ type = "file"; filename = "{directory}/log"; level = "info"; }}
worker "normal" {{ bind_socket = "127.0.0.1:{http}"; count = 1; }}
worker "rspamd_proxy" {{ bind_socket = "127.0.0.1:{port}"; milter = yes; timeout = 30s; count = 1; upstream "local" {{ default = yes; self_scan = yes; }} }}
metric {{ name = "default"; actions {{ reject = 15; add_header = 6; }} }}
"""
GTUBE = "JS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"


@pytest.fixture(scope="module")
def rspamd(tmp_path_factory):
    """The ports of one: by milter, by HTTP."""
    ends.need("rspamd")
    directory = tmp_path_factory.mktemp("rspamd")
    port, http = free_port(), free_port()
    directory.chmod(0o777)
    (directory / "suffixes").write_text("com\ntest\n")  # all of them take it half a minute
    (directory / "conf").write_text(CONFIG.format(directory=directory, port=port, http=http))
    filter_ = subprocess.Popen(["rspamd", "-f", "-i", "-c", str(directory / "conf")], stdout=(directory / "out").open("wb"),
                               stderr=subprocess.STDOUT, env=os.environ | {"HOME": str(directory)})
    for one in (port, http):
        until(lambda: can_connect("127.0.0.1", one), what="rspamd")
    yield {"milter": f'milters = {{ "127.0.0.1:{port}" }}', "rspamd": f'rspamd = "http://127.0.0.1:{http}"'}
    filter_.terminate()
    filter_.wait()


@pytest.fixture(scope="module", params=["milter", "rspamd"])
def server(request, tmp_path_factory, rspamd):
    made = Postrider(tmp_path_factory.mktemp("rspamd") / "server", settings=f"defence {{ {rspamd[request.param]} }}")
    made.start()
    made.step = request.param
    yield made
    assert made.stop() == 0


def send(server, subject, body, code):
    with Session((server.address, server.smtp), source=("127.0.0.2", 0)) as s:
        s.hello("mx.client.test")
        message = f"From: <a@x.test>\r\nTo: <{ALICE}>\r\nSubject: {subject}\r\nMessage-ID: <1@x.test>\r\n\r\n{body}\r\n".encode()
        return str(s.message("a@x.test", [ALICE], message, codes=(code,)))


def test_what_it_knows_to_be_junk(server):
    """Its own words, without its symbols, which strangers need not know."""
    said = send(server, "junk", "X" + GTUBE, 550)
    assert "Gtube" in said and "GTUBE" not in said


def test_what_it_marks(server):
    """Its `add header`: a field of its own by the milter protocol, Junk with the reasons by HTTP."""
    send(server, "marked", "Y" + GTUBE, 250)
    if server.step == "milter":
        assert "X-Spam" in kept(server, ALICE, "marked")
    else:
        assert "rspamd=add-header" in kept(server, ALICE, "marked", "Junk")


def test_what_passes(server):
    """Neither of its ways says anything of it."""
    send(server, "good", "hello", 250)
    got = kept(server, ALICE, "good")
    assert "hello" in got and "rspamd" not in got and "milter" not in got


def test_what_is_sent(server):
    with server.logged_in() as s:
        s.message(ALICE, [BOB], f"From: <{ALICE}>\r\nSubject: sent\r\n\r\nX{GTUBE}\r\n".encode(), codes=(550,))


def test_what_the_doctor_hears(server):
    """GET /ping by HTTP, the negotiation by the milter protocol."""
    done = server.run("doctor", "--json", "--address", "127.0.0.1", "--peer", "peer.test")
    said = {f["check"]: f for f in map(json.loads, done.stdout.splitlines())}
    one = said["milters" if server.step == "milter" else "rspamd"]
    assert one["level"] == "well" and " answers (" in one["text"], one
    assert server.step == "milter" or "rspamd/" in one["text"], one


def test_a_large_one(server):
    """From a file."""
    attached = "\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n" + ("QUFB" * 19 + "\r\n") * 6000
    send(server, "large\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b", f"--b\r\n\r\nX{GTUBE}\r\n{attached}--b--", 550)
