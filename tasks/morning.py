"""The morning messages, written from what is known when they leave."""

from collections.abc import Sequence

from sqlalchemy import Connection

from config.territory import Territory
from store.due import Due
from store.mornings import read_mornings
from store.outbox import Pass
from store.overview import read_overview
from tasks.digest_text import Digest, for_referent
from tasks.overview_text import for_coordinator
from tracks.vocabulary import Channel, RecipientKind


def read_digests(
    connection: Connection, this: Pass, territory: Territory, ready: Sequence[Due]
) -> dict[int, Digest | None]:
    """The morning messages among `ready`, written from what is known now; None: nothing to say any more."""
    staff = [due for due in ready if due.channel is Channel.STAFF]
    if not staff:
        return {}
    today, calendar = this.calendar.day_of(this.at), this.calendar
    referents = [due.recipient_id for due in staff if due.recipient_kind is RecipientKind.REFERENT]
    mornings = read_mornings(connection, territory=this.territory, today=today, referents=referents, calendar=calendar)
    overview = None
    if len(referents) < len(staff):
        found = read_overview(connection, territory=this.territory, today=today)
        titles = {slug: track.title for slug, track in territory.tracks.items()}
        overview = None if found.is_empty() else for_coordinator(found, today=today, calendar=calendar, titles=titles)
    digests: dict[int, Digest | None] = {}
    for due in staff:
        if due.recipient_kind is RecipientKind.REFERENT:
            morning = mornings[due.recipient_id]
            digests[due.id] = None if morning.is_empty() else for_referent(morning, today=today, calendar=calendar)
        else:
            digests[due.id] = overview
    return digests
