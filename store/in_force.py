"""What binds on a day: the version of a contract in force, the versions in order, what each party took on."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select
from sqlalchemy.engine import RowMapping

from store.schema import (
    appointments,
    cases,
    commitments,
    contract_texts,
    contracts,
    obstacles,
    persons,
    prescribed_actions,
    referents,
)
from tracks.calendar import Calendar
from tracks.vocabulary import AppointmentKind, AppointmentStatus, TextStatus

OPEN = (TextStatus.DRAFT, TextStatus.PROPOSED)


def last_day() -> ColumnElement[Any]:
    """The last day on which a version holds; null while nothing ends it. `tracks.case.Contract.last_day`, in SQL."""
    c = contracts.c
    earlier = and_(c.held_until.is_not(None), or_(c.ends_on.is_(None), c.held_until < c.ends_on))
    return case((earlier, c.held_until), else_=c.ends_on)


def latest_first() -> Sequence[ColumnElement[Any]]:
    """The order in which the first of the versions in force is the one that binds."""
    c = contracts.c
    return (c.signed_on.desc(), (c.created_by != "import").desc(), c.id.desc())


def contract_on(connection: Connection, *, territory: str, case: int, day: date) -> RowMapping | None:
    """The version in force on `day` for the person of this case: the question of CE 4 Dec. 2019 n° 418975."""
    c, ends = contracts.c, last_day()
    return (
        connection.execute(
            select(contracts)
            .join(cases, cases.c.person_id == c.person_id)
            .where(
                c.territory == territory,
                cases.c.id == case,
                c.signed_on <= day,
                c.starts_on <= day,
                or_(ends.is_(None), ends >= day),
            )
            .order_by(*latest_first())
            .limit(1)
        )
        .mappings()
        .first()
    )


def versions(connection: Connection, *, territory: str, case: int) -> list[RowMapping]:
    """All that was ever signed by the person of this case, oldest first, with `amends_id` and `text_id`."""
    c, t = contracts.c, contract_texts.c
    return list(
        connection.execute(
            select(contracts, last_day().label("last_day"), t.id.label("text_id"), t.amends_id)
            .join(cases, cases.c.person_id == c.person_id)
            .outerjoin(contract_texts, t.contract_id == c.id)
            .where(c.territory == territory, cases.c.id == case)
            .order_by(c.signed_on, c.id)
        ).mappings()
    )


def open_text(connection: Connection, *, territory: str, case: int) -> RowMapping | None:
    """The text that is being written or signed for this case; there is one at most."""
    t = contract_texts.c
    found = select(contract_texts).where(t.territory == territory, t.case_id == case, t.status.in_(OPEN))
    return connection.execute(found).mappings().first()


def text_of(connection: Connection, *, territory: str, contract: int) -> RowMapping | None:
    """The text that a version was signed on; None for one that an export brought."""
    t = contract_texts.c
    found = select(contract_texts).where(t.territory == territory, t.contract_id == contract)
    return connection.execute(found).mappings().first()


def commitments_of(connection: Connection, *, territory: str, text: int) -> list[RowMapping]:
    """What both parties take on in this text, in its order."""
    c = commitments.c
    found = select(commitments).where(c.territory == territory, c.text_id == text).order_by(c.rank)
    return list(connection.execute(found).mappings())


def actions_of(connection: Connection, *, territory: str, case: int) -> list[RowMapping]:
    """The actions prescribed to the person of this case, the soonest due first."""
    p = prescribed_actions.c
    found = (
        select(prescribed_actions)
        .join(cases, cases.c.person_id == p.person_id)
        .where(p.territory == territory, cases.c.id == case)
        .order_by(p.due_on, p.id)
    )
    return list(connection.execute(found).mappings())


def obstacles_of(connection: Connection, *, territory: str, case: int) -> list[RowMapping]:
    o = obstacles.c
    found = select(obstacles).where(o.territory == territory, o.case_id == case).order_by(o.named_on, o.id)
    return list(connection.execute(found).mappings())


def interviews_since(connection: Connection, *, territory: str, case: int, day: date, calendar: Calendar) -> int:
    """How many individual appointments of this case the person came to, from `day` on (a local day)."""
    a = appointments.c
    starts_at = connection.scalars(
        select(a.starts_at).where(
            a.territory == territory,
            a.case_id == case,
            a.kind == AppointmentKind.INDIVIDUAL,
            a.status == AppointmentStatus.SEEN,
        )
    )
    return sum(calendar.day_of(at) >= day for at in starts_at)


def signers(connection: Connection, *, territory: str, case: int) -> RowMapping:
    """Who a contract of this case is between: the person, and the referent with whom they are received."""
    c, p, r = cases.c, persons.c, referents.c
    return (
        connection.execute(
            select(
                c.track,
                p.civility,
                p.first_name,
                p.last_name,
                r.first_name.label("referent_first_name"),
                r.last_name.label("referent_last_name"),
                r.phone.label("referent_phone"),
                r.site,
            )
            .join(persons, p.id == c.person_id)
            .outerjoin(referents, r.id == c.referent_id)
            .where(c.territory == territory, c.id == case)
        )
        .mappings()
        .one()
    )


def next_number(connection: Connection, *, territory: str, case: int) -> int:
    t = contract_texts.c
    known = select(func.max(t.number)).where(t.territory == territory, t.case_id == case)
    return int(connection.scalar(known) or 0) + 1
