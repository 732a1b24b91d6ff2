"""Set-based writes that meet a unique key twice and do nothing more: the same statement for both databases."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Row, Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def insert_new(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *returning: Column[Any]
) -> Sequence[Row[Any]]:
    """Insert `rows`, skip those whose key exists, and give back `returning` of those really inserted."""
    if not rows:
        return []
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    statement = insert(table).on_conflict_do_nothing().returning(*(returning or (table.c.id,)))
    return connection.execute(statement, rows).all()
