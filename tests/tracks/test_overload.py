"""Overload is said with figures that an independent count finds again, and what mends it really does."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from tests.tracks.test_place import DOUBS, MONDAY, WEEK, a_due
from tracks.overload import Asked, Pressure, pressure, pressure_says, said_minutes, shortage_says, shortages
from tracks.place import place

SMALL = replace(WEEK, working_days=frozenset({1}), day_ends=time(12), break_starts=None, break_ends=None)  # 3 hours


def test_what_is_missing_is_said_with_what_mends_it() -> None:
    dues = [a_due(case, last_day=MONDAY) for case in range(1, 7)]  # 6 of 45 minutes in 3 hours: two too many
    other = replace(SMALL, referent=2, role="coach")
    agendas = {1: replace(SMALL, role="coach"), 2: replace(other, day_ends=time(10)), 3: replace(other, role="psy")}
    found = shortages(place(dues, agendas, calendar=DOUBS), agendas, calendar=DOUBS)
    assert list(found) == [1]
    assert (found[1].minutes, len(found[1].cases)) == (90, 2)
    assert [to for _, to in found[1].lent] == [2], "the colleague of the same work has an hour: one of the two"
    assert found[1].days_more == 7, "the next Monday holds both"
    opened = {**agendas, 1: replace(agendas[1], day_ends=time(13, 30))}  # an hour and a half more, as it says
    assert shortages(place(dues, opened, calendar=DOUBS), opened, calendar=DOUBS) == {}
    assert shortage_says(found[1]) == (
        "Il manque 1\u202fh\u202f30 le 23 novembre 2026. Pour y remédier : ouvrir 1\u202fh\u202f30 de plus sur ces "
        "jours ; ou confier 1 personne à un collègue du même métier qui a de la place ; ou accepter 7 jours de plus."
    )


def test_nobody_without_a_referent_is_counted_against_one() -> None:
    placements = place([a_due(1, referent=None), a_due(2, referent=9)], {1: WEEK}, calendar=DOUBS)
    assert shortages(placements, {1: WEEK}, calendar=DOUBS) == {}


@pytest.mark.parametrize(("people", "said"), [(60, False), (70, True)])
def test_a_caseload_is_held_against_the_hours_that_are_open(people: int, said: bool) -> None:
    """Four weeks of 32 h 30 from the 24 November to the 21 December: 43 appointments of 45 minutes a week, 65 people
    when each comes every ten days and a half."""
    asked = {1: [Asked(people=people, minutes=45, days=10)], 9: [Asked(people=900, minutes=45, days=10)]}
    found = pressure(asked, {1: WEEK}, on=MONDAY, calendar=DOUBS)
    assert bool(found) is said
    if said:
        assert found == [Pressure(referent=1, people=70, asked=2205, open=1950)]
        assert found[0].missing == 255
        text = pressure_says(found[0])
        assert "ouvrir 4\u202fh\u202f15 de plus par semaine ; ou confier 9 personnes à d'autres" in text
        assert "espacer les rendez-vous de 14 %" in text


def test_leave_and_their_own_calendar_close_hours() -> None:
    asked = {1: [Asked(people=60, minutes=45, days=10)]}
    away = replace(WEEK, leaves=((date(2026, 11, 30), date(2026, 12, 6)),))
    assert pressure(asked, {1: away}, on=MONDAY, calendar=DOUBS)[0].open == 1950 * 3 // 4
    start = DOUBS.local(date(2026, 11, 30), time.min)
    engaged = replace(WEEK, elsewhere=((start, start + timedelta(days=7)),))
    assert pressure(asked, {1: engaged}, on=MONDAY, calendar=DOUBS)[0].open == 1950 * 3 // 4


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(1, "15\u202fmin"), (45, "45\u202fmin"), (60, "1\u202fh"), (61, "1\u202fh\u202f15"), (600, "10\u202fh")],
)
def test_minutes_are_said_to_the_quarter_above(minutes: int, said: str) -> None:
    assert said_minutes(minutes) == said
