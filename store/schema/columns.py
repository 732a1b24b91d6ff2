"""The names of constraints, and the columns that every table has."""

from sqlalchemy import Column, ForeignKey, MetaData, String

from store.types import Key

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def row_id() -> Column[int]:
    return Column("id", Key, primary_key=True, autoincrement=True)


def in_territory() -> Column[str]:
    return Column("territory", String(64), nullable=False)


def ref(table: str, *, name: str | None = None, nullable: bool = False) -> Column[int]:
    column = name or f"{table.removesuffix('s')}_id"
    return Column(column, Key, ForeignKey(f"{table}.id"), nullable=nullable)
