"""Ids as people type them."""

import pytest

from desk import ids
from tracks.errors import JalonError


@pytest.mark.parametrize("text", ["a12", "A12", " 12 "])
def test_a_number_with_or_without_its_letter(text: str) -> None:
    assert ids.read("a", text) == 12


@pytest.mark.parametrize("text", ["r12", "a", "", "12.5", "-3", "a12;"])
def test_another_letter_or_no_number_is_refused(text: str) -> None:
    with pytest.raises(JalonError, match="par exemple a12"):
        ids.read("a", text)


def test_a_case_is_told_from_a_file_number() -> None:
    assert ids.read_case("c12") == 12
    assert ids.read_case("6112883") is None
