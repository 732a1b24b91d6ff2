"""A database that is not the county's own, a copy for a trial, reaches nobody but those on its list."""

from pathlib import Path

from sqlalchemy import URL

from config.channels import Channels
from tracks.vocabulary import Channel

NOT_PRODUCTION = "not_production"  # what `not_sent_because` says of what stays here


def reached(channels: Channels, database: URL) -> frozenset[str] | None:
    """The only addresses, numbers and domains that may be written to from `database`; None: everybody may.

    With `[production]`, everybody from that very database. Without it, everybody unless there is a list.
    """
    if channels.production is not None and same_database(channels.production.database, database):
        return None
    if channels.production is None and channels.only is None:
        return None
    return frozenset(name.casefold().lstrip("@") for name in (channels.only.allow if channels.only else ()))


def may_reach(allowed: frozenset[str] | None, channel: Channel, recipient: str) -> bool:
    """A whole address or number, or the whole domain of an address."""
    if allowed is None:
        return True
    known = recipient.casefold()
    is_mail = channel in (Channel.EMAIL, Channel.STAFF)
    return known in allowed or (is_mail and known.rpartition("@")[2] in allowed)


def same_database(named: str, database: URL) -> bool:
    """`named`: « machine/base » of PostgreSQL, or the path of an SQLite file."""
    if database.get_backend_name() == "sqlite":
        return bool(database.database) and Path(named).expanduser().resolve() == Path(database.database or "").resolve()
    host = database.host or str(database.query.get("host", "")) or "localhost"
    return named.casefold() == f"{host}/{database.database}".casefold()
