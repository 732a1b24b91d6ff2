"""`jalon person`: how a person is written to, as they say it."""

from typing import Annotated, Literal

import typer

from desk import ids
from desk.options import By, CaseArgument
from desk.terminal import say
from desk.usage import Commands
from tracks import french
from tracks.vocabulary import Channel

person = Commands(help="Par où écrire à une personne, et les coordonnées qu'elle a déclarées.")

Through = Annotated[
    Literal["sms", "email", "letter"], typer.Argument(metavar="sms|email|letter", help="Le moyen d'envoi.")
]
SAID = {"sms": "SMS", "email": "courriel", "letter": "lettre"}


@person.command("refuse-channel")
def refuse_channel(case: CaseArgument, channel: Through, by: By) -> None:
    """La personne ne veut plus de messages par ce moyen : plus rien n'en part."""
    _set_channel(case, channel, by, refused=True)


@person.command("accept-channel")
def accept_channel(case: CaseArgument, channel: Through, by: By) -> None:
    """La personne veut bien, de nouveau, des messages par ce moyen."""
    _set_channel(case, channel, by, refused=False)


def _set_channel(case: str, channel: str, by: str, *, refused: bool) -> None:
    from desk.finding import person_id
    from desk.opening import open_desk
    from store import declarations

    with open_desk() as desk:
        with desk.writing() as connection:
            who = person_id(connection, desk, case)
            change = declarations.refuse if refused else declarations.accept
            new = change(connection, desk.act(by), person=who, channel=Channel(channel))
        what = "plus de message" if refused else "des messages, de nouveau,"
        say(f"{'Noté' if new else 'Déjà noté'} : {what} par {SAID[channel]} (par {by}).")


@person.command("contacts")
def contacts(case: CaseArgument) -> None:
    """Les coordonnées que la personne a déclarées, et celles qu'elles ont remplacées."""
    from desk.finding import person_id
    from desk.opening import open_desk
    from store import declarations

    with open_desk() as desk, desk.reading() as connection:
        found = declarations.declared(connection, territory=desk.slug, person=person_id(connection, desk, case))
        for row in found:
            undone = f", défait le {french.full_date(row['undone_on'])}" if row["undone_on"] else ""
            day = french.full_date(row["declared_on"])
            before = row["old_value"] or "rien"
            say(f"d{row['id']}  le {day} : {row['new_value']} (avant : {before}){undone}")
        say(f"{french.plural(len(found), 'déclaration')}.")


@person.command("restore-contact")
def restore_contact(
    number: Annotated[str, typer.Argument(metavar="DÉCLARATION", help="Numéro de la déclaration (d12).")], by: By
) -> None:
    """Remet les coordonnées d'avant une déclaration, après en avoir parlé avec la personne."""
    from desk.opening import open_desk
    from store import declarations

    id_ = ids.read("d", number)
    with open_desk() as desk:
        with desk.writing() as connection:
            declarations.undo(connection, desk.act(by), declaration=id_)
        say(f"Noté : la déclaration d{id_} est défaite (par {by}).")
