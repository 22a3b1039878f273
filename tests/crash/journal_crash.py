#!/usr/bin/env python3
"""Kills the store's writer, or cuts the power under it, again and again: what it acknowledged is there.

    journal_crash.py WRITER kill  [ROUNDS]    kill -9
    journal_crash.py WRITER power [ROUNDS]    ext4 on a loop device, shut down without flushing its log

Threats 1.1 and 1.3.  Exit status 77: power cuts need root and a loop device.
"""
import fcntl
import os
import random
import subprocess
import sys
import tempfile

EXT4_IOC_SHUTDOWN = 0x8004587D
EXT4_GOING_FLAGS_NOLOGFLUSH = 2
SKIPPED = 77


def write_and_die(writer, data, n_lines, die):
    """Lines of a writer that was ended by die(process) once it had printed n_lines."""
    process = subprocess.Popen([writer, data], stdout=subprocess.PIPE, text=True)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if len(lines) == n_lines:
            die(process)
    process.wait()
    if len(lines) < n_lines:
        sys.exit(f"the writer ended by itself: {process.returncode}")
    return [line for line in lines if line.endswith("\n")]


def check(writer, data, lines):
    done = subprocess.run([writer, data, "check"], input="".join(lines), text=True, capture_output=True)
    if done.returncode:
        sys.exit(f"{done.stdout[:2000]}{done.stderr[:2000]}\nlost: see above; of {len(lines)} lines")


def kill_rounds(writer, rounds):
    with tempfile.TemporaryDirectory(prefix="postrider-kill-") as root:
        data, lines = f"{root}/data", []
        for n in range(rounds):
            lines += write_and_die(writer, data, random.randint(1, 600), lambda p: p.kill())
            if n % 5 == 4:
                check(writer, data, lines)
        check(writer, data, lines)
        print(f"killed {rounds} times; {len(lines)} lines hold")


class Disk:
    """An ext4 of its own, mounted while in use."""

    def __init__(self, root):
        self.image, self.mount = f"{root}/image", f"{root}/mount"
        os.mkdir(self.mount)
        subprocess.run(["truncate", "-s", "256M", self.image], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image], check=True)

    def __enter__(self):
        subprocess.run(["mount", "-o", "loop", self.image, self.mount], check=True, capture_output=True)
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", self.mount], check=True)

    def shut_down(self):
        fd = os.open(self.mount, os.O_RDONLY)
        fcntl.ioctl(fd, EXT4_IOC_SHUTDOWN, EXT4_GOING_FLAGS_NOLOGFLUSH.to_bytes(4, sys.byteorder))
        os.close(fd)

    def cut_power(self, process):
        self.shut_down()
        process.kill()


def power_rounds(writer, rounds):
    with tempfile.TemporaryDirectory(prefix="postrider-power-") as root:
        try:
            disk, lines = Disk(root), []
            with disk:
                pass
        except (OSError, subprocess.CalledProcessError) as e:
            print(f"skipped: power cuts need root and a loop device with ext4 ({e})")
            sys.exit(SKIPPED)
        for _ in range(rounds):
            with disk:
                lines += write_and_die(writer, f"{disk.mount}/data", random.randint(1, 400), disk.cut_power)
            with disk:
                check(writer, f"{disk.mount}/data", lines)
        print(f"power cut {rounds} times; {len(lines)} lines hold")


def main():
    writer, how = sys.argv[1], sys.argv[2]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 10
    {"kill": kill_rounds, "power": power_rounds}[how](writer, rounds)


if __name__ == "__main__":
    main()
