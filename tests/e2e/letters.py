"""Messages of every kind, and whether one that was fetched is the one that was sent."""
import base64
import random
import re

DATE = "Tue, 1 Apr 2025 10:00:00 +0000"
TRACE = {b"return-path", b"delivered-to", b"received", b"authentication-results", b"dkim-signature"}  # what servers put in front


def head(sender, to, subject, name, *fields):
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}", f"Date: {DATE}", f"Message-ID: <{name}@letters.test>",
             "MIME-Version: 1.0", *fields]
    return "".join(line + "\r\n" for line in lines).encode() + b"\r\n"


def noise(seed, octets):
    """The same for the same seed."""
    return random.Random(seed).randbytes(octets)


def lines_of(octets):
    """BASE64 in lines of 76 (RFC 2045 6.8)."""
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")


def plain(sender, to, name, text="Hello.\r\n.\r\n..dots and a trailing blank \r\n"):
    return head(sender, to, "Plain text", name, "Content-Type: text/plain; charset=us-ascii") + text.encode()


def eight_bit(sender, to, name):
    """Octets that are no UTF-8 (RFC 6152)."""
    return (head(sender, to, "8 bits", name, "Content-Type: text/plain; charset=iso-8859-1", "Content-Transfer-Encoding: 8bit")
            + b"gr\xfc\xdfe aus K\xf6ln\r\n" + bytes(range(0xA0, 0x100)) + b"\r\n")


def international(sender, to, name):
    """UTF-8 in addresses and subject (RFC 6532)."""
    return (head(sender, to, "Grüße, 日本語", name, "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit")
            + "Zwölf Boxkämpfer, いろはにほへと\r\n".encode())


def page(sender, to, name, octets=3000):
    """HTML beside its text, and a file.  A blank line ends the inner one, as where programs rewrite what they read."""
    return (head(sender, to, "A page and a file", name, "Content-Type: multipart/mixed; boundary=outer")
            + b"--outer\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n"
            + b"--inner\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
            + b"--inner\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            + "<p>Hällo</p>\r\n".encode() + b"--inner--\r\n\r\n"
            + b"--outer\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
            + b"Content-Disposition: attachment; filename=noise.bin\r\n\r\n" + lines_of(noise(name, octets)) + b"--outer--\r\n")


def large(sender, to, name, octets):
    """A text of just so many octets."""
    front = head(sender, to, "Large", name, "Content-Type: application/octet-stream", "Content-Transfer-Encoding: base64")
    text = lines_of(noise(name, octets * 3 // 4))[:octets - len(front) - 2]
    return front + text + b"\r\n"


def without_trace(octets):
    """What is behind the trace fields."""
    field = re.compile(rb"([\w-]+):[^\r\n]*\r\n([ \t][^\r\n]*\r\n)*")
    at = 0
    while (found := field.match(octets, at)) and found[1].lower() in TRACE:
        at = found.end()
    return octets[at:]


def difference(sent, got):
    """None when got is what was sent behind trace fields (RFC 5321 4.4), else what is wrong with it."""
    if not got.endswith(sent):
        i = next((i for i, (a, b) in enumerate(zip(reversed(sent), reversed(got))) if a != b), min(len(sent), len(got)))
        return f"{len(got)} octets fetched, {len(sent)} sent, and they part {i} octets before the end"
    front = without_trace(got[:len(got) - len(sent)])
    return f"not only trace fields in front: {front[:80]}" if front else None
