"""Chooses the slots of a night, over all that is due: pure, the same whatever the order, never two at once.

The most urgent claim is served first, as near its target as the referent's days allow.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tracks.actions import AppointmentDue
from tracks.agenda import DAY, Agenda, opening, starts_in, taken_by_day
from tracks.calendar import Calendar

EVEN_MINUTES = 120  # two hours already booked on a day weigh as much as one day away from the target


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Instants are UTC; both are None when the referent has no slot within the days of the claim."""

    due: AppointmentDue
    referent: int | None
    starts_at: datetime | None
    ends_at: datetime | None


class Diary:
    """What is left of one referent's days while a night places."""

    def __init__(self, agenda: Agenda, calendar: Calendar) -> None:
        self.agenda = agenda
        self.calendar = calendar
        self.taken = taken_by_day((*agenda.busy, *agenda.sessions), calendar)
        self.days: dict[date, tuple[int, int]] = {}

    def on(self, day: date) -> tuple[int, int]:
        """The free minutes of `day`, and how many are booked."""
        if day not in self.days:
            hours = opening(self.agenda, day, self.calendar)
            taken = hours & self.taken.get(day, 0)
            self.days[day] = hours ^ taken, taken.bit_count()
        return self.days[day]

    def take(self, due: AppointmentDue) -> datetime | None:
        """Book the best slot of the claim's window; None if there is none left."""
        found = []
        for offset in range((due.last_day - due.first_day).days + 1):
            day = due.first_day + offset * DAY
            away = abs((day - due.target).days)
            found.append((away * EVEN_MINUTES + self.on(day)[1], away, -offset, day))
        for *_, day in sorted(found):
            free, booked = self.on(day)
            if starts := starts_in(free, due.minutes):
                first = (starts & -starts).bit_length() - 1
                slot = ((1 << due.minutes) - 1) << first
                self.days[day] = free & ~slot, booked + due.minutes
                return self.calendar.local(day, time.min) + timedelta(minutes=first)
        return None


def place(
    dues: Iterable[AppointmentDue], agendas: Mapping[int, Agenda], *, calendar: Calendar
) -> tuple[Placement, ...]:
    """One placement a claim, in the order served: longest overdue, then soonest last day, then case."""
    diaries: dict[int, Diary] = {}
    placements = []
    for due in sorted(dues, key=_order):
        starts_at = None
        if due.referent is not None and due.referent in agendas:
            if due.referent not in diaries:
                diaries[due.referent] = Diary(agendas[due.referent], calendar)
            starts_at = diaries[due.referent].take(due)
        ends_at = starts_at + timedelta(minutes=due.minutes) if starts_at else None
        placements.append(Placement(due=due, referent=due.referent, starts_at=starts_at, ends_at=ends_at))
    return tuple(placements)


def _order(due: AppointmentDue) -> tuple[date, date, int, str, int, int]:
    return due.urgent_since, due.last_day, due.case, due.kind, due.number, due.minutes
