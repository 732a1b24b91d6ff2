"""The numbers of the law are data: dated, scoped, and never written in a rule."""

import ast
from datetime import date
from pathlib import Path

import pytest

from config.reading import read_toml
from tests.tracks.building import MODEL
from tracks.errors import PolicyError
from tracks.legal import Confidence, Key, LegalValue, LegalValues

TRACKS = Path(__file__).resolve().parents[2] / "tracks"
RULES = (*sorted((TRACKS / "rules").glob("*.py")), TRACKS / "tonight.py", TRACKS / "decide.py", TRACKS / "case.py")
POLICIES = (TRACKS / "policy.py", TRACKS / "legal.py")
# What is no duty of anybody: the hour of the night's own clock, how far back a missed reminder is still told, per cent.
OURS = {("tonight.py", 5), ("reminders.py", 31), ("clocks.py", 100)}


def numbers(path: Path) -> set[tuple[str, int]]:
    """The whole numbers written in a module, but none, one and two: counting, first, both."""
    found = ast.walk(ast.parse(path.read_text("utf-8")))
    return {
        (path.name, node.value)
        for node in found
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value not in (0, 1, 2)
    }


def test_no_rule_holds_a_number_of_the_law() -> None:
    assert set().union(*map(numbers, RULES)) == OURS


def test_no_policy_has_a_number_by_default() -> None:
    """A number that a county did not write has neither source nor date; only what is no delay may be left out."""
    written = set()
    for path in POLICIES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.value, ast.Constant)
                and type(node.value.value) is int
            ):
                assert isinstance(node.target, ast.Name)
                written.add(node.target.id)
    assert written == {"minutes", "weeks", "months", "from_months"}  # of an appointment; where zero means « none »


def a_value(value: int, first: str, last: str | None = None, scope: str = "national") -> LegalValue:
    return LegalValue(
        key="contract_months",
        value=value,
        unit="months",
        valid_from=date.fromisoformat(first),
        valid_to=date.fromisoformat(last) if last else None,
        scope=scope,
        source="CASF",
        confidence=Confidence.READ,
        says="Un mois.",
    )


LAW = LegalValues(
    value=(
        a_value(2, "2009-06-01", "2024-12-31"),
        a_value(1, "2025-01-01"),
        a_value(3, "2025-01-01", scope="outre-mer"),
        a_value(4, "2025-01-01", scope="departement:974"),
    )
)


@pytest.mark.parametrize(
    ("departement", "day", "value"),
    [("25", "2024-12-31", 2), ("25", "2025-01-01", 1), ("972", "2026-01-01", 3), ("974", "2026-01-01", 4)],
)
def test_a_value_is_that_of_the_day_and_of_the_nearest_scope(departement: str, day: str, value: int) -> None:
    assert LAW.narrowed(departement).at("contract_months", date.fromisoformat(day)).value == value


def test_before_its_first_day_a_value_is_refused_rather_than_guessed() -> None:
    with pytest.raises(PolicyError, match="aucune en vigueur le 2009-05-31"):
        LAW.narrowed("25").at("contract_months", date(2009, 5, 31))


def test_the_values_met_during_a_version_are_all_those_it_crosses() -> None:
    crossed = LAW.narrowed("25").during("contract_months", date(2024, 6, 1), date(2025, 6, 1))
    assert [entry.value for entry in crossed] == [2, 1]
    assert [v.value for v in LAW.narrowed("25").during("contract_months", date(2025, 1, 1), None)] == [1]
    assert [v.value for v in LAW.narrowed("25").during("contract_months", date(2000, 1, 1), date(2001, 1, 1))] == [2]


def test_the_doubs_has_every_value_that_jalon_reads() -> None:
    law = read_toml(MODEL / "legal.toml", LegalValues)
    assert law.missing() == []
    assert {entry.key for entry in law.value} - set(Key) == {"struck_off_reorientation_months"}  # read by people
