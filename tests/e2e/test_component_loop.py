"""libpostrider within a loop of the program's own: one descriptor, one time.  RFC 5321 4.5.3.2 (time limits)."""
import pytest

from certificates import Authority
from component import drive, patient as options
from remote import Remote

BASIC = ("from=a@sender.test", "subject=x", "text=x")


def states(sent):
    return [(r["address"], r["state"], r["class"]) for r in sent["json"]["recipients"]]


def test_a_loop_that_waits_for_one_descriptor(network, directory):
    """DNS, TLS, several servers at once, and one that is silent until its time is over."""
    authority = Authority(directory / "authority")
    plain, slow = network.remote(), network.remote(mail=Remote.SILENCE)
    secure = network.remote(certificate=authority.sign("other.test"))
    refuses = network.remote(rcpt="550 5.1.1 no")
    (directory / "a.bin").write_bytes(b"octets" * 500_000)
    sent = drive(*options(network, command_time="1s"), *BASIC, f"attach={directory}/a.bin",
                 f"to=u@{plain.domain}, u@{secure.domain}, u@{refuses.domain}, u@{slow.domain}, u@missing.test", "loop=")
    assert states(sent) == [(f"u@{plain.domain}", "delivered", "delivered"), (f"u@{secure.domain}", "delivered", "delivered"),
                            (f"u@{refuses.domain}", "refused", "no-such-user"), (f"u@{slow.domain}", "deferred", "timed-out"),
                            ("u@missing.test", "refused", "no-such-domain")]
    assert "error" not in {line.split()[0] for line in sent["lines"]} and sent["error"] is None
    assert sent["busy"].startswith("a send of this client is under way") and "while a send is under way" in sent["option"]
    assert 5 < int(sent["turns"]) < 20_000  # it waits, and does not spin


def test_connections_are_kept_from_loop_to_send(network):
    remote = network.remote()
    sent = drive(*options(network), *BASIC, f"to=u@{remote.domain}", "loop=", "send=", "loop=")
    assert [s["status"] for s in sent["sends"]] == [0, 0, 0] and remote.n_connections == 1


@pytest.mark.parametrize("calls, words", [(["subject=a\nb"], "subject"), ([], "there is no recipient")])
def test_what_cannot_be_sent(network, calls, words):
    sent = drive(*options(network), *BASIC, *calls, "loop=")
    assert words in sent["error"] and sent["status"] == 1


def test_the_program_and_a_cancel_end_it(network):
    """Freed while it sends, the client leaves nobody undecided."""
    remote = network.remote(greeting=Remote.SILENCE)
    for end in (["abandon="], ["cancel=now", "loop="]):
        sent = drive(*options(network, greeting_time="10m", time="10m"), *BASIC, f"to=u@{remote.domain}", *end)
        assert states(sent) == [(f"u@{remote.domain}", "deferred", "cancelled")]


@pytest.mark.parametrize("how", ["send=", "loop=", "each="])
def test_what_is_called_may_not_use_its_client(network, how):
    """Each call is refused by words, and the send goes on."""
    one, two = network.remote(), network.remote()
    each = how == "each="
    to = [f"to=u@{one.domain}, u@{two.domain}"] if not each else ["column=to", f"value=u@{one.domain}", f"value=u@{two.domain}"]
    sent = drive(*options(network), *BASIC, *to, "meddle=", how)
    assert [s[1:] for s in states(sent)] == [("delivered", "delivered")] * 2
    assert len(sent["meddle"]) == 12
    for told in sent["meddle"]:
        assert told == "run -1" or "a send of this client is under way" in told or "not while a send is under way" in told


@pytest.mark.parametrize("how", ["send=", "each="])
def test_a_client_that_is_freed_by_what_it_calls(network, how):
    """It ends the send, and is freed behind it."""
    silent, quick = network.remote(mail=Remote.SILENCE), network.remote()
    to = [f"to=u@{silent.domain}, u@{quick.domain}"] if how == "send=" else ["column=to", f"value=u@{silent.domain}", f"value=u@{quick.domain}"]
    sent = drive(*options(network, command_time="10m", time="10m"), *BASIC, *to, "meddle=free", how, "gone=")
    assert [s[1:] for s in states(sent)] == [("deferred", "cancelled"), ("delivered", "delivered")]


@pytest.mark.parametrize("how", ["send=", "loop="])
def test_the_json_is_of_now(network, how):
    """Asked for within the send it has who is decided by then; afterwards, all (drive compares it with the rows)."""
    one, two = network.remote(), network.remote()
    sent = drive(*options(network), *BASIC, f"to=u@{one.domain}, u@{two.domain}", "watch=9", how)
    assert [s[1:] for s in states(sent)] == [("delivered", "delivered")] * 2 and len(sent["decided"]) == 2
