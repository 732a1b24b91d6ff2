"""The first day on which the night may say anything new of a case that nobody touches: until then it is not read.

Too early costs a reading; too late forgets a person. So each rule says its own days, beside the facts that all of them
share; a case with anything in motion is read the next night; none is left unread longer than `UNREAD`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta

from tracks.actions import Action, Ask, NotDone, OpenCheck, ServiceLate
from tracks.calendar import add_months
from tracks.legal import Key
from tracks.policy import Do
from tracks.rules import absences, appointments, clocks, contract, escalation, follow_up, reminders, risk
from tracks.tonight import Tonight
from tracks.vocabulary import AppointmentStatus, QuestionKind, ServiceCause

Days = Iterator[date]
Rule = Callable[[Tonight], Iterable[Action]]

DAY = timedelta(days=1)
UNREAD = timedelta(days=28)


def next_due(tonight: Tonight, actions: Iterable[Action]) -> date:
    """Later than the night itself. `actions`: what `decide` said tonight of this case."""
    tomorrow, case = tonight.on + DAY, tonight.case
    if case.left_on is not None or any(is_in_motion(tonight, action) for action in actions):
        return tomorrow
    pause = case.paused_on(tonight.on)
    known = paused_until(pause.last_day) if pause else ahead(tonight)
    latest = tonight.on + UNREAD
    for day in (*shared(tonight), *known):
        if tomorrow <= day < latest:
            latest = day
    return latest


def is_in_motion(tonight: Tonight, action: Action) -> bool:
    """Something is written tonight, or is to be tried again tomorrow; the rest is said already and stays as it is."""
    match action:
        case NotDone():
            return False
        case ServiceLate(cause=cause):
            return cause is ServiceCause.CANNOT_STAND
        case Ask(key=key):
            return key not in tonight.case.asked
        case OpenCheck(precondition=precondition):
            return precondition not in tonight.case.checks
        case _:
            return True


def paused_until(last_day: date | None) -> Days:
    if last_day is not None:
        yield last_day + DAY


def shared(tonight: Tonight) -> Days:
    """A version of the policy or of the law begins or ends; what is written already becomes true; a pause ends."""
    if tonight.frame.turns_on is not None:
        yield tonight.frame.turns_on
    if tonight.case.ahead is not None:
        yield tonight.case.ahead
    for pause in tonight.case.pauses:
        yield pause.first_day
        yield from paused_until(pause.last_day)


def ahead(tonight: Tonight) -> Days:
    """The days of every rule, and those of facts that several look at."""
    yield from happenings(tonight)
    for days in WAITS.values():
        yield from days(tonight)


def happenings(tonight: Tonight) -> Days:
    """An appointment begins and is over, a contract binds or ends, what somebody told counts."""
    for appointment in tonight.case.appointments:
        if appointment.starts_at > tonight.now:
            yield appointment.day
            yield appointment.day + DAY
    for signed in tonight.case.contracts:
        yield signed.signed_on
        yield signed.starts_on
        for last in (signed.ends_on, signed.held_until):
            if last is not None:
                yield last + DAY
    for signal in tonight.case.signals:
        yield signal.on


def nothing(_tonight: Tonight) -> Days:
    """A rule that looks at no day of its own."""
    yield from ()


def of_rhythm(tonight: Tonight) -> Days:
    """The service becomes late the day after the last one of the rhythm, unless it has proposed an appointment."""
    rhythm = tonight.version.rhythm
    if rhythm is None or any(appointments.is_proposed(tonight, planned) for planned in tonight.planned):
        return
    anchor = tonight.last_exchange or tonight.case.entered_on
    yield anchor + timedelta(days=tonight.every.max) + DAY
    yield anchor + timedelta(days=rhythm.first_within_days) + DAY


def of_milestones(tonight: Tonight) -> Days:
    """Each point of the months after a return to work: a call is near, a message leaves, both are over."""
    policy = tonight.version.follow_up
    if policy is None:
        return
    for milestone in policy.milestones:
        day = follow_up.milestone_day(tonight, milestone)
        yield day - timedelta(days=policy.plan_ahead_days)
        yield day + timedelta(days=policy.around_days) + DAY
        yield day
        yield day + DAY  # `next_step` names the next one
        yield day + timedelta(days=policy.check_in_useful_days) + DAY
    yield add_months(follow_up.started_on(tonight), policy.months)


def of_silence(tonight: Tonight) -> Days:
    """A check-in without any answer, once its days are over."""
    policy = tonight.version.follow_up
    if policy is not None:
        for day in tonight.case.sent.values():
            yield day + timedelta(days=policy.check_in_useful_days) + DAY


def of_reminders(tonight: Tonight) -> Days:
    """The nights on which a window opens; the one after the appointment, when what was not sent is recorded."""
    for appointment in tonight.case.appointments:
        if appointment.day < tonight.on - reminders.LOOK_BACK:
            continue
        told_on = reminders.announced_on(tonight, appointment)
        if told_on is not None:
            yield told_on + DAY
        yield appointment.day + DAY
        for days in tonight.version.reminders.days_before:
            yield appointment.day - timedelta(days=days)


def of_outcomes(tonight: Tonight) -> Days:
    """The referent is asked what happened, some worked days after."""
    wait = tonight.version.outcomes.ask_referent_after_working_days
    for appointment in tonight.past:
        if appointment.status is AppointmentStatus.UNKNOWN:
            yield tonight.calendar.add_working_days(appointment.day, wait)


def of_absences(tonight: Tonight) -> Days:
    """The person's reason is no longer worth asking; the referent is asked; the absence is too old to be spoken of."""
    rung = tonight.version.rung(Do.ASK_REASON)
    for absence in tonight.absences:
        yield out_of_window(tonight, absence.day)
        if absence.qualification is None:
            yield absences.qualify_from(tonight, absence)
            if rung is not None:
                yield rung.last_useful_day(absence.day) + DAY


def of_breaches(tonight: Tonight) -> Days:
    for breach in tonight.case.breaches:
        if breach.on >= tonight.window_from:
            yield out_of_window(tonight, breach.on)
        if breach.excused_on is not None:
            yield breach.excused_on


def out_of_window(tonight: Tonight, day: date) -> date:
    """Months end on other days: from the last one on, the case is looked at every night until the fact is out."""
    review = tonight.version.review
    months = review.within_months if review else tonight.version.outcomes.absences_within_months
    return max(tonight.on + DAY, add_months(day, months or 0))


def of_actions(tonight: Tonight) -> Days:
    for action in tonight.case.actions:
        yield tonight.calendar.next_working(action.due_on) + DAY


def of_clocks(tonight: Tonight) -> Days:
    """The two stages of the law's delay, and its end."""
    policy, notified_on = tonight.version.contract, tonight.case.notified_on
    if policy is None or notified_on is None:
        return
    clock = clocks.contract_clock(tonight.policies, notified_on, policy.sign_within_months)
    whole = (clock.limit - clock.started_on).days or 1
    for key in (Key.ALERT_EARLY, Key.ALERT_LATE):
        percent = tonight.policies.legal.at(key, tonight.on).value
        yield clock.started_on + timedelta(days=-(-percent * whole // clocks.PER_CENT))
    yield clock.limit + DAY


def of_contracts(tonight: Tonight) -> Days:
    """The service is late to sign; a contract is to be renewed; an old one is to be replaced."""
    policy = tonight.version.contract
    if policy is None:
        return
    oriented_on = tonight.case.notified_on or tonight.case.entered_on
    yield tonight.calendar.next_working(add_months(oriented_on, policy.sign_within_months)) + DAY
    for signed in tonight.case.contracts:
        if signed.ends_on is not None:
            yield signed.ends_on - timedelta(days=policy.renew_before_days)
        if signed.kind in contract.OLD_KINDS:
            limit, _ = contract.replaced_from(tonight.policies, tonight.on)
            yield add_months(limit, -1)


def of_exits(tonight: Tonight) -> Days:
    if tonight.case.activity_started_on is not None:
        yield tonight.case.activity_started_on


def of_escalation(tonight: Tonight) -> Days:
    """The delay of an invitation is over; a rung has had its days. The service's own part is `of_rhythm`."""
    if tonight.version.review is None:
        return
    for invitation in tonight.case.invitations:
        if invitation.received_on is not None:
            yield escalation.delay_ends(tonight, invitation, invitation.received_on) + DAY
    rungs = [rung.wait_working_days for rung in tonight.version.threshold_rungs() if rung.wait_working_days is not None]
    for key, asked_on in tonight.case.asked.items():
        if key.startswith(CLIMBED):
            for wait in rungs:
                yield tonight.calendar.add_working_days(asked_on, wait)


CLIMBED = tuple(f"ask:{kind}:" for kind in (QuestionKind.CALL, QuestionKind.VISIT))

# Every rule of `decide`, and the days that it waits for. A test wants each to be here.
WAITS: Mapping[Rule, Callable[[Tonight], Days]] = {
    appointments.next_appointment: of_rhythm,
    follow_up.follow_up_contacts: of_milestones,
    appointments.convocations: nothing,
    reminders.reminders: of_reminders,
    follow_up.check_ins: nothing,  # the milestones
    appointments.outcome_missing: of_outcomes,
    absences.absence_reason: of_absences,
    absences.absence_to_qualify: nothing,  # the absences
    absences.replies_to_read: nothing,
    absences.signs_during_review: nothing,
    contract.breaches_explained: of_breaches,
    contract.explained_during_review: nothing,
    absences.coach_told: nothing,  # the absences
    contract.prescribed_actions: of_actions,
    clocks.legal_clocks: of_clocks,
    contract.contract_in_time: of_contracts,
    contract.track_change: of_exits,
    risk.follow_up_risk: of_silence,
    escalation.escalation: of_escalation,
}
