"""The edge of every flow: the territory, the clock, and the words of the forms."""

from datetime import UTC, date, datetime
from typing import Annotated

from prefect.context import FlowRunContext
from pydantic import Field

from config.settings import Settings
from config.territory import load_territory

TERRITORY = load_territory(Settings().territory_folder)


def in_form(title: str, description: str) -> object:
    """The title and the description of a field in Prefect's forms."""
    return Field(json_schema_extra={"title": title, "description": description})


Day = Annotated[date | None, in_form("Jour", "La nuit de quel jour ? Vide : aujourd'hui.")]
Apply = Annotated[bool, in_form("Appliquer", "Non : essai à blanc, rien n'est écrit ni envoyé. Oui : c'est fait.")]
Launch = Annotated[int | None, in_form("Demande", "Rempli par le bureau. Laissez vide.")]
Whole = Annotated[
    bool, in_form("Tout relire", "Non : les dossiers où quelque chose peut être dû. Oui : tous les dossiers ouverts.")
]
Folder = Annotated[str, in_form("Dossier", "Nom d'un dossier d'exports, dans JALON_HOME/imports.")]


def now() -> datetime:
    """The only clock that a flow reads, once; everything behind is told what time it is."""
    return datetime.now(UTC)


def today() -> date:
    """The civil day of the territory."""
    return TERRITORY.calendar.day_of(now())


def scheduled_for() -> datetime | None:
    """The instant for which the schedule made this run; None for a run by hand."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    return run.expected_start_time if run and run.auto_scheduled else None
