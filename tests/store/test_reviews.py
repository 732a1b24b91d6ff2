"""The queue: the machine writes a draft, people do the rest, and the database itself wants a name and reasons."""

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError

from store import reviews
from store.engine import transaction
from store.reviews import Decision
from store.schema import journal
from store.schema import reviews as table
from tests.county import County
from tests.store.acts import ACT, NOW, TODAY, a_review, row_of
from tracks.errors import JalonError
from tracks.vocabulary import OUTCOMES, Outcome, ReviewKind

REASONS = "La personne a expliqué ses absences et reprend le suivi."
OTHERS = (ReviewKind.FOLLOW_UP_RISK, ReviewKind.SERVICE)


def decide(engine: Engine, review: int, outcome: Outcome, reasons: str = REASONS) -> None:
    with transaction(engine) as connection:
        reviews.decide(connection, ACT, review=review, decision=Decision(outcome=outcome, reasons=reasons))


def assign(engine: Engine, review: int) -> str:
    with transaction(engine) as connection:
        return reviews.assign(connection, ACT, review=review, to="Hélène Marchal")


def test_a_decision_is_signed_dated_and_has_its_reasons(engine: Engine, county: County) -> None:
    review = a_review(engine, county, kind="follow_up_risk")
    decide(engine, review, Outcome.SUPPORT_ADDED)
    row = row_of(engine, table, review)
    assert (row.status, row.outcome, row.decided_by) == ("decided", "support_added", "Oyku Demir")
    assert (row.decided_at, row.reasons) == (NOW, REASONS)


@pytest.mark.parametrize("kind", OTHERS)
def test_each_kind_takes_its_own_outcomes_and_no_other(engine: Engine, county: County, kind: ReviewKind) -> None:
    review = a_review(engine, county, kind=kind)
    for outcome in set(Outcome) - set(OUTCOMES[kind]):
        with pytest.raises(JalonError, match="Issues possibles"):
            decide(engine, review, outcome)
    decide(engine, review, OUTCOMES[kind][0])
    assert row_of(engine, table, review).outcome == OUTCOMES[kind][0]


@pytest.mark.parametrize("outcome", OUTCOMES[ReviewKind.COMPLIANCE])
def test_a_compliance_review_is_decided_by_its_procedure_alone(
    engine: Engine, county: County, outcome: Outcome
) -> None:
    review = a_review(engine, county)
    with pytest.raises(JalonError, match="sa procédure"):
        decide(engine, review, outcome)
    assert row_of(engine, table, review).outcome is None


def test_a_decision_is_taken_once(engine: Engine, county: County) -> None:
    review = a_review(engine, county, kind="service")
    decide(engine, review, Outcome.MENDED)
    with pytest.raises(JalonError, match="déjà décidée"):
        decide(engine, review, Outcome.ACCEPTED)
    with pytest.raises(JalonError, match="déjà décidée"):
        assign(engine, review)


def test_no_reasons_no_decision(engine: Engine, county: County) -> None:
    review = a_review(engine, county, kind="service")
    with pytest.raises(JalonError, match="motive"):
        decide(engine, review, Outcome.MENDED, "   ")


@pytest.mark.parametrize(
    ("kind", "status"), [("compliance", "draft"), ("follow_up_risk", "assigned"), ("service", "assigned")]
)
def test_assigning_moves_no_procedure(engine: Engine, county: County, kind: str, status: str) -> None:
    review = a_review(engine, county, kind=kind)
    assert assign(engine, review) == status
    row = row_of(engine, table, review)
    assert (row.status, row.assigned_to) == (status, "Hélène Marchal")


def test_the_queue_shows_people_first_then_the_soonest_deadline(engine: Engine, county: County) -> None:
    service = a_review(engine, county, kind="service", deadline_on=TODAY)
    later = a_review(engine, county)
    sooner = a_review(engine, county, kind="follow_up_risk", deadline_on=TODAY)
    with transaction(engine) as connection:
        found = reviews.queue(connection, territory="doubs", which=[reviews.is_open()])
        assert reviews.queue(connection, territory="jura") == []
    assert [row["id"] for row in found] == [sooner, later, service]
    assert [row["evidence"] for row in found] == [2, 2, 2]


def test_the_journal_names_the_review_and_the_policy_not_the_person(engine: Engine, county: County) -> None:
    review = a_review(engine, county, kind="service")
    decide(engine, review, Outcome.MENDED)
    with transaction(engine) as connection:
        line = connection.execute(select(journal)).one()
    assert line.subject == f"r{review} open>decided mended"
    assert line.policy_version == "objectif_emploi@2024-01-01"
    assert line.actor.startswith("person:")
    assert "Demir" not in line.actor


@pytest.mark.parametrize(
    "values",
    [
        "outcome = 'warning'",
        "outcome = 'warning', decided_at = '2026-11-23 09:00:00+00', reasons = 'motifs'",
        "outcome = 'warning', decided_at = '2026-11-23 09:00:00+00', decided_by = '  ', reasons = 'motifs'",
        "outcome = 'warning', decided_at = '2026-11-23 09:00:00+00', decided_by = 'Oyku Demir'",
        "outcome = 'warning', decided_at = '2026-11-23 09:00:00+00', decided_by = 'Oyku Demir', reasons = ' '",
        "outcome = 'warning', decided_by = 'Oyku Demir', reasons = 'motifs'",
        "status = 'decided'",
        "status = 'notified'",
        "decided_by = 'Oyku Demir'",
    ],
)
def test_the_database_itself_refuses_a_decision_without_a_name_a_date_and_reasons(
    engine: Engine, county: County, values: str
) -> None:
    review = a_review(engine, county)
    with pytest.raises(IntegrityError), transaction(engine) as connection:
        connection.execute(text(f"UPDATE reviews SET {values} WHERE id = {review}"))
