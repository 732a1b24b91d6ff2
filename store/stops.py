"""The switch: a named person stops what leaves, for a track, a channel or all; another act starts it again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, insert, not_, or_, select, true, update

from store.acts import Act, record
from store.due import Due
from store.schema import cases, messages
from store.schema import stops as table
from tracks.errors import JalonError

t = table.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A switch that is down. Empty `track` or `channel`: all of them."""

    track: str
    channel: str
    reason: str
    stopped_by: str
    stopped_at: datetime

    def covers(self, due: Due) -> bool:
        return self.track in ("", due.track) and self.channel in ("", due.channel)


def active(connection: Connection, *, territory: str) -> list[Stop]:
    """The switches that are down, oldest first."""
    columns = (t.track, t.channel, t.reason, t.stopped_by, t.stopped_at)
    rows = connection.execute(select(*columns).where(_down(territory)).order_by(t.id))
    return [Stop(**row) for row in rows.mappings()]


def allowed(stops: Iterable[Stop]) -> ColumnElement[bool]:
    """The messages that no switch covers."""
    m = messages.c
    covered = [
        and_(
            m.channel == stop.channel if stop.channel else true(),
            m.case_id.in_(select(cases.c.id).where(cases.c.track == stop.track)) if stop.track else true(),
        )
        for stop in stops
    ]
    return not_(or_(*covered)) if covered else true()


def stop(connection: Connection, act: Act, *, track: str, channel: str, reason: str) -> None:
    """Put a switch down. JalonError: it is down already."""
    here = _down(act.territory) & (t.track == track) & (t.channel == channel)
    if connection.scalar(select(t.id).where(here)) is not None:
        raise JalonError("Ces envois sont déjà arrêtés. Voyez jalon status ; pour les reprendre : jalon resume.")
    values = {"track": track, "channel": channel, "reason": reason, "stopped_by": act.by, "stopped_at": act.at}
    connection.execute(insert(table).values(territory=act.territory, **values))
    record(connection, act, kind="stop", subject=_subject(track, channel))


def resume(connection: Connection, act: Act, *, track: str, channel: str) -> None:
    """Put the same switch up again. JalonError: it is not down."""
    here = _down(act.territory) & (t.track == track) & (t.channel == channel)
    if not connection.execute(update(table).where(here).values(resumed_by=act.by, resumed_at=act.at)).rowcount:
        raise JalonError("Aucun arrêt ne porte exactement sur ces envois. Voyez jalon status.")
    record(connection, act, kind="resume", subject=_subject(track, channel))


def _down(territory: str) -> ColumnElement[bool]:
    return (t.territory == territory) & t.resumed_at.is_(None)


def _subject(track: str, channel: str) -> str:
    return f"stop:{track or '*'}:{channel or '*'}"
