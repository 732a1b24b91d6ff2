"""A referent's free starts, and the planned appointments that nobody can hold."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracks.agenda import Agenda, Planned, cannot_stand
from tracks.calendar import Calendar
from tracks.vocabulary import AppointmentKind

PARIS = ZoneInfo("Europe/Paris")
DOUBS = Calendar("25", "Europe/Paris")
MONDAY = date(2026, 11, 23)

WEEK = Agenda(
    referent=1,
    site="Planoise",
    working_days=frozenset({1, 2, 3, 4, 5}),
    day_starts=time(9),
    day_ends=time(17),
    break_starts=time(12),
    break_ends=time(13, 30),
)


def at(day: date, clock: str, minutes: int = 45) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time.fromisoformat(clock), tzinfo=PARIS).astimezone(UTC)
    return start, start + timedelta(minutes=minutes)


def clocks(agenda: Agenda, day: date, minutes: int = 45, calendar: Calendar = DOUBS) -> list[str]:
    starts = agenda.free_on(day, minutes, calendar)
    return [f"{start.astimezone(ZoneInfo(calendar.zone)):%H:%M}" for start in starts]


def planned(number: int, day: date, clock: str, minutes: int = 45, **changes: object) -> Planned:
    start, end = at(day, clock, minutes)
    whole = Planned(
        id=number,
        referent=1,
        kind=AppointmentKind.INDIVIDUAL,
        subject="Entretien de suivi",
        place="Planoise",
        starts_at=start,
        ends_at=end,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def fallen(*appointments: Planned, agenda: Agenda = WEEK) -> set[int]:
    return set(cannot_stand(appointments, {1: agenda}, DOUBS))


def test_a_day_without_appointments_is_free_outside_the_break_until_the_last_whole_slot() -> None:
    found = clocks(WEEK, MONDAY)
    assert (found[0], found[-1]) == ("09:00", "16:15")
    assert [clock for clock in found if "11:15" <= clock <= "13:30"] == ["11:15", "13:30"]


def test_an_appointment_that_ends_off_the_quarter_frees_the_next_quarter_and_no_sooner() -> None:
    agenda = replace(WEEK, busy=(at(MONDAY, "09:50", 50),))
    assert clocks(agenda, MONDAY)[:2] == ["09:00", "10:45"]


def test_seconds_of_an_imported_appointment_take_the_minute_they_touch() -> None:
    start, end = at(MONDAY, "09:00", 60)
    agenda = replace(WEEK, busy=((start, end + timedelta(seconds=1)),))
    assert clocks(agenda, MONDAY)[0] == "10:15"


def test_a_session_the_referent_leads_takes_their_time() -> None:
    assert clocks(replace(WEEK, sessions=(at(MONDAY, "09:00", 180),)), MONDAY)[0] == "13:30"


def test_a_session_of_several_days_takes_every_day_between() -> None:
    start, _ = at(MONDAY, "14:00")
    _, end = at(MONDAY + timedelta(days=2), "10:00", 15)
    agenda = replace(WEEK, sessions=((start, end),))
    assert clocks(agenda, MONDAY)[-1] == "11:15"
    assert clocks(agenda, MONDAY + timedelta(days=1)) == []
    assert clocks(agenda, MONDAY + timedelta(days=2))[0] == "10:15"


@pytest.mark.parametrize(
    ("why", "agenda", "day"),
    [
        ("a day not worked", replace(WEEK, working_days=frozenset({2, 3})), MONDAY),
        ("a leave of one day", replace(WEEK, leaves=((MONDAY, MONDAY),)), MONDAY),
        ("Christmas, a Friday", WEEK, date(2026, 12, 25)),
    ],
)
def test_nothing_starts_on(why: str, agenda: Agenda, day: date) -> None:
    assert agenda.free_on(day, 45, DOUBS) == ()


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 10, 25), 25), (date(2027, 3, 28), 23), (date(2026, 11, 22), 24)]
)
def test_the_hours_of_a_day_of_clock_change_are_those_that_pass(day: date, hours: int) -> None:
    sundays = replace(WEEK, working_days=frozenset({7}), day_starts=time(0), day_ends=time(23, 45), break_starts=None)
    starts = sundays.free_on(day, 15, DOUBS)
    assert len(starts) == hours * 4 - 1
    assert len(set(starts)) == len(starts)


def test_after_a_clock_change_the_wall_clock_still_rules() -> None:
    for day in (date(2026, 10, 25), date(2027, 3, 28)):
        found = clocks(replace(WEEK, working_days=frozenset({7})), day)
        assert (found[0], found[-1]) == ("09:00", "16:15")


def test_an_overseas_agenda_is_read_in_its_own_time() -> None:
    reunion = Calendar("974", "Indian/Reunion")
    start = WEEK.free_on(MONDAY, 45, reunion)[0]
    assert start == datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    assert WEEK.free_on(date(2028, 12, 20), 45, reunion) == ()  # abolition de l'esclavage, a Wednesday


def test_what_is_within_the_hours_of_a_worked_day_stands() -> None:
    assert fallen(planned(1, MONDAY, "09:00"), planned(2, MONDAY, "16:15"), planned(3, MONDAY, "09:45")) == set()


@pytest.mark.parametrize(
    ("why", "agenda", "appointment"),
    [
        ("a day not worked", replace(WEEK, working_days=frozenset({2})), planned(1, MONDAY, "10:00")),
        ("leave", replace(WEEK, leaves=((MONDAY, MONDAY),)), planned(1, MONDAY, "10:00")),
        ("a public holiday", WEEK, planned(1, date(2026, 12, 25), "10:00")),
        ("before the hours", WEEK, planned(1, MONDAY, "08:45")),
        ("after the hours", WEEK, planned(1, MONDAY, "16:30")),
        ("a session they lead", replace(WEEK, sessions=(at(MONDAY, "10:30"),)), planned(1, MONDAY, "10:00")),
    ],
)
def test_what_a_referent_cannot_hold_falls_unless_somebody_confirmed_it(
    why: str, agenda: Agenda, appointment: Planned
) -> None:
    assert fallen(appointment, agenda=agenda) == {1}
    assert fallen(replace(appointment, confirmed=True), agenda=agenda) == set()


def test_of_two_individual_appointments_at_once_neither_stands() -> None:
    assert fallen(planned(1, MONDAY, "10:00"), planned(2, MONDAY, "10:30"), planned(3, MONDAY, "11:15")) == {1, 2}


def test_a_long_appointment_falls_with_all_that_it_covers() -> None:
    long = planned(1, MONDAY, "09:00", 180)
    assert fallen(long, planned(2, MONDAY, "09:15", 15), planned(3, MONDAY, "11:00", 15)) == {1, 2, 3}


def test_the_confirmed_one_of_two_stands_and_the_other_falls() -> None:
    assert fallen(planned(1, MONDAY, "10:00", confirmed=True), planned(2, MONDAY, "10:00")) == {2}


def test_people_of_one_session_do_not_overlap_each_other() -> None:
    session = {"kind": AppointmentKind.COLLECTIVE, "subject": "Atelier CV"}
    by_subject = [planned(n, MONDAY, "10:00", 120, **session, place=f"salle {n}") for n in (1, 2)]
    by_id = [planned(n, MONDAY, "14:00", 60 + n, **session, session=7) for n in (3, 4)]
    assert fallen(*by_subject, *by_id) == set()


def test_a_session_stands_against_an_individual_appointment() -> None:
    session = planned(1, MONDAY, "10:00", 120, kind=AppointmentKind.COLLECTIVE)
    assert fallen(session, planned(2, MONDAY, "11:00")) == {2}
    assert fallen(planned(2, MONDAY, "09:30"), session) == {2}


def test_two_sessions_at_once_cannot_both_be_led() -> None:
    one = planned(1, MONDAY, "10:00", 120, kind=AppointmentKind.COLLECTIVE, session=1)
    assert fallen(one, planned(2, MONDAY, "11:00", kind=AppointmentKind.COLLECTIVE, session=2)) == {1, 2}


def test_a_session_row_of_their_own_does_not_bring_its_people_down() -> None:
    agenda = replace(WEEK, sessions=(at(MONDAY, "10:00", 120),))
    assert fallen(planned(1, MONDAY, "10:00", 120, kind=AppointmentKind.COLLECTIVE), agenda=agenda) == set()


def test_two_referents_may_receive_at_the_same_hour_and_an_unknown_one_proves_nothing() -> None:
    both = (planned(1, MONDAY, "10:00"), planned(2, MONDAY, "10:00", referent=2))
    assert cannot_stand(both, {1: WEEK, 2: replace(WEEK, referent=2)}, DOUBS) == frozenset()
    nobody = (planned(3, date(2026, 12, 25), "10:00", referent=None), planned(4, MONDAY, "22:00", referent=9))
    assert cannot_stand(nobody, {1: WEEK}, DOUBS) == frozenset()
