"""The file of a review: whole, in order, with its proof; and its variant without a name, for the panel."""

import hashlib
import io
import json
import sqlite3
import zipfile
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.desk.conftest import Jalon

COMPLIANCE = "compliance"


def rows(home: Path, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(home / "jalon.db") as connection:
        return connection.execute(statement).fetchall()


def reviews_of(home: Path, kind: str = "") -> list[int]:
    which = f"kind = '{kind}'" if kind else "kind <> 'service'"
    return [int(str(id_)) for (id_,) in rows(home, f"SELECT id FROM reviews WHERE {which} ORDER BY id")]


def written(jalon: Jalon, review: int, out: Path, *options: str) -> bytes:
    result = jalon("review", "dossier", f"r{review}", "--out", out, *options)
    assert result.exit_code == 0, result.stderr
    return out.read_bytes()


def text_of(pdf: bytes) -> str:
    return "\n".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


def unpacked(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        return {name: found.read(name) for name in found.namelist()}


def test_every_review_of_the_sample_county_has_its_file(jalon: Jalon, after_the_night: Path, tmp_path: Path) -> None:
    found = reviews_of(after_the_night)
    assert len(found) == 4
    for review in found:
        pdf = written(jalon, review, tmp_path / "d.pdf")
        assert "Journal entier vérifié" in text_of(pdf)
        assert PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/MarkInfo"]["/Marked"]  # type: ignore[index]


def test_the_file_holds_each_piece_with_its_proof_and_why(jalon: Jalon, after_the_night: Path, tmp_path: Path) -> None:
    review = reviews_of(after_the_night, COMPLIANCE)[0]
    text = text_of(written(jalon, review, tmp_path / "d.pdf"))
    for words in (
        "Deux absences inexpliquées en six mois (2 octobre et 16 octobre)",
        "16 octobre 2026 à 10 h : absence, inexpliquée. Convocation du 2 octobre 2026 par courriel, 14 jours avant",
        "reçue le 27 octobre 2026 (date certaine)",
        "Contrat d'engagement",
        "Absences ou manquements comptés au moins 2",
        "règles en vigueur depuis le 1",
        "Il n'a rien décidé",
        "CASF R.262-68-6",
        "Rien n'est décidé",
    ):
        assert words in text.replace("\u202f", " ").replace("’", "'"), words
    assert "objectif_emploi@" not in text


def test_the_panel_s_variant_names_nobody(jalon: Jalon, after_the_night: Path, tmp_path: Path) -> None:
    for review in reviews_of(after_the_night):
        files = unpacked(written(jalon, review, tmp_path / "d.zip", "--zip", "--redacted"))
        whole = text_of(files.pop("dossier.pdf")) + "".join(body.decode() for body in files.values())
        (person,) = rows(
            after_the_night,
            "SELECT p.first_name, p.last_name, p.file_number, p.email, p.mobile, p.address, f.last_name, f.email "
            f"FROM reviews r JOIN cases c ON c.id = r.case_id JOIN persons p ON p.id = c.person_id "
            f"JOIN referents f ON f.id = c.referent_id WHERE r.id = {review}",
        )
        assert not [word for word in person if word and str(word) in whole]
        assert "Personne " in whole


def test_the_pseudonym_stays_the_same_and_comes_from_no_number(
    jalon: Jalon, after_the_night: Path, tmp_path: Path
) -> None:
    review = reviews_of(after_the_night, COMPLIANCE)[0]
    first, second = (text_of(written(jalon, review, tmp_path / name, "--redacted")) for name in ("a.pdf", "b.pdf"))
    assert first == second
    with sqlite3.connect(after_the_night / "jalon.db") as connection:
        connection.execute("UPDATE persons SET file_number = 'X' || file_number")
    assert text_of(written(jalon, review, tmp_path / "c.pdf", "--redacted")) == first


def test_the_archive_is_checked_with_ordinary_tools(jalon: Jalon, after_the_night: Path, tmp_path: Path) -> None:
    review = reviews_of(after_the_night, COMPLIANCE)[0]
    files = unpacked(written(jalon, review, tmp_path / "d.zip", "--zip"))
    sums = dict(line.split("  ")[::-1] for line in files["SHA256SUMS"].decode().splitlines())
    assert set(sums) == set(files) - {"SHA256SUMS"}
    assert all(hashlib.sha256(files[name]).hexdigest() == sum_ for name, sum_ in sums.items())
    pieces = [json.loads(line) for line in files["pieces.jsonl"].decode().splitlines()]
    assert {"appointment", "message", "contract", "letter"} <= {piece["kind"] for piece in pieces}
    for piece in pieces:
        line = json.dumps(piece["row"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(line.encode()).hexdigest() == piece["sha256"]
    assert f",review:{review}," in files["journal.csv"].decode()


def test_a_journal_that_was_touched_is_said_in_the_file(jalon: Jalon, after_the_night: Path, tmp_path: Path) -> None:
    with sqlite3.connect(after_the_night / "jalon.db") as connection:
        connection.execute("DELETE FROM journal WHERE id = (SELECT max(id) - 5 FROM journal)")
    text = text_of(written(jalon, reviews_of(after_the_night)[0], tmp_path / "d.pdf"))
    assert "Journal entier vérifié" not in text
    assert "ne se vérifie pas" in text


def test_what_people_did_is_in_the_file(jalon: Jalon, after_the_night: Path, tmp_path: Path) -> None:
    review = reviews_of(after_the_night, COMPLIANCE)[0]
    assert jalon("review", "submit", f"r{review}", "--note", "Appelée deux fois.", "--by", "Öykü Demir").exit_code == 0
    examined = jalon("review", "examine", f"r{review}", "--by", "helene marchal")
    assert "à l'examen" in examined.stdout
    whole = text_of(written(jalon, review, tmp_path / "d.pdf"))
    hidden = text_of(written(jalon, review, tmp_path / "e.pdf", "--redacted"))
    assert "Soumise par le référent" in whole
    assert "Appelée deux fois." in whole
    assert "Soumise par le référent" in hidden
    assert "Appelée deux fois." not in hidden


def test_a_finding_about_the_service_has_no_file(jalon: Jalon, after_the_night: Path, tmp_path: Path) -> None:
    ((service,),) = rows(after_the_night, "SELECT min(id) FROM reviews WHERE kind = 'service'")
    refused = jalon("review", "dossier", f"r{service}", "--out", tmp_path / "d.pdf")
    assert refused.exit_code == 1
    assert "porte sur le service" in refused.stderr
    assert not (tmp_path / "d.pdf").exists()


def test_a_review_shows_the_proof_beside_each_piece_and_a_date_for_its_rules(
    jalon: Jalon, after_the_night: Path
) -> None:
    shown = jalon("review", "show", f"r{reviews_of(after_the_night, COMPLIANCE)[0]}").stdout
    assert "Convocation du 2 octobre 2026 par courriel, 14 jours avant ; remise" in shown
    assert "règles en vigueur depuis le 1ᵉʳ janvier 2024" in shown
    assert "@2024" not in shown


@pytest.mark.parametrize("number", ["9206025"])
def test_why_there_is_no_review_of_somebody_who_came_since(jalon: Jalon, after_the_night: Path, number: str) -> None:
    said = jalon("explain", number, "--on", "2026-11-23").stdout
    assert "la personne est venue, ou s'est mise en règle, le 13 novembre" in said
    assert "(2 octobre et 16 octobre) ne comptent plus" in said
