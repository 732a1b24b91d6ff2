"""A6: a dispatcher that was stopped past its lease wakes up: what it then says of its messages is refused."""

import random
import signal
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, select

from store import schema as s
from store.engine import open_engine, reading
from tests.campaigns.a5 import SMS
from tests.campaigns.crowd import fill, instants
from tests.campaigns.jalon import Bug, Jalon, installed, pass_at
from tests.campaigns.kills import PAST_THE_LEASE, counted
from tests.campaigns.promise import Promise
from tests.campaigns.receivers import Gateway, gateway
from tracks.vocabulary import Channel

ROUNDS, SMALL = 100, 2
EACH = 12
# What wakes up writes over what was judged without it.
ANYBODY = Bug(
    "store/outbox.py",
    {"            m.status == MessageStatus.SENDING,\n            m.lease_by == this.holder,\n": ""},
)
m = s.messages.c


@dataclass(slots=True)
class Woken:
    """`late`: messages in hand when it was stopped, judged without it; `refused`: those of which its word was not."""

    stopped: int = 0
    late: int = 0
    refused: int = 0


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    rounds = SMALL if small else ROUNDS
    woken, repeated, sound = campaign(folder / "ours", rounds=rounds, seed=seed)
    of_bug, _, _ = campaign(folder / "bug", rounds=SMALL, seed=seed, bug=ANYBODY)
    return Promise(
        id="A6",
        promise="A dispatcher that sleeps past its lease is not believed any more",
        figure=f"{woken.stopped} of {rounds} stopped with messages in hand, woken when another pass was over: "
        f"{woken.refused} of {woken.late} late results refused, {repeated} messages twice; "
        f"{of_bug.late - of_bug.refused} of {of_bug.late} taken when anybody may write",
        seed=seed,
        held=woken.stopped == rounds and woken.refused == woken.late > 0 and repeated == 0 and sound,
        seeded_bug_caught=of_bug.refused < of_bug.late,
    )


def campaign(folder: Path, *, rounds: int, seed: int, bug: Bug | None = None) -> tuple[Woken, int, bool]:
    folder.mkdir()
    chosen, woken = random.Random(seed), Woken()
    with gateway(folder, seed=seed) as receiver:
        jalon = installed(folder / "jalon", bug=bug).through(SMS.format(port=receiver.port))
        engine = open_engine(jalon.database)
        for number in range(rounds):
            fill(engine, EACH, channel=Channel.SMS, first=1 + number * EACH)
            asleep(jalon, engine, receiver, chosen, woken)
        count = counted(jalon, engine, receiver.received(), rounds * EACH)
        engine.dispose()
    return woken, count.repeated, count.sound


def asleep(jalon: Jalon, engine: Engine, receiver: Gateway, chosen: random.Random, woken: Woken) -> None:
    """Stop a dispatcher at work, let another do the rest past its lease, wake the first, compare."""
    clock = instants(step=PAST_THE_LEASE)
    sleeper = jalon.start(*pass_at(next(clock)))
    target = receiver.seen() + chosen.randint(1, EACH // 2)
    while receiver.seen() < target and not sleeper.over():
        time.sleep(0.001)
    sleeper.send(signal.SIGSTOP)
    while not sleeper.over() and holds_the_lock(jalon):
        sleeper.send(signal.SIGCONT)
        time.sleep(0.001)
        sleeper.send(signal.SIGSTOP)
    in_hand = set(statuses(engine, "sending"))
    jalon.dispatch(next(clock))
    judged = statuses(engine)
    sleeper.send(signal.SIGCONT)
    sleeper.wait()
    after = statuses(engine)
    woken.stopped += bool(in_hand)
    woken.late += len(in_hand)
    woken.refused += sum(after[id_] == judged[id_] for id_ in in_hand)


def holds_the_lock(jalon: Jalon) -> bool:
    """Whether it was stopped inside a transaction: SQLite has one writer, and nobody else would get to write."""
    connection = sqlite3.connect(jalon.folder / "jalon.db", timeout=0.2, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return True
    finally:
        connection.close()
    return False


def statuses(engine: Engine, only: str | None = None) -> dict[int, str]:
    with reading(engine) as connection:
        rows = connection.execute(select(m.id, m.status)).tuples()
        return {id_: status for id_, status in rows if only in (None, status)}
