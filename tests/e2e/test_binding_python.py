"""bindings/python: the names of the library from Python, against real servers."""
import email.message
import email.policy
import json
import os
import subprocess
import sys

import pytest

from component import BUILD
from harness import ALICE, BOB, PASSWORD, ROOT
from http_api import new_key
from remote import Remote

PRELUDE = """
import email.message, json, sys
import postrider
OPTIONS = json.loads(sys.argv[1])
Mail, Error = postrider.Mail, postrider.Error
def refused(call):
    try:
        call()
    except Error as error:
        return error.code, str(error)
"""


def python(*arguments, status=0):
    """A Python of its own: the library may be built with a sanitizer, which must be loaded first."""
    env = dict(os.environ, POSTRIDER_LIBRARY=str(BUILD / "libpostrider.so.1"), PYTHONPATH=f"{ROOT}/bindings/python", ASAN_OPTIONS="detect_leaks=0")
    if "asan" in str(BUILD):
        env["LD_PRELOAD"] = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True).stdout.strip()
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=env, stdin=subprocess.DEVNULL, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def run(network, code, *arguments):
    options = {"dns": f"127.0.0.1:{network.dns.port}", "port": network.port, "private": True, "ipv6": False, "command_time": "3s"}
    return python("-c", PRELUDE + code, json.dumps(options), *arguments)


def test_a_few_lines(network):
    one = network.remote()
    two = network.remote(rcpt="550 5.1.1 no such user")
    out = run(network, f"""
result = Mail("Alice <alice@sender.test>", "b@{one.domain}", "Grüße").cc(["u@{two.domain}"]).text("hi").attach_memory("a.txt", b"x").send(**OPTIONS, name=None)
print(*result, sep="\\n")
print(result.status, result.error, result[0].delivered, result[1]["class"], result[1].code)
""")
    assert out.splitlines() == [f"delivered  b@{one.domain}  {one.host}: 250 2.0.0 taken", f"refused    u@{two.domain}  {two.host}: 550 5.1.1 no such user",
                                "1 None True no-such-user 550"]
    assert b"Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n" in one.messages[0][2]


def test_files_and_sources(network, directory):
    """A stream is read at once, a source again for each server; what either raises comes out."""
    one, two = network.remote(), network.remote()
    (directory / "b.bin").write_bytes(octets := os.urandom(200_000))
    out = run(network, f"""
opened = []
def again():
    opened.append(open("{directory}/b.bin", "rb"))
    return opened[-1]
mail = Mail("alice@sender.test", "u@{one.domain}, u@{two.domain}", "files").text("x").attach_source("b.bin", again, 200_000)
with open("{directory}/b.bin", "rb") as f:
    mail.attach_stream("s.bin", f, "application/x-test")
print(mail.send(**OPTIONS).status, len(opened))
class Broken:
    def read(self, n):
        raise OSError("no more")
try:
    Mail("a@sender.test").attach_stream("x", Broken())
except OSError as error:
    print(error)
try:
    Mail("alice@sender.test", "u@{one.domain}").text("x").attach_source("b.bin", Broken).send(**OPTIONS)
except OSError as error:
    print(error, error.result[0].state)
""")
    assert out.splitlines() == ["0 2", "no more", "no more deferred"]
    assert len(one.messages) == 1 and one.messages[0][2] == two.messages[0][2]
    message = email.message_from_bytes(one.messages[0][2], policy=email.policy.default)
    assert [(p.get_content_type(), p.get_payload(decode=True)) for p in message.iter_attachments()] == [
        ("application/octet-stream", octets), ("application/x-test", octets)]


@pytest.mark.parametrize("gives", ["b'x' * (n + 4_000_000)", "'text, not octets'", "None"])
def test_a_read_that_gives_what_it_should_not(network, gives):
    """More than was asked for runs over no memory, text is not sent as something else: both are failures, before and while it is sent."""
    remote = network.remote()
    out = run(network, f"""
class Odd:
    def read(self, n):
        return {gives}
print(refused(lambda: Mail("a@sender.test").attach_stream("x", Odd())))
print(Mail("a@sender.test", "u@{remote.domain}").text("x").attach_source("x", Odd).send(**OPTIONS)[0].state)
""")
    assert out.splitlines() == ["(-5, 'attach: the function that gives the octets failed')", "deferred"] and not remote.messages


@pytest.mark.parametrize("end, told", [("time='2s'", "time-limit"), ("", "cancelled")])
def test_a_source_without_an_end(network, end, told):
    """It never fills the socket: time and cancel end it all the same, and nothing is delivered."""
    remote = network.remote()
    out = run(network, f"""
import threading, time
class Endless:
    def read(self, n):
        time.sleep(0.001)
        return b"x" * min(n, 1000)
with postrider.Client(**OPTIONS, {end}) as client:
    if not "{end}":
        threading.Timer(1, client.cancel).start()
    print(client.send(Mail("a@sender.test", "u@{remote.domain}").text("x").attach_source("x", Endless))[0]["class"])
""")
    assert out == told + "\n" and not remote.messages


def test_what_is_raised_comes_out(network):
    """By a watcher, a token, a source: the send is ended, each recipient has its row, and the exception comes out of the call; the client goes on."""
    one, silent = network.remote(), network.remote(mail=Remote.SILENCE)
    out = run(network, f"""
import asyncio
def mine(*_):
    raise KeyError("mine")
class Broken:
    read = mine
def caught(call):
    try:
        call()
    except KeyError as error:
        print(error, [one["class"] for one in error.result] if error.result else None)
with postrider.Client(**OPTIONS | dict(command_time="10m")) as client:
    compose = lambda: Mail("a@sender.test", ["b@{one.domain}", "c@{silent.domain}"]).text("x")
    client.watch(mine)
    caught(lambda: client.send(compose()))
    caught(lambda: asyncio.run(client.send_async(compose())))
    caught(lambda: client.send_each(Mail("a@sender.test").text("x"), ["to"], [["b@{one.domain}"], ["c@{silent.domain}"]]))
    client.watch(lambda *_: False)
    client.token(mine)
    caught(lambda: client.send(compose(), "smtp://user@{one.address}:{network.port}"))
    caught(lambda: client.send(compose().attach_source("x", mine)))
    caught(lambda: client.send(compose().attach_source("x", Broken)))
    caught(lambda: compose().attach_stream("x", Broken()))
    print(client.send(Mail("a@sender.test", "b@{one.domain}").text("x")).status)
""")
    lines = out.splitlines()
    assert lines[:3] == ["'mine' ['delivered', 'cancelled']"] * 3
    assert lines[3].startswith("'mine' ['login-failed'") and lines[4:] == ["'mine' ['local-trouble', 'local-trouble']"] * 2 + ["'mine' None", "0"]


def test_one_mail_a_row(network):
    remote = network.remote()
    out = run(network, f"""
mail = Mail("alice@sender.test", subject="For {{{{name}}}}").text("{{{{sum}}}}")
print(*mail.send_each(["to", "name", "sum"], [("b@{remote.domain}", "Bob", 3), {{"name": "Carol", "sum": 4.5, "to": "c@{remote.domain}"}}], **OPTIONS), sep="\\n")
print(refused(lambda: mail.send_each(["to"], [("a", "b")])))
print(refused(lambda: mail.send_each(["to", "name", "sum"], [("d@{remote.domain}", None, 1)])))
""")
    assert [line.split()[:2] for line in out.splitlines()[:2]] == [["delivered", f"{who}@{remote.domain}"] for who in "bc"]
    assert "(-1, 'send_each: a row has no value in its column name')" in out  # not the text "None"
    assert "(-1, 'send_each: a row" in out
    assert sorted(email.message_from_bytes(m[2])["Subject"] + " " + email.message_from_bytes(m[2]).get_payload().strip() for m in remote.messages) == ["For Bob 3", "For Carol 4.5"]


def test_within_asyncio(network):
    one, silent = network.remote(), network.remote(mail=Remote.SILENCE)
    out = run(network, f"""
import asyncio
async def main():
    options = dict(OPTIONS, command_time="10m")
    with postrider.Client(**options) as a, postrider.Client(**options) as b:
        mails = [Mail("a@sender.test", to, "x").text("x") for to in ("u@{one.domain}", "u@{silent.domain}")]
        slow = asyncio.create_task(b.send_async(mails[1]))
        print((await a.send_async(mails[0]))[0].state)
        slow.cancel()
        try:
            await slow
        except asyncio.CancelledError:
            print("cancelled")
        print(b.send(mails[0])[0].state)
asyncio.run(main())
""")
    assert out.split() == ["delivered", "cancelled", "delivered"]


def test_several_at_once_within_asyncio(network):
    """Sends of one client, and of one mail, take turns, in whichever loop; who is cancelled while it waits has sent nothing."""
    remote, silent = network.remote(), network.remote(mail=Remote.SILENCE)
    out = run(network, f"""
import asyncio, io
source = lambda: io.BytesIO(b"octets" * 100_000)
async def main(a, b):
    shared = Mail("a@sender.test", "u@{remote.domain}", "x").attach_source("a", source)
    mails = [Mail("a@sender.test", "u@{remote.domain}", "x").text("x") for _ in range(5)] + [shared, shared]
    got = await asyncio.gather(*(a.send_async(m) for m in mails), b.send_async(shared))
    print([one[0].state for one in got] == ["delivered"] * 8)
    first = asyncio.create_task(a.send_async(Mail("a@sender.test", "u@{silent.domain}", "x")))
    second = asyncio.create_task(a.send_async(mails[0]))
    await asyncio.sleep(0)
    for task in (second, first):
        task.cancel()
    print([type(one).__name__ for one in await asyncio.gather(first, second, return_exceptions=True)])
with postrider.Client(**OPTIONS) as a, postrider.Client(**OPTIONS) as b:
    for _ in range(2):
        asyncio.run(main(a, b))
""")
    assert out == "True\n['CancelledError', 'CancelledError']\n" * 2
    assert len(remote.messages) == 16
    sources = [email.message_from_bytes(m[2]).get_payload()[-1] for m in remote.messages if b"base64" in m[2]]
    assert [s.get_payload(decode=True) for s in sources] == [b"octets" * 100_000] * 6


def test_a_cancelled_send(network):
    remote = network.remote()
    out = run(network, f"""
with postrider.Client(**OPTIONS) as client:
    mail = Mail("a@sender.test", "b@{remote.domain}", "x").text("x")
    client.cancel()
    print([client.send(mail)[0]["class"] for _ in range(2)])
""")
    assert out == "['cancelled', 'delivered']\n"


def test_a_message_of_pythons(network):
    remote = network.remote()
    out = run(network, f"""
m = email.message.EmailMessage()
m["From"], m["To"], m["Bcc"], m["Subject"] = "a@sender.test", "b@{remote.domain}", "hidden@{remote.domain}", "Привет"
m.set_content("Zeile\\nzwei ü")
print([str(one["state"]) for one in postrider.send(m, **OPTIONS)])
""")
    assert out == "['delivered', 'delivered']\n"
    [(sender, recipients, octets)] = remote.messages
    assert sender == "a@sender.test" and sorted(recipients) == [f"b@{remote.domain}", f"hidden@{remote.domain}"]
    read = email.message_from_bytes(octets, policy=email.policy.default)
    assert read["Subject"] == "Привет" and read["Bcc"] is None and b"hidden" not in octets and read["Message-ID"]


def test_by_a_submission_server_on_one_connection(network, server):
    url = f"smtp://alice%40home.test:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{server.submission}"
    out = run(network, f"""
with postrider.Client(**OPTIONS) as client:
    for i in range(3):
        print(client.send(Mail("{ALICE}", "{BOB}, nobody@home.test", f"python {{i}}").text("x"), "{url}").status)
    client.watch(lambda address, line: print(address)).send(Mail("{ALICE}", "{BOB}", "python 3").text("x"), "{url}")
""")
    assert out.split() == ["1", "1", "1", BOB]
    server.wait_mail(BOB, subject="python 2")


def test_by_the_http_api_of_a_server(network, server):
    """With a key; a wrong one is told as a row, with what to do."""
    url = f"https://{new_key(server)}@127.0.0.1:{server.https}"
    out = run(network, f"""
result = Mail("{ALICE}", "{BOB}, full@postrider.test", "by a key").text("x").send("{url}", **OPTIONS)
print(result.status, *(one["class"] for one in result), result.json["message"])
print(Mail("{ALICE}", "{BOB}").text("x").send("https://wrong@127.0.0.1:{server.https}", **OPTIONS)[0]["class"])
""")
    assert out.split()[:3] == ["1", "delivered", "mailbox-full"] and out.split()[4] == "login-failed"
    assert len(server.status(out.split()[3])["recipients"]) == 2


@pytest.mark.parametrize("code, words", [
    ("Mail('a@x.test', 'b@y.test', 'Hi\\nBcc: x@evil.test')", "subject"), ("Mail('a@x.test').to('nobody')", "to: nobody"),
    ("Mail().header('X', 'a\\r\\nY: b')", "X"), ("Mail().attach('/no/such')", "/no/such"), ("Mail().subject('a\\0b')", "NUL"),
    ("postrider.Client(dns='nowhere')", "dns"), ("postrider.Client(no_such=1)", "no-such")])
def test_what_is_refused_raises(network, code, words):
    out = run(network, f"code, words = refused(lambda: {code})\nprint(code, words)")
    assert words in out and out.startswith("-")


def test_a_client_that_is_closed(network):
    remote = network.remote()
    out = run(network, f"""
mail = Mail("a@sender.test", ["b@{remote.domain}", "c@{remote.domain}"], "x").text("x")
client = postrider.Client(**OPTIONS).set("parallel", 3).set("ipv6", False)
client.watch(lambda address, line: client.close())
print(len(client.send(mail)))
for call in (lambda: client.send(mail), lambda: client.send_each(mail, ["to"], [("a",)]), lambda: client.set("port", 25), lambda: client.watch(None)):
    print(refused(call))
""")
    assert out == "2\n" + "(-1, 'the client is closed')\n" * 4


def test_a_watcher_is_not_changed_by_itself(network):
    remote = network.remote()
    out = run(network, f"""
mail = Mail("a@sender.test", "b@{remote.domain}", "x").text("x")
with postrider.Client(**OPTIONS) as client:
    client.watch(lambda address, line: print(refused(lambda: client.watch(None)), refused(lambda: client.set("port", 25))))
    print(client.send(mail).status, client.watch(None).send(mail).status)
""")
    assert out == "(-1, 'watch: not while a send is under way') (-1, 'port: not while a send is under way')\n0 0\n"


def test_octets(network):
    out = run(network, "print(Mail('a@x.test', 'b@y.test', 'S').text('T').date(1795460707).octets().decode())")
    assert out.startswith("Date: Mon, 23 Nov 2026 19:05:07 +0000\n") or "Mon, 23 Nov 2026 19:05:07 +0000" in out


def test_the_example(network):
    remote = network.remote(rcpt=lambda address: "550 5.1.1 no such user" if address.startswith("refused") else "")
    out = python(str(ROOT / "examples/python/hello.py"), "a@sender.test", f"b@{remote.domain}, refused@{remote.domain}", f"{remote.address}:{network.port}",
                 status=1)
    assert [line.split()[:2] for line in out.splitlines()] == [["delivered", f"b@{remote.domain}"], ["refused", f"refused@{remote.domain}"]]
    [(_, _, octets)] = remote.messages
    assert [part.get_filename() for part in email.message_from_bytes(octets, policy=email.policy.default).iter_attachments()] == ["hello.py"]
