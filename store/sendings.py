"""What a person does to a message: read it, send it again, drop it. Nothing that may have arrived repeats by itself."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, select, update
from sqlalchemy.engine import RowMapping

from store.acts import Act, record
from store.outbox import Pass
from store.schema import messages as table
from tracks.errors import JalonError
from tracks.vocabulary import Failure, MessageStatus

BY_HAND = "by_hand"  # what `not_sent_because` says of a row that a person has dropped
DROPPED = (MessageStatus.PENDING, MessageStatus.HELD, MessageStatus.UNKNOWN, MessageStatus.FAILED)

m = table.c


def listed(connection: Connection, *, territory: str, which: Sequence[ColumnElement[bool]]) -> list[RowMapping]:
    """The messages of the territory that `which` means, by the day they are due."""
    statement = select(table).where(m.territory == territory, *which).order_by(m.due_at, m.id)
    return list(connection.execute(statement).mappings())


def due_on(connection: Connection, this: Pass) -> list[RowMapping]:
    """The messages of the local day of `this` that wait or are held, and are still of use then, by the hour."""
    after = this.calendar.local(this.calendar.day_of(this.at) + timedelta(days=1), time())
    which = [m.status.in_((MessageStatus.PENDING, MessageStatus.HELD)), m.due_at < after, m.useful_until > this.at]
    return listed(connection, territory=this.territory, which=which)


def retry(connection: Connection, act: Act, ids: Sequence[int], *, may_arrive_twice: bool) -> None:
    """Put them all back among what is to send, now. JalonError, and none is: each that may not be, and why."""
    _chosen(connection, act, ids, lambda row: _not_again(row, act.at, may_arrive_twice))
    connection.execute(
        update(table)
        .where(m.id.in_(ids))
        .values(
            status=MessageStatus.PENDING, failure=None, not_sent_because=None, due_at=act.at, doubts=0, followed_at=None
        )
    )
    for id_ in ids:
        record(connection, act, kind="message_retry", subject=f"m{id_}")


def void(connection: Connection, act: Act, ids: Sequence[int], *, reason: str) -> None:
    """Drop them all: nothing of them leaves any more. JalonError, and none is: each that may not be, and why."""
    rows = _chosen(connection, act, ids, _not_dropped)
    connection.execute(
        update(table)
        .where(m.id == bindparam("row"))
        .values(status=MessageStatus.VOID, not_sent_because=BY_HAND, details=bindparam("kept")),
        [{"row": row["id"], "kept": _signed(row, act, reason)} for row in rows],
    )
    for id_ in ids:
        record(connection, act, kind="message_void", subject=f"m{id_}")


def _chosen(
    connection: Connection, act: Act, ids: Sequence[int], why_not: Callable[[RowMapping], str | None]
) -> list[RowMapping]:
    """The rows, locked until the act is in."""
    rows = connection.execute(select(table).where(m.territory == act.territory, m.id.in_(ids)).with_for_update())
    by_id = {row["id"]: row for row in rows.mappings()}
    wrong = [
        f"m{id_} : {why}"
        for id_ in ids
        if (why := why_not(by_id[id_]) if id_ in by_id else "introuvable dans ce territoire.")
    ]
    if wrong:
        raise JalonError("\n".join(["Rien n'est changé.", *wrong]))
    return [by_id[id_] for id_ in ids]


def _not_again(row: RowMapping, at: datetime, may_arrive_twice: bool) -> str | None:
    match row["status"], row["failure"]:
        case MessageStatus.UNKNOWN, _ if not may_arrive_twice:
            return "il est peut-être arrivé. Vérifiez ; s'il faut le renvoyer quand même : --may-arrive-twice."
        case (MessageStatus.UNKNOWN, _) | (MessageStatus.FAILED, Failure.TEMPORARY):
            return None if row["useful_until"] > at else "trop tard, il ne sert plus à rien."
        case MessageStatus.FAILED, _:
            return "refusé pour de bon. Corrigez les coordonnées, puis joignez la personne autrement."
        case MessageStatus.HELD, _:
            return "retenu par le frein. Deux personnes le libèrent : jalon messages release."
        case _:
            return "ni en échec ni d'envoi incertain : il n'y a rien à renvoyer."


def _not_dropped(row: RowMapping) -> str | None:
    return None if row["status"] in DROPPED else "déjà parti, en cours d'envoi ou clos : il n'y a rien à annuler."


def _signed(row: RowMapping, act: Act, reason: str) -> dict[str, Any]:
    return {**row["details"], "voided": {"by": act.by, "on": act.on.isoformat(), "reason": reason}}
