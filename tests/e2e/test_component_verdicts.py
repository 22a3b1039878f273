"""The server's whole set of scripted remotes, by the library: one mail to all of them, each told as the server tells its first attempt.

RFC 5321 4.2.1, RFC 3463; the rows are those of test_verdicts.py.
"""
import pytest

from component import drive, options
from test_verdicts import ROWS

BODY = "x" * 70 + "\n"


@pytest.fixture(scope="module")
def told(network):
    """{row: (remote, its recipient's record)}"""
    remotes = {(kind, what): network.remote(**{stage: list(value) if isinstance(value, list) else value for stage, value in script.items()})
               for kind, what, script, _ in ROWS}
    sent = drive(*options(network, parallel="120"), "from=a@sender.test", "subject=x", f"text={BODY * 100}",
                 "bcc=" + ", ".join(f"u@{remote.domain}" for remote in remotes.values()), "send=")
    records = {record["address"]: record for record in sent["json"]["recipients"]}
    return {row: (remote, records[f"u@{remote.domain}"]) for row, remote in remotes.items()}


@pytest.mark.parametrize("kind, what, expected", [(kind, what, expected) for kind, what, _, expected in ROWS])
def test_verdict(told, kind, what, expected):
    remote, record = told[kind, what]
    state = {"later": "deferred", "refused": "refused", "taken": "delivered"}[kind]
    assert record["state"] == state, record
    for key, value in zip(("code", "enhanced", "text", "class"), expected):
        if value is not None or key in ("code", "enhanced"):
            assert record[key] == value, (key, record)
    assert record["remote_host"] == remote.host and record["remote_address"] == f"{remote.address}:{remote.port}" and record["meaning"]
    assert ("not tried again by itself" in record["meaning"]) == (kind == "later") and "We keep trying" not in record["meaning"]
    assert len(remote.messages) == (kind == "taken")
    if kind == "taken":  # no empty and no partial message
        assert remote.messages[0][2].endswith((BODY * 100).replace("\n", "\r\n").encode())
