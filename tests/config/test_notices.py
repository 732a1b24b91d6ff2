"""The texts of the notices are the county's, and each still says what the law wants."""

import shutil
from pathlib import Path

import pytest

from config.notices import MENTIONS, NAMES, load_notices
from config.reading import Mistakes
from config.settings import TERRITORIES
from tracks.vocabulary import NoticeKind

SHIPPED = TERRITORIES / "modele" / "notices"


@pytest.fixture
def notices(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "notices"))


def test_the_shipped_notices_say_all_of_it() -> None:
    assert set(load_notices(SHIPPED)) == set(NoticeKind)


def edited(folder: Path, kind: NoticeKind, old: str, new: str) -> list[str]:
    path = folder / f"{kind}.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(Mistakes) as found:
        load_notices(folder)
    return list(found.value.lines)


@pytest.mark.parametrize(
    ("kind", "old", "missing"),
    [
        (NoticeKind.PROCEDURE, "{delai}", "le délai d'observations"),
        (NoticeKind.PROCEDURE, "assister par une personne de votre choix", "l'assistance"),
        (NoticeKind.PROCEDURE, "L.311-3-1", "le traitement algorithmique"),
        (NoticeKind.PROCEDURE, "être entendu", "le droit d'être entendu"),
        (NoticeKind.DECISION, "{recours_mois}", "le recours préalable"),
        (NoticeKind.DECISION, "tribunal administratif", "le tribunal administratif"),
        (NoticeKind.DECISION, "{motifs}", "les motifs de fait"),
        (NoticeKind.REGULARISE, "Rien n'est décidé", "que rien n'est décidé"),
    ],
)
def test_a_mention_of_the_law_cannot_be_edited_away(notices: Path, kind: NoticeKind, old: str, missing: str) -> None:
    (line,) = edited(notices, kind, old, "…")
    assert f"il manque {missing}" in line
    assert f"{kind}.toml" in line


def test_an_unknown_name_is_told_with_those_that_exist(notices: Path) -> None:
    (line,) = edited(notices, NoticeKind.REGULARISE, "au {telephone}", "au {telephon}")
    assert "{telephon} n'existe pas" in line
    assert "telephone" in line


def test_an_absent_notice_is_told(notices: Path) -> None:
    (notices / "decision.toml").unlink()
    with pytest.raises(Mistakes, match=r"decision\.toml"):
        load_notices(notices)


def test_every_mention_looks_for_a_name_that_exists() -> None:
    for kind, mentions in MENTIONS.items():
        for _, words in mentions:
            if words.startswith(r"\{"):
                assert words[2:-2] in NAMES[kind]
