"""bindings/php, by Debian's php-cli."""
import pytest

import ends
import sending
from harness import ROOT
from sending import keyed, world  # noqa: F401

PHP = ["php", "-d", "display_errors=stderr", "-d", "error_reporting=-1"]


@pytest.fixture(scope="module", autouse=True)
def php():
    ends.need("php")


class TestPhp(sending.Binding):
    def sender(self):
        return [*PHP, str(sending.CLIENTS / "sender.php")]

    def example(self):
        return [*PHP, str(ROOT / "examples/php/hello.php")]
