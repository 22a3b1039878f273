"""The library's Windows form (`make windows`) under Debian's Wine: Winsock, Schannel, CNG and its own resolver, to servers on loopback.

RFC 5321 5.1 (MX), 4.2.1; RFC 3207, RFC 8314 3.3 (TLS); RFC 6125 (names); RFC 4954, RFC 7677 (logins); RFC 6376; RFC 1035 4.2.2.
What Wine cannot show is said in docs/guide/library.md, "On Windows".
"""
import email
import email.policy
import json
import os
import pathlib
import re
import subprocess

import dkim
import pytest

import component
from certificates import EXPIRED, Authority
from harness import ALICE, BOB, PASSWORD, ROOT, Dns, Postrider, free_port
from http_api import new_key
from remote import Remote

WINE = pathlib.Path("/usr/lib/wine/wine64")
OUT = ROOT / "build-windows"
SYSTEM = {"bcrypt.dll", "crypt32.dll", "iphlpapi.dll", "kernel32.dll", "msvcrt.dll", "secur32.dll", "ws2_32.dll"}
NAMES = ("one", "two", "silent", "wrong", "expired", "implicit", "slow", "xn--bcher-kva")
MANY = 40  # servers of one domain: more than a datagram of 512 octets names

if not WINE.exists():
    pytest.skip("wine64 is not installed", allow_module_level=True)
if subprocess.run(["x86_64-w64-mingw32-gcc", "--version"], capture_output=True).returncode:
    pytest.skip("gcc-mingw-w64-x86-64 is not installed", allow_module_level=True)


class Implicit(Remote):
    """TLS from the first octet."""

    def serve(self, connection):
        context = self.context()
        context.load_cert_chain(*self.certificate)
        try:
            super().serve(context.wrap_socket(connection, server_side=True))
        except OSError:
            pass


class World:
    """DNS, and a remote for each name: mx.NAME.test; all have TLS but silent, which says nothing at MAIL, and slow."""

    def __init__(self, directory):
        self.directory = directory
        self.port = free_port("127.0.1.1")
        records = [record for i, name in enumerate(NAMES, 1) for record in (f"{name} IN MX 10 mx.{name}.test.", f"mx.{name} IN A 127.0.1.{i}")]
        records += [f"many IN MX {MANY - i} with-a-long-name-{i}.many.test." for i in range(MANY)] + [f"with-a-long-name-{MANY - 1}.many IN A 127.0.1.2"]
        self.dns = Dns(directory / "dns", [*records, "none IN MX 0 .", "alias IN CNAME one.test."])
        self.authority = Authority(directory / "certificates")
        self.remotes = {name: self.remote(i, name) for i, name in enumerate(NAMES, 1)}

    def remote(self, i, name):
        certificate = {"wrong": ("elsewhere.test",), "expired": ("mx.expired.test", EXPIRED), "silent": None, "slow": None}.get(name, (f"mx.{name}.test",))
        certificate = certificate and self.authority.sign(*certificate)
        return (Implicit if name == "implicit" else Remote)(f"127.0.1.{i}", self.port, f"{name}.test", f"mx.{name}.test", certificate)

    def reset(self):
        for name, remote in self.remotes.items():
            remote.reset([*Remote.EXTENSIONS, "AUTH PLAIN"], **({"mail": Remote.SILENCE} if name == "silent" else {}))

    def options(self, **more):
        all_of = {"dns": f"127.0.0.1:{self.dns.port}", "port": str(self.port), "private": "yes", "ipv6": "no", "roots": str(self.authority.certificate)}
        return all_of | {key.replace("_", "-"): value for key, value in more.items()}

    def stop(self):
        self.dns.stop()
        for remote in self.remotes.values():
            remote.stop()


class Wine:
    def __init__(self, directory):
        self.environment = {**os.environ, "WINEPREFIX": str(directory / "wine"), "WINEDEBUG": "-all", "LANG": "C.UTF-8", "TMP": str(directory)}
        self.environment.pop("DISPLAY", None)
        (directory / "wine").mkdir()
        subprocess.run([WINE.parent / "wineserver64", "-p60"], env=self.environment, check=True)  # stays a while behind a program

    def start(self):
        """Wine's services begin with the first program, stay, and keep its output."""
        nowhere = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        assert subprocess.run([str(WINE), str(OUT / "hello.exe")], env=self.environment, timeout=300, **nowhere).returncode == 1

    def run(self, program, *arguments, codes=(0,), **kw):
        done = subprocess.run([str(WINE), str(OUT / program), *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=300,
                              env=self.environment, **kw)
        assert done.returncode in codes, f"{done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout.decode(), done.stderr.decode()

    def drive(self, *calls):
        out, words = self.run("driver.exe", *calls)
        assert not words, words  # a guest prints nothing
        return component.read(out)

    def stop(self):
        subprocess.run([WINE.parent / "wineserver64", "-k"], env=self.environment, check=False)


@pytest.fixture(scope="module")
def wine(tmp_path_factory):
    done = subprocess.run([str(ROOT / "tools/windows")], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    made = Wine(tmp_path_factory.mktemp("windows"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("world"))
    yield made
    made.stop()


@pytest.fixture
def world(everything):
    everything.reset()
    return everything


def send(wine, world, *calls, server="", **more):
    options = [f"option={key}|{value}" for key, value in world.options(**more).items()]
    return wine.drive(*options, "from=Ännchen <a@sender.test>", "subject=Grüße", *calls, f"send={server}")


def told(sent):
    return [(r["address"], r["state"], r["class"], r["code"]) for r in sent["json"]["recipients"]]


def read(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)


# ---- what was built ----

def test_it_shows_the_header_and_needs_the_system_alone(wine):
    dump = subprocess.run(["x86_64-w64-mingw32-objdump", "-p", str(OUT / "postrider.dll")], capture_output=True, text=True, check=True).stdout
    declared = set(re.findall(r"\b(postrider_\w+)\(", re.sub(r"/\*.*?\*/", "", (ROOT / "include/postrider.h").read_text(), flags=re.S)))
    table = dump[dump.index("[Ordinal/Name Pointer]"):].partition("\n\n")[0]
    assert set(re.findall(r"\[ *\d+\] (\w+)$", table, re.M)) == declared
    assert {name.lower() for name in re.findall(r"DLL Name: (\S+)", dump)} == SYSTEM
    assert all((OUT / name).stat().st_size for name in ("libpostrider.dll.a", "postrider.lib", "postrider-send.exe"))


def test_the_example_says_what_is_wrong(wine, tmp_path):
    out, _ = wine.run("hello.exe", codes=(1,), cwd=tmp_path)  # there is no report.pdf
    assert out.splitlines() == [f"refused    {who}  attach: report.pdf: No such file or directory" for who in ("bob@example.net", "carol@example.com")]


# ---- what is composed ----

def test_text_html_and_attachments_arrive_as_they_were(wine, world, tmp_path):
    """By a file whose path is not ASCII, from memory, and a stream by a temporary file of the system."""
    (tmp_path / "Übersicht Привет 日本.bin").write_bytes(octets := os.urandom(300_000) + b"\r\n\x1a\n\n")
    (tmp_path / "plain").write_bytes(octets)
    sent = send(wine, world, "to=B <b@one.test>", "text=Hallo Привет\nzwei", "html=<p>Hallo Привет</p>", f"attach={tmp_path}/Übersicht Привет 日本.bin",
                "memory=n.txt|in memory ü", f"stream={tmp_path}/plain|s.bin")
    assert sent["failed"] == [] and told(sent) == [("b@one.test", "delivered", "delivered", 250)]
    [(sender, recipients, message)] = world.remotes["one"].messages
    message = read(message)
    assert (sender, recipients, message["Subject"], message["From"]) == ("a@sender.test", ["b@one.test"], "Grüße", "Ännchen <a@sender.test>")
    assert message.get_body(("plain",)).get_content().split() == ["Hallo", "Привет", "zwei"]
    assert message.get_body(("html",)).get_content().strip() == "<p>Hallo Привет</p>"
    assert [(part.get_filename(), part.get_payload(decode=True)) for part in message.iter_attachments()] == [
        ("Übersicht Привет 日本.bin", octets), ("n.txt", "in memory ü".encode()), ("s.bin", octets)]
    assert len(list(tmp_path.iterdir())) == 2 and not list(pathlib.Path(wine.environment["TMP"]).glob("**/postrider-*"))


def test_a_file_that_is_gone_when_it_is_sent_sends_nothing(wine, world, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"x")
    sent = send(wine, world, "to=b@one.test", "text=t", f"attach={tmp_path}/a.bin", f"unlink={tmp_path}/a.bin")
    assert "No such file or directory" in sent["error"] and not world.remotes["one"].messages


def test_a_folder_is_no_attachment(wine, world, tmp_path):
    sent = send(wine, world, "to=b@one.test", "text=t", f"attach={tmp_path}")
    assert sent["failed"][0][0] == "attach" and "Is a directory" in sent["failed"][0][2]


def test_signed_by_dkim(wine, world, tmp_path):
    """RFC 6376: RSA by CNG, from PKCS #8 and PKCS #1.  Ed25519 is refused, and says so."""
    run = lambda *words: subprocess.run(["openssl", *words], check=True, capture_output=True).stdout  # noqa: E731
    (tmp_path / "rsa").write_bytes(pem := run("genrsa", "2048"))
    (tmp_path / "old").write_bytes(run("rsa", "-in", str(tmp_path / "rsa"), "-traditional"))
    (tmp_path / "ed").write_bytes(run("genpkey", "-algorithm", "ed25519"))
    (tmp_path / "small").write_bytes(run("genrsa", "1024"))
    assert b"RSA PRIVATE" in (tmp_path / "old").read_bytes() and b"RSA PRIVATE" not in pem
    record = b"v=DKIM1; k=rsa; p=" + b"".join(run("rsa", "-in", str(tmp_path / "rsa"), "-pubout").splitlines()[1:-1])
    for name in ("rsa", "old"):
        world.reset()
        sent = send(wine, world, f"dkim=sender.test|{name}|{tmp_path}/{name}", "to=b@one.test", "text=t")
        assert sent["status"] == 0
        [(_, _, octets)] = world.remotes["one"].messages
        assert octets.startswith(b"DKIM-Signature:") and dkim.verify(octets, dnsfunc=lambda *_, **__: record)
        assert not dkim.verify(octets.replace(b"\r\n\r\nt", b"\r\n\r\nu"), dnsfunc=lambda *_, **__: record)
    for name, words in (("ed", "Ed25519, cannot sign on Windows"), ("small", "2048 bits")):
        assert words in send(wine, world, f"dkim=sender.test|s|{tmp_path}/{name}", "to=b@one.test", "text=t")["option"]


# ---- which way it goes ----

def test_directly_each_recipient_has_a_result_of_its_own(wine, world):
    """By the resolver of the library: two domains, an alias (RFC 5321 5.1), a null MX (RFC 7505), one that is not there, an IDN."""
    for name in ("one", "xn--bcher-kva"):
        world.remotes[name].reset(rcpt=lambda who: "550 5.1.1 no such user" if who.startswith("no@") else "")
    sent = send(wine, world, "to=b@one.test, no@one.test, c@two.test", "cc=d@alias.test, e@none.test", "bcc=f@missing.test, g@bücher.test", "text=t")
    assert sent["status"] == 1 and sent["error"] is None
    assert told(sent) == [("b@one.test", "delivered", "delivered", 250), ("no@one.test", "refused", "no-such-user", 550),
                          ("c@two.test", "delivered", "delivered", 250), ("d@alias.test", "delivered", "delivered", 250),
                          ("e@none.test", "refused", "null-mx", None), ("f@missing.test", "refused", "no-such-domain", None),
                          ("g@xn--bcher-kva.test", "delivered", "delivered", 250)]
    assert sent["lines"][1] == "refused    no@one.test  mx.one.test: 550 5.1.1 no such user"
    assert {r["tls_version"] for r in sent["json"]["recipients"]} == {"TLSv1.2", None}  # all that Wine 8 has


def test_an_answer_that_no_datagram_holds_comes_over_tcp(wine, world):
    """RFC 1035 4.2.1, RFC 7766 5: a cut reply has no records, and the first of many servers is the one that has an address."""
    sent = send(wine, world, "to=b@many.test", "text=t")
    assert told(sent) == [("b@many.test", "delivered", "delivered", 250)] and len(world.remotes["two"].messages) == 1


def test_no_name_server_is_told(wine, world):
    sent = send(wine, world, "to=b@one.test", "text=t", dns=f"127.0.0.1:{free_port()}", time="60s")
    assert told(sent)[0][1] == "deferred" and "DNS: one.test: no " in sent["json"]["recipients"][0]["text"]


def test_what_would_be_another_domain_here_is_refused(wine, world):
    """IDNA2003 makes ss of a sharp s, RFC 5891 does not."""
    sent = send(wine, world, "to=b@faß.test", "text=t")
    (call, _, words), *_ = sent["failed"]
    assert call == "to" and "faß.test" in words and "A-label" in words and "fass" not in str(sent)


def test_what_windows_has_not(wine, world):
    sent = send(wine, world, "option=dnssec|yes", "to=b@one.test", "text=t", server="lmtp:/no/socket")
    assert sent["option"] == "dnssec: on this system the library cannot validate answers"
    assert told(sent)[0][1:3] == ("deferred", "connect-failed") and "no Unix sockets on Windows" in sent["json"]["recipients"][0]["text"]


def test_nobody_listens(wine, world):
    sent = send(wine, world, "to=b@one.test", "text=t", server=f"127.0.0.1:{free_port()}")
    assert told(sent)[0][1:3] == ("deferred", "connect-failed") and "Connection refused" in sent["json"]["recipients"][0]["text"]


# ---- TLS ----

@pytest.mark.parametrize("name, good, words", [("one", True, ""), ("implicit", True, ""), ("wrong", False, "hostname mismatch"),
                                               ("expired", False, "certificate has expired"), ("one", None, "nobody who is trusted has signed it")])
def test_the_certificate_must_be_good(wine, world, name, good, words):
    """STARTTLS and TLS from the first octet, by roots of the test's own (good None: by those of the system); no password in the clear."""
    scheme = "smtps" if name == "implicit" else "smtp"
    more = {} if good is not None else {"roots": str(Authority(world.directory / "others", "Others").certificate)}
    sent = send(wine, world, "to=b@one.test", "text=t", server=f"{scheme}://u:secret@mx.{name}.test:{world.port}", **more)
    remote, record = world.remotes[name], sent["json"]["recipients"][0]
    assert not any(b"AUTH" in line for line in remote.in_clear)
    if good:  # the remote knows no AUTH: what counts is that it was tried, within TLS
        assert any(line.startswith(b"AUTH PLAIN ") for line in remote.commands), (record, remote.commands)
    else:
        assert (record["state"], record["class"]) == ("deferred", "tls-failed") and words in record["text"]
        assert not any(line.startswith(b"AUTH") for line in remote.commands)


def test_large_messages_by_tls(wine, world, tmp_path):
    """Many records, more than a socket takes at once, to a server that takes them slowly at first."""
    (tmp_path / "a.bin").write_bytes(octets := os.urandom(8 << 20))
    sent = send(wine, world, "to=b@one.test, c@two.test", "text=t", f"attach={tmp_path}/a.bin")
    assert sent["status"] == 0
    for name in ("one", "two"):
        [(_, _, message)] = world.remotes[name].messages
        assert [part.get_payload(decode=True) for part in read(message).iter_attachments()] == [octets]


def test_roots_that_are_none(wine, tmp_path):
    (tmp_path / "roots.pem").write_text("nothing")
    got = wine.drive(f"option=roots|{tmp_path}/roots.pem")
    assert [(name, code) for name, code, _ in got["failed"]] == [("option", -1)] and "no certificates in PEM form" in got["option"], got


def test_a_login_at_a_server_of_ours(wine, tmp_path):
    """SCRAM-SHA-256 by CNG, over STARTTLS and over TLS from the first octet; a wrong password; one of two recipients is refused."""
    server = Postrider(tmp_path / "server")
    server.start()
    user = f"alice%40home.test:{PASSWORD.replace(' ', '%20')}"
    for url in (f"smtp://{user}@127.0.0.1:{server.submission}", f"smtps://{user}@localhost:{server.submissions}"):
        sent = wine.drive(f"from={ALICE}", f"to={BOB}, nobody@home.test", "subject=by login", "text=x", f"send={url}")
        assert told(sent) == [(BOB, "delivered", "delivered", 250), ("nobody@home.test", "refused", "no-such-user", 550)]
        assert PASSWORD not in str(sent)
    assert server.log_text().count("mechanism=SCRAM-SHA-256") >= 2
    sent = wine.drive(f"from={ALICE}", f"to={BOB}", "text=x", f"send=smtp://alice%40home.test:wrong@127.0.0.1:{server.submission}")
    assert told(sent) == [(BOB, "deferred", "login-failed", 535)]
    assert server.stop() == 0


# ---- time, and the end of it ----

def test_by_the_http_api_of_a_server_of_ours(wine, tmp_path):
    """By Schannel and our own HTTP: the server's verdicts, and a wrong key."""
    server = Postrider(tmp_path / "server").start()
    (tmp_path / "a.bin").write_bytes(octets := os.urandom(300_001))
    url = f"https://{{}}@127.0.0.1:{server.https}"
    sent = wine.drive(f"from={ALICE}", f"to={BOB}, full@postrider.test", "subject=by a key", "text=x", f"attach={tmp_path}/a.bin", f"send={url.format(new_key(server))}")
    assert [(r["state"], r["class"]) for r in sent["json"]["recipients"]] == [("delivered", "delivered"), ("refused", "mailbox-full")]
    attached, = [part.get_payload(decode=True) for part in read(server.wait_mail(BOB, subject="by a key")).iter_attachments()]
    assert attached == octets
    sent = wine.drive(f"from={ALICE}", f"to={BOB}", "text=x", f"send={url.format('wrong')}")
    assert sent["json"]["recipients"][0]["class"] == "login-failed"
    assert server.stop() == 0


def test_silence_has_a_time(wine, world):
    sent = send(wine, world, "to=b@silent.test, c@one.test", "text=t", command_time="2s")
    assert [row[1:3] for row in told(sent)] == [("deferred", "timed-out"), ("delivered", "delivered")]


def test_another_thread_cancels(wine, world, tmp_path):
    """Once the server hangs; the client goes on, and the next send is not touched."""
    def cancels(who):
        (tmp_path / "now").write_text("!")
        return Remote.SILENCE

    world.remotes["silent"].reset(mail=cancels)
    options = [f"option={key}|{value}" for key, value in world.options(command_time="10m", time="10m").items()]
    got = wine.drive(*options, "from=a@sender.test", "text=x", f"cancel={tmp_path}/now", "to=b@silent.test", "send=", "cancel=joined", "to=c@one.test",
                     f"send=mx.one.test:{world.port}")
    assert [[row[1:3] for row in told(sent)] for sent in got["sends"]] == [[("deferred", "cancelled")], [("delivered", "delivered")] * 2]


def test_in_a_loop_of_the_programs(wine, world):
    """By one event object, to several servers, one of which has no time for us."""
    options = [f"option={key}|{value}" for key, value in world.options(command_time="2s").items()]
    got = wine.drive(*options, "from=a@sender.test", "text=x", "to=b@one.test, c@two.test, d@silent.test", "loop=")
    assert [row[1:3] for row in told(got)] == [("delivered", "delivered"), ("delivered", "delivered"), ("deferred", "timed-out")]
    assert 3 < int(got["turns"]) < 1000 and got["error"] is None


def test_memory_and_handles_are_freed(wine, world):
    """100 mails of 1 MiB, and as many sends by TLS, each with a client of its own."""
    out, _ = wine.run("memory.exe", "100", f"{world.remotes['one'].address}:{world.port}")
    kib, handles = map(int, out.split())
    assert kib < 8 * 1024 and handles < 20 and len(world.remotes["one"].messages) == 100


# ---- the program ----

def sender(wine, world, *arguments, codes, server="none"):
    options = [word for key, value in world.options().items() for word in ("--option", f"{key}={value}")]
    return wine.run("postrider-send.exe", "--from", "a@sender.test", "--subject", "Grüße", "--server", server, *options, *arguments, codes=codes)


def test_postrider_send_tells_as_postrider_does(wine, world, tmp_path):
    """JSON lines and exit status of both, but for times, the message's number and the resolver's words."""
    world.remotes["one"].reset(rcpt=lambda who: "550 5.1.1 no such \"user\" \\ here" if who.startswith("no@") else "")
    (tmp_path / "text ü.txt").write_text("Hallo Привет")
    words = ["--to", "b@one.test, no@one.test", "--cc", "e@none.test", "--text", str(tmp_path / "text ü.txt"), "--attach", str(tmp_path / "text ü.txt")]
    here, _ = sender(wine, world, *words, codes=(1,))
    options = [word for key, value in world.options().items() for word in ("--option", f"{key}={value}")]
    there = subprocess.run([str(component.PROGRAM), "send", "--from", "a@sender.test", "--subject", "Grüße", "--server", "none", *options, *words],
                           capture_output=True, text=True)
    assert there.returncode == 1, there.stderr

    def records(text):
        return [{key: value for key, value in json.loads(line).items() if key not in ("time", "elapsed_ms", "message", "tls_version")} for line in text.splitlines()]

    assert records(here) == records(there.stdout) and len(records(here)) == 3
    mine, theirs = (read(message) for _, _, message in world.remotes["one"].messages)
    assert mine.get_body(("plain",)).get_content() == theirs.get_body(("plain",)).get_content()
    assert [p.get_payload(decode=True) for p in mine.iter_attachments()] == [p.get_payload(decode=True) for p in theirs.iter_attachments()]


def test_postrider_sends_table_and_misuse(wine, world):
    world.remotes["one"].reset(rcpt=lambda who: "550 5.1.1 no such user" if who.startswith("no@") else "")
    out, _ = sender(wine, world, "--to", "b@one.test, no@one.test", "--body", "t", "--table", codes=(1,))
    lines = out.splitlines()
    assert lines[0].startswith("directly to the recipients' servers")
    assert lines[1].split() == ["delivered", "b@one.test", "mx.one.test:", "250", "2.0.0", "taken"] and lines[2].startswith("refused    no@one.test")
    assert "  mx.one.test said: 550 5.1.1 no such user" in lines
    assert sender(wine, world, "--body", "t", codes=(69,))[1].startswith("postrider-send: ")
    assert "no-such" in wine.run("postrider-send.exe", "--option", "no-such=1", codes=(64,))[1]
    assert wine.run("postrider-send.exe", "--help")[0].startswith("usage: postrider-send")
    assert sender(wine, world, "--to", "nobody", "--body", "t", codes=(64,))[1].startswith("postrider-send: to: nobody")
