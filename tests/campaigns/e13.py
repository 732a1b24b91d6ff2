"""E13: nights that read what is due and nights that read everybody write the same rows, whatever happens to people."""

import random
from datetime import date
from pathlib import Path

from store.engine import open_engine
from store.migrate import migrate
from tests.campaigns.promise import Promise
from tests.tasks.due_twin import Twins

FIRST = date(2026, 9, 1)  # across a change of hour and of year
COUNTIES, PEOPLE, DAYS = 20, 50, 60  # a thousand lives
SMALL = (1, 8, 4)
EVENTS_A_DAY = 8
A_FEW = 2  # many cases then sleep for days


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    counties, people, days = SMALL if small else (COUNTIES, PEOPLE, DAYS)
    found, read, everybody = [], 0, 0
    for number in range(counties):
        twins, difference = lived(folder / f"{number}", seed=seed + number, people=people, days=days)
        found += [difference] if difference else []
        read, everybody = read + twins.read, everybody + twins.everybody
    _, of_bug = lived(folder / "bug", seed=seed, people=10, days=20, blind=True)
    return Promise(
        id="E13",
        promise="The nights of what is due and the nights of everybody write the same rows",
        figure=f"{counties * people} lives of {days} days, {EVENTS_A_DAY} events a day: {len(found)} differences, "
        f"{read} readings of a case where the others made {everybody}. {' '.join(found[:1])}"
        f"With what was touched forgotten: {'a difference' if of_bug else 'none'}",
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
    twins = Twins(due=due, full=full, dice=random.Random(seed), people=people, on=FIRST, blind=blind)
    twins.begin()
    difference = ""
    for _ in range(days):
        twins.a_day(events=A_FEW if blind else EVENTS_A_DAY)
        if difference := twins.difference():
            break
    due.dispose()
    full.dispose()
    return twins, difference
