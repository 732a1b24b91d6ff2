"""Civil days: deadlines, holidays by place, clock changes, legal months."""

from datetime import UTC, date, datetime, time

import pytest

from tracks.calendar import Calendar, add_months, public_holidays

DOUBS = Calendar("25", "Europe/Paris")


@pytest.mark.parametrize(
    ("received_on", "days", "last_day", "because"),
    [
        (date(2026, 10, 27), 15, date(2026, 11, 12), "the 11th is a holiday, the 12th is the day after 15 whole days"),
        (date(2026, 10, 30), 15, date(2026, 11, 16), "the 15th is a Sunday"),
        (date(2026, 10, 26), 15, date(2026, 11, 12), "ends on 11 November, a holiday"),
        (date(2026, 12, 9), 15, date(2026, 12, 28), "ends on Christmas, a Friday, then the week-end"),
        (date(2026, 11, 2), 10, date(2026, 11, 13), "an ordinary Friday"),
        (date(2026, 11, 3), 10, date(2026, 11, 16), "ends on a Saturday"),
    ],
)
def test_a_deadline_counts_whole_days_and_rolls_over_closed_ones(
    received_on: date, days: int, last_day: date, because: str
) -> None:
    assert DOUBS.deadline(received_on, days=days) == last_day, because


def test_alsace_and_moselle_keep_good_friday_and_the_26th_of_december() -> None:
    for departement in ("57", "67", "68"):
        assert {date(2026, 4, 3), date(2026, 12, 26)} <= public_holidays(departement, 2026)
    assert not {date(2026, 4, 3), date(2026, 12, 26)} & public_holidays("25", 2026)


@pytest.mark.parametrize(
    ("departement", "abolition"),
    [
        ("971", date(2026, 5, 27)),
        ("972", date(2026, 5, 22)),
        ("973", date(2026, 6, 10)),
        ("974", date(2026, 12, 20)),
        ("976", date(2026, 4, 27)),
    ],
)
def test_overseas_the_day_of_abolition_is_a_holiday_there_and_nowhere_else(departement: str, abolition: date) -> None:
    assert public_holidays(departement, 2026) == public_holidays("25", 2026) | {abolition}


def test_the_eleven_national_holidays() -> None:
    assert len(public_holidays("25", 2026)) == 11
    assert date(2026, 4, 6) in public_holidays("2A", 2026)  # Easter Monday
    assert date(2027, 3, 29) in public_holidays("25", 2027)


def test_a_letter_may_arrive_on_a_saturday_never_on_a_sunday_or_a_holiday() -> None:
    saturday, sunday, armistice = date(2026, 11, 14), date(2026, 11, 15), date(2026, 11, 11)
    assert DOUBS.may_be_written_to(saturday) and not DOUBS.is_working(saturday)
    assert not DOUBS.may_be_written_to(sunday) and not DOUBS.may_be_written_to(armistice)


def test_working_days_are_counted_over_week_ends_and_holidays() -> None:
    assert DOUBS.add_working_days(date(2026, 11, 10), 1) == date(2026, 11, 12)
    assert DOUBS.add_working_days(date(2026, 11, 20), 3) == date(2026, 11, 25)
    assert DOUBS.add_working_days(date(2026, 11, 21), 0) == date(2026, 11, 21)
    assert DOUBS.next_working(date(2026, 12, 25)) == date(2026, 12, 28)
    assert len(list(DOUBS.working_days(date(2026, 11, 9), date(2026, 11, 15)))) == 4


@pytest.mark.parametrize(
    ("day", "wall", "instant"),
    [
        (date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # repeated: the first one
        (date(2026, 10, 25), time(3, 0), datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
        (date(2026, 10, 25), time(9, 0), datetime(2026, 10, 25, 8, 0, tzinfo=UTC)),
        (date(2027, 3, 28), time(1, 59), datetime(2027, 3, 28, 0, 59, tzinfo=UTC)),
        (date(2027, 3, 28), time(2, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),  # skipped: 03:30 on the wall
        (date(2027, 3, 28), time(9, 0), datetime(2027, 3, 28, 7, 0, tzinfo=UTC)),
        (date(2026, 11, 23), time(9, 0), datetime(2026, 11, 23, 8, 0, tzinfo=UTC)),
    ],
)
def test_a_wall_clock_is_read_through_both_clock_changes(day: date, wall: time, instant: datetime) -> None:
    assert DOUBS.local(day, wall) == instant
    assert DOUBS.day_of(instant) == day


def test_the_day_of_an_instant_is_that_of_the_place() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert DOUBS.day_of(late) == date(2026, 11, 24)
    assert Calendar("972", "America/Martinique").day_of(late) == date(2026, 11, 23)
    assert DOUBS.wall_clock(late).time() == time(0, 30)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 5, 23), 6, date(2026, 11, 23)),
        (date(2026, 11, 30), -6, date(2026, 5, 30)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
    ],
)
def test_months_are_those_of_the_calendar(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later
