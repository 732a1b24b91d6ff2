"""The facts of a formal invitation, read again before it leaves: what no longer holds keeps the letter from leaving."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, or_, select

from store import schema as s
from store.in_force import last_day, latest_first
from tracks.calendar import Calendar
from tracks.vocabulary import AppointmentKind, AppointmentStatus, Clause, ContractKind, Qualification, SignalKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A missed appointment (`starts_at`) or another duty not met (`starts_at` None), on a local day."""

    day: date
    clause: Clause
    starts_at: datetime | None = None
    by_phone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was written in the contract in force on the last of the days, and what happened on each of them."""

    contract: ContractKind
    signed_on: date
    missed: tuple[Missed, ...]


def read_facts(
    connection: Connection, wanted: Mapping[int, tuple[int, list[date]]], *, calendar: Calendar
) -> dict[int, Facts]:
    """`wanted`: message → its case and the days of its facts. A message whose facts no longer hold is left out:

    one of them excused or said to be admissible, the person seen or doing what was asked since, no contract.
    """
    if not wanted:
        return {}
    cases = {case for case, _ in wanted.values()}
    missed = _missed(connection, cases, calendar)
    signs = _signs(connection, cases, calendar)
    contracts = _contracts(connection, cases)
    found = {}
    for message, (case, days) in wanted.items():
        if not days:
            continue
        on_those_days = tuple(fact for fact in missed[case] if fact.day in days)
        since = any(day > max(days) for day in signs[case])
        contract = next((c for c in contracts[case] if _covers(c[2], c[3], max(days))), None)
        if contract is None or since or {fact.day for fact in on_those_days} != set(days):
            continue
        found[message] = Facts(contract=contract[0], signed_on=contract[1], missed=on_those_days)
    return found


def _missed(connection: Connection, cases: set[int], calendar: Calendar) -> defaultdict[int, list[Missed]]:
    a, b = s.appointments.c, s.breaches.c
    found: defaultdict[int, list[Missed]] = defaultdict(list)
    for case, kind, starts_at, by_phone in connection.execute(
        select(a.case_id, a.kind, a.starts_at, a.by_phone)
        .where(
            a.case_id.in_(cases),
            a.status == AppointmentStatus.NOSHOW,
            a.qualification != Qualification.ADMISSIBLE,
        )
        .order_by(a.starts_at)
    ):
        clause = Clause.COLLECTIVE if kind == AppointmentKind.COLLECTIVE else Clause.INDIVIDUAL
        day = calendar.day_of(starts_at)
        found[case].append(Missed(day=day, clause=clause, starts_at=starts_at, by_phone=by_phone))
    for case, clause, day in connection.execute(
        select(b.case_id, b.clause, b.happened_on)
        .where(
            b.case_id.in_(cases),
            b.qualification != Qualification.ADMISSIBLE,
            b.withdrawn_on.is_(None),
            b.clause.in_(list(Clause)),
        )
        .order_by(b.happened_on)
    ):
        found[case].append(Missed(day=day, clause=Clause(clause)))
    return found


def _signs(connection: Connection, cases: set[int], calendar: Calendar) -> defaultdict[int, list[date]]:
    """The days on which the person came, or was said to be putting things right."""
    a, g = s.appointments.c, s.signals.c
    found: defaultdict[int, list[date]] = defaultdict(list)
    seen = select(a.case_id, a.starts_at).where(a.case_id.in_(cases), a.status == AppointmentStatus.SEEN)
    for case, starts_at in connection.execute(seen):
        found[case].append(calendar.day_of(starts_at))
    signs = select(g.case_id, g.happened_on).where(g.case_id.in_(cases), g.kind == SignalKind.COMPLIANCE)
    for case, day in connection.execute(signs):
        found[case].append(day)
    return found


Contract = tuple[ContractKind, date, date, date | None]


def _contracts(connection: Connection, cases: set[int]) -> defaultdict[int, list[Contract]]:
    """Each case's contracts, the latest signed first: kind, signed, first day, last day."""
    c = s.contracts.c
    found: defaultdict[int, list[Contract]] = defaultdict(list)
    for case, kind, signed_on, starts_on, ends_on in connection.execute(
        select(s.cases.c.id, c.kind, c.signed_on, c.starts_on, last_day())
        .join(s.cases, s.cases.c.person_id == c.person_id)
        .where(s.cases.c.id.in_(cases), or_(c.ends_on.is_(None), c.ends_on >= c.starts_on))
        .order_by(*latest_first())
    ):
        found[case].append((ContractKind(kind), signed_on, max(signed_on, starts_on), ends_on))
    return found


def _covers(first: date, last: date | None, day: date) -> bool:
    return first <= day and (last is None or day <= last)
