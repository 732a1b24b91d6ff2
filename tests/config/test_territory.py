"""What a county edits: all that is shipped loads; what is written wrong is said in French, all at once."""

import shutil
import tomllib
from datetime import date
from pathlib import Path

import pytest

from config.reading import Mistakes
from config.settings import TERRITORIES
from config.territory import load_territory
from tests.packs import whole_copy
from tracks.errors import JalonError, PolicyError
from tracks.legal import Confidence

HERE = Path(__file__).parent
SHIPPED = tuple(sorted(path.name for path in TERRITORIES.iterdir() if path.is_dir()))
WRONG = [
    pytest.param(wrong, id=f"{path.stem} : {wrong['quoi']}")
    for path in sorted((HERE / "wrong").glob("*.toml"))
    for wrong in tomllib.loads(path.read_text("utf-8"))["faute"]
]
SAID = (  # voice.md, « An error », the county's own file
    "`config/territories/doubs/tracks/objectif_emploi.toml`, `version[0].reminders.days_befor` : clé inconnue. "
    "Vouliez-vous dire `days_before` ?"
)


@pytest.fixture
def doubs(tmp_path: Path) -> Path:
    """A copy of the Doubs that a test may spoil, under the same name."""
    return whole_copy("doubs", tmp_path / "config" / "territories" / "doubs")


def spoil(folder: Path, wrong: dict[str, str]) -> None:
    file = folder / wrong["fichier"]
    text = file.read_text("utf-8")
    assert text.count(wrong["au_lieu_de"]) >= 1, f"{wrong['fichier']} no longer says « {wrong['au_lieu_de']} »"
    file.write_text(text.replace(wrong["au_lieu_de"], wrong["on_a_ecrit"], 1), "utf-8")


def mistakes(folder: Path) -> tuple[str, ...]:
    with pytest.raises(Mistakes) as refused:
        load_territory(folder)
    return refused.value.lines


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_territory_loads(name: str) -> None:
    territory = load_territory(TERRITORIES / name)
    files = {path.stem for path in (TERRITORIES / name / "tracks").glob("*.toml")}
    assert set(territory.tracks) == files != set()
    for slug in files:
        assert territory.policies(slug).track.slug == slug


def test_the_doubs_follows_its_tracks_and_says_where_each_number_comes_from() -> None:
    doubs = load_territory(TERRITORIES / "doubs")
    assert set(doubs.tracks) == {
        "objectif_emploi",
        "objectif_competences",
        "objectif_remobilisation",
        "suivi_emploi",
        "travailleurs_non_salaries",
    }
    for track in doubs.tracks.values():
        for version in track.version:
            assert version.rhythm is None or version.rhythm.source
            assert version.review is None or version.review.confidence is Confidence.LOCAL_CHOICE
    rhythm = {slug: track.version[0].rhythm for slug, track in doubs.tracks.items()}
    assert {slug for slug, found in rhythm.items() if found and found.confidence is Confidence.ASSUMPTION} == {
        "objectif_competences",
        "objectif_remobilisation",
        "travailleurs_non_salaries",
    }


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_written_wrong_is_said(doubs: Path, wrong: dict[str, str]) -> None:
    spoil(doubs, wrong)
    said = mistakes(doubs)
    if wrong["message"].endswith("("):  # the rest is the TOML reader's own words
        assert any(line.startswith(wrong["message"]) for line in said), said
    else:
        assert wrong["message"] in said


def test_the_message_is_the_one_that_was_promised(doubs: Path) -> None:
    spoil(
        doubs,
        {
            "fichier": "tracks/objectif_emploi.toml",
            "au_lieu_de": "days_before",
            "on_a_ecrit": "days_befor",
        },
    )
    assert SAID.replace("`", "") in [line.replace("`", "") for line in mistakes(doubs)]


def test_all_mistakes_of_all_files_are_said_at_once(doubs: Path) -> None:
    spoil(doubs, {"fichier": "legal.toml", "au_lieu_de": "value = 6", "on_a_ecrit": 'value = "six"'})
    spoil(doubs, {"fichier": "territory.toml", "au_lieu_de": "sms_sender", "on_a_ecrit": "sms_sendr"})
    spoil(doubs, {"fichier": "tracks/suivi_emploi.toml", "au_lieu_de": "months = 6", "on_a_ecrit": "months = -1"})
    (doubs / "messages" / "reminder.sms.txt").unlink()
    said = "\n".join(mistakes(doubs))
    for file in ("legal.toml", "territory.toml", "tracks/suivi_emploi.toml", "messages/reminder.sms.txt"):
        assert f"doubs/{file}" in said


def test_a_file_that_is_not_there_is_named(doubs: Path) -> None:
    (doubs / "legal.toml").unlink()
    assert mistakes(doubs) == (
        "config/territories/doubs/legal.toml : fichier absent. Copiez celui d'un autre territoire, puis adaptez-le.",
    )


def test_a_file_of_another_encoding_is_named(doubs: Path) -> None:
    file = doubs / "territory.toml"
    file.write_bytes(file.read_text("utf-8").encode("cp1252", "replace"))
    assert mistakes(doubs) == (
        "config/territories/doubs/territory.toml : le fichier n'est pas en UTF-8. Enregistrez-le en UTF-8.",
    )


def test_a_territory_without_tracks_is_refused(doubs: Path) -> None:
    shutil.rmtree(doubs / "tracks")
    assert "config/territories/doubs/tracks : aucun fichier de parcours." in mistakes(doubs)


def test_a_territory_that_is_not_there_says_what_the_setting_must_name(tmp_path: Path) -> None:
    with pytest.raises(JalonError, match=r"Territoire introuvable : « jura ». JALON_TERRITORY doit nommer un dossier"):
        load_territory(tmp_path / "jura")


def test_a_track_that_is_not_there_says_which_are() -> None:
    doubs = load_territory(TERRITORIES / "doubs")
    with pytest.raises(JalonError, match=r"Parcours « emploi » inconnu .* Connus : objectif_competences, objectif_emp"):
        doubs.policies("emploi")


def test_no_version_in_force_fails_before_any_case_is_read() -> None:
    doubs = load_territory(TERRITORIES / "doubs")
    with pytest.raises(PolicyError, match=r"aucune version en vigueur le 2023-12-31. Ajoutez une"):
        doubs.tracks["objectif_emploi"].at(date(2023, 12, 31))


def test_a_mistake_is_not_told_again_by_the_list_that_holds_it(doubs: Path) -> None:
    spoil(
        doubs,
        {"fichier": "tracks/objectif_emploi.toml", "au_lieu_de": "days_before = [", "on_a_ecrit": "days_befor = ["},
    )
    assert [line.rpartition("`")[2] for line in mistakes(doubs) if "objectif_emploi" in line] == [
        " : clé absente. Ajoutez-la.",
        " ?",
    ]
