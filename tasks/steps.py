"""The steps of a night as Prefect tasks: they take ids, slugs and days, open the database, call plain functions.

A task is a step, never a beneficiary. Its work is in a thread, so that the flow's loop stays free.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

# Both are imported lazily by Prefect, by several threads at once: CPython 3.11's import lock then raises KeyError.
import prefect.flow_engine
import prefect.task_engine  # noqa: F401
from prefect import get_run_logger, task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from sqlalchemy import Engine

from config.channels import load_channels
from config.settings import Settings
from config.territory import Territory, load_territory
from store import journal, status
from store.engine import open_engine, reading
from tasks import launched, night
from tasks.calendars import sync
from tasks.dispatch import dispatch
from tasks.intake import NOTHING_READ, exit_code, import_path
from tasks.night import NightResult
from tasks.redaction import redacted
from tracks.errors import JalonError

P = ParamSpec("P")
R = TypeVar("R")
Rows = list[dict[str, Any]]
RECENT = timedelta(hours=3)  # the tracks of a night follow each other: calendars are read by the first

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


def note_heads() -> None:
    """The heads of the journal, outside the database, so that a cut tail would show."""
    with at_work() as (engine, territory), reading(engine) as connection:
        journal.note_heads(connection, territory=territory.slug, file=Settings().heads_file)


@step("Ouvrir")
def open_night(
    track: str, *, on: date, apply: bool, scheduled_for: datetime | None, launch: int | None = None
) -> int | None:
    """The id of the run; None for a dry run, and when a later day is already done. `launch`: asked at the desk."""
    with at_work() as (engine, territory), launched.failing(engine, territory, launch):
        territory.policies(track).at(on)
        run = night.open_night(engine, territory, track, on=on, apply=apply, scheduled_for=scheduled_for)
        if apply and run is None:
            launched.nothing_to_do(engine, territory, launch)
        else:
            launched.note_start(engine, territory, launch, track, on=on, run=run)
        return run


@step("Relire les agendas")
def read_calendars(*, on: date) -> Rows:
    """The calendars that referents keep elsewhere, unless an earlier night of today has read them. Counts only."""
    with at_work() as (engine, territory):
        done = sync(engine, territory, on=on, at=night.wall_clock(), older_than=RECENT)
    return [{"quoi": "relus", "combien": done.read}, {"quoi": "en échec", "combien": done.failed}]


@step("Décider, placer, écrire")
def plan(
    track: str, *, on: date, apply: bool, run_id: int | None, full: bool = False, launch: int | None = None
) -> NightResult:
    with (
        at_work() as (engine, territory),
        launched.failing(engine, territory, launch),
        night.failing(engine, territory, run_id),
    ):
        tell = progress.get()
        told = (lambda cases: tell(track, cases)) if tell else launched.teller(engine, territory, launch)
        return night.decide_and_write(
            engine,
            territory,
            track,
            on=on,
            apply=apply,
            run_id=run_id,
            full=full,
            progress=told,
        )


@step("Vérifier, clore")
def check(done: NightResult, *, launch: int | None = None) -> NightResult:
    """The invariants, then the end of the run's row. A dry run has nothing to check."""
    with at_work() as (engine, territory), launched.failing(engine, territory, launch):
        with night.failing(engine, territory, done.run_id):
            notes = night.check(engine, territory, done.track, on=done.on) if done.apply else {}
            closed = night.close(engine, territory, done, notes)
        launched.end(engine, territory, launch, closed)
    if done.apply:
        note_heads()
    return closed


@step("Envoyer")
def send(*, at: datetime, apply: bool) -> dict[str, int]:
    """One pass over the outbox, as of the instant `at`."""
    settings = Settings()
    with at_work() as (engine, territory):
        channels = load_channels(settings.channels)
        counts = dispatch(engine, territory, channels, at=at, apply=apply, outbox=settings.outbox).as_json()
    if apply and any(counts.values()):
        note_heads()
    return counts


@step("Importer")
def import_folder(name: str, *, on: date, apply: bool) -> Rows:
    """Counts by kind of export; never a name, not even that of a file. JalonError: no such folder, nothing readable."""
    settings = Settings()
    folder = (settings.imports / name).resolve()
    if folder.parent != settings.imports.resolve() or not folder.is_dir():
        raise JalonError("Dossier introuvable. Créez-le dans JALON_HOME/imports, mettez-y les exports, puis relancez.")
    with at_work() as (engine, territory):
        reports = import_path(
            engine,
            territory=territory.slug,
            columns=territory.columns,
            calendar=territory.calendar,
            path=folder,
            kind=None,
            on=on,
            dry_run=not apply,
            reports=settings.reports,
        )
    if apply:
        note_heads()
    if exit_code(reports) == NOTHING_READ:
        raise JalonError("Un export au moins est illisible. Lancez jalon import sur ce dossier : il dit lequel.")
    return [
        {
            "quoi": report.kind,
            "lues": report.read,
            "nouvelles": report.created,
            "modifiées": report.updated,
            "refusées": report.refused,
            "avertissements": report.warnings,
        }
        for report in reports
    ]


@step("Compter le jour")
def count_the_day(*, at: datetime) -> Rows:
    """What was done and what waits at that instant, in numbers and days only."""
    with at_work() as (engine, territory), reading(engine) as connection:
        slug = territory.slug
        late = status.late_reviews(connection, territory=slug, on=territory.calendar.day_of(at)).count
        counts = {
            f"dernière nuit, {track}": str(last.done_on)
            for track, last in status.last_passes(connection, territory=slug).items()
        } | {
            "messages en retard": str(status.overdue(connection, territory=slug, before=at).count),
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
