"""What a referent's morning message says, read for all of its readers at once in a handful of queries."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Connection, and_, or_, select
from sqlalchemy.engine import RowMapping

from store import schema as s
from store.agendas import read_cannot_stand
from store.digests import open_questions, open_reviews
from tracks.calendar import Calendar
from tracks.vocabulary import AppointmentKind, AppointmentStatus, MessageStatus, QuestionKind, ReviewKind, Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question left open. `starts_at`: of its appointment; `written_on`: when we asked the person why."""

    kind: QuestionKind
    first_name: str
    last_name: str
    why: str
    about: bool  # it is about a row of ours, not about a reply to read
    starts_at: datetime | None
    written_on: date | None
    label: str | None
    until: date | None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A review to work on."""

    id: int
    kind: ReviewKind
    first_name: str
    last_name: str
    deadline_on: date | None


@dataclass(slots=True)
class Morning:
    asked: list[Asked] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    doubtful: list[Visit] = field(default_factory=list)
    new: list[Visit] = field(default_factory=list)
    tomorrow: list[Visit | Session] = field(default_factory=list)

    def is_empty(self) -> bool:
        return not (self.asked or self.files or self.doubtful or self.new or self.tomorrow)


@dataclass(frozen=True, slots=True)
class Days:
    """`today` as a working day sees it: the first day since the last message, and the next working day."""

    today: date
    since: date
    next: date

    @classmethod
    def of(cls, today: date, calendar: Calendar) -> "Days":
        before = today - timedelta(days=1)
        while not calendar.is_working(before):
            before -= timedelta(days=1)
        return cls(today, before + timedelta(days=1), calendar.next_working(today + timedelta(days=1)))


def read_mornings(
    connection: Connection, *, territory: str, today: date, referents: Collection[int], calendar: Calendar
) -> dict[int, Morning]:
    """referent → their morning, for every one of `referents`."""
    found: defaultdict[int, Morning] = defaultdict(Morning)
    if not referents:
        return found
    days = Days.of(today, calendar)
    _read_asked(connection, territory, days, referents, calendar, found)
    _read_files(connection, territory, referents, found)
    _read_agenda(connection, territory, days, referents, calendar, found)
    return found


def _read_asked(
    connection: Connection,
    territory: str,
    days: Days,
    referents: Collection[int],
    calendar: Calendar,
    found: defaultdict[int, Morning],
) -> None:
    q, c, p, a, msg = s.questions.c, s.cases.c, s.persons.c, s.appointments.c, s.messages.c
    about_appointment = q.kind.in_((QuestionKind.OUTCOME, QuestionKind.QUALIFY, QuestionKind.FOLLOW_UP))
    written = and_(
        msg.appointment_id == a.id,
        msg.template == Template.REASON_REQUEST,
        msg.status.in_((MessageStatus.SENT, MessageStatus.DELIVERED)),
    )
    action, contract = s.prescribed_actions.c, s.contracts.c
    rows = connection.execute(
        select(
            c.referent_id,
            q.kind,
            q.why,
            q.subject_id,
            p.first_name,
            p.last_name,
            a.starts_at,
            msg.sent_at,
            action.label,
            action.due_on,
            contract.ends_on,
        )
        .select_from(s.questions)
        .join(s.cases, c.id == q.case_id)
        .join(s.persons, p.id == c.person_id)
        .outerjoin(s.appointments, and_(about_appointment, a.id == q.subject_id))
        .outerjoin(s.messages, written)
        .outerjoin(s.prescribed_actions, and_(q.kind == QuestionKind.ACTION, action.id == q.subject_id))
        .outerjoin(s.contracts, and_(q.kind == QuestionKind.RENEW_CONTRACT, contract.id == q.subject_id))
        .where(open_questions(territory, days.today), c.referent_id.in_(referents))
        .order_by(q.asked_on, a.starts_at, action.due_on, contract.ends_on, q.id)
    )
    for row in rows:
        found[row.referent_id].asked.append(
            Asked(
                kind=QuestionKind(row.kind),
                first_name=row.first_name,
                last_name=row.last_name,
                why=row.why,
                about=row.subject_id is not None,
                starts_at=row.starts_at,
                written_on=calendar.day_of(row.sent_at) if row.sent_at else None,
                label=row.label,
                until=row.due_on or row.ends_on,
            )
        )


def _read_files(
    connection: Connection, territory: str, referents: Collection[int], found: defaultdict[int, Morning]
) -> None:
    r, c, p = s.reviews.c, s.cases.c, s.persons.c
    rows = connection.execute(
        select(c.referent_id, r.id, r.kind, r.deadline_on, p.first_name, p.last_name)
        .join(s.cases, c.id == r.case_id)
        .join(s.persons, p.id == c.person_id)
        .where(open_reviews(territory), c.referent_id.in_(referents))
        .order_by(r.deadline_on, r.id)
    )
    for referent, id_, kind, deadline_on, first_name, last_name in rows:
        found[referent].files.append(
            File(id=id_, kind=ReviewKind(kind), first_name=first_name, last_name=last_name, deadline_on=deadline_on)
        )


def _read_agenda(
    connection: Connection,
    territory: str,
    days: Days,
    referents: Collection[int],
    calendar: Calendar,
    found: defaultdict[int, Morning],
) -> None:
    """New appointments, those that cannot stand, and the next working day."""
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
        morning = found[row["referent_id"]]
        if row["ours"] and row["known_on"] >= days.since:
            morning.new.append(_visit(row))
        if row["id"] in doubtful:
            morning.doubtful.append(_visit(row))
        if not opens <= row["starts_at"] <= closes:
            continue
        if row["kind"] == AppointmentKind.COLLECTIVE:
            expected[row["referent_id"], row["starts_at"], row["subject"]] += 1
        else:
            morning.tomorrow.append(_visit(row))
    for key in _sessions(connection, territory, referents, opens, closes):
        expected[key] += 0
    for (referent, starts_at, subject), count in expected.items():
        found[referent].tomorrow.append(Session(starts_at=starts_at, subject=subject, expected=count))
    for morning in found.values():
        morning.tomorrow.sort(key=lambda item: item.starts_at)


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
