"""What a simulated caseload holds, week by week and referent by referent: counts, days and minutes. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median


@dataclass(slots=True)
class Week:
    """One week of one referent. `reserved`: minutes of appointments, held or not; `waits`: days between the last
    exchange and each appointment fixed this week; `late`: how many of those fall after the day they were due;
    `waiting`: the cases that found no hour."""

    held: int = 0
    missed: int = 0
    excused: int = 0
    reserved: int = 0
    fixed: int = 0
    reminders: int = 0
    messages: int = 0
    questions: int = 0
    reviews: int = 0
    late: int = 0
    waiting: set[int] = field(default_factory=set)
    waits: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Outlook:
    """`weeks`: (number from 0, referent, 0 for nobody) → what it holds; `open`: referent → minutes open in each week;
    `people`: (cases at the start, at the end)."""

    start: date
    length: int
    weeks: Mapping[tuple[int, int], Week]
    open: Mapping[int, tuple[int, ...]]
    people: tuple[int, int]

    @classmethod
    def joined(cls, parts: "Sequence[Outlook]") -> "Outlook":
        """Of parts of one caseload, each with its own referents."""
        weeks = {key: week for part in parts for key, week in part.weeks.items()}
        minutes = {referent: found for part in parts for referent, found in part.open.items()}
        people = sum(part.people[0] for part in parts), sum(part.people[1] for part in parts)
        return cls(parts[0].start, parts[0].length, dict(sorted(weeks.items())), dict(sorted(minutes.items())), people)

    def total(self, figure: Callable[[Week], int]) -> int:
        return sum(map(figure, self.weeks.values()))

    def by_week(self, figure: Callable[[Week], int]) -> list[int]:
        found = [0] * self.length
        for (number, _), week in self.weeks.items():
            found[number] += figure(week)
        return found

    def of(self, referent: int) -> list[Week]:
        return [self.weeks.get((number, referent), Week()) for number in range(self.length)]

    def shares(self, referent: int) -> list[float]:
        """How much of the open time is reserved, week by week; 0 where nothing is open."""
        pairs = zip(self.of(referent), self.open[referent], strict=True)
        return [week.reserved / minutes if minutes else 0.0 for week, minutes in pairs]

    @property
    def missed_share(self) -> float:
        """Absences without a word, of the appointments whose outcome is known."""
        missed, known = self.total(lambda week: week.missed), self.total(lambda w: w.held + w.missed + w.excused)
        return missed / known if known else 0.0

    @property
    def late_share(self) -> float:
        fixed = self.total(lambda week: week.fixed)
        return self.total(lambda week: week.late) / fixed if fixed else 0.0

    @property
    def wait(self) -> float:
        """Median days between the last exchange and the appointment fixed after it."""
        return middle(days for week in self.weeks.values() for days in week.waits)

    def waiting(self) -> list[int]:
        """People without an hour, week by week."""
        return self.by_week(lambda week: len(week.waiting))


def middle(values: Iterable[float]) -> float:
    """Their median; 0 where there are none."""
    found = list(values)
    return float(median(found)) if found else 0.0
