"""Rows for the tests of what people do, around the 23 November 2026."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from store.acts import Act
from store.engine import transaction
from store.schema import appointments, messages, questions, review_evidence, reviews
from tests.county import County, add
from tracks import keys
from tracks.vocabulary import QuestionKind

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
ACT = Act(territory="doubs", by="Oyku Demir", at=NOW, on=TODAY)


def an_appointment(engine: Engine, county: County, *, days: float, **values: Any) -> int:
    """`days` from now; planned unless said."""
    starts_at = NOW + timedelta(days=days)
    row = {
        "case_id": county.case,
        "referent_id": county.referent,
        "kind": "individual",
        "subject": "Entretien de suivi",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=45),
        "place": "Besançon Planoise",
        "status": "planned",
        "created_by": "import",
        "known_on": date(2026, 11, 1),
        "key": keys.imported_appointment(county.case, starts_at),
    }
    with transaction(engine) as connection:
        return add(connection, appointments, **(row | values))


def a_message(engine: Engine, county: County, *, appointment: int | None = None, **values: Any) -> int:
    row = {
        "case_id": county.case,
        "recipient_kind": "beneficiary",
        "recipient_id": county.person,
        "channel": "sms",
        "template": "reminder",
        "due_at": NOW,
        "useful_until": NOW + timedelta(days=4),
        "status": "pending",
        "appointment_id": appointment,
        "details": {},
        "key": f"reminder:{appointment}",
        "planned_on": TODAY,
    }
    with transaction(engine) as connection:
        return add(connection, messages, **(row | values))


def a_question(engine: Engine, county: County, kind: QuestionKind, subject: int | None, **values: Any) -> int:
    row = {
        "case_id": county.case,
        "referent_id": county.referent,
        "kind": kind,
        "subject_id": subject,
        "asked_on": date(2026, 11, 20),
        "why": "Rendez-vous du 16 novembre : ce qui s'est passé n'est pas encore noté.",
        "policy_version": "objectif_emploi@2024-01-01",
        "key": keys.question(kind, county.case, subject or 0),
    }
    with transaction(engine) as connection:
        return add(connection, questions, **(row | values))


def a_review(engine: Engine, county: County, *, kind: str = "compliance", **values: Any) -> int:
    row = {
        "case_id": None if kind == "service" else county.case,
        "track": "objectif_emploi",
        "kind": kind,
        "subject": f"{kind}:{county.case}",
        "opened_on": TODAY,
        "status": "draft" if kind == "compliance" else "open",
        "reason": "Deux absences inexpliquées en six mois (3 septembre, 12 octobre).",
        "rule": "escalation",
        "inputs": {"count": 2},
        "policy_version": "objectif_emploi@2024-01-01",
        "legal_reference": "CASF L.262-37",
        "deadline_on": date(2026, 12, 8),
    }
    with transaction(engine) as connection:
        review = add(connection, reviews, **(row | values))
        for number in (1, 2):
            add(
                connection,
                review_evidence,
                review_id=review,
                kind="appointment",
                subject_id=number,
                note=f"Absence n° {number}",
            )
        return review


def row_of(engine: Engine, table: Any, id_: int) -> Any:
    with transaction(engine) as connection:
        return connection.execute(select(table).where(table.c.id == id_)).one()
