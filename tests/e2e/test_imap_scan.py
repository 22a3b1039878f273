"""A long look through texts (RFC 3501 6.4.4) holds up neither another session nor a delivery nor a stop."""
import imaplib
import smtplib

from harness import ALICE, BOB, PASSWORD, tls_context, until

SETTINGS = "smtp { sessions_per_client = 100 }\n"
TEXT = b"".join(b"line %06d of a text that is long and has nothing in it\r\n" % n for n in range(1000))


def ok(answer):
    status, data = answer
    assert status == "OK", answer
    return data


def login(server, name=ALICE):
    client = imaplib.IMAP4_SSL("127.0.0.1", server.imaps, ssl_context=tls_context(), timeout=300)
    client.login(name, PASSWORD)
    return client


def test_a_search_of_envelopes(server):
    """FROM, TO, CC, BCC, SUBJECT look into the envelope's fields; HEADER into all that there are."""
    client = login(server)
    ok(client.create("Fields"))
    message = ("From: =?utf-8?q?J=C3=B6rg?= M <joerg@away.test>\r\nTo: \"Doe, Jane\" <jane@home.test>, x@y.test\r\nCc: Team: a@b.test, c@d.test;\r\n"
               "Bcc: hidden@home.test\r\nSubject: =?utf-8?b?R3LDvMOfZQ==?= and\r\n more\r\nX-Other: jane@home.test elsewhere\r\n\r\nbody of it\r\n")
    ok(client.append("Fields", None, None, message.encode()))
    ok(client.append("Fields", None, None, b"Subject: " + b"long " * 2000 + b"tail\r\nFrom: last@home.test\r\n\r\nx\r\n"))
    ok(client.select("Fields"))
    for keys, found in [("FROM JOERG@away", b"1"), ("TO doe", b"1"), ("TO jane@home.test", b"1"), ("TO elsewhere", b""), ("CC team", b"1"),
                        ("CC c@d.test", b"1"), ("BCC hidden", b"1"), ("SUBJECT \"and more\"", b"1"), ("SUBJECT tail", b"2"), ("FROM last", b"2"),
                        ("NOT SUBJECT tail", b"1"), ("OR FROM last BODY \"body of\"", b"1 2"), ("FROM last BODY \"body of\"", b""),
                        ("HEADER X-Other elsewhere FROM joerg", b"1"), ("HEADER X-Other \"\"", b"1"), ("FROM \"\"", b"1 2"), ("CC \"\"", b"1")]:
        assert ok(client.search(None, keys)) == [found], keys
    client.literal = "grüße".encode()
    assert ok(client.search("UTF-8", "SUBJECT")) == [b"1"]
    client.literal = "jörg m".encode()
    assert ok(client.search("UTF-8", "FROM")) == [b"1"]
    client.logout()


def test_a_long_search(server):
    client, other, third = login(server), login(server), login(server, BOB)
    ok(client.create("Texts"))
    message = b"From: a@home.test\r\nSubject: s\r\n\r\n" + TEXT
    client.send(b"m APPEND Texts" + b"".join(b" {%d+}\r\n%s" % (len(message), message) for _ in range(100)) + b"\r\n")
    assert client.readline().startswith(b"m OK")
    ok(client.select("Texts"))
    for _ in range(99):
        ok(client.copy("1:100", "Texts"))
    ok(client.noop())
    assert ok(client.search(None, "ALL"))[0].count(b" ") == 9999
    client.send(b"s SEARCH TEXT {7+}\r\nno such\r\n")
    for _ in range(20):
        ok(other.noop())
        ok(third.select("INBOX"))
    with smtplib.SMTP("127.0.0.1", server.smtp, timeout=60) as smtp:
        smtp.sendmail("x@away.test", [BOB], b"Subject: during the search\r\n\r\nx\r\n")
    until(lambda: ok(third.select("INBOX")) == [b"1"])
    client.sock.settimeout(0.001)
    try:
        early = client.sock.recv(1 << 16)
    except TimeoutError:
        early = b""
    assert early == b"", "the search was over first"
    client.sock.settimeout(60)
    other.logout()
    third.logout()
    server.process.terminate()
    assert client.readline().startswith(b"* BYE ")
    assert server.stop() == 0
