"""One case on one night: the facts that several rules share, each worked out once."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property

from tracks.actions import Because, Input
from tracks.calendar import Calendar, add_months
from tracks.case import Appointment, Case, Contract
from tracks.legal import LegalValue, LegalValues
from tracks.policy import EveryDays, TrackPolicy, Version
from tracks.vocabulary import AppointmentKind, AppointmentStatus, Channel, Qualification, SignalKind

# The night's own clock: `--on DAY` moves it whole (house.md).
NIGHT_HOUR = time(5)
DAY = timedelta(days=1)

HELD = (AppointmentStatus.SEEN, AppointmentStatus.UNKNOWN, AppointmentStatus.NOSHOW)
FAST = (Channel.SMS, Channel.EMAIL)  # a letter would arrive after the reminder's moment


@dataclass(frozen=True, slots=True)
class Frame:
    """What is the same for every case of one track on one day. `now` is aware UTC."""

    on: date
    now: datetime
    version: Version
    ref: str
    reference: str
    sends_on: date
    turns_on: date | None  # the next day on which a version of the policy or of the law begins, or is over


@dataclass(frozen=True)
class Policies:
    """The dated policies of one track, with the territory's legal values, calendar and switch."""

    track: TrackPolicy
    legal: LegalValues
    calendar: Calendar
    escalation_enabled: bool = True
    _frames: dict[date, Frame] = field(default_factory=dict, compare=False, repr=False)

    def at(self, day: date) -> Version:
        """The version in force on `day`: a past fact is qualified by the version of its own day."""
        return self.track.at(day)

    def frame(self, on: date) -> Frame:
        """Worked out once a day, kept."""
        if on not in self._frames:
            version = self.track.at(on)
            sends_on = on
            while not self.calendar.may_be_written_to(sends_on):
                sends_on += timedelta(days=1)
            reference = version.source or self.track.source
            now = self.calendar.local(on, NIGHT_HOUR)
            self._frames[on] = Frame(on, now, version, self.track.ref(on), reference, sends_on, self._turns_on(on))
        return self._frames[on]

    def _turns_on(self, on: date) -> date | None:
        dated: tuple[Version | LegalValue, ...] = (*self.track.version, *self.legal.value)
        days = [one.valid_from for one in dated] + [one.valid_to + DAY for one in dated if one.valid_to]
        return min((day for day in days if day > on), default=None)


class Tonight:
    """A case seen on a night. Days are local civil dates; `now` is that day at 05:00 local, in UTC."""

    def __init__(self, case: Case, policies: Policies, on: date) -> None:
        frame = policies.frame(on)
        self.case = case
        self.policies = policies
        self.calendar = policies.calendar
        self.on = on
        self.now = frame.now
        self.sends_on = frame.sends_on
        self.version = frame.version
        self.frame = frame

    def because(self, rule: str, sentence: str, *, reference: str = "", **inputs: Input) -> Because:
        """The reason of an action; its reference is the track's own source unless an article is given."""
        return Because(
            rule=rule,
            sentence=sentence,
            inputs=inputs,
            version=self.frame.ref,
            reference=reference or self.frame.reference,
        )

    @cached_property
    def past(self) -> tuple[Appointment, ...]:
        """Appointments that have begun, oldest first."""
        return tuple(a for a in self.case.appointments if a.starts_at <= self.now)

    @cached_property
    def planned(self) -> tuple[Appointment, ...]:
        """Appointments to come that are still planned, soonest first."""
        return tuple(
            a for a in self.case.appointments if a.starts_at > self.now and a.status is AppointmentStatus.PLANNED
        )

    @cached_property
    def last_exchange(self) -> date | None:
        """The last day on which an exchange was to take place and was not called off."""
        return max((a.day for a in self.past if a.status in HELD), default=None)

    @cached_property
    def last_sign(self) -> date | None:
        """The last day on which the person came, or gave a sign of putting things right (R10)."""
        seen = [a.day for a in self.past if a.status is AppointmentStatus.SEEN]
        signs = [s.on for s in self.case.signals if s.kind is SignalKind.COMPLIANCE and s.on <= self.on]
        return max(seen + signs, default=None)

    @cached_property
    def window_from(self) -> date:
        """The first day of the window of absences, later than the last decision."""
        review = self.version.review
        months = review.within_months if review else self.version.outcomes.absences_within_months
        assert months is not None  # a version without a review must have it
        decided_on = self.case.last_review_decided_on
        since = add_months(self.on, -months)
        return max(since, decided_on + timedelta(days=1)) if decided_on else since

    @cached_property
    def counts_from(self) -> date:
        """The first day of what may still count: in the window, later than the last sign and the last decision."""
        review = self.version.review
        if self.last_sign and (review is None or review.reset_on_seen):
            return max(self.window_from, self.last_sign + timedelta(days=1))
        return self.window_from

    @cached_property
    def absences(self) -> tuple[Appointment, ...]:
        """Absences that may still matter: recent enough, not excused, on a day without pause."""
        return tuple(
            a
            for a in self.past
            if a.status is AppointmentStatus.NOSHOW
            and a.qualification is not Qualification.ADMISSIBLE
            and a.day >= self.counts_from
            and not self.case.paused_on(a.day)
        )

    def contract_on(self, day: date) -> Contract | None:
        """The contract that binds on `day`. One signed before the last orientation does not: the new one is still to
        be signed (C. trav. D.5411-8-2)."""
        contract = self.case.contract_on(day)
        oriented_on = self.case.notified_on or self.case.entered_on
        return contract if contract and contract.signed_on >= oriented_on else None

    @cached_property
    def every(self) -> EveryDays:
        """The days between two exchanges, in a track that has a rhythm; closer ones until the first contract, where
        the county says so."""
        rhythm = self.version.rhythm
        assert rhythm is not None  # only asked of tracks that have one
        oriented_on = self.case.notified_on or self.case.entered_on
        signed = any(oriented_on <= contract.signed_on <= self.on for contract in self.case.contracts)
        to_sign = self.case.under_duties and not signed
        return rhythm.before_contract if rhythm.before_contract and to_sign else rhythm.every_days

    @cached_property
    def channel(self) -> Channel | None:
        return self.case.channels[0] if self.case.channels else None

    @cached_property
    def fast_channel(self) -> Channel | None:
        return next((channel for channel in self.case.channels if channel in FAST), None)

    @property
    def earliest(self) -> date:
        """The first day for which a summons sent now would respect the notice period of its channel."""
        rhythm = self.version.rhythm
        days = rhythm.notice_days.of(self.channel) if rhythm else 0
        return self.sends_on + timedelta(days=days)

    def number(self, kind: AppointmentKind) -> int:
        """n of a new appointment's key: how many of that kind have already ended or been revoked."""
        return sum(1 for a in self.case.appointments if a.kind is kind and a not in self.planned)

    def asked_on(self, key: str) -> date:
        """The day a question was first asked: tonight, if it never was."""
        return self.case.asked.get(key, self.on)

    @property
    def open_questions(self) -> frozenset[str]:
        return frozenset(self.case.asked) - self.case.answered
