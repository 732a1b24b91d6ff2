"""The desk after the night of the example county: explained, exported, sent, healthy, on one page."""

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from config.settings import PROJECT
from tests.desk.conftest import Jalon
from tests.outbox import files_and_letters

pytestmark = pytest.mark.usefixtures("after_the_night")
ON = ("--on", "2026-11-23")
STORIES = {  # file number → what the explanation of its night must say
    "6542262": ("Revue, à regarder par des personnes", "Deux absences inexpliquées"),
    "2687181": ("Ce qui manque avant une revue", "rien ne prouve que la convocation"),
    "9666527": ("Ce qui manque avant une revue", "partie trop tard"),
    "3146700": ("Ce qui manque avant une revue", "aucun contrat"),
    "9894287": ("Ce qui manque avant une revue", "qualifiée"),
    "3183496": ("Ce qui manque avant une revue", "Référent de France Travail :"),
    "3621431": ("Pas fait, et pourquoi", "en pause depuis le 3 novembre, jusqu'à nouvel ordre"),
    "4214141": ("Suivi fragile, à regarder par des personnes", "derniers contacts ont été manqués"),
    "6013793": ("Dossier clos le 23 novembre 2026", "6 mois depuis la reprise du 23 mai"),
}


@pytest.mark.parametrize("number", STORIES)
def test_each_story_is_explained_with_its_version_and_reference(jalon: Jalon, number: str) -> None:
    told = jalon("explain", number, *ON)
    assert told.exit_code == 0
    assert all(said in told.stdout for said in STORIES[number])
    assert re.search(r"\[\w+, version du .+ ; .+\]", told.stdout)
    assert "Ce qui est enregistré" in told.stdout


def test_an_explanation_in_json_carries_its_figures(jalon: Jalon) -> None:
    lines = [json.loads(line) for line in jalon("explain", "6542262", *ON, "--json").stdout.splitlines()]
    review = next(line for line in lines if line["rule"] == "escalation")
    assert review["group"] == "Fait ou proposé"
    assert review["inputs"]["days"] == ["2026-10-02", "2026-10-16"]
    assert review["policy_version"] == "objectif_emploi@2024-01-01"
    assert "L.262-37" in review["reference"]


def test_the_partner_has_an_explanation_of_their_own(jalon: Jalon) -> None:
    assert "partenaire" in jalon("explain", "6013793-CJT", *ON).stdout
    assert "partenaire" not in jalon("explain", "6013793", *ON).stdout.splitlines()[0]


@pytest.mark.parametrize("case", ["0000000", "c999999", "rien"])
def test_nobody_is_explained_nobody(jalon: Jalon, case: str) -> None:
    refused = jalon("explain", case)
    assert (refused.exit_code, refused.stdout) == (1, "")


def test_a_change_of_track_is_said_in_words(jalon: Jalon) -> None:
    changed = ("track", "change", "c47", "suivi_emploi", "--from", "2026-11-23", "--by", "Hélène Marchal")
    assert jalon(*changed, "--activity", "emploi", "--started", "2026-11-23").exit_code == 0
    assert "Dossier clos le 23 novembre 2026 : la suite est « Suivi dans l'emploi »." in jalon("explain", "c47").stdout


def test_a_day_before_the_case_is_said(jalon: Jalon) -> None:
    assert "n'est pas ouvert" in jalon("explain", "6542262", "--on", "2020-01-01").stdout


def test_the_export_is_seven_files_that_agree(jalon: Jalon, tmp_path: Path) -> None:
    assert jalon("export", tmp_path / "out", *ON).exit_code == 0
    files = {path.stem: path.read_text(encoding="utf-8").splitlines() for path in (tmp_path / "out").iterdir()}
    rows = {name: list(csv.DictReader(lines)) for name, lines in files.items()}
    assert set(rows) == {"cases", "appointments", "messages", "checks", "referents", "reviews", "audit"}
    known = {row["case_id"] for row in rows["cases"]}
    assert all(row["case_id"] in known for name in ("appointments", "checks") for row in rows[name])
    compliance = [row for row in rows["reviews"] if row["kind"] == "compliance"]
    assert len(compliance) == 2
    assert all(row["status"] == "draft" and int(row["evidence"]) >= 4 for row in compliance)
    assert not any(row["outcome"] or row["decided_by"] for row in rows["reviews"])


def test_dispatch_rehearses_then_sends_to_the_folder_and_says_that_nothing_leaves(
    jalon: Jalon, after_the_night: Path
) -> None:
    at = ("--at", "2026-11-23T09:30+01:00")
    tried = jalon("dispatch", *at)
    assert "Essai à blanc" in tried.stdout
    assert not list((after_the_night / "outbox").glob("*")) if (after_the_night / "outbox").exists() else True
    sent = jalon("dispatch", *at, "--apply", "--json")
    counts = json.loads(sent.stdout)
    assert list(counts) == ["due", "sent", "failed", "unknown", "too_late", "held", "void"]
    assert counts["sent"] == files_and_letters(after_the_night / "outbox") > 100
    assert "rien ne part" in sent.stderr
    assert json.loads(jalon("dispatch", *at, "--apply", "--json").stdout)["sent"] == 0


def test_status_is_healthy_the_day_of_the_night_and_says_what_to_do_a_week_later(jalon: Jalon) -> None:
    jalon("dispatch", "--at", "2026-11-23T09:30+01:00", "--apply")
    well = jalon("status", *ON, "--json")
    found = json.loads(well.stdout)
    assert (well.exit_code, found["healthy"], found["problems"]) == (0, True, [])
    assert found["passes"]["objectif_emploi"] == {"done_on": "2026-11-23", "status": "done"}
    late = jalon("status", "--on", "2026-12-24")
    assert late.exit_code == 1
    assert "jalon run objectif_emploi --apply" in late.stdout
    assert "dépasse" in late.stdout


def test_messages_that_nobody_sends_are_a_problem(jalon: Jalon) -> None:
    assert "messages en retard" in jalon("status", "--on", "2026-11-25").stdout


def test_importing_again_changes_nothing(jalon: Jalon) -> None:
    again = jalon("import", PROJECT / "examples" / "doubs", *ON, "--json")
    files = [json.loads(line) for line in again.stdout.splitlines()]
    assert again.exit_code == 1
    assert sum(file["created"] + file["updated"] for file in files) == 0
    assert {"kind", "read", "created", "updated", "unchanged", "refused", "warnings", "report"} <= set(files[0])


def test_nothing_readable_exits_2(jalon: Jalon, tmp_path: Path) -> None:
    nothing = tmp_path / "vide.csv"
    nothing.write_text("", encoding="utf-8")
    assert jalon("import", nothing).exit_code == 2


def test_the_journal_of_the_night_is_whole(jalon: Jalon) -> None:
    assert jalon("audit", "verify").exit_code == 0


class Page(HTMLParser):
    """What a reader of the page meets: titles in order, captions, what it would fetch, tags left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.unclosed: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag not in {"meta", "br"}:
            self.unclosed.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.unclosed.pop() == tag


@pytest.fixture
def text(jalon: Jalon, after_the_night: Path) -> str:
    from desk.night_page import write_night_page
    from desk.opening import open_desk
    from tests.desk.conftest import DAY

    with open_desk() as desk, desk.reading() as connection:
        path = write_night_page(connection, desk.territory, on=DAY, folder=after_the_night / "reports")
    assert path.name == "nuit-2026-11-23.html"
    return path.read_text(encoding="utf-8")


def test_the_page_fetches_nothing_and_runs_nothing(text: str) -> None:
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert not {"src", "href", "xlink:href", "style"} & {name for name, _ in page.attributes}
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_the_page_is_well_made(text: str) -> None:
    page = Page(text)
    assert page.unclosed == []
    assert page.levels[0] == 1
    assert page.levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(page.levels, page.levels[1:], strict=False))
    assert page.tags.count("table") == page.tags.count("caption") >= 4
    named = [value for name, value in page.attributes if name == "id"]
    assert len(named) == len(set(named))
    assert {value for name, value in page.attributes if name == "aria-labelledby"} <= set(named)
    assert ("lang", "fr") in page.attributes
    assert [label for name, label in page.attributes if name == "aria-label" and label and "Graphique" in label]


def test_the_page_names_nobody(text: str, after_the_night: Path) -> None:
    shown = re.sub(r"<style>.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL)
    people, staff = (
        csv.DictReader(
            (PROJECT / "examples" / "doubs" / name).read_text(encoding="utf-8-sig").splitlines(), delimiter=";"
        )
        for name in ("usagers.csv", "referents.csv")
    )
    named = {row["Nom bénéficiaire"] for row in people} | {row["Nom"] for row in staff}
    words = set(re.findall(r"\w[\w’'-]+", shown))
    assert {name for name in named if len(name) > 3} & words == set()
    assert not re.findall(r"\b\d{7}\b|\w@\w|\+33", shown)


def test_the_page_tells_the_night(text: str) -> None:
    assert "La nuit du lundi 23 novembre 2026" in text
    assert text.count("<h3>Dossier") >= 6
    assert "Deux absences inexpliquées" in text
    assert "Aucune décision n" in text
    assert "Rien n" in text


def test_a_place_that_cannot_be_written_is_said(jalon: Jalon, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = jalon("export", str(tmp_path / "file" / "tables"))
    assert refused.exit_code == 1
    assert "Lecture ou écriture impossible" in refused.stderr


def test_somebody_seen_since_is_told_why_there_is_no_review(jalon: Jalon) -> None:
    told = jalon("explain", "9206025", *ON).stdout
    assert (
        "5. Aucune venue depuis, manquant : La personne est venue le 13 novembre 2026 : les absences des 2 octobre "
        "2026 et 16 octobre 2026 ne comptent plus. (a" in told
    )
    lines = [json.loads(line) for line in jalon("explain", "9206025", *ON, "--json").stdout.splitlines()]
    eleven = [line for line in lines if line["rule"] == "conditions"]
    assert [line["number"] for line in eleven] == list(range(1, 12))
    assert {line["number"] for line in eleven if line["state"] == "manquant"} == {5, 6}
    (floor,) = eleven[6]["held_to"]
    assert (floor["what"], floor["valid_from"], floor["confidence"]) == ("au moins 10 jours", "2025-06-01", "read")
