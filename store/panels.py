"""The sessions of the équipe pluridisciplinaire: who sits, who came, which reviews are on the agenda, in which slot."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select, update
from sqlalchemy.engine import RowMapping

from store import schema as s
from store.acts import Act, found, record
from store.sets import insert_new
from tracks.errors import JalonError
from tracks.panel import Session
from tracks.procedure import Panel
from tracks.vocabulary import ReviewStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who sits; `substitutes`: whom they stand in for."""

    name: str
    seat: str
    substitutes: str | None = None


def add_session(connection: Connection, act: Act, *, starts_at: datetime, place: str, slots: int) -> int:
    """A session to come; its id. JalonError: in the past, or one already at that time."""
    if starts_at <= act.at:
        raise JalonError("Cette séance serait déjà passée. Donnez une date à venir.")
    row = {"territory": act.territory, "starts_at": starts_at, "place": place, "slots": slots, "created_by": act.by}
    new = insert_new(connection, s.panel_sessions, [row], s.panel_sessions.c.id)
    if not new:
        raise JalonError("Une séance est déjà prévue à ce moment.")
    session = int(new[0].id)
    record(connection, act, kind="panel_session", subject=f"s{session} {starts_at.date().isoformat()}")
    return session


def add_member(connection: Connection, act: Act, *, session: int, member: Member, panel: Panel) -> None:
    """JalonError: unknown session or function, or the same person twice."""
    _session(connection, act, session)
    if member.seat not in panel.seats():
        known = ", ".join(panel.seats())
        raise JalonError(f"« {member.seat} » n'est pas une fonction de l'équipe. Attendu : {known} (revue.toml).")
    row = {"territory": act.territory, "session_id": session, "present": False}
    row |= {"name": member.name, "seat": member.seat, "substitutes": member.substitutes}
    if not insert_new(connection, s.panel_members, [row]):
        raise JalonError(f"{member.name} siège déjà à cette séance.")
    record(connection, act, kind="panel_member", subject=f"s{session} {member.seat}")


def note_present(connection: Connection, act: Act, *, session: int, name: str) -> None:
    """JalonError: before the session, or somebody who is not of it."""
    row = _session(connection, act, session)
    if row["starts_at"] > act.at:
        raise JalonError(f"La séance s{session} n'a pas encore eu lieu.")
    m = s.panel_members.c
    theirs = select(m.id, m.name).where(m.territory == act.territory, m.session_id == session)
    them = [id_ for id_, known in connection.execute(theirs) if known.casefold() == name.casefold()]
    if not them:
        raise JalonError(f"{name} n'est pas membre de la séance s{session} (jalon panel member).")
    connection.execute(update(s.panel_members).where(m.id.in_(them)).values(present=True))
    record(connection, act, kind="panel_present", subject=f"s{session}")


def put_on_agenda(connection: Connection, act: Act, *, session: int, review: int) -> int:
    """Give a review the next free slot; its rank, from 1. JalonError: past or full, or already there."""
    row = _session(connection, act, session)
    if row["starts_at"] <= act.at:
        raise JalonError(f"La séance s{session} est passée : inscrivez la revue à une autre.")
    i = s.panel_items.c
    taken = connection.scalar(select(func.max(i.slot)).where(i.territory == act.territory, i.session_id == session))
    slot = (taken or 0) + 1
    if slot > row["slots"]:
        raise JalonError(f"La séance s{session} est complète ({row['slots']} passages) : ouvrez-en une autre.")
    item = {"territory": act.territory, "session_id": session, "review_id": review, "slot": slot}
    if not insert_new(connection, s.panel_items, [item]):
        raise JalonError(f"La revue r{review} est déjà inscrite à la séance s{session}.")
    return slot


def session_of(connection: Connection, *, territory: str, review: int, zone: str) -> Session | None:
    """The session on whose agenda the review stands last, with the functions of who came."""
    i, p, m = s.panel_items.c, s.panel_sessions.c, s.panel_members.c
    last = (
        select(i.session_id)
        .where(i.territory == territory, i.review_id == review)
        .order_by(i.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(p.id, p.starts_at, m.seat)
        .outerjoin(s.panel_members, (m.session_id == p.id) & (m.territory == territory) & m.present)
        .where(p.id == last)
    ).all()
    if not rows:
        return None
    day = rows[0].starts_at.astimezone(ZoneInfo(zone)).date()
    return Session(id=rows[0].id, day=day, present=frozenset(row.seat for row in rows if row.seat))


def sessions(connection: Connection, *, territory: str) -> list[RowMapping]:
    """The sessions, the last first, each with how many reviews and members it has."""
    p, i, m = s.panel_sessions.c, s.panel_items.c, s.panel_members.c
    items = select(func.count()).where(i.session_id == p.id).scalar_subquery()
    members = select(func.count()).where(m.session_id == p.id).scalar_subquery()
    statement = (
        select(s.panel_sessions, items.label("items"), members.label("members"))
        .where(p.territory == territory)
        .order_by(p.starts_at.desc())
    )
    return list(connection.execute(statement).mappings())


def agenda(connection: Connection, act: Act, *, session: int) -> tuple[RowMapping, list[RowMapping], list[RowMapping]]:
    """The session, its members, and the reviews on its agenda in the order of their slots, each with its track."""
    row = _session(connection, act, session)
    m, i, r, c = s.panel_members.c, s.panel_items.c, s.reviews.c, s.cases.c
    members = connection.execute(
        select(s.panel_members).where(m.territory == act.territory, m.session_id == session).order_by(m.id)
    ).mappings()
    items = connection.execute(
        select(s.panel_items, r.track, r.reason, r.status, c.person_id)
        .join(s.reviews, r.id == i.review_id)
        .join(s.cases, c.id == r.case_id)
        .where(i.territory == act.territory, i.session_id == session)
        .order_by(i.slot)
    ).mappings()
    return row, list(members), list(items)


def waiting(connection: Connection, *, territory: str) -> list[RowMapping]:
    """The reviews that wait for an opinion: `id`, and `asked_on`, the day the panel was seized."""
    r, t = s.reviews.c, s.review_steps.c
    statement = (
        select(r.id, func.max(t.on_day).label("asked_on"))
        .join(s.review_steps, (t.review_id == r.id) & (t.step == "panel"))
        .where(r.territory == territory, r.status == ReviewStatus.EP_PENDING)
        .group_by(r.id)
        .order_by(func.max(t.on_day), r.id)
    )
    return list(connection.execute(statement).mappings())


def slot_at(starts_at: datetime, *, slot: int, minutes: int) -> datetime:
    return starts_at + timedelta(minutes=minutes * (slot - 1))


def _session(connection: Connection, act: Act, session: int) -> RowMapping:
    return found(connection, act, table=s.panel_sessions, id=session, what=f"Séance s{session}")
