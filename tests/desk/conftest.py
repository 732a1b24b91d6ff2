"""A desk on a county: the example of the Doubs after the night of 2026-11-23, made once, copied for each test."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from config.settings import PROJECT, TERRITORIES, Settings
from config.territory import load_territory
from desk.cli import app
from store.engine import open_engine
from store.migrate import migrate
from tasks.intake import import_path
from tasks.night import NightResult, night
from tests.county import County

MORNING = "2026-11-23T10:00:00+01:00"
DAY = date(2026, 11, 23)

Jalon = Callable[..., Result]


@dataclass(frozen=True)
class Example:
    """The folder of a JALON_HOME, its night done."""

    home: Path


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    home = tmp_path_factory.mktemp("doubs")
    engine = open_engine(f"sqlite:///{home}/jalon.db")
    migrate(engine)
    territory = load_territory(TERRITORIES / "doubs")
    import_path(
        engine,
        territory=territory.slug,
        columns=territory.columns,
        calendar=territory.calendar,
        path=PROJECT / "examples" / "doubs",
        kind=None,
        on=DAY,
        dry_run=False,
        reports=home / "reports",
    )
    for track in territory.tracks:
        night(engine, territory, track, on=DAY, apply=True)
    engine.dispose()
    return Example(home)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty JALON_HOME, and nothing of the developer's own settings."""
    for name in ("JALON_DATABASE_URL", "JALON_TERRITORY", "JALON_CHANNELS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "home"
    monkeypatch.setenv("JALON_HOME", str(folder))
    return folder


@pytest.fixture
def after_the_night(example: Example, home: Path) -> Path:
    shutil.copytree(example.home, home)
    return home


@pytest.fixture
def jalon(home: Path) -> Iterator[Jalon]:
    """`jalon(…)`, on the morning of 2026-11-23 in Besançon."""
    runner = CliRunner()

    def run(*words: Any) -> Result:
        result = runner.invoke(app, [str(word) for word in words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    with time_machine.travel(MORNING, tick=False):
        yield run


@pytest.fixture
def at_the_county(
    engine: Engine, database_url: str, county: County, home: Path, monkeypatch: pytest.MonkeyPatch
) -> County:
    """The smallest county, on SQLite and on PostgreSQL, as the command line sees it."""
    monkeypatch.setenv("JALON_DATABASE_URL", database_url)
    return county


@pytest.fixture
def without_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same nights in this process, without a server: that one is proved with the flows."""

    def run_tracks(
        settings: Settings,
        tracks: Sequence[str],
        *,
        on: date | None,
        apply: bool,
        full: bool = False,
        progress: Callable[[str, int], None] | None = None,
    ) -> list[NightResult]:
        assert on is not None
        territory, engine = load_territory(settings.territory_folder), open_engine(settings.database)
        told = progress or (lambda track, cases: None)
        try:
            return [
                night(
                    engine,
                    territory,
                    track,
                    on=on,
                    apply=apply,
                    full=full,
                    progress=lambda n, track=track: told(track, n),
                )
                for track in tracks
            ]
        finally:
            engine.dispose()

    monkeypatch.setattr("flows.by_hand.run_tracks", run_tracks)
