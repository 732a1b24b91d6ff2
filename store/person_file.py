"""One person's file as the desk shows it: who, then everything sent, received, planned and decided."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select
from sqlalchemy.engine import RowMapping

from store import schema as s
from store.scope import OutOfSightError, Scope

LATEST = 200  # of each kind


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFile:
    """Rows, the latest first. `head`: the case, its person and its referent; `others`: the person's other cases."""

    head: RowMapping
    others: tuple[RowMapping, ...]
    appointments: tuple[RowMapping, ...]
    messages: tuple[RowMapping, ...]
    answers: tuple[RowMapping, ...]
    questions: tuple[RowMapping, ...]
    reviews: tuple[RowMapping, ...]
    contracts: tuple[RowMapping, ...]
    pauses: tuple[RowMapping, ...]


def read_person_file(connection: Connection, scope: Scope, *, case: int) -> PersonFile:
    """OutOfSightError: not a case that this account may read. Nine queries."""
    head = read_head(connection, scope, case=case)
    person = head["person_id"]

    def latest(table: Table, order: str, which: ColumnElement[bool]) -> tuple[RowMapping, ...]:
        mine = (table.c.territory == scope.territory) & which
        statement = select(table).where(mine).order_by(table.c[order].desc(), table.c.id.desc()).limit(LATEST)
        return tuple(connection.execute(statement).mappings())

    others = (s.cases.c.person_id == person) & (s.cases.c.id != case)
    return PersonFile(
        head=head,
        others=latest(s.cases, "entered_on", others),
        appointments=latest(s.appointments, "starts_at", s.appointments.c.case_id == case),
        messages=latest(s.messages, "due_at", s.messages.c.case_id == case),
        answers=latest(s.answers, "given_at", s.answers.c.case_id == case),
        questions=latest(s.questions, "asked_on", s.questions.c.case_id == case),
        reviews=latest(s.reviews, "opened_on", s.reviews.c.case_id == case),
        contracts=latest(s.contracts, "starts_on", s.contracts.c.person_id == person),
        pauses=latest(s.pauses, "first_day", s.pauses.c.person_id == person),
    )


def read_head(connection: Connection, scope: Scope, *, case: int) -> RowMapping:
    """The case with its person and its referent. OutOfSightError."""
    c, p, f = s.cases.c, s.persons.c, s.referents.c
    words: tuple[ColumnElement[Any], ...] = (
        p.file_number,
        p.role,
        p.civility,
        p.first_name,
        p.last_name,
        p.email,
        p.email_to_check,
        p.mobile,
        p.landline,
        p.address,
        p.postcode_city,
        p.refused_channels,
        p.easy_french,
        p.large_print,
    )
    statement = (
        select(s.cases, *words)
        .add_columns(f.first_name.label("referent_first_name"), f.last_name.label("referent_last_name"))
        .add_columns(f.email.label("referent_email"))
        .join(s.persons, p.id == c.person_id)
        .outerjoin(s.referents, f.id == c.referent_id)
        .where(scope.cases(), c.id == case)
    )
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise OutOfSightError("Ce dossier n'est pas parmi ceux que vous suivez.")
    return row


def other_referents(connection: Connection, scope: Scope, *, than: int) -> list[RowMapping]:
    """Who could take a case, by name; known by their e-mail address."""
    f = s.referents.c
    statement = (
        select(f.id, f.email, f.first_name, f.last_name, f.site)
        .where(f.territory == scope.territory, f.id != than)
        .order_by(f.last_name, f.first_name, f.id)
    )
    return list(connection.execute(statement).mappings())
