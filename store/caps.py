"""How often one person is written to, whatever the rules: once a channel in so many hours, so often in seven days."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, or_, select, update

from store.outbox import Pass
from store.schema import messages
from tracks.vocabulary import MessageStatus, NotDoneReason, RecipientKind, Template

WEEK = timedelta(days=7)
FIRST = (
    (Template.CONVOCATION, Template.APPOINTMENT_MOVED, Template.APPOINTMENT_CANCELLED),
    (Template.INVITATION_TO_REGULARISE,),
    (Template.REASON_REQUEST,),
    (Template.REMINDER,),
)  # then all others: who goes first where not all may leave
LEFT = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.UNKNOWN)

m, o = messages.c, messages.alias("other").c


def within_caps(
    connection: Connection,
    this: Pass,
    *,
    each_channel: timedelta,
    per_week: int,
    exempt: Sequence[Template] = (),
    since: datetime | None = None,
) -> ColumnElement[bool]:
    """The messages that may leave now; the rest waits. On PostgreSQL, claims under it come one at a time: two
    dispatchers would each see the other's message as still waiting.

    `exempt`: from `each_channel` alone. `since`: for a look ahead to `this.at`, from when on what waits may leave.
    """
    if connection.dialect.name == "postgresql":
        name = f"{this.territory}/caps"
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
    theirs = and_(
        o.territory == m.territory,
        o.recipient_kind == RecipientKind.BENEFICIARY,
        o.recipient_id == m.recipient_id,
        o.id != m.id,
    )
    same_channel, before = and_(theirs, o.channel == m.channel), _goes_before(this, since or this.at)
    written = select(func.count()).where(theirs, or_(_left(this, WEEK), before)).scalar_subquery()
    return or_(
        m.recipient_kind != RecipientKind.BENEFICIARY,
        and_(
            or_(
                m.template.in_([template.value for template in exempt]),
                ~exists().where(same_channel, or_(_left(this, each_channel), before)),
            ),
            written < per_week,
        ),
    )


def note_capped(connection: Connection, this: Pass, *, within: ColumnElement[bool]) -> None:
    """Say of each due message whether the caps alone keep it: what becomes too late is then told with its cause."""
    waiting = (m.territory == this.territory) & (m.status == MessageStatus.PENDING) & (m.due_at <= this.at)
    cap = NotDoneReason.WEEKLY_CAP.value
    freed = (m.not_sent_because == cap) & within
    connection.execute(update(messages).where(waiting, freed).values(not_sent_because=None))
    kept = m.not_sent_because.is_(None) & ~within
    connection.execute(update(messages).where(waiting, kept).values(not_sent_because=cap))


def _left(this: Pass, lately: timedelta) -> ColumnElement[bool]:
    """On its way now, or gone within that time; what may have left counts, what was refused at once does not."""
    gone_at = func.coalesce(o.sent_at, o.handed_over_at, o.due_at)
    gone = or_(o.status.in_(LEFT), and_(o.status == MessageStatus.FAILED, o.sent_at.is_not(None)))
    return or_(o.status == MessageStatus.SENDING, and_(gone, gone_at > this.at - lately))


def _goes_before(this: Pass, since: datetime) -> ColumnElement[bool]:
    """Due too, still of use after `since`, and of an earlier rank; then the older, then the first written."""
    mine, its = _rank(m.template), _rank(o.template)
    older = or_(o.due_at < m.due_at, and_(o.due_at == m.due_at, o.id < m.id))
    return and_(
        o.status == MessageStatus.PENDING,
        o.due_at <= this.at,
        o.useful_until > since,
        or_(its < mine, and_(its == mine, older)),
    )


def _rank(template: ColumnElement[str]) -> ColumnElement[int]:
    ranks = {word.value: rank for rank, words in enumerate(FIRST) for word in words}
    return case(ranks, value=template, else_=len(FIRST))
