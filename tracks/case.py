"""What `decide` knows of one person in one track: frozen values, read once a night, page by page.

Days are local civil dates of the territory; instants are aware UTC datetimes. No name, address, phone or
e-mail is here: the rules need none, so none can leak from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from tracks.agenda import Weekly
from tracks.vocabulary import (
    AppointmentKind,
    AppointmentStatus,
    Channel,
    Circuit,
    Clause,
    ContractKind,
    NoticeProof,
    Precondition,
    Qualification,
    ReviewKind,
    SignalKind,
    SignalSource,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The summons to an appointment: when it left, by which channel, what proves its arrival."""

    sent_on: date
    channel: Channel | None
    proof: NoticeProof


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """`day` is the local civil date of `starts_at`; `stands` is false when the referent cannot hold it."""

    id: int
    kind: AppointmentKind
    starts_at: datetime
    day: date
    status: AppointmentStatus
    qualification: Qualification | None = None
    notice: Notice | None = None
    known_on: date
    stands: bool = True
    by_phone: bool = False
    circuit: Circuit | None = None  # of its own referent (R6.11: who owned the procedure that day)
    replaced: bool = False  # moved: another appointment stands in its place


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    id: int
    kind: ContractKind
    signed_on: date
    starts_on: date
    ends_on: date | None
    clauses: frozenset[Clause]
    held_until: date | None = None  # the last day it held, where another version or an early end came first

    @property
    def last_day(self) -> date | None:
        return min((day for day in (self.ends_on, self.held_until) if day), default=None)

    def in_force(self, day: date) -> bool:
        """Signed, begun and not yet ended on `day` (CE 4 Dec. 2019 n° 418975: the contract of that day counts)."""
        started = self.signed_on <= day and self.starts_on <= day
        return started and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrescribedAction:
    id: int
    prescribed_on: date
    due_on: date
    done_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A breach other than an absence; it counts only because the referent has said so (R6.6)."""

    id: int
    clause: Clause
    on: date
    qualification: Qualification | None
    excused_on: date | None = None  # the day on which the person explained it
    circuit: Circuit | None = None  # of the referent, when it was noted


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation to regularise; `received_on` is its *date certaine*, without which nothing runs (R6.7)."""

    id: int
    sent_on: date
    received_on: date | None
    delay_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    first_day: date
    last_day: date | None

    def covers(self, day: date) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    id: int
    on: date
    source: SignalSource
    kind: SignalKind


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReview:
    id: int
    kind: ReviewKind
    opened_on: date
    explained: tuple[date | None, ...] = ()  # of its facts that no longer hold, the day they were explained, if known
    held: tuple[date, ...] = ()  # the days of those that still do


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One person in one track.

    `channels`: the channels that reach the person, in the order of their preference.
    `sent`: what was already written to them, key of `tracks.keys` → the day it was planned for; `lost` the keys of
    what failed, came too late or may not have arrived.
    `asked`: what was already asked of the referent, key → the day it was asked; `answered` the keys closed.
    """

    id: int
    track: str
    entered_on: date
    person: int = 0
    left_on: date | None = None
    notified_on: date | None = None
    under_duties: bool = True
    circuit: Circuit = Circuit.DEPARTEMENT
    referent: int | None = None
    activity_started_on: date | None = None
    channels: tuple[Channel, ...] = ()
    refused: tuple[Channel, ...] = ()
    impossible: tuple[Weekly, ...] = ()  # hours of the person's week at which they never can
    wished: tuple[Weekly, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    contracts: tuple[Contract, ...] = ()
    actions: tuple[PrescribedAction, ...] = ()
    breaches: tuple[Breach, ...] = ()
    invitations: tuple[Invitation, ...] = ()  # oldest first
    pauses: tuple[Pause, ...] = ()
    signals: tuple[Signal, ...] = ()
    reviews: tuple[OpenReview, ...] = ()
    checks: frozenset[Precondition] = frozenset()
    last_review_decided_on: date | None = None
    sent: Mapping[str, date] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    asked: Mapping[str, date] = field(default_factory=dict)
    answered: frozenset[str] = frozenset()
    next_step: str | None = None
    next_due_on: date = date.min  # as the last night left it, or what has touched the case since
    ahead: date | None = None  # the next day on which something that is written already begins to be true
    duties: tuple[tuple[date, bool], ...] = ()  # since when, oldest first; empty: nothing but tonight's is known

    def under_duties_on(self, day: date) -> bool:
        """Under rights and duties on `day` (R6.2); before all that is known, what is known first."""
        known = [under for since, under in self.duties if since <= day] or [under for _, under in self.duties[:1]]
        return known[-1] if known else self.under_duties

    def paused_on(self, day: date) -> Pause | None:
        return next((pause for pause in self.pauses if pause.covers(day)), None)

    def contract_on(self, day: date) -> Contract | None:
        """The contract in force on `day`; the latest signed, where two overlap; the last of two of one day."""
        found = [contract for contract in self.contracts if contract.in_force(day)]
        return max(reversed(found), key=lambda contract: contract.signed_on, default=None)

    def planned(self) -> tuple[Appointment, ...]:
        return tuple(a for a in self.appointments if a.status is AppointmentStatus.PLANNED)
