"""The tables of a territory as CSV, for other tools; columns of ours may follow the agreed ones, never precede them."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, func, or_, select

from store import schema as s
from store.reviews import with_evidence
from tracks.vocabulary import AppointmentStatus

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run as a formula (OWASP)

Found = Row[Any]


@dataclass(frozen=True, slots=True)
class View:
    """How ids, instants and late facts read: `now` is aware, a planned appointment before it reads `unknown`."""

    territory: str
    zone: str
    now: datetime
    on: date

    def instant(self, at: datetime | None) -> str:
        return at.astimezone(ZoneInfo(self.zone)).isoformat() if at else ""

    def status(self, row: Found) -> str:
        past = row.starts_at <= self.now
        late = past and row.status == AppointmentStatus.PLANNED
        return AppointmentStatus.UNKNOWN if late else str(row.status)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file: its columns in order, each with what it shows of a row."""

    name: str
    rows: Callable[[View], Select[Any]]
    columns: dict[str, Callable[[View, Found], object]]


def export(connection: Connection, *, view: View, folder: Path) -> dict[str, int]:
    """Write every sheet of the territory into `folder`; how many rows each holds. A file is whole or is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    return {sheet.name: _write(folder / f"{sheet.name}.csv", _rows(connection, view, sheet)) for sheet in SHEETS}


def safe(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case date():
            return cell.isoformat()
        case str() if cell.startswith(DANGEROUS):
            return f"'{cell}"
        case _:
            return str(cell)


def _rows(connection: Connection, view: View, sheet: Sheet) -> Iterator[list[str]]:
    yield list(sheet.columns)
    shows = list(sheet.columns.values())
    with connection.execute(sheet.rows(view), execution_options={"yield_per": 2_000}) as found:
        for row in found:
            yield [safe(show(view, row)) for show in shows]


def _write(path: Path, rows: Iterable[list[str]]) -> int:
    part = path.with_suffix(".csv.part")
    count = -1  # the header is no row
    mine = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # people are named in it
    with open(mine, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        for row in rows:
            writer.writerow(row)
            count += 1
    os.replace(part, path)
    return count


def plain(*names: str) -> dict[str, Callable[[View, Found], object]]:
    """Columns shown as they are stored."""
    return {name: lambda view, row, name=name: getattr(row, name) for name in names}  # type: ignore[misc]


def edge(letter: str, column: str) -> Callable[[View, Found], object]:
    """An id as people type it: c12, a12, m12, r12."""

    def show(view: View, row: Found) -> object:
        value = getattr(row, column)
        return "" if value is None else f"{letter}{value}"

    return show


def instant(column: str) -> Callable[[View, Found], object]:
    return lambda view, row: view.instant(getattr(row, column))


def beneficiary_ref(view: View, row: Found) -> str:
    """The file number as the county wrote it, with `-CJT` for the partner."""
    return f"{row.file_number}-CJT" if row.role == "CJT" else str(row.file_number)


def _cases(view: View) -> Select[Any]:
    return (
        select(s.cases, s.persons.c.file_number, s.persons.c.role)
        .join(s.persons, s.persons.c.id == s.cases.c.person_id)
        .where(s.cases.c.territory == view.territory)
        .order_by(s.cases.c.id)
    )


def _appointments(view: View) -> Select[Any]:
    return (
        select(s.appointments, s.cases.c.track)
        .join(s.cases, s.cases.c.id == s.appointments.c.case_id)
        .where(s.appointments.c.territory == view.territory)
        .order_by(s.appointments.c.id)
    )


def _referents(view: View) -> Select[Any]:
    followed = (
        select(func.count())
        .select_from(s.cases)
        .where(
            s.cases.c.referent_id == s.referents.c.id,
            s.cases.c.entered_on <= view.on,
            or_(s.cases.c.left_on.is_(None), s.cases.c.left_on > view.on),
        )
        .scalar_subquery()
    )
    return (
        select(s.referents, followed.label("followed"))
        .where(s.referents.c.territory == view.territory)
        .order_by(s.referents.c.id)
    )


def _of(table: Any, *order: str) -> Callable[[View], Select[Any]]:
    columns = [table.c[name] for name in order or ("id",)]
    return lambda view: select(table).where(table.c.territory == view.territory).order_by(*columns)


SHEETS: tuple[Sheet, ...] = (
    Sheet(
        "cases",
        _cases,
        {"case_id": edge("c", "id"), "territory": lambda view, row: row.territory, "beneficiary_ref": beneficiary_ref}
        | plain("track", "entered_on", "left_on", "exit_reason", "referent_id", "under_duties", "next_step")
        | plain("person_id", "notified_on", "activity_kind", "activity_started_on"),
    ),
    Sheet(
        "appointments",
        _appointments,
        {"appointment_id": edge("a", "id"), "case_id": edge("c", "case_id")}
        | plain("track", "referent_id", "kind", "subject")
        | {"starts_at": instant("starts_at"), "ends_at": instant("ends_at")}
        | plain("place", "session_id")
        | {"status": lambda view, row: view.status(row)}
        | plain("qualification", "reason", "created_by")
        | {"superseded_by": edge("a", "superseded_by")}
        | plain("key", "known_on", "notice_sent_on", "notice_channel", "notice_proof", "qualified_by", "confirmed_by"),
    ),
    Sheet(
        "messages",
        _of(s.messages),
        {"message_id": edge("m", "id"), "case_id": edge("c", "case_id")}
        | plain("recipient_kind", "recipient_id", "channel", "template")
        | {"due_at": instant("due_at"), "useful_until": instant("useful_until")}
        | plain("status", "failure")
        | {"sent_at": instant("sent_at")}
        | plain("attempts", "segments")
        | {"appointment_id": edge("a", "appointment_id")}
        | plain("key", "not_sent_because", "planned_on"),
    ),
    Sheet(
        "checks",
        _of(s.checks),
        {"case_id": edge("c", "case_id")} | plain("precondition", "since", "closed_on", "why", "policy_version"),
    ),
    Sheet(
        "referents",
        _referents,
        {"referent_id": lambda view, row: row.id}
        | plain("email", "capacity")
        | {"cases": lambda view, row: row.followed}
        | plain("role", "body", "circuit", "site"),
    ),
    Sheet(
        "reviews",
        lambda view: with_evidence().where(s.reviews.c.territory == view.territory).order_by(s.reviews.c.id),
        {"review_id": edge("r", "id"), "case_id": edge("c", "case_id")}
        | plain("track", "kind", "opened_on", "status", "reason", "policy_version", "legal_reference", "evidence")
        | plain("deadline_on", "assigned_to", "outcome", "decided_by")
        | {"decided_at": instant("decided_at")}
        | plain("reasons", "rule", "referent_id"),
    ),
    Sheet(
        "audit",
        _of(s.journal, "chain", "seq"),
        plain("chain", "seq")
        | {"at": instant("at")}
        | plain("actor", "kind", "subject", "policy_version", "hash", "previous_hash"),
    ),
)
