"""The page of the night as a councillor opens it: from a disk, without a network, on a phone too."""

import os
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from config.settings import TERRITORIES
from config.territory import load_territory
from desk.night_page import write_night_page
from store.engine import open_engine, reading
from tests.desk.conftest import DAY, Example

pytestmark = pytest.mark.browser
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"


@pytest.fixture(scope="module")
def written(example: Example, tmp_path_factory: pytest.TempPathFactory) -> Path:
    engine = open_engine(f"sqlite:///{example.home}/jalon.db")
    with reading(engine) as connection:
        territory = load_territory(TERRITORIES / "doubs")
        path = write_night_page(connection, territory, on=DAY, folder=tmp_path_factory.mktemp("page"))
    engine.dispose()
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture(params=[(1280, 800), (390, 844)], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, written: Path) -> Iterator[Page]:
    width, height = request.param
    with browser.new_page(viewport={"width": width, "height": height}) as page:
        page.asked = []  # type: ignore[attr-defined]
        page.said = []  # type: ignore[attr-defined]
        page.on("request", lambda request: page.asked.append(request.url))  # type: ignore[attr-defined]
        page.on("console", lambda message: page.said.append(message.text))  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.said.append(str(error)))  # type: ignore[attr-defined]
        page.goto(written.as_uri())
        yield page


def test_it_asks_nobody_for_anything_and_complains_of_nothing(page: Page, written: Path) -> None:
    page.wait_for_timeout(500)  # whatever it asks for late, or complains of
    assert page.asked == [written.as_uri()]  # type: ignore[attr-defined]
    assert page.said == []  # type: ignore[attr-defined]


def test_it_fits_the_screen(page: Page) -> None:
    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wider <= 0


def test_its_styles_apply(page: Page) -> None:
    """The page's own policy names the digest of its style sheet: a wrong one would leave it bare."""
    assert page.evaluate("[...document.styleSheets].map(sheet => sheet.cssRules.length > 5)") == [True]


def test_it_is_french_has_one_title_and_its_headings_skip_no_level(page: Page) -> None:
    assert page.evaluate("document.documentElement.lang") == "fr"
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))


def test_every_table_says_what_its_rows_and_columns_are(page: Page) -> None:
    tables = page.evaluate(
        "[...document.querySelectorAll('table')].map(t => [!!t.caption || t.hasAttribute('aria-labelledby'),"
        " t.querySelectorAll('th[scope=col]').length > 0])"
    )
    assert tables
    assert all(all(said) for said in tables), tables


def test_its_picture_has_words_for_who_does_not_see_it(page: Page) -> None:
    pictures = page.evaluate(
        "[...document.querySelectorAll('svg,img')].map(p => (p.getAttribute('aria-label') || p.alt || '').trim()"
        " || p.getAttribute('aria-hidden') || p.closest('[role=img],figure')?.querySelector('figcaption')?.innerText)"
    )
    assert pictures
    assert all(pictures), pictures


def test_every_text_stands_out_from_what_is_behind_it(page: Page) -> None:
    """WCAG 2.1 AA: 4.5 to 1, or 3 to 1 for large text."""
    faint = page.evaluate(
        """() => {
          const canvas = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d');
          const rgba = (color) => {
            canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data];
          };
          const linear = (v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
          const light = ([r, g, b]) => .2126 * linear(r / 255) + .7152 * linear(g / 255) + .0722 * linear(b / 255);
          const behind = (e) => {
            for (; e; e = e.parentElement) {
              const color = rgba(getComputedStyle(e).backgroundColor);
              if (color[3] === 255) return color;
            }
            return [255, 255, 255, 255];
          };
          const out = [];
          for (const e of document.querySelectorAll('body *:not(svg, svg *)')) {
            if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility()) continue;
            const style = getComputedStyle(e);
            const [a, b] = [light(rgba(style.color)), light(behind(e))].sort((x, y) => y - x);
            const size = parseFloat(style.fontSize);
            const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
            if ((a + .05) / (b + .05) < (large ? 3 : 4.5)) out.push([e.innerText.slice(0, 40), style.color]);
          }
          return out;
        }"""
    )
    assert faint == []
