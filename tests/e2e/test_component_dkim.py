"""libpostrider signs with keys of the program's; dkimpy judges.

RFC 6376 5, 6; RFC 8463 (Ed25519); RFC 8301 3.2 (weak keys).
"""
import base64
import subprocess

import dkim
import pytest

from component import drive, patient as options
from test_binding_python import run

BASIC = ("from=Alice <alice@news.sender.test>", "subject=Grüße", "text=How  are you?\n\n\n", "header=X-A|1")


def make_key(path, *algorithm):
    """The DNS record of a new key."""
    subprocess.run(["openssl", "genpkey", "-algorithm", *algorithm, "-out", str(path)], check=True, capture_output=True)
    public = subprocess.run(["openssl", "pkey", "-in", str(path), "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
    if algorithm[0] == "ED25519":
        return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(public[-32:])
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


@pytest.fixture(scope="module")
def keys(directory):
    """{"selector": record}; PEMs are files of that name."""
    return {"rsa": make_key(directory / "rsa", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"), "ed": make_key(directory / "ed", "ED25519")}


def judge(octets, keys, n):
    judged = dkim.DKIM(octets)
    records = {f"{selector}._domainkey.sender.test.".encode(): record for selector, record in keys.items()}
    assert octets.count(b"DKIM-Signature:") == n
    return all(judged.verify(idx=i, dnsfunc=lambda name, timeout=5: records[name]) for i in range(n))


@pytest.mark.parametrize("attached", [None, "attach", "source"])
def test_signed_by_both_keys(network, directory, keys, attached):
    """With what is read while it is sent, and to each server alike."""
    one, two = network.remote(), network.remote()
    (directory / "a.bin").write_bytes(bytes(range(256)) * 2000)
    more = {None: [], "attach": [f"attach={directory}/a.bin"], "source": [f"source={directory}/a.bin|a.bin|512000"]}[attached]
    sent = drive(*options(network), *(f"dkim=sender.test|{s}|{directory}/{s}" for s in keys), *BASIC, f"to=b@{one.domain}, b@{two.domain}", *more, "send=")
    assert sent["status"] == 0
    [(_, _, octets)], [(_, _, other)] = one.messages, two.messages
    assert octets == other and octets.startswith(b"DKIM-Signature:") and judge(octets, keys, 2)
    assert f"SIZE={len(octets)}" in one.parameters[0]
    try:
        assert not judge(octets.replace(b"How", b"Who"), keys, 2)
    except dkim.ValidationError:
        pass


def test_a_whole_message_and_rows(network, directory, keys):
    remote, raw = network.remote(), directory / "raw.eml"
    raw.write_bytes(f"From: a@sender.test\nTo: b@{remote.domain}\nSubject: x\n\ntext \n".encode())
    sent = drive(*options(network), f"dkim=sender.test|ed|{directory}/ed", f"raw={raw}", "send=")
    assert sent["status"] == 0 and judge(remote.messages[0][2], keys, 1)
    remote.reset()
    sent = drive(*options(network), f"dkim=sender.test|rsa|{directory}/rsa", "from=a@sender.test", "text=Dear {{n}}", "column=to", "column=n",
                 f"value=b@{remote.domain}", "value=B", f"value=c@{remote.domain}", "value=C", "each=")
    assert sent["status"] == 0 and len(remote.messages) == 2 and all(judge(m[2], keys, 1) for m in remote.messages)


@pytest.mark.parametrize("domain, signs", [("sender.test", True), ("news.sender.test", True), ("other.sender.test", False), ("er.test", False)])
def test_whose_key_it_is(network, directory, keys, domain, signs):
    """The author's domain, or one above it."""
    remote = network.remote()
    drive(*options(network), f"dkim={domain}|ed|{directory}/ed", *BASIC, f"to=b@{remote.domain}", "send=")
    assert (f"d={domain};".encode() in remote.messages[0][2]) == signs == (b"DKIM-Signature" in remote.messages[0][2])


def test_from_python(network, directory, keys):
    remote = network.remote()
    out = run(network, f"""
with postrider.Client(**OPTIONS) as client:
    client.dkim("sender.test", "ed", open("{directory}/ed").read())
    print(client.send(Mail("a@sender.test", "b@{remote.domain}", "x").text("x"))[0].state)
    print(refused(lambda: client.dkim("sender.test", "ed", "no key"))[0])
""")
    assert out == "delivered\n-1\n" and judge(remote.messages[0][2], keys, 1)


def test_what_is_no_key(directory, keys):
    make_key(directory / "weak", "RSA", "-pkeyopt", "rsa_keygen_bits:1024")
    for call in ("sender.test|s|/dev/null", f"a b|s|{directory}/ed", f"sender.test|s s|{directory}/ed", f"sender.test|s|{directory}/weak"):
        sent = drive("option=port|25", f"dkim={call}")
        assert sent["failed"][0][:2] == ("dkim", -1) and sent["option"], call
