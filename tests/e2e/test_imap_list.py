"""LIST, LSUB and STATUS of many mailboxes; names that are no ASCII; what patterns may cost."""
import select

import pytest

from harness import BOB
from imap import Imap


@pytest.fixture
def client(server):
    made = Imap(server)
    yield made
    made.close()


def names(lines):
    return [line.split(' "/" ')[1] for line in lines]


def test_more_names_than_one_answer_of_the_store_holds(server, client):
    """RFC 5819: counts of all of them come with the list."""
    made = [f"Many/{n:04}" for n in range(1500)]
    for name in made:
        client.start(f"CREATE {name}")
        assert client.finish().startswith("OK")
    client.append("Many/0700")
    assert names(client.ask('LIST "" "Many/*"')) == made
    told = client.ask('LIST "Many/" "*" RETURN (STATUS (MESSAGES UIDNEXT))')
    assert len(told) == 3000 and told[1401] == "STATUS Many/0700 (MESSAGES 1 UIDNEXT 2)"
    rows = [line for line in server.run("mailbox", "names", "--json", "alice@home.test", check=True).stdout.splitlines() if "Many/" in line]
    assert len(rows) == 1500
    for name in made:
        client.ask(f"DELETE {name}")
    assert names(client.ask('LIST "" "Many*"')) in ([], ["Many"])


def test_names_in_modified_utf_7(client):
    """RFC 3501 5.1.3: one form of each name; another one is no name."""
    client.ask("CREATE &AOk-t&AOk-")
    assert names(client.ask('LIST "" "&AOk-%"')) == ["&AOk-t&AOk-"]
    for nonsense in ("&", "&AOk", "&AOkA-", "a&AGE-b", "&2D0-", "&AOk-&AOk-", "&!!-"):
        client.refused(f'CREATE "{nonsense}"', "BAD")
        client.refused(f'LIST "" "{nonsense}"', "BAD")
    client.ask("DELETE &AOk-t&AOk-")
    client.ask("CREATE a&-b")
    assert names(client.ask('LIST "" a*')) == ["a&-b"]
    client.ask("DELETE a&-b")


def test_a_special_use_comes_back_with_its_name(client):
    """RFC 6154 2: who deletes Trash and makes it again has one that programs find; there are never two."""
    use = lambda: [(names([line])[0]) for line in client.ask('LIST (SPECIAL-USE) "" *') if "\\Trash" in line]  # noqa: E731
    assert use() == ["Trash"]
    client.ask("DELETE Trash")
    assert use() == []
    client.ask("CREATE Bin (USE (\\Trash))")
    client.ask("CREATE Trash")
    assert use() == ["Bin"]
    client.ask("DELETE Trash")
    client.ask("DELETE Bin")
    client.ask("CREATE Trash")
    assert use() == ["Trash"]


def test_names_that_cannot_be(client):
    """No level is empty, none leads anywhere else; a name has a maximum."""
    for name in ("/", "a//b", "/etc/passwd", "a" * 1001, "/".join("abcdefghijklmnopqrstuvw")):
        client.refused(f"CREATE {name}")
    client.refused('CREATE ""', "BAD")
    for name in ("../../x", "~root", "..", "."):
        client.ask(f"CREATE {name}")
        assert names(client.ask(f"LIST \"\" {name}")) == [name]
        client.ask(f"DELETE {name}")
    client.refused("CREATE inbox")
    client.refused("DELETE INBOX")
    client.refused("RENAME Sent Trash")


def test_dear_patterns_hold_up_nobody(server, client):
    """Patterns of nothing but wildcards are compared within limits, and others are served meanwhile."""
    other = Imap(server, BOB)
    deep = "/".join(["a" * 45] * 20)
    client.ask(f"CREATE {deep}")
    patterns = " ".join('"' + "%a*a" * 125 + f'{n:03}"' for n in range(100))
    client.start(f'LIST "" ({patterns})')
    served = 0
    while not select.select([client.client.sock], [], [], 0)[0]:
        other.ask("NOOP")
        served += 1
    assert client.finish().startswith(("OK", "NO [LIMIT]")) and served >= 5
    client.refused('LIST "" (' + " ".join(["x"] * 101) + ")", "BAD")
    for n in range(20, 0, -1):
        client.tagged("DELETE " + "/".join(["a" * 45] * n))
    other.close()


def test_nobody_sees_anothers(server, client):
    """Bob's names and mailboxes are not alice's."""
    other = Imap(server, BOB)
    client.ask("CREATE OnlyMine")
    client.append("OnlyMine")
    assert "OnlyMine" not in names(other.ask('LIST "" *'))
    for command in ("SELECT OnlyMine", "STATUS OnlyMine (MESSAGES)", "DELETE OnlyMine", "RENAME OnlyMine Mine"):
        assert other.refused(command).startswith("NO [NONEXISTENT]")
    client.ask("DELETE OnlyMine")
    other.close()


def test_names_have_an_end(server):
    """An account has room for so many subscriptions and mailboxes; what there is can still be told."""
    client = Imap(server, BOB)
    for command, least in (("SUBSCRIBE", 500), ("CREATE", 500)):
        for n in range(2000):
            answer = client.tagged(f"{command} {n:04}{'x' * 990}")
            if not answer.startswith("OK"):
                break
        assert answer.startswith("NO [LIMIT] the account has too many") and n > least
    assert len(client.ask('LSUB "" *')) > 500 and len(client.ask('LIST "" * RETURN (SUBSCRIBED STATUS (MESSAGES))')) > 1000
    client.close()
