"""What a cell is worth: tables of right and wrong values (D5 dates, D6 phones), each wrong one refused."""

from datetime import date, time

import pytest

from tasks import intake_values as values
from tasks.intake_values import BadCellError, Phones

ON = date(2026, 11, 23)

GOOD_DAYS = {
    "01/02/2026": date(2026, 2, 1),
    "02/01/2026": date(2026, 1, 2),
    "2026-02-01": date(2026, 2, 1),
    "29/02/2024": date(2024, 2, 29),
    "31/12/2025": date(2025, 12, 31),
    "2024-02-29": date(2024, 2, 29),
    "01/12/1988": date(1988, 12, 1),
    "23/11/2026": ON,
    "24/11/2026": date(2026, 11, 24),
}
BAD_DAYS = (
    "0",
    "1",
    "-1",
    "44927",
    "44927.0",
    "1899-12-30",
    "30/12/1899",
    "31/12/1899",
    "00/01/1900",
    "01/01/1900",
    "1900-01-00",
    "1900-01-01",
    "01/01/1970",
    "1970-01-01",
    "00/00/0000",
    "0000-00-00",
    "31/02/2026",
    "30/02/2026",
    "29/02/2025",
    "2025-02-29",
    "31/04/2026",
    "32/01/2026",
    "00/01/2026",
    "01/00/2026",
    "01/13/2026",
    "12/31/2026",
    "2026-13-01",
    "2026-00-10",
    "2026-01-32",
    "1/2/2026",
    "01/2/2026",
    "1/02/2026",
    "01/02/26",
    "010226",
    "01022026",
    "20260201",
    "01-02-2026",
    "01.02.2026",
    "2026/02/01",
    "01 02 2026",
    "1er février 2026",
    "01 févr. 2026",
    "Feb 1, 2026",
    "01/02/2026 10:00",
    "2026-02-01T00:00:00",
    "2026-02-01 00:00",
    "01/02/20261",
    "101/02/2026",
    "01/02/202",
    "01/02/",
    "/02/2026",
    "01//2026",
    "01/02/9999",
    "9999-12-31",
    "01/02/2126",
    "aa/bb/cccc",
    "N/A",
    "néant",
    "inconnue",
    "?",
    "-",
    "#N/A",
    "#VALEUR!",
    "٠١/٠٢/٢٠٢٦",
    "1e3",
    "4.4927E+04",
    "NaN",
    "true",
)
BAD_BIRTHS = (
    "0",
    "24/11/2026",
    "12/03/2031",
    "01/01/1900",
    "30/12/1899",
    "00/01/1900",
    "1899-12-31",
    "22/11/1905",
    "31/02/1980",
    "12/03/31",
    "19980219",
)


def test_days_are_read_day_first_or_iso() -> None:
    assert {text: values.duty_day(text, ON) for text in GOOD_DAYS} == GOOD_DAYS


@pytest.mark.parametrize("text", BAD_DAYS)
def test_no_other_text_is_a_day(text: str) -> None:
    with pytest.raises(BadCellError):
        values.duty_day(text, ON)


def test_the_table_of_days_is_long_enough() -> None:
    assert len(set(BAD_DAYS) | set(GOOD_DAYS) | set(BAD_BIRTHS)) >= 80


@pytest.mark.parametrize("text", BAD_BIRTHS)
def test_nobody_was_born_then(text: str) -> None:
    with pytest.raises(BadCellError):
        values.birth_day(text, ON)


def test_births_are_old_days_and_today() -> None:
    assert values.birth_day("19/02/1998", ON) == date(1998, 2, 19)
    assert values.birth_day("31/12/1906", ON) == date(1906, 12, 31)
    assert values.birth_day("01/01/1970", ON) == date(1970, 1, 1)  # somebody was; the report asks to check
    assert values.birth_day("23/11/2026", ON) == ON


def test_a_fact_is_never_of_tomorrow() -> None:
    assert values.past_day("23/11/2026", ON) == ON
    with pytest.raises(BadCellError, match="après le jour de l'import"):
        values.past_day("24/11/2026", ON)


@pytest.mark.parametrize(("text", "expected"), [("09:30", time(9, 30)), ("9h30", time(9, 30)), ("16:00:00", time(16))])
def test_hours(text: str, expected: time) -> None:
    assert values.clock(text) == expected


@pytest.mark.parametrize("text", ["25:00", "9", "0930", "09:60", "midi", "0.5", "9:5", "-1:00"])
def test_wrong_hours(text: str) -> None:
    with pytest.raises(BadCellError):
        values.clock(text)


MOBILES = (
    "0639981234",
    "06 39 98 12 34",
    "06.39.98.12.34",
    "06-39-98-12-34",
    "06/39/98/12/34".replace("/", " "),
    "+33639981234",
    "+33 6 39 98 12 34",
    "+33 (0)6 39 98 12 34",
    "+330639981234",
    "0033639981234",
    "0033 639981234",
    "00 33 6 39 98 12 34",
    "33639981234",
    "639981234",
    "(06) 39 98 12 34",
    "06 39 98 12 34",
    "06 39 98 12 34 / 03 53 01 12 34",
    "03 53 01 12 34, 06 39 98 12 34",
    "06 39 98 12 34 ou 06 39 98 12 35",
)
OTHER_MOBILES = {
    "0612345678": "+33612345678",
    "0767123456": "+33767123456",
    "620022002": "+33620022002",
    "698943255": "+33698943255",
    "0692123456": "+262692123456",
    "0692 12 34 56": "+262692123456",
    "+262 692 12 34 56": "+262692123456",
    "0693 12 34 56": "+262693123456",
    "0639 01 23 45": "+262639012345",
    "0690 12 34 56": "+590690123456",
    "0691 24 12 34": "+590691241234",
    "0696 12 34 56": "+596696123456",
    "0697 12 34 56": "+596697123456",
    "0694 12 34 56": "+594694123456",
    "+590 690 12 34 56": "+590690123456",
    "+41 79 123 45 67": "+41791234567",
    "+32 470 12 34 56": "+32470123456",
    "+352 621 123 456": "+352621123456",
}
LANDLINES = {
    "03 53 01 12 34": "+33353011234",
    "0353011234": "+33353011234",
    "0381581137": "+33381581137",
    "03 81 58 11 37": "+33381581137",
    "+33 3 81 58 11 37": "+33381581137",
    "381581137": "+33381581137",
    "0199001234": "+33199001234",
    "0261911234": "+33261911234",
    "0465711234": "+33465711234",
    "0536491234": "+33536491234",
    "0970123456": "+33970123456",
    "0262 12 34 56": "+262262123456",
    "0590 12 34 56": "+590590123456",
    "0596 50 12 34": "+596596501234",
    "0594 12 34 56": "+594594123456",
    "0269 61 12 34": "+262269611234",
    "0590 81 12 34": "+590590811234",
    "05 36 49 12 34": "+33536491234",
    "+41 21 123 45 67": "+41211234567",
}
PREMIUM = ("0899 70 12 34", "0899701234", "+33 899 70 12 34", "0892 12 34 56", "0800 12 34 56", "0810 12 34 56")
UNASSIGNED = ("0700 12 34 56", "0691 76 41 07", "0693243971", "+33 693 24 39 71", "0639861234")
BAD_PHONES = (
    "6.39981234E+08",
    "6,39981234E+08",
    "6.39981234E8",
    "6E+08",
    "3.3639981234E+10",
    "6.1e+08",
    "0",
    "1",
    "06",
    "0639",
    "06 39 98 1",
    "06 39 98 12 3",
    "06 39 98 12 345",
    "063998123",
    "06399812345",
    "006399812345678",
    "00000000",
    "0000000000",
    "1111111111",
    "112",
    "15",
    "3949",
    "115",
    "36 46",
    "+33",
    "+33 6",
    "+33 +33 6 39 98 12 34",
    "+33639981234x12",
    "numéro masqué",
    "06_39_98_12_34x",
    "+99 639981234",
    "+339981234",
    "06 39 98 12 3O",
    "O6 39 98 12 34",
    "06 39 98 12 34 poste 3",
    "06 39 98 12 34 (mère)",
    "poste 12",
    "inconnu",
    "néant",
    "aucun",
    "N/A",
    "#N/A",
    "?",
    "-",
    "x",
    "ines@example.com",
    "25220 Thise",
    "19/02/1998",
    "1803331476872",
    "12345",
    "123456789012",
    "0099999999",
    "0699999",
    "+3363998",
    "+33 9",
    "06 39 98 12 34 06 39 98 12 35",
    "True",
    "NaN",
    "0639981234.0.0",
    "0 39 98 12 34",
    "60639981234",
    "06 39 98 1١ 3",
)


@pytest.mark.parametrize("text", MOBILES)
def test_every_way_to_write_one_mobile(text: str) -> None:
    assert values.phones(text, "25").mobile == "+33639981234"


def test_overseas_and_foreign_mobiles() -> None:
    assert {text: values.phones(text, "25").mobile for text in OTHER_MOBILES} == OTHER_MOBILES
    assert all(values.phones(text, "25").landline is None for text in OTHER_MOBILES)


def test_short_numbers_are_dialled_from_the_departement() -> None:
    assert values.phones("0692123456", "974").mobile == "+262692123456"
    assert values.phones("0639981234", "974").mobile == "+33639981234"
    assert values.phones("692123456", "974").mobile == "+262692123456"


def test_landlines_never_take_the_place_of_a_mobile() -> None:
    assert {text: values.phones(text, "25") for text in LANDLINES} == {
        text: Phones(landline=number) for text, number in LANDLINES.items()
    }


@pytest.mark.parametrize("text", PREMIUM + UNASSIGNED)
def test_a_number_that_costs_or_that_nobody_has_is_dropped(text: str) -> None:
    assert values.phones(text, "25") == Phones(dropped=True)


@pytest.mark.parametrize("text", BAD_PHONES)
def test_no_other_text_is_a_phone(text: str) -> None:
    with pytest.raises(BadCellError):
        values.phones(text, "25")


def test_the_table_of_phones_is_long_enough() -> None:
    assert len({*MOBILES, *OTHER_MOBILES, *LANDLINES, *PREMIUM, *BAD_PHONES}) >= 120


def test_emails() -> None:
    assert values.email("ines@example.com") == values.Email("ines@example.com", to_check=False)
    assert values.email("maël.colin@example.com") == values.Email("maël.colin@example.com", to_check=True)
    assert values.email("a@example.com; b@example.com") == values.Email("a@example.com", to_check=False, others=True)


@pytest.mark.parametrize("text", ["a@b@example.com", "sans@", "@example.com", "ines", "ines example.com", ";", "a@b"])
def test_wrong_emails(text: str) -> None:
    with pytest.raises(BadCellError):
        values.email(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("6112883", "6112883"), ("6 112 883", "6112883"), ("6112883.0", "6112883"), ("CAF00A", "CAF00A")],
)
def test_file_numbers_are_kept_as_written(text: str, expected: str) -> None:
    assert values.identifier(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "000",
        "-",
        '61128"83',
        "N° 12",
        "?",
        "6.112883E+06",
        "180333147687233",
        "1 80 33 31 476 872 33",
        "1803331476872",
        "299122B123456",
    ],
)
def test_wrong_file_numbers(text: str) -> None:
    with pytest.raises(BadCellError):
        values.identifier(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("31/02/1980", "31/0…/…"),
        ("0", "0"),
        ("sans@", "sa…@"),
        ("2240099", "224…"),
        ("né 1803331476872", "né …"),
    ],
)
def test_masked_values_can_be_found_but_not_read(text: str, expected: str) -> None:
    assert values.masked(text) == expected


def test_cells_are_cleaned() -> None:
    assert values.clean("  Ine\u0300s\u00a0 \u200bD.\n") == "Inès D."
    assert values.clean("'+33639981234") == "+33639981234"
    assert values.clean("'Ali") == "'Ali"
