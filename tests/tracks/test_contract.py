"""The contract as the rules see it: one version a day; what is optional changes nothing."""

from dataclasses import fields
from datetime import date, timedelta

from tests.tracks.building import a_case, a_contract
from tracks.case import Case, Contract

AMENDED = date(2026, 9, 1)
EVE = AMENDED - timedelta(days=1)


def test_a_version_holds_until_another_takes_its_place() -> None:
    first = a_contract(id=1, held_until=EVE)
    amendment = a_contract(id=2, signed_on=AMENDED, starts_on=AMENDED, ends_on=date(2026, 10, 31))
    case = a_case(contracts=(first, amendment))
    held = {day: case.contract_on(day) for day in (EVE, AMENDED, date(2026, 11, 1))}
    assert {day: found and found.id for day, found in held.items()} == {EVE: 1, AMENDED: 2, date(2026, 11, 1): None}


def test_of_two_signed_one_day_the_last_listed_binds() -> None:
    case = a_case(contracts=(a_contract(id=1), a_contract(id=2)))
    found = case.contract_on(AMENDED)
    assert found and found.id == 2


def test_the_rules_cannot_know_what_was_said_of_reciprocity() -> None:
    """R13: `decide` takes a Case, and no field of it or of a contract holds the offer or its answer."""
    known = {field.name for kind in (Case, Contract) for field in fields(kind)}
    assert not {name for name in known if "recipro" in name or "accepted" in name}
