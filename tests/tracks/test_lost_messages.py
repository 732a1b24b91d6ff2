"""A message that may not have arrived asked nothing of the person: nobody says that they did not answer it."""

from datetime import date

from tests.tracks.building import MONDAY, a_case, an_absence, an_appointment, of_kind, policies_of
from tracks import keys
from tracks.actions import Ask, OpenReview, ServiceLate, Write
from tracks.case import Case
from tracks.decide import decide
from tracks.vocabulary import QuestionKind, ServiceCause, Template

FRIDAY = date(2026, 11, 20)
REASON = keys.reason_request(3)


def asked_to_qualify(case: Case) -> list[str]:
    asked = of_kind(decide(case, policies_of(case.track), MONDAY), Ask)
    return [ask.because.why for ask in asked if ask.kind is QuestionKind.QUALIFY]


def one_absence(lost: frozenset[str]) -> Case:
    absence = an_absence(3, date(2026, 11, 19), None)
    coming = an_appointment(4, date(2026, 11, 30), "planned")
    return a_case(appointments=(absence, coming), invitations=(), sent={REASON: FRIDAY}, lost=lost)


def test_the_referent_qualifies_at_once_an_absence_whose_question_was_lost() -> None:
    assert asked_to_qualify(one_absence(frozenset())) == []
    (why,) = asked_to_qualify(one_absence(frozenset({REASON})))
    assert why == (
        "Absence du 19 novembre à qualifier : rien ne dit que notre message est arrivé, à reprendre avec la personne."
    )


def test_check_ins_that_were_lost_are_no_silence() -> None:
    written = {
        keys.check_in(1, slug): day
        for slug, day in (("w1m0", date(2026, 6, 8)), ("w0m1", date(2026, 7, 1)), ("w0m3", date(2026, 9, 1)))
    }
    case = a_case(
        track="suivi_emploi",
        activity_started_on=date(2026, 6, 1),
        entered_on=date(2026, 6, 1),
        appointments=(),
        sent=written,
    )
    silent = decide(case, policies_of("suivi_emploi"), MONDAY)
    assert len(of_kind(silent, OpenReview)) == 1
    lost = a_case(
        track="suivi_emploi",
        activity_started_on=date(2026, 6, 1),
        entered_on=date(2026, 6, 1),
        appointments=(),
        sent=written,
        lost=frozenset(written),
    )
    assert of_kind(decide(lost, policies_of("suivi_emploi"), MONDAY), OpenReview) == []


def test_an_invitation_that_could_not_leave_is_the_service_s_to_mend() -> None:
    key = keys.invitation(1, date(2026, 10, 16))
    call = keys.question(QuestionKind.CALL, 1, "2026-10-16")
    case = a_case(
        invitations=(),
        sent={key: date(2026, 11, 10)},
        lost=frozenset({key}),
        asked={call: date(2026, 11, 2)},
        answered=frozenset({call}),
    )
    actions = decide(case, policies_of(case.track), MONDAY)
    assert [late.cause for late in of_kind(actions, ServiceLate)] == [ServiceCause.UNREACHABLE]
    assert Template.INVITATION_TO_REGULARISE not in [write.template for write in of_kind(actions, Write)]
