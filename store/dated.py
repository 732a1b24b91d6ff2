"""What was true on a day, where the exports only say what is true now: duties of a case, circuit of a referent."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Column, Connection, Table, func, insert, literal, select, update

from store.schema import cases, circuit_history, duty_history, referents

Spans = Sequence[tuple[date, str]]


def note_duties(connection: Connection, *, territory: str, on: date) -> None:
    """Keep what each case's duties became on `on`: a case that is new has them since it was entered."""
    _note(connection, territory, on, cases, duty_history, "under_duties", first=cases.c.entered_on)


def note_circuits(connection: Connection, *, territory: str, on: date) -> None:
    """Keep what each referent's circuit became on `on`; one that is new has always had theirs."""
    _note(connection, territory, on, referents, circuit_history, "circuit", first=literal(date.min))


def _note(connection: Connection, territory: str, on: date, now: Table, past: Table, what: str, *, first: Any) -> None:
    """Three statements, whatever the number of rows: what changed again today, what changed, what is new."""
    (owner,) = [column for column in past.c if column.foreign_keys]
    is_now = select(now.c[what]).where(now.c.id == owner).scalar_subquery()
    connection.execute(
        update(past)
        .where(past.c.territory == territory, past.c.since >= on, past.c[what] != is_now)
        .values({what: is_now})
    )
    _insert(connection, past, owner, what, _changed(territory, on, now, past, owner, what))
    unknown = now.c.id.not_in(select(owner).where(past.c.territory == territory))
    new = select(now.c.territory, now.c.id, first, now.c[what]).where(now.c.territory == territory, unknown)
    _insert(connection, past, owner, what, new)


def _changed(territory: str, on: date, now: Table, past: Table, owner: Column[Any], what: str) -> Any:
    last = (
        select(owner.label("owner"), func.max(past.c.since).label("since"))
        .where(past.c.territory == territory)
        .group_by(owner)
        .subquery()
    )
    return (
        select(now.c.territory, now.c.id, literal(on), now.c[what])
        .join(last, last.c.owner == now.c.id)
        .join(past, (owner == last.c.owner) & (past.c.since == last.c.since) & (past.c.territory == territory))
        .where(now.c.territory == territory, past.c[what] != now.c[what], last.c.since < on)
    )


def _insert(connection: Connection, past: Table, owner: Column[Any], what: str, rows: Any) -> None:
    connection.execute(insert(past).from_select(["territory", owner.name, "since", what], rows))


def changed_circuits(connection: Connection, *, territory: str) -> dict[int, Spans]:
    """The referents whose circuit has changed: since when, oldest first. Few ever do."""
    h = circuit_history.c
    several = select(h.referent_id).where(h.territory == territory).group_by(h.referent_id).having(func.count() > 1)
    found: dict[int, list[tuple[date, str]]] = defaultdict(list)
    rows = select(h.referent_id, h.since, h.circuit).where(h.territory == territory, h.referent_id.in_(several))
    for referent, since, circuit in connection.execute(rows.order_by(h.since)):
        found[referent].append((since, circuit))
    return dict(found)


def circuit_on(spans: Spans, day: date) -> str:
    """The circuit on `day`; before all that is known, the first."""
    return next((circuit for since, circuit in reversed(spans) if since <= day), spans[0][1])
