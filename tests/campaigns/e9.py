"""E9: of 10,000 lines of the journal, any one deleted, altered or exchanged, the last included, shows."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Engine, delete, update

from store import journal
from store.engine import open_engine, transaction
from store.journal import Head, JournalEvent
from store.migrate import migrate
from store.schema import journal as table
from tests.campaigns.promise import Promise

LINES = 10_000
CHAINS = ("desk", "dispatch", "night:objectif_emploi", "import")
TRIES = 25  # of each kind, at random lines; the first and the last line of each chain beside them
AT = datetime(2026, 11, 23, 4, tzinfo=UTC)
A_FEW = 1

Where = tuple[str, int]
Harm = Callable[[Connection, str, int], None]


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    chosen = random.Random(seed)
    engine = open_engine(f"sqlite:///{folder}/jalon.db")
    migrate(engine)
    written(engine)
    with transaction(engine) as connection:
        journal.note_heads(connection, territory="doubs", file=folder / "heads.jsonl")
        ends = {chain: head.seq for chain, head in journal.heads(connection, territory="doubs").items()}
    known = journal.heads_in(folder / "heads.jsonl", territory="doubs")
    seen, named, tried = 0, 0, 0
    for harm in (deleted, altered, exchanged, cut):
        for where in [*edges(ends, harm), *anywhere(ends, chosen, harm, tries=A_FEW if small else TRIES)]:
            found = harmed(engine, harm, where, known)
            tried += 1
            seen += found is not None
            named += found == where
    blind = sum(harmed(engine, cut, (chain, end), ()) is None for chain, end in ends.items())
    engine.dispose()
    return Promise(
        id="E9",
        promise="Any line of the journal deleted, altered, exchanged or cut from the end is detected and named",
        figure=f"{seen} of {tried} harms among {LINES} lines detected, {named} named by chain and line; "
        f"without the heads noted outside, {blind} of {len(ends)} cut tails go unseen",
        seed=seed,
        held=seen == named == tried,
        seeded_bug_caught=blind == len(ends),
    )


def written(engine: Engine) -> None:
    share = LINES // len(CHAINS)
    with transaction(engine) as connection:
        for chain in CHAINS:
            events = (
                JournalEvent(at=AT + timedelta(seconds=n), actor="run:1", kind="reminder", subject=f"m{n}")
                for n in range(share)
            )
            journal.append(connection, territory="doubs", chain=chain, events=events)


def edges(ends: dict[str, int], harm: Harm) -> list[Where]:
    """The first and the last line of each chain; the last has no next one to be exchanged with."""
    last = 1 if harm is exchanged else 0
    return [(chain, seq) for chain, end in ends.items() for seq in (1, end - last)]


def anywhere(ends: dict[str, int], chosen: random.Random, harm: Harm, *, tries: int) -> list[Where]:
    found = []
    for _ in range(tries):
        chain = chosen.choice(list(ends))
        found.append((chain, chosen.randint(1, ends[chain] - (harm is exchanged))))
    return found


def harmed(engine: Engine, harm: Harm, where: Where, known: list[Head] | tuple[()]) -> Where | None:
    """The first bad line that a verification names after the harm, which is then taken back."""
    with transaction(engine, apply=False) as connection:
        harm(connection, *where)
        bad = journal.verify(connection, territory="doubs", known=known).first_bad
    return (bad.chain, bad.seq) if bad else None


def here(chain: str, seq: int) -> ColumnElement[bool]:
    return (table.c.chain == chain) & (table.c.seq == seq)


def deleted(connection: Connection, chain: str, seq: int) -> None:
    connection.execute(delete(table).where(here(chain, seq)))


def altered(connection: Connection, chain: str, seq: int) -> None:
    connection.execute(update(table).where(here(chain, seq)).values(subject="m0altered"))


def exchanged(connection: Connection, chain: str, seq: int) -> None:
    for old, new in ((seq, -1), (seq + 1, seq), (-1, seq + 1)):
        connection.execute(update(table).where(here(chain, old)).values(seq=new))


def cut(connection: Connection, chain: str, seq: int) -> None:
    """Everything from this line to the end: what is left is a whole, shorter chain."""
    connection.execute(delete(table).where(table.c.chain == chain, table.c.seq >= seq))
