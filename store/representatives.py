"""Who represents a minor or a protected adult: notices are served on them."""

from datetime import date

from sqlalchemy import Connection, select

from store import schema as s
from store.acts import Act, found, record
from store.sets import insert_new
from tracks.errors import JalonError


def add_representative(
    connection: Connection, act: Act, *, review: int, name: str, kind: str, address: str, first_day: date
) -> None:
    """JalonError: no such review of a person, or somebody is already noted from that day."""
    row = found(connection, act, table=s.reviews, id=review, what=f"Revue r{review}")
    if row["case_id"] is None:
        raise JalonError(f"La revue r{review} ne concerne pas une personne : elle n'a pas de représentant.")
    person = connection.scalar(select(s.cases.c.person_id).where(s.cases.c.id == row["case_id"]))
    values = {"territory": act.territory, "person_id": person, "kind": kind, "name": name, "address": address}
    if not insert_new(connection, s.representatives, [values | {"first_day": first_day, "said_by": act.by}]):
        raise JalonError("Un représentant est déjà noté depuis ce jour. Choisissez un autre jour.")
    record(connection, act, kind="representative", subject=f"r{review} {kind} {first_day.isoformat()}")
