"""The first message: from the command line to a mailbox of ours and to another domain's server."""


def test_to_ourselves(server):
    status, message, records = server.send("--from", "alice@home.test", "--to", "bob@home.test", "--subject", "Hello",
                                           "--body", "It works.")
    assert status == 0
    assert [r["state"] for r in records][-1] == "delivered"
    row = server.mailbox("bob@home.test")[-1]
    assert row["message"] == message and row["subject"] == "Hello"
    text = server.text("bob@home.test", row["uid"])
    assert text.startswith(b"Return-Path: <alice@home.test>\r\n") and b"It works." in text


def test_to_another_domain(server, network):
    remote = network.remotes["r1"]
    remote.reset()
    status, message, records = server.send("--from", "alice@home.test", "--to", "carol@r1.test", "--body", "Hello there")
    assert status == 0, records
    assert records[-1]["state"] == "delivered" and records[-1]["remote_host"] == "mx.r1.test"
    assert records[-1]["code"] == 250 and records[-1]["text"] == "taken"
    [(sender, recipients, octets)] = remote.wait_messages(1)
    assert (sender, recipients) == ("alice@home.test", ["carol@r1.test"]) and b"Hello there" in octets


def test_refused(server, network):
    network.remotes["r2"].reset(rcpt="550 5.1.1 no such user")
    status, message, records = server.send("--from", "alice@home.test", "--to", "nobody@r2.test", "--body", "x")
    assert status == 1
    last = records[-1]
    assert (last["state"], last["code"], last["enhanced"], last["class"]) == ("refused", 550, "5.1.1", "no-such-user")
    assert last["meaning"]
