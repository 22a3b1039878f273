#!/usr/bin/python3
"""A second opinion on wire/dkim: Debian's python3-dkim.  `differential.py PEER [SEED [N]]`

Generated messages: what it signs we verify, what we sign it verifies, and after a change of one octet both say
the same.  Where RFC 6376 8.2, 8.15 or RFC 8301 make us stricter, the result is "policy" and the table says so.
"""

import base64
import os
import random
import subprocess
import sys
import tempfile

import dkim
import nacl.signing

NOW = 1_790_000_000
peer, seed, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1, int(sys.argv[3]) if len(sys.argv) > 3 else 300
rnd = random.Random(seed)


def openssl(*args):
    return subprocess.run(["openssl", *args], check=True, capture_output=True).stdout


folder = tempfile.mkdtemp(prefix="dkim")
rsa, ed = os.path.join(folder, "rsa.pem"), os.path.join(folder, "ed.pem")
openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", rsa)
openssl("genpkey", "-algorithm", "ED25519", "-out", ed)
seed_octets = openssl("pkey", "-in", ed, "-outform", "DER")[-32:]
PUBLIC = {
    "rsa": b"v=DKIM1; k=rsa; p=" + base64.b64encode(openssl("pkey", "-in", rsa, "-pubout", "-outform", "DER")),
    "ed25519": b"v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(nacl.signing.SigningKey(seed_octets).verify_key)),
}
PRIVATE = {"rsa": openssl("rsa", "-in", rsa, "-traditional"), "ed25519": base64.b64encode(seed_octets)}
us = subprocess.Popen([peer, rsa, ed], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def verify(message, record, piece=1 << 20):
    us.stdin.write(b"V %d %d %d %d\n" % (NOW, piece, len(record), len(message)) + record + message)
    us.stdin.flush()
    out = []
    while (line := us.stdout.readline()) != b".\n":
        assert line, "the peer has ended"
        out.append(line.decode().strip())
    return out


def sign(message, ed25519):
    us.stdin.write(b"S %d %d %d\n" % (NOW, ed25519, len(message)) + message)
    us.stdin.flush()
    return us.stdout.read(int(us.stdout.readline()))


def theirs(message, record):
    try:
        return dkim.verify(message, dnsfunc=lambda name, timeout=5: record)
    except dkim.DKIMException:
        return False


def white():
    return rnd.choice([b"", b" ", b"  ", b"\t", b" \t "])


def words():
    return b" ".join(bytes(rnd.choices(b"abcXYZ019.,=", k=rnd.randint(1, 9))) for _ in range(rnd.randint(1, 8)))


def header():
    out = [b"From:" + white() + b"a@example.org" + white(), b"Date: Thu, 1 Jan 2026 00:00:00 +0000"]
    for name in (b"To", b"SUBJECT", b"Message-Id", b"Received", b"Received", b"X-Thing", b"Content-Type"):
        if rnd.random() < 0.7:
            out.append(name + b":" + white() + words() + rnd.choice([b"", b"\r\n " + words(), b"\r\n\t  " + words()]) + white())
    rnd.shuffle(out)
    return b"\r\n".join(out) + b"\r\n"


def body():
    lines = [rnd.choice([b"", b"", white(), words() + white(), white() + words()]) for _ in range(rnd.randint(0, 12))]
    text = b"".join(line + b"\r\n" for line in lines)  # white space behind the last CRLF (RFC 6376 3.4.4) it keeps
    return text + rnd.choice([b"", b"", b"\r\n\r\n", b" \r\n\t\r\n"])


def change(message):
    """One octet of the message, past its signature, is another letter."""
    at = [i for i in range(message.index(b"\nX-Sig-End") if b"\nX-Sig-End" in message else 0, len(message)) if chr(message[i]).isalnum()]
    i = rnd.choice(at)
    return message[:i] + (b"q" if message[i : i + 1] != b"q" else b"r") + message[i + 1 :]


def agree(what, ours, other, message):
    if (ours == ["pass"]) != other:
        sys.exit(f"{what}: we say {ours}, dkimpy {other}, seed {seed}\n{message!r}")


for _ in range(rounds):
    kind = rnd.choice(["rsa", "ed25519"])
    message = header() + b"\r\n" + body()
    canon = (rnd.choice([b"simple", b"relaxed"]), rnd.choice([b"simple", b"relaxed"]))
    field = dkim.sign(message, b"k", b"example.org", PRIVATE[kind], canonicalize=canon,
                      signature_algorithm=(kind + "-sha256").encode())
    # dkimpy reads the clock; what we judge by is the time of the signature
    NOW = int(field.replace(b"\r\n ", b"").split(b" t=")[1].split(b";")[0]) + 1
    got = verify(field + message, PUBLIC[kind], rnd.choice([1, 2, 7, 1 << 20]))
    if got != ["pass"]:
        sys.exit(f"theirs, seed {seed}: {got}\n{field + message!r}")
    changed = field + change(message)
    agree("changed", verify(changed, PUBLIC[kind]), theirs(changed, PUBLIC[kind]), changed)
    own = sign(message, kind == "ed25519") + message
    if verify(own, PUBLIC[kind]) != ["pass"] or not theirs(own, PUBLIC[kind]):
        sys.exit(f"ours, seed {seed}: {verify(own, PUBLIC[kind])}\n{own!r}")
    more = own.replace(b"\r\n\r\n", b"\r\nSubject: another\r\n\r\n", 1)
    if verify(more, PUBLIC[kind]) == ["pass"]:
        sys.exit(f"RFC 6376 8.15: a Subject could be added, seed {seed}\n{more!r}")

plain = b"From: a@example.org\r\nSubject: s\r\n\r\nbody\r\n"
good = sign(plain, False)


def table():
    key = PUBLIC["rsa"]
    short = openssl("genrsa", "-traditional", "512")
    short_key = b"k=rsa; p=" + base64.b64encode(subprocess.run(
        ["openssl", "rsa", "-pubout", "-outform", "DER"], input=short, capture_output=True, check=True).stdout)
    with_length = dkim.sign(plain, b"k", b"example.org", PRIVATE["rsa"], length=True)
    once = dkim.sign(plain, b"k", b"example.org", PRIVATE["rsa"], include_headers=[b"From", b"Subject"])
    yield "pass", good + plain, key
    yield "pass", once + plain, key
    yield "permerror", good + plain, b"v=DKIM1; p="  # RFC 6376 6.1.2: revoked
    yield "permerror", good + plain, PUBLIC["ed25519"]
    yield "permerror", good + plain, b"s=tlsrpt; " + key.split(b"; ", 1)[1]
    yield "permerror", good + plain, b"h=sha1; " + key.split(b"; ", 1)[1]
    yield "permerror", good + plain, b"k=rsa; p=!!!"
    yield "policy", good + plain, short_key  # RFC 8301 3.2
    yield "fail", good + plain + b"more\r\n", key
    yield "neutral", good.replace(b"t=", b"t=1", 1).replace(b"t=11", b"t=1", 1) + b"X: y\r\n" + plain.replace(b"Subject: s", b"Subject: t"), b"t=y; " + key.split(b"; ", 1)[1]
    yield "neutral", good + plain + b"more\r\n", b"t=y; " + key.split(b"; ", 1)[1]  # RFC 6376 3.6.1
    yield "permerror", good + plain + b"more\r\n", b"v=DKIM1; p="
    yield "policy", once + b"From: b@example.org\r\n" + plain, key  # RFC 6376 8.15
    yield "policy", with_length + plain + b"more\r\n", key  # RFC 6376 8.2
    yield "permerror", with_length.replace(b"l=6", b"l=7") + plain, key
    yield "policy", good.replace(b"rsa-sha256", b"rsa-sha1") + plain, key  # RFC 8301 3.1
    yield "permerror", good.replace(b"rsa-sha256", b"dsa-sha256") + plain, key
    yield "permerror", good.replace(b"v=1;", b"v=2;") + plain, key
    yield "permerror", good.replace(b"v=1;", b"v=1; v=1;") + plain, key  # RFC 6376 3.2
    yield "permerror", good.replace(b"h=From:From:", b"h=") + plain, key  # RFC 6376 5.4
    yield "policy", good.replace(b"v=1;", b"v=1; x=%d;" % (NOW + 1)).replace(b"t=%d" % NOW, b"t=%d" % (NOW - 9)).replace(b"x=%d" % (NOW + 1), b"x=%d" % (NOW - 1)) + plain, key
    yield "policy", good.replace(b"t=%d" % NOW, b"t=%d" % (NOW + 7200)) + plain, key
    yield "permerror", good.replace(b"v=1;", b"v=1; i=@example.com;") + plain, key  # RFC 6376 3.5
    yield "permerror", good.replace(b"v=1;", b"v=1; i=@badexample.org;") + plain, key


for row, (want, message, record) in enumerate(table()):
    got = verify(message, record)
    if [w.split(" ")[0] for w in got] != [want]:
        sys.exit(f"row {row}: wanted {want}, got {got}")
many = verify(good * 100 + plain, PUBLIC["rsa"])
if many != ["pass"] * 8:
    sys.exit(f"a hundred signatures: {many}")
if "--time" in sys.argv:
    text = plain + b"a line of text, as they are\r\n" * 70
    for kind in ("rsa", "ed25519"):
        record, message = PUBLIC[kind], sign(text, kind == "ed25519") + text
        us.stdin.write(b"T %d 2000 %d %d\n" % (NOW, len(record), len(message)) + record + message)
        us.stdin.flush()
        print("verify", kind, int(us.stdout.readline()) / 2, "us")
us.stdin.close()
sys.exit(us.wait())
