"""`jalon contract`, as a referent types it: from the draft to both signatures, then what was kept."""

import json

import pytest
from sqlalchemy import Engine

from store.schema import contracts, prescribed_actions
from tests.county import County
from tests.desk.conftest import Jalon
from tests.store.acts import an_appointment, row_of

BY = ("--by", "Oyku Demir")
DRAFT = ("--from", "2026-11-23", "--to", "2027-05-22")
TODAY = ("--on", "2026-11-23")


def done(jalon: Jalon, *words: object) -> str:
    result = jalon("contract", *words, *BY)
    assert result.exit_code == 0, result.stderr
    return str(result.stdout)


def refused(jalon: Jalon, *words: object) -> str:
    result = jalon("contract", *words, *BY)
    assert (result.exit_code, result.stdout) == (1, "")
    return str(result.stderr)


def test_a_contract_from_its_draft_to_what_was_kept(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    case = f"c{at_the_county.case}"
    an_appointment(engine, at_the_county, days=-5, status="seen")
    said = done(jalon, "draft", case, *DRAFT, "--hours", "10", "--statement", "Je n'ai pas de voiture.")
    assert "10 h par semaine (durée adaptée à la situation de la personne)" in said
    done(jalon, "commit", case, "Passer le code de la route", "--party", "person", "--due", "2027-02-01")
    done(jalon, "obstacle", case, "transport")
    assert "avant le 23 décembre 2026" in done(jalon, "prescribe", case, "mobilite_bilan", "--against", "transport")
    assert "diagnostic" in refused(jalon, "propose", case)
    done(jalon, "diagnose", case, *TODAY)
    assert "déclinée, sans conséquence" in done(jalon, "offer-reciprocity", case, "--declined")
    done(jalon, "propose", case)
    assert "manque la signature" in done(jalon, "sign", case, "--party", "person", *TODAY)
    assert "lie les deux parties" in done(jalon, "sign", case, "--party", "service", *TODAY)
    shown = json.loads(jalon("contract", "show", case, "--json").stdout)
    assert shown["in_force"]["clauses"] == "individual collective actions contact_details"
    assert shown["text"] is None
    kept = next(c["id"] for c in shown["in_force"]["commitments"] if c["what"] == "Passer le code de la route")
    done(jalon, "done", f"e{kept}", *TODAY, "--proof")
    done(jalon, "done", "p1", *TODAY)
    assert row_of(engine, prescribed_actions, 1).seen_by == "Oyku Demir"
    page = jalon("contract", "show", case).stdout
    assert "Passer le code de la route, avant le 1ᵉʳ février 2027 ; fait le 23 novembre 2026, vu par Oyku Demir" in page
    assert "La personne dit : « Je n'ai pas de voiture. »" in page
    assert "Aucun contrat en vigueur" in jalon("contract", "show", case, "--on", "2026-11-22").stdout
    done(jalon, "amend", case, "--from", "2026-12-01")
    assert "Avenant du 1ᵉʳ décembre 2026" in jalon("contract", "show", case).stdout
    done(jalon, "withdraw", case)
    assert row_of(engine, contracts, 1).held_until is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("obstacle", "{case}", "diabète"), "Aucun détail de santé"),
        (("prescribe", "{case}", "ski"), "absente du programme"),
        (("prescribe", "{case}", "mobilite_bilan", "--against", "logement"), "ne vise pas ce frein"),
        (("draft", "{case}", "--kind", "ppae", *DRAFT), "ne prend pas"),
        (("draft", "{case}", "--kind", "cer", "--from", "2027-01-01", "--to", "2027-06-01"), "ne se conclut plus"),
        (("amend", "{case}", "--from", "2026-12-01"), "Aucun contrat en vigueur"),
        (("sign", "{case}", "--party", "person", *TODAY), "aucun texte en cours"),
        (("draft", "{case}", *DRAFT, "--exempt", "--hours", "5"), "n'a pas d'heures"),
    ],
)
def test_what_cannot_be_is_said_in_french(
    jalon: Jalon, at_the_county: County, words: tuple[str, ...], says: str
) -> None:
    filled = [word.format(case=f"c{at_the_county.case}") for word in words]
    assert says in refused(jalon, *filled)
