"""`docs/proof.md`: each promise that a campaign of full size put to the test, with its figure, as last measured."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from config.settings import PROJECT
from tests.campaigns.promise import Promise

PAGE = PROJECT / "docs" / "proof.md"
HEAD = """\
# What was put to the test

Written by `python -m tests.campaigns.run --table` (all campaigns, or those named before `--table`; the other lines stay
as they were). Each campaign drives Jalon from outside, counts at the receiver, and must also tell a program that was
broken on purpose from ours: that is its last column. Same seed, same draw; instants of kills also follow the machine.

| id | promise | figure | seed | measured on | seconds | held | broken program seen |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
ROW = re.compile(r"\| ([A-Z])(\d+) \|.*")


def rewritten(page: str, promises: Iterable[tuple[Promise, float]], *, on: date) -> str:
    """The page with these promises' lines in place of their older ones."""
    rows = {found.group(1, 2): found.group() for line in page.splitlines() if (found := ROW.fullmatch(line))}
    for promise, seconds in promises:
        row = _row(promise, seconds, on)
        found = ROW.fullmatch(row)
        assert found, row
        rows[found.group(1, 2)] = row
    ordered = sorted(rows, key=lambda key: (key[0], int(key[1])))
    return HEAD + "".join(rows[key] + "\n" for key in ordered)


def write(promises: Iterable[tuple[Promise, float]], *, on: date, path: Path = PAGE) -> None:
    page = path.read_text("utf-8") if path.exists() else ""
    path.write_text(rewritten(page, promises, on=on), "utf-8")


def _row(promise: Promise, seconds: float, on: date) -> str:
    said = ["yes" if told else "**NO**" for told in (promise.held, promise.seeded_bug_caught)]
    cells = [promise.id, promise.promise, promise.figure, str(promise.seed), on.isoformat(), f"{seconds:.0f}", *said]
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"
