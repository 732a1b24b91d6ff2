"""Runs the nights now, in this process: what `jalon run` calls. Prefect is imported only once its settings are set."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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
    full: bool = False,
    progress: Callable[[str, int], None] | None = None,
) -> list[NightResult]:
    """The nights of `tracks`, one after the other. `progress`: track, cases read so far. NightError at the end."""
    with connected(settings):
        return asyncio.run(run_all(tracks, on=on, apply=apply, full=full, progress=progress))


@contextmanager
def connected(settings: Settings) -> Iterator[Api]:
    """A Prefect API that answers, for the flows of this process. A server starts while Prefect is imported."""
    with orchestrator(settings) as api:
        from prefect.events.worker import EventsWorker
        from prefect.logging.handlers import APILogWorker
        from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

        import flows.nights  # noqa: F401 - seconds of imports, well spent before waiting

        wait_until_ready(settings, api)
        with temporary_settings({PREFECT_API_URL: api.url, PREFECT_API_AUTH_STRING: api.auth}):
            try:
                yield api
            finally:  # the server is still there to take the last lines
                APILogWorker.drain_all()
                EventsWorker.drain_all()


async def run_all(
    tracks: Sequence[str],
    *,
    on: date | None,
    apply: bool,
    full: bool,
    progress: Callable[[str, int], None] | None,
) -> list[NightResult]:
    from flows.edge import TERRITORY
    from flows.nights import NIGHTS
    from tasks.steps import progress as told

    told.set(progress)
    for track in tracks:
        TERRITORY.policies(track)  # an unknown one is refused before the first night
    results, failures = [], []
    for track in tracks:
        try:
            results.append(await NIGHTS[track](jour=on, appliquer=apply, tout_relire=full))
        except JalonError as error:
            failures.append(f"{track} : {error}")
        except Exception as error:  # Prefect's own, whose text is not ours to show
            failures.append(f"{track} : Prefect a interrompu la nuit ({type(error).__name__}). Relancez-la.")
    if failures:
        raise NightError(failures, results)
    return results
