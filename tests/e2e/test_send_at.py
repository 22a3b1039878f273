"""send_at: messages that wait for their time, for others and for mailboxes here."""
import base64
import datetime
import email
import email.policy
import email.utils
import time

import pytest

from harness import ALICE, BOB, Postrider, until
from http_api import Api, new_key


@pytest.fixture(scope="module")
def api(server):
    return Api(server, new_key(server, ALICE, "--rights", "send,read,manage"))


def at(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")[:-4] + "Z"


def ms(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def states(message):
    return [r["state"] for r in message["recipients"]]


def test_it_waits_and_is_sent(server, api, network):
    """For others and for mailboxes here alike; its Date (RFC 5322 3.6.1) is when it is sent."""
    remote = network.remote()
    when = at(3)
    told = api.send(status=202, to=[f"ann@{remote.domain}", BOB], subject="later", send_at=when).json
    assert states(told) == ["queued"] * 2 and all(r["next_try"] == when for r in told["recipients"]) and "once it is time" in told["recipients"][0]["meaning"]
    assert not remote.messages and not [r for r in server.mailbox(BOB) if r["subject"] == "later"]
    told = api.ask("GET", f"/v1/messages/{told['id']}?wait=60s", status=200).json
    assert states(told) == ["delivered"] * 2 and time.time() >= ms(when)
    assert told["recipients"][1]["text"] == "delivered into the mailbox"
    for octets in (remote.messages[0][2], server.wait_mail(BOB, subject="later")):
        message = email.message_from_bytes(octets, policy=email.policy.default)
        assert email.utils.parsedate_to_datetime(message["Date"]).timestamp() == int(ms(when)) and message["DKIM-Signature"]
    row = [r for r in server.mailbox(BOB) if r["subject"] == "later"]
    assert len(row) == 1 and row[0]["return_path"] == ALICE


def test_a_large_one(server, api):
    """A body that has a file of its own."""
    octets = bytes(range(256)) * 8000
    told = api.send(status=202, to=BOB, subject="later and large", send_at=at(1), attachments=[{"name": "x.bin", "content": base64.b64encode(octets).decode()}]).json
    assert api.ask("GET", f"/v1/messages/{told['id']}?wait=60s", status=200)
    message = email.message_from_bytes(server.wait_mail(BOB, subject="later and large"), policy=email.policy.default)
    assert [p.get_payload(decode=True) for p in message.iter_attachments()] == [octets]


def test_it_can_be_cancelled_until_then(server, api, network):
    remote = network.remote()
    told = api.send(status=202, to=[f"ann@{remote.domain}", BOB], subject="never", send_at=at(3600)).json
    done = api.ask("POST", f"/v1/messages/{told['id']}/cancel", status=200).json
    assert done == {"done": 2, "under_way": 0}
    assert states(api.ask("GET", f"/v1/messages/{told['id']}", status=200).json) == ["cancelled"] * 2
    assert not remote.messages and not [r for r in server.mailbox(BOB) if r["subject"] == "never"]


def test_it_can_be_sent_before(server, api, network):
    remote = network.remote()
    told = api.send(status=202, to=[f"ann@{remote.domain}", BOB], subject="sooner", send_at=at(3600)).json
    rows = [r for r in server.queue() if r["message"] == told["id"]]
    assert len(rows) == 2 and {r["route"] for r in rows} == {None, "local delivery"}
    assert api.ask("POST", f"/v1/messages/{told['id']}/retry", status=200).json["done"] == 2
    assert states(api.ask("GET", f"/v1/messages/{told['id']}?wait=60s", status=200).json) == ["delivered"] * 2
    assert remote.messages and server.wait_mail(BOB, subject="sooner")


def test_what_is_past_is_now(api):
    told = api.send(status=200, to=BOB, subject="past", send_at="2020-01-01T00:00:00Z", wait="30s").json
    assert states(told) == ["delivered"]


@pytest.mark.parametrize("when, words", [("tomorrow", "no time such as"), (1, "no time such as"), ("2999-01-01T00:00:00Z", "30 days"), (None, "no time such as")])
def test_what_is_no_time_says_why(api, when, words):
    answer = api.send(to=BOB, send_at=when)
    assert answer.status == 400 and words in answer.detail


def test_it_is_asked_then_whose_address_that_is(server, api):
    """An account that is gone, an alias that leads elsewhere, one that is new."""
    server.add_account("soon-gone@home.test")
    server.run("alias", "add", "moved@home.test", ALICE, check=True)
    told = api.send(status=202, to=["soon-gone@home.test", "moved@home.test"], subject="whose", send_at=at(4)).json
    server.run("account", "remove", "soon-gone@home.test", "--delete-mail", "--yes", check=True)
    server.run("alias", "remove", "moved@home.test", check=True)
    server.run("alias", "add", "moved@home.test", BOB, check=True)
    told = api.ask("GET", f"/v1/messages/{told['id']}?wait=60s", status=200).json
    assert [(r["state"], r["class"]) for r in told["recipients"]] == [("refused", "no-such-user"), ("delivered", "delivered")]
    assert server.wait_mail(BOB, subject="whose")
    until(lambda: any("soon-gone@home.test" in t for r in server.mailbox(ALICE) if not r["return_path"] for t in [server.text(ALICE, r["uid"]).decode()]),
          what="the notification of the one (RFC 3464)")


def test_it_outlives_crashes_and_the_expiry(directory, network):
    """kill -9 while it waits; delivery.expiry counts from when it is sent."""
    server = Postrider(directory / "later", dns=network.dns, remote_port=network.port, settings="delivery { expiry = 2s }").start()
    api = Api(server, new_key(server, ALICE, "--rights", "send,read,manage"))
    remote = network.remote()
    told = api.send(status=202, to=[f"ann@{remote.domain}", BOB], subject="survivor", send_at=at(5)).json
    server.kill()
    server.start()
    api = Api(server, api.key)
    until(lambda: states(api.ask("GET", f"/v1/messages/{told['id']}?wait=30s").json) == ["delivered"] * 2, 60)
    assert len(remote.messages) == 1 and len([r for r in server.mailbox(BOB) if r["subject"] == "survivor"]) == 1
    assert server.stop() == 0


def test_each_of_a_batch_at_its_time(api, network):
    remote = network.remote()
    told = api.ask("POST", "/v1/messages/batch", {"messages": [{"from": ALICE, "to": f"u{i}@{remote.domain}", "text": "x", "send_at": at(1 + i / 10)} for i in range(20)]}, 207)
    until(lambda: len(remote.messages) == 20, 60)
    assert {r["status"] for r in told.json["messages"]} == {202}
