"""What a county decides about a track: dated versions, each number with its source and how sure we are of it.

The shape of these models is the shape of `config/territories/<name>/tracks/*.toml`.
"""

from datetime import date, time, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tracks.errors import PolicyError
from tracks.legal import Confidence, Slug, Sourced, Strict, check_dated
from tracks.vocabulary import AppointmentKind, Channel, ContractKind, Qualification

Days = Annotated[int, Field(ge=0, le=730)]
Months = Annotated[int, Field(ge=0, le=60)]


class EveryDays(Strict):
    """Between `min` and `max` days after the last exchange, `target` at best."""

    min: Days
    target: Days
    max: Days

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.min <= self.target <= self.max:
            raise ValueError("il faut min ≤ target ≤ max")
        return self


class NoticeDays(Sourced):
    """How long before an appointment its summons must leave, by channel, in days."""

    sms: Days
    email: Days
    letter: Days

    def of(self, channel: Channel | None) -> int:
        """A channel that is not known, or is the staff's, is held to the longest period."""
        match channel:
            case Channel.SMS:
                return self.sms
            case Channel.EMAIL:
                return self.email
            case _:
                return max(self.sms, self.email, self.letter)


class Rhythm(Sourced):
    """`before_contract`: closer interviews, as long as the first contract since the orientation is not signed."""

    every_days: EveryDays
    before_contract: EveryDays | None = None
    first_within_days: Days
    window_days: Days  # how wide a window stays when the rhythm is already overdue
    notice_days: NoticeDays


class AppointmentPolicy(Strict):
    kind: AppointmentKind
    subject: str
    minutes: Annotated[int, Field(ge=10, le=480)] = 45
    with_roles: tuple[Slug, ...] = ()
    place: Literal["site", "phone"] = "site"
    share: Annotated[float, Field(ge=0, le=1)] | None = None  # share of collective ones, shown, not forced
    first: bool = False  # the subject of a first appointment in the track
    from_months: Months = 0  # a later stage: what follow-up interviews are, so long after the entry


class Reminders(Sourced):
    """Windows, never « exactly N days before »: the window reached last voids the earlier one."""

    days_before: Annotated[tuple[Days, ...], Field(min_length=1)]
    booked_ahead_days: Days  # a reminder but the last is sent only when booked at least so long before
    not_before: time
    not_after: time

    @model_validator(mode="after")
    def _descending(self) -> Self:
        if sorted(set(self.days_before), reverse=True) != list(self.days_before):
            raise ValueError("days_before : du plus lointain au plus proche, sans répétition")
        return self


class Outcomes(Sourced):
    """« Que s'est-il passé ? »: asked of the referent, then shown to the coordinator."""

    ask_referent_after_working_days: Days
    ask_coordinator_after_working_days: Days
    absences_within_months: Months | None = None  # an older absence is not spoken of, where no review has its window


class Do(StrEnum):
    ASK_REASON = "ask_reason"
    ASK_REFERENT_TO_QUALIFY = "ask_referent_to_qualify"
    CALL = "call"
    VISIT = "visit"
    INVITE_TO_REGULARISE = "invite_to_regularise"
    TELL_COACH = "tell_coach"


WRITTEN = (Do.ASK_REASON, Do.INVITE_TO_REGULARISE)  # what is written to the person, not asked of a colleague
CLIMBED = (Do.CALL, Do.VISIT, Do.INVITE_TO_REGULARISE)  # what may follow the threshold


class Rung(Sourced):
    """A step of the ladder, softer first. `after` opens a side of it: one absence, or the threshold reached."""

    do: Do
    after: Literal["absence", "threshold"] | None = None
    wait_days: Days | None = None
    wait_working_days: Days | None = None
    useful_days: Days | None = None  # what is written to the person is not worth sending later than that
    because: str = ""

    @model_validator(mode="after")
    def _waits(self) -> Self:
        """A person waits calendar days, a colleague working days; a rung without its delay would wait none."""
        unit = "wait_days" if self.do in WRITTEN else "wait_working_days"
        if getattr(self, unit) is None:
            raise ValueError(f"{self.do} : il faut {unit}, le délai laissé avant la marche suivante")
        if self.do in WRITTEN and self.useful_days is None:
            raise ValueError(f"{self.do} : il faut useful_days, au-delà desquels le message ne part plus")
        return self

    def last_useful_day(self, day: date) -> date:
        """The last day on which what is written about `day` is still worth sending."""
        assert self.useful_days is not None  # a rung that writes must have it
        return day + timedelta(days=self.useful_days)


class ReviewPolicy(Sourced):
    absences: Annotated[int, Field(ge=2, le=20)]  # one missed appointment never escalates (F23)
    within_months: Annotated[int, Field(ge=1, le=24)]
    reset_on_seen: bool = True
    qualifications: tuple[Qualification, ...] = (Qualification.UNEXPLAINED, Qualification.INADMISSIBLE)
    referent_works_it_within_days: Days  # the deadline shown with the draft
    letter_posted_days: Days  # a posted letter counts as delivered only if posted so long before
    because: str = ""

    @model_validator(mode="after")
    def _no_admissible(self) -> Self:
        if Qualification.ADMISSIBLE in self.qualifications:
            raise ValueError("une absence recevable ne peut pas compter (R6)")
        return self


class ContractPolicy(Sourced):
    kinds: Annotated[tuple[ContractKind, ...], Field(min_length=1)]
    sign_within_months: Months
    renew_before_days: Days
    interviews_before_signing: Annotated[int, Field(ge=0, le=12)]  # kept since the orientation, for a first contract


class Milestone(Strict):
    """A point of the six months after a return to work, counted from its first day."""

    weeks: Days = 0
    months: Months = 0
    wording: str  # « une semaine », « un mois »

    @property
    def slug(self) -> str:
        return f"w{self.weeks}m{self.months}"


class FollowUp(Sourced):
    months: Months
    milestones: tuple[Milestone, ...]
    around_days: Days  # a call is planned so near the milestone
    plan_ahead_days: Days  # and so long before it at most
    call_notice_days: Days  # told to the person at least so long before
    check_in_useful_days: Days
    risk_after_missed: Annotated[int, Field(ge=2)]
    risk_after_silent_check_ins: Annotated[int, Field(ge=2)]
    look_within_working_days: Days  # the deadline shown with the file
    exit_reason: Slug = "six_months_done"
    reference: str


class Exit(Strict):
    on: Literal["employment_or_training_started", "relapse", "situation_improved"]
    to: Slug


class Version(Strict):
    valid_from: date
    valid_to: date | None = None
    confidence: Confidence
    source: str = ""
    escalation_enabled: bool = True  # R25: a court ruling, a heatwave, a strike; reminders go on
    rhythm: Rhythm | None = None
    appointment: tuple[AppointmentPolicy, ...]
    reminders: Reminders
    outcomes: Outcomes
    ladder: tuple[Rung, ...] = ()
    review: ReviewPolicy | None = None
    contract: ContractPolicy | None = None
    follow_up: FollowUp | None = None
    exit: tuple[Exit, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.rhythm is None) == (self.follow_up is None):
            raise ValueError("il faut soit rhythm (accompagnement), soit follow_up (suivi après la reprise)")
        if not any(a.kind is AppointmentKind.INDIVIDUAL for a in self.appointment):
            raise ValueError("appointment : il faut au moins un rendez-vous individuel")
        stages = [a.from_months for a in self.appointment if a.kind is AppointmentKind.INDIVIDUAL and not a.first]
        if len(set(stages)) < len(stages):
            raise ValueError("appointment : deux étapes individuelles commencent au même mois (from_months)")
        if any(a.from_months for a in self.appointment if a.first or a.kind is AppointmentKind.COLLECTIVE):
            raise ValueError("appointment : from_months est pour les entretiens individuels qui suivent le premier")
        if self.review is None and self.outcomes.absences_within_months is None:
            raise ValueError("outcomes : sans review, il faut absences_within_months, au-delà desquels rien n'est dit")
        if self.follow_up and self.review:
            raise ValueError("un suivi après la reprise ne mène jamais à une revue de manquement (R14)")
        climbed = [rung.do for rung in self.threshold_rungs()]
        if self.review and climbed[-1:] != [Do.INVITE_TO_REGULARISE]:
            raise ValueError(
                'ladder : une revue demande, en dernière marche après after = "threshold", une invitation à '
                "régulariser (CRPA L.123-1)"
            )
        if strange := [do for do in climbed if do not in CLIMBED]:
            raise ValueError(f"ladder : {strange[0]} ne peut pas suivre le seuil ; attendu : {', '.join(CLIMBED)}")
        return self

    def rung(self, do: Do) -> Rung | None:
        return next((rung for rung in self.ladder if rung.do is do), None)

    def threshold_rungs(self) -> tuple[Rung, ...]:
        """The rungs climbed once the threshold of absences is reached, softest first."""
        start = next((i for i, rung in enumerate(self.ladder) if rung.after == "threshold"), None)
        return () if start is None else self.ladder[start:]

    def individual(self, *, first: bool, months: int = 0) -> AppointmentPolicy:
        """The first interview, or that of the stage reached `months` after the entry."""
        individual = [a for a in self.appointment if a.kind is AppointmentKind.INDIVIDUAL]
        reached = [a for a in individual if a.first == first and a.from_months <= months]
        return max(reached, key=lambda a: a.from_months) if reached else individual[0]

    @property
    def stages(self) -> tuple[AppointmentPolicy, ...]:
        """The individual interviews, in the order in which a person comes to them."""
        individual = [a for a in self.appointment if a.kind is AppointmentKind.INDIVIDUAL]
        return tuple(sorted(individual, key=lambda a: (not a.first, a.from_months)))


class TrackPolicy(Strict):
    """One track file. `runs_at`: local time of its night, never between 01:00 and 03:59 (clock changes)."""

    slug: Slug
    title: str
    for_whom: str
    source: str
    runs_at: time
    version: Annotated[tuple[Version, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if time(1) <= self.runs_at < time(4):
            raise ValueError(
                "runs_at : jamais entre 01:00 et 03:59, une heure y est sautée en mars et répétée en octobre"
            )
        check_dated([(v.valid_from, v.valid_to) for v in self.version], "version")
        return self

    def at(self, day: date) -> Version:
        """The version in force on `day`; PolicyError if there is none."""
        if version := self.in_force(day):
            return version
        raise PolicyError(
            f"Parcours « {self.slug} » : aucune version en vigueur le {day.isoformat()}. "
            f"Ajoutez une [[version]] dont valid_from est antérieur dans tracks/{self.slug}.toml."
        )

    def in_force(self, day: date) -> Version | None:
        """The version of `day`, if there is one."""
        found = (one for one in self.version if one.valid_from <= day and (one.valid_to is None or day <= one.valid_to))
        return next(found, None)

    def ref(self, day: date) -> str:
        return f"{self.slug}@{self.at(day).valid_from.isoformat()}"
