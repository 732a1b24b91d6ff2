"""What needs somebody today: the queue of one account, each with its why and a deadline; few queries for any rows."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.sql.elements import ColumnElement

from store import schema as s
from store.digests import held_back, left_by_referents, open_questions, open_reviews
from store.scope import OutOfSightError, Scope
from tracks.vocabulary import DeskRole, QuestionKind, ReviewKind

SHOWN = 60  # of each list; how many there are in all is said beside it
ANSWERED_SINCE = timedelta(days=3)
ABOUT_APPOINTMENT = (QuestionKind.OUTCOME, QuestionKind.QUALIFY, QuestionKind.FOLLOW_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The first rows of a list, the most pressing first, and how many there are in all."""

    rows: tuple[RowMapping, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """`asked`: questions to answer; `received`: what people wrote these days; `findings`: about the
    service; `held`: messages that wait for two people, told to coordinators alone."""

    asked: Listed
    received: Listed
    reviews: Listed
    findings: Listed
    held: int


def read_today(connection: Connection, scope: Scope, *, at: datetime, on: date) -> Today:
    """`at` is aware, `on` its local day."""
    return Today(
        asked=_asked(connection, scope, on),
        received=_received(connection, scope, at),
        reviews=_reviews(connection, scope, s.reviews.c.kind != ReviewKind.SERVICE),
        findings=_reviews(connection, scope, s.reviews.c.kind == ReviewKind.SERVICE),
        held=_held(connection, scope),
    )


def _listed(rows: list[RowMapping]) -> Listed:
    return Listed(rows=tuple(rows), total=rows[0]["total"] if rows else 0)


def questions_of(scope: Scope, on: date) -> ColumnElement[bool]:
    """A referent answers for their caseload; a coordinator for what was left to them, or is nobody's."""
    asked = open_questions(scope.territory, on) & scope.cases()
    if scope.role is DeskRole.COORDINATOR:
        return asked & or_(left_by_referents(scope.territory, on), s.cases.c.referent_id.is_(None))
    return asked


def _asked(connection: Connection, scope: Scope, on: date) -> Listed:
    q, c, p, a, x, k, f = (
        t.c for t in (s.questions, s.cases, s.persons, s.appointments, s.prescribed_actions, s.contracts, s.referents)
    )
    statement = (
        select(
            q.id,
            q.kind,
            q.case_id,
            q.subject_id,
            q.why,
            q.asked_on,
            q.coordinator_from,
            p.first_name,
            p.last_name,
            p.mobile,
            p.landline,
            a.starts_at,
            x.label,
            func.coalesce(x.due_on, k.ends_on).label("until"),
            f.first_name.label("referent_first_name"),
            f.last_name.label("referent_last_name"),
            func.count().over().label("total"),
        )
        .select_from(s.questions)
        .join(s.cases, c.id == q.case_id)
        .join(s.persons, p.id == c.person_id)
        .outerjoin(s.referents, f.id == c.referent_id)
        .outerjoin(s.appointments, and_(q.kind.in_(ABOUT_APPOINTMENT), a.id == q.subject_id))
        .outerjoin(s.prescribed_actions, and_(q.kind == QuestionKind.ACTION, x.id == q.subject_id))
        .outerjoin(s.contracts, and_(q.kind == QuestionKind.RENEW_CONTRACT, k.id == q.subject_id))
        .where(questions_of(scope, on))
        .order_by(func.coalesce(q.coordinator_from, q.asked_on), q.asked_on, q.id)
        .limit(SHOWN)
    )
    return _listed(list(connection.execute(statement).mappings()))


def _received(connection: Connection, scope: Scope, at: datetime) -> Listed:
    """What people wrote these days, in their own words; what asks for something is a question already."""
    n, c, p, a = s.answers.c, s.cases.c, s.persons.c, s.appointments.c
    if scope.role is not DeskRole.REFERENT:
        return Listed()
    statement = (
        select(n.kind, n.note, n.given_at, n.case_id, p.first_name, p.last_name, a.starts_at)
        .add_columns(func.count().over().label("total"))
        .select_from(s.answers)
        .join(s.cases, c.id == n.case_id)
        .join(s.persons, p.id == n.person_id)
        .outerjoin(s.appointments, a.id == n.appointment_id)
        .where(n.territory == scope.territory, scope.cases(), n.given_at >= at - ANSWERED_SINCE, n.given_at <= at)
        .order_by(n.given_at.desc(), n.id.desc())
        .limit(SHOWN)
    )
    return _listed(list(connection.execute(statement).mappings()))


def _reviews(connection: Connection, scope: Scope, which: ColumnElement[bool]) -> Listed:
    """Names come for those alone who may open the file; who studies or decides reads numbers (redacted)."""
    r, c, p, f = s.reviews.c, s.cases.c, s.persons.c, s.referents.c
    named = scope.role in (DeskRole.REFERENT, DeskRole.COORDINATOR)
    names = (p.first_name, p.last_name, r.reason) if named else ()
    statement = (
        select(r.id, r.kind, r.track, r.status, r.case_id, r.subject, r.opened_on, r.deadline_on, r.assigned_to)
        .add_columns(*names, f.first_name.label("referent_first_name"), f.last_name.label("referent_last_name"))
        .add_columns(func.count().over().label("total"))
        .select_from(s.reviews)
        .outerjoin(s.cases, c.id == r.case_id)
        .outerjoin(s.persons, p.id == c.person_id)
        .outerjoin(s.referents, f.id == func.coalesce(c.referent_id, r.referent_id))
        .where(open_reviews(scope.territory), scope.reviews(), which)
        .order_by(r.deadline_on.is_(None), r.deadline_on, r.opened_on, r.id)
        .limit(SHOWN)
    )
    return _listed(list(connection.execute(statement).mappings()))


def _held(connection: Connection, scope: Scope) -> int:
    if scope.role is not DeskRole.COORDINATOR:
        return 0
    return connection.scalar(select(func.count()).select_from(s.messages).where(held_back(scope.territory))) or 0


def question_to_answer(connection: Connection, scope: Scope, *, question: int) -> RowMapping:
    """The row of a question of a case in sight, locked until the end of the transaction. OutOfSightError."""
    q = s.questions.c
    statement = (
        select(s.questions)
        .join(s.cases, s.cases.c.id == q.case_id)
        .join(s.persons, s.persons.c.id == s.cases.c.person_id)
        .where(q.territory == scope.territory, q.id == question, scope.cases())
        .with_for_update(of=s.questions)
    )
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise OutOfSightError("Cette question n'est pas parmi celles que vous suivez.")
    return row
