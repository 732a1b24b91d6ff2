"""What a night may do. No value of this union is a sanction, so `decide` cannot propose one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tracks import french
from tracks.agenda import Weekly
from tracks.vocabulary import (
    AppointmentKind,
    Channel,
    NotDoneReason,
    Precondition,
    QuestionKind,
    ReviewKind,
    ServiceCause,
    Template,
)

Input = int | str | bool | date | tuple[date, ...] | tuple[int, ...] | tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """Why: a French sentence whose figures are its `inputs` (ids, days, counts, statuses; never a name).

    `version` is the policy version behind it, `reference` the article or the local source.
    """

    rule: str
    sentence: str
    inputs: Mapping[str, Input]
    version: str
    reference: str

    @property
    def why(self) -> str:
        """The sentence with its figures, written only when somebody reads it."""
        return self.sentence.format_map({name: in_french(value) for name, value in self.inputs.items()})

    def plain_inputs(self) -> dict[str, Any]:
        """The inputs as JSON takes them: ISO days, lists."""
        return {name: _plain(value) for name, value in self.inputs.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One piece of a file: a row of ours and what it shows."""

    kind: str
    subject_id: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentDue:
    """An appointment to place between two days; the slot itself is chosen by `place`, over all that is due.

    `number` is n of its key; `channel` carries its summons; `urgent_since` orders the claims, longest overdue first.
    `impossible`: hours of the person's week that are never taken; `wished`: those that are sought first.
    """

    case: int
    because: Because
    referent: int | None
    first_day: date
    last_day: date
    target: date
    minutes: int
    kind: AppointmentKind
    subject: str
    by_phone: bool
    number: int
    urgent_since: date
    channel: Channel
    impossible: tuple[Weekly, ...] = ()
    wished: tuple[Weekly, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A message to the person. `channel` None: no channel reaches them, and the row says so.

    `due_on` is a local day; `useful_until` an instant after which it must not leave any more.
    `too_late`: its moment passed while nothing ran; it is recorded, never sent.
    """

    case: int
    because: Because
    template: Template
    key: str
    channel: Channel
    due_on: date
    useful_until: datetime
    appointment_id: int | None = None
    too_late: bool = False
    details: Mapping[str, Input] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question to the referent, in their one message of the morning; shown to the coordinator from a day on."""

    case: int
    because: Because
    kind: QuestionKind
    key: str
    subject_id: int | None
    coordinator_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseQuestion:
    """The fact has arrived, or the question has no object any more."""

    case: int
    because: Because
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCheck:
    """Something is missing before a review may open; it names what (R6)."""

    case: int
    because: Because
    precondition: Precondition


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCheck:
    case: int
    because: Because
    precondition: Precondition


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReview:
    """A file for people to look at: `draft` for compliance, `open` for a follow-up risk. Nothing is decided."""

    case: int
    because: Because
    kind: ReviewKind
    deadline_on: date
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLate:
    """The service has not met a duty of its own; one finding gathers the cases (R4), none is held against a person."""

    case: int
    because: Because
    cause: ServiceCause
    referent: int | None
    clock: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCase:
    case: int
    because: Because
    on: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDone:
    """What could have been expected and was not done, with its reason: half of every explanation."""

    case: int
    because: Because
    reason: NotDoneReason | str


Action = (
    AppointmentDue
    | Write
    | Ask
    | CloseQuestion
    | OpenCheck
    | CloseCheck
    | OpenReview
    | ServiceLate
    | CloseCase
    | NotDone
)


def check_reason(precondition: Precondition) -> str:
    """The word under which a missing precondition is counted among the things not done."""
    return f"check:{precondition}"


def in_french(value: Input) -> str:
    match value:
        case None:
            return "—"
        case bool():
            return "oui" if value else "non"
        case date():
            return french.long_date(value)
        case tuple():
            return french.listed(in_french(item) for item in value)
        case _:
            return str(value)


def _plain(value: Input) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
