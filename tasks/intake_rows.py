"""One line of a county's file, read cell by cell: each getter gives a value, or refuses the line and says why."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from config.columns import Columns, Words, plain
from store.intake import Record, Stay
from tasks import intake_values as values
from tracks.calendar import Calendar

T = TypeVar("T")
Doubt = Callable[[str, str], None]  # a field and a reason, for the report
AT_CREATION = ("known_on", "created_by", "case_id", "key")  # never changed by a later line


class RefusedLineError(Exception):
    """`field`: of ours; the line is not loaded."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Remark:
    """One line of the report. `line` 0 and no column: about the file as a whole."""

    line: int
    column: str
    reason: str
    masked: str
    refused: bool


@dataclass(slots=True)
class Known:
    """What the territory holds already, read once a file; the lines of the file are added as they are read."""

    people: dict[tuple[str, str], int]
    referents: dict[str, int]
    stays: dict[int, list[Stay]]
    namesakes: dict[tuple[str, str, date | None], tuple[str, str]] = field(default_factory=dict)
    roles: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, role in self.people:
            self.roles.setdefault(number, set()).add(role)

    def case_on(self, person: int, day: date) -> int | None:
        """The case of the track open that day: the last one entered by then, else the first of all."""
        found = self.stays.get(person, [])
        entered = [stay for stay in found if stay.entered_on <= day]
        return entered[-1].case if entered else found[0].case if found else None


@dataclass(frozen=True, slots=True)
class Row:
    """`cells`: field → cleaned text, blank ones left out. `doubts`: (field, reason) of what loads all the same."""

    line: int
    cells: Mapping[str, str]
    columns: Columns
    calendar: Calendar
    on: date
    doubts: list[tuple[str, str]] = field(default_factory=list)

    @property
    def words(self) -> Words:
        return self.columns.words

    def doubt(self, name: str, reason: str) -> None:
        self.doubts.append((name, reason))

    def get(self, name: str, parse: Callable[[str], T]) -> T | None:
        """The value of a cell, None when blank."""
        text = self.cells.get(name)
        if text is None:
            return None
        try:
            return parse(text)
        except values.BadCellError as bad:
            raise RefusedLineError(name, str(bad)) from None

    def need(self, name: str, parse: Callable[[str], T]) -> T:
        found = self.get(name, parse)
        if found is None:
            raise RefusedLineError(name, "case vide")
        return found

    def text(self, name: str, most: int) -> str | None:
        return self.get(name, lambda text: values.short(text, most))

    def need_text(self, name: str, most: int) -> str:
        return self.need(name, lambda text: values.short(text, most))

    def day(self, name: str) -> date | None:
        return self.get(name, lambda text: values.duty_day(text, self.on))

    def need_day(self, name: str) -> date:
        return self.need(name, lambda text: values.duty_day(text, self.on))

    def fact(self, name: str) -> date | None:
        return self.get(name, lambda text: values.past_day(text, self.on))

    def need_fact(self, name: str) -> date:
        return self.need(name, lambda text: values.past_day(text, self.on))

    def whole(self, name: str, *, least: int = 0, most: int) -> int | None:
        return self.get(name, lambda text: values.whole(text, least=least, most=most))

    def word(self, name: str, meanings: Mapping[str, T]) -> T | None:
        """The meaning of the county's word (columns.toml)."""
        return self.get(name, lambda text: _meaning(text, meanings))

    def need_word(self, name: str, meanings: Mapping[str, T]) -> T:
        return self.need(name, lambda text: _meaning(text, meanings))

    def span(self) -> tuple[datetime, datetime]:
        """The start and the end (UTC) of an appointment or a session, from its local day, hour and minutes."""
        starts_at = self.calendar.local(self.need_day("day"), self.need("time", values.clock))
        minutes = self.need("minutes", lambda text: values.whole(text, least=5, most=600))
        return starts_at, starts_at + timedelta(minutes=minutes)

    def ordered(self, first: date, name: str, last: date | None) -> None:
        """Refuse `last`, read from the field `name`, when it comes before `first`."""
        if last is not None and last < first:
            raise RefusedLineError(name, "cette date en précède une autre qu'elle doit suivre")

    def local_time(self, name: str) -> str | None:
        found: time | None = self.get(name, values.clock)
        return f"{found:%H:%M}" if found else None

    def person(self, known: Known) -> int:
        """The person of this file number and role. A blank role is the applicant's, where that is the only one."""
        number = self.need("file_number", values.identifier)
        role = self.word("role", self.words.role)
        roles = known.roles.get(number)
        if not roles:
            raise RefusedLineError("file_number", "dossier inconnu : importez d'abord la personne (usagers)")
        if role is None and len(roles) > 1:
            raise RefusedLineError("role", "ce dossier a deux personnes : écrivez DEM ou CJT")
        person = known.people.get((number, role or "DEM"))
        if person is None:
            raise RefusedLineError("role", "cette personne du dossier est inconnue : importez-la d'abord (usagers)")
        return person

    def referent(self, known: Known) -> int | None:
        return self.get("referent", lambda text: _referent(text, known))

    def need_referent(self, known: Known) -> int:
        return self.need("referent", lambda text: _referent(text, known))

    def discreet(self, name: str, most: int) -> str | None:
        """A reason as the county wrote it, unless it speaks of health: then only that it was personal (R22)."""
        text = self.text(name, most)
        spoken = plain(text or "")
        health = any(re.search(rf"\b{re.escape(plain(word))}\b", spoken) for word in self.columns.health_words)
        return "raison personnelle" if health else text


def _meaning(text: str, meanings: Mapping[str, T]) -> T:
    found = meanings.get(plain(text))
    if found is None:
        raise values.BadCellError("mot inconnu : corrigez-le, ou ajoutez-le à columns.toml")
    return found


def _referent(text: str, known: Known) -> int:
    found = known.referents.get(text.casefold())
    if found is None:
        raise values.BadCellError("référent inconnu : importez d'abord les référents, ou corrigez l'adresse")
    return found


def overlaid(old: Record, new: Record, _doubt: Doubt) -> Record:
    """The stored row with what the line says; a blank never erases."""
    return old | {name: value for name, value in new.items() if value is not None and name not in AT_CREATION}
