"""The library, driven by a program of C (tests/component/driver.c)."""
import json
import pathlib
import subprocess

from harness import PROGRAM

BUILD = pathlib.Path(PROGRAM).parent
DRIVER = BUILD / "tests" / "component" / "driver"
TIMES = {"connect-time": "2s", "greeting-time": "2s", "command-time": "2s", "data-time": "2s"}
STATES = {3: "delivered", 4: "deferred", 5: "refused"}
ROW = "address state class code enhanced text meaning remote_host remote_address tls_version tls_policy elapsed_ms".split()


def drive(*calls, driver=DRIVER, **kw):
    """What the driver printed: {"status", "error", "route", "json", "lines", "rows", "failed": [(call, code, words)]}, of the last send."""
    done = subprocess.run([str(driver), *calls], capture_output=True, timeout=120, stdin=subprocess.DEVNULL, **kw)
    text = done.stdout.decode()
    assert done.returncode == 0, f"{done.returncode}: {text}{done.stderr.decode()}"
    assert not done.stderr, done.stderr.decode()  # a guest prints nothing
    return read(text)


def read(text):
    got = {"failed": [], "sends": []}
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        if key == "call":
            name, code, words = value.split(" ", 2)
            got["failed"].append((name, int(code), words))
        elif key in ("null", "meddle"):
            got.setdefault(key, []).append(value)
        elif key == "decided":
            got.setdefault("decided", []).append(value)
        elif key == "status":
            got["sends"].append({"status": int(value), "error": None, "lines": [], "rows": []})
        elif key in ("line", "row"):
            got["sends"][-1][key + "s"].append(value)
        elif key == "json":
            got["sends"][-1]["json"] = json.loads(value)
        elif got["sends"]:
            got["sends"][-1][key] = value
        else:
            got[key] = value
    for sent in got["sends"]:
        check(sent)
    return got | (got["sends"][-1] if got["sends"] else {})


def check(sent):
    """What is asked of rows beyond the last, and of no result, is empty; JSON and rows tell the same."""
    assert sent["rows"][-2:] == ["\t4\t\t0\t\t\t\t\t\t\t\t0"] * 2 and sent["lines"][-2:] == ["", ""]
    del sent["rows"][-2:], sent["lines"][-2:]
    records = sent["json"]["recipients"]
    assert len(records) == len(sent["rows"])
    for record, row in zip(records, sent["rows"]):
        told = dict(zip(ROW, row.split("\t")))
        told["state"] = STATES[int(told["state"])]
        assert told == {key: "0" if key == "code" and record[key] is None else str("" if record[key] is None else record[key])
                        for key in ROW}


def options(network, **more):
    """To the remotes of a network, by its DNS."""
    all_of = {"dns": f"127.0.0.1:{network.dns.port}", "port": str(network.port), "private": "yes", "ipv6": "no"} | TIMES
    return [f"option={key.replace('_', '-')}|{value}" for key, value in (all_of | more).items()]


def patient(network, **more):
    """The same with time enough for a machine that is busy."""
    return options(network, **(dict.fromkeys((key.replace("-", "_") for key in TIMES), "1m") | more))
