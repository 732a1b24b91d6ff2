"""A case that nobody touches is read again before anything new is due: never a day too late, and seldom for nothing."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from tests.tracks.building import MONDAY, a_case, a_contract, an_absence, an_appointment, policies_of, with_version
from tests.tracks.cases import nights
from tests.tracks.recording import DAY, read_on, record
from tracks.actions import Action, NotDone, ServiceLate
from tracks.case import Case, Notice, Pause, Signal
from tracks.decide import RULES, decided
from tracks.next_due import UNREAD, WAITS, is_in_motion, next_due
from tracks.next_step import step_after
from tracks.tonight import Policies, Tonight
from tracks.vocabulary import Channel, NoticeProof, SignalKind, SignalSource

TRACKS = ("objectif_emploi", "objectif_competences", "objectif_remobilisation", "suivi_emploi")
Said = tuple[tuple[Action, ...], frozenset[tuple[str, str, str]], str | None]


def seen(case: Case, policies: Policies, on: date) -> tuple[Tonight, tuple[Action, ...]]:
    tonight = Tonight(read_on(case, on), policies, on)
    return tonight, decided(tonight)


def said(tonight: Tonight, actions: tuple[Action, ...]) -> Said:
    """All that a night would write: what is new, the service's standing lateness, and what comes next."""
    new = tuple(action for action in actions if is_in_motion(tonight, action))
    late = frozenset((a.cause.value, a.clock, a.because.why) for a in actions if isinstance(a, ServiceLate))
    return new, late, step_after(tonight, actions, None)


def days_before_due(case: Case, policies: Policies, on: date) -> tuple[date, list[date]]:
    """The day given, and the days before it on which a full night would have said something else."""
    tonight, actions = seen(case, policies, on)
    due, before = next_due(tonight, actions), said(tonight, actions)
    asleep = [on + n * DAY for n in range(1, (due - on).days)]
    return due, [day for day in asleep if said(*seen(case, policies, day)) != before]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(nights(TRACKS))
def test_nothing_is_due_before_the_day_given(given: tuple[Case, date]) -> None:
    """Night after night of one life, each one written down: whatever the next nights would say is due by then."""
    case, on = given
    policies = policies_of(case.track)
    for _ in range(12):
        if case.left_on is not None:
            return
        due, wrong = days_before_due(case, policies, on)
        assert on < due <= on + UNREAD
        assert wrong == []
        case = record(read_on(case, on), seen(case, policies, on)[1], on)
        on = due


def test_every_rule_says_the_days_that_it_waits_for() -> None:
    assert list(WAITS) == [rule for rule in RULES if rule in WAITS]
    assert set(WAITS) == set(RULES)


TOLD = Notice(sent_on=MONDAY - 7 * DAY, channel=Channel.SMS, proof=NoticeProof.DELIVERED)


def quiet(**changes: object) -> Case:
    """Seen last week, met again in three; a contract far from its end; nothing asked, nothing missing."""
    values: dict[str, object] = {
        "appointments": (
            an_appointment(1, MONDAY - 7 * DAY, "seen", known_on=MONDAY - 7 * DAY),
            an_appointment(2, MONDAY + 21 * DAY, "planned", notice=TOLD, known_on=MONDAY - 7 * DAY),
        ),
        "contracts": (a_contract(ends_on=date(2027, 10, 1)),),
        "invitations": (),
    }
    return a_case(**(values | changes))


@pytest.mark.parametrize(
    ("case", "days"),
    [
        (quiet(), 14),  # the window of seven days opens before the appointment
        (quiet(left_on=MONDAY + 40 * DAY), 1),
        (quiet(ahead=MONDAY + 5 * DAY), 5),
        (quiet(pauses=(Pause(first_day=MONDAY, last_day=MONDAY + 2 * DAY),)), 3),
        (quiet(pauses=(Pause(first_day=MONDAY, last_day=None),)), UNREAD.days),
        (quiet(contracts=(a_contract(ends_on=MONDAY + 3 * DAY),)), 1),  # to renew: asked tonight
        (quiet(activity_started_on=MONDAY + 4 * DAY), 4),
        (quiet(signals=(Signal(id=1, on=MONDAY + DAY, source=SignalSource.PERSON, kind=SignalKind.REPLY),)), 1),
    ],
)
def test_a_quiet_case_sleeps_until_its_next_day(case: Case, days: int) -> None:
    tonight, actions = seen(case, policies_of(case.track), MONDAY)
    assert next_due(tonight, actions) == MONDAY + days * DAY
    assert all(isinstance(a, NotDone | ServiceLate) or is_in_motion(tonight, a) for a in actions)


def test_an_appointment_that_cannot_stand_is_looked_at_every_night() -> None:
    doubtful = replace(quiet().appointments[1], stands=False)
    case = quiet(appointments=(quiet().appointments[0], doubtful))
    assert next_due(*seen(case, policies_of(case.track), MONDAY)) == MONDAY + DAY


def test_the_end_of_a_version_wakes_everybody() -> None:
    policies = with_version("objectif_emploi", valid_to=MONDAY + 3 * DAY)
    assert next_due(*seen(quiet(), policies, MONDAY)) == MONDAY + 4 * DAY


def test_an_absence_wakes_the_case_when_it_is_too_old_to_count() -> None:
    day = MONDAY - timedelta(days=180)
    case = quiet(appointments=(an_absence(5, day), an_absence(6, day + DAY), *quiet().appointments[1:]), contracts=())
    policies = policies_of(case.track)
    due, wrong = days_before_due(case, policies, MONDAY)
    assert (due, wrong) == (MONDAY + DAY, [])
