"""C6: a rule mistake makes ten thousand due: none leaves, two people release, a stop is obeyed within one message."""

import time
from dataclasses import dataclass
from pathlib import Path

from store.engine import open_engine
from tests.campaigns.a5 import SMS
from tests.campaigns.crowd import START, fill
from tests.campaigns.jalon import Bug, Jalon, installed, pass_at
from tests.campaigns.promise import Promise
from tests.campaigns.receivers import Gateway, gateway
from tracks.vocabulary import Channel

PEOPLE, SMALL = 10_000, 2_100  # the brake's figure for beginnings is 2,000
WORKERS = 4
UNDER_WAY = 40  # messages before the switch
NO_BRAKE = Bug("tasks/brake.py", {"        if counted > ceiling:\n": "        if False:\n"})


@dataclass(frozen=True, slots=True)
class Mistake:
    sent: int  # with the mistake, by the ordinary pass
    holds: int
    with_one: int  # sent once one person has agreed, twice, under two spellings
    released: int
    after_stop: int  # received once `jalon stop` has said that it is done
    after_stop_later: int  # by another pass


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    people = SMALL if small else PEOPLE
    found = campaign(folder / "ours", people=people, seed=seed)
    of_bug = unbraked(folder / "bug", people=SMALL, seed=seed)
    return Promise(
        id="C6",
        promise="A mass mistake sends nothing; two people release it; a stop is obeyed within one message",
        figure=f"{people} wrongly due: {found.sent} sent, {found.holds} hold; {found.with_one} sent when one person "
        f"agreed, {found.released} released by two; switch: {found.after_stop} messages more from {WORKERS} "
        f"dispatchers at work, {found.after_stop_later} by the next pass. Without the brake: {of_bug} sent at once",
        seed=seed,
        held=(found.sent, found.holds, found.with_one, found.released) == (0, 1, 0, people)
        and found.after_stop <= WORKERS
        and found.after_stop_later == 0,
        seeded_bug_caught=of_bug > 0,
    )


def campaign(folder: Path, *, people: int, seed: int) -> Mistake:
    folder.mkdir()
    with gateway(folder, seed=seed) as receiver:
        jalon = mistaken(folder / "jalon", receiver, people)
        jalon.dispatch(START)
        sent = receiver.seen()
        holds = len({row["batch"] for row in jalon.run("messages", "list", "--status", "held", "--json").told})
        jalon.run("messages", "release", "--by", "Hélène Marchal")
        jalon.run("messages", "release", "--by", "MARCHAL Helene", code=1)
        jalon.dispatch(START)
        with_one = receiver.seen()
        (released,) = jalon.run("messages", "release", "--by", "Öykü Demir", "--json").told
        before, after, later = stopped(jalon, receiver)
    return Mistake(sent, holds, with_one, released["released"], after - before, later - after)


def stopped(jalon: Jalon, receiver: Gateway) -> tuple[int, int, int]:
    """What was received when the stop was said, when the dispatchers ended, and after another pass."""
    runs = [jalon.start(*pass_at(START)) for _ in range(WORKERS)]
    until = receiver.seen() + UNDER_WAY
    while receiver.seen() < until and not all(run.over() for run in runs):
        time.sleep(0.001)
    jalon.run("stop", "--by", "Hélène Marchal", "--reason", "Erreur de règle")
    before = receiver.seen()
    for run in runs:
        run.wait()
    after = receiver.seen()
    jalon.dispatch(START)
    return before, after, receiver.seen()


def mistaken(folder: Path, receiver: Gateway, people: int, bug: Bug | None = None) -> Jalon:
    """The Doubs with its brake, the night after the mistake."""
    jalon = installed(folder, brake=True, bug=bug).through(SMS.format(port=receiver.port))
    engine = open_engine(jalon.database)
    fill(engine, people, channel=Channel.SMS)
    engine.dispose()
    return jalon


def unbraked(folder: Path, *, people: int, seed: int) -> int:
    """How many leave before somebody stops it."""
    folder.mkdir()
    with gateway(folder, seed=seed) as receiver:
        jalon = mistaken(folder / "jalon", receiver, people, NO_BRAKE)
        before, *_ = stopped(jalon, receiver)
    return before
