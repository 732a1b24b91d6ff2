"""The months after a return to work: a few contacts, a careful ear, a clean end. Never a breach (R14)."""

from collections.abc import Iterator
from datetime import date, timedelta

from tracks import keys
from tracks.actions import Action, AppointmentDue, Because, CloseCase, Evidence, NotDone, OpenReview, Write
from tracks.calendar import add_months
from tracks.case import Appointment, Signal
from tracks.policy import FollowUp, Milestone
from tracks.rules.appointments import unreachable
from tracks.tonight import Tonight
from tracks.vocabulary import (
    AppointmentKind,
    AppointmentStatus,
    Channel,
    NotDoneReason,
    Qualification,
    ReviewKind,
    SignalKind,
    Template,
)


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
    farewell = Write(
        case=tonight.case.id,
        because=because,
        template=Template.FAREWELL,
        key=keys.farewell(tonight.case.id),
        channel=tonight.channel,
        due_on=tonight.on,
        useful_until=tonight.calendar.local(tonight.on + timedelta(days=14), tonight.version.reminders.not_after),
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
    yield milestone_call(tonight, policy, milestone)


def next_milestone(tonight: Tonight, policy: FollowUp) -> Milestone | None:
    """The next milestone near enough to be planned and around which no contact took place."""
    around = timedelta(days=policy.around_days)
    for milestone in policy.milestones:
        day = milestone_day(tonight, milestone)
        near = day - timedelta(days=21) <= tonight.on <= day + around
        met = any(
            abs(a.day - day) <= around and a.status is not AppointmentStatus.REVOKED for a in tonight.case.appointments
        )
        if near and not met:
            return milestone
    return None


def milestone_call(tonight: Tonight, policy: FollowUp, milestone: Milestone) -> AppointmentDue:
    day = milestone_day(tonight, milestone)
    around = timedelta(days=policy.around_days)
    opens = max(day - around, tonight.sends_on + timedelta(days=2))
    closes = max(day + around, opens + timedelta(days=7))
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


def follow_up_risk(tonight: Tonight) -> Iterator[Action]:
    """Des contacts manqués de suite, un silence répété ou une alerte : des personnes regardent, sans aucune mesure."""
    policy = tonight.version.follow_up
    if policy is None:
        return
    found = missed_contacts(tonight, policy) or alert(tonight, policy) or silence(tonight, policy)
    if found is None:
        return
    if any(opened.kind is ReviewKind.FOLLOW_UP_RISK for opened in tonight.case.reviews):
        yield NotDone(case=tonight.case.id, because=found.because, reason=NotDoneReason.OPEN_REVIEW)
        return
    yield found


def missed_contacts(tonight: Tonight, policy: FollowUp) -> OpenReview | None:
    """The last contacts that were to take place were all missed, since the last look at this person."""
    floor = tonight.case.last_review_decided_on or date.min
    held = [a for a in tonight.past if a.status is not AppointmentStatus.REVOKED and a.day > floor]
    last = held[-policy.risk_after_missed :]
    if len(last) < policy.risk_after_missed or not all(missed(a) for a in last):
        return None
    if tonight.last_sign and tonight.last_sign >= last[0].day:
        return None
    because = tonight.because(
        "follow_up_risk",
        "Les {count} derniers contacts ont été manqués ({days}) : à regarder avec le coach, aucune mesure possible.",
        reference=policy.reference,
        count=len(last),
        days=tuple(a.day for a in last),
        facts=tuple(a.id for a in last),
    )
    return risk(tonight, because, tuple(piece(a) for a in last))


def missed(appointment: Appointment) -> bool:
    return appointment.status is AppointmentStatus.NOSHOW and appointment.qualification is not Qualification.ADMISSIBLE


def piece(appointment: Appointment) -> Evidence:
    return Evidence(kind="appointment", subject_id=appointment.id, note="Contact manqué")


def alert(tonight: Tonight, policy: FollowUp) -> OpenReview | None:
    """An alert of the person, the referent, the employer or the training body, not looked at yet."""
    floor = tonight.case.last_review_decided_on or date.min
    alerts = [s for s in tonight.case.signals if s.kind is SignalKind.ALERT and floor < s.on <= tonight.on]
    if not alerts:
        return None
    last: Signal = alerts[-1]
    because = tonight.because(
        "follow_up_risk",
        "Difficulté signalée le {day} : à regarder avec le coach, aucune mesure possible.",
        reference=policy.reference,
        day=last.on,
        signal=last.id,
    )
    return risk(tonight, because, (Evidence(kind="signal", subject_id=last.id, note="Alerte reçue"),))


def silence(tonight: Tonight, policy: FollowUp) -> OpenReview | None:
    """Several check-ins in a row without any sign, since the last look at this person."""
    floor = max(filter(None, (tonight.case.last_review_decided_on, tonight.last_sign)), default=date.min)
    replies = [s.on for s in tonight.case.signals if s.kind is SignalKind.REPLY]
    since = max([floor, *replies])
    slugs = {keys.check_in(tonight.case.id, m.slug) for m in policy.milestones}
    written = sorted(day for key, day in tonight.case.sent.items() if key in slugs and day > since)
    if len(written) < policy.risk_after_silent_check_ins:
        return None
    if tonight.on <= written[-1] + timedelta(days=policy.check_in_useful_days):
        return None
    because = tonight.because(
        "follow_up_risk",
        "Aucun signe depuis {count} messages de suivi ({days}) : à regarder avec le coach, aucune mesure possible.",
        reference=policy.reference,
        count=len(written),
        days=tuple(written),
    )
    return risk(tonight, because, (Evidence(kind="case", subject_id=tonight.case.id, note="Messages sans réponse"),))


def risk(tonight: Tonight, because: Because, evidence: tuple[Evidence, ...]) -> OpenReview:
    return OpenReview(
        case=tonight.case.id,
        because=because,
        kind=ReviewKind.FOLLOW_UP_RISK,
        deadline_on=tonight.calendar.add_working_days(tonight.on, 5),
        evidence=evidence,
    )
