"""*Envois*: what leaves and at what price, two people for a held batch, what did not arrive, the switches."""

from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from store import schema as s
from store.engine import reading, transaction
from tests.county import add
from tests.messages.rows import AT, a_message
from tests.staff.conftest import SignIn, Staffed
from tests.staff.test_pages import lines, one
from tracks.vocabulary import DeskRole as R
from tracks.vocabulary import MessageStatus


@pytest.fixture
def sent(engine: Engine, staff: Staffed) -> dict[str, int]:
    """A batch held by the brake, one message free, one that may have arrived, one refused for a while, one for good."""
    with transaction(engine) as connection:
        case = connection.execute(select(s.cases).where(s.cases.c.id == staff.mine)).mappings().one()
        appointment = connection.scalar(select(s.appointments.c.id).order_by(s.appointments.c.id.desc()).limit(1))
        hold = add(connection, s.holds, scope="convocation", ceiling=1, counted=3, held_at=AT)
        at = {"person": case["person_id"], "case": staff.mine, "appointment": appointment}

        def message(name: str, **changes: Any) -> int:
            key = {} if name == "free" else {"key": f"m:{name}"}  # that of the free one is a night's
            return a_message(connection, **at, **key, **changes)

        kept = {"status": MessageStatus.HELD, "not_sent_because": "ceiling", "hold_id": hold}
        return {
            "hold": hold,
            "held": message("held", **kept),
            "free": message("free"),
            "unknown": message("unknown", status=MessageStatus.UNKNOWN),
            "temporary": message("temporary", status=MessageStatus.FAILED, failure="temporary"),
            "permanent": message("permanent", status=MessageStatus.FAILED, failure="permanent"),
        }


def test_a_held_batch_takes_two_people(engine: Engine, sit: SignIn, staff: Staffed, sent: dict[str, int]) -> None:
    seat, action = sit(R.COORDINATOR), f"/envois/h{sent['hold']}/accord"
    assert "1 message" in seat.get("/envois").text
    assert seat.press("/envois", action).headers["location"] == "/envois?dit=accord"
    page = seat.get("/envois").text
    assert "Premier accord : Compte coordinator" in page and action not in page
    from desk.web import proofs

    again = seat.client.post(action, data={"preuve": proofs.proof(seat.token, action, AT)})
    assert again.status_code == 409 and "autre personne" in again.text
    assert one(engine, s.messages, sent["held"])["status"] == "held"
    with transaction(engine) as connection:  # a colleague with a name of their own
        mine = s.accounts.c.id == staff.accounts[R.COORDINATOR]
        connection.execute(update(s.accounts).where(mine).values(name="Jean Colin"))
    assert seat.press("/envois", action).headers["location"] == "/envois?dit=libere"
    row = one(engine, s.messages, sent["held"])
    assert (row["status"], row["not_sent_because"]) == ("pending", None)
    assert len(lines(engine, "agree")) == len(lines(engine, "release")) == 1


def test_what_leaves_has_its_text_s_segments_and_what_holds_it(sit: SignIn, sent: dict[str, int]) -> None:
    page = sit(R.COORDINATOR).get("/envois").text
    assert f"m{sent['free']} ·" in page and f"m{sent['held']} ·" in page and "2 messages" in page
    assert "segment" in page and "plafond du jour" in page and "Élodie Visible" in page


def test_nothing_that_may_have_arrived_leaves_again_by_itself(
    engine: Engine, sit: SignIn, sent: dict[str, int]
) -> None:
    seat, page = sit(R.COORDINATOR), "/envois?voir=echecs"
    unknown, temporary, permanent = (f"/envois/m{sent[name]}" for name in ("unknown", "temporary", "permanent"))
    assert f"{permanent}/renvoyer" not in seat.get(page).text
    assert seat.press(page, f"{unknown}/renvoyer").status_code == 409
    assert one(engine, s.messages, sent["unknown"])["status"] == "unknown"
    assert seat.press(page, f"{unknown}/renvoyer", deux_fois="oui").status_code == 303
    assert seat.press(page, f"{temporary}/renvoyer").status_code == 303
    assert seat.press(page, f"{permanent}/annuler").status_code == 422  # no reason
    assert seat.press(page, f"{permanent}/annuler", motif="Vu en rendez-vous.").status_code == 303
    found = [one(engine, s.messages, sent[name])["status"] for name in ("unknown", "temporary", "permanent")]
    assert found == ["pending", "pending", "void"]
    batch = f"/envois/h{sent['hold']}/annuler"
    assert seat.press("/envois", batch, motif="Texte à refaire.").status_code == 303
    assert one(engine, s.messages, sent["held"])["details"]["voided"]["by"] == "Compte coordinator"


def test_a_switch_stops_a_track_and_a_channel_and_starts_them_again(
    engine: Engine, sit: SignIn, sent: dict[str, int]
) -> None:
    seat = sit(R.COORDINATOR)
    given = {"parcours": "objectif_emploi", "moyen": "sms", "motif": "Texte faux."}
    assert seat.press("/envois", "/envois/arret", **given | {"motif": ""}).status_code == 422
    assert seat.press("/envois", "/envois/arret", **given | {"parcours": "x"}).status_code == 422
    assert seat.press("/envois", "/envois/arret", **given).headers["location"] == "/envois?dit=arret"
    assert seat.press("/envois", "/envois/arret", **given).status_code == 409
    page = seat.get("/envois").text
    assert "Texte faux." in page and "par Compte coordinator" in page
    on = {"parcours": "objectif_emploi", "moyen": "sms"}
    assert seat.press("/envois", "/envois/reprise", **on).headers["location"] == "/envois?dit=reprise"
    with reading(engine) as connection:
        (row,) = connection.execute(select(s.stops)).mappings()
    assert (row["stopped_by"], row["resumed_by"]) == ("Compte coordinator", "Compte coordinator")


def test_the_messages_of_another_county_are_not_there(
    engine: Engine, sit: SignIn, staff: Staffed, sent: dict[str, int]
) -> None:
    from desk.web import proofs

    with transaction(engine) as connection:
        person = connection.scalar(select(s.cases.c.person_id).where(s.cases.c.id == staff.abroad))
        at = {"person": person, "case": staff.abroad, "territory": "ailleurs", "status": MessageStatus.UNKNOWN}
        theirs = a_message(connection, **at)
    seat = sit(R.COORDINATOR)
    page = seat.get("/envois?voir=echecs").text
    assert "Lointain" not in page and f"m{sent['unknown']} ·" in page
    for act in ("renvoyer", "annuler"):
        action = f"/envois/m{theirs}/{act}"
        given = {"preuve": proofs.proof(seat.token, action, AT), "motif": "x", "deux_fois": "oui"}
        assert seat.client.post(action, data=given).status_code == 404
    assert one(engine, s.messages, theirs)["status"] == "unknown"
