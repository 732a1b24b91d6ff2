"""The floor of a night: the same rows read and written by the raw driver, as fast as SQLite takes them.

What a night wrote is found by comparing the database before and after it, so the floor follows the code by itself.
"""

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AT_ONCE = 2_000
# What a night has to know of each person and each referent: one statement a table, no join, no order.
READ = (
    "SELECT id, person_id, track, entered_on, left_on, notified_on, under_duties, referent_id, activity_started_on,"
    " next_step FROM cases WHERE territory = ? AND left_on IS NULL",
    "SELECT id, email, email_to_check, mobile, address, postcode_city, preferred_channel, refused_channels"
    " FROM persons WHERE territory = ?",
    "SELECT case_id, id, kind, starts_at, ends_at, referent_id, status, qualification, known_on, notice_sent_on,"
    " notice_channel, notice_proof, by_phone FROM appointments WHERE territory = ?",
    "SELECT person_id, id, kind, signed_on, starts_on, ends_on, clauses FROM contracts WHERE territory = ?",
    "SELECT person_id, id, prescribed_on, due_on FROM prescribed_actions WHERE territory = ? AND done_on IS NULL",
    "SELECT person_id, id, sent_on, received_on, delay_days FROM letters WHERE territory = ?",
    "SELECT person_id, first_day, last_day FROM pauses WHERE territory = ?",
    "SELECT case_id, id, clause, happened_on, qualification FROM breaches WHERE territory = ?",
    "SELECT case_id, id, happened_on, source, kind FROM signals WHERE territory = ?",
    "SELECT case_id, id, kind, opened_on, outcome, decided_at FROM reviews WHERE territory = ?",
    "SELECT case_id, key, planned_on FROM messages WHERE territory = ?",
    "SELECT case_id, key, asked_on, closed_on FROM questions WHERE territory = ?",
    "SELECT case_id, precondition FROM checks WHERE territory = ? AND closed_on IS NULL",
    "SELECT id, circuit, site, email, working_days, day_starts, day_ends, break_starts, break_ends FROM referents"
    " WHERE territory = ?",
    "SELECT referent_id, first_day, last_day FROM leaves WHERE territory = ?",
    "SELECT referent_id, starts_at, ends_at FROM sessions WHERE territory = ?",
)


@dataclass(frozen=True, slots=True)
class Written:
    """What a night did to one table: rows added, the columns it changed with their new values, rows taken away."""

    table: str
    added: list[tuple[Any, ...]]
    columns: tuple[str, ...]
    changed: list[tuple[Any, ...]]  # the values of `columns`, then the row's id
    gone: list[tuple[Any, ...]]

    @property
    def counts(self) -> tuple[int, int, int]:
        return len(self.added), len(self.changed), len(self.gone)


def open_raw(path: Path) -> sqlite3.Connection:
    """The raw driver with the settings of the night: WAL, nothing lost on a kill, transactions in our hands."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def written(before: Path, after: Path) -> tuple[Written, ...]:
    """What happened between two copies of a database, table by table, parents before children."""
    connection = sqlite3.connect(after)
    connection.execute("ATTACH ? AS old", (str(before),))
    names = connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    found = [_written(connection, name) for (name,) in names.fetchall()]
    connection.close()
    return tuple(delta for delta in found if any(delta.counts))


def _written(connection: sqlite3.Connection, table: str) -> Written:
    names = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
    both = f"main.{table} AS n JOIN old.{table} AS o ON n.rowid = o.rowid"
    flags = connection.execute(f"SELECT {', '.join(f'max(n.{name} IS NOT o.{name})' for name in names)} FROM {both}")
    columns = [name for name, differs in zip(names, flags.fetchone(), strict=True) if differs]
    changed = []
    if columns:
        values = ", ".join(f"n.{name}" for name in columns)
        differs = " OR ".join(f"n.{name} IS NOT o.{name}" for name in columns)
        changed = connection.execute(f"SELECT {values}, n.rowid FROM {both} WHERE {differs}").fetchall()
    added = f"SELECT * FROM main.{table} WHERE rowid NOT IN (SELECT rowid FROM old.{table}) ORDER BY rowid"
    gone = f"SELECT rowid FROM old.{table} WHERE rowid NOT IN (SELECT rowid FROM main.{table})"
    return Written(
        table, connection.execute(added).fetchall(), tuple(columns), changed, connection.execute(gone).fetchall()
    )


def counts_of(deltas: tuple[Written, ...]) -> dict[str, tuple[int, int, int]]:
    """Table → rows added, changed, gone: what the floor and the night must have in common."""
    return {delta.table: delta.counts for delta in deltas}


def replay(path: Path, deltas: tuple[Written, ...], territory: str) -> tuple[float, float]:
    """Read and write those rows; seconds of each. One transaction, one statement a table."""
    connection = open_raw(path)
    unwatched(connection)
    began = time.perf_counter()
    for statement in READ:
        cursor = connection.execute(statement, (territory,))
        while cursor.fetchmany(AT_ONCE):
            pass
    read = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    for delta in deltas:
        _replay(connection, delta)
    connection.execute("COMMIT")
    ended = time.perf_counter()
    connection.close()
    return read - began, ended - read


def unwatched(connection: sqlite3.Connection) -> None:
    """What the triggers wrote is among the rows to write: they must not write it twice."""
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")


def _replay(connection: sqlite3.Connection, delta: Written) -> None:
    if delta.added:
        marks = ", ".join("?" * len(delta.added[0]))
        connection.executemany(f"INSERT INTO {delta.table} VALUES ({marks})", delta.added)
    if delta.changed:
        sets = ", ".join(f"{name} = ?" for name in delta.columns)
        connection.executemany(f"UPDATE {delta.table} SET {sets} WHERE rowid = ?", delta.changed)
    connection.executemany(f"DELETE FROM {delta.table} WHERE rowid = ?", delta.gone)
