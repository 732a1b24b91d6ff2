"""C2: a provider that takes each message and hangs up: none is sent again by itself, all are shown to people."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, exists, select

from store.engine import open_engine, reading
from store.schema import messages
from tests.campaigns.a5 import SMS
from tests.campaigns.crowd import START, fill, instants
from tests.campaigns.jalon import Bug, installed
from tests.campaigns.kills import Count, counted
from tests.campaigns.promise import Promise
from tests.campaigns.receivers import gateway
from tracks.vocabulary import Channel

PEOPLE, SMALL = 1_000, 15
PASSES = 4
RETRIED = Bug("tasks/delivery.py", {"(repeat is Repeat.RESEND and not due.doubts)": "True"})


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    people = SMALL if small else PEOPLE
    count = campaign(folder / "ours", people=people, seed=seed)
    of_bug = campaign(folder / "bug", people=SMALL, seed=seed, bug=RETRIED)
    return Promise(
        id="C2",
        promise="A message that may have arrived is never sent again by itself",
        figure=f"{people} taken, then the connection dropped; {PASSES} more passes, a day apart: {count.told}. "
        f"With a retry on silence: {of_bug.repeated} twice",
        seed=seed,
        held=count.sound and count.repeated == 0 and count.effects == count.listed == people,
        seeded_bug_caught=of_bug.repeated > 0,
    )


def waiting(engine: Engine) -> bool:
    with reading(engine) as connection:
        return bool(connection.scalar(select(exists().where(messages.c.status == "pending"))))


def campaign(folder: Path, *, people: int, seed: int, bug: Bug | None = None) -> Count:
    folder.mkdir()
    with gateway(folder, seed=seed, manners={"drop": 1.0}) as receiver:
        jalon = installed(folder / "jalon", bug=bug).through(SMS.format(port=receiver.port))
        engine = open_engine(jalon.database)
        fill(engine, people, channel=Channel.SMS)
        passes = instants(step=timedelta(minutes=2))  # the circuit opens on such a provider: then one probe a minute
        last = START
        for _ in range(people):  # the bug, which sends again and again, would never come to an end
            if not waiting(engine):
                break
            jalon.dispatch(last := next(passes))
        days = instants(step=timedelta(days=1), start=last + timedelta(days=1))
        for _ in range(PASSES):
            jalon.dispatch(next(days))
        count = counted(jalon, engine, receiver.received(), people)
        engine.dispose()
    return count
