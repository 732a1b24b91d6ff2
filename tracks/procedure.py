"""What a county decides about its review procedure: dated versions of delays, bounds and the panel, each sourced.

The shape of these models is the shape of `config/territories/<name>/revue.toml`.
"""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from tracks.errors import PolicyError
from tracks.legal import Confidence, Slug, Strict, check_dated
from tracks.policy import Days, Months
from tracks.vocabulary import Measure

Percent = Annotated[int, Field(ge=0, le=100)]


SEVERITY = tuple(Measure)


class Bound(Strict):
    """What the law allows, shown and never computed with (R12). `rank`: 1 for a first breach, 2 for a repeated one."""

    measure: Measure
    rank: Annotated[int, Field(ge=1, le=2)]
    percent_min: Percent
    months_min: Months
    months_max: Months
    source: str

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.months_min > self.months_max:
            raise ValueError("il faut months_min ≤ months_max")
        return self


class Seat(Strict):
    """A function of the équipe pluridisciplinaire; `needed`: no quorum without it."""

    slug: Slug
    title: str
    needed: bool = False


class Panel(Strict):
    """The équipe pluridisciplinaire: who sits, how many make a quorum, for which measures its opinion is compulsory."""

    quorum: Annotated[int, Field(ge=2, le=30)]
    mandatory_for: tuple[Measure, ...]
    told_days: Days  # the person is told of the session at least so long before
    slot_minutes: Annotated[int, Field(ge=5, le=120)] = 15
    seat: Annotated[tuple[Seat, ...], Field(min_length=2)]
    source: str
    confidence: Confidence

    @model_validator(mode="after")
    def _suppression(self) -> Self:
        if Measure.SUPPRESSION not in self.mandatory_for:
            raise ValueError('mandatory_for : "suppression" doit y être (CASF L.262-37)')
        if len({seat.slug for seat in self.seat}) < len(self.seat):
            raise ValueError("seat : chaque fonction une seule fois")
        return self

    def seats(self) -> dict[str, Seat]:
        return {seat.slug: seat for seat in self.seat}


class ProcedureVersion(Strict):
    """The procedure in force between two days."""

    valid_from: date
    valid_to: date | None = None
    observation_days: Days  # left to the person, from the proved receipt of the notice; never less than the law
    appeal_months: Months  # recours préalable, from the proved notification of the decision
    appeal_answer_months: Months  # silence of the authority so long is a refusal
    household_cap_percent: Percent  # household of several people, or majoration
    household_cap_source: str
    criteria: Annotated[tuple[str, ...], Field(min_length=1)]  # each examined by a person before an adverse decision
    criteria_source: str
    bound: tuple[Bound, ...]
    panel: Panel
    source: str
    confidence: Confidence


class Procedure(Strict):
    version: Annotated[tuple[ProcedureVersion, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _sound(self) -> Self:
        check_dated([(v.valid_from, v.valid_to) for v in self.version], "version")
        return self

    def at(self, day: date) -> ProcedureVersion:
        """The version in force on `day`; PolicyError if there is none."""
        for version in self.version:
            if version.valid_from <= day and (version.valid_to is None or day <= version.valid_to):
                return version
        raise PolicyError(
            f"Procédure de revue : aucune version en vigueur le {day.isoformat()}. Complétez revue.toml par une "
            "[[version]] dont valid_from est antérieur."
        )
