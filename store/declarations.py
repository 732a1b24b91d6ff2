"""Contact details as the person declares them: used at once, the former ones kept, the referent told.

A channel that the person no longer wants is refused here too.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.engine import RowMapping

from store.acts import Act, found, record
from store.answers import Given, give
from store.links import Link
from store.schema import declarations, persons
from tracks.errors import JalonError
from tracks.french import full_date
from tracks.vocabulary import AnswerKind, Channel

FIELDS = ("mobile", "landline", "email", "email_to_check", "address", "postcode_city")
KEPT = ("mobile", "landline", "email", "address", "postcode_city")  # with their former value


def declare(
    connection: Connection, act: Act, link: Link, new: Mapping[str, Any], *, why: str, coordinator_from: date
) -> bool:
    """The person's new contact details, from this day on; False where they are those that we have.

    `new`: columns of persons, as the import reads them. The day is that of the duty which the contract names.
    """
    before = _person(connection, act, link.person_id)
    changed = {name: value for name, value in new.items() if name in KEPT and value != before[name]}
    if not changed:
        return False
    content = "|".join(f"{name}:{before[name]}>{value}" for name, value in sorted(changed.items()))
    given = Given(kind=AnswerKind.CONTACT, wishes=" ".join(sorted(changed)), content=content)
    number = give(connection, act, link, given, why=why, coordinator_from=coordinator_from)
    if number is None:
        return False
    _replace(connection, act, before, changed, new, number=number, said_by=None)
    return True


def correct(connection: Connection, act: Act, *, person: int, new: Mapping[str, Any]) -> bool:
    """The same, as somebody of the staff was told by the person: the former ones are kept, and may be put back.

    False where they are those that we have.
    """
    before = _person(connection, act, person)
    changed = {name: value for name, value in new.items() if name in KEPT and value != before[name]}
    if not changed:
        return False
    _replace(connection, act, before, changed, new, number=None, said_by=act.by)
    record(connection, act, kind="contact_corrected", subject=f"p{person} {' '.join(sorted(changed))}")
    return True


def _replace(
    connection: Connection,
    act: Act,
    before: RowMapping,
    changed: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    number: int | None,
    said_by: str | None,
) -> None:
    """Note what was there and write what is `new`. `number`: of the person's answer, where it is theirs."""
    rows = [
        {
            "territory": act.territory,
            "person_id": before["id"],
            "answer_id": number,
            "said_by": said_by,
            "field": name,
            "old_value": before[name],
            "new_value": value,
            "declared_on": act.on,
        }
        for name, value in changed.items()
    ]
    connection.execute(insert(declarations), rows)
    values = {name: value for name, value in new.items() if name in FIELDS}
    connection.execute(update(persons).where(persons.c.id == before["id"]).values(values))


def refuse(connection: Connection, act: Act, *, person: int, channel: Channel) -> bool:
    """Nothing is written to this person by that channel any more; False when it was so already."""
    return _set_refused(connection, act, person, channel, refused=True)


def accept(connection: Connection, act: Act, *, person: int, channel: Channel) -> bool:
    return _set_refused(connection, act, person, channel, refused=False)


def _set_refused(connection: Connection, act: Act, person: int, channel: Channel, *, refused: bool) -> bool:
    row = _person(connection, act, person)
    words = set(row["refused_channels"].split())
    wanted = words | {channel.value} if refused else words - {channel.value}
    if wanted == words:
        return False
    connection.execute(update(persons).where(persons.c.id == person).values(refused_channels=" ".join(sorted(wanted))))
    kind = "channel_refused" if refused else "channel_accepted"
    record(connection, act, kind=kind, subject=f"p{person} {channel}")
    return True


def declared(connection: Connection, *, territory: str, person: int) -> list[RowMapping]:
    """The person's declarations, oldest first."""
    d = declarations.c
    rows = select(declarations).where(d.territory == territory, d.person_id == person).order_by(d.id)
    return list(connection.execute(rows).mappings())


def replaced(connection: Connection, *, territory: str) -> dict[tuple[int, str], set[str]]:
    """(person, field) → the values that the person's own declarations replaced, and that nobody put back."""
    d = declarations.c
    rows = select(d.person_id, d.field, d.old_value).where(
        d.territory == territory, d.old_value.is_not(None), d.undone_on.is_(None)
    )
    found: dict[tuple[int, str], set[str]] = {}
    for person, name, value in connection.execute(rows):
        found.setdefault((person, name), set()).add(value)
    return found


def undo(connection: Connection, act: Act, *, declaration: int) -> None:
    """Put back what we had before, as somebody who spoke with the person says. JalonError: it is no longer in use."""
    row = found(connection, act, table=declarations, id=declaration, what=f"Déclaration d{declaration}")
    if row["undone_on"] is not None:
        raise JalonError(f"La déclaration d{declaration} a déjà été défaite le {full_date(row['undone_on'])}.")
    person = _person(connection, act, row["person_id"])
    if person[row["field"]] != row["new_value"]:
        raise JalonError(f"La déclaration d{declaration} n'est plus en usage : une autre valeur l'a remplacée.")
    back: dict[str, Any] = {row["field"]: row["old_value"]}
    if row["field"] == "email":
        back["email_to_check"] = not (row["old_value"] or "").partition("@")[0].isascii()
    connection.execute(update(persons).where(persons.c.id == row["person_id"]).values(back))
    connection.execute(
        update(declarations).where(declarations.c.id == declaration).values(undone_on=act.on, undone_by=act.by)
    )
    record(connection, act, kind="declaration_undone", subject=f"d{declaration} p{row['person_id']}")


def _person(connection: Connection, act: Act, person: int) -> RowMapping:
    """The row, locked until the end of the transaction."""
    connection.execute(select(persons.c.id).where(persons.c.id == person).with_for_update())
    return found(connection, act, table=persons, id=person, what="Personne")
