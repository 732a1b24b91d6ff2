"""Databases for the tests: a fresh migrated one each, on SQLite and on a real PostgreSQL that the tests bring.

`engine` runs a test on both; `sqlite_engine` on SQLite alone; `database_url` and `sqlite_url` are for what opens the
database itself (the command line, flows). `county` fills `engine` with one person, one referent and one open case.
`JALON_TEST_DATABASE_URL` names another PostgreSQL, whose user may create databases.
"""

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from xdist.scheduler import LoadGroupScheduling

from store.engine import open_engine, transaction
from store.migrate import migrate
from tests.county import County, a_county
from tests.postgresql import Server, our_server

NUMBERS = count(1)


class OneServer(LoadGroupScheduling):
    """The tests of flows go to one worker, where their Prefect server starts once.

    The marker `xdist_group` would say it; pytest-xdist 3.8 writes it where pytest 9.2 no longer reads it.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "flows" if nodeid.startswith("tests/flows/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadGroupScheduling:
    return OneServer(config, log)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to copy: 1 ms where migrating takes a tenth of a second."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()  # the last connection folds the journal into the file
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'jalon.db')}"


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    yield from _opened(sqlite_url)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """One server for all workers, each with a template of its own; the last worker to leave deletes the server."""
    server = our_server()
    engine = open_engine(server.create(server.template))
    migrate(engine)
    engine.dispose()
    yield server
    server.drop(server.template)


@pytest.fixture
def empty_postgresql_url(postgresql: Server) -> Iterator[str]:
    name = f"jalon_{os.getpid()}_{next(NUMBERS)}"
    yield postgresql.create(name)
    postgresql.drop(name)


@pytest.fixture
def postgresql_url(postgresql: Server) -> Iterator[str]:
    name = f"jalon_{os.getpid()}_{next(NUMBERS)}"
    yield postgresql.create(name, template=postgresql.template)
    postgresql.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.db"
    return str(request.getfixturevalue("empty_postgresql_url"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh migrated database, open; the test runs on SQLite and on PostgreSQL."""
    yield from _opened(database_url)


def _opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    """Where messages are written when no channel is configured."""
    return tmp_path / "outbox"


@pytest.fixture
def county(engine: Engine) -> County:
    with transaction(engine) as connection:
        return a_county(connection)
