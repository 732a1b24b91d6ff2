"""What comes after a message that did not arrive: another channel while there is time, and a word to the referent."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Connection, Row, Select, and_, bindparam, literal_column, or_, select, update

from store import schema as s
from store.announcements import AT_LEAST
from store.cases import channels_of
from store.outbox import Pass
from store.sets import insert_new, insert_or_reopen
from tracks import keys
from tracks.vocabulary import (
    Channel,
    Failure,
    MessageStatus,
    NotDoneReason,
    QuestionKind,
    Template,
)

AT_ONCE = 1000
WORKING_DAYS = 3  # what the referent leaves longer is told to the coordinator
IN_A_CHANNEL = {Channel.SMS: "SMS", Channel.EMAIL: "courriel", Channel.LETTER: "lettre"}
CLOSED = literal_column("questions.closed_on IS NOT NULL", Boolean)

m, p = s.messages.c, s.persons.c


def follow_up(connection: Connection, this: Pass) -> int:
    """Look once at each message that failed, that a refusal voided, or that may not have left; how many leave anew.

    Only what is known not to have arrived goes by another channel: of the rest, people are told.
    """
    again = 0
    while rows := connection.execute(_statement(this)).all():
        chosen = {row.id: channel for row in rows if (channel := next_channel(row, this))}
        refused = [row for row in rows if row.status == MessageStatus.VOID]
        failed = [row for row in rows if row.status != MessageStatus.VOID]
        again += len(
            insert_new(connection, s.messages, [_anew(r, chosen[r.id], this) for r in failed if r.id in chosen])
        )
        again += _rechannel(connection, [(row.id, chosen[row.id]) for row in refused if row.id in chosen])
        _ask(connection, this, failed, chosen)
        done = update(s.messages).where(m.id.in_([row.id for row in rows]))
        connection.execute(done.values(followed_at=this.at))
    return again


def _statement(this: Pass) -> Select[Any]:
    """A page of them, each with its person and whether their case is still open. Locked: once each."""
    c = s.cases.c
    today = this.calendar.day_of(this.at)
    refused = and_(m.status == MessageStatus.VOID, m.not_sent_because == NotDoneReason.CHANNEL_REFUSED)
    contact = (p.email, p.email_to_check, p.mobile, p.address, p.postcode_city, p.preferred_channel, p.refused_channels)
    return (
        select(s.messages, *contact, c.referent_id, or_(c.left_on.is_(None), c.left_on > today).label("open"))
        .join(s.persons, p.id == m.recipient_id)
        .join(s.cases, c.id == m.case_id)
        .where(
            m.territory == this.territory,
            m.recipient_kind == "beneficiary",
            m.followed_at.is_(None),
            or_(m.status.in_((MessageStatus.FAILED, MessageStatus.UNKNOWN)), refused),
        )
        .order_by(m.id)
        .limit(AT_ONCE)
        .with_for_update(of=s.messages)
    )


def next_channel(row: Row[Any], this: Pass) -> Channel | None:
    """The next one that the person would have, among those not tried; a letter only when it still arrives in time, and
    never for a reminder. None: no more of use, not known to be lost, or nothing left."""
    known_lost = row.status == MessageStatus.VOID or (
        row.status == MessageStatus.FAILED and row.failure in (Failure.PERMANENT, Failure.TEMPORARY)
    )
    formal = row.template == Template.INVITATION_TO_REGULARISE
    if not known_lost or not row.open or formal or row.useful_until <= this.at:
        return None
    by_post = row.template != Template.REMINDER and this.at + AT_LEAST < row.useful_until
    return next(
        (
            channel
            for channel in channels_of(row, unicode_email=False)
            if channel not in tried(row) and (by_post or channel is not Channel.LETTER)
        ),
        None,
    )


def tried(row: Row[Any]) -> list[str]:
    return [*row.details.get("tried", ()), row.channel]


def _anew(row: Row[Any], channel: Channel, this: Pass) -> dict[str, Any]:
    """The same message by another channel; its key says which one it stands for."""
    kept = ("territory", "case_id", "recipient_kind", "recipient_id", "template", "useful_until", "appointment_id")
    return {name: row._mapping[name] for name in kept} | {
        "channel": channel.value,
        "due_at": this.at,
        "status": MessageStatus.PENDING.value,
        "details": {**row.details, "replaces": row.id, "tried": tried(row)},
        "key": keys.instead(row.key, channel),
        "planned_on": this.calendar.day_of(this.at),
    }


def _rechannel(connection: Connection, chosen: Sequence[tuple[int, Channel]]) -> int:
    """Nothing of it ever left: the row itself takes the next channel, so that no night writes it a second time."""
    if chosen:
        values = {"channel": bindparam("by"), "status": MessageStatus.PENDING, "not_sent_because": None}
        moved = update(s.messages).where(m.id == bindparam("row")).values(values)
        connection.execute(moved, [{"row": id_, "by": channel.value} for id_, channel in chosen])
    return len(chosen)


def _ask(connection: Connection, this: Pass, rows: Sequence[Row[Any]], chosen: dict[int, Channel]) -> None:
    """« Coordonnées à vérifier », one open question a case and channel, whatever the number of messages."""
    today, q = this.calendar.day_of(this.at), s.questions.c
    asked = {}
    for row in rows:
        if row.open and row.not_sent_because != "unwritable":
            key = keys.question(QuestionKind.CONTACT, row.case_id, row.channel)
            asked[key] = {
                "territory": this.territory,
                "case_id": row.case_id,
                "referent_id": row.referent_id,
                "kind": QuestionKind.CONTACT.value,
                "asked_on": today,
                "coordinator_from": this.calendar.add_working_days(today, WORKING_DAYS),
                "why": why(row, chosen.get(row.id)),
                "policy_version": "",
                "key": key,
            }
    again = ("referent_id", "asked_on", "coordinator_from", "why", "policy_version")
    blank = ("closed_on", "closed_by")
    insert_or_reopen(connection, s.questions, list(asked.values()), q.id, again=again, blank=blank, where=CLOSED)


def why(row: Row[Any], channel: Channel | None) -> str:
    """What happened, for the referent; no address."""
    by = IN_A_CHANNEL[Channel(row.channel)]
    if row.status == MessageStatus.UNKNOWN:
        return f"Coordonnées à vérifier : on ne sait pas si notre envoi par {by} est parti ; il n'est pas refait."
    then = f" ; renvoyé par {IN_A_CHANNEL[channel]}" if channel else ""
    if row.not_sent_because == NotDoneReason.NO_CONTACT:
        return f"Coordonnées à vérifier : pas d'adresse sûre pour un envoi par {by}{then}."
    what = {
        Failure.PERMANENT: f"envoi par {by} refusé ou revenu",
        Failure.TEMPORARY: f"envoi par {by} non remis",
        Failure.NO_RECEIPT: f"rien ne dit que notre envoi par {by} est arrivé",
    }[Failure(row.failure or Failure.TEMPORARY)]
    return f"Coordonnées à vérifier : {what}{then}."
