"""The first message: from the command line to a mailbox of ours and to another domain's server."""
from harness import ALICE, BOB


def test_to_ourselves(server):
    status, message, records = server.send("--from", ALICE, "--to", BOB, "--subject", "Hello", "--body", "It works.")
    assert status == 0 and [r["state"] for r in records] == ["delivered"]
    [row] = [r for r in server.mailbox(BOB) if r["message"] == message]
    assert row["subject"] == "Hello" and row["return_path"] == ALICE
    text = server.text(BOB, row["uid"])
    assert text.startswith(b"Return-Path: <alice@home.test>\r\n") and b"It works." in text
    [record] = server.agreed(message, records)
    assert record["attempt"] == 1 and record["class"] == "delivered"


def test_to_another_domain(server, network):
    remote = network.remote()
    status, message, records = server.send("--from", ALICE, "--to", f"carol@{remote.domain}", "--body", "Hello there")
    assert status == 0, records
    [record] = server.agreed(message, records)
    assert record["state"] == "delivered" and record["remote_host"] == remote.host
    assert record["remote_address"] == f"{remote.address}:{remote.port}"
    assert (record["code"], record["enhanced"], record["text"]) == (250, "2.0.0", "taken")
    [(sender, recipients, octets)] = remote.wait_messages(1)
    assert (sender, recipients) == (ALICE, [f"carol@{remote.domain}"]) and b"Hello there" in octets


def test_refused(server, network):
    remote = network.remote(rcpt="550 5.1.1 no such user")
    status, message, records = server.send("--from", ALICE, "--to", f"nobody@{remote.domain}", "--body", "x")
    assert status == 1
    [record] = server.agreed(message, records)
    assert (record["state"], record["code"], record["enhanced"], record["text"]) == ("refused", 550, "5.1.1", "no such user")
    assert record["class"] == "no-such-user" and record["meaning"].startswith("There is no mailbox of this name.")
