"""`jalon hours`: when a person never can come, and when they would rather."""

from typing import TYPE_CHECKING, Annotated

import typer

from desk.options import AsJson, By, CaseArgument
from desk.terminal import emit, say
from desk.usage import Commands

if TYPE_CHECKING:
    from tracks.agenda import Weekly

hours = Commands(help="Les heures d'une personne : impossibles, ou préférées. Les nuits s'y tiennent.")

HOURS = "mer, lun-ven 16:00-18:00, jeu matin ; vide : aucune."


@hours.command("set")
def set_(
    case: CaseArgument,
    by: By,
    impossible: Annotated[
        str | None, typer.Option("--impossible", metavar="HEURES", help=f"Jamais alors : {HOURS}")
    ] = None,
    wished: Annotated[str | None, typer.Option("--wished", metavar="HEURES", help=f"Plutôt alors : {HOURS}")] = None,
) -> None:
    """Remplace les heures dites. Ce qui est annoncé ne bouge pas ; les rendez-vous suivants en tiennent compte."""
    from desk.finding import case_id
    from desk.opening import open_desk
    from store.hours import hours_of, set_hours
    from tracks import hours as week

    if impossible is None and wished is None:
        raise typer.BadParameter("donnez --impossible, --wished ou les deux.")
    never, rather = (None if text is None else week.read_hours(text) for text in (impossible, wished))
    with open_desk() as desk, desk.writing() as connection:
        act, number = desk.act(by), case_id(connection, desk, case)
        set_hours(connection, act, case=number, impossible=never, wished=rather)
        now = hours_of(connection, act, case=number)
        say(f"Noté pour c{number} (par {by}). {told(*now)}")


@hours.command("show")
def show(case: CaseArgument, as_json: AsJson = False) -> None:
    """Les heures dites d'une personne."""
    from desk.finding import case_id
    from desk.opening import open_desk
    from store.hours import hours_of
    from tracks import hours as week

    with open_desk() as desk, desk.reading() as connection:
        number = case_id(connection, desk, case)
        never, rather = hours_of(connection, desk.act("lecture"), case=number)
    if as_json:
        emit({"case_id": f"c{number}", "impossible": week.written(never), "wished": week.written(rather)})
    else:
        say(f"c{number} : {told(never, rather)}")


def told(never: "tuple[Weekly, ...]", rather: "tuple[Weekly, ...]") -> str:
    from tracks import hours as week

    parts = [f"impossible {week.said(never)}"] if never else []
    parts += [f"préféré {week.said(rather)}"] if rather else []
    return f"{' ; '.join(parts)}." if parts else "aucune heure n'est exclue ni préférée."
