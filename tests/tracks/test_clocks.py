"""The service's own delays: calendar months, a closed day rolls over, stages by the calendar, lateness in days."""

from datetime import date

import pytest

from tests.tracks.building import policies_of
from tracks.rules.clocks import Clock, contract_clock

EMPLOI = policies_of("objectif_emploi")


@pytest.mark.parametrize(
    ("notified", "limit"),
    [
        (date(2026, 10, 22), date(2026, 11, 23)),  # 22 November is a Sunday
        (date(2026, 1, 31), date(2026, 3, 2)),  # 28 February is a Saturday: the month ends there, and rolls over
        (date(2027, 12, 31), date(2028, 1, 31)),
        (date(2028, 1, 29), date(2028, 2, 29)),  # a leap day
        (date(2026, 4, 1), date(2026, 5, 4)),  # 1 May is a holiday, then a week-end
    ],
)
def test_a_month_is_a_calendar_month_and_a_closed_day_rolls_over(notified: date, limit: date) -> None:
    assert contract_clock(EMPLOI, notified, 1).limit == limit


@pytest.mark.parametrize(
    ("day", "percent", "late"),
    [
        (date(2026, 11, 4), 0, 0),
        (date(2026, 11, 18), 46, 0),
        (date(2026, 11, 19), 50, 0),
        (date(2026, 12, 4), 100, 0),
        (date(2026, 12, 14), 133, 10),
    ],
)
def test_how_much_of_a_clock_is_over(day: date, percent: int, late: int) -> None:
    clock = Clock(date(2026, 11, 4), date(2026, 12, 4))
    assert (clock.percent(day), clock.days_late(day)) == (percent, late)
