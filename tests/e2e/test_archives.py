"""defence.attachments = strict: what is packed, and what a file is whatever its name says.  Archives are made by Python, 7-Zip and bsdtar."""
import base64
import binascii
import bz2
import gzip
import io
import itertools
import lzma
import os
import re
import shutil
import struct
import subprocess
import tarfile
import time
import zipfile

import pytest

from harness import ALICE, Postrider
from test_attachments import letter

FAR = "x@away.test"
SETTINGS = 'defence {\n attachments = "strict"\n}\n'
EVIL = {"evil.exe": b"MZ-like"}
GOOD = {"read me.txt": b"hello\n" * 50, "pictures/a.jpg": b"\xff\xd8\xff\xe0" + bytes(3000), "d/": b""}
PE = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(500)
ELF = b"\x7fELF\x02\x01\x01" + bytes(200)
MACH_O = b"\xcf\xfa\xed\xfe" + bytes(200)


def zipped(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, octets in files.items():
            z.writestr(name, octets)
    return out.getvalue()


def tarred(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        for name, octets in files.items():
            entry = tarfile.TarInfo(name.rstrip("/"))
            entry.size, entry.type = len(octets), tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            t.addfile(entry, io.BytesIO(octets))
    return out.getvalue()


def by_program(files, name, *command):
    """As a program packs them; {} is the archive."""
    directory = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"pack.{os.getpid()}")
    os.makedirs(directory)
    try:
        for path, octets in files.items():
            if not path.endswith("/"):
                os.makedirs(os.path.dirname(os.path.join(directory, "in", path)), exist_ok=True)
                with open(os.path.join(directory, "in", path), "wb") as f:
                    f.write(octets)
        to = os.path.join(directory, name)
        subprocess.run([word.format(to) for word in command], check=True, cwd=os.path.join(directory, "in"), stdout=subprocess.DEVNULL)
        with open(to, "rb") as f:
            return f.read()
    finally:
        shutil.rmtree(directory)


def seven(files, *options, name="a.7z"):
    return by_program(files, name, "7zz", "a", *options, "{}", ".")


def iso(files):
    return by_program(files, "a.iso", "bsdtar", "-c", "-f", "{}", "--format", "iso9660", ".")


def rar(files):
    """RAR 4, stored."""
    def block(kind, flags, fields, data=b""):
        head = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
        return struct.pack("<H", binascii.crc32(head) & 0xFFFF) + head + data
    out = b"Rar!\x1a\x07\x00" + block(0x73, 0, bytes(6))
    for name, octets in files.items():
        fields = struct.pack("<IIBIIBBHI", len(octets), len(octets), 2, binascii.crc32(octets), 0x5a21_0000, 20, 0x30, len(name), 0x20)
        out += block(0x74, 0x8000, fields + name.encode(), octets)
    return out + block(0x7b, 0x4000, b"")


def cabinet(files):
    """MS-CAB 2, stored; one folder."""
    data = b"".join(files.values())
    entries, at = b"", 0
    for name, octets in files.items():
        entries += struct.pack("<IIHHHH", len(octets), at, 0, 0x5a21, 0, 0x20) + name.encode() + b"\0"
        at += len(octets)
    start = 36 + 8 + len(entries)
    blocks = struct.pack("<IHH", 0, len(data), len(data)) + data
    head = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, start + len(blocks), 0, 44, 0, 3, 1, 1, len(files), 0, 1, 0)
    return head + struct.pack("<IHH", start, 1, 0) + entries + blocks


def two_faced(shown, hidden):
    """A zip whose directory shows one name, and whose file's own header another."""
    return zipped(EVIL).replace(hidden, shown).replace(shown, hidden, 1)


def with_encrypted_flag(octets):
    octets = bytearray(octets)
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        octets[octets.index(signature) + at] |= 1
    return bytes(octets)


def compound(*names):
    """As much of MS-CFB as tells what a file holds: a header, and a directory of these entries."""
    def entry(name, kind):
        coded = name.encode("utf-16-le") + b"\0\0"
        return coded.ljust(64, b"\0") + struct.pack("<HB", len(coded), kind) + bytes(61)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + entry("Root Entry", 5) + b"".join(entry(name, 1) for name in names) + bytes(1024)


def office(*more):
    return zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>", "word/theme/theme1.xml": b"<x/>"} | {name: b"x" for name in more})


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Postrider(tmp_path_factory.mktemp("archives") / "server", settings=SETTINGS)
    made.start()
    yield made
    assert made.stop() == 0


@pytest.fixture(scope="module")
def refusing(tmp_path_factory):
    made = Postrider(tmp_path_factory.mktemp("refusing") / "server",
                     settings=SETTINGS.replace("}", ' encrypted = "refuse"\n macros = "refuse"\n}'))
    made.start()
    yield made
    assert made.stop() == 0


@pytest.fixture
def session(server):
    with server.session() as s:
        s.hello()
        yield s


def told(session, message, code):
    return str(session.message(FAR, [ALICE], message, codes=(code,)))


PACKED = {
    "a.zip": lambda f: zipped(f), "stored.zip": lambda f: zipped(f, zipfile.ZIP_STORED), "lzma.zip": lambda f: zipped(f, zipfile.ZIP_LZMA),
    "bz.zip": lambda f: zipped(f, zipfile.ZIP_BZIP2), "a.tar": tarred, "a.tgz": lambda f: gzip.compress(tarred(f)),
    "a.tar.bz2": lambda f: bz2.compress(tarred(f)), "a.tar.xz": lambda f: lzma.compress(tarred(f)), "a.7z": seven,
    "copy.7z": lambda f: seven(f, "-mx0"), "a.rar": rar, "holiday.jpg": zipped, "pictures": lambda f: gzip.compress(tarred(f)),
    "zip in.zip": lambda f: zipped({"b.zip": zipped(f)}), "tgz in.7z": lambda f: seven({"b.tgz": gzip.compress(tarred(f))}),
    "three.zip": lambda f: zipped({"x": gzip.compress(tarred({"c.zip": zipped(f)}))}), "disc.dat": iso, "cabinet.dat": cabinet,
    "behind a picture.zip": lambda f: b"GIF89a" + bytes(500) + zipped(f), "deflate64.zip": lambda f: seven(f, "-mm=Deflate64", name="a.zip"),
    "pp.zip": lambda f: seven(f, "-mm=PPMd", name="a.zip"),
}


@pytest.mark.parametrize("name", PACKED)
def test_packed(session, name):
    reply = told(session, letter(f'"{name}"', PACKED[name](GOOD | EVIL)), 550)
    assert re.search(rf"evil\.exe in {re.escape(name)} is not taken: files of this kind run when they are opened; send a link to it", reply), reply
    told(session, letter(f'"{name}"', PACKED[name]({k: v for k, v in GOOD.items() if name != "cabinet.dat" or v})), 250)


@pytest.mark.parametrize("name, octets, said", [
    ("evil.exe.gz", lambda: gzip.compress(b"x"), "evil.exe in evil.exe.gz"),
    ("evil.js.xz", lambda: lzma.compress(b"x"), "evil.js in evil.js.xz"),
    ("a.zip", lambda: zipped({"evil.exe\u202etxt.exe ": b"x"}), "in a.zip"),
    ("a.zip", lambda: zipped({"a/b\\evil.scr.": b"x"}), "evil.scr in a.zip"),
    ("a.zip", lambda: two_faced(b"evil.txt", b"evil.exe"), "evil.exe in a.zip"),  # what the header says counts,
    ("a.zip", lambda: two_faced(b"evil.exe", b"evil.txt"), "evil.exe in a.zip"),  # and what the directory says
    ("a.zip", lambda: zipped({"\u0432\u0438\u0440\u0443\u0441.exe": b"x"}), ".exe in a.zip"),
    ("a.7z", lambda: seven({"\u0432\u0438\u0440\u0443\u0441.exe": b"x"}), ".exe in a.7z"),
    ("a.zip", lambda: with_encrypted_flag(zipped(EVIL)), "evil.exe in a.zip"),  # names are not encrypted
])
def test_names_within(session, name, octets, said):
    reply = told(session, letter(f'"{name}"', octets()), 550)
    assert said in reply, reply


@pytest.mark.parametrize("name", ["invoice.pdf", "a.jpg", "read.txt", "noname", "a.docx"])
@pytest.mark.parametrize("octets", [PE, ELF, MACH_O], ids=["PE", "ELF", "Mach-O"])
def test_programs_whatever_they_are_called(session, name, octets):
    assert f"{name} is not taken: it is a program, whatever it is called" in told(session, letter(name, octets), 550)


def test_programs_whatever_they_are_called_within(session):
    assert "invoice.pdf in a.zip is not taken: it is a program" in told(session, letter("a.zip", zipped({"invoice.pdf": PE})), 550)
    assert "invoice.pdf in a.tgz is not taken: it is a program" in told(session, letter("a.tgz", gzip.compress(tarred({"invoice.pdf": ELF}))), 550)


def test_scripts(session):
    """A script is one by its name; what is called a document is none."""
    assert "a.pdf is not taken: it is a script" in told(session, letter("a.pdf", b"#!/bin/sh\nrm -r /\n"), 550)
    told(session, letter("deploy.sh", b"#!/bin/sh\nls\n"), 250)
    told(session, letter("a.txt", b"MZ is the country code of Mozambique, as everybody knows who has been there once or twice.\n"), 250)


def test_a_program_without_a_name(session):
    message = letter("x", PE).replace(b"Content-Disposition: attachment; filename=x\r\n", b"")
    assert "a file is not taken: it is a program" in told(session, message, 550)


@pytest.mark.parametrize("wrap", ["rfc822", "encoded", "uuencoded", "uuencoded base64"])
def test_within_messages_and_texts(session, wrap):
    """Threat: an archive where a filter does not open it."""
    archive = zipped(EVIL)
    inner = letter("a.zip", archive)
    if wrap == "rfc822":
        message = b"From: a <x@away.test>\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n" + inner
    elif wrap == "encoded":
        message = (b"From: a <x@away.test>\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                   + base64.encodebytes(inner).replace(b"\n", b"\r\n"))
    else:
        head = b"From: a <x@away.test>\r\nSubject: x\r\n\r\nlook:\r\n"
        lines = [archive[i:i + 45] for i in range(0, len(archive), 45)]
        if wrap == "uuencoded":
            message = head + b"begin 644 a.zip\r\n" + b"".join(binascii.b2a_uu(x).replace(b"\n", b"\r\n") for x in lines) + b"`\r\nend\r\n"
        else:
            message = head + b"begin-base64 644 a.zip\r\n" + b"".join(base64.b64encode(x) + b"\r\n" for x in lines) + b"====\r\n"
    assert "evil.exe in a.zip is not taken" in told(session, message, 550)


def test_in_a_winmail_dat(session):
    """MS-OXTNEF 2.1.3.3: attAttachTitle, attAttachData."""
    def attribute(level, ident, data):
        return struct.pack("<BII", level, ident, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
    stream = struct.pack("<IH", 0x223E9F78, 1) + attribute(2, 0x00069002, bytes(14)) + attribute(2, 0x0006800F, zipped(EVIL)) + \
        attribute(2, 0x00018010, b"a.zip\0")
    assert "evil.exe in a file is not taken" in told(session, letter("winmail.dat", stream, kind="application/ms-tnef"), 550)


# ---- limits ----

def quine_like(depth):
    octets = zipped(GOOD)
    for _ in range(depth):
        octets = zipped({"a.zip": octets})
    return octets


BIG = b"x" * (120 << 20)


@pytest.mark.parametrize("name, octets", [
    ("a.tgz", lambda: gzip.compress(tarred({"big": BIG}), 1)), ("a.zip", lambda: zipped({"b.tar": tarred({"big": BIG[:40 << 20]})})),
    ("a.gz", lambda: gzip.compress(BIG, 1)), ("a.zip", lambda: quine_like(3)), ("a.zip", lambda: quine_like(30)),
    ("a.zip", lambda: zipped({f"{i}": b"" for i in range(10001)})), ("a.tar", lambda: tarred({f"{i}": b"" for i in range(10001)})),
    ("a.zip", lambda: zipped({f"{i}.gz": gzip.compress(BIG[:25 << 20], 1) for i in range(5)})),
    ("a.7z", lambda: seven({"big": BIG}, "-mx1")),
], ids=itertools.count())
def test_bombs_end(session, name, octets):
    """Threat: what unpacks to more than there is time for.  It is refused for that, and the next message is looked into."""
    message = letter(name, octets())
    since = time.monotonic()
    reply = told(session, message, 550)
    assert f"{name} is not taken: it holds more than is looked into" in reply, reply
    assert time.monotonic() - since < 20
    told(session, letter("a.txt", b"hello"), 250)


def test_a_large_file_in_a_zip_is_no_bomb(session):
    """Nobody needs to unpack it to know its name."""
    told(session, letter("a.zip", zipped({"big.txt": BIG})), 250)


@pytest.mark.parametrize("name, octets", [
    ("a.zip", lambda: zipped(GOOD)[:-30]), ("a.zip", lambda: os.urandom(500)), ("a.7z", lambda: seven(GOOD)[:-20]),
    ("a.tar.gz", lambda: gzip.compress(tarred(GOOD | {"noise": os.urandom(5000)}))[:-2000]), ("a.rar", lambda: b"Rar!\x1a\x07\x01\x00" + bytes(100)),
    ("a.zip", lambda: zipped({"b.zip": zipped(GOOD)[:-30]})),
    # Kinds that are not known here, and that other programs unpack.
    ("a.arj", lambda: b"\x60\xea" + bytes(100)), ("a.lzh", lambda: b"\x22\0-lh5-" + bytes(100)), ("a.ace", lambda: b"*" * 7 + b"**ACE**" + bytes(99)),
    ("a.z", lambda: b"\x1f\x9d\x90" + bytes(100)), ("a.zst", lambda: b"\x28\xb5\x2f\xfd" + bytes(100)), ("a.wim", lambda: b"MSWIM\0\0\0" + bytes(200)),
    ("a.lzma", lambda: lzma.compress(b"x", format=lzma.FORMAT_ALONE)), ("a.cpio", lambda: b"070707" + bytes(100)),
    ("a.uue", lambda: b"begin 644 evil.exe\r\n#86)C\r\n`\r\nend\r\n"),
])
def test_damaged_ones(session, name, octets):
    reply = told(session, letter(name, octets()), 550)
    assert re.search(r"(a|b)\.[a-z.0-9]+ (in a.zip )?is not taken: it cannot be looked into \(.+\); pack it anew as a zip file", reply), reply


# ---- what is a matter of choice ----

ENCRYPTED = {
    "flag.zip": lambda: with_encrypted_flag(zipped({"a.txt": b"x"})), "real.zip": lambda: seven(GOOD, "-psecret", name="a.zip"),
    "a.7z": lambda: seven(GOOD, "-psecret"), "names too.7z": lambda: seven(GOOD, "-psecret", "-mhe=on"),
    "a.docx": lambda: compound("EncryptedPackage", "EncryptionInfo"), "outer.zip": lambda: zipped({"b.7z": seven(GOOD, "-psecret", "-mhe=on")}),
}
MACROS = {
    "a.docm": lambda: office("word/vbaProject.bin"), "a.xls": lambda: compound("Workbook", "_VBA_PROJECT_CUR"),
    "a.doc": lambda: compound("WordDocument", "Macros"), "a.zip": lambda: zipped({"b.doc": compound("Macros")}),
}


@pytest.mark.parametrize("name", [*ENCRYPTED, *MACROS])
def test_encrypted_and_macros(session, refusing, name):
    octets = (ENCRYPTED | MACROS)[name]()
    told(session, letter(f'"{name}"', octets), 250)
    with refusing.session() as s:
        s.hello()
        reply = told(s, letter(f'"{name}"', octets), 550)
        assert "is not taken: " + ("what is encrypted" if name in ENCRYPTED else "it holds macros") in reply, reply


def test_innocents_where_much_is_refused(refusing):
    with refusing.session() as s:
        s.hello()
        for name, octets in (("a.docx", office()), ("a.doc", compound("WordDocument", "1Table")), ("a.zip", zipped(GOOD)), ("a.7z", seven(GOOD)),
                             ("a.exe.zip", zipped({"data": b"x"})), ("big.zip", zipped({"a.doc": compound("1Table") + bytes(40 << 20)})),
                             ("a.pdf", b"%PDF-1.7\n" + bytes(100)), ("empty.zip", b""), ("none.zip", zipped({}))):
            told(s, letter(name, octets), 250)
