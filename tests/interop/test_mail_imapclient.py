"""Perl's Mail::IMAPClient."""
import pathlib
import subprocess

import pytest

import porting

PORTER = pathlib.Path(__file__).parent / "clients/porter.pl"


def test_mail_imapclient(server, imaps, letters, tmp_path):
    if subprocess.run(["perl", "-MMail::IMAPClient", "-MIO::Socket::SSL", "-e", "1"], capture_output=True).returncode:
        pytest.skip("Mail::IMAPClient is not installed (packaging/interop.packages)")
    porting.port(server, imaps, letters, tmp_path, ["perl", str(PORTER)])
