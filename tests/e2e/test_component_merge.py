"""libpostrider: a template and rows of values, a mail each.

RFC 5322 3.6.4 (each has a Message-ID of its own), 2.2 (no value ends a field); RFC 5321 4.5.3.2 does not hold up the others.
"""
import email
import email.policy
import itertools
import os
import threading

import pytest

from component import drive, patient as options
from remote import Remote
from test_verdicts import ARRIVED

BASIC = ("from=Alice <alice@sender.test>", "subject=For {{name}}", "text=Dear {{ name }},\nyou have {{sum}} {coins} {{ not a name! }} {{.\n",
         "html=<p>{{name}}: {{sum}}</p>", "header=X-Sum|{{sum}}")


def each(network, rows, *calls, server="", columns=("to", "name", "sum"), **more):
    return drive(*options(network, **more), *BASIC, *calls, *(f"column={c}" for c in columns), *(f"value={v}" for row in rows for v in row), f"each={server}")


def states(sent):
    return [(r["address"], r["state"], r["class"]) for r in sent["json"]["recipients"]]


def test_each_has_a_mail_of_its_own(network, directory):
    one, two = network.remote(), network.remote(rcpt=lambda who: "550 5.1.1 no" if who.startswith("no") else "")
    path = directory / "a.bin"
    path.write_bytes(b"octets" * 20_000)
    rows = [(f"Bob <b@{one.domain}>", "Bob & <Söhne>", "12.00"), (f"no@{two.domain}", "No", "1"), (f"c@{one.domain}", "", "7.50"), ("nobody", "x", "y"),
            (f"d@{two.domain}", "D\r\nBcc: x@evil.test", "0"), (f"e@{two.domain}", "{{sum}}", "3"), (f"b@{one.domain}", "again", "4")]
    sent = each(network, rows, f"attach={path}")
    assert states(sent) == [(f"b@{one.domain}", "delivered", "delivered"), (f"no@{two.domain}", "refused", "no-such-user"),
                            (f"c@{one.domain}", "delivered", "delivered"), ("nobody", "refused", "local-trouble"),
                            (f"d@{two.domain}", "refused", "local-trouble"), (f"e@{two.domain}", "delivered", "delivered"),
                            (f"b@{one.domain}", "delivered", "delivered")]
    assert "nobody is no address" in sent["lines"][3] and "subject" in sent["lines"][4] and sent["status"] == 1 and sent["error"] is None
    got = {}
    for _, recipients, octets in one.messages + two.messages:
        message = email.message_from_bytes(octets, policy=email.policy.default)
        assert [a.addr_spec for a in message["To"].addresses] == recipients and len(recipients) == 1
        assert next(message.iter_attachments()).get_payload(decode=True) == path.read_bytes()
        got[message["Subject"]] = message
    assert len(got) == 4 and len({m["Message-ID"] for m in got.values()}) == 4
    bob = got["For Bob & <Söhne>"]
    assert bob["To"].addresses[0].display_name == "Bob" and bob["X-Sum"] == "12.00"
    assert bob.get_body(("plain",)).get_content() == "Dear Bob & <Söhne>,\r\nyou have 12.00 {coins} {{ not a name! }} {{.\r\n"
    assert "<p>Bob &amp; &lt;Söhne&gt;: 12.00</p>" in bob.get_body(("html",)).get_content()
    assert "{{sum}}" in got["For {{sum}}"].get_body(("plain",)).get_content()  # a value is no template


def test_connections_are_used_again(network):
    """And no more than four are open to one server at a time."""
    for server in (False, True):
        remote = network.remote()
        sent = each(network, [(f"u{i}@{remote.domain}", "N", str(i)) for i in range(40)], server=f"{remote.host}:{network.port}" if server else "")
        assert sent["status"] == 0 and len(remote.messages) == 40 and 1 <= remote.n_connections <= 4
        assert [r["address"] for r in sent["json"]["recipients"]] == [f"u{i}@{remote.domain}" for i in range(40)]


def test_a_silent_server_holds_up_nobody_else(network):
    silent, quick = network.remote(mail=Remote.SILENCE), network.remote()
    rows = [(f"u@{silent.domain}", "S", "1")] + [(f"u{i}@{quick.domain}", "Q", "1") for i in range(10)]
    sent = each(network, rows, "watch=10", command_time="1m", time="1m")  # the tenth that is decided ends it: none of them is the silent one's
    assert len(quick.messages) == 10 and states(sent)[0] == (f"u@{silent.domain}", "deferred", "cancelled")


def test_the_programs_word_ends_it(network):
    remote = network.remote()
    sent = each(network, [(f"u{i}@{remote.domain}", "N", "1") for i in range(50)], "watch=3")
    assert len(sent["decided"]) == 3 and sent["status"] == 2
    found = [s[1:] for s in states(sent)]
    assert found.count(("deferred", "cancelled")) >= 40 and len(remote.messages) < 10


@pytest.mark.parametrize("calls, columns, words", [
    (["text={{nam}}"], "to name sum", "text: {{nam}} is the name of no column"), (["header=X-A|{{x}}"], "to name sum", "header: {{x}}"),
    (["html={{x}}"], "to name sum", "html: {{x}}"), (["to=a@b.test"], "to name sum", "the recipients come with the rows"),
    (["subject=x\ny"], "to name sum", "subject"), ([], "sum name to", None)])
def test_what_is_no_template(network, calls, columns, words):
    remote = network.remote()
    sent = each(network, [(f"u@{remote.domain}", "N", "1")], *calls, columns=columns.split())
    assert (words in sent["error"] if words else sent["status"] == 0) and remote.n_connections == bool(not words)


def test_a_whole_message_is_no_template():
    sent = drive("raw=/etc/hostname", "column=to", "value=u@x.test", "each=")
    assert sent["error"] == "send_each: a whole message has no places for values" and sent["status"] == 1


def test_no_rows_and_a_server_that_is_none(network):
    assert each(network, [])["error"] == "send_each: there is no row"
    sent = each(network, [("u@x.test", "N", "1"), ("v@x.test", "N", "2")], server="smtp://")
    assert sent["error"].startswith("the server: ") and [s[:2] for s in states(sent)] == [("u@x.test", "refused"), ("v@x.test", "refused")]
    assert drive(*BASIC, "each=")["sends"] == []


def test_a_file_that_is_gone_fails_all(network, directory):
    remote, path = network.remote(), directory / "a.bin"
    path.write_bytes(b"x")
    sent = drive(*options(network), *BASIC, f"attach={path}", "column=to", "column=name", "column=sum",
                 *itertools.chain(*((f"value=u@{remote.domain}", "value=N", "value=1") for _ in range(2))), f"write={path}.eml", f"unlink={path}", "each=", f"touch={path}", "each=")
    first, second = sent["sends"]
    assert "a.bin: No such file" in first["error"] and first["status"] == 2
    assert second["status"] == 0 and len(remote.messages) == 2  # the mail is as good as before


# ---- cancelled ----

@pytest.fixture
def fifo(directory):
    path = directory / f"fifo{len(list(directory.iterdir()))}"
    os.mkfifo(path)
    return path


def cancels(fifo):
    """What a server does that another thread of the program hears of, once: it reads no second word."""
    said = threading.Lock()

    def go(_):
        if said.acquire(blocking=False):
            fifo.write_bytes(b"x")
        return Remote.SILENCE
    return go


@pytest.mark.parametrize("stage", ["greeting", "rcpt", "body"])
def test_another_thread_ends_a_send(network, fifo, stage):
    """Who is decided stays so; the client goes on, and nothing is left of the cancel."""
    quick, silent = network.remote(), network.remote(**{stage: cancels(fifo)})
    long = dict.fromkeys(("greeting_time", "command_time", "data_time", "time"), "10m")
    sent = drive(*options(network, **long), *BASIC[:1], "text=x", f"cancel={fifo}", f"to=b@{silent.domain}", "send=", "cancel=joined",
                 f"send={quick.host}:{network.port}")
    behind = stage == "body"  # RFC 5321 4.5.3.2.6: the server has the whole message, and may have taken it
    assert [states({"json": s["json"]})[0][1:] for s in sent["sends"]] == [("deferred", "may-have-arrived" if behind else "cancelled"), ("delivered", "delivered")]
    assert sent["sends"][0]["json"]["recipients"][0]["text"] == "the program ended the send" + ARRIVED * behind and not silent.messages


def test_a_cancel_before_a_send_ends_it(network):
    remote = network.remote()
    sent = drive(*options(network), *BASIC[:1], "text=x", f"to=a@{remote.domain}", "cancel=now", "send=", "send=")
    assert [states({"json": s["json"]})[0][1:] for s in sent["sends"]] == [("deferred", "cancelled"), ("delivered", "delivered")]
    assert remote.n_connections == 1


def test_another_thread_ends_rows(network, fifo):
    silent = network.remote(mail=cancels(fifo))
    sent = each(network, [(f"u{i}@{silent.domain}", "N", "1") for i in range(20)], f"cancel={fifo}", command_time="10m", time="10m",
                server=f"{silent.host}:{network.port}")
    assert {s[1:] for s in states(sent)} == {("deferred", "cancelled")} and not silent.messages
