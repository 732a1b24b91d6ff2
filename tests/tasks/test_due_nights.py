"""A night reads what is due and misses nothing: nights of what is due and nights of everybody write the same rows."""

import random
import shutil
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Engine, Table, event, insert, select, update
from sqlalchemy.sql import visitors

from store import schema as s
from store.agendas import read_cannot_stand
from store.case_rows import Reading
from store.cases import read_pages
from store.engine import open_engine, reading, transaction
from store.schema import touching
from store.schema.touching import WATCHED, Touch
from tasks import night as nights
from tasks import write
from tasks.night import NightResult, night
from tests.county import A_PERSON, County, add
from tests.tasks.due_twin import DAY, Twins, doubs, letter
from tracks.vocabulary import NoticeProof, SignalKind, SignalSource

MONDAY = date(2026, 11, 23)
TRACK = "objectif_emploi"


@pytest.fixture
def twin(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'twin.db')}")
    yield opened
    opened.dispose()


def test_weeks_of_a_county_are_the_same_whether_all_is_read_or_what_is_due(engine: Engine, twin: Engine) -> None:
    """The county of `engine` is read as it is due, on each database; its twin, whole, on SQLite."""
    numbered = engine.dialect.name == twin.dialect.name
    days, people = (12, 10) if numbered else (6, 8)
    twins = Twins(due=engine, full=twin, dice=random.Random(7), people=people, on=MONDAY, numbered=numbered)
    twins.begin()
    for _ in range(days):
        twins.a_day(events=4)
        assert twins.difference() == ""
    assert twins.read < twins.everybody


# --- Whatever a night reads is watched ------------------------------------------------------------------------------


def columns_read(engine: Engine) -> set[Column[Any]]:
    """The columns that reading a page of cases, and what cannot stand, names in its statements."""
    found: set[Column[Any]] = set()

    def note(_connection: Any, statement: Any, *_rest: Any) -> None:
        for part in visitors.iterate(statement):
            if isinstance(part, Column) and isinstance(part.table, Table):
                found.add(part)
            elif isinstance(part, Table):
                found.add(part.c.territory)

    calendar = doubs().calendar
    event.listen(engine, "before_execute", note)
    with reading(engine) as connection:
        doubtful = read_cannot_stand(connection, territory="doubs", on=MONDAY, calendar=calendar)
        about = Reading("doubs", TRACK, MONDAY, calendar.local(MONDAY, time(5)), calendar, doubtful)
        assert list(read_pages(connection, about))
    event.remove(engine, "before_execute", note)
    return found


def test_every_column_that_a_night_reads_of_a_case_is_watched(engine: Engine, county: County) -> None:
    """A new table, or a column left out of its watch, turns this red: the night would not know that it has changed."""
    found = columns_read(engine)
    assert {"cases", "persons", "appointments", "leaves"} <= {column.table.name for column in found}
    watched = {(watch.table, name) for watch in WATCHED for name in watch.columns() if "UPDATE" in watch.on}
    own = {("cases", "next_step"), ("cases", "next_due_on")}  # the night's own: nobody else writes them
    unwatched = {(c.table.name, c.name) for c in found if c.name != "id"} - watched - own
    assert unwatched == set()
    inserted = {watch.table for watch in WATCHED if {"INSERT", "DELETE"} <= set(watch.on)}
    assert {column.table.name for column in found} <= inserted


# --- What wakes a case ----------------------------------------------------------------------------------------------


def nightly(engine: Engine, on: date, **asked: Any) -> NightResult:
    return night(engine, doubs(), TRACK, on=on, apply=True, **asked)


def asleep(engine: Engine) -> date:
    """Nights until nothing is left to read; the day of the next one."""
    for n in range(6):
        if nightly(engine, MONDAY + n * DAY).cases == 0:
            return MONDAY + n * DAY
    raise AssertionError("this case never sleeps")


@pytest.fixture
def quiet(engine: Engine, county: County) -> County:
    """A case with an appointment far ahead, told, and a contract far from its end; another person beside."""
    starts_at = doubs().calendar.local(date(2026, 12, 17), time(10))
    with transaction(engine) as connection:
        other = add(connection, s.persons, **A_PERSON | {"file_number": "0250002"})
        for person in (county.person, other):
            day = {"signed_on": date(2026, 6, 10), "starts_on": date(2026, 6, 10), "ends_on": date(2028, 1, 1)}
            add(connection, s.contracts, person_id=person, kind="engagement", clauses="individual", **day)
        add(
            connection,
            s.appointments,
            case_id=county.case,
            referent_id=county.referent,
            kind="individual",
            subject="Entretien",
            starts_at=starts_at,
            ends_at=starts_at.replace(minute=45),
            place="Besançon",
            status="planned",
            created_by="import",
            known_on=date(2026, 11, 2),
            notice_sent_on=date(2026, 11, 2),
            notice_channel="sms",
            notice_proof=NoticeProof.DELIVERED,
            key="import:1",
        )
    return county


WRITINGS: dict[str, tuple[Table, dict[str, Any]]] = {
    "a pause to come": (s.pauses, {"person_id": 1, "first_day": date(2026, 12, 1), "reason": "r", "decided_by": "R"}),
    "a leave on the day": (
        s.leaves,
        {"referent_id": 1, "first_day": date(2026, 12, 17), "last_day": date(2026, 12, 17)},
    ),
    "a sign": (
        s.signals,
        {
            "case_id": 1,
            "happened_on": date(2026, 11, 24),
            "source": SignalSource.PERSON,
            "kind": SignalKind.REPLY,
            "said_by": "R",
            "key": "x",
        },
    ),
}


@pytest.mark.parametrize("what", WRITINGS)
def test_a_row_written_by_anybody_wakes_the_case(engine: Engine, quiet: County, what: str) -> None:
    on = asleep(engine)
    table, values = WRITINGS[what]
    with transaction(engine) as connection:
        connection.execute(insert(table).values(territory="doubs", **values))
    assert nightly(engine, on).cases == 1


def test_a_line_of_sql_from_another_tool_wakes_the_case_and_a_leave_elsewhere_does_not(
    engine: Engine, quiet: County
) -> None:
    on = asleep(engine)
    with transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE appointments SET status = 'revoked'")
    assert nightly(engine, on).written["appointment"] == 1
    on = next(day for n in range(6) if nightly(engine, day := on + n * DAY).cases == 0)
    with transaction(engine) as connection:
        add(connection, s.leaves, referent_id=quiet.referent, first_day=date(2027, 5, 1), last_day=date(2027, 5, 1))
    assert nightly(engine, on).cases == 0


def test_what_is_written_while_a_night_decides_is_read_the_next_night(
    engine: Engine, quiet: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The night has read the case; somebody writes; the night then says when to read it again."""
    asleep(engine)
    decide = nights.plan

    def meanwhile(*asked: Any, **named: Any) -> Any:
        decided = decide(*asked, **named)
        with transaction(engine) as connection:
            connection.execute(update(s.persons).values(mobile="+33639980099"))
            other_track = nights.Track(
                territory="doubs", track="suivi_emploi", on=MONDAY, calendar=doubs().calendar, stamp=""
            )
            nights.cases_due(connection, other_track, full=False)  # another night takes what touches it, and all else
        return decided

    monkeypatch.setattr(nights, "plan", meanwhile)
    assert nightly(engine, MONDAY + 10 * DAY, full=True).cases == 1
    monkeypatch.setattr(nights, "plan", decide)
    assert nightly(engine, MONDAY + 11 * DAY).cases == 1


def test_another_policy_reads_everybody_and_so_does_an_earlier_day(
    engine: Engine, quiet: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = asleep(engine)
    assert not nightly(engine, on).full
    earlier = night(engine, doubs(), TRACK, on=MONDAY - DAY, apply=False)
    assert earlier.full and earlier.cases == 1
    monkeypatch.setattr(nights, "stamp", lambda _policies: "another")
    read = nightly(engine, on)
    assert read.full and read.cases == 1
    assert not nightly(engine, on).full
    with transaction(engine) as connection:
        touching.remove(connection)  # as another tool may have restored the tables
    assert nightly(engine, on).full


def test_a_night_stopped_before_its_findings_forgets_nobody(
    engine: Engine, quiet: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can be reached any more. The findings are the last thing written before the days: both are done again."""
    on = asleep(engine)
    with transaction(engine) as connection:
        connection.execute(update(s.persons).values(mobile=None, email=None))
        connection.execute(update(s.appointments).values(status="revoked"))
    with monkeypatch.context() as broken:
        broken.setattr(write, "write_about_service", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            nightly(engine, on)
    assert nightly(engine, on).cases == 1
    with reading(engine) as connection:
        rules = select(s.reviews.c.rule).join(s.review_evidence, s.review_evidence.c.review_id == s.reviews.c.id)
        assert "unreachable" in connection.scalars(rules.where(s.review_evidence.c.subject_id == quiet.case)).all()


def test_a_dry_run_reads_what_is_due_and_takes_nothing_away(engine: Engine, quiet: County) -> None:
    on = asleep(engine)
    with transaction(engine) as connection:
        letter(connection, random.Random(1), on)
    for _ in range(2):
        assert night(engine, doubs(), TRACK, on=on, apply=False).cases == 1
    assert nightly(engine, on).cases == 1
    assert {watch.what for watch in WATCHED} == set(Touch)
