"""`jalon territory`, and the guide that a new county follows: its commands and its files, run as they are written."""

import re
import shlex
from datetime import date
from pathlib import Path

import pytest

from config.settings import PROJECT, TERRITORIES
from config.territory import load_territory
from desk.territory_diff import differences
from tests.desk.conftest import Jalon

GUIDE = (PROJECT / "docs" / "decrire-vos-parcours.md").read_text("utf-8")
NOVEMBER = date(2026, 11, 23)
NAMES = sorted(place.name for place in TERRITORIES.iterdir())


def steps() -> list[tuple[str, str]]:
    """The commands and the files of the guide, in its order."""
    return re.findall(r"^```(sh|toml)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.mark.usefixtures("without_prefect")
def test_a_new_county_follows_the_guide_to_its_end(
    jalon: Jalon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT)
    monkeypatch.setenv("JALON_TERRITORY", str(tmp_path / "parcours" / "jura"))
    said = []
    for kind, text in steps():
        mine = text.replace("parcours/jura", str(tmp_path / "parcours" / "jura"))
        if kind == "toml":
            head, _, body = mine.partition("\n")
            file = Path(head.split()[-1])
            before = file.read_text("utf-8") if "à ajouter" in head else ""
            file.write_text(f"{before}\n{body}", "utf-8")
            continue
        for line in mine.splitlines():
            answer = jalon(*shlex.split(line)[1:])
            import_refuses = " import " in line and answer.exit_code == 1  # the sample has rows to refuse
            assert answer.exit_code == 0 or import_refuses, f"{line}\n{answer.output}"
            said.append(answer.output)
    jura = load_territory(tmp_path / "parcours" / "jura")
    assert (jura.name, jura.departement) == ("Jura", "39")
    assert jura.tracks["objectif_mobilite"].in_force(NOVEMBER) is not None
    assert "Objectif mobilité" in "".join(said)
    page = (tmp_path / "parcours" / "jura.html").read_text("utf-8")
    assert page.count("<figure") == len(jura.tracks) and "Point mobilité" in page and "<script" not in page


@pytest.mark.parametrize("name", NAMES)
def test_what_new_writes_is_sound_whatever_it_starts_from(jalon: Jalon, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "nouveau"
    assert jalon("territory", "new", folder, "--from", name).exit_code == 0
    assert jalon("territory", "check", folder).exit_code == 0
    assert list(differences(load_territory(TERRITORIES / name), load_territory(folder), on=NOVEMBER)) == []
    again = jalon("territory", "new", folder, "--from", name)
    assert again.exit_code == 1 and "existe déjà" in again.output


def test_new_refuses_a_name_that_cannot_be_one(jalon: Jalon, tmp_path: Path) -> None:
    for wrong in (tmp_path / "Haute Saône", tmp_path / "9a"):
        assert jalon("territory", "new", wrong).exit_code == 1
        assert not wrong.exists()
    unknown = jalon("territory", "new", tmp_path / "x", "--from", "nulle_part")
    assert unknown.exit_code == 1 and "doubs" in unknown.output and not (tmp_path / "x").exists()


def test_a_number_changed_is_a_line_with_its_source(jalon: Jalon, tmp_path: Path) -> None:
    jalon("territory", "new", tmp_path / "apres", "--from", "doubs")
    track = tmp_path / "apres" / "tracks" / "objectif_emploi.toml"
    text = track.read_text("utf-8")
    assert text.count("days_before = [7, 2]") == 1
    track.write_text(text.replace("days_before = [7, 2]", "days_before = [5, 1]"), "utf-8")
    rows = list(differences(load_territory(TERRITORIES / "doubs"), load_territory(tmp_path / "apres"), on=NOVEMBER))
    ((where, _, before, after, source),) = rows
    assert (where, before, after) == ("Objectif emploi", "7, 2", "5, 1") and "choix local" in source
    shown = jalon("territory", "diff", "doubs", tmp_path / "apres").output
    assert "5, 1" in shown and "Objectif emploi" in shown


def test_two_counties_differ_by_their_tracks_and_by_nothing_of_the_nation(jalon: Jalon) -> None:
    rows = list(differences(load_territory(TERRITORIES / "doubs"), load_territory(TERRITORIES / "isere"), on=NOVEMBER))
    wheres = {row[0] for row in rows}
    assert {"Objectif emploi", "Programme d’insertion"} <= wheres and "La loi" not in wheres
    shown = jalon("territory", "show", "lot", "--on", NOVEMBER).output
    for track in load_territory(TERRITORIES / "lot").tracks.values():
        assert track.title in shown
