"""What is asked of a program that fetches by POP3.  A program is an object with

    relay       by which it reaches the server
    root        the Maildir into which it delivers
    command     what starts it: command(keep) fetches what it has not fetched yet, and deletes it unless it shall keep it
    kw          for subprocess
    trips       what it says when it fell over its own feet: then it is started again, and may fetch a message again; or None

Trace fields that it puts in front do not count.  POP3 knows neither flags nor dates.
"""
import collections

import ends
import fetch
import letters as text
from harness import ALICE

DONE = (0, 1)  # fetchmail ends with 1 where there is no mail


def maildir(root):
    for part in ("cur", "new", "tmp"):
        (root / part).mkdir(parents=True, exist_ok=True)
    return root


def deliver(root):
    """The path of a shell script that puts its input into a Maildir, for programs that hand each message to one."""
    script = root / "deliver"
    script.write_text(f'set -eu\nfile=$(mktemp {root}/tmp/XXXXXXXX)\ncat > "$file"\nmv "$file" {root}/new/\n')
    return script


def fetched(program):
    """{(name, hash): how often}."""
    found = collections.Counter()
    for path in ends.files(program.root):
        octets = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        found[ends.name_of(octets), ends.hash_of(text.without_trace(octets))] += 1
    return found


def named(sources):
    return {(s.name, s.letter.hash) for s in sources}


def there(server):
    return {(name, letter.hash) for name, letter in ends.of_server(server)["INBOX"].items()}


def once(program, sources):
    got = fetched(program)
    return set(got) == named(sources) and (program.trips or max(got.values()) == 1)


def finish(program, keep):
    said = ends.run(program.command(keep), codes=(*DONE, 127) if program.trips else DONE, **program.kw)
    while program.trips and program.trips in said:
        said = ends.run(program.command(keep), codes=(*DONE, 127), **program.kw)


def take(server, letters, program):
    """Killed in the middle: nothing is lost, for nothing is deleted before QUIT (RFC 1939 6).  Then all is fetched, and deleted."""
    ends.run_and_kill(program.command(keep=False), program.relay, "server", ends.third(letters),
                      may_end=(127,) if program.trips else (), **program.kw)
    assert there(server) | set(fetched(program)) == named(letters)
    finish(program, keep=False)
    got = fetched(program)
    assert set(got) == named(letters) and (program.trips or max(got.values()) <= 2)  # what it had before it was killed may come again
    assert there(server) == set()


def keep(server, letters, program):
    """Names by UIDL hold: over a restart of the server only what is new comes."""
    finish(program, keep=True)
    assert once(program, letters)
    assert server.stop() == 0
    server.start()
    fresh = ends.letters_of(10, "new", ends.FOR_ALL)
    client = fetch.imap(server, ALICE)
    ends.append(client, "INBOX", fresh)
    client.logout()
    finish(program, keep=True)
    assert once(program, letters + fresh)
    assert there(server) == named(letters + fresh)
