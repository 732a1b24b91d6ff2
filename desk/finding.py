"""Finds the case that somebody means: by its id (c12), or by the county's file number."""

from datetime import date

from sqlalchemy import Connection, select

from desk import ids
from desk.opening import Desk
from store.schema import cases, persons
from tracks.errors import JalonError
from tracks.french import full_date


def case_id(connection: Connection, desk: Desk, text: str) -> int:
    """The id of the case; of the open one where the person has several. A bare file number is the claimant's.

    JalonError: nobody, or a person with two open cases: it lists the choices.
    """
    number = ids.read_case(text)
    if number is not None:
        known = connection.execute(
            select(cases.c.id, persons.c.archived_on)
            .join(persons, persons.c.id == cases.c.person_id)
            .where(cases.c.id == number, cases.c.territory == desk.slug)
        ).first()
        if known is None:
            raise JalonError(f"Dossier {text.strip()} introuvable dans le territoire {desk.territory.name}.")
        refuse_archived(known.archived_on)
        return number
    return _by_file_number(connection, desk, text.strip())


def person_id(connection: Connection, desk: Desk, text: str) -> int:
    """The person of that case. JalonError as `case_id`."""
    number = case_id(connection, desk, text)
    return int(connection.execute(select(cases.c.person_id).where(cases.c.id == number)).scalar_one())


def _by_file_number(connection: Connection, desk: Desk, text: str) -> int:
    partner = text.upper().endswith("-CJT")
    found = connection.execute(
        select(persons.c.role, persons.c.archived_on, cases)
        .join(cases, cases.c.person_id == persons.c.id)
        .where(persons.c.territory == desk.slug, persons.c.file_number == (text[: -len("-CJT")] if partner else text))
        .order_by(cases.c.entered_on.desc(), cases.c.id.desc())
    ).all()
    for row in found:
        refuse_archived(row.archived_on)
    claimant = [row for row in found if row.role != "CJT"]
    found = [row for row in found if row.role == "CJT"] if partner or not claimant else claimant
    if not found:
        raise JalonError("Aucun dossier à ce numéro dans ce territoire. Donnez un numéro c12 ou celui du Département.")
    still_open = [row for row in found if row.left_on is None]
    choices = still_open or list(found[:1])
    if len(choices) == 1:
        return int(choices[0].id)
    listed = "\n".join(f"  c{row.id}  {row.track}, depuis le {full_date(row.entered_on)}" for row in choices)
    raise JalonError(f"Ce numéro mène à plusieurs dossiers ouverts. Lequel ?\n{listed}")


def refuse_archived(archived_on: date | None) -> None:
    """An archived file is out of sight of everyday work (R20). JalonError."""
    if archived_on is not None:
        raise JalonError(
            f"Ce dossier est en archive restreinte depuis le {full_date(archived_on)} : il n'est plus consulté ici. "
            "Le service juridique peut le lire dans la base, sur demande écrite."
        )
