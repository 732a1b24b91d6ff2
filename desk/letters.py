"""`jalon letters`: what was printed, and what the post took."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from desk import ids
from desk.options import AsJson, By, a_day
from desk.terminal import emit, say
from desk.usage import Commands
from tracks import french

if TYPE_CHECKING:
    from sqlalchemy.engine import RowMapping

letters = Commands(help="Les lettres imprimées ensemble : les voir, noter leur dépôt à la poste.")


@letters.command("list")
def listed(as_json: AsJson = False) -> None:
    """Les impressions, de la plus ancienne à la plus récente."""
    from desk.opening import open_desk
    from store import letters as store
    from store.letters import Batch
    from tasks.letters import paths

    with open_desk() as desk, desk.reading() as connection:
        found = store.listed(connection, territory=desk.slug)
        for row in found:
            made = Batch(id=row["id"], made_at=row["made_at"])
            paper, _ = paths(made, desk.territory.calendar, desk.settings.outbox / "letters")
            if as_json:
                kept = ("letters", "made_at", "printed_at", "posted_on")
                emit({"batch": f"l{row['id']}", "file": paper.name} | {name: row[name] for name in kept})
            else:
                say(f"l{row['id']}  {french.plural(row['letters'], 'lettre')}, {paper} : {_end(row)}")
        say(f"{french.plural(len(found), 'impression')}.", as_json=as_json)


@letters.command("posted")
def posted(
    batch: Annotated[str, typer.Argument(metavar="IMPRESSION", help="Numéro de l'impression (l12).")],
    by: By,
    on: Annotated[
        date | None, typer.Option("--on", metavar="JOUR", parser=a_day, help="Le jour du dépôt ; sinon aujourd'hui.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Note le jour où la poste a pris ces lettres : c'est de ce jour que leur délai compte."""
    from desk.opening import open_desk
    from store import letters as store

    number = ids.read("l", batch)
    with open_desk() as desk:
        day = on or desk.today
        with desk.writing() as connection:
            count = store.posted(connection, desk.act(by), batch=number, day=day)
        if as_json:
            emit({"batch": f"l{number}", "posted_on": day, "letters": count})
        told = f"{french.plural(count, 'lettre déposée', 'lettres déposées')} le {french.full_date(day)}"
        say(f"Noté : l{number}, {told} (par {by}).", as_json=as_json)


def _end(row: "RowMapping") -> str:
    if row["posted_on"]:
        return f"déposée le {french.full_date(row['posted_on'])}"
    return "à déposer à la poste, puis : jalon letters posted" if row["printed_at"] else "à imprimer au prochain envoi"
