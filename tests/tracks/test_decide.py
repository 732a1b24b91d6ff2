"""The night of one person as a whole: what it can never do, whose version it follows, what it no longer asks."""

import dataclasses
import typing
from dataclasses import replace
from datetime import date

import pytest

from tests.tracks.building import (
    MONDAY,
    a_case,
    an_absence,
    an_appointment,
    an_invitation,
    of_kind,
    policies_of,
    with_version,
)
from tracks import keys
from tracks.actions import Action, Ask, CloseCheck, CloseQuestion, NotDone, OpenCheck, OpenReview
from tracks.case import Case, Notice, Pause, PrescribedAction
from tracks.decide import RULES, decide
from tracks.errors import PolicyError
from tracks.policy import Version
from tracks.tonight import Policies, Tonight
from tracks.vocabulary import Channel, NotDoneReason, NoticeProof, Precondition, QuestionKind

EMPLOI = policies_of("objectif_emploi")


def two_versions(changed_from: date, **notice_days: int) -> Policies:
    """Objectif emploi whose notice periods changed on a day."""
    (before,) = EMPLOI.track.version
    plain = before.model_dump()
    plain["rhythm"]["notice_days"] |= notice_days
    after = Version.model_validate(plain | {"valid_from": changed_from})
    ended = before.model_copy(update={"valid_to": date.fromordinal(changed_from.toordinal() - 1)})
    return replace(EMPLOI, track=EMPLOI.track.model_copy(update={"version": (ended, after)}), _frames={})


def told(ahead: int, day: date) -> Notice:
    sent_on = date.fromordinal(day.toordinal() - ahead)
    return Notice(sent_on=sent_on, channel=Channel.SMS, proof=NoticeProof.DELIVERED)


def test_no_action_is_a_sanction() -> None:
    """R1: the union of actions has no value that takes something away from somebody."""
    words = {
        word
        for kind in typing.get_args(Action)
        for name in (kind.__name__, *(field.name for field in dataclasses.fields(kind)))
        for word in name.lower().split("_")
    }
    assert words & {"sanction", "suspend", "suspension", "reduce", "amount", "radiation", "decide", "decision"} == set()


def test_every_rule_says_its_sentence_in_french() -> None:
    for rule in RULES:
        assert rule.__doc__, rule.__name__
        assert rule.__doc__[0].isupper() and rule.__doc__.strip().endswith("."), rule.__name__


def test_a_pause_is_all_that_is_said() -> None:
    case = a_case(pauses=(Pause(first_day=date(2026, 11, 3), last_day=None),), checks=frozenset(Precondition))
    (only,) = decide(case, EMPLOI, MONDAY)
    assert isinstance(only, NotDone) and only.reason is NotDoneReason.PAUSED


def test_no_version_in_force_is_an_error() -> None:
    with pytest.raises(PolicyError, match="aucune version en vigueur le 2023-06-01"):
        decide(a_case(), EMPLOI, date(2023, 6, 1))


def test_a_reason_names_the_version_of_the_night() -> None:
    policies = two_versions(date(2026, 11, 1), sms=8, email=8)
    assert {a.because.version for a in decide(a_case(), policies, MONDAY)} == {"objectif_emploi@2026-11-01"}


@pytest.mark.parametrize(
    ("second", "missing"),
    [
        (date(2026, 10, 16), []),  # six days ahead when five were due
        (date(2026, 11, 2), [Precondition.NOTICE_SHORT]),  # six days ahead when eight were due
    ],
)
def test_a_fact_is_judged_by_the_version_of_its_own_day(second: date, missing: list[Precondition]) -> None:
    policies = two_versions(date(2026, 11, 1), sms=8, email=8)
    case = a_case(
        appointments=(
            an_absence(2, date(2026, 10, 2)),
            an_absence(3, second, notice=told(6, second)),
            an_appointment(4, date(2026, 12, 10), "planned"),
        ),
        invitations=(an_invitation(sent_on=date(2026, 11, 3), received_on=date(2026, 11, 4), delay_days=10),),
    )
    actions = decide(case, policies, MONDAY)
    assert [check.precondition for check in of_kind(actions, OpenCheck)] == missing
    assert len(of_kind(actions, OpenReview)) == (0 if missing else 1)


def test_what_was_answered_is_not_asked_again() -> None:
    action = PrescribedAction(id=5, prescribed_on=date(2026, 9, 1), due_on=date(2026, 11, 2), done_on=None)
    key = keys.question(QuestionKind.ACTION, 1, 5)
    asked = a_case(actions=(action,), asked={key: date(2026, 11, 3)})
    assert [ask.key for ask in of_kind(decide(asked, EMPLOI, MONDAY), Ask)] == [key]
    answered = replace(asked, answered=frozenset({key}))
    actions = decide(answered, EMPLOI, MONDAY)
    assert of_kind(actions, Ask) == of_kind(actions, CloseQuestion) == []


def test_what_has_no_object_any_more_is_closed_in_a_fixed_order() -> None:
    open_ones = {keys.question(QuestionKind.OUTCOME, 1, n): date(2026, 11, 16) for n in (9, 2, 7)}
    case = a_case(asked=open_ones, checks=frozenset({Precondition.NOT_INVITED, Precondition.NO_CONTRACT}))
    actions = decide(case, EMPLOI, MONDAY)
    assert [closed.key for closed in of_kind(actions, CloseQuestion)] == sorted(open_ones)
    assert [c.precondition for c in of_kind(actions, CloseCheck)] == [
        Precondition.NO_CONTRACT,
        Precondition.NOT_INVITED,
    ]


def test_a_check_still_missing_stays_open() -> None:
    case = a_case(invitations=(), checks=frozenset({Precondition.NOT_INVITED}))
    assert of_kind(decide(case, EMPLOI, MONDAY), CloseCheck) == []


@pytest.mark.parametrize("track", ["objectif_emploi", "objectif_competences", "objectif_remobilisation"])
def test_the_switch_of_a_track_stops_what_follows_absences_and_nothing_else(track: str) -> None:
    case = a_case(track=track, invitations=())
    stopped = decide(case, with_version(track, escalation_enabled=False), MONDAY)
    assert of_kind(stopped, OpenCheck) == of_kind(stopped, OpenReview) == of_kind(stopped, Ask) == []
    assert [a.template for a in stopped if hasattr(a, "template")] == ["reminder"] * len(
        [a for a in decide(case, policies_of(track), MONDAY) if hasattr(a, "template")]
    )


def test_the_night_is_five_o_clock_on_the_wall_all_the_year_round() -> None:
    def instant(on: date) -> str:
        return Tonight(a_case(), EMPLOI, on).now.strftime("%H:%M")

    assert [instant(date(2026, 10, 24)), instant(date(2026, 10, 25))] == ["03:00", "04:00"]
    assert [instant(date(2027, 3, 27)), instant(date(2027, 3, 28))] == ["04:00", "03:00"]


def test_an_appointment_of_this_very_day_is_still_to_come() -> None:
    case: Case = a_case(appointments=(an_appointment(1, MONDAY, "planned"),), invitations=())
    assert Tonight(case, EMPLOI, MONDAY).planned and not Tonight(case, EMPLOI, MONDAY).past
