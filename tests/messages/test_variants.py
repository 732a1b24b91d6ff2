"""Easy French and large print: other files, never other rules; the usual text where there is none."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from config.messages import INDISCREET, load_messages
from config.reading import Mistakes
from config.settings import TERRITORIES
from store.acts import Act
from store.due import Due
from store.engine import transaction
from store.preferences import Preferences, prefer, preferences_of
from tasks.rendering import written
from tests.county import County
from tests.messages.rows import AT, MONDAY, doubs, rows, send
from tests.messages.test_invitation import a_summons_by_email
from tests.messages.test_texts import a_due
from tracks.errors import JalonError
from tracks.vocabulary import Channel, Template

MODEL = TERRITORIES / "modele" / "messages"
EASY = list(doubs().messages.easy)
ACT = Act(territory="doubs", by="Öykü Demir", at=AT, on=MONDAY)


def easily(due: Due, *, large: bool = False) -> Due:
    assert due.person is not None
    return replace(due, person=replace(due.person, easy_french=True, large_print=large))


def test_every_message_to_a_person_has_its_easy_text_but_the_formal_one() -> None:
    """The invitation to regularise keeps its form, which the law wants; somebody reads it with the person."""
    usual = {key for key in doubs().messages.texts if key[1] is not Channel.STAFF}
    assert usual - set(EASY) == {(Template.INVITATION_TO_REGULARISE, Channel.LETTER)}


@pytest.mark.parametrize(("template", "channel"), EASY)
def test_an_easy_text_is_discreet_short_and_says_the_same(template: Template, channel: Channel) -> None:
    easy = written(easily(a_due(template, channel)), doubs(), today=MONDAY)
    usual = written(a_due(template, channel), doubs(), today=MONDAY)
    assert easy.body != usual.body
    if channel is not Channel.LETTER:
        assert INDISCREET.search(f"{easy.subject}\n{easy.body}".replace(doubs().sender_email, "")) is None
    for fact in ("8 déc", "10", "Planoise", "03 81 58 11 37"):
        assert (fact in easy.body) or (fact not in usual.body), fact
    if channel is not Channel.SMS:
        body = easy.body.split("\n\n", 4)[-1] if channel is Channel.LETTER else easy.body
        sentences = [words for line in body.splitlines() for words in re.split(r"[.?!]", line)]
        assert max(len(sentence.split()) for sentence in sentences) <= 14
    assert easy.segments is None or easy.segments <= 2


def test_without_an_easy_text_the_usual_one_is_sent(tmp_path: Path) -> None:
    folder = shutil.copytree(MODEL, tmp_path / "county" / "messages")
    for path in folder.glob("*.facile.txt"):
        path.unlink()
    county = replace(doubs(), messages=load_messages(folder))
    due = a_due(channel=Channel.EMAIL)
    assert written(easily(due), county, today=MONDAY) == written(due, county, today=MONDAY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Votre RSA : {quand} à {heure}, {lieu} {telephone}", "en dit trop"),
        ("{quand} à {heure}, {lieu} {telephon}", "Vouliez-vous dire {telephone} ?"),
        ("{quand} à {heure}, {lieu}", "{telephone} manque"),
    ],
)
def test_an_easy_text_is_checked_like_any_other(tmp_path: Path, text: str, expected: str) -> None:
    folder = shutil.copytree(MODEL, tmp_path / "county" / "messages")
    (folder / "convocation.sms.facile.txt").write_text(text, encoding="utf-8")
    with pytest.raises(Mistakes, match=r"convocation\.sms\.facile\.txt") as refused:
        load_messages(folder)
    assert expected in str(refused.value)


def test_large_print_makes_a_larger_page() -> None:
    usual = written(a_due(channel=Channel.EMAIL), doubs(), today=MONDAY)
    large = written(easily(a_due(channel=Channel.EMAIL), large=True), doubs(), today=MONDAY)
    assert "font-size:17px" in usual.html and "font-size:22px" in large.html


def test_what_the_person_asked_for_is_what_leaves(engine: Engine, tmp_path: Path) -> None:
    a_summons_by_email(engine)
    with transaction(engine) as connection:
        assert prefer(connection, ACT, case=1, easy_french=True, large_print=None) == Preferences(
            easy_french=True, large_print=False
        )
        prefer(connection, ACT, case=1, easy_french=None, large_print=True)
        assert preferences_of(connection, ACT, case=1) == Preferences(easy_french=True, large_print=True)
    send(engine, tmp_path / "outbox")
    (row,) = rows(engine).values()
    assert "Vous avez un rendez-vous.\n" in row["body"]


def test_nobody_elsewhere_says_how_to_write_to_our_people(engine: Engine, county: County) -> None:
    elsewhere = replace(ACT, territory="ailleurs")
    with transaction(engine) as connection, pytest.raises(JalonError):
        prefer(connection, elsewhere, case=county.case, easy_french=True, large_print=None)
