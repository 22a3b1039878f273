"""What passwords leave in memory: nothing, in the roles that they pass through (threats 3.56)."""
import base64
import imaplib
import poplib
import re
import uuid

import pytest

from harness import Postrider, b64, tls_context

ROLES = ("edge", "auth")


def memory(pid):
    """Each piece of a process' own memory."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for line in maps:
            begin, end, may = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
            if not may.startswith("rw") or "[v" in line:
                continue
            if int(end, 16) - int(begin, 16) > 1 << 34:
                raise MemoryError(line)
            mem.seek(int(begin, 16))
            try:
                yield line.split()[-1], mem.read(int(end, 16) - int(begin, 16))
            except OSError:
                pass


def found(server, *words):
    """Where any of the words stands: {role: [(mapping, octets around)]}."""
    roles = server.roles()
    assert set(ROLES) <= set(roles)
    hits = {}
    for role in ROLES:
        for name, octets in memory(roles[role]):
            for word in words:
                hits.setdefault(role, []).extend((name, octets[m.start() - 40:m.end() + 20]) for m in re.finditer(re.escape(word), octets))
    return {role: at for role, at in hits.items() if at}


@pytest.fixture(scope="module")
def own(directory):
    # The watchdog's signal puts registers on its stack: here as often as can be.
    own = Postrider(directory / "secrets", settings="log { blocked_loop = 1ms }").start()
    try:
        for _ in memory(own.roles()["edge"]):
            pass
        why = None
    except PermissionError:
        why = "needs to read the memory of other processes"
    except MemoryError:
        why = "a sanitizer maps more than can be read"
    if why:
        own.stop()
        pytest.skip(why)
    yield own
    assert own.stop() == 0


def account(own):
    """A new one: its address, and a password that nothing else has."""
    address, password = f"u{uuid.uuid4().hex[:8]}@home.test", uuid.uuid4().hex
    file = own.directory / f"{address}.password"
    file.write_text(password + "\n")
    own.run("account", "add", "--password-file", str(file), address, check=True)
    return address, password



def by_smtp_plain(own, address, password):
    with own.session(own.submissions) as s:
        s.start_tls()
        s.hello()
        s.ask("AUTH PLAIN " + b64(f"\0{address}\0{password}"), 235)
        yield


def by_smtp_login(own, address, password):
    with own.session(own.submissions) as s:
        s.start_tls()
        s.hello()
        s.ask("AUTH LOGIN", 334)
        s.ask(b64(address), 334)
        s.ask(b64(password), 235)
        yield


def by_smtp_wrong(own, address, password):
    with own.session(own.submissions) as s:
        s.start_tls()
        s.hello()
        s.ask("AUTH PLAIN " + b64(f"\0{address}\0{password}x"), 535)
        yield


def imap(own):
    return imaplib.IMAP4_SSL("127.0.0.1", own.imaps, ssl_context=tls_context())


def by_imap_login(own, address, password):
    client = imap(own)
    client.login(address, password)
    yield
    client.logout()


def by_imap_literal(own, address, password):
    client = imap(own)
    client.send(f"a1 LOGIN {address} {{{len(password)}}}\r\n".encode())
    assert client.readline().startswith(b"+")
    client.send(f"{password}\r\n".encode())
    assert client.readline().startswith(b"a1 OK")
    yield
    client.shutdown()


def by_imap_pieces(own, address, password):
    """As typed: the line comes in two parts, between which the session rests."""
    client = imap(own)
    client.send(f"a1 LOGIN {address} {password[:24]}".encode())
    imap(own).shutdown()  # the server has gone round meanwhile
    client.send(f"{password[24:]}\r\n".encode())
    assert client.readline().startswith(b"a1 OK")
    yield
    client.shutdown()


def by_imap_plain(own, address, password):
    client = imap(own)
    client.authenticate("PLAIN", lambda _: f"\0{address}\0{password}".encode())
    yield
    client.logout()


def by_pop3(own, address, password):
    client = poplib.POP3_SSL("127.0.0.1", own.pop3s, context=tls_context())
    client.user(address)
    client.pass_(password)
    yield
    client.quit()


def by_pop3_plain(own, address, password):
    client = poplib.POP3_SSL("127.0.0.1", own.pop3s, context=tls_context())
    assert client._shortcmd("AUTH PLAIN " + b64(f"\0{address}\0{password}")).startswith(b"+OK")
    yield
    client.quit()


@pytest.mark.parametrize("way", [by_smtp_plain, by_smtp_login, by_smtp_wrong, by_imap_login, by_imap_literal, by_imap_pieces, by_imap_plain,
                                 by_pop3, by_pop3_plain])
def test_a_password_does_not_stay_in_memory(own, way):
    """While the session goes on: not in what was read, nor in the call that asks whether it is right, plain or in base64."""
    address, password = account(own)
    # What base64 has of the password, by where it begins: whole groups of it alone.
    words = [password[:24].encode()] + [base64.b64encode(b"\0" * k + password.encode())[4:32] for k in range(3)]
    for _ in way(own, address, password):
        assert found(own, *words) == {}
