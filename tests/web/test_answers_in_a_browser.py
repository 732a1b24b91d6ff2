"""The pages as people use them: a small phone, no JavaScript, the keyboard alone; and what axe-core says of each."""

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import Engine, update
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.web import pages
from desk.web.app import style
from desk.web.guard import Guard
from desk.web.server import in_background, listen
from store import schema as s
from tests.messages.rows import TUESDAY_8, change
from tests.web.conftest import Clock, served
from tests.web.links import a_check_in, sent_link
from tests.web.test_answers import all_of

pytestmark = pytest.mark.browser
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
PHONE = {"width": 360, "height": 740}
FORMS = ("empechement", "autre-moment", "coordonnees", "ne-plus-ecrire")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture
def site(sqlite_engine: Engine, tmp_path: Path, clock: Clock) -> Iterator[str]:
    with served(sqlite_engine, tmp_path, clock=clock) as address:
        yield address


@pytest.fixture
def phone(chromium: Browser, site: str) -> Iterator[Page]:
    """No JavaScript, no image; a request to anywhere else fails the test."""
    context = chromium.new_context(base_url=site, viewport=PHONE, java_script_enabled=False)
    elsewhere: list[str] = []
    context.on("request", lambda request: None if request.url.startswith(site) else elsewhere.append(request.url))
    yield context.new_page()
    context.close()
    assert elsewhere == []


@pytest.fixture
def audited(chromium: Browser) -> Iterator[BrowserContext]:
    """Our policy lets no script in: axe-core comes in by the tester's door."""
    context = chromium.new_context(viewport=PHONE, bypass_csp=True)
    yield context
    context.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and its best practices, each with the element."""
    page.evaluate(AXE)
    found = page.evaluate(
        "async () => (await axe.run({runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']}))"
        ".violations.map(v => v.id + ' ' + v.nodes.map(n => n.html).join(' | '))"
    )
    return list(found)


def fits(page: Page) -> bool:
    """Nothing to scroll sideways for."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def press(page: Page, text: str) -> None:
    """Reach what bears these words with the Tab key, and press Enter."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if text in (page.evaluate("document.activeElement.textContent") or ""):
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    raise AssertionError(f"« {text} » cannot be reached with the keyboard")


def reach(page: Page, selector: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached with the keyboard")


def test_somebody_confirms(sqlite_engine: Engine, phone: Page, outbox: Path) -> None:
    phone.goto(sent_link(sqlite_engine, outbox))
    press(phone, "Je viens")
    assert "Vous venez." in phone.inner_text("[role=status]")
    assert [row["kind"] for row in all_of(sqlite_engine, s.answers)] == ["coming"]


def test_somebody_cannot_come_and_is_first_asked_why(sqlite_engine: Engine, phone: Page, outbox: Path) -> None:
    phone.goto(sent_link(sqlite_engine, outbox))
    press(phone, "Je ne peux pas venir")
    press(phone, "Prévenir que je ne viens pas")
    assert phone.title().startswith("À compléter")
    press(phone, "Ce qui vous empêche")  # the mistake leads to its field
    assert phone.evaluate("document.activeElement.name") == "motif"
    phone.keyboard.press("ArrowDown")
    reach(phone, "textarea")
    phone.keyboard.type("Je suis libre le mercredi.")
    press(phone, "Prévenir que je ne viens pas")
    assert "Vous ne pouvez pas venir." in phone.inner_text("[role=status]")
    (said,) = all_of(sqlite_engine, s.answers)
    assert (said["kind"], said["note"]) == ("not_coming", "Je suis libre le mercredi.")
    assert said["reason"] in {"legitimate_work", "legitimate_logistics"}


def test_somebody_asks_for_another_time(sqlite_engine: Engine, phone: Page, outbox: Path) -> None:
    phone.goto(sent_link(sqlite_engine, outbox))
    press(phone, "Je voudrais un autre moment")
    reach(phone, "#moment-2-matin")
    phone.keyboard.press("Space")
    press(phone, "Demander un autre moment")
    assert "reste prévue" in phone.inner_text("[role=status]")
    assert [row["wishes"] for row in all_of(sqlite_engine, s.answers)] == ["2-matin"]


def test_somebody_chooses_another_hour(sqlite_engine: Engine, phone: Page, outbox: Path) -> None:
    phone.goto(sent_link(sqlite_engine, outbox))
    press(phone, "Je voudrais un autre moment")
    press(phone, "Choisir ce moment")
    press(phone, "Choisissez un des moments proposés")  # the mistake leads to its field
    assert phone.evaluate("document.activeElement.name") == "creneau"
    phone.keyboard.press("ArrowDown")
    press(phone, "Choisir ce moment")
    assert "Vous avez choisi un autre moment." in phone.inner_text("[role=status]")
    assert [row["moves"] for row in all_of(sqlite_engine, s.appointments)] == [0, 1]


def test_somebody_gives_a_new_number(sqlite_engine: Engine, phone: Page, outbox: Path) -> None:
    phone.goto(sent_link(sqlite_engine, outbox))
    press(phone, "Mes coordonnées ont changé")
    reach(phone, "#telephone")
    phone.keyboard.type("06 39 98 77 77")
    press(phone, "Enregistrer")
    assert "C’est noté" in phone.inner_text("[role=status]")
    assert [row["mobile"] for row in all_of(sqlite_engine, s.persons)] == ["+33639987777"]


def test_somebody_wants_no_more_texts(sqlite_engine: Engine, phone: Page, outbox: Path) -> None:
    phone.goto(sent_link(sqlite_engine, outbox))
    press(phone, "Ne plus recevoir de SMS")
    press(phone, "Ne plus recevoir de SMS")
    assert [row["refused_channels"] for row in all_of(sqlite_engine, s.persons)] == ["sms"]


def test_somebody_says_what_happened(sqlite_engine: Engine, phone: Page, outbox: Path, clock: Clock) -> None:
    path = sent_link(sqlite_engine, outbox)
    clock.at = TUESDAY_8 + timedelta(hours=3)
    phone.goto(path)
    press(phone, "Dire ce qui s’est passé")
    reach(phone, "input[name=motif]")
    phone.keyboard.press("Space")
    press(phone, "Envoyer")
    assert [row["kind"] for row in all_of(sqlite_engine, s.answers)] == ["explanation"]


def test_axe_finds_nothing_on_any_page(
    sqlite_engine: Engine, site: str, audited: BrowserContext, outbox: Path, clock: Clock
) -> None:
    page = audited.new_page()
    path = sent_link(sqlite_engine, outbox)
    found: dict[str, Any] = {}

    def look(name: str, at: str | None = None) -> None:
        if at is not None:
            page.goto(site + at)
        found[name] = violations(page)
        found[f"{name}, sideways"] = not fits(page)

    look("home", "/")
    look("appointment", path)
    for name in FORMS:
        look(name, f"{path}/{name}")
    for name in ("empechement", "coordonnees"):
        page.goto(f"{site}{path}/{name}")
        page.click("main form button")
        look(f"{name} to complete")
    page.goto(f"{site}{path}/autre-moment")
    page.click("text=Choisir ce moment")
    look("an hour to choose")
    for name in ("autre-moment", "ne-plus-ecrire"):
        page.goto(f"{site}{path}/{name}")
        page.click("main form:last-of-type button")
        look(f"thanks for {name}")
    change(sqlite_engine, update(s.appointments).values(status="revoked"))
    look("called off", path)
    change(sqlite_engine, update(s.appointments).values(status="planned"))
    clock.at = TUESDAY_8 + timedelta(hours=3)
    look("past", path)
    look("to explain", f"{path}/expliquer")
    change(sqlite_engine, update(s.appointments).values(status="seen"))
    look("seen", path)
    assert len(found) >= 28
    assert {name: what for name, what in found.items() if what} == {}


def test_axe_finds_nothing_on_news_nor_on_refusals(
    sqlite_engine: Engine, site: str, audited: BrowserContext, outbox: Path
) -> None:
    async def refused(request: Request) -> Response:
        return pages.refusal(request, request.path_params["status"])

    page = audited.new_page()
    path = a_check_in(sqlite_engine, outbox)
    found = {}
    for at in (path, f"{path}/nouvelles"):
        page.goto(site + at)
        found[at] = violations(page)
    app = Starlette(routes=[Route("/{status:int}", refused), Route(pages.STYLE, style)], middleware=[Middleware(Guard)])
    with listen("127.0.0.1", 0) as listener, in_background(app, listener):
        for status in pages.REFUSALS:
            page.goto(f"http://127.0.0.1:{listener.getsockname()[1]}/{status}")
            found[str(status)] = violations(page)
            assert pages.REFUSALS[status][0] in page.inner_text("h1")
    assert {name: what for name, what in found.items() if what} == {}


def test_axe_sees_what_is_wrong(site: str, audited: BrowserContext) -> None:
    page = audited.new_page()
    page.goto(f"{site}/")
    page.evaluate("document.documentElement.removeAttribute('lang')")
    assert any(found.startswith("html-has-lang") for found in violations(page))
