"""The numbers of the law: dated, each with its article, how sure we are of it, and where it holds."""

from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tracks.errors import PolicyError

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,62}$")]


class Confidence(StrEnum):
    READ = "read"
    SECOND_HAND = "second_hand"
    MEMORY = "memory"
    LOCAL_CHOICE = "local_choice"
    ASSUMPTION = "assumption"


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, str_strip_whitespace=True)


class Sourced(Strict):
    """Numbers of a county, with where they come from and how sure of it one is."""

    source: Annotated[str, Field(min_length=1)]
    confidence: Confidence


class Key(StrEnum):
    """The values that Jalon reads: legal.toml must have each."""

    ORIENTATION = "orientation_weeks"
    CONTRACT = "contract_months"
    OLD_CONTRACT = "old_contract_replacement_months"
    WEEKLY_HOURS = "weekly_hours_min"
    OBSERVATIONS = "observation_days_min"
    JOINT_DIAGNOSTIC = "joint_diagnostic_months"
    JOINT_DIAGNOSTIC_LATER = "joint_diagnostic_later_months"
    FOLLOW_UP = "follow_up_months_max"
    FT_TAKEUP = "ft_proposal_takeup_days"
    REPETITION = "repetition_window_months"
    REPAYABLE = "repayable_months_max"
    PANEL_REMINDER = "ep_reminder_days"
    ALERT_EARLY = "clock_alert_percent_early"
    ALERT_LATE = "clock_alert_percent_late"
    KEPT_ACTIVE = "retention_active_months_max"
    KEPT_ACCESS_LOG = "retention_access_log_months_max"


class LegalValue(Sourced):
    """`scope`: `national`, `outre-mer`, or `departement:25`; the narrowest that holds wins."""

    key: Slug
    value: Annotated[int, Field(ge=0)]
    unit: Literal["days", "weeks", "months", "percent", "euros", "hours"]
    valid_from: date
    valid_to: date | None = None
    scope: Annotated[
        str,
        Field(
            pattern=r"^(national|outre-mer|departement:(0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-46]))$",
            description="national, outre-mer ou departement:25",
        ),
    ] = "national"
    says: Annotated[str, Field(min_length=1)]  # one French sentence: what the number means

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class LegalValues(Strict):
    value: tuple[LegalValue, ...]

    @model_validator(mode="after")
    def _dated(self) -> Self:
        for key, scope in dict.fromkeys((entry.key, entry.scope) for entry in self.value):
            what = key if scope == "national" else f"{key} ({scope})"
            check_dated([(v.valid_from, v.valid_to) for v in self.of(key) if v.scope == scope], what)
        return self

    @cached_property
    def _by_key(self) -> dict[str, tuple[LegalValue, ...]]:
        keys = dict.fromkeys(entry.key for entry in self.value)
        return {key: tuple(entry for entry in self.value if entry.key == key) for key in keys}

    def of(self, key: str) -> tuple[LegalValue, ...]:
        """The dated values of one key, of every scope, in the order of the file."""
        return self._by_key.get(key, ())

    def missing(self) -> list[str]:
        """The keys that Jalon reads and that are not here."""
        return [key.value for key in Key if not self.of(key)]

    def narrowed(self, departement: str) -> Self:
        """The values of one département: of each key, the narrowest scope that holds there."""
        scopes = [f"departement:{departement}", *(["outre-mer"] if departement.startswith("97") else []), "national"]
        kept = []
        for key in dict.fromkeys(entry.key for entry in self.value):
            found = {entry.scope for entry in self.of(key)}
            here = next((scope for scope in scopes if scope in found), None)
            kept += [entry for entry in self.of(key) if entry.scope == here]
        return type(self)(value=tuple(kept))

    def first_day(self, key: str) -> date:
        """The first day on which `key` has a value; PolicyError if it never has."""
        days = [entry.valid_from for entry in self.of(key)]
        if not days:
            raise PolicyError(f"Valeur légale « {key} » absente. Ajoutez-la dans legal.toml.")
        return min(days)

    def at(self, key: str, day: date) -> LegalValue:
        """The value of `key` in force on `day`; PolicyError if there is none."""
        for entry in self.of(key):
            if entry.holds_on(day):
                return entry
        raise PolicyError(f"Valeur légale « {key} » : aucune en vigueur le {day.isoformat()}. Complétez legal.toml.")

    def during(self, key: str, first: date, last: date | None) -> tuple[LegalValue, ...]:
        """The values of `key` in force on some day of [first, last]; the first known one where all came later."""
        found = [v for v in self.of(key) if (last is None or v.valid_from <= last) and (v.valid_to or first) >= first]
        return tuple(found) or self.of(key)[:1]


def check_dated(spans: list[tuple[date, date | None]], what: str) -> None:
    """Refuse a gap or an overlap between dated versions (R2). ValueError, with both dates."""
    ordered = sorted(spans, key=lambda span: span[0])
    for first, end in ordered:
        if end is not None and end < first:
            raise ValueError(f"{what} : valid_to ({end}) précède valid_from ({first})")
    for (first, end), (start, _) in pairwise(ordered):
        if end is None or end >= start:
            raise ValueError(
                f"{what} : les versions du {first} et du {start} se chevauchent ; fermez la première par valid_to"
            )
        if (start - end).days > 1:
            raise ValueError(f"{what} : aucune version entre le {end} et le {start}")
