"""A planned appointment that somebody confirms, moves or calls off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update
from sqlalchemy.engine import RowMapping

from store.acts import Act, found, record
from store.agendas import lock_agenda, read_agendas
from store.announcements import Told, announce_move
from store.outcomes import Said, say, void_messages
from store.schema import appointments, cases, persons
from store.sets import insert_new
from tracks import keys
from tracks.agenda import Span
from tracks.calendar import Calendar
from tracks.errors import JalonError
from tracks.hours import read_hours
from tracks.refusals import why_not
from tracks.vocabulary import AppointmentStatus, NoticeProof

LONGEST = 200  # characters of a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Another:
    """The row of an appointment, and what it becomes: with whom, where, and when (UTC)."""

    old: RowMapping
    referent: int | None
    place: str
    starts_at: datetime


def same_but(old: RowMapping, *, starts_at: datetime) -> Another:
    return Another(old=old, referent=old["referent_id"], place=old["place"], starts_at=starts_at)


def confirm(connection: Connection, act: Act, *, appointment: int) -> None:
    """Somebody says that a doubtful appointment stands: it is announced and reminded like any other."""
    _planned(connection, act, appointment)
    connection.execute(update(appointments).where(appointments.c.id == appointment).values(confirmed_by=act.by))
    record(connection, act, kind="appointment_confirmed", subject=f"a{appointment}")


def cancel(connection: Connection, act: Act, *, appointment: int) -> Told:
    """Called off by the service; whoever knew of it is told, and the night will propose another."""
    _planned(connection, act, appointment)
    return say(connection, act, appointment=appointment, said=Said(status=AppointmentStatus.REVOKED, reason="service"))


def move(
    connection: Connection, act: Act, *, appointment: int, to: datetime, calendar: Calendar, despite: str | None = None
) -> int:
    """Replace a planned appointment by another of the same length at `to` (aware); the person is told. Its id.

    `despite`: why whoever signs wants it where the referent or the person is not there; it is kept with the
    appointment. JalonError: in the past, somebody is already booked then, or an hour that nobody can hold.
    """
    if despite and len(despite) > LONGEST:
        raise JalonError(f"--despite : {LONGEST} caractères au plus, sans rien dire de la santé.")
    to = to.astimezone(UTC)  # the keys of its messages say the instant as the nights will say it
    lock_agenda(connection, territory=act.territory, appointment=appointment)
    old = _planned(connection, act, appointment)
    if to <= act.at:
        raise JalonError("Un rendez-vous se déplace vers l'avenir : vérifiez --to.")
    ends_at = to + (old["ends_at"] - old["starts_at"])
    if to == old["starts_at"]:
        raise JalonError(f"Le rendez-vous a{appointment} est déjà à cette heure.")
    _refuse_overlap(connection, act, old, to, ends_at)
    if despite is None:
        _refuse_hours(connection, act, old, (to, ends_at), calendar)
    new = replaced(connection, act, [same_but(old, starts_at=to)])[appointment]
    if despite is not None:
        connection.execute(update(appointments).where(appointments.c.id == new).values(despite=despite))
    void_messages(connection, act, appointment=appointment)
    announce_move(connection, act, old, new=new, starts_at=to)
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


def _refuse_hours(connection: Connection, act: Act, old: RowMapping, span: Span, calendar: Calendar) -> None:
    """JalonError: every reason for which the referent or the person cannot be there, and how to do it all the same."""
    met = () if old["referent_id"] is None else (old["referent_id"],)
    agendas = read_agendas(connection, territory=act.territory, from_day=act.on, calendar=calendar, only=met)
    said = connection.scalar(
        select(persons.c.hours_impossible)
        .join(cases, cases.c.person_id == persons.c.id)
        .where(persons.c.territory == act.territory, cases.c.id == old["case_id"])
    )
    reasons = why_not(span, agendas.get(old["referent_id"]), read_hours(said or ""), calendar)
    if reasons:
        raise JalonError(
            f"Cette heure ne convient pas : {' ; '.join(reasons)}. Choisissez-en une autre ; si vous la voulez "
            "quand même, dites pourquoi avec --despite."
        )


def replaced(connection: Connection, act: Act, others: Sequence[Another]) -> dict[int, int]:
    """Each old appointment gives way to a new one as long, in the same chain; the new ids by the old ones."""
    by_key = {keys.moved(one.old["id"], one.starts_at): one for one in others}
    rows = [_row(act, one, key) for key, one in by_key.items()]
    a = appointments.c
    new = {by_key[row.key].old["id"]: row.id for row in insert_new(connection, appointments, rows, a.id, a.key)}
    if new:
        this = update(appointments).where(a.territory == act.territory, a.id == bindparam("old"))
        gone = this.values(status=AppointmentStatus.REVOKED, superseded_by=bindparam("new"))
        connection.execute(gone, [{"old": old, "new": id_} for old, id_ in new.items()])
    return new


def _row(act: Act, one: Another, key: str) -> dict[str, Any]:
    kept = ("territory", "case_id", "kind", "subject", "by_phone")
    return {name: one.old[name] for name in kept} | {
        "referent_id": one.referent,
        "place": one.place,
        "starts_at": one.starts_at,
        "ends_at": one.starts_at + (one.old["ends_at"] - one.old["starts_at"]),
        "status": AppointmentStatus.PLANNED,
        "created_by": f"person:{act.by}",
        "known_on": act.on,
        "notice_proof": NoticeProof.NONE,
        "notice_by_jalon": True,
        "confirmed_by": act.by,
        "first_id": one.old["first_id"] or one.old["id"],
        "moves": one.old["moves"] + 1,
        "key": key,
    }
