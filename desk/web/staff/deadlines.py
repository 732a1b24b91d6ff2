"""How a deadline is said, and how it stands out."""

from dataclasses import dataclass
from datetime import date

from tracks import french


@dataclass(frozen=True, slots=True)
class Deadline:
    """`pressing`: late, today, or neither."""

    said: str
    pressing: str = ""


def deadline(due: date | None, on: date) -> Deadline:
    """« avant le mercredi 25 novembre », « aujourd’hui », « en retard de 3 jours ». Local days."""
    if due is None:
        return Deadline("sans date limite")
    if due < on:
        return Deadline(f"en retard de {french.plural((on - due).days, 'jour')}", "late")
    if due == on:
        return Deadline("aujourd’hui", "today")
    return Deadline(f"avant le {french.weekday_date(due)}")
