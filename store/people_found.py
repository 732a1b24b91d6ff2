"""Finding people among those that an account may see: by name, whatever the accents, by case or by file number."""

import unicodedata

from sqlalchemy import Connection, func, or_, select
from sqlalchemy.engine import RowMapping

from store import schema as s
from store.scope import Scope

SHOWN, LOOKED_AT = 50, 2000
ACCENTED = frozenset("aceinouy")  # letters that bear an accent in French names: any letter fits there, then we look


def find_people(
    connection: Connection, scope: Scope, *, said: str, closed: bool = False
) -> tuple[list[RowMapping], int | None]:
    """The first cases in sight that `said` fits, by name, and how many in all; None: more than could be looked at.

    Without a word: the open cases, by name. One query.
    """
    c, p, f = s.cases.c, s.persons.c, s.referents.c
    words = folded(said).split()[:5]
    statement = (
        select(c.id, c.track, c.entered_on, c.left_on, c.next_step, p.first_name, p.last_name, p.file_number, p.role)
        .add_columns(f.first_name.label("referent_first_name"), f.last_name.label("referent_last_name"))
        .add_columns(func.count().over().label("total"))
        .join(s.persons, p.id == c.person_id)
        .outerjoin(s.referents, f.id == c.referent_id)
        .where(scope.cases())
        .order_by(p.last_name, p.first_name, c.left_on.is_not(None), c.id)
        .limit(LOOKED_AT if words else SHOWN)
    )
    if not closed:
        statement = statement.where(c.left_on.is_(None))
    for word in words:
        fits = [column.ilike(pattern(word), escape="\\") for column in (p.first_name, p.last_name, p.file_number)]
        number = int(word[1:]) if word[:1] == "c" and word[1:].isdecimal() and len(word) < 19 else None
        statement = statement.where(or_(*fits, *([c.id == number] if number is not None else [])))
    rows = list(connection.execute(statement).mappings())
    total = rows[0]["total"] if rows else 0
    if not words:
        return rows, total
    kept = [row for row in rows if all(fits_well(word, row) for word in words)]
    return kept[:SHOWN], len(kept) if total <= LOOKED_AT else None


def folded(text: str) -> str:
    """Without accents nor case: « Éloïse » and « eloise » are one."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").replace("œ", "oe").replace("æ", "ae"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def pattern(word: str) -> str:
    """What SQL looks for: it knows no accents, so that a letter which may bear one is any letter."""
    safe = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("oe", "%").replace("'", "_")
    return "%" + "".join("_" if letter in ACCENTED else letter for letter in safe) + "%"


def fits_well(word: str, row: RowMapping) -> bool:
    told = folded(f"{row['first_name']} {row['last_name']}")
    return word in told or word in row["file_number"].casefold() or word == f"c{row['id']}"
