"""What the coordinators' morning message says: files, the service's findings, what referents left, other circuits."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from store import schema as s
from store.digests import held_back, left_by_referents, of_other_circuit, open_reviews
from tracks.vocabulary import QuestionKind, ReviewKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An open review. Names are None for a finding about no person or no referent."""

    id: int
    kind: ReviewKind
    track: str
    opened_on: date
    deadline_on: date | None
    reason: str
    person: tuple[str, str] | None
    referent: tuple[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Questions of one kind that a referent has left beyond their day."""

    referent: tuple[str, str] | None
    kind: QuestionKind
    count: int
    oldest: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """For information: another body owns the procedure (F62)."""

    person: tuple[str, str]
    referent: tuple[str, str] | None
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    reviews: tuple[Opened, ...] = ()
    left: tuple[Left, ...] = ()
    cards: tuple[Card, ...] = ()
    held: int = 0  # messages that wait for two people

    def is_empty(self) -> bool:
        return not (self.reviews or self.left or self.cards or self.held)


def read_overview(connection: Connection, *, territory: str, today: date) -> Overview:
    return Overview(
        reviews=_reviews(connection, territory),
        left=_left(connection, territory, today),
        cards=_cards(connection, territory),
        held=connection.scalar(select(func.count()).select_from(s.messages).where(held_back(territory))) or 0,
    )


def _reviews(connection: Connection, territory: str) -> tuple[Opened, ...]:
    r, c, p, f = s.reviews.c, s.cases.c, s.persons.c, s.referents.c
    rows = connection.execute(
        select(r.id, r.kind, r.track, r.opened_on, r.deadline_on, r.reason)
        .add_columns(p.first_name, p.last_name, f.first_name, f.last_name)
        .select_from(s.reviews)
        .outerjoin(s.cases, c.id == r.case_id)
        .outerjoin(s.persons, p.id == c.person_id)
        .outerjoin(s.referents, f.id == func.coalesce(c.referent_id, r.referent_id))
        .where(open_reviews(territory))
        .order_by(r.opened_on, r.id)
    )
    return tuple(
        Opened(
            id=id_,
            kind=ReviewKind(kind),
            track=track,
            opened_on=opened_on,
            deadline_on=deadline_on,
            reason=reason,
            person=_named(*person),
            referent=_named(*referent),
        )
        for id_, kind, track, opened_on, deadline_on, reason, *names in rows
        for person, referent in [(names[:2], names[2:])]
    )


def _left(connection: Connection, territory: str, today: date) -> tuple[Left, ...]:
    q, c, f = s.questions.c, s.cases.c, s.referents.c
    rows = connection.execute(
        select(f.first_name, f.last_name, q.kind, func.count(), func.min(q.asked_on))
        .select_from(s.questions)
        .join(s.cases, c.id == q.case_id)
        .outerjoin(s.referents, f.id == c.referent_id)
        .where(left_by_referents(territory, today))
        .group_by(f.id, f.first_name, f.last_name, q.kind)
        .order_by(f.last_name, f.first_name, f.id, q.kind)
    )
    return tuple(
        Left(referent=_named(first, last), kind=QuestionKind(kind), count=count, oldest=oldest)
        for first, last, kind, count, oldest in rows
    )


def _cards(connection: Connection, territory: str) -> tuple[Card, ...]:
    k, c, p, f = s.checks.c, s.cases.c, s.persons.c, s.referents.c
    rows = connection.execute(
        select(p.first_name, p.last_name, f.first_name, f.last_name, k.since)
        .select_from(s.checks)
        .join(s.cases, c.id == k.case_id)
        .join(s.persons, p.id == c.person_id)
        .outerjoin(s.referents, f.id == c.referent_id)
        .where(of_other_circuit(territory))
        .order_by(k.since, k.id)
    )
    return tuple(Card(person=(a, b), referent=_named(x, y), since=since) for a, b, x, y, since in rows)


def _named(first: str | None, last: str | None) -> tuple[str, str] | None:
    return (first, last) if first is not None and last is not None else None
