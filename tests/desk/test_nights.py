"""`jalon run` and `jalon demo`: what they say, what they write, how they end."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.settings import PROJECT, Settings
from config.territory import load_territory
from tasks.night import NightResult
from tests.desk.conftest import Jalon

KEYS = ["run_id", "track", "on", "apply", "cases", "proposed", "written", "not_done", "seconds"]
KINDS = {"appointment", "reminder", "outcome_request", "reason_request", "check", "review", "service_alert"}


@pytest.mark.usefixtures("after_the_night", "without_prefect")
class TestRun:
    def test_a_dry_run_counts_and_writes_nothing(self, jalon: Jalon, after_the_night: Path) -> None:
        for _ in range(2):
            tried = jalon("run", "objectif_emploi", "--on", "2026-12-14", "--json")
            assert tried.exit_code == 0
            shown = json.loads(tried.stdout)
            assert list(shown)[: len(KEYS)] == KEYS
            assert set(shown["proposed"]) >= KINDS
            assert set(shown["written"]) >= KINDS
            assert (shown["apply"], shown["run_id"]) == (False, None)
            assert shown["written"]["appointment"] > 0
        assert "Essai à blanc" in tried.stderr
        assert not (after_the_night / "reports" / "nuit-2026-12-14.html").exists()

    def test_all_tracks_one_object_a_track_and_one_page(self, jalon: Jalon, after_the_night: Path) -> None:
        done = jalon("run", "--all", "--on", "2026-12-14", "--apply", "--json")
        shown = [json.loads(line) for line in done.stdout.splitlines()]
        assert {night["track"] for night in shown} == set(load_territory(Settings().territory_folder).tracks)
        assert sum(night["written"]["appointment"] for night in shown) > 0
        assert (after_the_night / "reports" / "nuit-2026-12-14.html").exists()
        again = jalon("run", "--all", "--on", "2026-12-14", "--apply", "--json")
        assert sum(sum(json.loads(line)["written"].values()) for line in again.stdout.splitlines()) == 0
        assert jalon("audit", "verify").exit_code == 0

    def test_people_get_a_table(self, jalon: Jalon) -> None:
        shown = jalon("run", "objectif_emploi", "suivi_emploi", "--on", "2026-12-14").stdout
        assert "Rendez-vous créés" in shown
        assert "Ensemble" in shown
        assert "rendez-vous déjà prévu" in shown

    def test_an_earlier_night_has_nothing_to_do(self, jalon: Jalon) -> None:
        late = jalon("run", "objectif_emploi", "--on", "2026-11-20", "--apply")
        assert late.exit_code == 0
        assert "une nuit plus récente est déjà passée" in late.stdout

    def test_an_unknown_track_exits_1_before_anything(self, jalon: Jalon) -> None:
        refused = jalon("run", "objectif_emploi", "objectif_lune", "--on", "2026-12-14", "--apply")
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "objectif_lune" in refused.stderr


@pytest.mark.usefixtures("after_the_night")
def test_a_failed_night_exits_1_and_the_others_are_told(jalon: Jalon, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.by_hand import NightError

    def fail(*_: object, **__: object) -> list[NightResult]:
        raise NightError(["suivi_emploi : invariant rompu"], [])

    monkeypatch.setattr("flows.by_hand.run_tracks", fail)
    failed = jalon("run", "--all", "--on", "2026-12-14", "--apply")
    assert failed.exit_code == 1
    assert "invariant rompu" in failed.stderr


def test_init_can_be_repeated(jalon: Jalon) -> None:
    assert [jalon("init").exit_code for _ in range(2)] == [0, 0]


@pytest.mark.usefixtures("without_prefect")
def test_the_demo_refuses_a_territory_without_an_example(
    jalon: Jalon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    shutil.copytree(PROJECT / "config" / "territories" / "doubs", tmp_path / "ailleurs")
    monkeypatch.setenv("JALON_TERRITORY", str(tmp_path / "ailleurs"))
    refused = jalon("demo")
    assert refused.exit_code == 1
    assert "Pas d'exemple" in refused.stderr


@pytest.mark.usefixtures("without_prefect")
def test_the_second_demo_finds_nothing_left_to_do(jalon: Jalon, home: Path) -> None:
    first, second = jalon("demo"), jalon("demo")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "Il ne restait rien à faire" not in first.stdout
    assert "Il ne restait rien à faire" in second.stdout
    tables = [shown.stdout[shown.stdout.index("Nuit du") : shown.stdout.index("Pourquoi")] for shown in (first, second)]
    assert tables[0].splitlines()[:20] == tables[1].splitlines()[:20]
    assert (home / "reports" / "nuit-2026-11-23.html").exists()


@pytest.mark.prefect
@pytest.mark.slow
def test_the_demo_through_prefect_is_quiet_and_its_commands_work(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jalon = [sys.executable, "-c", "from desk.cli import main; main()"]
    monkeypatch.setenv("COLUMNS", "100")
    done = subprocess.run([*jalon, "demo"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Rendez-vous créés" in done.stdout
    commands = [line.strip() for line in done.stdout.splitlines() if " --on " in line]
    assert len(commands) == 3
    for command in commands[:2]:
        words = command.split("jalon ", 1)[1].split()
        pasted = subprocess.run([*jalon, *words], cwd=PROJECT, capture_output=True, text=True, check=False)
        assert (pasted.returncode, pasted.stderr) == (0, "")
