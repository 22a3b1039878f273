"""Each *.talk file against a running server; one server for each set of settings."""
import pathlib

import pytest

from talk import Talk
from harness import Postrider

FILES = sorted(pathlib.Path(__file__).parent.glob("*.talk"))


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    started = {}

    def server(settings):
        if settings not in started:
            directory = tmp_path_factory.mktemp("talk") / "server"
            started[settings] = Postrider(directory, settings=settings).start()
        return started[settings]
    yield server
    for made in started.values():
        assert made.stop() == 0


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_talk(servers, path):
    talk = Talk(path)
    server = servers(talk.settings)
    talk.run(("127.0.0.1", getattr(server, talk.port)))
