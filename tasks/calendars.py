"""Reads again the calendars that referents keep elsewhere. One that fails keeps what was known, and stops nothing.

Nothing is held open in the base while the network is waited for.
"""

import time as elapsed
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.engine import RowMapping

from config.territory import Territory
from store import calendars
from store.calendars import Answer
from store.engine import Database, reading, transaction
from tasks.calendar_fetch import CalendarError, Source, fetch
from tasks.calendar_reading import Days, read_busy
from tasks.invitation import uid
from tracks.vocabulary import CalendarKind, CalendarTrouble

AHEAD = timedelta(days=120)  # farther than any window of a policy
AT_ONCE = 8
BUDGET = 180.0  # seconds for all of them; those not begun by then are the first of the next time


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """How many were read, how many could not be, how many there was no time for."""

    read: int
    failed: int
    put_off: int


def sync(
    engine: Database,
    territory: Territory,
    *,
    on: date,
    at: datetime,
    older_than: timedelta = timedelta(0),
    only: int | None = None,
) -> Synced:
    """Read every calendar not tried for `older_than`, from the local day `on` on. Never raises for one of them."""
    with reading(engine) as connection:
        waiting = calendars.to_read(connection, territory=territory.slug, before=at - older_than, only=only)
        since = territory.calendar.local(on, time.min)
        chains = calendars.chains(connection, territory=territory.slug, since=since) if waiting else {}
    if not waiting:
        return Synced(read=0, failed=0, put_off=0)
    answers = read_all(waiting, chains, territory, start=since)
    with transaction(engine) as connection:
        calendars.keep(connection, answers, territory=territory.slug, at=at)
    failed = sum(one.spans is None for one in answers)
    return Synced(read=len(answers) - failed, failed=failed, put_off=len(waiting) - len(answers))


def read_all(
    waiting: Sequence[RowMapping], chains: Mapping[int, tuple[int, ...]], territory: Territory, *, start: datetime
) -> list[Answer]:
    give_up = elapsed.monotonic() + BUDGET

    def one(row: RowMapping) -> Answer | None:
        return None if elapsed.monotonic() > give_up else read_one(row, chains, territory, start=start)

    with ThreadPoolExecutor(AT_ONCE) as readers:
        return [answer for answer in readers.map(one, waiting) if answer]


def read_one(
    row: RowMapping, chains: Mapping[int, tuple[int, ...]], territory: Territory, *, start: datetime
) -> Answer:
    """What this calendar says, or why it says nothing."""
    source = Source(
        address=row["source"],
        kind=CalendarKind(row["kind"]),
        secret=row["secret"],
        inside=territory.file.agendas.inside,
    )
    days = Days(
        start=start,
        end=start + AHEAD,
        civil=territory.calendar,
        ours=frozenset(uid(chain, territory) for chain in chains.get(row["referent_id"], ())),
        email=row["email"],
    )
    known = {"calendar": row["id"], "referent": row["referent_id"]}
    try:
        read = read_busy(fetch(source, start=days.start, end=days.end), days)
    except CalendarError as error:
        return Answer(**known, spans=None, trouble=error.trouble)
    except Exception:  # a foreign calendar never stops a night; its words are not repeated
        return Answer(**known, spans=None, trouble=CalendarTrouble.UNREADABLE)
    return Answer(**known, spans=read.spans, skipped=read.skipped)
