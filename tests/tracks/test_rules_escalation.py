"""What a county may choose about escalation, and what its choices cannot do."""

from dataclasses import replace
from datetime import date

import pytest

from tests.tracks.building import (
    MONDAY,
    a_case,
    a_contract,
    an_absence,
    an_appointment,
    an_invitation,
    of_kind,
    policies_of,
    with_version,
)
from tracks import keys
from tracks.actions import Action, Ask, OpenCheck, OpenReview, Write
from tracks.calendar import Calendar
from tracks.case import Breach, Pause, Signal
from tracks.decide import decide
from tracks.rules.facts import in_days
from tracks.tonight import Tonight
from tracks.vocabulary import (
    Clause,
    ContractKind,
    Precondition,
    Qualification,
    QuestionKind,
    SignalKind,
    SignalSource,
    Template,
)

EMPLOI = policies_of("objectif_emploi")
STORY_1 = a_case()


def reviews(actions: tuple[Action, ...]) -> int:
    return len(of_kind(actions, OpenReview))


def missing(actions: tuple[Action, ...]) -> list[Precondition]:
    return [check.precondition for check in of_kind(actions, OpenCheck)]


def letters(actions: tuple[Action, ...]) -> list[Write]:
    return [w for w in of_kind(actions, Write) if w.template is Template.INVITATION_TO_REGULARISE]


def test_the_default_case_is_story_one() -> None:
    assert reviews(decide(STORY_1, EMPLOI, MONDAY)) == 1


@pytest.mark.parametrize(("absences", "opened"), [(2, 1), (3, 0)])
def test_the_threshold_is_the_county_s(absences: int, opened: int) -> None:
    assert reviews(decide(STORY_1, with_version("objectif_emploi", review={"absences": absences}), MONDAY)) == opened


def test_a_county_may_count_unexplained_absences_alone() -> None:
    case = a_case(
        appointments=(
            an_absence(2, date(2026, 10, 2)),
            an_absence(3, date(2026, 10, 16), "inadmissible"),
            an_appointment(4, date(2026, 12, 10), "planned"),
        )
    )
    strict = with_version("objectif_emploi", review={"qualifications": ("unexplained",)})
    assert [reviews(decide(case, policies, MONDAY)) for policies in (EMPLOI, strict)] == [1, 0]


def test_a_county_may_keep_absences_after_a_coming() -> None:
    case = a_case(
        appointments=(
            an_absence(2, date(2026, 10, 2)),
            an_appointment(5, date(2026, 10, 9), "seen"),
            an_absence(3, date(2026, 10, 16)),
            an_appointment(4, date(2026, 12, 10), "planned"),
        )
    )
    keeping = with_version("objectif_emploi", review={"reset_on_seen": False})
    assert [reviews(decide(case, policies, MONDAY)) for policies in (EMPLOI, keeping)] == [0, 1]


def test_a_county_says_which_contracts_count() -> None:
    case = a_case(contracts=(a_contract(kind=ContractKind.CER),))
    engagement_alone = with_version("objectif_emploi", contract={"kinds": ("engagement",)})
    assert missing(decide(case, EMPLOI, MONDAY)) == []
    assert missing(decide(case, engagement_alone, MONDAY)) == [Precondition.NO_CONTRACT]


def test_a_breach_counts_in_the_window_of_the_absences_and_never_beyond() -> None:
    def with_breach(day: date) -> int:
        case = a_case(
            appointments=(an_absence(3, date(2026, 10, 16)), an_appointment(4, date(2026, 12, 10), "planned")),
            breaches=(Breach(id=1, clause=Clause.ACTIONS, on=day, qualification=Qualification.INADMISSIBLE),),
        )
        return reviews(decide(case, EMPLOI, MONDAY))

    assert [with_breach(date(2026, 5, 22)), with_breach(date(2026, 5, 23)), with_breach(date(2026, 10, 1))] == [0, 1, 1]


def test_a_moved_appointment_is_no_cancellation_by_the_service() -> None:
    """The last absence is recent: the rhythm is kept, only the cancelled one could be held against the service."""

    def after(*, replaced: bool) -> list[Precondition]:
        case = a_case(
            appointments=(
                an_absence(2, date(2026, 10, 30)),
                an_absence(3, date(2026, 11, 9)),
                an_appointment(5, date(2026, 11, 20), "revoked", replaced=replaced),
            ),
            invitations=(an_invitation(sent_on=date(2026, 11, 10), received_on=date(2026, 11, 11), delay_days=10),),
        )
        return missing(decide(case, EMPLOI, date(2026, 11, 24)))

    assert after(replaced=False) == [Precondition.SERVICE_LATE]
    assert after(replaced=True) == []


def test_the_deadline_rolls_over_the_holidays_of_the_place() -> None:
    """20 December, abolition of slavery in La Réunion: a Monday in 2027."""
    case = a_case(
        entered_on=date(2027, 1, 4),
        notified_on=date(2027, 1, 4),
        contracts=(a_contract(signed_on=date(2027, 1, 11), starts_on=date(2027, 1, 11), ends_on=None),),
        appointments=(
            an_absence(2, date(2027, 10, 29)),
            an_absence(3, date(2027, 11, 12)),
            an_appointment(4, date(2028, 1, 4), "planned"),
        ),
        invitations=(an_invitation(sent_on=date(2027, 12, 2), received_on=date(2027, 12, 4)),),
    )
    reunion = replace(EMPLOI, calendar=Calendar("974", "Indian/Reunion"), _frames={})
    on = date(2027, 12, 21)
    assert [reviews(decide(case, policies, on)) for policies in (EMPLOI, reunion)] == [1, 0]


def test_the_call_is_asked_until_it_is_made_and_its_letter_waits_whole_working_days() -> None:
    planned = an_appointment(4, date(2026, 12, 10), "planned")
    case = a_case(invitations=(), appointments=(*STORY_1.appointments[:3], planned))
    (call,) = of_kind(decide(case, EMPLOI, MONDAY), Ask)
    assert call.coordinator_from == date(2026, 11, 30)
    asked = replace(case, asked={call.key: MONDAY})
    nights = (date(2026, 11, 28), date(2026, 11, 29), date(2026, 11, 30))
    assert [len(letters(decide(asked, EMPLOI, on))) for on in nights] == [0, 0, 1]


def test_the_letter_names_the_days_it_is_about() -> None:
    key = keys.question(QuestionKind.CALL, 1, "2026-10-16")
    (letter,) = letters(decide(a_case(invitations=(), asked={key: date(2026, 11, 2)}), EMPLOI, MONDAY))
    assert letter.details == {"delay_days": 15, "days": (date(2026, 10, 2), date(2026, 10, 16))}
    assert letter.key == keys.invitation(1, date(2026, 10, 16))


def test_only_the_person_s_own_answer_is_to_be_read() -> None:
    def answered_by(source: SignalSource) -> tuple[Action, ...]:
        signal = Signal(id=1, on=date(2026, 11, 5), source=source, kind=SignalKind.REPLY)
        return decide(a_case(signals=(signal,)), EMPLOI, MONDAY)

    assert missing(answered_by(SignalSource.PERSON)) == [Precondition.NOT_QUALIFIED]
    assert reviews(answered_by(SignalSource.REFERENT)) == 1


def test_every_piece_of_the_file_is_a_row_that_somebody_can_open() -> None:
    (review,) = of_kind(decide(STORY_1, EMPLOI, MONDAY), OpenReview)
    assert [(piece.kind, piece.subject_id) for piece in review.evidence] == [
        ("appointment", 2),
        ("appointment", 3),
        ("contract", 1),
        ("letter", 1),
    ]
    assert review.evidence[0].note == "Absence du 2 octobre 2026, convocation envoyée 14 jours avant"


def test_absences_of_a_pause_are_not_even_asked_about() -> None:
    case = a_case(
        appointments=(an_absence(2, date(2026, 11, 16), None),),
        pauses=(Pause(first_day=date(2026, 11, 10), last_day=date(2026, 11, 18)),),
    )
    assert Tonight(case, EMPLOI, MONDAY).absences == ()


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((12, 14), "12 et 14 jours"),
        ((14, 14), "14 jours"),
        ((1,), "1 jour"),
        ((0, 1), "0 et 1 jour"),
        ((-3,), "0 jour"),
    ],
)
def test_days_agree_with_their_number(counts: tuple[int, ...], said: str) -> None:
    assert in_days(counts) == said
