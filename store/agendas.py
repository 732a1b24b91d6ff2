"""Reads the referents' weeks of a whole territory, in four queries whatever its size."""

from collections import defaultdict
from datetime import date, datetime, time

from sqlalchemy import Connection, RowMapping, Select, select

from store.schema import appointments, leaves, referents, sessions
from tracks.agenda import Agenda, Planned, Span, cannot_stand
from tracks.calendar import Calendar
from tracks.vocabulary import AppointmentKind, AppointmentStatus

# A future appointment whose outcome is blank still takes the referent's time.
TAKES_TIME = (AppointmentStatus.PLANNED, AppointmentStatus.UNKNOWN)


def read_agendas(connection: Connection, *, territory: str, from_day: date, calendar: Calendar) -> dict[int, Agenda]:
    """The agenda of every referent, by id: leaves, appointments and sessions that last into `from_day` or later."""
    midnight = calendar.local(from_day, time.min)
    off = _leaves(connection, territory, from_day)
    busy = _spans(
        connection,
        select(appointments.c.referent_id, appointments.c.starts_at, appointments.c.ends_at).where(
            appointments.c.territory == territory,
            appointments.c.status.in_(TAKES_TIME),
            appointments.c.superseded_by.is_(None),
            appointments.c.referent_id.is_not(None),
            appointments.c.ends_at > midnight,
        ),
    )
    led = _sessions(connection, territory, midnight)
    rows = connection.execute(select(referents).where(referents.c.territory == territory)).mappings()
    return {
        row["id"]: _agenda(
            row,
            leaves=tuple(off[row["id"]]),
            busy=tuple(busy[row["id"]]),
            sessions=tuple(led[row["id"]]),
        )
        for row in rows
    }


def read_cannot_stand(connection: Connection, *, territory: str, on: date, calendar: Calendar) -> frozenset[int]:
    """The ids of the planned appointments, from `on` on, that their referent cannot hold."""
    a = appointments.c
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
            a.starts_at >= calendar.local(on, time.min),
        )
    )
    agendas = read_agendas(connection, territory=territory, from_day=on, calendar=calendar)
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
        agendas,
        calendar,
    )


def _leaves(connection: Connection, territory: str, from_day: date) -> defaultdict[int, list[tuple[date, date]]]:
    found: defaultdict[int, list[tuple[date, date]]] = defaultdict(list)
    statement = select(leaves.c.referent_id, leaves.c.first_day, leaves.c.last_day).where(
        leaves.c.territory == territory, leaves.c.last_day >= from_day
    )
    for referent, first, last in connection.execute(statement):
        found[referent].append((first, last))
    return found


def _sessions(connection: Connection, territory: str, midnight: datetime) -> defaultdict[int, list[Span]]:
    return _spans(
        connection,
        select(sessions.c.referent_id, sessions.c.starts_at, sessions.c.ends_at).where(
            sessions.c.territory == territory, sessions.c.ends_at > midnight
        ),
    )


def _spans(connection: Connection, statement: Select[tuple[int, datetime, datetime]]) -> defaultdict[int, list[Span]]:
    found: defaultdict[int, list[Span]] = defaultdict(list)
    for referent, starts_at, ends_at in connection.execute(statement):
        found[referent].append((starts_at, ends_at))
    return found


def _agenda(
    row: RowMapping, *, leaves: tuple[tuple[date, date], ...], busy: tuple[Span, ...], sessions: tuple[Span, ...]
) -> Agenda:
    return Agenda(
        referent=row["id"],
        site=row["site"],
        phone=row["phone"],
        working_days=frozenset(int(number) for number in row["working_days"].split()),
        day_starts=time.fromisoformat(row["day_starts"]),
        day_ends=time.fromisoformat(row["day_ends"]),
        break_starts=time.fromisoformat(row["break_starts"]) if row["break_starts"] else None,
        break_ends=time.fromisoformat(row["break_ends"]) if row["break_ends"] else None,
        leaves=leaves,
        busy=busy,
        sessions=sessions,
    )
