"""What must be true of a person before a review may open, written from `domain.md` (R6, R9, R14) and from nothing else.

No rule's own reading is asked: only the facts of the case, the county's numbers and a table of public holidays.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import holidays

from tracks.actions import OpenReview
from tracks.case import Appointment, Breach, Case, Contract
from tracks.policy import ReviewPolicy, Version
from tracks.vocabulary import (
    AppointmentKind,
    AppointmentStatus,
    Channel,
    Circuit,
    Clause,
    NoticeProof,
    Qualification,
    ReviewKind,
    SignalKind,
    SignalSource,
)

DAY = timedelta(days=1)
CLOSED = holidays.country_holidays("FR", years=range(2026, 2029))
COUNTED = (Qualification.UNEXPLAINED, Qualification.INADMISSIBLE)


def refusals(case: Case, version: Version, on: date, review: OpenReview) -> list[str]:
    """Everything that forbids this review; empty when it is lawful."""
    policy = version.review
    if policy is None:
        return ["R14: this track never leads to a review of a breach"]
    absences = [
        a for a in case.appointments for e in review.evidence if (e.kind, e.subject_id) == ("appointment", a.id)
    ]
    breaches = [b for b in case.breaches for e in review.evidence if (e.kind, e.subject_id) == ("breach", b.id)]
    days = sorted({a.day for a in absences} | {b.on for b in breaches})
    if len(days) < policy.absences:
        return [f"R6.6: facts on {len(days)} days, {policy.absences} wanted"]
    return [
        *(why for a in absences for why in about_absence(case, version, policy, a)),
        *(why for b in breaches for why in about_breach(case, version, b)),
        *about_days(case, policy, on, days),
        *about_person(case, on),
        *about_service(case, version, on, days[0]),
        *about_invitation(case, on, days[policy.absences - 1]),
        *about_replies(case, on, days[0]),
    ]


def about_absence(case: Case, version: Version, policy: ReviewPolicy, absence: Appointment) -> Iterator[str]:
    if absence.status is not AppointmentStatus.NOSHOW:
        yield "R5: not an absence"
    if absence.qualification not in COUNTED:
        yield "R6.4: not qualified as unexplained or inadmissible"
    clause = Clause.COLLECTIVE if absence.kind is AppointmentKind.COLLECTIVE else Clause.INDIVIDUAL
    if not any(binds(case, version, contract, absence.day, clause) for contract in case.contracts):
        yield "R6.1: no contract in force that day with the duty in it"
    notice = absence.notice
    if notice is None or notice.proof not in (NoticeProof.DELIVERED, NoticeProof.POSTED):
        yield "R6.3: nothing proves that the summons arrived"
        return
    assert version.rhythm is not None
    wanted = version.rhythm.notice_days
    due = {Channel.SMS: wanted.sms, Channel.EMAIL: wanted.email}.get(notice.channel or Channel.LETTER, wanted.letter)
    if notice.proof is NoticeProof.POSTED:
        due = max(due, policy.letter_posted_days, 10)
    if notice.sent_on + due * DAY > absence.day:
        yield "R6.3: the summons left too late"


def about_breach(case: Case, version: Version, breach: Breach) -> Iterator[str]:
    if breach.qualification not in COUNTED:
        yield "R6.6: the referent has not said so"
    if not any(binds(case, version, contract, breach.on, breach.clause) for contract in case.contracts):
        yield "R6.1: no contract in force that day with the duty in it"


def binds(case: Case, version: Version, contract: Contract, day: date, clause: Clause) -> bool:
    signed = contract.signed_on >= (case.notified_on or case.entered_on)  # E18
    running = max(contract.signed_on, contract.starts_on) <= day <= (contract.ends_on or date.max)
    kinds = version.contract.kinds if version.contract else ()
    return signed and running and contract.kind in kinds and clause in contract.clauses


def about_days(case: Case, policy: ReviewPolicy, on: date, days: list[date]) -> Iterator[str]:
    """The window, and what wipes the slate (R6.5, R6.6, R6.8, R6.10, R10)."""
    if (on - days[0]).days > policy.within_months * 31:
        yield "R6.6: out of the window"
    if any(a.status is AppointmentStatus.SEEN and days[0] <= a.day < on for a in case.appointments):
        yield "R6.5: seen since"
    if any(s.kind is SignalKind.COMPLIANCE and days[0] <= s.on <= on for s in case.signals):
        yield "R10: a sign of compliance since"
    if case.last_review_decided_on and case.last_review_decided_on >= days[0]:
        yield "R6.8: already looked at"
    if any(pause.covers(day) for pause in case.pauses for day in days):
        yield "R6.10: a fact on a day of pause"


def about_person(case: Case, on: date) -> Iterator[str]:
    if not case.under_duties:
        yield "R6.2: not under rights and duties"
    if case.circuit is Circuit.FRANCE_TRAVAIL:
        yield "R6.11: the other circuit"
    if any(pause.covers(on) for pause in case.pauses):
        yield "R6.10: paused"
    if any(opened.kind is ReviewKind.COMPLIANCE for opened in case.reviews):
        yield "R6.8: a case is open"


def about_service(case: Case, version: Version, on: date, first: date) -> Iterator[str]:
    assert version.rhythm is not None
    begun = [a for a in case.appointments if a.day < on]
    if any(a.status is AppointmentStatus.UNKNOWN and a.day >= first for a in begun):
        yield "R5: nobody said what happened since"
    if any(a.day >= on and a.status is AppointmentStatus.PLANNED and is_told(case, a, on) for a in case.appointments):
        return
    off = (AppointmentStatus.EXCUSED, AppointmentStatus.REVOKED)
    last = max((a.day for a in begun if a.status not in off), default=case.entered_on)
    if last + version.rhythm.every_days.max * DAY < on:
        yield "R6.9: the service missed its own rhythm"
    if any(a.status is AppointmentStatus.REVOKED and not a.replaced and a.day >= last for a in begun):
        yield "R6.9: called off by the service and not replaced"


def is_told(case: Case, appointment: Appointment, on: date) -> bool:
    summons = [day for key, day in case.sent.items() if key.startswith(f"convocation:{appointment.id}:")]
    return appointment.notice is not None or any(day < on for day in summons)


def about_invitation(case: Case, on: date, threshold: date) -> Iterator[str]:
    """R6.7: sent after the threshold, received on a certain date, its delay (ten days at least) wholly over."""
    good = [i for i in case.invitations if i.sent_on > threshold and i.received_on and is_over(case, i.received_on, on)]
    if not good:
        yield "R6.7: no invitation whose delay is over"


def is_over(case: Case, received_on: date, on: date) -> bool:
    delay = min(i.delay_days for i in case.invitations if i.received_on == received_on)
    last = received_on + (max(delay, 10) + 1) * DAY
    while last.isoweekday() > 5 or last in CLOSED:
        last += DAY
    cut = [p.last_day for p in case.pauses if p.last_day and received_on <= p.last_day and p.first_day <= last]
    return on > last and all(on > day + max(delay, 10) * DAY for day in cut)


def about_replies(case: Case, on: date, first: date) -> Iterator[str]:
    for signal in case.signals:
        asked = signal.kind is SignalKind.REPLY and signal.source is SignalSource.PERSON
        if asked and first <= signal.on <= on and not any(f"reply:{signal.id}" in key for key in case.answered):
            yield "R9: an answer that nobody has read"
