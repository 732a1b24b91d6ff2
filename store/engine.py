"""Opens the database and owns every transaction: the only module that commits."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from tracks.errors import JalonError

WAL_WAIT = 30.0

Database = Engine | Connection  # a connection: inside the transaction under way there, for a rehearsal; else its own


def open_engine(url: str) -> Engine:
    """Open SQLite or PostgreSQL (psycopg). SQLite: WAL, every transaction is a write one, nothing is lost on kill.

    `BEGIN IMMEDIATE`: with the default, 673 of 800 contended read-then-write transactions failed; with it, none.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:  # without its own words: they might show the URL, and its password
        raise JalonError(
            "JALON_DATABASE_URL n'est pas une adresse de base. Attendu : sqlite:///… ou postgresql+psycopg://…"
        ) from None
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise JalonError(
            f"JALON_DATABASE_URL : « {backend} » n'est pas pris en charge. Utilisez sqlite:/// ou postgresql+psycopg://."
        )
    if backend == "postgresql":
        engine = create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        event.listen(engine, "handle_error", closed_door)
        return engine
    if parsed.database and parsed.database != ":memory:":
        make_folder(Path(parsed.database).parent)
    engine = create_engine(parsed, connect_args={"timeout": 30})
    listen_sqlite(engine)
    event.listen(engine, "handle_error", closed_door)
    return engine


def closed_door(context: ExceptionContext) -> None:
    """A database that does not let itself be opened is said in words; what happens inside is not touched."""
    if context.connection is None and not context.is_pre_ping:  # a stale connection of the pool is replaced
        why = str(context.original_exception).partition("\n")[0]
        raise JalonError(f"La base de données ne s'ouvre pas ({why}). Vérifiez JALON_HOME ou JALON_DATABASE_URL.")


def make_folder(folder: Path) -> None:
    """For the account that runs Jalon alone: people are named in it. One that exists keeps the rights it was given."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise JalonError(
            f"Le dossier {folder} ne peut pas être créé. Donnez à JALON_HOME un dossier où ce compte peut écrire."
        ) from error


def _keep_wal(cursor: Any) -> None:
    """Switch the file to WAL, once for all. SQLite's busy timeout does not cover the switch, so that several
    processes that open a new database at once wait for one another here. OperationalError after WAL_WAIT seconds."""
    give_up = time.monotonic() + WAL_WAIT
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.02)


def listen_sqlite(engine: Engine) -> None:
    """Take transactions out of the driver's hands; Alembic needs it too, or a failed migration leaves half a schema."""

    @event.listens_for(engine, "connect")
    def _connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None
        cursor = dbapi.cursor()
        _keep_wal(cursor)
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if not connection.info.get("read_only") else "BEGIN")


@contextmanager
def transaction(database: Database, *, apply: bool = True) -> Iterator[Connection]:
    """One transaction. `apply=False` runs the same statements and rolls them back: a dry run with true counts.

    On a connection it is a savepoint of the transaction under way: what contains it decides.
    """
    if isinstance(database, Connection) and database.in_transaction():
        with database.begin_nested() as inner:
            yield database
            if not apply:
                inner.rollback()
        return
    opened = nullcontext(database) if isinstance(database, Connection) else database.connect()
    with opened as connection, connection.begin() as begun:
        yield connection
        if not apply:
            begun.rollback()


@contextmanager
def reading(database: Database) -> Iterator[Connection]:
    """A consistent read that takes no write lock."""
    if isinstance(database, Connection):
        yield database
        return
    with database.connect() as connection:
        connection.info["read_only"] = True
        try:
            with connection.begin() as begun:
                yield connection
                begun.rollback()
        finally:
            connection.info.pop("read_only", None)


def rewrite(engine: Engine) -> None:
    """Write the whole database anew, so that what was erased is in no free page nor in the log; takes its locks."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM FULL")
        return
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
    finally:
        raw.close()
