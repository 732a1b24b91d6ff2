"""The brake: what a day would send, what it usually sends, and the batches kept until two people agree."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update
from sqlalchemy.engine import RowMapping

from store import journal
from store.acts import Act, record
from store.outbox import CHAIN, Pass
from store.schema import holds as table
from store.schema import messages
from tracks.errors import JalonError
from tracks.vocabulary import Channel, MessageStatus, Template

CEILING = "ceiling"  # what `not_sent_because` says of a held row
LOOK_BACK = timedelta(days=90)

h, m = table.c, messages.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Of one template by one channel, the rows that nobody has released: due today, and sent today."""

    template: Template
    channel: Channel
    due: int
    sent: int


def volumes(connection: Connection, this: Pass) -> list[Volume]:
    """What the local day of `this.at` has sent and would send, a line a template and channel."""
    start = _midnight(this, 0)
    due = _counts(connection, this, _waiting(this))
    sent = _counts(connection, this, (m.sent_at >= start) & (m.sent_at <= this.at))
    return [
        Volume(template=Template(template), channel=Channel(channel), due=due[key], sent=sent[key])
        for key in sorted(due.keys() | sent.keys())
        for template, channel in [key]
    ]


def usual(connection: Connection, this: Pass, template: Template, *, days: int) -> list[int]:
    """How many of them left on each of the last `days` days, before today, that sent any."""
    start = _midnight(this, 0)
    rows = connection.execute(
        select(m.sent_at, func.count())
        .where(m.territory == this.territory, m.template == template)
        .where(m.sent_at < start, m.sent_at >= start - LOOK_BACK)
        .group_by(m.sent_at)
    ).tuples()
    by_day: Counter[Any] = Counter()
    for sent_at, count in rows:
        by_day[this.calendar.day_of(sent_at)] += count
    return [by_day[day] for day in sorted(by_day, reverse=True)[:days]]


def kept_today(connection: Connection, this: Pass) -> dict[str, int]:
    """How many messages of the day the open batches keep, by scope: what comes after them joins them."""
    today = this.calendar.day_of(this.at)
    batches = open_holds(connection, territory=this.territory)
    return {batch["scope"]: batch["kept"] for batch in batches if this.calendar.day_of(batch["held_at"]) == today}


def hold(connection: Connection, this: Pass, scope: Template | Channel, *, counted: int, ceiling: int) -> int:
    """Keep the day's whole batch of that template or channel back; how many rows. It joins the one still kept, if any.

    Who had agreed had read a smaller batch: their agreement is dropped.
    """
    if connection.dialect.name == "postgresql":  # of two dispatchers at once, one makes the batch
        name = f"{this.territory}/brake"
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
    known = connection.scalar(select(h.id).where(_open(this.territory), h.scope == scope))
    values = {"counted": counted, "ceiling": ceiling, "held_at": this.at, "agreed_by": None, "agreed_at": None}
    if known is None:
        new = insert(table).values(territory=this.territory, scope=scope, **values).returning(h.id)
        known = connection.execute(new).scalar_one()
    else:
        connection.execute(update(table).where(h.id == known).values(values))
    column = m.template if isinstance(scope, Template) else m.channel
    held = connection.execute(
        update(messages)
        .where(_waiting(this), column == scope)
        .values(status=MessageStatus.HELD, not_sent_because=CEILING, hold_id=known)
    ).rowcount
    event = journal.JournalEvent(at=this.at, actor=CHAIN, kind="hold", subject=f"hold:{known}:{scope}:{held}")
    journal.append(connection, territory=this.territory, chain=CHAIN, events=[event])
    return held


def open_holds(connection: Connection, *, territory: str) -> list[RowMapping]:
    """The batches that wait for people, each with how many messages it still keeps (`kept`); an empty one is over."""
    return list(connection.execute(_kept(_open(territory))).mappings())


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What an agreement did. `released` is None while it waits for somebody else's."""

    hold: int
    scope: str
    kept: int
    released: int | None


def release(connection: Connection, act: Act, *, only: int | None) -> list[Agreed]:
    """Agree to let the open batches go, or the one named: the first person's agreement is noted, the second releases.

    JalonError: no such batch, or the same person twice.
    """
    which = _open(act.territory) if only is None else _open(act.territory) & (h.id == only)
    waiting = list(connection.execute(_kept(which).with_for_update(of=table)).mappings())
    if not waiting:
        named = "Aucun envoi n'est retenu" if only is None else f"L'envoi retenu h{only} n'existe pas, ou n'attend plus"
        raise JalonError(f"{named}. Voyez jalon status.")
    return [_agree(connection, act, batch) for batch in waiting]


def _agree(connection: Connection, act: Act, batch: RowMapping) -> Agreed:
    this = table.update().where(h.id == batch["id"], h.released_at.is_(None))
    subject = f"hold:{batch['id']}:{batch['scope']}:{batch['kept']}"
    if batch["agreed_by"] is None:
        connection.execute(this.values(agreed_by=act.by, agreed_at=act.at))
        record(connection, act, kind="agree", subject=subject)
        return Agreed(hold=batch["id"], scope=batch["scope"], kept=batch["kept"], released=None)
    if identity(batch["agreed_by"]) == identity(act.by):
        raise JalonError(
            f"h{batch['id']} : {batch['agreed_by']} a déjà donné son accord. "
            "Il faut celui d'une autre personne, qui a lu ces messages."
        )
    connection.execute(this.values(released_by=act.by, released_at=act.at))
    freed = connection.execute(
        update(messages)
        .where(m.territory == act.territory, m.hold_id == batch["id"], m.status == MessageStatus.HELD)
        .values(status=MessageStatus.PENDING, not_sent_because=None)
    ).rowcount
    record(connection, act, kind="release", subject=subject)
    return Agreed(hold=batch["id"], scope=batch["scope"], kept=batch["kept"], released=freed)


def identity(name: str) -> tuple[str, ...]:
    """Who a name means, however it is written: « MARCHAL Hélène » is « Helene Marchal »."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return tuple(sorted(re.findall(r"\w+", plain.casefold())))


def _kept(which: ColumnElement[bool]) -> Select[Any]:
    held = (
        select(func.count())
        .where(m.territory == h.territory, m.hold_id == h.id, m.status == MessageStatus.HELD)
        .scalar_subquery()
    )
    return select(table, held.label("kept")).where(which, held > 0).order_by(h.id)


def _open(territory: str) -> ColumnElement[bool]:
    return (h.territory == territory) & h.released_at.is_(None)


def _waiting(this: Pass) -> ColumnElement[bool]:
    """Pending, due before the local day ends, still useful, and read by nobody yet."""
    pending = (m.territory == this.territory) & (m.status == MessageStatus.PENDING)
    return pending & (m.due_at < _midnight(this, 1)) & (m.useful_until > this.at) & m.hold_id.is_(None)


def _counts(connection: Connection, this: Pass, which: ColumnElement[bool]) -> Counter[tuple[str, str]]:
    rows: Iterable[tuple[str, str, int]] = connection.execute(
        select(m.template, m.channel, func.count())
        .where(m.territory == this.territory, m.hold_id.is_(None), which)
        .group_by(m.template, m.channel)
    ).tuples()
    return Counter({(template, channel): count for template, channel, count in rows})


def _midnight(this: Pass, days: int) -> datetime:
    return this.calendar.local(this.calendar.day_of(this.at) + timedelta(days=days), time())
