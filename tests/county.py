"""The smallest county there is, for tests of the store: one person, one referent, one open case."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, insert

from store.schema import cases, persons, referents

A_PERSON = {
    "file_number": "0250001",
    "role": "DEM",
    "civility": "Madame",
    "first_name": "Inès",
    "last_name": "Exemple",
    "birth_date": date(1990, 5, 4),
    "email": "ines@example.org",
    "mobile": "+33639980001",
    "known_on": date(2026, 6, 1),
}
A_REFERENT = {
    "email": "oyku@example.org",
    "first_name": "Oyku",
    "last_name": "Demir",
    "role": "coach_filiere",
    "body": "Département",
    "circuit": "B",
    "site": "Besançon Planoise",
    "phone": "+33353011137",
    "capacity": 70,
    "working_days": "1 2 4 5",
    "day_starts": "09:00",
    "day_ends": "17:00",
    "break_starts": "12:00",
    "break_ends": "13:30",
}
A_CASE = {
    "track": "objectif_emploi",
    "entered_on": date(2026, 6, 1),
    "notified_on": date(2026, 6, 1),
    "under_duties": True,
}


@dataclass(frozen=True)
class County:
    """The ids of its rows."""

    person: int
    referent: int
    case: int


def add(connection: Connection, table: Table, **values: Any) -> int:
    """Insert one row of the Doubs (or of another `territory`); its id."""
    row = {"territory": "doubs"} | values
    (key,) = connection.execute(insert(table).values(**row)).inserted_primary_key or (0,)
    return int(key)


def a_county(connection: Connection, *, territory: str = "doubs") -> County:
    person = add(connection, persons, territory=territory, **A_PERSON)
    referent = add(connection, referents, territory=territory, **A_REFERENT)
    case = add(connection, cases, territory=territory, person_id=person, referent_id=referent, **A_CASE)
    return County(person, referent, case)
