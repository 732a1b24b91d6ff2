"""A referent's caseload passes to others: read whole, shared by `tracks.handover`, written in a dozen statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, func, select, update

from store import journal
from store import schema as s
from store.acts import CHAIN, Act
from store.agendas import read_agendas
from store.cases import channels_of
from store.moves import Another, replaced
from store.sets import insert_new
from tracks import keys
from tracks.agenda import Planned
from tracks.calendar import Calendar
from tracks.errors import JalonError
from tracks.handover import Followed, Handed, Kept, Taker, hand_over
from tracks.vocabulary import (
    AppointmentKind,
    AppointmentStatus,
    Channel,
    MessageStatus,
    RecipientKind,
    ReviewKind,
    Template,
)

WAITING = (MessageStatus.PENDING, MessageStatus.HELD)
USEFUL = timedelta(days=14)  # a new name is worth a message that long


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """`leaving` and the takers are referents' ids; `sessions`: those that the one who leaves was to lead."""

    leaving: int
    site: str  # of the one who leaves: what was to take place there takes place where the new one works
    from_day: date
    takers: Mapping[int, Taker]
    handed: tuple[Handed, ...]
    sessions: tuple[int, ...]

    def of(self, taker: int) -> list[Handed]:
        return [handed for handed in self.handed if handed.to == taker]

    def place(self, handed: Handed, place: str) -> str:
        return self.takers[handed.to].agenda.site if place == self.site else place

    def appointments(self) -> list[tuple[Handed, Kept]]:
        return [(handed, kept) for handed in self.handed for kept in handed.appointments]


def referent_named(connection: Connection, *, territory: str, email: str) -> Row[Any]:
    """The referent of that e-mail address. JalonError: nobody."""
    r = s.referents.c
    which = (r.territory == territory) & (func.lower(r.email) == email.strip().lower())
    row = connection.execute(select(s.referents).where(which)).first()
    if row is None:
        raise JalonError(f"Aucun référent à l'adresse « {email} » dans ce territoire. Vérifiez avec « jalon export ».")
    return row


def plan_handover(
    connection: Connection,
    act: Act,
    *,
    leaving: int,
    takers: Sequence[int],
    from_day: date,
    notice_days: int,
    calendar: Calendar,
    case: int | None = None,
) -> Handover:
    """Who would take whom, from the local day `from_day` on; one `case` alone where it is named. Reads only.

    JalonError: one who takes from themself.
    """
    if leaving in takers:
        raise JalonError("Un référent ne reprend pas ses propres dossiers : nommez-en d'autres.")
    agendas = read_agendas(connection, territory=act.territory, from_day=act.on, calendar=calendar)
    people = {number: _taker(connection, act, number, agendas[number]) for number in takers}
    since = max(act.at, calendar.local(from_day, time.min))
    earliest = max(from_day, calendar.add_working_days(act.on, notice_days))
    site = agendas[leaving].site
    followed = _followed(connection, act, leaving, since, site=site, case=case)
    handed = hand_over(followed, people, earliest=earliest, calendar=calendar)
    x = s.sessions.c
    led = select(x.id).where(x.territory == act.territory, x.referent_id == leaving, x.starts_at >= since)
    sessions = tuple(connection.scalars(led.order_by(x.starts_at))) if case is None else ()
    return Handover(leaving=leaving, site=site, from_day=from_day, takers=people, handed=handed, sessions=sessions)


def _taker(connection: Connection, act: Act, number: int, agenda: Any) -> Taker:
    c, r = s.cases.c, s.referents.c
    theirs = (c.territory == act.territory) & (c.referent_id == number) & c.left_on.is_(None)
    cases = connection.scalar(select(func.count()).select_from(s.cases).where(theirs)) or 0
    capacity = connection.scalar(select(r.capacity).where(r.territory == act.territory, r.id == number))
    return Taker(agenda=agenda, cases=cases, capacity=capacity)


def _followed(
    connection: Connection, act: Act, leaving: int, since: datetime, *, site: str, case: int | None
) -> list[Followed]:
    """The open cases of the one who leaves, with their individual appointments from `since` on."""
    c, a = s.cases.c, s.appointments.c
    mine = (c.territory == act.territory) & (c.referent_id == leaving) & c.left_on.is_(None)
    if case is not None:
        mine &= c.id == case
    planned: defaultdict[int, list[Planned]] = defaultdict(list)
    rows = connection.execute(
        select(s.appointments)
        .where(
            a.territory == act.territory,
            a.referent_id == leaving,
            a.kind == AppointmentKind.INDIVIDUAL,
            a.status == AppointmentStatus.PLANNED,
            a.superseded_by.is_(None),
            a.starts_at >= since,
        )
        .order_by(a.starts_at)
    )
    for row in rows:
        planned[row.case_id].append(
            Planned(
                id=row.id,
                referent=row.referent_id,
                kind=AppointmentKind(row.kind),
                subject=row.subject,
                place=row.place,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
            )
        )
    ids = connection.scalars(select(c.id).where(mine).order_by(c.id)).all()
    return [Followed(case=id_, planned=tuple(planned.get(id_, ())), site=site) for id_ in ids]


def write_handover(connection: Connection, act: Act, plan: Handover) -> None:
    """The cases, their appointments, their questions and reviews change hands; each person is told once."""
    if not plan.handed:
        return
    people = _people(connection, act, plan)
    _cases(connection, act, plan)
    new = _appointments(connection, act, plan)
    _asked(connection, act, plan)
    _tell(connection, act, plan, people, new)
    events = [
        journal.JournalEvent(
            at=act.at,
            actor=act.actor,
            kind="handover",
            subject=f"c{handed.case} referent:{plan.leaving}>{handed.to} {plan.from_day.isoformat()}",
        )
        for handed in plan.handed
    ]
    journal.append(connection, territory=act.territory, chain=CHAIN, events=events)


def _cases(connection: Connection, act: Act, plan: Handover) -> None:
    c = s.cases.c
    this = update(s.cases).where(c.territory == act.territory, c.id == bindparam("case"))
    connection.execute(
        this.values(referent_id=bindparam("to")), [{"case": handed.case, "to": handed.to} for handed in plan.handed]
    )


def _appointments(connection: Connection, act: Act, plan: Handover) -> dict[int, int]:
    """Kept at their hour with the new referent, moved, or called off; what a moved one has become, by its id."""
    a = s.appointments.c
    ids = [kept.appointment for _, kept in plan.appointments()]
    rows = connection.execute(select(s.appointments).where(a.territory == act.territory, a.id.in_(ids)))
    old = {row["id"]: row for row in rows.mappings()}
    others = [
        Another(
            old=old[kept.appointment],
            referent=handed.to,
            place=plan.place(handed, old[kept.appointment]["place"]),
            starts_at=kept.starts_at,
        )
        for handed, kept in plan.appointments()
        if kept.starts_at
    ]
    same = [one for one in others if one.starts_at == one.old["starts_at"]]
    if same:
        this = update(s.appointments).where(a.territory == act.territory, a.id == bindparam("row"))
        values = [{"row": one.old["id"], "to": one.referent, "at": one.place} for one in same]
        connection.execute(this.values(referent_id=bindparam("to"), place=bindparam("at")), values)
    new = replaced(connection, act, [one for one in others if one.starts_at != one.old["starts_at"]])
    off = [kept.appointment for _, kept in plan.appointments() if kept.starts_at is None]
    if off:
        which = (a.territory == act.territory) & a.id.in_(off)
        connection.execute(update(s.appointments).where(which).values(status=AppointmentStatus.REVOKED))
    _void(connection, act, [*new, *off])
    return new


def _void(connection: Connection, act: Act, appointments: Sequence[int]) -> None:
    """What was still to be sent about them will not be."""
    m = s.messages.c
    waiting = (m.territory == act.territory) & m.appointment_id.in_(appointments) & m.status.in_(WAITING)
    connection.execute(update(s.messages).where(waiting).values(status=MessageStatus.VOID))


def _asked(connection: Connection, act: Act, plan: Handover) -> None:
    """What was asked of the one who leaves is asked of whoever takes the case; so are the reviews of people."""
    q, r = s.questions.c, s.reviews.c
    rows = [{"case": handed.case, "to": handed.to} for handed in plan.handed]
    asked = update(s.questions).where(
        q.territory == act.territory,
        q.case_id == bindparam("case"),
        q.referent_id == plan.leaving,
        q.closed_on.is_(None),
    )
    connection.execute(asked.values(referent_id=bindparam("to")), rows)
    opened = update(s.reviews).where(
        r.territory == act.territory,
        r.case_id == bindparam("case"),
        r.kind != ReviewKind.SERVICE,
        r.referent_id == plan.leaving,
        r.outcome.is_(None),
    )
    connection.execute(opened.values(referent_id=bindparam("to")), rows)


def _people(connection: Connection, act: Act, plan: Handover) -> dict[int, Row[Any]]:
    """The person of each case; `unsent`: a summons of theirs is still to leave, so they know of no hour yet."""
    p, c, m = s.persons.c, s.cases.c, s.messages.c
    unsent = exists().where(
        m.territory == act.territory,
        m.case_id == c.id,
        m.template == Template.CONVOCATION,
        m.status.in_(WAITING),
    )
    statement = select(s.persons, c.id.label("case"), unsent.label("unsent")).join(s.cases, c.person_id == p.id)
    rows = connection.execute(
        statement.where(p.territory == act.territory, c.id.in_([handed.case for handed in plan.handed]))
    )
    return {row.case: row for row in rows}


def _tell(
    connection: Connection, act: Act, plan: Handover, people: Mapping[int, Row[Any]], new: Mapping[int, int]
) -> None:
    """One message a person, by the channel they prefer: the move, else the new name beside the hour that stands."""
    said = []
    for handed in plan.handed:
        person = people[handed.case]
        if channels := channels_of(person, unicode_email=False):
            said.append(_message(act, handed, person, channels[0], new))
    insert_new(connection, s.messages, [row for row in said if row])


def _message(
    act: Act, handed: Handed, person: Row[Any], channel: Channel, new: Mapping[int, int]
) -> dict[str, Any] | None:
    """What this person reads; None: the summons still to leave will name the new referent."""
    common = {
        "territory": act.territory,
        "case_id": handed.case,
        "recipient_kind": RecipientKind.BENEFICIARY,
        "recipient_id": person.id,
        "channel": channel,
        "due_at": act.at,
        "status": MessageStatus.PENDING,
        "planned_on": act.on,
    }
    kept = next(iter(handed.appointments), None)
    said = _said(act, handed, kept, new, unsent=person.unsent)
    return None if said is None else common | said


def _said(
    act: Act, handed: Handed, kept: Kept | None, new: Mapping[int, int], *, unsent: bool
) -> dict[str, Any] | None:
    """The template, and what it is about."""
    if kept is None or (kept.starts_at is None and unsent):
        return {
            "template": Template.REFERENT_CHANGED,
            "useful_until": act.at + USEFUL,
            "appointment_id": None,
            "details": {},
            "key": keys.referent_changed(handed.case, handed.to, act.on),
        }
    if kept.starts_at is None:
        return {
            "template": Template.APPOINTMENT_CANCELLED,
            "useful_until": kept.was,
            "appointment_id": kept.appointment,
            "details": {"starts_at": kept.was.isoformat()},
            "key": keys.cancelled(kept.appointment),
        }
    if kept.starts_at == kept.was:
        return (
            None
            if unsent
            else {
                "template": Template.REFERENT_CHANGED_MEETING,
                "useful_until": kept.was,
                "appointment_id": kept.appointment,
                "details": {},
                "key": keys.same_hour(kept.appointment, handed.to, kept.was),
            }
        )
    return {
        "template": Template.CONVOCATION if unsent else Template.APPOINTMENT_MOVED,
        "useful_until": kept.starts_at,
        "appointment_id": new[kept.appointment],
        "details": {"old_starts_at": kept.was.isoformat()},
        "key": keys.convocation(new[kept.appointment], kept.starts_at),
    }
