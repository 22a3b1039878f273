"""Each *.talk file against a running server; one server for each set of settings, and mail that is there before."""
import pathlib
import re

import pytest

from talk import Talk
from harness import ALICE, Postrider

FILES = sorted(pathlib.Path(__file__).parent.glob("*.talk"))


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    started = {}

    def server(talk):
        key = (talk.settings, *talk.mail)
        if key not in started:
            directory = tmp_path_factory.mktemp("talk") / "server"
            started[key] = Postrider(directory, settings=talk.settings).start()
            for message in talk.mail:
                with started[key].session() as s:
                    s.hello()
                    s.message("x@elsewhere.test", [ALICE], re.sub(rb"^\.", b"..", message, flags=re.M))
        return started[key]
    yield server
    for made in started.values():
        assert made.stop() == 0


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_talk(servers, path):
    talk = Talk(path)
    server = servers(talk)
    talk.run(("127.0.0.1", getattr(server, talk.port)))
