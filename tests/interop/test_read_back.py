"""What the library writes, read back: Python's email, GMime, Perl's Email::MIME and our own parser find the same names, subjects, texts and files.

RFC 2047 (words), RFC 2231 (file names), RFC 2045 6.7, 6.8 (encodings), RFC 2046 5.1 (multipart).
"""
import base64
import email
import email.header
import email.policy
import email.utils
import hashlib
import json
import random
import subprocess

import pytest

import ends
from component import BUILD, DRIVER

READER = BUILD / "tests" / "component" / "reader"
SCRIPTS = {
    "Latin": "Grüße aus Öl", "Vietnamese": "Chào buổi sáng", "Greek": "Καλημέρα κόσμε", "Cyrillic": "Доброе утро", "Armenian": "Բարեւ աշխարհ",
    "Hebrew": "שלום עולם", "Arabic": "مرحبا بالعالم", "Devanagari": "नमस्ते दुनिया", "Bengali": "ওহে বিশ্ব", "Tamil": "வணக்கம் உலகம்",
    "Telugu": "నమస్కారం", "Thai": "สวัสดีชาวโลก", "Lao": "ສະບາຍດີ", "Georgian": "გამარჯობა", "Amharic": "ሰላም ለዓለም", "Khmer": "សួស្តី",
    "Chinese": "你好，世界", "Japanese": "こんにちは世界", "Korean": "안녕하세요 세계", "Emoji": "👋🏽 🌍 family 👨‍👩‍👧‍👦", "Plain": "plain, with \"quotes\" and (brackets)",
    "Odd": "=?utf-8?q?no_word?= $ % ' *", "Long": "ein sehr langer Betreff mit Umlauten äöü " * 12,
}
TEXTS = {"lf": "one\ntwo\n", "crlf": "one\r\ntwo\r\n", "cr": "one\rtwo\r", "mixed": "one\ntwo\r\nthree\rfour", "none": "no end", "dots": ".\n..\n.dot\n",
         "from": "From here\n>From there\n", "blank": "\n\n\n", "spaces": "trailing \t\n  leading\n", "long": "x" * 5000 + "\n", "eight": "Grüße\n" * 100}

PERL = r"""
use strict; use Email::MIME; use JSON::PP; use Digest::SHA 'sha256_hex'; use Encode;
local $/; binmode STDIN; my $m = Email::MIME->new(<STDIN>);
my $name = $m->header_as_obj('To')->first_address->phrase;
my (@files, $text);
$m->walk_parts(sub { my $p = shift; return if $p->subparts;
  my $disposition = $p->header('Content-Disposition') // '';
  if ($disposition =~ /^attachment/i) { push @files, [$p->filename, sha256_hex($p->body)] }
  else { $text = $p->body_str unless defined $text } });
print encode_json({ subject => $m->header_str('Subject'), name => $name, files => \@files, text => $text });
"""


def ends_of_lines(text):
    """A message's lines end in CRLF, and its last one does: how they were written is not kept."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def by_python(octets):
    m = email.message_from_bytes(octets, policy=email.policy.default)
    # The address parser of Python 3.11 keeps the space between two encoded words of a name, which RFC 2047 6.2 has left out.
    name, _ = email.utils.parseaddr(email.message_from_bytes(octets)["To"])
    parts = [p for p in m.walk() if not p.is_multipart()]
    return {"subject": m["Subject"], "name": str(email.header.make_header(email.header.decode_header(name))),
            "files": [[p.get_filename(), hashlib.sha256(p.get_payload(decode=True)).hexdigest()] for p in parts if p.is_attachment()],
            "text": next(p for p in parts if not p.is_attachment()).get_content()}


def by_gmime(octets):
    gi = pytest.importorskip("gi")
    try:
        gi.require_version("GMime", "3.0")
    except ValueError:
        pytest.skip("there is no gir1.2-gmime-3.0")
    from gi.repository import GMime
    GMime.init()
    m = GMime.Parser.new_with_stream(GMime.StreamMem.new_with_buffer(octets)).construct_message(None)
    found = {"subject": m.get_subject(), "name": m.get_addresses(GMime.AddressType.TO).get_address(0).get_name(), "files": [], "text": None}

    def take(parent, part, _):
        if not isinstance(part, GMime.Part):
            return
        if part.get_disposition() == "attachment":
            stream = GMime.StreamMem.new()
            part.get_content().write_to_stream(stream)
            found["files"].append([part.get_filename(), hashlib.sha256(bytes(stream.get_byte_array())).hexdigest()])
        elif found["text"] is None:
            found["text"] = part.get_text()
    m.foreach(take, None)
    return found


def by_perl(octets):
    if subprocess.run(["perl", "-MEmail::MIME", "-MEmail::Address::XS", "-e", "1"], capture_output=True).returncode:
        pytest.skip("there is no libemail-mime-perl")
    done = subprocess.run(["perl", "-e", PERL], input=octets, capture_output=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def by_ours(octets):
    ends.need(str(READER))
    done = subprocess.run([str(READER)], input=octets, capture_output=True)
    assert done.returncode == 0, done.stderr
    got = json.loads(done.stdout)
    return got | {"files": [[name, hashlib.sha256(base64.b64decode(coded)).hexdigest()] for name, coded in got["files"]]}


READERS = {"Python": by_python, "GMime": by_gmime, "Email::MIME": by_perl, "ours": by_ours}


@pytest.fixture(params=READERS)
def reader(request):
    return READERS[request.param]


def written(folder, *calls):
    ends.need(str(DRIVER))
    done = subprocess.run([str(DRIVER), "from=alice@sender.test", *calls, f"write={folder}/written"], capture_output=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0 and not done.stdout, done
    octets = (folder / "written").read_bytes()
    assert octets.count(b"\n") == octets.count(b"\r\n") == octets.count(b"\r") and max(map(len, octets.split(b"\r\n"))) <= 998
    return octets


def test_subjects_and_names(reader, tmp_path):
    for script, words in SCRIPTS.items():
        subject = " ".join(words.split())
        name = subject[:60].strip().replace('"', "'")
        octets = written(tmp_path, f"subject={subject}", f'to="{name}" <bob@example.net>', "text=x")
        got = reader(octets)
        assert (script, got["subject"], got["name"]) == (script, subject, name)


def test_line_ends(reader, tmp_path):
    for kind, text in TEXTS.items():
        got = reader(written(tmp_path, "subject=x", "to=Bob <bob@example.net>", f"text={text}"))
        assert (kind, ends_of_lines(got["text"])) == (kind, ends_of_lines(text))


def file_names():
    draw = random.Random(2231)
    words = [w for s in SCRIPTS.values() for w in s.split() if "/" not in w]
    odd = ["report.pdf", "a b.txt", 'quo"te.txt', "semi;colon.txt", "per%cent.txt", "star*.txt", "it's.txt", "back\\slash.txt", "comma,.txt", "UTF-8''x.txt",
           ".hidden", "no-ending", "two.dots.tar.gz", "x" * 200 + ".bin", "ü" * 100 + ".bin", "=?utf-8?q?x?=.txt", "(brackets).txt", "<less>.txt", "e\u0301.txt"]
    while len(odd) < 200:
        odd.append(" ".join(draw.choices(words, k=draw.randint(1, 5)))[:80].strip() + f" {len(odd)}.dat")
    return odd


@pytest.mark.parametrize("n", [0, 1, 2, 10, 100])
def test_numbers_of_attachments(reader, tmp_path, n):
    draw = random.Random(n)
    files = []
    for i in range(n):
        octets = draw.randbytes(draw.choice([0, 1, 57, 58, 3000]))
        (tmp_path / f"{i}.bin").write_bytes(octets)
        files.append([f"{i}.bin", hashlib.sha256(octets).hexdigest()])
    got = reader(written(tmp_path, "subject=x", "to=Bob <bob@example.net>", "text=Hello", *(f"attach={tmp_path}/{name}" for name, _ in files)))
    assert got["files"] == files and ends_of_lines(got["text"]) == "Hello"


def test_file_names(reader, tmp_path):
    names = file_names()
    (tmp_path / "octets").write_bytes(b"x")
    for at in range(0, len(names), 100):
        some = names[at:at + 100]
        got = reader(written(tmp_path, "subject=x", "to=Bob <bob@example.net>", "text=Hello", *(f"stream={tmp_path}/octets|{name}" for name in some)))
        for given, (read, _) in zip(some, got["files"], strict=True):
            assert read == given
