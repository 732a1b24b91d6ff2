"""The nights that people ask for at the desk: a dry run, then the same for good; the row says how far it is.

Prefect runs them; the truth is here. Two clicks, or two people, start one: see `ask`.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.engine import RowMapping

from store.acts import Act, record
from store.schema import launches
from store.sets import insert_new
from tracks.errors import JalonError

c = launches.c
GOOD_FOR = timedelta(hours=2)  # what a dry run has shown: later, the caseload may be another
SILENT_FOR = timedelta(minutes=30)  # longer than a night waits for the one before it


def ask(connection: Connection, act: Act, *, track: str, after: int | None = None) -> tuple[int, bool]:
    """The id of the launch for the local day of `act`, and whether it is new. `after`: the dry run to apply.

    Not new: the track is already running, or that dry run was already applied. JalonError: nothing to apply.
    """
    if after is not None:
        _refuse_stale(connection, act, track=track, after=after)
    row = {
        "territory": act.territory,
        "track": track,
        "on_day": act.on,
        "apply": after is not None,
        "asked_by": act.by,
        "asked_at": act.at,
        "seen_at": act.at,
        "status": "asked",
        "busy": track,
        "after_id": after,
    }
    if made := insert_new(connection, launches, [row]):
        id_ = int(made[0][0])
        what = f"l{id_} {track} {act.on.isoformat()} {'apply' if after is not None else 'dry'}"
        record(connection, act, kind="launch", subject=what)
        return id_, True
    here = c.territory == act.territory
    applied = None if after is None else connection.scalar(select(c.id).where(here, c.after_id == after))
    return int(applied or connection.scalars(select(c.id).where(here, c.busy == track)).one()), False


def _refuse_stale(connection: Connection, act: Act, *, track: str, after: int) -> None:
    dry = one(connection, territory=act.territory, launch=after)
    if dry is None or dry["track"] != track or dry["apply"] or dry["status"] != "done":
        raise JalonError("Il faut d'abord un essai à blanc réussi de ce parcours. Rien n'a été lancé.")
    if dry["on_day"] != act.on or act.at - dry["asked_at"] > GOOD_FOR:
        raise JalonError("Cet essai à blanc date trop : refaites-le, puis appliquez. Rien n'a été lancé.")


def one(connection: Connection, *, territory: str, launch: int) -> RowMapping | None:
    return connection.execute(select(launches).where(c.territory == territory, c.id == launch)).mappings().first()


def busy_one(connection: Connection, *, territory: str, track: str) -> RowMapping | None:
    """The launch of this track that has not ended."""
    return connection.execute(select(launches).where(c.territory == territory, c.busy == track)).mappings().first()


def sent(connection: Connection, *, territory: str, launch: int, flow_run: str) -> None:
    """Prefect has it, under this id."""
    connection.execute(update(launches).where(c.territory == territory, c.id == launch).values(flow_run=flow_run[:36]))


def begun(connection: Connection, *, territory: str, launch: int, run_id: int | None, cases: int, at: datetime) -> None:
    values = {"status": "running", "run_id": run_id, "cases": cases, "seen_at": at}
    connection.execute(update(launches).where(c.territory == territory, c.id == launch).values(values))


def went_on(connection: Connection, *, territory: str, launch: int, cases_read: int, at: datetime) -> None:
    values = {"cases_read": cases_read, "seen_at": at}
    connection.execute(update(launches).where(c.territory == territory, c.id == launch).values(values))


def ended(
    connection: Connection,
    *,
    territory: str,
    launch: int,
    status: str,
    at: datetime,
    counts: Mapping[str, Any] | None = None,
    why: str | None = None,
) -> None:
    """`status`: done, no_op or failed. A launch that has ended stays as it ended."""
    news = {"status": status, "counts": counts, "why": why[:500] if why else None, "busy": None}
    connection.execute(
        update(launches)
        .where(c.territory == territory, c.id == launch, c.finished_at.is_(None))
        .values(news | {"finished_at": at, "seen_at": at})
    )


def is_silent(launch: RowMapping, *, at: datetime) -> bool:
    """No sign of life for longer than a night may wait for its turn."""
    return bool(launch["finished_at"] is None and at - launch["seen_at"] > SILENT_FOR)


def latest(connection: Connection, *, territory: str, track: str, on: date, most: int = 5) -> list[RowMapping]:
    """The launches of a track up to the day `on`, the last first."""
    statement = select(launches).where(c.territory == territory, c.track == track, c.on_day <= on)
    return list(connection.execute(statement.order_by(c.id.desc()).limit(most)).mappings())


def applied(connection: Connection, *, territory: str, dry: int) -> int | None:
    """The launch that applied that dry run, if there is one."""
    found: int | None = connection.scalar(select(c.id).where(c.territory == territory, c.after_id == dry))
    return found
