"""SIGKILL at random points of dispatchers that are at work, and what was left in the end."""

import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select

from store import schema as s
from store.engine import reading
from tests.campaigns.crowd import email, instants, marker, mobile
from tests.campaigns.jalon import Jalon, Run, pass_at
from tests.campaigns.receivers import Received, Receiver

PAST_THE_LEASE = timedelta(minutes=25)
m = s.messages.c


@dataclass(frozen=True, slots=True)
class Fire:
    """`landed`: kills that ended a dispatcher at work; `in_hand`: those that left messages in its hands."""

    wanted: int
    landed: int
    in_hand: int
    passes: int
    last: datetime

    @property
    def told(self) -> str:
        landed = f"{self.landed} of {self.wanted} kills landed during work"
        return f"{landed} ({self.in_hand} with messages in hand), {self.passes} passes"


def under_fire(
    jalon: Jalon,
    engine: Engine,
    receiver: Receiver,
    *,
    kills: int,
    people: int,
    workers: int = 1,
    most: int | None = None,
    seed: int,
) -> Fire:
    """Kill `workers` dispatchers at a time at random points until `kills` have landed, then let one pass finish.

    Each generation runs past the lease of the one before, within the hours when people may be written to. `most`:
    requests between two kills; without it, as many as never end the work before the last kill.
    """
    chosen = random.Random(seed)
    most = most or max(1, people // max(1, kills) - 1)
    landed = in_hand = passes = 0
    clock = instants(step=PAST_THE_LEASE)
    if not kills:
        at = next(clock)
        for run in [jalon.start(*pass_at(at)) for _ in range(workers)]:
            run.wait()
    while landed < kills:
        at = next(clock)
        runs = [jalon.start(*pass_at(at)) for _ in range(min(workers, kills - landed))]
        passes += len(runs)
        died = sum(killed_at_random(run, receiver, chosen, most) for run in chosen.sample(runs, len(runs)))
        landed += died
        in_hand += holders(engine)
        if not died and not statuses(engine)["pending"]:
            break  # the work ended first: `landed` says so
    for _ in range(12):  # what was delayed comes back after its wait
        at = next(clock)
        jalon.dispatch(at)
        passes += 1
        left = statuses(engine)
        if not left["pending"] and not left["sending"]:
            break
        clock = instants(step=timedelta(hours=3), start=at + timedelta(hours=3))
    return Fire(kills, landed, in_hand, passes, at)


def killed_at_random(run: Run, receiver: Receiver, chosen: random.Random, most: int) -> bool:
    """SIGKILL after a random number of requests more and a random moment; whether it was still at work."""
    target = receiver.seen() + chosen.randint(0, most)
    while receiver.seen() < target and not run.over():
        time.sleep(0.001)
    time.sleep(chosen.random() * (0.2 if target == receiver.seen() else 0.01))
    run.send(signal.SIGKILL)
    return run.wait().killed


def holders(engine: Engine) -> int:
    """How many dispatchers have messages in hand."""
    with reading(engine) as connection:
        count = select(func.count(func.distinct(m.lease_by))).where(m.status == "sending")
        return connection.scalar(count) or 0


def statuses(engine: Engine) -> Counter[str]:
    with reading(engine) as connection:
        rows = connection.execute(select(m.status, func.count()).group_by(m.status)).tuples()
        return Counter(dict(rows.all()))


@dataclass(frozen=True, slots=True)
class Count:
    """People, by what the receiver has and what the record says of it."""

    effects: int
    lost: int  # nothing arrived, and the record neither tries again, says why not, nor shows it as doubtful
    unrecorded: int  # it arrived, and the record says neither sent nor doubtful
    repeated: int  # effects beyond the first, of all people
    astray: int  # not exactly one recipient, or not the one whose marker is in it
    foreign: int  # somebody else's marker in the text, or none
    parked: int
    listed: int  # of those, the ones that `jalon messages list --status unknown` shows
    statuses: Counter[str]

    @property
    def told(self) -> str:
        parts = {
            "received": self.effects,
            "lost": self.lost,
            "without a record": self.unrecorded,
            "twice": self.repeated,
            "to another than meant": self.astray,
            "with another's text or none": self.foreign,
            "doubtful": self.parked,
            "of them listed": self.listed,
        }
        return ", ".join(f"{count} {what}" for what, count in parts.items())

    @property
    def sound(self) -> bool:
        wrong = self.lost or self.unrecorded or self.astray or self.foreign
        return not wrong and self.listed == self.parked


def counted(jalon: Jalon, engine: Engine, effects: Sequence[Received], people: int) -> Count:
    """At the receiver first; the record is then held against it."""
    who = {email(n): n for n in range(1, people + 1)} | {mobile(n % 10_000): n for n in range(1, people + 1)}
    arrived: Counter[int] = Counter()
    astray = foreign = 0
    for one in effects:
        number = who.get(one.to[0]) if len(one.to) == 1 else None
        own = {marker(number).lower()} if number else set()
        astray += number is None
        foreign += one.markers != own
        if number:
            arrived[number] += 1
    with reading(engine) as connection:
        record = dict(connection.execute(select(m.recipient_id, m.status)).tuples().all())
    shown = jalon.run("messages", "list", "--status", "unknown", "--json").told
    parked = {number for number, status in record.items() if status == "unknown"}
    lost = [
        n for n, status in record.items() if not arrived[n] and status in ("sent", "delivered", "sending", "pending")
    ]
    unrecorded = [n for n in arrived if record.get(n) not in ("sent", "delivered", "unknown")]
    return Count(
        effects=len(effects),
        lost=len(lost) + people - len(record),
        unrecorded=len(unrecorded),
        repeated=sum(count - 1 for count in arrived.values()),
        astray=astray,
        foreign=foreign,
        parked=len(parked),
        listed=len(parked & {row["recipient_id"] for row in shown}),
        statuses=Counter(record.values()),
    )
