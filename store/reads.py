"""Who opened which file, and when: written before the page is shown, read by the auditor."""

from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import RowMapping

from store import schema as s
from store.scope import OutOfSightError, Scope, sight
from store.sets import insert_new
from tracks.vocabulary import DeskRole

SHOWN = 100


def note_read(connection: Connection, scope: Scope, *, case: int, page: str, at: datetime) -> None:
    """OutOfSightError: that file is not for this account, and nothing is noted."""
    row = sight(connection, scope, case)
    read = {"account_id": scope.account, "person_id": row["person_id"], "case_id": case, "page": page, "at": at}
    insert_new(connection, s.reads, [read | {"territory": scope.territory}])


def latest(connection: Connection, scope: Scope, *, case: int | None = None) -> tuple[list[RowMapping], int]:
    """The last reads, and how many there are in all; those of one case on demand. By id: an auditor sees no name of
    a person. OutOfSightError for any other role."""
    if scope.role is not DeskRole.AUDITOR:
        raise OutOfSightError("Seul un auditeur lit ce registre.")
    which = s.reads.c.territory == scope.territory
    if case is not None:
        which &= s.reads.c.case_id == case
    statement = (
        select(s.reads.c.at, s.reads.c.case_id, s.reads.c.page, s.accounts.c.name, s.accounts.c.role)
        .join(s.accounts, s.accounts.c.id == s.reads.c.account_id)
        .where(which)
        .order_by(s.reads.c.at.desc(), s.reads.c.id.desc())
        .limit(SHOWN)
    )
    count = connection.scalar(select(func.count()).select_from(s.reads).where(which)) or 0
    return list(connection.execute(statement).mappings()), count
