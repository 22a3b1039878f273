"""`postrider sendmail`, called by programs that nobody here wrote: Debian's cron, PHP's mail() and mutt.

RFC 5322 3.6 (fields that are put in), 3.6.3 (Bcc); cron(8), which knows its sendmail by path.
"""
import email
import email.policy
import os
import subprocess
import uuid

import pytest

import ends
from harness import ALICE, BOB, PROGRAM, Postrider, until


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Postrider(tmp_path_factory.mktemp("sendmail") / "server")
    made.start()
    yield made
    assert made.stop() == 0


@pytest.fixture
def sendmail(server):
    """A program of that name for this server."""
    path = server.directory / "sendmail"
    conf = server.directory / "sendmail.conf"
    conf.write_text('domain = "home.test"\n')
    path.write_text(f"#!/bin/sh\nPOSTRIDER_CONFIG={server.config} exec {PROGRAM} sendmail -C {conf} \"$@\"\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def mark():
    return uuid.uuid4().hex


def received(server, mark, who=BOB, seconds=30):
    [octets] = until(lambda: [t for t in server.find(who) if mark.encode() in t], seconds, f"mail with {mark}")
    return email.message_from_bytes(octets, policy=email.policy.default)


def test_php(server, sendmail, mark):
    """-t is PHP's way; its header lines end in CRLF or LF by version, and Bcc is in nobody's copy."""
    ends.need("php")
    code = f'exit(mail("{BOB}", "Grüße {mark}", "one\\ntwo\\n.\\nlast", ["From" => "{ALICE}", "Bcc" => "{ALICE}", "Content-Type" => "text/plain; charset=utf-8"]) ? 0 : 1);'
    ends.run(["php", "-d", f"sendmail_path={sendmail} -t -i", "-r", code], seconds=60)
    got = received(server, mark)
    assert got["From"] == ALICE and got["To"] == BOB and got["Bcc"] is None and got["Date"] and got["Message-ID"]
    assert got.get_content().replace("\r\n", "\n") == "one\ntwo\n.\nlast\n" and received(server, mark, ALICE)["Bcc"] is None


def test_php_hears_of_a_failure(server, sendmail, mark):
    ends.need("php")
    ends.run(["php", "-d", f"sendmail_path={sendmail} -t -i", "-r", f'exit(@mail("nobody@home.test", "{mark}", "x", "From: {ALICE}") ? 0 : 7);'], seconds=60, codes=(7,))


def test_mutt(server, sendmail, mark, tmp_path):
    ends.need("mutt")
    (tmp_path / "muttrc").write_text(f'set sendmail="{sendmail} -oem -oi"\nset from="{ALICE}"\nset realname="Alice Ä"\nset copy=no\nset use_from=yes\nset charset=utf-8\n')
    (tmp_path / "Bericht ü.txt").write_bytes(b"one\r\ntwo\n")
    done = subprocess.run(["mutt", "-n", "-F", str(tmp_path / "muttrc"), "-s", f"Grüße {mark}", "-b", ALICE, "-a", str(tmp_path / "Bericht ü.txt"), "--", BOB],
                          input="Hallo\n.\nEnde\n".encode(), capture_output=True, timeout=60, env=os.environ | {"LC_ALL": "C.UTF-8", "HOME": str(tmp_path), "TERM": "dumb"})
    assert done.returncode == 0, done
    got = received(server, mark)
    text, part = got.iter_parts()
    assert got["Subject"] == f"Grüße {mark}" and got["From"].addresses[0].display_name == "Alice Ä" and got["Bcc"] is None
    assert text.get_content().replace("\r\n", "\n") == "Hallo\n.\nEnde\n" and part.get_filename() == "Bericht ü.txt"


CRON = """
set -e
mount --bind {sendmail} /usr/sbin/sendmail
mount --bind {folder}/crontabs /var/spool/cron/crontabs
mount --bind {folder}/empty /etc/cron.d
mount --bind {folder}/crontab /etc/crontab
mount --bind {folder}/run /run
exec cron -f
"""


def test_cron(server, sendmail, mark, tmp_path):
    """What a job prints is mailed to MAILTO; all in a mount namespace, where nothing else of this machine's crontabs is."""
    ends.need("cron")
    if os.getuid() or not os.path.exists("/usr/sbin/sendmail") or subprocess.run(["unshare", "-m", "true"]).returncode:
        pytest.skip("needs root, mount namespaces and a /usr/sbin/sendmail to stand in for")
    for name in ("crontabs", "empty", "run"):
        (tmp_path / name).mkdir()
    (tmp_path / "crontab").write_text("")
    (tmp_path / "crontabs" / "root").write_text(f"MAILTO=bob\n* * * * * echo {mark}; printf '.\\nlast\\n'\n")
    (tmp_path / "crontabs" / "root").chmod(0o600)
    cron = subprocess.Popen(["unshare", "-m", "sh", "-c", CRON.format(sendmail=sendmail, folder=tmp_path)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, start_new_session=True)
    try:
        got = received(server, mark, seconds=90)
    finally:
        cron.terminate()
        said = cron.communicate()[1]
    assert got["To"] == "bob@home.test" and got["From"].addresses[0].addr_spec == "root@home.test" and got["Subject"].startswith("Cron <root@"), said
    assert got.get_content().replace("\r\n", "\n") == f"{mark}\n.\nlast\n" and got["X-Cron-Env"]
