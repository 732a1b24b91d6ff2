"""A14: a migration killed at any statement leaves an empty database or a whole one, and the next one finishes."""

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, inspect

from store.engine import open_engine
from store.migrate import VERSION_TABLE, migrate
from store.schema import metadata
from tests.campaigns.promise import Promise

Opened = Callable[[Path], Engine]
KILLS, SMALL = 50, 3
WHOLE = set(metadata.tables) | {VERSION_TABLE}


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    kills = SMALL if small else KILLS
    chosen = random.Random(seed)
    statements = count_statements(folder / "counted.db")
    points = [chosen.randint(1, statements) for _ in range(kills)]
    landed, halves = killed(folder / "ours", points, ours)
    resumed = sum(finishes(path) for path in sorted((folder / "ours").glob("*.db")))
    _, halves_of_bug = killed(folder / "bug", points, without_a_transaction)
    return Promise(
        id="A14",
        promise="A migration is applied whole or not at all, and starts again without an operator",
        figure=f"{landed} of {kills} kills among {statements} statements (SQLite) landed: {halves} half-made, "
        f"{resumed} finished by the next migration; {halves_of_bug} half-made without a transaction",
        seed=seed,
        held=landed == kills and halves == 0 and resumed == kills,
        seeded_bug_caught=halves_of_bug > 0,
    )


def ours(path: Path) -> Engine:
    return open_engine(f"sqlite:///{path}")


def without_a_transaction(path: Path) -> Engine:
    """The seeded bug: each statement is kept as it is made."""
    return create_engine(f"sqlite:///{path}", isolation_level="AUTOCOMMIT")


def count_statements(path: Path) -> int:
    engine, seen = ours(path), []
    event.listen(engine, "before_cursor_execute", lambda *told: seen.append(told[2]))
    migrate(engine)
    engine.dispose()
    return len(seen)


def killed(folder: Path, points: list[int], opened: Opened) -> tuple[int, int]:
    """How many kills landed while a migration was at work, and how many half-made databases they left."""
    landed = halves = 0
    folder.mkdir()
    for number, point in enumerate(points):
        path = folder / f"{number}.db"
        landed += kill_at(path, point, opened)
        engine = create_engine(f"sqlite:///{path}")
        halves += set(inspect(engine).get_table_names()) not in (set(), WHOLE)
        engine.dispose()
    return landed, halves


def kill_at(path: Path, point: int, opened: Opened) -> bool:
    """SIGKILL a migration as it sends its statement number `point`; whether it was still at work."""
    at_work, told = os.pipe()
    child = os.fork()
    if child == 0:
        engine = opened(path)
        event.listen(engine, "before_cursor_execute", lambda *_: os.write(told, b"."))
        migrate(engine)
        os._exit(0)
    os.close(told)
    sent = 0
    while sent < point and (read := os.read(at_work, point - sent)):
        sent += len(read)
    os.kill(child, signal.SIGKILL)
    os.close(at_work)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def finishes(path: Path) -> bool:
    engine = ours(path)
    migrate(engine)
    whole = set(inspect(engine).get_table_names()) == WHOLE
    engine.dispose()
    return whole
