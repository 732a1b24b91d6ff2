"""The tokens of a county's software: each has a role, an end, and a name that signs what it does."""

import re
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.engine import RowMapping

from store.acts import MACHINE, Act, record
from store.schema import api_tokens, referents
from store.scope import Scope
from store.tokens import hashed, new_secret
from tracks.errors import JalonError
from tracks.vocabulary import DeskRole

PREFIX = "jalon_"  # a scanner of leaked secrets knows it by this
NAME = re.compile(r"[a-z][a-z0-9-]{1,38}", re.ASCII)
LONGEST_DAYS = 400
NOTED = timedelta(minutes=5)  # how finely its last use is remembered
t = api_tokens.c


def add(connection: Connection, act: Act, *, name: str, role: DeskRole, referent: int | None, days: int) -> str:
    """A new token, to give to the software once. JalonError: the name is taken, or the role goes without caseload."""
    if not NAME.fullmatch(name):
        raise JalonError(
            "Un jeton porte un nom court : lettres minuscules, chiffres et tirets. Exemple : logiciel-rsa."
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise JalonError(f"Un jeton sert de 1 à {LONGEST_DAYS} jours.")
    if (role is DeskRole.REFERENT) != (referent is not None):
        raise JalonError("Un jeton de référent suit un portefeuille (--referent COURRIEL), et lui seul.")
    if connection.scalar(select(t.id).where(t.territory == act.territory, t.name == name)) is not None:
        raise JalonError(f"Un jeton s'appelle déjà « {name} », révoqué ou non : le journal dit ce qu'il a fait.")
    token = PREFIX + new_secret()
    connection.execute(
        insert(api_tokens).values(
            territory=act.territory,
            name=name,
            role=role.value,
            referent_id=referent,
            token_hash=hashed(token),
            made_at=act.at,
            made_by=act.by,
            until=act.at + timedelta(days=days),
        )
    )
    record(connection, act, kind="token_added", subject=f"{MACHINE}{name} {role}")
    return token


def listed(connection: Connection, *, territory: str) -> list[RowMapping]:
    """Every token, those that serve first, with the address of its referent."""
    statement = (
        select(api_tokens, referents.c.email.label("referent"))
        .outerjoin(referents, referents.c.id == t.referent_id)
        .where(t.territory == territory)
        .order_by(t.revoked_at.is_not(None), t.name)
    )
    return list(connection.execute(statement).mappings())


def revoke(connection: Connection, act: Act, *, name: str) -> None:
    """It serves no more, from its next call on. JalonError: no such token, or already revoked."""
    ended = connection.execute(
        update(api_tokens)
        .where(t.territory == act.territory, t.name == name, t.revoked_at.is_(None))
        .values(revoked_at=act.at)
    )
    if not ended.rowcount:
        raise JalonError(f"Aucun jeton en service ne s'appelle « {name} ». La liste : jalon token list.")
    record(connection, act, kind="token_revoked", subject=f"{MACHINE}{name}")


def of_token(connection: Connection, *, territory: str, token: str, at: datetime) -> tuple[Scope, bool] | None:
    """What that token may see, and whether its use is to be noted; None: unknown, revoked or past its end."""
    row = connection.execute(
        select(t.id, t.name, t.role, t.referent_id, t.used_at).where(
            t.territory == territory, t.token_hash == hashed(token), t.revoked_at.is_(None), t.until > at
        )
    ).first()
    if row is None:
        return None
    scope = Scope(
        territory=territory,
        account=row.id,
        name=MACHINE + row.name,
        role=DeskRole(row.role),
        referent=row.referent_id,
    )
    return scope, row.used_at is None or row.used_at < at - NOTED


def used(connection: Connection, *, territory: str, token: str, at: datetime) -> None:
    connection.execute(
        update(api_tokens).where(t.territory == territory, t.token_hash == hashed(token)).values(used_at=at)
    )
