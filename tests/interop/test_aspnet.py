"""examples/aspnet by Mono's FastCGI server: a visitor fills in the form, and reads what became of the mail.  Debian's xsp4 does not
start with its Mono, so cgi-fcgi stands for the web server."""
import os
import re
import subprocess

import pytest

import ends
import sending
from harness import ROOT, can_connect, free_port, until
from sending import world  # noqa: F401

BINDING = ROOT / "bindings/csharp/Postrider.cs"
EXAMPLE = ROOT / "examples/aspnet"
BOUNDARY = "a-boundary-of-the-test"


class Site:
    """The folder of the form, served; its settings lead to the remote one.test."""

    def __init__(self, folder, server):
        self.folder, self.port = folder, free_port()
        (folder / "bin").mkdir()
        ends.run(["mcs", "-langversion:7", "-r:System.Core", "-target:library", f"-out:{folder}/bin/Postrider.dll", str(BINDING)])
        (folder / "Contact.aspx").write_text((EXAMPLE / "Contact.aspx").read_text())
        settings = (EXAMPLE / "web.config").read_text().replace("office@example.org", "office@one.test").replace("mail.example.org", server)
        (folder / "web.config").write_text(settings)
        env = dict(os.environ, POSTRIDER_LIBRARY=str(sending.BUILD / "libpostrider.so.1"), HOME=str(folder), MONO_REGISTRY_PATH=str(folder))
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(["fastcgi-mono-server4", f"/socket=tcp:127.0.0.1:{self.port}", f"/applications=/:{folder}"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=env, cwd=folder)
        until(lambda: can_connect("127.0.0.1", self.port), what="the FastCGI server")

    def fetch(self, body=b"", type=""):
        """RFC 3875 4.1: what the page says."""
        env = dict(os.environ, REQUEST_METHOD="POST" if body else "GET", CONTENT_LENGTH=str(len(body)), CONTENT_TYPE=type, SCRIPT_NAME="/Contact.aspx",
                   SCRIPT_FILENAME=f"{self.folder}/Contact.aspx", PATH_INFO="", QUERY_STRING="", REQUEST_URI="/Contact.aspx", SERVER_NAME="www.test",
                   SERVER_PORT="80", SERVER_PROTOCOL="HTTP/1.1", REMOTE_ADDR="127.0.0.1", DOCUMENT_ROOT=str(self.folder))
        done = subprocess.run(["cgi-fcgi", "-bind", "-connect", f"127.0.0.1:{self.port}"], input=body, capture_output=True, timeout=120, env=env)
        head, _, page = done.stdout.partition(b"\r\n\r\n")
        assert done.returncode == 0 and b"Status: 500" not in head, done.stdout.decode()[-3000:] + (self.folder / "log").read_text()
        return page.decode()

    def stop(self):
        self.process.terminate()
        self.process.wait()


@pytest.fixture(scope="module")
def page(tmp_path_factory, world):  # noqa: F811
    for program in ("mcs", "fastcgi-mono-server4", "cgi-fcgi"):
        ends.need(program)
    made = Site(tmp_path_factory.mktemp("aspnet"), world.server("one"))
    yield made
    made.stop()


def send(page, subject, attached=b"", visitor="Vera <v@visitor.test>"):
    """What the page says then; the hidden fields go back as they came."""
    form = page.fetch()
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)"[^>]*value="([^"]*)"', form))
    fields |= {"Visitor": visitor, "Subject": subject, "Message": "Grüße\r\n<b>not bold</b>", "Send": "Send"}
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    if attached:
        parts.append(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="Attachment"; filename="notes.bin"\r\n'
                     "Content-Type: application/octet-stream\r\n\r\n".encode() + attached + b"\r\n")
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return page.fetch(body, f"multipart/form-data; boundary={BOUNDARY}")


def test_a_visitor_writes(page, world):  # noqa: F811
    world.reset()
    octets = os.urandom(50_000)
    assert "Thank you, it has arrived." in send(page, "Frage über alles", octets)
    [(sender, recipients, message)] = world.remotes["one"].messages
    read = sending.read(message)
    assert (sender, recipients) == ("form@example.org", ["office@one.test"]) and read["Reply-To"] == "Vera <v@visitor.test>"
    assert read["Subject"] == "Frage über alles" and "Grüße" in read.get_body(("plain",)).get_content()
    assert [(part.get_filename(), part.get_payload(decode=True)) for part in read.iter_attachments()] == [("notes.bin", octets)]


def test_what_cannot_be_is_told(page, world):  # noqa: F811
    """A line break in an address makes no field of the visitor's choice, and no mail."""
    world.reset()
    assert "Thank you" not in send(page, "s", visitor="v@visitor.test\r\nBcc: all@one.test")
    assert not world.remotes["one"].messages


def test_a_refusal_is_told(page, world):  # noqa: F811
    world.reset()
    world.remotes["one"].reset(rcpt="550 5.1.1 no such user")
    said = send(page, "s")
    assert "It has not arrived: " in said and "Thank you" not in said
