"""The nights that ran: their rows, the lease that keeps two from placing at once, and what must always hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update
from sqlalchemy.engine import RowMapping

from store import schema as s
from store.calendars import in_trouble
from store.sets import insert_new
from tracks.vocabulary import AppointmentKind, AppointmentStatus, ReviewKind, ReviewStatus


@dataclass(frozen=True, slots=True)
class Finding:
    """A count of rows that break a rule, and some of their ids."""

    name: str
    ids: tuple[int, ...]


def take_lease(connection: Connection, *, territory: str, name: str, holder: str, now: datetime, minutes: int) -> bool:
    """Hold `name` until `now` + `minutes`; False while somebody else holds it. An expired lease is taken over."""
    until = now + timedelta(minutes=minutes)
    row = {"territory": territory, "name": name, "holder": holder, "until": until}
    if insert_new(connection, s.leases, [row], s.leases.c.name):
        return True
    lease = s.leases.c
    taken = connection.execute(
        update(s.leases)
        .where(lease.territory == territory, lease.name == name, or_(lease.until <= now, lease.holder == holder))
        .values(holder=holder, until=until)
    )
    return taken.rowcount == 1


def release_lease(connection: Connection, *, territory: str, name: str, holder: str) -> None:
    lease = s.leases.c
    connection.execute(
        s.leases.delete().where(lease.territory == territory, lease.name == name, lease.holder == holder)
    )


def later_pass(connection: Connection, *, territory: str, track: str, on: date) -> date | None:
    """The day of a later night of this track that is already done: an earlier late one then has nothing to do."""
    r = s.runs.c
    found: date | None = connection.scalar(
        select(func.max(r.on_day)).where(r.territory == territory, r.track == track, r.on_day > on, r.status == "done")
    )
    return found


def latest(connection: Connection, *, territory: str, track: str, most: int) -> list[RowMapping]:
    """The last nights of a track, the last first."""
    r = s.runs.c
    columns = (r.id, r.on_day, r.scheduled_for, r.started_at, r.finished_at, r.status, r.counts)
    statement = select(*columns).where(r.territory == territory, r.track == track)
    return list(connection.execute(statement.order_by(r.on_day.desc(), r.id.desc()).limit(most)).mappings())


def open_run(connection: Connection, values: Mapping[str, Any]) -> int:
    key = connection.execute(insert(s.runs).values(**values)).inserted_primary_key
    assert key is not None, "the database gives an id"
    return int(key[0])


def close_run(connection: Connection, run_id: int, values: Mapping[str, Any]) -> None:
    connection.execute(update(s.runs).where(s.runs.c.id == run_id).values(**values))


def broken_invariants(connection: Connection, *, territory: str, now: datetime) -> list[Finding]:
    """What must never be: each is one query, and a row found fails the run with its ids."""
    return [
        found
        for found in (
            two_open_reviews(connection, territory),
            orphan_messages(connection, territory),
            overlaps(connection, territory, now),
        )
        if found.ids
    ]


def two_open_reviews(connection: Connection, territory: str) -> Finding:
    r = s.reviews.c
    statement = (
        select(r.case_id)
        .where(r.territory == territory, r.kind == ReviewKind.COMPLIANCE.value, r.outcome.is_(None))
        .group_by(r.case_id)
        .having(func.count() > 1)
    )
    return Finding("two_open_reviews", tuple(connection.scalars(statement.limit(20))))


def orphan_messages(connection: Connection, territory: str) -> Finding:
    """A message about a case that is not of this territory, or an appointment of another case."""
    m, c, a = s.messages.c, s.cases.c, s.appointments.c
    statement = (
        select(m.id)
        .outerjoin(s.cases, c.id == m.case_id)
        .outerjoin(s.appointments, a.id == m.appointment_id)
        .where(
            m.territory == territory,
            or_(
                and_(m.case_id.is_not(None), or_(c.id.is_(None), c.territory != territory)),
                and_(m.appointment_id.is_not(None), a.case_id != m.case_id),
            ),
        )
    )
    return Finding("orphan_messages", tuple(connection.scalars(statement.limit(20))))


def overlaps(connection: Connection, territory: str, now: datetime) -> Finding:
    """Two individual appointments to come of one referent at once, both made by a run.

    What the county books over one of ours is no fault of the night: a finding of the service says so (`cannot_stand`).
    One scan in the order of the agendas: each is held against the latest end before it.
    """
    a = s.appointments.c
    latest_before = func.max(a.ends_at).over(partition_by=a.referent_id, order_by=(a.starts_at, a.id), rows=(None, -1))
    planned = (
        select(a.id, a.starts_at, latest_before.label("busy_until"))
        .where(
            a.territory == territory,
            a.status == AppointmentStatus.PLANNED.value,
            a.kind == AppointmentKind.INDIVIDUAL.value,
            a.referent_id.is_not(None),
            a.created_by.startswith("run:"),
            a.starts_at > now,
        )
        .subquery()
    )
    p = planned.c
    return Finding("overlaps", tuple(connection.scalars(select(p.id).where(p.busy_until > p.starts_at).limit(20))))


def service_notes(connection: Connection, *, territory: str, track: str, on: date) -> dict[str, int]:
    """What people have to look at, reported with the run: nobody's next step is known; a deadline passed unassigned."""
    c, r = s.cases.c, s.reviews.c
    in_finding = select(s.review_evidence.c.subject_id).where(
        s.review_evidence.c.kind == "case",
        s.review_evidence.c.review_id.in_(
            select(r.id).where(r.territory == territory, r.kind == ReviewKind.SERVICE.value, r.outcome.is_(None))
        ),
    )
    lost = connection.scalar(
        select(func.count())
        .select_from(s.cases)
        .where(
            c.territory == territory,
            c.track == track,
            c.entered_on <= on,
            or_(c.left_on.is_(None), c.left_on > on),
            c.next_step.is_(None),
            c.id.not_in(in_finding),
        )
    )
    unassigned = connection.scalar(
        select(func.count())
        .select_from(s.reviews)
        .where(
            r.territory == territory,
            r.outcome.is_(None),
            r.deadline_on < on,
            or_(r.assigned_to.is_(None), r.status == ReviewStatus.OPEN.value),
        )
    )
    return {
        "without_next_step": lost or 0,
        "past_deadline_unassigned": unassigned or 0,
        "calendars_unread": in_trouble(connection, territory=territory),
    }
