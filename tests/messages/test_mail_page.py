"""An e-mail as a page: the same words as its plain text, nothing to fetch, nothing that a value can become."""

import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.composing import Envelope, composed
from tasks.rendering import written
from tests.messages.rows import AT, MONDAY, doubs
from tests.messages.test_texts import HOSTILE, a_due
from tracks.vocabulary import Channel, Template

BY_EMAIL = [template for template, channel in doubs().messages.texts if channel is Channel.EMAIL]


class Seen(HTMLParser):
    """What a reader's client meets: tags, addresses, and the words of the body."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.attributes: set[str] = set()
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "background")]

    def handle_data(self, data: str) -> None:
        self.words += data


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("template", BY_EMAIL)
def test_the_page_says_what_the_text_says_and_fetches_nothing(template: Template) -> None:
    text = written(a_due(template, Channel.EMAIL), doubs(), today=MONDAY)
    seen = Seen(text.html)
    assert flat(re.sub(r"\s:", "", seen.words)).endswith(flat(re.sub(r"\s:", "", text.body)))
    assert seen.addresses and all(address.startswith(("tel:", "mailto:", "https://")) for address in seen.addresses)
    assert not {"img", "script", "link", "iframe", "form", "video"} & set(seen.tags)
    assert not re.search(r"url\(|@import|@font-face|http://", text.html)
    assert seen.tags.count("h1") == 1
    assert text.html.startswith('<!doctype html>\n<html lang="fr"')
    assert len(text.html.encode()) < 20_000


def test_the_place_and_the_name_are_a_table_with_headed_rows() -> None:
    html = written(a_due(channel=Channel.EMAIL), doubs(), today=MONDAY).html
    assert re.findall(r'<th scope="row"[^>]*>([^<]*)</th>\s<td[^>]*>([^<]*)</td>', html) == [
        ("Où", "CMS de Planoise"),
        ("Avec", "Öykü D."),
    ]
    assert '<a href="tel:0381581137">' in html


def test_without_a_referent_the_address_to_write_to_can_be_pressed() -> None:
    html = written(replace(a_due(channel=Channel.EMAIL), referent=None), doubs(), today=MONDAY).html
    assert '<a href="mailto:accompagnement@doubs.example.org">' in html


USUAL = Seen(written(a_due(channel=Channel.EMAIL), doubs(), today=MONDAY).html)
ATTACKS = [*HOSTILE, '" onclick="alert(1)', "</p><script>alert(1)</script>", "Où : ailleurs", "&lt;", "<!--", "]]>"]


@pytest.mark.parametrize("value", ATTACKS)
def test_a_value_never_becomes_a_tag(value: str) -> None:
    the_same_tags_for(value)


@settings(max_examples=200)
@given(value=st.text(alphabet=st.one_of(st.sampled_from("<>&\"'`/=;:{}%\r\n"), st.characters()), max_size=300))
def test_no_value_at_all_becomes_a_tag(value: str) -> None:
    the_same_tags_for(value)


def the_same_tags_for(value: str) -> None:
    due = a_due(channel=Channel.EMAIL, first_name=value, last_name=value)
    contact = replace(due.referent, first_name=value, last_name=value, site=value)  # type: ignore[type-var]
    meeting = replace(due.meeting, place=value)  # type: ignore[type-var]
    seen = Seen(written(replace(due, referent=contact, meeting=meeting), doubs(), today=MONDAY).html)
    assert (seen.tags, seen.attributes, seen.addresses) == (USUAL.tags, USUAL.attributes, USUAL.addresses)


def test_the_e_mail_holds_the_text_first_and_the_page_after_it(tmp_path: Path) -> None:
    text = written(a_due(channel=Channel.EMAIL), doubs(), today=MONDAY)
    envelope = Envelope(
        channel=Channel.EMAIL,
        name="12",
        recipient="ines@example.org",
        subject=text.subject,
        body=text.body,
        html=text.html,
        sender="Département du Doubs",
        sender_email="accompagnement@doubs.example.org",
        message_id="<abc@doubs.example.org>",
        at=AT,
        folder=tmp_path,
    )
    content = composed(envelope, subject=text.subject, body=text.body, encoding="quoted-printable")
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage) and message.defects == []
    assert message.get_content_type() == "multipart/alternative"
    parts = [
        (part.get_content_type(), part.get_content().replace("\r\n", "\n").rstrip()) for part in message.iter_parts()
    ]
    assert parts == [("text/plain", text.body), ("text/html", text.html.rstrip())]


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 700])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_without_scrolling_sideways(width: int, scheme: str, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    long = "Marie-Ange-Élisabeth-Bernadette"
    due = a_due(channel=Channel.EMAIL, first_name=long, last_name=long)
    shown = tmp_path / "page.html"
    shown.write_text(written(due, doubs(), today=MONDAY).html, encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": width, "height": 640}, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(shown.as_uri())
        sizes = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert sizes[0] == sizes[1]
        assert asked == [shown.as_uri()]
        browser.close()
