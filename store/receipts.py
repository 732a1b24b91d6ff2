"""What the channels say afterwards: kept once each, matched to our messages, and never undone by what comes late."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from store import journal
from store.notices import SUMMONS, record_proofs
from store.schema import messages, receipts
from store.sets import insert_new
from tracks.receipts import HANDED_OVER, State, after
from tracks.vocabulary import Channel, Failure, MessageStatus, NoticeProof, ReceiptKind, RecipientKind

CHAIN = "receipts"
WAITED_FOR = timedelta(days=30)  # after that, a receipt of nothing of ours is no longer looked up
AT_ONCE = 1000

m, r = messages.c, receipts.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One word of a channel about one message. `event`: its own id; `reference`: how it names the message."""

    channel: Channel
    event: str
    reference: str
    kind: ReceiptKind
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """`unmatched`: among the new ones, those that name no message of ours (yet). `moved`: messages that changed."""

    new: int = 0
    known: int = 0
    unmatched: int = 0
    moved: int = 0


def take_in(connection: Connection, said: Sequence[Receipt], *, territory: str, at: datetime) -> Taken:
    """Keep the receipts that are new, and move the messages that they are about. `at`: now, aware."""
    rows = {
        (receipt.channel, receipt.event): {
            "territory": territory,
            "channel": receipt.channel.value,
            "event": receipt.event,
            "reference": receipt.reference,
            "kind": receipt.kind.value,
            "at": receipt.at,
            "received_at": at,
        }
        for receipt in said
    }
    new = [row.id for row in insert_new(connection, receipts, list(rows.values()), r.id)]
    moved = apply_receipts(connection, territory=territory, at=at) if new else 0
    return Taken(new=len(new), known=len(said) - len(new), unmatched=unmatched(connection, new), moved=moved)


def unmatched(connection: Connection, ids: Sequence[int]) -> int:
    pages = (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
    nobody = select(func.count()).where(r.message_id.is_(None))
    return sum(connection.scalar(nobody.where(r.id.in_(page))) or 0 for page in pages)


def apply_receipts(connection: Connection, *, territory: str, at: datetime) -> int:
    """Match what was received to our messages, and move them; how many moved. A dispatch does it again: a fast service
    speaks before the answer to our own request is written down.

    PostgreSQL: one at a time, to the end of the transaction; a webhook and a pass take rows in orders of their own.
    """
    if connection.dialect.name == "postgresql":
        name = f"{territory}/{CHAIN}"  # the lock that the journal's chain takes at the end anyway
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
    waiting = (r.territory == territory) & r.applied_at.is_(None) & (r.received_at > at - WAITED_FOR)
    named = select(m.id).where(m.territory == r.territory, m.channel == r.channel, m.provider_ref == r.reference)
    connection.execute(
        update(receipts)
        .where(waiting, r.message_id.is_(None))
        .values(message_id=named.order_by(m.id).limit(1).scalar_subquery())
    )
    moved, last = 0, 0
    movable = (*HANDED_OVER, MessageStatus.PENDING)
    about = select(r.message_id).where(waiting, r.message_id.is_not(None))
    while True:
        # Locked before their receipts are read: of two webhooks at once, the second sees what the first has kept.
        found = connection.execute(
            select(m.id, m.status, m.failure, m.channel, m.template, m.appointment_id)
            .where(m.id > last, m.id.in_(about), m.status.in_(movable))
            .order_by(m.id)
            .limit(AT_ONCE)
            .with_for_update()
        ).all()
        if not found:
            return moved
        last = found[-1].id
        said = _said(connection, [row.id for row in found])
        states = {
            row.id: state
            for row in found
            if (state := after(MessageStatus(row.status), failure_of(row.failure), said[row.id][0]))
        }
        _move(connection, states, said)
        _prove(connection, [row for row in found if row.id in states], states)
        _close(connection, [row.id for row in found if row.id in states or row.status != MessageStatus.PENDING], at)
        _journal(connection, territory, at, states)
        moved += len(states)


def give_up_waiting(
    connection: Connection, *, territory: str, channel: Channel, sent_until: datetime, at: datetime
) -> int:
    """What `channel` took at `sent_until` or before, and never said to have arrived, counts as not arrived; how many.
    Its receipt may still come."""
    silent = connection.scalars(
        update(messages)
        .where(
            m.territory == territory,
            m.channel == channel,
            m.recipient_kind == RecipientKind.BENEFICIARY,
            m.status == MessageStatus.SENT,
            m.sent_at <= sent_until,
        )
        .values(status=MessageStatus.FAILED, failure=Failure.NO_RECEIPT)
        .returning(m.id)
    ).all()
    _journal(connection, territory, at, dict.fromkeys(silent, (MessageStatus.FAILED, Failure.NO_RECEIPT)))
    return len(silent)


def failure_of(word: str | None) -> Failure | None:
    return Failure(word) if word else None


Said = Mapping[int, tuple[list[ReceiptKind], datetime]]


def _said(connection: Connection, ids: Sequence[int]) -> Said:
    """message → all that was ever said of it, and when first."""
    kinds: defaultdict[int, list[ReceiptKind]] = defaultdict(list)
    first: dict[int, datetime] = {}
    for id_, kind, at in connection.execute(
        select(r.message_id, r.kind, r.at).where(r.message_id.in_(ids)).order_by(r.at, r.id)
    ):
        kinds[id_].append(ReceiptKind(kind))
        first.setdefault(id_, at)
    return {id_: (kinds[id_], first[id_]) for id_ in first}


def _move(connection: Connection, states: Mapping[int, State], said: Said) -> None:
    """One that was in doubt and has arrived was sent when its first receipt says so, at the latest."""
    if not states:
        return
    changes: dict[str, Any] = {
        "status": bindparam("status_"),
        "failure": bindparam("failure_"),
        "sent_at": func.coalesce(m.sent_at, bindparam("since")),
        "not_sent_because": None,
        "followed_at": None,
    }
    connection.execute(
        update(messages).where(m.id == bindparam("row")).values(changes),
        [
            {
                "row": id_,
                "status_": status.value,
                "failure_": failure.value if failure else None,
                "since": said[id_][1] if status is MessageStatus.DELIVERED else None,
            }
            for id_, (status, failure) in states.items()
        ],
    )


def _prove(connection: Connection, rows: Sequence[Row[Any]], states: Mapping[int, State]) -> None:
    """What the summons among them prove from now on."""
    proofs: defaultdict[tuple[Channel, NoticeProof], list[int]] = defaultdict(list)
    for row in rows:
        if row.template in SUMMONS and row.appointment_id:
            arrived = states[row.id][0] is MessageStatus.DELIVERED
            proof = NoticeProof.DELIVERED if arrived else NoticeProof.FAILED
            proofs[Channel(row.channel), proof].append(row.appointment_id)
    record_proofs(connection, proofs)


def _close(connection: Connection, ids: Sequence[int], at: datetime) -> None:
    if ids:
        connection.execute(update(receipts).where(r.message_id.in_(ids), r.applied_at.is_(None)).values(applied_at=at))


def _journal(connection: Connection, territory: str, at: datetime, states: Mapping[int, State]) -> None:
    events = [
        journal.JournalEvent(
            at=at, actor=CHAIN, kind="receipt", subject=f"message:{id_}:{status}:{failure or ''}".rstrip(":")
        )
        for id_, (status, failure) in sorted(states.items())
    ]
    if events:
        journal.append(connection, territory=territory, chain=CHAIN, events=events)
