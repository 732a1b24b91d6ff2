"""The hours of a person's week as people say them: « mer, lun-ven 16:00-18:00, jeu matin »."""

import re
from datetime import time

from tracks.agenda import Weekly
from tracks.errors import JalonError
from tracks.french import DAYS, listed

SHORT = tuple(day[:3] for day in DAYS)
WHOLE_DAY = (time(0), time(23, 59))
PARTS = {"": WHOLE_DAY, "matin": (time(0), time(12)), "apres-midi": (time(12), time(23, 59))}
PART = re.compile(
    r"(?P<first>[a-z]{3,8})(?:-(?P<last>[a-z]{3,8}))?"
    r"(?:\s+(?:(?P<part>matin|apres-midi)|(?P<starts>\d{1,2}[:h]\d{0,2})\s*-\s*(?P<ends>\d{1,2}[:h]\d{0,2})))?"
)


def read_hours(text: str) -> tuple[Weekly, ...]:
    """Days of the week, a span of them, hours or half-days; empty: none. JalonError: what was not understood."""
    plain = text.casefold().replace("è", "e").replace("é", "e")
    return tuple(sorted(hour for part in plain.split(",") if part.strip() for hour in _part(part.strip())))


def written(hours: tuple[Weekly, ...]) -> str:
    """The same, in the one form that `read_hours` reads back; empty for none."""
    return ", ".join(f"{SHORT[one.weekday - 1]} {one.starts:%H:%M}-{one.ends:%H:%M}" for one in hours)


def said(hours: tuple[Weekly, ...]) -> str:
    """For a reader: « le mercredi, le jeudi de 16:00 à 18:00 »."""
    return listed(f"le {DAYS[one.weekday - 1]}{_span(one)}" for one in hours)


def _span(hours: Weekly) -> str:
    named = {WHOLE_DAY: "", PARTS["matin"]: " matin", PARTS["apres-midi"]: " après-midi"}
    return named.get((hours.starts, hours.ends), f" de {hours.starts:%H:%M} à {hours.ends:%H:%M}")


def _part(text: str) -> list[Weekly]:
    found = PART.fullmatch(text)
    first, last = (_day(found[name]) if found and found[name] else None for name in ("first", "last"))
    if found is None or first is None or (found["last"] and last is None):
        raise _unread(text)
    if found["starts"]:
        starts, ends = _clock(found["starts"], text), _clock(found["ends"], text)
    else:
        starts, ends = PARTS[found["part"] or ""]
    if starts >= ends or (last or first) < first:
        raise _unread(text)
    return [Weekly(weekday, starts, ends) for weekday in range(first, (last or first) + 1)]


def _day(word: str) -> int | None:
    """ISO weekday of « mer » or « mercredi »."""
    named = [number for number, day in enumerate(DAYS, start=1) if word in (day, day[:3])]
    return named[0] if named else None


def _clock(text: str, whole: str) -> time:
    hour, _, minute = text.replace("h", ":").partition(":")
    try:
        return time(int(hour), int(minute or 0))
    except ValueError:
        raise _unread(whole) from None


def _unread(text: str) -> JalonError:
    return JalonError(f"« {text} » n'est pas une heure de la semaine. Attendu : mer, lun-ven 16:00-18:00, jeu matin.")
