"""The face of libpostrider is the one that is written down, and the built library has it: names, version node, soname."""
import re
import subprocess

from component import BUILD
from harness import ROOT

KEPT = (ROOT / "component" / "abi" / "postrider_1").read_text().splitlines()
FUNCTIONS = {re.search(r"(postrider_\w+)\(", line)[1] for line in KEPT if "(" in line}


def test_the_header_is_as_it_was():
    done = subprocess.run([str(ROOT / "tools" / "abi"), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_library_has_each_function_and_no_more():
    done = subprocess.run(["readelf", "-W", "--dyn-syms", str(BUILD / "libpostrider.so.1")], capture_output=True, text=True, check=True)
    names = {row[7] for row in (line.split() for line in done.stdout.splitlines()) if len(row) > 7 and row[4] == "GLOBAL" and row[6] != "UND" and row[3] == "FUNC"}
    assert names == {f"{name}@@POSTRIDER_1" for name in FUNCTIONS} and len(names) > 50


def test_the_soname_has_its_number():
    done = subprocess.run(["readelf", "-d", str(BUILD / "libpostrider.so.1")], capture_output=True, text=True, check=True)
    assert "soname: [libpostrider.so.1]" in done.stdout
