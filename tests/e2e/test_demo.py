"""The demonstration, smaller: two servers, DNS between them, mail both ways (RFC 5321, RFC 6531, RFC 3501)."""
import subprocess

import pytest

import letters
from harness import ROOT, free_port_base


def demo(*arguments):
    done = subprocess.run(["/usr/bin/python3", str(ROOT / "tools/demo"), "--port-base", str(free_port_base()), *arguments],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stdout + done.stderr


@pytest.mark.released
def test_all_of_it_holds():
    status, table, said = demo("--recipients", "8", "--large", "1000000")
    assert status == 0, said
    assert "14 held, 0 failed" in table and "8 delivered, " in table
    assert max(map(len, table.splitlines()[6:])) < 80  # a row is a row of a terminal


@pytest.mark.released
def test_what_fails_is_told():
    """A message above smtp.size_max (RFC 1870): the others arrive, and the status says that not all held."""
    status, table, said = demo("--recipients", "1", "--large", "27000000")
    assert status == 1, said
    assert "12 held, 2 failed" in table and "FAILED" in table and "552" in table


@pytest.mark.parametrize("got, wrong", [
    (b"%s", None),
    (b"Received: from x\r\n\tby y\r\nReturn-Path: <>\r\n%s", None),
    (b"Received: from x\r\nX-Odd: 1\r\n%s", "not only trace fields"),
    (b"%s\r\n", "part 2 octets before the end"),
    (b"", "0 octets fetched"),
])
def test_a_difference_is_seen(got, wrong):
    sent = letters.plain("a@x.test", "b@x.test", "1")
    found = letters.difference(sent, got.replace(b"%s", sent))
    assert found is None if wrong is None else wrong in found


def test_one_octet_makes_a_difference():
    sent = letters.plain("a@x.test", "b@x.test", "1")
    assert letters.difference(sent, sent.replace(b"Hello", b"hello"))
