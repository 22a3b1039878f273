"""The library's own resolver, for systems without libunbound (component/net/dns_stub.c), here where a sanitizer sees it.

RFC 1035 4.2.1, 4.2.2; RFC 7766 5 (TCP); RFC 5452 9.1 (what a reply must match); RFC 5321 5.1; RFC 7505; RFC 6761 6.3.
"""
import re
import socket
import struct
import threading

import pytest

from component import BUILD, DRIVER, drive
from harness import Dns, free_port

STUB = BUILD / "tests" / "component" / "driver-stub"
MANY = 40  # servers of one domain: more than a datagram of 512 octets names


class Liar:
    """A name server that passes questions on to another and does with the reply what `udp` and `tcp` say: a list of packets each."""

    def __init__(self, behind):
        self.behind = behind
        self.port = free_port(kind=socket.SOCK_DGRAM)
        self.datagrams = socket.socket(type=socket.SOCK_DGRAM)
        self.datagrams.bind(("127.0.0.1", self.port))
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(16)
        self.reset()
        threading.Thread(target=self.serve_datagrams, daemon=True).start()
        threading.Thread(target=self.serve_streams, daemon=True).start()

    def reset(self, udp=lambda question, reply: [reply], tcp=lambda question, reply: [struct.pack(">H", len(reply)) + reply]):
        self.udp, self.tcp = udp, tcp
        self.n_datagrams = self.n_streams = 0

    def ask(self, question):
        """By TCP: whole."""
        with socket.create_connection(("127.0.0.1", self.behind.port), timeout=20) as s, s.makefile("rb") as answer:
            s.sendall(struct.pack(">H", len(question)) + question)
            return answer.read(struct.unpack(">H", answer.read(2))[0])

    def serve_datagrams(self):
        while True:
            try:
                question, who = self.datagrams.recvfrom(2000)
            except OSError:
                return
            self.n_datagrams += 1
            for packet in self.udp(question, self.ask(question)):
                self.datagrams.sendto(packet, who)

    def serve_streams(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.n_streams += 1
            try:
                self.serve_stream(connection)
            except OSError:
                pass  # who asked has hung up

    def serve_stream(self, connection):
        with connection, connection.makefile("rb") as lines:
            question = lines.read(struct.unpack(">H", lines.read(2))[0])
            for packet in self.tcp(question, self.ask(question)):
                connection.sendall(packet)

    def stop(self):
        for s in (self.datagrams, self.listener):
            s.close()


def cut(question, reply):
    return [reply[:2] + bytes([reply[2] | 2]) + reply[3:4] + question[4:]]


def rcode(n):
    return lambda question, reply: [reply[:3] + bytes([reply[3] & 0xf0 | n]) + question[4:]]


def forged(question, reply):
    """What somebody on the way might send: other numbers, another question, no reply at all, less than a header."""
    other = bytes([question[0] ^ 1]) + reply[1:]
    return [other, reply[:13] + b"z" + reply[14:], question, b"", b"\0", reply[:20]]


def malformed(question, reply):
    return [reply[:6] + b"\0\5" + reply[8:len(question)] + b"\xc0\xff" * 9]


@pytest.fixture(scope="module")
def names(network, tmp_path_factory):
    records = [record for i in (1, 2, 3) for record in (f"s{i} IN MX 10 mx.s{i}.test.", f"mx.s{i} IN A 127.0.1.{i}")]
    records += [f"many IN MX {MANY - i} with-a-long-name-{i}.many.test." for i in range(MANY)] + [f"with-a-long-name-{MANY - 1}.many IN A 127.0.1.1"]
    made = Dns(tmp_path_factory.mktemp("names"), [*records, "none IN MX 0 .", "alias IN CNAME s1.test."])
    yield made
    made.stop()


@pytest.fixture(scope="module")
def everybody(network):
    return [network.remote() for _ in range(3)]


@pytest.fixture
def remotes(everybody):
    for remote in everybody:
        remote.reset()
    return everybody


@pytest.fixture
def liar(names):
    made = Liar(names)
    yield made
    made.stop()


def send(network, dns, *calls, by=STUB, **more):
    options = {"dns": f"127.0.0.1:{dns.port}", "port": str(network.port), "private": "yes", "ipv6": "no"} | more
    return drive(*(f"option={key}|{value}" for key, value in options.items()), "from=a@sender.test", "text=x", *calls, driver=by)


def told(sent):
    return [(r["address"], r["state"], r["class"]) for r in sent["json"]["recipients"]]


def test_names_lead_to_servers(network, names, remotes):
    sent = send(network, names, "to=b@s1.test, c@s2.test, d@alias.test, e@none.test, f@missing.test, g@mx.s3.test", "send=")
    assert told(sent) == [("b@s1.test", "delivered", "delivered"), ("c@s2.test", "delivered", "delivered"), ("d@alias.test", "delivered", "delivered"),
                          ("e@none.test", "refused", "null-mx"), ("f@missing.test", "refused", "no-such-domain"), ("g@mx.s3.test", "delivered", "delivered")]


def test_what_no_datagram_holds_comes_over_tcp(network, names, remotes, liar):
    """The first of many servers is the one that has an address; nsd itself cuts, and so does one that cuts all."""
    assert told(send(network, names, "to=b@many.test", "send=")) == [("b@many.test", "delivered", "delivered")]
    liar.reset(udp=cut)
    assert told(send(network, liar, "to=b@s1.test", "send=")) == [("b@s1.test", "delivered", "delivered")]
    assert liar.n_streams == liar.n_datagrams >= 2


def test_forged_replies_are_not_looked_at(network, remotes, liar):
    """And the reply behind them is."""
    liar.reset(udp=lambda question, reply: [*forged(question, reply), reply])
    assert told(send(network, liar, "to=b@s1.test", "send=")) == [("b@s1.test", "delivered", "delivered")]
    assert liar.n_datagrams <= 3  # none was asked for again


LATE = "the program's time limit was over"


@pytest.mark.parametrize("how, words", [
    ({"udp": forged}, LATE), ({"udp": lambda *_: []}, LATE), ({"udp": rcode(2)}, "SERVFAIL"), ({"udp": rcode(5)}, "refused"), ({"udp": malformed}, "malformed"),
    ({"udp": cut, "tcp": lambda *_: []}, "no "), ({"udp": cut, "tcp": lambda *_: [b"\0\5abc"]}, "no "), ({"udp": cut, "tcp": lambda *_: [b"\0\0"]}, "no "),
    ({"udp": cut, "tcp": lambda q, r: [struct.pack(">H", len(p)) + p for p in forged(q, r)]}, "no ")])
def test_no_answer_is_told(network, remotes, liar, how, words):
    liar.reset(**how)
    sent = send(network, liar, "to=b@s1.test", "send=", time="3s")
    assert told(sent)[0][1] == "deferred" and re.match(rf"({words}|.*DNS: s1.test: .*{words})", sent["json"]["recipients"][0]["text"]), sent["json"]
    assert not remotes[0].messages


def test_a_lost_datagram_is_sent_again(network, remotes, liar):
    lost = []
    liar.reset(udp=lambda question, reply: [reply] if lost else lost.append(1) or [])
    assert told(send(network, liar, "to=b@s1.test", "send=")) == [("b@s1.test", "delivered", "delivered")]


def test_a_send_may_end_while_a_question_is_asked(network, liar):
    """By the program, which frees its client meanwhile; by its time."""
    liar.reset(udp=lambda *_: [])
    assert told(send(network, liar, "to=b@s1.test", "abandon="))[0][1:] == ("deferred", "cancelled")
    liar.reset(udp=cut, tcp=lambda *_: threading.Event().wait(1) or [])
    assert told(send(network, liar, "to=b@s1.test", "loop=", time="1s"))[0][1] == "deferred"


def test_validation_is_refused(network, names):
    sent = send(network, names, "option=dnssec|yes", "option=dnssec|no", "to=b@s1.test", "send=")
    assert sent["option"] == "dnssec: on this system the library cannot validate answers" and told(sent)[0][1] == "delivered"


@pytest.mark.parametrize("how", [{"udp": rcode(2)}, {"udp": rcode(5)}, {"udp": cut, "tcp": lambda *_: []}, {"udp": cut, "tcp": lambda q, r: [b"\0\0"]}])
def test_libunbounds_failure_is_no_answer(network, remotes, liar, how):
    """RFC 2308 7: a name server that fails has said nothing of the domain; by libunbound, too, which then gives its question for a reply."""
    liar.reset(**how)
    sent = send(network, liar, "to=b@s1.test", "send=", by=DRIVER)
    assert told(sent) == [("b@s1.test", "deferred", "dns-failed")] and not remotes[0].messages
