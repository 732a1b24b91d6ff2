"""Which cases a night reads: those whose day has come, and those that something has touched since.

A day stands until the case changes: a night sets it only where it is still what it was when the case was read, and what
touches a case sets one that nobody has seen. So two at once never hide anything from one another.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, union_all, update

from store import schema as s
from store.agendas import read_cannot_stand
from store.schema.touching import Touch, installed
from tracks.calendar import Calendar
from tracks.vocabulary import AppointmentStatus

AT_ONCE = 1000
NEVER = date.max  # who has left is read again when something touches them
LONG_AGO = 500_000  # days from the first of all: every one of them is past
UNDER_WAY = ""  # the stamp of a track whose cases have not all been read anew yet

Days = Mapping[tuple[date, date], Sequence[int]]  # (the day read, the day found) → cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A track on the night of `on`; `stamp`: by which rules, law and calendar days are worked out tonight."""

    territory: str
    track: str
    on: date
    calendar: Calendar
    stamp: str


def cases_due(connection: Connection, this: Track, *, full: bool) -> tuple[int, ...] | None:
    """The ids of the cases to look at tonight, in order; None: all of them, as where nothing tells what has changed."""
    wake(connection, this)
    known = _stamped(connection, this)
    if full or not installed(connection) or known is None or known.stamp != this.stamp or this.on < known.as_of:
        return None
    c = s.cases.c
    due = select(c.id).where(c.territory == this.territory, c.track == this.track, c.next_due_on <= this.on)
    return tuple(connection.scalars(due.order_by(c.id)))


def wake(connection: Connection, this: Track) -> None:
    """Give a past day to every case of the territory that something has touched, whatever its track."""
    t = s.touched.c
    newest = connection.scalar(select(func.max(t.id)).where(t.territory == this.territory))
    if newest is None:
        return
    if not connection.scalar(select(func.count()).where(s.due_stamps.c.territory == this.territory)):
        connection.execute(delete(s.touched).where(t.territory == this.territory))
        return  # every track reads everything: nothing is left to wake
    connection.execute(update(s.touched).where(t.territory == this.territory).values(taken=True))
    a_day = date.min + timedelta(days=newest % LONG_AGO)
    c = s.cases.c
    for found in (_by_person(this), _by_referent(this), _by_finding(this), _by_row(this)):
        connection.execute(
            update(s.cases).where(c.territory == this.territory, c.id.in_(found)).values(next_due_on=a_day)
        )
    for some in _in_batches(_who_may_not_be_met(connection, this)):
        connection.execute(
            update(s.cases).where(c.territory == this.territory, c.id.in_(some)).values(next_due_on=a_day)
        )
    connection.execute(delete(s.touched).where(t.territory == this.territory, t.taken))


def _subjects(this: Track, what: Touch) -> Select[Any]:
    t = s.touched.c
    return select(t.subject).where(t.territory == this.territory, t.taken, t.what == what.value)


def _by_row(this: Track) -> Select[Any]:
    return _subjects(this, Touch.CASE)


def _by_person(this: Track) -> Select[Any]:
    """All the cases of a person, since a file of one of them speaks to the others."""
    c, r = s.cases.c, s.reviews.c
    of_review = select(r.case_id).where(r.id.in_(_subjects(this, Touch.REVIEW)))
    touched = union_all(_subjects(this, Touch.CASE), of_review).subquery()
    theirs = select(c.person_id).where(c.id.in_(select(touched.c[0])))
    persons = union_all(theirs, _subjects(this, Touch.PERSON)).subquery()
    return select(c.id).where(c.person_id.in_(select(persons.c[0])))


def _by_referent(this: Track) -> Select[Any]:
    c, a = s.cases.c, s.appointments.c
    referents = _subjects(this, Touch.REFERENT)
    of_theirs = select(a.case_id).where(a.territory == this.territory, a.referent_id.in_(referents))
    found = union_all(select(c.id).where(c.referent_id.in_(referents)), of_theirs).subquery()
    return select(found.c[0])


def _by_finding(this: Track) -> Select[Any]:
    e = s.review_evidence.c
    return select(e.subject_id).where(e.review_id.in_(_subjects(this, Touch.FINDING)), e.kind == "case")


def _who_may_not_be_met(connection: Connection, this: Track) -> list[int]:
    """The cases of the appointments that do not stand, of the referents whose week has changed."""
    referents = set(connection.scalars(_subjects(this, Touch.AGENDA).distinct()))
    if not referents:
        return []
    as_of = s.due_stamps.c.as_of
    since = connection.scalar(select(func.min(as_of)).where(s.due_stamps.c.territory == this.territory))
    fallen = read_cannot_stand(
        connection,
        territory=this.territory,
        on=min(this.on, since or this.on),  # a track whose nights are behind needs the appointments of then
        calendar=this.calendar,
        only=referents,
    )
    a = s.appointments.c
    return [
        case for some in _in_batches(fallen) for case in connection.scalars(select(a.case_id).where(a.id.in_(some)))
    ]


def referents_to_meet(connection: Connection, cases: Iterable[int], *, after: datetime) -> set[int]:
    """With whom these cases have an appointment planned."""
    a = s.appointments.c
    found: set[int] = set()
    for some in _in_batches(cases):
        planned = select(a.referent_id).where(
            a.case_id.in_(some),
            a.status == AppointmentStatus.PLANNED,
            a.starts_at >= after,
            a.referent_id.is_not(None),
        )
        found.update(connection.scalars(planned.distinct()))
    return found


def read_absent(connection: Connection, cases: Iterable[int], *, on: date) -> tuple[Days, list[int]]:
    """Of these cases, those that are not open on that night: the day of each, and the ids of those who have left."""
    c = s.cases.c
    days: defaultdict[tuple[date, date], list[int]] = defaultdict(list)
    left: list[int] = []
    closed = or_(c.entered_on > on, c.left_on <= on)
    for some in _in_batches(cases):
        rows = select(c.id, c.entered_on, c.left_on, c.next_due_on).where(c.id.in_(some), closed)
        for id_, entered_on, left_on, seen in connection.execute(rows):
            gone = left_on is not None and left_on <= on
            days[seen, NEVER if gone else entered_on].append(id_)
            if gone:
                left.append(id_)
    return days, left


def set_days(connection: Connection, this: Track, days: Iterable[tuple[date, date, Sequence[int]]]) -> None:
    """Where nothing has touched the case since it was read; `days`: the day read, the day found, cases."""
    c = s.cases.c
    known = _stamped(connection, this)
    _stamp(connection, this, known.stamp if known and known.stamp == this.stamp else UNDER_WAY)
    for seen, day, some in days:
        same = (c.territory == this.territory) & (c.track == this.track) & (c.next_due_on == seen)
        connection.execute(update(s.cases).where(same, c.id.in_(some)).values(next_due_on=day))


def seal_days(connection: Connection, this: Track) -> None:
    """Every case of the track has its day by tonight's rules."""
    known = _stamped(connection, this)
    if known is None or known.stamp != this.stamp:
        _stamp(connection, this, this.stamp)


def forget_days(connection: Connection) -> None:
    """Every track reads all its cases on its next night."""
    connection.execute(delete(s.due_stamps))


def _stamped(connection: Connection, this: Track) -> Row[Any] | None:
    d = s.due_stamps.c
    mine = select(d.stamp, d.as_of).where(d.territory == this.territory, d.track == this.track)
    return connection.execute(mine).one_or_none()


def _stamp(connection: Connection, this: Track, stamp: str) -> None:
    d = s.due_stamps.c
    known = _stamped(connection, this)
    values = {"stamp": stamp, "as_of": max(this.on, known.as_of if known else this.on)}
    if known is None:
        connection.execute(insert(s.due_stamps).values(territory=this.territory, track=this.track, **values))
    elif (known.stamp, known.as_of) != (stamp, values["as_of"]):
        mine = (d.territory == this.territory) & (d.track == this.track)
        connection.execute(update(s.due_stamps).where(mine).values(**values))


def _in_batches(ids: Iterable[int]) -> Iterator[list[int]]:
    some = sorted(ids)
    for first in range(0, len(some), AT_ONCE):
        yield some[first : first + AT_ONCE]
