"""The export: the agreed columns first, ids as people type them, local times, cells that no spreadsheet runs."""

import csv
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from store import journal
from store.engine import transaction
from store.export import SHEETS, View, export, safe
from store.journal import JournalEvent
from store.schema import cases, checks, persons
from tests.county import County, add
from tests.store.acts import NOW, TODAY, a_message, a_review, an_appointment

VIEW = View(territory="doubs", zone="Europe/Paris", now=NOW, on=TODAY)
AGREED = {
    "cases": "case_id territory beneficiary_ref track entered_on left_on exit_reason referent_id under_duties "
    "next_step",
    "appointments": "appointment_id case_id track referent_id kind subject starts_at ends_at place session_id status "
    "qualification reason created_by superseded_by key",
    "messages": "message_id case_id recipient_kind recipient_id channel template due_at useful_until status failure "
    "sent_at attempts segments appointment_id key",
    "checks": "case_id precondition since closed_on",
    "referents": "referent_id email capacity cases",
    "reviews": "review_id case_id track kind opened_on status reason policy_version legal_reference evidence "
    "deadline_on assigned_to outcome decided_by decided_at",
    "audit": "chain seq at actor kind subject policy_version hash previous_hash",
}


def exported(engine: Engine, folder: Path, name: str, view: View = VIEW) -> list[dict[str, str]]:
    with transaction(engine) as connection:
        export(connection, view=view, folder=folder)
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_the_agreed_columns_come_first_in_their_order(sheet: object) -> None:
    name, columns = sheet.name, list(sheet.columns)  # type: ignore[attr-defined]
    agreed = AGREED[name].split()
    assert columns[: len(agreed)] == agreed
    assert len(set(columns)) == len(columns)


def test_the_claimant_and_the_partner_are_told_apart(engine: Engine, county: County, tmp_path: Path) -> None:
    with transaction(engine) as connection:
        partner = add(
            connection,
            persons,
            file_number="0250001",
            role="CJT",
            first_name="Ann",
            last_name="Exemple",
            known_on=TODAY,
        )
        track = {"track": "suivi_emploi", "entered_on": TODAY, "under_duties": False}
        other = add(connection, cases, person_id=partner, left_on=TODAY, **track)
    rows = {row["case_id"]: row for row in exported(engine, tmp_path, "cases")}
    assert rows[f"c{county.case}"]["beneficiary_ref"] == "0250001"
    assert rows[f"c{other}"]["beneficiary_ref"] == "0250001-CJT"
    assert (rows[f"c{other}"]["under_duties"], rows[f"c{other}"]["left_on"]) == ("false", "2026-11-23")


def test_a_past_planned_appointment_is_unknown_and_times_are_local(
    engine: Engine, county: County, tmp_path: Path
) -> None:
    past, ahead = an_appointment(engine, county, days=-1), an_appointment(engine, county, days=1)
    rows = {row["appointment_id"]: row for row in exported(engine, tmp_path, "appointments")}
    assert (rows[f"a{past}"]["status"], rows[f"a{ahead}"]["status"]) == ("unknown", "planned")
    assert rows[f"a{ahead}"]["starts_at"] == "2026-11-24T10:00:00+01:00"
    assert rows[f"a{ahead}"]["track"] == "objectif_emploi"
    earlier = View(territory="doubs", zone="Europe/Paris", now=datetime.fromisoformat("2026-11-20T04:00Z"), on=TODAY)
    rows = {row["appointment_id"]: row for row in exported(engine, tmp_path, "appointments", earlier)}
    assert rows[f"a{past}"]["status"] == "planned"


def test_a_review_counts_its_pieces_and_a_message_names_its_appointment(
    engine: Engine, county: County, tmp_path: Path
) -> None:
    ahead = an_appointment(engine, county, days=1)
    message, review = a_message(engine, county, appointment=ahead), a_review(engine, county)
    (row,) = exported(engine, tmp_path, "reviews")
    assert (row["review_id"], row["case_id"], row["evidence"]) == (f"r{review}", f"c{county.case}", "2")
    assert (row["outcome"], row["decided_by"], row["decided_at"]) == ("", "", "")
    (row,) = exported(engine, tmp_path, "messages")
    assert (row["message_id"], row["appointment_id"]) == (f"m{message}", f"a{ahead}")


def test_checks_and_the_load_of_referents(engine: Engine, county: County, tmp_path: Path) -> None:
    with transaction(engine) as connection:
        values = {"precondition": "no_contract", "since": date(2026, 11, 20), "why": "…", "policy_version": "v"}
        add(connection, checks, case_id=county.case, **values)
    (row,) = exported(engine, tmp_path, "checks")
    assert (row["case_id"], row["since"], row["closed_on"]) == (f"c{county.case}", "2026-11-20", "")
    (row,) = exported(engine, tmp_path, "referents")
    assert (row["email"], row["capacity"], row["cases"]) == ("oyku@example.org", "70", "1")


def test_the_journal_is_exported_in_the_order_of_its_chains(engine: Engine, tmp_path: Path) -> None:
    with transaction(engine) as connection:
        for chain in ("night", "desk"):
            events = [JournalEvent(at=NOW, actor="run:1", kind="k", subject=f"c{n}") for n in range(3)]
            journal.append(connection, territory="doubs", chain=chain, events=events)
    rows = exported(engine, tmp_path, "audit")
    assert [(row["chain"], row["seq"]) for row in rows] == [(c, n) for c in ("desk", "night") for n in "123"]
    assert rows[1]["previous_hash"] == rows[0]["hash"]


def test_another_territory_exports_nothing_of_ours(engine: Engine, county: County, tmp_path: Path) -> None:
    an_appointment(engine, county, days=1)
    elsewhere = View(territory="jura", zone="Europe/Paris", now=NOW, on=TODAY)
    assert all(exported(engine, tmp_path, name, elsewhere) == [] for name in AGREED)


def test_files_are_for_their_owner_only(engine: Engine, county: County, tmp_path: Path) -> None:
    exported(engine, tmp_path / "new", "cases")
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "new").glob("*.csv")} == {0}
    assert not list((tmp_path / "new").glob("*.part"))


@given(st.text())
def test_no_cell_is_taken_for_a_formula(text: str) -> None:
    cell = safe(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.removeprefix("'") == text.removeprefix("'")


def test_a_hostile_cell_of_the_county_stays_text(engine: Engine, county: County, tmp_path: Path) -> None:
    an_appointment(engine, county, days=1, subject='=HYPERLINK("http://x")', place="+33 bureau")
    (row,) = exported(engine, tmp_path, "appointments")
    assert row["subject"] == '\'=HYPERLINK("http://x")'
    assert row["place"] == "'+33 bureau"
