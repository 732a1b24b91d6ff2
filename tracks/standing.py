"""Where a review stands on a day: what was done, what it proves, and which condition of a step is not met yet.

Pure: days are local civil dates. Each missing condition is a French sentence that says what to do (R8, R9).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from tracks.calendar import Calendar, add_months
from tracks.case import Pause
from tracks.french import full_date, listed
from tracks.panel import Session, no_quorum, told_too_late
from tracks.procedure import SEVERITY, ProcedureVersion
from tracks.review import Need, Step, kind_of
from tracks.vocabulary import Circuit, Measure, Outcome, ReviewStatus

# What the person says, and the step by which somebody takes care of it. Silence is never an answer (R9).
ANSWERS: Mapping[Step, Step] = {
    Step.WROTE: Step.ANSWERED,
    Step.ASKED_HEARING: Step.HEARD,
    Step.ASKED_FILE: Step.FILE_GIVEN,
}
SAYS: Mapping[Step, str] = {
    Step.WROTE: "les observations écrites du {day} n'ont pas reçu de réponse (observations answered)",
    Step.ASKED_HEARING: "la personne a demandé le {day} à être entendue et ne l'a pas été (observations heard)",
    Step.ASKED_FILE: "la personne a demandé son dossier le {day} et ne l'a pas reçu (observations file_given)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A step that somebody made; `on` is the day of the fact, `details` what JSON can hold."""

    step: Step
    on: date
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A review on the day `on`. `steps`: all that was done, oldest first.

    `weakened`: why a piece of the file no longer holds, in French. `signs`: the days on which the person came or put
    things right since the file was opened. `protected`: a minor or a protected adult, served through a representative.
    """

    on: date
    status: ReviewStatus
    outcome: Outcome | None
    steps: tuple[Done, ...]
    procedure: ProcedureVersion
    calendar: Calendar
    floor_days: int
    pauses: tuple[Pause, ...] = ()
    weakened: tuple[str, ...] = ()
    signs: tuple[date, ...] = ()
    protected: str | None = None
    circuit: Circuit = Circuit.DEPARTEMENT
    under_duties: bool = True
    escalation_enabled: bool = True
    session: Session | None = None

    def all(self, *steps: Step) -> tuple[Done, ...]:
        return tuple(done for done in self.steps if done.step in steps)

    def last(self, *steps: Step) -> Done | None:
        return next(iter(reversed(self.all(*steps))), None)

    @cached_property
    def notice(self) -> Done | None:
        """The notice of the procedure that counts: the last one."""
        return self.last(Step.NOTIFY)

    @cached_property
    def since_notice(self) -> tuple[Done, ...]:
        last = max((rank for rank, done in enumerate(self.steps) if done.step is Step.NOTIFY), default=None)
        return () if last is None else self.steps[last + 1 :]

    @property
    def measure(self) -> Measure | None:
        """What the last notice announced."""
        return Measure(self.notice.details["measure"]) if self.notice else None

    @cached_property
    def received_on(self) -> date | None:
        """The *date certaine* of the last notice, or nothing: without it no delay runs (R9)."""
        found = [done.on for done in self.since_notice if done.step is Step.RECEIPT]
        return max(found, default=None)

    @property
    def observation_days(self) -> int:
        """Those of the notice, never fewer than the county's nor than the law's."""
        said = int(self.notice.details.get("days", 0)) if self.notice else 0
        return max(said, self.procedure.observation_days, self.floor_days)

    @cached_property
    def observations_until(self) -> date | None:
        """The last day left to the person; a pause that cuts the delay makes it begin again on its last day."""
        if self.received_on is None:
            return None
        ends_on = self.calendar.deadline(self.received_on, days=self.observation_days)
        for pause in sorted(self.pauses, key=lambda pause: pause.first_day):
            if pause.first_day > ends_on:
                break
            if pause.last_day is None:
                return date.max  # until further notice: the delay does not end
            if pause.last_day >= self.received_on:
                ends_on = self.calendar.deadline(pause.last_day, days=self.observation_days)
        return ends_on

    @cached_property
    def unanswered(self) -> tuple[Done, ...]:
        """What the person said and that nobody has taken care of yet, whenever they said it."""
        open_: list[Done] = []
        for done in self.steps:
            if done.step in ANSWERS:
                open_.append(done)
            open_ = [said for said in open_ if ANSWERS[said.step] is not done.step]
        return tuple(open_)

    @property
    def unread_signs(self) -> tuple[date, ...]:
        read = max((done.on for done in self.all(Step.READ_SIGNS)), default=date.min)
        return tuple(day for day in self.signs if day > read)

    @property
    def panel_is_mandatory(self) -> bool:
        return self.measure in self.procedure.panel.mandatory_for

    @cached_property
    def opinion(self) -> Done | None:
        """That of the panel seized after the last notice."""
        return next((done for done in reversed(self.since_notice) if done.step is Step.OPINION), None)

    @property
    def told_on(self) -> date | None:
        """When the person was told of the session on whose agenda the review now stands."""
        if self.session is None:
            return None
        seized = max((rank for rank, done in enumerate(self.steps) if done.step is Step.PANEL), default=-1)
        return max((done.on for done in self.steps[seized + 1 :] if done.step is Step.TOLD), default=None)

    @property
    def panel_asked_on(self) -> date | None:
        return next((done.on for done in reversed(self.since_notice) if done.step is Step.PANEL), None)

    @property
    def notified_on(self) -> date | None:
        """The *date certaine* of the decision; without it no appeal period runs."""
        found = self.last(Step.NOTIFIED)
        return found.on if found else None

    @property
    def appeal_until(self) -> date | None:
        """The last day of the preliminary appeal; a closed day rolls over."""
        if self.notified_on is None:
            return None
        return self.calendar.next_working(add_months(self.notified_on, self.procedure.appeal_months) + DAY)

    @property
    def appeal_answer_by(self) -> date | None:
        lodged = self.last(Step.APPEAL)
        return add_months(lodged.on, self.procedure.appeal_answer_months) if lodged else None


DAY = timedelta(days=1)


def missing(need: Need, at: Standing, *, measure: Measure | None = None, served: bool = False) -> str | None:
    """Why a condition is not met on that day, in French, with what to do; None when it is met.

    `measure`: the one now intended or decided; `served`: the notice goes to the legal representative.
    """
    match need:
        case Need.FACTS_HOLD:
            return f"les faits ne tiennent plus ({listed(at.weakened)})" if at.weakened else None
        case Need.UNDER_DUTIES:
            return None if at.under_duties else "la personne n'est plus soumise aux droits et devoirs (CASF L.262-28)"
        case Need.OUR_CIRCUIT:
            ours = at.circuit is Circuit.DEPARTEMENT
            return None if ours else "son référent est de France Travail, qui mène sa propre procédure (L.262-37 IV)"
        case Need.NOT_SUSPENDED:
            return None if at.escalation_enabled else "le Département a suspendu toute procédure de manquement"
        case Need.SIGNS_READ:
            return _signs(at)
        case Need.REPRESENTATIVE_SERVED:
            return _representative(at, served=served)
        case Need.RECEIPT_PROVED | Need.DELAY_OVER | Need.REPLIES_HANDLED:
            return _heard_first(need, at)
        case Need.OPTIONAL_PANEL:
            mandatory = at.panel_is_mandatory
            return "l'avis de l'équipe pluridisciplinaire est obligatoire pour une suppression" if mandatory else None
        case Need.ON_AGENDA | Need.SESSION_HELD | Need.QUORUM | Need.TOLD_OF_SESSION:
            return _session(need, at)
        case Need.OPINION_GIVEN:
            return _opinion(at)
        case Need.CRITERIA_EXAMINED:
            return _criteria(at)
        case Need.NOT_GRAVER:
            return _graver(at, measure)
        case Need.NOTHING_TO_NOTIFY | Need.APPEAL_OVER | Need.APPEAL_ENDED:
            return _ended(need, at)


def _signs(at: Standing) -> str | None:
    if not at.unread_signs:
        return None
    days = listed(full_date(day) for day in at.unread_signs)
    return f"la personne est venue ou s'est mise en règle ({days}) : prenez-le en compte (jalon review signs)"


def _representative(at: Standing, *, served: bool) -> str | None:
    """A notice to a minor or a protected adult is served on their representative (C. trav. R.5412-7)."""
    if at.protected is None or served:
        return None
    return f"{at.protected} : l'avis s'adresse à son représentant légal (--representative)"


def _heard_first(need: Need, at: Standing) -> str | None:
    if at.notice is None:
        return "aucun avis de procédure n'a été adressé à la personne (jalon review notify)"
    if need is Need.RECEIPT_PROVED:
        if at.received_on is not None:
            return None
        return f"l'avis du {full_date(at.notice.on)} n'a pas de date de réception prouvée (jalon review receipt)"
    if need is Need.DELAY_OVER:
        until = at.observations_until
        if until is None:
            return "le délai d'observations n'a pas commencé : il court de la réception prouvée"
        if until == date.max:
            return "une pause sans terme suspend le délai d'observations"
        return None if at.on > until else f"la personne a jusqu'au {full_date(until)} pour ses observations"
    said = [SAYS[done.step].format(day=full_date(done.on)) for done in at.unanswered]
    return listed(said) or None


def _session(need: Need, at: Standing) -> str | None:
    if at.session is None:
        return (
            "la revue n'est à l'ordre du jour d'aucune séance (jalon review panel)" if need is Need.ON_AGENDA else None
        )
    match need:
        case Need.SESSION_HELD:
            held = at.on >= at.session.day
            return None if held else f"la séance n'a lieu que le {full_date(at.session.day)}"
        case Need.QUORUM:
            return no_quorum(at.session, at.procedure.panel)
        case Need.TOLD_OF_SESSION:
            return told_too_late(at.session, at.told_on, at.procedure.panel)
        case _:
            return None


def _opinion(at: Standing) -> str | None:
    if at.opinion is not None:
        return None
    if at.panel_is_mandatory:
        return "l'avis de l'équipe pluridisciplinaire manque, obligatoire pour une suppression (jalon review panel)"
    if at.status is ReviewStatus.EP_PENDING:
        return "l'équipe pluridisciplinaire est saisie : attendez son avis, ou retirez-lui l'affaire (panel --recall)"
    return None


def _criteria(at: Standing) -> str | None:
    examined = {
        int(rank) for done in at.since_notice if done.step is Step.CRITERIA for rank in done.details["examined"]
    }
    left = [f"{rank}. {text}" for rank, text in enumerate(at.procedure.criteria, 1) if rank not in examined]
    if not left:
        return None
    what = " ; ".join(left)
    return f"à examiner d'abord ({at.procedure.criteria_source}) : {what} (jalon review criteria)"


def _graver(at: Standing, measure: Measure | None) -> str | None:
    if measure is None or at.measure is None or SEVERITY.index(measure) <= SEVERITY.index(at.measure):
        return None
    return "la mesure est plus grave que celle de l'avis : un nouvel avis et un nouveau délai sont obligatoires"


def _ended(need: Need, at: Standing) -> str | None:
    adverse = kind_of(at.outcome) == "adverse"
    match need:
        case Need.NOTHING_TO_NOTIFY:
            told = adverse or at.notice is not None
            return (
                "la personne a reçu un avis : notifiez-lui d'abord la décision (jalon review notified)"
                if told
                else None
            )
        case Need.APPEAL_OVER:
            until = at.appeal_until
            if not adverse or (until is not None and at.on > until):
                return None
            return (
                f"un recours est possible jusqu'au {full_date(until)}" if until else "la notification n'est pas prouvée"
            )
        case _:
            by = at.appeal_answer_by
            if at.last(Step.APPEAL_ANSWERED) or (by is not None and at.on > by):
                return None
            return f"le recours attend sa réponse, due le {full_date(by)} au plus tard" if by else "aucun recours noté"
