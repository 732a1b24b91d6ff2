"""Chooses the slots of a night, over all that is due: pure, the same whatever the order, never two at once.

The most urgent claim is served first, as near its target as the referent's days allow; where no slot is left for one,
those that this very night has placed give way within their own days. What was announced never moves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tracks.actions import AppointmentDue
from tracks.agenda import Agenda
from tracks.calendar import Calendar
from tracks.diary import Diary, Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Instants are UTC; both are None when the referent has no slot within the days of the claim."""

    due: AppointmentDue
    referent: int | None
    starts_at: datetime | None
    ends_at: datetime | None


def place(
    dues: Iterable[AppointmentDue], agendas: Mapping[int, Agenda], *, calendar: Calendar
) -> tuple[Placement, ...]:
    """One placement a claim, in the order served: longest overdue, then soonest last day, then case."""
    diaries: dict[int, Diary] = {}
    served: list[tuple[AppointmentDue, Held | None]] = []
    for due in sorted(dues, key=served_first):
        held = None
        if due.referent is not None and due.referent in agendas:
            if due.referent not in diaries:
                diaries[due.referent] = Diary(agendas[due.referent], calendar)
            diary = diaries[due.referent]
            held = diary.take(due) or diary.make_room(due)
        served.append((due, held))
    return tuple(placed(due, held, diaries) for due, held in served)


def placed(due: AppointmentDue, held: Held | None, diaries: Mapping[int, Diary]) -> Placement:
    if held is None or due.referent is None:
        return Placement(due=due, referent=due.referent, starts_at=None, ends_at=None)
    starts_at = diaries[due.referent].starts_at(held)
    ends_at = starts_at + timedelta(minutes=due.minutes)
    return Placement(due=due, referent=due.referent, starts_at=starts_at, ends_at=ends_at)


def served_first(due: AppointmentDue) -> tuple[date, date, int, str, int, int]:
    return due.urgent_since, due.last_day, due.case, due.kind, due.number, due.minutes
