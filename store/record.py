"""Writes what a page of cases was decided: each kind in one set-based statement, all in the caller's transaction.

Counts are of rows really written: a key that exists is skipped, so a second night of the same day writes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, case, select, update

from store import schema as s
from store.journal import JournalEvent
from store.sets import insert_new
from tracks import keys
from tracks.actions import (
    Action,
    Ask,
    Because,
    CloseCase,
    CloseCheck,
    CloseQuestion,
    OpenCheck,
    OpenReview,
    Write,
)
from tracks.calendar import Calendar
from tracks.case import Case
from tracks.place import Placement
from tracks.vocabulary import (
    AppointmentStatus,
    MessageStatus,
    NotDoneReason,
    NoticeProof,
    RecipientKind,
    ReviewKind,
    ReviewStatus,
    Template,
)

A = TypeVar("A")

SENDS_FROM = time(9)  # R18: nothing reaches a person before; dispatch holds the whole window


@dataclass(frozen=True, slots=True)
class Recording:
    """What is the same for every page of a night. `now`: that day at 05:00 local, in UTC."""

    territory: str
    track: str
    run_id: int
    on: date
    now: datetime
    calendar: Calendar
    referents: Mapping[int, "Desk"]
    phone_place: str = "Par téléphone"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a referent receives people, and how a file is handed to them."""

    site: str
    email: str


@dataclass(slots=True)
class Page:
    """A page's cases, what was decided of them, and what writing it did."""

    cases: dict[int, Case]
    actions: list[Action]
    placements: Sequence[Placement] = ()
    written: Counter[str] = field(default_factory=Counter)
    events: list[JournalEvent] = field(default_factory=list)


def record(connection: Connection, recording: Recording, page: Page) -> None:
    """Write the page's consequences and note them in `page.written` and `page.events`; nothing is sent here."""
    new_appointments(connection, recording, page)
    new_messages(connection, recording, page, of(page, Write))
    new_questions(connection, recording, page)
    close_questions(connection, recording, page)
    new_checks(connection, recording, page)
    close_checks(connection, recording, page)
    new_reviews(connection, recording, page)
    close_cases(connection, recording, page)
    next_steps(connection, recording, page)


def of(page: Page, kind: type[A]) -> list[A]:
    return [action for action in page.actions if isinstance(action, kind)]


def note(recording: Recording, page: Page, kind: str, ids: Iterable[int | str], *, word: str | None = None) -> None:
    """Count rows written as `kind` and give each a line of the journal, by id only."""
    for id_ in ids:
        page.written[kind] += 1
        page.events.append(
            JournalEvent(at=recording.now, actor=f"run:{recording.run_id}", kind=kind, subject=f"{word or kind}:{id_}")
        )


def new_appointments(connection: Connection, recording: Recording, page: Page) -> None:
    """Appointments at the slots that `place` chose, and their summons."""
    placed = {key_of(placement): placement for placement in page.placements if placement.starts_at is not None}
    rows = [appointment_row(recording, key, placement) for key, placement in placed.items()]
    a = s.appointments.c
    inserted = insert_new(connection, s.appointments, rows, a.id, a.key, a.starts_at)
    note(recording, page, "appointment", [row.id for row in inserted])
    summons = [convocation_of(placed[row.key], row.id, row.starts_at, recording) for row in inserted]
    new_messages(connection, recording, page, summons)


def key_of(placement: Placement) -> str:
    return keys.appointment(placement.due.case, placement.due.kind, placement.due.number)


def appointment_row(recording: Recording, key: str, placement: Placement) -> dict[str, Any]:
    due = placement.due
    return {
        "territory": recording.territory,
        "case_id": due.case,
        "referent_id": placement.referent,
        "kind": due.kind.value,
        "subject": due.subject,
        "starts_at": placement.starts_at,
        "ends_at": placement.ends_at,
        "place": recording.phone_place if due.by_phone else recording.referents[placement.referent or 0].site,
        "by_phone": due.by_phone,
        "status": AppointmentStatus.PLANNED.value,
        "created_by": f"run:{recording.run_id}",
        "known_on": recording.on,
        "notice_proof": NoticeProof.NONE.value,
        "key": key,
    }


def convocation_of(placement: Placement, appointment_id: int, starts_at: datetime, recording: Recording) -> Write:
    due = placement.due
    return Write(
        case=due.case,
        because=due.because,
        template=Template.CONVOCATION,
        key=keys.convocation(appointment_id, starts_at),
        channel=due.channel,
        due_on=recording.on,
        useful_until=starts_at,
        appointment_id=appointment_id,
    )


def new_messages(connection: Connection, recording: Recording, page: Page, writes: Sequence[Write]) -> None:
    """Outbox rows; what came too late is recorded and will not leave."""
    rows = [message_row(recording, page, write) for write in writes]
    m = s.messages.c
    inserted = insert_new(connection, s.messages, rows, m.id, m.template, m.status)
    for row in inserted:
        late = row.status == MessageStatus.TOO_LATE.value
        note(recording, page, "too_late" if late else row.template, [row.id], word="message")


def message_row(recording: Recording, page: Page, write: Write) -> dict[str, Any]:
    day = write.due_on
    while not recording.calendar.may_be_written_to(day):
        day += timedelta(days=1)
    return {
        "territory": recording.territory,
        "case_id": write.case,
        "recipient_kind": RecipientKind.BENEFICIARY.value,
        "recipient_id": page.cases[write.case].person,
        "channel": write.channel.value,
        "template": write.template.value,
        "due_at": recording.calendar.local(day, SENDS_FROM),
        "useful_until": write.useful_until,
        "status": (MessageStatus.TOO_LATE if write.too_late else MessageStatus.PENDING).value,
        "not_sent_because": NotDoneReason.TOO_LATE.value if write.too_late else None,
        "appointment_id": write.appointment_id,
        "details": Because(rule="", sentence="", inputs=write.details, version="", reference="").plain_inputs(),
        "key": write.key,
        "planned_on": recording.on,
        "run_id": recording.run_id,
    }


def new_questions(connection: Connection, recording: Recording, page: Page) -> None:
    """What the night asks the referent, once."""
    rows = [
        {
            "territory": recording.territory,
            "case_id": ask.case,
            "referent_id": page.cases[ask.case].referent,
            "kind": ask.kind.value,
            "subject_id": ask.subject_id,
            "asked_on": recording.on,
            "coordinator_from": ask.coordinator_from,
            "why": ask.because.why,
            "policy_version": ask.because.version,
            "key": ask.key,
        }
        for ask in of(page, Ask)
        if ask.key not in page.cases[ask.case].asked
    ]
    q = s.questions.c
    for row in insert_new(connection, s.questions, rows, q.id, q.kind):
        kind = "outcome_request" if row.kind == "outcome" else f"ask_{row.kind}"
        note(recording, page, kind, [row.id], word="question")


def close_questions(connection: Connection, recording: Recording, page: Page) -> None:
    closing = [action.key for action in of(page, CloseQuestion)]
    if closing:
        q = s.questions.c
        statement = (
            update(s.questions)
            .where(q.territory == recording.territory, q.key.in_(closing), q.closed_on.is_(None))
            .values(closed_on=recording.on, closed_by=f"run:{recording.run_id}")
            .returning(q.id)
        )
        note(recording, page, "question_closed", connection.scalars(statement).all(), word="question")


def new_checks(connection: Connection, recording: Recording, page: Page) -> None:
    rows = [
        {
            "territory": recording.territory,
            "case_id": check.case,
            "precondition": check.precondition.value,
            "since": recording.on,
            "why": check.because.why,
            "policy_version": check.because.version,
        }
        for check in of(page, OpenCheck)
        if check.precondition not in page.cases[check.case].checks
    ]
    note(recording, page, "check", [row.id for row in insert_new(connection, s.checks, rows)])


def close_checks(connection: Connection, recording: Recording, page: Page) -> None:
    """A check closes by itself when the fact it waits for arrives."""
    k = s.checks.c
    closing = of(page, CloseCheck)
    by_precondition: dict[str, list[int]] = {}
    for action in closing:
        by_precondition.setdefault(action.precondition.value, []).append(action.case)
    for precondition, cases in sorted(by_precondition.items()):
        statement = (
            update(s.checks)
            .where(k.case_id.in_(cases), k.precondition == precondition, k.closed_on.is_(None))
            .values(closed_on=recording.on)
            .returning(k.id)
        )
        note(recording, page, "check_closed", connection.scalars(statement).all(), word="check")


def new_reviews(connection: Connection, recording: Recording, page: Page) -> None:
    """Files for people: a compliance one is a draft given to the referent; the machine writes nothing later (R8)."""
    opened = {f"case:{action.case}": action for action in of(page, OpenReview)}
    rows = [
        review_row(recording, subject, action, page.cases[action.case].referent) for subject, action in opened.items()
    ]
    r = s.reviews.c
    inserted = insert_new(connection, s.reviews, rows, r.id, r.subject)
    note(recording, page, "review", [row.id for row in inserted])
    pieces = [
        {
            "territory": recording.territory,
            "review_id": row.id,
            "kind": piece.kind,
            "subject_id": piece.subject_id,
            "note": piece.note,
        }
        for row in inserted
        for piece in opened[row.subject].evidence
    ]
    insert_new(connection, s.review_evidence, pieces)


def review_row(recording: Recording, subject: str, action: OpenReview, referent: int | None) -> dict[str, Any]:
    draft = action.kind is ReviewKind.COMPLIANCE
    return {
        "territory": recording.territory,
        "case_id": action.case,
        "referent_id": referent,
        "track": recording.track,
        "kind": action.kind.value,
        "subject": subject,
        "opened_on": recording.on,
        "status": (ReviewStatus.DRAFT if draft else ReviewStatus.OPEN).value,
        "reason": action.because.why,
        "rule": action.because.rule,
        "inputs": action.because.plain_inputs(),
        "policy_version": action.because.version,
        "legal_reference": action.because.reference,
        "deadline_on": action.deadline_on,
        "assigned_to": recording.referents[referent].email if referent else None,
    }


def close_cases(connection: Connection, recording: Recording, page: Page) -> None:
    """The end of a follow-up: the case closes, and what was still asked about it with it."""
    closing = {action.case: action.reason for action in of(page, CloseCase)}
    if not closing:
        return
    c, q, k = s.cases.c, s.questions.c, s.checks.c
    statement = (
        update(s.cases)
        .where(c.id.in_(closing), c.left_on.is_(None))
        .values(left_on=recording.on, exit_reason=case(closing, value=c.id), next_step=None)
        .returning(c.id)
    )
    closed = connection.scalars(statement).all()
    note(recording, page, "closure", closed, word="case")
    connection.execute(
        update(s.questions)
        .where(q.case_id.in_(closed), q.closed_on.is_(None))
        .values(closed_on=recording.on, closed_by=f"run:{recording.run_id}")
    )
    connection.execute(
        update(s.checks).where(k.case_id.in_(closed), k.closed_on.is_(None)).values(closed_on=recording.on)
    )


def next_steps(connection: Connection, recording: Recording, page: Page) -> None:
    """What comes next for each person, in one word and a day; written only where it changed."""
    closing = {action.case for action in of(page, CloseCase)}
    wanted = next_step_by_case(page, recording.calendar)
    changed = [
        {"case": id_, "step": wanted.get(id_)}
        for id_, case_ in page.cases.items()
        if id_ not in closing and wanted.get(id_) != case_.next_step
    ]
    if changed:
        statement = update(s.cases).where(s.cases.c.id == bindparam("case")).values(next_step=bindparam("step"))
        connection.execute(statement, changed)


def next_step_by_case(page: Page, calendar: Calendar) -> dict[int, str]:
    """Weakest first, so that the strongest word stays: a question, then an appointment, then a pause or a review."""
    steps: dict[int, str] = {}
    for ask in of(page, Ask):
        steps[ask.case] = f"question:{ask.kind.value}"
    for id_, case_ in page.cases.items():
        planned = [a for a in case_.appointments if a.status is AppointmentStatus.PLANNED]
        if planned:
            steps[id_] = f"appointment:{planned[0].day.isoformat()}"
    for placement in page.placements:
        if placement.starts_at is not None:
            steps[placement.due.case] = f"appointment:{calendar.day_of(placement.starts_at).isoformat()}"
    for review in of(page, OpenReview):
        steps[review.case] = "review"
    for id_, case_ in page.cases.items():
        if case_.reviews:
            steps[id_] = "review"
        if case_.pauses:
            steps[id_] = "pause"
    return steps


def read_desks(connection: Connection, territory: str) -> dict[int, Desk]:
    """The referents of the territory, by id."""
    r = s.referents.c
    found = connection.execute(select(r.id, r.site, r.email).where(r.territory == territory))
    return {row.id: Desk(site=row.site, email=row.email) for row in found}
