"""One flow a track: its night. A new track is a new file of the territory; its flow is made from it here."""

from collections.abc import Callable, Coroutine
from typing import Any

from prefect import Flow, flow
from prefect.runtime import flow_run

from flows.edge import TERRITORY, Apply, Day, Launch, Whole, scheduled_for, today
from tasks import steps
from tasks.night import NightResult, already_done
from tracks.errors import JalonError
from tracks.policy import TrackPolicy

Night = Flow[..., Coroutine[Any, Any, NightResult]]


def night_of(slug: str) -> Callable[..., Coroutine[Any, Any, NightResult]]:
    """A function of its own for each track: Prefect finds a flow by the name of its function in this module."""

    async def night(
        jour: Day = None, appliquer: Apply = False, tout_relire: Whole = False, demande: Launch = None
    ) -> NightResult:
        on = jour or today()
        run_id = await steps.open_night(slug, on=on, apply=appliquer, scheduled_for=scheduled_for(), launch=demande)
        if appliquer and run_id is None:
            return already_done(slug, on=on)
        if appliquer:
            await steps.read_calendars(on=on)
        done = await steps.plan(slug, on=on, apply=appliquer, run_id=run_id, full=tout_relire, launch=demande)
        done = await steps.check(done, launch=demande)
        await steps.publish(f"nuit-{slug}", title_of(done), steps.night_rows(done))
        return done

    night.__name__ = night.__qualname__ = slug
    return night


def title_of(done: NightResult) -> str:
    kind = f"passage {done.run_id}" if done.apply else "essai à blanc"
    return f"{done.track}, nuit du {done.on.isoformat()}, {kind}, {done.cases} dossiers lus"


def as_flow(track: TrackPolicy) -> Night:
    if track.slug in globals():
        raise JalonError(f"Parcours « {track.slug} » : ce nom est pris dans flows/nights.py. Choisissez-en un autre.")
    return flow(
        name=track.slug,
        description=f"La nuit du parcours « {track.title} » : {track.for_whom}.",
        flow_run_name=lambda: f"{track.title}, nuit du {flow_run.parameters.get('jour') or today()}",
        persist_result=False,
    )(night_of(track.slug))


NIGHTS: dict[str, Night] = {slug: as_flow(track) for slug, track in TERRITORY.tracks.items()}
globals().update(NIGHTS)
