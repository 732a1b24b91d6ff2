"""`jalon account`: who may open the desk."""

from typing import TYPE_CHECKING, Annotated

import typer

from desk import words
from desk.options import AsJson, By, some_words
from desk.terminal import emit, say
from desk.usage import Commands
from tracks import french
from tracks.vocabulary import DeskRole

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desk.opening import Desk

account = Commands(help="Les comptes du bureau : en ouvrir, changer un rôle, en fermer.")

Email = Annotated[str, typer.Argument(metavar="COURRIEL", help="L'adresse du compte.")]
RoleOption = Annotated[DeskRole, typer.Option("--role", help="À quoi sert le compte.")]
Referent = Annotated[
    str | None, typer.Option("--referent", metavar="COURRIEL", help="Le référent dont il suit le portefeuille.")
]


@account.command("add")
def add(
    email: Email,
    name: Annotated[str, typer.Option("--name", metavar="NOM", parser=some_words, help="Prénom et nom.")],
    role: RoleOption,
    by: By,
    referent: Referent = None,
) -> None:
    """Ouvre un compte et donne le lien, à usage unique, pour en choisir le mot de passe."""
    from desk.opening import open_desk
    from store import accounts

    with open_desk() as desk:
        with desk.writing() as connection:
            follows = referent_id(connection, desk, referent)
            new = accounts.NewAccount(email=email, name=name, role=role, referent=follows)
            number = accounts.add(connection, desk.act(by), new)
            token = accounts.invite(connection, desk.act(by), account=number)
        say(f"Compte ouvert : {name}, {words.DESK_ROLE[role]} (par {by}).")
        say_link(desk, token)


@account.command("link")
def link(email: Email, by: By) -> None:
    """Donne un nouveau lien pour choisir un mot de passe ; le précédent ne sert plus."""
    from desk.opening import open_desk
    from store import accounts

    with open_desk() as desk:
        with desk.writing() as connection:
            row = accounts.named(connection, desk.act(by), email=email)
            token = accounts.invite(connection, desk.act(by), account=row["id"])
        say_link(desk, token)


@account.command("list")
def listed(as_json: AsJson = False) -> None:
    """Les comptes, leur rôle, et s'ils servent encore."""
    from desk.opening import open_desk
    from store import accounts

    with open_desk() as desk:
        with desk.reading() as connection:
            found = accounts.listed(connection, territory=desk.slug)
        for row in found:
            if as_json:
                shown = {name: row[name] for name in ("email", "name", "role", "referent")}
                emit(shown | {"disabled": row["disabled_at"] is not None})
                continue
            follows = f" (portefeuille de {row['referent']})" if row["referent"] else ""
            shut = ", fermé" if row["disabled_at"] else ""
            say(f"{row['email']}  {row['name']}, {words.DESK_ROLE[row['role']]}{follows}{shut}")
        say(f"{french.plural(len(found), 'compte')}.", as_json=as_json)


@account.command("role")
def set_role(
    email: Email,
    role: Annotated[DeskRole, typer.Argument(help="Le nouveau rôle.")],
    by: By,
    referent: Referent = None,
) -> None:
    """Change le rôle d'un compte, dès sa prochaine page."""
    from desk.opening import open_desk
    from store import accounts

    with open_desk() as desk:
        with desk.writing() as connection:
            follows = referent_id(connection, desk, referent)
            accounts.set_role(connection, desk.act(by), email=email, role=role, referent=follows)
        say(f"Noté : {email}, {words.DESK_ROLE[role]} (par {by}).")


@account.command("disable")
def disable(email: Email, by: By) -> None:
    """Ferme un compte ; qui y est connecté ne l'est plus."""
    from desk.opening import open_desk
    from store import accounts

    with open_desk() as desk:
        with desk.writing() as connection:
            accounts.disable(connection, desk.act(by), email=email)
        say(f"Noté : {email} est fermé (par {by}).")


def referent_id(connection: "Connection", desk: "Desk", email: str | None) -> int | None:
    from store.handover import referent_named

    return referent_named(connection, territory=desk.slug, email=email).id if email else None


def say_link(desk: "Desk", token: str) -> None:
    from desk.web.staff.command import HOST, PORT

    url = desk.settings.desk_url.rstrip("/") or f"http://{HOST}:{PORT}"
    say("À transmettre à la personne, et à elle seule ; sert une fois, sous sept jours :")
    say(f"  {url}/compte/{token}", wrap=False)
