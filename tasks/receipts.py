"""Reads what a channel says of our messages: the body of its webhook, or the lines of its CSV."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from config.receipts import Receipts
from store.receipts import Receipt
from tasks.intake_sheet import Sheet, UnreadableFileError
from tracks.vocabulary import Channel

MOST_AT_ONCE = 1000  # in one request
LONGEST = 200  # characters of an id
SECONDS = re.compile(r"\d{9,11}(\.\d{1,6})?", re.ASCII)
MILLISECONDS = re.compile(r"\d{12,14}", re.ASCII)
DAY_FIRST = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M")

Words = Mapping[str, Any]


class BadReceiptError(ValueError):
    """Nothing of it can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One line that says nothing we can keep. `line`: of the file, or rank in the request; `column`: the county's own
    name for it; `reason` in French."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Told:
    """`ignored`: how many say only that the message is on its way."""

    receipts: tuple[Receipt, ...]
    refused: tuple[Refused, ...]
    ignored: int


def words_of(body: bytes, content_type: str) -> list[Words]:
    """The events of a request: a JSON object, a list of them, or one form. BadReceiptError: none of these."""
    try:
        text = body.decode("utf-8")
        if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
            return [dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=100))]
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise BadReceiptError("neither JSON nor a form") from None
    events = found if isinstance(found, list) else [found]
    if not events or len(events) > MOST_AT_ONCE or not all(isinstance(event, dict) for event in events):
        raise BadReceiptError("not a list of events")
    return events


def told(words: Sequence[Words], settings: Receipts, *, channel: Channel, at: datetime, zone: str) -> Told:
    """What these events say; each one that cannot be kept is refused alone. `at`: now, aware; `zone` of bare times."""
    return _gathered([read_event(event, n, settings, channel, at, zone) for n, event in enumerate(words, start=1)])


def told_by(sheet: Sheet, settings: Receipts, *, channel: Channel, at: datetime, zone: str) -> Told:
    """The same, of a file. UnreadableFileError: it lacks the column of the message or of its state."""
    header = [title.casefold() for title in sheet.header]
    for names in (settings.id, settings.status):
        if not any(name.casefold() in header for name in names):
            raise UnreadableFileError(
                f"colonne absente : « {names[0]} ». Ajoutez-la à l'export, ou dites son nom dans "
                f"[{channel}.receipts] de JALON_CHANNELS."
            )
    found: list[Receipt | Refused | None] = []
    for line in sheet.lines:
        if len(line.cells) != len(header):
            found.append(Refused(line=line.number, column="", reason="nombre de colonnes inattendu"))
            continue
        event = dict(zip(header, line.cells, strict=True))
        found.append(read_event(event, line.number, settings, channel, at, zone))
    return _gathered(found)


def read_event(
    event: Words, number: int, settings: Receipts, channel: Channel, at: datetime, zone: str
) -> Receipt | Refused | None:
    """One event; None when it says only that the message is on its way."""
    reference, status = value(event, settings.id), value(event, settings.status)
    if not reference or len(reference) > LONGEST:
        return Refused(line=number, column=settings.id[0], reason="identifiant du message absent ou trop long")
    try:
        kind = settings.kind_of(status)
    except KeyError:
        reason = "état absent" if not status else "état inconnu : rangez-le dans JALON_CHANNELS"
        return Refused(line=number, column=settings.status[0], reason=reason)
    if kind is None:
        return None
    said_at = value(event, settings.at)
    happened = instant_of(said_at, zone=zone) if said_at else at
    if happened is None:
        return Refused(line=number, column=settings.at[0], reason="date illisible (attendu : 2026-11-23T09:30+01:00)")
    name = value(event, settings.event)
    if len(name) > LONGEST:
        return Refused(line=number, column=settings.event[0], reason="identifiant d'événement trop long")
    # Without an id of its own, the same word about the same message at the same instant is the same event.
    own = name or digest(f"{reference}/{kind}/{said_at}")
    return Receipt(channel=channel, event=own, reference=reference, kind=kind, at=happened)


def value(event: Words, names: Sequence[str]) -> str:
    """The first of these names that the event holds; « a.b » is looked up inside « a ». Letter case does not count."""
    for name in names:
        found: Any = event
        for part in [name] if _held(event, name) is not None else name.split("."):
            found = _held(found, part) if isinstance(found, Mapping) else None
        if isinstance(found, str | int | float) and str(found).strip():
            return str(found).strip()
    return ""


def _held(event: Words, name: str) -> Any:
    if name in event:
        return event[name]
    return next((found for key, found in event.items() if key.casefold() == name.casefold()), None)


def instant_of(text: str, *, zone: str) -> datetime | None:
    """Seconds or milliseconds since 1970, ISO 8601, or « 23/11/2026 09:30 »; a time without offset is of `zone`."""
    text = text.strip()
    if SECONDS.fullmatch(text):
        return datetime.fromtimestamp(float(text), tz=UTC)
    if MILLISECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text) / 1000, tz=UTC)
    found = _written(text)
    if found is None or not 2000 <= found.year <= 2200:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _written(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for pattern in DAY_FIRST:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is given by the caller
        except ValueError:
            continue
    return None


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _gathered(found: Sequence[Receipt | Refused | None]) -> Told:
    return Told(
        tuple(one for one in found if isinstance(one, Receipt)),
        tuple(one for one in found if isinstance(one, Refused)),
        sum(one is None for one in found),
    )
