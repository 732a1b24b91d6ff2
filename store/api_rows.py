"""What a county's software reads: ids, days and words of ours, in pages; never a name, an address or a reason."""

from collections.abc import Sequence

from sqlalchemy import Connection, select
from sqlalchemy.engine import RowMapping

from store import schema as s
from store.scope import OutOfSightError, Scope

MOST = 500


def appointments(connection: Connection, scope: Scope, *, after: int, most: int) -> Sequence[RowMapping]:
    """Those of the cases that this scope may read, after the id `after`."""
    a = s.appointments.c
    statement = (
        select(a.id, a.case_id, s.persons.c.file_number, s.persons.c.role, s.cases.c.track)
        .add_columns(a.kind, a.starts_at, a.ends_at, a.status, a.qualification, a.superseded_by)
        .join(s.cases, s.cases.c.id == a.case_id)
        .join(s.persons, s.persons.c.id == s.cases.c.person_id)
        .where(a.territory == scope.territory, a.id > after, scope.cases())
        .order_by(a.id)
        .limit(min(most, MOST))
    )
    return connection.execute(statement).mappings().all()


def reviews(connection: Connection, scope: Scope, *, after: int, most: int) -> Sequence[RowMapping]:
    """Those that this scope works on, after the id `after`."""
    r = s.reviews.c
    statement = (
        select(r.id, r.case_id, r.track, r.kind, r.status, r.opened_on, r.deadline_on, r.outcome, r.policy_version)
        .outerjoin(s.cases, s.cases.c.id == r.case_id)
        .outerjoin(s.persons, s.persons.c.id == s.cases.c.person_id)
        .where(r.id > after, scope.reviews())
        .order_by(r.id)
        .limit(min(most, MOST))
    )
    return connection.execute(statement).mappings().all()


def appointment_in_sight(connection: Connection, scope: Scope, *, appointment: int) -> None:
    """OutOfSightError: not there, or of a case that this scope does not read."""
    a = s.appointments.c
    statement = (
        select(a.id)
        .join(s.cases, s.cases.c.id == a.case_id)
        .join(s.persons, s.persons.c.id == s.cases.c.person_id)
        .where(a.territory == scope.territory, a.id == appointment, scope.cases())
    )
    if connection.scalar(statement) is None:
        raise OutOfSightError("Ce rendez-vous n'est pas parmi ceux de ce jeton.")
