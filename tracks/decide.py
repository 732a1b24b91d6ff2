"""The product in one function: what is due to a person tonight, and why. Pure; no clock, no I/O, no sanction."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from tracks.actions import Action, Ask, CloseCheck, CloseQuestion, NotDone, OpenCheck
from tracks.case import Case
from tracks.rules.absences import absence_reason, absence_to_qualify, coach_told, replies_to_read, signs_during_review
from tracks.rules.appointments import convocations, next_appointment, outcome_missing
from tracks.rules.clocks import legal_clocks
from tracks.rules.contract import (
    breaches_explained,
    contract_in_time,
    explained_during_review,
    prescribed_actions,
    track_change,
)
from tracks.rules.escalation import escalation
from tracks.rules.follow_up import check_ins, follow_up_contacts, follow_up_ended
from tracks.rules.reminders import reminders
from tracks.rules.risk import follow_up_risk
from tracks.tonight import Policies, Tonight
from tracks.vocabulary import NotDoneReason

Rule = Callable[[Tonight], Iterable[Action]]

RULES: tuple[Rule, ...] = (
    # keep the rhythm
    next_appointment,
    follow_up_contacts,
    convocations,
    reminders,
    check_ins,
    # learn what happened, from people
    outcome_missing,
    absence_reason,
    absence_to_qualify,
    replies_to_read,
    signs_during_review,
    breaches_explained,
    explained_during_review,
    coach_told,
    prescribed_actions,
    # the service's own duties
    legal_clocks,
    contract_in_time,
    track_change,
    # let people look
    follow_up_risk,
    escalation,
)


def decide(case: Case, policies: Policies, on: date) -> tuple[Action, ...]:
    """All that is due for `case` on the local civil day `on` (now = that day at 05:00 local), each with its reason.

    The procedure follows the policy version of `on`; a past fact is qualified by the version of its own day.
    PolicyError when no version is in force.
    """
    return decided(Tonight(case, policies, on))


def decided(tonight: Tonight) -> tuple[Action, ...]:
    """`decide`, of a case already seen on its night."""
    pause = tonight.case.paused_on(tonight.on)
    if pause is not None:
        return (paused(tonight, pause.first_day, pause.last_day),)
    ended = follow_up_ended(tonight)
    if ended:
        return (*ended, *follow_up_risk(tonight))
    actions = [action for rule in RULES for action in rule(tonight) if not is_answered(tonight, action)]
    return (*actions, *no_longer_asked(tonight, actions))


def is_answered(tonight: Tonight, action: Action) -> bool:
    """A question that somebody answered is not asked again."""
    return isinstance(action, Ask) and action.key in tonight.case.answered


def paused(tonight: Tonight, first_day: date, last_day: date | None) -> NotDone:
    """Rien ne part et rien n'avance pour une personne dont le suivi automatique est en pause."""
    until = "jusqu'au {last_day}" if last_day else "jusqu'à nouvel ordre"
    because = tonight.because(
        "paused",
        f"Rien n'est fait : le suivi automatique de cette personne est en pause depuis le {{first_day}}, {until}.",
        first_day=first_day,
        last_day=last_day,
    )
    return NotDone(case=tonight.case.id, because=because, reason=NotDoneReason.PAUSED)


def no_longer_asked(tonight: Tonight, actions: list[Action]) -> Iterator[Action]:
    """Une question ou une vérification se ferme d'elle-même dès que le fait attendu est connu."""
    asked = {action.key for action in actions if isinstance(action, Ask)}
    checked = {action.precondition for action in actions if isinstance(action, OpenCheck)}
    because = tonight.because("no_longer_asked", "Le fait attendu est connu, ou n'est plus attendu.")
    for key in sorted(tonight.open_questions - asked):
        yield CloseQuestion(case=tonight.case.id, because=because, key=key)
    for precondition in sorted(tonight.case.checks - checked):
        yield CloseCheck(case=tonight.case.id, because=because, precondition=precondition)
