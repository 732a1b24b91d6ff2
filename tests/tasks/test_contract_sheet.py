"""The contract as a PDF to sign: accessible, the person speaks first, both commit, what is optional stands apart."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import Connection, Engine

from config.settings import TERRITORIES
from config.territory import Territory, load_territory
from store import contracts, obstacles
from store.engine import transaction
from tasks.contract_sheet import contract_pdf
from tests.county import a_county
from tests.store.acts import ACT, TODAY
from tests.store.test_contracts import a_draft, amended, on, prepare, sign
from tracks.errors import JalonError
from tracks.vocabulary import HoursBasis, Party

SAYS = "Je n'ai pas de voiture."


@pytest.fixture(scope="module")
def doubs() -> Territory:
    return load_territory(TERRITORIES / "doubs")


def read(connection: Connection, territory: Territory, case: int, *, large: bool = False, days: int = 0) -> PdfReader:
    at = ACT.at + timedelta(days=days)
    return PdfReader(BytesIO(contract_pdf(connection, territory, case=case, at=at, large=large)))


def words(pdf: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


def smallest(pdf: PdfReader) -> int:
    """The size of the smallest letters of the first page, in points."""
    sizes: list[float] = []

    def note(text: str, _cm: object, matrix: list[float], _font: object, size: float) -> None:
        if len(text.strip()) > 20:  # an exponent is smaller
            sizes.append(size * abs(matrix[0]))

    pdf.pages[0].extract_text(visitor_text=note)
    return round(min(sizes))


def test_the_person_speaks_first_and_both_commit(sqlite_engine: Engine, doubs: Territory) -> None:
    with transaction(sqlite_engine) as connection:
        case = a_county(connection).case
        a_draft(connection, case, weekly_hours=10, basis=HoursBasis.ADJUSTED, statement=SAYS)
        obstacles.name(connection, ACT, case=case, code="transport")
        what = obstacles.Prescription(
            action="mobilite_bilan", label="Faire un bilan de mobilité", due_on=date(2026, 12, 23), against="transport"
        )
        obstacles.prescribe(connection, ACT, case=case, what=what)
        promise = contracts.Promise(party=Party.SERVICE, what="Financer le code", due_on=date(2026, 12, 15))
        contracts.take_on(connection, ACT, case=case, promise=promise)
        pdf = read(connection, doubs, case)
    told = words(pdf)
    in_order = (
        "Projet à discuter ensemble",
        SAYS,
        "Les freins que nous avons nommés ensemble : se déplacer",
        "Je m'engage à",
        "Le service s'engage à",
        "Financer le code",
        "avant le 15 décembre 2026",
        "Faire un bilan de mobilité",
        "10 heures par semaine, durée adaptée à ma situation",
        "la personne de mon choix",
        "Date et signature",
        "Cofinancé par l'Union européenne",
        "une proposition, facultative",
        "n'a aucune conséquence",
    )
    straight = told.replace("’", "'")
    places = [straight.find(part) for part in in_order]
    assert -1 not in places and places == sorted(places), dict(zip(in_order, places, strict=True))


def test_it_is_tagged_titled_and_in_french(sqlite_engine: Engine, doubs: Territory) -> None:
    with transaction(sqlite_engine) as connection:
        case = a_county(connection).case
        a_draft(connection, case)
        normal, large = (read(connection, doubs, case, large=large) for large in (False, True))
    root = normal.trailer["/Root"]
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert normal.metadata and "Contrat d'engagement" in str(normal.metadata.title)
    assert (smallest(normal), smallest(large)) == (11, 16)


def test_an_amendment_has_no_reciprocity_page_and_says_what_it_replaces(
    sqlite_engine: Engine, doubs: Territory
) -> None:
    with transaction(sqlite_engine) as connection:
        case = a_county(connection).case
        a_draft(connection, case)
        prepare(connection, case)
        sign(connection, case)
        signed = words(read(connection, doubs, case))
        later = TODAY + timedelta(days=10)
        contracts.amend(connection, on(later), case=case, starts_on=later)
        amendment = words(read(connection, doubs, case, days=10))
    assert "Signé le 23 novembre 2026" in signed
    assert "Projet" not in signed
    assert "Avenant au contrat d" in amendment and "ce qui précède reste inchangé" in amendment
    assert "réciprocité" not in amendment


def test_a_county_without_european_money_says_nothing_of_it(sqlite_engine: Engine, doubs: Territory) -> None:
    own = replace(doubs, programme=doubs.programme.model_copy(update={"european": ()}))
    with transaction(sqlite_engine) as connection:
        case = a_county(connection).case
        a_draft(connection, case)
        assert "Union européenne" in words(read(connection, doubs, case))
        assert "Union européenne" not in words(read(connection, own, case))


def test_there_is_nothing_to_print_without_a_text(sqlite_engine: Engine, doubs: Territory) -> None:
    with transaction(sqlite_engine) as connection:
        case = a_county(connection).case
        with pytest.raises(JalonError, match="aucun texte à imprimer"):
            contract_pdf(connection, doubs, case=case, at=ACT.at)


def test_a_signed_amendment_is_printed_once_in_force(sqlite_engine: Engine, doubs: Territory) -> None:
    with transaction(sqlite_engine) as connection:
        case = a_county(connection).case
        a_draft(connection, case)
        prepare(connection, case)
        sign(connection, case)
        amended(connection, case, day=TODAY + timedelta(days=10))
        assert "Avenant" not in words(read(connection, doubs, case, days=9))
        assert "Avenant" in words(read(connection, doubs, case, days=10))
