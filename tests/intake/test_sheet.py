"""Any file that a county may send is read the same, or refused whole, with the line where it goes wrong (D2, D3)."""

import codecs
import random
import re
from pathlib import Path

import pytest

from store.schema import persons
from tasks import intake_sheet
from tasks.intake_sheet import Sheet, UnreadableFileError, read_sheet
from tests.intake.files import USAGER, Intakes, csv_text, people, workbook

PEOPLE = [*people(12), USAGER | {"Nom bénéficiaire": "D’Arcy Œuvrard", "Adresse": "1 rue ; 2 cour, « Été »\tA"}]
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16")


def sheet_of(folder: Path, content: bytes) -> Sheet:
    path = folder / "export.csv"
    path.write_bytes(content)
    return read_sheet(path)


def test_four_encodings_three_separators_three_newlines_give_identical_lines(tmp_path: Path) -> None:
    expected = sheet_of(tmp_path, csv_text(PEOPLE).encode("utf-8"))
    assert len(expected.lines) == 13
    for encoding in ENCODINGS:
        for separator in ";,\t":
            for newline in ("\n", "\r\n", "\r"):
                content = csv_text(PEOPLE, separator=separator, newline=newline).encode(encoding)
                found = sheet_of(tmp_path, content)
                assert (found.header, found.lines) == (expected.header, expected.lines), (encoding, separator, newline)


def test_the_same_people_are_stored_whatever_the_file(quick: Intakes) -> None:
    assert quick.raw(csv_text(PEOPLE).encode("utf-8")).created == 13
    for encoding in ENCODINGS:
        again = quick.raw(csv_text(PEOPLE, separator=",", newline="\n").encode(encoding))
        assert (again.unchanged, again.refused) == (13, 0), encoding


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark(tmp_path: Path, encoding: str) -> None:
    assert len(sheet_of(tmp_path, csv_text(PEOPLE).encode(encoding)).lines) == 13


def test_a_cell_may_hold_several_lines(tmp_path: Path) -> None:
    found = sheet_of(tmp_path, b'a;b\r\n"1 rue\r\n2e etage";x\r\n3;4\r\n')
    assert [line.number for line in found.lines] == [2, 4]


def test_blank_lines_are_skipped_and_numbers_kept(tmp_path: Path) -> None:
    found = sheet_of(tmp_path, b"\na;b\n\n1;2\n;\n3;4\n")
    assert [(line.number, line.cells) for line in found.lines] == [(4, ("1", "2")), (6, ("3", "4"))]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "fichier vide"),
        (b"\r\n \r\n;;\r\n", "fichier vide"),
        (b'a;b\n1;2\n"3;4\n5;6\n7;8\n', "ligne 3 : un guillemet"),
        (b'a;b\n1;"2\n3;4\n5;"6"\n', "ligne 2 : un guillemet"),
        (b'"a";"b"\n"1;"2"\n"3";"4"\n', "ligne 2 : un guillemet"),
        (b'a;b\n1;2\n"3;4\n5";6\n7;8\n', "ligne 3 : un guillemet"),
        (b"a;b\n1;2\n3", "ligne 3 : la dernière ligne n'a que 1 colonnes sur 2"),
        (b"a;b\n1;\x002\n", "pas un fichier de texte"),
        (b"\x7fELF\x02\x01\x00\x00\x00", "pas un fichier de texte"),
        (b"a;b\n1;" + b"x" * 10_001 + b"\n", "ligne 2 : une case dépasse 10000"),
        (b"a;b\n1;" + b"x" * 2_000_000, "ligne 2 : une case dépasse 10000"),
        ("é;b\n1;2\nCafÃ©;3\n".encode(), "ligne 3 : accents abîmés"),
        ("é;b\n1;Lâ€™Isle\n".encode(), "ligne 2 : accents abîmés"),
        ("é;b\n1;L\ufffdo\n".encode(), "ligne 2 : accents abîmés"),
        (codecs.BOM_UTF8 + b"a;b\n1;caf\xe9\n", "ligne 2 : texte illisible"),
        (codecs.BOM_UTF16_LE + "a;b\n1;2".encode("utf-16-le")[:-1], "texte illisible"),
        (b"a;b\n1;\x81\xe9\n", "ligne 2 : texte illisible"),
        (b"PK\x03\x04 not a workbook", "XLSX ne s'ouvre pas"),
    ],
)
def test_a_file_in_doubt_is_refused_with_the_line(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(UnreadableFileError, match=re.escape(message)):
        sheet_of(tmp_path, content)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_sheet, "BYTES_AT_MOST", 10)
    with pytest.raises(UnreadableFileError, match="trop gros"):
        sheet_of(tmp_path, b"a;b\n1;2\n3;4\n")


def test_a_workbook_reads_as_a_csv(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "usagers.xlsx", [["N° CAF", "Date de\nNaissance", "Tél"], ["=6112883", "1998-02-19", "=639981234.0"]]
    )
    found = read_sheet(path)
    assert found.header == ("N° CAF", "Date de\nNaissance", "Tél")
    assert found.lines[0].cells == ("6112883", "1998-02-19", "639981234")


def mutated(text: str, chance: random.Random) -> str:
    """One structural accident: a quote, separator, newline or NUL too many or too few, lines swapped or cut."""
    place = chance.randrange(len(text))
    kind = chance.randrange(8)
    if kind < 4:
        return text[:place] + ('"', ";", "\n", "\0")[kind] + text[place:]
    if kind < 7:
        found = [n for n, letter in enumerate(text) if letter == ('"', ";", "\n")[kind - 4]]
        cut = chance.choice(found)
        return text[:cut] + text[cut + 1 :]
    return text[:place]


def test_of_300_broken_files_none_loses_a_person_in_silence(quick: Intakes) -> None:
    """D3: each person whose line the file holds is stored, or stands in the refused lines, or the file is refused."""
    chance = random.Random(20261123)
    text = csv_text(people(8, Adresse='12 rue "des Écoles"; bât. B'), newline="\n")
    outcomes = {"whole": 0, "lines": 0, "none": 0}
    for n in range(300):
        territory = f"t{n}"
        broken = mutated(text, chance)
        report = quick.raw(broken.encode(), territory=territory)
        stored = {row["file_number"] for row in quick.stored(persons) if row["territory"] == territory}
        if not report.readable:
            assert not stored
            assert report.message
            outcomes["whole"] += 1
            continue
        assert report.read == report.created + report.refused + report.unchanged
        refused = report.to_correct.read_text("utf-8-sig") if report.to_correct else ""
        for number in (row["N° CAF"] for row in people(8)):
            assert number in stored or number in refused or number not in broken, broken
        assert bool(refused) == bool(report.refused)
        outcomes["lines" if report.refused else "none"] += 1
    assert outcomes["whole"] > 50
    assert outcomes["lines"] > 20
