"""E13: nights that read what is due and nights that read everybody write the same rows, whatever happens to people."""

import random
from datetime import date
from pathlib import Path

from store import touching
from store.engine import open_engine, transaction
from store.migrate import migrate
from tests.campaigns.promise import Promise
from tests.tasks.due_twin import Twins

FIRST = date(2026, 9, 1)  # across a change of hour and of year
COUNTIES, PEOPLE, DAYS = 20, 50, 60  # a thousand lives
SMALL = (1, 8, 4)
EVENTS_A_DAY = 8


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    counties, people, days = SMALL if small else (COUNTIES, PEOPLE, DAYS)
    found, read, everybody = [], 0, 0
    for number in range(counties):
        twins, difference = lived(folder / f"{number}", seed=seed + number, people=people, days=days)
        found += [difference] if difference else []
        read, everybody = read + twins.read, everybody + twins.everybody
    _, of_bug = lived(folder / "bug", seed=seed, people=8, days=12, blind=True)
    return Promise(
        id="E13",
        promise="The nights of what is due and the nights of everybody write the same rows",
        figure=f"{counties * people} lives of {days} days, {EVENTS_A_DAY} events a day: {len(found)} differences, "
        f"{read} readings of a case where the others made {everybody}. {' '.join(found[:1])}"
        f"With the triggers taken away: {'a difference' if of_bug else 'none'}",
        seed=seed,
        held=not found and read < everybody,
        seeded_bug_caught=bool(of_bug),
    )


def lived(folder: Path, *, seed: int, people: int, days: int, blind: bool = False) -> tuple[Twins, str]:
    """Two counties day by day, until their rows differ. `blind`: nothing tells the nights what has changed."""
    folder.mkdir()
    due, full = (open_engine(f"sqlite:///{folder}/{name}.db") for name in ("due", "full"))
    for engine in (due, full):
        migrate(engine)
    if blind:
        with transaction(due) as connection:
            touching.remove(connection)
    twins = Twins(due=due, full=full, dice=random.Random(seed), people=people, on=FIRST)
    twins.begin()
    difference = ""
    for _ in range(days):
        twins.a_day(events=EVENTS_A_DAY)
        if difference := twins.difference():
            break
    due.dispose()
    full.dispose()
    return twins, difference
