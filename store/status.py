"""What the database says of the health of the whole: last passes, messages that wait, reviews past their deadline."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, or_, select

from store.reviews import past_deadline
from store.schema import cases, messages, reviews, runs
from tracks.vocabulary import MessageStatus

WAITING = (MessageStatus.PENDING, MessageStatus.SENDING)
PARKED = (MessageStatus.HELD, MessageStatus.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastPass:
    """`done_on`: the day of the last finished night; `status` of the last one that began."""

    done_on: date | None
    status: str
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """A count, and the oldest of what it counts."""

    count: int
    oldest: date | datetime | None


def last_passes(connection: Connection, *, territory: str) -> dict[str, LastPass]:
    """By track; a track that never ran is not there."""
    r = runs.c
    done = dict(
        connection.execute(
            select(r.track, func.max(r.on_day)).where(r.territory == territory, r.status == "done").group_by(r.track)
        )
        .tuples()
        .all()
    )
    newest = select(func.max(r.id)).where(r.territory == territory).group_by(r.track)
    rows = connection.execute(select(r.track, r.status, r.started_at).where(r.id.in_(newest)))
    return {
        row.track: LastPass(done_on=done.get(row.track), status=row.status, started_at=row.started_at) for row in rows
    }


def caseload(connection: Connection, *, territory: str, on: date) -> dict[str, int]:
    """By track, how many cases are open on `on`."""
    c = cases.c
    statement = (
        select(c.track, func.count())
        .where(c.territory == territory, c.entered_on <= on, or_(c.left_on.is_(None), c.left_on > on))
        .group_by(c.track)
    )
    return dict(connection.execute(statement).tuples().all())


def overdue(connection: Connection, *, territory: str, before: datetime) -> Backlog:
    """Messages that were due before `before` (aware) and have not left."""
    m = messages.c
    row = connection.execute(
        select(func.count(m.id), func.min(m.due_at)).where(
            m.territory == territory, m.status.in_(WAITING), m.due_at < before
        )
    ).one()
    return Backlog(count=row[0], oldest=row[1])


def parked(connection: Connection, *, territory: str) -> dict[str, int]:
    """Messages that wait for a person: held, or of which nobody knows whether they left."""
    m = messages.c
    found = dict(
        connection.execute(
            select(m.status, func.count()).where(m.territory == territory, m.status.in_(PARKED)).group_by(m.status)
        )
        .tuples()
        .all()
    )
    return {str(status): found.get(status, 0) for status in PARKED}


def late_reviews(connection: Connection, *, territory: str, on: date) -> Backlog:
    """Open reviews whose deadline has passed."""
    row = connection.execute(
        select(func.count(), func.min(reviews.c.deadline_on)).where(reviews.c.territory == territory, past_deadline(on))
    ).one()
    return Backlog(count=row[0], oldest=row[1])
