"""`revue.toml`: who may examine and decide, besides the dated procedure; the role that a name has on a day."""

import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import EmailStr, Field

from tracks.legal import Strict
from tracks.procedure import Procedure
from tracks.review import Role


class Reviewer(Strict):
    name: str
    capacity: str


class Decider(Reviewer):
    """Who signs, and by which delegation (CRPA L.212-1)."""

    delegation: str
    valid_from: date
    valid_to: date | None = None

    def signs_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Letterhead(Strict):
    """What stands at the head of a letter, and where an answer goes. `reply`: the address, on one line."""

    lines: Annotated[tuple[str, ...], Field(min_length=1)]
    town: str
    reply: str
    phone: str
    email: EmailStr


class ProcedureFile(Procedure):
    letterhead: Letterhead
    decider: Annotated[tuple[Decider, ...], Field(min_length=1)]
    reviewer: tuple[Reviewer, ...] = ()

    def role_of(self, name: str, *, coordinators: Iterable[str], on: date) -> Role:
        """The strongest role of somebody on `on`; a name of no list has the least of them, the referent's."""
        wanted = same_name(name)
        if any(decider.signs_on(on) and same_name(decider.name) == wanted for decider in self.decider):
            return Role.DECIDER
        if any(same_name(reviewer.name) == wanted for reviewer in self.reviewer):
            return Role.REVIEWER
        return Role.COORDINATOR if wanted in map(same_name, coordinators) else Role.REFERENT

    def decider_named(self, name: str, *, on: date) -> Decider | None:
        return next((d for d in self.decider if d.signs_on(on) and same_name(d.name) == same_name(name)), None)


def same_name(name: str) -> str:
    """A name as people retype it: accents, case and spaces do not make another person."""
    plain = unicodedata.normalize("NFKD", name)
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).casefold().split())
