"""What leaves, what waits for people and what did not arrive, page by page, for the coordinators of a territory."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, false, func, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.sql.elements import ColumnElement

from store import schema as s
from store.scope import OutOfSightError, Scope
from store.today import Listed
from tracks.vocabulary import DeskRole, MessageStatus

PAGE = 40  # messages of one page
WAITING = (MessageStatus.PENDING, MessageStatus.HELD)
PARKED = (MessageStatus.UNKNOWN, MessageStatus.FAILED)

m = s.messages.c


def sight(scope: Scope) -> ColumnElement[bool]:
    """The messages that an account sees all together: none but for coordinators."""
    return m.territory == scope.territory if scope.role is DeskRole.COORDINATOR else false()


def leaving(*, at: datetime, until: datetime) -> ColumnElement[bool]:
    """Those that wait or are held, due before `until`, still of use at `at`; both aware."""
    return m.status.in_(WAITING) & (m.due_at < until) & (m.useful_until > at)


def parked() -> ColumnElement[bool]:
    """Not known to have arrived, or refused: somebody looks at each."""
    return m.status.in_(PARKED)


def counts(connection: Connection, scope: Scope, which: ColumnElement[bool]) -> Sequence[RowMapping]:
    """`template`, `channel`, how many would leave (`free`) and how many are held."""
    held = func.count().filter(m.status == MessageStatus.HELD)
    statement = (
        select(m.template, m.channel, (func.count() - held).label("free"), held.label("held"))
        .where(sight(scope), which)
        .group_by(m.template, m.channel)
        .order_by(m.template, m.channel)
    )
    return connection.execute(statement).mappings().all()


def page_of(connection: Connection, scope: Scope, which: ColumnElement[bool], *, page: int) -> Listed:
    """One page of messages, from 1, by the day they are due, with who they are for."""
    c, p = s.cases.c, s.persons.c
    statement = (
        select(s.messages, p.first_name, p.last_name, func.count().over().label("total"))
        .outerjoin(s.cases, c.id == m.case_id)
        .outerjoin(s.persons, p.id == c.person_id)
        .where(sight(scope), which)
        .order_by(m.due_at, m.id)
        .limit(PAGE)
        .offset(PAGE * (page - 1))
    )
    rows = connection.execute(statement).mappings().all()
    return Listed(rows=tuple(rows), total=rows[0]["total"] if rows else 0)


def held_by(connection: Connection, scope: Scope, *, hold: int) -> list[int]:
    """The messages that a batch still keeps. OutOfSightError: no such batch here, or none left."""
    which = (sight(scope), m.hold_id == hold, m.status == MessageStatus.HELD)
    found = list(connection.scalars(select(m.id).where(*which).order_by(m.id)))
    if not found:
        raise OutOfSightError("Cet envoi retenu n'existe pas, ou n'attend plus.")
    return found


def message(connection: Connection, scope: Scope, *, message: int) -> RowMapping:
    """OutOfSightError: not there, or not for this account."""
    row = connection.execute(select(s.messages).where(sight(scope), m.id == message)).mappings().first()
    if row is None:
        raise OutOfSightError("Ce message n'existe pas dans ce territoire.")
    return row
