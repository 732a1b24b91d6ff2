"""What the night asks of people is listed, and closed by whoever answers."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from store import questions
from store.engine import transaction
from store.schema import prescribed_actions
from store.schema import questions as table
from tests.county import County, add
from tests.store.acts import ACT, TODAY, a_question, an_appointment, row_of
from tracks.errors import JalonError
from tracks.vocabulary import QuestionKind


def answer(engine: Engine, question: int, *, done_on: date | None = None) -> None:
    with transaction(engine) as connection:
        questions.answer(connection, ACT, question=question, done_on=done_on, proof=True)


def test_open_questions_of_one_referent(engine: Engine, county: County) -> None:
    asked = a_question(engine, county, QuestionKind.CALL, 7)
    with transaction(engine) as connection:
        mine = questions.open_questions(connection, territory="doubs", referent="oyku@example.org")
        others = questions.open_questions(connection, territory="doubs", referent="ann@example.org")
    assert [row["id"] for row in mine] == [asked]
    assert others == []


def test_a_call_made_is_answered_once(engine: Engine, county: County) -> None:
    asked = a_question(engine, county, QuestionKind.CALL, 7)
    answer(engine, asked)
    row = row_of(engine, table, asked)
    assert (row.closed_on, row.closed_by) == (TODAY, "person:Oyku Demir")
    with pytest.raises(JalonError, match="déjà close"):
        answer(engine, asked)


def test_an_action_done_is_written_on_the_action(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        action = add(
            connection,
            prescribed_actions,
            person_id=county.person,
            label="Inscription",
            prescribed_on=date(2026, 10, 1),
            due_on=date(2026, 11, 1),
        )
    answer(engine, a_question(engine, county, QuestionKind.ACTION, action), done_on=date(2026, 10, 30))
    row = row_of(engine, prescribed_actions, action)
    assert (row.done_on, row.proof_seen) == (date(2026, 10, 30), True)


def test_an_action_is_not_done_tomorrow(engine: Engine, county: County) -> None:
    asked = a_question(engine, county, QuestionKind.ACTION, 7)
    with pytest.raises(JalonError, match="au plus tard aujourd'hui"):
        answer(engine, asked, done_on=TODAY + timedelta(days=1))
    assert row_of(engine, table, asked).closed_on is None


def test_what_happened_is_said_on_the_appointment(engine: Engine, county: County) -> None:
    past = an_appointment(engine, county, days=-2)
    with pytest.raises(JalonError, match=f"jalon outcome a{past}"):
        answer(engine, a_question(engine, county, QuestionKind.OUTCOME, past))


def test_a_day_done_goes_with_an_action_only(engine: Engine, county: County) -> None:
    with pytest.raises(JalonError, match="--done-on"):
        answer(engine, a_question(engine, county, QuestionKind.CALL, 7), done_on=TODAY)
