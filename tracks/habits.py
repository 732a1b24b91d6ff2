"""How the people and the referents of a county have behaved so far: what a simulation draws from. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from tracks.vocabulary import AppointmentStatus, Channel, Qualification

SAID = (AppointmentStatus.SEEN, AppointmentStatus.EXCUSED, AppointmentStatus.NOSHOW)
SPANS = ((0, 4), (5, 9), (10, 19), (20, 10_000))  # days of notice, both included
FAITH = 20  # so many appointments of a kind are needed to weigh as much as all the county's together
# Where a county has no history yet; field.md: 15 to 25 % of appointments missed without a word.
USUAL = {AppointmentStatus.SEEN: 0.74, AppointmentStatus.EXCUSED: 0.08, AppointmentStatus.NOSHOW: 0.18}

T = TypeVar("T")
Kind = tuple[Channel | None, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A past appointment whose outcome somebody said. `notice`: days between the summons, or the booking, and it."""

    channel: Channel | None
    notice: int
    status: AppointmentStatus
    qualification: Qualification | None


@dataclass(frozen=True)
class Habits:
    """`past`: how many past appointments it rests on."""

    outcomes: dict[Kind, dict[AppointmentStatus, float]]
    overall: dict[AppointmentStatus, float]
    qualified: dict[Qualification, float]
    past: int

    def shows(self, channel: Channel | None, notice: int) -> dict[AppointmentStatus, float]:
        return self.outcomes.get((channel, span_of(notice)), self.overall)

    def outcome(self, channel: Channel | None, notice: int, dice: Random) -> AppointmentStatus:
        shares = self.shows(channel, notice)
        return dice.choices(list(shares), list(shares.values()))[0]

    def qualification(self, dice: Random) -> Qualification:
        """What a named person would say of an absence: in a simulation only."""
        return dice.choices(list(self.qualified), list(self.qualified.values()))[0]


def span_of(notice: int) -> tuple[int, int]:
    return next(span for span in SPANS if span[0] <= max(notice, 0) <= span[1])


def habits_of(past: Iterable[Happened]) -> Habits:
    """Shares by channel and notice, each drawn towards the county's own share where few appointments tell."""
    said: dict[Kind, Counter[AppointmentStatus]] = {}
    every: Counter[AppointmentStatus] = Counter()
    qualified: Counter[Qualification] = Counter()
    for one in past:
        said.setdefault((one.channel, span_of(one.notice)), Counter())[one.status] += 1
        every[one.status] += 1
        if one.qualification and one.status is AppointmentStatus.NOSHOW:
            qualified[one.qualification] += 1
    overall = _shares(every, USUAL)
    usual = dict.fromkeys(Qualification, 1 / len(Qualification))
    return Habits(
        outcomes={kind: _shares(counts, overall) for kind, counts in said.items()},
        overall=overall,
        qualified=_shares(qualified, usual),
        past=every.total(),
    )


def _shares(counts: Counter[T], towards: dict[T, float]) -> dict[T, float]:
    whole = counts.total() + FAITH
    return {word: (counts[word] + FAITH * share) / whole for word, share in towards.items()}
