"""`jalon token`: what a county's software shows to call the API."""

from typing import Annotated

import typer

from desk import words
from desk.accounts import Referent, referent_id
from desk.options import AsJson, By
from desk.terminal import emit, say
from desk.usage import Commands
from tracks import french
from tracks.vocabulary import DeskRole

token = Commands(help="Les jetons de l'API : en donner un à un logiciel, les lister, en révoquer.")

Name = Annotated[str, typer.Argument(metavar="NOM", help="Le nom du jeton : il signe, api:NOM.")]


@token.command("add")
def add(
    name: Name,
    role: Annotated[DeskRole, typer.Option("--role", help="Ce que le logiciel peut voir et faire.")],
    by: By,
    referent: Referent = None,
    days: Annotated[int, typer.Option("--days", metavar="JOURS", help="Combien de jours il sert.")] = 365,
) -> None:
    """Donne un jeton, affiché une seule fois."""
    from desk.opening import open_desk
    from store import api_tokens

    with open_desk() as desk, desk.writing() as connection:
        follows = referent_id(connection, desk, referent)
        made = api_tokens.add(connection, desk.act(by), name=name, role=role, referent=follows, days=days)
    say(f"Jeton « {name} », {words.DESK_ROLE[role]}, pour {french.plural(days, 'jour')} (par {by}).")
    say("À mettre dans le logiciel, en lieu sûr ; il ne sera plus affiché :")
    say(f"  {made}", wrap=False)


@token.command("list")
def listed(as_json: AsJson = False) -> None:
    """Les jetons, leur rôle, leur terme et leur dernier usage."""
    from desk.opening import open_desk
    from store import api_tokens

    with open_desk() as desk:
        with desk.reading() as connection:
            found = api_tokens.listed(connection, territory=desk.slug)
        for row in found:
            if as_json:
                days = {
                    name: row[name].isoformat() if row[name] else None for name in ("until", "used_at", "revoked_at")
                }
                emit({name: row[name] for name in ("name", "role", "referent")} | days)
                continue
            shut = ", révoqué" if row["revoked_at"] else ", périmé" if row["until"] <= desk.now else ""
            follows = f" (portefeuille de {row['referent']})" if row["referent"] else ""
            day = french.full_date(desk.territory.calendar.day_of(row["until"]))
            used = "jamais servi"
            if row["used_at"]:
                used = f"dernier usage le {french.full_date(desk.territory.calendar.day_of(row['used_at']))}"
            say(f"{row['name']}  {words.DESK_ROLE[row['role']]}{follows}, jusqu'au {day}, {used}{shut}")
        say(f"{french.plural(len(found), 'jeton')}.", as_json=as_json)


@token.command("revoke")
def revoke(name: Name, by: By) -> None:
    """Révoque un jeton, dès son prochain appel. Son nom ne resservira pas."""
    from desk.opening import open_desk
    from store import api_tokens

    with open_desk() as desk:
        with desk.writing() as connection:
            api_tokens.revoke(connection, desk.act(by), name=name)
        say(f"Noté : le jeton « {name} » ne sert plus (par {by}).")
