"""Windows, numbers and reminders, where only another policy than the Doubs' shows what the rule does."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.tracks.building import (
    MONDAY,
    a_case,
    an_appointment,
    at,
    of_kind,
    policies_of,
    with_version,
)
from tracks import keys
from tracks.actions import AppointmentDue, Write
from tracks.case import Appointment, Case, Notice
from tracks.decide import decide
from tracks.tonight import Policies
from tracks.vocabulary import AppointmentKind, Channel, NoticeProof, Template

EMPLOI = policies_of("objectif_emploi")
DAY = timedelta(days=1)


def the_due(case: Case, policies: Policies = EMPLOI, on: date = MONDAY) -> AppointmentDue:
    (due,) = of_kind(decide(case, policies, on), AppointmentDue)
    assert isinstance(due, AppointmentDue)
    return due


def the_reminders(case: Case, policies: Policies = EMPLOI, on: date = MONDAY) -> list[Write]:
    return [w for w in of_kind(decide(case, policies, on), Write) if w.template is Template.REMINDER]


def seen(*days: date) -> tuple[Appointment, ...]:
    return tuple(an_appointment(n, day, "seen") for n, day in enumerate(days, 1))


@pytest.mark.parametrize("last", [MONDAY - n * DAY for n in range(1, 40)])
def test_a_window_begins_and_ends_on_worked_days_and_holds_its_target(last: date) -> None:
    due = the_due(a_case(appointments=seen(last)))
    assert due.first_day <= due.target <= due.last_day
    assert EMPLOI.calendar.is_working(due.first_day) and EMPLOI.calendar.is_working(due.last_day)
    assert due.first_day >= MONDAY + 5 * DAY, "the notice period"
    assert due.last_day <= max(last + 15 * DAY, due.first_day + 7 * DAY), "the rhythm, or a week once it is overdue"


def test_the_longest_overdue_is_served_first() -> None:
    old, new = the_due(a_case(appointments=seen(date(2026, 9, 1)))), the_due(a_case(appointments=seen(MONDAY - DAY)))
    assert old.urgent_since == date(2026, 9, 16) < new.urgent_since


def test_the_number_of_an_appointment_is_how_many_of_its_kind_came_before() -> None:
    past = (
        an_appointment(1, date(2026, 10, 1), "seen"),
        an_appointment(2, date(2026, 10, 2), "seen", kind=AppointmentKind.COLLECTIVE),
        an_appointment(3, date(2026, 11, 12), "revoked"),
        an_appointment(4, date(2026, 11, 13), "excused"),
        an_appointment(5, date(2026, 12, 4), "revoked"),  # called off beforehand
    )
    assert the_due(a_case(appointments=past)).number == 4


def test_a_wish_of_a_letter_makes_the_notice_longer() -> None:
    by_sms = the_due(a_case(appointments=seen(date(2026, 9, 1))))
    by_letter = the_due(a_case(appointments=seen(date(2026, 9, 1)), channels=(Channel.LETTER, Channel.SMS)))
    assert (by_sms.first_day, by_letter.first_day) == (date(2026, 11, 30), date(2026, 12, 3))
    assert by_letter.channel is Channel.LETTER


def test_a_moved_appointment_is_announced_and_reminded_anew() -> None:
    first = an_appointment(1, date(2026, 11, 25), "planned", notice=None, known_on=date(2026, 11, 10))
    sent = {
        keys.convocation(1, first.starts_at): date(2026, 11, 10),
        keys.reminder(1, first.starts_at, 2): date(2026, 11, 23),
    }
    case = a_case(appointments=(first,), sent=sent, invitations=())
    assert [w.template for w in of_kind(decide(case, EMPLOI, MONDAY), Write) if not w.too_late] == []
    later = replace(first, starts_at=at(date(2026, 11, 25), 15))
    (convocation,) = of_kind(decide(replace(case, appointments=(later,)), EMPLOI, MONDAY), Write)
    assert convocation.template is Template.CONVOCATION
    told = replace(case, appointments=(later,), sent=sent | {convocation.key: MONDAY})
    (reminder,) = the_reminders(told, on=MONDAY + DAY)
    assert reminder.key == keys.reminder(1, later.starts_at, 2)


@pytest.mark.parametrize(
    ("days_before", "left", "reached"),
    [
        ((14, 7, 2), 14, [14]),
        ((14, 7, 2), 8, [14]),
        ((14, 7, 2), 7, [7]),
        ((14, 7, 2), 2, [2]),
        ((3, 0), 1, [3]),
        ((3, 0), 0, [0]),
        ((2,), 3, []),
        ((1,), 0, [1]),
    ],
)
def test_one_window_at_a_time_is_open(days_before: tuple[int, ...], left: int, reached: list[int]) -> None:
    policies = with_version("objectif_emploi", reminders={"days_before": days_before})
    day = MONDAY + left * DAY
    told = Notice(sent_on=MONDAY - 20 * DAY, channel=Channel.SMS, proof=NoticeProof.DELIVERED)
    case = a_case(appointments=(an_appointment(1, day, "planned", notice=told, known_on=MONDAY),), invitations=())
    assert [w.details["days_before"] for w in the_reminders(case, policies) if not w.too_late] == reached


def test_a_reminder_must_not_leave_once_its_moment_has_passed() -> None:
    far = a_case(appointments=(an_appointment(1, date(2026, 11, 30), "planned"),), invitations=())
    near = a_case(appointments=(an_appointment(1, date(2026, 11, 25), "planned", known_on=MONDAY),), invitations=())
    (week,), (days,) = the_reminders(far), the_reminders(near)
    assert week.useful_until == at(date(2026, 11, 28), 9), "when that of two days may leave"
    assert days.useful_until == at(date(2026, 11, 25), 10), "when the appointment begins"
