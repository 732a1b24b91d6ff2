"""A1 (with C4, C5 at the receiver): dispatchers killed at random while they send e-mails to a real mail server."""

from pathlib import Path

from store.engine import open_engine
from tests.campaigns.crowd import fill
from tests.campaigns.jalon import Bug, installed
from tests.campaigns.kills import Count, Fire, counted, under_fire
from tests.campaigns.promise import Promise
from tests.campaigns.receivers import EXIM, MailServer, Sink, mail_server, sink
from tracks.vocabulary import Channel

PEOPLE, KILLS = 10_000, 200
SMALL = (120, 4)
FOR_THE_BUG = (120, 12)
# What a killed dispatcher had in hand is sent again without a word.
SENT_AGAIN = Bug("store/outbox.py", {"begun = lost & m.handed_over_at.is_not(None)": "begun = lost & (m.id < 0)"})
EMAIL = """
[email]
url = "mailto://127.0.0.1:{port}"
"""


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    """`small` counts at aiosmtpd instead of Debian's Exim, and so does a machine that has none."""
    people, kills = SMALL if small else (PEOPLE, KILLS)
    real = bool(EXIM) and not small
    with mail_server() if real else sink(folder) as server:
        fire, count, sound = campaign(folder / "ours", server, people=people, kills=kills, seed=seed)
    with sink(folder) as server:
        _, of_bug, _ = campaign(
            folder / "bug", server, people=FOR_THE_BUG[0], kills=FOR_THE_BUG[1], seed=seed, bug=SENT_AGAIN
        )
    return Promise(
        id="A1",
        promise="A dispatcher killed at any instant loses nothing, repeats nothing, and writes to nobody else",
        figure=f"{people} e-mails to {'Exim' if real else 'aiosmtpd'} from SQLite: {fire.told}; {count.told}. "
        f"With what was in hand sent again: {of_bug.repeated} twice",
        seed=seed,
        held=sound and fire.landed == kills,
        seeded_bug_caught=of_bug.repeated > 0,
    )


def campaign(
    folder: Path, server: MailServer | Sink, *, people: int, kills: int, seed: int, bug: Bug | None = None
) -> tuple[Fire, Count, bool]:
    jalon = installed(folder, bug=bug).through(EMAIL.format(port=server.port))
    engine = open_engine(jalon.database)
    fill(engine, people, channel=Channel.EMAIL)
    fire = under_fire(jalon, engine, server, kills=kills, people=people, seed=seed)
    count = counted(jalon, engine, server.received(), people)
    whole = jalon.run("audit", "verify", code=None).code == 0
    engine.dispose()
    return fire, count, count.sound and count.repeated == 0 and whole
