"""What a referent's agenda holds: what is new since the last message, what cannot stand, the next working day."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Connection, and_, or_, select
from sqlalchemy.engine import RowMapping

from store import schema as s
from store.agendas import read_cannot_stand
from tracks.calendar import Calendar
from tracks.vocabulary import AppointmentKind, AppointmentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """An individual appointment to come."""

    starts_at: datetime
    first_name: str
    last_name: str
    by_phone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A collective one, with how many are expected."""

    starts_at: datetime
    subject: str
    expected: int


@dataclass(slots=True)
class Ahead:
    doubtful: list[Visit] = field(default_factory=list)
    new: list[Visit] = field(default_factory=list)
    tomorrow: list[Visit | Session] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Days:
    """`today` as a working day sees it: the one before, the first day since its message, the next working day."""

    today: date
    before: date
    since: date
    next: date

    @classmethod
    def of(cls, today: date, calendar: Calendar) -> "Days":
        before = today - timedelta(days=1)
        while not calendar.is_working(before):
            before -= timedelta(days=1)
        return cls(today, before, before + timedelta(days=1), calendar.next_working(today + timedelta(days=1)))


def read_ahead(
    connection: Connection, *, territory: str, today: date, referents: Collection[int], calendar: Calendar
) -> defaultdict[int, Ahead]:
    """referent → their agenda, in order of time."""
    days = Days.of(today, calendar)
    found: defaultdict[int, Ahead] = defaultdict(Ahead)
    a, c, p = s.appointments.c, s.cases.c, s.persons.c
    doubtful = read_cannot_stand(connection, territory=territory, on=days.today, calendar=calendar)
    opens, closes = _bounds(days.next, calendar)
    ours = or_(a.created_by.startswith("run:"), a.created_by.startswith("person:"))
    rows = connection.execute(
        select(a.id, a.referent_id, a.kind, a.subject, a.starts_at, a.by_phone, a.session_id, a.known_on)
        .add_columns(ours.label("ours"), p.first_name, p.last_name)
        .join(s.cases, c.id == a.case_id)
        .join(s.persons, p.id == c.person_id)
        .where(
            _planned(territory, referents),
            a.starts_at >= calendar.local(days.today, time.min),
            or_(and_(ours, a.known_on >= days.since), a.id.in_(doubtful), a.starts_at.between(opens, closes)),
        )
        .order_by(a.starts_at, a.id)
    ).mappings()
    expected: defaultdict[tuple[int, datetime, str], int] = defaultdict(int)
    for row in rows:
        agenda = found[row["referent_id"]]
        if row["ours"] and row["known_on"] >= days.since:
            agenda.new.append(_visit(row))
        if row["id"] in doubtful:
            agenda.doubtful.append(_visit(row))
        if not opens <= row["starts_at"] <= closes:
            continue
        if row["kind"] == AppointmentKind.COLLECTIVE:
            expected[row["referent_id"], row["starts_at"], row["subject"]] += 1
        else:
            agenda.tomorrow.append(_visit(row))
    for key in _sessions(connection, territory, referents, opens, closes):
        expected[key] += 0
    for (referent, starts_at, subject), count in expected.items():
        found[referent].tomorrow.append(Session(starts_at=starts_at, subject=subject, expected=count))
    for agenda in found.values():
        agenda.tomorrow.sort(key=lambda item: item.starts_at)
    return found


def _planned(territory: str, referents: Collection[int]) -> ColumnElement[bool]:
    a = s.appointments.c
    return and_(
        a.territory == territory,
        a.referent_id.in_(referents),
        a.status == AppointmentStatus.PLANNED,
        a.superseded_by.is_(None),
    )


def _sessions(
    connection: Connection, territory: str, referents: Collection[int], opens: datetime, closes: datetime
) -> list[tuple[int, datetime, str]]:
    x = s.sessions.c
    rows = connection.execute(
        select(x.referent_id, x.starts_at, x.subject).where(
            x.territory == territory, x.referent_id.in_(referents), x.starts_at.between(opens, closes)
        )
    )
    return [(row.referent_id, row.starts_at, row.subject) for row in rows]


def _bounds(day: date, calendar: Calendar) -> tuple[datetime, datetime]:
    return calendar.local(day, time.min), calendar.local(day, time.max)


def _visit(row: RowMapping) -> Visit:
    return Visit(
        starts_at=row["starts_at"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        by_phone=row["by_phone"],
    )
