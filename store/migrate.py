"""Brings a database to the schema of this code, all of it or nothing, and refuses a database of another schema.

Jalon's revisions live in a version table of their own, so that the database may be shared with another tool's.
"""

from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from store.due_cases import forget_days
from store.engine import reading, transaction
from store.schema import touching
from store.types import Instant
from tracks.errors import JalonError

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "jalon_alembic_version"
ONE_RUNNER = 0x6A616C6F6E  # "jalon", the key of PostgreSQL's advisory lock


def _render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """A revision is a fact of the past: it names no type of ours, which may change."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


OPTIONS: dict[str, Any] = {"version_table": VERSION_TABLE, "render_item": _render}


def migrate(engine: Engine) -> None:
    """Bring the database to this code's schema. Safe to repeat and to run several times at once: one applies.

    A revision may change any row: after it, every night reads everything once.
    """
    with transaction(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_RUNNER})
        before = _current(connection)
        _refuse_newer(before)
        if before != _scripts().get_current_head():
            touching.remove(connection)
            command.upgrade(configuration(connection), "head")
            forget_days(connection)
        touching.install(connection)


def current_revision(engine: Engine) -> str | None:
    """The database's revision; None where Jalon never created its tables."""
    with reading(engine) as connection:
        return _current(connection)


def refuse_unknown(engine: Engine) -> None:
    """Raise a JalonError unless the database has exactly the schema of this code."""
    current = current_revision(engine)
    _refuse_newer(current)
    if current is None:
        raise JalonError("La base de données est vide. Créez ses tables avec « jalon init ».")
    if current != _scripts().get_current_head():
        raise JalonError(
            f"La base de données est à la révision {current} et ce programme attend la révision "
            f"{_scripts().get_current_head()}. Sauvegardez-la, puis mettez-la à jour avec « jalon init »."
        )


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings, without a file."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(configuration())


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def _refuse_newer(current: str | None) -> None:
    try:
        _scripts().get_revision(current or "base")
    except CommandError as unknown:
        raise JalonError(
            f"La base de données est à la révision « {current} », que cette version de Jalon ne connaît pas : une "
            "version plus récente l'a mise à jour. Installez cette version-là ; rien n'a été modifié."
        ) from unknown
