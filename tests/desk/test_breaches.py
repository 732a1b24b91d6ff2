"""`jalon breach`: noted, explained, qualified by the referent alone, withdrawn."""

import pytest
from sqlalchemy import Engine

from store.engine import transaction
from store.schema import contracts
from tests.county import County, add
from tests.desk.conftest import Jalon
from tests.store.test_breaches import A_CONTRACT

BY = ("--by", "Öykü DEMIR")  # accents and capitals do not make another person
ON = ("--on", "2026-11-20")


@pytest.fixture
def case(engine: Engine, at_the_county: County) -> str:
    with transaction(engine) as connection:
        add(connection, contracts, person_id=at_the_county.person, **A_CONTRACT)
    return f"c{at_the_county.case}"


def test_from_noted_to_withdrawn(jalon: Jalon, case: str) -> None:
    noted = jalon("breach", "add", case, "actions", *ON, "--by", "Hélène Marchal")
    assert noted.stdout.startswith("Noté : b1, action prescrite non faite, le 20 novembre 2026, à qualifier")
    assert jalon("breach", "qualify", "b1", "inadmissible", *BY).exit_code == 0
    said = jalon("breach", "excuse", "b1", "--reason", "transport", *ON, "--by", "Hélène Marchal")
    assert "la personne s'est expliquée le 20 novembre 2026, à qualifier de nouveau" in said.stdout
    assert "contrat k1 ; la personne s'est expliquée" in jalon("breach", "list", case).stdout
    assert jalon("breach", "withdraw", "b1", *BY).exit_code == 0
    assert "retiré le 23 novembre 2026" in jalon("breach", "list", case).stdout


def test_only_the_referent_qualifies(jalon: Jalon, case: str) -> None:
    words = ("breach", "add", case, "actions", *ON, "--qualify", "inadmissible")
    refused = jalon(*words, "--by", "Hélène Marchal")
    assert (refused.exit_code, "Seul son référent qualifie un fait : Oyku Demir" in refused.stderr) == (1, True)
    assert jalon("breach", "list", case).stdout == "0 manquement noté.\n"
    assert jalon(*words, *BY).exit_code == 0


def test_an_absence_or_an_unknown_duty_is_refused(jalon: Jalon, case: str) -> None:
    assert jalon("breach", "add", case, "individual", *ON, *BY).exit_code == 1
    unknown = jalon("breach", "add", case, "obeir", *ON, *BY)
    assert (unknown.exit_code, "n'est pas admis" in unknown.stderr) == (2, True)
