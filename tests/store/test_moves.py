"""A planned appointment that somebody confirms, moves or calls off."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select

from store import moves
from store.engine import transaction
from store.schema import appointments, leaves, messages, persons, sessions
from tests.county import County, add
from tests.store.acts import ACT, NOW, a_message, an_appointment, row_of
from tracks import keys
from tracks.calendar import Calendar
from tracks.errors import JalonError

DOUBS = Calendar("25", "Europe/Paris")


def move(engine: Engine, appointment: int, days: float, despite: str | None = None) -> int:
    with transaction(engine) as connection:
        return moves.move(
            connection,
            ACT,
            appointment=appointment,
            to=NOW + timedelta(days=days),
            calendar=DOUBS,
            despite=despite,
        )


def test_a_moved_appointment_is_another_row_that_the_old_one_names(engine: Engine, county: County) -> None:
    old = an_appointment(engine, county, days=3)
    new = move(engine, old, 7)
    before, after = row_of(engine, appointments, old), row_of(engine, appointments, new)
    assert (before.status, before.superseded_by, before.starts_at) == ("revoked", new, NOW + timedelta(days=3))
    assert (after.status, after.starts_at) == ("planned", NOW + timedelta(days=7))
    assert after.ends_at - after.starts_at == timedelta(minutes=45)
    assert (after.created_by, after.confirmed_by) == ("person:Oyku Demir", "Oyku Demir")
    assert after.key != before.key


def test_the_person_is_told_once_and_the_old_messages_stop(engine: Engine, county: County) -> None:
    old = an_appointment(engine, county, days=3)
    pending = a_message(engine, county, appointment=old)
    new = move(engine, old, 7)
    with transaction(engine) as connection:
        told = connection.execute(select(messages).where(messages.c.appointment_id == new)).one()
    assert row_of(engine, messages, pending).status == "void"
    assert (told.template, told.channel, told.status) == ("appointment_moved", "sms", "pending")
    assert told.key == keys.convocation(new, NOW + timedelta(days=7))


def test_nobody_is_booked_twice(engine: Engine, county: County) -> None:
    first = an_appointment(engine, county, days=3)
    second = an_appointment(engine, county, days=4)
    with pytest.raises(JalonError, match=f"a{second} occupe déjà"):
        move(engine, first, 4 + 0.5 / 24)
    assert row_of(engine, appointments, first).status == "planned"


@pytest.mark.parametrize("days", [-1, 3])
def test_a_move_to_the_past_or_to_the_same_hour_is_refused(engine: Engine, county: County, days: float) -> None:
    with pytest.raises(JalonError):
        move(engine, an_appointment(engine, county, days=3), days)


@pytest.mark.parametrize(
    ("days", "why"),
    [
        (6, "ne travaille pas le dimanche"),
        (9, "ne travaille pas le mercredi"),
        (32, "le vendredi 25 décembre est férié"),
        (10, "le référent est absent le jeudi 3 décembre"),
        (7 + 9 / 24, "le référent reçoit de 9\u202fh à 12\u202fh et de 13\u202fh\u202f30 à 17\u202fh"),
        (7 + 2 / 24, "le référent reçoit de 9"),  # noon
        (11, "le référent anime alors une séance collective"),
        (14 + 4 / 24, "la personne ne peut jamais venir à cette heure"),
    ],
)
def test_an_hour_at_which_nobody_can_be_met_is_refused_unless_somebody_says_why(
    engine: Engine, county: County, days: float, why: str
) -> None:
    friday = NOW + timedelta(days=11)
    with transaction(engine) as connection:
        connection.execute(persons.update().values(hours_impossible="lun 14:00-16:00"))
        away = date(2026, 12, 3)
        add(connection, leaves, referent_id=county.referent, first_day=away, last_day=away)
        led = {"ref": "S1", "subject": "Atelier", "place": "", "referent_id": county.referent}
        add(connection, sessions, starts_at=friday, ends_at=friday + timedelta(hours=2), **led)
    old = an_appointment(engine, county, days=3)
    with pytest.raises(JalonError, match=why):
        move(engine, old, days)
    assert row_of(engine, appointments, old).status == "planned"
    new = move(engine, old, days, despite="La personne le demande")
    assert row_of(engine, appointments, new).despite == "La personne le demande"


def test_without_a_referent_only_impossible_hours_of_anybody_are_refused(engine: Engine, county: County) -> None:
    old = an_appointment(engine, county, days=3, referent_id=None)
    for days, why in ((6, "dimanche"), (7 + 12 / 24, "personne n'est reçu"), (32, "férié")):
        with pytest.raises(JalonError, match=why):
            move(engine, old, days)
    assert move(engine, old, 9)


def test_nothing_moves_for_somebody_whom_nobody_can_tell(engine: Engine, county: County) -> None:
    old = an_appointment(engine, county, days=3)
    with transaction(engine) as connection:
        connection.execute(persons.update().values(mobile=None, email=None, address=None))
    with pytest.raises(JalonError, match="Aucun moyen"):
        move(engine, old, 7)
    assert row_of(engine, appointments, old).superseded_by is None


def test_a_letter_is_for_moves_far_ahead_only(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        lives = {"preferred_channel": "letter", "address": "1 rue X", "postcode_city": "25000 Besançon"}
        connection.execute(persons.update().values(lives))
    near, far = (move(engine, an_appointment(engine, county, days=days), days + 1) for days in (3, 20))
    with transaction(engine) as connection:
        channel = dict(connection.execute(select(messages.c.appointment_id, messages.c.channel)).tuples().all())
    assert (channel[near], channel[far]) == ("sms", "letter")


def test_somebody_confirms_a_doubtful_appointment(engine: Engine, county: County) -> None:
    doubtful = an_appointment(engine, county, days=3)
    with transaction(engine) as connection:
        moves.confirm(connection, ACT, appointment=doubtful)
    assert row_of(engine, appointments, doubtful).confirmed_by == "Oyku Demir"


def test_the_service_calls_one_off(engine: Engine, county: County) -> None:
    planned = an_appointment(engine, county, days=3)
    with transaction(engine) as connection:
        moves.cancel(connection, ACT, appointment=planned)
    row = row_of(engine, appointments, planned)
    assert (row.status, row.reason) == ("revoked", "service")


def test_what_is_past_is_neither_moved_nor_confirmed(engine: Engine, county: County) -> None:
    past = an_appointment(engine, county, days=-1)
    with pytest.raises(JalonError, match="plus à venir"):
        move(engine, past, 7)
    with transaction(engine) as connection, pytest.raises(JalonError, match="plus à venir"):
        moves.confirm(connection, ACT, appointment=past)
