"""libpostrider in several threads: clients of their own, and a cancel from another one.  `make tsan` runs these under the thread sanitizer.

Under Valgrind the same calls leave nothing behind and read nothing that they should not.
"""
import os
import re
import shutil
import subprocess

import pytest

from component import BUILD, DRIVER, drive, patient
from harness import ROOT

BASIC = ("from=alice@sender.test", "subject=Hello", "text=How are you?")
SANITIZED = "asan" in str(BUILD) or "tsan" in str(BUILD)


def test_clients_in_threads_of_their_own(network):
    remote = network.remote()
    done = drive(*patient(network), f"threads=u@{remote.domain}")
    assert done["threads"] == "20" and len(remote.messages) == 20


def test_a_cancel_from_another_thread(network, directory):
    fifo = directory / "cancel"
    os.mkfifo(fifo)

    def say(_):
        fifo.write_text("x")
        return remote.SILENCE
    remote = network.remote(rcpt=say)
    sent = drive(*patient(network, time="5m"), *BASIC, f"to=u@{remote.domain}", f"cancel={fifo}", "send=", "cancel=joined")
    assert [r["class"] for r in sent["json"]["recipients"]] == ["cancelled"]


def valgrind(*command, **kw):
    """Of what other libraries keep for the process's life nothing is said: what is reachable at the end is no loss."""
    done = subprocess.run(["valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full", "--show-leak-kinds=definite,indirect",
                           "--errors-for-leak-kinds=definite", *command], capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, **kw)
    assert done.returncode != 99 and not re.search(r"==\d+== ", done.stderr), done.stderr
    return done


@pytest.mark.skipif(SANITIZED or not shutil.which("valgrind"), reason="Valgrind and sanitizers do not go together")
def test_memcheck(network, directory):
    remote, other = network.remote(), network.remote(rcpt="550 5.1.1 no such user")
    done = valgrind(str(DRIVER), *patient(network), *BASIC, "html=<p>How are you?</p>", "memory=a.txt|abc", f"to=u@{remote.domain}, u@{other.domain}, u@missing.test",
                    "send=", "loop=", f"send=127.0.1.250:{network.port}", "send=nonsense://", "attach=/nowhere", "send=")
    assert done.returncode == 0 and done.stdout.count("\nstatus ") == 4 and len(remote.messages) == 2
    program = directory / "hello"
    subprocess.run(["cc", "-std=c99", f"-I{ROOT}/include", str(ROOT / "examples/c/hello.c"), f"-L{BUILD}", "-lpostrider", f"-Wl,-rpath,{BUILD}", "-o", str(program)],
                   check=True)
    assert valgrind(str(program), cwd=directory).returncode == 1
