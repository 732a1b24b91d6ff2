"""`make breaks`: breaks each promise on purpose, in a copy of the project, and wants a test to see it.

A break is an entry `[[break]]` of a `tests/breaks/*.toml`:

    name = "the rules read the clock"
    promise = "house.md, what must never happen, 1"
    file = "tracks/decide.py"
    find = "…"          # occurs exactly once; left out where the break is a new file
    put = "…"
    tests = ["tests/test_architecture.py::test_the_rules_read_no_clock"]    # each must turn red, and is green before

`python -m tests.breaks.run WORD` runs those whose name or file has the word. Exit 1: one survived, or none ran.
"""

import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

PROJECT = Path(__file__).resolve().parent.parent.parent
AT_ONCE = 2
TESTS_FAILED = 1  # pytest's exit code; any other means that the tests themselves could not run


@dataclass(frozen=True)
class Break:
    name: str
    promise: str
    file: str
    put: str
    tests: tuple[str, ...]
    find: str | None = None

    def text(self, project: Path) -> str:
        """The broken file. ValueError where the break no longer fits the code."""
        file = project / self.file
        if self.find is None:
            if file.exists():
                raise ValueError(f"« {self.name} » would replace {self.file}, which exists: say what to find in it")
            return self.put
        whole = file.read_text("utf-8")
        if whole.count(self.find) != 1:
            raise ValueError(
                f"« {self.name} »: its text occurs {whole.count(self.find)} times in {self.file}, wanted 1"
            )
        return whole.replace(self.find, self.put)


@dataclass(frozen=True)
class Verdict:
    of: Break
    seen_by: tuple[str, ...]  # the tests that turned red
    trouble: str  # why the promise is not shown to be kept; empty when it is


def load(folder: Path) -> tuple[Break, ...]:
    """All breaks of a folder, by file then by order; an unknown or missing key is an error."""
    known = {field.name for field in fields(Break)}
    found = []
    for path in sorted(folder.glob("*.toml")):
        for entry in tomllib.loads(path.read_text("utf-8"))["break"]:
            if unknown := set(entry) - known:
                raise ValueError(f"{path.name}: unknown keys {sorted(unknown)}")
            found.append(Break(**entry | {"tests": tuple(entry["tests"])}))
    return tuple(found)


def copy_of(project: Path, where: Path) -> Path:
    """The sources alone: what git holds or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (project / name).is_file():
            (where / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project / name, where / name)
    return where


@contextmanager
def broken(project: Path, one: Break) -> Iterator[None]:
    file, text = project / one.file, one.text(project)
    before = file.read_bytes() if file.exists() else None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    try:
        yield
    finally:
        file.unlink() if before is None else file.write_bytes(before)


def run_tests(project: Path, tests: Iterable[str]) -> tuple[int, tuple[str, ...], str]:
    """pytest's exit code, the tests that were red, and its last words."""
    environment = os.environ | {"PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rfE", "--tb=no", "-p", "no:cacheprovider", *tests],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    red = re.findall(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", ran.stdout, re.MULTILINE)
    return ran.returncode, tuple(red), (ran.stdout + ran.stderr).strip()[-400:]


def judge(project: Path, one: Break, red_before: set[str]) -> Verdict:
    """Apply one break to a copy, run its tests, undo it."""
    if already := red_before & set(one.tests):
        return Verdict(one, (), f"red without the break: {', '.join(sorted(already))}")
    seen: list[str] = []
    try:
        with broken(project, one):
            for test in one.tests:
                code, red, words = run_tests(project, [test])
                if code == 0:
                    return Verdict(one, tuple(seen), f"SURVIVED {test}")
                if code != TESTS_FAILED:
                    return Verdict(one, tuple(seen), f"{test} did not run: {words}")
                seen += red
    except ValueError as misfit:
        return Verdict(one, (), str(misfit))
    return Verdict(one, tuple(seen), "")


def red_without(project: Path, breaks: Iterable[Break]) -> set[str]:
    """The tests of these breaks that are red, or absent, before anything is broken."""
    tests = sorted({test for one in breaks for test in one.tests})
    code, _, _ = run_tests(project, tests)
    return set() if code == 0 else {test for test in tests if run_tests(project, [test])[0] != 0}


def verdicts(project: Path, breaks: tuple[Break, ...]) -> tuple[Verdict, ...]:
    """Judge every break, a few at once, each in a copy that nobody else touches."""
    with tempfile.TemporaryDirectory(prefix="jalon-breaks-") as folder:
        copies: queue.Queue[Path] = queue.Queue()
        for number in range(AT_ONCE):
            copies.put(copy_of(project, Path(folder) / str(number)))
        red_before = red_without(Path(folder) / "0", breaks)

        def judged(one: Break) -> Verdict:
            copy = copies.get()
            try:
                return judge(copy, one, red_before)
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(AT_ONCE) as workers:
            return tuple(workers.map(judged, breaks))


def main(word: str = "") -> int:
    chosen = tuple(one for one in load(Path(__file__).parent) if word in one.name or word in one.file)
    console = Console(width=None if sys.stdout.isatty() else 180)
    with console.status(f"{len(chosen)} breaks"):
        done = verdicts(PROJECT, chosen) if chosen else ()
    table = Table("break", "promise", Column("seen by", overflow="fold"), show_lines=True)
    for verdict in done:
        tests = "\n".join(dict.fromkeys(test.partition("::")[2] for test in verdict.seen_by))
        table.add_row(
            verdict.of.name, verdict.of.promise, Text(verdict.trouble or tests, "red" if verdict.trouble else "")
        )
    console.print(table)
    kept = [verdict for verdict in done if not verdict.trouble]
    console.print(f"{len(kept)} of {len(done)} breaks were seen by the tests meant for them.")
    return 0 if kept and len(kept) == len(done) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
