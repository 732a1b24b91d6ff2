"""A12: yesterday's backup is restored: nothing leaves before what left since is noted, and nothing leaves twice."""

import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from store.engine import open_engine
from tests.campaigns.a5 import SMS
from tests.campaigns.crowd import START, fill
from tests.campaigns.jalon import Bug, installed, pass_at
from tests.campaigns.kills import Count, counted
from tests.campaigns.promise import Promise
from tests.campaigns.receivers import gateway
from tracks.vocabulary import Channel

SENT_BEFORE, SENT_SINCE = 1_000, 3_000
SMALL = (20, 60)
RESTORED = START + timedelta(hours=24)
UNASKED = Bug("tasks/send_log.py", {"    if last and last[": "    if False and last["})


@dataclass(frozen=True, slots=True)
class Restored:
    refused: bool  # the pass that came first
    before: int  # received by then
    reconciled: dict[str, int]
    after: int  # received once reconciled, after another pass
    count: Count
    whole: bool  # the journal, once the restoration is said
    cut_shows: bool  # and before


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    before, since = SMALL if small else (SENT_BEFORE, SENT_SINCE)
    found = campaign(folder / "ours", before=before, since=since, seed=seed)
    of_bug = campaign(folder / "bug", before=SMALL[0], since=SMALL[1], seed=seed, bug=UNASKED)
    return Promise(
        id="A12",
        promise="A backup restored: nothing leaves until what left since is noted, and none of it leaves twice",
        figure=f"backup of the day before restored, {since} sent since ({before} before): first pass "
        f"{'refused' if found.refused else 'NOT refused'}, {found.reconciled} noted from outside the database, "
        f"{found.after - found.before} sent again; {found.count.told}; the cut journal "
        f"{'showed' if found.cut_shows else 'did NOT show'}. Without the refusal: {of_bug.count.repeated} twice",
        seed=seed,
        held=found.refused
        and found.reconciled == {"sent": since, "doubtful": 0, "absent": 0}
        and found.after == found.before == before + since
        and found.count.sound
        and found.count.repeated == 0
        and found.whole
        and found.cut_shows,
        seeded_bug_caught=of_bug.count.repeated > 0,
    )


def campaign(folder: Path, *, before: int, since: int, seed: int, bug: Bug | None = None) -> Restored:
    folder.mkdir()
    with gateway(folder, seed=seed) as receiver:
        jalon = installed(folder / "jalon", bug=bug).through(SMS.format(port=receiver.port))
        database, backup = folder / "jalon" / "jalon.db", folder / "backup.db"
        engine = open_engine(jalon.database)
        fill(engine, before, channel=Channel.SMS)
        jalon.dispatch(START)
        fill(engine, since, channel=Channel.SMS, first=before + 1)
        engine.dispose()
        copied(database, backup)
        jalon.dispatch(START + timedelta(hours=1))
        copied(backup, database)
        cut_shows = jalon.run("audit", "verify", code=None).code == 1
        refused = jalon.run(*pass_at(RESTORED), code=None)
        arrived = len(receiver.received())
        (noted,) = jalon.run("messages", "reconcile", "--by", "Hélène Marchal", "--json").told
        jalon.dispatch(RESTORED + timedelta(minutes=10))
        engine = open_engine(jalon.database)
        count = counted(jalon, engine, receiver.received(), before + since)
        engine.dispose()
        whole = jalon.run("audit", "verify", code=None).code == 0
        said = refused.code == 1 and "jalon messages reconcile" in " ".join(refused.said.split())
        return Restored(said, arrived, noted, len(receiver.received()), count, whole, cut_shows)


def copied(source: Path, target: Path) -> None:
    """By SQLite's own backup: the whole database, what its log holds too."""
    for left in target.parent.glob(f"{target.name}*"):
        left.unlink()
    one, other = sqlite3.connect(source), sqlite3.connect(target)
    one.backup(other)
    one.close()
    other.close()
