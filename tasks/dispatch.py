"""Sends what is due in the outbox: claim a small batch, close the transaction, send one by one, write the answers."""

import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine

from config.channels import Channels
from config.territory import Territory
from store.due import Due, Read
from store.engine import reading, transaction
from store.mornings import read_mornings
from store.notices import confirm_unbounced
from store.outbox import Pass, Result, claim, count, newest, settle, sweep
from store.overview import read_overview
from store.stops import active, allowed
from tasks.brake import brake
from tasks.channels import check_channels
from tasks.delivery import Post, deliver, prepared
from tasks.digest_text import Digest, for_referent
from tasks.overview_text import for_coordinator
from tracks.vocabulary import Channel, MessageStatus, NoticeProof, RecipientKind

BATCH = 20  # what a crash can leave *unknown* at most
LEASE = timedelta(minutes=20)
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
    office = Post(territory=territory, channels=channels, folder=outbox)
    if not apply:
        with transaction(engine, apply=False) as connection:
            return rehearse(connection, this, office, limit)
    with transaction(engine) as connection:
        ends = opening(connection, this, office)
        this = replace(this, newest=newest(connection, this))
    began, left = time.monotonic(), limit
    while left is None or left > 0:
        until = at + timedelta(seconds=time.monotonic() - began) + LEASE
        size = BATCH if left is None else min(BATCH, left)
        batch = send_batch(engine, this, office, until=until, size=size)
        if not batch:
            break
        ends.update(batch)
        left = None if left is None else left - sum(batch.values())
    return counted(ends)


def send_batch(engine: Engine, this: Pass, office: Post, *, until: datetime, size: int) -> Counter[str]:
    """Claim, close, send one by one, record; what became of each, or nothing when nothing is left to claim.

    Interrupted, it records what was sent and gives back what was not tried: one message at most is in doubt.
    """
    with transaction(engine) as connection:
        batch = take(connection, this, office, until=until, size=size)
    with reading(engine) as connection:
        digests = read_digests(connection, this, office.territory, batch.ready)
    done: list[Result] = []
    try:
        for due in batch.ready:
            with reading(engine) as connection:
                stopped = any(stop.covers(due) for stop in active(connection, territory=this.territory))
            done.append(left_alone(due) if stopped else deliver(due, this, office, digests.get(due.id)))
    finally:
        untried = [left_alone(due) for due in batch.ready[len(done) + 1 :]]
        with transaction(engine) as connection:
            settle(connection, this, [*done, *untried], proofs=proofs(office.channels))
    ends = Counter(result.status.value for result in done)
    if batch.overtaken:
        ends["void"] += len(batch.overtaken)
    return ends


def take(connection: Connection, this: Pass, office: Post, *, until: datetime, size: int) -> Read:
    """Claim what the hour, the brake and the switches let through."""
    stops = active(connection, territory=this.territory)
    hours = open_now(this, office.channels)
    return claim(connection, this, channels=hours, until=until, limit=size, allowed=allowed(stops))


def left_alone(due: Due) -> Result:
    """Claimed and not tried: it is given back as it was."""
    return Result(due=due, status=MessageStatus.PENDING, attempts=due.attempts)


def rehearse(connection: Connection, this: Pass, office: Post, limit: int | None) -> DispatchCounts:
    """The same claims and the same texts, in one transaction that is rolled back; nothing is handed to a channel."""
    ends = opening(connection, this, office)
    left = limit
    while left is None or left > 0:
        size = REHEARSED if left is None else min(REHEARSED, left)
        batch = take(connection, this, office, until=this.at, size=size)
        if not batch.ready and not batch.overtaken:
            break
        ends["void"] += len(batch.overtaken)
        digests = read_digests(connection, this, office.territory, batch.ready)
        for due in batch.ready:
            result = prepared(due, this, office.territory, digests.get(due.id))
            ends[result.status.value if isinstance(result, Result) else "sent"] += 1
        left = None if left is None else left - len(batch.ready)
    return counted(ends)


def opening(connection: Connection, this: Pass, office: Post) -> Counter[str]:
    """What is due, then what can be said of it before sending anything, and what is too much to be sent."""
    ends = Counter(due=count(connection, this, MessageStatus.PENDING))
    ends.update({status.value: n for status, n in sweep(connection, this).items()})
    brake(connection, this, office.territory.file.brake, office.channels)
    ends["held"] = count(connection, this, MessageStatus.HELD)
    for channel in Channel:
        if days := office.channels.of(channel).no_bounce_after_days:
            until = this.calendar.day_of(this.at) - timedelta(days=days)
            confirm_unbounced(connection, territory=this.territory, channel=channel, sent_until=until)
    return ends


def counted(ends: Mapping[str, int]) -> DispatchCounts:
    names = ("due", "sent", "failed", "unknown", "too_late", "held", "void")
    return DispatchCounts(**{name: ends.get(name, 0) for name in names})


def open_now(this: Pass, channels: Channels) -> list[Channel]:
    """The channels whose hours `at` falls in, by the territory's clock: never a Sunday, a holiday or a night (R18)."""
    local = this.calendar.wall_clock(this.at)
    may = {channel: this.calendar.may_be_written_to(local.date()) for channel in Channel}
    may[Channel.STAFF] = this.calendar.is_working(local.date())
    return [
        channel
        for channel in Channel
        if may[channel] and channels.of(channel).not_before <= local.time() < channels.of(channel).not_after
    ]


def proofs(channels: Channels) -> dict[Channel, NoticeProof]:
    return {channel: channels.of(channel).proof(channel) for channel in Channel}


def read_digests(
    connection: Connection, this: Pass, territory: Territory, ready: Sequence[Due]
) -> dict[int, Digest | None]:
    """The morning messages among `ready`, written from what is known now; None: nothing to say any more."""
    staff = [due for due in ready if due.channel is Channel.STAFF]
    if not staff:
        return {}
    today, calendar = this.calendar.day_of(this.at), this.calendar
    referents = [due.recipient_id for due in staff if due.recipient_kind is RecipientKind.REFERENT]
    mornings = read_mornings(connection, territory=this.territory, today=today, referents=referents, calendar=calendar)
    overview = None
    if len(referents) < len(staff):
        found = read_overview(connection, territory=this.territory, today=today)
        titles = {slug: track.title for slug, track in territory.tracks.items()}
        overview = None if found.is_empty() else for_coordinator(found, today=today, calendar=calendar, titles=titles)
    digests: dict[int, Digest | None] = {}
    for due in staff:
        if due.recipient_kind is RecipientKind.REFERENT:
            morning = mornings[due.recipient_id]
            digests[due.id] = None if morning.is_empty() else for_referent(morning, today=today, calendar=calendar)
        else:
            digests[due.id] = overview
    return digests
