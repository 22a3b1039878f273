#!/usr/bin/python3
"""A second opinion on wire/message: Python's email package.  `differential.py PEER [SEED]`

What we compose, it must read; what it composes, we must read; addresses and dates must mean the
same to both.  Each difference that is meant to be is listed with its reason; one that a newer
Python does not have any more is told, and no failure.
"""

import base64
import datetime
import email
import email.headerregistry
import email.message
import email.policy
import email.utils
import json
import random
import subprocess
import sys

PEER = sys.argv[1]
RANDOM = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 5322)
failures = []


def check(ok, what):
    if not ok:
        failures.append(what)
        print("not so:", what, file=sys.stderr)


def peer(mode, data):
    """Returns the answer, or None when it was refused."""
    done = subprocess.run([PEER, mode], input=data, capture_output=True, check=False)
    if done.returncode == 1:
        return None
    if done.returncode:
        sys.exit(f"peer {mode} ended with {done.returncode}: {done.stderr.decode()}")
    return done.stdout


# --- what we compose, Python reads ---

LETTERS = "abc xyz,.;:<>@()[]\"\\'=?_%*+-/&$!~`^{|}#ABC019"
FOREIGN = "äöüßéèñçøåžłÀ€“”–…→пРиветмир日本語テスト한국어עבריתعربي📮👩‍👩‍👧"


def words(most, alphabet):
    text = "".join(RANDOM.choice(alphabet) for _ in range(RANDOM.randrange(most + 1)))
    return text


def any_text(most):
    kind = RANDOM.randrange(4)
    return words(most, [LETTERS, LETTERS + FOREIGN, FOREIGN + " ", "a "][kind])


def any_lines():
    lines = [any_text(RANDOM.choice([5, 70, 300, 1500])) for _ in range(RANDOM.randrange(6))]
    return RANDOM.choice(["\n", "\r\n"]).join(lines)


def any_person():
    local = RANDOM.choice(["a", "a.b", "x+y", "o'neil", '"a b"', '"a@b"', '"a\\"b"', "a!b%c"])
    return any_text(RANDOM.choice([0, 10, 40, 90])), local + "@example.com"


def any_attachment():
    octets = RANDOM.choice(
        [
            RANDOM.randbytes(RANDOM.randrange(300)),
            any_lines().encode(),
            b"plain\r\nlines\r\n",
            b"",
            b"\r\n--=_m0000000000000\r\n--=_a0000000000000--\r\n",
        ]
    )
    kind = RANDOM.choice(["", "image/png", "text/plain", "application/x-y", "text/csv"])
    # Python takes <> and quotes off a file name.
    return any_text(RANDOM.choice([5, 20, 100])).strip('<>"'), kind, octets


def frame(name, *values):
    values = [v if isinstance(v, bytes) else v.encode() for v in values]
    return (name + "".join(" " + v.hex() for v in values) + "\n").encode()


def draft_of(fields):
    data = b"".join(frame(name, fields[name]) for name in ("subject", "id", "text", "html"))
    data += frame("from", *fields["from"])
    for name in ("to", "cc", "attachment"):
        data += b"".join(frame(name, *row) for row in fields[name])
    return data


def expected_names(fields):
    names = ["Date", "From"]
    names += ["To"] * bool(fields["to"]) + ["Cc"] * bool(fields["cc"])
    names += ["Subject", "Message-ID", "MIME-Version", "Content-Type"]
    single = not fields["html"] and not fields["attachment"]
    return names + ["Content-Transfer-Encoding"] * single


def lines_of(text):
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text + "\n" if text and not text.endswith("\n") else text


def decoded(value):
    """Header text by RFC 2047.  Not by the modern policy, which reads words that adjoin a fold
    or hold a quote in ways of its own."""
    value = str(value).replace("\r\n", "").strip(" ")
    return str(email.header.make_header(email.header.decode_header(value)))


def people_of(message, name):
    """The legacy parser, then RFC 2047: the order in which RFC 2047 5 (3) asks for it."""
    values = [str(v).replace("\r\n", "") for v in message.get_all(name, [])]
    return [(decoded(n), a) for n, a in email.utils.getaddresses(values)]


def text_of(part):
    return part.get_payload(decode=True).decode("utf-8").replace("\r\n", "\n")


def check_composed(fields, data):
    raw = email.message_from_bytes(data, policy=email.policy.compat32)
    modern = email.message_from_bytes(data, policy=email.policy.default)
    check(raw.keys() == expected_names(fields), f"field names {raw.keys()} of {fields}")
    check(all(len(line) <= 998 for line in data.split(b"\r\n")), f"a long line of {fields}")
    check(data.isascii() and b"\n" not in data.replace(b"\r\n", b""), f"octets of {fields}")
    check(decoded(raw["Subject"]) == fields["subject"], f"subject {raw['Subject']} of {fields}")
    for name in ("From", "To", "Cc"):
        want = [fields["from"]] if name == "From" else fields[name.lower()]
        check(people_of(raw, name) == want, f"{name} {raw[name]} of {want}")
    for part in raw.walk():
        check(not part.defects, f"defects {part.defects} of {fields}")
    check_texts(fields, raw)
    check_attachments(fields, modern)


def check_texts(fields, raw):
    texts = [p for p in raw.walk() if p.get_filename() is None and
             p.get_content_maintype() == "text" and not p.get("Content-Disposition")]
    kinds = [p.get_content_subtype() for p in texts]
    check(kinds == (["plain", "html"] if fields["html"] else ["plain"]), f"texts {kinds}")
    if fields["text"] or not fields["html"]:
        check(text_of(texts[0]) == lines_of(fields["text"]), f"text of {fields}")
    if fields["html"]:
        check(text_of(texts[1]) == lines_of(fields["html"]), f"html of {fields}")
        over = [p for p in raw.walk() if p.get_content_type() == "multipart/alternative"]
        check(len(over) == 1 and over[0].get_payload() == texts, f"alternatives of {fields}")


def check_attachments(fields, modern):
    found = [p for p in modern.walk() if p.get_content_disposition() == "attachment"]
    check(len(found) == len(fields["attachment"]), f"attachments of {fields}")
    for part, (name, kind, octets) in zip(found, fields["attachment"]):
        # Python strips a file name.
        check((part.get_filename() or "") == name.strip(), f"{part.get_filename()!r} of {name!r}")
        check(part.get_payload(decode=True) == octets, f"octets of {name!r}")
        check(not kind or part.get_content_type() == kind, f"type {part.get_content_type()}")


def compose_all():
    for i in range(150):
        fields = {
            "from": any_person(),
            "to": [any_person() for _ in range(RANDOM.randrange(5))],
            "cc": [any_person() for _ in range(RANDOM.randrange(3))],
            "subject": any_text(RANDOM.choice([0, 20, 70, 300, 1200])),
            "id": f"{i}@example.com",
            "text": any_lines(),
            "html": RANDOM.choice(["", "<p>" + any_lines()]),
            "attachment": [any_attachment() for _ in range(RANDOM.randrange(3))],
        }
        data = peer("compose", draft_of(fields))
        check(data is not None, f"refused {fields}")
        if data is not None:
            check_composed(fields, data)


# --- what Python composes, we read ---


def python_message():
    message = email.message.EmailMessage()
    message["Subject"] = "x"
    message.set_content(any_lines().replace("\r", ""))
    if RANDOM.randrange(2):
        message.add_alternative("<p>" + any_lines().replace("\r", ""), subtype="html")
    for _ in range(RANDOM.randrange(4)):
        name, _, octets = any_attachment()
        if RANDOM.randrange(4) == 0:
            message.add_attachment(python_inner())
        else:
            message.add_attachment(octets, maintype="a", subtype="b", filename=name or "x")
    return message


def python_inner():
    inner = email.message.EmailMessage()
    inner["Subject"] = "inner"
    inner.set_content("inner\n")
    return inner


def tree(message, depth=0):
    payload = b""
    if not message.is_multipart():
        payload = message.get_payload(decode=True)
    yield [depth, *message.get_content_type().split("/"), message.get_filename() or "", payload]
    for part in message.get_payload() if message.is_multipart() else []:
        yield from tree(part, depth + 1)


def read_all():
    for _ in range(100):
        data = python_message().as_bytes(policy=email.policy.SMTP)
        ours = json.loads(peer("mime", data))
        theirs = list(tree(email.message_from_bytes(data, policy=email.policy.default)))
        check(len(ours) == len(theirs), f"parts {[p[:4] for p in ours]} for {theirs}")
        for (depth, kind, subtype, name, body), part in zip(ours, theirs):
            # Python strips a file name.
            check([depth, kind, subtype, name.strip()] == part[:4], f"part {name!r} for {part[:4]}")
            holds = kind in ("multipart", "message")
            check(holds or base64.b64decode(body) == part[4], f"body of {part[:4]}")


# --- addresses ---

SAME = [
    "a@b", "<a@b>", "A <a@b>", "A B <a@b>", '"A, B" <a@b>', '"A \\"B\\"" <a@b>', "a@b, c@d",
    "A <a@b>, B <c@d>", "a@b,,c@d", "g: a@b, c@d;", "g:;", "g:;, a@b", '"a b"@c', '"a@b"@c',
    '"victim@x y"@evil', "a@[192.0.2.1]", "A (x) <a@b>", "A\r\n B <a@b>", "John Q. Public <a@b>",
    "=?utf-8?q?J=C3=B6?= <a@b>", "Jö <a@b>", "ö@b", "<@r,@s:a@b>", '"a.b"@c', "a+b@c",
    "a@b (Name)", "a . b@c", "o'neil@c", "a!b%c@d", '"<x@y>" <a@b>',
]
# value, what we say (None: refused), why not as Python
DIFFERENT = [
    ("a", None, "no domain: it names nobody outside this machine"),
    ("a b <c@d> e@f", None, "words behind >: Python takes the first"),
    ("victim@x y <a@b>", None, "two addresses without a comma: Python takes one of them"),
    ("a@b <c@d>", None, "likewise"),
    ("a@b c@d", None, "likewise"),
    ("a@b@c", None, "Python cuts it"),
    ("<a@b", None, "no >: Python adds it"),
    ("a..b@c", None, "an empty atom: RFC 5322 permits it only within quotes"),
    ("=?utf-8?b?SsO2?= =?utf-8?q?rg?= <a@b>", [["Jörg", "a@b"]], "RFC 2047 6.2: no space"),
    ('"a..b"@c', [["", '"a..b"@c']], "without its quotes it would be no address"),
    ("g: a@b", None, "a group that is not closed"),
    ("g: h: a@b;;", None, "a group in a group"),
    ("a@b\r\nBcc: c@d", None, "a line that is no fold"),
    ("<>", None, "no mailbox"),
]


def python_addresses(value):
    header = email.policy.default.header_factory("To", value)
    return [[a.display_name, a.addr_spec] for a in header.addresses]


def addresses_all():
    for value in SAME:
        ours = peer("addresses", value.encode())
        theirs = python_addresses(value.replace("\r\n", ""))
        check(ours is not None and json.loads(ours) == theirs, f"{value!r}: {ours} for {theirs}")
    for value, want, why in DIFFERENT:
        ours = peer("addresses", value.encode())
        ours = None if ours is None else json.loads(ours)
        check(ours == want, f"{value!r}: {ours} for {want} ({why})")
        if python_addresses_or_none(value) == want:
            print(f"{value!r}: no difference with this Python ({why})")


def python_addresses_or_none(value):
    try:
        return python_addresses(value)
    except (AttributeError, IndexError, ValueError):
        return "refused in a way of its own"


# --- dates ---


def dates_all():
    for _ in range(60):
        minutes = RANDOM.choice([0, 60, -300, 345, 840, -720])
        zone = datetime.timezone(datetime.timedelta(minutes=minutes))
        seconds = RANDOM.randrange(-(2**31), 2**34)
        text = email.utils.format_datetime(datetime.datetime.fromtimestamp(seconds, zone))
        text = RANDOM.choice([text, text.split(", ")[1], text + " (comment)"])
        ours = peer("date", text.encode())
        check(email.utils.parsedate_to_datetime(text).timestamp() == seconds, text)
        check(ours == f"{seconds} {minutes}".encode(), f"{text!r}: {ours}")


for part in (compose_all, read_all, addresses_all, dates_all):
    part()
print(f"{len(failures)} differences that are not explained")
sys.exit(bool(failures))
