"""The calendars that referents keep elsewhere: which, when they were last read, and when they say somebody is busy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.engine import RowMapping

from store.acts import Act, found, record
from store.schema import appointments, busy_times, calendars, referents
from store.sets import insert_new
from tracks.agenda import Span
from tracks.errors import JalonError
from tracks.vocabulary import CalendarKind, CalendarTrouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one calendar. `spans` None: it could not be read, and what was known stays."""

    calendar: int
    referent: int
    spans: tuple[Span, ...] | None
    trouble: CalendarTrouble | None = None
    skipped: int = 0


def add(connection: Connection, act: Act, *, referent: int, source: str, kind: CalendarKind, secret: str | None) -> int:
    """A calendar of a referent. JalonError: it is known already."""
    row = {
        "territory": act.territory,
        "referent_id": referent,
        "source": source,
        "kind": kind.value,
        "secret": secret,
        "added_by": act.by,
        "added_on": act.on,
    }
    made = insert_new(connection, calendars, [row])
    if not made:
        raise JalonError("Cet agenda est déjà relevé pour ce référent. « jalon agenda list » le montre.")
    id_ = int(made[0].id)
    record(connection, act, kind="calendar_added", subject=f"calendar:{id_} referent:{referent}")
    return id_


def remove(connection: Connection, act: Act, *, calendar: int) -> None:
    """Forget a calendar and all that it said. JalonError: no such calendar."""
    found(connection, act, table=calendars, id=calendar, what=f"Agenda g{calendar}")
    b, c = busy_times.c, calendars.c
    connection.execute(delete(busy_times).where(b.territory == act.territory, b.calendar_id == calendar))
    connection.execute(delete(calendars).where(c.territory == act.territory, c.id == calendar))
    record(connection, act, kind="calendar_removed", subject=f"calendar:{calendar}")


def listed(connection: Connection, *, territory: str, referent: int | None = None) -> Sequence[RowMapping]:
    """Every calendar with its referent, and how many busy spans are known from it."""
    b, c, r = busy_times.c, calendars.c, referents.c
    known = (
        select(b.calendar_id, func.count().label("spans")).where(b.territory == territory).group_by(b.calendar_id)
    ).subquery()
    statement = (
        select(calendars, r.email, r.first_name, r.last_name, func.coalesce(known.c.spans, 0).label("spans"))
        .join(referents, r.id == c.referent_id)
        .outerjoin(known, known.c.calendar_id == c.id)
        .where(c.territory == territory)
        .order_by(r.last_name, r.first_name, c.id)
    )
    if referent is not None:
        statement = statement.where(c.referent_id == referent)
    return connection.execute(statement).mappings().all()


def to_read(
    connection: Connection, *, territory: str, before: datetime, only: int | None = None
) -> Sequence[RowMapping]:
    """The calendars that nobody has tried to read since `before`, the longest unread first."""
    c, r = calendars.c, referents.c
    statement = (
        select(calendars, r.email)
        .join(referents, r.id == c.referent_id)
        .where(c.territory == territory, or_(c.tried_at.is_(None), c.tried_at <= before))
        .order_by(func.coalesce(c.tried_at, datetime.min.replace(tzinfo=before.tzinfo)), c.id)
    )
    if only is not None:
        statement = statement.where(c.id == only)
    return connection.execute(statement).mappings().all()


def chains(connection: Connection, *, territory: str, since: datetime) -> Mapping[int, tuple[int, ...]]:
    """referent → the chains of Jalon's own appointments with them since then, whatever became of them."""
    a = appointments.c
    rows = connection.execute(
        select(a.referent_id, func.coalesce(a.first_id, a.id)).where(
            a.territory == territory, a.referent_id.is_not(None), a.starts_at >= since
        )
    )
    theirs: dict[int, list[int]] = {}
    for referent, chain in rows:
        theirs.setdefault(referent, []).append(chain)
    return {referent: tuple(numbers) for referent, numbers in theirs.items()}


def keep(connection: Connection, answers: Sequence[Answer], *, territory: str, at: datetime) -> None:
    """Replace what is known of the calendars that could be read; of the others, note why not."""
    read = [one for one in answers if one.spans is not None]
    b, c = busy_times.c, calendars.c
    for some in (read[start : start + 500] for start in range(0, len(read), 500)):
        gone = b.calendar_id.in_([one.calendar for one in some])
        connection.execute(delete(busy_times).where(b.territory == territory, gone))
    rows = [_row(territory, one, span) for one in read for span in one.spans or ()]
    if rows:
        connection.execute(insert(busy_times), rows)
    told: list[dict[str, Any]] = [
        {
            "this": one.calendar,
            "trouble": one.trouble,
            "skipped": one.skipped,
            "read": at if one.spans is not None else None,
        }
        for one in answers
    ]
    if told:
        values = {
            "tried_at": at,
            "read_at": func.coalesce(bindparam("read", type_=c.read_at.type), c.read_at),
            "trouble": bindparam("trouble"),
            "skipped": bindparam("skipped"),
        }
        this = update(calendars).where(c.territory == territory, c.id == bindparam("this"))
        connection.execute(this.values(values), told)


def _row(territory: str, one: Answer, span: Span) -> dict[str, Any]:
    return {
        "territory": territory,
        "calendar_id": one.calendar,
        "referent_id": one.referent,
        "starts_at": span[0],
        "ends_at": span[1],
    }


def in_trouble(connection: Connection, *, territory: str) -> int:
    """How many calendars could not be read the last time."""
    c = calendars.c
    counted = select(func.count()).select_from(calendars).where(c.territory == territory, c.trouble.is_not(None))
    return connection.scalar(counted) or 0
