"""The four nights of the sample county: nobody is double-booked, and what cannot stand is what the exports show."""

from datetime import date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select

from config.settings import PROJECT, TERRITORIES
from config.territory import load_territory
from store.agendas import read_cannot_stand
from store.engine import reading
from store.schema import appointments, leaves, referents, sessions
from tasks.intake import import_path
from tasks.night import night

MONDAY = date(2026, 11, 23)
PARIS = ZoneInfo("Europe/Paris")
DOUBS = load_territory(TERRITORIES / "doubs")
Row = Any


@pytest.fixture
def imported(sqlite_engine: Engine, tmp_path: Path) -> Engine:
    import_path(
        sqlite_engine,
        territory="doubs",
        columns=DOUBS.columns,
        calendar=DOUBS.calendar,
        path=PROJECT / "examples" / "doubs",
        kind=None,
        on=MONDAY,
        dry_run=False,
        reports=tmp_path,
    )
    return sqlite_engine


def rows_of(engine: Engine, table: Any) -> list[Row]:
    with reading(engine) as connection:
        return list(connection.execute(select(table)))


def planned(engine: Engine) -> list[Row]:
    monday = datetime.combine(MONDAY, datetime.min.time(), tzinfo=PARIS)
    return [row for row in rows_of(engine, appointments) if row.status == "planned" and row.starts_at >= monday]


def meet(one: Row, other: Row) -> bool:
    return bool(one.starts_at < other.ends_at and other.starts_at < one.ends_at)


def off(row: Row, week: Row, away: list[Row]) -> bool:
    """Outside the referent's week, read off the wall clock; the sample's only holidays to come are known."""
    starts, ends = row.starts_at.astimezone(PARIS), row.ends_at.astimezone(PARIS)
    day = starts.date()
    return (
        str(starts.isoweekday()) not in week.working_days.split()
        or f"{starts:%H:%M}" < week.day_starts
        or f"{ends:%H:%M}" > week.day_ends
        or day in (date(2026, 12, 25), date(2027, 1, 1))
        or any(leave.referent_id == week.id and leave.first_day <= day <= leave.last_day for leave in away)
    )


def test_what_cannot_stand_in_the_sample_county_is_seen_whole(imported: Engine) -> None:
    weeks = {week.id: week for week in rows_of(imported, referents)}
    away, led, rows = rows_of(imported, leaves), rows_of(imported, sessions), planned(imported)
    expected = {row.id for row in rows if off(row, weeks[row.referent_id], away)}
    expected |= {row.id for row in rows for one in led if one.referent_id == row.referent_id and meet(row, one)}
    for one, other in combinations(rows, 2):
        if one.referent_id == other.referent_id and meet(one, other):
            expected |= {one.id, other.id}
    with reading(imported) as connection:
        found = read_cannot_stand(connection, territory="doubs", on=MONDAY, calendar=DOUBS.calendar)
    assert found == expected
    assert len(found) > 50


def test_the_nights_of_the_sample_county_double_book_nobody(imported: Engine) -> None:
    made = 0
    for track in DOUBS.tracks:
        made += night(imported, DOUBS, track, on=MONDAY, apply=True).written["appointment"]
    assert made > 100
    weeks = {week.id: week for week in rows_of(imported, referents)}
    away, led, rows = rows_of(imported, leaves), rows_of(imported, sessions), planned(imported)
    ours = [row for row in rows if row.created_by.startswith("run:")]
    assert len(ours) == made
    for row in ours:
        same = [other for other in (*rows, *led) if other.referent_id == row.referent_id and other is not row]
        assert not any(meet(row, other) for other in same)
        week = weeks[row.referent_id]
        assert not off(row, week, away)
        starts, ends = row.starts_at.astimezone(PARIS), row.ends_at.astimezone(PARIS)
        assert f"{ends:%H:%M}" <= week.break_starts or f"{starts:%H:%M}" >= week.break_ends
        notice = timedelta(days=0 if row.by_phone else 5)  # of the quickest channel; a follow-up call needs none
        assert starts.date() >= MONDAY + notice
