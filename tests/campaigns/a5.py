"""A5: four dispatchers at once on PostgreSQL, killed at random, never send one message twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.engine import open_engine
from tests.campaigns.crowd import fill
from tests.campaigns.jalon import Bug, installed
from tests.campaigns.kills import Count, Fire, counted, under_fire
from tests.campaigns.promise import Promise
from tests.campaigns.receivers import gateway
from tests.postgresql import our_server
from tracks.vocabulary import Channel

PEOPLE, KILLS, WORKERS = 10_000, 200, 4
SMALL = (160, 4, 2)
SMALL_FOR_THE_BUG = 400
SMS = """
[sms]
url = "json://127.0.0.1:{port}/?:to={{destinataire}}"
"""
# Each is enough by itself: the lock of the caps, that of the row, the comparison when it is claimed, and when it is
# handed over.
WITHOUT_THE_LOCK = {".with_for_update(skip_locked=True)": ""}
WITHOUT_THE_SWAP = {"for due in read.ready]), m.status == MessageStatus.PENDING)": "for due in read.ready]))"}
WITHOUT_TURNS = Bug("store/caps.py", {'if connection.dialect.name == "postgresql":': "if False:"})
WITHOUT_THE_LAST_LOOK = Bug("store/handing.py", {"& (m.lease_by == this.holder) ": ""}, WITHOUT_TURNS)
# Two claims meet between the look and the write: a moment otherwise, longer here, so that they meet on any machine.
LOOKED = "    read = read_due(connection, ids, at=now"
SLOWLY = {LOOKED: "    __import__('time').sleep(0.3)\n" + LOOKED}
UNGUARDED = Bug("store/outbox.py", WITHOUT_THE_LOCK | WITHOUT_THE_SWAP | SLOWLY, WITHOUT_THE_LAST_LOOK)


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    people, kills, workers = SMALL if small else (PEOPLE, KILLS, WORKERS)
    fire, count = campaign(folder / "ours", people=people, kills=kills, workers=workers, seed=seed)
    people_of_bug = SMALL_FOR_THE_BUG if small else people
    _, of_bug = campaign(folder / "bug", people=people_of_bug, kills=0, workers=WORKERS, seed=seed, bug=UNGUARDED)
    return Promise(
        id="A5",
        promise="Several dispatchers share the work: nothing lost, nothing twice",
        figure=f"{people} messages, {workers} dispatchers on PostgreSQL: {fire.told}; {count.told}. "
        f"Without lock and comparisons: {of_bug.repeated} of {people_of_bug} twice",
        seed=seed,
        held=count.sound and count.repeated == 0 and fire.landed == kills,
        seeded_bug_caught=of_bug.repeated > 0,
    )


def campaign(
    folder: Path, *, people: int, kills: int, workers: int, seed: int, bug: Bug | None = None
) -> tuple[Fire, Count]:
    folder.mkdir()
    with database(f"jalon_a5_{seed}_{folder.name}") as url, gateway(folder, seed=seed) as receiver:
        jalon = installed(folder / "jalon", url=url, bug=bug).through(SMS.format(port=receiver.port))
        engine = open_engine(url)
        fill(engine, people, channel=Channel.SMS)
        fire = under_fire(jalon, engine, receiver, kills=kills, people=people, workers=workers, seed=seed)
        count = counted(jalon, engine, receiver.received(), people)
        engine.dispose()
    return fire, count


@contextmanager
def database(name: str) -> Iterator[str]:
    """A database on the PostgreSQL of the tests."""
    server = our_server()
    server.drop(name)
    yield server.create(name)
    server.drop(name)
