"""What a strict reader of the night found: each test is a defect that was there once."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from config.settings import TERRITORIES
from config.territory import load_territory
from store.acts import Act
from store.engine import reading, transaction
from store.findings import NOBODY_LEFT
from store.outcomes import Said, say
from store.passes import take_lease
from store.schema import (
    appointments,
    cases,
    checks,
    contracts,
    leases,
    letters,
    messages,
    persons,
    questions,
    referents,
    review_evidence,
    reviews,
    runs,
)
from tasks import lease
from tasks.night import NightResult, close, decide_and_write, night, open_night, wall_clock
from tests.county import A_REFERENT, County, a_county, add
from tests.intake.files import PARCOURS, REFERENT, RENDEZ_VOUS, USAGER, Intakes
from tests.store.acts import NOW, a_question, a_review, an_appointment
from tracks import keys
from tracks.errors import JalonError
from tracks.vocabulary import AppointmentStatus, Qualification, QuestionKind

MONDAY = date(2026, 11, 23)
DOUBS = load_territory(TERRITORIES / "doubs")
TRACK = "objectif_emploi"


def run(engine: Engine, on: date = MONDAY, track: str = TRACK) -> NightResult:
    return night(engine, DOUBS, track, on=on, apply=True)


def rows(engine: Engine, table: Any, **where: Any) -> list[Any]:
    with reading(engine) as connection:
        statement = select(table).order_by(*table.primary_key)
        return list(connection.execute(statement.where(*(table.c[name] == value for name, value in where.items()))))


def change(engine: Engine, table: Any, id_: int, **values: Any) -> None:
    with transaction(engine) as connection:
        connection.execute(update(table).where(table.c.id == id_).values(**values))


def test_an_appointment_that_the_county_books_over_ours_does_not_break_the_night(
    engine: Engine, county: County
) -> None:
    assert run(engine).written["appointment"] == 1
    (ours,) = rows(engine, appointments)
    with transaction(engine) as connection:
        other = add(
            connection,
            cases,
            person_id=county.person,
            referent_id=county.referent,
            track="objectif_competences",
            entered_on=date(2026, 6, 1),
            under_duties=True,
        )
    an_appointment(
        engine,
        County(county.person, county.referent, other),
        days=0,
        starts_at=ours.starts_at,
        ends_at=ours.ends_at,
        known_on=date(2026, 11, 24),
    )
    done = run(engine, date(2026, 11, 24))
    assert done.written["service_alert"] >= 1


def test_two_appointments_of_ours_at_once_stop_the_night(sqlite_engine: Engine) -> None:
    with transaction(sqlite_engine) as connection:
        county = a_county(connection)
    for key in ("one", "two"):
        an_appointment(sqlite_engine, county, days=8, created_by="run:1", key=key)
    with pytest.raises(JalonError, match="overlaps"):
        run(sqlite_engine)


def test_what_is_planned_follows_a_person_whom_the_county_moves(engine: Engine, tmp_path: Path) -> None:
    intakes = Intakes(engine, tmp_path)
    for row in (REFERENT, USAGER, PARCOURS, RENDEZ_VOUS):
        assert intakes.rows(row).created == 1
    assert run(engine).written["appointment"] == 1
    intakes.rows(
        PARCOURS | {"Date de sortie": "24/11/2026"},
        PARCOURS | {"Parcours": "Objectif compétences", "Date d'entrée": "24/11/2026"},
        on=date(2026, 11, 24),
    )
    old, new = rows(engine, cases)
    past, planned = rows(engine, appointments)
    assert (past.case_id, planned.case_id) == (old.id, new.id)
    assert {row.case_id for row in rows(engine, messages, appointment_id=planned.id)} == {new.id}
    assert run(engine, date(2026, 11, 24), "objectif_competences").written["appointment"] == 0


def ready_for_review(engine: Engine, county: County) -> list[int]:
    """Two unexplained absences, all proved, an invitation whose delay is over, one appointment to come; their ids."""
    with transaction(engine) as connection:
        add(
            connection,
            contracts,
            person_id=county.person,
            kind="engagement",
            signed_on=date(2026, 6, 10),
            starts_on=date(2026, 6, 10),
            clauses="individual collective",
        )
        add(
            connection,
            letters,
            person_id=county.person,
            kind="invitation_to_regularise",
            sent_on=date(2026, 10, 26),
            channel="lettre",
            received_on=date(2026, 10, 27),
            delay_days=15,
        )
    told = {"notice_channel": "email", "notice_proof": "delivered"}
    missed = {"status": "noshow", "qualification": "unexplained", "qualified_by": "Oyku Demir", **told}
    return [
        an_appointment(engine, county, days=-52, notice_sent_on=date(2026, 9, 18), **missed),
        an_appointment(engine, county, days=-38, notice_sent_on=date(2026, 10, 2), **missed),
        an_appointment(engine, county, days=4, notice_sent_on=date(2026, 11, 12), **told),
    ]


def test_the_file_of_this_county_opens_when_nobody_says_anything(engine: Engine, county: County) -> None:
    ready_for_review(engine, county)
    assert run(engine).written["review"] == 1
    assert not any(run(engine).written.values())


def test_nobody_is_escalated_whom_the_service_cannot_meet(engine: Engine, county: County) -> None:
    """All is proved and the rhythm still holds: a file would open, were there a slot to offer."""
    *_, planned = ready_for_review(engine, county)
    missed = {"status": "noshow", "qualification": "unexplained", "qualified_by": "Oyku Demir"}
    told = {"notice_channel": "email", "notice_proof": "delivered", "notice_sent_on": date(2026, 10, 20)}
    change(engine, appointments, planned, starts_at=NOW - timedelta(days=15), **missed, **told)
    with transaction(engine) as connection:
        connection.execute(update(letters).values(received_on=date(2026, 10, 27)))
    change(engine, referents, county.referent, working_days="")
    for day in (MONDAY, MONDAY + timedelta(days=1)):
        done = run(engine, day)
        assert (done.written["review"], done.not_done["no_slot"]) == (0, 1)
        assert done.not_done["check:service_late"] == 1
    assert [(row.precondition, row.closed_on) for row in rows(engine, checks)] == [("service_late", None)]
    (review,) = rows(engine, reviews, rule="no_slot")
    assert "aucun créneau libre. Il manque 45\u202fmin entre le" in review.reason
    change(engine, referents, county.referent, working_days="1 2 4 5")
    assert run(engine, MONDAY + timedelta(days=2)).written["appointment"] == 1
    assert run(engine, MONDAY + timedelta(days=3)).written["review"] == 1
    assert rows(engine, checks)[0].closed_on is not None


def test_an_excuse_given_while_the_night_decides_wins(engine: Engine, county: County) -> None:
    first, *_ = ready_for_review(engine, county)

    def excused(_cases: int) -> None:
        with transaction(engine) as connection:
            act = Act(territory="doubs", by="Oyku Demir", at=NOW, on=MONDAY)
            said = Said(status=AppointmentStatus.NOSHOW, qualification=Qualification.ADMISSIBLE)
            say(connection, act, appointment=first, said=said)

    done = night(engine, DOUBS, TRACK, on=MONDAY, apply=True, progress=excused)
    assert (done.proposed["review"], done.written["review"], rows(engine, reviews)) == (1, 0, [])
    (case,) = rows(engine, cases)
    assert case.next_step == "appointment:2026-11-27"


def test_the_lease_of_a_night_that_was_killed_keeps_nobody_waiting_for_long(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        killed = {"territory": "doubs", "name": "night", "holder": "run:0"}
        take_lease(
            connection, **killed, now=wall_clock() - timedelta(minutes=lease.MINUTES, seconds=-1), minutes=lease.MINUTES
        )
    assert run(engine).written["appointment"] == 1
    assert lease.WAIT_SECONDS > 60 * lease.MINUTES


def test_a_night_that_lost_its_lease_writes_nothing_more(engine: Engine, county: County) -> None:
    def lose_it(_cases: int) -> None:
        with transaction(engine) as connection:
            connection.execute(update(leases).values(holder="run:other"))

    with pytest.raises(JalonError, match="une autre a pris sa place"):
        night(engine, DOUBS, TRACK, on=MONDAY, apply=True, progress=lose_it)
    assert rows(engine, appointments) == []
    assert [row.holder for row in rows(engine, leases)] == ["run:other"]


def test_a_late_night_that_waited_for_a_later_one_does_nothing(engine: Engine, county: County) -> None:
    tuesday = MONDAY + timedelta(days=1)
    late = open_night(engine, DOUBS, TRACK, on=MONDAY, apply=True)
    assert run(engine, tuesday).written["appointment"] == 1
    done = decide_and_write(engine, DOUBS, TRACK, on=MONDAY, apply=True, run_id=late)
    close(engine, DOUBS, done, {})
    assert (done.no_op, done.cases) == (True, 0)
    assert [(row.on_day, row.status) for row in rows(engine, runs)] == [(MONDAY, "no_op"), (tuesday, "done")]


@pytest.mark.parametrize(("because", "again"), [("paused", 1), (None, 1), ("by_hand", 0)])
def test_a_summons_that_events_dropped_is_written_anew(
    engine: Engine, county: County, because: str | None, again: int
) -> None:
    run(engine)
    (summons,) = rows(engine, messages, template="convocation")
    change(engine, messages, summons.id, status="void", not_sent_because=because)
    assert run(engine, MONDAY + timedelta(days=1)).written.get("convocation", 0) == again
    (row,) = rows(engine, messages, template="convocation")
    assert (row.status, row.planned_on == MONDAY) == (("pending", False) if again else ("void", True))
    assert run(engine, MONDAY + timedelta(days=1)).written.get("convocation", 0) == 0


def test_an_invitation_that_never_left_is_written_anew(engine: Engine, county: County) -> None:
    ready_for_review(engine, county)
    change(engine, persons, county.person, address="51 rue de Belfort", postcode_city="25220 Thise")
    with transaction(engine) as connection:
        connection.execute(letters.delete())
    a_question(
        engine,
        county,
        QuestionKind.CALL,
        None,
        key=keys.question(QuestionKind.CALL, county.case, "2026-10-16"),
        asked_on=date(2026, 11, 2),
        closed_on=date(2026, 11, 3),
        closed_by="person:Oyku Demir",
    )
    assert run(engine).written["invitation_to_regularise"] == 1
    (letter,) = rows(engine, messages, template="invitation_to_regularise")
    change(engine, messages, letter.id, status="too_late", not_sent_because="too_late")
    assert run(engine, MONDAY + timedelta(days=1)).written["invitation_to_regularise"] == 1
    (letter,) = rows(engine, messages, template="invitation_to_regularise")
    assert (letter.status, letter.not_sent_because) == ("pending", None)


def test_what_is_asked_about_somebody_who_left_closes_with_them(engine: Engine, county: County) -> None:
    past = an_appointment(engine, county, days=-5)
    change(engine, persons, county.person, address=None)
    assert run(engine).written["outcome_request"] == 1
    with transaction(engine) as connection:
        check = {"precondition": "no_contract", "since": MONDAY, "why": "…", "policy_version": "v1"}
        add(connection, checks, case_id=county.case, **check)
    change(engine, cases, county.case, left_on=MONDAY + timedelta(days=1), exit_reason="Sortie du dispositif")
    done = run(engine, MONDAY + timedelta(days=2))
    assert (done.written["question_closed"], done.written["check_closed"]) == (1, 1)
    (question,), (closed,) = rows(engine, questions, subject_id=past), rows(engine, checks)
    assert question.closed_on == closed.closed_on == MONDAY + timedelta(days=2)
    assert not any(run(engine, MONDAY + timedelta(days=2)).written.values())


@pytest.mark.parametrize(("status", "closed"), [("planned", 0), ("seen", 1)])
def test_after_a_change_of_track_an_outcome_is_asked_until_it_is_known(
    engine: Engine, county: County, status: str, closed: int
) -> None:
    past = an_appointment(engine, county, days=-5)
    assert run(engine).written["outcome_request"] == 1
    change(engine, cases, county.case, left_on=MONDAY, exit_reason="change:suivi_emploi")
    change(engine, appointments, past, status=status)
    assert run(engine, MONDAY + timedelta(days=1)).written.get("question_closed", 0) == closed


def test_a_person_whose_file_is_open_in_another_track_has_no_second_one(engine: Engine, county: County) -> None:
    ready_for_review(engine, county)
    with transaction(engine) as connection:
        other = add(
            connection,
            cases,
            person_id=county.person,
            referent_id=county.referent,
            track="objectif_competences",
            entered_on=date(2026, 2, 1),
            left_on=date(2026, 5, 1),
            under_duties=True,
        )
    a_review(engine, County(county.person, county.referent, other))
    done = run(engine)
    assert (done.written["review"], done.not_done.get("open_review")) == (0, 1)


def test_a_finding_says_what_is_true_tonight(engine: Engine, county: County) -> None:
    change(engine, referents, county.referent, capacity=0)
    run(engine)
    _, overload = findings(engine)
    assert overload == "1 personne suivie pour 0 places prévues."
    with transaction(engine) as connection:
        signed = {"kind": "engagement", "signed_on": date(2026, 11, 23), "starts_on": date(2026, 11, 23), "clauses": ""}
        add(connection, contracts, person_id=county.person, **signed)
    change(engine, referents, county.referent, capacity=70)
    run(engine, MONDAY + timedelta(days=1))
    assert findings(engine) == [NOBODY_LEFT, NOBODY_LEFT]
    assert not rows(engine, review_evidence)
    assert not any(run(engine, MONDAY + timedelta(days=1)).written.values())


def test_the_evidence_of_a_finding_is_that_of_tonight(engine: Engine, county: County) -> None:
    change(engine, referents, county.referent, working_days="")
    notes = []
    for day in (MONDAY, MONDAY + timedelta(days=3)):
        assert run(engine, day).not_done["no_slot"] == 1
        (review,) = rows(engine, reviews, rule="no_slot")
        notes += [row.note for row in rows(engine, review_evidence, review_id=review.id)]
    assert len(set(notes)) == 2


def findings(engine: Engine) -> list[str]:
    return [row.reason for row in rows(engine, reviews) if row.rule in ("contract_unsigned", "overload")]


def test_somebody_without_a_referent_is_said_so(engine: Engine, county: County) -> None:
    change(engine, cases, county.case, referent_id=None)
    run(engine)
    (review,) = rows(engine, reviews, rule="no_slot")
    assert review.reason == "1 personne n'a pas de référent désigné : aucun rendez-vous ne peut être fixé."
    (piece,) = rows(engine, review_evidence, review_id=review.id)
    assert piece.note == "Aucun référent n'est désigné : aucun rendez-vous ne peut être fixé."


def test_the_circuit_of_an_absence_is_that_of_its_own_referent(engine: Engine, county: County) -> None:
    first, *_ = ready_for_review(engine, county)
    with transaction(engine) as connection:
        theirs = A_REFERENT | {"email": "conseil@example.org", "body": "France Travail", "circuit": "A"}
        change_to = add(connection, referents, **theirs)
    change(engine, appointments, first, referent_id=change_to)
    assert run(engine).written["review"] == 0
    assert [row.precondition for row in rows(engine, checks)] == ["other_circuit"]
