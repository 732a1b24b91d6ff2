"""A person chooses another hour for their appointment, by their link: what is offered, and the choice, made once."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, or_, select
from sqlalchemy.engine import RowMapping

from store.acts import Act, close_questions, record
from store.agendas import lock_agenda, read_agendas
from store.announcements import announce_move
from store.answers import OvertakenError
from store.links import Link
from store.moves import replaced, same_but
from store.outcomes import void_messages
from store.passes import release_lease, take_lease
from store.schema import answers, appointments, cases, pauses, persons, questions, signals
from store.sets import insert_new
from tracks import keys
from tracks.agenda import Agenda
from tracks.calendar import Calendar
from tracks.errors import JalonError
from tracks.hours import read_hours
from tracks.openings import Wanted, admits, openings
from tracks.vocabulary import AnswerKind, AppointmentKind, AppointmentStatus, QuestionKind

NIGHT, MINUTES = "night", 1  # the lease of the nights: whoever places, places alone


class TakenError(JalonError):
    """The hour was free when the page was read, and is not any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the county's policy says: `earliest`, the first day that respects the notice; `window_days`, how far beyond
    the day of the appointment; `moves`, how often one appointment may be moved so."""

    earliest: date
    window_days: int
    moves: int
    calendar: Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An appointment that can move, what is sought for it, and the week of its referent."""

    old: RowMapping
    wanted: Wanted
    agenda: Agenda


def read_openings(connection: Connection, link: Link, terms: Terms, *, at: datetime) -> tuple[datetime, ...]:
    """The hours (UTC) to choose among; empty where nothing can be chosen. Reads only."""
    offer = _offer(connection, link, terms, at=at)
    return openings(offer.wanted, offer.agenda, terms.calendar) if offer else ()


def choose(connection: Connection, act: Act, link: Link, terms: Terms, *, to: datetime) -> int:
    """Put the appointment of `link` at `to` (aware), in the same chain; the person is written to. Its id.

    OvertakenError: nothing can be chosen for it any more. TakenError: somebody has that hour, or a night is placing.
    """
    to = to.astimezone(UTC)  # the keys of its messages say the instant as the nights will say it
    mine = {"territory": act.territory, "name": NIGHT, "holder": f"choice:{link.id}"}
    # Taken and given back in one transaction: nobody sees it, and two choices come one after the other.
    if not take_lease(connection, **mine, now=act.at, minutes=MINUTES):
        raise TakenError("Une nuit est en train de placer les rendez-vous de ce territoire.")
    if link.appointment_id is not None:
        lock_agenda(connection, territory=act.territory, appointment=link.appointment_id)
    offer = _offer(connection, link, terms, at=act.at)
    if offer is None:
        raise OvertakenError("Ce rendez-vous ne peut plus être déplacé par la personne.")
    if not admits(offer.wanted, offer.agenda, terms.calendar, to):
        raise TakenError("Cette heure vient d'être prise.")
    old = offer.old
    new = replaced(connection, act, [same_but(old, starts_at=to)])[old["id"]]
    void_messages(connection, act, appointment=old["id"])
    announce_move(connection, act, old, new=new, starts_at=to, read=True)
    _say(connection, act, link, old, to)
    _close_wishes(connection, act, old)
    record(connection, act, kind="appointment_chosen", subject=f"a{old['id']}>a{new} {to.isoformat()}")
    release_lease(connection, **mine)
    return new


def _offer(connection: Connection, link: Link, terms: Terms, *, at: datetime) -> Offer | None:
    """None: over, replaced, a session, with nobody, already moved as often as may be, or a case that was left."""
    a, c, p = appointments.c, cases.c, persons.c
    found = connection.execute(
        select(appointments, c.person_id, c.left_on, p.hours_impossible, p.hours_wished)
        .join(cases, c.id == a.case_id)
        .join(persons, p.id == c.person_id)
        .where(a.id == link.appointment_id, p.id == link.person_id)
    )
    old = found.mappings().first()
    if old is None or old["referent_id"] is None or old["kind"] != AppointmentKind.INDIVIDUAL:
        return None
    stands = old["status"] == AppointmentStatus.PLANNED and old["superseded_by"] is None and at < old["starts_at"]
    if not stands or old["moves"] >= terms.moves:
        return None
    day = terms.calendar.day_of(old["starts_at"])
    first_day = terms.calendar.next_working(terms.earliest)
    last_day = max(day, first_day) + timedelta(days=terms.window_days)
    if old["left_on"] is not None:
        last_day = min(last_day, old["left_on"] - timedelta(days=1))
    today = terms.calendar.day_of(at)
    weeks = read_agendas(
        connection, territory=old["territory"], from_day=today, calendar=terms.calendar, only=old["referent_id"]
    )
    wanted = Wanted(
        first_day=first_day,
        last_day=last_day,
        target=day,
        minutes=(old["ends_at"] - old["starts_at"]) // timedelta(minutes=1),
        impossible=read_hours(old["hours_impossible"]),
        wished=read_hours(old["hours_wished"]),
        engaged=_expected_at(connection, old, from_=terms.calendar.local(today, time.min)),
        away=_paused(connection, old, from_day=today),
    )
    return Offer(old=old, wanted=wanted, agenda=weeks[old["referent_id"]])


def _expected_at(connection: Connection, old: RowMapping, *, from_: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """Everything else that the person is expected at, whatever the track."""
    a = appointments.c
    rows = connection.execute(
        select(a.starts_at, a.ends_at)
        .join(cases, cases.c.id == a.case_id)
        .where(
            a.territory == old["territory"],
            cases.c.person_id == old["person_id"],
            a.status == AppointmentStatus.PLANNED,
            a.superseded_by.is_(None),
            a.ends_at > from_,
        )
    )
    return tuple((row.starts_at, row.ends_at) for row in rows)


def _paused(connection: Connection, old: RowMapping, *, from_day: date) -> tuple[tuple[date, date], ...]:
    pa = pauses.c
    rows = connection.execute(
        select(pa.first_day, pa.last_day).where(
            pa.territory == old["territory"],
            pa.person_id == old["person_id"],
            or_(pa.last_day.is_(None), pa.last_day >= from_day),
        )
    )
    return tuple((row.first_day, row.last_day or date.max) for row in rows)


def _say(connection: Connection, act: Act, link: Link, old: RowMapping, to: datetime) -> None:
    """The answer, for the referent's morning: it asks them for nothing."""
    row = {
        "territory": act.territory,
        "person_id": link.person_id,
        "case_id": old["case_id"],
        "link_id": link.id,
        "appointment_id": old["id"],
        "kind": AnswerKind.CHOSEN.value,
        "wishes": to.isoformat(),
        "given_at": act.at,
        "key": keys.answer(AnswerKind.CHOSEN, f"a{old['id']}", to.isoformat()),
    }
    insert_new(connection, answers, [row])


def _close_wishes(connection: Connection, act: Act, old: RowMapping) -> None:
    """« Voudrait un autre moment », said before of the same appointment: it is found. What they wrote is still read."""
    n = answers.c
    asked = connection.scalars(
        select(n.id).where(
            n.territory == act.territory,
            n.appointment_id == old["id"],
            n.kind == AnswerKind.ANOTHER_TIME,
            n.note.is_(None),
        )
    )
    replies = [keys.reply(number) for number in asked]
    if not replies:
        return
    signs = connection.execute(
        select(signals.c.id, signals.c.case_id).where(signals.c.territory == act.territory, signals.c.key.in_(replies))
    )
    found = [keys.question(QuestionKind.QUALIFY, sign.case_id, f"reply:{sign.id}") for sign in signs]
    close_questions(connection, act, questions.c.key.in_(found))
