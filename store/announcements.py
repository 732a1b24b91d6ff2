"""What the person is told when an appointment that they know of changes: it moves, or it will not take place."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.engine import RowMapping

from store.acts import Act
from store.cases import channels_of
from store.schema import cases, messages, persons
from store.sets import insert_new
from tracks import keys
from tracks.errors import JalonError
from tracks.vocabulary import AppointmentStatus, Channel, MessageStatus, RecipientKind, Template

OFF = (AppointmentStatus.EXCUSED, AppointmentStatus.REVOKED)
KNOWN = (MessageStatus.SENDING, MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.UNKNOWN)
BY_POST = timedelta(days=10)  # what a letter needs to be of use, when something faster reaches the person
AT_LEAST = timedelta(days=4)  # and when nothing else does


class Told(StrEnum):
    """Whether the person hears of it from us."""

    NOTHING_TO_SAY = "nothing_to_say"  # they never knew of it, or it is over
    WILL_BE = "will_be"
    BY_NO_CHANNEL = "by_no_channel"  # somebody has to call


def announce_move(
    connection: Connection, act: Act, old: RowMapping, *, new: int, starts_at: datetime, read: bool = False
) -> None:
    """The person is told once: under the key of the summons, so that the night does not announce it again.

    `read`: they have it before their eyes, and a message is only what they keep of it. JalonError: else, nothing
    reaches them.
    """
    person = _person(connection, old["case_id"])
    channels = channels_of(person, unicode_email=False)
    if not channels and read:
        return
    if not channels:
        raise JalonError("Aucun moyen d'écrire à cette personne : prévenez-la, et notez son contact avant de déplacer.")
    row = {
        "channel": _fastest(channels, starts_at - act.at),
        "template": Template.APPOINTMENT_MOVED,
        "useful_until": starts_at,
        "appointment_id": new,
        "details": {"old_starts_at": old["starts_at"].isoformat()},
        "key": keys.convocation(new, starts_at),
    }
    _plan(connection, act, old["case_id"], person.id, row)


def announce_end(connection: Connection, act: Act, row: RowMapping, status: AppointmentStatus) -> Told:
    """An appointment still to come, as its row was, will not take place: whoever was told of it is told so.

    Never after its hour, so that nobody who did not come reads that it was called off.
    """
    if status not in OFF or row["status"] != AppointmentStatus.PLANNED:
        return Told.NOTHING_TO_SAY
    believed = _believed(connection, row)
    if believed is None or believed <= act.at:
        return Told.NOTHING_TO_SAY
    person = _person(connection, row["case_id"])
    left = believed - act.at
    channels = [
        channel
        for channel in channels_of(person, unicode_email=False)
        if channel is not Channel.LETTER or left >= AT_LEAST
    ]
    if not channels:
        return Told.BY_NO_CHANNEL
    message = {
        "channel": _fastest(tuple(channels), left),
        "template": Template.APPOINTMENT_CANCELLED,
        "useful_until": believed,
        "appointment_id": row["id"],
        "details": {"starts_at": believed.isoformat()},
        "key": keys.cancelled(row["id"]),
    }
    _plan(connection, act, row["case_id"], person.id, message)
    return Told.WILL_BE


def _believed(connection: Connection, row: RowMapping) -> datetime | None:
    """The hour at which the person thinks that they are expected; None: nobody told them anything.

    Where the news of a move has not left yet, it is still the old hour.
    """
    m = messages.c
    said = connection.execute(
        select(m.template, m.status, m.details)
        .where(
            m.appointment_id == row["id"],
            m.template.in_((Template.CONVOCATION, Template.APPOINTMENT_MOVED)),
        )
        .order_by(m.id.desc())
    ).all()
    if row["notice_sent_on"] is not None or any(message.status in KNOWN for message in said):
        starts_at: datetime = row["starts_at"]
        return starts_at
    moved = [message.details for message in said if message.template == Template.APPOINTMENT_MOVED]
    return datetime.fromisoformat(moved[0]["old_starts_at"]) if moved else None


def _person(connection: Connection, case: int) -> Row[Any]:
    return connection.execute(
        select(persons).join(cases, cases.c.person_id == persons.c.id).where(cases.c.id == case)
    ).one()


def _plan(connection: Connection, act: Act, case: int, person: int, row: dict[str, Any]) -> None:
    common = {
        "territory": act.territory,
        "case_id": case,
        "recipient_kind": RecipientKind.BENEFICIARY,
        "recipient_id": person,
        "due_at": act.at,
        "status": MessageStatus.PENDING,
        "planned_on": act.on,
    }
    insert_new(connection, messages, [common | row])


def _fastest(channels: tuple[Channel, ...], left: timedelta) -> Channel:
    """The person's own choice, unless a letter would come too late and another channel reaches them."""
    if left < BY_POST:
        return next((channel for channel in channels if channel is not Channel.LETTER), channels[0])
    return channels[0]
