"""What the pages do: one click each, signed in the journal; whoever comes second is told; reads are noted."""

import re
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, event, insert, select, update

from desk.web.staff.today import ANSWERS
from store import journal
from store import schema as s
from store.engine import reading, transaction
from tests.county import add
from tests.messages.rows import AT, MONDAY, a_case, a_message, a_person
from tests.staff.conftest import SignIn, Staffed, a_question, a_review
from tracks.vocabulary import AnswerKind, QuestionKind
from tracks.vocabulary import DeskRole as R


def one(engine: Engine, table: Any, id_: int) -> Any:
    with reading(engine) as connection:
        return connection.execute(select(table).where(table.c.id == id_)).mappings().one()


def lines(engine: Engine, kind: str) -> list[Any]:
    with reading(engine) as connection:
        found = select(s.journal.c.actor, s.journal.c.subject).where(s.journal.c.kind == kind)
        return [tuple(row) for row in connection.execute(found)]


def test_an_outcome_is_one_click_signed_by_the_account(engine: Engine, sit: SignIn, staff: Staffed) -> None:
    seat, action = sit(R.REFERENT), f"/questions/{staff.outcome}"
    page = seat.get("/").text
    assert "Que s’est-il passé" in page and "avant le mercredi 25 novembre" in page and "Pourquoi outcome" in page
    answer = seat.press("/", action, suite="seen")
    assert answer.headers["location"] == "/?dit=note#suites"
    told = seat.get("/?dit=note").text
    assert 'role="status">C’est noté.' in told and action not in told
    row = one(engine, s.appointments, staff.past)
    assert (row["status"], row["status_by"]) == ("seen", "Compte referent")
    assert lines(engine, "outcome") == [(journal.person("Compte referent"), f"a{staff.past} planned>seen")]
    assert one(engine, s.questions, staff.outcome)["closed_by"] == "person:Compte referent"


def test_whoever_comes_second_is_told_and_changes_nothing(engine: Engine, sit: SignIn, staff: Staffed) -> None:
    first, second, action = sit(R.REFERENT), sit(R.COORDINATOR), f"/questions/{staff.outcome}"
    with transaction(engine) as connection:  # left to the coordinator too
        due = update(s.questions).where(s.questions.c.id == staff.outcome).values(coordinator_from=MONDAY)
        connection.execute(due)
    page = second.get("/").text
    first.press("/", action, suite="seen")
    proof = re.search(rf'action="{action}"[^>]*>\s*<input[^>]*value="([^"]+)"', page)
    assert proof
    late = second.client.post(action, data={"suite": "noshow", "preuve": proof[1]})
    assert late.headers["location"] == "/?dit=deja"
    assert one(engine, s.appointments, staff.past)["status"] == "seen"
    assert len(lines(engine, "outcome")) == 1


def test_each_kind_of_question_has_its_own_action(engine: Engine, sit: SignIn, staff: Staffed) -> None:
    with transaction(engine) as connection:
        case = one(engine, s.cases, staff.mine)
        wanted = {"person_id": case["person_id"], "action": "cv", "label": "Refaire le CV", "prescribed_on": MONDAY}
        prescribed = add(connection, s.prescribed_actions, **wanted, due_on=MONDAY, prescribed_by="Test")
        q = {
            kind: a_question(connection, staff.mine, case["referent_id"], kind, subject_id=subject)
            for kind, subject in ((QuestionKind.ACTION, prescribed), (QuestionKind.CONTACT, None))
        }
        absent = {"status": "noshow", "key": "b", "starts_at": AT - timedelta(days=9), "ends_at": AT}
        from tests.messages.rows import an_appointment

        gone = an_appointment(connection, staff.mine, case["referent_id"], **absent)
        q[QuestionKind.QUALIFY] = a_question(
            connection, staff.mine, case["referent_id"], QuestionKind.QUALIFY, subject_id=gone
        )
    seat = sit(R.REFERENT)
    for id_, said in (
        (q[QuestionKind.ACTION], "faite_vue"),
        (q[QuestionKind.CONTACT], "fait"),
        (q[QuestionKind.QUALIFY], "admissible"),
        (staff.call, "fait"),
    ):
        assert seat.press("/", f"/questions/{id_}", suite=said).status_code == 303
    action = one(engine, s.prescribed_actions, prescribed)
    assert (action["done_on"], action["proof_seen"]) == (MONDAY, True)
    qualified = one(engine, s.appointments, gone)
    assert (qualified["qualification"], qualified["qualified_by"]) == ("admissible", "Compte referent")
    assert len(lines(engine, "answer")) == 3
    odd = seat.press("/", f"/questions/{staff.outcome}", suite="admissible")
    assert odd.status_code == 400  # not a word of this question


def test_every_kind_of_answer_has_its_words() -> None:
    assert set(ANSWERS) == set(AnswerKind)


def test_an_empty_morning_says_what_to_do(engine: Engine, sit: SignIn, staff: Staffed) -> None:
    with transaction(engine) as connection:
        connection.execute(update(s.questions).values(closed_on=MONDAY))
        connection.execute(update(s.cases).where(s.cases.c.id == staff.mine).values(referent_id=staff.other_referent))
    assert "Rien ne vous attend" in sit(R.REFERENT).get("/").text
    assert "Aucun dossier ouvert" in sit(R.REFERENT).get("/personnes").text
    assert "Personne ne correspond" in sit(R.REFERENT).get("/personnes?q=zzz").text


def test_people_are_found_whatever_the_accents(sit: SignIn, staff: Staffed) -> None:
    seat = sit(R.REFERENT)
    for said in ("elodie", "ÉLODIE", "visi", "visible élo", "0250001", f"c{staff.mine}"):
        assert "Visible Élodie" in seat.get("/personnes", params={"q": said}).text, said
    for said in ("%", "_", "'; --", "c99999999999999999999", "\\"):
        assert seat.get("/personnes", params={"q": said}).status_code == 200


def test_every_opening_of_a_file_is_noted_and_read_by_the_auditor(engine: Engine, sit: SignIn, staff: Staffed) -> None:
    seat, auditor = sit(R.REFERENT), sit(R.AUDITOR)
    for end in ("", "/contrat", "/pourquoi", "/coordonnees"):
        assert seat.get(f"/personnes/c{staff.mine}{end}").status_code == 200
    with reading(engine) as connection:
        noted = connection.execute(
            select(s.reads.c.page, s.reads.c.account_id, s.reads.c.case_id).order_by(s.reads.c.id)
        ).all()
    mine = (staff.accounts[R.REFERENT], staff.mine)
    assert [tuple(row) for row in noted] == [
        ("dossier", *mine),
        ("contrat", *mine),
        ("pourquoi", *mine),
        ("coordonnees", *mine),
    ]
    page = auditor.get(f"/consultations?dossier=c{staff.mine}").text
    assert page.count("Compte referent") == 4 and "Visible" not in page
    assert "Personne n’a encore ouvert" in auditor.get(f"/consultations?dossier=c{staff.theirs}").text


def test_a_file_in_the_restricted_archive_is_out_of_sight(engine: Engine, sit: SignIn, staff: Staffed) -> None:
    with transaction(engine) as connection:
        connection.execute(update(s.persons).where(s.persons.c.last_name == "Visible").values(archived_on=MONDAY))
    for role in (R.REFERENT, R.COORDINATOR):
        assert sit(role).get(f"/personnes/c{staff.mine}").status_code == 404
        assert "Visible" not in sit(role).get("/personnes?clos=oui").text + sit(role).get("/").text


def test_the_timeline_says_what_was_planned_sent_received_and_decided(
    engine: Engine, sit: SignIn, staff: Staffed
) -> None:
    page = sit(R.REFERENT).get(f"/personnes/c{staff.mine}").text
    assert page.index("La suite") < page.index("mardi 8 décembre") < page.index("Ce qui s’est passé")
    assert "Deux absences inexpliquées" in page and "Entrée dans le parcours : Objectif emploi" in page
    assert "sans suite connue" in page.lower() and "automatique</span>" in page


def test_a_pause_begins_with_a_reason_and_ends(engine: Engine, sit: SignIn, staff: Staffed) -> None:
    seat, path = sit(R.REFERENT), f"/personnes/c{staff.mine}"
    wrong = seat.press(f"{path}/pause", f"{path}/pause", du="2026-11-23", au="2026-11-20", motif="")
    assert wrong.status_code == 422 and "Dites pourquoi" in wrong.text and "finirait avant" in wrong.text
    given = {"du": "2026-11-23", "au": "2026-12-15", "motif": "Formation à plein temps"}
    assert seat.press(f"{path}/pause", f"{path}/pause", **given).headers["location"] == f"{path}?dit=pause"
    again = seat.press(f"{path}/pause", f"{path}/pause", **given)
    assert again.status_code == 409 and "Rien n’a été enregistré" in again.text
    assert "Formation à plein temps" in seat.get(path).text
    assert seat.press(path, f"{path}/reprise").headers["location"] == f"{path}?dit=reprise"
    with reading(engine) as connection:
        (row,) = connection.execute(select(s.pauses)).mappings()
    assert (row["last_day"], row["decided_by"]) == (MONDAY, "Compte referent")
    assert [subject for _, subject in lines(engine, "pause")] == [f"c{staff.mine} 2026-11-23..2026-12-15"]


def test_contact_details_are_corrected_and_put_back(engine: Engine, sit: SignIn, staff: Staffed) -> None:
    seat, path = sit(R.REFERENT), f"/personnes/c{staff.mine}/coordonnees"
    assert "ne peut pas être appelé" in seat.press(path, path, telephone="12").text
    seat.press(path, path, telephone="06 39 98 77 77")
    person = one(engine, s.cases, staff.mine)["person_id"]
    assert one(engine, s.persons, person)["mobile"] == "+33639987777"
    with reading(engine) as connection:
        (told,) = connection.execute(select(s.declarations)).mappings()
    assert (told["old_value"], told["said_by"], told["answer_id"]) == ("+33639980001", "Compte referent", None)
    assert seat.press(path, path, telephone="06 39 98 77 77").headers["location"].endswith("?dit=memes")
    assert seat.press(path, f"{path}/d{told['id']}").headers["location"].endswith("?dit=remises")
    assert one(engine, s.persons, person)["mobile"] == "+33639980001"


def test_the_declaration_of_another_person_is_not_put_back(engine: Engine, sit: SignIn, staff: Staffed) -> None:
    other = one(engine, s.cases, staff.theirs)["person_id"]
    with transaction(engine) as connection:
        row = {"territory": "doubs", "person_id": other, "field": "mobile", "old_value": "+33639980009"}
        now = {"new_value": "+33639980002", "declared_on": MONDAY, "said_by": "Test"}
        connection.execute(insert(s.declarations).values(row | now))
    seat, path = sit(R.REFERENT), f"/personnes/c{staff.mine}/coordonnees"
    from desk.web import proofs

    action = f"{path}/d1"
    answer = seat.client.post(action, data={"preuve": proofs.proof(seat.token, action, AT)})
    assert answer.status_code == 404
    assert one(engine, s.persons, other)["mobile"] == "+33639980002"


def test_an_outcome_is_corrected_unless_it_changed_meanwhile(engine: Engine, sit: SignIn, staff: Staffed) -> None:
    seat, path = sit(R.REFERENT), f"/personnes/c{staff.mine}"
    action = f"{path}/rendez-vous/a{staff.past}"
    assert seat.press(path, action, suite="noshow", vu="planned").status_code == 303
    stale = seat.press(path, action, suite="excused", vu="planned")
    assert stale.status_code == 409 and "entre-temps" in stale.text
    assert one(engine, s.appointments, staff.past)["status"] == "noshow"


def test_a_coordinator_gives_a_case_to_another_referent(engine: Engine, sit: SignIn, staff: Staffed) -> None:
    path = f"/personnes/c{staff.mine}/referent"
    with transaction(engine) as connection:
        referent = one(engine, s.cases, staff.mine)["referent_id"]
        kept = a_case(connection, a_person(connection, 9), referent)
    seat = sit(R.COORDINATOR)
    assert seat.press(path, path, referent="999999").status_code == 409
    done = seat.press(path, path, referent=str(staff.other_referent))
    assert done.headers["location"].endswith("?dit=referent")
    assert one(engine, s.cases, staff.mine)["referent_id"] == staff.other_referent
    assert one(engine, s.questions, staff.call)["referent_id"] == staff.other_referent
    assert one(engine, s.cases, kept)["referent_id"] == referent  # the others stay
    assert sit(R.REFERENT).get(f"/personnes/c{staff.mine}").status_code == 404
    assert len(lines(engine, "handover")) == 1


PAGES = (
    (R.REFERENT, "/", 12),
    (R.COORDINATOR, "/", 12),
    (R.REVIEWER, "/", 12),
    (R.COORDINATOR, "/personnes", 12),
    (R.COORDINATOR, "/personnes?q=exemple", 12),
    (R.REFERENT, "/personnes/c{case}", 12),
    (R.REFERENT, "/personnes/c{case}/contrat", 12),
    (R.REFERENT, "/personnes/c{case}/coordonnees", 12),
    (R.REFERENT, "/personnes/c{case}/pourquoi", 40),  # reads a case as a night does: above the aim, and said so
    (R.COORDINATOR, "/personnes/c{case}/referent", 12),
    (R.AUDITOR, "/consultations", 12),
    (R.REFERENT, "/revues", 12),
    (R.COORDINATOR, "/envois", 12),
    (R.COORDINATOR, "/envois?voir=echecs", 12),
    (R.REVIEWER, "/revues?page=2", 12),
    (R.REFERENT, "/revues/r{review}", 12),
    (R.COORDINATOR, "/revues/r{review}", 12),
    (R.REVIEWER, "/revues/r{review}", 12),
    (R.DECIDER, "/revues/r{review}/dossier", 24),  # reads the file as its papers do: above the aim, and said so
    (R.REVIEWER, "/seances", 12),
    (R.REVIEWER, "/seances/s{session}", 12),
    (R.AUDITOR, "/parcours", 12),
    (R.COORDINATOR, "/parcours/objectif_emploi", 12),
)


def test_a_page_takes_as_many_queries_with_few_rows_as_with_many(engine: Engine, sit: SignIn, staff: Staffed) -> None:
    counted: list[str] = []

    def count(*args: Any) -> None:
        if not args[2].startswith(("BEGIN", "SELECT pg_catalog")):
            counted.append(args[2])

    def taken() -> list[int]:
        found = []
        for role, path, most in PAGES:
            counted.clear()
            assert (
                sit(role).get(path.format(case=staff.mine, review=staff.review, session=staff.session)).status_code
                == 200
            )
            sign_in = 1  # the fixture's own
            found.append(len(counted) - sign_in)
            assert found[-1] <= most, (path, found[-1])
        return found

    event.listen(engine, "before_cursor_execute", count)
    with transaction(engine) as connection:
        a_message(connection, person=1, case=staff.mine)
        a_message(connection, person=1, case=staff.mine, key="m:failed", status="failed", failure="temporary")
    few = taken()
    with transaction(engine) as connection:
        referent = one(engine, s.cases, staff.mine)["referent_id"]
        for number in range(20, 100):
            case = a_case(connection, a_person(connection, number), referent)
            a_question(connection, case, referent, QuestionKind.CALL)
            a_review(connection, case, referent)
            a_message(connection, person=number, case=case, key=f"m:{number}")
    for day in range(30):
        with transaction(engine) as connection:
            row = {"case_id": staff.mine, "happened_on": date(2026, 10, 1 + day), "source": "person"}
            add(connection, s.signals, **row, kind="reply", said_by="Test", key=f"signal:{day}")
    assert taken() == few
