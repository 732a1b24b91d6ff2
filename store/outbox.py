"""The outbox: rows claimed in one short transaction, sent outside any, and settled in another."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select, true, update

from store import journal
from store.due import Due, Read, read_due
from store.notices import SUMMONS, record_letters, record_notices
from store.schema import messages as table
from tracks.calendar import Calendar
from tracks.vocabulary import Channel, Failure, MessageStatus, NotDoneReason, NoticeProof, Template

m = table.c
CHAIN = "dispatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One dispatch: `at` is its only clock, `holder` its name on what it claims.

    `newest`: the last row that the brake has judged; what is written later waits for the next pass.
    """

    territory: str
    at: datetime
    holder: str
    calendar: Calendar
    newest: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a claimed message. PENDING: it is tried again at `due_at`. `body`: the text that left.

    `reference`: the name that a receipt or a bounce will give it, the provider's or our Message-ID. `pause`: how long
    the channel asks to be left alone.
    """

    due: Due
    status: MessageStatus
    failure: Failure | None = None
    because: str | None = None
    attempts: int
    body: str | None = None
    segments: int | None = None
    due_at: datetime | None = None
    reference: str | None = None
    doubts: int = 0
    pause: timedelta | None = None

    @property
    def body_hash(self) -> str | None:
        return hashlib.sha256(self.body.encode()).hexdigest() if self.body is not None else None


def count(connection: Connection, this: Pass, status: MessageStatus) -> int:
    """How many rows of that status are due."""
    return connection.scalar(select(func.count()).select_from(table).where(_due_rows(this, status))) or 0


def waiting(connection: Connection, this: Pass) -> list[Channel]:
    """The channels by which something is due."""
    found = connection.scalars(select(m.channel).where(_due_rows(this, MessageStatus.PENDING)).distinct())
    return sorted(map(Channel, found))


def newest(connection: Connection, this: Pass) -> int:
    """The last row written, 0 before the first."""
    return connection.scalar(select(func.max(m.id)).where(m.territory == this.territory)) or 0


def sweep(connection: Connection, this: Pass) -> dict[MessageStatus, int]:
    """What can be said without sending: too late to be of use; claimed by a dispatcher that never came back.

    Of what it had claimed, only what it had begun to hand over may have left: the rest, and what the channel takes
    once however often it is sent, is sent again. What somebody is writing at this moment is left to the next pass: a
    dispatcher that is late to settle waits for rows of ours, and must not be waited for.
    """
    late, lost = m.useful_until <= this.at, m.lease_until < this.at
    waits = m.status.in_((MessageStatus.PENDING, MessageStatus.HELD))
    judged = or_((m.status == MessageStatus.SENDING) & lost, waits & late)
    free = select(m.id).where(m.territory == this.territory, m.due_at <= this.at, judged).order_by(m.id)
    ours = m.id.in_(free.with_for_update(skip_locked=True, key_share=True))
    late, lost = late & ours, lost & ours
    begun = lost & m.handed_over_at.is_not(None)
    unknown = _close(connection, this, begun, MessageStatus.SENDING, MessageStatus.UNKNOWN)
    given_back = {"status": MessageStatus.PENDING, "lease_by": None, "lease_until": None}
    untouched = update(table).where(_due_rows(this, MessageStatus.SENDING), lost).values(given_back)
    returned = connection.execute(untouched).rowcount
    capped = late & (m.not_sent_because == NotDoneReason.WEEKLY_CAP)
    too_late = sum(
        _close(connection, this, which, waiting, MessageStatus.TOO_LATE, why)
        for which, waiting, why in (
            (capped, MessageStatus.PENDING, NotDoneReason.WEEKLY_CAP),
            (late, MessageStatus.PENDING, NotDoneReason.TOO_LATE),
            (late, MessageStatus.HELD, NotDoneReason.TOO_LATE),
        )
    )
    return {MessageStatus.PENDING: returned, MessageStatus.TOO_LATE: too_late, MessageStatus.UNKNOWN: unknown}


def claim(
    connection: Connection,
    this: Pass,
    *,
    channels: Iterable[Channel],
    until: datetime,
    limit: int,
    allowed: ColumnElement[bool] | None = None,
    now: datetime | None = None,
) -> Read:
    """Take up to `limit` due rows for this pass until the instant `until`; those overtaken by events are voided.

    `now`: a pass is long; what is of no use any more, or whose appointment has begun, is judged then, not as it began.

    `allowed`: those that nobody has stopped. Compare-and-swap on the status: two dispatchers never hold the same row.
    """
    ids = connection.scalars(
        select(m.id)
        .where(
            _due_rows(this, MessageStatus.PENDING),
            m.channel.in_([channel.value for channel in channels]),
            m.useful_until > (now or this.at),
            true() if this.newest is None else m.id <= this.newest,
            true() if allowed is None else allowed,
        )
        .order_by(m.due_at, m.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not ids:
        return Read((), {})
    read = read_due(connection, ids, at=now or this.at, calendar=this.calendar)
    by_reason: defaultdict[str, list[int]] = defaultdict(list)
    for id_, why in read.overtaken.items():
        by_reason[why].append(id_)
    for why, overtaken in by_reason.items():
        _close(connection, this, m.id.in_(overtaken), MessageStatus.PENDING, MessageStatus.VOID, why)
    swapped = update(table).where(m.id.in_([due.id for due in read.ready]), m.status == MessageStatus.PENDING)
    lease = {"status": MessageStatus.SENDING, "lease_by": this.holder, "lease_until": until, "handed_over_at": None}
    mine = set(connection.scalars(swapped.values(lease).returning(m.id)))
    return Read(tuple(due for due in read.ready if due.id in mine), read.overtaken)


def settle(
    connection: Connection, this: Pass, results: Sequence[Result], *, proofs: Mapping[Channel, NoticeProof]
) -> None:
    """Write what became of claimed rows, but of those still ours only: a lease that expired has been judged already."""
    held = connection.scalars(
        select(m.id)
        .where(
            m.id.in_([result.due.id for result in results]),
            m.status == MessageStatus.SENDING,
            m.lease_by == this.holder,
        )
        .order_by(m.id)
        .with_for_update()
    )
    ours = set(held)
    results = [result for result in results if result.due.id in ours]
    if not results:
        return
    connection.execute(update(table).where(m.id == bindparam("row")), [_row(this, result) for result in results])
    day = this.calendar.day_of(this.at)
    record_notices(connection, day=day, notices=_notices(results, proofs))
    sent = MessageStatus.SENT
    letters = [
        result.due
        for result in results
        if result.status is sent and result.due.template is Template.INVITATION_TO_REGULARISE
    ]
    record_letters(connection, territory=this.territory, day=day, letters=letters)
    final = [result for result in results if result.status is not MessageStatus.PENDING]
    _journal(connection, this, [(r.due.id, r.status, r.body_hash or "") for r in final])


def _row(this: Pass, result: Result) -> dict[str, object]:
    return {
        "row": result.due.id,
        "status": result.status.value,
        "failure": result.failure.value if result.failure else None,
        "not_sent_because": result.because,
        "attempts": result.attempts,
        "sent_at": this.at if result.status is MessageStatus.SENT else None,
        "provider_ref": result.reference,
        "body": result.body,
        "body_hash": result.body_hash,
        "segments": result.segments,
        "due_at": result.due_at or result.due.due_at,
        "lease_by": None,
        "lease_until": None,
        "doubts": result.doubts,
    }


def _notices(
    results: Sequence[Result], proofs: Mapping[Channel, NoticeProof]
) -> dict[tuple[Channel, NoticeProof], list[int]]:
    """The appointments whose summons has just been handed over or refused, by channel and what it proves."""
    found: defaultdict[tuple[Channel, NoticeProof], list[int]] = defaultdict(list)
    for result in results:
        due = result.due
        if due.template not in SUMMONS or due.meeting is None:
            continue
        match result.status:
            case MessageStatus.SENT:
                found[due.channel, proofs[due.channel]].append(due.meeting.id)
            case MessageStatus.UNKNOWN:
                found[due.channel, NoticeProof.NONE].append(due.meeting.id)
            case MessageStatus.FAILED:
                found[due.channel, NoticeProof.FAILED].append(due.meeting.id)
            case _:
                pass
    return found


def _due_rows(this: Pass, status: MessageStatus) -> ColumnElement[bool]:
    return (m.territory == this.territory) & (m.status == status) & (m.due_at <= this.at)


def _close(
    connection: Connection,
    this: Pass,
    which: ColumnElement[bool],
    before: MessageStatus,
    after: MessageStatus,
    because: str | None = None,
) -> int:
    """Swap `before` for `after` on the due rows that are meant, and say so in the journal; how many were swapped."""
    closed = connection.scalars(
        update(table)
        .where(_due_rows(this, before), which)
        .values(
            status=after,
            not_sent_because=because,
            failure=Failure.NO_RECEIPT if after is MessageStatus.UNKNOWN else None,
            lease_by=None,
            lease_until=None,
        )
        .returning(m.id)
    ).all()
    _journal(connection, this, [(id_, after, "") for id_ in sorted(closed)])
    return len(closed)


def _journal(connection: Connection, this: Pass, ends: Iterable[tuple[int, MessageStatus, str]]) -> None:
    events = [
        journal.JournalEvent(at=this.at, actor=CHAIN, kind="message", subject=f"message:{id_}:{status}:{digest}")
        for id_, status, digest in ends
    ]
    if events:
        journal.append(connection, territory=this.territory, chain=CHAIN, events=events)
