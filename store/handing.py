"""The last look before a message leaves: nobody has stopped it, nothing has overtaken it, it is still ours to send."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Connection, Engine, update

from store.due import Due, read_due
from store.engine import Database
from store.outbox import Pass, Result
from store.schema import messages as table
from store.stops import active
from tracks.vocabulary import MessageStatus, Repeat

m = table.c


class Kept(StrEnum):
    """Why a claimed message is not handed over, and is not ended either."""

    STOPPED = "stopped"  # it goes back among what is to send
    LATE = "late"  # of no use by now: the next pass says so
    LOST = "lost"  # our lease ended: another dispatcher has judged it


def look_again(connection: Connection, this: Pass, dues: Sequence[Due]) -> dict[int, Due | Result | Kept]:
    """The same messages, read anew, by id."""
    stops = active(connection, territory=this.territory)
    read = read_due(connection, [due.id for due in dues], at=this.at, calendar=this.calendar)
    found: dict[int, Due | Result | Kept] = {due.id: due for due in read.ready}
    for due in dues:
        if any(stop.covers(due) for stop in stops):
            found[due.id] = Kept.STOPPED
        elif why := read.overtaken.get(due.id):
            found[due.id] = Result(due=due, status=MessageStatus.VOID, because=why, attempts=due.attempts)
    return found


def hand_over(connection: Connection, this: Pass, due: Due, *, repeat: Repeat, now: datetime) -> Due | Kept:
    """Write down that this one, just looked at, is about to leave: from here on it may have left.

    Compare-and-swap on the lease: a dispatcher that slept past its own is told so before it sends, not after.
    """
    once_more = repeat is Repeat.RESEND and due.doubts == 0
    mine = (m.id == due.id) & (m.status == MessageStatus.SENDING) & (m.lease_by == this.holder) & (m.lease_until > now)
    swapped = connection.execute(
        update(table).where(mine).values(doubts=due.doubts + 1, handed_over_at=None if once_more else now)
    )
    return due if swapped.rowcount else Kept.LOST


class Watch:
    """Tells at a small price whether anybody else has written to the database since the last look. Close it.

    SQLite: a counter of the connection that only another's commit moves, so that `database` is that connection: what
    is written through it, one's own, does not count. PostgreSQL: the snapshot, seen from a connection apart, which any
    transaction that wrote moves, one's own and those of another database too; there `database` is the engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._postgresql = engine.dialect.name == "postgresql"
        self._kept = engine.connect()
        self._connection = cast(Any, self._kept.connection.driver_connection)
        self.database: Database = engine if self._postgresql else self._kept
        if self._postgresql:
            self._connection.autocommit = True
            self._question = "SELECT pg_current_snapshot()::text"
        else:
            self._question = "PRAGMA data_version"
        self._seen: str | None = None

    def look(self) -> None:
        """What is read in the transaction under way on `database` is the last look."""
        self._seen = None if self._postgresql else self._counter()

    def moved(self) -> bool:
        before, self._seen = self._seen, self._counter()
        return before != self._seen

    def close(self) -> None:
        if self._postgresql:
            self._connection.autocommit = False
        self._kept.close()

    def _counter(self) -> str:
        cursor = self._connection.cursor()
        try:
            cursor.execute(self._question)
            row = cursor.fetchone()
        finally:
            cursor.close()
        return str(row[0]) if row else ""
