"""Reads back what a county's file is compared with, and writes what changed: a few statements a file, none a person."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, bindparam, func, insert, select, update

from store.schema import appointments, cases, messages, persons, referents, sessions
from tracks.vocabulary import AppointmentKind, AppointmentStatus

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stay:
    """A case as the intake needs it: who was in which track, when. `case` None: in the same file, not yet written."""

    case: int | None
    track: str
    entered_on: date
    left_on: date | None


def people(connection: Connection, territory: str) -> dict[tuple[str, str], int]:
    """(file number, role) → id."""
    found = select(persons.c.file_number, persons.c.role, persons.c.id).where(persons.c.territory == territory)
    return {(number, role): id_ for number, role, id_ in connection.execute(found)}


def names(connection: Connection, territory: str) -> list[tuple[str, str, date | None, str, str]]:
    """Last name, first name, birth date, file number and role of everyone: to show a person who is there twice."""
    p = persons.c
    found = select(p.last_name, p.first_name, p.birth_date, p.file_number, p.role).where(p.territory == territory)
    return [(last, first, born, number, role) for last, first, born, number, role in connection.execute(found)]


def referents_by_email(connection: Connection, territory: str) -> dict[str, int]:
    found = select(referents.c.email, referents.c.id).where(referents.c.territory == territory)
    return {email.casefold(): id_ for email, id_ in connection.execute(found).tuples()}


def stays(connection: Connection, territory: str) -> dict[int, list[Stay]]:
    """Person → their cases, the oldest first."""
    c = cases.c
    rows = connection.execute(
        select(c.person_id, c.id, c.track, c.entered_on, c.left_on)
        .where(c.territory == territory)
        .order_by(c.entered_on, c.id)
    )
    found: dict[int, list[Stay]] = {}
    for person, case, track, entered_on, left_on in rows:
        found.setdefault(person, []).append(Stay(case, track, entered_on, left_on))
    return found


def stored(connection: Connection, table: Table, *, territory: str, by: str, values: Collection[Any]) -> list[Record]:
    """The rows whose column `by` is among `values`, locked until the end of the transaction."""
    statement = select(table).where(table.c.territory == territory, table.c[by].in_(values))
    return _locked(connection, statement.order_by(table.c.id), table)


def stored_appointments(connection: Connection, *, territory: str, persons: Collection[int]) -> list[Record]:
    """Every appointment of these people, with `person_id`; a replaced one comes before the one that stands."""
    statement = (
        select(appointments, cases.c.person_id)
        .join(cases, cases.c.id == appointments.c.case_id)
        .where(appointments.c.territory == territory, cases.c.person_id.in_(persons))
        .order_by(appointments.c.superseded_by.is_(None), appointments.c.id)
    )
    return _locked(connection, statement, appointments)


def add(connection: Connection, table: Table, rows: Sequence[Record]) -> None:
    """Insert rows of the same columns."""
    if rows:
        connection.execute(insert(table), rows)


def change(connection: Connection, table: Table, rows: Sequence[Record], *, columns: Collection[str]) -> None:
    """Set `columns` of the rows, found again by their `id`: one statement, many rows."""
    if rows:
        news: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
        statement = update(table).where(table.c.id == bindparam("row_id")).values(news)
        connection.execute(
            statement, [{"row_id": row["id"]} | {f"new_{name}": row[name] for name in columns} for row in rows]
        )


def link_sessions(connection: Connection, territory: str) -> int:
    """Give each collective appointment its session: same subject, place and start. How many were linked."""
    a, s = appointments.c, sessions.c
    its_session = (
        select(func.min(s.id))
        .where(and_(s.territory == territory, s.subject == a.subject, s.place == a.place, s.starts_at == a.starts_at))
        .correlate(appointments)
        .scalar_subquery()
    )
    linked = connection.execute(
        update(appointments)
        .where(
            a.territory == territory,
            a.kind == AppointmentKind.COLLECTIVE,
            a.session_id.is_(None),
            a.starts_at.in_(select(s.starts_at).where(s.territory == territory)),
            its_session.is_not(None),
        )
        .values(session_id=its_session)
    )
    return linked.rowcount


def follow_cases(connection: Connection, territory: str, *, on: date, since: datetime) -> int:
    """What is planned after `since` in a case left by `on` follows the person into the one case that is open, with its
    messages: they are not summoned twice. How many appointments moved."""
    a, old, new = appointments.c, cases.alias("old").c, cases.alias("new").c
    rows = connection.execute(
        select(a.id, func.min(new.id))
        .join(old.id.table, old.id == a.case_id)
        .join(new.id.table, and_(new.person_id == old.person_id, new.entered_on <= on, new.left_on.is_(None)))
        .where(a.territory == territory, a.status == AppointmentStatus.PLANNED, a.starts_at > since, old.left_on <= on)
        .group_by(a.id)
        .having(func.count(new.id) == 1)
    )
    moved = [{"row": id_, "new_case": case} for id_, case in rows.tuples()]
    if moved:
        for table, column in ((appointments, a.id), (messages, messages.c.appointment_id)):
            follow = update(table).where(table.c.territory == territory, column == bindparam("row"))
            connection.execute(follow.values(case_id=bindparam("new_case")), moved)
    return len(moved)


def _locked(connection: Connection, statement: Select[Any], table: Table) -> list[Record]:
    """On PostgreSQL nobody may say what happened between our reading and our writing; SQLite has one writer anyway."""
    return [dict(row) for row in connection.execute(statement.with_for_update(of=table)).mappings()]
