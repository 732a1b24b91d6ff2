"""`intakes` imports into a fresh database, on SQLite and on PostgreSQL; `quick` on SQLite alone."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.intake.files import PARCOURS, REFERENT, USAGER, Intakes


@pytest.fixture
def intakes(engine: Engine, tmp_path: Path) -> Intakes:
    return Intakes(engine, tmp_path)


@pytest.fixture
def quick(sqlite_engine: Engine, tmp_path: Path) -> Intakes:
    return Intakes(sqlite_engine, tmp_path)


@pytest.fixture
def followed(intakes: Intakes) -> Intakes:
    """One referent, one person, one open case."""
    for row in (REFERENT, USAGER, PARCOURS):
        assert intakes.rows(row).created == 1
    return intakes
