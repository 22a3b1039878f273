"""Python's imaplib as a porter: see ../porting.py for what it is asked."""
import imaplib
import json
import pathlib
import re
import ssl
import sys
import time

NAME = re.compile(rb"^Message-ID: <([^@]+)@", re.M | re.I)


def ok(answer):
    assert answer[0] == "OK", answer
    return answer[1]


def name_of(octets):
    return NAME.search(octets)[1].decode()


def uids(client, box):
    """{name: UID} of what is in a mailbox, which is then open."""
    ok(client.select(box))
    answer = ok(client.uid("FETCH", "1:*", "(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"))
    return {name_of(part[1]): re.search(rb"UID (\d+)", part[0])[1].decode() for part in answer if isinstance(part, tuple)}


def push(client, plan):
    there = uids(client, "Other")
    for letter in plan["push"]:
        if letter["name"] not in there:
            ok(client.append("Other", "(" + " ".join(letter["flags"]) + ")", imaplib.Time2Internaldate(letter["date"]),
                             pathlib.Path(letter["file"]).read_bytes()))


def change(client, plan):
    there = uids(client, "INBOX")

    def those(what):
        return ",".join(there[name] for name in plan[what])
    ok(client.uid("STORE", those("flag"), "FLAGS.SILENT", "(" + " ".join(plan["flags"]) + ")"))
    ok(client.uid("MOVE", those("move"), "Filed"))
    ok(client.uid("STORE", those("delete"), "+FLAGS.SILENT", "(\\Deleted)"))
    ok(client.uid("EXPUNGE", those("delete")))


def dump(client, plan):
    with open(plan["dump"], "wb") as out:
        for box in plan["boxes"]:
            for uid in uids(client, box).values():
                [(head, octets), *_] = ok(client.uid("FETCH", uid, "(FLAGS INTERNALDATE BODY.PEEK[])"))
                head = {"box": box, "flags": [f.decode() for f in imaplib.ParseFlags(head)],
                        "date": int(time.mktime(imaplib.Internaldate2tuple(head))), "size": len(octets)}
                out.write(json.dumps(head).encode() + b"\n" + octets)


def main():
    verb, plan = sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text())
    context = ssl.create_default_context(cafile=plan["certificate"])
    context.check_hostname = False
    client = imaplib.IMAP4_SSL("127.0.0.1", plan["port"], ssl_context=context)
    client.login(plan["user"], plan["password"])
    {"push": push, "change": change, "dump": dump}[verb](client, plan)
    client.logout()


main()
