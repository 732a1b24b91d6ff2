"""A caseload changes hands: nobody is double-booked, each person is told once, nothing is lost; both databases."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from store.engine import reading, transaction
from store.schema import appointments, cases, journal, messages, persons, questions, referents
from tests.county import A_CASE, A_PERSON, A_REFERENT, County, add
from tests.desk.conftest import Jalon
from tests.store.acts import a_message, a_question, an_appointment, row_of
from tracks.vocabulary import QuestionKind

BY = ("--by", "Hélène Marchal")
LEAVING, TAKING = "oyku@example.org", "zoe@example.org"
TUESDAY = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)  # 10 h in Besançon
DAYS = (TUESDAY - datetime(2026, 11, 23, 9, 0, tzinfo=UTC)) / timedelta(days=1)


@pytest.fixture
def taker(engine: Engine, at_the_county: County) -> int:
    with transaction(engine) as connection:
        return add(connection, referents, **A_REFERENT | {"email": TAKING, "first_name": "Zoé", "last_name": "Cuenin"})


def another(engine: Engine, county: County, number: int) -> County:
    with transaction(engine) as connection:
        who = {"file_number": f"900{number}", "mobile": f"+3363998{number:04}"}
        person = add(connection, persons, **A_PERSON | who)
        case = add(connection, cases, person_id=person, referent_id=county.referent, **A_CASE)
    return County(person, county.referent, case)


def rows(engine: Engine, table: Any) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


def hand(jalon: Jalon, *more: str) -> Any:
    return jalon("referent", "handover", LEAVING, TAKING, *more)


def test_the_preview_says_who_takes_what_and_writes_nothing(
    jalon: Jalon, engine: Engine, at_the_county: County, taker: int
) -> None:
    an_appointment(engine, at_the_county, days=DAYS)
    shown = hand(jalon)
    assert shown.exit_code == 0
    assert "Zoé Cuenin reprend 1 dossier (de 0 à 1 pour 70 au plus)." in shown.stdout
    assert "1 rendez-vous garde son heure." in shown.stdout
    assert "Essai à blanc" in shown.stdout
    (told,) = [json.loads(line) for line in hand(jalon, "--json").stdout.splitlines()]
    assert told["same_hour"] == 1
    assert rows(engine, cases)[0].referent_id == at_the_county.referent
    assert rows(engine, messages) == rows(engine, journal) == []


def test_an_hour_that_is_free_stands_and_the_person_is_told_once(
    jalon: Jalon, engine: Engine, at_the_county: County, taker: int
) -> None:
    kept = an_appointment(engine, at_the_county, days=DAYS, notice_sent_on=TUESDAY.date())
    reminder = a_message(engine, at_the_county, appointment=kept, key="reminder")
    question = a_question(engine, at_the_county, QuestionKind.CALL, None)
    for _ in range(2):  # the second time there is nobody left to hand over
        assert hand(jalon, "--apply", *BY).exit_code == 0
    assert row_of(engine, appointments, kept).referent_id == taker
    assert row_of(engine, appointments, kept).starts_at == TUESDAY
    assert rows(engine, cases)[0].referent_id == taker
    assert row_of(engine, questions, question).referent_id == taker
    assert row_of(engine, messages, reminder).status == "pending"
    (news,) = [row for row in rows(engine, messages) if row.id != reminder]
    assert (news.template, news.appointment_id) == ("referent_changed_meeting", kept)
    (line,) = [row for row in rows(engine, journal) if row.kind == "handover"]
    assert line.subject == f"c{at_the_county.case} referent:{at_the_county.referent}>{taker} 2026-11-23"


def test_a_taken_hour_becomes_another_with_its_chain_and_its_reminders_anew(
    jalon: Jalon, engine: Engine, at_the_county: County, taker: int
) -> None:
    old = an_appointment(engine, at_the_county, days=DAYS, notice_sent_on=TUESDAY.date())
    reminder = a_message(engine, at_the_county, appointment=old, key="reminder")
    busy = another(engine, at_the_county, 1)
    with transaction(engine) as connection:
        connection.execute(cases.update().where(cases.c.id == busy.case).values(referent_id=taker))
    theirs = an_appointment(engine, busy, days=DAYS, referent_id=taker)
    assert "1 rendez-vous change d'heure." in hand(jalon, "--apply", *BY).stdout
    gone = row_of(engine, appointments, old)
    new = row_of(engine, appointments, gone.superseded_by)
    assert (gone.status, new.referent_id, new.created_by) == ("revoked", taker, "person:Hélène Marchal")
    other = row_of(engine, appointments, theirs)
    assert new.ends_at <= other.starts_at or other.ends_at <= new.starts_at
    assert row_of(engine, messages, reminder).status == "void"
    (news,) = [row for row in rows(engine, messages) if row.id != reminder]
    assert (news.template, news.appointment_id) == ("appointment_moved", new.id)


def test_nobody_is_double_booked_and_everybody_is_told_once(
    jalon: Jalon, engine: Engine, at_the_county: County, taker: int
) -> None:
    people = [at_the_county, *(another(engine, at_the_county, number) for number in range(1, 12))]
    for rank, person in enumerate(people[:8]):
        at = DAYS + rank % 3 / 24
        an_appointment(engine, person, days=at, notice_sent_on=TUESDAY.date(), key=f"own:{rank}")
        if rank % 2:
            an_appointment(engine, person, days=at + 0.001, referent_id=taker, key=f"theirs:{rank}")
    assert hand(jalon, "--apply", *BY).exit_code == 0
    assert {row.referent_id for row in rows(engine, cases)} == {taker}
    held = [row for row in rows(engine, appointments) if row.status == "planned" and row.created_by != "import"]
    everyone = [row for row in rows(engine, appointments) if row.status == "planned" and row.referent_id == taker]
    assert held, "nothing moved: nothing proved"
    for one, other in combinations(everyone, 2):
        if one in held or other in held:
            assert one.ends_at <= other.starts_at or other.ends_at <= one.starts_at
    told = Counter(row.case_id for row in rows(engine, messages))
    assert told == {person.case: 1 for person in people}


def test_who_has_not_been_summoned_yet_hears_of_one_name_only(
    jalon: Jalon, engine: Engine, at_the_county: County, taker: int
) -> None:
    kept = an_appointment(engine, at_the_county, days=DAYS)
    summons = a_message(engine, at_the_county, appointment=kept, key="summons", template="convocation")
    hand(jalon, "--apply", *BY)
    assert [row.id for row in rows(engine, messages)] == [summons]


def test_where_no_hour_is_left_the_appointment_is_called_off_and_said_so(
    jalon: Jalon, engine: Engine, at_the_county: County, taker: int
) -> None:
    old = an_appointment(engine, at_the_county, days=DAYS, notice_sent_on=TUESDAY.date())
    with transaction(engine) as connection:
        connection.execute(referents.update().where(referents.c.id == taker).values(working_days=""))
    assert "n'a plus de place : la nuit en proposera un autre" in hand(jalon, "--apply", *BY).stdout
    assert row_of(engine, appointments, old).status == "revoked"
    assert [row.template for row in rows(engine, messages)] == ["appointment_cancelled"]


def test_what_cannot_be_is_refused(jalon: Jalon, engine: Engine, at_the_county: County, taker: int) -> None:
    assert "Aucun référent à l'adresse" in jalon("referent", "handover", "rien@example.org", TAKING).stderr
    assert jalon("referent", "handover", LEAVING, LEAVING).exit_code == 1
    assert hand(jalon, "--apply").exit_code == 2
    with transaction(engine) as connection:
        connection.execute(insert(referents).values(territory="jura", **A_REFERENT | {"email": "jura@example.org"}))
    assert jalon("referent", "handover", LEAVING, "jura@example.org").exit_code == 1
