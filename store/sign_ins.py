"""Who is signed in: a browser holds a token, the database its hash, and either may end it."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from store.schema import accounts, sign_ins
from store.scope import Scope
from store.tokens import hashed, new_secret
from tracks.vocabulary import DeskRole

IDLE, LONGEST = timedelta(hours=1), timedelta(hours=10)  # without a page; in all
NOTED = timedelta(minutes=1)  # how finely the last page is remembered
t = sign_ins.c


def open_for(connection: Connection, *, territory: str, account: int, at: datetime) -> str:
    """A new token, for the cookie of the browser that has just signed in."""
    token = new_secret()
    connection.execute(
        insert(sign_ins).values(
            territory=territory, account_id=account, token_hash=hashed(token), made_at=at, seen_at=at
        )
    )
    return token


def of_token(connection: Connection, *, territory: str, token: str, at: datetime) -> tuple[Scope, bool] | None:
    """Who that token stands for now, and whether `seen` is due; None: unknown, ended, expired, or a shut account."""
    a = accounts.c
    row = connection.execute(
        select(a.id, a.name, a.role, a.referent_id, t.seen_at)
        .join(accounts, a.id == t.account_id)
        .where(
            t.territory == territory,
            t.token_hash == hashed(token),
            t.ended_at.is_(None),
            t.seen_at >= at - IDLE,
            t.made_at >= at - LONGEST,
            a.territory == territory,
            a.disabled_at.is_(None),
        )
    ).first()
    if row is None:
        return None
    scope = Scope(territory=territory, account=row.id, name=row.name, role=DeskRole(row.role), referent=row.referent_id)
    return scope, row.seen_at < at - NOTED


def seen(connection: Connection, *, territory: str, token: str, at: datetime) -> None:
    connection.execute(
        update(sign_ins).where(t.territory == territory, t.token_hash == hashed(token)).values(seen_at=at)
    )


def end(connection: Connection, *, territory: str, token: str, at: datetime) -> None:
    connection.execute(
        update(sign_ins)
        .where(t.territory == territory, t.token_hash == hashed(token), t.ended_at.is_(None))
        .values(ended_at=at)
    )
