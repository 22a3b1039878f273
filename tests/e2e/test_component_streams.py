"""libpostrider: attachments are read while they are sent, whole or not at all.

RFC 1870 (SIZE); RFC 5321 4.1.1.4 (nothing is delivered without the final dot); RFC 2045 6.8.
"""
import email
import email.policy
import os
import socket
import threading

import pytest

from component import BUILD, DRIVER, drive, patient as options
from remote import Dialogue, Remote

BASIC = ("from=Alice <alice@sender.test>", "subject=Hello", "text=How are you?")
MIB = 1 << 20
PEAK_KIB = 32 << 10
in_release = pytest.mark.skipif("asan" in str(BUILD), reason="memory of its own")


class Meddler(Remote):
    """Does something when it has read the first half MiB of a message; then reads what comes."""

    meddle, ends = None, None

    def serve(self, connection):
        dialogue = MeddledDialogue(self, connection)
        try:
            connection.settimeout(60)
            dialogue.run()
        except (OSError, EOFError):
            pass
        finally:
            dialogue.close()


class MeddledDialogue(Dialogue):
    def do_data(self, argument):
        self.say("data")
        octets = self.input.read(MIB // 2)
        self.remote.meddle()
        with self.remote.arrived:
            self.remote.ends = octets + self.input.read()
            self.remote.arrived.notify_all()
        return False


@pytest.fixture
def meddler(network):
    i = len(network.remotes) + 1
    made = network.add(Meddler(f"127.0.1.{i}", network.port, f"r{i}.test", f"mx.r{i}.test"), None, {})
    made.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)  # most of the message is not read yet when it meddles
    return made


@pytest.fixture
def big(directory):
    path = directory / "big.bin"
    path.write_bytes(os.urandom(8 * MIB))
    return path


def send(network, *calls, server="", **more):
    return drive(*options(network, **more), *BASIC, *calls, f"send={server}")


def parts(octets):
    return list(email.message_from_bytes(octets, policy=email.policy.default).iter_attachments())


@pytest.mark.parametrize("kind", ["attach={0}", "stream={0}|some.bin", "source={0}|some.bin|{1}", "source={0}|some.bin", "memory"])
def test_each_server_gets_all_of_it(network, directory, kind):
    """Read again for each server, its size told before; the message as written and as sent is the same."""
    one, two = network.remote(), network.remote()
    path, octets = directory / "some.bin", b"" if kind == "memory" else os.urandom(1_000_001)
    path.write_bytes(octets)
    if kind == "memory":  # from argv: no NUL
        octets = b"\x89PNG" + b"x" * 100_000
        call = ["memory=some.png|".encode() + octets]
    else:
        call = [kind.format(path, len(octets))]
    sent = drive(*options(network), *BASIC, f"to=u@{one.domain}, u@{two.domain}", *call, f"write={directory}/written", "send=")
    assert sent["status"] == 0, sent
    [(_, _, first)], [(_, _, second)] = one.messages, two.messages
    assert first == second == (directory / "written").read_bytes()
    [part] = parts(first)
    assert part.get_payload(decode=True) == octets and part.get_filename().startswith("some.")
    assert all(len(line) <= 76 for line in part.get_payload().splitlines())
    told = [p for p in one.parameters[0] if p.startswith("SIZE=")]
    assert told == ([f"SIZE={len(first)}"] if kind != "source={0}|some.bin" else [])


def test_the_order_of_parts(network, directory):
    """Pictures of the html before the files, whatever order they were given in; nothing of them is mixed up."""
    remote = network.remote()
    for i in range(4):
        (directory / f"{i}.bin").write_bytes(bytes([i]) * (i * 70_000))  # the first is empty
    sent = send(network, f"to=u@{remote.domain}", "html=<img src='cid:p'>", f"attach={directory}/1.bin", f"inline={directory}/2.bin|p",
                f"attach={directory}/0.bin", f"stream={directory}/3.bin|3.bin")
    assert sent["status"] == 0
    message = email.message_from_bytes(remote.messages[0][2], policy=email.policy.default)
    assert [len(p.get_payload(decode=True)) for p in message.iter_attachments()] == [70_000, 0, 210_000]
    [picture] = [p for p in message.walk() if p["Content-ID"]]
    assert picture.get_payload(decode=True) == b"\2" * 140_000


def test_texts_and_messages(network, directory):
    """A text says that it is UTF-8 when it is; a message goes as one where it can (RFC 2046 5.2.1)."""
    remote = network.remote()
    (directory / "utf8.txt").write_text("größer " * 10_000)
    (directory / "latin.txt").write_bytes("größer ".encode("latin1") * 1000)
    (directory / "m.eml").write_bytes(b"From: a@b.test\r\n\r\nx\r\n")
    (directory / "huge.eml").write_bytes(b"From: a@b.test\r\n\r\n" + b"x\r\n" * MIB)
    sent = send(network, f"to=u@{remote.domain}", *(f"attach={directory}/{name}" for name in ("utf8.txt", "latin.txt", "m.eml", "huge.eml")))
    assert sent["status"] == 0
    utf8, latin, message, huge = parts(remote.messages[0][2])
    assert utf8.get_content() == "größer " * 10_000 and latin.get_param("charset") is None
    assert message.get_content_type() == "message/rfc822" and huge.get_content_type() == "application/octet-stream"
    assert huge.get_payload(decode=True) == (directory / "huge.eml").read_bytes()


def test_a_pipe_is_read_at_once(network, directory):
    one, two, fifo = network.remote(), network.remote(), directory / "fifo.bin"
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_bytes, args=(b"octets" * 50_000,))
    writer.start()
    sent = drive(*options(network), *BASIC, f"to=u@{one.domain}, u@{two.domain}", f"attach={fifo}", "send=", env=os.environ | {"TMPDIR": str(directory)})
    writer.join()
    assert sent["status"] == 0 and parts(one.messages[0][2])[0].get_payload(decode=True) == b"octets" * 50_000
    assert one.messages[0][2] == two.messages[0][2] and not list(directory.glob("postrider.*"))


def test_a_temporary_file_that_cannot_be(directory):
    sent = drive(*BASIC, "to=b@x.test", f"stream={DRIVER}|x", "send=", env=os.environ | {"TMPDIR": str(directory / "none")})
    assert sent["failed"][0][1] == -2 and "a temporary file" in sent["error"]


# ---- what changes while it is sent ----

def halve(path):
    os.truncate(path, path.stat().st_size // 2)


def grow(path):
    with path.open("ab") as f:
        f.write(b"more")


def rewrite(path):
    with path.open("r+b") as f:
        f.seek(7 * MIB)
        f.write(b"other octets")


@pytest.mark.parametrize("meddle", [halve, grow, rewrite])
def test_a_file_that_changes_is_delivered_to_nobody(network, meddler, big, meddle):
    """The connection is dropped before the final dot; no further server is asked, and each recipient has a record that says so."""
    other = network.remote()
    meddler.meddle = lambda: meddle(big)
    sent = send(network, f"to=a@{meddler.domain}, b@{meddler.domain}, c@{other.domain}", f"attach={big}", parallel="1")
    with meddler.arrived:
        assert meddler.arrived.wait_for(lambda: meddler.ends is not None, 30)
    assert len(meddler.ends) > MIB // 2 and not meddler.ends.endswith(b"\r\n.\r\n") and b"\r\n.\r\n" not in meddler.ends
    records = sent["json"]["recipients"]
    assert [(r["state"], r["class"], r["code"]) for r in records] == [("deferred", "local-trouble", None)] * 3 and sent["status"] == 2
    assert all(r["text"].startswith(f"an attachment could not be read, and no part of the mail was delivered: {big}: ") for r in records)
    assert other.n_connections == 0


@pytest.mark.parametrize("fault, words", [("|5000000", "the function that gives the octets failed"), ("8388609|", "it has 8388608 octets, and should have 8388609"),
                                          ("8388607|", "it has 838"), ("gone", "No such file")])
def test_what_cannot_be_read_to_its_end(network, meddler, big, fault, words):
    meddler.meddle = lambda: None
    if fault == "gone":
        calls = [f"attach={big}", f"attach={big}.second"]
        second = big.with_name("big.bin.second")
        second.write_bytes(b"x")
        meddler.meddle = second.unlink
    else:
        size, _, fails_at = fault.partition("|")
        calls = [f"source={big}|x.bin|{size}|{fails_at}"]
    sent = send(network, f"to=a@{meddler.domain}", *calls)
    with meddler.arrived:
        assert meddler.arrived.wait_for(lambda: meddler.ends is not None, 30)
    assert b"\r\n.\r\n" not in meddler.ends
    [record] = sent["json"]["recipients"]
    assert record["state"] == "deferred" and words in record["text"]


def test_what_is_gone_before_it_is_sent(network, directory):
    """Nobody is called; the fault is our own, and the mail as good as before: once the file is there again it is sent."""
    remote, path = network.remote(), directory / "brief.bin"
    path.write_bytes(b"x")
    fifo = directory / "go"
    os.mkfifo(fifo)

    def remove():
        with fifo.open("wb"):  # the driver has attached the first, and is at this
            path.unlink()
    thread = threading.Thread(target=remove)
    thread.start()
    got = drive(*options(network), *BASIC, f"to=u@{remote.domain}", f"attach={path}", f"attach={fifo}", "send=", f"write={directory}/none.eml", f"touch={path}",
                f"write={directory}/whole.eml", "send=")
    thread.join()
    first, second = got["sends"]
    assert first["status"] == 2 and "brief.bin: No such file" in first["error"]
    [record] = first["json"]["recipients"]
    assert (record["state"], record["class"], record["text"]) == ("deferred", "local-trouble", first["error"]) and "once that is mended" in record["meaning"]
    [(name, code, words)] = got["failed"]
    assert (name, code) == ("write", -2) and "brief.bin: No such file" in words
    assert second["status"] == 0 and second["error"] is None and remote.n_connections == 1
    assert len(parts(remote.messages[0][2])) == 2 and remote.messages[0][2] == (directory / "whole.eml").read_bytes()


# ---- memory ----

@in_release
def test_memory_does_not_grow_with_attachments(network, directory):
    remote, path = network.remote(), directory / "large.bin"
    with path.open("wb") as f:
        f.truncate(40 * MIB)
    remote.reset(["PIPELINING", "SIZE"])
    sent = drive(*options(network, data_time="1m"), *BASIC, f"to=u@{remote.domain}", f"attach={path}", f"stream={path}|x.bin", "send=", "peak=")
    assert sent["status"] == 0 and len(remote.messages[0][2]) > 80 * MIB
    assert int(sent["peak"]) < PEAK_KIB


@in_release
def test_a_hundred_thousand_recipients(network, directory):
    """Half of them refused, each in words of its own; and a large file goes with it."""
    remote = network.remote(rcpt=lambda who: f"550 5.1.1 <{who}>: there is no such user here" if who.startswith("no") else "")
    people, path = directory / "people", directory / "large.bin"
    people.write_text("".join(f"{'no' if i % 2 else 'yes'}-{i}@example{i % 100}.test\n" for i in range(100_000)))
    with path.open("wb") as f:
        f.truncate(MIB)
    got = drive(*options(network, data_time="1m", command_time="1m"), *BASIC, f"bcc_file={people}", f"attach={path}",
                f"count={remote.host}:{network.port}", "peak=")
    assert got["failed"] == [] and got["counts"] == "50000 0 50000"
    assert sum(len(m[1]) for m in remote.messages) == 50_000
    assert int(got["peak"]) < PEAK_KIB
