#!/usr/bin/python3
"""A second opinion on envelope, structure, search and thread.  `index_differential.py PEER [SEED]`

Messages are made by Python's email package, and by chance; their parts, sections and texts must be those
that Python's email package finds.  Threads must be those of a model that does what RFC 5256 says, step by
step, with no thought of speed.
"""

import email
import email.charset
import email.header
import email.mime.application
import email.mime.message
import email.mime.multipart
import email.mime.text
import email.policy
import random
import subprocess
import sys

from thread_model import fold, ordered_subject, references

PEER = sys.argv[1]
RANDOM = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 5256)
frames, checks, failures = [], [], []


def ask(mode, data, check, *args):
    """check(answer, *args) is called once the peer has answered everything."""
    frames.append(b"%s %d\n%s" % (mode.encode(), len(data), data))
    checks.append((check, args))


def equal(got, want, *what):
    if got != want:
        failures.append(what)
        print("not so:", *what, "\n  got: ", got, "\n  want:", want, file=sys.stderr)


def run():
    done = subprocess.run([PEER], input=b"".join(frames), capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"the peer ended with {done.returncode}: {done.stderr.decode()}")
    rest = done.stdout
    for check, args in checks:
        length, rest = rest.split(b"\n", 1)
        check(rest[: int(length)], *args)
        rest = rest[int(length) :]


# --- messages ---

ALPHABETS = ["abc defgh XYZ.,!?", "äöüéÀÇñ aBc", "привет МИР жЖ", "αβγΣσς Ω", "日本語テスト 漢字", "한국어 עברית"]


QUOTED_PRINTABLE = email.charset.Charset("utf-8")
QUOTED_PRINTABLE.body_encoding = email.charset.QP


def any_text(most, alphabet=None):
    alphabet = alphabet or RANDOM.choice(ALPHABETS)
    return "".join(RANDOM.choice(alphabet) for _ in range(RANDOM.randrange(1, most + 1)))


def any_lines():
    return "\n".join(any_text(RANDOM.choice([5, 60, 200])) for _ in range(RANDOM.randrange(1, 6))) + "\n"


def any_leaf():
    kind = RANDOM.randrange(4)
    if kind == 0:
        octets = bytes(RANDOM.randrange(256) for _ in range(RANDOM.randrange(200)))
        part = email.mime.application.MIMEApplication(octets)
        part.add_header("Content-Disposition", "attachment", filename=any_text(8, "abcxyz .,;"))
        return part
    if kind == 1:
        return email.mime.text.MIMEText(any_lines(), "plain", QUOTED_PRINTABLE)
    return email.mime.text.MIMEText(any_lines(), RANDOM.choice(["plain", "html"]), "utf-8")


def any_part(depth):
    kind = RANDOM.randrange(6)
    if depth and kind < 2:
        part = email.mime.multipart.MIMEMultipart(RANDOM.choice(["mixed", "alternative", "related"]))
        for _ in range(RANDOM.randrange(1, 4)):
            part.attach(any_part(depth - 1))
        return part
    if depth and kind == 2:
        return email.mime.message.MIMEMessage(any_message(depth - 1))
    return any_leaf()


def any_message(depth):
    message = any_part(depth)
    message["Subject"] = email.header.Header(any_text(40), "utf-8")
    message["From"] = "a@example.org"
    return message


def octets_of(message):
    return message.as_bytes(policy=email.policy.compat32.clone(linesep="\r\n"))


# --- structure and sections ---


def parse_list(text, at=0):
    """A parenthesised list from text[at], which is a (; returns it and where it ends."""
    out, at = [], at + 1
    while text[at] != ")":
        if text[at] == "(":
            item, at = parse_list(text, at)
            out.append(item)
        elif text[at] == '"':
            word, at = "", at + 1
            while text[at] != '"':
                at += text[at] == "\\"
                word, at = word + text[at], at + 1
            out.append(word)
            at += 1
        elif text[at] == " ":
            at += 1
        else:
            end = at
            while text[end] not in " )(":
                end += 1
            word = text[at:end]
            out.append(None if word == "NIL" else int(word))
            at = end
    return out, at + 1


def parts_of(structure, path, is_message):
    """Yields (path, type, encoding, octets) of the leaves, as RFC 9051 6.4.5.1 numbers them."""
    if isinstance(structure[0], list):
        for i, child in enumerate(structure[: first_word(structure)]):
            yield from parts_of(child, path + [i + 1], False)
        return
    if is_message:
        path = path + [1]
    kind = f"{structure[0]}/{structure[1]}".lower()
    if kind == "message/rfc822":
        yield from parts_of(structure[8], path, True)
    else:
        yield path, kind, structure[5].lower(), structure[6]


def first_word(structure):
    return next(i for i, item in enumerate(structure) if not isinstance(item, list))


def leaves_of(message):
    if message.is_multipart():
        for part in message.get_payload():
            yield from leaves_of(part)
    else:
        yield message


def raw_body(leaf):
    body = leaf.get_payload().encode("ascii", "surrogateescape")
    return body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def check_section(answer, leaf, path, octets, message):
    equal(answer, raw_body(leaf), "section", path, message)
    equal(len(answer), octets, "octets", path, message)


def check_structure(answer, message):
    theirs = email.message_from_bytes(message)
    structure, end = parse_list(answer.decode())
    equal(end, len(answer.decode()), "structure ends", answer)
    ours = list(parts_of(structure, [], True))
    leaves = list(leaves_of(theirs))
    equal([p[1] for p in ours], [leaf.get_content_type() for leaf in leaves], "types", message)
    for (path, _, encoding, octets), leaf in zip(ours, leaves):
        equal(encoding, (leaf["Content-Transfer-Encoding"] or "7bit").lower(), "encoding", path, message)
        later.append((path, octets, leaf, message))


later = []


def ask_sections():
    frames.clear()
    checks.clear()
    for path, octets, leaf, message in later:
        line = " ".join(str(n) for n in path).encode() + b"\n"
        ask("section", line + message, check_section, leaf, path, octets, message)


# --- search ---


def check_search(answer, want, needle, message):
    equal(answer, b"1" if want else b"0", "search", repr(needle), message)


def ask_search(message, octets):
    texts = [
        leaf.get_payload(decode=True).decode("utf-8")
        for leaf in leaves_of(message)
        if leaf.get_content_maintype() == "text"
    ]
    subject = str(email.header.make_header(email.header.decode_header(message["Subject"])))
    for _ in range(4):
        if texts and RANDOM.randrange(3):
            text = RANDOM.choice(texts)
            at = RANDOM.randrange(len(text))
            needle = RANDOM.choice([str.upper, str.lower, str])(text[at : at + RANDOM.randrange(1, 20)])
        else:
            needle = any_text(3)
        # What is in fields of parts is found, too: look for what is in none; and Python's parts know no CR.
        if fold(needle).isascii() or "\r" in needle or "\n" in needle:
            continue
        want = any(fold(needle) in fold(text) for text in texts)
        inner = [part["Subject"] for part in message.walk() if part["Subject"] and part is not message]
        inner = [str(email.header.make_header(email.header.decode_header(s))) for s in inner]
        want = want or any(fold(needle) in fold(s) for s in inner)
        data = b"1  " + needle.encode().hex().encode() + b"\n" + octets
        ask("search", data, check_search, want, needle, octets)
    at = RANDOM.randrange(len(subject))
    needle = subject[at : at + 5].upper()
    if needle.strip() == needle:
        data = b"0 " + b"subject".hex().encode() + b" " + needle.encode().hex().encode() + b"\n" + octets
        ask("search", data, check_search, fold(needle) in fold(subject), needle, octets)


# --- threads ---


def any_messages():
    ids = [f"<{i}@x>" for i in range(RANDOM.randrange(2, 14))]
    subjects = ["", "a", "b", "c", *(f"s{i}" for i in range(RANDOM.choice([0, 20])))]
    return [
        {
            "number": i + 1,
            "sent": RANDOM.randrange(RANDOM.choice([5, 1000])),
            "reply": RANDOM.randrange(2),
            "id": RANDOM.choice([*ids, ""]),
            "refs": [RANDOM.choice(ids) for _ in range(RANDOM.choice([0, 1, 1, 2, 3, 6]))],
            "subject": RANDOM.choice(subjects),
        }
        for i in range(RANDOM.randrange(1, 14))
    ]


def check_threads(answer, messages):
    by_references, by_subject = answer.decode().split("\n")
    equal(by_references, references(messages), "REFERENCES", messages)
    equal(by_subject, ordered_subject(messages), "ORDEREDSUBJECT", messages)


def ask_threads():
    messages = any_messages()
    lines = [
        " ".join(
            [str(m["sent"]), str(m["reply"]), *(s.encode().hex() for s in (m["id"], "".join(m["refs"]), m["subject"]))]
        )
        for m in messages
    ]
    ask("thread", "\n".join(lines).encode() + b"\n", check_threads, messages)


def main():
    for _ in range(3000):
        ask_threads()
    for _ in range(300):
        message = any_message(4)
        octets = octets_of(message)
        ask("structure", octets, check_structure, octets)
        ask_search(message, octets)
    run()
    n = len(checks)
    ask_sections()
    run()
    print(f"{n + len(checks)} answers, {len(failures)} differences")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
