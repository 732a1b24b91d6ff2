"""A morning in a real Chromium, without JavaScript; and what axe-core says of each page."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, select, update

from store import launches
from store import schema as s
from store.engine import reading, transaction
from tests.county import add
from tests.messages.rows import AT, MONDAY, a_message, an_appointment
from tests.staff.conftest import PASSWORD, Staffed, a_question, act, open_bureau, staffed
from tests.web.conftest import Clock
from tests.web.test_answers_in_a_browser import chromium, fits, press, violations
from tracks.vocabulary import DeskRole as R
from tracks.vocabulary import QuestionKind

__all__ = ["chromium"]
pytestmark = pytest.mark.browser
PHONE, NARROW, DESK = ({"width": width, "height": 800} for width in (360, 320, 1100))


@pytest.fixture
def staff(sqlite_engine: Engine) -> Staffed:
    with transaction(sqlite_engine) as connection:
        return staffed(connection)


@pytest.fixture
def site(sqlite_engine: Engine, staff: Staffed, tmp_path: Path, clock: Clock) -> Iterator[str]:
    with open_bureau(sqlite_engine, tmp_path, clock=clock) as address:
        yield address


@pytest.fixture
def screen(chromium: Browser, site: str) -> Iterator[Page]:
    """No JavaScript; a request to anywhere else, or anything that our policy refuses, fails the test."""
    context = chromium.new_context(base_url=site, viewport=DESK, java_script_enabled=False)
    trouble: list[str] = []
    context.on("request", lambda request: None if request.url.startswith(site) else trouble.append(request.url))
    page = context.new_page()
    page.on("console", lambda message: trouble.append(message.text) if "Content Security" in message.text else None)
    yield page
    context.close()
    assert trouble == []


def sign_in(page: Page, role: R) -> None:
    page.goto("/connexion")
    page.fill("#courriel", f"{role}@example.org")
    page.fill("#mot_de_passe", PASSWORD)
    page.click("main button")


def test_a_morning(sqlite_engine: Engine, staff: Staffed, screen: Page) -> None:
    sign_in(screen, R.REFERENT)
    assert screen.inner_text("h1").startswith("Aujourd’hui")
    press(screen, "Présent")  # with the keyboard alone
    assert screen.inner_text("[role=status]") == "C’est noté."
    press(screen, "Appelée")
    assert screen.locator("form[action^='/questions/']").count() == 0
    screen.click("nav >> text=Personnes")
    screen.fill("#q", "elodie")
    screen.keyboard.press("Enter")
    screen.click("text=Visible Élodie")
    screen.click("text=Mettre en pause")
    screen.fill("#motif", "Formation à plein temps")
    screen.click("main form button")
    assert "Formation à plein temps" in screen.inner_text("aside")
    screen.click("nav >> text=Coordonnées")
    screen.fill("#telephone", "06 39 98 77 77")
    screen.click("text=Enregistrer")
    assert "06 39 98 77 77" in screen.inner_text("aside")
    screen.click("nav >> text=Pourquoi")
    assert "en pause" in screen.inner_text("main")
    screen.click("text=Se déconnecter")
    sign_in(screen, R.COORDINATOR)
    screen.goto(f"/personnes/c{staff.mine}")
    screen.click("text=Changer de référent")
    screen.select_option("#referent", str(staff.other_referent))
    screen.click("text=Confier le dossier")
    assert "Marie Faivre" in screen.inner_text("header.file")
    screen.click("text=Se déconnecter")
    sign_in(screen, R.AUDITOR)
    screen.click("text=Ouvrir le registre")
    assert screen.locator("tbody tr").count() == 4  # the clock stands still: one a page and an account
    with reading(sqlite_engine) as connection:
        assert connection.scalar(select(s.appointments.c.status).where(s.appointments.c.id == staff.past)) == "seen"


def launched(engine: Engine) -> tuple[int, int]:
    """A dry run that has ended, and what applies it."""
    counts = {"cases": 412, "proposed": {"appointment": 41}, "written": {"appointment": 39}, "not_done": {"no_slot": 7}}
    with transaction(engine) as connection:
        tried, _ = launches.ask(connection, act(), track="objectif_emploi")
        launches.ended(connection, territory="doubs", launch=tried, status="done", at=act().at, counts=counts)
        running, _ = launches.ask(connection, act(), track="objectif_emploi", after=tried)
        launches.begun(connection, territory="doubs", launch=running, run_id=None, cases=412, at=act().at)
    return tried, running


def test_a_run_is_followed_without_touching_and_without_javascript(
    chromium: Browser, sqlite_engine: Engine, site: str, staff: Staffed
) -> None:
    """The page itself tells how far it is, under our policy of content; it stops on demand, and at the end."""
    _, running = launched(sqlite_engine)
    path = f"/parcours/objectif_emploi/l{running}"
    for scripts in (True, False):
        context = chromium.new_context(base_url=site, java_script_enabled=scripts)
        page, trouble = context.new_page(), list[str]()
        page.on("console", lambda message, trouble=trouble: trouble.append(message.text))  # type: ignore[misc]
        sign_in(page, R.COORDINATOR)
        page.goto(path)
        with transaction(sqlite_engine) as connection:
            read = 100 if scripts else 200
            launches.went_on(connection, territory="doubs", launch=running, cases_read=read, at=act().at)
        page.wait_for_selector(f"text={read} dossiers lus sur 412", timeout=15_000)
        if not scripts:
            counts = {"cases": 412, "proposed": {}, "written": {"appointment": 39}, "not_done": {}}
            with transaction(sqlite_engine) as connection:
                launches.ended(connection, territory="doubs", launch=running, status="done", at=act().at, counts=counts)
            page.wait_for_selector("text=C’est fait", timeout=15_000)
        assert trouble == []
        context.close()


def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    chromium: Browser,
    sqlite_engine: Engine,
    site: str,
    staff: Staffed,
) -> None:
    case, track = f"/personnes/c{staff.mine}", "/parcours/objectif_emploi"
    tried, running = launched(sqlite_engine)
    review = f"/revues/r{staff.review}"
    pages = {
        R.REFERENT: ["/", "/personnes", "/personnes?q=zz", case, "/personnes/c999", "/consultations"]
        + [f"{case}/{end}" for end in ("contrat", "pourquoi", "coordonnees", "pause")],
        R.COORDINATOR: [
            "/",
            "/envois",
            "/envois?voir=echecs",
            f"{case}/referent",
            "/revues",
            review,
            "/parcours",
            track,
            f"{track}/l{tried}",
            f"{track}/l{running}",
        ],
        R.REVIEWER: ["/", "/revues", review, f"{review}/dossier", "/seances", f"/seances/s{staff.session}"],
        R.AUDITOR: ["/", "/consultations", "/consultations?dossier=x"],
        R.ADMINISTRATOR: ["/"],
    }
    found: dict[str, object] = {}

    def look(page: Page, name: str) -> None:
        for size in (DESK, PHONE, NARROW):
            page.set_viewport_size(size)
            found[f"{name}, sideways at {size['width']}"] = not fits(page)
        found[name] = violations(page)

    for role, paths in pages.items():
        context = chromium.new_context(base_url=site, viewport=PHONE, bypass_csp=True)
        page = context.new_page()
        page.goto("/connexion")
        if role is R.REFERENT:
            look(page, "sign in")
            page.click("footer a")
            assert "Non conforme au RGAA" in page.inner_text("main")
            look(page, "statement")
            page.go_back()
            page.fill("#courriel", "x@example.org")
            page.fill("#mot_de_passe", "x")
            page.click("main button")
            look(page, "wrong password")
        sign_in(page, role)
        for path in paths:
            page.goto(path)
            look(page, f"{role} {path}")
        if role is R.REFERENT:
            page.goto(f"{case}/pause")
            page.fill("#au", "2020-01-01")
            page.click("main form button")
            look(page, "a pause to complete")
        context.close()
    with transaction(sqlite_engine) as connection:
        connection.execute(update(s.questions).values(closed_on=MONDAY))
    assert len(found) >= 80
    assert {name: what for name, what in found.items() if what} == {}


def test_the_first_page_is_light(chromium: Browser, site: str) -> None:
    context = chromium.new_context(base_url=site)
    page, sizes = context.new_page(), []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto("/connexion")
    page.wait_for_load_state("networkidle")
    assert 80_000 < sum(sizes) < 150_000
    context.close()


def test_a_page_prints_without_its_buttons(chromium: Browser, site: str, staff: Staffed) -> None:
    context = chromium.new_context(base_url=site)
    page = context.new_page()
    sign_in(page, R.REFERENT)
    page.goto(f"/personnes/c{staff.mine}")
    page.emulate_media(media="print")
    assert page.locator("button:visible").count() == 0
    assert page.locator("h1:visible").count() == 1
    context.close()


def test_a_morning_of_three_people(sqlite_engine: Engine, staff: Staffed, screen: Page) -> None:
    """A referent's outcomes and a message read, a coordinator's second agreement and a review given, a decision."""
    with transaction(sqlite_engine) as connection:
        case = connection.execute(select(s.cases).where(s.cases.c.id == staff.mine)).mappings().one()
        for days in (4, 5):
            before = {"starts_at": AT - timedelta(days=days), "ends_at": AT - timedelta(days=days), "key": f"b{days}"}
            past = an_appointment(connection, staff.mine, case["referent_id"], **before)
            a_question(connection, staff.mine, case["referent_id"], QuestionKind.OUTCOME, subject_id=past)
        a_question(connection, staff.mine, case["referent_id"], QuestionKind.QUALIFY)
        agreed = {"agreed_by": "Jean Colin", "agreed_at": AT}
        hold = add(connection, s.holds, scope="convocation", ceiling=1, counted=3, held_at=AT, **agreed)
        held = {"status": "held", "not_sent_because": "ceiling", "hold_id": hold}
        message = a_message(connection, person=case["person_id"], case=staff.mine, **held)
    sign_in(screen, R.REFERENT)
    for said in ("Présent", "Absent", "Excusé", "Lu"):
        press(screen, said)
        assert screen.inner_text("[role=status]") == "C’est noté."
    screen.click("text=Se déconnecter")
    sign_in(screen, R.COORDINATOR)
    screen.click("nav >> text=Envois")
    assert "Premier accord : Jean Colin" in screen.inner_text("main")
    press(screen, "Donner le second accord")
    assert "Second accord noté" in screen.inner_text("[role=status]")
    screen.click("nav >> text=Revues")
    screen.click("main >> text=Élodie Visible")
    screen.select_option("#a", "Compte decider")
    press(screen, "Confier")
    assert screen.inner_text("[role=status]") == "La revue est confiée."
    screen.click("text=Se déconnecter")
    sign_in(screen, R.DECIDER)
    screen.click("main >> text=Revue r1")
    screen.check("#issue-no_action")
    screen.fill("#motifs", "Absences expliquées par un deuil.")
    screen.fill("#nom", "Compte decider")
    press(screen, "Enregistrer la décision")
    assert "Décision : sans suite" in screen.inner_text("main")
    with reading(sqlite_engine) as connection:
        outcomes = connection.scalars(select(s.appointments.c.status).where(s.appointments.c.starts_at < AT)).all()
        assert {"seen", "noshow", "excused"} <= set(outcomes)
        assert connection.scalar(select(s.messages.c.status).where(s.messages.c.id == message)) == "pending"
        assert connection.scalar(select(s.reviews.c.decided_by).where(s.reviews.c.id == staff.review))
