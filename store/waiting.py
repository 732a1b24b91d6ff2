"""What waits for a referent's answer: the questions left open, the files to prepare."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, exists, select

from store import schema as s
from store.digests import open_questions, open_reviews
from tracks.calendar import Calendar
from tracks.vocabulary import MessageStatus, QuestionKind, ReviewKind, SignalKind, Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question left open. `starts_at`: of its appointment; `written_on`: when we asked the person why; `replied`:
    they answered since."""

    kind: QuestionKind
    first_name: str
    last_name: str
    why: str
    about: bool  # it is about a row of ours, not about a reply to read
    starts_at: datetime | None
    written_on: date | None
    replied: bool
    label: str | None
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A review to work on."""

    id: int
    kind: ReviewKind
    first_name: str
    last_name: str
    deadline_on: date | None


def read_asked(
    connection: Connection, *, territory: str, today: date, referents: Collection[int], calendar: Calendar
) -> defaultdict[int, list[Asked]]:
    """referent → the questions asked of them and still open, oldest first."""
    found: defaultdict[int, list[Asked]] = defaultdict(list)
    q, c, p, a, msg = s.questions.c, s.cases.c, s.persons.c, s.appointments.c, s.messages.c
    about_appointment = q.kind.in_((QuestionKind.OUTCOME, QuestionKind.QUALIFY, QuestionKind.FOLLOW_UP))
    written = and_(
        msg.appointment_id == a.id,
        msg.template == Template.REASON_REQUEST,
        msg.status.in_((MessageStatus.SENT, MessageStatus.DELIVERED)),
    )
    g = s.signals.c
    replied = exists().where(
        g.case_id == q.case_id, g.kind == SignalKind.REPLY, g.happened_on >= msg.planned_on, g.happened_on <= today
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
            replied.label("replied"),
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
        .where(open_questions(territory, today), c.referent_id.in_(referents))
        .order_by(q.asked_on, a.starts_at, action.due_on, contract.ends_on, q.id)
    )
    for row in rows:
        found[row.referent_id].append(
            Asked(
                kind=QuestionKind(row.kind),
                first_name=row.first_name,
                last_name=row.last_name,
                why=row.why,
                about=row.subject_id is not None,
                starts_at=row.starts_at,
                written_on=calendar.day_of(row.sent_at) if row.sent_at else None,
                replied=row.replied,
                label=row.label,
                until=row.due_on or row.ends_on,
            )
        )
    return found


def read_files(connection: Connection, *, territory: str, referents: Collection[int]) -> defaultdict[int, list[File]]:
    """referent → the open reviews of the people they follow, the nearest deadline first."""
    found: defaultdict[int, list[File]] = defaultdict(list)
    r, c, p = s.reviews.c, s.cases.c, s.persons.c
    rows = connection.execute(
        select(c.referent_id, r.id, r.kind, r.deadline_on, p.first_name, p.last_name)
        .join(s.cases, c.id == r.case_id)
        .join(s.persons, p.id == c.person_id)
        .where(open_reviews(territory), c.referent_id.in_(referents))
        .order_by(r.deadline_on, r.id)
    )
    for referent, id_, kind, deadline_on, first_name, last_name in rows:
        found[referent].append(
            File(id=id_, kind=ReviewKind(kind), first_name=first_name, last_name=last_name, deadline_on=deadline_on)
        )
    return found
