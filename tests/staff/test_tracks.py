"""*Parcours* without its scheduler, and a launch that says nothing more."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from desk.web import proofs
from store import launches
from store import schema as s
from store.engine import reading, transaction
from tests.messages.rows import AT, MONDAY
from tests.staff.conftest import SignIn, Staffed, act
from tests.web.conftest import Clock
from tracks.errors import JalonError
from tracks.vocabulary import DeskRole as R

PATH = "/parcours/objectif_emploi"


def a_night(engine: Engine) -> None:
    counts = {"cases": 412, "proposed": {"appointment": 41}, "written": {"appointment": 39}, "not_done": {"no_slot": 7}}
    with transaction(engine) as connection:
        row = {"territory": "doubs", "track": "objectif_emploi", "on_day": MONDAY, "started_at": act().at}
        connection.execute(s.runs.insert().values(**row, status="done", counts=counts))


def test_a_track_shows_its_drawing_its_versions_and_its_nights(engine: Engine, sit: SignIn, staff: Staffed) -> None:
    a_night(engine)
    listed = sit(R.AUDITOR).get("/parcours").text
    assert listed.count("<h2>") == 5 and "dernière nuit faite : 23 novembre 2026" in listed
    page = sit(R.REFERENT).get(PATH).text
    for said in ("tous les 10 à 15 jours", "C. trav. D.5411-14-1", "Version du 1ᵉʳ janvier 2024, en vigueur", ">412<"):
        assert said in page
    assert "Pas de créneau libre" in page and "essai à blanc" not in page  # not for a referent
    assert sit(R.COORDINATOR).get("/parcours/inconnu").status_code == 404


def test_without_a_scheduler_nothing_is_promised_and_nothing_recorded(
    engine: Engine, sit: SignIn, staff: Staffed
) -> None:
    seat = sit(R.COORDINATOR)
    page = seat.get(PATH).text
    assert "Le planificateur ne répond pas" in page and "jalon serve" in page and f'action="{PATH}' not in page
    proof = proofs.proof(seat.token, f"{PATH}/essai", AT)
    answer = seat.client.post(f"{PATH}/essai", data={"preuve": proof})
    assert answer.status_code == 409 and "Le planificateur ne répond pas" in answer.text
    with reading(engine) as connection:
        assert connection.execute(select(s.launches)).all() == []


def test_a_launch_is_one_at_a_time_and_a_dry_run_is_applied_once_and_fresh(engine: Engine, staff: Staffed) -> None:
    with transaction(engine) as connection:
        dry, new = launches.ask(connection, act(), track="objectif_emploi")
        assert launches.ask(connection, act(), track="objectif_emploi") == (dry, False) and new
        assert launches.ask(connection, act(), track="suivi_emploi")[1]
        launches.ended(connection, territory="doubs", launch=dry, status="done", at=act().at, counts={})
        done, new = launches.ask(connection, act(), track="objectif_emploi", after=dry)
        assert new
        launches.ended(connection, territory="doubs", launch=done, status="done", at=act().at, counts={})
        assert launches.ask(connection, act(), track="objectif_emploi", after=dry) == (done, False)


def test_what_must_not_be_applied_is_refused(engine: Engine, sit: SignIn, staff: Staffed, clock: Clock) -> None:
    with transaction(engine) as connection:
        dry, _ = launches.ask(connection, act(), track="objectif_emploi")
        with pytest.raises(JalonError, match="essai à blanc réussi"):
            launches.ask(connection, act(), track="objectif_emploi", after=dry)  # not ended
        launches.ended(connection, territory="doubs", launch=dry, status="done", at=act().at, counts={})
        with pytest.raises(JalonError, match="essai à blanc réussi"):
            launches.ask(connection, act(), track="suivi_emploi", after=dry)  # of another track
        with pytest.raises(JalonError, match="essai à blanc réussi"):
            launches.ask(connection, act("ailleurs"), track="objectif_emploi", after=dry)  # of another county
        late = replace(act(), at=act().at + timedelta(hours=3))
        with pytest.raises(JalonError, match="date trop"):
            launches.ask(connection, late, track="objectif_emploi", after=dry)


def test_a_launch_that_is_silent_is_ended_and_the_track_is_free_again(
    engine: Engine, sit: SignIn, staff: Staffed, clock: Clock
) -> None:
    with transaction(engine) as connection:
        launch, _ = launches.ask(connection, act(), track="objectif_emploi")
        launches.begun(connection, territory="doubs", launch=launch, run_id=None, cases=80, at=act().at)
        launches.went_on(connection, territory="doubs", launch=launch, cases_read=20, at=act().at)
    seat = sit(R.COORDINATOR)
    going = seat.get(f"{PATH}/l{launch}")
    assert "20 dossiers lus sur 80" in going.text and 'hx-trigger="every 2s"' in going.text
    assert "script-src 'self'" in going.headers["content-security-policy"]
    assert "unsafe" not in going.headers["content-security-policy"]
    assert "http-equiv" not in seat.get(f"{PATH}/l{launch}?suivre=non").text  # whoever wants it still, has it still
    assert seat.get(f"/parcours/suivi_emploi/l{launch}").status_code == 404
    clock.at += timedelta(minutes=31)
    page = seat.get(f"{PATH}/l{launch}")
    assert "Interrompu" in page.text and "script-src" not in page.headers["content-security-policy"]
    with transaction(engine) as connection:
        assert launches.ask(connection, act(), track="objectif_emploi")[1]
