"""One flow a track: its night. A new track is a new file of the territory; its flow is made from it here."""

from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime
from typing import Annotated, Any

from prefect import Flow, flow
from prefect.context import FlowRunContext
from prefect.runtime import flow_run
from pydantic import Field

from config.settings import Settings
from config.territory import load_territory
from tasks import steps
from tasks.night import NightResult, already_done
from tracks.errors import JalonError
from tracks.policy import TrackPolicy

TERRITORY = load_territory(Settings().territory_folder)

Day = Annotated[
    date | None,
    Field(json_schema_extra={"title": "Jour", "description": "La nuit de quel jour ? Vide : aujourd'hui."}),
]
Apply = Annotated[
    bool,
    Field(
        json_schema_extra={
            "title": "Appliquer",
            "description": "Non : essai à blanc, rien n'est écrit. Oui : la nuit est faite.",
        }
    ),
]
Night = Flow[..., Coroutine[Any, Any, NightResult]]


def today() -> date:
    """The civil day of the territory, read once, at the flow's edge."""
    return TERRITORY.calendar.day_of(datetime.now(UTC))


def scheduled_for() -> datetime | None:
    """The instant for which the schedule made this run; None for a run by hand."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    return run.expected_start_time if run and run.auto_scheduled else None


def night_of(slug: str) -> Callable[..., Coroutine[Any, Any, NightResult]]:
    """A function of its own for each track: Prefect finds a flow by the name of its function in this module."""

    async def night(jour: Day = None, appliquer: Apply = False) -> NightResult:
        on = jour or today()
        run_id = await steps.open_night(slug, on=on, apply=appliquer, scheduled_for=scheduled_for())
        if appliquer and run_id is None:
            return already_done(slug, on=on)
        done = await steps.plan(slug, on=on, apply=appliquer, run_id=run_id)
        done = await steps.check(done)
        await steps.publish(f"nuit-{slug}", title_of(done), steps.night_rows(done))
        return done

    night.__name__ = night.__qualname__ = slug
    return night


def title_of(done: NightResult) -> str:
    kind = f"passage {done.run_id}" if done.apply else "essai à blanc"
    return f"{done.track}, nuit du {done.on.isoformat()}, {kind}, {done.cases} dossiers"


def as_flow(track: TrackPolicy) -> Night:
    if track.slug in globals():
        raise JalonError(
            f"Parcours « {track.slug} » : ce nom est déjà pris dans flows/nights.py. Choisissez-en un autre."
        )
    return flow(
        name=track.slug,
        description=f"La nuit du parcours « {track.title} » : {track.for_whom}.",
        flow_run_name=lambda: f"{track.title}, nuit du {flow_run.parameters.get('jour') or today()}",
        persist_result=False,
    )(night_of(track.slug))


NIGHTS: dict[str, Night] = {slug: as_flow(track) for slug, track in TERRITORY.tracks.items()}
globals().update(NIGHTS)
