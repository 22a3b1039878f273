"""What README and guide print of examples/ are the files that tests compile and run."""
import pytest

from harness import ROOT

PRINTED = [("README.md", "c/hello.c")] + [("docs/guide/library.md", name) for name in (
    "c/hello.c", "python/hello.py", "node/hello.js", "php/hello.php", "csharp/Hello.cs", "aspnet/Contact.aspx")]


@pytest.mark.parametrize("page, example", PRINTED)
def test_a_page_prints_the_file(page, example):
    text = (ROOT / "examples" / example).read_text().rstrip()
    assert f"\n{text}\n```\n" in (ROOT / page).read_text()


def test_each_is_printed():
    there = {path.relative_to(ROOT / "examples").as_posix() for path in (ROOT / "examples").glob("*/*") if path.name not in ("web.config", ".clang-format")}
    assert there == {example for _, example in PRINTED}
