"""kill -9 under load, again and again: what was answered 250 is delivered (threats 1.1, RFC 5321 6.1).

CRASH_ROUNDS rounds (20), each of which kills one role, or everything at once, in the middle of traffic on port 25
to a mailbox of ours and to another domain.  At the end every message that was answered 250 must be in the mailbox,
or at the remote; none may be twice in the mailbox; a remote may have got one twice only where a kill cut off its 250.
"""
import collections
import os
import pathlib
import random
import re
import signal
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from conftest import Network  # noqa: E402
from harness import BOB, Closed, Postrider, until  # noqa: E402

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "20"))
VICTIMS = ("edge", "store", "courier", "everything", "auth", "store", "everything")
N_CLIENTS = 4
SETTINGS = """
smtp { relay_networks = { "127.0.0.0/8" } }
store { segment_size = 1M }
"""


class Load:
    """Clients that send small numbered messages and note which were answered 250."""

    def __init__(self, server, remote_domain):
        self.server, self.recipients = server, (BOB, f"u@{remote_domain}")
        self.lock = threading.Lock()
        self.accepted = {r: set() for r in self.recipients}
        self.n_sent = self.n_cut = 0
        self.halt = threading.Event()
        self.threads = [threading.Thread(target=self.client, args=(n,)) for n in range(N_CLIENTS)]
        for t in self.threads:
            t.start()

    def client(self, n):
        number = 0
        while not self.halt.is_set():
            try:
                with self.server.session(timeout=20) as s:
                    s.hello()
                    for _ in range(25):
                        recipient = self.recipients[number % 2]
                        sign = f"crash-{n}-{number}"
                        number += 1
                        self.one(s, recipient, sign)
                        if self.halt.is_set():
                            break
            except (Closed, OSError, AssertionError):
                with self.lock:
                    self.n_cut += 1
                time.sleep(0.05)  # the port may be closed for a while

    def one(self, s, recipient, sign):
        self.n_sent += 1
        filler = b"x" * random.Random(sign).randrange(3000) + b"\r\n"
        s.message("x@elsewhere.test", [recipient], f"Subject: {sign}\r\n\r\n".encode() + filler)
        with self.lock:
            self.accepted[recipient].add(sign)

    def n_accepted(self):
        with self.lock:
            return sum(map(len, self.accepted.values()))

    def stop(self):
        self.halt.set()
        for t in self.threads:
            t.join()


def strike(server, victim):
    if victim == "everything":
        server.kill()
        server.start()
    else:
        pid = server.roles().get(victim)
        if pid:
            os.kill(pid, signal.SIGKILL)
            until(lambda: server.roles().get(victim, pid) != pid, what=f"a new {victim}")


def signs(messages):
    return collections.Counter(re.search(rb"^Subject: (crash-\S+)", octets, re.M)[1].decode() for _, _, octets in messages)


def test_kill_under_load(tmp_path):
    network = Network(tmp_path)
    remote = network.remote()
    server = Postrider(tmp_path / "server", dns=network.dns, remote_port=network.port, settings=SETTINGS, retry="1s 1s 2s").start()
    load = Load(server, remote.domain)
    dice = random.Random(os.environ.get("CRASH_SEED", "1"))
    try:
        for i in range(ROUNDS):
            goal = load.n_accepted() + dice.randrange(10, 60)
            until(lambda: load.n_accepted() >= goal, 60, f"traffic in round {i}")
            strike(server, VICTIMS[i % len(VICTIMS)])
        load.stop()
        remote_accepted = load.accepted[load.recipients[1]]
        until(lambda: remote_accepted <= set(signs(remote.messages)), 60, "what was accepted for the remote")
        until(lambda: server.queue() == [], 60, "an empty queue")
        stored = collections.Counter(r["subject"] for r in server.mailbox(BOB))
        arrived = signs(remote.messages)
    finally:
        load.stop()
        status = server.stop()
        network.stop()
    lost = (load.accepted[BOB] - set(stored)) | (remote_accepted - set(arrived))
    twice = {s: n for s, n in arrived.items() if n > 1}
    print(f"\n{ROUNDS} kills, {load.n_sent} sent, {load.n_accepted()} answered 250, {load.n_cut} sessions cut, {len(lost)} lost, "
          f"{sum(stored.values()) - len(stored)} twice in the mailbox, {len(twice)} twice at the remote")
    assert lost == set()
    assert sum(stored.values()) == len(stored)
    assert len(twice) <= ROUNDS * N_CLIENTS  # each needs a kill between a remote's 250 and its record
    assert status == 0
    done = server.run("store", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
