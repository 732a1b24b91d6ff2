"""What was still asked about people who have left the track: it closes with them, whoever closed the case."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, exists, not_, or_, select, update

from store import schema as s
from store.page import Recording
from tracks.vocabulary import AppointmentStatus, QuestionKind

AT_ONCE = 1000
UNSAID = (AppointmentStatus.PLANNED, AppointmentStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Closed:
    """Ids of the rows closed."""

    questions: Sequence[int]
    checks: Sequence[int]


def close_departed(connection: Connection, recording: Recording, *, among: Collection[int] | None = None) -> Closed:
    """A night no longer reads these cases, so nothing else would ever close what it had opened about them.

    `among`: those that have left since the last night; None: whoever has.
    """
    if among is None:
        return _close_departed(connection, recording, ())
    some = sorted(among)
    found = [
        _close_departed(connection, recording, (s.cases.c.id.in_(some[first : first + AT_ONCE]),))
        for first in range(0, len(some), AT_ONCE)
    ]
    return Closed([id_ for one in found for id_ in one.questions], [id_ for one in found for id_ in one.checks])


def _close_departed(connection: Connection, recording: Recording, among: tuple[ColumnElement[bool], ...]) -> Closed:
    c, q, k = s.cases.c, s.questions.c, s.checks.c
    left = select(c.id).where(
        c.territory == recording.territory, c.track == recording.track, c.left_on <= recording.on, *among
    )
    asked = (
        update(s.questions)
        .where(q.territory == recording.territory, q.closed_on.is_(None), q.case_id.in_(left), not_(still_to_answer()))
        .values(closed_on=recording.on, closed_by=f"run:{recording.run_id}")
        .returning(q.id)
    )
    checked = (
        update(s.checks)
        .where(k.territory == recording.territory, k.closed_on.is_(None), k.case_id.in_(left))
        .values(closed_on=recording.on)
        .returning(k.id)
    )
    return Closed(sorted(connection.scalars(asked)), sorted(connection.scalars(checked)))


def still_to_answer() -> ColumnElement[bool]:
    """After a change of track: what happened at an appointment, an absence to qualify, a reply to read."""
    c, q, a = s.cases.c, s.questions.c, s.appointments.c
    changed = exists().where(c.id == q.case_id, c.exit_reason.startswith("change:"))
    happened = and_(q.kind == QuestionKind.OUTCOME, a.status.not_in(UNSAID))
    qualified = or_(a.status != AppointmentStatus.NOSHOW, a.qualification.is_not(None))
    told = exists().where(a.id == q.subject_id, or_(happened, and_(q.kind == QuestionKind.QUALIFY, qualified)))
    return and_(changed, q.kind.in_((QuestionKind.OUTCOME, QuestionKind.QUALIFY)), not_(told))
