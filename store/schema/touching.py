"""Every change of what a night reads leaves a row in `touched`: the database writes it, so that no writer forgets.

The triggers are made from `WATCHED` whenever the tables are (`store.migrate`): a new column is watched by itself, and a
test compares this list with what the statements of the night read.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import JSON, Connection, MetaData, Table, event, text

from store.schema.columns import metadata

PREFIX, NAME = "jalon_touch_", "@name"
INTO = "INSERT INTO touched (territory, what, subject)"


class Touch(StrEnum):
    """What `touched.subject` is the id of."""

    CASE = "case"
    PERSON = "person"
    REFERENT = "referent"  # their cases, and those of their appointments
    AGENDA = "agenda"  # of a referent: appointments that may not stand any more
    REVIEW = "review"  # a file about a person
    FINDING = "finding"  # of the service, closed by somebody: the cases that it shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A change of `table` touches what `column` names. `only`: the columns that count in an update, else all but
    `but`; `where`: the rows that count (`{row}` stands for the row); `on`: the events."""

    table: str
    what: Touch
    column: str
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    where: str = ""
    on: tuple[str, ...] = ("INSERT", "UPDATE", "DELETE")

    def columns(self) -> tuple[str, ...]:
        """The columns of which a new value counts."""
        table = metadata.tables[self.table]
        return self.only or tuple(c.name for c in table.columns if c.name not in ("id", *self.but))


HOURS = (
    "territory",
    "referent_id",
    "kind",
    "subject",
    "place",
    "starts_at",
    "ends_at",
    "session_id",
    "status",
    "superseded_by",
)
FACTS = "{row}.kind IN ('appointment', 'breach')"

WATCHED: tuple[Watch, ...] = (
    Watch(table="cases", what=Touch.CASE, column="id", but=("next_step", "next_due_on")),  # the night's own
    Watch(table="duty_history", what=Touch.CASE, column="case_id"),
    Watch(table="appointments", what=Touch.CASE, column="case_id"),
    Watch(table="appointments", what=Touch.AGENDA, column="referent_id", only=(*HOURS, "confirmed_by")),
    Watch(table="breaches", what=Touch.CASE, column="case_id"),
    Watch(table="signals", what=Touch.CASE, column="case_id"),
    Watch(table="questions", what=Touch.CASE, column="case_id"),
    Watch(table="checks", what=Touch.CASE, column="case_id"),
    Watch(table="reviews", what=Touch.CASE, column="case_id"),
    Watch(table="reviews", what=Touch.FINDING, column="id", only=("outcome",), on=("UPDATE",)),
    Watch(table="review_evidence", what=Touch.REVIEW, column="review_id", where=FACTS),
    Watch(
        table="review_evidence", what=Touch.CASE, column="subject_id", where="{row}.kind = 'case'", on=("DELETE",)
    ),  # a finding is to say again whom it concerns
    Watch(
        table="messages",
        what=Touch.CASE,
        column="case_id",
        only=("territory", "case_id", "key", "planned_on", "status", "not_sent_because", "template"),
    ),
    Watch(table="persons", what=Touch.PERSON, column="id"),
    Watch(table="contracts", what=Touch.PERSON, column="person_id"),
    Watch(table="prescribed_actions", what=Touch.PERSON, column="person_id"),
    Watch(table="letters", what=Touch.PERSON, column="person_id"),
    Watch(table="pauses", what=Touch.PERSON, column="person_id"),
    Watch(table="referents", what=Touch.REFERENT, column="id"),
    Watch(table="referents", what=Touch.AGENDA, column="id"),
    Watch(table="circuit_history", what=Touch.REFERENT, column="referent_id"),
    Watch(table="leaves", what=Touch.AGENDA, column="referent_id"),
    Watch(table="sessions", what=Touch.AGENDA, column="referent_id"),
)


def install(connection: Connection) -> None:
    """Make the triggers anew from `WATCHED`, unless they are those already."""
    if installed(connection):
        return
    remove(connection)
    for statements in triggers(connection.dialect.name).values():
        for statement in statements:
            connection.exec_driver_sql(statement)


def installed(connection: Connection) -> bool:
    """Whether the database has the triggers of this program, all of them and no other."""
    return _names(connection) == set(triggers(connection.dialect.name))


def remove(connection: Connection) -> None:
    """Take all of them away, those of another version too."""
    kind, after = ("FUNCTION", "() CASCADE") if connection.dialect.name == "postgresql" else ("TRIGGER", "")
    for name in _names(connection):
        connection.exec_driver_sql(f"DROP {kind} {name}{after}")


@cache
def triggers(dialect: str) -> dict[str, list[str]]:
    """name → the statements that make it; the name holds a digest of all of them, so that it tells their version."""
    make = _on_postgresql if dialect == "postgresql" else _on_sqlite
    found = {(watch, done): make(watch, done) for watch in WATCHED for done in watch.on}
    digest = hashlib.sha256(repr(list(found.values())).encode()).hexdigest()[:8]
    named = {}
    for (watch, done), statements in found.items():
        name = f"{PREFIX}{digest}_{watch.table}_{watch.what}_{done.lower()}"
        named[name] = [statement.replace(NAME, name) for statement in statements]
    return named


def _names(connection: Connection) -> set[str]:
    ours = (
        "SELECT proname FROM pg_proc WHERE starts_with(proname, :prefix) AND pg_function_is_visible(oid)"
        if connection.dialect.name == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, length(:prefix)) = :prefix"
    )
    return set(connection.scalars(text(ours), {"prefix": PREFIX}))


def _on_sqlite(watch: Watch, done: str) -> list[str]:
    """A trigger a row: SQLite has no other."""
    when = ""
    if done == "UPDATE":
        changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in watch.columns())
        when = f"WHEN {changed} "
    rows = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}[done]
    body = " ".join(f"{INTO} {_taken_from(watch, row)} WHERE {_counts(watch, row)};" for row in rows)
    if done == "UPDATE" and not watch.where:  # one row is enough where it still concerns the same
        body = body.replace(";", f" AND OLD.{watch.column} IS NOT NEW.{watch.column};", 1)
    of = f" OF {', '.join(watch.columns())}" if done == "UPDATE" else ""
    return [f"CREATE TRIGGER {NAME} AFTER {done}{of} ON {watch.table} {when}BEGIN {body} END"]


def _on_postgresql(watch: Watch, done: str) -> list[str]:
    """A trigger a statement: the thousand rows of one insert cost one."""
    rows = {"INSERT": ("now",), "UPDATE": ("was", "now"), "DELETE": ("was",)}[done]
    body = " UNION ".join(f"{_taken_from(watch, row)} FROM {row} WHERE {_counts(watch, row)}" for row in rows)
    if done == "UPDATE":
        old, new = (f"ROW({', '.join(_comparable(watch, row))})" for row in rows)
        body = " UNION ".join(
            f"{_taken_from(watch, row)} FROM was JOIN now ON now.id = was.id "
            f"WHERE {old} IS DISTINCT FROM {new} AND {_counts(watch, row)}"
            for row in rows
        )
    tables = " ".join({"was": "OLD TABLE AS was", "now": "NEW TABLE AS now"}[row] for row in rows)
    function = (
        f"CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {INTO} {body}; RETURN NULL; END $$"
    )
    return [
        function,
        f"CREATE TRIGGER {NAME} AFTER {done} ON {watch.table} REFERENCING {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {NAME}()",
    ]


def _taken_from(watch: Watch, row: str) -> str:
    return f"SELECT {row}.territory, '{watch.what}', {row}.{watch.column}"


def _counts(watch: Watch, row: str) -> str:
    named = f"{row}.{watch.column} IS NOT NULL"
    return f"{named} AND {watch.where.format(row=row)}" if watch.where else named


def _comparable(watch: Watch, row: str) -> Iterator[str]:
    """PostgreSQL compares no two values of JSON."""
    for name in watch.columns():
        of_json = isinstance(metadata.tables[watch.table].c[name].type, JSON)
        yield f"{row}.{name}::text" if of_json else f"{row}.{name}"


@event.listens_for(metadata, "after_create")
def _with_tables(_metadata: MetaData, connection: Connection, *, tables: list[Table], **_: Any) -> None:
    """Tables made from the models, without a revision, are watched too."""
    if tables:
        install(connection)
