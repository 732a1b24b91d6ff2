"""One channel's way out: it claims some messages, sends them one after the other, and writes down what became of each.

What may safely be sent twice is claimed and written by the hundred. Of the rest, each is marked just before it is
handed over, in the transaction that writes down the one before it: whatever happens, one at most is in doubt.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Engine

from config.channels import Channels
from config.territory import Territory
from store.caps import within_caps
from store.circuits import Circuit, read_circuits, take_probe, write_circuit
from store.due import Due, Read
from store.engine import Database, reading, transaction
from store.handing import Kept, Watch, hand_over, look_again
from store.outbox import Pass, Result, claim, settle
from store.places import leaving_by
from store.stops import active, allowed
from tasks import send_log
from tasks.channels import Carrier
from tasks.delivery import Post, deliver
from tasks.links import with_links
from tasks.morning import read_digests
from tasks.windows import Opening, open_at
from tracks.vocabulary import Channel, Failure, MessageStatus, NoticeProof, Repeat

BATCH = 20
LARGE_BATCH = 200  # where a crash costs nothing
LEASE = timedelta(minutes=20)

AHEAD = 20  # read anew at once
LONG_AGO = datetime.min.replace(tzinfo=UTC)
GOOD_FOR = timedelta(minutes=1)  # what was read, where nobody has written since: hours and days pass too

Gate = Callable[[Sequence[Due], list[Result]], Due | Result | Kept]


@dataclass(slots=True, kw_only=True)
class Lane:
    """`began`: the monotonic clock when the pass began, at the instant `this.at`.

    `circuit`: as this lane has found it (`found`) and what it has heard since. `opening`: the hours at the last claim.
    `_fresh`: messages as they were at `_read_at`, which stands until `_watch` tells of another's writing.
    """

    engine: Engine
    this: Pass
    office: Post
    channel: Channel
    began: float
    circuit: Circuit = field(default_factory=Circuit)
    found: Circuit = field(default_factory=Circuit)
    opening: Opening = field(default_factory=lambda: Opening(frozenset()))
    _watch: Watch = field(init=False)
    _fresh: dict[int, Due | Result | Kept] = field(default_factory=dict)
    _read_at: datetime = LONG_AGO

    def run(self, limit: int | None) -> Counter[str]:
        """Send until nothing is left, at most `limit` messages; what became of each, and how many were `claimed`."""
        ends: Counter[str] = Counter()
        gateways = self.office.channels.gateway
        with closing(Watch(self.engine)) as watch, closing(Carrier(gateways)) as carrier:
            self._watch = watch
            gate = self._watched if self._repeat is Repeat.IDEMPOTENT else self._marked
            largest = LARGE_BATCH if self._repeat is Repeat.IDEMPOTENT else BATCH
            while limit is None or ends["claimed"] < limit:
                size = self._open_for(largest if limit is None else min(largest, limit - ends["claimed"]))
                if not size or self.office.halted.is_set():
                    break
                batch = self._take(size)
                if not batch.ready and not batch.overtaken:
                    break
                ends.update(claimed=len(batch.ready) + len(batch.overtaken), void=len(batch.overtaken))
                ends.update(self._send(batch.ready, gate, carrier))
        return ends

    @property
    def _database(self) -> Database:
        return self._watch.database

    @property
    def _repeat(self) -> Repeat:
        return self.office.channels.of(self.channel).repeat

    def _now(self) -> datetime:
        return self.this.at + timedelta(seconds=time.monotonic() - self.began)

    def _pass_now(self) -> Pass:
        """The pass at the instant that it has come to: a long one ends at other hours than it began."""
        return replace(self.this, at=self._now())

    def _opening(self) -> Opening:
        return open_at(self._now(), self.office.territory, self.office.channels)

    def _open_for(self, size: int) -> int:
        """How many may be claimed: one when an open circuit is due for its probe, none while it is not."""
        with transaction(self._database) as connection:
            territory, channel = self.this.territory, self.channel
            probing = take_probe(connection, territory=territory, channel=channel, now=self._now())
            self.found = self.circuit = read_circuits(connection, territory=territory).get(channel, Circuit())
        return size if not self.circuit.is_open else 1 if probing else 0

    def _heard(self, result: Result) -> bool:
        """What the channel has just done moves its circuit; True when it opens, and nothing more is to be tried."""
        if result.attempts == result.due.attempts:  # nothing was tried: it is nobody's failure
            return False
        failed = result.failure in (Failure.TEMPORARY, Failure.NO_RECEIPT)
        before = self.circuit
        self.circuit = before.after_failure(self._now(), pause=result.pause) if failed else Circuit()
        return self.circuit.is_open

    def _take(self, size: int) -> Read:
        """Claim what the switches let through, and make the links of these messages."""
        with transaction(self._database) as connection:
            free = allowed(active(connection, territory=self.this.territory))
            free &= capped(connection, self.this, self.office.territory)
            self.opening = self._opening()
            free &= in_hours(self.opening, self.office.territory)
            now = self._now()
            batch = claim(
                connection,
                self.this,
                channels=(self.channel,),
                until=now + LEASE,
                limit=size,
                allowed=free,
                now=now,
            )
            self._fresh, self._read_at = {due.id: due for due in batch.ready}, now
            self._watch.look()
            return with_links(connection, self.this, self.office.territory, batch)

    def _send(self, ready: tuple[Due, ...], gate: Gate, carrier: Carrier) -> Counter[str]:
        """One by one. Interrupted, it records what was sent and gives back what was not tried."""
        with reading(self.engine) as connection:
            digests = read_digests(connection, self.this, self.office.territory, ready)
            if self._log:
                send_log.begins(self._log, connection, self.this, ready)
        ends: Counter[str] = Counter()
        done: list[Result] = []
        ended: list[Result] = []
        tried = 0
        try:
            for due in ready:
                self.office.pace(self.channel)
                if self.office.halted.is_set() or self._opening() != self.opening:
                    break  # the hours have changed since the claim: the rest is claimed anew, where it still may be
                late = due.useful_until <= self._now()
                found = Kept.LATE if late else gate(ready[tried : tried + AHEAD], done)
                tried += 1
                if isinstance(found, Due):
                    found = replace(found, token=due.token)  # read anew, but for what no row holds
                    found = deliver(found, self.this, self.office, digests.get(due.id), carrier)
                if isinstance(found, Result):
                    done.append(found)
                    ended.append(found)
                    ends[found.status.value] += 1
                    if self._heard(found):
                        break
                elif found in (Kept.STOPPED, Kept.LATE):
                    done.append(left_alone(due))
                    ended.append(left_alone(due))
        finally:
            self._settle([*done, *map(left_alone, ready[tried:])])
            self._note([*ended, *map(left_alone, ready[tried:])])
        return ends

    @property
    def _log(self) -> Path | None:
        """Where what leaves this machine is noted beside the database."""
        return None if self.office.channels.of(self.channel).is_local else self.office.log

    def _note(self, results: Sequence[Result]) -> None:
        if self._log and results:
            with reading(self.engine) as connection:
                send_log.ends(self._log, connection, self.this, results)

    def _settle(self, results: list[Result]) -> None:
        with transaction(self._database) as connection:
            settle(connection, self.this, results, proofs=proofs(self.office.channels))
            if self.circuit != self.found:
                write_circuit(connection, self.circuit, territory=self.this.territory, channel=self.channel)

    def _marked(self, ahead: Sequence[Due], done: list[Result]) -> Due | Result | Kept:
        """Write down what is done, and that this one is about to leave."""
        with transaction(self._database) as connection:
            settle(connection, self.this, done, proofs=proofs(self.office.channels))
            found = self._seen(connection, ahead[:1])
            if isinstance(found, Due):
                found = hand_over(connection, self.this, found, repeat=self._repeat, now=self._now())
        done.clear()
        return found

    def _watched(self, ahead: Sequence[Due], done: list[Result]) -> Due | Result | Kept:
        """Nothing is marked, since a repetition costs nothing."""
        return self._seen(None, ahead)

    def _seen(self, connection: Connection | None, ahead: Sequence[Due]) -> Due | Result | Kept:
        """The first as it is now: read anew as soon as anybody has written anything, and after a minute anyway."""
        now = self._now()
        if self._watch.moved() or ahead[0].id not in self._fresh or now - self._read_at > GOOD_FOR:
            with reading(self.engine) if connection is None else nullcontext(connection) as looked:
                self._fresh, self._read_at = look_again(looked, self._pass_now(), ahead), now
        return self._fresh[ahead[0].id]


def in_hours(opening: Opening, territory: Territory) -> ColumnElement[bool]:
    """What may leave at the hours of the place where its person is received."""
    return leaving_by(opening.elsewhere, dict(opening.of_site), sites=territory.sites)


def capped(
    connection: Connection, this: Pass, territory: Territory, *, since: datetime | None = None
) -> ColumnElement[bool]:
    """What the county's caps let out at the instant of `this`; `since`: as in `within_caps`."""
    caps = territory.file.caps
    hours = timedelta(hours=caps.each_channel_hours)
    return within_caps(connection, this, each_channel=hours, per_week=caps.per_week, exempt=caps.exempt, since=since)


def left_alone(due: Due) -> Result:
    """Claimed and not tried: it is given back as it was."""
    return Result(due=due, status=MessageStatus.PENDING, attempts=due.attempts, doubts=due.doubts)


def proofs(channels: Channels) -> dict[Channel, NoticeProof]:
    return {channel: channels.of(channel).proof(channel) for channel in Channel}
