"""A4: twenty passes at once over the same thousand due messages have the effects of one."""

from pathlib import Path

from store.engine import open_engine
from tests.campaigns.a5 import SMS, UNGUARDED, database
from tests.campaigns.crowd import START, fill
from tests.campaigns.jalon import Bug, installed, pass_at
from tests.campaigns.kills import Count, counted
from tests.campaigns.promise import Promise
from tests.campaigns.receivers import gateway
from tracks.vocabulary import Channel

PEOPLE, PASSES = 1_000, 20
SMALL = (40, 3)
FOR_THE_BUG = (400, 5)


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    people, passes = SMALL if small else (PEOPLE, PASSES)
    sqlite = campaign(folder / "sqlite", None, people=people, passes=passes, seed=seed)
    with database(f"jalon_a4_{seed}") as url:
        postgresql = campaign(folder / "postgresql", url, people=people, passes=passes, seed=seed)
    with database(f"jalon_a4_{seed}") as url:
        many, at_once = FOR_THE_BUG
        of_bug = campaign(folder / "bug", url, people=many, passes=at_once, seed=seed, bug=UNGUARDED)
    return Promise(
        id="A4",
        promise="A pass started twice, by hand and by the schedule at once, has the effects of one",
        figure=f"{passes} passes at once on {people} due. SQLite: {sqlite.told}. PostgreSQL: {postgresql.told}. "
        f"Without lock and comparisons: {of_bug.repeated} of {many} twice",
        seed=seed,
        held=all(c.sound and c.effects == people and c.statuses["sent"] == people for c in (sqlite, postgresql)),
        seeded_bug_caught=of_bug.repeated > 0,
    )


def campaign(folder: Path, url: str | None, *, people: int, passes: int, seed: int, bug: Bug | None = None) -> Count:
    folder.mkdir()
    with gateway(folder, seed=seed) as receiver:
        jalon = installed(folder / "jalon", url=url, bug=bug).through(SMS.format(port=receiver.port))
        engine = open_engine(jalon.database)
        fill(engine, people, channel=Channel.SMS)
        for run in [jalon.start(*pass_at(START)) for _ in range(passes)]:
            run.wait()
        count = counted(jalon, engine, receiver.received(), people)
        engine.dispose()
    return count
