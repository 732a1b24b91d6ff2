"""The bench itself: it measures what it says, and stops when the floor and the night differ."""

import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bench import night, run
from bench.desk import measure_desk, rows_of_desk
from bench.floor import counts_of, replay, written
from bench.generate import SHARES, Role, generate
from bench.sending import CLASSES, measure_sending, rows_of_sending
from store.engine import open_engine
from store.schema import metadata
from tests.campaigns.receivers import EXIM


def test_the_bench_writes_what_other_tools_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["bench", "night", "--cases", "200", "--repetitions", "1"])
    run.main()
    told: dict[str, Any] = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    assert {"python", "sqlite", "sqlalchemy"} <= told["versions"].keys()
    whole, _, floor = told["rows"]
    assert (whole["what"], whole["cases"], whole["repetitions"]) == ("night", 200, 1)
    assert whole["ratio_to_floor"] == pytest.approx(whole["seconds"] / floor["seconds"], rel=0.05)
    assert whole["peak_mb"] > 20
    assert {line["number"] for line in told["targets"]} == {1, 2, 3, 7, 9, 10}
    unmeasured = [line for line in told["targets"] if line["measured"] is None]
    assert unmeasured and not any(line["met"] for line in unmeasured), "what was not measured is not met"
    assert list(tmp_path.iterdir()) == [tmp_path / "bench.json"]


@pytest.mark.parametrize(
    "real",
    [False, pytest.param(True, marks=pytest.mark.skipif(EXIM is None, reason="Exim is not installed"))],
    ids=["sink", "Exim"],
)
def test_the_dispatch_is_measured_against_bare_smtplib(tmp_path: Path, real: bool) -> None:
    found = measure_sending(tmp_path, count=40, repetitions=1, real=real)
    assert found.server.startswith("Exim version") if real else found.server == "a sink"
    assert found.size > 2_000
    assert found.ratio("park") == pytest.approx(found.bare / found.ours["park"])
    assert all(sum(found.split[name].values()) == pytest.approx(found.ours[name]) for name in CLASSES)
    assert all(seconds > 0 for name in CLASSES for seconds in found.split[name].values())
    whats = [row["what"] for row in rows_of_sending(found)]
    assert whats[0] == f"dispatch to {found.server}: bare smtplib, one connection kept" and len(whats) == len(
        set(whats)
    )


def test_every_page_of_the_desk_is_timed(tmp_path: Path) -> None:
    found = measure_desk(tmp_path, count=60, rounds=2)
    shown = {one.page for one in found}
    assert {"/", "/personnes", "/personnes/c60", "/personnes/c60/pourquoi", "/parcours", "/consultations"} <= shown
    assert not [page for page in shown if "{" in page]
    assert {one.role for one in found if one.page == "/"} == {"referent", "coordinator"}
    assert all(one.p95 >= one.median > 0 for one in found)
    assert len(rows_of_desk(found)) == 2 * len(found)
    assert list(tmp_path.glob("desk.db*")) == []


def test_the_floor_writes_again_exactly_what_happened(tmp_path: Path) -> None:
    before, after, again = (tmp_path / f"{name}.db" for name in ("before", "after", "again"))
    county(before, cases=60)
    for path in (after, again):
        path.write_bytes(before.read_bytes())
    change(after)
    deltas = written(before, after)
    wanted = {"cases": (0, 2, 0), "messages": (0, 0, 1), "pauses": (1, 0, 0), "touched": (2, 0, 0)}
    assert counts_of(deltas) == wanted
    replay(again, deltas, "doubs")
    assert written(after, again) == ()


def change(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE cases SET next_step = 'pause' WHERE id IN (1, 2)")
    connection.execute("DELETE FROM messages WHERE id = 1")
    connection.execute(
        "INSERT INTO pauses (territory, person_id, first_day, reason, decided_by)"
        " VALUES ('doubs', 1, '2026-11-23', '', '')"
    )
    connection.commit()
    connection.close()


def county(path: Path, *, cases: int) -> dict[Role, int]:
    engine = open_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    roles = generate(engine, cases=cases, on=date(2026, 11, 23))
    engine.dispose()
    return roles


def test_a_county_is_the_same_twice_and_its_shares_are_those_announced(tmp_path: Path) -> None:
    one, other = tmp_path / "one.db", tmp_path / "other.db"
    roles = county(one, cases=400)
    county(other, cases=400)
    assert written(one, other) == ()
    assert {role: roles[role] for role in SHARES} == {role: round(400 * share) for role, share in SHARES.items()}


def test_rows_that_differ_stop_the_bench() -> None:
    with pytest.raises(SystemExit, match="not the same rows"):
        night.same({"messages": (3, 0, 0)}, {"messages": (2, 0, 0)}, "floor 1 of 1000")
