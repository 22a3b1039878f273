"""curl: by IMAP it fetches, appends, flags, moves and deletes; by POP3 it fetches and deletes."""
import shlex

import pytest

import ends
import popping
from harness import ALICE, PASSWORD
from letters import large


def curl(*arguments):
    return ["curl", "-sS", "--insecure", "--user", f"{ALICE}:{PASSWORD}", *arguments]


def ask(url, order):
    ends.run(curl(url, "--request", order))


def test_fetch(server, imaps, letters, tmp_path):
    """Killed in the middle, then finished: one session, many URLs."""
    ends.need("curl")
    fetch = curl(f"imaps://127.0.0.1:{imaps.port}/INBOX;MAILINDEX=[1-{len(letters)}]", "--output", str(tmp_path / "#1.eml"))
    ends.run_and_kill(fetch, imaps, "server", ends.third(letters))
    ends.run(fetch)
    for i, source in enumerate(letters, 1):
        assert (tmp_path / f"{i}.eml").read_bytes() == source.octets, source.name


def test_a_large_message_goes_up_whole_or_not_at_all(server, imaps, tmp_path):
    ends.need("curl")
    source = ends.Source("large", large("ann@x.test", "bea@x.test", "large", 20_000_000), ("\\Seen",))
    file = tmp_path / "large.eml"
    file.write_bytes(source.octets)
    append = curl(f"imaps://127.0.0.1:{imaps.port}/Other", "--upload-file", str(file))
    ends.run_and_kill(append, imaps, "client", 8_000_000)
    assert ends.of_server(server)["Other"] == {}
    ends.run(append)
    [(name, letter)] = ends.of_server(server)["Other"].items()
    assert name == "large" and letter.hash == source.letter.hash and letter.flags == ("\\Seen",)


def test_flags_moves_and_deletions(server, imaps, letters):
    ends.need("curl")
    url = f"imaps://127.0.0.1:{imaps.port}/INBOX"
    ask(url, "UID MOVE 1:20 Filed")
    ask(url, "UID STORE 21:30 FLAGS.SILENT (\\Answered \\Flagged \\Seen)")
    ask(url, "UID STORE 31:40 +FLAGS.SILENT (\\Deleted)")
    ask(url, "UID EXPUNGE 31:40")
    marked = [ends.Source(s.name, s.octets, ("\\Answered", "\\Flagged", "\\Seen"), s.date) for s in letters[20:30]]
    ends.same(ends.model(INBOX=letters[40:] + marked, Filed=letters[:20]), ends.of_server(server))


class Curl:
    """As a program that fetches by POP3: each message into a file of its number, then each is deleted."""
    trips = None
    kw = {}

    def __init__(self, relay, folder, n):
        ends.need("curl")
        self.relay, self.root, self.n = relay, popping.maildir(folder / "mail"), n

    def command(self, keep):
        url = f"pop3s://127.0.0.1:{self.relay.port}/[1-{self.n}]"
        whole = ["find", f"{self.root}/tmp", "-type", "f", "-exec", "mv", "-t", f"{self.root}/new", "{}", "+"]
        orders = [curl(url, "--output", f"{self.root}/tmp/#1"), whole]
        if not keep:
            orders.append(curl(url, "--list-only", "--request", "DELE"))
        return ["/bin/sh", "-c", " && ".join(map(shlex.join, orders))]


def test_pop3(server, pop3s, letters, tmp_path):
    popping.take(server, letters, Curl(pop3s, tmp_path, len(letters)))


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_starttls(server, letters, tmp_path, protocol):
    """RFC 2595: TLS on the port that begins in clear text; without it there is no login."""
    ends.need("curl")
    path = "INBOX;MAILINDEX=1" if protocol == "imap" else "1"
    url = f"{protocol}://127.0.0.1:{getattr(server, protocol)}/{path}"
    file = tmp_path / "first.eml"
    ends.run(curl(url, "--ssl-reqd", "--output", str(file)))
    assert file.read_bytes() == letters[0].octets
    ends.run(curl(url), codes=(67,))  # "login denied"
