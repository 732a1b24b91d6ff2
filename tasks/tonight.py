"""What would leave on a day: its nights written and its messages read, then all of it rolled back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, Engine, not_, select

from config.channels import Channels
from config.territory import Territory
from store.due import Due, read_due
from store.engine import transaction
from store.outbox import Pass, newest
from store.schema import messages
from store.sendings import due_on
from store.stops import active
from tasks.brake import brake
from tasks.delivery import prepared
from tasks.lane import capped
from tasks.links import with_samples
from tasks.night import night
from tracks.tonight import NIGHT_HOUR
from tracks.vocabulary import Channel, MessageStatus, NotDoneReason, Template

READ_AT_ONCE = 500
STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """One message of the day. `id`: None when the night has not written it yet. `holds`: why it would not leave.

    `about`: the start of its appointment. `segments`: SMS only. `euros`: None where the channel says no price.
    """

    id: int | None
    case_id: int | None
    template: Template
    channel: Channel
    due_at: datetime
    about: datetime | None
    segments: int | None
    euros: Decimal | None
    holds: str | None


def tonight(engine: Engine, territory: Territory, channels: Channels, *, on: date) -> list[Leaving]:
    """Everything that the local day `on` would send, track after track as the nights go; nothing is written."""
    with transaction(engine, apply=False) as connection:
        at = territory.calendar.local(on, NIGHT_HOUR)
        this = Pass(territory=territory.slug, at=at, holder="tonight", calendar=territory.calendar)
        known = newest(connection, this)
        for track in territory.tracks:
            night(connection, territory, track, on=on, apply=True)
        brake(connection, this, territory.file.brake, channels)
        return list(leaving(connection, this, territory, channels, known=known))


def leaving(
    connection: Connection, this: Pass, territory: Territory, channels: Channels, *, known: int
) -> Iterator[Leaving]:
    """The messages due on the day of `this`, held ones too, by the hour; `known`: the last row there before."""
    stops = active(connection, territory=this.territory)
    rows = due_on(connection, this)
    held = {row["id"]: row["not_sent_because"] for row in rows if row["status"] == MessageStatus.HELD}
    held |= dict.fromkeys(kept_all_day(connection, this, territory, channels), NotDoneReason.WEEKLY_CAP)
    for start in range(0, len(rows), READ_AT_ONCE):
        ids = [row["id"] for row in rows[start : start + READ_AT_ONCE]]
        read = read_due(connection, ids, at=this.at, calendar=this.calendar)
        for due in read.ready:
            holds = held.get(due.id) or (STOPPED if any(stop.covers(due) for stop in stops) else None)
            yield said(due, this, territory, channels, holds=holds, known=known)


def kept_all_day(connection: Connection, this: Pass, territory: Territory, channels: Channels) -> list[int]:
    """What the caps still keep when the last channel closes: until then, what left the day before sets more free."""
    closes = max(channels.of(channel).not_after for channel in Channel)
    evening = replace(this, at=this.calendar.local(this.calendar.day_of(this.at), closes))
    m = messages.c
    waiting = (m.territory == this.territory) & (m.status == MessageStatus.PENDING) & (m.due_at <= evening.at)
    within = capped(connection, evening, territory, since=this.at)
    return list(connection.scalars(select(m.id).where(waiting, m.useful_until > this.at, not_(within))))


def said(due: Due, this: Pass, territory: Territory, channels: Channels, *, holds: str | None, known: int) -> Leaving:
    """The message as it would leave: its segments and its price are those of the very text."""
    segments = None
    if due.channel is not Channel.STAFF:  # the morning's messages are written as they leave
        (sample,) = with_samples(territory, [due])
        ready = prepared(sample, this, territory, None)
        if isinstance(ready, tuple):
            segments = ready[0].segments
        else:
            holds = holds or ready.because
    price = channels.of(due.channel).euros
    return Leaving(
        id=due.id if due.id <= known else None,
        case_id=due.case_id,
        template=due.template,
        channel=due.channel,
        due_at=due.due_at,
        about=due.meeting.starts_at if due.meeting else None,
        segments=segments,
        euros=None if price is None else price * (segments or 1),
        holds=holds,
    )
