#!/usr/bin/python3
"""A second opinion on wire/arc (RFC 8617): Debian's python3-dkim.  `differential.py PEER [SEED [N]]`

Chains that we and it add to by turns: what it seals we validate, what we seal it validates, and after a change of one octet both say
the same.
"""

import base64
import os
import random
import subprocess
import sys
import tempfile
import time

import dkim

peer, seed, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1, int(sys.argv[3]) if len(sys.argv) > 3 else 12
rnd = random.Random(seed)
NOW = int(time.time()) + 1


def openssl(*args, **kw):
    return subprocess.run(["openssl", *args], check=True, capture_output=True, **kw).stdout


folder = tempfile.mkdtemp(prefix="arc")
rsa = os.path.join(folder, "rsa.pem")
openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", rsa)
KEY = b"v=DKIM1; k=rsa; p=" + base64.b64encode(openssl("pkey", "-in", rsa, "-pubout", "-outform", "DER"))
PRIVATE = openssl("rsa", "-in", rsa, "-traditional")
us = subprocess.Popen([peer, rsa], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
FOUND = {"none": 0, "pass": 1, "fail": 2}


def ours(message, record=KEY):
    us.stdin.write(b"V %d %d %d\n" % (NOW, len(record), len(message)) + record + message)
    us.stdin.flush()
    return us.stdout.readline().decode().split(" ", 2)


def theirs(message):
    return (dkim.arc_verify(message, dnsfunc=lambda name, timeout=5: KEY)[0] or b"fail").decode().lower()


def seal_ours(message, found):
    results = b" us.example; spf=pass smtp.mailfrom=a@example.org;\r\n\tarc=%s\r\n" % found.encode()
    us.stdin.write(b"S %d %d %d %d\n" % (NOW - 1, FOUND[found], len(results), len(message)) + results + message)
    us.stdin.flush()
    return us.stdout.read(int(us.stdout.readline())) + message


def seal_theirs(message, found):
    results = b"Authentication-Results: them.example; arc=%s; spf=pass smtp.mailfrom=a@example.org\r\n" % found.encode()
    fields = dkim.arc_sign(results + message, b"k", b"example.org", PRIVATE, b"them.example")
    return b"".join(fields) + message


def must(good, what, message):
    if not good:
        sys.exit(f"{what}, seed {seed}\n{message.decode('latin-1')}")


def letter():
    words = lambda: b" ".join(bytes(rnd.choices(b"abcXYZ019.,", k=rnd.randint(1, 9))) for _ in range(rnd.randint(1, 8)))
    header = [b"From: a@example.org", b"Date: Thu, 1 Jan 2026 00:00:00 +0000", b"Subject:  " + words() + b"\r\n\t" + words()]
    header += [b"To: " + words()] * (rnd.random() < 0.7) + [b"Message-ID: <%s>" % words()]
    return b"\r\n".join(header) + b"\r\n\r\n" + b"".join(words() + rnd.choice([b"", b" "]) + b"\r\n" for _ in range(rnd.randint(0, 9)))


def change(message):
    at = [i for i in range(len(message)) if chr(message[i]).isalnum()]
    i = rnd.choice(at)
    return message[:i] + (b"q" if message[i : i + 1] != b"q" else b"r") + message[i + 1 :]


for _ in range(rounds):
    message = letter()
    for hop in range(rnd.randint(1, 5)):
        found = "pass" if hop else "none"
        message = rnd.choice([seal_ours, seal_theirs])(message, found)
        got = ours(message)
        must(got[0] == "pass" and theirs(message) == "pass", f"hop {hop}: {got}, {theirs(message)}", message)
        must(got[1] == "0", f"oldest-pass {got}", message)
    for _ in range(4):
        changed = change(message)
        must((ours(changed)[0] == "pass") == (theirs(changed) == "pass"), f"changed: {ours(changed)}, {theirs(changed)}", changed)

# RFC 8617 5.2.4: a list that changes the subject, and seals what it made of it
list_1 = seal_theirs(letter(), "none").replace(b"Subject:  ", b"Subject: [list] ")
must(ours(list_1)[0] == "fail" and theirs(list_1) == "fail", f"a change: {ours(list_1)}", list_1)
list_2 = seal_theirs(seal_ours(list_1, "pass"), "pass")
must(ours(list_2)[:2] == ["pass", "2"] and theirs(list_2) == "pass", f"a list: {ours(list_2)}", list_2)
# RFC 8617 5.1.2: what was broken is sealed once as such, over the last set alone, and by nobody after that
broken = seal_ours(list_1, "fail")
must(ours(broken)[0] == "fail" and theirs(broken) == "fail" and b"cv=fail" in broken, f"cv=fail: {ours(broken)}", broken)
must(seal_ours(broken, "fail") == broken, "sealed again", broken)
# RFC 8617 4.1.3, 5.2 (3), and keys that do not count
one = seal_theirs(seal_ours(letter(), "none"), "pass")
for what, bad in (("h= in a seal", one.replace(b"ARC-Seal: i=2;", b"ARC-Seal: i=2; h=From;")),
                  ("a gap", one.replace(b"i=2;", b"i=3;")), ("twice", one.replace(b"i=2;", b"i=1;")), ("i=0", one.replace(b"i=2;", b"i=0;")),
                  ("no results", one.replace(b"ARC-Authentication-Results: i=2", b"X-ARC: i=2")),
                  ("cv", one.replace(b"cv=pass", b"cv=none")), ("not the seal", seal_ours(one, "pass").replace(b"ARC-Seal: i=3", b"X: i=3"))):
    must(bad != one and ours(bad)[0] == "fail" and theirs(bad) != "pass", f"{what}: {ours(bad)}", bad)
for record, why in ((b"v=DKIM1; p=", "revoked"), (b"v=DKIM1; k=ed25519; p=AAAA", "another kind"), (b"x", "signature of instance 2")):
    got = ours(one, record)
    must(got[0] == "fail" and why in got[2], f"{record}: {got}", one)
must(ours(letter())[0] == "none", "none", b"")
# RFC 8617 4.2.1: no more than fifty
many = letter()
for i in range(50):
    many = seal_ours(many, "pass" if i else "none")
got = ours(many)
must(got[:2] == ["pass", "43"], f"fifty: {got}", many)
must(seal_ours(many, "pass") == many, "fifty-one", many)
us.stdin.close()
sys.exit(us.wait())
