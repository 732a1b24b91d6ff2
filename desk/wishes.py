"""`jalon wishes`: how somebody wants to be written to."""

from typing import TYPE_CHECKING, Annotated

import typer

from desk.options import AsJson, By, CaseArgument
from desk.terminal import emit, say
from desk.usage import Commands

if TYPE_CHECKING:
    from store.preferences import Preferences

wishes = Commands(help="Comment une personne souhaite qu'on lui écrive : français facile, gros caractères.")


@wishes.command("show")
def show(case: CaseArgument, as_json: AsJson = False) -> None:
    """Le français facile, les gros caractères : ce que la personne a demandé."""
    from desk.finding import case_id
    from desk.opening import open_desk
    from store.preferences import preferences_of

    with open_desk() as desk, desk.reading() as connection:
        number = case_id(connection, desk, case)
        found = preferences_of(connection, desk.act("lecture"), case=number)
    if as_json:
        emit({"case_id": f"c{number}", "easy_french": found.easy_french, "large_print": found.large_print})
    else:
        say(f"c{number} : {told(found)}")


@wishes.command("set")
def set_(
    case: CaseArgument,
    by: By,
    easy: Annotated[
        bool | None, typer.Option("--easy-french/--no-easy-french", help="Des phrases courtes, des mots simples.")
    ] = None,
    large: Annotated[
        bool | None, typer.Option("--large-print/--no-large-print", help="Lettres et courriels en gros caractères.")
    ] = None,
) -> None:
    """Note ce que la personne demande ; les messages suivants en tiennent compte."""
    from desk.finding import case_id
    from desk.opening import open_desk
    from store.preferences import prefer

    if easy is None and large is None:
        raise typer.BadParameter("donnez --easy-french, --large-print, ou leur contraire.")
    with open_desk() as desk, desk.writing() as connection:
        number = case_id(connection, desk, case)
        now = prefer(connection, desk.act(by), case=number, easy_french=easy, large_print=large)
        say(f"Noté pour c{number} (par {by}). {told(now)}")


def told(found: "Preferences") -> str:
    wants = [
        word
        for word, wanted in (("français facile", found.easy_french), ("gros caractères", found.large_print))
        if wanted
    ]
    return f"Souhaite : {', '.join(wants)}." if wants else "Aucun souhait sur la forme des messages."
