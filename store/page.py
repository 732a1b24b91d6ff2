"""A page of a night: its cases, what was decided of them, and what writing it did."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from store.journal import JournalEvent
from tracks.actions import (
    Action,
)
from tracks.calendar import Calendar
from tracks.case import Case
from tracks.place import Placement

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Recording:
    """What is the same for every page of a night. `now`: that day at 05:00 local, in UTC."""

    territory: str
    track: str
    run_id: int
    on: date
    now: datetime
    calendar: Calendar
    referents: Mapping[int, "Desk"]
    phone_place: str = "Par téléphone"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a referent receives people, and how a file is handed to them."""

    site: str
    email: str


@dataclass(slots=True)
class Page:
    """A page's cases, what was decided of them, and what writing it did."""

    cases: dict[int, Case]
    actions: list[Action]
    placements: Sequence[Placement] = ()
    steps: dict[int, str | None] = field(default_factory=dict)  # case → what comes next
    written: Counter[str] = field(default_factory=Counter)
    events: list[JournalEvent] = field(default_factory=list)


def of(page: Page, kind: type[A]) -> list[A]:
    return [action for action in page.actions if isinstance(action, kind)]


def note(recording: Recording, page: Page, kind: str, ids: Iterable[int | str], *, word: str | None = None) -> None:
    """Count rows written as `kind` and give each a line of the journal, by id only."""
    for id_ in ids:
        page.written[kind] += 1
        page.events.append(
            JournalEvent(at=recording.now, actor=f"run:{recording.run_id}", kind=kind, subject=f"{word or kind}:{id_}")
        )
