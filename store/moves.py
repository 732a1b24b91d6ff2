"""A planned appointment that somebody confirms, moves or calls off."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert, or_, select, update
from sqlalchemy.engine import RowMapping

from store.acts import Act, found, record
from store.cases import channels_of
from store.outcomes import Said, say, void_messages
from store.schema import appointments, cases, messages, persons
from tracks import keys
from tracks.errors import JalonError
from tracks.vocabulary import AppointmentStatus, Channel, MessageStatus, NoticeProof, RecipientKind, Template


def confirm(connection: Connection, act: Act, *, appointment: int) -> None:
    """Somebody says that a doubtful appointment stands: it is announced and reminded like any other."""
    _planned(connection, act, appointment)
    connection.execute(update(appointments).where(appointments.c.id == appointment).values(confirmed_by=act.by))
    record(connection, act, kind="appointment_confirmed", subject=f"a{appointment}")


def cancel(connection: Connection, act: Act, *, appointment: int) -> None:
    """Called off by the service; the night will propose another."""
    _planned(connection, act, appointment)
    say(connection, act, appointment=appointment, said=Said(status=AppointmentStatus.REVOKED, reason="service"))


def move(connection: Connection, act: Act, *, appointment: int, to: datetime) -> int:
    """Replace a planned appointment by another of the same length at `to` (aware); the person is told. Its id.

    JalonError: in the past, or somebody is already booked then.
    """
    to = to.astimezone(UTC)  # the keys of its messages say the instant as the nights will say it
    old = _planned(connection, act, appointment)
    if to <= act.at:
        raise JalonError("Un rendez-vous se déplace vers l'avenir : vérifiez --to.")
    ends_at = to + (old["ends_at"] - old["starts_at"])
    if to == old["starts_at"]:
        raise JalonError(f"Le rendez-vous a{appointment} est déjà à cette heure.")
    _refuse_overlap(connection, act, old, to, ends_at)
    new = _replace(connection, act, old, to, ends_at)
    void_messages(connection, act, appointment=appointment)
    _announce(connection, act, old, new, to)
    record(connection, act, kind="appointment_moved", subject=f"a{appointment}>a{new} {to.isoformat()}")
    return new


def _planned(connection: Connection, act: Act, appointment: int) -> RowMapping:
    row = found(connection, act, table=appointments, id=appointment, what=f"Rendez-vous a{appointment}")
    if row["status"] != AppointmentStatus.PLANNED or row["starts_at"] <= act.at:
        raise JalonError(
            f"Le rendez-vous a{appointment} n'est plus à venir. Ce qui s'est passé se note avec : "
            f"jalon outcome a{appointment}."
        )
    return row


def _refuse_overlap(connection: Connection, act: Act, old: RowMapping, starts_at: datetime, ends_at: datetime) -> None:
    taken = connection.scalar(
        select(appointments.c.id).where(
            appointments.c.territory == act.territory,
            appointments.c.id != old["id"],
            appointments.c.status == AppointmentStatus.PLANNED,
            or_(appointments.c.case_id == old["case_id"], appointments.c.referent_id == old["referent_id"]),
            appointments.c.starts_at < ends_at,
            appointments.c.ends_at > starts_at,
        )
    )
    if taken:
        raise JalonError(f"Le rendez-vous a{taken} occupe déjà cette heure. Choisissez-en une autre.")


def _replace(connection: Connection, act: Act, old: RowMapping, starts_at: datetime, ends_at: datetime) -> int:
    kept = ("territory", "case_id", "referent_id", "kind", "subject", "place", "by_phone")
    new: int = connection.execute(
        insert(appointments)
        .values(
            {name: old[name] for name in kept}
            | {
                "starts_at": starts_at,
                "ends_at": ends_at,
                "status": AppointmentStatus.PLANNED,
                "created_by": f"person:{act.by}",
                "known_on": act.on,
                "notice_proof": NoticeProof.NONE,
                "notice_by_jalon": True,
                "confirmed_by": act.by,
                "key": keys.moved(old["id"], starts_at),
            }
        )
        .returning(appointments.c.id)
    ).scalar_one()
    connection.execute(
        update(appointments)
        .where(appointments.c.id == old["id"])
        .values(status=AppointmentStatus.REVOKED, superseded_by=new)
    )
    return new


def _announce(connection: Connection, act: Act, old: RowMapping, new: int, starts_at: datetime) -> None:
    """The person is told once: under the key of the summons, so that the night does not announce it again."""
    person = connection.execute(
        select(persons).join(cases, cases.c.person_id == persons.c.id).where(cases.c.id == old["case_id"])
    ).one()
    channels = channels_of(person, unicode_email=False)
    if not channels:
        raise JalonError("Aucun moyen d'écrire à cette personne : prévenez-la, et notez son contact avant de déplacer.")
    connection.execute(
        insert(messages).values(
            territory=act.territory,
            case_id=old["case_id"],
            recipient_kind=RecipientKind.BENEFICIARY,
            recipient_id=person.id,
            channel=_fastest(channels, starts_at - act.at),
            template=Template.APPOINTMENT_MOVED,
            due_at=act.at,
            useful_until=starts_at,
            status=MessageStatus.PENDING,
            appointment_id=new,
            details={"old_starts_at": old["starts_at"].isoformat()},
            key=keys.convocation(new, starts_at),
            planned_on=act.on,
        )
    )


def _fastest(channels: tuple[Channel, ...], left: timedelta) -> Channel:
    """The person's own choice, unless a letter would come too late and another channel reaches them."""
    if left < timedelta(days=10):
        return next((channel for channel in channels if channel is not Channel.LETTER), channels[0])
    return channels[0]
