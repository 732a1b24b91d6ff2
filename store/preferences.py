"""How a person wants to be written to: in easy French, in large print. Said by them, noted by somebody."""

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, update
from sqlalchemy.engine import RowMapping

from store.acts import Act, found, record
from store.schema import cases, persons


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    easy_french: bool
    large_print: bool


def preferences_of(connection: Connection, act: Act, *, case: int) -> Preferences:
    """Those of the person of a case. JalonError: no such case."""
    person = _person(connection, act, case)
    return Preferences(easy_french=person["easy_french"], large_print=person["large_print"])


def prefer(
    connection: Connection, act: Act, *, case: int, easy_french: bool | None, large_print: bool | None
) -> Preferences:
    """Note what is given; None leaves it as it is. From then on every message is written so."""
    person = _person(connection, act, case)
    said = {"easy_french": easy_french, "large_print": large_print}
    values = {name: wanted for name, wanted in said.items() if wanted is not None}
    if values:
        this = (persons.c.territory == act.territory) & (persons.c.id == person["id"])
        connection.execute(update(persons).where(this).values(values))
        words = " ".join(f"{name}={int(wanted)}" for name, wanted in values.items())
        record(connection, act, kind="preferences", subject=f"person:{person['id']} {words}")
    now = Preferences(easy_french=person["easy_french"], large_print=person["large_print"])
    return Preferences(**asdict(now) | values)


def _person(connection: Connection, act: Act, case: int) -> RowMapping:
    person = found(connection, act, table=cases, id=case, what=f"Dossier c{case}")["person_id"]
    return found(connection, act, table=persons, id=person, what="La personne de ce dossier")
