"""mutt and neomutt, by their keys at a terminal: they fetch, append, flag, move and delete."""
import mailbox
import os
import sys
import time

import pytest

import ends
from harness import ALICE, PASSWORD

CONFIG = """
set folder = "imaps://127.0.0.1:{port}/"
set imap_user = "{user}"
set imap_pass = "{password}"
set certificate_file = "{certificate}"
set ssl_verify_host = no
set ssl_verify_dates = no
set header_cache = "{folder}/cache"
set message_cachedir = "{folder}/cache"
set mbox_type = mbox
set delete = yes
set quit = yes
set move = no
set confirmappend = no
set confirmcreate = no
set mark_old = no
set beep = no
set wait_key = no
set imap_check_subscribed = no
unset trash
"""
TERMINAL = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"  # a terminal for who has none
EVERYTHING = "<tag-pattern>~A<enter>"


class Mutt:
    def __init__(self, program, server, relay, folder):
        ends.need(program)
        self.program, self.relay, self.folder = program, relay, folder
        (folder / "cache").mkdir()
        self.config = folder / "muttrc"
        self.config.write_text(CONFIG.format(port=relay.port, user=ALICE, password=PASSWORD, folder=folder,
                                             certificate=server.directory / "tls/cert.pem"))
        self.kw = {"env": {**os.environ, "TERM": "xterm", "HOME": str(folder)}}

    def command(self, box, *keys):
        """Opens a mailbox, presses these keys, and ends."""
        push = "push '" + "".join(keys) + "<sync-mailbox><exit>'"
        return [sys.executable, "-c", TERMINAL, self.program, "-n", "-F", str(self.config), "-f", box, "-e", push]

    def run(self, box, *keys):
        ends.run(self.command(box, *keys), **self.kw)


def without_own(octets):
    """mutt adds fields for its own use."""
    head, _, body = octets.replace(b"\r\n", b"\n").partition(b"\n\n")
    lines = [line for line in head.split(b"\n") if line.split(b":")[0].lower() not in (b"status", b"x-status", b"content-length", b"lines")]
    return b"\n".join(lines) + b"\n\n" + body


def of_mbox(file):
    """{name: hash}"""
    box, found = mailbox.mbox(file), {}
    for key in box.keys():
        octets = without_own(box.get_bytes(key))
        name = ends.name_of(octets)
        assert name not in found, f"{name} is there twice"
        found[name] = ends.hash_of(octets)
    return found


@pytest.fixture(params=["mutt", "neomutt"])
def mutt(request, server, imaps, tmp_path):
    return Mutt(request.param, server, imaps, tmp_path)


def hashes(sources):
    return {s.name: s.letter.hash for s in sources}


def test_copies_come_down(mutt, letters, tmp_path):
    """Everything is copied into a file; killed in the middle, then done again with what the cache holds."""
    file = tmp_path / "copy"

    def copy():
        file.unlink(missing_ok=True)
        return mutt.command("=INBOX", EVERYTHING, f"<tag-prefix><copy-message>{file}<enter>")
    ends.run_and_kill(copy(), mutt.relay, "server", ends.third(letters), **mutt.kw)
    ends.run(copy(), **mutt.kw)
    assert of_mbox(file) == hashes(letters)


STATUS = {"\\Seen": ("Status", "RO"), "\\Answered": ("X-Status", "A"), "\\Flagged": ("X-Status", "F")}


def to_mbox(file, sources):
    """With flags and dates where mutt looks for them."""
    with open(file, "wb") as f:
        for s in sources:
            own = {}
            for flag in s.flags:
                field, letters = STATUS[flag]
                own[field] = own.get(field, "") + letters
            head = "".join(f"{field}: {letters}\n" for field, letters in own.items()).encode()
            body = s.octets.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ")
            f.write(time.strftime("From x@y.test %a %b %e %H:%M:%S %Y\n", time.localtime(s.date)).encode() + head + body + b"\n")


def test_a_file_goes_up(mutt, server, tmp_path):
    """APPEND: octets, flags and dates of what stands in a file."""
    sources = [s for s in ends.letters_of(60, "new", ends.FOR_ALL) if "\\Draft" not in s.flags]
    to_mbox(tmp_path / "up", sources)
    mutt.run(str(tmp_path / "up"), EVERYTHING, "<tag-prefix><copy-message>=Filed<enter>")
    assert ends.of_server(server, ["Filed"], without_own)["Filed"] == {s.name: s.letter for s in sources}


def test_flags_moves_and_deletions(mutt, server, letters):
    mutt.run("=INBOX", "<tag-pattern>~m 1-20<enter><tag-prefix><save-message>=Filed<enter>",
             "<untag-pattern>~A<enter><tag-pattern>~m 21-30<enter><tag-prefix><set-flag>!", "<untag-pattern>~A<enter>",
             "<delete-pattern>~m 31-40<enter>")
    flagged = [ends.Source(s.name, s.octets, {*s.flags, "\\Flagged"}, s.date) for s in letters[20:30]]
    ends.same(ends.model(INBOX=letters[40:] + flagged, Filed=letters[:20]), ends.of_server(server))
