"""Messages that come as forms with files (RFC 7578), which go to disk as they come."""
import email
import email.policy
import json
import socket
import subprocess

import pytest

from harness import ALICE, BOB, Postrider, tls_context, until
from http_api import Api, new_key


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


@pytest.fixture(scope="module")
def narrow(directory, network):
    made = Postrider(directory / "narrow", dns=network.dns, settings="http { memory = 1M }").start()
    yield made
    assert made.stop() == 0


def curl(server, key, *arguments, status=None):
    """What real curl was answered."""
    run = subprocess.run(["curl", "-sS", "-k", "-w", "\n%{http_code}", "-H", f"Authorization: Bearer {key}",
                          f"https://127.0.0.1:{server.https}/v1/messages", *arguments], capture_output=True, text=True, check=True, timeout=120)
    body, _, code = run.stdout.rpartition("\n")
    assert status is None or int(code) == status, run.stdout
    return json.loads(body)


def form(*parts, boundary="xyz"):
    """A form's octets; a part: name, file name, type, content."""
    out = b""
    for name, file_name, kind, content in parts:
        out += f"--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"".encode()
        out += b'; filename="' + file_name.encode() + b'"' if file_name else b""
        out += (b"\r\nContent-Type: " + kind.encode() if kind else b"") + b"\r\n\r\n" + content + b"\r\n"
    return out + f"--{boundary}--\r\n".encode()


def post(api, octets, boundary="xyz", **headers):
    answer = api.raw("POST", "/v1/messages", octets, **{"Content-Type": f"multipart/form-data; boundary={boundary}", **headers})
    api.check("POST", "/v1/messages", answer)
    return answer


def message(**members):
    return json.dumps({"from": ALICE, "to": BOB, "subject": "form", "text": "hello", **members}).encode()


def arrived(server, subject):
    return email.message_from_bytes(server.wait_mail(BOB, subject=subject), policy=email.policy.default)


def test_curl_sends_files(server, tmp_path):
    """As -F sends them: names with quotes, in any script; types by curl, or by the name; octet by octet."""
    key = new_key(server)
    big = bytes(range(256)) * 12_345
    (tmp_path / "big.bin").write_bytes(big)
    (tmp_path / 'a "b" ü.txt').write_text("zeile ü\n" * 1000)
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\r\n--xyz\r\n" + bytes(999))
    told = curl(server, key, "-F", "message=" + message(subject="curl", html='<img src="cid:logo.png">', wait="30s").decode(),
                "-F", f"attachment=@{tmp_path}/big.bin", "-F", f"attachment=@\"{tmp_path}/a \\\"b\\\" ü.txt\";type=text/csv",
                "-F", f"inline=@{tmp_path}/logo.png", "-F", f"attachment=@/dev/null;filename=empty.txt", status=200)
    assert told["recipients"][0]["state"] == "delivered"
    got = arrived(server, "curl")
    files = [(p.get_filename(), p.get_payload(decode=True)) for p in got.iter_attachments()]
    assert [name for name, _ in files] == ["big.bin", 'a "b" ü.txt', "empty.txt"]
    assert files[0][1] == big and files[1][1] == "zeile ü\n".encode() * 1000 and files[2][1] == b""
    shown = next(p for p in got.walk() if p.get_content_type() == "image/png")
    assert shown["Content-ID"] == "<logo.png>" and shown.get_payload(decode=True) == b"\x89PNG\r\n--xyz\r\n" + bytes(999)
    assert next(p for p in got.walk() if p.get_content_type() == "text/csv")


def test_files_are_not_held_in_memory(narrow, tmp_path):
    """http.memory bounds what is in memory, not what is sent."""
    (tmp_path / "big.bin").write_bytes(bytes(14_000_000))
    key = new_key(narrow)
    told = curl(narrow, key, "-F", "message=" + message(subject="narrow", wait="60s").decode(), "-F", f"attachment=@{tmp_path}/big.bin", status=200)
    assert told["size_bytes"] > 14_000_000 * 4 / 3


def test_the_parts_come_in_any_order(server, api):
    answer = post(api, form(("attachment", "x.pdf", "application/pdf", b"%PDF-"), ("message", "", "application/json", message(
        subject="order", attachments=[{"name": "y.txt", "content": "eQ=="}], wait="30s"))))
    assert answer.status == 200
    assert [p.get_filename() for p in arrived(server, "order").iter_attachments()] == ["y.txt", "x.pdf"]


def test_a_file_alone_is_something_to_send(server, api):
    assert post(api, form(("message", "", "", message(subject="alone", text="", wait="30s")), ("attachment", "x.bin", "", b"\0"))).status == 200
    assert [p.get_payload(decode=True) for p in arrived(server, "alone").iter_attachments()] == [b"\0"]


def test_the_same_form_is_sent_once(api):
    """Idempotency-Key: a form sent again has another boundary, and is the same."""
    parts = [("message", "", "", message(subject="once", html="<p>")), ("attachment", "x.bin", "", bytes(200_000))]
    first = post(api, form(*parts), **{"Idempotency-Key": "form-1"})
    again = post(api, form(*parts, boundary="another"), boundary="another", **{"Idempotency-Key": "form-1"})
    assert first.json["id"] == again.json["id"]
    for changed in ([("message", "", "", message(subject="twice")), parts[1]], [parts[0], ("attachment", "y.bin", "", bytes(200_000))],
                    [parts[0], ("attachment", "x.bin", "", bytes(199_999) + b"1")], [parts[0], ("inline", "x.bin", "", bytes(200_000))]):
        assert post(api, form(*changed), **{"Idempotency-Key": "form-1"}).status == 422


GOOD = ("message", "", "", message())


@pytest.mark.parametrize("octets, words", [
    (b"", "ends before its last boundary"),
    (form(GOOD)[:-10], "ends before its last boundary"),
    (b"preamble\r\n" + form(GOOD), "does not begin with its boundary"),
    (form(), 'no part "message"'),
    (form(GOOD, GOOD), 'two parts "message"'),
    (form(GOOD, ("subject", "", "", b"x")), 'no part "subject"'),
    (form(GOOD, ("attachment", "", "", b"x")), "no file name"),
    (form(GOOD, ("attachment", "x" * 9000, "", b"x")), "longer than 8192"),
    (form(("message", "", "", b"{")), "no JSON"),
    (form(("message", "", "", b"[]")), "no JSON object"),
    (form(("message", "", "", message(to="x"))), '"to": x is no address'),
    (form(GOOD, ("inline", "x.png", "", b"x")), "html"),
    (form(GOOD, *[("attachment", "x", "", b"")] * 1001), "1000"),
    (form(GOOD, ("attachment", "a\r\nX: y", "", b"x")), "does not end"),
    (form(GOOD, ("attachment", "x", "text/plain\r\nContent-Transfer-Encoding: base64", b"eA==")), "RFC 7578 4.7"),
])
def test_what_is_no_message_says_why(server, octets, words):
    answer = post(Api(server), octets)
    assert answer.status == 400 and words in answer.detail, answer.octets


def test_what_is_too_large_says_so(narrow):
    answer = post(Api(narrow), form(GOOD, ("attachment", "x", "", bytes(26 << 20))))
    assert answer.status == 413 and str(25 << 20) in answer.detail


def test_no_file_stays_behind(narrow):
    """Neither of what was sent, nor of what was refused, nor of a client that went away."""
    key = new_key(narrow)
    octets = form(GOOD, ("attachment", "x", "", bytes(5_000_000)))
    head = (f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: {len(octets)}\r\n"
            "Content-Type: multipart/form-data; boundary=xyz\r\n\r\n").encode()
    with tls_context().wrap_socket(socket.create_connection(("127.0.0.1", narrow.https))) as s:
        s.sendall(head + octets[:4_000_000])
    assert post(Api(narrow, key), form(("message", "", "", message(to="x")), ("attachment", "x", "", bytes(5_000_000)))).status == 400
    assert post(Api(narrow, key), octets).status in (200, 202)
    blobs = narrow.directory / "data" / "blobs"
    until(lambda: sum(1 for p in blobs.rglob("*") if p.is_file()) == len([r for r in narrow.mailbox(BOB) if r["size_bytes"] > 1_000_000]),
          what="the files of forms are gone")
