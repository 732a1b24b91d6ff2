"""What people answer: each action once, with its effect, its line in the journal and its place before the referent."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select

from store import schema as s
from store.acts import Act
from store.declarations import replaced, undo
from store.digests import plan_digests
from store.engine import reading, transaction
from store.mornings import read_mornings
from tasks.digest_text import for_referent
from tasks.intake_load import without_stale
from tests.messages.rows import AT, TUESDAY_8, doubs
from tests.web.conftest import Clock
from tests.web.links import a_check_in


def proof_in(page: str, name: str) -> str:
    found = re.search(rf'action="[^"]*/{name}"[^>]*>\s*<input type="hidden" name="proof" value="([^"]+)"', page)
    assert found, page
    return found[1]


def answer(phone: httpx.Client, path: str, name: str, **fields: Any) -> httpx.Response:
    """Open the form as a person does, fill it, send it; the answer itself, not where it leads."""
    shown = phone.get(path if name == "venir" else f"{path}/{name}")
    assert shown.status_code == 200, shown.text
    return phone.post(f"{path}/{name}", data={"proof": proof_in(shown.text, name)} | fields)


def all_of(engine: Engine, table: Any) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(table).order_by(table.c.id)).mappings())


def test_the_page_says_when_where_with_whom_and_nothing_else(phone: httpx.Client, path: str) -> None:
    page = phone.get(path).text
    for said in ("Mardi 8 décembre à 10\u202fh", "CMS de Planoise", "Öykü D.", 'href="tel:+33381581137"'):
        assert said in page
    for hidden in ("Inès", "Exemple", "Demir", "0250001", "RSA", "objectif", "obligation", "sanction", "dossier"):
        assert hidden not in page


def test_somebody_comes(engine: Engine, phone: httpx.Client, path: str) -> None:
    done = answer(phone, path, "venir")
    assert (done.status_code, done.headers["location"]) == (303, f"{path}?fait=venir")
    assert "Vous venez." in phone.get(done.headers["location"]).text
    assert "Vous venez." in phone.get(path).text
    (said,) = all_of(engine, s.answers)
    assert (said["kind"], said["reason"], said["given_at"]) == ("coming", None, AT)
    assert all_of(engine, s.questions) == []  # it asks for nothing


def test_somebody_cannot_come(engine: Engine, phone: httpx.Client, path: str, outbox: Path) -> None:
    """An excuse before: the appointment is off, its reminders too, and the referent finds another moment."""
    done = answer(phone, path, "empechement", motif="enfant", note="Je peux le mercredi.")
    assert done.status_code == 303
    (meeting,) = all_of(engine, s.appointments)
    assert (meeting["status"], meeting["reason"], meeting["qualification"]) == ("excused", "legitimate_logistics", None)
    (said,) = all_of(engine, s.answers)
    assert (said["kind"], said["note"]) == ("not_coming", "Je peux le mercredi.")
    (question,) = all_of(engine, s.questions)
    assert question["why"] == (
        "Ne peut pas venir mardi 8 décembre à 10\u202fh (garde d'enfant) : un autre moment est à fixer."
    )
    assert question["closed_on"] is None and question["coordinator_from"].isoformat() == "2026-11-26"
    assert [sign["kind"] for sign in all_of(engine, s.signals)] == ["reply"]
    page = phone.get(path).text
    assert "Vous ne pouvez pas venir." in page and "Je viens" not in page
    assert phone.get(f"{path}/empechement").status_code == 303


def test_somebody_would_like_another_time(engine: Engine, phone: httpx.Client, path: str) -> None:
    done = answer(phone, path, "autre-moment", moment=["2-matin", "4-apres", "9-nuit"])
    assert done.status_code == 303
    (said,) = all_of(engine, s.answers)
    assert said["wishes"] == "2-matin 4-apres"
    (question,) = all_of(engine, s.questions)
    assert question["why"].endswith(", de préférence mardi matin et jeudi après-midi.")
    assert [m["status"] for m in all_of(engine, s.appointments)] == ["planned"]


def test_after_the_hour_an_answer_is_an_explanation(
    engine: Engine, phone: httpx.Client, path: str, clock: Clock
) -> None:
    proof = proof_in(phone.get(f"{path}/empechement").text, "empechement")
    clock.at = TUESDAY_8
    page = phone.get(path).text
    assert "Dire ce qui s’est passé" in page and "Je viens" not in page
    late = phone.post(f"{path}/empechement", data={"proof": proof, "motif": "enfant"})
    assert late.status_code in (303, 403) and all_of(engine, s.answers) == []
    assert answer(phone, path, "expliquer", motif="transport").status_code == 303
    (meeting,) = all_of(engine, s.appointments)
    assert (meeting["status"], meeting["qualification"]) == ("planned", None)  # a person says what it was
    (question,) = all_of(engine, s.questions)
    assert question["why"] == "Dit ce qui s'est passé mardi 8 décembre à 10\u202fh : transport."
    assert len(all_of(engine, s.signals)) == 1


def test_news_reach_the_referent(engine: Engine, phone: httpx.Client, outbox: Path) -> None:
    path = a_check_in(engine, outbox)
    assert "Comment allez-vous" in phone.get(path).text
    assert answer(phone, path, "nouvelles", nouvelles="appel").status_code == 303
    assert [q["why"] for q in all_of(engine, s.questions)] == ["Souhaite qu'on l'appelle."]


def test_new_contact_details_are_used_and_the_former_ones_kept(engine: Engine, phone: httpx.Client, path: str) -> None:
    done = answer(phone, path, "coordonnees", telephone="06 39 98 77 77", adresse="2 rue Neuve", ville="25000 Besançon")
    assert done.status_code == 303
    (person,) = all_of(engine, s.persons)
    assert (person["mobile"], person["address"], person["email"]) == (
        "+33639987777",
        "2 rue Neuve",
        "personne1@example.org",
    )
    kept = {row["field"]: (row["old_value"], row["new_value"]) for row in all_of(engine, s.declarations)}
    assert kept == {
        "mobile": ("+33639980001", "+33639987777"),
        "address": ("51 rue de Belfort", "2 rue Neuve"),
        "postcode_city": ("25220 Thise", "25000 Besançon"),
    }
    assert {row["declared_on"] for row in all_of(engine, s.declarations)} == {AT.date()}
    assert len(all_of(engine, s.questions)) == 1
    page = phone.get(done.headers["location"]).text
    assert "C’est noté" in page and "63998" not in page


def test_what_we_have_already_is_not_told(engine: Engine, phone: httpx.Client, path: str) -> None:
    """The same thanks, so that nobody learns from the page which number we have."""
    known = answer(phone, path, "coordonnees", telephone="06 39 98 00 01")
    new = answer(phone, path, "coordonnees", telephone="06 39 98 00 02")
    assert known.headers["location"] == new.headers["location"]
    assert len(all_of(engine, s.declarations)) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Écrivez au moins ce qui a changé"),
        ({"telephone": "08 99 00 00 00"}, "Ce numéro ne peut pas être appelé"),
        ({"telephone": "abc"}, "Ce numéro ne peut pas être appelé"),
        ({"email": "ines@"}, "Cette adresse n’est pas complète"),
        ({"adresse": "2 rue Neuve"}, "Il manque le code postal"),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_nothing_is_written(
    engine: Engine, phone: httpx.Client, path: str, fields: dict[str, str], said: str
) -> None:
    shown = answer(phone, path, "coordonnees", **fields)
    assert shown.status_code == 422
    assert said in shown.text and 'role="alert"' in shown.text
    assert all_of(engine, s.answers) == all_of(engine, s.declarations) == []


def test_no_more_messages_by_this_channel(engine: Engine, phone: httpx.Client, path: str, outbox: Path) -> None:
    assert "Ne plus recevoir de SMS" in phone.get(path).text
    assert answer(phone, path, "ne-plus-ecrire").status_code == 303
    (person,) = all_of(engine, s.persons)
    assert person["refused_channels"] == "sms"
    assert len(all_of(engine, s.questions)) == 1


@pytest.mark.parametrize("name", ["venir", "autre-moment", "empechement", "coordonnees", "ne-plus-ecrire"])
def test_said_twice_it_is_one_answer(engine: Engine, phone: httpx.Client, path: str, name: str) -> None:
    shown = phone.get(path if name == "venir" else f"{path}/{name}").text
    data = {"proof": proof_in(shown, name), "motif": "travail", "telephone": "06 39 98 77 77"}
    statuses = [phone.post(f"{path}/{name}", data=data).status_code for _ in range(3)]
    assert statuses == [303, 303, 303]
    assert len(all_of(engine, s.answers)) == 1
    assert len(all_of(engine, s.questions)) == (0 if name == "venir" else 1)
    assert len([line for line in all_of_journal(engine) if line["kind"] == "answer_given"]) == 1


def all_of_journal(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(s.journal).order_by(s.journal.c.seq)).mappings())


def test_a_changed_mind_counts(engine: Engine, phone: httpx.Client, path: str) -> None:
    for name in ("venir", "autre-moment", "venir", "empechement"):
        assert answer(phone, path, name, motif="autre").status_code == 303
        if name == "autre-moment":
            assert "Je viens" in phone.get(path).text
    kinds = [row["kind"] for row in all_of(engine, s.answers)]
    assert kinds == ["coming", "another_time", "coming", "not_coming"]


def test_the_referent_reads_every_answer_the_next_morning(engine: Engine, phone: httpx.Client, path: str) -> None:
    """And what asks for something stays open until somebody has dealt with it."""
    tuesday = datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert answer(phone, path, "venir").status_code == 303
    assert answer(phone, path, "autre-moment", moment="2-matin", note="Merci.").status_code == 303
    with reading(engine) as connection:
        calendar = doubs().calendar
        referent = all_of(engine, s.referents)[0]["id"]
        (morning,) = read_mornings(
            connection, territory="doubs", today=tuesday.date(), referents=[referent], calendar=calendar
        ).values()
    text = for_referent(morning, today=tuesday.date(), calendar=calendar).text
    assert "Réponses reçues : Inès E. vient mar. 8 déc. 10\u202fh · Inès E. voudrait un autre moment que" in text
    assert "« Merci. »" in text
    assert "À lire : Inès E. – Voudrait un autre moment que mardi 8 décembre" in text
    with transaction(engine) as connection:
        due_at = tuesday + timedelta(hours=1)
        rows = {"territory": "doubs", "day": tuesday.date(), "due_at": due_at, "useful_until": due_at, "run_id": None}
        assert plan_digests(connection, coordinators=0, **rows) == 1


def test_the_countys_file_does_not_undo_what_the_person_declared(
    engine: Engine, phone: httpx.Client, path: str
) -> None:
    """It says the old number for months; another one is news, and wins."""
    answer(phone, path, "coordonnees", telephone="06 39 98 77 77")
    (person,) = all_of(engine, s.persons)
    with reading(engine) as connection:
        stale = replaced(connection, territory="doubs")
    line = {"mobile": "+33639980001", "email": "autre@example.org", "email_to_check": False}
    assert without_stale(dict(person), line, stale) == line | {"mobile": None}
    news = {"mobile": "+33639981111"}
    assert without_stale(dict(person), news, stale) == news
    (declaration,) = all_of(engine, s.declarations)
    with transaction(engine) as connection:
        undo(connection, Act(territory="doubs", by="Öykü Demir", at=AT, on=AT.date()), declaration=declaration["id"])
        assert replaced(connection, territory="doubs") == {}
    assert all_of(engine, s.persons)[0]["mobile"] == "+33639980001"
