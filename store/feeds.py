"""The links by which a referent's own calendar follows what Jalon plans for them; known here by their hash alone."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from store.acts import Act, record
from store.schema import appointments, cases, feeds, persons, sessions
from store.tokens import hashed, new_token
from tracks.vocabulary import AppointmentKind, AppointmentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a referent has to do at an hour. Instants are UTC. `who`: first name and initial; empty for a session."""

    chain: int  # of the appointment; minus the id of a session
    moves: int
    starts_at: datetime
    ends_at: datetime
    place: str
    by_phone: bool
    who: str


def make(connection: Connection, act: Act, *, referent: int) -> str:
    """A new link for a referent; those they had end. The token is given back and kept nowhere."""
    end(connection, act, referent=referent)
    token = new_token()
    row = {
        "territory": act.territory,
        "referent_id": referent,
        "token_hash": hashed(token),
        "made_at": act.at,
        "made_by": act.by,
    }
    connection.execute(insert(feeds).values(**row))
    record(connection, act, kind="feed_made", subject=f"referent:{referent}")
    return token


def end(connection: Connection, act: Act, *, referent: int) -> int:
    """Revoke the links of a referent; how many there were."""
    f = feeds.c
    theirs = (f.territory == act.territory) & (f.referent_id == referent) & f.revoked_at.is_(None)
    ended = connection.execute(update(feeds).where(theirs).values(revoked_at=act.at, revoked_by=act.by)).rowcount
    if ended:
        record(connection, act, kind="feed_revoked", subject=f"referent:{referent}")
    return ended


def referent_of(connection: Connection, *, territory: str, token: str) -> int | None:
    """Whose link this token is; None where there is none, or it was revoked."""
    f, wanted = feeds.c, hashed(token)
    row = connection.execute(
        select(f.referent_id, f.token_hash).where(
            f.territory == territory, f.token_hash == wanted, f.revoked_at.is_(None)
        )
    ).first()
    return int(row.referent_id) if row and hmac.compare_digest(row.token_hash, wanted) else None


def entries(connection: Connection, *, territory: str, referent: int, since: datetime) -> list[Entry]:
    """The individual appointments and the sessions of a referent from `since` on, in order."""
    a, p, x = appointments.c, persons.c, sessions.c
    rows = connection.execute(
        select(a.id, a.first_id, a.moves, a.starts_at, a.ends_at, a.place, a.by_phone, p.first_name, p.last_name)
        .join(cases, cases.c.id == a.case_id)
        .join(persons, p.id == cases.c.person_id)
        .where(
            a.territory == territory,
            a.referent_id == referent,
            a.kind == AppointmentKind.INDIVIDUAL,
            a.status.in_((AppointmentStatus.PLANNED, AppointmentStatus.UNKNOWN, AppointmentStatus.SEEN)),
            a.superseded_by.is_(None),
            a.starts_at >= since,
        )
    ).all()
    led = connection.execute(
        select(x.id, x.starts_at, x.ends_at, x.place).where(
            x.territory == territory, x.referent_id == referent, x.starts_at >= since
        )
    ).all()
    found = [
        Entry(
            chain=row.first_id or row.id,
            moves=row.moves,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            place=row.place,
            by_phone=row.by_phone,
            who=f"{row.first_name} {row.last_name[:1]}.".strip(),
        )
        for row in rows
    ]
    found += [
        Entry(
            chain=-row.id,
            moves=0,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            place=row.place,
            by_phone=False,
            who="",
        )
        for row in led
    ]
    return sorted(found, key=lambda one: (one.starts_at, one.chain))
