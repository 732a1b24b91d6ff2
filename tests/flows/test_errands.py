"""The flows beside the nights: an import by hand, the sendings, the point of the day."""

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from config.settings import PROJECT, Settings
from flows.by_hand import run_tracks
from flows.dispatch import dispatch
from flows.intake import intake
from flows.report import report
from store.engine import reading
from store.schema import messages, persons
from tests.flows.conftest import MONDAY
from tests.outbox import files_and_letters
from tracks.errors import JalonError

MONDAY_MORNING = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


@pytest.fixture
def connected_home(connection_to_prefect: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for flow in ("edge", "dispatch", "report"):
        monkeypatch.setattr(f"flows.{flow}.now", lambda: MONDAY_MORNING)
    return connection_to_prefect


def count(engine: Engine, table: object) -> int:
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]


@pytest.fixture
def exports(connected_home: Settings, sqlite_template: Path) -> Path:
    """An empty county and its exports, in the folder from which a flow may import."""
    shutil.copy(sqlite_template, connected_home.home / "jalon.db")
    return Path(shutil.copytree(PROJECT / "examples" / "doubs", connected_home.imports / "novembre"))


def test_an_import_says_counts_by_kind_and_no_name(exports: Path, county_engine: Engine) -> None:
    counts = asyncio.run(intake(dossier="novembre", appliquer=True))
    people = next(row for row in counts if row["quoi"] == "usagers")
    assert people["nouvelles"] == count(county_engine, persons) > 500
    assert people["refusées"] > 0
    assert {key for row in counts for key in row} == {
        "quoi", "lues", "nouvelles", "modifiées", "refusées", "avertissements",
    }  # fmt: skip


def test_an_import_is_dry_by_default(exports: Path, county_engine: Engine) -> None:
    counts = asyncio.run(intake(dossier="novembre"))
    assert sum(row["nouvelles"] for row in counts) > 500
    assert count(county_engine, persons) == 0


@pytest.mark.parametrize("elsewhere", ["..", ".", "", "../imports/../..", "/etc", "absent", "novembre/usagers.csv"])
def test_only_a_folder_of_the_imports_is_read(exports: Path, elsewhere: str) -> None:
    with pytest.raises(JalonError, match="Dossier introuvable"):
        asyncio.run(intake(dossier=elsewhere))


def test_a_link_out_of_the_imports_is_not_followed(exports: Path, tmp_path: Path) -> None:
    outside = Path(shutil.copytree(exports, tmp_path / "outside"))
    (exports.parent / "lien").symlink_to(outside)
    with pytest.raises(JalonError, match="Dossier introuvable"):
        asyncio.run(intake(dossier="lien"))


def test_an_unreadable_export_fails_the_run(exports: Path) -> None:
    (exports / "usagers.csv").write_bytes(b"\x00\x01\x02")
    with pytest.raises(JalonError, match="illisible"):
        asyncio.run(intake(dossier="novembre"))


def test_sending_is_dry_by_default_then_sends_what_the_night_wrote(
    connected_home: Settings, county_engine: Engine
) -> None:
    run_tracks(connected_home, ["objectif_emploi"], on=MONDAY, apply=True)
    dry = asyncio.run(dispatch())
    assert not list(connected_home.outbox.rglob("*"))
    sent = asyncio.run(dispatch(appliquer=True))
    assert sent == dry
    assert sent["sent"] == files_and_letters(connected_home.outbox) > 0
    with reading(county_engine) as connection:
        assert connection.scalar(select(func.count()).where(messages.c.status == "sent")) == sent["sent"]


def test_the_point_of_the_day_counts_the_nights(connected_home: Settings) -> None:
    run_tracks(connected_home, ["objectif_emploi"], on=MONDAY, apply=True)
    rows = {row["quoi"]: row["combien"] for row in asyncio.run(report())}
    assert rows["dernière nuit, objectif_emploi"] == "2026-11-23"
    assert set(rows) >= {"messages en retard", "messages, held", "messages, unknown", "revues en retard"}
