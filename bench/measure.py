"""What a server used between two moments: CPU, octets written to disk, memory.  From /proc alone."""
import os
import pathlib
import re
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


def tree(root):
    """The process and all its descendants."""
    children = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            children.setdefault(int(stat[1]), []).append(int(pid))
        except (FileNotFoundError, ProcessLookupError):
            continue
    found, open_ = [], [root]
    while open_:
        pid = open_.pop()
        found.append(pid)
        open_ += children.get(pid, [])
    return found


def cpu_seconds(root):
    """User and system time of the tree, those that ended and were waited for included."""
    ticks = 0
    for pid in tree(root):
        try:
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += sum(int(x) for x in stat[11:15])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return ticks / TICK


def memory(root):
    """Octets of the tree: proportional set size (a page that n processes share counts 1/n for each), resident set size."""
    pss = rss = 0
    for pid in tree(root):
        try:
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
            pss += int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1)) * 1024
            rss += int(re.search(r"^Rss:\s+(\d+)", text, re.M).group(1)) * 1024
        except (FileNotFoundError, ProcessLookupError, AttributeError):
            continue
    return pss, rss


def disk_written_bytes(path):
    """Octets that the device below path has written since boot (the whole machine's: be alone)."""
    device = os.stat(path).st_dev
    name = os.path.realpath(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat")
    return int(pathlib.Path(name).read_text().split()[6]) * 512


SYNCS = {"fsync", "fdatasync", "sync_file_range", "sync", "msync"}


def count_calls(root, run):
    """System calls and syncs of the tree while run() runs, by strace; slow, so for few messages."""
    attach = [arg for pid in tree(root) for arg in ("-p", str(pid))]
    output = f"/tmp/postrider-strace-{os.getpid()}"
    strace = subprocess.Popen(["strace", "-f", "-q", "-c", "-o", output, *attach], stderr=subprocess.PIPE, text=True)
    wait_attached(root, strace.pid)
    run()
    strace.terminate()
    strace.wait()
    calls = syncs = 0
    for line in pathlib.Path(output).read_text().splitlines():
        columns = line.split()
        if len(columns) >= 5 and columns[0].replace(".", "").isdigit() and columns[-1] != "total":
            calls += int(columns[3])
            syncs += int(columns[3]) if columns[-1] in SYNCS else 0
    os.unlink(output)
    return calls, syncs


def wait_attached(root, tracer):
    def traced(pid):
        try:
            return f"TracerPid:\t{tracer}\n" in pathlib.Path(f"/proc/{pid}/status").read_text()
        except FileNotFoundError:
            return True
    while not all(traced(pid) for pid in tree(root)):
        time.sleep(0.002)
