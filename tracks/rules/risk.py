"""After a return to work, what makes people look: missed contacts, silence, an alert. Never a breach (R14)."""

from collections.abc import Iterator
from datetime import date, timedelta

from tracks import keys
from tracks.actions import Action, Because, Evidence, NotDone, OpenReview
from tracks.case import Appointment
from tracks.policy import FollowUp
from tracks.tonight import Tonight
from tracks.vocabulary import AppointmentStatus, NotDoneReason, Qualification, ReviewKind, SignalKind


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
    held = [
        a
        for a in tonight.past
        if a.status is not AppointmentStatus.REVOKED and a.day > floor and not tonight.case.paused_on(a.day)
    ]
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
    return risk(tonight, policy, because, tuple(piece(a) for a in last))


def missed(appointment: Appointment) -> bool:
    return appointment.status is AppointmentStatus.NOSHOW and appointment.qualification is not Qualification.ADMISSIBLE


def piece(appointment: Appointment) -> Evidence:
    return Evidence(kind="appointment", subject_id=appointment.id, note="Contact manqué")


def alert(tonight: Tonight, policy: FollowUp) -> OpenReview | None:
    """An alert of the person, the referent, the employer or the training body, not looked at yet."""
    looked_on = tonight.case.last_review_decided_on or date.min  # what is told that same day came after the decision
    alerts = [s for s in tonight.case.signals if s.kind is SignalKind.ALERT and looked_on <= s.on <= tonight.on]
    if not alerts:
        return None
    last = max(alerts, key=lambda signal: signal.on)
    because = tonight.because(
        "follow_up_risk",
        "Difficulté signalée le {day} : à regarder avec le coach, aucune mesure possible.",
        reference=policy.reference,
        day=last.on,
        signal=last.id,
    )
    return risk(tonight, policy, because, (Evidence(kind="signal", subject_id=last.id, note="Alerte reçue"),))


def silence(tonight: Tonight, policy: FollowUp) -> OpenReview | None:
    """Several check-ins in a row without any sign, since the last look at this person. One that did not arrive asked
    nothing; a contact whose outcome nobody has told may have been a sign."""
    floors = [tonight.case.last_review_decided_on, tonight.last_sign]
    floors += [s.on for s in tonight.case.signals if s.kind is SignalKind.REPLY and s.on <= tonight.on]
    since = max(filter(None, floors), default=date.min)
    slugs = {keys.check_in(tonight.case.id, m.slug) for m in policy.milestones}
    reached = slugs - tonight.case.lost
    written = sorted(day for key, day in tonight.case.sent.items() if key in reached and day > since)
    if len(written) < policy.risk_after_silent_check_ins:
        return None
    if tonight.on <= written[-1] + timedelta(days=policy.check_in_useful_days):
        return None
    if any(a.status is AppointmentStatus.UNKNOWN and a.day > since for a in tonight.past):
        return None
    because = tonight.because(
        "follow_up_risk",
        "Aucun signe depuis {count} messages de suivi ({days}) : à regarder avec le coach, aucune mesure possible.",
        reference=policy.reference,
        count=len(written),
        days=tuple(written),
    )
    return risk(
        tonight, policy, because, (Evidence(kind="case", subject_id=tonight.case.id, note="Messages sans réponse"),)
    )


def risk(tonight: Tonight, policy: FollowUp, because: Because, evidence: tuple[Evidence, ...]) -> OpenReview:
    return OpenReview(
        case=tonight.case.id,
        because=because,
        kind=ReviewKind.FOLLOW_UP_RISK,
        deadline_on=tonight.calendar.add_working_days(tonight.on, policy.look_within_working_days),
        evidence=evidence,
    )
