"""B5: what a night wrote is decided again, word for word, from the database as it is after the next night."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from config.settings import PROJECT, TERRITORIES
from config.territory import Territory, load_territory
from desk.explain import case_seen
from store.engine import open_engine, reading
from store.history import read_history
from store.migrate import migrate
from store.schema import checks, questions, reviews
from tasks.intake import import_path
from tasks.night import night
from tests.campaigns.promise import Promise
from tracks.decide import decide
from tracks.vocabulary import ReviewKind

NIGHT = date(2026, 11, 23)
WANTED = 1_000
A_FEW = 50

Written = tuple[int, str]  # a case, and the sentence that was written about it


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    territory = load_territory(TERRITORIES / "doubs")
    engine = open_engine(f"sqlite:///{folder}/jalon.db")
    migrate(engine)
    lived(engine, territory, folder)
    with reading(engine) as connection:
        said = sorted(set(written(connection)))[: A_FEW if small else WANTED]
        again = sum(replayed(connection, territory, case, NIGHT, why) for case, why in said)
        other_day = sum(replayed(connection, territory, case, NIGHT - timedelta(days=21), why) for case, why in said)
    engine.dispose()
    return Promise(
        id="B5",
        promise="Every decision of a night is decided again, word for word, from what the database keeps",
        figure=f"{again} of {len(said)} sentences of the night of {NIGHT} found again after the next night; "
        f"{other_day} when the clock is not that night's",
        seed=seed,
        held=again == len(said) > 0,
        seeded_bug_caught=other_day < len(said),
    )


def lived(engine: Engine, territory: Territory, folder: Path) -> None:
    """The example county, its night, and the one after it, which moves what the first one left."""
    import_path(
        engine,
        territory=territory.slug,
        columns=territory.columns,
        calendar=territory.calendar,
        path=PROJECT / "examples" / "doubs",
        kind=None,
        on=NIGHT,
        dry_run=False,
        reports=folder / "reports",
    )
    for day in (NIGHT, NIGHT + timedelta(days=1)):
        for track in territory.tracks:
            night(engine, territory, track, on=day, apply=True)


def written(connection: Connection) -> Iterator[Written]:
    q, k, r = questions.c, checks.c, reviews.c
    yield from connection.execute(select(q.case_id, q.why).where(q.asked_on == NIGHT)).tuples()
    yield from connection.execute(select(k.case_id, k.why).where(k.since == NIGHT)).tuples()
    opened = select(r.case_id, r.reason).where(r.opened_on == NIGHT, r.kind != ReviewKind.SERVICE)
    yield from connection.execute(opened).tuples()


def replayed(connection: Connection, territory: Territory, case: int, on: date, why: str) -> bool:
    """Whether the night of `on`, decided again, says the same of this case."""
    history = read_history(connection, territory=territory.slug, case=case)
    found = case_seen(connection, territory, history, on)
    if found is None:
        return False
    return any(action.because.why == why for action in decide(found, territory.policies(found.track), on))
