"""How long a person's file is kept, and what is due of it on a day. Pure: days in, a stage out."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tracks.calendar import add_months
from tracks.legal import LegalValues


class Period(StrEnum):
    """The values of retention.toml, in months after the last contact, or after what they name."""

    CONTACT = "contact_months"
    ACTIVE = "active_months"
    ARCHIVE = "archive_months"
    STAFF = "staff_months"
    STAFF_MESSAGES = "staff_messages_months"
    FILES = "files_months"


class Stage(StrEnum):
    """What is due of a person's file, mildest first; each includes those before it."""

    ACTIVE = "active"
    NO_CONTACT = "no_contact"  # the ways to reach them are gone
    ARCHIVED = "archived"  # out of sight of the nights and of the referents
    ERASED = "erased"  # nothing names them any more


ORDER = tuple(Stage)


@dataclass(frozen=True, slots=True)
class Retention:
    """The periods in force on one day."""

    values: LegalValues
    on: date

    def months(self, period: Period) -> int:
        return self.values.at(period, self.on).value

    def before(self, period: Period) -> date:
        """What is older than this day has been kept long enough, in calendar months."""
        return add_months(self.on, -self.months(period))

    def stage(self, last_contact: date) -> Stage:
        """The stage due: a period is over the day after its last month ends, by the calendar."""
        reached = Stage.ACTIVE
        for stage, period in STEPS:
            if add_months(last_contact, self.months(period)) < self.on:
                reached = stage
        return reached


STEPS = ((Stage.NO_CONTACT, Period.CONTACT), (Stage.ARCHIVED, Period.ACTIVE), (Stage.ERASED, Period.ARCHIVE))


def later(stage: Stage, than: Stage) -> bool:
    return ORDER.index(stage) > ORDER.index(than)
