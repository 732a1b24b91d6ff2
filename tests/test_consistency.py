"""What is written in several places says the same: tracks, flows, deployments, prefect.yaml, templates."""

import asyncio
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from prefect.flows import load_flow_from_entrypoint
from prefect.server.schemas.schedules import CronSchedule
from prefect.utilities.callables import parameter_schema

from config.messages import NAMES
from config.settings import PROJECT, Settings
from config.territory import Territory, load_territory
from flows.deployments import FILE, Planned, planned, prefect_yaml
from flows.nights import NIGHTS
from tracks.vocabulary import Template

BY_HAND = {"intake"}
OTHERS = {"dispatch", "intake", "report"}
CLOCK_CHANGES = {1, 2, 3}  # local hours that are skipped in March and repeated in October


@pytest.fixture(scope="module")
def territory() -> Territory:
    return load_territory(Settings().territory_folder)


def test_every_track_has_its_flow_and_every_flow_its_deployment(territory: Territory) -> None:
    assert set(NIGHTS) == set(territory.tracks)
    assert [plan.name for plan in planned()] == [*territory.tracks, *sorted(OTHERS)]
    assert {plan.name for plan in planned() if not plan.crons} == BY_HAND


@pytest.mark.parametrize("plan", planned(), ids=lambda plan: plan.name)
def test_prefect_finds_each_flow_by_its_entrypoint(plan: Planned) -> None:
    entrypoint = f"{plan.flow.fn.__module__}.{plan.flow.fn.__qualname__}"
    assert load_flow_from_entrypoint(entrypoint) is plan.flow


def test_each_night_is_scheduled_at_the_hour_of_its_track(territory: Territory) -> None:
    by_name = {plan.name: plan for plan in planned()}
    for slug, track in territory.tracks.items():
        minute, hour, *rest = by_name[slug].crons[0].split()
        assert (int(hour), int(minute), rest) == (track.runs_at.hour, track.runs_at.minute, ["*", "*", "*"])
        assert by_name[slug].parameters == {"appliquer": True}


def hours_around_clock_changes(cron: str, zone: str) -> set[int]:
    """The local hours at which Prefect itself would fire, over the two week-ends of the year."""
    schedule = CronSchedule(cron=cron, timezone=zone)
    starts = datetime(2026, 10, 24, tzinfo=UTC), datetime(2027, 3, 27, tzinfo=UTC)
    fired = [asyncio.run(schedule.get_dates(1000, start=start, end=start + timedelta(days=3))) for start in starts]
    return {instant.astimezone(ZoneInfo(zone)).hour for instants in fired for instant in instants}


@pytest.mark.parametrize("plan", [plan for plan in planned() if plan.crons], ids=lambda plan: plan.name)
def test_nothing_is_scheduled_while_clocks_change(plan: Planned, territory: Territory) -> None:
    for cron in plan.crons:
        hours = hours_around_clock_changes(cron, territory.zone)
        assert hours
        assert not hours & CLOCK_CHANGES, cron


def test_a_cron_of_half_past_two_would_be_seen(territory: Territory) -> None:
    """On 28 March 2027 it fires at 01:30."""
    assert hours_around_clock_changes("30 2 * * *", territory.zone) == {1, 2}


def test_prefect_yaml_is_what_the_tracks_say() -> None:
    assert FILE.read_text(encoding="utf-8") == prefect_yaml(), "lancez python -m flows.deployments"


def test_forms_are_in_french_and_dry_by_default() -> None:
    for plan in planned():
        fields = parameter_schema(plan.flow).properties
        for name, field in fields.items():
            assert field["title"][0].isupper(), (plan.name, name)
            assert field["description"].endswith("."), (plan.name, name)
        if "appliquer" in fields:
            assert fields["appliquer"]["default"] is False
    assert set(parameter_schema(next(iter(NIGHTS.values()))).properties) == {
        "jour",
        "appliquer",
        "tout_relire",
        "demande",
    }


def test_every_template_has_its_names_and_its_texts(territory: Territory) -> None:
    assert set(NAMES) == set(Template)
    assert {template for template, _ in territory.messages.texts} == set(Template)


def test_a_new_track_is_a_new_file(tmp_path: Path, territory: Territory) -> None:
    folder = shutil.copytree(Settings().territory_folder, tmp_path / "ailleurs")
    track = next(iter(territory.tracks))
    text = (folder / "tracks" / f"{track}.toml").read_text(encoding="utf-8")
    (folder / "tracks" / "objectif_logement.toml").write_text(
        text.replace(f'slug = "{track}"', 'slug = "objectif_logement"'), encoding="utf-8"
    )
    shown = subprocess.run(
        [sys.executable, "-c", "from flows.deployments import planned; print(*(p.name for p in planned()))"],
        cwd=PROJECT,
        env={**os.environ, "JALON_TERRITORY": str(folder), "PREFECT_HOME": str(tmp_path), "DO_NOT_TRACK": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "objectif_logement" in shown.stdout.split()
