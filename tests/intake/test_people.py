"""People: loaded once, never merged or doubled in silence; a blank never erases; no NIR is kept anywhere."""

import random

import pytest

from store.schema import persons, referents
from tests.intake.files import PEERS, REFERENT, USAGER, Intakes, csv_text, people, workbook


def test_a_person_is_stored_with_what_the_file_says(intakes: Intakes) -> None:
    assert intakes.rows(USAGER).created == 1
    row = intakes.one(persons)
    stored = {
        name: row[name]
        for name in ("territory", "file_number", "role", "mobile", "landline", "email", "email_to_check")
    }
    assert stored == {
        "territory": "doubs",
        "file_number": "6112883",
        "role": "DEM",
        "mobile": "+33639981234",
        "landline": None,
        "email": "ines@example.com",
        "email_to_check": False,
    }
    assert (row["preferred_channel"], str(row["birth_date"]), str(row["known_on"])) == (
        "sms",
        "1998-02-19",
        "2026-11-23",
    )


def test_a_blank_never_erases_and_a_change_updates(intakes: Intakes) -> None:
    intakes.rows(USAGER)
    before = intakes.one(persons)
    blank = dict.fromkeys(
        ("Civilité", "Adresses Mails", "N° Téléphones", "Adresse", "CP Ville", "ID Iodas", "Canal préféré"), ""
    )
    assert intakes.rows(USAGER | blank).unchanged == 1
    assert intakes.one(persons) == before
    assert intakes.rows(USAGER | blank | {"Adresse": "2 rue Pasteur"}).updated == 1
    assert intakes.one(persons) == before | {"address": "2 rue Pasteur"}


def test_a_landline_never_overwrites_a_mobile_nor_the_other_way(intakes: Intakes) -> None:
    intakes.rows(USAGER)
    report = intakes.rows(USAGER | {"N° Téléphones": "03 53 01 12 34"})
    assert (report.updated, report.warnings) == (1, 1)
    row = intakes.one(persons)
    assert (row["mobile"], row["landline"]) == ("+33639981234", "+33353011234")


def test_a_premium_number_is_dropped_and_said(intakes: Intakes) -> None:
    report = intakes.rows(USAGER | {"N° Téléphones": "0899 70 12 34"})
    assert (report.created, report.warnings) == (1, 1)
    assert (intakes.one(persons)["mobile"], intakes.one(persons)["landline"]) == (None, None)
    (remark,) = intakes.remarks("usagers")
    assert remark == {
        "ligne": "2",
        "colonne": "N° Téléphones",
        "gravité": "avertissement",
        "raison": "numéro surtaxé, gratuit ou non attribué : non enregistré",
        "valeur masquée": "0899 … … …",
    }


def test_an_accent_before_the_at_is_kept_to_be_checked(intakes: Intakes) -> None:
    assert intakes.rows(USAGER | {"Adresses Mails": "inès@example.com"}).warnings == 1
    row = intakes.one(persons)
    assert (row["email"], row["email_to_check"]) == ("inès@example.com", True)
    intakes.rows(USAGER)
    assert intakes.one(persons)["email_to_check"] is False


def test_couples_share_a_phone_and_an_address(intakes: Intakes) -> None:
    partner = USAGER | {"Prénom bénéficiaire": "Karim", "Role": "CJT"}
    report = intakes.rows(USAGER, partner)
    assert (report.created, report.warnings) == (2, 0)
    assert [row["role"] for row in intakes.stored(persons)] == ["DEM", "CJT"]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"N° CAF": ""}, "N° CAF"),
        ({"N° CAF": "1803331476872"}, "N° CAF"),
        ({"Nom bénéficiaire": ""}, "Nom bénéficiaire"),
        ({"Prénom bénéficiaire": " "}, "Prénom bénéficiaire"),
        ({"Nom bénéficiaire": "x" * 121}, "Nom bénéficiaire"),
        ({"Date de Naissance": ""}, "Date de Naissance"),
        ({"Date de Naissance": "0"}, "Date de Naissance"),
        ({"Date de Naissance": "31/02/1980"}, "Date de Naissance"),
        ({"Adresses Mails": "a@b@example.com"}, "Adresses Mails"),
        ({"N° Téléphones": "6.39981234E+08"}, "N° Téléphones"),
        ({"Référent": "inconnu@example.org"}, "Référent"),
        ({"Role": "ENF"}, "Role"),
        ({"Canal préféré": "pigeon"}, "Canal préféré"),
    ],
)
def test_a_flawed_line_is_refused_with_its_column(quick: Intakes, cells: dict[str, str], column: str) -> None:
    quick.rows(REFERENT)
    report = quick.rows(USAGER | {"N° CAF": "7000000"}, USAGER | {"Référent": "OYKU@example.org"} | cells)
    assert (report.created, report.refused) == (1, 1)
    (refusal,) = [remark for remark in quick.remarks("usagers") if remark["gravité"] == "refus"]
    assert (refusal["ligne"], refusal["colonne"]) == ("3", column)


def test_without_any_referent_the_column_is_not_checked_and_the_report_says_so(intakes: Intakes) -> None:
    report = intakes.rows(USAGER | {"Référent": "inconnu@example.org"})
    assert (report.created, report.warnings) == (1, 1)


def test_two_null_identifiers_never_match(quick: Intakes) -> None:
    rows = [row | {"N° CAF": ""} for row in people(5)]
    assert quick.rows(*rows).refused == 5
    assert quick.stored(persons) == []
    rows = [row | {"ID Iodas": "", "Adresses Mails": "", "N° Téléphones": ""} for row in people(5)]
    assert quick.rows(*rows).created == 5


def test_a_line_twice_in_a_file(intakes: Intakes) -> None:
    report = intakes.rows(USAGER, USAGER, USAGER | {"N° Téléphones": "06 39 98 99 99"}, USAGER | {"Adresse": ""})
    assert (report.created, report.unchanged, report.refused) == (1, 2, 1)
    (refusal,) = intakes.remarks("usagers")
    assert refusal["raison"] == "contredit la ligne 2, qui porte sur le même objet"
    assert intakes.one(persons)["mobile"] == "+33639981234"


def test_a_line_that_completes_another_fills_its_blanks(quick: Intakes) -> None:
    report = quick.rows(USAGER | {"Adresse": ""}, USAGER)
    assert (report.created, report.updated) == (1, 1)
    assert quick.one(persons)["address"] == "51 rue de Belfort"


def test_a_name_may_change_but_a_file_number_never_passes_to_somebody_else(intakes: Intakes) -> None:
    intakes.rows(USAGER)
    assert intakes.rows(USAGER | {"Nom bénéficiaire": "Grosjean-Demir"}).updated == 1
    assert intakes.rows(USAGER | {"Date de Naissance": "19/02/1989"}).updated == 1
    report = intakes.rows(USAGER | {"Prénom bénéficiaire": "Karim", "Date de Naissance": "01/05/1970"})
    assert (report.updated, report.refused) == (0, 1)
    assert intakes.one(persons)["first_name"] == "Inès"


def test_of_500_pairs_none_is_merged_or_doubled_in_silence(quick: Intakes) -> None:
    """D4: the same person under two spellings of a number, or two people under one: always told."""
    chance = random.Random(4)
    spellings = (
        lambda number: f"{number[0]} {number[1:4]} {number[4:]}",
        lambda number: f"{number}.0",
        lambda number: f"0{number}",
        lambda number: f"{number}A",
        lambda number: number[:-1] + "9",
    )
    rows: list[dict[str, str]] = []
    for n, first in enumerate(people(500)):
        first = first | {"N° CAF": str(1_000_000 + 10 * n)}
        spelled = chance.choice(spellings)(first["N° CAF"])
        somebody_else = {"Prénom bénéficiaire": "Karim", "Date de Naissance": "01/05/1970"}
        second = {"N° CAF": spelled} if n % 2 else somebody_else
        rows += [first, first | second]
    report = quick.rows(*rows)
    stored = quick.stored(persons)
    told = {remark["ligne"] for remark in quick.remarks("usagers")}
    assert report.created == len(stored)
    assert len({(row["first_name"], row["last_name"]) for row in stored}) == 500
    for n in range(500):
        first, second = rows[2 * n : 2 * n + 2]
        same = [row for row in stored if row["last_name"] == first["Nom bénéficiaire"]]
        assert len(same) == 1 or str(2 * n + 3) in told  # doubled: the report says so
        assert n % 2 or str(2 * n + 3) in told  # two people, one number: refused
    assert report.unchanged + report.refused + report.created == 1000


def test_a_nir_is_kept_nowhere(quick: Intakes) -> None:
    nir = "180033147687233"
    rows = [USAGER | {"NIR": nir, "N° de sécurité sociale": nir}, USAGER | {"NIR": nir, "N° CAF": nir}]
    rows.append(USAGER | {"NIR": nir, "N° CAF": "7", "Date de Naissance": nir, "N° de sécurité sociale": nir})
    report = quick.raw(csv_text([{"N° de sécurité sociale": nir} | row for row in rows]).encode())
    assert (report.created, report.refused) == (1, 2)
    quick.engine.dispose()
    (quick.folder / "export.csv").unlink()
    written = [path for path in quick.folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".csv" for path in written)
    for path in written:
        assert nir.encode() not in path.read_bytes(), path.name
    assert "NIR" not in (quick.reports / "usagers-refus.csv").read_text("utf-8-sig").splitlines()[0]


def test_contacts_complete_people_already_known(intakes: Intakes) -> None:
    intakes.rows(USAGER)
    contact = {
        "MATRICULE": "6112883",
        "ROLE PERSONNE": "DEMANDEUR",
        "NUMERO TELEPHONE DOSSIER": "353011234",
        "NUMERO TELEPHONE 2 DOSSIER": "639984321",
        "ADRESSE ELECTRONIQUE DOSSIER": "",
    }
    before = intakes.one(persons)
    report = intakes.rows(contact, contact | {"MATRICULE": "9"}, kind="usagers")
    assert (report.kind, report.created, report.updated, report.refused) == ("contacts", 0, 1, 1)
    assert intakes.one(persons) == before | {"mobile": "+33639984321", "landline": "+33353011234"}


def test_a_workbook_of_people(intakes: Intakes) -> None:
    rows = [list(USAGER), [*USAGER.values()]]
    rows[1][list(USAGER).index("N° Téléphones")] = "=639981234"
    rows[1][list(USAGER).index("N° CAF")] = "=6112883"
    (report,) = intakes.path(workbook(intakes.folder / "usagers.xlsx", rows))
    assert report.created == 1
    assert intakes.rows(USAGER).unchanged == 1


def test_a_referent_is_stored_with_the_week(intakes: Intakes) -> None:
    assert intakes.rows(REFERENT, REFERENT | {"Courriel": "y@example.org", "Organisme": "France Travail"}).created == 2
    first, second = intakes.stored(referents)
    assert (first["role"], first["circuit"], second["circuit"]) == ("coach_filiere", "B", "A")
    assert (first["working_days"], first["day_starts"], first["break_ends"]) == ("1 2 4", "09:00", "13:30")
    assert (first["phone"], first["capacity"]) == ("+33381581137", 95)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"Fonction": "magicien"}, "Fonction"),
        ({"Jours travaillés": "lun,xyz"}, "Jours travaillés"),
        ({"Début": "18:00"}, "Fin"),
        ({"Pause": "12:00"}, "Pause"),
        ({"Courriel": "sans@"}, "Courriel"),
    ],
)
def test_a_flawed_referent_is_refused(quick: Intakes, cells: dict[str, str], column: str) -> None:
    assert quick.rows(REFERENT | cells).refused == 1
    (refusal,) = quick.remarks("referents")
    assert refusal["colonne"] == column


needs_peers = pytest.mark.skipif(not PEERS.is_dir(), reason="the field's own test files are not here")


@needs_peers
def test_the_field_s_own_files(quick: Intakes) -> None:
    def counts(name: str, **how: str) -> tuple[str, int, int, int, int]:
        (report,) = quick.path(PEERS / name, **how)  # type: ignore[arg-type]
        return report.kind, report.read, report.created, report.updated, report.refused

    assert counts("usagers_600.csv") == ("usagers", 600, 600, 0, 0)
    assert counts("usagers_test.xlsx") == ("usagers", 1, 1, 0, 0)
    assert counts("contacts_cnaf.csv") == ("contacts", 1, 0, 1, 0)
    assert counts("contacts_cnaf.csv", kind="usagers") == ("contacts", 1, 0, 0, 0)
    hernan = quick.stored(persons)[-1]
    assert (hernan["file_number"], hernan["social_ref"], hernan["mobile"]) == ("ISQCJQO", "8383", "+33698943255")
    assert counts("usagers_test_invalid.xlsx") == ("usagers", 2, 0, 1, 1)


@needs_peers
def test_no_nir_of_the_field_s_own_files_is_kept(quick: Intakes) -> None:
    quick.path(PEERS / "usagers_test.xlsx")
    quick.path(PEERS / "usagers_test_invalid.xlsx")
    quick.engine.dispose()
    for path in quick.folder.rglob("*"):
        assert path.is_dir() or b"1803331476872" not in path.read_bytes(), path.name
