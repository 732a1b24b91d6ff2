"""The months after a return to work, with other milestones and thresholds than the Doubs'."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.tracks.building import a_case, an_absence, an_appointment, of_kind, policies_of, with_version
from tracks.actions import AppointmentDue, CloseCase, OpenReview, Write
from tracks.case import Case, Signal
from tracks.decide import decide
from tracks.tonight import Policies
from tracks.vocabulary import Channel, ReviewKind, SignalKind, SignalSource, Template

SUIVI = policies_of("suivi_emploi")
STARTED = date(2026, 8, 24)


def a_follow_up(**overrides: object) -> Case:
    values: dict[str, object] = {
        "track": "suivi_emploi",
        "entered_on": STARTED,
        "notified_on": None,
        "activity_started_on": STARTED,
        "under_duties": False,
        "appointments": (),
        "contracts": (),
        "invitations": (),
    }
    return a_case(**(values | overrides))


def opened(case: Case, on: date, policies: Policies = SUIVI) -> list[ReviewKind]:
    return [review.kind for review in of_kind(decide(case, policies, on), OpenReview)]


def test_the_six_months_are_met_by_four_messages_and_a_farewell() -> None:
    written = [
        (on, write.details.get("milestone", write.template))
        for on in (STARTED + timedelta(days=n) for n in range(190))
        for write in of_kind(decide(a_follow_up(), SUIVI, on), Write)
    ]
    first_nights = {said: min(on for on, what in written if what == said) for _, said in written}
    assert first_nights == {
        "une semaine": date(2026, 8, 31),
        "un mois": date(2026, 9, 24),
        "trois mois": date(2026, 11, 24),
        "cinq mois": date(2027, 1, 24),
        Template.FAREWELL: date(2027, 2, 24),
    }


def test_each_milestone_gets_one_call_near_it() -> None:
    due = {
        due.target: (due.first_day, due.last_day)
        for on in (STARTED + timedelta(days=n) for n in range(180))
        for due in of_kind(decide(a_follow_up(), SUIVI, on), AppointmentDue)
        if due.target in (date(2026, 8, 31), date(2026, 9, 24), date(2026, 11, 24), date(2027, 1, 24))
    }
    assert len(due) == 4
    for target, (first, last) in due.items():
        assert abs(first - target).days <= 5 and abs(last - target).days <= 5


@pytest.mark.parametrize(("after", "kinds"), [(2, [ReviewKind.FOLLOW_UP_RISK]), (3, [])])
def test_how_many_missed_contacts_make_people_look_is_the_county_s(after: int, kinds: list[ReviewKind]) -> None:
    case = a_follow_up(appointments=(an_absence(1, date(2026, 9, 24)), an_absence(2, date(2026, 10, 26))))
    policies = with_version("suivi_emploi", follow_up={"risk_after_missed": after})
    assert opened(case, date(2026, 11, 3), policies) == kinds


def test_a_sign_after_the_missed_contacts_reassures() -> None:
    sign = Signal(id=1, on=date(2026, 10, 30), source=SignalSource.REFERENT, kind=SignalKind.COMPLIANCE)
    missed = (an_absence(1, date(2026, 9, 24)), an_absence(2, date(2026, 10, 26)))
    assert opened(a_follow_up(appointments=missed, signals=(sign,)), date(2026, 11, 3)) == []


def test_the_last_alert_is_the_one_shown_whatever_their_order() -> None:
    alerts = tuple(
        Signal(id=n, on=day, source=SignalSource.EMPLOYER, kind=SignalKind.ALERT)
        for n, day in ((1, date(2026, 11, 9)), (2, date(2026, 11, 2)))
    )
    (review,) = of_kind(decide(a_follow_up(signals=alerts), SUIVI, date(2026, 11, 10)), OpenReview)
    assert review.evidence[0].subject_id == 1


def test_a_county_may_follow_people_for_a_shorter_time() -> None:
    short = with_version("suivi_emploi", follow_up={"months": 3})
    (closed,) = of_kind(decide(a_follow_up(), short, date(2026, 11, 24)), CloseCase)
    assert closed.because.why == "Suivi clos : 3 mois depuis la reprise du 24 août."


def test_the_call_of_a_milestone_is_not_proposed_to_somebody_nobody_can_call() -> None:
    case = replace(a_follow_up(), channels=(), refused=(Channel.SMS,))
    assert of_kind(decide(case, SUIVI, date(2026, 9, 20)), AppointmentDue) == []


def test_a_contact_of_a_neighbouring_milestone_does_not_count_for_this_one() -> None:
    early = an_appointment(1, date(2026, 9, 18), "seen")  # six days before the month
    assert of_kind(decide(a_follow_up(appointments=(early,)), SUIVI, date(2026, 9, 20)), AppointmentDue)
