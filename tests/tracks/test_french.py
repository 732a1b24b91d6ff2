"""Figures as a French reader expects them."""

from datetime import UTC, date, datetime, time

import pytest

from tracks import french


def test_dates() -> None:
    first = date(2026, 12, 1)
    assert french.long_date(first) == "1ᵉʳ décembre"
    assert french.full_date(first) == "1ᵉʳ décembre 2026"
    assert french.weekday_date(date(2026, 12, 8)) == "mardi 8 décembre"
    assert french.short_date(date(2026, 11, 20)) == "ven. 20 nov."


@pytest.mark.parametrize(
    ("at", "text"), [(time(10), "10\u202fh"), (time(14, 30), "14\u202fh\u202f30"), (time(9, 5), "9\u202fh\u202f05")]
)
def test_hours_take_narrow_no_break_spaces(at: time, text: str) -> None:
    assert french.clock(at) == text


def test_an_instant_is_told_in_the_time_of_the_place() -> None:
    instant = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert french.local_clock(instant, "Europe/Paris") == "10\u202fh\u202f30"
    assert french.local_clock(instant, "Indian/Reunion") == "13\u202fh\u202f30"


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a et b"), (["a", "b", "c"], "a, b et c")]
)
def test_lists(words: list[str], text: str) -> None:
    assert french.listed(words) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 personne"), (1, "1 personne"), (2, "2 personnes"), (-1, "-1 personne")]
)
def test_zero_and_one_are_singular(count: int, text: str) -> None:
    assert french.plural(count, "personne") == text


def test_an_irregular_plural_is_given() -> None:
    assert french.plural(2, "travail", "travaux") == "2 travaux"


def test_small_numbers_open_a_sentence_in_words() -> None:
    assert french.in_words(2) == "Deux"
    assert french.in_words(11) == "11"
