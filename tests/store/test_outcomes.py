"""What people say of an appointment: written once, signed, and closing what it answers."""

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from store import outcomes
from store.acts import Act
from store.engine import transaction
from store.outcomes import Said
from store.schema import appointments, journal, messages, questions
from tests.county import County
from tests.store.acts import ACT, NOW, TODAY, a_message, a_question, an_appointment, row_of
from tracks.errors import JalonError
from tracks.vocabulary import AppointmentStatus, Qualification, QuestionKind

NOSHOW, SEEN = AppointmentStatus.NOSHOW, AppointmentStatus.SEEN


def say(engine: Engine, appointment: int, said: Said) -> None:
    with transaction(engine) as connection:
        outcomes.say(connection, ACT, appointment=appointment, said=said)


def test_an_absence_is_noted_qualified_and_signed(engine: Engine, county: County) -> None:
    number = an_appointment(engine, county, days=-3)
    say(engine, number, Said(status=NOSHOW, qualification=Qualification.UNEXPLAINED))
    row = row_of(engine, appointments, number)
    assert (row.status, row.qualification, row.qualified_by) == ("noshow", "unexplained", "Oyku Demir")


def test_it_closes_the_questions_it_answers_and_no_other(engine: Engine, county: County) -> None:
    number, other = an_appointment(engine, county, days=-3), an_appointment(engine, county, days=-9)
    answered = [a_question(engine, county, kind, number) for kind in (QuestionKind.OUTCOME, QuestionKind.QUALIFY)]
    left = a_question(engine, county, QuestionKind.OUTCOME, other)
    say(engine, number, Said(status=SEEN))
    assert all(row_of(engine, questions, id_).closed_by == "person:Oyku Demir" for id_ in answered)
    assert row_of(engine, questions, left).closed_on is None


def test_an_absence_not_qualified_leaves_the_question_of_its_qualification(engine: Engine, county: County) -> None:
    number = an_appointment(engine, county, days=-3)
    asked = a_question(engine, county, QuestionKind.QUALIFY, number)
    say(engine, number, Said(status=NOSHOW))
    assert row_of(engine, questions, asked).closed_on is None


def test_said_again_it_keeps_the_qualification_that_it_does_not_mention(engine: Engine, county: County) -> None:
    number = an_appointment(engine, county, days=-3)
    say(engine, number, Said(status=NOSHOW, reason="transport", qualification=Qualification.ADMISSIBLE))
    say(engine, number, Said(status=NOSHOW))
    row = row_of(engine, appointments, number)
    assert (row.qualification, row.reason) == ("admissible", "legitimate_logistics")


def test_a_correction_to_seen_erases_the_qualification(engine: Engine, county: County) -> None:
    number = an_appointment(engine, county, days=-3)
    say(engine, number, Said(status=NOSHOW, qualification=Qualification.UNEXPLAINED))
    say(engine, number, Said(status=SEEN))
    row = row_of(engine, appointments, number)
    assert (row.status, row.qualification, row.qualified_by) == ("seen", None, None)


@pytest.mark.parametrize("status", [SEEN, NOSHOW])
def test_nobody_can_say_today_what_happens_tomorrow(engine: Engine, county: County, status: AppointmentStatus) -> None:
    number = an_appointment(engine, county, days=1)
    with pytest.raises(JalonError, match="pas encore eu lieu"):
        say(engine, number, Said(status=status))


@pytest.mark.parametrize("status", [AppointmentStatus.EXCUSED, AppointmentStatus.REVOKED])
def test_an_excuse_given_beforehand_stops_what_was_to_be_sent(
    engine: Engine, county: County, status: AppointmentStatus
) -> None:
    number = an_appointment(engine, county, days=4)
    pending = a_message(engine, county, appointment=number)
    say(engine, number, Said(status=status))
    assert row_of(engine, messages, pending).status == "void"


def test_only_an_absence_is_qualified() -> None:
    with pytest.raises(JalonError, match="Seule une absence"):
        Said(status=SEEN, qualification=Qualification.UNEXPLAINED)


def test_the_word_for_a_health_reason_is_dropped(engine: Engine, county: County) -> None:
    number = an_appointment(engine, county, days=-1)
    say(engine, number, Said(status=AppointmentStatus.EXCUSED, reason="Santé"))
    assert row_of(engine, appointments, number).reason == "legitimate_personal"


def test_an_unlisted_reason_is_refused_without_repeating_it() -> None:
    with pytest.raises(JalonError) as refused:
        Said(status=NOSHOW, reason="opération du genou")
    assert "genou" not in str(refused.value)


def test_another_territory_has_no_such_appointment(engine: Engine, county: County) -> None:
    number = an_appointment(engine, county, days=-3)
    elsewhere = Act(territory="jura", by="Ann", at=NOW, on=TODAY)
    with transaction(engine) as connection, pytest.raises(JalonError, match="introuvable"):
        outcomes.say(connection, elsewhere, appointment=number, said=Said(status=SEEN))


def test_the_journal_keeps_the_act_without_a_name(engine: Engine, county: County) -> None:
    number = an_appointment(engine, county, days=-3)
    say(engine, number, Said(status=NOSHOW, qualification=Qualification.UNEXPLAINED))
    with transaction(engine) as connection:
        line = connection.execute(select(journal)).one()
    assert (line.chain, line.kind, line.subject) == ("desk", "outcome", f"a{number} planned>noshow unexplained")
    assert "demir" not in f"{line.actor}{line.subject}".lower()


def test_an_act_without_a_name_is_refused() -> None:
    with pytest.raises(JalonError, match="--by"):
        Act(territory="doubs", by="  ", at=NOW, on=TODAY)


def test_the_database_itself_refuses_a_qualification_by_nobody(engine: Engine, county: County) -> None:
    number = an_appointment(engine, county, days=-3)
    nobody = appointments.update().where(appointments.c.id == number).values(qualification="unexplained")
    with pytest.raises(IntegrityError), transaction(engine) as connection:
        connection.execute(nobody)


def test_a_replaced_appointment_sends_to_the_one_that_replaced_it(engine: Engine, county: County) -> None:
    new = an_appointment(engine, county, days=-2)
    old = an_appointment(engine, county, days=-5, superseded_by=new, status="revoked")
    with pytest.raises(JalonError, match=f"remplacé par a{new}"):
        say(engine, old, Said(status=SEEN))
