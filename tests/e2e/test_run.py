"""`make run`, the README's first command (tools/run): it says where the server listens."""
import re
import signal
import subprocess

from harness import PROGRAM, ROOT, free_port_base, until


def test_it_says_the_ports(tmp_path):
    """Of a configuration as `postrider init` writes it."""
    base = free_port_base()
    (tmp_path / "build").mkdir()
    (tmp_path / "build/postrider").symlink_to(PROGRAM)
    subprocess.run([PROGRAM, "init", "var", "--domain", "example.test", "--account", "alice@example.test", "--hostname", "mail.example.test",
                    "--port-base", str(base)], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen([str(ROOT / "tools/run"), "var/postrider.conf"], cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=out, start_new_session=True)
    try:
        said = until(lambda: re.search(r"submission on (\S+), IMAP on (\d*), POP3 on (\d*)", (tmp_path / "out").read_text()), what="what to try")
        assert said.groups() == (f"127.0.0.1:{base + 587}", str(base + 143), str(base + 110))
    finally:
        [server] = subprocess.run(["pgrep", "-s", str(process.pid), "-o", "postrider"], capture_output=True, text=True).stdout.split()
        subprocess.run(["kill", f"-{signal.SIGTERM.value}", server], check=True)
        process.wait()
