"""What is asked of a program that keeps a Maildir and a server alike.  A program is an object with

    root        its Maildir: a folder a mailbox
    relay       by which it reaches the server
    command     what starts one synchronisation
    dates       whether it keeps the dates of arrival in its files
"""
import ends
from harness import ALICE
import fetch


def equal(server, program, expected):
    """Server, files and model say the same."""
    there = ends.of_server(server)
    ends.same(expected, there)
    here = ends.of_maildir(program.root, dates=program.dates)
    ends.same(expected if program.dates else ends.without_dates(expected), here)


def pull(server, letters, program):
    """Killed in the middle of the first synchronisation, then finished."""
    ends.run_and_kill(program.command, program.relay, "server", ends.third(letters))
    ends.run(program.command)
    equal(server, program, ends.model(INBOX=letters))


def push(server, letters, program):
    """What was made in the files goes to the server: new ones, flags, moves, deletions; killed in the middle, then finished."""
    ends.run(program.command)
    fresh = ends.letters_of(len(letters), "new", ends.FOR_ALL)
    for source in fresh:
        ends.write(program.root, "Other", source)
    flagged, gone = letters[20:30], letters[30:40]
    moved = [source for source in letters[:20] if source.is_for_all]  # a deletion and a new message
    kept = letters[40:] + [source for source in letters[:20] if not source.is_for_all]
    for source in moved:
        ends.find(program.root, "INBOX", source.name).unlink()
        ends.write(program.root, "Filed", source)
    for source in flagged:
        path = ends.find(program.root, "INBOX", source.name)
        path.rename(path.with_name(path.name.partition(":2,")[0] + ":2,FRS"))
    for source in gone:
        ends.find(program.root, "INBOX", source.name).unlink()
    ends.run_and_kill(program.command, program.relay, "client", ends.third(fresh))
    ends.run(program.command)
    ends.run(program.command)  # what a killed run left half done is found by the next, and settled
    marked = [ends.Source(s.name, s.octets, ("\\Answered", "\\Flagged", "\\Seen"), s.date) for s in flagged]
    equal(server, program, ends.model(INBOX=kept + marked, Filed=moved, Other=fresh))


def follow(server, letters, program):
    """What another client did on the server is done in the files: new ones, flags, moves, deletions."""
    ends.run(program.command)
    client = fetch.imap(server, ALICE)
    fetch.ok(client.select("INBOX"))
    fetch.ok(client.uid("MOVE", "1:20", "Filed"))
    fetch.ok(client.uid("STORE", "21:30", "FLAGS.SILENT", "(\\Answered \\Flagged \\Seen)"))
    fetch.ok(client.uid("STORE", "31:40", "+FLAGS.SILENT", "(\\Deleted)"))
    fetch.ok(client.expunge())
    fresh = ends.letters_of(30, "new", ends.FOR_ALL)
    ends.append(client, "Other", fresh)
    client.logout()
    ends.run(program.command)
    marked = [ends.Source(s.name, s.octets, ("\\Answered", "\\Flagged", "\\Seen"), s.date) for s in letters[20:30]]
    equal(server, program, ends.model(INBOX=letters[40:] + marked, Filed=letters[:20], Other=fresh))
