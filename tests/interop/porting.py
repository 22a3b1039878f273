"""What is asked of a library: a porter in clients/ that does three things with what a plan (JSON) says.

    push     appends to Other, with flags and dates, those letters whose Message-ID is not there yet
    change   in INBOX gives some letters other flags, moves some to Filed, deletes some
    dump     writes what is in each mailbox into a file: a line of JSON with box, flags, date, size; then the octets

So its view of the server, the server's as imaplib sees it, and the model can be compared.
"""
import json

import ends
from harness import ALICE, PASSWORD


def plan(server, relay, letters, folder):
    """Writes the letters to be pushed, and the plan; (the plan's file, what is pushed)."""
    fresh = ends.letters_of(len(letters), "new", ends.FOR_ALL)
    push = []
    for source in fresh:
        file = folder / f"{source.name}.eml"
        file.write_bytes(source.octets)
        push.append({"name": source.name, "file": str(file), "flags": source.flags, "date": source.date})
    file = folder / "plan.json"
    file.write_text(json.dumps({
        "port": relay.port, "user": ALICE, "password": PASSWORD, "certificate": str(server.directory / "tls/cert.pem"),
        "boxes": ends.BOXES, "dump": str(folder / "dump"), "push": push, "flags": ["\\Seen", "\\Flagged"],
        "move": [s.name for s in letters[:20]], "flag": [s.name for s in letters[20:30]],
        "delete": [s.name for s in letters[30:40]]}))
    return file, fresh


def of_dump(file):
    end = {box: {} for box in ends.BOXES}
    with open(file, "rb") as dump:
        while line := dump.readline():
            head = json.loads(line)
            ends.put(end[head["box"]], dump.read(head["size"]), head["flags"], head["date"])
    return end


def port(server, relay, letters, folder, command, **kw):
    """Everything, each part that takes long killed in its middle and then done again."""
    file, fresh = plan(server, relay, letters, folder)

    def verb(name):
        return [*command, name, str(file)]
    ends.run_and_kill(verb("dump"), relay, "server", ends.third(letters), **kw)
    ends.run(verb("dump"), **kw)
    ends.same(ends.model(INBOX=letters), of_dump(folder / "dump"))
    ends.run_and_kill(verb("push"), relay, "client", ends.third(fresh), **kw)
    ends.run(verb("push"), **kw)
    ends.run(verb("change"), **kw)
    flagged = [ends.Source(s.name, s.octets, ("\\Flagged", "\\Seen"), s.date) for s in letters[20:30]]
    expected = ends.model(INBOX=letters[40:] + flagged, Filed=letters[:20], Other=fresh)
    ends.same(expected, ends.of_server(server))
    ends.run(verb("dump"), **kw)
    ends.same(expected, of_dump(folder / "dump"))
