"""Reads the referents' weeks of a whole territory, in five queries whatever its size."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, time

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, or_, select

from store.schema import appointments, busy_times, cases, leaves, referents, sessions
from tracks.agenda import Agenda, Planned, Span, cannot_stand
from tracks.calendar import Calendar
from tracks.overload import Asked
from tracks.vocabulary import AppointmentKind, AppointmentStatus

# A future appointment whose outcome is blank still takes the referent's time.
MOST = 5_000  # referents named in one query; beyond, all are read
TAKES_TIME = (AppointmentStatus.PLANNED, AppointmentStatus.UNKNOWN)


def read_agendas(
    connection: Connection,
    *,
    territory: str,
    from_day: date,
    calendar: Calendar,
    only: int | Collection[int] | None = None,
) -> dict[int, Agenda]:
    """The agenda of every referent, or of the `only` one, by id: leaves, appointments and sessions that last into
    `from_day` or later."""
    a = appointments.c
    midnight = calendar.local(from_day, time.min)
    statement = select(a.referent_id, a.starts_at, a.ends_at).where(
        a.territory == territory,
        a.status.in_(TAKES_TIME),
        a.superseded_by.is_(None),
        a.referent_id.is_not(None),
        a.ends_at > midnight,
        *_of(a.referent_id, only),
    )
    weeks = _weeks(connection, territory, from_day=from_day, midnight=midnight, only=only)
    busy = _spans(connection, statement)
    b = busy_times.c
    told = select(b.referent_id, b.starts_at, b.ends_at).where(
        b.territory == territory, b.ends_at > midnight, *_of(b.referent_id, only)
    )
    elsewhere = _spans(connection, told)
    return {
        referent: replace(week, busy=tuple(busy[referent]), elsewhere=tuple(elsewhere[referent]))
        for referent, week in weeks.items()
    }


def _of(column: ColumnElement[int], only: int | Collection[int] | None) -> tuple[ColumnElement[bool], ...]:
    if only is None or (not isinstance(only, int) and len(only) > MOST):
        return ()
    return (column == only,) if isinstance(only, int) else (column.in_(sorted(only)),)


def lock_agenda(connection: Connection, *, territory: str, appointment: int) -> None:
    """Whoever changes the hour of this appointment, or of another of its referent, waits for the end of this
    transaction. On SQLite every writing transaction already waits for the one before."""
    a, r = appointments.c, referents.c
    one = select(a.referent_id).where(a.territory == territory, a.id == appointment).with_for_update()
    referent = connection.scalar(one)
    if referent is not None:
        connection.execute(select(r.id).where(r.territory == territory, r.id == referent).with_for_update())


def read_referents(connection: Connection, *, territory: str) -> dict[int, str]:
    """Every referent's name, by id: for a screen of the staff, never for a log."""
    r = referents.c
    rows = connection.execute(select(r.id, r.first_name, r.last_name).where(r.territory == territory))
    return {row.id: f"{row.first_name} {row.last_name}" for row in rows}


def read_asked(
    connection: Connection, *, territory: str, on: date, rhythms: Mapping[str, tuple[int, int]]
) -> dict[int, list[Asked]]:
    """referent → the people whom they follow on `on`, by rhythm. `rhythms`: track → minutes, days between two."""
    c = cases.c
    rows = connection.execute(
        select(c.referent_id, c.track, func.count())
        .where(
            c.territory == territory,
            c.referent_id.is_not(None),
            c.entered_on <= on,
            or_(c.left_on.is_(None), c.left_on > on),
        )
        .group_by(c.referent_id, c.track)
    )
    found: defaultdict[int, list[Asked]] = defaultdict(list)
    for referent, track, people in rows:
        if track in rhythms:
            minutes, days = rhythms[track]
            found[referent].append(Asked(people=people, minutes=minutes, days=max(days, 1)))
    return dict(found)


def read_cannot_stand(
    connection: Connection, *, territory: str, on: date, calendar: Calendar, only: Collection[int] | None = None
) -> frozenset[int]:
    """The ids of the planned appointments, from `on` on, that their referent cannot hold; `only`: these referents'."""
    if only is not None and not only:
        return frozenset()
    a = appointments.c
    midnight = calendar.local(on, time.min)
    planned = connection.execute(
        select(
            a.id,
            a.referent_id,
            a.kind,
            a.subject,
            a.place,
            a.starts_at,
            a.ends_at,
            a.session_id,
            a.confirmed_by,
        ).where(
            a.territory == territory,
            a.status == AppointmentStatus.PLANNED,
            a.superseded_by.is_(None),
            a.starts_at >= midnight,
            *_of(a.referent_id, only),
        )
    )
    weeks = _weeks(connection, territory, from_day=on, midnight=midnight, only=only)
    return cannot_stand(
        (
            Planned(
                id=row.id,
                referent=row.referent_id,
                kind=AppointmentKind(row.kind),
                subject=row.subject,
                place=row.place,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                session=row.session_id,
                confirmed=row.confirmed_by is not None,
            )
            for row in planned
        ),
        weeks,
        calendar,
    )


def _weeks(
    connection: Connection,
    territory: str,
    *,
    from_day: date,
    midnight: datetime,
    only: int | Collection[int] | None = None,
) -> dict[int, Agenda]:
    """Every referent's hours, leaves and sessions, their appointments not read yet."""
    off: defaultdict[int, list[tuple[date, date]]] = defaultdict(list)
    statement = select(leaves.c.referent_id, leaves.c.first_day, leaves.c.last_day).where(
        leaves.c.territory == territory, leaves.c.last_day >= from_day, *_of(leaves.c.referent_id, only)
    )
    for referent, first, last in connection.execute(statement):
        off[referent].append((first, last))
    led = _spans(
        connection,
        select(sessions.c.referent_id, sessions.c.starts_at, sessions.c.ends_at).where(
            sessions.c.territory == territory, sessions.c.ends_at > midnight, *_of(sessions.c.referent_id, only)
        ),
    )
    rows = connection.execute(
        select(referents).where(referents.c.territory == territory, *_of(referents.c.id, only))
    ).mappings()
    return {row["id"]: _agenda(row, off[row["id"]], led[row["id"]]) for row in rows}


def _spans(connection: Connection, statement: Select[tuple[int, datetime, datetime]]) -> defaultdict[int, list[Span]]:
    found: defaultdict[int, list[Span]] = defaultdict(list)
    for referent, starts_at, ends_at in connection.execute(statement):
        found[referent].append((starts_at, ends_at))
    return found


def _agenda(row: RowMapping, off: list[tuple[date, date]], led: list[Span]) -> Agenda:
    return Agenda(
        referent=row["id"],
        site=row["site"],
        role=row["role"],
        phone=row["phone"],
        working_days=frozenset(int(number) for number in row["working_days"].split()),
        day_starts=time.fromisoformat(row["day_starts"]),
        day_ends=time.fromisoformat(row["day_ends"]),
        break_starts=time.fromisoformat(row["break_starts"]) if row["break_starts"] else None,
        break_ends=time.fromisoformat(row["break_ends"]) if row["break_ends"] else None,
        leaves=tuple(off),
        sessions=tuple(led),
    )
