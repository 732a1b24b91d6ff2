"""When a calendar says that somebody is busy (RFC 5545): spans of time alone, never what for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component

from tasks.calendar_fetch import CalendarError
from tracks.agenda import Span
from tracks.calendar import Calendar as Civil
from tracks.vocabulary import CalendarTrouble

MOST_EVENTS = 20_000  # in one calendar
MOST_TIMES = 20_000  # that they come to within the days that are read
OFTEN = {"SECONDLY", "MINUTELY"}
PARTS = {"BYSECOND": 1, "BYMINUTE": 4, "BYHOUR": 24}  # how many of them a rule of a human being has, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """`spans`: in order, apart from one another. `skipped`: events that could not be understood."""

    spans: tuple[Span, ...]
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """What is read: [start, end), in the territory's clock for hours that name none. `ours`: UIDs of Jalon's own
    appointments; `email`: whose calendar it is, so that what they declined is not held against them."""

    start: datetime
    end: datetime
    civil: Civil
    ours: frozenset[str] = frozenset()
    email: str = ""


def read_busy(contents: Sequence[bytes], days: Days) -> Read:
    """The busy spans of these calendars, together. CalendarError: one of them is no calendar."""
    spans: list[Span] = []
    skipped = 0
    for content in contents:
        for calendar in _parsed(content):
            found, lost = _of_events(calendar, days)
            spans += found
            spans += _of_free_busy(calendar)
            skipped += lost
    return Read(spans=tuple(_merged(spans, days)), skipped=skipped)


def _parsed(content: bytes) -> list[Any]:
    try:
        found = Calendar.from_ical(content, multiple=True)
    except (ValueError, KeyError, IndexError, AttributeError, TypeError):
        raise CalendarError(CalendarTrouble.UNREADABLE) from None
    if not found or any(one.name != "VCALENDAR" for one in found):
        raise CalendarError(CalendarTrouble.UNREADABLE)
    if sum(len(one.subcomponents) for one in found) > MOST_EVENTS:
        raise CalendarError(CalendarTrouble.TOO_LARGE)
    return list(found)


def _of_events(calendar: Any, days: Days) -> tuple[list[Span], int]:
    """Each event by itself, so that a broken one takes nothing else with it: those of one UID stay together."""
    by_uid: dict[str, list[Any]] = {}
    zones = [part for part in calendar.subcomponents if part.name == "VTIMEZONE"]
    for number, event in enumerate(part for part in calendar.subcomponents if part.name == "VEVENT"):
        by_uid.setdefault(str(event.get("uid", number)), []).append(event)
    spans: list[Span] = []
    skipped = 0
    for uid, events in by_uid.items():
        if uid in days.ours:
            continue
        try:
            spans += _times(events, zones, days)
        except CalendarError:
            raise
        except Exception:  # whatever a foreign event does to the library, the others count
            skipped += len(events)
        if len(spans) > MOST_TIMES:
            raise CalendarError(CalendarTrouble.TOO_LARGE)
    return spans, skipped


def _times(events: list[Any], zones: list[Any], days: Days) -> list[Span]:
    """The spans of one event, with its repetitions and the exceptions to them."""
    if any(_too_often(event) for event in events):
        raise ValueError("a rule that no human being made")
    if not any("RRULE" in event or "RDATE" in event for event in events):
        return [span for event in events if _counts(event, days) if (span := _span(event, days))]
    alone = Calendar()
    alone.add("prodid", "-//Jalon//")
    alone.add("version", "2.0")
    for part in (*zones, *events):
        alone.add_component(part)
    found = recurring_ical_events.of(alone).between(days.start, days.end)
    return [span for one in islice(found, MOST_TIMES + 1) if _counts(one, days) if (span := _span(one, days))]


def _too_often(event: Component) -> bool:
    rules = event.get("rrule", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        if OFTEN & {str(word).upper() for word in rule.get("FREQ", [])}:
            return True
        if any(len(rule.get(part, [])) > most for part, most in PARTS.items()):
            return True
    return False


def _counts(event: Component, days: Days) -> bool:
    """Whether this event takes the time of the person: neither called off, nor « free », nor declined."""
    if str(event.get("status", "")).upper() == "CANCELLED":
        return False
    if str(event.get("transp", "")).upper() == "TRANSPARENT":
        return False
    if str(event.get("x-microsoft-cdo-busystatus", "")).upper() == "FREE":
        return False
    asked = event.get("attendee", [])
    for one in asked if isinstance(asked, list) else [asked]:
        if str(one).lower().removeprefix("mailto:") == days.email.lower() and days.email:
            return str(one.params.get("PARTSTAT", "")).upper() != "DECLINED"
    return True


def _span(event: Component, days: Days) -> Span | None:
    """The event's time; None for one that takes none."""
    start = event.decoded("dtstart")
    if "DTEND" in event:
        end = event.decoded("dtend")
    elif "DURATION" in event:
        end = start + event.decoded("duration")
    else:
        end = start + timedelta(days=1) if not isinstance(start, datetime) else start
    span = _instant(start, days), _instant(end, days)
    return span if span[0] < span[1] else None


def _instant(moment: date, days: Days) -> datetime:
    """A whole day begins at the territory's midnight; an hour that names no zone is the territory's."""
    if not isinstance(moment, datetime):
        return days.civil.local(moment, time.min)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(days.civil.zone))
    return moment.astimezone(UTC)


def _of_free_busy(calendar: Any) -> Iterator[Span]:
    """A calendar that is published without its events says its busy spans itself."""
    for part in calendar.walk("VFREEBUSY"):
        periods = part.get("freebusy", [])
        for period in periods if isinstance(periods, list) else [periods]:
            if str(period.params.get("FBTYPE", "BUSY")).upper() != "FREE":
                yield period.start.astimezone(UTC), period.end.astimezone(UTC)


def _merged(spans: Iterable[Span], days: Days) -> Iterator[Span]:
    """In order, cut to the days that are read; spans that touch become one."""
    open_span: Span | None = None
    for start, end in sorted((max(start, days.start), min(end, days.end)) for start, end in spans):
        if start >= end:
            continue
        if open_span is None:
            open_span = start, end
        elif start <= open_span[1]:
            open_span = open_span[0], max(open_span[1], end)
        else:
            yield open_span
            open_span = start, end
    if open_span:
        yield open_span
