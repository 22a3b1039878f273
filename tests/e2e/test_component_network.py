"""libpostrider where the network lets no mail out: it is told so, soon, and a server that is slow is not taken for that.

A listening socket whose queue is full drops SYNs, as a firewall does.  RFC 5321 5.1 (which servers), RFC 6298 2 (SYNs are sent again).
"""
import socket
import threading
import time

import pytest

from component import drive, options
from harness import Dns, free_port
from remote import Remote

BASIC = ("from=alice@sender.test", "subject=Hello", "text=How are you?")
RECORDS = [
    "far IN MX 10 a.far", "far IN MX 20 b.far", "a.far IN A 127.2.1.1", "b.far IN A 127.2.2.1",          # two networks
    "near IN MX 10 a.near", "near IN MX 20 b.near", "a.near IN A 127.2.1.1", "b.near IN A 127.2.1.2",    # side by side
    "wide IN MX 10 a.wide", "a.wide IN A 127.2.1.1", "a.wide IN A 127.2.2.1",
    "slow IN MX 10 a.slow", "a.slow IN A 127.2.1.1",
    "up IN MX 10 a.up", "a.up IN A 127.2.9.1",
    "half IN MX 10 a.half", "half IN MX 20 a.up", "a.half IN A 127.2.1.1",
] + [line for i in range(20) for line in (f"many{i} IN MX 10 mx.many{i}", f"mx.many{i} IN A 127.3.{i}.1")]


class Silent:
    """Takes no connection until it is let."""

    def __init__(self, address, port):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((address, port))
        self.listener.listen(0)
        self.fill = []
        while len(self.fill) < 8:
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex((address, port))
            self.fill.append(one)
        time.sleep(0.05)  # the kernel's own work on the loopback

    def stop(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes who accepts
        except OSError:
            pass
        for one in (self.listener, *self.fill):
            one.close()


class Network:
    def __init__(self, directory):
        self.port = free_port("127.2.1.1")
        self.dns = Dns(directory / "shut", RECORDS)


@pytest.fixture(scope="module")
def network(directory):
    made = Network(directory)
    yield made
    made.dns.stop()


@pytest.fixture
def silent(network):
    """silent(address, ...): they answer nothing."""
    made = []
    yield lambda *addresses: made.extend(Silent(a, network.port) for a in addresses) or made
    for one in made:
        one.stop()


@pytest.fixture
def up(network):
    made = Remote("127.2.9.1", network.port, "up.test", "a.up.test")
    yield made
    made.stop()


def send(network, *calls, **more):
    began = time.monotonic()
    got = drive(*options(network, **{"connect_time": "30s"} | more), *BASIC, *calls)
    return got, time.monotonic() - began


def told(got):
    return [(r["state"], r["class"]) for r in got["json"]["recipients"]]


@pytest.mark.parametrize("domain", ["far", "wide"])
def test_a_network_that_drops_is_noticed_at_once(network, silent, domain):
    silent("127.2.1.1", "127.2.2.1")
    got, took = send(network, f"to=u@{domain}.test", "send=")
    assert told(got) == [("deferred", "port-closed")] and took < 6
    row = got["json"]["recipients"][0]
    assert row["elapsed_ms"] < 3000
    assert row["text"].startswith(f"none of 2 mail servers answers at port {network.port}: this network lets no mail out by it; give a server")
    assert "by port 587 or 465" in row["meaning"]


def test_a_network_that_refuses_is_noticed_at_once(network):
    """Nobody listens: what a firewall that rejects looks like."""
    got, took = send(network, "to=u@far.test", "send=")
    assert told(got) == [("deferred", "port-closed")] and took < 2


def test_twenty_destinations_are_told_together(network, silent):
    silent(*(f"127.3.{i}.1" for i in range(20)))
    got, took = send(network, *(f"to=u@many{i}.test" for i in range(20)), "send=")
    assert told(got) == [("deferred", "port-closed")] * 20 and took < 6


def test_one_slow_server_is_waited_for(network, silent):
    one, = silent("127.2.1.1")
    threading.Timer(4, lambda: answer(one)).start()
    got, took = send(network, "to=u@slow.test", "send=")
    assert told(got) == [("delivered", "delivered")] and took > 4


def answer(one):
    """It has its wits about it again."""
    remote = Remote.__new__(Remote)
    remote.address, remote.port, remote.domain, remote.host, remote.certificate = "127.2.1.1", 0, "slow.test", "a.slow.test", None
    remote.arrived = threading.Condition()
    remote.reset()
    remote.listener = one.listener
    one.listener.listen(64)
    threading.Thread(target=remote.accept, daemon=True).start()


def test_servers_side_by_side_say_nothing_of_the_network(network, silent):
    silent("127.2.1.1", "127.2.1.2")
    got, took = send(network, "to=u@near.test", "send=", connect_time="3s")
    assert told(got) == [("deferred", "connect-failed")] and took > 5


def test_another_server_of_the_domain_is_a_witness(network, silent, up):
    """The better one is silent: it is waited for, since the other one, which was called only to see, answers."""
    silent("127.2.1.1")
    got, took = send(network, "to=u@half.test", "send=", connect_time="4s")
    assert told(got) == [("delivered", "delivered")] and took > 4
    assert up.n_connections == 2 and len(up.messages) == 1


def test_who_was_out_once_is_not_shut_in(network, silent, up):
    silent("127.2.1.1", "127.2.2.1")
    got, _ = send(network, "to=u@up.test", "send=", "to=u@far.test", "send=", connect_time="4s")
    assert told(got) == [("delivered", "delivered"), ("deferred", "connect-failed")]


def test_a_server_that_was_named_is_only_itself(network, silent):
    silent("127.2.1.1")
    got, _ = send(network, "to=u@far.test", f"send=127.2.1.1:{network.port}", connect_time="3s")
    assert told(got) == [("deferred", "connect-failed")]


def test_a_merge_is_told(network, silent):
    silent(*(f"127.3.{i}.1" for i in range(20)))
    values = [f"value=u@many{i % 20}.test" for i in range(40)]
    began = time.monotonic()
    got = drive(*options(network, connect_time="30s"), "from=alice@sender.test", "subject=Hi", "text=Hello", "column=to", *values, "each=")
    assert told(got) == [("deferred", "port-closed")] * 40 and time.monotonic() - began < 8
