"""Figures as a French reader expects them: the only place where a date becomes text."""

from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
DAYS_SHORT = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
MONTHS_SHORT = (
    "janv.",
    "févr.",
    "mars",
    "avr.",
    "mai",
    "juin",
    "juil.",
    "août",
    "sept.",
    "oct.",
    "nov.",
    "déc.",
)
NUMBERS = ("Zéro", "Une", "Deux", "Trois", "Quatre", "Cinq", "Six", "Sept", "Huit", "Neuf", "Dix")


def ordinal(day: int) -> str:
    return "1ᵉʳ" if day == 1 else str(day)


def long_date(day: date) -> str:
    """« 8 décembre », « 1ᵉʳ décembre »; with the year when it stands alone: `full_date`."""
    return f"{ordinal(day.day)} {MONTHS[day.month - 1]}"


def full_date(day: date) -> str:
    return f"{long_date(day)} {day.year}"


def weekday_date(day: date) -> str:
    """« mardi 8 décembre »."""
    return f"{DAYS[day.weekday()]} {long_date(day)}"


def short_date(day: date) -> str:
    """« ven. 20 nov. »."""
    return f"{DAYS_SHORT[day.weekday()]} {ordinal(day.day)} {MONTHS_SHORT[day.month - 1]}"


def clock(at: time) -> str:
    """« 10 h », « 14 h 30 » (narrow no-break spaces)."""
    return f"{at.hour}\u202fh" if at.minute == 0 else f"{at.hour}\u202fh\u202f{at.minute:02d}"


def local_clock(instant: datetime, zone: str) -> str:
    return clock(instant.astimezone(ZoneInfo(zone)).time())


def listed(words: Iterable[str]) -> str:
    """« a », « a et b », « a, b et c »."""
    found = list(words)
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} et {found[-1]}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """« 1 personne », « 3 personnes »; zero takes the singular, as French does."""
    return f"{count} {one if abs(count) < 2 else (many or one + 's')}"


def in_words(count: int) -> str:
    """« Deux », for the head of a sentence; figures from eleven on."""
    return NUMBERS[count] if 0 <= count < len(NUMBERS) else str(count)


def sentence(text: str) -> str:
    """Its first letter as a sentence wants it; proper names within keep theirs."""
    return text[:1].upper() + text[1:]


def number(value: float) -> str:
    """« 1 204 », « 3,5 », with a narrow no-break space; one decimal where there is a rest."""
    whole = round(value, 1)
    text = f"{whole:,.0f}" if whole == int(whole) else f"{whole:,.1f}"
    return text.replace(",", "\u202f").replace(".", ",")


def percent(share: float) -> str:
    """« 12,5 % » for 0.125."""
    return f"{number(100 * share)}\u202f%"
