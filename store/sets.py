"""Set-based writes that meet a unique key twice and do nothing more: the same statement for both databases."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Table, null
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

Insert = PostgresqlInsert | SqliteInsert


def insert_new(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *returning: Column[Any]
) -> Sequence[Row[Any]]:
    """Insert `rows`, skip those whose key exists, and give back `returning` of those really inserted."""
    if not rows:
        return []
    statement = _insert(connection, table).on_conflict_do_nothing().returning(*(returning or (table.c.id,)))
    return connection.execute(statement, rows).all()


def insert_or_reopen(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *returning: Column[Any],
    again: Sequence[str],
    blank: Sequence[str],
    where: ColumnElement[bool],
) -> Sequence[Row[Any]]:
    """As `insert_new`; a row of the same (territory, key) that `where` admits takes the columns `again` of the new
    one, and null in `blank`. No bound value in `where`: with one, SQLAlchemy would send a statement a row."""
    if not rows:
        return []
    insert = _insert(connection, table)
    values = {name: insert.excluded[name] for name in again} | dict.fromkeys(blank, null())
    statement = insert.on_conflict_do_update(index_elements=["territory", "key"], set_=values, where=where)
    return connection.execute(statement.returning(*returning), rows).all()


def _insert(connection: Connection, table: Table) -> Insert:
    return (postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert)(table)
