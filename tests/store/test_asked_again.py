"""A question that a night closed for want of object is asked anew; one that somebody answered never is."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine

from store.case_rows import Reading
from store.cases import read_case
from store.engine import reading, transaction
from store.page import Page, Recording
from store.record import new_questions
from store.schema import pauses, questions
from tests.county import County, add
from tests.store.acts import row_of
from tracks import keys
from tracks.actions import Ask, Because
from tracks.calendar import Calendar
from tracks.case import Case, Pause
from tracks.vocabulary import QuestionKind

FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)
DOUBS = Calendar("25", "Europe/Paris")


def the_case(engine: Engine, county: County) -> Case:
    about = Reading("doubs", "objectif_emploi", MONDAY, datetime(2026, 11, 23, 4, tzinfo=UTC), DOUBS)
    with reading(engine) as connection:
        case = read_case(connection, about, county.case)
    assert case is not None
    return case


def a_call(engine: Engine, county: County, *, closed_by: str | None) -> tuple[int, str]:
    """A call asked on Friday; when somebody closed it, the same day."""
    key = keys.question(QuestionKind.CALL, county.case, "2026-10-16")
    values: Mapping[str, object] = {
        "case_id": county.case,
        "kind": "call",
        "asked_on": FRIDAY,
        "closed_on": FRIDAY if closed_by else None,
        "closed_by": closed_by,
        "why": "…",
        "policy_version": "v1",
        "key": key,
    }
    with transaction(engine) as connection:
        return add(connection, questions, **values), key


def ask_again(engine: Engine, county: County, key: str) -> int:
    """The night asks it on Monday; how many rows it wrote."""
    because = Because(rule="escalation", sentence="Appeler.", inputs={}, version="v2", reference="x")
    ask = Ask(case=county.case, because=because, kind=QuestionKind.CALL, key=key, subject_id=3, coordinator_from=MONDAY)
    page = Page(cases={county.case: the_case(engine, county)}, actions=[ask])
    now = datetime(2026, 11, 23, 4, tzinfo=UTC)
    recording = Recording("doubs", "objectif_emploi", 1, MONDAY, now, DOUBS, referents={})
    with transaction(engine) as connection:
        new_questions(connection, recording, page)
    return page.written["ask_call"]


def test_one_that_a_night_closed_is_asked_anew_and_its_delay_begins_again(engine: Engine, county: County) -> None:
    asked, key = a_call(engine, county, closed_by="run:12")
    assert key not in the_case(engine, county).asked
    assert [ask_again(engine, county, key), ask_again(engine, county, key)] == [1, 0]
    row = row_of(engine, questions, asked)
    assert (row.asked_on, row.closed_on, row.closed_by, row.policy_version) == (MONDAY, None, None, "v2")
    assert the_case(engine, county).asked == {key: MONDAY}


@pytest.mark.parametrize("closed_by", ["person:Oyku Demir", None])
def test_one_that_somebody_answered_or_that_is_still_open_is_not(
    engine: Engine, county: County, closed_by: str | None
) -> None:
    asked, key = a_call(engine, county, closed_by=closed_by)
    assert ask_again(engine, county, key) == 0
    row = row_of(engine, questions, asked)
    assert (row.asked_on, row.closed_by) == (FRIDAY, closed_by)
    assert the_case(engine, county).answered == ({key} if closed_by else set())


def test_a_pause_that_is_over_is_still_known(engine: Engine, county: County) -> None:
    over, ahead = (date(2026, 10, 1), date(2026, 10, 20)), (date(2026, 12, 1), None)
    with transaction(engine) as connection:
        for first, last in (over, ahead):
            add(
                connection,
                pauses,
                person_id=county.person,
                first_day=first,
                last_day=last,
                reason="demande de la personne",
                decided_by="Oyku Demir",
            )
    assert the_case(engine, county).pauses == (Pause(first_day=over[0], last_day=over[1]),)
