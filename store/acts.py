"""What a named person does: who, in which county, when; each act leaves one line in the journal."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Table, select, update
from sqlalchemy.engine import RowMapping

from store import journal
from store.journal import JournalEvent
from store.schema import questions
from tracks import keys
from tracks.errors import JalonError
from tracks.vocabulary import QuestionKind

CHAIN = "desk"
MACHINE = "api:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """`at` is aware; `on` is its local day in the territory. `by_machine`: signed `api:NAME`, by a county's software.

    JalonError without a name, and for a person who would sign as a machine does.
    """

    territory: str
    by: str
    at: datetime
    on: date
    by_machine: bool = False

    def __post_init__(self) -> None:
        if not self.by.strip():
            raise JalonError("Une personne doit signer cet acte. Ajoutez --by suivi de son nom.")
        if self.by.strip().casefold().startswith(MACHINE) != self.by_machine:
            raise JalonError(f"Un nom qui commence par « {MACHINE} » signe pour un logiciel, jamais pour une personne.")

    @property
    def actor(self) -> str:
        """As the journal names it: a digest for a person, the name of the token for a machine."""
        return self.by if self.by_machine else journal.person(self.by)


def record(connection: Connection, act: Act, *, kind: str, subject: str, policy_version: str = "") -> None:
    """One line in the journal: ids, words of ours and days in `subject`, never a name."""
    event = JournalEvent(at=act.at, actor=act.actor, kind=kind, subject=subject, policy_version=policy_version)
    journal.append(connection, territory=act.territory, chain=CHAIN, events=[event])


def found(connection: Connection, act: Act, *, table: Table, id: int, what: str) -> RowMapping:
    """The row `id` of this territory. JalonError, with `what` it is in French, when there is none."""
    row = connection.execute(select(table).where(table.c.id == id, table.c.territory == act.territory)).mappings()
    one = row.first()
    if one is None:
        raise JalonError(f"{what} introuvable dans ce territoire. Vérifiez le numéro avec « jalon export ».")
    return one


def answered(connection: Connection, act: Act, *, kind: QuestionKind, case: int, subject: int | str) -> int:
    """Close the open question of this key, if there is one; how many were closed."""
    return close_questions(connection, act, questions.c.key == keys.question(kind, case, subject))


def close_questions(connection: Connection, act: Act, *which: object) -> int:
    closed = connection.execute(
        update(questions)
        .where(questions.c.territory == act.territory, questions.c.closed_on.is_(None), *which)  # type: ignore[arg-type]
        .values(closed_on=act.on, closed_by=f"person:{act.by}")
    )
    return closed.rowcount
