"""Everything that one review rests on, read in a fixed number of queries: each row with its hash, and its lines of the
journal."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, or_, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.sql.elements import ColumnElement

from store import schema as s
from tracks.errors import JalonError
from tracks.review import Step
from tracks.vocabulary import Outcome, RecipientKind, ReviewKind

# Who reads the journal must find every line about a piece: the words by which nights, dispatch and people name it.
NAMED = {
    "review": ("review:{}", "r{}"),
    "appointment": ("appointment:{}", "a{}"),
    "message": ("message:{}", "m{}"),
    "question": ("question:{}", "q{}"),
    "check": ("check:{}",),
    "case": ("case:{}", "c{}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A row as it is stored: `line` its JSON, `hash` the SHA-256 of that line."""

    kind: str
    id: int
    row: RowMapping
    line: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """The rows of a file, for staff's eyes. `head`: the case, its person and its referent."""

    review: RowMapping
    head: RowMapping
    pieces: tuple[Piece, ...]
    evidence: tuple[RowMapping, ...]
    lines: tuple[RowMapping, ...]
    first_hash: str

    def of(self, kind: str) -> list[RowMapping]:
        return [piece.row for piece in self.pieces if piece.kind == kind]


def read_file(connection: Connection, *, territory: str, review: int) -> File:
    """JalonError: no such review here, or one that is about nobody."""
    found = (
        connection.execute(select(s.reviews).where(s.reviews.c.territory == territory, s.reviews.c.id == review))
        .mappings()
        .first()
    )
    if found is None:
        raise JalonError(f"Revue r{review} introuvable dans ce territoire. La liste : jalon review list.")
    if found["kind"] == ReviewKind.SERVICE:
        raise JalonError(f"La revue r{review} porte sur le service : aucune personne n'y a de dossier.")
    head = _head(connection, territory, found["case_id"])
    pieces = tuple(_pieces(connection, territory, found, head))
    named = [("review", review), ("case", head["id"]), *((piece.kind, piece.id) for piece in pieces)]
    evidence = select(s.review_evidence).where(
        s.review_evidence.c.territory == territory, s.review_evidence.c.review_id == review
    )
    return File(
        review=found,
        head=head,
        pieces=pieces,
        evidence=tuple(connection.execute(evidence.order_by(s.review_evidence.c.id)).mappings()),
        lines=tuple(_lines(connection, territory, named)),
        first_hash=first_hash(connection, territory=territory),
    )


def first_hash(connection: Connection, *, territory: str) -> str:
    """The salt of pseudonyms: known to the county alone, the same for ever."""
    j = s.journal.c
    return connection.scalar(select(j.hash).where(j.territory == territory).order_by(j.id).limit(1)) or ""


def line_of(row: RowMapping) -> str:
    """A row as one line of JSON: the same row makes the same line, on either database."""
    return json.dumps(dict(row), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} ne s'écrit pas en JSON")


def _head(connection: Connection, territory: str, case: int) -> RowMapping:
    p, r, c = s.persons.c, s.referents.c, s.cases.c
    names = ("first_name", "last_name", "file_number", "role", "civility", "address", "postcode_city", "birth_date")
    statement = (
        select(
            s.cases,
            *(p[name] for name in names),
            p.email,
            p.mobile,
            p.landline,
            r.first_name.label("referent_first_name"),
            r.last_name.label("referent_last_name"),
            r.body,
            r.circuit,
            r.site,
            r.phone.label("referent_phone"),
        )
        .join(s.persons, p.id == c.person_id)
        .outerjoin(s.referents, r.id == c.referent_id)
        .where(c.territory == territory, c.id == case)
    )
    return connection.execute(statement).mappings().one()


def _pieces(connection: Connection, territory: str, review: RowMapping, head: RowMapping) -> Iterable[Piece]:
    for kind, table, which in _wanted(review, head):
        statement: Select[Any] = select(table).where(table.c.territory == territory, which).order_by(table.c.id)
        for row in connection.execute(statement).mappings():
            line = line_of(row)
            digest = hashlib.sha256(line.encode()).hexdigest()
            yield Piece(kind=kind, id=row["id"], row=row, line=line, hash=digest)


def _wanted(review: RowMapping, head: RowMapping) -> list[tuple[str, Table, ColumnElement[bool]]]:
    """What is in a file: all of the case, and of the person's contracts, actions, letters and pauses."""
    case, person = head["id"], head["person_id"]
    of_case = [
        ("appointment", s.appointments),
        ("question", s.questions),
        ("check", s.checks),
        ("breach", s.breaches),
        ("signal", s.signals),
    ]
    of_person = [
        ("contract", s.contracts),
        ("action", s.prescribed_actions),
        ("letter", s.letters),
        ("pause", s.pauses),
        ("representative", s.representatives),
    ]
    m = s.messages.c
    return [
        *((kind, table, table.c.case_id == case) for kind, table in of_case),
        *((kind, table, table.c.person_id == person) for kind, table in of_person),
        ("message", s.messages, and_(m.case_id == case, m.recipient_kind == RecipientKind.BENEFICIARY)),
        ("step", s.review_steps, s.review_steps.c.review_id == review["id"]),
    ]


def _lines(connection: Connection, territory: str, named: Iterable[tuple[str, int]]) -> list[RowMapping]:
    """The lines of the journal about these rows, in the order of their chains."""
    j = s.journal.c
    exact = [word.format(id_) for kind, id_ in named for word in NAMED.get(kind, ())]
    longer = [j.subject.startswith(f"{word}{end}", autoescape=True) for word in exact for end in (" ", ":")]
    lines: list[RowMapping] = []
    for start in range(0, len(exact), 100):  # a bounded statement, however long the file
        some = exact[start : start + 100]
        which = or_(j.subject.in_(some), *longer[2 * start : 2 * start + 2 * len(some)])
        lines += connection.execute(select(s.journal).where(j.territory == territory, which)).mappings()
    return sorted({line["id"]: line for line in lines}.values(), key=lambda line: (line["chain"], line["seq"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """The other member of the household, if any: a cap of the law depends on it, and their own open review is shown."""

    members: int
    other_review: int | None


def read_household(connection: Connection, file: File) -> Household:
    p, c, r = s.persons.c, s.cases.c, s.reviews.c
    territory = file.review["territory"]
    others = list(
        connection.scalars(
            select(p.id).where(
                p.territory == territory, p.file_number == file.head["file_number"], p.id != file.head["person_id"]
            )
        )
    )
    open_one = connection.scalar(
        select(r.id)
        .join(s.cases, c.id == r.case_id)
        .where(
            r.territory == territory,
            c.person_id.in_(others),
            r.kind == ReviewKind.COMPLIANCE,
            r.outcome.is_(None),
        )
        .order_by(r.id)
    )
    return Household(members=1 + len(others), other_review=open_one)


def earlier_decisions(connection: Connection, file: File) -> list[RowMapping]:
    """The decisions against the same person that were notified before, oldest first: `id`, `outcome`, `notified_on`."""
    r, c, t = s.reviews.c, s.cases.c, s.review_steps.c
    statement = (
        select(r.id, r.outcome, t.on_day.label("notified_on"))
        .join(s.cases, c.id == r.case_id)
        .join(s.review_steps, (t.review_id == r.id) & (t.step == Step.NOTIFIED.value))
        .where(
            r.territory == file.review["territory"],
            c.person_id == file.head["person_id"],
            r.id != file.review["id"],
            r.outcome == Outcome.SANCTION_PROPOSED_OUTSIDE_SYSTEM,
        )
        .order_by(t.on_day)
    )
    return list(connection.execute(statement).mappings())
