"""A night read back from what it wrote: for its page and for people, counts and ids only."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import RowMapping

from store import schema as s
from tracks.calendar import Calendar
from tracks.vocabulary import ReviewKind


@dataclass(slots=True, kw_only=True)
class Tally:
    """The passes of one track for one day: `written` is their sum, the rest is what the first of them saw."""

    cases: int
    not_done: dict[str, int]
    written: Counter[str] = field(default_factory=Counter)
    runs: list[int] = field(default_factory=list)


def tallies(connection: Connection, *, territory: str, on: date) -> dict[str, Tally]:
    """By track, the finished passes of the day `on`: a second pass adds what it wrote, which is nothing."""
    r = s.runs.c
    found: dict[str, Tally] = {}
    for row in connection.execute(
        select(r.id, r.track, r.counts)
        .where(r.territory == territory, r.on_day == on, r.status == "done")
        .order_by(r.id)
    ):
        tally = found.setdefault(row.track, Tally(cases=row.counts["cases"], not_done=row.counts["not_done"]))
        tally.written.update(row.counts["written"])
        tally.runs.append(row.id)
    return found


def days_of_appointments(
    connection: Connection, *, territory: str, runs: Sequence[int], calendar: Calendar
) -> Counter[tuple[date, str]]:
    """How many appointments the runs made, by local day and track."""
    a = s.appointments.c
    rows = connection.execute(
        select(a.starts_at, s.cases.c.track)
        .join(s.cases, s.cases.c.id == a.case_id)
        .where(a.territory == territory, a.created_by.in_([f"run:{run}" for run in runs]))
    )
    return Counter((calendar.day_of(row.starts_at), row.track) for row in rows)


def opened_reviews(connection: Connection, *, territory: str, on: date) -> list[RowMapping]:
    """The files about a person that the night opened for people to look at."""
    r = s.reviews.c
    statement = (
        select(s.reviews)
        .where(r.territory == territory, r.opened_on == on, r.kind != ReviewKind.SERVICE.value)
        .order_by(r.kind, r.id)
    )
    return list(connection.execute(statement).mappings())


def evidence_of(connection: Connection, reviews: Sequence[int]) -> dict[int, list[str]]:
    """The notes of the pieces of each review, in the order they were filed."""
    e = s.review_evidence.c
    found: dict[int, list[str]] = {}
    for row in connection.execute(select(e.review_id, e.note).where(e.review_id.in_(reviews)).order_by(e.id)):
        found.setdefault(row.review_id, []).append(row.note)
    return found


def findings(connection: Connection, *, territory: str) -> list[RowMapping]:
    """The service's open findings, by cause: `findings`, how many; `people`, how many cases they show."""
    r, e = s.reviews.c, s.review_evidence.c
    statement = (
        select(r.rule.label("cause"), func.count(r.id.distinct()).label("findings"), func.count(e.id).label("people"))
        .outerjoin(s.review_evidence, (e.territory == r.territory) & (e.review_id == r.id) & (e.kind == "case"))
        .where(r.territory == territory, r.kind == ReviewKind.SERVICE.value, r.outcome.is_(None))
        .group_by(r.rule)
        .order_by(r.rule)
    )
    return list(connection.execute(statement).mappings())


def telling_cases(connection: Connection, *, territory: str, on: date, runs: Sequence[int]) -> dict[str, int]:
    """One case for each thing that can happen to somebody: an appointment, each missing precondition, a review."""
    a, k, r = s.appointments.c, s.checks.c, s.reviews.c
    made = connection.scalar(
        select(func.min(a.case_id)).where(
            a.territory == territory, a.created_by.in_([f"run:{run}" for run in runs]), a.known_on == on
        )
    )
    checks = connection.execute(
        select(k.precondition, func.min(k.case_id))
        .where(k.territory == territory, k.since == on)
        .group_by(k.precondition)
        .order_by(k.precondition)
    )
    reviews = connection.execute(
        select(r.kind, func.min(r.case_id))
        .where(r.territory == territory, r.opened_on == on, r.kind != ReviewKind.SERVICE.value)
        .group_by(r.kind)
        .order_by(r.kind)
    )
    found = {"appointment": made} if made else {}
    found |= {f"check:{precondition}": case for precondition, case in checks}
    return found | {f"review:{kind}": case for kind, case in reviews}
