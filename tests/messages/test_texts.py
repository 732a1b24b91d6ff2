"""The county's texts: what is refused when they load, what can never be said on a screen, what a value cannot do."""

import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import sms
from config.messages import INDISCREET, load_messages, most_segments
from config.reading import Mistakes
from config.settings import TERRITORIES
from store.due import Contact, Due, Meeting, Person
from tasks.rendering import written
from tests.messages.rows import MONDAY, TUESDAY_8, doubs
from tracks.vocabulary import Channel, RecipientKind, Template

MODEL = TERRITORIES / "modele" / "messages"
TO_PEOPLE = [
    (template, channel) for (template, channel) in doubs().messages.texts if channel in (Channel.SMS, Channel.EMAIL)
]


def a_due(template: Template = Template.CONVOCATION, channel: Channel = Channel.SMS, **person: str) -> Due:
    who = Person(
        first_name="Inès",
        last_name="Exemple",
        email="ines@example.org",
        mobile="+33639980001",
        address="51 rue de Belfort",
        postcode_city="25220 Thise",
    )
    return Due(
        id=12,
        case_id=3,
        template=template,
        channel=channel,
        recipient_kind=RecipientKind.BENEFICIARY,
        recipient_id=1,
        key="key",
        details={"milestone": "un mois", "days_before": 2},
        due_at=TUESDAY_8,
        useful_until=TUESDAY_8,
        attempts=0,
        person=replace(who, **person),
        referent=Contact(
            first_name="Öykü", last_name="Demir", email="o@example.org", phone="+33381581137", site="Besançon Planoise"
        ),
        meeting=Meeting(id=5, starts_at=TUESDAY_8, place="Besançon Planoise", by_phone=False),
    )


def test_the_summons_is_one_discreet_segment() -> None:
    text = written(a_due(), doubs(), today=MONDAY)
    assert text.body == (
        "Bonjour Inès, rendez-vous le mardi 8 déc. à 10h00, CMS de Planoise, avec Öykü D. Imprévu ? 03 81 58 11 37"
    )
    assert (text.subject, text.segments) == ("", 1)


def test_the_summons_by_e_mail_says_when_in_its_subject() -> None:
    text = written(a_due(channel=Channel.EMAIL), doubs(), today=MONDAY)
    assert text.subject == "Votre rendez-vous du mardi 8 décembre à 10\u202fh"
    assert "Où\u00a0: CMS de Planoise\nAvec\u00a0: Öykü D.\n" in text.body
    assert text.segments is None


@pytest.mark.parametrize(
    ("today", "quand"),
    [
        (date(2026, 12, 6), "le mardi 8 déc."),
        (date(2026, 12, 7), "demain mardi 8 déc."),
        (date(2026, 12, 8), "aujourd'hui mardi 8 déc."),
    ],
)
def test_a_reminder_says_tomorrow_when_it_is_tomorrow(today: date, quand: str) -> None:
    assert f"rendez-vous {quand} à 10h00" in written(a_due(Template.REMINDER), doubs(), today=today).body


def test_a_call_says_that_we_call() -> None:
    due = replace(a_due(), meeting=Meeting(id=5, starts_at=TUESDAY_8, place="téléphone", by_phone=True))
    assert "10h00, par téléphone (nous vous appelons), avec" in written(due, doubs(), today=MONDAY).body


def test_the_hour_is_that_of_the_place_on_both_sides_of_the_clock_change() -> None:
    due = a_due()
    for instant, hour in ((datetime(2026, 10, 24, 8, tzinfo=UTC), "10h00"), (TUESDAY_8, "10h00")):
        moved = replace(due, meeting=Meeting(id=5, starts_at=instant, place="Morteau", by_phone=False))
        assert hour in written(moved, doubs(), today=MONDAY).body


def test_without_a_referent_the_county_signs_and_there_is_still_a_way_to_answer() -> None:
    text = written(replace(a_due(), referent=None), doubs(), today=MONDAY)
    assert "avec Département du Doubs. Imprévu ? accompagnement@doubs.example.org" in text.body


@pytest.mark.parametrize(("template", "channel"), TO_PEOPLE)
def test_nothing_indiscreet_on_a_screen(template: Template, channel: Channel) -> None:
    """R16, on what really leaves: no benefit, sanction, health, track nor file number."""
    text = written(a_due(template, channel), doubs(), today=MONDAY)
    said = f"{text.subject}\n{text.body}".replace(doubs().sender_email, "")
    titles = [track.title for track in doubs().tracks.values()]
    assert INDISCREET.search(said) is None
    assert [title for title in titles if title.lower() in said.lower()] == []
    assert "Exemple" not in said


def test_a_letter_alone_may_invite_to_put_things_right() -> None:
    channels = [c for (t, c) in doubs().messages.texts if t is Template.INVITATION_TO_REGULARISE]
    assert channels == [Channel.LETTER]
    assert doubs().messages.of(Template.INVITATION_TO_REGULARISE, Channel.SMS) is None


@pytest.mark.parametrize("template", [t for t, c in TO_PEOPLE if c is Channel.SMS])
def test_an_sms_is_written_in_its_alphabet_and_never_exceeds_two(template: Template) -> None:
    text = doubs().messages.of(template, Channel.SMS)
    assert text is not None
    literals = "".join(literal for literal, _ in text.body)
    assert sms.plain(literals) == literals
    assert most_segments(text) <= 2


HOSTILE = [
    "Marie-Ange-Élisabeth-Bernadette-Philomène d’Étchégoyhen-Lafferrière",
    "{}",
    "{{",
    "{0.__class__.__globals__}",
    "%s%n",
    "Inès\r\nBcc: tous@example.org",
    "Inès\nSubject: autre",
    "\u202eenI\u202c",
    "😀" * 40,
    "مريم الزهراء " * 6,
    "é" * 10_000,
    "<img src=x onerror=alert(1)>",
    "\x00\x07",
    "",
]


@pytest.mark.parametrize(("template", "channel"), TO_PEOPLE)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_only_ever_a_value(template: Template, channel: Channel, value: str) -> None:
    due = a_due(template, channel, first_name=value, last_name=value, address=value or "1 rue", postcode_city=value)
    due = replace(due, referent=replace(due.referent, first_name=value, last_name=value))  # type: ignore[arg-type]
    text = written(due, doubs(), today=MONDAY)
    assert not re.search(r"[\r\n]", text.subject)
    assert not re.search("[\r\x00\x07\u202e]", text.body)
    assert text.segments is None or text.segments <= 2
    usual = written(a_due(template, channel), doubs(), today=MONDAY).body
    assert text.body.count("\n") == usual.count("\n")


@settings(max_examples=200, suppress_health_check=[HealthCheck.differing_executors])
@given(value=st.text(max_size=300))
def test_no_name_makes_a_message_fail(value: str) -> None:
    for channel in (Channel.SMS, Channel.EMAIL, Channel.LETTER):
        text = written(a_due(channel=channel, first_name=value, last_name=value), doubs(), today=MONDAY)
        text.kept.encode()
        assert text.segments is None or text.segments <= 2


SMS = "convocation.sms.txt"
GOOD = "Bonjour {prenom}, rendez-vous {quand} à {heure}, {lieu}, avec {referent} {telephone}"
WRONG = [
    (GOOD.replace("prenom", "prenon"), "ligne 1 : « {prenon} » est inconnu ici. Vouliez-vous dire {prenom} ?"),
    (f"Bonjour\n{GOOD} {{salaire}}", "ligne 2 : « {salaire} » est inconnu ici. Attendu : expediteur, heure,"),
    (GOOD.replace("{prenom}", "{prenom!r}"), "un nom seul est admis, sans point, crochet, format"),
    (GOOD.replace("{prenom}", "{prenom:>10}"), "un nom seul est admis, sans point, crochet, format"),
    (GOOD.replace("{prenom}", "{prenom.__class__}"), "un nom seul est admis, sans point, crochet, format"),
    (GOOD.replace("{prenom}", "{prenom[0]}"), "un nom seul est admis, sans point, crochet, format"),
    (GOOD.replace("{prenom}", "{}"), "« {} » est inconnu ici."),
    (GOOD.replace("{prenom}", "{0}"), "« {0} » est inconnu ici."),
    (GOOD + " {", "ligne 1 : accolade ouverte ou fermée seule."),
    (GOOD + " }", "ligne 1 : accolade ouverte ou fermée seule."),
    (GOOD.replace("{telephone}", ""), "{telephone} manque. Ajoutez-le."),
    (GOOD.replace("{quand}", ""), "{jour} ou {quand} manque. Ajoutez-le."),
    (GOOD + " Votre RSA en dépend.", "« rsa » en dit trop"),
    (GOOD + " Sinon, suspension.", "« suspension » en dit trop"),
    (GOOD + " Motif de santé ?", "« santé » en dit trop"),
    (GOOD + " a" * 100, "3 SMS avec les noms les plus longs, 2 au plus."),
    ("", "le texte est vide."),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MODEL, tmp_path / "county" / "messages"))


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_a_wrong_text_is_refused_with_its_place(folder: Path, text: str, expected: str) -> None:
    (folder / SMS).write_text(text, encoding="utf-8")
    with pytest.raises(Mistakes) as refused:
        load_messages(folder)
    (line,) = refused.value.lines
    assert line.startswith("messages/convocation.sms.txt")
    assert expected in line


@pytest.mark.parametrize(
    "word", ["RSA", "allocation", "suspendu", "sanction", "santé", "dossier", "absence", "contrat"]
)
def test_all_indiscreet_words_are_refused(folder: Path, word: str) -> None:
    for name in (SMS, "reminder.email.txt"):
        path = folder / name
        path.write_text(f"{path.read_text(encoding='utf-8').rstrip()} {word}.", encoding="utf-8")
    with pytest.raises(Mistakes) as refused:
        load_messages(folder)
    assert [line.partition(" : ")[2].partition("»")[0] for line in refused.value.lines] == [f"« {word.lower()} "] * 2


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    (folder / SMS).write_text("Bonjour {nom} {telephon}", encoding="utf-8")
    (folder / "reminder.email.txt").write_text("Bonjour {prenom}", encoding="utf-8")
    (folder / "check_in.sms.txt").unlink()
    (folder / "convocaton.sms.txt").write_text("x", encoding="utf-8")
    (folder / "invitation_to_regularise.sms.txt").write_text("x", encoding="utf-8")
    (folder / "farewell.sms.txt").write_bytes("é".encode("cp1252"))
    with pytest.raises(Mistakes) as refused:
        load_messages(folder)
    said = "\n".join(refused.value.lines)
    assert len(refused.value.lines) == 7
    assert "« {nom} » est inconnu ici." in said
    assert "Vouliez-vous dire {telephone} ?" in said
    assert "reminder.email.txt, ligne 1 : l'objet manque. Attendu : « Objet : … »." in said
    assert "check_in.sms.txt : fichier absent." in said
    assert "convocaton.sms.txt : aucun message ne porte ce nom. Vouliez-vous dire convocation.sms.txt ?" in said
    assert "ce texte ne part que par lettre, jamais par SMS ni courriel. Supprimez-le." in said
    assert "farewell.sms.txt : le fichier n'est pas en UTF-8." in said


def test_a_subject_names_nobody(folder: Path) -> None:
    path = folder / "convocation.email.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("Objet : Votre", "Objet : {prenom}, votre"), "utf-8")
    with pytest.raises(Mistakes, match=r"ligne 1 : « \{prenom\} » est inconnu ici"):
        load_messages(folder)


def test_a_doubled_brace_is_a_brace(folder: Path) -> None:
    (folder / SMS).write_text(f"{GOOD} {{{{x}}}}", encoding="utf-8")
    text = load_messages(folder).of(Template.CONVOCATION, Channel.SMS)
    assert text is not None
    assert "".join(literal for literal, _ in text.body).endswith(" {x}")
