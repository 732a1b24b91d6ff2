"""What a sent message proves: the notice of an appointment, the letter whose receipt is awaited."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, exists, select, update

from store import schema as s
from store.due import Due
from store.sets import insert_new
from tracks.vocabulary import Channel, MessageStatus, NoticeProof, Template

SUMMONS = (Template.CONVOCATION, Template.APPOINTMENT_MOVED)


def record_notices(
    connection: Connection, *, day: date, notices: Mapping[tuple[Channel, NoticeProof], Sequence[int]]
) -> None:
    """`notices`: channel and proof → the appointments concerned. `day`: the local day on which the summons left."""
    _lock(connection, notices)
    for (channel, proof), appointments in notices.items():
        connection.execute(
            update(s.appointments)
            .where(s.appointments.c.id.in_(appointments))
            .values(notice_sent_on=day, notice_channel=channel, notice_proof=proof, notice_by_jalon=True)
        )


def record_proofs(connection: Connection, proofs: Mapping[tuple[Channel, NoticeProof], Sequence[int]]) -> None:
    """What became of summons known to have left: channel and proof → the appointments. One that was announced again by
    another channel since keeps what that one proves."""
    _lock(connection, proofs)
    a = s.appointments.c
    for (channel, proof), appointments in proofs.items():
        connection.execute(
            update(s.appointments)
            .where(a.id.in_(appointments), a.notice_by_jalon, a.notice_channel == channel)
            .values(notice_proof=proof)
        )


def _lock(connection: Connection, which: Mapping[tuple[Channel, NoticeProof], Sequence[int]]) -> None:
    """All of them at once and in their order: two lanes write of the same appointments, each in groups of its own."""
    ids = [id_ for appointments in which.values() for id_ in appointments]
    if len(ids) > 1 and connection.dialect.name == "postgresql":
        a = s.appointments.c
        connection.execute(select(a.id).where(a.id.in_(ids)).order_by(a.id).with_for_update(key_share=True)).all()


def confirm_unbounced(connection: Connection, *, territory: str, channel: Channel, sent_until: date) -> None:
    """A summons accepted by `channel` on `sent_until` or before, and not refused since, counts as delivered.

    What somebody is writing at this moment is left to the next pass: they may be waiting for rows of ours.
    """
    a, msg = s.appointments.c, s.messages.c
    accepted = exists().where(
        msg.appointment_id == a.id,
        msg.channel == channel,
        msg.status.in_((MessageStatus.SENT, MessageStatus.DELIVERED)),
    )
    silent = select(a.id).where(
        a.territory == territory,
        a.notice_by_jalon,
        a.notice_channel == channel,
        a.notice_proof == NoticeProof.NONE,
        a.notice_sent_on <= sent_until,
        accepted,
    )
    free = silent.with_for_update(skip_locked=True, key_share=True)
    connection.execute(update(s.appointments).where(a.id.in_(free)).values(notice_proof=NoticeProof.DELIVERED))


def record_letters(connection: Connection, *, territory: str, day: date, letters: Sequence[Due]) -> None:
    """The invitations to regularise that left on `day`; their *date certaine* arrives by the county's import."""
    insert_new(
        connection,
        s.letters,
        [
            {
                "territory": territory,
                "person_id": due.person_id,
                "kind": due.template.value,
                "sent_on": day,
                "channel": "lettre",
                "delay_days": due.details["delay_days"],
                "message_key": due.key,
            }
            for due in letters
        ],
    )
