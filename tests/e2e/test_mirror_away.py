"""A mirror of the ledger that cannot be: the server serves, and tells why.  docs/guide/mirror.md; with databases: tests/interop/test_mirror.py."""
import json

import pytest

from harness import ALICE, Postrider, until

HOURS = 3600  # seconds that only what hangs takes


def state(server):
    return json.loads(server.run("mirror", "--json").stdout)


@pytest.mark.parametrize("connection,words", [("Driver=Nobody;Server=127.0.0.1", "no driver Nobody"), ("DSN=nobody", "no data source nobody"),
                                              ("Server=127.0.0.1", "neither DSN nor Driver"), ("Driver=/nowhere/libx.so", "cannot be loaded")])
def test_what_cannot_be_loaded_is_told(tmp_path, connection, words):
    """And the server serves."""
    server = Postrider(tmp_path / "server", settings=f'ledger {{ mirror = "{connection}" }}').start()
    assert server.send("--from", ALICE, "--to", ALICE, "--body", "x")[0] == 0
    until(lambda: "\npostrider_mirror_failures_total 2\n" in server.run("metrics", check=True).stdout, HOURS, "a second try")
    told = state(server)["words"]
    assert words in told and told.count("restart the server") == 1
    assert server.run("mirror").returncode == 1
    assert server.stop() == 0


def test_file_that_others_may_read(tmp_path):
    path = tmp_path / "odbc"
    path.write_text("DSN=x\n")
    path.chmod(0o644)
    server = Postrider(tmp_path / "server", settings=f'ledger {{ mirror = "{path}" }}')
    done = server.run("serve")
    assert done.returncode == 1 and f"ledger.mirror: others than its owner may read {path}; chmod 600 it" in done.stderr


def test_doctor_and_metrics_tell(tmp_path):
    server = Postrider(tmp_path / "server", settings='ledger { mirror = "DSN=nobody" }').start()
    until(lambda: state(server)["words"], HOURS, "the trouble")
    found = [json.loads(line) for line in server.run("doctor", "--json").stdout.splitlines()]
    [told] = [f for f in found if f.get("check") == "mirror"]
    assert told["level"] == "mend" and "no data source nobody" in told["text"] and "mail goes on" in told["text"]
    assert "\npostrider_mirror_connected 0\n" in server.run("metrics", check=True).stdout
    assert "mirror" in server.roles() and server.stop() == 0


def test_without_the_setting_there_is_no_role(server):
    assert "mirror" not in server.roles()
    done = server.run("mirror")
    assert done.returncode == 1 and "ledger.mirror is not set" in done.stderr
    assert 'postrider_role_up{role="mirror"}' not in server.run("metrics", check=True).stdout


def test_in_one_process(tmp_path):
    server = Postrider(tmp_path / "server", settings='ledger { mirror = "DSN=nobody" }', one_process=True).start()
    assert "no data source nobody" in until(lambda: state(server)["words"], HOURS, "the trouble")
    assert server.stop() == 0
