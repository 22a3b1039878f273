"""Whose name is on a submission: login x MAIL FROM x From (RFC 6409 6.1, threats 3.12)."""
import uuid

import pytest

from harness import ALICE, BOB

MAIL_FROM = [
    # MAIL FROM                       code
    ("alice@home.test",               250),
    ("ALICE@Home.Test",               250),
    ("alice+tag@home.test",           250),
    ("",                              250),  # a client may send a notification: RFC 5321 4.5.5
    ("bob@home.test",                 553),
    ("carol@home.test",               553),  # nobody
    ("alice@elsewhere.test",          553),
    ("alice@home.test.elsewhere.test", 553),
    ("alice@sub.home.test",           553),
    ("alice@xhome.test",              553),
    ("alice%home.test@elsewhere.test", 553),
    ("postmaster@home.test",          250),  # alice is the postmaster
    ("\"alice\"@home.test",           250),
    ("\"alice@home.test\"@elsewhere.test", 553),
    ("\"bob\"@home.test",             553),
]


@pytest.mark.parametrize("sender,code", MAIL_FROM)
def test_mail_from(server, sender, code):
    with server.logged_in() as s:
        s.ask(f"MAIL FROM:<{sender}>", code)


OK, NO = 250, 550
FROM = [
    # header lines                                                         code
    (["From: alice@home.test"],                                             OK),
    (["From: Alice <alice@home.test>"],                                     OK),
    (["From: \"Bob <bob@home.test>\" <alice@home.test>"],                   OK),   # a name proves nothing
    (["From: =?utf-8?q?Alice?= <alice@home.test>"],                         OK),
    (["From: (bob@home.test) alice@home.test (a comment)"],                 OK),
    (["From: alice+shop@home.test"],                                        OK),
    (["From: ALICE@HOME.TEST"],                                             OK),
    (["From: alice@home.test", "Sender: alice@home.test"],                  OK),
    (["From: bob@home.test"],                                               NO),
    (["From: Alice <bob@home.test>"],                                       NO),
    (["From: \"alice@home.test\" <bob@home.test>"],                         NO),
    (["From: boss@elsewhere.test"],                                         NO),
    (["From: carol@home.test"],                                             NO),
    (["From: alice@home.test, bob@home.test"],                              NO),
    (["From: bob@home.test, alice@home.test", "Sender: alice@home.test"],   NO),
    (["From: alice@home.test", "Sender: bob@home.test"],                    NO),
    (["From: alice@home.test", "Sender: alice@home.test, bob@home.test"],   NO),
    (["From: alice@home.test", "From: bob@home.test"],                      NO),
    (["From: bob@home.test", "From: alice@home.test"],                      NO),
    (["From: alice@home.test", "FROM : bob@home.test"],                     NO),
    (["From: alice@home.test", "From\t: bob@home.test"],                    NO),
    (["From : bob@home.test"],                                              NO),
    (["From: \"alice@home.test x\"@elsewhere.test"],                        NO),   # CVE-2025-13033
    (["From: =?utf-8?q?alice=40home=2Etest?= <bob@home.test>"],             NO),
    (["From: =?utf-8?q?alice?=@home.test"],                                 NO),
    (["From: =?utf-8?b?Ym9iQGhvbWUudGVzdA==?="],                            NO),
    (["From: team: alice@home.test;"],                                      NO),   # RFC 6854
    (["From: team: bob@home.test;"],                                        NO),
    (["From: nobody:;"],                                                    NO),
    (["From: alice@home.test bob@home.test"],                               NO),
    (["From: alice@home.test <bob@home.test>"],                             NO),
    (["From: <alice@home.test> <bob@home.test>"],                           NO),
    (["From: <bob@home.test>, <alice@home.test>"],                          NO),
    (["From: alice@home.test;bob@home.test"],                               NO),
    (["From: alice@home.test\\,bob@home.test"],                             NO),
    (["From: bob(alice@home.test)@home.test"],                              NO),
    (["From: <@home.test:bob@home.test>"],                                  NO),
    (["From: alice"],                                                       NO),
    (["From: "],                                                            NO),
    (["From: bob@home.test\x00, alice@home.test"],                          NO),
    (["From: alice@home.test\rFrom: bob@home.test"],                        NO),
    ([],                                                                    NO),
    (["From:", " bob@home.test"],                                           NO),
    (["From: alice@home.test,", " bob@home.test"],                          NO),
    ([" From: alice@home.test", "From: bob@home.test"],                     NO),
    (["From: \u0430lice@home.test"],                                        NO),   # a Cyrillic letter
    (["From: alice@home.test", "Reply-To: bob@home.test"],                  OK),   # an answer may go anywhere
]


@pytest.mark.parametrize("lines,code", FROM, ids=[" | ".join(row[0]).encode("unicode_escape").decode() for row in FROM])
def test_from(server, lines, code):
    """Accepted, or refused with a reply that says which address is not the sender's; never taken otherwise."""
    subject = f"from {uuid.uuid4()}"
    text = "".join(line + "\r\n" for line in [*lines, f"Subject: {subject}"]) + "\r\nx\r\n"
    utf8 = not text.isascii()
    with server.logged_in() as s:
        said = s.message(ALICE, [BOB], text.encode(), parameters=" SMTPUTF8" if utf8 else "", codes=(code,))
        s.ask("QUIT", 221)
    found = server.find(BOB, subject=subject)
    assert len(found) == (1 if code == OK else 0), said


def test_null_sender_still_says_who(server):
    """An empty return path frees nobody from being who they are."""
    with server.logged_in() as s:
        s.message("", [BOB], b"From: bob@home.test\r\n\r\nx\r\n", codes=(550,))
        s.message("", [BOB], b"From: alice@home.test\r\n\r\nx\r\n", codes=(250,))


def test_other_logins_other_names(server):
    with server.logged_in(BOB) as s:
        s.ask(f"MAIL FROM:<{ALICE}>", 553)
        s.message(BOB, [BOB], f"From: {ALICE}\r\n\r\nx\r\n".encode(), codes=(550,))
        s.message(BOB, [BOB], f"From: {BOB}\r\n\r\nx\r\n".encode(), codes=(250,))
