"""imapflow, from the npm registry."""
import os
import pathlib

import pytest

import porting
from harness import ROOT

PORTER = pathlib.Path(__file__).parent / "clients/porter.cjs"
MODULES = ROOT / "build-interop/node_modules"  # where tools/test-interop puts it


def test_imapflow(server, imaps, letters, tmp_path):
    if not (MODULES / "imapflow").is_dir():
        pytest.skip(f"imapflow is not in {MODULES}; tools/test-interop brings it there from the npm registry")
    porting.port(server, imaps, letters, tmp_path, ["node", str(PORTER)], env={**os.environ, "NODE_PATH": str(MODULES)})
