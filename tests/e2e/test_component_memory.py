"""libpostrider where memory ends: at each allocation that it makes, an error and no crash, nothing lost and nothing left behind.

RFC 5321 4.2.5: what was delivered is told as delivered.
"""
import concurrent.futures
import os
import subprocess

import pytest

from certificates import Authority
from component import BUILD, DRIVER, drive, patient

BASIC = ("from=Alice <alice@sender.test>", "subject=Grüße", "text=How are you?", "html=<p>How are <b>you</b>?</p>", "header=X-Note|x")
PRELOADED = BUILD / "tests" / "component" / "libnth_malloc.so"

pytestmark = pytest.mark.skipif("asan" in str(BUILD) or "tsan" in str(BUILD), reason="sanitizers have an allocator of their own")


@pytest.fixture(scope="module")
def remotes(network, directory):
    authority = Authority(directory / "authority")
    return [network.remote(), network.remote(certificate=authority.sign("mx.test"))]


def run(directory, calls, n=0, on=False):
    """(exit status, what it printed, allocations, how many were left)"""
    report = directory / f"report{n}{on}"
    env = os.environ | {"LD_PRELOAD": str(PRELOADED), "NTH_MALLOC": str(n), "NTH_MALLOC_REPORT": str(report)} | ({"NTH_MALLOC_ON": "1"} if on else {})
    done = subprocess.run([str(DRIVER), *calls], env=env, capture_output=True, timeout=120, stdin=subprocess.DEVNULL)
    counts = [int(word) for word in report.read_text().split()] if report.exists() else None
    return done.returncode, done.stdout.decode(), counts


def calls_of(kind, network, remotes, directory):
    if kind == "composing":
        (directory / "a file").write_bytes(b"x" * 200_000)
        return [*BASIC, f"to=b@{remotes[0].domain}", f"attach={directory}/a file", "memory=name.txt|abc", "contact=Bob|b@x.test|123",
                "reply_to=c@x.test", "unsubscribe=https://x.test/u", f"write={directory}/written"]
    if kind == "directly":
        return [*patient(network), *BASIC, f"to=b@{remotes[0].domain}, c@{remotes[1].domain}", "bcc=u@missing.test", "send=", "send="]
    if kind == "a merge":
        values = [f"value={v}" for i in range(3) for v in (f"u{i}@{remotes[0].domain}", f"Name {i}")]
        return [*patient(network), "from=a@x.test", "subject=Hi {{name}}", "text=Dear {{name}}", "column=to", "column=name", *values, "each="]
    return [*patient(network), *BASIC, f"to=b@{remotes[0].domain}", f"loop=smtp://{remotes[0].address}:{network.port}"]


@pytest.mark.parametrize("kind", ["composing", "directly", "a merge", "a loop"])
def test_each_allocation_may_fail(network, remotes, directory, kind):
    calls = calls_of(kind, network, remotes, directory)
    status, printed, (n_all, n_left) = run(directory, calls)
    assert status == 0 and n_left == 0 and n_all > 20, (printed, n_all, n_left)
    taken = sum(len(r.messages) for r in remotes)

    def one(n):
        return n, run(directory, calls, n)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for n, (status, printed, counts) in pool.map(one, range(1, n_all + 1)):
            assert status == 0, f"allocation {n} of {n_all}: exit status {status}: {printed}"
            assert counts[1] == 0, f"allocation {n} of {n_all}: {counts[1]} were not freed"
    told = sum(len(r.messages) for r in remotes) - taken
    assert (told > 0) == (kind != "composing")


@pytest.mark.parametrize("kind", ["composing", "directly", "a merge", "a loop"])
def test_memory_ends_for_good(network, remotes, directory, kind):
    calls = calls_of(kind, network, remotes, directory)
    _, _, (n_all, _) = run(directory, calls)
    for n in range(1, n_all + 1, max(1, n_all // 60)):
        status, printed, counts = run(directory, calls, n, on=True)
        assert status == 0 and counts[1] == 0, f"from allocation {n} of {n_all} on: {status}, {counts}: {printed}"


def test_what_is_told_is_true(network, remotes, directory):
    """Whatever fails: a row that is told as delivered was, and one that was delivered is never told as refused."""
    remote = network.remote()
    calls = [*patient(network), *BASIC, f"to=b@{remote.domain}", "send="]
    _, _, (n_all, _) = run(directory, calls)
    for n in range(1, n_all + 1, max(1, n_all // 150)):
        before = len(remote.messages)
        _, printed, _ = run(directory, calls, n)
        rows = [line.split("\t") for line in printed.splitlines() if line.startswith("row b@")]
        taken = len(remote.messages) - before
        if rows:
            assert (rows[0][1] == "3") <= (taken == 1) and (taken == 1) <= (rows[0][1] in "34"), (n, taken, rows)
