"""`postrider sendmail`: what cron, PHP and mutt call, to the server here and to one that is configured."""
import email
import os
import subprocess
import uuid

import pytest

from harness import ALICE, BOB, PASSWORD, PROGRAM, ROOT, until

EX_OK, EX_USAGE, EX_NOUSER, EX_UNAVAILABLE, EX_TEMPFAIL, EX_CONFIG = 0, 64, 67, 69, 75, 78
CRON = """From: "(Cron Daemon)" <root>
To: bob
Subject: Cron <root@box> {subject}
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
X-Cron-Env: <HOME=/root>

.dots
.
grüße
"""


@pytest.fixture(scope="module")
def conf(server):
    """For this machine's own server; names without a domain are home.test's."""
    path = server.directory / "sendmail.conf"
    path.write_text('domain = "home.test"\n')
    return path


def sendmail(server, conf, *arguments, text, program=(PROGRAM, "sendmail"), **env):
    return subprocess.run([*program, "-C", str(conf), *arguments], input=text.encode(), capture_output=True, timeout=60,
                          env=dict(os.environ, POSTRIDER_CONFIG=str(server.config), NAME="Web Master", **env))


def test_what_cron_sends(server, conf):
    """A name without a domain is one of the machine's, in the envelope and in the header; -i: a dot ends nothing."""
    subject = str(uuid.uuid4())
    done = sendmail(server, conf, "-FCronDaemon", "-i", "-B8BITMIME", "-oem", "bob", text=CRON.format(subject=subject))
    assert done.returncode == EX_OK and done.stdout == done.stderr == b"", done
    [octets] = until(lambda: [t for t in server.find(BOB) if subject.encode() in t])
    found = email.message_from_bytes(octets)
    assert found["From"] == '"(Cron Daemon)" <root@home.test>' and found["To"] == "bob@home.test" and found["Date"] and found["Message-ID"]
    assert octets.endswith(".dots\r\n.\r\ngrüße\r\n".encode())


def test_recipients_of_the_header(server, conf, network):
    """-t: To, Cc and Bcc, with those of the command line, each once; Bcc is in nobody's copy (RFC 5322 3.6.3)."""
    remote = network.remote()
    done = sendmail(server, conf, "-t", "-oi", "-f", ALICE, "-v", BOB, f"u@{remote.domain}",
                    text=f"To: Bob <{BOB}>, (a comment) u@{remote.domain}\nCc: friends: c@{remote.domain};\nBcc: d@{remote.domain}\nSubject: x\n\nx\n")
    assert done.returncode == EX_OK, done
    message = done.stdout.split()[1].decode()
    server.wait_state(message, "delivered")
    rows = server.status(message)["recipients"]
    assert sorted(r["address"] for r in rows) == sorted([BOB, f"u@{remote.domain}", f"c@{remote.domain}", f"d@{remote.domain}"])
    assert {r["return_path"] for r in rows} == {ALICE}
    assert all(b"Bcc" not in text and b"From: alice@home.test" in text for _, _, text in remote.messages)


def test_a_text_without_a_header(server, conf):
    """`echo text | sendmail bob`, and a dot that ends it."""
    sign = str(uuid.uuid4())
    assert sendmail(server, conf, "bob", text=f"not a header {sign}\n.\nnot sent\n").returncode == EX_OK
    [octets] = until(lambda: [t for t in server.find(BOB) if sign.encode() in t])
    header, body = octets.split(b"\r\n\r\n", 1)
    assert body == f"not a header {sign}\r\n".encode() and b"From: Web Master <" in header


@pytest.mark.parametrize("arguments,text,status,words", [
    (["-t"], "Subject: nobody\n\nx\n", EX_USAGE, "to whom"),
    (["-bv", "bob"], "x\n", EX_USAGE, "-bv is not done here"),
    (["-f", "a b <c", "bob"], "x\n", 65, "is no address"),
    (["bob, ,<"], "x\n", 65, "is no list of addresses"),
    (["nobody.here@home.test"], "x\n", EX_UNAVAILABLE, "no such user"),
    (["root"], "x\n", EX_UNAVAILABLE, "root@home.test: no such user here; nothing was sent; postrider alias add root@home.test ADDRESS has its mail"),
])
def test_what_cannot_be(server, conf, arguments, text, status, words):
    done = sendmail(server, conf, *arguments, text=text)
    assert done.returncode == status and words in done.stderr.decode(), done


def test_no_server_and_no_configuration(tmp_path):
    done = subprocess.run([PROGRAM, "sendmail", "bob"], input=b"x\n", capture_output=True, timeout=60,
                          env=dict(os.environ, HOME=str(tmp_path), POSTRIDER_CONFIG=str(tmp_path / "none.conf")))
    assert done.returncode == EX_CONFIG and b"sendmail.conf" in done.stderr, done


def test_another_server(server, network, tmp_path):
    """By the library: the exit status tells what became of it (sysexits.h)."""
    def rcpt(address):
        return {"no": "550 5.1.1 no such user", "later": "450 4.2.0 later"}.get(address.split("@")[0], "")
    remote = network.remote(rcpt=rcpt)
    path = tmp_path / "conf"
    path.write_text(f'server = "smtp://{remote.address}:{remote.port}"\ndomain = "home.test"\nsender = "web@home.test"\n')
    for who, status, words in (("yes", EX_OK, ""), ("no", EX_NOUSER, "no such user"), ("later", EX_TEMPFAIL, "later")):
        done = sendmail(server, path, "-i", f"yes@{remote.domain}", f"{who}@{remote.domain}", text="Subject: x\n\nx\n")
        assert done.returncode == status and words in done.stderr.decode(), done
    assert {sender for sender, _, _ in remote.messages} == {"web@home.test"}


def test_smtp_on_standard_input(server, conf):
    """-bs (RFC 5321 4.1.1); LF may end a line, and half a message is none."""
    sign = str(uuid.uuid4())
    talk = (f"EHLO x\nMAIL FROM:<alice>\nRCPT TO:<bob>\nRCPT TO:<@>\nDATA\nSubject: {sign}\n\n..x\n.\nDATA\nMAIL FROM:<>\nRSET\nTURN\nQUIT\n")
    done = sendmail(server, conf, "-bs", text=talk)
    codes = [line[:3] for line in done.stdout.decode().splitlines() if line[3:4] == " "]
    assert codes == ["220", "250", "250", "250", "501", "354", "250", "503", "250", "250", "502", "221"], done
    [octets] = until(lambda: [t for t in server.find(BOB) if sign.encode() in t])
    assert octets.endswith(b"\r\n\r\n.x\r\n")
    half = sendmail(server, conf, "-bs", text=f"MAIL FROM:<alice>\nRCPT TO:<bob>\nDATA\nSubject: half {sign}\n\nhalf")
    assert half.stdout.decode().splitlines()[-1].startswith("451 ")
    assert not [t for t in server.find(BOB) if f"half {sign}".encode() in t]


def test_names_of_the_server_here(server, tmp_path):
    """Without any configuration a name is one of the first domain that has mail here, not of the machine."""
    env = dict(os.environ, HOME=str(tmp_path), POSTRIDER_CONFIG=str(server.config))
    sign = str(uuid.uuid4())
    done = subprocess.run([PROGRAM, "sendmail", "bob"], input=f"Subject: {sign}\n\nx\n".encode(), capture_output=True, timeout=60, env=env)
    assert done.returncode == EX_OK, done
    assert server.wait_mail(BOB, subject=sign).startswith(b"Return-Path: <")


def test_what_waits(server, conf, network, tmp_path):
    """-bp, and the names mailq and newaliases."""
    remote = network.remote(rcpt="450 4.2.0 later")
    sent = sendmail(server, conf, "-f", ALICE, "-v", f"u@{remote.domain}", text="Subject: x\n\nx\n")
    message = sent.stdout.split()[1]
    links = {name: tmp_path / name for name in ("mailq", "newaliases")}
    for link in links.values():
        link.symlink_to(PROGRAM)
    env = dict(os.environ, POSTRIDER_CONFIG=str(server.config))
    for command in ([PROGRAM, "sendmail", "-bp"], [str(links["mailq"])]):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, env=env)
        assert done.returncode == EX_OK and message in done.stdout, done
    done = subprocess.run([str(links["newaliases"])], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, env=env)
    assert (done.returncode, done.stdout, done.stderr) == (EX_OK, b"", b"")


def test_under_its_own_name(server, conf, tmp_path):
    """A link of the name sendmail, with mutt's arguments."""
    link = tmp_path / "sendmail"
    link.symlink_to(PROGRAM)
    sign = str(uuid.uuid4())
    done = sendmail(server, conf, "-oem", "-oi", "-f", ALICE, "--", BOB, program=(str(link),), text=f"From: {ALICE}\nSubject: {sign}\n\nx\n")
    assert done.returncode == EX_OK, done
    assert server.wait_mail(BOB, subject=sign).startswith(b"Return-Path: <alice@home.test>")
