"""Sends what is due in the outbox: claim a small batch, close the transaction, send one by one, write the answers."""

import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine

from config.channels import Channels
from config.territory import Territory
from store.caps import note_capped
from store.engine import transaction
from store.follow_up import follow_up
from store.notices import confirm_unbounced
from store.outbox import Pass, Result, claim, count, newest, sweep, waiting
from store.receipts import apply_receipts, give_up_waiting
from store.stops import active, allowed
from tasks import send_log
from tasks.brake import brake
from tasks.channels import check_channels
from tasks.delivery import Post, addressed
from tasks.lane import Lane, capped, in_hours
from tasks.letters import gather_letters, print_letters
from tasks.links import with_samples
from tasks.morning import read_digests
from tasks.reach import reached
from tasks.windows import open_at
from tracks.vocabulary import Channel, MessageStatus

REHEARSED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchCounts:
    """`due`: pending when the pass began; outside their hours they stay so. `held`: kept back by people."""

    due: int
    sent: int
    failed: int
    unknown: int
    too_late: int
    held: int
    void: int

    def as_json(self) -> dict[str, int]:
        return asdict(self)


def dispatch(
    engine: Engine,
    territory: Territory,
    channels: Channels,
    *,
    at: datetime,
    apply: bool,
    outbox: Path,
    limit: int | None = None,
) -> DispatchCounts:
    """Send what is due at the instant `at`, at most `limit` messages; a dry run writes and sends nothing.

    `at` (aware) is the only clock. JalonError: a channel that cannot be used at all, before anything is claimed.
    """
    check_channels(channels, sender_email=territory.sender_email)
    this = Pass(territory=territory.slug, at=at, holder=f"dispatch:{secrets.token_hex(8)}", calendar=territory.calendar)
    reach = reached(channels, engine.url)
    office = Post(territory=territory, channels=channels, folder=outbox, reach=reach)
    if not apply:
        with transaction(engine, apply=False) as connection:
            return rehearse(connection, this, office, limit)
    with transaction(engine) as connection:
        send_log.refuse_older(office.log, connection, territory=this.territory)
        ends = opening(connection, this, office)
        this = replace(this, newest=newest(connection, this))
        due = waiting(connection, this)
    began = time.monotonic()
    lanes = [
        Lane(engine=engine, this=this, office=office, channel=channel, began=began)
        for channel in sorted(open_at(at, territory, channels).channels)
        if channel in due
    ]
    for ended in at_once(lanes, office) if limit is None else one_by_one(lanes, limit):
        ends.update(ended)
    gather_letters(engine, territory, at=at)
    print_letters(engine, territory, folder=outbox)
    return counted(ends)


def one_by_one(lanes: Sequence[Lane], limit: int) -> Iterator[Counter[str]]:
    """`limit`: of all lanes together."""
    for lane in lanes:
        ended = lane.run(limit)
        limit -= ended["claimed"]
        yield ended


def at_once(lanes: Sequence[Lane], office: Post) -> list[Counter[str]]:
    """A thread a lane, so that a slow or dead provider delays nobody else's messages.

    Interrupted, each finishes the message that it has begun. What stopped one is raised when the others are done.
    """
    if len(lanes) < 2:
        return [lane.run(None) for lane in lanes]
    with ThreadPoolExecutor(len(lanes), thread_name_prefix="lane") as pool:
        running = [pool.submit(lane.run, None) for lane in lanes]
        try:
            wait(running)
        except BaseException:
            office.halted.set()
            raise
    return [lane.result() for lane in running]


def rehearse(connection: Connection, this: Pass, office: Post, limit: int | None) -> DispatchCounts:
    """The same claims and the same texts, in one transaction that is rolled back; nothing is handed to a channel."""
    ends = opening(connection, this, office)
    opening_hours = open_at(this.at, office.territory, office.channels)
    left = limit
    while left is None or left > 0:
        size = REHEARSED if left is None else min(REHEARSED, left)
        stops = allowed(active(connection, territory=this.territory)) & capped(connection, this, office.territory)
        stops &= in_hours(opening_hours, office.territory)
        batch = claim(connection, this, channels=list(Channel), until=this.at, limit=size, allowed=stops)
        if not batch.ready and not batch.overtaken:
            break
        ends["void"] += len(batch.overtaken)
        digests = read_digests(connection, this, office.territory, batch.ready)
        for due in with_samples(office.territory, batch.ready):
            result = addressed(due, this, office, digests.get(due.id))
            ends[result.status.value if isinstance(result, Result) else "sent"] += 1
        left = None if left is None else left - len(batch.ready)
    return counted(ends)


def opening(connection: Connection, this: Pass, office: Post) -> Counter[str]:
    """What is due, then what can be said of it before sending anything, and what is too much to be sent."""
    within = capped(connection, this, office.territory)  # first: claims wait for it before they write anything too
    hear(connection, this, office.channels)
    follow_up(connection, this)
    ends = Counter(due=count(connection, this, MessageStatus.PENDING))
    swept = sweep(connection, this)
    ends.update({status.value: n for status, n in swept.items()} | {"due": swept[MessageStatus.PENDING]})
    brake(connection, this, office.territory.file.brake, office.channels)
    ends["held"] = count(connection, this, MessageStatus.HELD)
    note_capped(connection, this, within=within)
    return ends


def hear(connection: Connection, this: Pass, channels: Channels) -> None:
    """What the channels have said since, and what their silence means by now."""
    apply_receipts(connection, territory=this.territory, at=this.at)
    for channel in Channel:
        settings = channels.of(channel)
        if settings.delivered_when == "receipt":
            until = this.at - timedelta(days=settings.no_receipt_after_days)
            give_up_waiting(connection, territory=this.territory, channel=channel, sent_until=until, at=this.at)
        if days := settings.no_bounce_after_days:
            day = this.calendar.day_of(this.at) - timedelta(days=days)
            confirm_unbounced(connection, territory=this.territory, channel=channel, sent_until=day)


def counted(ends: Mapping[str, int]) -> DispatchCounts:
    names = ("due", "sent", "failed", "unknown", "too_late", "held", "void")
    return DispatchCounts(**{name: ends.get(name, 0) for name in names})
