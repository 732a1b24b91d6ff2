"""What a night costs, against its own floor, at several sizes."""

import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import track as progress

from bench.floor import counts_of, written
from bench.generate import generate
from config.settings import PROJECT
from store.engine import open_engine, transaction
from store.schema import metadata, touched

ON = date(2026, 11, 23)
SIZES = (1_000, 10_000, 100_000)
BIG = 100_000


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians over the repetitions of one size, in seconds and megabytes."""

    cases: int
    repetitions: int
    night: float
    reading: float
    floor: float
    night_cpu: float
    floor_cpu: float
    night_mb: float
    floor_mb: float
    rows: int

    @property
    def ratio(self) -> float:
        return self.night / self.floor

    @property
    def deciding_ratio(self) -> float:
        return (self.night - self.reading) / self.floor


def measure(cases: int, repetitions: int, folder: Path) -> Measured:
    """Night, floor, night, floor… on fresh copies of one database; the rows each wrote must be the same in number."""
    county, copy, rows = folder / "county.db", folder / "copy.db", folder / "rows.pickle"
    build(county, cases)
    nights, floors = [], []
    for turn in progress(range(repetitions), description=f"{cases:,} cases", console=Console(stderr=True)):
        fresh(county, copy)
        nights.append(child("night", copy))
        if nights[-1]["cases"] != cases:
            raise SystemExit(f"the night read {nights[-1]['cases']} cases of {cases}")
        deltas = written(county, copy)
        if turn == 0:
            rows.write_bytes(pickle.dumps(deltas))
            expected = counts_of(deltas)
        same(expected, counts_of(deltas), f"night {turn + 1} of {cases}")
        fresh(county, copy)
        floors.append(child("floor", copy, rows))
        same(expected, counts_of(written(county, copy)), f"floor {turn + 1} of {cases}")
    for path in (county, copy, rows):
        path.unlink()
    return Measured(
        cases=cases,
        repetitions=repetitions,
        night=of(nights, "seconds"),
        reading=of(nights, "reading"),
        floor=of(floors, "seconds"),
        night_cpu=of(nights, "cpu"),
        floor_cpu=of(floors, "cpu"),
        night_mb=of(nights, "peak_mb"),
        floor_mb=of(floors, "peak_mb"),
        rows=sum(sum(counts) for counts in expected.values()),
    )


def build(path: Path, cases: int) -> None:
    engine = open_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    generate(engine, cases=cases, on=ON)
    with transaction(engine) as connection:  # as after any night: what the import touched is known
        connection.execute(touched.delete())
    engine.dispose()


def fresh(county: Path, copy: Path) -> None:
    for left in copy.parent.glob(f"{copy.name}*"):
        left.unlink()
    shutil.copyfile(county, copy)


def child(what: str, where: Path, *more: object) -> dict[str, Any]:
    """A measured run in its own process; what it says of itself."""
    command = [sys.executable, "-m", "bench.once", what, str(where), ON.isoformat(), *map(str, more)]
    done = subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def same(expected: object, found: object, what: str) -> None:
    if found != expected:
        raise SystemExit(f"not the same rows: {what} wrote {found}, the first night wrote {expected}")


def of(runs: Iterable[dict[str, Any]], name: str) -> float:
    return float(median(run[name] for run in runs))
