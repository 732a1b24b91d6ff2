"""A referent's week: when they can receive somebody, and which planned appointments cannot stand.

A day is a set of minutes, kept as the bits of one integer and counted from local midnight in elapsed time, so that
a day of 23 or 25 hours needs no case of its own. An appointment starts on a quarter of an hour.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from tracks.calendar import Calendar
from tracks.vocabulary import AppointmentKind

Span = tuple[datetime, datetime]  # aware, the end excluded
QUARTERS = sum(1 << minute for minute in range(0, 25 * 60, 15))
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Weekly:
    """Hours of a day of the week (ISO), local: when somebody can, or never can."""

    weekday: int
    starts: time
    ends: time


@dataclass(frozen=True, kw_only=True)
class Agenda:
    """`working_days` are ISO weekdays; hours are local; `leaves` are days, both included; `busy` holds every
    planned appointment, `sessions` the collective sessions that the referent leads, `elsewhere` what their own calendar
    says."""

    referent: int
    site: str
    role: str = ""
    phone: str | None = None
    working_days: frozenset[int]
    day_starts: time
    day_ends: time
    break_starts: time | None = None
    break_ends: time | None = None
    leaves: tuple[tuple[date, date], ...] = ()
    busy: tuple[Span, ...] = ()
    sessions: tuple[Span, ...] = ()
    elsewhere: tuple[Span, ...] = ()

    @property
    def engaged(self) -> tuple[Span, ...]:
        return (*self.busy, *self.sessions, *self.elsewhere)

    def works_on(self, day: date, calendar: Calendar) -> bool:
        """A day of their week, no public holiday, no leave."""
        on_leave = any(first <= day <= last for first, last in self.leaves)
        return day.isoweekday() in self.working_days and not on_leave and not calendar.is_holiday(day)

    def free_on(self, day: date, minutes: int, calendar: Calendar) -> tuple[datetime, ...]:
        """Every instant (UTC) of `day` at which an appointment of `minutes` can start."""
        taken = taken_by_day(self.engaged, calendar).get(day, 0)
        starts = starts_in(opening(self, day, calendar) & ~taken, minutes)
        midnight = _at(calendar, day, time.min)
        return tuple(midnight + n * MINUTE for n in range(starts.bit_length()) if starts >> n & 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A planned appointment as the referent's week sees it; `confirmed`: somebody says that it stands."""

    id: int
    referent: int | None
    kind: AppointmentKind
    subject: str
    place: str
    starts_at: datetime
    ends_at: datetime
    session: int | None = None
    confirmed: bool = False


def opening(agenda: Agenda, day: date, calendar: Calendar) -> int:
    """The minutes of `day` that the referent works: their hours without the break; none on a day off."""
    if not agenda.works_on(day, calendar):
        return 0
    hours = _minutes(_minute(calendar, day, agenda.day_starts), _minute(calendar, day, agenda.day_ends))
    if agenda.break_starts is None or agenda.break_ends is None:
        return hours
    return hours & ~_minutes(_minute(calendar, day, agenda.break_starts), _minute(calendar, day, agenda.break_ends))


def taken_by_day(spans: Iterable[Span], calendar: Calendar) -> dict[date, int]:
    """The minutes that `spans` touch, for each local day that one of them touches."""
    taken: defaultdict[date, int] = defaultdict(int)
    for start, end in spans:
        day = calendar.day_of(start)
        while (midnight := _at(calendar, day, time.min)) < end:
            first = max(start - midnight, timedelta()) // MINUTE
            last = -((midnight - min(end, _at(calendar, day + DAY, time.min))) // MINUTE)  # a minute begun is taken
            taken[day] |= _minutes(first, last)
            day += DAY
    return taken


def weekly(spans: Iterable[Weekly], day: date, calendar: Calendar) -> int:
    """The minutes of `day` that the spans of its weekday cover."""
    bits = 0
    for span in spans:
        if span.weekday == day.isoweekday():
            bits |= _minutes(_minute(calendar, day, span.starts), _minute(calendar, day, span.ends))
    return bits


def starts_in(free: int, minutes: int) -> int:
    """The quarters of an hour from which `minutes` in a row are free."""
    run, length = free, 1
    while length < minutes:
        step = min(length, minutes - length)
        run &= run >> step
        length += step
    return run & QUARTERS


def cannot_stand(planned: Iterable[Planned], agendas: Mapping[int, Agenda], calendar: Calendar) -> frozenset[int]:
    """The ids of the appointments that nobody can hold: day off, holiday, leave, outside hours, or two at once.

    Of two that overlap neither stands, since nobody has said which; but a session stands against an individual
    appointment, and what somebody confirmed stands against all. An unknown referent proves nothing.
    """
    by_referent: defaultdict[int, list[Planned]] = defaultdict(list)
    for appointment in planned:
        if appointment.referent is not None and appointment.referent in agendas:
            by_referent[appointment.referent].append(appointment)
    fallen: set[int] = set()
    for referent, appointments in by_referent.items():
        agenda = agendas[referent]
        fallen |= {a.id for a in appointments if not _is_open(a, agenda, calendar)}
        fallen |= {a.id for a in appointments if _meets_session(a, agenda)}
        fallen |= _double_booked(appointments)
        fallen -= {a.id for a in appointments if a.confirmed}
    return frozenset(fallen)


def _is_open(appointment: Planned, agenda: Agenda, calendar: Calendar) -> bool:
    """Within the hours of a worked day. The break is theirs to give: an imported appointment may cross it."""
    day = calendar.day_of(appointment.starts_at)
    if not agenda.works_on(day, calendar):
        return False
    opens, closes = _at(calendar, day, agenda.day_starts), _at(calendar, day, agenda.day_ends)
    return opens <= appointment.starts_at and appointment.ends_at <= closes


def _meets_session(appointment: Planned, agenda: Agenda) -> bool:
    return appointment.kind is AppointmentKind.INDIVIDUAL and any(
        start < appointment.ends_at and appointment.starts_at < end for start, end in agenda.sessions
    )


def _double_booked(appointments: list[Planned]) -> set[int]:
    ordered = sorted(appointments, key=lambda a: (a.starts_at, a.id))
    fallen: set[int] = set()
    for position, one in enumerate(ordered):
        for other in ordered[position + 1 :]:
            if other.starts_at >= one.ends_at:
                break
            if not _one_session(one, other):
                alike = one.kind is other.kind
                fallen |= {a.id for a in (one, other) if alike or a.kind is AppointmentKind.INDIVIDUAL}
    return fallen


def _one_session(one: Planned, other: Planned) -> bool:
    """Two people of one session: the session itself says so, or the hour and either the subject or the place."""
    if one.kind is not AppointmentKind.COLLECTIVE or other.kind is not AppointmentKind.COLLECTIVE:
        return False
    if one.session is not None and other.session is not None:
        return one.session == other.session
    alike = one.subject == other.subject or one.place == other.place
    return one.starts_at == other.starts_at and alike


def _minutes(first: int, last: int) -> int:
    """The bits [first, last)."""
    return (1 << last) - (1 << first) if first < last else 0


def _minute(calendar: Calendar, day: date, at: time) -> int:
    return (_at(calendar, day, at) - _at(calendar, day, time.min)) // MINUTE


@cache
def _at(calendar: Calendar, day: date, at: time) -> datetime:
    return calendar.local(day, at)
