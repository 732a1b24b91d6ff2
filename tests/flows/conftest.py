"""One temporary Prefect server for all tests of flows, and a county of six hundred people for each test.

Each test has a JALON_HOME of its own, in which the shared server is announced as that of `jalon serve` would be.
"""

import gc
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from sqlalchemy import Engine

from config.settings import PROJECT, Settings
from config.territory import Territory, load_territory
from flows.by_hand import connected
from store.engine import open_engine
from tasks.intake import import_path
from tasks.orchestrator import announced, auth_file, server, wait_until_ready
from tasks.prefect_variables import Api, folder

MONDAY = date(2026, 11, 23)


# Prefect's synchronous client leaves its socket to the garbage collector.
LEFT_OPEN = "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses the server is marked so, and is forgiven what Prefect leaves open."""
    for item in items:
        if "prefect_server" in getattr(item, "fixturenames", ()):
            item.add_marker("prefect")
            item.add_marker(pytest.mark.filterwarnings(LEFT_OPEN))


@dataclass(frozen=True)
class Served:
    """The shared server: its address, and the folder of its database and log."""

    api: Api
    home: Path


@pytest.fixture(scope="session")
def territory() -> Territory:
    return load_territory(Settings().territory_folder)


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = Settings(home=tmp_path_factory.mktemp("prefect"))
    home = folder(settings) / "run"
    with server(settings, home=home, port=0, temporary=True) as api:
        wait_until_ready(settings, api)
        yield Served(api, home)
        APILogWorker.drain_all()
        EventsWorker.drain_all()


@pytest.fixture(scope="session")
def doubs(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, territory: Territory) -> Path:
    """The sample county, imported on the Monday of its exports; to copy."""
    path = tmp_path_factory.mktemp("doubs") / "jalon.db"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    import_path(
        engine,
        territory=territory.slug,
        columns=territory.columns,
        calendar=territory.calendar,
        path=PROJECT / "examples" / "doubs",
        kind=None,
        on=MONDAY,
        dry_run=False,
        reports=path.parent / "reports",
    )
    engine.dispose()
    return path


@pytest.fixture
def settings(prefect_server: Served, doubs: Path, tmp_path: Path) -> Iterator[Settings]:
    """A home with the sample county, in which the shared server is found."""
    settings = Settings(home=tmp_path / "var")
    folder(settings).mkdir(parents=True)
    auth_file(settings).write_text(prefect_server.api.auth, encoding="utf-8")
    shutil.copy(doubs, settings.home / "jalon.db")
    with announced(settings, prefect_server.api):
        yield settings
    gc.collect()  # what Prefect leaves open is found here, and not in the next test


@pytest.fixture
def connection_to_prefect(settings: Settings) -> Iterator[Settings]:
    """For flows that a test runs itself."""
    with connected(settings):
        yield settings


@pytest.fixture
def county_engine(settings: Settings) -> Iterator[Engine]:
    engine = open_engine(settings.database)
    yield engine
    engine.dispose()
