"""The alphabet and the price of an SMS."""

import pytest

from config import sms


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("é" * 160, 1),
        ("€" * 80, 1),  # two characters each
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 20, 2),  # the € goes whole into the second segment
        ("ê" + "a" * 69, 1),
        ("ê" + "a" * 70, 2),
        ("ê" + "a" * 133, 2),
        ("ê" + "a" * 134, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments_are_those_of_the_operators(text: str, count: int) -> None:
    assert sms.segments(text) == count


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("l’été à Besançon", "l'été à Besancon"),
        ("Empêchement", "Empechement"),
        ("œuvre", "oeuvre"),
        ("10\u202fh\u00a030", "10 h 30"),
        ("1ᵉʳ déc.", "1er déc."),
        ("Öykü, Müller, Peña, Łukasz", "Öykü, Müller, Peña, Lukasz"),
        ("D\u00adurand", "Durand"),
        ("مريم", "مريم"),
    ],
)
def test_a_letter_changes_only_where_nothing_is_lost(text: str, plain: str) -> None:
    assert sms.plain(text) == plain


def test_a_curly_apostrophe_no_longer_triples_the_price() -> None:
    text = "Rendez-vous à l’agence, n’oubliez pas " + "a" * 100
    assert sms.segments(text) == 3
    assert sms.segments(sms.plain(text)) == 1
