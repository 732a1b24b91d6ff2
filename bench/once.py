"""One measured run in a process of its own, so that its memory is its own: a night, or the floor of that night.

`python -m bench.once night DATABASE ON` · `python -m bench.once floor DATABASE ON ROWS` · one line of JSON.
"""

import json
import pickle
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bench.generate import TRACK

TERRITORY = Path(__file__).resolve().parent.parent / "config" / "territories" / "doubs"


@dataclass(slots=True)
class Watch:
    """Adds up the seconds spent inside what it wraps."""

    seconds: float = 0.0

    def call(self, wrapped: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return wrapped(*args, **named)
            finally:
                self.seconds += time.perf_counter() - began

        return timed

    def each(self, wrapped: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        def timed(*args: Any, **named: Any) -> Iterator[Any]:
            items = wrapped(*args, **named)
            while (item := self.call(next)(items, None)) is not None:
                yield item

        return timed


def run_night(database: Path, on: date) -> dict[str, Any]:
    """The engine-free night, written for good; `reading` is the part of its seconds spent fetching rows into cases."""
    from config.territory import load_territory
    from store.engine import open_engine
    from tasks import plan
    from tasks.night import night

    watch = Watch()
    for name, wrap in (("read_pages", watch.each), ("read_agendas", watch.call), ("read_cannot_stand", watch.call)):
        setattr(plan, name, wrap(getattr(plan, name)))
    territory = load_territory(TERRITORY)
    engine = open_engine(f"sqlite:///{database}")
    began, cpu = time.perf_counter(), time.process_time()
    done = night(engine, territory, TRACK, on=on, apply=True)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    engine.dispose()
    return {
        "seconds": seconds,
        "cpu": cpu,
        "reading": watch.seconds,
        "cases": done.cases,
        "written": done.written,
        "peak_mb": peak_mb(),
    }


def run_floor(database: Path, rows: Path) -> dict[str, Any]:
    """The same rows through the raw driver; they are in memory before the clock starts."""
    from bench.floor import replay

    deltas = pickle.loads(rows.read_bytes())
    cpu = time.process_time()
    reading, writing = replay(database, deltas, TERRITORY.name)
    cpu = time.process_time() - cpu
    return {"seconds": reading + writing, "cpu": cpu, "reading": reading, "peak_mb": peak_mb()}


def peak_mb() -> float:
    """The most memory this process ever held; on Linux not counting what its parent held before it."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    what, database, on, *rows = sys.argv[1:]
    if what == "night":
        print(json.dumps(run_night(Path(database), date.fromisoformat(on))))
    else:
        print(json.dumps(run_floor(Path(database), Path(rows[0]))))
