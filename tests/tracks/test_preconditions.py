"""The eleven conditions say exactly what the night does: all are met, or no review opens."""

from datetime import date

import pytest
from hypothesis import given, settings

from tests.tracks.building import MONDAY, a_case, policies_of
from tests.tracks.test_properties import CONDITIONS, a_person, compliance, near_reviews, night, quick
from tracks.case import Case
from tracks.rules.preconditions import Condition, State, conditions
from tracks.tonight import Tonight

ON = date(2026, 11, 16)
NAMED = {  # what a story loses → the condition that says so, and how
    "under_duties": (2, State.MISSING),
    "our_circuit": (11, State.MISSING),
    "no_pause": (10, State.MISSING),
    "no_open_review": (8, State.MISSING),
    "contract_that_day": (1, State.MISSING),
    "duty_in_contract": (1, State.MISSING),
    "invited": (7, State.MISSING),
    "delay_over": (7, State.MISSING),
    "answer_read": (4, State.UNKNOWN),
    "service_in_time": (9, State.MISSING),
    "outcomes_known": (5, State.UNKNOWN),
    "not_seen_since": (5, State.MISSING),
    "qualified": (4, State.UNKNOWN),
    "summons_arrived": (3, State.MISSING),
    "summons_in_time": (3, State.MISSING),
}


def eleven(case: Case, on: date = ON) -> tuple[Condition, ...]:
    return conditions(Tonight(case, policies_of(case.track), on))


def test_the_first_story_meets_all_eleven_each_with_its_article() -> None:
    found = eleven(a_case(), MONDAY)
    assert [condition.number for condition in found] == list(range(1, 12))
    assert {condition.state for condition in found} == {State.MET}
    assert all(condition.article and condition.said.endswith(".") for condition in found)
    assert found[0].evidence == ("a2", "a3", "contrat 1")
    assert found[6].evidence == ("courrier 1",)


@pytest.mark.parametrize("lost", CONDITIONS)
def test_each_condition_that_is_lost_is_the_one_that_is_named(lost: str) -> None:
    found = eleven(a_person(frozenset(CONDITIONS) - {lost}))
    number, state = NAMED[lost]
    assert found[number - 1].state is state, found[number - 1]
    others = [
        condition.number for condition in found if condition.state is State.MISSING and condition.number != number
    ]
    assert others in ([], [6]), others  # what wipes the absences out leaves too few of them


@settings(quick, max_examples=300)
@given(near_reviews())
def test_all_are_met_exactly_when_a_review_opens(given: tuple[Case, date]) -> None:
    case, on = given
    met = all(condition.state is State.MET for condition in eleven(case, on))
    assert met == bool(compliance(night(case, on)))


def test_the_values_a_condition_was_held_to_come_with_their_source_and_their_day() -> None:
    found = {condition.key: condition.held_to for condition in eleven(a_case(), MONDAY)}
    (threshold,) = found["threshold_reached"]
    assert (threshold.what, threshold.valid_from) == ("2 absences en 6 mois", date(2024, 1, 1))
    assert all(held.source and held.confidence for values in found.values() for held in values)


def test_the_follow_up_after_a_return_to_work_has_no_such_conditions() -> None:
    case = a_case(track="suivi_emploi", activity_started_on=date(2026, 9, 1), under_duties=False)
    assert eleven(case, MONDAY) == ()
