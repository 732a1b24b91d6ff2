"""A duty not kept, on both databases: tied to the contract of its day, explained at any time, judged by that day."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from config.settings import TERRITORIES
from config.territory import load_territory
from store import breaches, contracts, outcomes, signing
from store.acts import Act
from store.case_rows import Reading
from store.cases import read_case
from store.dated import changed_circuits, circuit_on, note_circuits, note_duties
from store.engine import transaction
from store.schema import breaches as table
from store.schema import cases, circuit_history, contract_texts, duty_history, referents
from store.schema import contracts as versions
from tests.county import County, a_county, add
from tests.store.acts import ACT, NOW, TODAY, a_review, an_appointment, row_of
from tests.store.test_contracts import ENOUGH, a_draft
from tracks.case import Case
from tracks.errors import JalonError
from tracks.vocabulary import AppointmentStatus, Clause, Qualification, Refusal

DOUBS = load_territory(TERRITORIES / "doubs")
A_CONTRACT = {
    "kind": "engagement",
    "signed_on": date(2026, 6, 10),
    "starts_on": date(2026, 6, 10),
    "ends_on": date(2027, 6, 9),
    "clauses": "individual actions",
}
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def bound(engine: Engine, county: County) -> int:
    with transaction(engine) as connection:
        return add(connection, versions, person_id=county.person, **A_CONTRACT)


def alleged(engine: Engine, county: County, **changes: Any) -> int:
    with transaction(engine) as connection:
        said: dict[str, Any] = {"duty": Clause.ACTIONS, "day": YESTERDAY}
        return breaches.allege(connection, ACT, case=county.case, **said | changes)


def seen_tonight(engine: Engine, county: County, on: date = TODAY) -> Case:
    with transaction(engine) as connection:
        reading = Reading("doubs", "objectif_emploi", on, NOW + (on - TODAY), DOUBS.calendar)
        case = read_case(connection, reading, county.case)
        assert case
        return case


def test_it_keeps_the_version_of_its_day_and_is_noted_once(engine: Engine, county: County, bound: int) -> None:
    first, again = alleged(engine, county), alleged(engine, county)
    row = row_of(engine, table, first)
    assert first == again
    assert (row.contract_id, row.said_by, row.qualification, row.circuit) == (bound, "Oyku Demir", None, "B")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"day": date(2026, 6, 9)}, "Aucun contrat n'était en vigueur"),
        ({"duty": Clause.CONTACT_DETAILS}, "ne prévoyait pas ce devoir"),
        ({"duty": Clause.INDIVIDUAL}, "jalon outcome"),
        ({"day": TODAY + timedelta(days=1)}, "pas encore passé"),
        ({"duty": Refusal.REFUSED}, "retard est celui du service"),
    ],
)
def test_what_the_contract_of_that_day_does_not_ask_is_no_breach(
    engine: Engine, county: County, bound: int, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(JalonError, match=says):
        alleged(engine, county, **changes)


def test_a_refused_contract_is_tied_to_the_text_and_no_machine_counts_it(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        text = a_draft(connection, county.case)
        signing.diagnose(connection, ACT, case=county.case, day=TODAY)
        contracts.offer(connection, ACT, case=county.case, accepted=None)
    with pytest.raises(JalonError, match="retard est celui du service"):
        alleged(engine, county, duty=Refusal.REFUSED, day=TODAY)
    with transaction(engine) as connection:
        signing.propose(connection, ACT, case=county.case, interviews=ENOUGH)
    noted = alleged(engine, county, duty=Refusal.REFUSED, day=TODAY)
    assert row_of(engine, table, noted).text_id == text == row_of(engine, contract_texts, text).id
    with transaction(engine) as connection:
        breaches.qualify(connection, ACT, breach=noted, said=Qualification.INADMISSIBLE)
    assert seen_tonight(engine, county).breaches == ()


def test_an_explanation_opens_the_question_again_and_a_withdrawn_one_counts_for_nothing(
    engine: Engine, county: County, bound: int
) -> None:
    noted = alleged(engine, county)
    with transaction(engine) as connection:
        breaches.qualify(connection, ACT, breach=noted, said=Qualification.INADMISSIBLE)
        breaches.excuse(connection, ACT, breach=noted, said=breaches.Excuse(reason="transport", on=TODAY))
    (breach,) = seen_tonight(engine, county).breaches
    assert (breach.qualification, breach.excused_on) == (None, TODAY)
    assert row_of(engine, table, noted).reason == "legitimate_logistics"
    with transaction(engine) as connection:
        breaches.withdraw(connection, ACT, breach=noted)
        with pytest.raises(JalonError, match="retiré depuis"):
            breaches.qualify(connection, ACT, breach=noted, said=Qualification.INADMISSIBLE)
    assert seen_tonight(engine, county).breaches == ()


def test_a_reason_is_a_code(engine: Engine, county: County, bound: int) -> None:
    noted = alleged(engine, county)
    with transaction(engine) as connection, pytest.raises(JalonError, match="Aucun détail"):
        breaches.excuse(connection, ACT, breach=noted, said=breaches.Excuse(reason="lombalgie", on=TODAY))


def test_an_open_review_learns_what_no_longer_holds(engine: Engine, county: County, bound: int) -> None:
    missed = [
        an_appointment(engine, county, days=-n, status="noshow", qualification="unexplained", qualified_by="X")
        for n in (10, 20)
    ]
    assert missed == [1, 2]  # the pieces of `a_review`
    review = a_review(engine, county)
    (before,) = seen_tonight(engine, county).reviews
    assert (before.explained, len(before.held)) == ((), 2)
    with transaction(engine) as connection:
        said = outcomes.Said(status=AppointmentStatus.EXCUSED, reason="transport")
        outcomes.say(connection, ACT, appointment=1, said=said)
    (after,) = seen_tonight(engine, county).reviews
    assert (after.id, after.explained, after.held) == (review, (TODAY,), (TODAY - timedelta(days=20),))


def test_duties_are_those_of_the_day(engine: Engine, county: County) -> None:
    left, back = date(2026, 9, 1), date(2026, 10, 1)
    with transaction(engine) as connection:
        note_duties(connection, territory="doubs", on=date(2026, 6, 1))
        for day, under in ((left, False), (left, True), (left, False), (back, True)):
            connection.execute(update(cases).where(cases.c.id == county.case).values(under_duties=under))
            note_duties(connection, territory="doubs", on=day)
            note_duties(connection, territory="doubs", on=day)
        assert len(connection.execute(select(duty_history)).all()) == 3
    case = seen_tonight(engine, county)
    days = (date(2026, 5, 1), date(2026, 8, 31), left, date(2026, 9, 30), back)
    assert [case.under_duties_on(day) for day in days] == [True, True, False, False, True]


def test_a_circuit_is_that_of_the_day(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        other = a_county(connection, territory="jura")
        note_circuits(connection, territory="doubs", on=date(2026, 6, 1))
        assert changed_circuits(connection, territory="doubs") == {}
        connection.execute(update(referents).values(circuit="A"))
        note_circuits(connection, territory="doubs", on=date(2026, 10, 1))
        (spans,) = changed_circuits(connection, territory="doubs").values()
        assert other.referent not in set(connection.scalars(select(circuit_history.c.referent_id)))
    assert [circuit_on(spans, day) for day in (date(2026, 1, 1), date(2026, 9, 30), date(2026, 10, 1))] == [
        "B",
        "B",
        "A",
    ]
    an_appointment(engine, county, days=-60, status="noshow")
    an_appointment(engine, county, days=-10, status="noshow")
    assert [a.circuit for a in seen_tonight(engine, county).appointments] == ["B", "A"]


def test_another_county_cannot_touch_it(engine: Engine, county: County, bound: int) -> None:
    noted = alleged(engine, county)
    theirs = Act(territory="jura", by="Oyku Demir", at=NOW, on=TODAY)
    with transaction(engine) as connection, pytest.raises(JalonError, match="introuvable"):
        breaches.withdraw(connection, theirs, breach=noted)
