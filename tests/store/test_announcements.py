"""Who is told that an appointment will not take place, and who is not."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update

from store import outcomes
from store.acts import Act
from store.announcements import Told
from store.engine import transaction
from store.moves import cancel
from store.outcomes import Said
from store.schema import appointments, messages, persons
from tests.county import County
from tests.store.acts import ACT, NOW, TODAY, a_message, an_appointment, row_of
from tracks.vocabulary import AppointmentStatus, Template

KNOWN = {"notice_sent_on": TODAY}
EXCUSED = Said(status=AppointmentStatus.EXCUSED)


def planned(engine: Engine) -> list[tuple[str, str]]:
    with transaction(engine) as connection:
        found = connection.execute(
            select(messages.c.channel, messages.c.key).where(messages.c.template == Template.APPOINTMENT_CANCELLED)
        )
        return [(row.channel, row.key) for row in found]


def told(engine: Engine, appointment: int, said: Said = EXCUSED, act: Act = ACT) -> Told:
    with transaction(engine) as connection:
        return outcomes.say(connection, act, appointment=appointment, said=said)


@pytest.mark.parametrize("status", ["sent", "delivered", "unknown", "sending"])
def test_whoever_may_have_read_the_summons_is_told(engine: Engine, county: County, status: str) -> None:
    number = an_appointment(engine, county, days=6)
    a_message(engine, county, appointment=number, template="convocation", status=status)
    with transaction(engine) as connection:
        assert cancel(connection, ACT, appointment=number) is Told.WILL_BE
    assert planned(engine) == [("sms", f"appointment_cancelled:{number}")]
    with transaction(engine) as connection:
        message = connection.execute(select(messages).where(messages.c.template == "appointment_cancelled")).one()
    assert (message.due_at, message.useful_until) == (NOW, NOW + timedelta(days=6))


def test_a_summons_sent_by_the_other_tool_counts(engine: Engine, county: County) -> None:
    assert told(engine, an_appointment(engine, county, days=6, **KNOWN)) is Told.WILL_BE


def test_said_twice_it_is_told_once(engine: Engine, county: County) -> None:
    number = an_appointment(engine, county, days=6, **KNOWN)
    assert told(engine, number) is Told.WILL_BE
    assert told(engine, number, Said(status=AppointmentStatus.REVOKED)) is Told.NOTHING_TO_SAY
    assert len(planned(engine)) == 1


@pytest.mark.parametrize("status", ["excused", "revoked", "noshow", "seen"])
def test_nobody_is_told_of_what_is_past(engine: Engine, county: County, status: str) -> None:
    """« Votre rendez-vous a été annulé » is never sent to somebody who was absent."""
    number = an_appointment(engine, county, days=-1, **KNOWN)
    assert told(engine, number, Said(status=AppointmentStatus(status))) is Told.NOTHING_TO_SAY
    assert planned(engine) == []


def test_a_letter_that_would_come_too_late_is_a_call_for_somebody(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        unreachable = {"mobile": None, "email": None, "address": "1 rue", "postcode_city": "25000 Besançon"}
        connection.execute(update(persons).values(unreachable))
    soon, later = (an_appointment(engine, county, days=days, **KNOWN) for days in (3, 6))
    assert told(engine, soon) is Told.BY_NO_CHANNEL
    assert told(engine, later) is Told.WILL_BE
    assert planned(engine) == [("letter", f"appointment_cancelled:{later}")]
    assert row_of(engine, appointments, soon).status == "excused"
