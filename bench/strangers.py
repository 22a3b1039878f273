"""What the defence looks at: strangers with names, keys and policies in a DNS on loopback, a letter of theirs, a list of hashes."""
import hashlib
import random
import re
import subprocess
import sys

import dkim

import peers

sys.path.insert(0, str(peers.ROOT / "tests" / "e2e"))
import harness

NAMESERVER, LIST = "127.0.0.153", "bl.test"
LISTED, FOREIGN = "127.0.0.3", "127.0.0.4"
N_HASHES = 50_000


def records(key):
    name = ".".join(reversed(LISTED.split(".")))
    text = re.sub(r"-----[^-]+-----|\s", "", key)
    return [f"{name}.bl IN A 127.0.0.2", f'{name}.bl IN TXT "listed for the benchmark"', "2.0.0.127.bl IN A 127.0.0.2",
            f"far.home IN A {FOREIGN}",
            f'home IN TXT "v=spf1 ip4:{FOREIGN} -all"', '_dmarc.home IN TXT "v=DMARC1; p=reject"',
            f's1._domainkey.home IN TXT "v=DKIM1; k=rsa; p=" "{text[:250]}" "{text[250:]}"']


def write_hashes(path):
    path.write_text("".join(f"{hashlib.sha256(b'%d' % i).hexdigest()}:{1000 + i}:Bench-{i}\n" for i in range(N_HASHES)))


def words(octets):
    """Lines of words that look like some, the same each time."""
    rng, text = random.Random(1), b""
    while len(text) < octets:
        text += " ".join("".join(rng.choices(("ba", "re", "mi", "ton", "sal", "ver", "ku", "lin"), k=rng.randint(1, 4))) for _ in range(11)).encode() + b"\r\n"
    return text


def write_letter(path, private):
    """As the load client sends it: 2 KiB, signed with RSA-2048, and sealed by who passed it on."""
    text = (b"From: <bench@home.test>\r\nTo: <alice@home.test>\r\nDate: Mon, 5 Jan 2026 12:00:00 +0000\r\n"
            b"Message-ID: <1@home.test>\r\nSubject: a message\r\n\r\n") + words(2000)
    text = dkim.sign(text, b"s1", b"home.test", private, canonicalize=(b"relaxed", b"relaxed")) + text
    text = b"Authentication-Results: far.test; dkim=pass header.d=home.test\r\n" + text
    sealed = dkim.arc_sign(text, b"s1", b"home.test", private, b"far.test", include_headers=[b"from", b"to", b"subject", b"date"])
    path.write_bytes(b"".join(sealed) + text)


def prepare(work):
    """`letter` and `hashes.hsb` in the directory; the name server, which runs."""
    private = subprocess.run(["openssl", "genrsa", "-traditional", "2048"], check=True, capture_output=True).stdout
    public = subprocess.run(["openssl", "rsa", "-pubout"], input=private, check=True, capture_output=True).stdout.decode()
    write_letter(work / "letter", private)
    write_hashes(work / "hashes.hsb")
    return harness.Dns(work / "dns", records(public), [".".join(reversed(FOREIGN.split(".")[1:])) + " IN PTR far.home.test."],
                       address=NAMESERVER, port=53)
