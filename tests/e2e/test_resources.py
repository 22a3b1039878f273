"""What a busy or hostile day takes: descriptors, sessions, disk, time (threats 1.4, 1.7, 3.19, 3.21, 3.60)."""
import collections
import concurrent.futures
import json
import os
import resource
import select
import socket
import subprocess
import threading
import time
import uuid

import pytest

from harness import ALICE, BOB, Closed, Postrider, Session, until

SETTINGS = "delivery { idle_time = 1s }"


def n_descriptors(server):
    return {role: len(os.listdir(f"/proc/{pid}/fd")) for role, pid in server.roles().items()}


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idles(server):
    """True: its edge does nothing for smtp.login_time, which a silent client on the submission port measures."""
    edge = server.roles()["edge"]
    with server.session(server.submission) as s:
        s.expect(220)
        began, before = time.monotonic(), cpu_seconds(edge)
        s.expect(421)
        return cpu_seconds(edge) - before < (time.monotonic() - began) / 2


def test_no_descriptor_is_left_behind(server, network):
    """Sessions that end in every way, and deliveries, good and bad: afterwards as many are open as before."""
    good, bad = network.remote(), network.remote(body=[None], mail=["421 4.3.2 no"])

    def traffic():
        for i in range(10):
            with server.session() as s:
                s.hello()
                s.message("x@elsewhere.test", [BOB], b"x\r\n" * 100000 * (i % 2), codes=(250,))
                if i % 3:
                    s.ask("QUIT", 221)
            s = server.session()
            s.send("EHLO x\r\nMAIL FROM:<x@elsewhere.test>\r\nRCPT TO:<bob@home.test>\r\nDATA\r\nhalf")
            s.close()
            with server.session(server.submissions) as s:
                s.send(b"no TLS at all\r\n\r\n")
        with server.logged_in() as s:
            said = s.message(ALICE, [f"a@{good.domain}", f"b@{bad.domain}"], f"From: {ALICE}\r\n\r\nx\r\n".encode())
        server.wait_state(said.split()[-1], "delivered", seconds=60)
    traffic()
    until(lambda: b"QUIT\r\n" in good.commands, what="the end of idle connections")
    before = n_descriptors(server)
    traffic()

    def back():
        now = n_descriptors(server)
        return all(now[role] <= before[role] for role in before)
    until(back, what="descriptors to be closed")


def test_many_idle_sessions_and_one_that_works(directory):
    """threats 3.19: 450 clients that say nothing do not keep another from sending, and cost no time."""
    own = Postrider(directory / "idle", settings="smtp { login_time = 1s }").start()
    idle = [Session(("127.0.0.1", own.smtp), source=(f"127.0.6.{i % 10}", 0)) for i in range(450)]
    try:
        for s in idle:
            s.expect(220)
        with own.session() as s:
            s.hello()
            s.message("x@elsewhere.test", [BOB], b"Subject: among idlers\r\n\r\nx\r\n")
        assert idles(own)
        for s in idle:
            s.ask("NOOP", 250)
    finally:
        for s in idle:
            s.close()
    assert own.stop() == 0


def test_a_flood_of_commands(directory):
    """threats 3.19: NOOPs without end, as many at once as a session may send, are answered one by one and starve nobody."""
    own = Postrider(directory / "flooded", settings="smtp { errors_soft = 1000  errors_max = 1000 }").start()
    halt, answers = threading.Event(), collections.deque()

    def flood():
        while not halt.is_set():
            with own.session() as s:
                s.hello()
                s.send(b"NOOP\r\n" * 1000 + b"QUIT\r\n")  # a hundred are free, then each is an error
                for _ in range(1000):
                    answers.append(s.expect(250))
                s.expect(221)
    with concurrent.futures.ThreadPoolExecutor() as pool, own.session() as other:
        floods = [pool.submit(flood) for _ in range(3)]
        try:
            other.hello()
            for i in range(20):
                n = len(answers)
                until(lambda: len(answers) > n + 100 or any(f.done() for f in floods), what="answers to the flood")
                other.message("x@elsewhere.test", [BOB], f"Subject: beside a flood {i}\r\n\r\nx\r\n".encode())
        finally:
            halt.set()
        for f in floods:
            f.result()
    assert own.stop() == 0


def test_out_of_descriptors(directory, network):
    """threats 3.60: with 100 descriptors accepting pauses, does not spin, and goes on by itself."""
    own = Postrider(directory / "few", dns=network.dns, remote_port=network.port,
                    settings="smtp { sessions_per_client = 1000  login_time = 2s }")
    own.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)))
    edge = own.roles()["edge"]
    clock = own.session(own.submission)
    clock.expect(220)
    opened = [Session(("127.0.0.1", own.smtp), timeout=30) for _ in range(150)]
    before = cpu_seconds(edge)
    clock.expect(421)  # for two seconds nobody could come in, though they knocked
    assert cpu_seconds(edge) - before < 1
    greeted = [s for s in opened if select.select([s.socket], [], [], 0)[0]]
    assert 20 < len(greeted) < 100
    for s in greeted:
        s.expect(220)
        s.close()
    for s in opened:  # the others come in as those go
        if s not in greeted:
            s.expect(220)
            s.close()
    with own.session() as s:
        s.hello()
        s.message("x@elsewhere.test", [BOB], b"Subject: again\r\n\r\nx\r\n")
    assert own.roles()["edge"] == edge
    assert own.stop() == 0


def test_a_role_that_cannot_be_given_all(directory, network):
    """unix(7), ETOOMANYREFS: while more descriptors are on their way than the user may have, no role gets its own; it is started again."""
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    socket.send_fds(one, [b"x"], [one.fileno()] * 200)
    own = Postrider(directory / "full", dns=network.dns, remote_port=network.port)

    def make_room():
        with other:
            until(lambda: "a role was not started" in own.log_text(), 50, "a role that was not started")
    with one, concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = pool.submit(make_room)
        own.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)))  # until it is ready
        waiting.result()
    with own.session() as s:
        s.hello()
    assert own.stop() == 0


def tmpfs(path, size):
    path.mkdir()
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)], capture_output=True).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a small file system of its own")
def test_disk_full(directory, network):
    """threats 1.4: 452 4.3.1, nothing that was answered 250 is lost, and service returns with the space."""
    small = directory / "small"
    if not tmpfs(small, "48m"):
        pytest.skip("no mount here")
    try:
        own = Postrider(small / "server", dns=network.dns, remote_port=network.port,
                        settings="store { segment_size = 1M  blob_threshold = 64K }").start()
        accepted, refused = [], None
        filler = small / "filler"
        filler.write_bytes(b"x" * (12 << 20))
        with own.session(timeout=60) as s:
            s.hello()
            for i in range(400):
                sign = f"full {i}"
                s.envelope("x@elsewhere.test", BOB)
                s.ask("DATA", 354)
                s.send(f"Subject: {sign}\r\n\r\n".encode() + b"y" * 70 + (b"\r\n" + b"z" * 70) * (1000 + 500 * (i % 2)) + b"\r\n.\r\n")
                refused = s.expect(250, 451, 452)
                if not refused.startswith("250"):
                    break
                accepted.append(sign)
        assert len(accepted) > 5 and refused.startswith("452 4.3.1"), (len(accepted), refused)
        filler.unlink()

        def again():
            with own.session(timeout=60) as s:
                s.hello()
                return s.message("x@elsewhere.test", [BOB], b"Subject: room\r\n\r\nx\r\n", codes=(250, 451, 452)).startswith("250")
        until(again, 60, "service")
        subjects = [r["subject"] for r in own.mailbox(BOB)]
        assert set(accepted) <= set(subjects)
        assert own.stop() == 0
        done = own.run("store", "verify")
        assert done.returncode == 0, done.stdout
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def put_off(server, remote):
    """A message that the remote has put off once."""
    _, message, _ = server.send("--from", ALICE, "--to", f"u@{remote.domain}", "--body", "x", wait="0")
    until(lambda: "deferred" in [e["state"] for e in server.changes(message)], what="the first attempt's end")
    return message


def test_what_was_tried_outlives_a_crash(directory, network):
    """threats 1.7: attempts, times and what the server said are kept."""
    own = Postrider(directory / "crashed", dns=network.dns, remote_port=network.port, retry="1h").start()
    message = put_off(own, network.remote(rcpt=["450 4.2.1 not yet"]))
    before, history = own.agreed(message), own.changes(message)
    assert [e["state"] for e in history] == ["queued", "trying", "deferred"]
    own.kill()
    own.start()
    assert own.agreed(message) == before and own.changes(message) == history
    assert [(r["message"], r["next_try"]) for r in own.queue()] == [(message, before[0]["next_try"])]
    assert own.stop() == 0


def test_the_schedule_outlives_a_crash(directory, network):
    """threats 1.7: the next try comes when it is due."""
    own = Postrider(directory / "due", dns=network.dns, remote_port=network.port, retry="2s").start()
    message = put_off(own, network.remote(rcpt=["450 4.2.1 not yet"]))
    own.kill()
    own.start()
    own.wait_state(message, "delivered")
    own.agreed(message)
    first, second = [e for e in own.changes(message) if e["state"] in ("deferred", "delivered")]
    assert second["attempt"] == 2 and second["time"] >= first["next_try"]
    assert own.stop() == 0


def test_hold(directory, network):
    """delivery.hold: mail is taken, nothing leaves; without it, everything does."""
    own = Postrider(directory / "held", dns=network.dns, remote_port=network.port, settings="delivery { hold = true }").start()
    remote = network.remote()
    _, message, _ = own.send("--from", ALICE, "--to", f"u@{remote.domain},{BOB}", "--body", "x", wait="0")
    until(lambda: [r["state"] for r in own.status(message)["recipients"]] == ["held", "delivered"])
    assert [(r["state"], r["class"], r["attempt"]) for r in own.queue()] == [("held", None, 0)]
    assert own.stop() == 0 and remote.n_connections == 0
    own.config.write_text(own.config.read_text().replace("hold = true", "hold = false"))
    own.start()
    own.wait_state(message, "delivered")
    assert own.stop() == 0


def test_json_log(directory):
    """threats 3.21: one object a line, whatever clients say."""
    own = Postrider(directory / "json", settings="log { json = true  level = \"debug\" }").start()
    for name in (b'a"b', b"a\\b", b"a\x1b[0m", "ü".encode(), b"\xff\xfe", b"%s%n", b'","event":"ready'):
        with own.session() as s:
            s.expect(220)
            s.ask(b"EHLO " + name + b"\r\n")
            s.ask(b"MAIL FROM:<" + name + b"@elsewhere.test>\r\n")
            s.ask(b"RCPT TO:<" + name + b"@home.test>\r\n")
    sign = str(uuid.uuid4())
    with own.session() as s:
        s.hello(sign)
        s.ask("MAIL FROM:<x@elsewhere.test>", 250)
        s.ask('RCPT TO:<"x\\"y"@home.test>', 550)
    assert own.stop() == 0
    lines = [json.loads(line) for line in (own.directory / "log").read_text().splitlines()]
    assert {"ready", "session_closed", "message_refused"} <= {line["event"] for line in lines}
    assert sum(line["event"] == "ready" for line in lines) == 1


def test_many_texts_at_once(directory):
    """smtp.memory: what is over goes to disk early, and small messages always get in; only a long header has to wait."""
    own = Postrider(directory / "pressed", settings="smtp { memory = 100K }").start()
    line = b"x" * 70 + b"\r\n"

    def begin(header):
        s = own.session()
        s.expect(220)
        for command, code in (("HELO client.test", 250), ("MAIL FROM:<x@far.test>", 250), (f"RCPT TO:<{ALICE}>", 250), ("DATA", 354)):
            s.ask(command, code)
        s.send(header)
        return s
    held = [begin(f"Subject: text {i}\r\n\r\n".encode() + line * 400) for i in range(12)]
    until(lambda: sum(p.is_file() for p in (own.directory / "data/blobs").rglob("*")) >= 9, what="nine texts on disk")
    waits = begin(b"X-Long: " + b"y" * 900 + b"\r\n" + (b" " + b"y" * 900 + b"\r\n") * 40)
    small = begin(b"Subject: small\r\n\r\nx\r\n")
    small.ask(".", 250)
    assert "4.3.1 Short of memory" in waits.ask("\r\nx\r\n.", 452)
    for i, s in enumerate(held):
        s.send(line)
        s.ask(".", 250)
        s.close()
        assert own.wait_mail(ALICE, subject=f"text {i}").endswith(b"\r\n\r\n" + line * 401)
    for s in (waits, small):
        s.close()
    assert own.stop() == 0
