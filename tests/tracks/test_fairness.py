"""What must not be held against a person, nor asked for nothing."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.tracks.building import (
    MONDAY,
    a_case,
    a_contract,
    an_absence,
    an_appointment,
    of_kind,
    policies_of,
    with_version,
)
from tracks.actions import AppointmentDue, Ask, OpenCheck, OpenReview
from tracks.case import Case, Pause
from tracks.decide import decide
from tracks.policy import Version
from tracks.tonight import Policies
from tracks.vocabulary import Circuit, Precondition, QuestionKind


def suspended(first: date, last: date) -> Policies:
    """Objectif emploi, whose procedure the county suspended from `first` to `last`."""
    policies = with_version("objectif_emploi")
    (version,) = policies.track.version
    day = timedelta(days=1)

    def part(**changes: object) -> Version:
        return version.model_copy(update=changes)

    parts = (
        part(valid_to=first - day),
        part(valid_from=first, valid_to=last, escalation_enabled=False),
        part(valid_from=last + day),
    )
    return replace(policies, track=policies.track.model_copy(update={"version": parts}), _frames={})


@pytest.mark.parametrize(
    ("first", "reviews"), [(date(2026, 10, 17), 1), (date(2026, 10, 16), 0), (date(2026, 10, 1), 0)]
)
def test_what_happened_while_the_procedure_was_suspended_never_counts(first: date, reviews: int) -> None:
    found = decide(a_case(), suspended(first, date(2026, 11, 1)), MONDAY)
    assert len(of_kind(found, OpenReview)) == reviews
    assert of_kind(found, OpenCheck) == []


def test_an_absence_with_a_referent_of_france_travail_is_theirs_even_after_a_change_of_referent() -> None:
    case = a_case()
    seen, first, second, planned = case.appointments
    case = replace(case, appointments=(seen, replace(first, circuit=Circuit.FRANCE_TRAVAIL), second, planned))
    found = decide(case, policies_of(case.track), MONDAY)
    assert of_kind(found, OpenReview) == []
    assert [check.precondition for check in of_kind(found, OpenCheck)] == [Precondition.OTHER_CIRCUIT]


def renewals(case: Case) -> int:
    asked = of_kind(decide(case, policies_of(case.track), MONDAY), Ask)
    return sum(ask.kind is QuestionKind.RENEW_CONTRACT for ask in asked)


def test_a_contract_whose_successor_is_signed_is_not_to_be_renewed() -> None:
    ending = a_contract(ends_on=date(2026, 12, 10))
    follows = a_contract(id=2, signed_on=date(2026, 11, 20), starts_on=date(2026, 12, 11), ends_on=date(2027, 6, 10))
    assert renewals(a_case(contracts=(ending,))) == 1
    assert renewals(a_case(contracts=(ending, follows))) == 0


@pytest.mark.parametrize(
    ("left_on", "last_day"),
    [(None, date(2026, 12, 4)), (date(2026, 12, 2), date(2026, 12, 1)), (date(2026, 11, 30), None)],
)
def test_somebody_whose_exit_is_dated_is_not_summoned_for_after_it(left_on: date | None, last_day: date | None) -> None:
    case = a_case(appointments=(an_appointment(1, date(2026, 11, 19), "seen"),), left_on=left_on)
    due = of_kind(decide(case, policies_of(case.track), MONDAY), AppointmentDue)
    assert [one.last_day for one in due] == ([last_day] if last_day else [])
    assert all(one.first_day <= one.target <= one.last_day for one in due)


@pytest.mark.parametrize(
    ("pauses", "reviews"), [((), 1), ((Pause(first_day=date(2026, 11, 1), last_day=date(2026, 11, 8)),), 0)]
)
def test_a_contact_missed_on_a_day_of_pause_worries_nobody(pauses: tuple[Pause, ...], reviews: int) -> None:
    missed = (an_absence(1, date(2026, 11, 4), None), an_absence(2, date(2026, 11, 18), None))
    started = date(2026, 10, 5)
    case = a_case(
        track="suivi_emploi", entered_on=started, activity_started_on=started, appointments=missed, pauses=pauses
    )
    assert len(of_kind(decide(case, policies_of(case.track), MONDAY), OpenReview)) == reviews
