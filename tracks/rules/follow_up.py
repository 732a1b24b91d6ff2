"""The months after a return to work: a few contacts, a careful ear, a clean end. Never a breach (R14)."""

from collections.abc import Iterator
from datetime import date, timedelta

from tracks import keys
from tracks.actions import Action, AppointmentDue, CloseCase, NotDone, Write
from tracks.calendar import add_months
from tracks.policy import FollowUp, Milestone
from tracks.rules.appointments import before_leaving, unreachable
from tracks.tonight import Tonight
from tracks.vocabulary import (
    AppointmentKind,
    AppointmentStatus,
    Channel,
    NotDoneReason,
    Template,
)

OFF = (AppointmentStatus.EXCUSED, AppointmentStatus.REVOKED)


def started_on(tonight: Tonight) -> date:
    return tonight.case.activity_started_on or tonight.case.entered_on


def milestone_day(tonight: Tonight, milestone: Milestone) -> date:
    return add_months(started_on(tonight), milestone.months) + timedelta(weeks=milestone.weeks)


def follow_up_ended(tonight: Tonight) -> tuple[Action, ...]:
    """Au terme des six mois, le suivi se clôt simplement, avec un message d'au revoir."""
    policy = tonight.version.follow_up
    if policy is None:
        return ()
    ends_on = add_months(started_on(tonight), policy.months)
    if tonight.on < ends_on:
        return ()
    because = tonight.because(
        "follow_up_ended",
        "Suivi clos : {months} mois depuis la reprise du {started_on}.",
        reference=policy.reference,
        months=policy.months,
        started_on=started_on(tonight),
    )
    closing = CloseCase(case=tonight.case.id, because=because, on=tonight.on, reason=policy.exit_reason)
    if tonight.channel is None:
        return (closing,)
    useful = tonight.on + timedelta(days=policy.check_in_useful_days)
    farewell = Write(
        case=tonight.case.id,
        because=because,
        template=Template.FAREWELL,
        key=keys.farewell(tonight.case.id),
        channel=tonight.channel,
        due_on=tonight.on,
        useful_until=tonight.calendar.local(useful, tonight.version.reminders.not_after),
    )
    return (farewell, closing)


def follow_up_contacts(tonight: Tonight) -> Iterator[Action]:
    """Un appel est prévu près de chaque étape du suivi, sauf si un contact y est déjà prévu ou fait."""
    policy = tonight.version.follow_up
    if policy is None:
        return
    if tonight.planned:
        because = tonight.because(
            "follow_up_contacts",
            "Pas de nouvel appel : un contact est déjà prévu le {planned_on}.",
            planned_on=tonight.planned[0].day,
            appointment=tonight.planned[0].id,
        )
        yield NotDone(case=tonight.case.id, because=because, reason=NotDoneReason.ALREADY_PLANNED)
        return
    milestone = next_milestone(tonight, policy)
    if milestone is None:
        return
    if tonight.channel is None:
        yield from unreachable(tonight)
        return
    yield from before_leaving(tonight, milestone_call(tonight, policy, milestone))


def next_milestone(tonight: Tonight, policy: FollowUp) -> Milestone | None:
    """The next milestone near enough to be planned and around which no contact took place."""
    around = timedelta(days=policy.around_days)
    for milestone in policy.milestones:
        day = milestone_day(tonight, milestone)
        near = day - timedelta(days=policy.plan_ahead_days) <= tonight.on <= day + around
        met = any(abs(a.day - day) <= around and a.status not in OFF for a in tonight.case.appointments)
        if near and not met:
            return milestone
    return None


def milestone_call(tonight: Tonight, policy: FollowUp, milestone: Milestone) -> AppointmentDue:
    day = milestone_day(tonight, milestone)
    around = timedelta(days=policy.around_days)
    opens = max(day - around, tonight.sends_on + timedelta(days=policy.call_notice_days))
    closes = max(day + around, opens + around)
    wanted = tonight.version.individual(first=False)
    return AppointmentDue(
        case=tonight.case.id,
        because=tonight.because(
            "follow_up_contacts",
            "Appel à fixer entre le {opens} et le {closes} : {wording} depuis la reprise du {started_on}.",
            reference=policy.reference,
            opens=opens,
            closes=closes,
            wording=milestone.wording,
            started_on=started_on(tonight),
        ),
        referent=tonight.case.referent,
        first_day=opens,
        last_day=closes,
        target=min(max(day, opens), closes),
        minutes=wanted.minutes,
        kind=AppointmentKind.INDIVIDUAL,
        subject=wanted.subject,
        by_phone=wanted.place == "phone",
        number=tonight.number(AppointmentKind.INDIVIDUAL),
        urgent_since=day,
        channel=tonight.channel or Channel.LETTER,
        impossible=tonight.case.impossible,
        wished=tonight.case.wished,
    )


def check_ins(tonight: Tonight) -> Iterator[Action]:
    """À chaque étape, un message court demande si tout va bien ; une étape trop ancienne ne s'écrit plus."""
    policy = tonight.version.follow_up
    if policy is None or tonight.channel is None:
        return
    for milestone in reversed(policy.milestones):
        day = milestone_day(tonight, milestone)
        key = keys.check_in(tonight.case.id, milestone.slug)
        useful = day + timedelta(days=policy.check_in_useful_days)
        if not day <= tonight.on <= useful:
            continue
        if key not in tonight.case.sent:
            yield Write(
                case=tonight.case.id,
                because=tonight.because(
                    "check_ins",
                    "Message de suivi : {wording} depuis la reprise du {started_on}.",
                    reference=policy.reference,
                    wording=milestone.wording,
                    started_on=started_on(tonight),
                ),
                template=Template.CHECK_IN,
                key=key,
                channel=tonight.channel,
                due_on=tonight.on,
                useful_until=tonight.calendar.local(useful, tonight.version.reminders.not_after),
                details={"milestone": milestone.wording},
            )
        return
