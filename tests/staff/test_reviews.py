"""Reviews at the desk: who reads what, no decision without reasons and a name, the whole procedure by its forms."""

import io
import re
import zipfile
from datetime import date, timedelta

from pypdf import PdfReader
from sqlalchemy import Engine, select, update

from store import schema as s
from store.engine import reading, transaction
from tests.county import add
from tests.messages.rows import AT, a_case, a_person
from tests.staff.conftest import Seat, SignIn, Staffed, a_review
from tests.staff.test_pages import lines, one
from tests.web.conftest import Clock
from tracks.vocabulary import DeskRole as R

SIGNS = "Claire Vuillemin"  # the decider of the county's files


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_who_only_studies_a_review_reads_no_name_and_each_opening_is_noted(
    engine: Engine, sit: SignIn, staff: Staffed
) -> None:
    path, reviewer, decider = f"/revues/r{staff.review}", sit(R.REVIEWER), sit(R.DECIDER)
    for end in ("", "/dossier"):
        page = reviewer.get(path + end).text
        assert re.search(r"<h1>Personne [0-9A-F]{6}</h1>", page)
        assert not re.search("Visible|Élodie|Öykü|Demir", page)
        assert "Élodie Visible" in decider.get(path + end).text
    assert "Visible" not in reviewer.get("/revues").text and "Élodie Visible" in decider.get("/revues").text
    redacted = reviewer.get(f"{path}/dossier.pdf")
    assert redacted.headers["content-disposition"] == f'attachment; filename="revue-r{staff.review}-sans-nom.pdf"'
    assert "Visible" not in text_of(redacted.content)
    assert "Visible" in text_of(decider.get(f"{path}/dossier.pdf").content)
    assert "Visible" not in text_of(decider.get(f"{path}/dossier.pdf?nom=sans").content)
    whole = zipfile.ZipFile(io.BytesIO(reviewer.get(f"{path}/dossier.zip").content))
    assert "SHA256SUMS" in whole.namelist() and b"Visible" not in whole.read("pieces.jsonl")
    with reading(engine) as connection:
        noted = set(connection.execute(select(s.reads.c.account_id, s.reads.c.page, s.reads.c.case_id)).tuples())
    who = [staff.accounts[R.REVIEWER], staff.accounts[R.DECIDER]]
    assert noted == {(account, page, staff.mine) for account in who for page in ("revue", "dossier_revue")}
    auditor = sit(R.AUDITOR).get("/consultations").text
    assert "le dossier de la revue" in auditor and "Visible" not in auditor


def test_a_draft_is_its_referent_s_and_the_queue_is_paged(engine: Engine, sit: SignIn, staff: Staffed) -> None:
    assert sit(R.REVIEWER).get(f"/revues/r{staff.review_of_theirs}").status_code == 404
    assert sit(R.COORDINATOR).get(f"/revues/r{staff.review_of_theirs}").status_code == 200
    with transaction(engine) as connection:
        referent = one(engine, s.cases, staff.mine)["referent_id"]
        for number in range(20, 65):
            case = a_case(connection, a_person(connection, number), referent)
            a_review(connection, case, referent, deadline_on=date(2027, 1, 1))
    seat = sit(R.REFERENT)
    first, second = seat.get("/revues").text, seat.get("/revues?page=2").text
    assert "46 revues, page 1 sur 2" in first and first.count("/revues/r") == 40 and second.count("/revues/r") == 6
    assert first.index(f"/revues/r{staff.review}") < first.index("avant le vendredi 1")
    for odd in ("0", "-1", "x", "99999999999"):
        assert seat.get(f"/revues?page={odd}").status_code == 200


def test_a_decision_has_reasons_and_the_name_of_whoever_takes_it(engine: Engine, sit: SignIn, staff: Staffed) -> None:
    seat, path = sit(R.DECIDER), f"/revues/r{staff.review}"
    action = f"{path}/decision"
    right = {"issue": "no_action", "motifs": "Absences expliquées par un deuil.", "nom": "compte DECIDER"}
    for without in right:
        refused = seat.press(path, action, **{name: value for name, value in right.items() if name != without})
        assert refused.status_code == 422 and 'role="alert"' in refused.text
    assert seat.press(path, action, **right | {"nom": "Compte reviewer"}).status_code == 422
    assert seat.press(path, action, **right | {"motifs": " \t "}).status_code == 422
    assert one(engine, s.reviews, staff.review)["outcome"] is None and lines(engine, "review_decide") == []
    page = seat.get(path).text
    assert seat.press(path, action, **right).headers["location"] == f"{path}?dit=decidee"
    row = one(engine, s.reviews, staff.review)
    assert (row["outcome"], row["reasons"], row["decided_by"]) == ("no_action", right["motifs"], "Compte decider")
    proof = re.search(rf'action="{action}"[^>]*>\s*<input[^>]*value="([^"]+)"', page)
    assert proof
    late = seat.client.post(action, data=right | {"preuve": proof[1]})
    assert late.status_code == 409 and "déjà décidée" in late.text
    assert "Absences expliquées par un deuil" in sit(R.REFERENT).get(path).text
    assert "Élodie Visible" in seat.get("/revues?etat=decidees").text


def made(seat: Seat, path: str, step: str, **values: str) -> None:
    answer = seat.press(path, f"{path}/etape", etape=step, **values)
    assert answer.headers.get("location") == f"{path}?dit=etape", (step, answer.status_code, answer.text[-1500:])


def test_a_whole_procedure_by_its_forms(engine: Engine, sit: SignIn, staff: Staffed, clock: Clock) -> None:
    """From the referent's draft to a warning: each person at their own desk, nothing before its time."""
    with transaction(engine) as connection:
        opened = {"opened_on": date(2026, 9, 1), "status": "draft", "deadline_on": None}
        connection.execute(update(s.reviews).where(s.reviews.c.id == staff.review).values(opened))
        named = update(s.accounts).where(s.accounts.c.id == staff.accounts[R.DECIDER])
        connection.execute(named.values(name=SIGNS))
    path = f"/revues/r{staff.review}"
    referent, coordinator, reviewer, decider = map(sit, (R.REFERENT, R.COORDINATOR, R.REVIEWER, R.DECIDER))
    made(referent, path, "submit", note="Deux relances faites.")
    assert "Prendre à l’examen" not in referent.get(path).text
    made(reviewer, path, "examine")
    wrong = coordinator.press(path, f"{path}/etape", etape="receipt", preuve_vue="AR")
    assert wrong.status_code == 409  # no notice yet
    made(coordinator, path, "notify", mesure="warning", jour="2026-10-01", jours="20")
    assert "aucun délai ne court" in decider.get(path).text
    assert coordinator.press(path, f"{path}/etape", etape="receipt", jour="2026-11-20").status_code == 422  # no proof
    made(coordinator, path, "receipt", jour="2026-11-20", preuve_vue="Accusé de réception n° 12")
    page = decider.get(path).text
    assert re.search(r"jusqu’au \d+ décembre 2026 inclus, encore \d+ jours", page)
    early = {"issue": "warning", "motifs": "Deux absences sans motif.", "nom": SIGNS}
    assert decider.press(path, f"{path}/decision", **early).status_code == 409
    made(referent, path, "wrote", jour="2026-11-23", note="Un train supprimé.")
    assert "À traiter" in decider.get(path).text
    made(referent, path, "answered", note="Le train circulait.")
    clock.at = AT + timedelta(days=30)
    with transaction(engine) as connection:
        connection.execute(update(s.sign_ins).values(made_at=clock.at, seen_at=clock.at))
    waits = decider.get(path).text
    assert "terminées" in waits and "À examiner d&#39;abord" in waits and "jalon review" not in waits
    count = len(re.findall(r'name="examines"', coordinator.get(path).text))
    ticked = {"examines": [str(rank) for rank in range(1, count + 1)]}
    proof = re.search(r'name="preuve" value="([^"]+)">\s*<fieldset><legend>Critères', coordinator.get(path).text)
    assert proof and count
    coordinator.client.post(f"{path}/etape", data={"preuve": proof[1], "etape": "criteria"} | ticked)
    assert "Réservée à qui a délégation" in coordinator.get(path).text
    forged = coordinator.press(path, f"{path}/decision", **early | {"nom": "Compte coordinator"})
    assert forged.status_code == 409
    assert decider.press(path, f"{path}/decision", **early).headers["location"] == f"{path}?dit=decidee"
    row = one(engine, s.reviews, staff.review)
    assert (row["outcome"], row["decided_by"]) == ("warning", SIGNS)


def test_an_account_of_a_decider_without_signature_decides_nothing_adverse(
    engine: Engine, sit: SignIn, staff: Staffed
) -> None:
    with transaction(engine) as connection:
        connection.execute(update(s.reviews).values(status="observations_open"))
    seat, path = sit(R.DECIDER), f"/revues/r{staff.review}"
    assert "Réservée à qui a délégation de signature" in seat.get(path).text
    given = {"issue": "warning", "motifs": "Sans motif.", "nom": "Compte decider"}
    refused = seat.press(path, f"{path}/decision", **given)
    assert refused.status_code == 409 and "ne peut pas faire cette étape" in refused.text
    assert one(engine, s.reviews, staff.review)["outcome"] is None


def test_a_session_has_members_a_quorum_and_an_agenda_without_a_name(
    engine: Engine, sit: SignIn, staff: Staffed, clock: Clock
) -> None:
    seat = sit(R.COORDINATOR)
    wrong = seat.press("/seances", "/seances", jour="demain", heure="9", lieu="", passages="99")
    assert wrong.status_code == 422 and wrong.text.count('class="mistake"') == 3
    past = seat.press("/seances", "/seances", jour="2026-01-05", heure="09:00", lieu="Besançon")
    assert past.status_code == 409
    made_at = seat.press("/seances", "/seances", jour="2026-12-15", heure="09:00", lieu="Besançon", passages="3")
    path = made_at.headers["location"].partition("?")[0]
    with transaction(engine) as connection:
        row = {"session_id": int(path.removeprefix("/seances/s")), "review_id": staff.review, "slot": 1}
        add(connection, s.panel_items, **row)
    page = seat.get(path).text
    assert re.search(r"mardi 15 décembre 2026 à 9\sh", page) and f"/revues/r{staff.review}" in page
    assert "Visible" not in page and "Pas encore de quorum" in page
    seats = re.findall(r'<option value="(\w+)">', page)
    for rank, slug in enumerate(seats):
        assert seat.press(path, f"{path}/membres", nom=f"Membre {rank}", fonction=slug).status_code == 303
    assert seat.press(path, f"{path}/membres", nom="", fonction="x").status_code == 422
    assert 'action="' + path + '/presents"' in seat.get(path).text
    assert seat.press(path, f"{path}/presents", present="Membre 0").status_code == 409  # not held yet
    clock.at = AT + timedelta(days=23)
    with transaction(engine) as connection:
        connection.execute(update(s.sign_ins).values(made_at=clock.at, seen_at=clock.at))
    proof = re.search(rf'action="{path}/presents"[^>]*>\s*<input[^>]*value="([^"]+)"', seat.get(path).text)
    assert proof
    everybody = {"preuve": proof[1], "present": [f"Membre {rank}" for rank in range(len(seats))]}
    seat.client.post(f"{path}/presents", data=everybody)
    assert "Quorum atteint" in seat.get(path).text


def test_a_review_is_given_to_somebody(engine: Engine, sit: SignIn, staff: Staffed) -> None:
    seat, path = sit(R.COORDINATOR), f"/revues/r{staff.review}"
    assert seat.press(path, f"{path}/confier").status_code == 422
    assert seat.press(path, f"{path}/confier", a="Compte reviewer").headers["location"] == f"{path}?dit=confiee"
    assert one(engine, s.reviews, staff.review)["assigned_to"] == "Compte reviewer"
    assert "chez Compte reviewer" in sit(R.REVIEWER).get("/revues").text
    assert len(lines(engine, "review_assigned")) == 1
