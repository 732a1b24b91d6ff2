"""The steps of a night as Prefect tasks: they take ids, slugs and days, open the database, call plain functions.

A task is a step, never a beneficiary. Its work is in a thread, so that the flow's loop stays free.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect import get_run_logger, task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from sqlalchemy import Engine

from config.settings import Settings
from config.territory import Territory, load_territory
from store import status
from store.engine import open_engine, reading
from tasks import night
from tasks.night import NightResult
from tasks.redaction import redacted

P = ParamSpec("P")
R = TypeVar("R")
Rows = list[dict[str, Any]]

progress: ContextVar[Callable[[str, int], None] | None] = ContextVar("progress", default=None)


def step(title: str) -> Callable[[Callable[P, R]], Callable[P, Coroutine[Any, Any, R]]]:
    """A Prefect task that runs a plain function in a thread; its errors are redacted, its result never stored."""

    def made(work: Callable[P, R]) -> Callable[P, Coroutine[Any, Any, R]]:
        guarded = redacted(work)

        @task(name=title, task_run_name=title, cache_policy=NO_CACHE, persist_result=False)
        @wraps(work)
        async def run(*args: P.args, **kwargs: P.kwargs) -> R:
            return await asyncio.to_thread(guarded, *args, **kwargs)

        return run

    return made


@contextmanager
def at_work() -> Iterator[tuple[Engine, Territory]]:
    settings = Settings()
    engine = open_engine(settings.database)
    try:
        yield engine, load_territory(settings.territory_folder)
    finally:
        engine.dispose()


@step("Ouvrir")
def open_night(track: str, *, on: date, apply: bool, scheduled_for: datetime | None) -> int | None:
    """The id of the run; None for a dry run, and when a later day is already done."""
    with at_work() as (engine, territory):
        territory.policies(track).at(on)
        return night.open_night(engine, territory, track, on=on, apply=apply, scheduled_for=scheduled_for)


@step("Décider, placer, écrire")
def plan(track: str, *, on: date, apply: bool, run_id: int | None) -> NightResult:
    with at_work() as (engine, territory), night.failing(engine, territory, run_id):
        tell = progress.get()
        return night.decide_and_write(
            engine,
            territory,
            track,
            on=on,
            apply=apply,
            run_id=run_id,
            progress=(lambda cases: tell(track, cases)) if tell else None,
        )


@step("Vérifier, clore")
def check(done: NightResult) -> NightResult:
    """The invariants, then the end of the run's row. A dry run has nothing to check."""
    with at_work() as (engine, territory), night.failing(engine, territory, done.run_id):
        notes = night.check(engine, territory, done.track, on=done.on) if done.apply else {}
        return night.close(engine, territory, done, notes)


@step("Compter le jour")
def count_the_day() -> Rows:
    """What was done and what waits, in numbers and days only."""
    with at_work() as (engine, territory), reading(engine) as connection:
        now, slug = datetime.now(UTC), territory.slug
        late = status.late_reviews(connection, territory=slug, on=territory.calendar.day_of(now)).count
        counts = {
            f"dernière nuit, {track}": str(last.done_on)
            for track, last in status.last_passes(connection, territory=slug).items()
        } | {
            "messages en retard": str(status.overdue(connection, territory=slug, before=now).count),
            **{f"messages, {state}": str(n) for state, n in status.parked(connection, territory=slug).items()},
            "revues en retard": str(late),
        }
        return [{"quoi": what, "combien": how_many} for what, how_many in counts.items()]


@task(name="Rendre compte", task_run_name="Rendre compte", cache_policy=NO_CACHE, persist_result=False)
async def publish(key: str, title: str, rows: Rows) -> None:
    """A table beside the run, and one line of log. Counts only."""
    get_run_logger().info("%s : %s", title, counted(rows))
    await acreate_table_artifact(key=key.replace("_", "-"), description=title, table=rows)


def counted(rows: Rows) -> str:
    """« appointment 12 12, reminder 3 3 »."""
    return ", ".join(" ".join(map(str, row.values())) for row in rows)


def night_rows(done: NightResult) -> Rows:
    """One row a kind, then one a reason for which something was not done."""
    return [
        *(
            {"quoi": kind, "proposé": count, "écrit": done.written.get(kind, 0)}
            for kind, count in done.proposed.items()
        ),
        *({"quoi": f"non fait, {reason}", "proposé": count, "écrit": 0} for reason, count in done.not_done.items()),
    ]
