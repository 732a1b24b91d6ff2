"""The mapping of a county: every shipped one loads, each mistake has its message, headings are compared plainly."""

import re
from pathlib import Path

import pytest

from config.columns import load_columns, plain
from config.reading import Mistakes
from config.settings import TERRITORIES
from tasks.intake import kind_of
from tasks.intake_kinds import KINDS
from tests.intake.files import COLUMNS

SHIPPED = sorted(TERRITORIES.glob("*/columns.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_every_shipped_mapping_loads(path: Path) -> None:
    assert list(load_columns(path).kinds) == list(KINDS)


def test_headings_are_compared_without_case_accents_or_blanks() -> None:
    header = ("n° caf ", "PRENOM  BENEFICIAIRE", "Nom\nbénéficiaire", "Date de\u00a0naissance", "autre chose")
    assert COLUMNS.missing_from(header, "usagers") == ()
    assert COLUMNS.found_in(header, "usagers")["birth_date"] == [3]
    assert plain("Motif d’absence") == plain("MOTIF D'ABSENCE")


@pytest.mark.parametrize("kind", KINDS)
def test_a_header_names_its_kind(kind: str) -> None:
    header = [titles[0] for titles in COLUMNS.kinds[kind].values() if titles]
    mandatory = [COLUMNS.kinds[kind][field][0] for field in COLUMNS.mandatory(kind)]
    assert kind_of(header, COLUMNS, None) == kind
    assert kind_of(mandatory, COLUMNS, None) == kind


@pytest.mark.parametrize(
    ("title", "never"), [("NIR", True), ("Clé NIR (2)", True), ("N° Sécurité  sociale", True), ("Nirina", False)]
)
def test_a_column_of_nir_is_never_read(title: str, never: bool) -> None:
    assert COLUMNS.is_never_read(title) is never


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("last_name =", "last_nam =", "`usagers.last_nam` : clé inconnue. Vouliez-vous dire `last_name` ?"),
        ('"honoré" = "seen"', '"honoré" = "venu"', "« venu » n'est pas admis"),
        ('email = ["Courriel"]', "email = []", "`referents.email`"),
        ('site = ["Site"]', 'site = ["Courriel"]', "`referents` : l'en-tête « courriel » y est deux fois"),
        ('social_ref = ["ID Iodas"]', 'social_ref = ["NIR"]', "`never_read` interdit de lire"),
        ('"transport" = "legitimate_logistics"', '"transport" = "Le bus"', "n'est pas un identifiant"),
        ("dim = 7", "dim = 8", "8 est hors des bornes"),
        ("[sessions]", "[seances]", "`sessions` : clé absente"),
    ],
)
def test_a_mistake_says_where_and_what_is_expected(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (TERRITORIES / "modele" / "columns.toml").read_text("utf-8")
    assert old in text
    path = tmp_path / "columns.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(Mistakes, match=re.escape(message)):
        load_columns(path)
