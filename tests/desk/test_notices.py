"""The letters of a procedure: what the law wants each to say, to whom it goes, who signs it; nothing is sent."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from pypdf import PdfReader

from tests.desk.conftest import Jalon
from tests.desk.test_dossier import COMPLIANCE, reviews_of

BY = ("--by", "Hélène Marchal")
DECIDER = ("--by", "Claire Vuillemin")


def text_of(path: Path) -> str:
    pdf = PdfReader(path)
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]  # type: ignore[index]
    return " ".join(" ".join(page.extract_text().split()) for page in pdf.pages).replace("’", "'")


@pytest.fixture
def review(after_the_night: Path) -> str:
    return f"r{reviews_of(after_the_night, COMPLIANCE)[0]}"


def letter(jalon: Jalon, review: str, kind: str, out: Path, *options: str) -> str:
    result = jalon("review", "notice", review, "--kind", kind, "--out", out, *options)
    assert result.exit_code == 0, result.stderr
    return text_of(out)


def step(jalon: Jalon, *said: str) -> None:
    result = jalon("review", *said)
    assert result.exit_code == 0, result.stderr


@pytest.fixture
def decided(jalon: Jalon, review: str) -> Iterator[str]:
    """A warning, after a notice received on 1 December and a hearing on the 10th."""
    step(jalon, "submit", review, "--by", "Öykü Demir")
    step(jalon, "examine", review, *BY)
    step(jalon, "notify", review, "--measure", "suspension", *BY)
    with time_machine.travel("2026-12-18T10:00:00+01:00", tick=False):
        step(jalon, "receipt", review, "--on", "2026-12-01", "--proof", "AR 1A", *BY)
        step(jalon, "observations", review, "heard", "--on", "2026-12-10", *BY)
        step(jalon, "criteria", review, *(word for n in "1234" for word in ("--examined", n)), *BY)
        step(jalon, "decide", review, "--outcome", "warning", "--reasons", "Absences sans motif.", *DECIDER)
        yield review


def test_the_invitation_says_what_was_seen_and_that_nothing_is_decided(
    jalon: Jalon, review: str, tmp_path: Path
) -> None:
    text = letter(jalon, review, "regularise", tmp_path / "i.pdf")
    for words in ("Absence du 2 octobre 2026", "15 jours", "Rien n'est décidé", "personne de votre choix", "L.311-3-1"):
        assert words in text
    assert "suspension" not in text


def test_the_notice_of_the_procedure_says_all_that_the_law_wants(jalon: Jalon, review: str, tmp_path: Path) -> None:
    text = letter(jalon, review, "procedure", tmp_path / "p.pdf", "--measure", "suppression", "--radiation")
    for words in (
        "Nathalie D'Arcy",
        "une suppression de tout ou partie",
        "radiation",
        "15 jours",
        "écrire à",
        "être entendu",
        "assister par une personne de votre choix",
        "votre dossier",
        "de 1 à 4 mois",
        "50 % au plus",
        "équipe pluridisciplinaire",
        "L.311-3-1",
        "CADA",
        "Öykü Demir",
        "Votre silence ne vaut pas reconnaissance",
    ):
        assert words in text.replace("\u202f", " "), words
    assert "Suspension, premier manquement" not in text


def test_a_notice_announces_a_measure(jalon: Jalon, review: str, tmp_path: Path) -> None:
    refused = jalon("review", "notice", review, "--kind", "procedure", "--out", tmp_path / "p.pdf")
    assert refused.exit_code == 1
    assert "Quelle mesure" in refused.stderr
    assert not (tmp_path / "p.pdf").exists()


def test_the_decision_is_a_draft_that_its_author_signs(jalon: Jalon, decided: str, tmp_path: Path) -> None:
    text = letter(jalon, decided, "decision", tmp_path / "d.pdf")
    for words in (
        "PROJET",
        "avertissement",
        "Absences sans motif.",
        "entendues le 10 décembre 2026",
        "Claire Vuillemin",
        "Vice-présidente chargée de l'insertion",
        "dans les deux mois",
        "recours administratif préalable",
        "tribunal administratif",
        "L.311-3-1",
        "CASF L.262-37",
    ):
        assert words in text, words


def test_nothing_is_notified_before_it_is_decided(jalon: Jalon, review: str, tmp_path: Path) -> None:
    refused = jalon("review", "notice", review, "--kind", "decision", "--out", tmp_path / "d.pdf")
    assert refused.exit_code == 1
    assert "n'est pas décidée" in refused.stderr


def test_a_protected_adult_is_written_to_through_their_representative(
    jalon: Jalon, review: str, tmp_path: Path
) -> None:
    who = ("--name", "UDAF du Doubs", "--kind", "tutelle", "--address", "1 rue d'Exemple, 25000 Besançon")
    step(jalon, "representative", review, *who, "--from", "2026-01-01", *BY)
    text = letter(jalon, review, "procedure", tmp_path / "p.pdf", "--measure", "warning")
    assert "UDAF du Doubs représentant légal (tutelle) de" in text


def test_the_same_letter_of_the_same_instant_is_the_same_file(jalon: Jalon, review: str, tmp_path: Path) -> None:
    first, second = tmp_path / "a.pdf", tmp_path / "b.pdf"
    letter(jalon, review, "regularise", first)
    letter(jalon, review, "regularise", second)
    assert first.read_bytes() == second.read_bytes()
    assert len(PdfReader(io.BytesIO(first.read_bytes())).pages) == 1
