"""A finding about the service says how many people it still concerns, on the night that speaks."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Engine, select

from store.engine import reading, transaction
from store.findings import NOBODY_LEFT, About, Found, record_findings
from store.schema import review_evidence, reviews
from tests.county import County
from tracks.vocabulary import ServiceCause

ABOUT = About(territory="doubs", track="objectif_emploi", on=date(2026, 11, 23), answer_within_days=14)


def late(county: County) -> Found:
    return Found(
        cause=ServiceCause.RHYTHM_LATE,
        referent=county.referent,
        clock="rhythm",
        reference="Choix local",
        version="objectif_emploi@2024-01-01",
        cases={county.case: "Retard du service."},
    )


def told(engine: Engine, found: Sequence[Found]) -> tuple[str, int]:
    """What the one finding says after a night, and the cases that it shows."""
    with transaction(engine) as connection:
        record_findings(connection, ABOUT, found)
    with reading(engine) as connection:
        reason = connection.scalars(select(reviews.c.reason)).one()
        return reason, len(connection.execute(select(review_evidence.c.id)).all())


def test_a_finding_whose_people_are_served_says_so(engine: Engine, county: County) -> None:
    said = told(engine, [late(county)])
    assert said == ("1 personne n'a plus de rendez-vous prévu et a dépassé le rythme du parcours.", 1)
    assert told(engine, []) == (NOBODY_LEFT, 0)
    assert told(engine, []) == (NOBODY_LEFT, 0)
    assert told(engine, [late(county)]) == said
