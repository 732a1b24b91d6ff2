"""`jalon panel`: the sessions of the équipe pluridisciplinaire, their members, their agenda without a name."""

from datetime import datetime
from typing import Annotated

import typer

from desk import ids
from desk.options import By, a_name, an_instant, some_words
from desk.terminal import say
from desk.usage import Commands
from tracks import french

panel = Commands(help="Les séances de l'équipe pluridisciplinaire.")

SessionArgument = Annotated[str, typer.Argument(metavar="SÉANCE", help="Numéro de la séance (s3).")]
Name = Annotated[str, typer.Option("--name", metavar="NOM", parser=a_name, help="Le membre.")]


@panel.command("add")
def add(
    at: Annotated[datetime, typer.Option("--at", metavar="INSTANT", parser=an_instant, help="2027-01-12T09:00+01:00.")],
    place: Annotated[str, typer.Option("--place", metavar="LIEU", parser=some_words, help="Où elle se tient.")],
    by: By,
    slots: Annotated[int, typer.Option("--slots", min=1, max=60, help="Combien de passages.")] = 12,
) -> None:
    """Prévoit une séance."""
    from desk.opening import open_desk
    from store.panels import add_session

    with open_desk() as desk:
        with desk.writing() as connection:
            session = add_session(connection, desk.act(by), starts_at=at, place=place, slots=slots)
        say(f"Noté : séance s{session}, {french.plural(slots, 'passage')} (par {by}).")


@panel.command("member")
def member(
    number: SessionArgument,
    name: Name,
    seat: Annotated[str, typer.Option("--seat", metavar="FONCTION", help="Une fonction de revue.toml.")],
    by: By,
    substitutes: Annotated[
        str | None, typer.Option("--substitutes", metavar="NOM", parser=a_name, help="Qui cette personne remplace.")
    ] = None,
) -> None:
    """Inscrit un membre, titulaire ou suppléant."""
    from desk.opening import open_desk
    from store.panels import Member, add_member

    session = ids.read("s", number)
    with open_desk() as desk:
        rules = desk.territory.procedure.at(desk.today).panel
        with desk.writing() as connection:
            who = Member(name=name, seat=seat, substitutes=substitutes)
            add_member(connection, desk.act(by), session=session, member=who, panel=rules)
        say(f"Noté : {name}, {rules.seats()[seat].title}, séance s{session} (par {by}).")


@panel.command("present")
def present(number: SessionArgument, name: Name, by: By) -> None:
    """Note qu'un membre est venu : le quorum se compte sur les présents."""
    from desk.opening import open_desk
    from store.panels import note_present

    session = ids.read("s", number)
    with open_desk() as desk:
        with desk.writing() as connection:
            note_present(connection, desk.act(by), session=session, name=name)
        say(f"Noté : {name} présent à la séance s{session} (par {by}).")


@panel.command("list")
def listed() -> None:
    """Les séances, et les revues dont l'avis tarde."""
    from desk.opening import open_desk
    from store import panels
    from tracks.legal import Key
    from tracks.panel import silent_since

    with open_desk() as desk:
        with desk.reading() as connection:
            found = panels.sessions(connection, territory=desk.slug)
            waiting = panels.waiting(connection, territory=desk.slug)
        limit = desk.territory.legal.at(Key.PANEL_REMINDER, desk.today).value
        for row in found:
            wall = desk.territory.calendar.wall_clock(row["starts_at"])
            when = f"{french.full_date(wall.date())} à {french.clock(wall.time())}"
            counts = (
                f"{french.plural(row['items'], 'revue')} sur {row['slots']}, {french.plural(row['members'], 'membre')}"
            )
            say(f"s{row['id']}  {when}, {row['place']} : {counts}")
        for row in waiting:
            days = silent_since(row["asked_on"], on=desk.today, after_days=limit)
            if days:
                say(f"r{row['id']} attend un avis depuis {days} jours ; aucun n'est réputé rendu. Relancez l'équipe.")
        say(f"{french.plural(len(found), 'séance')}, {french.plural(len(waiting), 'revue')} en attente d'un avis.")


@panel.command("agenda")
def agenda(number: SessionArgument) -> None:
    """L'ordre du jour, sans nom : un passage, un pseudonyme, un résumé."""
    from desk.dossier import pseudonym_of
    from desk.opening import open_desk
    from store import dossier, panels

    session = ids.read("s", number)
    with open_desk() as desk:
        with desk.reading() as connection:
            row, members, items = panels.agenda(connection, desk.act("-"), session=session)
            salt = dossier.first_hash(connection, territory=desk.slug)
        rules = desk.territory.procedure.at(desk.today).panel
        wall = desk.territory.calendar.wall_clock
        start = wall(row["starts_at"])
        say(f"Séance s{session} du {french.full_date(start.date())} à {french.clock(start.time())}, {row['place']}")
        for one in members:
            title = rules.seats()[one["seat"]].title if one["seat"] in rules.seats() else one["seat"]
            instead = f", suppléant de {one['substitutes']}" if one["substitutes"] else ""
            say(f"  {one['name']}, {title}{instead}{' : présent' if one['present'] else ''}")
        for item in items:
            at = wall(panels.slot_at(row["starts_at"], slot=item["slot"], minutes=rules.slot_minutes))
            who = pseudonym_of(salt, territory=desk.slug, person=item["person_id"])
            say(
                f"\n{french.clock(at.time())}  r{item['review_id']}, {who}, "
                f"{desk.territory.tracks[item['track']].title}"
            )
            say(f"     {item['reason']}")
            say(f"     Dossier : jalon review dossier r{item['review_id']} --redacted --out r{item['review_id']}.pdf")
        say(f"\n{french.plural(len(items), 'passage')}.")
