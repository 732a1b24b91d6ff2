"""What the database says of the health of the whole."""

from datetime import date, timedelta

from sqlalchemy import Engine

from store import status
from store.engine import transaction
from store.schema import runs
from tests.county import County, add
from tests.store.acts import NOW, TODAY, a_message, a_review


def a_run(engine: Engine, day: date, outcome: str = "done", track: str = "objectif_emploi") -> None:
    with transaction(engine) as connection:
        add(connection, runs, track=track, on_day=day, started_at=NOW, status=outcome)


def test_the_last_done_night_is_not_hidden_by_a_failed_one(engine: Engine) -> None:
    a_run(engine, TODAY - timedelta(days=1))
    a_run(engine, TODAY, "failed")
    with transaction(engine) as connection:
        found = status.last_passes(connection, territory="doubs")
        assert status.last_passes(connection, territory="jura") == {}
    last = found["objectif_emploi"]
    assert (last.done_on, last.status) == (TODAY - timedelta(days=1), "failed")


def test_a_track_that_only_failed_has_no_done_night(engine: Engine) -> None:
    a_run(engine, TODAY, "failed")
    with transaction(engine) as connection:
        assert status.last_passes(connection, territory="doubs")["objectif_emploi"].done_on is None


def test_the_caseload_counts_open_cases(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        assert status.caseload(connection, territory="doubs", on=TODAY) == {"objectif_emploi": 1}
        assert status.caseload(connection, territory="doubs", on=date(2026, 5, 1)) == {}


def test_overdue_messages_and_those_that_wait_for_a_person(engine: Engine, county: County) -> None:
    late = NOW - timedelta(days=3)
    a_message(engine, county, key="1", due_at=late)
    a_message(engine, county, key="2", due_at=NOW)
    a_message(engine, county, key="3", due_at=late, status="sent")
    a_message(engine, county, key="4", status="held")
    a_message(engine, county, key="5", status="unknown")
    with transaction(engine) as connection:
        waiting = status.overdue(connection, territory="doubs", before=NOW - timedelta(days=1))
        parked = status.parked(connection, territory="doubs")
    assert (waiting.count, waiting.oldest) == (1, late)
    assert parked == {"held": 1, "unknown": 1}


def test_a_review_is_late_the_day_after_its_deadline(engine: Engine, county: County) -> None:
    a_review(engine, county, deadline_on=TODAY)
    with transaction(engine) as connection:
        assert status.late_reviews(connection, territory="doubs", on=TODAY).count == 0
        late = status.late_reviews(connection, territory="doubs", on=TODAY + timedelta(days=1))
    assert (late.count, late.oldest) == (1, TODAY)
