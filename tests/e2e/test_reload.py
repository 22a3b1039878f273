"""`postrider reload` and SIGHUP: configuration and files read anew in a running server, all or nothing."""
import imaplib
import pathlib
import re
import signal
import socket
import ssl

import pytest

from certificates import Authority
from harness import ALICE, BOB, PASSWORD, Postrider, until
from http_api import new_key


@pytest.fixture(scope="module", params=[False, True], ids=["processes", "one process"])
def own(tmp_path_factory, request):
    made = Postrider(tmp_path_factory.mktemp("reload") / "server", one_process=request.param).start()
    yield made
    assert made.stop() == 0


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority") / "ca")


@pytest.fixture
def config(own):
    """The configuration's text; it is put back, and counts again, behind the test."""
    text = own.config.read_text()
    yield text
    own.config.write_text(text)
    assert own.run("reload").returncode == 0


def shown(own):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", own.imaps), 30) as s, context.wrap_socket(s) as t:
        return t.getpeercert(binary_form=True)


def sizes(session):
    """What it says of the largest message, in a session that may be long open."""
    return re.search(r"SIZE (\d+)", str(session.ask("EHLO there.test", 250)))[1]


def test_nothing(own):
    done = own.run("reload", check=True)
    assert done.stdout == "nothing has changed\n" and not done.stderr


def test_what_changes(own, config):
    """Told by name, in force at once and for sessions that are open; what cannot change is told too."""
    with own.session() as s:
        s.expect(220)
        assert sizes(s) == "26214400"
        own.add_settings('smtp { size_max = 3M }\nresolver { cache = 77 }\nlisten { proxy_from = "192.0.2.0/24" }\nlog { level = debug }')
        done = own.run("reload", check=True)
        assert done.stdout == "changed: listen.proxy_from, smtp.size_max, log.level\nneeds a restart: resolver.cache\n"
        assert sizes(s) == "3145728"
    assert re.search(r'files_read_again changed="listen.proxy_from, smtp.size_max, log.level" files="" restart=resolver.cache', own.log_text())


def test_each_role(own, config):
    """A limit of the store's, a route of the queue's, a step of the edge's."""
    own.add_settings(f'delivery {{ routes = "elsewhere.test discard" }}\ndefence {{ steps = "attachments=reject" }}\nlimits {{ account = "3/d" }}')
    assert "changed: defence.steps, limits.account, delivery.routes\n" == own.run("reload", check=True).stdout
    status, message, records = own.send("--from", ALICE, "--to", "someone@elsewhere.test", "--body", "x")
    assert records[-1]["state"] == "cancelled", records
    program = own.directory / "program.exe"
    program.write_bytes(b"MZ")
    assert "program.exe is not taken" in own.run("send", "--from", ALICE, "--to", BOB, "--body", "x", "--attach", str(program)).stderr


def test_a_mistake(own, config):
    """File and line, exit status 1, and nothing changes: not even what is right in the same file."""
    own.add_settings("smtp { size_max = 4M }\nsmtp { hops_max = many }")
    line = own.config.read_text().splitlines().index("smtp { hops_max = many }") + 1
    done = own.run("reload")
    assert done.returncode == 1 and f"postrider.conf:{line}: smtp.hops_max" in done.stderr
    own.process.send_signal(signal.SIGHUP)
    until(lambda: re.search(rf'reload_refused reason=".*postrider.conf:{line}: smtp.hops_max', own.log_text()), what="a word in the log")
    with own.session() as s:
        s.expect(220)
        assert sizes(s) == "26214400"


@pytest.mark.parametrize("settings, words", [('tls { certificate = "{0}" }', "private key"), ('tls {{ certificates = "/nowhere.pem" }}', "cannot read /nowhere.pem"),
                                             ('server {{ credentials = "{1}" }}', "server.credentials, line 1"), ('defence {{ hashes = "/nowhere.hdb" }}', "/nowhere.hdb")])
def test_a_file_that_is_not_good(own, config, authority, tmp_path, settings, words):
    """A certificate without its key, files that are missing or say nothing: the old ones stay."""
    bad = tmp_path / "bad"
    bad.write_text("nonsense\n")
    bad.chmod(0o600)
    before = shown(own)
    own.add_settings(settings.replace("{{", "{").replace("}}", "}").replace("{0}", authority.sign("other.test")[0]).replace("{1}", str(bad)) + "\nsmtp { hops_max = 7 }")
    done = own.run("reload")
    assert done.returncode == 1 and words in done.stderr, done.stderr
    assert shown(own) == before
    own.config.write_text(config)
    assert own.run("reload", check=True).stdout == "nothing has changed\n"


def test_a_certificate_is_renewed(own, config, authority):
    """Open sessions go on: IMAP in IDLE, SMTP, events over HTTP; who comes sees the new one."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    key, before = new_key(own), shown(own)
    chain, its_key = authority.sign("renewed.test")
    with imaplib.IMAP4_SSL("127.0.0.1", own.imaps, ssl_context=context, timeout=30) as imap, \
            socket.create_connection(("127.0.0.1", own.https), 30) as plain, context.wrap_socket(plain) as http, http.makefile("rb") as events, \
            own.logged_in() as smtp:
        imap.login(ALICE, PASSWORD)
        imap.select()
        imap.send(b"i IDLE\r\n")
        assert imap.readline().startswith(b"+")
        http.sendall(f"GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
        assert b" 200 " in events.readline()
        own.add_settings(f'tls {{ certificate = "{chain}"  key = "{its_key}" }}')
        assert own.run("reload", check=True).stdout == "changed: tls.certificate, tls.key\nread again: tls.certificate, tls.key\n"
        after = shown(own)
        assert after != before
        own.send("--from", BOB, "--to", ALICE, "--body", "still there?")
        while not imap.readline().endswith(b"EXISTS\r\n"):
            pass
        imap.send(b"DONE\r\n")
        while not imap.readline().startswith(b"i OK"):
            pass
        smtp.message(ALICE, [BOB], f"From: {ALICE}\r\n\r\nx\r\n".encode())
        assert next(line for line in events if line.startswith(b"data: "))
    own.config.write_text(config)
    assert own.run("reload", check=True).stdout == "changed: tls.certificate, tls.key\nread again: tls.certificate, tls.key\n"
    assert shown(own) == before


def test_signal(own, config):
    """SIGHUP does the same, and ends nothing (threats 3.32)."""
    own.add_settings("smtp { hops_max = 49 }")
    n = own.log_text().count("files_read_again changed=smtp.hops_max")
    own.process.send_signal(signal.SIGHUP)
    until(lambda: own.log_text().count("files_read_again changed=smtp.hops_max") > n, what="a word in the log")
    assert own.process.poll() is None


def test_a_configuration_by_a_relative_path(tmp_path):
    """Roles have no current folder."""
    own = Postrider(tmp_path / "server")
    whole = own.config
    own.config = pathlib.Path("postrider.conf")
    own.start(cwd=whole.parent)
    own.config = whole
    own.add_settings("smtp { size_max = 3M }")
    assert own.run("reload", check=True).stdout == "changed: smtp.size_max\n"
    with own.session() as s:
        s.expect(220)
        assert sizes(s) == str(3 << 20)
    assert "internal_error" not in own.log_text()
    assert own.stop() == 0
