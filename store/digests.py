"""The morning's messages to the staff: one a day for a referent or a coordinator who has something to read."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select, union

from store import schema as s
from store.sets import insert_new
from tracks import keys
from tracks.vocabulary import (
    AppointmentStatus,
    Channel,
    MessageStatus,
    Precondition,
    RecipientKind,
    Template,
)

LOOK_AHEAD = timedelta(days=5)  # the next working day is never further, even over a long weekend


def plan_digests(
    connection: Connection,
    *,
    territory: str,
    day: date,
    due_at: datetime,
    useful_until: datetime,
    run_id: int | None,
    coordinators: int,
) -> int:
    """One outbox row a reader of the working day `day`, once for the nights of all tracks; how many were new.

    What it says is read when it leaves, so that it holds all the nights. `coordinators`: how many the territory has.
    """
    common = {
        "territory": territory,
        "channel": Channel.STAFF.value,
        "due_at": due_at,
        "useful_until": useful_until,
        "status": MessageStatus.PENDING.value,
        "details": {},
        "planned_on": day,
        "run_id": run_id,
    }
    readers = _referents(connection, territory, day, due_at)
    rows = [common | _to(RecipientKind.REFERENT, id_, day) for id_ in readers]
    if _for_coordinators(connection, territory, day):
        rows += [common | _to(RecipientKind.COORDINATOR, rank, day) for rank in range(coordinators)]
    return len(insert_new(connection, s.messages, rows))


def _to(kind: RecipientKind, id_: int, day: date) -> dict[str, Any]:
    template = Template.REFERENT_DIGEST if kind is RecipientKind.REFERENT else Template.COORDINATOR_DIGEST
    return {
        "recipient_kind": kind.value,
        "recipient_id": id_,
        "template": template.value,
        "key": keys.digest(kind.value, id_, day),
    }


def _referents(connection: Connection, territory: str, day: date, due_at: datetime) -> list[int]:
    """Who is asked something, has a file to look at, or meets somebody soon."""
    c, q, r, a = s.cases.c, s.questions.c, s.reviews.c, s.appointments.c
    asked = select(c.referent_id).join(s.questions, q.case_id == c.id).where(open_questions(territory, day))
    files = select(c.referent_id).join(s.reviews, r.case_id == c.id).where(open_reviews(territory))
    late = select(r.referent_id).where(open_reviews(territory))
    soon = select(a.referent_id).where(
        a.territory == territory,
        a.status == AppointmentStatus.PLANNED,
        a.superseded_by.is_(None),
        a.starts_at > due_at,
        or_(a.starts_at < due_at + LOOK_AHEAD, a.known_on == day),
    )
    told = select(c.referent_id).join(s.answers, s.answers.c.case_id == c.id)
    told = told.where(s.answers.c.territory == territory, s.answers.c.given_at >= due_at - LOOK_AHEAD)
    found: Iterable[int | None] = connection.scalars(union(asked, files, late, soon, told))
    return sorted(id_ for id_ in found if id_ is not None)


def _for_coordinators(connection: Connection, territory: str, day: date) -> bool:
    return any(
        connection.scalar(statement.limit(1)) is not None
        for statement in (
            select(s.reviews.c.id).where(open_reviews(territory)),
            select(s.questions.c.id).where(left_by_referents(territory, day)),
            select(s.checks.c.id).where(of_other_circuit(territory)),
            select(s.messages.c.id).where(held_back(territory)),
        )
    )


def open_questions(territory: str, day: date) -> ColumnElement[bool]:
    q = s.questions.c
    return (q.territory == territory) & q.closed_on.is_(None) & (q.asked_on <= day)


def left_by_referents(territory: str, day: date) -> ColumnElement[bool]:
    return open_questions(territory, day) & (s.questions.c.coordinator_from <= day)


def held_back(territory: str) -> ColumnElement[bool]:
    return (s.messages.c.territory == territory) & (s.messages.c.status == MessageStatus.HELD)


def open_reviews(territory: str) -> ColumnElement[bool]:
    return (s.reviews.c.territory == territory) & s.reviews.c.outcome.is_(None)


def of_other_circuit(territory: str) -> ColumnElement[bool]:
    k = s.checks.c
    return (k.territory == territory) & k.closed_on.is_(None) & (k.precondition == Precondition.OTHER_CIRCUIT)
