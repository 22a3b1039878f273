"""Mail programs' libraries as recipients use them: imaplib, and curl.  Each finds a message by its Message-ID."""
import imaplib
import subprocess

from harness import PASSWORD, tls_context


def ok(answer):
    status, data = answer
    assert status == "OK", answer
    return data


def imap(server, account, password=PASSWORD):
    """A session, logged in, over TLS from the start.  AUTHENTICATE, because LOGIN of imaplib is ASCII."""
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


def by_curl(server, account, uid):
    done = subprocess.run(["curl", "-sS", "--insecure", "--max-time", "120", "--user", f"{account}:{PASSWORD}",
                           f"imaps://{server.address}:{server.imaps}/INBOX;UID={uid}"], stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
