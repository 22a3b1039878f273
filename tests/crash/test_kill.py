"""kill -9 under load, again and again: what was answered 250 is delivered (threats 1.1, RFC 5321 6.1).

CRASH_ROUNDS rounds (20), each of which kills one role, or everything at once, in the middle of traffic on port 25:
to a mailbox of ours, to another domain that takes it (now and then only at the second attempt), and to one that
refuses it, so that it must be returned.  At the end every message that was answered 250 must be in the mailbox, at
the remote, or returned to its sender; none may be twice in the mailbox or twice returned.  A remote may get one twice
only where a kill came between the dot and the record of its 250: no more often than attempts were in flight at that kill.
"""
import bisect
import collections
import os
import pathlib
import random
import re
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from conftest import Network  # noqa: E402
from harness import ALICE, BOB, Closed, Postrider, until  # noqa: E402

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "20"))
VICTIMS = ("edge", "store", "courier", "everything", "auth", "store", "everything")
N_CLIENTS = 4
IN_FLIGHT = 4  # delivery.per_destination; each attempt has one message between its dot and its record
SETTINGS = """
smtp { relay_networks = { "127.0.0.0/8" } }
delivery { per_destination = 4 }
store { segment_size = 1M  blob_threshold = 2K }
"""


class Load:
    """Clients that send small numbered messages and note which were answered 250."""

    def __init__(self, server, taker, refuser):
        self.server, self.recipients = server, (BOB, f"u@{taker.domain}", f"u@{refuser.domain}")
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
                        recipient = self.recipients[number % 3]
                        sign = f"crash-{n}-{number}"
                        number += 1
                        self.one(s, recipient, sign)
                        if self.halt.is_set():
                            break
            except (Closed, OSError, AssertionError):
                with self.lock:
                    self.n_cut += 1
                until(self.server_listens, 60, "an open port")

    def server_listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.server.smtp), timeout=20).close()
            return True
        except OSError:
            return self.halt.is_set()

    def one(self, s, recipient, sign):
        self.n_sent += 1
        filler = (b"x" * 98 + b"\r\n") * random.Random(sign).randrange(40)  # some are blobs
        s.message(ALICE, [recipient], f"Subject: {sign}\r\n\r\n".encode() + filler)
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


def signs(texts):
    """{sign: how often}, by the Subject that a message has, or returns."""
    return collections.Counter(re.findall(rb"^Subject: (crash-\S+)", text, re.M)[-1].decode() for text in texts)


def at(remote):
    return signs(octets for _, _, octets in remote.messages)


def twice_after(remote, kills):
    """{kill: how many came once more after it, and before the next}; 0 is before all kills."""
    known, again = set(), collections.Counter()
    for (_, _, octets), when in zip(remote.messages, remote.taken_at):
        [sign] = signs([octets])
        if sign in known:
            again[bisect.bisect(kills, when)] += 1
        known.add(sign)
    return again


def returned(server):
    return signs(server.texts([r["message"] for r in server.mailbox(ALICE) if r["return_path"] is None]).values())


def test_kill_under_load(tmp_path):
    dice = random.Random(os.environ.get("CRASH_SEED", "1"))
    network = Network(tmp_path)
    taker = network.remote(rcpt=lambda _: "450 4.2.1 later" if dice.random() < 0.05 else "")
    refuser = network.remote(rcpt="550 5.1.1 no")
    server = Postrider(tmp_path / "server", dns=network.dns, remote_port=network.port, settings=SETTINGS, retry="1s 1s 2s").start()
    load = Load(server, taker, refuser)
    to_bob, to_taker, to_refuser = (load.accepted[r] for r in load.recipients)
    kills = []  # of what has a part in an attempt: auth and edge have none
    try:
        for i in range(ROUNDS):
            goal = load.n_accepted() + dice.randrange(10, 60)
            until(lambda: load.n_accepted() >= goal, 60, f"traffic in round {i}")
            victim = VICTIMS[i % len(VICTIMS)]
            if victim not in ("auth", "edge"):
                kills.append(time.monotonic())
            strike(server, victim)
        load.stop()
        until(lambda: server.queue() == [], 90, "an empty queue")
        stored = collections.Counter(r["subject"] for r in server.mailbox(BOB))
        arrived, bounced = at(taker), returned(server)
        for row in server.sql("SELECT id FROM message ORDER BY random() LIMIT 10"):
            server.agreed(row["id"])  # whatever was replayed, all doors say the same
    finally:
        load.stop()
        status = server.stop()
        network.stop()
    lost = (to_bob - set(stored)) | (to_taker - set(arrived)) | (to_refuser - set(bounced))
    twice = [sum(c.values()) - len(c) for c in (stored, bounced, arrived)]
    again = twice_after(taker, kills)
    print(f"\n{ROUNDS} kills, {load.n_sent} sent, {load.n_accepted()} answered 250, {load.n_cut} sessions cut, {len(lost)} lost; "
          f"twice in the mailbox {twice[0]}, twice returned {twice[1]}, twice at the remote {twice[2]}, after one kill at most "
          f"{max(again.values(), default=0)}")
    assert lost == set()
    assert twice[:2] == [0, 0]
    assert again[0] == 0 and all(n <= IN_FLIGHT for n in again.values())
    assert status == 0
    done = server.run("store", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
