"""The reviews that an account works on: the queue, and one of them; every statement takes a scope."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, null, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.sql.elements import ColumnElement

from store import schema as s
from store.digests import open_reviews
from store.scope import OutOfSightError, Scope
from store.sets import insert_new
from store.today import Listed
from tracks.vocabulary import DeskRole, ReviewKind

PAGE = 40  # reviews of one page of the queue
DECIDED = s.reviews.c.outcome.is_not(None)


def queue(connection: Connection, scope: Scope, *, decided: bool, page: int) -> Listed:
    """One page of the queue, from 1: people before the service's findings, the soonest deadline first. An account of
    a reviewer reads no name."""
    r, c, p, f = s.reviews.c, s.cases.c, s.persons.c, s.referents.c
    which: ColumnElement[bool] = DECIDED if decided else open_reviews(scope.territory)
    order = (r.decided_at.desc(), r.id.desc()) if decided else (r.deadline_on.is_(None), r.deadline_on, r.opened_on)
    statement = (
        select(r.id, r.kind, r.track, r.status, r.outcome, r.reason, r.deadline_on, r.assigned_to, r.case_id)
        .add_columns(c.person_id, *((p.first_name, p.last_name) if names(scope) else ()))
        .add_columns(*referent_of(scope), salt(scope))
        .add_columns(func.count().over().label("total"))
        .select_from(s.reviews)
        .outerjoin(s.cases, c.id == r.case_id)
        .outerjoin(s.persons, p.id == c.person_id)
        .outerjoin(s.referents, f.id == func.coalesce(c.referent_id, r.referent_id))
        .where(scope.reviews(), which)
        .order_by(r.kind == ReviewKind.SERVICE, *order, r.id)
        .limit(PAGE)
        .offset(PAGE * (page - 1))
    )
    rows = list(connection.execute(statement).mappings())
    return Listed(rows=tuple(rows), total=rows[0]["total"] if rows else 0)


def names(scope: Scope) -> bool:
    """Whether this account reads who a review is about: who only studies it reads the variant without a name."""
    return scope.role is not DeskRole.REVIEWER


def referent_of(scope: Scope) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Their name, as `referent_first_name` and `referent_last_name`; NULL where names are not read."""
    f = s.referents.c
    first, last = (f.first_name, f.last_name) if names(scope) else (null(), null())
    return first.label("referent_first_name"), last.label("referent_last_name")


def salt(scope: Scope) -> ColumnElement[str]:
    """That of pseudonyms (`store.dossier.first_hash`), in the same query."""
    j = s.journal.c
    first = select(j.hash).where(j.territory == scope.territory).order_by(j.id).limit(1).scalar_subquery()
    return func.coalesce(first, "").label("salt")


def in_sight(connection: Connection, scope: Scope, *, review: int) -> RowMapping:
    """A review with its person and referent. OutOfSightError: not there, or not for this account."""
    r, c, p, f = s.reviews.c, s.cases.c, s.persons.c, s.referents.c
    who = (p.first_name, p.last_name, p.file_number, p.role) if names(scope) else ()
    statement = (
        select(s.reviews, c.person_id, salt(scope), *who)
        .add_columns(*referent_of(scope))
        .select_from(s.reviews)
        .outerjoin(s.cases, c.id == r.case_id)
        .outerjoin(s.persons, p.id == c.person_id)
        .outerjoin(s.referents, f.id == func.coalesce(c.referent_id, r.referent_id))
        .where(scope.reviews(), r.id == review)
    )
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise OutOfSightError("Cette revue n'est pas parmi les vôtres.")
    return row


def note_read(connection: Connection, scope: Scope, *, row: RowMapping, page: str, at: datetime) -> None:
    """Opening a review is reading the file of its person; a finding about the service is nobody's."""
    if row["case_id"] is None:
        return
    read = {"territory": scope.territory, "account_id": scope.account, "page": page, "at": at}
    insert_new(connection, s.reads, [read | {"person_id": row["person_id"], "case_id": row["case_id"]}])
