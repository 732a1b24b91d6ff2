"""What is recorded about one case, for people to read, and the case as it stood before a night wrote to it."""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, Table, select
from sqlalchemy.engine import RowMapping

from store import schema as s
from tracks.case import Case
from tracks.errors import JalonError


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Rows, oldest first. `head`: the case with its person's and referent's names, for staff's eyes."""

    head: RowMapping
    appointments: tuple[RowMapping, ...]
    messages: tuple[RowMapping, ...]
    questions: tuple[RowMapping, ...]
    checks: tuple[RowMapping, ...]
    reviews: tuple[RowMapping, ...]


def read_history(connection: Connection, *, territory: str, case: int) -> History:
    """Everything recorded about a case. JalonError: no such case here."""
    return History(
        head=_head(connection, territory, case),
        appointments=_rows(connection, s.appointments, case, "starts_at"),
        messages=_rows(connection, s.messages, case, "due_at"),
        questions=_rows(connection, s.questions, case, "asked_on"),
        checks=_rows(connection, s.checks, case, "since"),
        reviews=_rows(connection, s.reviews, case, "opened_on"),
    )


def before_night(case: Case, history: History, on: date) -> Case:
    """The case as the night of `on` found it: without what that night itself created.

    So that explaining a night after it ran gives its own reasons again, not « already planned ».
    """
    made = {row["id"] for row in history.appointments if row["known_on"] == on and row["created_by"].startswith("run:")}
    tonight = {row["key"] for row in history.messages if row["planned_on"] == on and row["run_id"] is not None}
    return replace(
        case,
        appointments=tuple(a for a in case.appointments if a.id not in made),
        sent={key: day for key, day in case.sent.items() if key not in tonight},
        asked={key: day for key, day in case.asked.items() if day < on},
        reviews=tuple(review for review in case.reviews if review.opened_on < on),
    )


def _head(connection: Connection, territory: str, case: int) -> RowMapping:
    p, r = s.persons.c, s.referents.c
    statement = (
        select(
            s.cases,
            p.first_name,
            p.last_name,
            p.file_number,
            p.role,
            p.easy_french,
            p.large_print,
            r.first_name.label("referent_first_name"),
            r.last_name.label("referent_last_name"),
        )
        .join(s.persons, p.id == s.cases.c.person_id)
        .outerjoin(s.referents, r.id == s.cases.c.referent_id)
        .where(s.cases.c.territory == territory, s.cases.c.id == case)
    )
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise JalonError(f"Dossier c{case} introuvable dans ce territoire.")
    return row


def _rows(connection: Connection, table: Table, case: int, order: str) -> tuple[RowMapping, ...]:
    statement = select(table).where(table.c.case_id == case).order_by(table.c[order], table.c.id)
    return tuple(connection.execute(statement).mappings())
