"""The revisions give the models' schema, all of it or nothing, once, whoever runs them and how often."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, select, text

from store import migrate as migrations
from store.engine import open_engine, reading, transaction
from store.migrate import VERSION_TABLE, configuration, current_revision, migrate, refuse_unknown
from store.schema import metadata, persons
from tests.county import a_county
from tracks.errors import JalonError

A_BROKEN_REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.create_table("half_done", sa.Column("id", sa.Integer()))
    op.execute("UPDATE persons SET last_name = 'half done'")
    op.execute("SELECT 1 FROM nowhere")


def downgrade() -> None:
    op.drop_table("half_done")
"""


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def described(engine: Engine) -> dict[str, Any]:
    """All that the database says of our tables, the names and texts of constraints included."""
    seen = inspect(engine)
    return {
        name: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], c["default"]) for c in seen.get_columns(name)},
            "primary key": seen.get_pk_constraint(name),
            "foreign keys": sorted(seen.get_foreign_keys(name), key=str),
            "unique": sorted(seen.get_unique_constraints(name), key=str),
            "checks": sorted((c["name"], " ".join(c["sqltext"].split())) for c in seen.get_check_constraints(name)),
            "indexes": sorted(
                (
                    i["name"],
                    i["unique"],
                    i["column_names"],
                    {k: str(v) for k, v in i.get("dialect_options", {}).items()},
                )
                for i in seen.get_indexes(name)
            ),
        }
        for name in tables(engine) - {VERSION_TABLE}
    }


def test_the_models_and_the_revisions_are_the_same_schema(engine: Engine) -> None:
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []


def test_the_database_is_the_one_that_the_models_would_make(empty: Engine) -> None:
    """Alembic's comparison is blind to checks, defaults and conditions of indexes: the database is asked instead."""
    metadata.create_all(empty)
    wanted = described(empty)
    metadata.drop_all(empty)
    migrate(empty)
    assert described(empty) == wanted


def test_a_second_migration_changes_nothing(engine: Engine) -> None:
    before = described(engine)
    migrate(engine)
    assert described(engine) == before
    refuse_unknown(engine)


def test_down_and_up_again_with_rows_in_every_direction(engine: Engine) -> None:
    with transaction(engine) as connection:
        a_county(connection)
    before = described(engine)
    with transaction(engine) as connection:
        command.downgrade(configuration(connection), "base")
    assert tables(engine) <= {VERSION_TABLE}
    assert current_revision(engine) is None
    migrate(engine)
    assert described(engine) == before
    with transaction(engine) as connection:
        a_county(connection)


RUNNER = """
import re
import sys
from sqlalchemy import event
from store.engine import open_engine
from store.migrate import migrate
sys.stdin.readline()  # all start together
engine = open_engine(sys.argv[1])
created = []
event.listen(engine, "before_cursor_execute", lambda _c, _k, sql, *_: created.extend(re.findall("CREATE TABLE", sql)))
migrate(engine)
print("applied" if created else "nothing to do")
"""


def test_of_four_runners_at_once_one_applies(empty_url: str) -> None:
    command_line = [sys.executable, "-c", RUNNER, empty_url]
    runners = [
        subprocess.Popen(command_line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for runner in runners:
        assert runner.stdin is not None
        runner.stdin.write("go\n")
        runner.stdin.flush()
    answers = [runner.communicate(timeout=60) for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0, 0, 0], answers
    assert sorted(out.strip() for out, _ in answers) == ["applied", "nothing to do", "nothing to do", "nothing to do"]


def test_a_failed_revision_leaves_nothing_of_itself(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(engine) as connection:
        a_county(connection)
    before, head = tables(engine), current_revision(engine)
    folder = shutil.copytree(migrations.MIGRATIONS, tmp_path / "migrations")
    (folder / "versions" / "9999_broken.py").write_text(A_BROKEN_REVISION.format(head=head), "utf-8")
    monkeypatch.setattr(migrations, "MIGRATIONS", folder)
    with pytest.raises(Exception, match="nowhere"):
        migrate(engine)
    assert tables(engine) == before
    assert current_revision(engine) == head
    with reading(engine) as connection:
        assert connection.execute(select(persons.c.last_name)).scalars().all() == ["Exemple"]


def test_a_first_migration_that_fails_leaves_an_empty_database(
    empty: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(migrations.MIGRATIONS, tmp_path / "migrations")
    head = max(path.name[:4] for path in (folder / "versions").glob("[0-9]*.py"))
    (folder / "versions" / "9999_broken.py").write_text(A_BROKEN_REVISION.format(head=head), "utf-8")
    monkeypatch.setattr(migrations, "MIGRATIONS", folder)
    with pytest.raises(Exception, match="nowhere"):
        migrate(empty)
    assert tables(empty) == set()


def test_another_tool_in_the_same_database_is_left_alone(empty: Engine) -> None:
    with transaction(empty) as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('of another tool')"))
    migrate(empty)
    with reading(empty) as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [
            "of another tool"
        ]


def test_an_empty_database_is_refused_with_the_command_to_type(empty: Engine) -> None:
    with pytest.raises(JalonError, match="jalon init"):
        refuse_unknown(empty)


def test_a_database_of_a_newer_jalon_is_refused_and_left_as_it_is(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = 'fcd1'"))
    for refuses in (refuse_unknown, migrate):
        with pytest.raises(JalonError, match=r"« fcd1 ».*plus récente"):
            refuses(engine)
    assert current_revision(engine) == "fcd1"


def test_an_older_database_is_refused_until_it_is_migrated(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(migrations.MIGRATIONS, tmp_path / "migrations")
    newer = A_BROKEN_REVISION.format(head=current_revision(engine)).replace("FROM nowhere", "")
    (folder / "versions" / "9999_newer.py").write_text(newer, "utf-8")
    monkeypatch.setattr(migrations, "MIGRATIONS", folder)
    with pytest.raises(JalonError, match="attend la révision 9999"):
        refuse_unknown(engine)
    migrate(engine)
    refuse_unknown(engine)
