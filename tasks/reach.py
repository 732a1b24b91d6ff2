"""A database that is not the county's own, a copy for a trial, reaches nobody but those on its list."""

from pathlib import Path

from sqlalchemy import URL

from config.channels import Channels
from tracks.errors import JalonError
from tracks.vocabulary import Channel

NOT_PRODUCTION = "not_production"  # what `not_sent_because` says of what stays here


def reached(channels: Channels, database: URL) -> frozenset[str] | None:
    """The only addresses, numbers and domains that may be written to from `database`; None: everybody may.

    Everybody from the database that `[production]` names, and from no other one: there, those of `[only]` alone.
    JalonError: a channel that leaves this machine, and not a word of either. A copy would write to real people.
    """
    if channels.production is not None and same_database(channels.production.database, database):
        return None
    if channels.production is None and channels.only is None and not channels.are_local:
        raise JalonError(unsaid(database))
    return frozenset(name.casefold().lstrip("@") for name in (channels.only.allow if channels.only else ()))


def unsaid(database: URL) -> str:
    """What the file of channels lacks, and the lines to write in it."""
    return (
        "JALON_CHANNELS ne dit pas si cette base est celle de production, ou une copie : rien n'est parti. "
        "Écrivez dans ce fichier, si c'est la production :\n\n"
        f'[production]\ndatabase = "{name_of(database)}"\n\n'
        "ou, si c'est un essai, qui peut être servi, et personne d'autre :\n\n"
        '[only]\nallow = ["equipe.departement.example", "+33639980001"]'
    )


def may_reach(allowed: frozenset[str] | None, channel: Channel, recipient: str) -> bool:
    """A whole address or number, or the whole domain of an address."""
    if allowed is None:
        return True
    known = recipient.casefold()
    is_mail = channel in (Channel.EMAIL, Channel.STAFF)
    return known in allowed or (is_mail and known.rpartition("@")[2] in allowed)


def same_database(named: str, database: URL) -> bool:
    """`named`: as `name_of` says it."""
    if database.get_backend_name() == "sqlite":
        return bool(database.database) and Path(named).expanduser().resolve() == Path(name_of(database)).resolve()
    return named.casefold() == name_of(database).casefold()


def name_of(database: URL) -> str:
    """« machine/base » of PostgreSQL, or the path of an SQLite file; never a password."""
    if database.get_backend_name() == "sqlite":
        return str(Path(database.database).resolve()) if database.database else ""
    host = database.host or str(database.query.get("host", "")) or "localhost"
    return f"{host}/{database.database}"
