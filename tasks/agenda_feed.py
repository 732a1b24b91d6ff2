"""A referent's appointments as the calendar they already use takes them (RFC 5545): an hour, a place, a first name.

Whoever sees their screen learns nothing of why, nor of which programme: no subject, no track (R16).
"""

from collections.abc import Sequence
from datetime import timedelta

from icalendar import Calendar, Event

from config.territory import Territory
from store.feeds import Entry
from tasks.invitation import uid
from tasks.wording import cleaned

LONG = 120


def feed(entries: Sequence[Entry], territory: Territory) -> bytes:
    """The whole calendar; the same bytes for the same appointments. Hours are UTC: no zone to misread."""
    calendar = Calendar()
    calendar.add("prodid", "-//Jalon//agenda//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Jalon : mes rendez-vous")
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        calendar.add_component(_event(entry, territory))
    return bytes(calendar.to_ical())


def _event(entry: Entry, territory: Territory) -> Event:
    event = Event()
    event.add("uid", uid(entry.chain, territory))
    event.add("sequence", entry.moves)
    event.add("dtstamp", entry.starts_at)  # what changes it is its hour: the same appointment is the same text
    event.add("dtstart", entry.starts_at)
    event.add("dtend", entry.ends_at)
    event.add("summary", cleaned(entry.who or "Séance collective", LONG))
    event.add("location", "Par téléphone" if entry.by_phone else cleaned(_place(entry, territory), LONG))
    event.add("status", "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("class", "PRIVATE")
    return event


def _place(entry: Entry, territory: Territory) -> str:
    site = territory.sites.get(entry.place)
    return site.label if site else entry.place
