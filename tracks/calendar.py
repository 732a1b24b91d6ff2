"""Civil days: public holidays of a site's subdivision, working days, legal months, deadlines that roll over.

Sources: C. trav. L.3133-1 (holidays); domain.md F37 (a deadline that ends on a closed day moves to the next
working day), F58–F60 (holidays by place), R18.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import holidays
from dateutil.relativedelta import relativedelta

SUNDAY = 7
SATURDAY = 6

# Département → subdivision of the `holidays` library, where the law adds days to the eleven national ones.
# Elsewhere the library wants None (most département numbers are wrong or refused there).
SUBDIVISIONS: dict[str, str] = {
    "57": "57",
    "67": "6AE",
    "68": "6AE",
    "971": "971",
    "972": "972",
    "973": "973",
    "974": "974",
    "976": "976",
}
# Listed by the library for 971 and 972, but no public holiday in law.
ABOLITION_DAYS: dict[str, tuple[int, int]] = {
    "971": (5, 27),
    "972": (5, 22),
    "973": (6, 10),
    "974": (12, 20),
    "976": (4, 27),
}


@cache
def public_holidays(departement: str, year: int) -> frozenset[date]:
    """The public holidays of one year in one département; computed once, then a lookup."""
    national = frozenset(holidays.country_holidays("FR", years=year, language="fr"))
    if departement in ABOLITION_DAYS:
        month, day = ABOLITION_DAYS[departement]
        return national | {date(year, month, day)}
    if departement in SUBDIVISIONS:
        return frozenset(holidays.country_holidays("FR", subdiv=SUBDIVISIONS[departement], years=year, language="fr"))
    return national


@dataclass(frozen=True, slots=True)
class Calendar:
    """The civil calendar of a territory: `departement` as « 25 », « 2A », « 974 »; `zone` an IANA name."""

    departement: str
    zone: str

    def is_holiday(self, day: date) -> bool:
        return day in public_holidays(self.departement, day.year)

    def is_working(self, day: date) -> bool:
        """Monday to Friday, no public holiday."""
        return day.isoweekday() < SATURDAY and not self.is_holiday(day)

    def may_be_written_to(self, day: date) -> bool:
        """Monday to Saturday, no public holiday (R17: the days on which a message may reach a person)."""
        return day.isoweekday() != SUNDAY and not self.is_holiday(day)

    def next_working(self, day: date) -> date:
        """`day` itself if it is worked, else the first working day after it (F37)."""
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def add_working_days(self, day: date, count: int) -> date:
        for _ in range(count):
            day = self.next_working(day + timedelta(days=1))
        return day

    def working_days(self, first: date, last: date) -> Iterator[date]:
        """The working days of [first, last], both included."""
        day = first
        while day <= last:
            if self.is_working(day):
                yield day
            day += timedelta(days=1)

    def deadline(self, received_on: date, *, days: int) -> date:
        """The last day of a delay « franc »: the day of receipt and the last day are whole days more, and a closed
        day rolls over (F37). Where the law leaves a doubt, the longer reading is the person's."""
        return self.next_working(received_on + timedelta(days=days + 1))

    def local(self, day: date, at: time) -> datetime:
        """The instant (UTC) of a local wall-clock time; a skipped hour moves forward, a repeated one is its first."""
        return datetime.combine(day, at, tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def day_of(self, instant: datetime) -> date:
        return instant.astimezone(ZoneInfo(self.zone)).date()

    def wall_clock(self, instant: datetime) -> datetime:
        return instant.astimezone(ZoneInfo(self.zone))


@lru_cache(maxsize=65536)
def add_months(day: date, months: int) -> date:
    """Calendar months, as the law counts them: 31 August + 6 months is 28 or 29 February."""
    return day + relativedelta(months=months)


def whole_months(first: date, last: date) -> int:
    """How many calendar months are over on `last`, from `first` on; none before it."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return max(0, months - (add_months(first, max(months, 0)) > last))
