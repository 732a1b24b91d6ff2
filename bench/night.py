"""`python -m bench`: what a night costs, against its own floor, at several sizes; to `JALON_HOME/bench.json`."""

import argparse
import json
import os
import pickle
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import track as progress
from rich.table import Table

from bench.floor import counts_of, written
from bench.generate import generate
from bench.marking import Marking, measure_marking
from config.settings import PROJECT, Settings
from store.engine import open_engine
from store.schema import metadata

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
    engine.dispose()


def fresh(county: Path, copy: Path) -> None:
    for left in copy.parent.glob(f"{copy.name}*"):
        left.unlink()
    shutil.copyfile(county, copy)


def child(what: str, database: Path, *more: Path) -> dict[str, Any]:
    """A measured run in its own process; what it says of itself."""
    command = [sys.executable, "-m", "bench.once", what, str(database), ON.isoformat(), *map(str, more)]
    done = subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def same(expected: object, found: object, what: str) -> None:
    if found != expected:
        raise SystemExit(f"not the same rows: {what} wrote {found}, the first night wrote {expected}")


def of(runs: Iterable[dict[str, Any]], name: str) -> float:
    return float(median(run[name] for run in runs))


def rows_of(found: list[Measured]) -> list[dict[str, Any]]:
    rows = []
    for one in found:
        measured = (
            ("night", one.night, one.night_cpu, one.night_mb),
            ("night: deciding and writing, without reading", one.night - one.reading, None, None),
            ("floor: the same rows read and written by the raw driver", one.floor, one.floor_cpu, one.floor_mb),
        )
        for what, seconds, cpu, peak in measured:
            rows.append(
                {
                    "what": what,
                    "cases": one.cases,
                    "seconds": round(seconds, 4),
                    "cpu_seconds": round(cpu, 4) if cpu is not None else None,
                    "ratio_to_floor": round(seconds / one.floor, 2),
                    "peak_mb": round(peak, 1) if peak is not None else None,
                    "repetitions": one.repetitions,
                }
            )
    return rows


def targets_of(found: list[Measured], marking: Marking | None) -> list[dict[str, Any]]:
    """The targets that this bench can judge (stack of the project, 1–3 and 7); what was not measured is not met."""
    at = {one.cases: one for one in found}
    big = at.get(BIG)
    million = at.get(1_000_000)
    largest = million or big
    growth = million.night_mb / big.night_mb if million and big else None
    return [
        target(1, f"deciding and writing at {BIG:,}, × floor", big.deciding_ratio if big else None, 3),
        target(2, f"the whole night engine-free at {BIG:,}, × floor", big.ratio if big else None, 4),
        target(2, "the whole night engine-free at 1,000,000, × floor", million.ratio if million else None, 4),
        target(3, "strict marking, a commit a message, × the raw strict loop", marking.ratio if marking else None, 2),
        target(3, "a message at 15,000, × a message at 150", marking.growth if marking else None, 1.1),
        target(7, f"peak memory at 1,000,000, × that at {BIG:,}", growth, 1.1),
        target(7, "peak memory engine-free at the largest of both, MB", largest.night_mb if largest else None, 150),
    ]


def target(number: int, what: str, measured: float | None, limit: float) -> dict[str, Any]:
    return {
        "number": number,
        "what": what,
        "measured": round(measured, 2) if measured is not None else None,
        "limit": limit,
        "met": measured is not None and measured <= limit,
    }


def versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "sqlalchemy": version("sqlalchemy"),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


def show(console: Console, found: list[Measured], told: dict[str, Any]) -> None:
    console.print(" · ".join(f"{name} {value}" for name, value in told["versions"].items()))
    table = Table(
        "cases",
        "night s",
        "cases/s",
        "peak MB",
        "floor s",
        "× floor",
        "night cpu s",
        "floor cpu s",
        "reading s",
        "rows",
        "runs",
    )
    for one in found:
        table.add_row(
            f"{one.cases:,}",
            f"{one.night:.2f}",
            f"{one.cases / one.night:,.0f}",
            f"{one.night_mb:.0f}",
            f"{one.floor:.3f}",
            f"{one.ratio:.1f}",
            f"{one.night_cpu:.2f}",
            f"{one.floor_cpu:.3f}",
            f"{one.reading:.2f}",
            f"{one.rows:,}",
            str(one.repetitions),
        )
    console.print(table)
    table = Table("target", "what", "measured", "at most", "met")
    for line in told["targets"]:
        measured = "not measured" if line["measured"] is None else f"{line['measured']:g}"
        table.add_row(str(line["number"]), line["what"], measured, f"{line['limit']:g}", "yes" if line["met"] else "no")
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--cases", default=",".join(map(str, SIZES)), help="sizes, comma-separated")
    parser.add_argument("--repetitions", type=int, help="5 up to 10,000 cases and 3 above, unless given")
    parser.add_argument("--without-marking", action="store_true", help="leave target 3 out")
    chosen = parser.parse_args()
    home = Settings().home
    home.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=home) as folder:
        sizes = [int(size) for size in chosen.cases.split(",")]
        found = [measure(n, chosen.repetitions or (5 if n <= 10_000 else 3), Path(folder)) for n in sizes]
        marking = None if chosen.without_marking else measure_marking(Path(folder))
    told = {"versions": versions(), "rows": rows_of(found), "targets": targets_of(found, marking)}
    (home / "bench.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    console = Console()
    console.width = max(console.width, 120)  # a table cut short says nothing in a log
    show(console, found, told)
    console.print(f"{time.perf_counter() - began:.0f} s in all · {home / 'bench.json'}")


if __name__ == "__main__":
    main()
