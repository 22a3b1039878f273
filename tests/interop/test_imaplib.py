"""Python's imaplib."""
import pathlib

import porting

PORTER = pathlib.Path(__file__).parent / "clients/porter.py"


def test_imaplib(server, imaps, letters, tmp_path):
    porting.port(server, imaps, letters, tmp_path, ["/usr/bin/python3", str(PORTER)])
