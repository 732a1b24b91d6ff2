"""Keeps no longer than the county decided: contact data go first, then the archive, then all that names somebody.

What each column holds is said in `store.schema.classified`; the way from a table to its person is read from its foreign
keys, so that a new table is erased without a line here. The journal names nobody and stays whole.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Select,
    String,
    Table,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    update,
)

from store import journal
from store import schema as s
from store.acts import CHAIN, Act
from store.journal import JournalEvent
from store.schema.classified import Holds, holds
from tracks.calendar import Calendar
from tracks.retention import Period, Retention, Stage, later
from tracks.vocabulary import AppointmentStatus, RecipientKind, ReviewKind, ReviewStatus

ERASED = "effacé"
AT_ONCE = 500  # ids a statement
GONE_WITH = {Stage.NO_CONTACT: (Holds.CONTACT,), Stage.ERASED: (Holds.CONTACT, Holds.IDENTITY, Holds.NARRATIVE)}
MET = (AppointmentStatus.SEEN, AppointmentStatus.EXCUSED, AppointmentStatus.NOSHOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a person's file should become, and what keeps it: an open file, or a review or appeal that is not closed."""

    person: int
    last_contact: date
    now: Stage
    due: Stage
    kept_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that is due on a day. `messages`: texts to the staff that are too old; `referents`: who follows nobody."""

    people: tuple[Due, ...]
    messages: tuple[int, ...]
    referents: tuple[int, ...]

    def reaching(self, stage: Stage) -> tuple[int, ...]:
        """The people whose file is to reach `stage`, and has not yet."""
        return tuple(d.person for d in self.people if not d.kept_by and later(stage, d.now) and not later(stage, d.due))

    @property
    def kept(self) -> tuple[Due, ...]:
        return tuple(due for due in self.people if due.kept_by)


def plan(connection: Connection, *, territory: str, retention: Retention, calendar: Calendar) -> Plan:
    """What is due on `retention.on`; nothing is written."""
    p = s.persons.c
    contacts, kept = last_contacts(connection, territory, calendar), keepers(connection, territory, retention.on)
    found = []
    for row in connection.execute(select(s.persons).where(p.territory == territory).order_by(p.id)):
        last = min(max(contacts[row.id], row.known_on), retention.on)
        now, due = stage_of(row), retention.stage(last)
        if later(due, now):
            found.append(Due(person=row.id, last_contact=last, now=now, due=due, kept_by=kept.get(row.id, "")))
    return Plan(
        people=tuple(found),
        messages=tuple(connection.scalars(staff_messages(territory, retention, calendar))),
        referents=tuple(connection.scalars(idle_referents(territory, retention))),
    )


def stage_of(row: Any) -> Stage:
    if row.erased_on:
        return Stage.ERASED
    if row.archived_on:
        return Stage.ARCHIVED
    reachable = any(getattr(row, c.name) for c in s.persons.c if holds(c) is Holds.CONTACT)
    return Stage.ACTIVE if reachable else Stage.NO_CONTACT


def last_contacts(connection: Connection, territory: str, calendar: Calendar) -> Mapping[int, date]:
    """person → the last day on which something passed between them and the service."""
    found: defaultdict[int, date] = defaultdict(lambda: date.min)
    a, c = s.appointments.c, s.cases.c
    of_cases = select(c.person_id, func.max(c.entered_on), func.max(c.left_on)).group_by(c.person_id)
    met = (
        select(c.person_id, func.max(a.starts_at))
        .join(s.cases, c.id == a.case_id)
        .where(a.status.in_(MET))
        .group_by(c.person_id)
    )
    signs = select(c.person_id, func.max(s.signals.c.happened_on)).join(s.cases, c.id == s.signals.c.case_id)
    contracts = select(s.contracts.c.person_id, func.max(s.contracts.c.signed_on)).group_by(s.contracts.c.person_id)
    letters = select(s.letters.c.person_id, func.max(s.letters.c.sent_on)).group_by(s.letters.c.person_id)
    for statement, table in (
        (of_cases, s.cases),
        (met, s.appointments),
        (signs.group_by(c.person_id), s.signals),
        (contracts, s.contracts),
        (letters, s.letters),
    ):
        for person, *days in connection.execute(statement.where(table.c.territory == territory)):
            for day in filter(None, days):
                found[person] = max(found[person], calendar.day_of(day) if isinstance(day, datetime) else day)
    return found


def keepers(connection: Connection, territory: str, on: date) -> dict[int, str]:
    """person → what keeps their file whole, in French: an open file, a review or an appeal that is not closed."""
    c, r = s.cases.c, s.reviews.c
    still_open = select(c.person_id).where(c.territory == territory, or_(c.left_on.is_(None), c.left_on > on))
    disputed = (
        select(c.person_id)
        .join(s.reviews, r.case_id == c.id)
        .where(r.territory == territory, r.kind != ReviewKind.SERVICE, r.status != ReviewStatus.CLOSED)
    )
    return dict.fromkeys(connection.scalars(disputed), "une revue ou un recours n'est pas clos") | dict.fromkeys(
        connection.scalars(still_open), "le dossier est ouvert"
    )


def staff_messages(territory: str, retention: Retention, calendar: Calendar) -> Select[tuple[int]]:
    """Texts to the staff, which name people, older than their period."""
    m = s.messages.c
    before = calendar.local(retention.before(Period.STAFF_MESSAGES), datetime.min.time())
    return select(m.id).where(
        m.territory == territory,
        m.recipient_kind != RecipientKind.BENEFICIARY,
        m.due_at < before,
        m.body.is_not(None),
        m.body != ERASED,
    )


def idle_referents(territory: str, retention: Retention) -> Select[tuple[int]]:
    """Referents who have followed nobody for longer than their period, and are not erased yet."""
    f, c = s.referents.c, s.cases.c
    since = retention.before(Period.STAFF)
    lately = select(c.id).where(c.referent_id == f.id, or_(c.left_on.is_(None), c.left_on >= since))
    ever = select(c.id).where(c.referent_id == f.id)
    return select(f.id).where(f.territory == territory, ever.exists(), ~lately.exists(), f.last_name != ERASED)


def apply(connection: Connection, act: Act, found: Plan) -> None:
    """Do what the plan says, and note each act in the journal, by id."""
    for stage in (Stage.NO_CONTACT, Stage.ARCHIVED, Stage.ERASED):
        people = found.reaching(stage)
        for some in batches(people):
            if stage in GONE_WITH:
                erase(connection, act.territory, some, GONE_WITH[stage])
            if stage is Stage.ERASED:
                erase(connection, act.territory, some, (Holds.STAFF,))
            marks = {Stage.ARCHIVED: "archived_on", Stage.ERASED: "erased_on"}
            if stage in marks:
                mine = s.persons.c.territory == act.territory, s.persons.c.id.in_(some)
                connection.execute(update(s.persons).where(*mine).values({marks[stage]: act.on}))
        note(connection, act, kind=f"retention_{stage}", subjects=[f"person:{person}" for person in people])
    forget(connection, act, s.messages, found.messages, Holds.NARRATIVE)
    forget(connection, act, s.referents, found.referents, Holds.STAFF)


def forget(connection: Connection, act: Act, table: Table, ids: Sequence[int], what: Holds) -> None:
    for some in batches(ids):
        values = emptied(table, (what,))
        connection.execute(update(table).where(table.c.territory == act.territory, table.c.id.in_(some)).values(values))
    note(connection, act, kind="retention_erased", subjects=[f"{table.name}:{id_}" for id_ in ids])


def note(connection: Connection, act: Act, *, kind: str, subjects: Sequence[str]) -> None:
    """Lines of the journal, by id; it names nobody."""
    actor = act.actor
    events = [JournalEvent(at=act.at, actor=actor, kind=kind, subject=subject) for subject in subjects]
    journal.append(connection, territory=act.territory, chain=CHAIN, events=events)


def erase(connection: Connection, territory: str, people: Sequence[int], what: Sequence[Holds]) -> None:
    """Empty these columns of every table that leads to these people."""
    for table in s.metadata.sorted_tables:
        values, theirs = emptied(table, what), belonging(table, people)
        if values and theirs is not None:
            connection.execute(update(table).where(table.c.territory == territory, theirs).values(values))


def belonging(table: Table, people: Sequence[int]) -> ColumnElement[bool] | None:
    """The rows of `table` about these people, by its foreign keys; None where it is about nobody."""
    if table is s.persons:
        return s.persons.c.id.in_(people)
    ways: list[ColumnElement[bool]] = []
    for key in table.foreign_keys:
        other = key.column.table
        if other is not table and (theirs := belonging(other, people)) is not None:
            ways.append(key.parent.in_(select(key.column).where(theirs)))
    if table is s.messages:
        to_person = table.c.recipient_kind == RecipientKind.BENEFICIARY
        ways.append(to_person & table.c.recipient_id.in_(people))
    return or_(*ways) if ways else None


def emptied(table: Table, what: Sequence[Holds]) -> dict[str, Any]:
    """What each column that holds one of `what` becomes: nothing, or a word where something must stand."""
    return {column.name: blank(column) for column in table.c if holds(column) in what}


def blank(column: "Column[Any]") -> Any:
    if isinstance(column.type, JSON):
        return {}
    if not isinstance(column.type, String):
        assert column.nullable, f"{column} : il faut pouvoir l'effacer"
        return null()
    if holds(column) in (Holds.CONTACT, Holds.IDENTITY) and column.nullable:
        return null()
    told: ColumnElement[Any] = literal(ERASED)
    if column.type.length is not None and column.type.length <= len(ERASED):
        told = literal("")
    elif in_a_unique_key(column):
        told = literal(f"{ERASED}-") + cast(column.table.c.id, String)
    return case((column.is_(None), null()), else_=told) if column.nullable else told


def in_a_unique_key(column: "Column[Any]") -> bool:
    return any(column.name in found.columns for found in column.table.constraints if hasattr(found, "columns"))


def letters_of(connection: Connection, territory: str, people: Sequence[int], *, messages: Sequence[int]) -> list[int]:
    """The messages whose files in the local outbox go with these people: their names are the ids."""
    found = list(messages)
    for some in batches(people):
        theirs = belonging(s.messages, some)
        assert theirs is not None
        found += connection.scalars(select(s.messages.c.id).where(s.messages.c.territory == territory, theirs))
    return found


def batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
