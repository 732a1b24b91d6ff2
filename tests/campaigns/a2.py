"""A2: killed between the receiver's yes and our record of it, what is repeated is what the channel's class allows."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from store.engine import open_engine
from tests.campaigns.a1 import SENT_AGAIN
from tests.campaigns.crowd import fill
from tests.campaigns.jalon import Bug, installed
from tests.campaigns.kills import Count, Fire, counted, under_fire
from tests.campaigns.promise import Promise
from tests.campaigns.receivers import Gateway, Sink, gateway, sink
from tracks.vocabulary import Channel

PEOPLE, KILLS = 10_000, 200
SMALL = (90, 4)
HOSTILE = {"slow": 0.01, "429": 0.03, "500": 0.03, "drop": 0.02, "reset": 0.02}
# What is idempotent is written down by two hundred: kills come late enough for some of it to be, and early enough for
# the work to outlast the last of them.
MOST = {"idempotent": 250}
URLS = {"email": "mailto://127.0.0.1:{port}", "sms": "json://127.0.0.1:{port}/?:to={{destinataire}}"}
TOML = '[{channel}]\nclass = "{repeat}"\nurl = "{url}"\n'


@dataclass(frozen=True, slots=True)
class Tried:
    """`manners`: how the receiver behaved, counted at the receiver. `refused_repeats`: what it told apart by key."""

    fire: Fire
    count: Count
    manners: Counter[str]
    refused_repeats: int

    @property
    def ambiguous(self) -> int:
        """Messages that the receiver took and left the sender in doubt about, beside the kills."""
        return self.manners["drop"]


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    people, kills = SMALL if small else (PEOPLE, KILLS)
    tried = {
        repeat: campaign(folder / repeat, repeat, people=people, kills=kills, seed=seed)
        for repeat in ("idempotent", "resend", "park")
    }
    of_bug = campaign(folder / "bug", "park", people=SMALL[0], kills=SMALL[1], seed=seed, bug=SENT_AGAIN)
    allowed = {"idempotent": 0, "resend": kills + tried["resend"].ambiguous, "park": 0}
    told = ". ".join(
        f"{repeat}: {one.fire.told}; {one.count.told}; {one.refused_repeats} repetitions told apart by their key; "
        f"answers {dict(one.manners)}"
        for repeat, one in tried.items()
    )
    return Promise(
        id="A2",
        promise="What a crash or a silence leaves in doubt is repeated by its class only: never, once, or told apart",
        figure=f"{people} messages a class. {told}. With what was in hand sent again (park): "
        f"{of_bug.count.repeated} twice",
        seed=seed,
        held=all(
            one.count.sound and one.count.repeated <= allowed[repeat] and one.fire.landed == kills
            for repeat, one in tried.items()
        ),
        seeded_bug_caught=of_bug.count.repeated > 0,
    )


def campaign(folder: Path, repeat: str, *, people: int, kills: int, seed: int, bug: Bug | None = None) -> Tried:
    folder.mkdir()
    channel = Channel.EMAIL if repeat == "idempotent" else Channel.SMS
    with receiver_of(folder, channel, seed) as receiver:
        url = URLS[channel].format(port=receiver.port)
        jalon = installed(folder / "jalon", bug=bug).through(TOML.format(channel=channel, repeat=repeat, url=url))
        engine = open_engine(jalon.database)
        fill(engine, people, channel=channel)
        most = MOST.get(repeat) if people > MOST["idempotent"] else None
        fire = under_fire(jalon, engine, receiver, kills=kills, people=people, most=most, seed=seed)
        count = counted(jalon, engine, receiver.received(), people)
        engine.dispose()
        manners = receiver.does() if isinstance(receiver, Gateway) else Counter()
        return Tried(fire, count, manners, receiver.repeats())


@contextmanager
def receiver_of(folder: Path, channel: Channel, seed: int) -> Iterator[Gateway | Sink]:
    """A mail server that knows its Message-IDs, or the hostile gateway that knows nothing."""
    if channel is Channel.EMAIL:
        with sink(folder, once=True) as found:
            yield found
    else:
        with gateway(folder, seed=seed, manners=HOSTILE) as hostile:
            yield hostile
