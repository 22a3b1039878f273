"""libpostrider hands mail to the Postrider server of the machine by its control socket, and tells what that tells.

RFC 5321 4.2.1, 3.9 (lists); docs/guide/ledger.md (the members of a row).
"""
import json
import os
import socket
import threading
import time

from component import drive
from harness import ALICE, BOB, until
from remote import Pause, Remote

BASIC = (f"from=Alice <{ALICE}>", "subject=Hello", "text=How are you?")


def hand(server, *calls, each="send", **more):
    return drive(*(f"option={key}|{value}" for key, value in ({"time": "1m"} | more).items()), *BASIC, *calls,
                 f"{each}=postrider:{server.directory}/control")


def rows(got):
    return [(r["address"], r["state"], r["class"], r["code"]) for r in got["json"]["recipients"]]


def test_what_the_server_tells_is_told(network, server):
    good, bad = network.remote(), network.remote(rcpt="550 5.1.1 no such user")
    later = network.remote(rcpt="451 4.7.1 Greylisted")
    got = hand(server, f"to={BOB}, u@{good.domain}, u@{bad.domain}", f"bcc=u@{later.domain}, nobody@home.test")
    assert rows(got)[:4] == [(BOB, "delivered", "delivered", None), (f"u@{good.domain}", "delivered", "delivered", 250),
    (f"u@{bad.domain}", "refused", "no-such-user", 550), (f"u@{later.domain}", "deferred", "greylisted", 451)]
    assert rows(got)[4][:3] == ("nobody@home.test", "refused", "no-such-user")
    assert got["status"] == 1 and got["error"] is None
    assert got["route"] == f"by the Postrider server of this machine, at {server.directory}/control"
    theirs = {r["address"]: r for r in server.changes(got["json"]["message"]) if r["state"] in ("delivered", "refused", "deferred")}
    for ours in got["json"]["recipients"]:
        for key in ("message", "state", "attempt", "remote_host", "remote_address", "tls_version", "tls_policy", "code", "enhanced",
                    "text", "class", "meaning", "return_path"):
            assert ours[key] == theirs[ours["address"]][key], key
    assert "u@" + later.domain not in good.messages[0][2].decode() and b"Subject: Hello" in server.wait_mail(BOB)


def test_nobody_is_there(directory):
    got = drive(*BASIC, f"to={BOB}", f"send=postrider:{directory}/nothing")
    assert rows(got) == [(BOB, "deferred", "connect-failed", None)]
    assert got["json"]["recipients"][0]["text"].startswith(f"the server does not answer at {directory}/nothing: connect: No such file")


def test_what_the_server_refuses_is_refused(server):
    got = hand(server, "to=nobody@home.test")
    assert rows(got) == [("nobody@home.test", "refused", "unspecified-refusal", None)]
    assert got["json"]["recipients"][0]["text"] .startswith("nobody@home.test: no such user here; nothing was sent")


def test_time_is_over_and_the_server_goes_on(network, server):
    remote = network.remote(mail=Pause(4))
    got = hand(server, f"to=u@{remote.domain}", time="1s")
    assert rows(got) == [(f"u@{remote.domain}", "deferred", "time-limit", None)]
    row = got["json"]["recipients"][0]
    assert row["text"] == f"the server has it as message {got['json']['message']}, and goes on by itself" and "do not send it again" in row["meaning"]
    assert server.wait_state(got["json"]["message"], "delivered")


def test_a_program_ends_it(network, server, directory):
    remote = network.remote(mail=Pause(4))
    fifo = directory / "cancel"
    os.mkfifo(fifo)

    def when_it_has_it():
        until(lambda: remote.n_connections, what="the attempt")
        fifo.write_text("x")
    threading.Thread(target=when_it_has_it, daemon=True).start()
    got = hand(server, "option=time|1m", f"cancel={fifo}", f"to=u@{remote.domain}")
    assert rows(got) == [(f"u@{remote.domain}", "deferred", "cancelled", None)]
    assert server.wait_state(got["json"]["message"], "delivered")


def test_a_list_is_told_as_its_worst(network, server):
    good, bad = network.remote(), network.remote(rcpt="550 5.1.1 no such user")
    server.directory_order("alias", "add", "team@home.test", to=f"u@{good.domain}")
    server.directory_order("alias", "set", "team@home.test", to=f"u@{bad.domain}")
    got = hand(server, f"to={BOB}, team@home.test")
    assert rows(got)[0][:3] == (BOB, "delivered", "delivered") and rows(got)[1] == ("team@home.test", "refused", "no-such-user", 550)


def test_large_attachments_of_unknown_size(server, directory):
    path = directory / "large"
    path.write_bytes(os.urandom(3_000_000))
    got = hand(server, f"source={path}|large.bin|", f"to={BOB}", "subject=Large")
    assert rows(got)[0][1] == "delivered", got["json"]
    got = hand(server, f"source={path}|large.bin|2999999|", f"to={BOB}", "subject=Torn")
    assert rows(got)[0][1] == "deferred" and "large.bin" in got["json"]["recipients"][0]["text"]
    assert not [m for m in server.mailbox(BOB) if m.get("subject") == "Torn"]


def test_more_recipients_than_a_message_takes(network, server):
    remote = network.remote()
    got = hand(server, "bcc=" + ", ".join(f"u{i}@{remote.domain}" for i in range(1500)))
    assert got["status"] == 0 and len(got["rows"]) == 1500
    assert sum(len(r) for _, r, _ in remote.messages) == 1500


def test_the_usual_socket_stands_beside_the_configuration(server):
    got = drive(*BASIC, f"to={BOB}", "send=postrider:", env=os.environ | {"POSTRIDER_CONFIG": str(server.config)})
    assert rows(got)[0][1] == "delivered" and got["route"].endswith(f"at {server.directory}/control")
    got = drive(*BASIC, f"to={BOB}", "send=postrider:", env={k: v for k, v in os.environ.items() if k != "POSTRIDER_CONFIG"})
    assert got["route"].endswith("at /etc/postrider/control")
    got = drive(*BASIC, f"to={BOB}", "send=postrider:there")
    assert "begins with /" in got["error"]


def test_within_a_loop_and_as_a_merge(network, server):
    remote = network.remote()
    got = hand(server, f"to=u@{remote.domain}", each="loop")
    assert rows(got) == [(f"u@{remote.domain}", "delivered", "delivered", 250)]
    got = drive("option=time|1m", f"from={ALICE}", "subject=Hi {{name}}", "text=Hello", "column=to", "column=name",
                *(f"value={v}" for i in range(10) for v in (f"u{i}@{remote.domain}", f"N{i}")), f"each=postrider:{server.directory}/control")
    assert got["status"] == 0 and len(remote.messages) == 11


class Liar:
    """A control socket that says what it likes."""

    def __init__(self, path, *answers):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(4)
        self.answers = answers
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        peer, _ = self.listener.accept()
        stream = peer.makefile("rwb")
        request = json.loads(stream.readline())
        stream.read(request["to_size"] + request["size"])
        for answer in self.answers:
            try:
                peer.sendall(answer)
            except BrokenPipeError:
                break
        stream.close()
        peer.close()


def test_nonsense_of_the_socket_is_told(directory):
    """Whatever stands there: no row is lost, and none told as delivered."""
    ok = b'{"ok":true,"message":"0123456789abc","seq":1}\n'
    for i, answers in enumerate((
            [b""], [b"{}\n"], [b"nonsense\n"], [b'{"ok":true}\n'], [b'{"ok":true,"message":"x","seq":1}\n'], [b'{"ok":tru'],
            [b'{"ok":false,"error":"BUSY","what":"la\\u00dfla \\ud83d\\ude00"}\n'], [b'{"a":[1]}\n'], [b"x" * (1 << 21)], [ok],
            [ok, b'{"recipient":4000000000,"state":"delivered","address":"%s"}\n' % BOB.encode()],
            [ok, b'{"recipient":0,"state":"odd","address":"%s"}\n' % BOB.encode()])):
        path = directory / f"liar{i}"
        Liar(path, *answers)
        got = drive("option=time|5s", *BASIC, f"to={BOB}", f"send=postrider:{path}")
        assert rows(got)[0][1] == "deferred", (answers, rows(got))
        if b"false" in answers[0]:
            assert got["json"]["recipients"][0]["text"] == "la\u00dfla \U0001f600"
