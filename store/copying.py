"""The database's own copy, whole and of one instant: SQLite's online backup, PostgreSQL's pg_dump."""

import json
import os
import shutil
import sqlite3
import subprocess  # nosec B404
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select, text

from store.engine import reading, transaction
from store.migrate import VERSION_TABLE
from store.schema import journal as lines
from store.schema import metadata, persons, runs
from tracks.errors import JalonError

FUNCTIONS = "functions.json"  # beside a dump of PostgreSQL
NAMES = {"sqlite": "database.sqlite", "postgresql": "database.dump"}


def copy_out(engine: Engine, file: Path, *, tools: Path | None) -> None:
    """Write the database to `file`, as of one instant, while others go on writing. `tools`: where pg_dump is."""
    if engine.dialect.name == "sqlite":
        source = engine.raw_connection()
        try:
            with closing(sqlite3.connect(file)) as target:
                _sqlite(source).backup(target)
                target.execute("PRAGMA journal_mode=DELETE")  # one file, whole by itself
        finally:
            source.close()
        return
    with reading(engine) as connection:  # pg_dump of named tables leaves out what their triggers call
        beside = [definition for _, definition in _functions(connection)]
    file.with_name(FUNCTIONS).write_text(json.dumps(beside, ensure_ascii=False), "utf-8")
    tables = [f"--table={name}" for name in _ours(engine)]
    _run(engine, "pg_dump", tools, "--format=custom", "--no-owner", "--no-acl", f"--file={file}", *tables)


def copy_in(engine: Engine, file: Path, *, tools: Path | None) -> None:
    """Put what `copy_out` wrote in place of all that Jalon has in this database."""
    if engine.dialect.name == "sqlite":
        target = engine.raw_connection()
        try:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as source:
                source.backup(_sqlite(target))
        finally:
            target.close()
            engine.dispose()
        return
    program = _tool("pg_restore", tools)  # before anything is dropped
    with transaction(engine) as connection:
        for name in _ours(engine):
            connection.execute(text(f'DROP TABLE IF EXISTS "{name}" CASCADE'))
        for name, _ in _functions(connection):
            connection.execute(text(f"DROP FUNCTION {name} CASCADE"))
        for definition in json.loads(file.with_name(FUNCTIONS).read_text("utf-8")):
            connection.exec_driver_sql(definition.replace("%", "%%"))
    _run(engine, program, None, "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", str(file))


def require_tools(engine: Engine, tools: Path | None) -> None:
    """JalonError, naming the package, when PostgreSQL's own programs are not on this machine."""
    if engine.dialect.name == "postgresql":
        for name in ("pg_dump", "pg_restore"):
            _tool(name, tools)


def is_empty(engine: Engine) -> bool:
    """Whether nothing would be lost: no table of ours, or nobody and no act in them."""
    if VERSION_TABLE not in inspect(engine).get_table_names():
        return True
    with reading(engine) as connection:
        return not any(
            connection.scalar(select(table.c.territory).limit(1)) is not None for table in (persons, runs, lines)
        )


def territories(connection: Connection) -> list[str]:
    """Every territory that this database holds something of."""
    found = {name for table in (persons, lines) for name in connection.scalars(select(table.c.territory).distinct())}
    return sorted(found)


def _sqlite(raw: object) -> sqlite3.Connection:
    connection = getattr(raw, "driver_connection", None)
    assert isinstance(connection, sqlite3.Connection)
    return connection


def _ours(engine: Engine) -> list[str]:
    """Another tool may have its own tables in the same database: they are neither copied nor touched."""
    there = set(inspect(engine).get_table_names())
    return sorted(there & {*metadata.tables, VERSION_TABLE})


def _functions(connection: Connection) -> list[tuple[str, str]]:
    """Those of ours, which triggers of our tables call: what names each, and what makes it again."""
    found = connection.execute(
        text(
            "SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid) FROM pg_proc p "
            "WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f' "
            "AND starts_with(p.proname, 'jalon_') ORDER BY p.proname"
        )
    )
    return [(name, definition) for name, definition in found.tuples()]


def _tool(name: str, tools: Path | None) -> str:
    found = shutil.which(name, path=str(tools) if tools else None)
    if found is None:
        raise JalonError(
            f"{name} manque sur cette machine. Debian : sudo apt-get install postgresql-client ; ou donnez son dossier "
            "dans JALON_PG_BIN (/usr/lib/postgresql/16/bin, de la même version que le serveur ou d'une plus récente)."
        )
    return found


def _run(engine: Engine, name: str, tools: Path | None, *words: str) -> None:
    """One of PostgreSQL's programs, on this database; the password goes by the environment, where no list shows it."""
    url = engine.url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    ended = subprocess.run(  # noqa: S603 - PostgreSQL's own program, no shell  # nosec B603
        [_tool(name, tools), f"--dbname={url}", *words],
        env=_environment(engine),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        why = next(iter(ended.stderr.strip().splitlines()), "sans un mot")  # the first: it names objects, never rows
        older = " Donnez dans JALON_PG_BIN ceux de la version du serveur." if "version mismatch" in why else ""
        raise JalonError(f"{Path(name).name} a échoué ({why}).{older} Rien d'autre n'a été fait.")


def _environment(engine: Engine) -> Mapping[str, str]:
    password = engine.url.password
    return {**os.environ, "LC_ALL": "C"} | ({"PGPASSWORD": str(password)} if password else {})
