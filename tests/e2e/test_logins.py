"""Logins by SCRAM-SHA-256 over SMTP, IMAP and POP3 (RFC 5802, RFC 7677, RFC 9266): by a client of hashlib, and by programs that nobody
here wrote."""
import concurrent.futures
import contextlib
import crypt
import hashlib
import imaplib
import poplib
import re
import select
import socket
import ssl
import subprocess
import threading

import pytest

from harness import ALICE, BOB, PASSWORD, tls_context, until
from scram import PROTOCOLS, Scram, login

OFFERED = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN"]


@contextlib.contextmanager
def session(server, protocol, source="127.0.0.1"):
    s = PROTOCOLS[protocol](server, source)
    with s.s:
        yield s


def end_point(s):
    """RFC 5929 4: of a certificate signed with SHA-256."""
    return "tls-server-end-point", hashlib.sha256(s.s.socket.getpeercert(binary_form=True)).digest()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_offered_under_tls(server, protocol):
    with session(server, protocol) as s:
        assert s.offered == OFFERED


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("scram, verdict", [
    (dict(), "OK"),
    (dict(account="Alice@HOME.test"), "OK"),
    (dict(who=f"a={ALICE}"), "OK"),
    (dict(who=f"a={BOB}"), "NO"),
    (dict(password="guess"), "NO"),
    (dict(account="nobody@home.test"), "NO"),
    (dict(flag="y"), "NO"),  # RFC 5802 6: -PLUS was hidden from the client
    (dict(flag="x"), "BAD"),
], ids=str)
def test_scram(server, protocol, scram, verdict):
    """RFC 5802 5, 6: the session says it in its protocol's words; a right one also proves itself to the client."""
    with session(server, protocol) as s:
        assert login(s, Scram(**scram)) == verdict


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_plus_binds_to_the_connection(server, protocol):
    """RFC 5929 4, RFC 5802 6: with the octets of this connection's certificate, not with others, and no binding that we do not know.
    (Python has no tls-exporter; gsasl below has.)"""
    for change, verdict in ((None, "OK"), (b"x" * 32, "NO")):
        with session(server, protocol) as s:
            name, octets = end_point(s)
            assert login(s, Scram(binding=(name, change or octets))) == verdict
    for name in ("tls-unique", "tls-nonsense"):
        with session(server, protocol) as s:
            assert login(s, Scram(binding=(name, b"x" * 12))) in ("BAD", "NO")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_session_goes_on_after_a_wrong_proof(server, protocol):
    with session(server, protocol) as s:
        assert login(s, Scram(password="guess")) == "NO"
        assert login(s, Scram()) == "OK"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_salts_tell_nothing(server, protocol):
    """Threats 3.22: an account that is not there has a salt like the others, the same in each session, also after a restart."""
    def told(account):
        scram = Scram(account, "guess")
        with session(server, protocol, "127.31.0.1") as s:
            assert login(s, scram) == "NO"
        return scram.salt, scram.iterations
    nobody, alice = told("nobody@home.test"), told(ALICE)
    assert len(nobody[0]) == len(alice[0]) and nobody[1] == alice[1] and nobody[0] != alice[0]
    assert nobody == told("nobody@home.test") and alice == told(ALICE)
    server.stop()
    server.start()
    assert nobody == told("nobody@home.test") and alice == told(ALICE)
    assert nobody[0] != told("nobodi@home.test")[0]


def test_accounts_without_keys(server):
    """Whose hash is another server's: PLAIN is right, SCRAM is told as a wrong password, and like an account that is not there."""
    address = "without-keys@home.test"
    with session(server, "imap") as s:
        assert login(s, Scram(ALICE)) == "OK"
    server.directory_order("account", "add", address, hash=crypt.crypt(PASSWORD, crypt.METHOD_SHA512))
    with session(server, "imap") as s:
        assert login(s, Scram(address)) == "NO"
    with session(server, "imap") as s:
        assert s.verdict(s.begin("PLAIN", f"\0{address}\0{PASSWORD}".encode())) == "OK"


def test_wrong_proofs_are_wrong_passwords(server):
    """Threats 3.23: SMTP, IMAP, POP3, PLAIN and SCRAM share one count of a network."""
    def guess(i):
        name = f"u{i}@home.test"
        with session(server, list(PROTOCOLS)[i // 2 % 3], "127.32.0.1") as s:
            if i % 2:
                return login(s, Scram(name, "guess"))
            return s.verdict(s.begin("PLAIN", f"\0{name}\0guess".encode()))
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        verdicts = list(pool.map(guess, range(40)))
    assert verdicts.count("NO") >= 20 and "LATER" in verdicts and set(verdicts) == {"NO", "LATER"}
    with session(server, "imap", "127.33.0.1") as s:
        assert login(s, Scram()) == "OK"


def run(*command, **kw):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, **kw)
    return done.returncode == 0, done.stdout + done.stderr


def pump(one, other):
    with contextlib.suppress(OSError):
        while octets := one.recv(4096):
            other.sendall(octets)
    for s in (one, other):
        with contextlib.suppress(OSError):
            s.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def said_ehlo(port):
    """The port of a door to that one where EHLO has been said: gsasl begins with STARTTLS."""
    with socket.create_server(("127.0.0.1", 0)) as door, socket.create_connection(("127.0.0.1", port)) as server:
        def let_in():
            client, _ = door.accept()
            with client:
                greeting = server.recv(4096)
                server.sendall(b"EHLO door.test\r\n")
                reply = b""
                while b"\n250 " not in b"\n" + reply or not reply.endswith(b"\n"):
                    reply += server.recv(4096)
                client.sendall(greeting)
                back = threading.Thread(target=pump, args=(server, client))
                back.start()
                pump(client, server)
                back.join()
        thread = threading.Thread(target=let_in)
        thread.start()
        yield door.getsockname()[1]
        thread.join()


def gsasl_at(port, protocol, mechanism, password):
    """-PLUS or not is its user's to say: who could bind and does not is refused (RFC 5802 6)."""
    return run("timeout", "20", "gsasl", f"--{protocol}", f"--connect=127.0.0.1:{port}", "--starttls", "--x509-ca-file=",
               "--hostname=mail.home.test", f"--mechanism={mechanism}", f"--authentication-id={ALICE}", "--authorization-id=",
               f"--password={password}", "--verbose", *([] if mechanism.endswith("PLUS") else ["--no-cb"]))


def gsasl(server, protocol, mechanism, password):
    with contextlib.nullcontext(server.imap) if protocol == "imap" else said_ehlo(server.submission) as port:
        return gsasl_at(port, protocol, mechanism, password)


@pytest.mark.parametrize("protocol", ["smtp", "imap"])
@pytest.mark.parametrize("mechanism", OFFERED)
def test_gsasl(server, protocol, mechanism):
    """GNU SASL over GnuTLS: what it binds to is tls-exporter (RFC 9266)."""
    ok, said = gsasl(server, protocol, mechanism, PASSWORD)
    assert ok and "Client authentication finished (server trusted)" in said, said
    ok, said = gsasl(server, protocol, mechanism, "guess")
    assert not ok and "server trusted" not in said, said


def relay(one, other):
    """Two TLS sockets of one thread, until either is closed."""
    sides = {one: other, other: one}
    for side in sides:
        side.setblocking(False)
    with contextlib.suppress(OSError, EOFError):
        while True:
            select.select(list(sides), [], [], 30)
            for side, peer in sides.items():
                with contextlib.suppress(ssl.SSLWantReadError):
                    while octets := side.recv(16384):
                        peer.sendall(octets)
                    raise EOFError


@contextlib.contextmanager
def between(server):
    """The port of somebody who has our key, and passes on what both sides say under TLS."""
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(server.directory / "tls/cert.pem", server.directory / "tls/key.pem")
    with socket.create_server(("127.0.0.1", 0)) as door, socket.create_connection(("127.0.0.1", server.imaps)) as clear, \
            tls_context().wrap_socket(clear) as far:
        def pass_on():
            client, _ = door.accept()
            client.sendall(far.recv(4096).replace(b"SASL-IR", b"SASL-IR STARTTLS"))
            line = b""
            while not line.endswith(b"\n"):
                line += client.recv(1)
            client.sendall(b". OK go ahead\r\n")
            with ours.wrap_socket(client, server_side=True) as near:
                relay(near, far)
        thread = threading.Thread(target=pass_on)
        thread.start()
        yield door.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("mechanism, gets_in", [("PLAIN", True), ("SCRAM-SHA-256", True), ("SCRAM-SHA-256-PLUS", False)])
def test_who_stands_between(server, mechanism, gets_in):
    """RFC 5802 6, RFC 9266: what -PLUS is for. The same password by the same client, through somebody who reads along."""
    with between(server) as port:
        ok, said = gsasl_at(port, "imap", mechanism, PASSWORD)
    assert ok == gets_in and ("server trusted" in said) == gets_in, said
    if not gets_in:
        assert 'reason="the channel binding differs"' in server.log_text()


@pytest.mark.parametrize("password, event", [(PASSWORD, "auth_succeeded"), ("guess", "auth_failed")])
def test_the_log_names_commands_that_bring_a_password(server, password, event):
    """RFC 9051 6.2.3, RFC 1939 7: LOGIN and USER are no SASL mechanisms, and stand in the log beside them."""
    for client, name in ((imaplib.IMAP4_SSL("127.0.0.1", server.imaps, ssl_context=tls_context()), "LOGIN"),
                         (poplib.POP3_SSL("127.0.0.1", server.pop3s, context=tls_context()), "USER")):
        line = re.compile(rf" {event} client=127\.0\.0\.1 account={ALICE} mechanism={name}\b")
        before = len(line.findall(server.log_text()))
        with contextlib.suppress(imaplib.IMAP4.error, poplib.error_proto):
            if name == "LOGIN":
                client.login(ALICE, password)
            else:
                client.user(ALICE)
                client.pass_(password)
        until(lambda: len(line.findall(server.log_text())) == before + 1, what="a line of the log")
        (client.shutdown if name == "LOGIN" else client.close)()


@pytest.mark.parametrize("mechanism", ["*", "SCRAM-SHA-256"])
def test_mbsync(server, tmp_path, mechanism):
    """Cyrus SASL: it takes the best that is offered, and computes 65,536 iterations at most."""
    config, before = tmp_path / "mbsyncrc", server.log_text().count("mechanism=SCRAM-SHA-256\n")
    config.write_text(f"IMAPStore far\nHost 127.0.0.1\nPort {server.imaps}\nUser {ALICE}\nPass \"{PASSWORD}\"\nSSLType IMAPS\n"
                      f"CertificateFile {server.directory}/tls/cert.pem\nAuthMechs {mechanism}\n\n"
                      f"MaildirStore near\nPath {tmp_path}/\nInbox {tmp_path}/INBOX\n\nChannel all\nFar :far:\nNear :near:\nPatterns *\n")
    ok, said = run("timeout", "30", "mbsync", "-c", str(config), "--list", "all")
    assert ok and "INBOX" in said, said
    assert server.log_text().count("mechanism=SCRAM-SHA-256\n") == before + 1


@pytest.mark.parametrize("password", [PASSWORD, "guess"])
def test_mpop(server, tmp_path, password):
    """GNU SASL over POP3 (RFC 5034)."""
    config = tmp_path / "mpoprc"
    config.write_text(f"account default\nhost 127.0.0.1\nport {server.pop3s}\ntls on\ntls_starttls off\ntls_certcheck off\n"
                      f"auth scram-sha-256\nuser {ALICE}\npassword {password}\ndelivery mbox {tmp_path}/mbox\nuidls_file {tmp_path}/uidls\n")
    config.chmod(0o600)
    ok, said = run("timeout", "30", "mpop", "-C", str(config), "--auth-only")
    assert ok == (password == PASSWORD) and ("authentication failed" in said) != ok, said
