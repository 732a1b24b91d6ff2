"""A13: the disk fills up while messages leave: nothing leaves without a record, and the record stays whole."""

import random
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from store.engine import open_engine
from tests.campaigns.a1 import SENT_AGAIN
from tests.campaigns.a5 import SMS
from tests.campaigns.crowd import fill, instants
from tests.campaigns.jalon import Bug, Jalon, installed, pass_at
from tests.campaigns.kills import PAST_THE_LEASE, counted
from tests.campaigns.promise import Promise
from tests.campaigns.receivers import gateway
from tracks.vocabulary import Channel

POINTS, SMALL = 50, 1
PEOPLE = 60
MOST_PAGES = 6
PASSES_WHILE_FULL = 3
OPENED = 'cursor.execute("PRAGMA busy_timeout=30000")'


@dataclass(slots=True)
class Full:
    """`refused`: passes that the full disk ended; `doubtful`: what they had handed over and could not note as sent."""

    points: int = 0
    refused: int = 0
    received: int = 0
    unrecorded: int = 0
    lost: int = 0
    repeated: int = 0
    doubtful: int = 0
    torn: int = 0
    worst: int = 0


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    points = SMALL if small else POINTS
    chosen = random.Random(seed)
    full, of_bug = Full(), Full()
    for number in range(points):
        one_point(folder / f"ours-{number}", full, pages=chosen.randint(0, MOST_PAGES), seed=seed)
    for pages in range(1, 4):
        one_point(folder / f"bug-{pages}", of_bug, pages=pages, seed=seed, bug=SENT_AGAIN)
    return Promise(
        id="A13",
        promise="A full disk stops the sending; nothing leaves without a record",
        figure=f"{full.points} points where SQLite said « disk is full », {full.refused} passes ended by it: "
        f"{full.received} messages left, {full.unrecorded} of them without a record, {full.repeated} twice, "
        f"{full.lost} lost, {full.doubtful} doubtful and listed (at most {full.worst} a point of "
        f"{PASSES_WHILE_FULL} passes), {full.torn} databases damaged; {of_bug.repeated} twice "
        "when what was in hand is sent again",
        seed=seed,
        held=full.points == points
        and full.refused > 0
        and not (full.unrecorded or full.repeated or full.lost or full.torn),
        seeded_bug_caught=of_bug.repeated > 0,
    )


def one_point(folder: Path, full: Full, *, pages: int, seed: int, bug: Bug | None = None) -> None:
    """`pages`: how many more the database may have. Passes meet the end of the disk, then there is room again."""
    folder.mkdir()
    with gateway(folder, seed=seed) as receiver:
        jalon = installed(folder / "jalon", bug=bug).through(SMS.format(port=receiver.port))
        engine = open_engine(jalon.database)
        fill(engine, PEOPLE, channel=Channel.SMS)
        engine.dispose()
        clock = instants(step=PAST_THE_LEASE)
        ended = [on_a_full_disk(jalon, pages).start(*pass_at(next(clock))).wait() for _ in range(PASSES_WHILE_FULL)]
        full.refused += sum(one.code != 0 for one in ended)
        while_full = len(receiver.received())
        jalon.dispatch(next(clock))
        count = counted(jalon, engine, receiver.received(), PEOPLE)
        engine.dispose()
    full.points += any(one.code != 0 for one in ended)
    full.received += while_full
    full.unrecorded += count.unrecorded
    full.lost += count.lost
    full.repeated += count.repeated
    full.doubtful += count.listed
    full.worst = max(full.worst, count.listed)
    full.torn += jalon.run("audit", "verify", code=None).code != 0 or damaged(folder / "jalon" / "jalon.db")


def on_a_full_disk(jalon: Jalon, pages: int) -> Jalon:
    """The same, whose connections may add `pages` pages to the database and no more."""
    connection = sqlite3.connect(jalon.folder / "jalon.db")
    (now,) = connection.execute("PRAGMA page_count").fetchone()
    connection.close()
    limited = {OPENED: f'{OPENED}; cursor.execute("PRAGMA max_page_count={now + pages}")'}
    return Jalon(jalon.folder, jalon.settings, Bug("store/engine.py", limited))


def damaged(path: Path) -> bool:
    connection = sqlite3.connect(path)
    (said,) = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    return bool(said != "ok")
