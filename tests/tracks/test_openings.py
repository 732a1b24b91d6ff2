"""The hours offered to somebody who would rather come at another one, against wall clocks and pairs of spans."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import holidays

from tracks.agenda import Agenda, Span, Weekly
from tracks.calendar import Calendar
from tracks.openings import OFFERED, Wanted, admits, openings

PARIS = ZoneInfo("Europe/Paris")
DOUBS = Calendar("25", "Europe/Paris")
CLOSED = frozenset(holidays.country_holidays("FR", years=(2026, 2027)))
MONDAY = date(2026, 11, 30)
WEEK = Agenda(
    referent=1,
    site="Planoise",
    working_days=frozenset({1, 2, 3, 4, 5}),
    day_starts=time(9),
    day_ends=time(17),
    break_starts=time(12),
    break_ends=time(13, 30),
)
WANTED = Wanted(first_day=MONDAY, last_day=MONDAY + timedelta(days=14), target=MONDAY + timedelta(days=8), minutes=45)


def at(day: date, clock: str, minutes: int = 45) -> Span:
    start = datetime.combine(day, time.fromisoformat(clock), tzinfo=PARIS).astimezone(UTC)
    return start, start + timedelta(minutes=minutes)


def refusals(hour: datetime, wanted: Wanted, agenda: Agenda) -> list[str]:
    """Everything that forbids this hour, read with no bit and none of the planner's functions."""
    start, end = hour.astimezone(PARIS), (hour + timedelta(minutes=wanted.minutes)).astimezone(PARIS)
    day, spans = start.date(), (*agenda.busy, *agenda.sessions, *agenda.elsewhere, *wanted.engaged)
    found = {
        "window": not wanted.first_day <= day <= wanted.last_day,
        "closed": day in CLOSED or day.isoweekday() not in agenda.working_days,
        "leave": any(first <= day <= last for first, last in agenda.leaves),
        "pause": any(first <= day <= last for first, last in wanted.away),
        "hours": start.time() < agenda.day_starts or end.time() > agenda.day_ends,
        "break": bool(agenda.break_starts and start.time() < agenda.break_ends and agenda.break_starts < end.time()),  # type: ignore[operator]
        "overlap": any(first < end and start < last for first, last in spans),
        "impossible": any(
            one.weekday == day.isoweekday() and one.starts < end.time() and start.time() < one.ends
            for one in wanted.impossible
        ),
        "quarter": bool(start.minute % 15 or start.second),
    }
    return [why for why, broken in found.items() if broken]


def any_week(random: Random) -> tuple[Wanted, Agenda]:
    first = date(2026, 12, 1) + timedelta(days=random.randrange(150))
    days = [first + timedelta(days=n) for n in range(20)]

    def spans(most: int) -> tuple[Span, ...]:
        clocks = [f"{random.randrange(8, 18):02}:{random.choice((0, 10, 15, 30, 45)):02}" for _ in range(most)]
        return tuple(at(random.choice(days), clock, random.choice((20, 45, 60, 180))) for clock in clocks)

    agenda = replace(
        WEEK,
        working_days=frozenset(random.sample(range(1, 7), random.randrange(1, 6))),
        leaves=tuple((day, day + timedelta(days=random.randrange(4))) for day in random.sample(days, 1)),
        busy=spans(random.randrange(40)),
        sessions=spans(2),
        elsewhere=spans(5),
    )
    wanted = Wanted(
        first_day=first,
        last_day=first + timedelta(days=random.randrange(8)),
        target=random.choice(days),
        minutes=random.choice((30, 45, 60)),
        impossible=(Weekly(random.randrange(1, 6), time(0), time(12)), Weekly(3, time(0), time(23, 59))),
        wished=(Weekly(random.randrange(1, 6), time(14), time(16)),),
        engaged=spans(2),
        away=((days[4], days[5]),),
    )
    return wanted, agenda


def test_no_hour_is_offered_that_somebody_cannot_hold() -> None:
    random, offered, none = Random(11), 0, 0
    for _ in range(25):
        wanted, agenda = any_week(random)
        hours = openings(wanted, agenda, DOUBS)
        assert [(hour, why) for hour in hours if (why := refusals(hour, wanted, agenda))] == []
        assert list(hours) == sorted(set(hours)) and len(hours) <= OFFERED
        assert all(admits(wanted, agenda, DOUBS, hour) for hour in hours)
        every = [at(wanted.first_day + timedelta(days=n), "00:00")[0] for n in range(8)]
        quarters = [midnight + timedelta(minutes=15 * k) for midnight in every for k in range(28, 80)]
        free = [hour for hour in quarters if not refusals(hour, wanted, agenda)]
        assert free == [hour for hour in quarters if admits(wanted, agenda, DOUBS, hour)]
        halves = {(hour.astimezone(PARIS).date(), hour.astimezone(PARIS).hour >= 12) for hour in free}
        assert len(hours) == min(OFFERED, len(halves))
        offered, none = offered + len(hours), none + (not hours)
    assert offered > 30 and none > 1


def test_three_days_near_the_first_one_and_not_always_the_same_half() -> None:
    hours = [hour.astimezone(PARIS) for hour in openings(WANTED, WEEK, DOUBS)]
    assert [f"{hour:%a %d %H:%M}" for hour in hours] == ["Mon 07 13:30", "Tue 08 09:00", "Wed 09 09:00"]


def test_a_wished_hour_comes_first_and_a_full_week_offers_nothing() -> None:
    wished = replace(WANTED, wished=(Weekly(5, time(15), time(16)),))
    assert at(date(2026, 12, 11), "15:00")[0] in openings(wished, WEEK, DOUBS)
    full = tuple(at(MONDAY + timedelta(days=n), "09:00", 480) for n in range(15))
    assert openings(WANTED, replace(WEEK, busy=full), DOUBS) == ()
    assert not admits(WANTED, WEEK, DOUBS, at(MONDAY, "09:05")[0])
