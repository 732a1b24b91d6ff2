"""What a referent cannot hold, said early: by how much, for whom, and what would mend it. Pure.

Two ways to see it: the claims of a night that found no slot, and the time that a caseload asks for each week at the
rhythm of its tracks beside the time that is open. It is the service's own lateness: nobody is escalated for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from math import ceil

from tracks.actions import AppointmentDue
from tracks.agenda import DAY, Agenda, opening, taken_by_day
from tracks.calendar import Calendar
from tracks.diary import Diary
from tracks.french import full_date, plural
from tracks.place import Placement

WEEKS = 4  # how far the open time of a caseload is looked at
LATER = 28  # days after its last day in which a claim is tried again
QUARTER = 15
TRIED = 10  # colleagues who are asked for room, those of the same site first


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """The claims of one referent that no slot could be found for. `lent`: those that a colleague has room for, each
    with the colleague; `days_more`: how much later they could all be met, None where even that does not do."""

    referent: int
    cases: tuple[int, ...]
    first_day: date
    last_day: date
    minutes: int
    lent: tuple[tuple[int, int], ...]
    days_more: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How many people of one rhythm a referent follows: an appointment of `minutes` every `days`, met by them."""

    people: int
    minutes: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """Minutes a week that a caseload asks for, and that its referent has open; `people`: in it."""

    referent: int
    people: int
    asked: int
    open: int

    @property
    def missing(self) -> int:
        return max(self.asked - self.open, 0)


def shortages(
    placements: Sequence[Placement], agendas: Mapping[int, Agenda], *, calendar: Calendar
) -> dict[int, Shortage]:
    """One for each referent whom some claim of the night found full."""
    left: defaultdict[int, list[AppointmentDue]] = defaultdict(list)
    for placement in placements:
        if placement.starts_at is None and placement.due.referent in agendas:
            left[placement.due.referent or 0].append(placement.due)
    if not left:
        return {}
    diaries = _after(placements, agendas, calendar)
    return {number: _shortage(number, left[number], agendas, diaries) for number in sorted(left)}


def _after(placements: Sequence[Placement], agendas: Mapping[int, Agenda], calendar: Calendar) -> dict[int, Diary]:
    """The diaries as the night leaves them."""
    diaries = {number: Diary(agenda, calendar) for number, agenda in agendas.items()}
    for placement in placements:
        if placement.starts_at is not None and placement.referent in diaries:
            day = calendar.day_of(placement.starts_at)
            first = (placement.starts_at - calendar.local(day, time.min)) // timedelta(minutes=1)
            diaries[placement.referent].book(placement.due, day, first)
    return diaries


def _shortage(
    number: int, dues: list[AppointmentDue], agendas: Mapping[int, Agenda], diaries: Mapping[int, Diary]
) -> Shortage:
    mine = agendas[number]
    colleagues = sorted(
        (one for one in agendas.values() if one.referent != number and one.role == mine.role),
        key=lambda one: (one.site != mine.site, one.referent),
    )
    lent, later = [], 0
    for due in dues:
        taker = next((one.referent for one in colleagues[:TRIED] if diaries[one.referent].take(due)), None)
        if taker is not None:
            lent.append((due.case, taker))
    for due in dues:
        days = _days_later(due, diaries[number])
        later = -1 if days is None or later < 0 else max(later, days)
    return Shortage(
        referent=number,
        cases=tuple(sorted(due.case for due in dues)),
        first_day=min(due.first_day for due in dues),
        last_day=max(due.last_day for due in dues),
        minutes=sum(due.minutes for due in dues),
        lent=tuple(lent),
        days_more=None if later < 0 else later,
    )


def _days_later(due: AppointmentDue, diary: Diary) -> int | None:
    """How many days after its last one the claim finds a slot; it is booked, so that the next one finds another."""
    for days in range(1, LATER + 1):
        day = due.last_day + days * DAY
        if starts := diary.starts(due, day, diary.free(day)):
            diary.book(due, day, (starts & -starts).bit_length() - 1)
            return days
    return None


def pressure(
    asked: Mapping[int, Iterable[Asked]], agendas: Mapping[int, Agenda], *, on: date, calendar: Calendar
) -> list[Pressure]:
    """The caseloads that ask for more than is open over the WEEKS to come, the fullest first."""
    found = []
    days = [on + n * DAY for n in range(1, 7 * WEEKS + 1)]
    for number, claims in asked.items():
        if number not in agendas:
            continue
        rhythms = list(claims)
        wanted = sum(one.people * one.minutes * 7 / one.days for one in rhythms)
        agenda = agendas[number]
        elsewhere = taken_by_day((*agenda.sessions, *agenda.elsewhere), calendar)
        minutes = sum((opening(agenda, day, calendar) & ~elsewhere.get(day, 0)).bit_count() for day in days)
        one = Pressure(
            referent=number,
            people=sum(one.people for one in rhythms),
            asked=ceil(wanted),
            open=minutes // WEEKS,
        )
        if one.asked > one.open:
            found.append(one)
    return sorted(found, key=lambda one: (-one.missing, one.referent))


def shortage_says(shortage: Shortage) -> str:
    """« Il manque 2 h 15 entre le… et le… Pour y remédier : … »; no name, for it is kept with the finding."""
    mends = [f"ouvrir {said_minutes(shortage.minutes)} de plus sur ces jours"]
    if shortage.lent:
        count = len(shortage.lent)
        whom = "la personne" if len(shortage.cases) == 1 else f"{plural(count, 'personne')}"
        mends.append(f"confier {whom} à un collègue du même métier qui a de la place")
    if shortage.days_more:
        mends.append(f"accepter {plural(shortage.days_more, 'jour')} de plus")
    first, last = full_date(shortage.first_day), full_date(shortage.last_day)
    when = f"le {first}" if first == last else f"entre le {first} et le {last}"
    return f"Il manque {said_minutes(shortage.minutes)} {when}. Pour y remédier : {' ; ou '.join(mends)}."


def pressure_says(found: Pressure) -> str:
    """By how much a caseload goes beyond the open time, and what would bring it back."""
    each = found.asked / found.people
    fewer = ceil(found.missing / each)
    slower = f"espacer les rendez-vous de {ceil(100 * found.asked / found.open) - 100} %" if found.open else ""
    mends = [
        f"ouvrir {said_minutes(found.missing)} de plus par semaine",
        f"confier {plural(fewer, 'personne')} à d'autres",
        *([slower] if slower else []),
    ]
    return (
        f"{plural(found.people, 'personne suivie', 'personnes suivies')} : au rythme de leurs parcours, il faut "
        f"{said_minutes(found.asked)} de rendez-vous par semaine pour {said_minutes(found.open)} d'accueil ouvertes "
        f"en moyenne sur {WEEKS} semaines. Pour y remédier : {' ; ou '.join(mends)}."
    )


def said_minutes(minutes: int) -> str:
    """« 45 min », « 2 h », « 2 h 15 », to the quarter above."""
    rounded = ceil(minutes / QUARTER) * QUARTER
    hours, rest = divmod(rounded, 60)
    if not hours:
        return f"{rest}\u202fmin"
    return f"{hours}\u202fh\u202f{rest:02d}" if rest else f"{hours}\u202fh"
