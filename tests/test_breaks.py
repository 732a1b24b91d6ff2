"""The deliberate breaks fit the code they break, and `make breaks` is not fooled by a test that cannot fail."""

import ast
import subprocess
from pathlib import Path

import pytest

from tests.breaks.run import PROJECT, Break, load, verdicts

BREAKS = load(PROJECT / "tests" / "breaks")


def test_there_are_breaks_and_no_two_have_one_name() -> None:
    assert len(BREAKS) > 10
    assert len({one.name for one in BREAKS}) == len(BREAKS)


@pytest.mark.parametrize("one", BREAKS, ids=lambda one: one.name)
def test_a_break_fits_the_code_and_names_tests_that_exist(one: Break) -> None:
    assert one.text(PROJECT) != ((PROJECT / one.file).read_text("utf-8") if one.find else "")
    assert one.tests
    for test in one.tests:
        file, _, function = test.partition("::")
        tree = ast.parse((PROJECT / file).read_text("utf-8"))
        names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert not function or function.partition("[")[0] in names, test


@pytest.fixture
def small_project(tmp_path: Path) -> Path:
    (tmp_path / "answer.py").write_text("ANSWER = 42\n", "utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_answer.py").write_text(
        "from answer import ANSWER\n\n\n"
        "def test_it_is_right():\n    assert ANSWER == 42\n\n\n"
        "def test_nothing():\n    assert ANSWER\n\n\n"
        "def test_red():\n    assert not ANSWER\n",
        "utf-8",
    )
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


@pytest.mark.slow
def test_a_break_is_seen_survives_or_cannot_be_judged(small_project: Path) -> None:
    def a_break(test: str, find: str = "42", put: str = "43") -> Break:
        return Break(test, "", "answer.py", put, (f"tests/test_answer.py::{test}",), find)

    tried = (
        a_break("test_it_is_right"),
        a_break("test_nothing"),
        a_break("test_red"),
        a_break("test_it_is_right", find="absent"),
        a_break("test_it_is_right", put="(syntax"),
    )
    seen, survived, red, misfit, unreadable = verdicts(small_project, tried)
    assert (seen.trouble, seen.seen_by) == ("", ("tests/test_answer.py::test_it_is_right",))
    assert survived.trouble.startswith("SURVIVED")
    assert red.trouble.startswith("red without the break")
    assert "occurs 0 times" in misfit.trouble
    assert "did not run" in unreadable.trouble
    assert (small_project / "answer.py").read_text("utf-8") == "ANSWER = 42\n"
