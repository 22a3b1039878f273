"""Mail programs as recipients use them: imaplib, poplib and curl, over TLS from the start."""
import imaplib
import poplib
import subprocess

from harness import PASSWORD, tls_context

ERRORS = (imaplib.IMAP4.error, poplib.error_proto)


def ok(answer):
    status, data = answer
    assert status == "OK", answer
    return data


def imap(server, account, password=PASSWORD):
    """A session, logged in.  AUTHENTICATE, because LOGIN of imaplib is ASCII."""
    client = imaplib.IMAP4_SSL(server.address, server.imaps, ssl_context=tls_context(), timeout=120)
    ok(client.authenticate("PLAIN", lambda _: f"\0{account}\0{password}".encode()))
    return client


def by_imap(server, account, message_id):
    """What is in the account's INBOX with this Message-ID."""
    client = imap(server, account)
    try:
        ok(client.select("INBOX", readonly=True))
        [uids] = ok(client.uid("SEARCH", "HEADER", "Message-ID", f'"{message_id}"'))
        return [ok(client.uid("FETCH", uid.decode(), "(BODY.PEEK[])"))[0][1] for uid in uids.split()]
    finally:
        client.logout()


def pop3(server, account, password=PASSWORD):
    client = poplib.POP3_SSL(server.address, server.pop3s, context=tls_context(), timeout=120)
    client.utf8()  # RFC 6856
    client.user(account)
    client.pass_(password)
    return client


def by_pop3(server, account, message_id):
    """The account's messages with this Message-ID, newest first."""
    client = pop3(server, account)
    try:
        wanted = b"Message-ID: " + message_id.encode()
        numbers = [n for n in range(client.stat()[0], 0, -1) if wanted in client.top(n, 0)[1]]
        return [b"".join(line + b"\r\n" for line in client.retr(n)[1]) for n in numbers]
    finally:
        client.quit()


def by_curl(server, account, uid):
    done = subprocess.run(["curl", "-sS", "--insecure", "--max-time", "120", "--user", f"{account}:{PASSWORD}",
                           f"imaps://{server.address}:{server.imaps}/INBOX;UID={uid}"], stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
