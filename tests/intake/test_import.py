"""`jalon import` as a whole: the sample county, a thousand bad lines among ten thousand, twice, cut, rehearsed."""

import csv
import hashlib
import io
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from store.engine import reading
from store.journal import verify
from store.schema import appointments, cases, journal, persons
from tasks import intake_load
from tasks.intake import FileReport, exit_code
from tests.intake.files import PARCOURS, REFERENT, SAMPLE, USAGER, Intakes, csv_text, people
from tracks.errors import JalonError

# kind: read, created, refused, warnings. The refused people (11) take along what other files say of them.
SAMPLE_COUNTS = {
    "referents": (8, 8, 0, 0),
    "absences": (3, 3, 0, 0),
    "usagers": (601, 589, 11, 47),
    "parcours": (599, 589, 10, 0),
    "contrats": (405, 398, 7, 0),
    "actions": (397, 393, 4, 0),
    "courriers": (12, 12, 0, 0),
    "pauses": (1, 1, 0, 0),
    "rendez_vous": (4314, 4260, 54, 3),
    "sessions": (8, 8, 0, 0),
    "ignored": (0, 0, 0, 0),
}
# The eleven flawed people: line of usagers.csv, column, reason.
SAMPLE_REFUSED = [
    ("46", "Date de Naissance", "ce n'est pas une date (attendu : 31/01/2026)"),
    ("145", "Date de Naissance", "ce jour n'existe pas"),
    ("191", "N° Téléphones", "ce n'est pas un numéro de téléphone"),
    ("204", "Date de Naissance", "date de naissance à venir"),
    ("246", "Nom bénéficiaire", "case vide"),
    ("350", "Référent", "référent inconnu : importez d'abord les référents, ou corrigez l'adresse"),
    ("425", "Date de Naissance", "ce jour n'existe pas"),
    ("466", "N° CAF", "case vide"),
    ("534", "Adresses Mails", "ce n'est pas une adresse électronique"),
    ("546", "N° Téléphones", "numéro abîmé par un tableur"),
    ("565", "Adresses Mails", "ce n'est pas une adresse électronique"),
]


def counts(reports: list[FileReport]) -> dict[str, tuple[int, int, int, int]]:
    return {report.kind: (report.read, report.created, report.refused, report.warnings) for report in reports}


def test_the_sample_county(intakes: Intakes) -> None:
    reports = intakes.path(SAMPLE)
    assert counts(reports) == SAMPLE_COUNTS
    assert exit_code(reports) == 1
    refused = [remark for remark in intakes.remarks("usagers") if remark["gravité"] == "refus"]
    assert [(remark["ligne"], remark["colonne"], remark["raison"]) for remark in refused] == SAMPLE_REFUSED
    stories = csv.DictReader(io.StringIO((SAMPLE / "histoires.csv").read_text("utf-8")), delimiter=";")
    known = {row["file_number"] for row in intakes.stored(persons)}
    assert {story["numéro"] for story in stories} <= known
    assert statuses_of(intakes) == expected_statuses(known)


def statuses_of(intakes: Intakes) -> Counter[str]:
    return Counter(row["status"] for row in intakes.stored(appointments))


def expected_statuses(known: set[str]) -> Counter[str]:
    """Counted in the file itself; the one refused person who shares a file number is left out by hand."""
    words = {
        "honoré": "seen",
        "absent": "noshow",
        "excusé": "excused",
        "annulé service": "revoked",
        "à venir": "planned",
        "": "unknown",
    }
    rows = csv.DictReader(io.StringIO((SAMPLE / "rendez_vous.csv").read_text("utf-8-sig")), delimiter=";")
    loaded = (row for row in rows if row["N° CAF"] in known and (row["N° CAF"], row["Role"]) != ("6893361", "DEM"))
    return Counter(words[row["Statut"]] for row in loaded)


def test_the_sample_county_twice_changes_nothing(intakes: Intakes) -> None:
    intakes.path(SAMPLE)
    before = intakes.everything()
    lines = intakes.stored(journal)
    again = intakes.path(SAMPLE)
    assert sum(report.created + report.updated for report in again) == 0
    assert intakes.everything() == before
    assert intakes.stored(journal) == lines
    with reading(intakes.engine) as connection:
        assert verify(connection, territory="doubs").first_bad is None


def test_a_rehearsal_tells_the_truth_and_writes_nothing(intakes: Intakes) -> None:
    reports = intakes.path(SAMPLE, dry_run=True)
    assert counts(reports) == SAMPLE_COUNTS
    assert not any(intakes.everything().values())
    assert intakes.stored(journal) == []
    assert (intakes.reports / "usagers-refus.csv").exists()


def flawed(row: dict[str, str], n: int) -> dict[str, str]:
    flaws = (
        {"Date de Naissance": "31/02/1980"},
        {"Date de Naissance": "0"},
        {"N° CAF": ""},
        {"Nom bénéficiaire": ""},
        {"N° Téléphones": "6.39981234E+08"},
        {"Adresses Mails": "a@b@example.com"},
        {"Référent": "inconnu@example.org"},
        {"Role": "?"},
    )
    return row | flaws[n % len(flaws)]


def test_of_10_000_lines_1_000_are_refused_and_load_once_corrected(quick: Intakes) -> None:
    """D1: each bad line reported, the others loaded, none lost; the corrected report loads the rest."""
    quick.rows(REFERENT)
    rows = people(10_000)
    chance = random.Random(1)
    bad = sorted(chance.sample(range(10_000), 1_000))
    broken = {n: flawed(rows[n], n) for n in bad}
    first = quick.rows(*(broken.get(n, row) for n, row in enumerate(rows)))
    assert (first.read, first.created, first.refused) == (10_000, 9_000, 1_000)
    assert [int(remark["ligne"]) for remark in quick.remarks("usagers")] == [n + 2 for n in bad]
    assert first.to_correct is not None
    to_correct = list(csv.DictReader(io.StringIO(first.to_correct.read_text("utf-8-sig"))))
    corrected = [line | rows[int(line["ligne"]) - 2] for line in to_correct]
    second = quick.raw(csv_text(corrected, separator=",").encode("utf-8-sig"))
    assert (second.read, second.created, second.refused) == (1_000, 1_000, 0)
    assert len(quick.stored(persons)) == 10_000
    assert not (quick.reports / "usagers-refus.csv").exists()
    whole = quick.rows(*rows)
    assert (whole.unchanged, whole.created) == (10_000, 0)


def test_the_lines_to_correct_are_the_county_s_own(quick: Intakes) -> None:
    phone = {"N° Téléphones": "+33 6 39 98 12 34", "Date de Naissance": "31/02/1980"}
    report = quick.rows(USAGER, USAGER | phone | {"N° CAF": "7"})
    assert report.to_correct is not None
    (line,) = csv.DictReader(io.StringIO(report.to_correct.read_text("utf-8-sig")))
    why = {"ligne": "3", "colonne": "Date de Naissance", "raison": "ce jour n'existe pas", "valeur masquée": "31/0…/…"}
    assert line == USAGER | phone | {"N° CAF": "7", "N° Téléphones": "'+33 6 39 98 12 34"} | why
    again = quick.raw(report.to_correct.read_bytes())
    assert again.refused == 1
    assert again.to_correct is not None
    assert next(csv.reader(io.StringIO(again.to_correct.read_text("utf-8-sig")))) == [*line]
    assert report.to_correct.stat().st_mode & 0o077 == 0


def test_a_line_with_a_cell_too_many_is_refused_and_never_loaded_askew(quick: Intakes) -> None:
    text = csv_text(people(3), newline="\n").replace("51 rue de Belfort", "51 rue; bât. B", 1)
    report = quick.raw(text.encode())
    assert (report.created, report.refused) == (2, 1)
    assert report.to_correct is not None
    (line,) = csv.DictReader(io.StringIO(report.to_correct.read_text("utf-8-sig")))
    assert "1000000" in line["Civilité"]
    assert (line["N° CAF"], line["raison"]) == ("", "14 colonnes au lieu de 13")
    assert quick.raw(report.to_correct.read_bytes()).refused == 1


def test_a_cut_file_closes_nobody(quick: Intakes) -> None:
    """D7: cut anywhere, an export creates no exit and removes nobody."""
    rows = people(60)
    quick.rows(REFERENT)
    quick.rows(*rows)
    stays = [
        PARCOURS | {"N° CAF": row["N° CAF"], "Date de sortie": "01/11/2026" if n % 9 == 0 else ""}
        for n, row in enumerate(rows)
    ]
    assert quick.rows(*stays).created == 60
    before = quick.everything()
    for content in (csv_text(stays).encode("utf-8-sig"), csv_text(rows).encode("utf-8-sig")):
        chance = random.Random(7)
        for _ in range(50):
            quick.raw(content[: chance.randrange(len(content))])
    after = quick.everything()
    assert [(row["id"], row["left_on"]) for row in after["cases"]] == [
        (row["id"], row["left_on"]) for row in before["cases"]
    ]
    assert [row["id"] for row in after["persons"]] == [row["id"] for row in before["persons"]]


def test_a_file_of_half_the_people_is_doubted_aloud(quick: Intakes) -> None:
    rows = people(60)
    quick.rows(*rows)
    assert quick.rows(*rows[:20]).warnings == 1
    assert "20 lignes, 60 personnes connues" in quick.remarks("usagers")[0]["raison"]
    assert quick.rows(*(row | {"Adresse": "1 rue"} for row in rows)).warnings == 1
    assert "60 personnes sur 60 changent" in quick.remarks("usagers")[0]["raison"]


@contextmanager
def statements(engine: Engine, *, fail_at: int = -1) -> Iterator[list[str]]:
    seen: list[str] = []

    def before(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if len(seen) == fail_at:
            raise RuntimeError("coupure")
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", before)


def test_the_number_of_statements_does_not_depend_on_the_number_of_people(intakes: Intakes) -> None:
    numbers = []
    for count in (30, 1_000):
        rows = people(count)
        with statements(intakes.engine) as created:
            intakes.rows(*rows, territory=f"t{count}")
        with statements(intakes.engine) as updated:
            intakes.rows(*(row | {"Adresse": "1 rue"} for row in rows), territory=f"t{count}")
        numbers.append((len(created), len(updated)))
    assert numbers[0] == numbers[1]
    assert max(numbers[0]) < 15


def test_a_cut_at_any_statement_leaves_nothing_and_the_next_import_ends_the_same(
    intakes: Intakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_load, "BATCH", 5)
    first = people(20)
    second = [row | {"Adresse": "1 rue"} for row in people(30)]
    intakes.rows(*first)
    before = intakes.everything()
    with statements(intakes.engine) as whole:
        intakes.rows(*second, dry_run=True)
    assert len(whole) > 15
    for place in range(len(whole)):
        with pytest.raises(RuntimeError, match="coupure"), statements(intakes.engine, fail_at=place):
            intakes.rows(*second)
        assert intakes.everything() == before
    report = intakes.rows(*second)
    assert (report.created, report.updated) == (10, 20)
    assert intakes.rows(*second).unchanged == 30


def test_an_import_that_changes_something_leaves_one_line_in_the_journal(intakes: Intakes) -> None:
    content = csv_text([USAGER]).encode()
    intakes.raw(content)
    intakes.raw(content)
    line = intakes.one(journal)
    digest = hashlib.sha256(content).hexdigest()
    assert (line["actor"], line["kind"], line["subject"]) == (
        "import",
        "import",
        f"usagers:{digest}:created=1,updated=0",
    )
    assert line["at"] == datetime(2026, 11, 23, 4, tzinfo=UTC)


def test_the_day_of_the_import_is_known_once_for_all(intakes: Intakes) -> None:
    intakes.rows(USAGER)
    intakes.rows(USAGER | {"Adresse": "1 rue"}, on=date(2026, 12, 1))
    assert intakes.one(persons)["known_on"] == date(2026, 11, 23)


def test_a_folder_is_read_in_the_right_order_and_its_worst_file_decides(quick: Intakes) -> None:
    folder = quick.folder / "exports"
    folder.mkdir()
    (folder / "a_parcours.csv").write_text(csv_text([PARCOURS]), "utf-8")
    (folder / "b_usagers.csv").write_text(csv_text([USAGER]), "cp1252")
    (folder / "c_referents.CSV").write_text(csv_text([REFERENT]), "utf-16")
    (folder / "lisez-moi.md").write_text("rien", "utf-8")
    (folder / "~$usagers.xlsx").write_bytes(b"verrou")
    (folder / "notes.csv").write_text("quoi;qui\n1;2\n", "utf-8")
    reports = quick.path(folder)
    assert [report.kind for report in reports] == ["referents", "usagers", "parcours", "ignored"]
    assert [report.created for report in reports] == [1, 1, 1, 0]
    assert exit_code(reports) == 0
    (folder / "d_usagers.csv").write_text(csv_text([USAGER | {"N° CAF": "7", "Role": "?"}]), "utf-8")
    (folder / "e_usagers.csv").write_text(csv_text([USAGER | {"N° CAF": "8", "Role": "?"}]), "utf-8")
    assert exit_code(quick.path(folder)) == 1
    assert {path.name for path in quick.reports.glob("*-refus.csv")} == {"usagers-2-refus.csv", "usagers-3-refus.csv"}
    (folder / "f_usagers.csv").write_text('N° CAF;"Nom\n', "utf-8")
    reports = quick.path(folder)
    assert exit_code(reports) == 2
    assert [report.readable for report in reports].count(False) == 1


@pytest.mark.parametrize(
    ("header", "kind", "message"),
    [
        ("quoi;qui", None, "ces en-têtes ne sont d'aucun export connu"),
        ("N° CAF;Prénom bénéficiaire;Date de Naissance", None, "colonne absente : « Nom bénéficiaire »"),
        ("N° CAF;Nom", "usagers", "colonne absente : « Prénom bénéficiaire », « Date de Naissance »"),
        ("N° CAF;N° Allocataire;Nom;Prénom;Date de Naissance", None, "deux colonnes pour « N° CAF »"),
        ("N° CAF;Nom;Prénom;Date de Naissance", None, "aucune ligne sous les en-têtes"),
    ],
)
def test_a_file_without_its_columns_is_refused_whole(
    quick: Intakes, header: str, kind: str | None, message: str
) -> None:
    line = "" if "aucune ligne" in message else "1" + ";1" * header.count(";") + "\n"
    report = quick.raw(f"{header}\n{line}".encode(), kind=kind)
    assert message in report.message
    assert (report.readable, exit_code([report])) == (False, 2)
    assert not any(quick.everything().values())


def test_what_is_not_there_is_not_read(quick: Intakes) -> None:
    (report,) = quick.path(quick.folder / "absent.csv")
    assert exit_code([report]) == 2
    assert exit_code([]) == 2
    with pytest.raises(JalonError, match="Type d'export inconnu"):
        quick.path(quick.folder / "absent.csv", kind="rdv")
    with pytest.raises(JalonError, match="--kind ne vaut que pour un fichier"):
        quick.path(SAMPLE, kind="usagers")


def test_reports_hold_no_name_phone_or_address(intakes: Intakes) -> None:
    intakes.path(SAMPLE)
    reports = "".join(path.read_text("utf-8-sig") for path in intakes.reports.glob("*-rapport.csv"))
    rows = list(csv.DictReader(io.StringIO((SAMPLE / "usagers.csv").read_text("utf-8-sig")), delimiter=";"))
    for row in rows:
        for name in ("Nom bénéficiaire", "Adresses Mails", "N° Téléphones", "Date de Naissance", "Adresse", "N° CAF"):
            assert len(row[name]) < 2 or row[name] not in reports, name


def sample_copy(folder: Path) -> Path:
    copy = folder / "copie"
    copy.mkdir()
    for path in SAMPLE.glob("*.csv"):
        (copy / path.name).write_bytes(path.read_bytes())
    return copy


def test_a_changed_line_of_the_sample_updates_alone(quick: Intakes) -> None:
    copy = sample_copy(quick.folder)
    quick.path(copy)
    before = {row["id"]: row for row in quick.stored(cases)}
    path = copy / "parcours.csv"
    text = path.read_text("utf-8-sig")
    path.write_text(
        text.replace(
            "02/10/2026;14/09/2026;referent.agent3@example.org;Oui;;",
            "02/10/2026;14/09/2026;referent.agent3@example.org;Non;20/11/2026;",
            1,
        ),
        "utf-8-sig",
    )
    reports = {report.kind: report for report in quick.path(copy)}
    assert {kind: report.updated for kind, report in reports.items() if report.updated} == {"parcours": 1}
    changed = [row for row in quick.stored(cases) if row != before[row["id"]]]
    assert [(row["under_duties"], row["left_on"]) for row in changed] == [(False, date(2026, 11, 20))]
