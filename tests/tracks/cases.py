"""Random people for the property tests: cases as the store could hold them, most of them near a review."""

from dataclasses import replace
from datetime import date, time, timedelta

from hypothesis import strategies as st

from tests.tracks.building import CALENDAR, a_case, a_contract, an_invitation
from tracks import keys
from tracks.case import Appointment, Breach, Case, Notice, OpenReview, Pause, PrescribedAction, Signal
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
    QuestionKind,
    ReviewKind,
    SignalKind,
    SignalSource,
)

DAY = timedelta(days=1)
NIGHTS = st.dates(date(2026, 8, 1), date(2027, 3, 31))
PAST = (*[AppointmentStatus.NOSHOW] * 6, *AppointmentStatus)
QUALIFIED = (*[Qualification.UNEXPLAINED] * 4, *Qualification, None)
PROOFS = (*[NoticeProof.DELIVERED] * 4, *NoticeProof)


def some_days(on: date, *, most: int) -> st.SearchStrategy[list[date]]:
    """None, more often than not; else a few days of the last three months, in order."""
    ago = st.integers(0, 90).map(lambda days: on - days * DAY)
    return st.one_of(st.just([]), st.just([]), st.lists(ago, max_size=most).map(sorted))


@st.composite
def appointments(draw: st.DrawFn, id: int, on: date) -> Appointment:
    day = on + draw(st.integers(-220, 40)) * DAY
    status = draw(st.sampled_from(PAST)) if day < on else AppointmentStatus.PLANNED
    if day < on and status is AppointmentStatus.PLANNED:
        status = AppointmentStatus.UNKNOWN  # as the store reads a past `planned`
    told_on = day - draw(st.integers(0, 16)) * DAY
    notice = Notice(sent_on=told_on, channel=draw(st.sampled_from(Channel)), proof=draw(st.sampled_from(PROOFS)))
    return Appointment(
        id=id,
        kind=draw(st.sampled_from((AppointmentKind.INDIVIDUAL, *AppointmentKind))),
        starts_at=CALENDAR.local(day, time(draw(st.integers(8, 18)))),
        day=day,
        status=status,
        qualification=draw(st.sampled_from(QUALIFIED)) if status is AppointmentStatus.NOSHOW else None,
        notice=draw(st.sampled_from((notice, notice, notice, None))),
        known_on=min(told_on, on) - draw(st.integers(0, 3)) * DAY,
        stands=draw(st.integers(0, 9)) > 0,
        replaced=status is AppointmentStatus.REVOKED and draw(st.booleans()),
    )


@st.composite
def pasts(draw: st.DrawFn, on: date) -> tuple[Appointment, ...]:
    found = [draw(appointments(n, on)) for n in range(1, 1 + draw(st.integers(0, 7)))]
    return tuple(sorted(found, key=lambda a: (a.starts_at, a.id)))


@st.composite
def cases(draw: st.DrawFn, on: date, track: str) -> Case:
    """A person followed in `track` on the night of `on`, with anything that may have happened to them."""
    entered_on = on - draw(st.integers(0, 300)) * DAY
    signed_on = entered_on + draw(st.integers(-20, 60)) * DAY
    ends_on = draw(st.sampled_from((None, on - 40 * DAY, on + 20 * DAY, on + 200 * DAY)))
    contract = a_contract(
        signed_on=signed_on,
        starts_on=signed_on + draw(st.sampled_from((0, 0, 15))) * DAY,
        ends_on=max(ends_on, signed_on) if ends_on else None,
        kind=draw(st.sampled_from(ContractKind)),
        clauses=frozenset(draw(st.sets(st.sampled_from(Clause), min_size=2))),
    )
    invitations = tuple(
        an_invitation(
            id=n,
            sent_on=day,
            received_on=draw(st.sampled_from((None, day + DAY, day + 9 * DAY))),
            delay_days=draw(st.sampled_from((5, 15, 30))),
        )
        for n, day in enumerate(draw(some_days(on, most=2)), 1)
    )
    signals = tuple(
        Signal(id=n, on=day, source=draw(st.sampled_from(SignalSource)), kind=draw(st.sampled_from(SignalKind)))
        for n, day in enumerate(draw(some_days(on, most=2)), 1)
    )
    breaches = tuple(
        Breach(id=n, clause=Clause.ACTIONS, on=day, qualification=draw(st.sampled_from(QUALIFIED)))
        for n, day in enumerate(draw(some_days(on, most=1)), 1)
    )
    pauses = tuple(
        Pause(first_day=day, last_day=draw(st.sampled_from((None, day + 5 * DAY))))
        for day in draw(some_days(on, most=1))
    )
    reviews = tuple(
        OpenReview(id=n, kind=draw(st.sampled_from(ReviewKind)), opened_on=day)
        for n, day in enumerate(draw(some_days(on, most=1)), 1)
    )
    case = a_case(
        track=track,
        entered_on=entered_on,
        notified_on=draw(st.sampled_from((None, entered_on, entered_on - 5 * DAY))),
        under_duties=draw(st.integers(0, 5)) > 0,
        circuit=draw(st.sampled_from((*[Circuit.DEPARTEMENT] * 4, Circuit.FRANCE_TRAVAIL))),
        activity_started_on=draw(st.sampled_from((None, entered_on))),
        channels=draw(st.sampled_from(((), (Channel.LETTER,), (Channel.SMS, Channel.LETTER), (Channel.EMAIL,)))),
        refused=draw(st.sampled_from(((), (Channel.SMS,)))),
        appointments=draw(pasts(on)),
        contracts=(contract,),
        invitations=invitations,
        actions=tuple(
            PrescribedAction(id=n, prescribed_on=day - 30 * DAY, due_on=day, done_on=None)
            for n, day in enumerate(draw(some_days(on, most=1)), 1)
        ),
        signals=signals,
        breaches=breaches,
        pauses=pauses,
        reviews=reviews,
        checks=frozenset(draw(st.sets(st.sampled_from(Precondition), max_size=1))),
        last_review_decided_on=draw(st.sampled_from((None, None, None, on - 30 * DAY))),
    )
    return draw(lived(case, on))


@st.composite
def lived(draw: st.DrawFn, case: Case, on: date) -> Case:
    """What earlier nights may have written and asked of this person, answered or not."""
    before = on - 12 * DAY
    sent, asked, answered = {}, {}, set()
    for a in case.appointments:
        if draw(st.booleans()):
            sent[keys.reason_request(a.id)] = max(a.day + DAY, before)
            sent[keys.convocation(a.id, a.starts_at)] = a.day - 12 * DAY
        question = keys.question(QuestionKind.QUALIFY, case.id, a.id)
        if draw(st.booleans()):
            asked[question] = before
        call = keys.question(QuestionKind.CALL, case.id, a.day.isoformat())
        if draw(st.booleans()):
            asked[call] = before
            answered |= {call} if draw(st.booleans()) else set()
    for signal in case.signals:
        if draw(st.booleans()):
            reply = keys.question(QuestionKind.QUALIFY, case.id, f"reply:{signal.id}")
            asked[reply] = signal.on
            answered.add(reply)
    return replace(case, sent=sent, asked=asked, answered=frozenset(answered))


@st.composite
def nights(draw: st.DrawFn, tracks: tuple[str, ...]) -> tuple[Case, date]:
    on = draw(NIGHTS)
    return draw(cases(on, draw(st.sampled_from(tracks)))), on
