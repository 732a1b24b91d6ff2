"""The hours offered to somebody who would rather come at another one: those that a night itself could give.

Pure. A day is a set of minutes, as in `tracks.agenda`; an hour that is offered is on a quarter of an hour.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tracks.agenda import DAY, MINUTE, Agenda, Span, Weekly, opening, starts_in, taken_by_day, weekly
from tracks.calendar import Calendar

OFFERED = 3
NOON = time(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is sought: `minutes` between two local days, as near `target` as can be.

    `engaged`: what the person is already expected at; `away`: days, both included, on which they are not to come.
    """

    first_day: date
    last_day: date
    target: date
    minutes: int
    impossible: tuple[Weekly, ...] = ()
    wished: tuple[Weekly, ...] = ()
    engaged: tuple[Span, ...] = ()
    away: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour that can be offered, and what tells it from the others."""

    at: datetime  # UTC
    day: date
    afternoon: bool
    wished: bool


Chosen = list[Hour]
# A person's week is seldom free on one kind of half-day alone: other days first, and not always the same half of them.
SPREAD: tuple[Callable[[Hour, Chosen], bool], ...] = (
    lambda hour, chosen: (
        not any(hour.day == c.day or (c is chosen[-1] and hour.afternoon == c.afternoon) for c in chosen)
    ),
    lambda hour, chosen: not any(hour.day == c.day for c in chosen),
    lambda hour, chosen: not any((hour.day, hour.afternoon) == (c.day, c.afternoon) for c in chosen),
)


def openings(wanted: Wanted, agenda: Agenda, calendar: Calendar) -> tuple[datetime, ...]:
    """At most OFFERED instants (UTC) at which the referent can meet the person, soonest first; empty: none is left."""
    found = sorted(
        _hours(wanted, agenda, calendar),
        key=lambda hour: (not hour.wished, abs((hour.day - wanted.target).days), hour.at),
    )
    chosen: Chosen = []
    for fits in SPREAD:
        for hour in found:
            if len(chosen) < OFFERED and hour not in chosen and fits(hour, chosen):
                chosen.append(hour)
    return tuple(sorted(hour.at for hour in chosen))


def admits(wanted: Wanted, agenda: Agenda, calendar: Calendar, at: datetime) -> bool:
    """Whether `at` (aware) is still one of the hours that could be offered."""
    day = calendar.day_of(at)
    if not wanted.first_day <= day <= wanted.last_day:
        return False
    starts = _starts(wanted, agenda, calendar, day)
    minutes, rest = divmod(at - calendar.local(day, time.min), MINUTE)
    return not rest and bool(starts >> minutes & 1)


def _hours(wanted: Wanted, agenda: Agenda, calendar: Calendar) -> Iterator[Hour]:
    """The first hour of each half-day, and the first wished one where there is one."""
    for offset in range((wanted.last_day - wanted.first_day).days + 1):
        day = wanted.first_day + offset * DAY
        starts = _starts(wanted, agenda, calendar, day)
        if not starts:
            continue
        midnight = calendar.local(day, time.min)
        noon = (calendar.local(day, NOON) - midnight) // MINUTE
        wished = weekly(wanted.wished, day, calendar)
        for afternoon, half in ((False, starts & ((1 << noon) - 1)), (True, starts >> noon << noon)):
            if best := half & wished or half:
                at = midnight + timedelta(minutes=(best & -best).bit_length() - 1)
                yield Hour(at, day, afternoon, bool(half & wished))


def _starts(wanted: Wanted, agenda: Agenda, calendar: Calendar, day: date) -> int:
    if any(first <= day <= last for first, last in wanted.away):
        return 0
    taken = taken_by_day((*agenda.engaged, *wanted.engaged), calendar).get(day, 0)
    free = opening(agenda, day, calendar) & ~taken & ~weekly(wanted.impossible, day, calendar)
    return starts_in(free, wanted.minutes)
