"""`make prove` is red where nothing ran, where a promise was not held, where a bug was not caught."""

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from tests.campaigns.promise import Promise
from tests.campaigns.proof import rewritten
from tests.campaigns.run import Prove, campaigns, report

KEPT = Promise(id="A0", promise="two is two", figure="2 of 2", seed=1, held=True, seeded_bug_caught=True)


@pytest.mark.parametrize(
    ("promises", "code"),
    [
        ([], 1),
        ([KEPT], 0),
        ([KEPT, replace(KEPT, held=False)], 1),
        ([KEPT, replace(KEPT, seeded_bug_caught=False)], 1),
    ],
    ids=["nothing ran", "held", "not held", "bug not caught"],
)
def test_the_report_is_green_only_where_all_of_something_held(
    tmp_path: Path, promises: list[Promise], code: int
) -> None:
    path = tmp_path / "home" / "prove.json"
    assert report(promises, [0.1] * len(promises), path, Console(file=io.StringIO())) == code
    told = json.loads(path.read_text("utf-8"))
    assert [promise["held"] for promise in told["promises"]] == [promise.held for promise in promises]
    assert set(told["versions"]) >= {"python", "sqlite", "prefect", "sqlalchemy"}


ALL = dict(campaigns([]))


@pytest.mark.parametrize("prove", ALL.values(), ids=ALL)
def test_a_campaign_holds_and_catches_its_bug_at_a_small_size(tmp_path: Path, prove: Prove) -> None:
    promise = prove(tmp_path, seed=20261123, small=True)
    assert promise.held, promise.figure
    assert promise.seeded_bug_caught, promise.figure


def test_every_campaign_is_found() -> None:
    assert {"a1", "a14"} <= ALL.keys()
    assert list(campaigns(["no such campaign"])) == []


def test_the_table_changes_the_lines_that_were_measured_and_no_other() -> None:
    first, later = date(2026, 11, 23), date(2026, 12, 1)
    page = rewritten(
        "", [(KEPT, 3.4), (replace(KEPT, id="A12"), 5), (replace(KEPT, id="A2", figure="1 | 2"), 7)], on=first
    )
    again = rewritten(page, [(replace(KEPT, id="A2", figure="3\n of 3", held=False), 9)], on=later)
    rows = [line for line in again.splitlines() if line.startswith("| A")]
    assert [row.split(" | ")[0] for row in rows] == ["| A0", "| A2", "| A12"]
    assert rows[0] in page and rows[2] in page
    assert rows[1] == "| A2 | two is two | 3 of 3 | 1 | 2026-12-01 | 9 | **NO** | yes |"
    assert r"1 \| 2" in page and again.count("\n# ") == page.count("\n# ")
