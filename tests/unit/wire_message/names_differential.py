"""Python's email package as a second reader of names: what it calls a program must be one to us.

    names_differential.py PEER

The other way round it need not hold: readings that Python does not have count too.
"""

import email
import email.header
import email.policy
import random
import subprocess
import sys
import urllib.parse
import base64

PROGRAMS = "exe com scr vxd pif vbe vbs vex cpl xl bat cmd".split()
OTHERS = "txt pdf zip exe_ ex xls comm".split()
ROUNDS = 10000


def word(r, s):
    if r.random() < 0.5:
        return "=?utf-8?B?%s?=" % base64.b64encode(s.encode()).decode()
    return "=?iso-8859-1?Q?%s?=" % "".join("=%02X" % ord(c) if r.random() < 0.3 or not c.isalnum() else c for c in s)


def percent(r, s):
    return "".join("%%%02x" % ord(c) if r.random() < 0.3 else urllib.parse.quote(c, safe="") for c in s)


def pieces(r, name, s):
    cuts = sorted(r.sample(range(1, len(s)), min(len(s) - 1, r.randint(1, 3))))
    parts = [s[a:b] for a, b in zip([0] + cuts, cuts + [len(s)])]
    coded = r.random() < 0.5
    out = []
    for i, p in enumerate(parts):
        if coded and (i == 0 or r.random() < 0.5):
            out.append("%s*%d*=%s%s" % (name, i, "utf-8''" if i == 0 else "", percent(r, p)))
        else:
            out.append('%s*%d="%s"' % (name, i, p))
    if r.random() < 0.3:
        r.shuffle(out)
    return out


def parameter(r, name):
    s = r.choice(["evil", "a.b", "x y", "mail.exe", "n-1"]) + "." + r.choice(PROGRAMS + OTHERS)
    if r.random() < 0.3:
        s = s.upper()
    return r.choice([
        lambda: ["%s=%s" % (name, s.replace(" ", "_"))],
        lambda: ['%s="%s"' % (name, s)],
        lambda: ['%s="%s"' % (name, word(r, s))],
        lambda: ["%s*=utf-8''%s" % (name, percent(r, s))],
        lambda: ["%s*=iso-8859-1'en'%s" % (name, percent(r, s))],
        lambda: pieces(r, name, s),
    ])()


def field(r, head, name):
    params = [p for _ in range(r.choice([1, 1, 1, 2])) for p in parameter(r, name)]
    return head + "".join(r.choice(["; ", ";", ";\r\n ", ";\r\n\t"]) + p for p in params) + "\r\n"


def message(r):
    out = ""
    if r.random() < 0.8:
        out += field(r, "Content-Disposition: attachment", "filename")
    if r.random() < 0.5 or not out:
        out += field(r, "Content-Type: application/octet-stream", "name")
    return (out + "\r\nx\r\n").encode()


def python_names(octets):
    for policy in (email.policy.compat32, email.policy.SMTP):
        try:
            name = email.message_from_bytes(octets, policy=policy).get_filename()
            if name:
                yield name
                yield str(email.header.make_header(email.header.decode_header(name)))
        except (ValueError, LookupError, IndexError, KeyError, AttributeError, TypeError):
            continue  # Python's own faults are not ours


def is_program(name):
    return name.rstrip(" .").lower().rpartition(".")[2] in PROGRAMS and "." in name


def main():
    r = random.Random(2183)
    messages = [message(r) for _ in range(ROUNDS)]
    answers = subprocess.run([sys.argv[1]], input=b"".join(b"%d\n%s" % (len(m), m) for m in messages),
                             stdout=subprocess.PIPE, check=True).stdout.split()
    assert len(answers) == ROUNDS
    programs = 0
    for m, answer in zip(messages, answers):
        if any(is_program(n) for n in python_names(m)):
            programs += 1
            assert answer == b"1", "a program to Python, not to us:\n" + m.decode()
    innocent = answers.count(b"0")
    assert programs > ROUNDS / 10 and innocent > ROUNDS / 10, (programs, innocent)


main()
