"""When a person never can come, and when they would rather: said once, obeyed by every night."""

from sqlalchemy import Connection, update
from sqlalchemy.engine import RowMapping

from store.acts import Act, found, record
from store.schema import cases, persons
from tracks.agenda import Weekly
from tracks.hours import read_hours, written


def hours_of(connection: Connection, act: Act, *, case: int) -> tuple[tuple[Weekly, ...], tuple[Weekly, ...]]:
    """The impossible hours and the wished ones of the person of a case. JalonError: no such case."""
    person = _person(connection, act, case)
    return read_hours(person["hours_impossible"]), read_hours(person["hours_wished"])


def set_hours(
    connection: Connection,
    act: Act,
    *,
    case: int,
    impossible: tuple[Weekly, ...] | None,
    wished: tuple[Weekly, ...] | None,
) -> None:
    """Replace the hours of one kind or of both; None leaves them as they are. What is planned does not move."""
    person = _person(connection, act, case)
    said = {"hours_impossible": impossible, "hours_wished": wished}
    values = {name: written(hours) for name, hours in said.items() if hours is not None}
    if not values:
        return
    this = (persons.c.territory == act.territory) & (persons.c.id == person["id"])
    connection.execute(update(persons).where(this).values(values))
    record(connection, act, kind="hours", subject=f"person:{person['id']}")


def _person(connection: Connection, act: Act, case: int) -> RowMapping:
    person = found(connection, act, table=cases, id=case, what=f"Dossier c{case}")["person_id"]
    return found(connection, act, table=persons, id=person, what="La personne de ce dossier")
