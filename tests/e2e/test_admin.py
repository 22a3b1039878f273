"""The operator's routes over HTTP: /admin/v1, what the command line can, on a listener of the control role."""
import json
import re

import pytest

from harness import ALICE, LOOKING


def key(server, *arguments, **kw):
    return server.run("key", *arguments, "--operator", program=LOOKING, **kw)


# ---- keys ----

def test_a_key_of_the_operators(server):
    """Printed once, kept as a digest, listed, revoked; it is nobody's account."""
    done = key(server, "new", "--label", "panel", check=True)
    assert re.fullmatch(r"po\.\w{20}\n", done.stdout)
    assert done.stdout.strip()[3:].encode() not in (server.directory / "data" / "directory.db").read_bytes()
    rows = [json.loads(line) for line in key(server, "list", "--json", check=True).stdout.splitlines()]
    assert [row["operator_key"] for row in rows] == ["panel"] and rows[0]["made"]
    again = key(server, "new", "--label", "panel")
    assert again.returncode == 1 and "already" in again.stderr
    assert "po." not in server.run("account", "show", "--json", ALICE, check=True).stdout
    assert "opens nothing any more" in key(server, "revoke", "panel", check=True).stdout
    assert "no key \"panel\"" in key(server, "revoke", "panel").stderr
    assert not key(server, "list", check=True).stdout


@pytest.mark.parametrize("arguments, words", [(["new"], "--account ADDRESS, or --operator"),
                                              (["new", "--operator", "--account", ALICE], "--account ADDRESS, or --operator"),
                                              (["new", "--operator", "--rights", "send"], "of an account's keys")])
def test_whose_a_key_is_must_be_said(server, arguments, words):
    done = server.run("key", *arguments)
    assert done.returncode == 64 and words in done.stderr
