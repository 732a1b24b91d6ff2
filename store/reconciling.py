"""A restored database is told what left since its backup, from what was noted outside it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, select, update

from store import journal
from store.acts import Act, record
from store.notices import record_notices
from store.outbox import CHAIN
from store.schema import messages
from tracks.calendar import Calendar
from tracks.vocabulary import Channel, Failure, MessageStatus, NoticeProof, RecipientKind, Template

AT_ONCE = 500
WAITING = (MessageStatus.PENDING, MessageStatus.HELD, MessageStatus.SENDING)
ARRIVED = (MessageStatus.SENT, MessageStatus.DELIVERED)

m = messages.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A message handed over at the instant `at`. `surely` False: its dispatcher never said what became of it."""

    key: str
    recipient_kind: RecipientKind
    recipient_id: int
    channel: Channel
    at: datetime
    surely: bool

    def as_sent(self) -> "Left":
        return replace(self, surely=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """`absent`: left, and this database has no such message to the same recipient."""

    sent: int
    doubtful: int
    absent: int


def reconcile(
    connection: Connection,
    act: Act,
    left: Sequence[Left],
    *,
    proofs: Mapping[Channel, NoticeProof],
    calendar: Calendar,
) -> Reconciled:
    """What surely left is noted as sent, with the notice that it is; what may have left is doubtful, for people."""
    rows = _rows(connection, act.territory, [one.key for one in left])
    met = [(one, rows[one.key]) for one in left if one.key in rows and _same(one, rows[one.key])]
    sent = [(one, row) for one, row in met if one.surely and row["status"] not in ARRIVED]
    doubtful = [(one, row) for one, row in met if not one.surely and row["status"] in WAITING]
    changed = [_values(one, row, MessageStatus.SENT) for one, row in sent]
    changed += [_values(one, row, MessageStatus.UNKNOWN) for one, row in doubtful]
    if changed:
        connection.execute(update(messages).where(m.id == bindparam("row")), changed)
    for (day, channel, proof), appointments in _notices(sent, proofs, calendar).items():
        record_notices(connection, day=day, notices={(channel, proof): appointments})
    events = [
        journal.JournalEvent(
            at=act.at, actor=CHAIN, kind="message", subject=f"message:{values['row']}:{values['status']}:reconciled"
        )
        for values in changed
    ]
    journal.append(connection, territory=act.territory, chain=CHAIN, events=events)
    done = Reconciled(sent=len(sent), doubtful=len(doubtful), absent=len(left) - len(met))
    record(connection, act, kind="reconcile", subject=f"sends:{done.sent}:{done.doubtful}:{done.absent}")
    return done


def doubt_all_due(connection: Connection, act: Act) -> int:
    """Nobody can say what left since the backup: all that was due by now is doubtful, for people; how many."""
    due = (m.territory == act.territory) & m.status.in_(WAITING) & (m.due_at <= act.at)
    doubtful = {"status": MessageStatus.UNKNOWN, "failure": Failure.NO_RECEIPT, "lease_by": None, "lease_until": None}
    found = list(connection.scalars(update(messages).where(due).values(doubtful).returning(m.id)))
    events = [
        journal.JournalEvent(at=act.at, actor=CHAIN, kind="message", subject=f"message:{id_}:unknown:restored")
        for id_ in found
    ]
    journal.append(connection, territory=act.territory, chain=CHAIN, events=events)
    return len(found)


def _rows(connection: Connection, territory: str, keys: Sequence[str]) -> dict[str, RowMapping]:
    found: dict[str, RowMapping] = {}
    for start in range(0, len(keys), AT_ONCE):
        some = select(messages).where(m.territory == territory, m.key.in_(keys[start : start + AT_ONCE]))
        found |= {row["key"]: row for row in connection.execute(some.with_for_update()).mappings()}
    return found


def _same(one: Left, row: RowMapping) -> bool:
    """Ids given again after the restoration may name somebody else."""
    return (one.recipient_kind, one.recipient_id, one.channel) == (
        row["recipient_kind"],
        row["recipient_id"],
        row["channel"],
    )


def _values(one: Left, row: RowMapping, status: MessageStatus) -> dict[str, Any]:
    return {
        "row": row["id"],
        "status": status.value,
        "sent_at": one.at if status is MessageStatus.SENT else None,
        "failure": Failure.NO_RECEIPT.value if status is MessageStatus.UNKNOWN else None,
        "not_sent_because": None,
        "attempts": row["attempts"] + 1,
        "lease_by": None,
        "lease_until": None,
    }


def _notices(
    sent: Sequence[tuple[Left, RowMapping]], proofs: Mapping[Channel, NoticeProof], calendar: Calendar
) -> dict[tuple[date, Channel, NoticeProof], list[int]]:
    found: defaultdict[tuple[date, Channel, NoticeProof], list[int]] = defaultdict(list)
    for one, row in sent:
        if row["template"] in (Template.CONVOCATION, Template.APPOINTMENT_MOVED) and row["appointment_id"]:
            found[calendar.day_of(one.at), one.channel, proofs[one.channel]].append(row["appointment_id"])
    return found
