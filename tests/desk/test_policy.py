"""`jalon check-policy`: a county learns everything that is wrong with its files before a night does."""

from pathlib import Path

from tests.desk.conftest import Jalon
from tests.packs import whole_copy


def test_a_sound_folder_is_said_sound_and_what_is_second_hand_is_listed(jalon: Jalon) -> None:
    said = jalon("check-policy")
    assert said.exit_code == 0
    assert "Doubs : 5 parcours (5 versions datées), 18 valeurs légales" in said.stdout
    assert "à relire sur Légifrance : contract_months = 1 (C. trav. D.5411-14-1)" in said.stdout
    assert "orientation_weeks" not in said.stdout


def test_every_mistake_is_said_at_once_and_the_exit_code_is_one(jalon: Jalon, tmp_path: Path) -> None:
    folder = whole_copy("doubs", tmp_path / "jura")
    law, track = folder / "legal.toml", folder / "tracks" / "objectif_emploi.toml"
    law.write_text(law.read_text("utf-8").replace('"orientation_weeks"', '"orientation_week"'), "utf-8")
    track.write_text(track.read_text("utf-8").replace("wait_days = 15", "wait_days = 5"), "utf-8")
    (folder / "messages" / "reminder.sms.txt").unlink()
    said = jalon("check-policy", str(folder))
    assert said.exit_code == 1
    assert said.stdout == ""
    assert "valeur « orientation_weeks » absente" in said.stderr
    assert "reminder.sms.txt" in said.stderr
    assert "2 fautes à corriger" in said.stderr


def test_the_service_says_how_it_keeps_its_own_delays_and_what_nobody_knows(
    jalon: Jalon, after_the_night: Path
) -> None:
    said = jalon("clocks", "--on", "2026-11-23")
    assert said.exit_code == 0
    assert "signés en retard :" in said.stdout
    assert "Orientation (CASF D.262-65-2 (décret n° 2024-1244)) : inconnu." in said.stdout
