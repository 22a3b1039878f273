"""The processes: each shut in, each replaceable, all of them stopping without losing what was answered 250
(threats 1.1, 1.9, 3.59; architecture 1)."""
import os
import pathlib
import re
import signal
import threading
import uuid

import pytest

from remote import Remote
from harness import ALICE, BOB, Closed, Postrider, alive, until

ROLES = ("auth", "control", "courier", "edge", "inspect", "store")


def proc(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def test_all_are_there(server):
    assert sorted(server.roles()) == sorted(ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_shut_in(server, role):
    """No new privileges, a seccomp filter on every thread; as root: a user of its own and no capability."""
    pid = server.roles()[role]
    threads = [f"{pid}/task/{t}" for t in os.listdir(f"/proc/{pid}/task")]
    for thread in [pid, *threads]:
        facts = proc(thread)
        assert facts["NoNewPrivs"] == "1" and facts["Seccomp"] == "2", (role, thread)
        assert {int(facts[k], 16) for k in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {0} or os.geteuid() != 0
        if os.geteuid() == 0:
            uids = set(facts["Uid"].split()) | set(facts["Gid"].split())
            assert len(uids) == 1 and "0" not in uids and facts["Groups"].strip() in ("", *uids)


def test_the_parent_is_shut_in(server):
    """It has bound its ports: what is left is to start roles, end them and read files again (issue: all capabilities)."""
    facts = proc(server.process.pid)
    assert facts["NoNewPrivs"] == "1" and facts["Seccomp"] == "2"
    kept = sum(1 << bit for bit in (2, 5, 6, 7, 18) if os.geteuid() == 0)  # DAC_READ_SEARCH KILL SETGID SETUID SYS_CHROOT
    assert int(facts["CapEff"], 16) | kept == kept and int(facts["CapPrm"], 16) | kept == kept
    assert int(facts["CapInh"], 16) == int(facts["CapAmb"], 16) == 0
    assert os.geteuid() != 0 or int(facts["CapBnd"], 16) | kept == kept
    for pid in server.roles().values():
        assert os.geteuid() != 0 or int(proc(pid)["CapBnd"], 16) | kept == kept


@pytest.mark.skipif(os.geteuid() != 0, reason="users are changed by root only")
def test_each_its_own_user(server):
    users = [proc(pid)["Uid"].split()[0] for pid in server.roles().values()]
    assert len(set(users)) == len(ROLES)


@pytest.mark.parametrize("role", ("auth", "control", "courier", "edge", "inspect"))
def test_no_way_to_the_data(server, role):
    """Only the store has files of the data directory open, and auth the one where accounts are at home; only it works there."""
    pid = server.roles()[role]
    data = str(server.directory / "data")
    opened = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            opened.append(os.readlink(f"/proc/{pid}/fd/{fd}"))
        except FileNotFoundError:
            pass
    assert [path for path in opened if path.startswith(data)] == ([data + "/homes"] if role == "auth" else [])
    store = server.roles()["store"]
    assert any(os.readlink(f"/proc/{store}/fd/{fd}").startswith(data) for fd in os.listdir(f"/proc/{store}/fd"))


def sockets(pid):
    """The inodes of the sockets that a process holds, with how many it has of each."""
    held = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            held += re.findall(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{fd}"))
        except FileNotFoundError:
            pass
    return set(held)


def listening(path_or_tcp):
    """Inodes of what listens: the Unix socket of that path, or every TCP socket."""
    if path_or_tcp == "tcp":
        rows = [row.split() for f in ("tcp", "tcp6") for row in pathlib.Path(f"/proc/net/{f}").read_text().splitlines()[1:]]
        return {row[9] for row in rows if row[3] == "0A"}
    rows = [row.split() for row in pathlib.Path("/proc/net/unix").read_text().splitlines()[1:]]
    return {row[6] for row in rows if row[-1] == str(path_or_tcp)}


def test_the_operator_has_a_door_of_his_own(server):
    """What listens to strangers does not hold the control socket, and its role holds no other listener."""
    pids = server.roles()
    tcp, control = listening("tcp"), listening(server.directory / "control")
    assert control and control & sockets(pids["control"]) and not tcp & sockets(pids["control"])
    for role in set(ROLES) - {"control"}:
        assert not control & sockets(pids[role]), role
    assert tcp & sockets(pids["edge"])


def works(server):
    """One message through everything: login, commit, mailbox."""
    try:
        with server.logged_in(timeout=5) as s:
            s.message(ALICE, [BOB], f"From: {ALICE}\r\n\r\nx\r\n".encode())
        return True
    except (Closed, OSError, AssertionError):
        return False


@pytest.mark.parametrize("role", ROLES)
def test_a_role_that_dies_is_replaced(server, network, role):
    """kill -9: it comes back, the others stay, and mail goes on."""
    before = server.roles()
    os.kill(before[role], signal.SIGKILL)
    until(lambda: server.roles().get(role, before[role]) != before[role], what=f"a new {role}")
    until(lambda: works(server), what="service")
    after = server.roles()
    assert {r: p for r, p in after.items() if r != role} == {r: p for r, p in before.items() if r != role}
    remote = network.remote()
    status, message, records = server.send("--from", ALICE, "--to", f"u@{remote.domain},{BOB}", "--body", "x", wait="40s")
    assert status == 0
    server.agreed(message, records)


def test_the_roles_end_with_their_parent(directory, network):
    """kill -9 of the parent leaves nobody behind to hold ports and files."""
    own = Postrider(directory / "orphans", dns=network.dns, remote_port=network.port).start()
    pids = own.roles()
    assert sorted(pids) == sorted(ROLES)
    own.process.kill()
    own.process.wait()
    own.process.stdout.close()
    for role, pid in pids.items():
        until(lambda: not alive(pid), what=f"the end of {role}")
    own.start()
    assert works(own)
    assert own.stop() == 0


def test_stop_loses_nothing(directory, network):
    """SIGTERM in the middle of traffic: sessions end with 421 or after their reply; what was answered 250 is there."""
    own = Postrider(directory / "stopped", dns=network.dns, remote_port=network.port).start()
    accepted, refused, lock, halt = set(), [], threading.Lock(), threading.Event()

    def load(n):
        while not halt.is_set():
            try:
                with own.session(timeout=20) as s:
                    s.hello()
                    for _ in range(20):
                        sign = f"{n} {uuid.uuid4()}"
                        s.message("x@elsewhere.test", [BOB], f"Subject: {sign}\r\n\r\nx\r\n".encode())
                        with lock:
                            accepted.add(sign)
            except (Closed, OSError):
                pass
            except AssertionError as e:
                refused.append(str(e))
    threads = [threading.Thread(target=load, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    until(lambda: len(accepted) > 40, what="traffic")
    assert own.stop() == 0
    halt.set()
    for t in threads:
        t.join()
    assert all("421 4.3.2" in said for said in refused), refused
    assert own.run("store", "verify").returncode == 0
    own.start()
    stored = [r["subject"] for r in own.mailbox(BOB)]
    assert accepted <= set(stored) and len(stored) == len(set(stored))
    assert own.stop() == 0


@pytest.fixture
def under_way(directory, network, request):
    """(server, remote, message, answer): the remote has the whole text, and answers once `answer` is set."""
    own = Postrider(directory / request.node.name, dns=network.dns, remote_port=network.port,
                    settings="delivery { per_destination = 1  data_time = 3s }" if "silent" in request.node.name else
                             "delivery { per_destination = 1 }").start()
    answer = threading.Event()
    remote = network.remote(body=[lambda _: "" if answer.wait(60) else None])
    _, message, _ = own.send("--from", ALICE, "--to", f"u@{remote.domain}", "--body", "x", wait="0")
    until(lambda: remote.raw, what="the text at the remote")
    yield own, remote, message, answer
    answer.set()
    assert own.stop() == 0


def begin_stop(server):
    server.process.send_signal(signal.SIGTERM)
    until(lambda: " stop_waits answers=1" in server.log_text(), what="the wait for an answer")


def test_stop_waits_for_an_answer(under_way):
    """RFC 5321 6.1: the answer to the dot is awaited, so that nothing is delivered twice; nothing new begins meanwhile."""
    own, remote, message, answer = under_way
    _, second, _ = own.send("--from", ALICE, "--to", f"v@{remote.domain}", "--body", "x", wait="0")
    begin_stop(own)
    answer.set()
    own.process.wait(timeout=60)  # without another signal, which would end it at once
    assert own.stop() == 0
    assert [to for _, to, _ in remote.messages] == [[f"u@{remote.domain}"]]
    own.start()
    for each in (message, second):
        own.wait_state(each, "delivered")
        assert [r["attempt"] for r in own.agreed(each)] == [1]
    assert [to for _, to, _ in remote.messages] == [[f"u@{remote.domain}"], [f"v@{remote.domain}"]]


def test_stop_with_a_silent_remote(under_way):
    """Who does not answer within delivery.data_time gets the message again after the next start."""
    own, remote, message, _ = under_way
    assert own.stop() == 0
    assert remote.messages == []
    own.start()
    own.wait_state(message, "delivered")
    own.agreed(message)
    assert len(remote.raw) == 2


@pytest.mark.parametrize("stage", ["greeting", "rcpt", "data"])
def test_stop_before_the_dot(directory, network, stage):
    """Whose text was not sent ends at once, and as if it had not been tried."""
    own = Postrider(directory / f"before-{stage}", dns=network.dns, remote_port=network.port).start()
    remote = network.remote(**{stage: [Remote.SILENCE]})
    _, message, _ = own.send("--from", ALICE, "--to", f"u@{remote.domain}", "--body", "x", wait="0")
    until(lambda: remote.n_connections if stage == "greeting" else [c for c in remote.commands if c.upper().startswith(stage.upper().encode())],
          what=f"the attempt at {stage}")
    assert own.stop() == 0  # within its 60 s; delivery.command_time is 5 minutes
    own.start()
    own.wait_state(message, "delivered")
    assert [r["attempt"] for r in own.agreed(message)] == [1]
    assert own.stop() == 0


def test_a_second_signal_stops_at_once(under_way):
    own, _, message, answer = under_way
    begin_stop(own)
    own.process.send_signal(signal.SIGTERM)
    try:
        assert own.process.wait(timeout=10) == 0
    finally:
        answer.set()
        own.process.wait(timeout=60)
    own.start()
    own.wait_state(message, "delivered")


def test_an_idle_session_is_told(directory):
    """421 4.3.2 on SIGTERM for who waits between commands."""
    own = Postrider(directory / "told").start()
    with own.session() as s:
        s.hello()
        own.process.send_signal(signal.SIGTERM)
        assert s.expect(421).startswith("421 4.3.2")
        assert s.is_closed()
    assert own.stop() == 0


@pytest.fixture(scope="module")
def one(directory, network):
    made = Postrider(directory / "one", dns=network.dns, remote_port=network.port, one_process=True).start()
    yield made
    assert made.stop() == 0
    assert made.run("store", "verify").returncode == 0


def test_one_process(one, network):
    """The same in one process: submission, mailbox, delivery, refusal with its DSN."""
    assert one.roles() == {}
    good, bad = network.remote(), network.remote(rcpt="550 5.1.1 no")
    subject = str(uuid.uuid4())
    with one.logged_in() as s:
        said = s.message(ALICE, [BOB, f"a@{good.domain}", f"b@{bad.domain}"], f"From: {ALICE}\r\nSubject: {subject}\r\n\r\nx\r\n".encode())
    message = said.split()[-1]
    one.wait_state(message)
    assert [r["state"] for r in one.agreed(message)] == ["delivered", "delivered", "refused"]
    assert len(good.messages) == 1 and one.find(BOB, subject=subject)
    until(lambda: [t for t in one.find(ALICE, return_path=None) if subject.encode() in t], what="the notification")
    with one.session(one.submission) as s:
        s.hello()
        s.ask("AUTH PLAIN x", 538)


def test_the_log_is_readable(server):
    """Each line one event: when, who, how bad, and a name that stands in events.def (threats 3.21)."""
    table = (pathlib.Path(__file__).resolve().parents[2] / "src/base/events.def").read_text()
    level_of = {name: level.lower() for name, level in re.findall(r"^EVENT\((\w+), (\w+),", table, re.M)}
    lines = server.log_text().splitlines()
    assert any(" ready " in line for line in lines)
    for line in lines:
        match = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (\w+) (\w+) (\w+)( \w+=(\"(\\.|[^\"\\])*\"|[^\s\"]+))+", line)
        assert match and match[1] in ("parent", *ROLES) and level_of[match[3]] == match[2], line
