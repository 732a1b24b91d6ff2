"""What holds of every case and every night, whatever happened: first the rights of the person (proof.md, B)."""

import json
import re
from collections.abc import Iterable
from datetime import date
from itertools import chain, combinations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.tracks.building import (
    MONDAY,
    a_case,
    a_contract,
    an_absence,
    an_appointment,
    an_invitation,
    of_kind,
    policies_of,
)
from tests.tracks.cases import DAY, appointments, cases, nights
from tests.tracks.recording import night_after_night, read_on, record
from tests.tracks.rights import refusals
from tracks.actions import Action, Ask, OpenCheck, OpenReview, Write
from tracks.case import Case, Notice, Pause, Signal
from tracks.case import OpenReview as Opened
from tracks.decide import decide
from tracks.vocabulary import (
    AppointmentStatus,
    Channel,
    Circuit,
    Clause,
    NoticeProof,
    QuestionKind,
    ReviewKind,
    SignalKind,
    SignalSource,
    Template,
)

FOLLOWED = ("objectif_emploi", "objectif_competences", "objectif_remobilisation")
TRACKS = (*FOLLOWED, "suivi_emploi")
quick = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def night(case: Case, on: date = MONDAY) -> tuple[Action, ...]:
    return decide(case, policies_of(case.track), on)


def compliance(actions: Iterable[Action]) -> list[OpenReview]:
    return [a for a in of_kind(tuple(actions), OpenReview) if a.kind is ReviewKind.COMPLIANCE]


def held_against(actions: tuple[Action, ...]) -> list[Action]:
    """All that absences can lead to once they are held against the person."""
    asked = [a for a in of_kind(actions, Ask) if a.kind in (QuestionKind.CALL, QuestionKind.VISIT)]
    written = [a for a in of_kind(actions, Write) if a.template is Template.INVITATION_TO_REGULARISE]
    return [*compliance(actions), *of_kind(actions, OpenCheck), *asked, *written]


# --- The rights of the person -------------------------------------------------------------------------------------

CONDITIONS = (
    "under_duties",
    "our_circuit",
    "no_pause",
    "no_open_review",
    "contract_that_day",
    "duty_in_contract",
    "invited",
    "delay_over",
    "answer_read",
    "service_in_time",
    "outcomes_known",
    "not_seen_since",
    "qualified",
    "summons_arrived",
    "summons_in_time",
)


def a_person(met: frozenset[str]) -> Case:
    """Story 1, of which only the conditions in `met` hold."""
    notice = Notice(
        sent_on=date(2026, 10, 2) if "summons_in_time" in met else date(2026, 10, 14),
        channel=Channel.EMAIL,
        proof=NoticeProof.DELIVERED if "summons_arrived" in met else NoticeProof.FAILED,
    )
    appointments = [
        an_absence(2, date(2026, 10, 2)),
        an_absence(3, date(2026, 10, 16), "unexplained" if "qualified" in met else None, notice=notice),
    ]
    if "outcomes_known" not in met:
        appointments.append(an_appointment(4, date(2026, 10, 30), "unknown"))
    if "not_seen_since" not in met:
        appointments.append(an_appointment(5, date(2026, 11, 3), "seen"))
    if "service_in_time" in met:
        appointments.append(an_appointment(6, date(2026, 12, 3), "planned"))
    else:
        appointments.append(an_appointment(6, date(2026, 11, 20), "revoked"))
    invitation = an_invitation(received_on=date(2026, 10, 27 if "delay_over" in met else 31), delay_days=15)
    answer = Signal(id=5, on=date(2026, 11, 5), source=SignalSource.PERSON, kind=SignalKind.REPLY)
    opened = Opened(id=9, kind=ReviewKind.COMPLIANCE, opened_on=date(2026, 11, 13))
    contract = a_contract(
        ends_on=date(2027, 2, 21) if "contract_that_day" in met else date(2026, 10, 9),
        clauses=frozenset(Clause) if "duty_in_contract" in met else frozenset({Clause.ACTIONS}),
    )
    return a_case(
        appointments=tuple(appointments),
        under_duties="under_duties" in met,
        circuit=Circuit.DEPARTEMENT if "our_circuit" in met else Circuit.FRANCE_TRAVAIL,
        pauses=() if "no_pause" in met else (Pause(first_day=date(2026, 11, 14), last_day=None),),
        reviews=() if "no_open_review" in met else (opened,),
        contracts=(contract,),
        invitations=(invitation,) if "invited" in met else (),
        signals=() if "answer_read" in met else (answer,),
    )


def test_of_all_the_paths_to_a_review_only_the_one_where_everything_is_proved_leads_to_it() -> None:
    """The exhaustive walk (B1): each of the 32,768 ways of keeping or losing the preconditions of R6."""
    subsets = chain.from_iterable(combinations(CONDITIONS, n) for n in range(len(CONDITIONS) + 1))
    on, policies = date(2026, 11, 16), policies_of("objectif_emploi")
    opened = [met for met in subsets if compliance(decide(a_person(frozenset(met)), policies, on))]
    assert opened == [CONDITIONS]


@st.composite
def near_reviews(draw: st.DrawFn) -> tuple[Case, date]:
    """Most conditions hold; the night, the track and the threshold vary, and anything else may have happened too."""
    on = draw(st.dates(date(2026, 11, 1), date(2026, 12, 2)))
    case = a_person(frozenset(CONDITIONS) - draw(st.sets(st.sampled_from(CONDITIONS), max_size=1)))
    third = an_absence(7, draw(st.dates(date(2026, 5, 1), date(2026, 9, 30))))
    noise = [draw(appointments(20 + n, on)) for n in range(draw(st.sampled_from((0, 0, 1, 2))))]
    found = sorted((third, *noise, *case.appointments), key=lambda a: (a.starts_at, a.id))
    other = draw(cases(on, case.track))
    changes = {
        "track": draw(st.sampled_from(FOLLOWED)),
        "appointments": tuple(found),
        "pauses": (*case.pauses, *draw(st.lists(short_pauses(), max_size=1))),
        "signals": (*case.signals, *other.signals) if draw(st.booleans()) else case.signals,
        "breaches": other.breaches,
        "invitations": tuple(sorted((*case.invitations, *other.invitations[:1]), key=lambda i: i.sent_on)),
    }
    return read_on(a_case(**fields_of(case) | changes), on), on


def short_pauses() -> st.SearchStrategy[Pause]:
    first = st.dates(date(2026, 9, 1), date(2026, 11, 20))
    return first.map(lambda day: Pause(first_day=day, last_day=day + 4 * DAY))


def fields_of(case: Case) -> dict[str, object]:
    return {name: getattr(case, name) for name in case.__dataclass_fields__}


@settings(quick, max_examples=200)
@given(near_reviews())
def test_no_review_opens_but_where_domain_md_allows_it(given: tuple[Case, date]) -> None:
    case, on = given
    version = policies_of(case.track).at(on)
    for review in compliance(night(case, on)):
        assert refusals(case, version, on, review) == []


def test_the_independent_reading_is_not_blind() -> None:
    """It allows story 1 and refuses the same review to everybody who lacks one condition."""
    policies = policies_of("objectif_emploi")
    (review,) = compliance(decide(a_person(frozenset(CONDITIONS)), policies, MONDAY))
    for lost in CONDITIONS:
        case = a_person(frozenset(CONDITIONS) - {lost})
        late = date(2026, 11, 16) if lost == "delay_over" else MONDAY
        assert refusals(case, policies.at(late), late, review), lost
    assert refusals(a_person(frozenset(CONDITIONS)), policies.at(MONDAY), MONDAY, review) == []


@quick
@given(nights(FOLLOWED))
def test_one_absence_leads_to_nothing(given: tuple[Case, date]) -> None:
    case, on = given
    missed = [a for a in case.appointments if a.status is AppointmentStatus.NOSHOW]
    kept = tuple(a for a in case.appointments if a not in missed[1:])
    one = a_case(**fields_of(case) | {"appointments": kept, "breaches": ()})
    assert held_against(night(one, on)) == []


@quick
@given(nights(FOLLOWED))
def test_what_nobody_told_is_never_an_absence(given: tuple[Case, date]) -> None:
    case, on = given
    untold = tuple(
        an_appointment(a.id, a.day, "unknown", starts_at=a.starts_at) if a.day < on else a for a in case.appointments
    )
    unknown = a_case(**fields_of(case) | {"appointments": untold, "breaches": ()})
    actions = night(unknown, on)
    assert held_against(actions) == []
    assert not [a for a in of_kind(actions, Write) if a.template is Template.REASON_REQUEST]


@quick
@given(nights(("suivi_emploi",)))
def test_the_follow_up_holds_nothing_against_anybody(given: tuple[Case, date]) -> None:
    case, on = given
    assert held_against(night(case, on)) == []


# --- Every night --------------------------------------------------------------------------------------------------


@settings(quick, max_examples=100)
@given(nights(TRACKS))
def test_a_night_is_total_and_the_same_twice(given: tuple[Case, date]) -> None:
    case, on = given
    first = night(case, on)
    assert first == night(case, on)
    assert first or case.track == "suivi_emploi", "half of every explanation is what was not done"
    for action in first:
        assert action.case == case.id
        assert first.count(action) == 1, "said once"


@settings(quick, max_examples=100)
@given(nights(TRACKS))
def test_every_reason_is_a_french_sentence_with_its_figures(given: tuple[Case, date]) -> None:
    case, on = given
    for action in night(case, on):
        because = action.because
        assert re.fullmatch(r"[A-ZÀÉ«].*[^ ]\.", because.why), because.why
        assert not re.search(r"[{}]|None|—|  |\b1 jours|\bdu les\b|des le\b", because.why), because.why
        assert because.reference
        assert because.version == policies_of(case.track).track.ref(on)
        json.dumps(because.plain_inputs())


@quick
@given(nights(TRACKS))
def test_a_second_night_of_the_same_day_adds_nothing(given: tuple[Case, date]) -> None:
    case, on = given
    once = record(case, night(case, on), on)
    assume(once.left_on is None)
    twice = record(once, night(once, on), on)
    assert remembered(twice) == remembered(once)


# --- A night that comes late --------------------------------------------------------------------------------------


def remembered(case: Case) -> dict[str, object]:
    """What earlier nights leave behind, by keys alone: a late appointment has another hour."""
    return {
        "written": {key for key in case.sent if not key.startswith(Template.CONVOCATION)},
        "asked": set(case.asked),
        "checks": case.checks,
        "reviews": [review.kind for review in case.reviews],
        "appointments": sorted((a.id, a.kind) for a in case.appointments),
        "left": case.left_on is not None,
    }


@settings(quick, max_examples=200)
@given(nights(TRACKS))
def test_a_night_three_days_late_does_what_three_nights_on_time_do(given: tuple[Case, date]) -> None:
    case, on = given
    policies = policies_of(case.track)
    before, _ = night_after_night(case, policies, [on])
    in_time, _ = night_after_night(before, policies, [on + n * DAY for n in (1, 2, 3)])
    late, done = night_after_night(before, policies, [on + 3 * DAY])
    assert remembered(late) == remembered(in_time)
    for write in of_kind(tuple(done), Write):
        assert not write.too_late or write.template is Template.REMINDER


@pytest.mark.parametrize(
    ("outage", "missed"),
    [
        (1, []),
        (3, []),
        (5, []),
        (6, [7]),  # the window of two days opens: that of seven is closed
        (8, [7]),  # the morning itself
        (9, [7, 2]),  # the appointment has passed
        (30, [7, 2]),
        (45, []),  # too long ago to be worth a line
    ],
)
def test_a_reminder_that_an_outage_swallowed_is_recorded_and_never_sent(outage: int, missed: list[int]) -> None:
    """An appointment on Monday 30 November, told on the 10th; the last night ran on the 22nd."""
    appointment = an_appointment(
        1,
        date(2026, 11, 30),
        "planned",
        notice=Notice(sent_on=date(2026, 11, 10), channel=Channel.SMS, proof=NoticeProof.DELIVERED),
        known_on=date(2026, 11, 10),
    )
    case = a_case(appointments=(appointment,), invitations=())
    policies = policies_of("objectif_emploi")
    before, _ = night_after_night(case, policies, [date(2026, 11, 22)])
    _, done = night_after_night(before, policies, [date(2026, 11, 22) + outage * DAY])
    reminders = [a for a in of_kind(tuple(done), Write) if a.template is Template.REMINDER]
    assert [a.details["days_before"] for a in reminders if a.too_late] == missed
    for sent in reminders:
        assert sent.too_late or sent.useful_until <= appointment.starts_at
