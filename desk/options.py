"""The options that several commands share, and how a day, an instant or a name is read."""

from datetime import date, datetime
from typing import Annotated

import typer


def a_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"« {text} » n'est pas un jour. Attendu : 2026-11-23.") from None


def an_instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = datetime.min  # noqa: DTZ901  (naive, so refused below)
    if found.tzinfo is None:
        raise typer.BadParameter(f"« {text} » n'est pas un instant. Attendu : 2026-11-23T09:30+01:00.")
    return found


def a_name(text: str) -> str:
    if not text.strip():
        raise typer.BadParameter("un nom est attendu : qui fait cet acte ?")
    return " ".join(text.split())


def some_words(text: str) -> str:
    if not text.strip():
        raise typer.BadParameter("quelques mots sont attendus.")
    return text.strip()


By = Annotated[str, typer.Option("--by", metavar="QUI", parser=a_name, help="Qui fait cet acte : prénom et nom.")]
On = Annotated[
    date | None, typer.Option("--on", metavar="JOUR", parser=a_day, help="Se place à ce jour ; sinon, aujourd'hui.")
]
At = Annotated[
    datetime | None,
    typer.Option("--at", metavar="INSTANT", parser=an_instant, help="Se place à cet instant : 2026-11-23T09:30+01:00."),
]
OnDay = Annotated[date, typer.Option("--on", metavar="JOUR", parser=a_day, help="Le jour du fait.")]
FromDay = Annotated[date, typer.Option("--from", metavar="JOUR", parser=a_day, help="Premier jour.")]
AsJson = Annotated[bool, typer.Option("--json", help="Un objet JSON par ligne, seul sur la sortie standard.")]
Apply = Annotated[bool, typer.Option("--apply", help="Écrit vraiment ; sans elle, un essai à blanc.")]
CaseArgument = Annotated[
    str, typer.Argument(metavar="DOSSIER", help="Numéro de dossier (c12) ou numéro du Département.")
]
