"""What an account may see: every query of the desk takes a scope, and shows nothing that it does not name."""

from dataclasses import dataclass

from sqlalchemy import Connection, false, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.sql.elements import ColumnElement

from store import schema as s
from tracks.errors import JalonError
from tracks.vocabulary import DeskRole, ReviewKind, ReviewStatus


class OutOfSightError(JalonError):
    """What is not there, or not for this account: the two are told apart to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """`name` signs what this account does; `referent`: whose caseload it follows, for that role alone."""

    territory: str
    account: int
    name: str
    role: DeskRole
    referent: int | None = None

    def cases(self) -> ColumnElement[bool]:
        """The cases whose file this account may read; a statement with it joins `persons`. None by default.

        An archived person is out of sight of everyday work (R20), an erased one has no file.
        """
        mine = (
            (s.cases.c.territory == self.territory)
            & s.persons.c.archived_on.is_(None)
            & s.persons.c.erased_on.is_(None)
        )
        match self.role:
            case DeskRole.COORDINATOR:
                return mine
            case DeskRole.REFERENT if self.referent is not None:
                return mine & (s.cases.c.referent_id == self.referent)
            case _:
                return false()

    def reviews(self) -> ColumnElement[bool]:
        """The reviews that this account works on; a statement with it joins `cases` and `persons` (outer). None by
        default. A review of a person goes with their file; a finding about the service with the caseload it names.

        Who studies or decides sees a file once its referent has handed it in, never a draft.
        """
        r = s.reviews.c
        here = r.territory == self.territory
        match self.role:
            case DeskRole.COORDINATOR:
                return here & ((r.kind == ReviewKind.SERVICE) | self.cases())
            case DeskRole.REFERENT if self.referent is not None:
                return here & (((r.kind == ReviewKind.SERVICE) & (r.referent_id == self.referent)) | self.cases())
            case DeskRole.REVIEWER | DeskRole.DECIDER:
                return here & (r.kind == ReviewKind.COMPLIANCE) & (r.status != ReviewStatus.DRAFT)
            case _:
                return false()


def sight(connection: Connection, scope: Scope, case: int) -> RowMapping:
    """The row of a case that this account may read. OutOfSightError otherwise."""
    statement = (
        select(s.cases)
        .join(s.persons, s.persons.c.id == s.cases.c.person_id)
        .where(scope.cases(), s.cases.c.id == case)
    )
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise OutOfSightError("Ce dossier n'est pas parmi ceux que vous suivez.")
    return row
