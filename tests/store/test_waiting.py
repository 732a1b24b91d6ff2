"""What waits for a referent says no more than is known."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from store.engine import reading, transaction
from store.schema import signals
from store.waiting import read_asked
from tests.county import County, add
from tests.store.acts import NOW, TODAY, a_message, a_question, an_appointment
from tracks.calendar import Calendar
from tracks.vocabulary import QuestionKind

ASKED = TODAY - timedelta(days=7)


@pytest.mark.parametrize(("days", "replied"), [(-1, False), (0, True), (7, True)])
def test_somebody_who_answered_is_not_said_silent(engine: Engine, county: County, days: int, replied: bool) -> None:
    absence = an_appointment(engine, county, days=-14, status="noshow")
    sent = {"status": "sent", "sent_at": NOW - timedelta(days=7), "planned_on": ASKED}
    a_message(engine, county, appointment=absence, template="reason_request", key="reason", **sent)
    a_question(engine, county, QuestionKind.QUALIFY, absence)
    reply = {"source": "person", "kind": "reply", "said_by": "Oyku Demir", "key": "signal"}
    with transaction(engine) as connection:
        add(connection, signals, case_id=county.case, happened_on=ASKED + timedelta(days=days), **reply)
    with reading(engine) as connection:
        asked = read_asked(
            connection,
            territory="doubs",
            today=TODAY,
            referents=[county.referent],
            calendar=Calendar("25", "Europe/Paris"),
        )
    ((question,),) = asked.values()
    assert (question.written_on, question.replied) == (ASKED, replied)
