"""How far a night is that somebody asked for at the desk: written as it goes, for the page that follows it.

Every function takes the id of the launch, or None for a night that nobody waits for.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from config.territory import Territory
from store import launches, status
from store.engine import Database, reading, transaction
from tasks.night import NightResult, wall_clock
from tracks.errors import JalonError

STOPPED = "Le passage s'est arrêté avant la fin. Relancez-le : ce qui est écrit ne le sera pas deux fois."


def note_start(
    engine: Database, territory: Territory, launch: int | None, track: str, *, on: date, run: int | None
) -> None:
    if launch is None:
        return
    with reading(engine) as connection:
        cases = status.caseload(connection, territory=territory.slug, on=on).get(track, 0)
    with transaction(engine) as connection:
        launches.begun(connection, territory=territory.slug, launch=launch, run_id=run, cases=cases, at=wall_clock())


def teller(engine: Database, territory: Territory, launch: int | None) -> Callable[[int], None] | None:
    """What notes the count of cases read so far; None when nobody waits for it."""
    if launch is None:
        return None

    def note(cases: int) -> None:
        with transaction(engine) as connection:
            launches.went_on(connection, territory=territory.slug, launch=launch, cases_read=cases, at=wall_clock())

    return note


def end(engine: Database, territory: Territory, launch: int | None, result: NightResult) -> None:
    _end(engine, territory, launch, "no_op" if result.no_op else "done", result=result)


def nothing_to_do(engine: Database, territory: Territory, launch: int | None) -> None:
    """A later night of the track is already done."""
    _end(engine, territory, launch, "no_op")


@contextmanager
def failing(engine: Database, territory: Territory, launch: int | None) -> Iterator[None]:
    """What is raised inside ends the launch as failed; the words of a JalonError are for people, others are not."""
    try:
        yield
    except BaseException as error:
        why = str(error) if isinstance(error, JalonError) else STOPPED
        _end(engine, territory, launch, "failed", why=why)
        raise


def _end(
    engine: Database,
    territory: Territory,
    launch: int | None,
    how: str,
    *,
    result: NightResult | None = None,
    why: str | None = None,
) -> None:
    if launch is None:
        return
    with transaction(engine) as connection:
        launches.ended(
            connection,
            territory=territory.slug,
            launch=launch,
            status=how,
            at=wall_clock(),
            counts=result.as_json() if result else None,
            why=why,
        )
