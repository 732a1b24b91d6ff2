"""A referent leaves, or is away for long: who takes whom, and which of the announced appointments can keep their hour.

Pure. A new referent who is free at the announced hour takes it as it is; otherwise the nearest free hour is sought,
after the notice that the person is owed; where there is none the appointment is called off, and the night proposes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from tracks.actions import AppointmentDue, Because
from tracks.agenda import Agenda, Planned
from tracks.calendar import Calendar
from tracks.diary import Diary
from tracks.vocabulary import AppointmentKind, Channel

BEFORE, AFTER = timedelta(days=3), timedelta(days=10)  # how far from the announced day another hour may be


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """`cases`: how many they accompany already; `capacity`: how many they can, None when nobody said."""

    agenda: Agenda
    cases: int
    capacity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """An open case of the one who leaves, with what is planned for it, the soonest first, and where they are met."""

    case: int
    planned: tuple[Planned, ...] = ()
    site: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What becomes of an announced appointment. `starts_at`: its hour, the same or another; None: no free one."""

    appointment: int
    minutes: int
    was: datetime
    starts_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """`to`: the new referent of the case."""

    case: int
    to: int
    appointments: tuple[Kept, ...]


def hand_over(
    followed: Iterable[Followed], takers: Mapping[int, Taker], *, earliest: date, calendar: Calendar
) -> tuple[Handed, ...]:
    """Every case handed over, in the order of the cases. `earliest`: the first day a person can be told of.

    Who has an appointment goes to whoever is free at its hour, all to somebody of their site if there is one with
    room, then to whoever has the most room left.
    """
    diaries = {number: Diary(taker.agenda, calendar) for number, taker in takers.items()}
    load = {number: taker.cases for number, taker in takers.items()}
    everyone = sorted(followed, key=lambda one: one.case)
    waiting = sorted((one for one in everyone if one.planned), key=lambda one: one.planned[0].starts_at)
    found = []
    for one in (*waiting, *(one for one in everyone if not one.planned)):
        free = [n for n in takers if one.planned and _is_free(diaries[n], one.planned[0], calendar)]
        full = {number: _fullness(takers[number], load[number]) for number in takers}
        to = min(free or takers, key=lambda n: (full[n] > 1, takers[n].agenda.site != one.site, full[n], n))
        load[to] += 1
        kept = tuple(_keep(diaries[to], planned, case=one.case, earliest=earliest) for planned in one.planned)
        found.append(Handed(case=one.case, to=to, appointments=kept))
    return tuple(sorted(found, key=lambda handed: handed.case))


def _fullness(taker: Taker, cases: int) -> float:
    """The share of their capacity in use; a caseload alone where nobody said it."""
    return (cases + 1) / (taker.capacity or 100)


def _minutes(planned: Planned) -> int:
    return (planned.ends_at - planned.starts_at) // timedelta(minutes=1)


def _is_free(diary: Diary, planned: Planned, calendar: Calendar) -> bool:
    day, first = _place(planned, calendar)
    slot = ((1 << _minutes(planned)) - 1) << first
    return diary.free(day) & slot == slot


def _place(planned: Planned, calendar: Calendar) -> tuple[date, int]:
    day = calendar.day_of(planned.starts_at)
    midnight = calendar.local(day, datetime.min.time())
    return day, (planned.starts_at - midnight) // timedelta(minutes=1)


def _keep(diary: Diary, planned: Planned, *, case: int, earliest: date) -> Kept:
    minutes, calendar = _minutes(planned), diary.calendar
    kept = Kept(appointment=planned.id, minutes=minutes, was=planned.starts_at, starts_at=None)
    day, first = _place(planned, calendar)
    due = _sought(planned, case=case, day=day, earliest=earliest)
    if _is_free(diary, planned, calendar):
        diary.book(due, day, first)
        return replace(kept, starts_at=planned.starts_at)
    held = diary.take(due) if due.first_day <= due.last_day else None
    return replace(kept, starts_at=diary.starts_at(held) if held else None)


def _sought(planned: Planned, *, case: int, day: date, earliest: date) -> AppointmentDue:
    """The same appointment as a claim around its day, for the diary of the new referent."""
    return AppointmentDue(
        case=case,
        because=Because(rule="handover", sentence="", inputs={}, version="", reference=""),
        referent=None,
        first_day=max(day - BEFORE, earliest),
        last_day=day + AFTER,
        target=day,
        minutes=_minutes(planned),
        kind=AppointmentKind.INDIVIDUAL,
        subject=planned.subject,
        by_phone=False,
        number=0,
        urgent_since=day,
        channel=Channel.LETTER,
    )
