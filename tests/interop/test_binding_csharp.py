"""bindings/csharp, by Debian's mcs and mono."""
import json

import pytest

import ends
import sending
from harness import ROOT
from sending import keyed, world  # noqa: F401

BINDING = ROOT / "bindings/csharp/Postrider.cs"


@pytest.fixture(scope="module", autouse=True)
def compiled(tmp_path_factory):
    """The binding as a library, and two programs with it; a warning is an error."""
    ends.need("mcs")
    ends.need("mono")
    folder = TestCsharp.folder = tmp_path_factory.mktemp("csharp")
    mcs = ["mcs", "-langversion:7", "-warnaserror", "-r:System.Core"]
    ends.run([*mcs, "-target:library", f"-out:{folder}/Postrider.dll", str(BINDING)])
    for source in (sending.CLIENTS / "Sender.cs", ROOT / "examples/csharp/Hello.cs"):
        ends.run([*mcs, f"-r:{folder}/Postrider.dll", f"-out:{folder}/{source.stem}.exe", str(source)])


def arguments(plan):
    """Mono has no JSON: NAME=VALUE, a list as several, an option as NAME:VALUE, a row with bars."""
    for name, value in plan.items():
        if isinstance(value, dict):
            value = [f"{option}:{text}" for option, text in value.items()]
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                yield f"{name}={'|'.join(one) if isinstance(one, list) else one}"


class TestCsharp(sending.Binding):
    def sender(self):
        return ["mono", f"{self.folder}/Sender.exe"]

    def example(self):
        return ["mono", f"{self.folder}/Hello.exe"]

    def run(self, what, **plan):
        return json.loads(self.call(self.sender(), what, *arguments(plan)))
