"""What a page of the desk costs the server with 100,000 cases after a night: its 95th percentile, over HTTP."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
from rich.console import Console
from rich.progress import track as progress
from sqlalchemy import Engine, func, select

from bench.generate import TRACK
from bench.night import ON, build
from config.settings import TERRITORIES
from config.territory import load_territory
from desk.web.server import in_background, listen
from desk.web.staff.app import create_desk
from desk.web.staff.doors import COOKIE, DOORS
from desk.web.staff.office import Office
from store import accounts, sign_ins
from store.acts import Act
from store.engine import open_engine, reading, transaction
from store.schema import cases, reviews
from tasks.night import night
from tracks.vocabulary import DeskRole

CASES = 100_000
ROUNDS = 40  # of each page
AIM = 0.2  # seconds
BOTH = ("/", "/personnes")  # a referent's is another page than a coordinator's


@dataclass(frozen=True, slots=True)
class PageTime:
    """`p95`, `median`: seconds from the request to the last byte, over `rounds`."""

    page: str
    role: str
    cases: int
    median: float
    p95: float
    rounds: int


def measure_desk(folder: Path, *, count: int = CASES, rounds: int = ROUNDS) -> list[PageTime]:
    """Every page of the desk that shows people or work, read again and again, the pages interleaved."""
    county = folder / "desk.db"
    build(county, count)
    engine = open_engine(f"sqlite:///{county}")
    territory = load_territory(TERRITORIES / "doubs")
    night(engine, territory, TRACK, on=ON, apply=True)
    engine.dispose()  # what the night wrote goes from its log to the database
    at = territory.calendar.local(ON, datetime.min.time().replace(hour=9))
    found: dict[tuple[str, DeskRole], list[float]] = {}
    with seats(engine, folder, at) as clients:
        pages = pages_of(engine)
        for _ in progress(range(rounds), description=f"the desk at {count:,} cases", console=Console(stderr=True)):
            for path, role in pages:
                began = time.perf_counter()
                answer = clients[role].get(path)
                seconds = time.perf_counter() - began
                if answer.status_code != 200:
                    raise SystemExit(f"{path} for {role} answered {answer.status_code}")
                found.setdefault((path, role), []).append(seconds)
    engine.dispose()
    county.unlink()
    return [
        PageTime(path, role, count, quantiles(times, n=2)[0], quantiles(times, n=20)[18], rounds)
        for (path, role), times in found.items()
    ]


@contextmanager
def seats(engine: Engine, folder: Path, at: datetime) -> Iterator[dict[DeskRole, httpx.Client]]:
    """A signed-in browser a role, each at an address of its own, over a desk whose clock stands still."""
    territory = load_territory(TERRITORIES / "doubs")
    act = Act(territory="doubs", by="Bench", at=at, on=ON)
    with listen("127.0.0.1", 0) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        office = Office(
            engine=engine, territory=territory, clock=lambda: at, heads_file=folder / "heads.jsonl", url=address
        )
        clients: dict[DeskRole, httpx.Client] = {}
        for role in DeskRole:
            with transaction(engine) as connection:
                busiest = select(cases.c.referent_id).group_by(cases.c.referent_id).order_by(func.count().desc())
                follows = connection.scalar(busiest.limit(1)) if role is DeskRole.REFERENT else None
                new = accounts.NewAccount(
                    email=f"{role}@example.org", name=f"Bench {role}", role=role, referent=follows
                )
                account = accounts.add(connection, act, new)
                token = sign_ins.open_for(connection, territory="doubs", account=account, at=at)
            clients[role] = httpx.Client(base_url=address, trust_env=False, cookies={COOKIE: token}, timeout=60)
        with in_background(create_desk(office), listener):
            try:
                yield clients
            finally:
                for client in clients.values():
                    client.close()


def pages_of(engine: Engine) -> list[tuple[str, DeskRole]]:
    """Every page behind a door that can be named, for the coordinator where it is theirs, else for its first role."""
    with reading(engine) as connection:
        case = connection.scalar(select(func.max(cases.c.id)))
        review = connection.scalar(select(func.min(reviews.c.id)).where(reviews.c.kind == "compliance"))
    named: dict[str, str] = {"/personnes/c{id:int}": f"c{case}", "/revues/r{id:int}": f"r{review}"}
    found: list[tuple[str, DeskRole]] = []
    for (method, path), door in sorted(DOORS.items()):
        if method != "GET" or not door.roles:
            continue
        start = next((start for start in named if path.startswith(start)), "")
        shown = path.replace(start, start[: start.rindex("/") + 1] + named[start]) if start else path
        shown = "/parcours/objectif_emploi" if path == "/parcours/{slug}" else shown
        if "{" in shown:
            continue  # a piece of something that this county does not have
        roles = (DeskRole.COORDINATOR, DeskRole.REFERENT) if path in BOTH else tuple(DeskRole)
        ordered = sorted((role for role in roles if role in door.roles), key=lambda r: r is not DeskRole.COORDINATOR)
        found += [(shown, role) for role in (ordered if path in BOTH else ordered[:1])]
    return [*found, ("/personnes?q=exemple", DeskRole.COORDINATOR)]


def rows_of_desk(found: list[PageTime]) -> list[dict[str, Any]]:
    return [
        {
            "what": f"desk: {one.page} for a {one.role}, {what}",
            "cases": one.cases,
            "seconds": round(seconds, 4),
            "ratio_to_floor": None,
            "peak_mb": None,
            "repetitions": one.rounds,
        }
        for one in found
        for what, seconds in (("p95", one.p95), ("median", one.median))
    ]
