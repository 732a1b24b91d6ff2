"""Runs the nights now, in this process: what `jalon run` calls. Prefect is imported only once its settings are set."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date

from config.settings import Settings
from tasks.night import NightResult
from tasks.orchestrator import orchestrator, wait_until_ready
from tasks.prefect_variables import Api
from tracks.errors import JalonError


class NightError(JalonError):
    """Some of the nights failed; `results` holds the others."""

    def __init__(self, failures: Sequence[str], results: list[NightResult]) -> None:
        self.results = results
        super().__init__("\n".join(failures))


def run_tracks(
    settings: Settings,
    tracks: Sequence[str],
    *,
    on: date | None,
    apply: bool,
    progress: Callable[[str, int], None] | None = None,
) -> list[NightResult]:
    """The nights of `tracks`, one after the other. `progress`: track, cases read so far. NightError at the end."""
    with orchestrator(settings) as api:
        import prefect.settings as settings_of_prefect  # now that its variables are set

        chosen = {
            settings_of_prefect.PREFECT_API_URL: api.url,
            settings_of_prefect.PREFECT_API_AUTH_STRING: api.auth,
        }
        with settings_of_prefect.temporary_settings(chosen):  # Prefect may have been imported before
            return asyncio.run(run_all(settings, api, tracks, on=on, apply=apply, progress=progress))


async def run_all(
    settings: Settings,
    api: Api,
    tracks: Sequence[str],
    *,
    on: date | None,
    apply: bool,
    progress: Callable[[str, int], None] | None,
) -> list[NightResult]:
    from flows.edge import TERRITORY
    from flows.nights import NIGHTS
    from tasks.steps import progress as told

    told.set(progress)
    for track in tracks:
        TERRITORY.policies(track)  # an unknown one is refused before the first night
    wait_until_ready(settings, api)
    results, failures = [], []
    for track in tracks:
        try:
            results.append(await NIGHTS[track](jour=on, appliquer=apply))
        except JalonError as error:
            failures.append(f"{track} : {error}")
    await drain()
    if failures:
        raise NightError(failures, results)
    return results


async def drain() -> None:
    """Send the last events and lines of log while the server is still there to take them."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    for drained in (APILogWorker.drain_all(), EventsWorker.drain_all()):
        if asyncio.iscoroutine(drained):
            await drained
