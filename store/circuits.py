"""The circuit of each channel: after several failures in a row nothing more is tried, but for a probe a minute."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from store.schema import circuits as table
from store.sets import insert_new
from tracks.vocabulary import Channel

OPENS_AFTER = 5  # failures in a row that are the channel's own
PROBE_EVERY = timedelta(minutes=1)

t = table.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """`failures` in a row; open since `opened_at`, and tried again at `probe_at`."""

    failures: int = 0
    opened_at: datetime | None = None
    probe_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None

    def after_failure(self, now: datetime, *, pause: timedelta | None) -> "Circuit":
        """`pause`: the service asks to be left alone that long, and is at once."""
        failures = self.failures + 1
        if failures < OPENS_AFTER and pause is None and not self.is_open:
            return replace(self, failures=failures)
        probe_at = now + max(PROBE_EVERY, pause or PROBE_EVERY)
        return Circuit(failures=failures, opened_at=self.opened_at or now, probe_at=probe_at)


def read_circuits(connection: Connection, *, territory: str) -> dict[Channel, Circuit]:
    """Those of the channels that have ever failed."""
    rows = connection.execute(select(table).where(t.territory == territory).order_by(t.channel)).mappings()
    names = ("failures", "opened_at", "probe_at")
    return {Channel(row["channel"]): Circuit(**{name: row[name] for name in names}) for row in rows}


def write_circuit(connection: Connection, circuit: Circuit, *, territory: str, channel: Channel) -> None:
    values = {"failures": circuit.failures, "opened_at": circuit.opened_at, "probe_at": circuit.probe_at}
    new: Mapping[str, object] = {"territory": territory, "channel": channel.value, **values}
    if not insert_new(connection, table, [dict(new)], t.channel):
        connection.execute(update(table).where(t.territory == territory, t.channel == channel.value).values(values))


def take_probe(connection: Connection, *, territory: str, channel: Channel, now: datetime) -> bool:
    """Of several dispatchers, one may try an open channel, and no other for a minute."""
    mine = (t.territory == territory) & (t.channel == channel.value) & (t.probe_at <= now)
    return connection.execute(update(table).where(mine).values(probe_at=now + PROBE_EVERY)).rowcount == 1
