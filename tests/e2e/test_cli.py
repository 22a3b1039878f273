"""The command line, as a person and as a script use it: output, exit status, files."""
import concurrent.futures
import email
import email.policy
import json
import os
import pathlib
import pty
import pwd
import re
import select
import signal
import socket
import subprocess
import threading
import time
import uuid

import pytest

from harness import ALICE, BOB, PASSWORD, PROGRAM, Postrider, alive, plain, until
from remote import Remote


def mail_of(server, subject, account=BOB):
    row = until(lambda: [r for r in server.mailbox(account) if email_subject(server, account, r) == subject], what=subject)[-1]
    return email.message_from_bytes(server.text(account, row["uid"]), policy=email.policy.default)


def email_subject(server, account, row):
    return email.message_from_bytes(server.text(account, row["uid"]), policy=email.policy.default)["Subject"]


# ---- send ----

def test_exit_status(server, network):
    """0 all delivered, 1 some failed, 2 some undecided; failure is told even while others are open."""
    good, bad, slow = network.remote(), network.remote(rcpt="550 5.1.1 no"), network.remote(rcpt="450 4.2.1 later")
    for to, status in (((good,), 0), ((bad,), 1), ((good, bad), 1), ((slow,), 2), ((good, slow), 2), ((bad, slow), 1)):
        addresses = ",".join(f"u@{r.domain}" for r in to)
        got, message, _ = server.send("--from", ALICE, "--to", addresses, "--body", "x", wait="2s")
        assert got == status, addresses
        assert server.run("status", message).returncode == status


@pytest.mark.parametrize("role", ["control", "store"])
def test_exit_status_when_the_server_falls_over(server, network, role):
    """Committed and not seen to its end is undecided, not failed; and it is delivered all the same."""
    sign = str(uuid.uuid4())
    answer = threading.Event()
    remote = network.remote(body=[lambda _: "" if answer.wait(60) else None])
    sender = subprocess.Popen([PROGRAM, "send", "-c", str(server.config), "--from", ALICE, "--to", f"u@{remote.domain}", "--subject", sign,
                               "--body", "x", "--wait", "60s"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(lambda: remote.raw, what="the text at the remote")
    pid = server.roles()[role]
    os.kill(pid, signal.SIGKILL)
    said, complaint = sender.communicate(timeout=60)
    assert sender.returncode == 2 and complaint, (said, complaint)
    message = json.loads(said.splitlines()[0])["message"]
    until(lambda: server.roles().get(role, pid) != pid, what=f"a new {role}")
    answer.set()
    until(lambda: server.run("status", "--json", message).returncode == 0, what="service, and the message's end")
    [record] = server.agreed(message)
    assert record["state"] == "delivered"


def test_the_command_line_does_not_need_the_edge(server, network):
    """What listens to strangers may fall over while the operator watches a delivery."""
    answer = threading.Event()
    remote = network.remote(body=lambda _: "" if answer.wait(60) else None)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        sent = pool.submit(server.send, "--from", ALICE, "--to", f"u@{remote.domain}", "--body", "x", wait="60s")
        until(lambda: remote.raw, what="the text at the remote")
        pid = server.roles()["edge"]
        os.kill(pid, signal.SIGKILL)
        until(lambda: server.roles().get("edge", pid) != pid, what="a new edge")
        answer.set()
        assert sent.result()[0] == 0
    assert len(remote.messages) == 1


def messages(server):
    """All there were; one of before may be tried again meanwhile."""
    return {change["message"] for change in server.changes()}


@pytest.mark.parametrize("arguments,words", [
    (["--to", BOB, "--body", "x"], "--from is missing"),
    (["--from", ALICE, "--body", "x"], "--to is missing"),
    (["--from", ALICE, "--to", BOB], "the message is empty"),
    (["--from", "alice", "--to", BOB, "--body", "x"], "alice is no address"),
    (["--from", ALICE, "--to", "bob@@home.test", "--body", "x"], "no address"),
    (["--from", ALICE, "--to", BOB, "--body", "x", "--wait", "soon"], "soon is no time"),
    (["--from", ALICE, "--to", BOB, "--attach", "/nowhere"], "/nowhere"),
    (["--from", ALICE, "--to", BOB, "--body", "x", "more"], "more is no option"),
    (["--nonsense"], "nonsense"),
    (["--from", ALICE, "--to", BOB, "--nonsense"], "nonsense"),
])
def test_misuse(server, arguments, words):
    before = messages(server)
    done = server.run("send", *arguments)
    assert done.returncode == 64 and words in done.stderr  # EX_USAGE
    assert messages(server) == before


@pytest.mark.parametrize("command, words", [("why", "What each step of the defence found"), ("status", "Where a message is")])
def test_each_command_has_its_own_help(server, command, words):
    shown = server.run(command, "--help", check=True).stdout
    assert f"usage: postrider {command} " in shown and words in shown
    assert f"postrider {command} --help" in server.run(command).stderr


def test_serve_takes_no_words(server):
    """A word too much, such as a second file, is no server that starts."""
    done = server.run("serve", "other.conf")
    assert done.returncode == 64 and "other.conf is no option" in done.stderr


def test_unknown_user_here_is_told_at_once(server):
    done = server.run("send", "--from", ALICE, "--to", "carol@home.test", "--body", "x")
    assert done.returncode != 0 and "carol@home.test: no such user here" in done.stderr


def test_one_unknown_user_among_several(server, network):
    """Who is unknown here is refused; the others get the message."""
    remote = network.remote()
    status, message, records = server.send("--from", ALICE, "--to", f"carol@home.test,{BOB}", "--cc", f"u@{remote.domain}", "--body", "x")
    assert status == 1
    assert {r["address"]: r["state"] for r in server.agreed(message, records)} == {
        "carol@home.test": "refused", BOB: "delivered", f"u@{remote.domain}": "delivered"}
    assert len(remote.messages) == 1


def test_subject_names_and_text(server):
    """RFC 2047, RFC 5322: whatever the characters, the recipient's program shows what was given."""
    sign = str(uuid.uuid4())
    for subject in (f"plain {sign}", f"Grüße aus Köln {sign}", f"日本語の件名 {sign}", f"{'long ' * 60}{sign}", f"=?x?y?z?= {sign}",
                    f"🎉 emoji 🎉 {sign}"):
        text = f"Zeile eins: äöü\n\n.\n..two dots\nFrom here\n{subject}\n"
        status, message, _ = server.send("--from", "Älice \"Ä.\" <alice@home.test>", "--to", "\"B, o b\" <bob@home.test>",
                                         "--cc", "Ünal <alice@home.test>", "--subject", subject, "--body", text)
        assert status == 0
        mail = mail_of(server, subject)
        assert mail["Subject"] == subject and mail["MIME-Version"] == "1.0" and mail["Date"] and mail["Message-ID"]
        assert mail["From"].addresses[0].addr_spec == ALICE and mail["From"].addresses[0].display_name.startswith("Älice")
        assert mail["To"].addresses[0].display_name == "B, o b" and mail["Cc"].addresses[0].display_name == "Ünal"
        assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")


@pytest.mark.parametrize("field,value,words", [
    ("--subject", "a\r\nX-Evil: 1", "the subject holds a control character"),
    ("--subject", "a\n\nbody", "the subject holds a control character"),
    ("--from", "x\r\nX-Evil: 1 <alice@home.test>", "is no address"),
    ("--to", "y\nX-Evil: 1 <bob@home.test>", "is no address"),
    ("--cc", "bob@home.test\r\nX-Evil: 1", "is no address"),
])
def test_no_header_is_injected(server, field, value, words):
    """threats 3.15: a line break in a field is refused, and nothing is sent."""
    before = messages(server)
    arguments = {"--from": ALICE, "--to": BOB, "--subject": "x"} | {field: value}
    done = server.run("send", "--json", *(x for pair in arguments.items() for x in pair), "--body", "x")
    assert done.returncode in (64, 69) and words in done.stderr and not done.stdout
    assert messages(server) == before


def test_attachments_and_html(server, tmp_path):
    """RFC 2045-2047, 2183, 2231: files arrive to the octet, under their names."""
    sign = str(uuid.uuid4())
    files = {"plain.txt": b"text\n", "Übersicht für März.pdf": os.urandom(70000), "日本語.bin": bytes(range(256)) * 10,
             "a \"quoted\" name;.csv": b"a;b\r\n", "empty": b"", "long " + "x" * 180 + ".dat": b"\x00\xff" * 1000,
             "message.eml": b"From: x@y.test\r\nSubject: inner\r\n\r\nhello\r\n"}
    for name, octets in files.items():
        (tmp_path / name).write_bytes(octets)
    html = tmp_path / "page.html"
    html.write_text("<p>Grüße <b>fett</b>\n.\n</p>\n")
    text = tmp_path / "text.txt"
    text.write_text("Grüße als Text\n.\n")
    status, _, records = server.send("--from", ALICE, "--to", BOB, "--subject", sign, "--text", str(text), "--html", str(html),
                                     *(x for name in files for x in ("--attach", str(tmp_path / name))))
    assert status == 0, records
    mail = mail_of(server, sign)
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == text.read_text()
    assert mail.get_body(("html",)).get_content().replace("\r\n", "\n") == html.read_text()
    got = {part.get_filename(): part for part in mail.iter_attachments()}
    assert set(got) == set(files)
    for name, octets in files.items():
        part = got[name]
        assert part.get_content_disposition() == "attachment"
        content = part.get_payload(decode=True) if part.get_content_maintype() != "message" else octets
        assert content == octets, name


def test_text_from_standard_input(server):
    sign = str(uuid.uuid4())
    done = subprocess.run([PROGRAM, "send", "-c", str(server.config), "--from", ALICE, "--to", BOB, "--subject", sign, "--text", "-"],
                          input="from a pipe\n", capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "from a pipe" in mail_of(server, sign).get_content()


def test_too_big(server, tmp_path):
    (tmp_path / "big").write_bytes(os.urandom(26 << 20))
    done = server.run("send", "--from", ALICE, "--to", BOB, "--attach", str(tmp_path / "big"))
    assert done.returncode != 0 and "smtp.size_max" in done.stderr


def test_live_table(server, network):
    """On a terminal: one line a recipient that is drawn anew, then the sentences."""
    remote = network.remote(rcpt=lambda a: "550 5.1.1 no such user" if a.startswith("no") else "")
    command = [PROGRAM, "send", "-c", str(server.config), "--from", ALICE, "--to", f"no@{remote.domain},yes@{remote.domain},{BOB}",
               "--body", "x", "--wait", "20s"]
    shown, status = on_terminal(command)
    assert status == 1
    assert "\x1b[3A" in shown or "\x1b[2A" in shown  # moved up to draw again
    assert "\x1b[32mdelivered" in shown and "\x1b[31mrefused" in shown
    last = re.sub(r"\x1b\[[0-9]*[A-Za-z]", "", shown)
    assert f"{remote.host} said: 550 5.1.1 no such user" in last and "There is no mailbox of this name" in last


def test_interrupted_on_a_terminal(server, network):
    """Ctrl-C ends the watching, not the message, and says where to look."""
    go_on = threading.Event()
    remote = network.remote(rcpt=lambda address: go_on.wait(30) and "")
    command = [PROGRAM, "send", "-c", str(server.config), "--from", ALICE, "--to", f"x@{remote.domain}", "--body", "x", "--wait", "60s"]
    shown, status = on_terminal(command, typed_at="trying", typed=b"\x03")
    go_on.set()
    assert status == 2
    message = re.search(r"look again with: postrider status (\w+)", shown)[1]
    assert server.wait_state(message, "delivered")


def test_control_socket_requests(server):
    """controld.h: what a request must say is not guessed, and nothing is committed.  The octets that were announced are
    never taken for requests: the next one is answered behind them, and where their number is not known the connection ends."""
    last = server.changes()[-1]["seq"]
    for request, what in (({"to_size": 0, "size": 0}, "from is no text"), ({"from": 7, "to_size": 3, "size": 20}, "from is no text"),
                          ({"from": ALICE, "to_size": -1, "size": 0}, "no number"), ({"from": ALICE, "to_size": 0}, "no number"),
                          ({"from": ALICE, "to_size": 0, "size": 1.5}, "no number"), ({"from": ALICE, "to_size": 0, "size": 0}, "to whom?"),
                          ({"from": ALICE, "to_size": 10**12, "size": 0}, None)):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30)
            s.connect(str(server.directory / "control"))
            stream = s.makefile("rwb")
            announced = b"x" * (request["to_size"] + request["size"]) if what and what != "no number" else b""
            stream.write(json.dumps({"call": "send", **request}).encode() + b"\n" + announced)
            stream.flush()
            if what:
                answer = json.loads(stream.readline())
                assert not answer["ok"] and what in answer["what"], answer
            if what == "no number":
                assert stream.readline() == b""
            elif what:
                stream.write(b'{"call":"changes","after":-1}\n')
                stream.flush()
                assert json.loads(stream.readline())["ok"]
    assert server.changes()[-1]["seq"] == last


def test_control_socket_nesting(server):
    """A request that nests is refused before a parser follows it down the stack of a fibre."""
    for request in (b'{"call":' + b"[" * 2000, b'{"call":' + b'{"a":' * 2000 + b"1" + b"}" * 2001, b"[" * 30000,
                    b"[" * 17 + b"]" * 17):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30)
            s.connect(str(server.directory / "control"))
            stream = s.makefile("rwb")
            stream.write(request + b"\n")
            stream.flush()
            answer = json.loads(stream.readline())
            assert not answer["ok"] and "within one another" in answer["what"], answer
            stream.write(b'{"call":"changes","after":-1}\n')
            stream.flush()
            assert json.loads(stream.readline())["ok"]


def test_lists_on_a_terminal(server):
    """With a head, and with subjects as people write them (RFC 2047)."""
    _, message, _ = server.send("--from", ALICE, "--to", BOB, "--subject", "Grüße \u2709 aus Köln", "--body", "x")
    shown, status = on_terminal([PROGRAM, "mailbox", "-c", str(server.config), "list", BOB])
    assert status == 0 and re.search(r"^ +uid +received +octets +from +subject\r\n", shown)
    assert f"{ALICE} " in shown and " Grüße \u2709 aus Köln\r\n" in shown and shown.endswith(f" in INBOX of {BOB}\r\n")
    shown, _ = on_terminal([PROGRAM, "status", "-c", str(server.config), message])
    assert "subject Grüße \u2709 aus Köln\r\n" in shown
    _, message, _ = server.send("--from", ALICE, "--to", BOB, "--body", "no subject")
    with server.session() as s:
        s.hello()
        s.message("", [BOB], b"Subject: from nobody\r\n\r\nx\r\n")
    shown, _ = on_terminal([PROGRAM, "mailbox", "-c", str(server.config), "list", BOB])
    assert re.search(r" <> +from nobody\r\n", shown)
    shown, _ = on_terminal([PROGRAM, "status", "-c", str(server.config), message])
    assert "subject \r\n" in shown and "runtime error" not in shown
    server.run("account", "set", "--index", "on", "--defence", "attachments=tag", BOB, check=True)
    server.run("domain", "set", "--defence", "attachments=observe", "home.test", check=True)
    shown, _ = on_terminal([PROGRAM, "account", "-c", str(server.config), "list"])
    assert re.search(rf"^account +state +addresses +quota +index +defence\r\n{ALICE} +enabled +1 +0 +off *\r\n{BOB} +enabled +1 +0 +on +attachments=tag\r\n", shown)
    shown, _ = on_terminal([PROGRAM, "domain", "-c", str(server.config), "list"])
    assert re.search(r"^home.test +enabled +attachments=observe\r$", shown, re.M)
    for kind, name in (("account", BOB), ("domain", "home.test")):
        server.run(kind, "set", "--defence", "none", name, check=True)


def test_doctor_on_a_terminal(server):
    """A coloured word a finding, its sentence folded between words to what the terminal has."""
    shown, status = on_terminal([PROGRAM, "doctor", "-c", str(server.config), "--address", "127.0.0.1", "--peer", "127.0.1.254"])
    assert status == 1 and "\x1b[32mwell  \x1b[0m  server      the server runs\r\n" in shown and "\x1b[31mmend  \x1b[0m  outward " in shown
    lines = re.sub(r"\x1b\[\d+m", "", shown).split("\r\n")
    assert max(map(len, lines)) <= 80 and any(re.match(" {20}[^ ]", line) for line in lines)
    assert re.fullmatch(r"\d+ to mend, \d+ could not be asked, \d+ hints, \d+ well", lines[-2])


@pytest.mark.parametrize("arguments, word", [
    (["--address", "192.0.2"], "192.0.2 is no IPv4"), (["a.test", "b.test"], "one domain?"), (["--selector", "s"] * 17, "fewer than 16"),
    (["--wrong"], "see postrider doctor --help"),
])
def test_doctor_misused(server, arguments, word):
    done = server.run("doctor", *arguments)
    assert done.returncode == 64 and word in done.stderr


def on_terminal(command, typed_at=None, typed=b""):
    """What the command shows on a terminal, and its exit status.  typed: keys pressed once typed_at is shown."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.environ.pop("NO_COLOR", None)
        os.execv(command[0], command)
    shown, end = b"", time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([fd], [], [], 1)[0]:
            try:
                piece = os.read(fd, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
            if typed_at and typed_at.encode() in shown:
                typed_at = None
                os.write(fd, typed)
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    return shown.decode(errors="replace"), os.waitstatus_to_exitcode(status)


# ---- status, changes, queue, mailbox ----

def test_status_by_message_id(server):
    """A Message-ID as mail programs show it, with and without brackets, leads to the newest of that name."""
    sign = f"<{uuid.uuid4()}@client.test>"
    ids = []
    for _ in range(2):
        with server.logged_in() as s:
            ids.append(s.message(ALICE, [BOB], f"From: {ALICE}\r\nMessage-ID: {sign}\r\n\r\nx\r\n".encode()).split()[-1])
    assert server.status(sign)["message"]["id"] == ids[-1]
    done = server.run("status", "nothing-of-this-name")
    assert done.returncode != 0 and done.stderr


def test_status_for_people(server, network):
    remote = network.remote(rcpt="550 5.1.1 no such user")
    _, message, _ = server.send("--from", ALICE, "--to", f"no@{remote.domain}", "--subject", "words", "--body", "x")
    shown, status = on_terminal([PROGRAM, "status", "-c", str(server.config), message])
    assert status == 1
    for words in (message, ALICE, "words", "refused", "550 5.1.1 no such user", "There is no mailbox of this name"):
        assert words in shown, words


def test_status_when_piped(server, network):
    """JSON as everywhere, and the same exit status."""
    remote = network.remote(rcpt="550 5.1.1 no such user")
    _, message, records = server.send("--from", ALICE, "--to", f"no@{remote.domain}", "--body", "x")
    for command in (["status"], ["status", "--json"], ["queue", "show"], ["queue", "show", "--json"]):
        done = server.run(*command[:1], *command[1:], message)
        assert done.returncode == 1 and json.loads(done.stdout)["recipients"] == records[-1:], command


def test_changes_follow(server, network):
    """--follow tells each change as it happens; --after goes on where one left off."""
    last = server.changes()[-1]["seq"] if server.changes() else 0
    follower = subprocess.Popen([PROGRAM, "changes", "-c", str(server.config), "--follow", "--json", "--after", str(last)],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        remote = network.remote(rcpt=["450 4.2.1 later"])
        _, message, _ = server.send("--from", ALICE, "--to", f"u@{remote.domain}", "--body", "x")
        states = []
        while not states or states[-1] != "delivered":
            event = json.loads(follower.stdout.readline())
            assert event["message"] == message and event["seq"] > last
            last = event["seq"]
            states.append(event["state"])
        assert [s for s in states if s not in ("trying", "queued")] == ["deferred", "delivered"]
        assert states.count("trying") == 2
    finally:
        follower.terminate()
        follower.wait()
        follower.stdout.close()
    assert server.changes(message)[-1]["seq"] == last


def test_changes_from_now_on(server):
    """--now leaves out what was before."""
    _, before, _ = server.send("--from", ALICE, "--to", BOB, "--body", "x")
    follower = subprocess.Popen([PROGRAM, "changes", "-c", str(server.config), "--follow", "--json", "--now"],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        seen, sent = None, []
        while not seen:  # it may not follow yet when the first ones are sent
            sent.append(server.send("--from", ALICE, "--to", BOB, "--body", "x")[1])
            if select.select([follower.stdout], [], [], 0.2)[0]:
                seen = json.loads(follower.stdout.readline())["message"]
        assert seen in sent and before not in sent
    finally:
        follower.terminate()
        follower.wait()
        follower.stdout.close()


def test_queue(server, network):
    """What is open, the next to be tried first; it leaves the list when it is decided."""
    remote = network.remote(rcpt="450 4.2.1 later")
    _, message, _ = server.send("--from", ALICE, "--to", f"one@{remote.domain},two@{remote.domain}", "--body", "x", wait="0")
    until(lambda: all(r["attempt"] for r in server.status(message)["recipients"]))
    rows = until(lambda: [r for r in server.queue() if r["message"] == message and r["state"] == "deferred"])
    assert [r["address"] for r in rows] == [f"one@{remote.domain}", f"two@{remote.domain}"]
    for row in rows:
        assert (row["return_path"], row["domain"], row["text"]) == (ALICE, remote.domain, "later")
        assert row["attempt"] >= 1 and row["next_try"]
    shown = server.run("queue", "show", message)
    assert f"one@{remote.domain}" in shown.stdout and shown.returncode == 2
    remote.script.clear()
    server.run("queue", "retry", message, check=True)
    server.wait_state(message, "delivered")
    until(lambda: not [r for r in server.queue() if r["message"] == message])


def test_queue_list_of_some(server, network):
    """Those to whom all applies that was asked for; on a terminal the first of them."""
    remote = network.remote(rcpt="450 4.2.1 later")
    both = f"one@{remote.domain},two@{remote.domain}"
    messages = [server.send("--from", ALICE, "--to", both, "--body", "x", wait="0")[1] for _ in range(2)]
    for message in messages:  # the next try is in a minute
        until(lambda: all((r["state"], r["attempt"]) == ("deferred", 3) for r in server.status(message)["recipients"]))

    def listed(*which):
        done = server.run("queue", "list", "--json", *which, check=True)
        return [(row["message"], row["recipient"]) for row in map(json.loads, done.stdout.splitlines())]
    there = ["--domain", remote.domain]
    assert sorted(listed(*there)) == sorted((m, i) for m in messages for i in range(2))
    assert listed(messages[0]) == [(messages[0], 0), (messages[0], 1)]
    assert sorted(listed("--to", f"TWO@{remote.domain}")) == sorted((m, 1) for m in messages)
    everything = listed(*there)
    assert listed("--from", ALICE, "--state", "deferred,held", "--older", "0s", "--younger", "1h", *there) == everything
    for none in (["--from", BOB], ["--state", "held"], ["--class", "greylisted"], ["--older", "1h"], ["--younger", "0s"], ["--to", f"o@{remote.domain}"]):
        assert listed(*none, *there) == [], none
    assert listed("--limit", "3", *there) == everything[:3]
    for wrong, words in ((["--state", "delivered"], "queued, trying, deferred or held"), (["--class", "x"], "no class"), (["--older", "x"], "3d"),
                         (["--limit", "-1"], "no number"), (["nosuch"], "no message here"), (["001K0YWRMNA68"], "no message here"),
                         (["x", "y"], "one message")):
        done = server.run("queue", "list", *wrong)
        assert done.returncode != 0 and words in done.stderr, wrong
    shown, status = on_terminal([PROGRAM, "queue", "list", "-c", str(server.config), "--limit", "3", *there])
    assert status == 0 and shown.count(remote.domain) == 3 and "the first 3; --limit N shows more" in shown
    rows = [line for line in re.sub(r"\x1b\[\d*m", "", shown).splitlines() if line.startswith(tuple(messages))]
    assert len(rows) == 3 and all(re.search(r" tries 3  next (\d{4}-\d\d-\d\d )?\d\d:\d\dZ  later$", line) for line in rows), shown


def test_queue_list_has_the_reason_whole(server, network):
    """What 80 columns have no room for stands in a line of its own; an address gives way before it."""
    why = "the mailbox is busy with something else, try again later"
    remote = network.remote(rcpt=f"450 4.2.1 {why}")
    _, message, _ = server.send("--from", ALICE, "--to", f"{'x' * 60}@{remote.domain}", "--body", "x", wait="0")
    until(lambda: server.status(message)["recipients"][0]["attempt"])
    server.run("queue", "hold", message, check=True)
    until(lambda: server.status(message)["recipients"][0]["state"] == "held")
    shown, _ = on_terminal([PROGRAM, "queue", "list", "-c", str(server.config), message])
    row, reason, end = re.sub(r"\x1b\[\d*m", "", shown).splitlines()
    assert re.fullmatch(rf"{message} held      x+ tries \d+ *( next .*Z)?", row) and len(row) <= 80, shown
    assert reason == f"    {why}" and end == "1 recipient undecided"


def test_queue_orders(server, network):
    """What the operator orders becomes a change with who and why; an order of nobody in particular needs --all."""
    unknown = server.run("queue", "hold", "001K0YWRMNA68")
    assert unknown.returncode != 0 and "no message here" in unknown.stderr
    remote = network.remote(rcpt="450 4.2.1 later")
    both = f"one@{remote.domain},two@{remote.domain}"
    _, message, _ = server.send("--from", ALICE, "--to", both, "--body", "x", wait="0")
    until(lambda: all((r["state"], r["attempt"]) == ("deferred", 3) for r in server.status(message)["recipients"]))
    who = f"{pwd.getpwuid(os.getuid()).pw_name} (uid {os.getuid()})"

    def order(*words):
        return [json.loads(line) for line in server.run("queue", *words, "--json", check=True).stdout.splitlines()]
    rows = order("hold", "--to", f"one@{remote.domain}", "--dry-run")
    assert [(r.get("address"), r.get("done")) for r in rows] == [(f"one@{remote.domain}", None), (None, 1)]
    assert order("hold", "--to", f"one@{remote.domain}", "--reason", "look at it")[-1] == {"ok": True, "done": 1, "under_way": 0}
    one, two = server.status(message)["recipients"]
    assert (one["state"], one["who"], one["why"], two["state"]) == ("held", who, "look at it", "deferred")
    [row] = [r for r in server.queue() if r["message"] == message and r["state"] == "held"]
    assert (row["who"], row["why"]) == (who, "look at it")
    assert server.sql("SELECT who, why FROM change WHERE message = ? AND state = 'held'", message) == [{"who": who, "why": "look at it"}]
    assert order("cancel", message, "--domain", remote.domain, "--quiet")[-1]["done"] == 2
    assert [r["state"] for r in server.status(message)["recipients"]] == ["cancelled", "cancelled"]
    for wrong, words in ((["hold"], "--all"), (["reroute", message], "--via"), (["reroute", message, "--via", "x"], "relay HOST"), (["forget", message], "reroute")):
        done = server.run("queue", *wrong)
        assert done.returncode != 0 and words in done.stderr, wrong


def test_queue_in_pages(server, network):
    """More than a page holds: each once."""
    remote = network.remote(rcpt="450 4.2.1 later")
    with server.logged_in() as s:
        s.ask(f"MAIL FROM:<{ALICE}>", 250)
        for i in range(700):
            s.send(f"RCPT TO:<u{i}@{remote.domain}>\r\n")
        for _ in range(700):
            s.expect(250)
        s.ask("DATA", 354)
        s.send(f"From: {ALICE}\r\n\r\nx\r\n.\r\n")
        message = s.expect(250).split()[-1]

    def settled():
        rows = [r for r in server.queue() if r["message"] == message]
        return rows if len(rows) == 700 and all(r["attempt"] == rows[0]["attempt"] >= 2 for r in rows) else None
    rows = until(settled, 60)
    assert len({r["recipient"] for r in rows}) == 700
    remote.script.clear()
    server.wait_state(message, "delivered", seconds=90)


def test_a_thousand_recipients(server, network):
    """As many as smtp.rcpt_max permits, each with a long address and a long answer, in one message; one more is refused."""
    remote = network.remote(rcpt="550 5.1.1 " + "we know nobody of this name " * 18)
    people = [f"{i:04}-{'a-long-name' * 5}@{remote.domain}" for i in range(1001)]
    arguments = ["--from", ALICE, "--to", ",".join(people[:500]), "--bcc", ",".join(people[500:1000]), "--body", "x"]
    status, message, records = server.send(*arguments, wait="60s")
    assert status == 1 and len({r["recipient"] for r in records if r["state"] == "refused"}) == 1000
    assert [r["address"] for r in server.agreed(message, records)] == people[:1000]
    done = server.run("send", "--cc", people[1000], *arguments)
    assert done.returncode != 0 and "more than 1000 recipients; smtp.rcpt_max permits no more" in done.stderr
    done = server.run("send", *arguments, *["--bcc", ",".join(people)] * 4)
    assert done.returncode != 0 and "more than 1000 recipients" in done.stderr


def test_a_limit_far_away(directory):
    """A large smtp.rcpt_max costs a message to one nothing."""
    own = Postrider(directory / "far", settings="smtp { rcpt_max = 10000 }").start()
    assert own.send("--from", ALICE, "--to", BOB, "--body", "x")[0] == 0
    assert own.stop() == 0


def test_mailbox(server):
    _, message, _ = server.send("--from", ALICE, "--to", BOB, "--subject", "shown", "--body", "text")
    [row] = [r for r in server.mailbox(BOB) if r["message"] == message]
    assert row["return_path"] == ALICE and row["recipient"] == BOB and row["received"].endswith("Z")
    uids = [r["uid"] for r in server.mailbox(BOB)]
    assert uids == sorted(set(uids))
    text = server.text(BOB, row["uid"])
    assert len(text) == row["size_bytes"]
    done = server.run("mailbox", "show", BOB, "99999")
    assert done.returncode == 1 and "has no message 99999" in done.stderr
    done = server.run("mailbox", "list", "carol@home.test")
    assert done.returncode == 1 and "there is no account" in done.stderr
    assert server.mailbox(BOB.upper()) == server.mailbox(BOB)


# ---- config ----

def test_defaults_are_told_with_their_meaning(server):
    shown = server.run("config", "show", "--defaults", config=False, check=True).stdout
    for name in re.findall(r'^SETTING\((\w+), (\w+),', (pathlib.Path(__file__).resolve().parents[2] / "src/config/settings.def").read_text(), re.M):
        assert name[1] in shown, name
    assert "largest message taken" in shown


def test_defaults_are_a_configuration(server, tmp_path):
    """What --defaults prints can be read back, and says the same."""
    path = tmp_path / "all.conf"
    path.write_text(server.run("config", "show", "--defaults", config=False, check=True).stdout)
    done = subprocess.run([PROGRAM, "config", "check", "-c", str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_show_one(server):
    assert server.run("config", "show", "server.hostname", check=True).stdout.strip().strip('"') == "mail.home.test"
    assert server.run("config", "show", "server.hostnam").returncode == 1


@pytest.mark.parametrize("line,words", [
    ("smtp { size_maxx = 3M }", ["unknown setting smtp.size_maxx", "size_max"]),
    ("smpt { size_max = 3M }", ["unknown section smpt", "smtp"]),
    ("smtp { size_max = lots }", ["size_max", "lots"]),
    ("smtp { rcpt_max = -1 }", ["rcpt_max"]),
    ("smtp { command_time = 5x }", ["command_time"]),
    ("smtp { plain_auth_on_loopback = maybe }", ["plain_auth_on_loopback", "maybe"]),
    ("listen { smtp = { \"here:25\" } }", ["here:25"]),
    ("size_max = 3M", ["size_max"]),
    ("defence { steps = { \"arc=reject\" } }", ["defence.steps", "arc", "say arc=tag"]),
    ("defence { steps = { \"spf=off\", \"wanted=reject\" } }", ["wanted", "say wanted=quarantine"]),
    ("defence { steps = { \"greylist=junk\" } }", ["greylist", "say greylist=reject (450 to who is new), observe or off"]),
    ("defence { steps = { \"spf=junk, spf=off\" } }", ["names the step spf twice"]),
    ("defence { steps = { \"spf=junk\", \"dkim=tag, spf=off\" } }", ["step spf is said already on line 6"]),
    ("defence { macros = refuse }", ["defence.macros", "defence.attachments is classic", "set attachments = strict"]),
    ("defence { attachments = off encrypted = refuse }", ["defence.encrypted", "set attachments = strict"]),
    ("defence { dnsbl = { " + ", ".join(f'"l{i}.test"' for i in range(33)) + " } }", ["defence.dnsbl has 33 values; 32 are the most"]),
    ("delivery { retry = { " + ", ".join(["5m"] * 33) + " } }", ["delivery.retry has 33 values; 32 are the most"]),
    ("smtp {", []),
])
def test_config_mistakes(server, tmp_path, line, words):
    """File, line and what to write instead; exit status 1; the server does not start with it."""
    path = tmp_path / "bad.conf"
    path.write_text("# a comment\nserver {\n hostname = \"x.test\"\n}\n\n" + line + "\n")
    for command in (["config", "check"], ["serve"]):
        done = subprocess.run([PROGRAM, *command, "-c", str(path)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        assert done.returncode == 1
        assert re.search(rf"{re.escape(str(path))}:\d+", done.stderr), done.stderr
        for word in words:
            assert word in done.stderr, done.stderr
        if words:
            assert f"{path}:6" in done.stderr, done.stderr


def test_check_knows_which_files_have_to_be_there(tmp_path):
    """What serve would refuse, config check tells."""
    own = Postrider(tmp_path / "server", settings=f'defence {{ hashes = {{ "{tmp_path}/none.hdb" }} }}')
    done = own.run("config", "check")
    assert done.returncode == 1 and f"defence.hashes: {tmp_path}/none.hdb is not there: make it" in done.stderr, done
    (tmp_path / "none.hdb").write_text("")
    assert own.run("config", "check").returncode == 0


def test_check_knows_what_the_store_needs(tmp_path):
    path = tmp_path / "small.conf"
    for text, words in (("store { segment_size = 64K }", "store.segment_size: \"64K\" is not from 1M to 1G"),
                        ("smtp { rcpt_max = 10001 }", "smtp.rcpt_max: \"10001\" is not from 1 to 10000"),
                        ("store { segment_size = 1M }  smtp { rcpt_max = 5000 }", "store.segment_size")):
        path.write_text(text + "\n")
        done = subprocess.run([PROGRAM, "config", "check", "-c", str(path)], capture_output=True, text=True)
        assert done.returncode == 1 and words in done.stderr and str(path) in done.stderr, done


def test_no_configuration(tmp_path):
    done = subprocess.run([PROGRAM, "serve", "-c", str(tmp_path / "none")], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and "postrider init" in done.stderr


def test_no_server(tmp_path, server, directory):
    own = Postrider(tmp_path / "stopped")
    for command in (["status", "x"], ["changes"], ["queue", "list"], ["mailbox", "list", BOB], ["send", "--from", ALICE, "--to", BOB, "--body", "x"]):
        done = own.run(*command)
        assert done.returncode == (69 if command[0] == "send" else 1) and "postrider serve" in done.stderr


def test_a_port_that_is_taken(server, tmp_path):
    """Said at once, with what to do: a server of another directory, and a second one of the same."""
    second = Postrider(tmp_path / "second")
    second.config.write_text(second.config.read_text().replace(f":{second.smtp}", f":{server.smtp}"))
    for own in (second, server):
        done = own.run("serve")
        assert done.returncode == 1 and f"127.0.0.1:{server.smtp}" in done.stderr and "another server holds it" in done.stderr
    assert server.run("queue", "list").returncode == 0  # and the first one goes on


# ---- init, account, store ----

def test_init_never_overwrites(server):
    before = {p: p.read_bytes() for p in server.directory.rglob("*") if p.is_file() and "data" not in p.parts and p.name != "log"}
    done = server.run("init", str(server.directory), "--domain", "home.test", "--account", ALICE, config=False)
    assert done.returncode == 1 and "never overwrites" in done.stderr
    assert {p: p.read_bytes() for p in before} == before


def test_init_tells_what_to_publish(tmp_path):
    done = subprocess.run([PROGRAM, "init", str(tmp_path / "new"), "--domain", "example.test", "--account", "me@example.test"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    for words in ("IN MX", "v=spf1", "v=DMARC1", "_25._tcp.mail.example.test.", "TLSA 3 1 1", "The password of me@example.test is "):
        assert words in done.stdout, words
    assert "_imaps._tcp.example.test." in done.stdout and "0 1 993 mail.example.test." in done.stdout  # RFC 6186 3.2
    assert oct((tmp_path / "new/tls/key.pem").stat().st_mode & 0o777) == "0o600"
    data = tmp_path / "new/data/directory.db"
    assert oct(data.stat().st_mode & 0o777) == "0o600"
    password = re.search(r"The password of \S+ is (\S+)", done.stdout)[1]
    assert password.encode() not in data.read_bytes()


@pytest.mark.parametrize("arguments", [
    ["--domain", "example.test"], ["--account", "a@example.test"], ["--domain", "exa mple", "--account", "a@exa mple"],
    ["--domain", "example.test", "--account", "a@other.test"], ["--domain", "example.test", "--account", "a@example.test", "--port-base", "x"],
])
def test_init_misuse(tmp_path, arguments):
    done = subprocess.run([PROGRAM, "init", str(tmp_path / "new"), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 64 and done.stderr and not (tmp_path / "new").exists()


def certificate_of(server):
    with server.session(server.submissions) as s:
        s.start_tls()
        return s.socket.getpeercert(binary_form=True)


def test_certificates_are_read_again(server, tmp_path):
    """SIGHUP: new sessions get the new certificate, old ones go on; a bad file changes nothing (threats 3.32)."""
    before, old = certificate_of(server), server.logged_in()
    files = [server.directory / "tls" / name for name in ("cert.pem", "key.pem")]
    subprocess.run([PROGRAM, "init", str(tmp_path / "other"), "--domain", "home.test", "--account", ALICE], stdin=subprocess.DEVNULL,
                   check=True, capture_output=True)
    for path in files:
        path.write_bytes((tmp_path / "other" / "tls" / path.name).read_bytes())
    server.process.send_signal(signal.SIGHUP)
    until(lambda: certificate_of(server) != before, what="the new certificate")
    until(lambda: 'files_read_again changed="" files="tls.certificate, tls.key"' in server.log_text(), what="a word in the log")
    after = certificate_of(server)
    good = files[0].read_bytes()
    files[0].write_text("not a certificate\n")
    n = server.log_text().count("reload_refused")
    server.process.send_signal(signal.SIGHUP)
    until(lambda: server.log_text().count("reload_refused") > n, what="a word in the log")
    assert certificate_of(server) == after
    files[0].write_bytes(good)
    with old as s:
        s.message(ALICE, [BOB], f"From: {ALICE}\r\n\r\nx\r\n".encode())


def test_store_verify(directory, network):
    """After a stop all is well; damage is found and named, and nothing is changed by looking."""
    own = Postrider(directory / "verified", dns=network.dns, remote_port=network.port).start()
    try:
        for i in range(3):
            assert own.send("--from", ALICE, "--to", BOB, "--body", f"text {i} " + "z" * 1000)[0] == 0
        assert own.run("store", "verify").stdout.startswith(f"note: a server uses {own.directory}/data; ")
        assert "while the server runs or not" in own.run("store", "verify", "--help", config=False, check=True).stdout
    finally:
        assert own.stop() == 0
    done = own.run("store", "verify")
    assert done.returncode == 0 and "note:" not in done.stdout, done.stdout + done.stderr
    data = own.directory / "data"
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in data.rglob("*") if p.is_file() and p.suffix not in (".db-shm", ".db-wal")}
    damaged = [p for p, (_, octets) in before.items() if b"text 1 zzz" in octets]
    assert damaged
    for path in damaged:
        octets = bytearray(before[path][1])
        octets[octets.index(b"text 1 zzz") + 20] ^= 1
        path.write_bytes(octets)
    done = own.run("store", "verify")
    assert done.returncode == 1 and done.stdout.strip(), done.stderr
    assert {p: p.read_bytes() for p in before if p not in damaged} == {p: o for p, (_, o) in before.items() if p not in damaged}


def test_help(server):
    for command in ("init", "serve", "send", "status", "changes", "queue", "mailbox", "account", "config", "store"):
        done = server.run(command, "--help", config=False)
        assert done.returncode == 0 and done.stdout.startswith(f"usage: postrider {command}")
    assert server.run("--version", config=False).stdout.startswith("postrider ")
    assert server.run("nonsense", config=False).returncode != 0
    for command in (["send", "--bodi"], ["status", "--x"], ["changes", "--after", "x"], ["send", "--body", "x", "--text", "-"]):
        done = server.run(*command)
        assert done.returncode == 64 and not done.stdout and f"see postrider {command[0]} --help" in done.stderr
    assert PASSWORD not in server.log_text()
