"""The service's own lateness, counted: in time, late and by how much, still running, overdue, unknown."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, update

from store.clocks import Kept, contracts_in_time
from store.engine import reading, transaction
from store.schema import cases, contracts
from tests.county import County, add
from tests.tracks.building import policies_of
from tracks.rules.clocks import Clock, contract_clock

NOTIFIED = date(2026, 9, 1)
LIMIT = date(2026, 10, 1)
NOBODY = {"in_time": 0, "late": 0, "median_late": None, "running": 0, "overdue": 0, "unknown": 0}


def clock_of(track: str, notified_on: date) -> Clock:
    return contract_clock(policies_of("objectif_emploi"), notified_on, 1)


def counted(engine: Engine, on: date) -> Kept:
    with reading(engine) as connection:
        return contracts_in_time(connection, territory="doubs", on=on, clock_of=clock_of)


def live(engine: Engine, county: County, *, signed_on: date | None, **changes: object) -> None:
    with transaction(engine) as connection:
        values = {"notified_on": NOTIFIED, "entered_on": NOTIFIED, "left_on": None, "under_duties": True}
        connection.execute(update(cases).values(values | changes))
        if signed_on:
            days = {"signed_on": signed_on, "starts_on": signed_on, "ends_on": signed_on + timedelta(days=300)}
            person = {"territory": "doubs", "person_id": county.person}
            add(connection, contracts, **person, kind="engagement", clauses="individual", **days)


@pytest.mark.parametrize(
    ("signed_on", "on", "found"),
    [
        (LIMIT, date(2026, 11, 23), {"in_time": 1}),
        (date(2026, 10, 2), date(2026, 11, 23), {"late": 1, "median_late": 1}),
        (date(2026, 10, 15), date(2026, 11, 23), {"late": 1, "median_late": 14}),
        (date(2026, 10, 15), date(2026, 10, 1), {"running": 1}),  # as it stood that day
        (None, LIMIT, {"running": 1}),
        (None, date(2026, 10, 2), {"overdue": 1}),
        (date(2026, 8, 31), date(2026, 10, 2), {"overdue": 1}),  # a contract of before the orientation is not this one
    ],
)
def test_each_case_is_counted_once_by_its_calendar_month(
    engine: Engine, county: County, signed_on: date | None, on: date, found: dict[str, int]
) -> None:
    live(engine, county, signed_on=signed_on)
    assert counted(engine, on) == Kept(**NOBODY | found)  # type: ignore[arg-type]


def test_a_notification_that_nobody_dated_is_unknown_and_never_late(engine: Engine, county: County) -> None:
    live(engine, county, signed_on=None, notified_on=None)
    assert counted(engine, date(2026, 11, 23)) == Kept(**NOBODY | {"unknown": 1})  # type: ignore[arg-type]


def test_somebody_who_left_unsigned_or_is_under_no_duty_is_not_counted(engine: Engine, county: County) -> None:
    live(engine, county, signed_on=None, left_on=date(2026, 9, 20))
    assert counted(engine, date(2026, 11, 23)) == Kept(**NOBODY)  # type: ignore[arg-type]
    live(engine, county, signed_on=None, under_duties=False)
    assert counted(engine, date(2026, 11, 23)) == Kept(**NOBODY)  # type: ignore[arg-type]
