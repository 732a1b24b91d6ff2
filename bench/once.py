"""One measured run in a process of its own, so that its memory is its own: a night, its floor, a dispatch.

`python -m bench.once night DATABASE ON` · `floor DATABASE ON ROWS` · `send DATABASE ON PORT CLASS` ·
`bare MESSAGES ON PORT - COUNT` · one line of JSON.
"""

import importlib
import json
import pickle
import resource
import smtplib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from datetime import time as time_of_day
from email import message_from_bytes
from functools import reduce
from pathlib import Path
from typing import Any

from bench.generate import TRACK
from tracks.vocabulary import Template

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


# Steps of a dispatch that do not hold one another, and what each is made of.
STEPS = {
    "claiming, links": (("tasks.lane", "claim"), ("tasks.lane", "with_links")),
    "looking again, marking": (
        ("store.handing", "Watch.moved"),
        ("tasks.lane", "hand_over"),
        ("tasks.lane", "look_again"),
    ),
    "writing the text": (("tasks.delivery", "written"), ("tasks.delivery", "recipient_of")),
    "composing the e-mail": (("tasks.plugins", "composed"), ("tasks.delivery", "invitation")),
    "noting what became of it": (("tasks.lane", "settle"),),
    "committing": (("sqlalchemy.engine.default", "DefaultDialect.do_commit"),),
    "the mail server": (("smtplib", "SMTP.send"), ("smtplib", "SMTP.getreply")),
}


def run_send(database: Path, on: date, port: str, repeat: str) -> dict[str, Any]:
    """One engine-free dispatch by e-mail, without the brake; `split`: seconds of each of its steps."""
    from config.channels import Channels
    from config.territory import load_territory
    from store.engine import open_engine
    from tasks.channels import check_channels
    from tasks.dispatch import dispatch

    watches = {step: Watch() for step in STEPS}
    for step, wrapped in STEPS.items():
        for module, path in wrapped:
            *inside, name = path.split(".")
            owner = reduce(getattr, inside, importlib.import_module(module))
            setattr(owner, name, watches[step].call(getattr(owner, name)))
    territory = load_territory(TERRITORY)
    brake = territory.file.brake.model_copy(update={"ceilings": dict.fromkeys(Template, 10**9)})
    territory = replace(territory, file=territory.file.model_copy(update={"brake": brake}))
    email, here = {"url": f"mailto://127.0.0.1:{port}", "class": repeat}, {"database": str(database)}
    channels = Channels.model_validate({"email": email, "production": here})
    check_channels(channels, sender_email=territory.sender_email)  # Apprise loads all its plugins, once a process
    engine = open_engine(f"sqlite:///{database}")
    at = territory.calendar.local(on, time_of_day(9, 30))
    began = time.perf_counter()
    counts = dispatch(engine, territory, channels, at=at, apply=True, outbox=database.parent / "outbox")
    seconds = time.perf_counter() - began
    engine.dispose()
    split = {step: watch.seconds for step, watch in watches.items()}
    split["the rest"] = seconds - sum(split.values())
    return {"seconds": seconds, "sent": counts.sent, "split": split, "peak_mb": peak_mb()}


def run_bare(folder: Path, port: str, count: int) -> dict[str, Any]:
    """The messages of `folder`, in turn, `count` times, by smtplib on one connection: what a loop of ten lines does."""
    mails = [(message_from_bytes(raw), raw) for raw in (path.read_bytes() for path in sorted(folder.iterdir()))]
    ready = [(mail["From"], [mail["To"]], raw) for mail, raw in mails]
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", int(port)) as server:
        for n in range(count):
            server.sendmail(*ready[n % len(ready)])
    return {"seconds": time.perf_counter() - began, "sent": count}


def peak_mb() -> float:
    """The most memory this process ever held; on Linux not counting what its parent held before it."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    what, where, on, *more = sys.argv[1:]
    match what:
        case "night":
            told = run_night(Path(where), date.fromisoformat(on))
        case "floor":
            told = run_floor(Path(where), Path(more[0]))
        case "send":
            told = run_send(Path(where), date.fromisoformat(on), more[0], more[1])
        case _:
            told = run_bare(Path(where), more[0], int(more[2]))
    print(json.dumps(told))
