"""What the tables themselves refuse, on both databases, whatever the code above them does."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, Table, UniqueConstraint, insert
from sqlalchemy.exc import IntegrityError

from store.engine import transaction
from store.schema import appointments, checks, metadata, reviews
from tests.county import County, add

MONDAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
A_DECISION = {
    "outcome": "warning",
    "decided_by": "Claire Martin",
    "decided_at": NOON,
    "reasons": "Entretien du 20 novembre : la personne n’a pas répondu.",
}
EVERY_TABLE = sorted(metadata.tables.values(), key=lambda table: table.name)


def a_review(county: County, **changes: Any) -> dict[str, Any]:
    row = {
        "territory": "doubs",
        "case_id": county.case,
        "referent_id": county.referent,
        "track": "objectif_emploi",
        "kind": "compliance",
        "subject": str(county.case),
        "opened_on": MONDAY,
        "status": "draft",
        "reason": "Deux absences inexpliquées en six mois.",
        "rule": "escalation",
        "inputs": {},
        "policy_version": "objectif_emploi 2026-01-01",
        "legal_reference": "CASF L.262-37",
    }
    return row | changes


def an_appointment(county: County, **changes: Any) -> dict[str, Any]:
    row = {
        "territory": "doubs",
        "case_id": county.case,
        "referent_id": county.referent,
        "kind": "individual",
        "subject": "Entretien de suivi",
        "starts_at": NOON,
        "ends_at": NOON.replace(hour=13),
        "place": "Besançon Planoise",
        "status": "noshow",
        "created_by": "import",
        "known_on": MONDAY,
        "key": "doubs/1",
    }
    return row | changes


def accepts(engine: Engine, table: Table, *rows: dict[str, Any]) -> bool:
    try:
        with transaction(engine, apply=False) as connection:
            for row in rows:
                connection.execute(insert(table).values(**row))
    except IntegrityError:
        return False
    return True


@pytest.mark.parametrize("table", EVERY_TABLE, ids=lambda table: table.name)
def test_every_row_and_every_unique_key_belong_to_a_territory(table: Table) -> None:
    assert not table.c.territory.nullable
    unique: list[Any] = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
    surrogate = [column.name for column in table.primary_key] == ["id"]
    keys = unique + [i for i in table.indexes if i.unique] + ([] if surrogate else [table.primary_key])
    assert keys or table.name in ("runs", "touched"), "nothing keeps a row of this table from being written twice"
    for key in keys:
        first, *_ = key.columns
        assert first.name == "territory", f"{table.name}.{key.name}"


def test_no_column_could_hold_a_social_security_number() -> None:
    named = {f"{table.name}.{column.name}" for table in EVERY_TABLE for column in table.c}
    assert not {name for name in named if "nir" in name or "social_security" in name}


def test_a_review_is_opened_without_a_decision_and_decided_with_all_of_it(engine: Engine, county: County) -> None:
    assert accepts(engine, reviews, a_review(county))
    assert accepts(engine, reviews, a_review(county, **A_DECISION))


@pytest.mark.parametrize("missing", ["decided_by", "decided_at", "reasons"])
def test_no_decision_without_a_named_person_an_instant_and_reasons(
    engine: Engine, county: County, missing: str
) -> None:
    assert not accepts(engine, reviews, a_review(county, **A_DECISION | {missing: None}))


@pytest.mark.parametrize("blank", ["decided_by", "reasons"])
def test_blank_is_not_a_person_nor_a_reason(engine: Engine, county: County, blank: str) -> None:
    assert not accepts(engine, reviews, a_review(county, **A_DECISION | {blank: "  "}))


@pytest.mark.parametrize("status", ["decided", "notified", "appeal_open", "closed"])
def test_no_status_after_the_decision_is_reached_without_a_person(engine: Engine, county: County, status: str) -> None:
    assert not accepts(engine, reviews, a_review(county, status=status))
    assert accepts(engine, reviews, a_review(county, status=status, **A_DECISION))


def test_one_review_of_a_kind_and_subject_is_open_at_a_time(engine: Engine, county: County) -> None:
    assert not accepts(engine, reviews, a_review(county), a_review(county))
    assert accepts(engine, reviews, a_review(county), a_review(county, kind="follow_up_risk"))
    assert accepts(engine, reviews, a_review(county, **A_DECISION), a_review(county))


def test_only_a_finding_about_the_service_is_about_nobody(engine: Engine, county: County) -> None:
    assert accepts(engine, reviews, a_review(county, kind="service", case_id=None))
    assert not accepts(engine, reviews, a_review(county, case_id=None))


def test_an_absence_is_qualified_by_someone(engine: Engine, county: County) -> None:
    assert accepts(engine, appointments, an_appointment(county))
    assert not accepts(engine, appointments, an_appointment(county, qualification="unexplained"))
    named = {"qualification": "unexplained", "qualified_by": "Oyku Demir"}
    assert accepts(engine, appointments, an_appointment(county, **named))


def test_an_appointment_is_written_once_whoever_writes_it(engine: Engine, county: County) -> None:
    assert not accepts(engine, appointments, an_appointment(county), an_appointment(county))
    assert accepts(engine, appointments, an_appointment(county), an_appointment(county, key="doubs/2"))


def test_a_missing_precondition_is_noted_once_while_it_lasts(engine: Engine, county: County) -> None:
    check = {
        "territory": "doubs",
        "case_id": county.case,
        "precondition": "no_contract",
        "since": MONDAY,
        "why": "Pas de contrat en vigueur.",
        "policy_version": "objectif_emploi 2026-01-01",
    }
    assert not accepts(engine, checks, check, check)
    assert accepts(engine, checks, check | {"closed_on": MONDAY}, check)
    with transaction(engine) as connection:
        assert add(connection, checks, **check) > 0
