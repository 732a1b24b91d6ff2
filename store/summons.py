"""Writes appointments at their slots and the messages of a page, each in one set-based statement."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Connection, literal_column

from store import schema as s
from store.page import Page, Recording, note
from store.sets import insert_new, insert_or_reopen
from tracks import keys
from tracks.actions import (
    Because,
    Write,
)
from tracks.place import Placement
from tracks.vocabulary import (
    AppointmentStatus,
    MessageStatus,
    NotDoneReason,
    NoticeProof,
    RecipientKind,
    Template,
)

BY_HAND = "by_hand"  # what `not_sent_because` says of a row that a person has dropped
SENDS_FROM = time(9)  # R18: nothing reaches a person before; dispatch holds the whole window


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
    rows = {write.key: message_row(recording, page, write) for write in writes}
    m = s.messages.c
    inserted = insert_or_reopen(
        connection,
        s.messages,
        list(rows.values()),
        m.id,
        m.template,
        m.status,
        again=("case_id", "channel", "due_at", "useful_until", "status", "details", "planned_on", "run_id"),
        blank=("not_sent_because", "failure", "followed_at"),
        where=to_write_anew(),
    )
    for row in inserted:
        late = row.status == MessageStatus.TOO_LATE.value
        note(recording, page, "too_late" if late else row.template, [row.id], word="message")


def to_write_anew() -> ColumnElement[bool]:
    """What was dropped because the world had changed, and an invitation that never left, are written again once they
    are due again; what a person dropped by hand, never. No bound value: see `insert_or_reopen`."""
    m = s.messages.c
    dropped = f"{m.status} = '{MessageStatus.VOID}' AND coalesce({m.not_sent_because}, '') <> '{BY_HAND}'"
    never_left = f"{m.status} = '{MessageStatus.TOO_LATE}' AND {m.template} = '{Template.INVITATION_TO_REGULARISE}'"
    return literal_column(f"({dropped} OR {never_left})", Boolean)


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
