"""The contract as the rules see it: one version a day; what is optional changes nothing."""

from dataclasses import fields
from datetime import date, timedelta

from tests.tracks.building import a_case, a_contract, policies_of
from tracks.actions import Ask, OpenReview
from tracks.case import Breach, Case, Contract
from tracks.case import OpenReview as Opened
from tracks.decide import decide
from tracks.vocabulary import Clause, ReviewKind

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


MONDAY = date(2026, 11, 23)
POLICIES = policies_of("objectif_emploi")


def asked(case: Case) -> list[str]:
    return [a.because.why for a in decide(case, POLICIES, MONDAY) if isinstance(a, Ask)]


def opens(case: Case) -> bool:
    return any(isinstance(a, OpenReview) for a in decide(case, POLICIES, MONDAY))


def test_an_absence_of_a_day_without_duties_never_counts() -> None:
    away = ((date(2026, 1, 27), True), (date(2026, 10, 10), False), (date(2026, 10, 20), True))
    assert opens(a_case())
    assert opens(a_case(duties=((date(2026, 1, 27), True),)))
    assert not opens(a_case(duties=away))


def test_the_referent_and_the_coordinator_learn_that_a_review_weakens() -> None:
    review = Opened(
        id=4,
        kind=ReviewKind.COMPLIANCE,
        opened_on=date(2026, 11, 16),
        explained=(date(2026, 11, 20),),
        held=(date(2026, 10, 2),),
    )
    said = (
        "La personne s'est expliquée le 20 novembre : 1 fait tient encore sur 2, en dessous du seuil de 2. "
        "La revue est à reprendre sans attendre."
    )
    assert said in asked(a_case(reviews=(review,)))


def test_an_explained_breach_is_to_be_qualified_again() -> None:
    breach = Breach(
        id=9, clause=Clause.ACTIONS, on=date(2026, 11, 2), qualification=None, excused_on=date(2026, 11, 20)
    )
    said = "La personne s'est expliquée le 20 novembre de l'engagement non tenu du 2 novembre : recevable ?"
    assert said in asked(a_case(breaches=(breach,)))
