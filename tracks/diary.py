"""What is left of one referent's days while a night places: book a slot, or move what the night itself has just placed.

Days are the bits of one integer, as in `tracks.agenda`. Nothing that was there before the night ever moves.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tracks.actions import AppointmentDue
from tracks.agenda import DAY, Agenda, opening, starts_in, taken_by_day, weekly
from tracks.calendar import Calendar

EVEN_MINUTES = 120  # two hours already booked on a day weigh as much as one day away from the target
WISH_MINUTES = 5 * EVEN_MINUTES  # a wished hour is worth five days away from the target
MOVES = 2  # how many people of the night may give way to one more
TRIES = 100  # how many slots are tried so for one claim, at most: a full month has thousands of them


@dataclass(eq=False, slots=True)
class Held:
    """A slot that this night has booked; it can still be another, as long as nobody was told."""

    due: AppointmentDue
    day: date
    first: int  # the minute of the day

    @property
    def slot(self) -> int:
        return ((1 << self.due.minutes) - 1) << self.first


class Diary:
    """One referent's days. `held`: what this night books, the slots of the end being the last word."""

    def __init__(self, agenda: Agenda, calendar: Calendar) -> None:
        self.agenda = agenda
        self.calendar = calendar
        self.taken = taken_by_day(agenda.engaged, calendar)
        self.open: dict[date, int] = {}
        self.booked: dict[date, int] = {}
        self.held: defaultdict[date, list[Held]] = defaultdict(list)

    def free(self, day: date) -> int:
        """The free minutes of `day`."""
        if day not in self.open:
            hours = opening(self.agenda, day, self.calendar)
            taken = hours & self.taken.get(day, 0)
            self.open[day] = hours ^ taken
            self.booked[day] = taken.bit_count()
        return self.open[day]

    def starts(self, due: AppointmentDue, day: date, free: int) -> int:
        """The quarters of an hour of `day` at which the claim can start within `free`."""
        if due.impossible:
            free &= ~weekly(due.impossible, day, self.calendar)
        return starts_in(free, due.minutes)

    def days(self, due: AppointmentDue) -> list[tuple[int, date]]:
        """The days of the claim's window with their cost, the best first: near its target, lightly booked; of two
        alike the later, which gives more notice."""
        found = []
        for offset in range((due.last_day - due.first_day).days + 1):
            day = due.first_day + offset * DAY
            if self.free(day):
                away = abs((day - due.target).days)
                found.append((away * EVEN_MINUTES + self.booked[day], away, -offset, day))
        return [(cost, day) for cost, *_, day in sorted(found)]

    def take(self, due: AppointmentDue) -> Held | None:
        """Book the best free slot of the claim's window; None if there is none left."""
        found: tuple[int, date, int] | None = None
        for cost, day in self.days(due):
            starts = self.starts(due, day, self.free(day))
            if not starts:
                continue
            wished = starts & weekly(due.wished, day, self.calendar) if due.wished else starts
            cost += 0 if wished else WISH_MINUTES
            if found is None or cost < found[0]:
                found = cost, day, lowest(wished or starts)
            if not due.wished:
                break
        return self.book(due, *found[1:]) if found else None

    def make_room(self, due: AppointmentDue) -> Held | None:
        """Book a slot from which one or two people of this night can be moved to another one of theirs, or None."""
        tried = 0
        for day in self.days_with_others(due):
            for first, others in self.crowded(due, day):
                if held := self.swap(due, day, first, others):
                    return held
                tried += 1
                if tried == TRIES:
                    return None
        return None

    def days_with_others(self, due: AppointmentDue) -> list[date]:
        days = (due.first_day + offset * DAY for offset in range((due.last_day - due.first_day).days + 1))
        return sorted((day for day in days if self.held.get(day)), key=lambda day: (abs((day - due.target).days), day))

    def crowded(self, due: AppointmentDue, day: date) -> Iterator[tuple[int, list[Held]]]:
        """The starts that only people of this night stand in the way of, at most MOVES, and who they are."""
        held = list(self.held[day])
        everyone = self.free(day)
        for other in held:
            everyone |= other.slot
        starts = self.starts(due, day, everyone)
        length = (1 << due.minutes) - 1
        while starts:
            first = lowest(starts)
            starts &= starts - 1
            others = [other for other in held if other.slot & length << first]
            if len(others) <= MOVES:
                yield first, others

    def swap(self, due: AppointmentDue, day: date, first: int, others: list[Held]) -> Held | None:
        """Book `due` there if each of `others` finds a free slot of its own window; else all is as it was."""
        before = [(other.day, other.first) for other in others]
        for other in others:
            self.leave(other)
        mine = self.book(due, day, first)
        moved = [other for other in others if self.settle(other)]
        if len(moved) == len(others):
            return mine
        for held in (mine, *moved):
            self.leave(held)
        for other, place in zip(others, before, strict=True):
            self.put(other, *place)
        return None

    def settle(self, other: Held) -> bool:
        """A free slot of its own window for somebody who gave way."""
        for _, day in self.days(other.due):
            if starts := self.starts(other.due, day, self.free(day)):
                self.put(other, day, lowest(starts))
                return True
        return False

    def book(self, due: AppointmentDue, day: date, first: int) -> Held:
        held = Held(due, day, first)
        self.put(held, day, first)
        return held

    def put(self, held: Held, day: date, first: int) -> None:
        held.day, held.first = day, first
        self.open[day] = self.free(day) & ~held.slot
        self.booked[day] += held.due.minutes
        self.held[day].append(held)

    def leave(self, held: Held) -> None:
        self.held[held.day].remove(held)
        self.open[held.day] |= held.slot
        self.booked[held.day] -= held.due.minutes

    def starts_at(self, held: Held) -> datetime:
        """The instant (UTC)."""
        return self.calendar.local(held.day, time.min) + timedelta(minutes=held.first)


def lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1
