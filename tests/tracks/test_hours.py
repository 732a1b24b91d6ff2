"""The hours of a week as people say them; what is not understood is refused, never guessed."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracks.agenda import Weekly
from tracks.errors import JalonError
from tracks.hours import WHOLE_DAY, read_hours, said, written

SAID = {
    "mer": [Weekly(3, *WHOLE_DAY)],
    "Mercredi": [Weekly(3, *WHOLE_DAY)],
    "lun-ven 16:00-18:00": [Weekly(day, time(16), time(18)) for day in range(1, 6)],
    "jeu matin, mar après-midi": [Weekly(2, time(12), time(23, 59)), Weekly(4, time(0), time(12))],
    "lundi 9h-12h30": [Weekly(1, time(9), time(12, 30))],
    " ": [],
}


@pytest.mark.parametrize("text", SAID)
def test_what_people_say_is_understood(text: str) -> None:
    assert read_hours(text) == tuple(SAID[text])


WRONG = ("mer 18:00-16:00", "ven-lun", "mer 25:00-26:00", "demain", "mer soir", "16:00-18:00", "mer 9:00", "mer-", "m")


@pytest.mark.parametrize("text", WRONG)
def test_what_is_not_understood_is_named(text: str) -> None:
    with pytest.raises(JalonError, match=f"« {text} »"):
        read_hours(text)


clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@given(st.sets(st.tuples(st.integers(1, 7), clocks, clocks), max_size=8))
def test_what_is_written_is_read_back(spans: set[tuple[int, time, time]]) -> None:
    hours = tuple(sorted(Weekly(*span) for span in spans if span[1] < span[2]))
    assert read_hours(written(hours)) == hours


def test_they_are_said_in_french() -> None:
    assert said(read_hours("mer, jeu matin, ven 9:00-10:30")) == (
        "le mercredi, le jeudi matin et le vendredi de 09:00 à 10:30"
    )
