"""The appointment as a calendar takes it (RFC 5545, RFC 5546): invited, moved, called off; the same UID all along.

Other people see a shared calendar: it says « Rendez-vous », when, where and who invites, nothing of why (R16).
"""

import hashlib
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vText
from icalendar.parser import Contentline, Parameters

from config.territory import Territory
from store.due import Due, Meeting
from tasks.rendering import where
from tasks.wording import cleaned
from tracks.vocabulary import Template

METHODS = {
    Template.CONVOCATION: "REQUEST",
    Template.APPOINTMENT_MOVED: "REQUEST",
    Template.APPOINTMENT_CANCELLED: "CANCEL",
}
USUAL = timedelta(minutes=45)  # where nobody said how long
LONG = 200
WIDEST = 75
SECOND, HALF_HOUR = timedelta(seconds=1), timedelta(minutes=30)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Invitation:
    """`method` is repeated in the MIME type: without it there, mail clients show a file and no invitation."""

    method: str
    content: str


def invitation(due: Due, territory: Territory, *, to: str, at: datetime) -> Invitation | None:
    """What goes with an e-mail to the address `to` written at the instant `at`; None where no calendar changes."""
    method = METHODS.get(due.template)
    if method is None or due.meeting is None:
        return None
    clock = _clock(territory.zone, territory.calendar.day_of(due.meeting.starts_at).year - 1)
    event = _event(due.meeting, territory, cancelled=method == "CANCEL", to=to, at=at)
    lines = ["BEGIN:VCALENDAR", "PRODID:-//Jalon//rendez-vous//FR", "VERSION:2.0", f"METHOD:{method}"]
    return Invitation(method, "\r\n".join([*lines, clock, *map(_folded, event), "END:VCALENDAR", ""]))


@lru_cache(maxsize=64)
def _clock(zone: str, year: int) -> str:
    """The zone as a calendar without our tables needs it: a rule for each clock change, as they are from that year on.

    icalendar's own lists the dates instead, which vobject cuts short and clients that keep a zone by its name misread.
    """
    local = ZoneInfo(zone)
    clock = Timezone()
    clock.add("tzid", zone)
    for before, after in _changes(local, year) or [(datetime(year, 1, 1, tzinfo=local),) * 2]:
        part = TimezoneDaylight() if after.dst() else TimezoneStandard()
        onset = before.replace(tzinfo=None)
        part.add("dtstart", onset)
        if before.utcoffset() != after.utcoffset():
            last = onset.day + 7 > monthrange(year, onset.month)[1]
            nth = -1 if last else (onset.day - 1) // 7 + 1
            part.add("rrule", {"freq": "yearly", "bymonth": onset.month, "byday": f"{nth}{WEEKDAYS[onset.weekday()]}"})
        part.add("tzname", after.tzname())
        part.add("tzoffsetfrom", before.utcoffset())
        part.add("tzoffsetto", after.utcoffset())
        clock.add_component(part)
    return str(clock.to_ical(), "utf-8").removesuffix("\r\n")


def _changes(local: ZoneInfo, year: int) -> list[tuple[datetime, datetime]]:
    """The clock changes of a year: the same instant as the clock before and the clock after tell it."""
    found = []
    instant = datetime(year, 1, 1, tzinfo=UTC)
    while instant.year == year:
        before, after = (instant - SECOND).astimezone(local), instant.astimezone(local)
        if before.utcoffset() != after.utcoffset():
            found.append((instant.astimezone(timezone(before.utcoffset() or timedelta())), after))
        instant += HALF_HOUR
    return found


def _event(meeting: Meeting, territory: Territory, *, cancelled: bool, to: str, at: datetime) -> tuple[str, ...]:
    """Its lines, unfolded. Written here, since icalendar's objects cost more than the rest of the e-mail."""
    place = cleaned(where(meeting, territory, with_address=True), LONG)
    ends_at = meeting.ends_at or meeting.starts_at + USUAL
    return (
        "BEGIN:VEVENT",
        f"UID:{uid(meeting.chain, territory)}",
        f"SEQUENCE:{meeting.moves + (1 if cancelled else 0)}",
        f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;TZID={territory.zone}:{territory.calendar.wall_clock(meeting.starts_at):%Y%m%dT%H%M%S}",
        f"DTEND;TZID={territory.zone}:{territory.calendar.wall_clock(ends_at):%Y%m%dT%H%M%S}",
        f"SUMMARY:{_escaped(f'Rendez-vous ({territory.sender})')}",
        f"LOCATION:{_escaped(place)}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        "CLASS:PRIVATE",
        _organizer(territory.sender, territory.sender_email),
        f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:{to}",  # an answer of a calendar would reach nobody
        "END:VEVENT",
    )


@lru_cache(maxsize=1024)
def _escaped(value: str) -> str:
    return str(vText(value).to_ical(), "utf-8")


def _folded(line: str) -> str:
    """75 octets a line at most (RFC 5545, 3.1). AssertionError: a line break."""
    return line if line.isprintable() and line.isascii() and len(line) <= WIDEST else _cut(line)


@lru_cache(maxsize=1024)
def _cut(line: str) -> str:
    return str(Contentline(line).to_ical(), "utf-8")  # type: ignore[no-untyped-call]


@lru_cache(maxsize=8)
def _organizer(name: str, address: str) -> str:
    params = Parameters({"CN": vText(name)})
    return str(Contentline.from_parts("ORGANIZER", params, vCalAddress(f"mailto:{address}")))


def uid(chain: int, territory: Territory) -> str:
    """The same for an appointment and for those that replace it; no name, no number that somebody could read."""
    digest = hashlib.sha256(f"{territory.slug}/appointment/{chain}".encode()).hexdigest()[:32]
    return f"{digest}@{territory.sender_email.rpartition('@')[2]}"
