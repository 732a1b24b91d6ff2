"""The night of a track as a Prefect flow: what it writes, what Prefect keeps of it, what a failure leaves."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

import pytest
from prefect import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort
from sqlalchemy import Engine, func, select

from config.settings import Settings
from config.territory import Territory
from flows.by_hand import NightError, connected, run_tracks
from store.engine import reading
from store.schema import appointments, messages, runs
from tasks import steps
from tests.flows.conftest import MONDAY
from tracks.errors import JalonError

TRACK = "objectif_emploi"


def rows(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (appointments, messages, runs)
        }


def last_run(settings: Settings) -> tuple[FlowRun, Counter[str], list[dict[str, object]]]:
    """The newest flow run, its tasks by state, and its table."""

    async def ask() -> tuple[FlowRun, Counter[str], list[dict[str, object]]]:
        async with get_client() as client:
            (run,) = await client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC, limit=1)
            tasks = await client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run.id])))
            tables = await client.read_artifacts(
                artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[UUID(str(run.id))]))
            )
            table = json.loads(str(tables[0].data)) if tables else []
            return run, Counter(f"{task.name} {task.state_name}" for task in tasks), table

    with connected(settings):
        return asyncio.run(ask())


def test_a_dry_run_counts_and_writes_nothing(settings: Settings, county_engine: Engine) -> None:
    before = rows(county_engine)
    (done,) = run_tracks(settings, [TRACK], on=MONDAY, apply=False)
    assert done.written["appointment"] > 0
    assert done.run_id is None
    assert rows(county_engine) == before


def test_a_night_writes_what_it_counts_and_a_second_one_nothing(settings: Settings, county_engine: Engine) -> None:
    before = rows(county_engine)
    (done,) = run_tracks(settings, [TRACK], on=MONDAY, apply=True)
    after = rows(county_engine)
    assert after["appointments"] - before["appointments"] == done.written["appointment"] > 0
    (again,) = run_tracks(settings, [TRACK], on=MONDAY, apply=True)
    assert sum(again.written.values()) == 0
    assert rows(county_engine) == {**after, "runs": after["runs"] + 1}
    assert settings.heads_file.exists()


def test_prefect_keeps_the_run_its_five_steps_and_a_table_of_counts(settings: Settings) -> None:
    (done,) = run_tracks(settings, [TRACK], on=MONDAY, apply=True)
    run, tasks, table = last_run(settings)
    assert (run.state_name, run.name) == ("Completed", f"Objectif emploi, nuit du {MONDAY}")
    assert run.parameters == {"jour": "2026-11-23", "appliquer": True, "tout_relire": False, "demande": None}
    assert tasks == {
        f"{step} Completed": 1
        for step in ("Ouvrir", "Relire les agendas", "Décider, placer, écrire", "Vérifier, clore", "Rendre compte")
    }
    assert {
        "quoi": "appointment",
        "proposé": done.proposed["appointment"],
        "écrit": done.written["appointment"],
    } in table


def test_a_late_night_after_a_newer_one_has_nothing_to_do(settings: Settings, county_engine: Engine) -> None:
    run_tracks(settings, [TRACK], on=MONDAY.replace(day=24), apply=True)
    before = rows(county_engine)
    (late,) = run_tracks(settings, [TRACK], on=MONDAY, apply=True)
    assert late.no_op
    assert rows(county_engine) == {**before, "runs": before["runs"] + 1}


def test_an_unknown_track_is_refused_before_the_first_night(settings: Settings, county_engine: Engine) -> None:
    before = rows(county_engine)
    with pytest.raises(JalonError, match="objectif_lune"):
        run_tracks(settings, [TRACK, "objectif_lune"], on=MONDAY, apply=True)
    assert rows(county_engine) == before


def test_a_failed_night_leaves_the_others_their_turn(
    settings: Settings, county_engine: Engine, territory: Territory, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = steps.night.check

    def fails_once(engine: Engine, land: Territory, track: str, **rest: object) -> dict[str, int]:
        if track == TRACK:
            raise RuntimeError("disk full")
        return real(engine, land, track, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(steps.night, "check", fails_once)
    with pytest.raises(NightError, match=r"objectif_emploi : Étape « check » interrompue : RuntimeError") as failed:
        run_tracks(settings, [TRACK, "suivi_emploi"], on=MONDAY, apply=True)
    assert [result.track for result in failed.value.results] == ["suivi_emploi"]
    with reading(county_engine) as connection:
        status = dict(connection.execute(select(runs.c.track, runs.c.status)).tuples().all())
    assert status == {TRACK: "failed", "suivi_emploi": "done"}


def test_progress_is_told_by_track(settings: Settings) -> None:
    told: dict[str, int] = {}
    (done,) = run_tracks(settings, [TRACK], on=MONDAY, apply=False, progress=told.__setitem__)
    assert told == {TRACK: done.cases}


def test_without_a_day_a_night_is_that_of_today_in_the_territory(
    settings: Settings, territory: Territory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """23:30 UTC on the 22nd is already the 23rd in the Doubs."""
    monkeypatch.setattr("flows.edge.now", lambda: datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
    (done,) = run_tracks(settings, [TRACK], on=None, apply=False)
    assert done.on == MONDAY
