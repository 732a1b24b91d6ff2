"""The letters of a pass as one print: whole, once, foldable, addressed in the window, posted when somebody says so."""

import csv
import io
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine, select, update

from store import letters as store
from store import schema as s
from store.acts import Act
from store.engine import open_engine, transaction
from tasks import letters as printing
from tasks.letters import gather_letters, print_letters
from tests.messages.rows import AT, MONDAY, a_case, a_message, a_person, a_referent, an_appointment, change, doubs, send
from tracks.errors import JalonError
from tracks.vocabulary import Channel, Template

ACT = Act(territory="doubs", by="Service courrier", at=AT, on=MONDAY)
MM = 72 / 25.4
A4_HEIGHT = 297


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "outbox"


def by_letter(engine: Engine, count: int = 1, template: Template = Template.CONVOCATION, **person: Any) -> list[int]:
    found = []
    with transaction(engine) as connection:
        referent = a_referent(connection)
        for number in range(count):
            who = a_person(connection, number, **person)
            case = a_case(connection, who, referent)
            appointment = an_appointment(connection, case, referent)
            found.append(
                a_message(
                    connection,
                    person=who,
                    case=case,
                    template=template,
                    channel=Channel.LETTER,
                    appointment=appointment,
                    details={"milestone": "un mois"},
                )
            )
    return found


def files(outbox: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((outbox / "letters").glob("*"))}


def the_list(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_pass_makes_one_print_and_one_list(engine: Engine, outbox: Path) -> None:
    ids = by_letter(engine, 3)
    assert send(engine, outbox).sent == 3
    made = files(outbox)
    assert list(made) == ["2026-11-23-l1.csv", "2026-11-23-l1.pdf"]
    reader = PdfReader(io.BytesIO(made["2026-11-23-l1.pdf"]))
    assert len(reader.pages) == 3
    for page, id_ in zip(reader.pages, ids, strict=True):
        text = page.extract_text()
        assert f"Référence : m{id_}" in text and "page 1 sur 1" in text and "51 rue de Belfort" in text
        assert text.count("m1") + text.count("m2") + text.count("m3") == 2  # of nobody else's letter
    usual = {"pages": "1", "poids_g": "10", "code_postal": "25220", "ville": "Thise", "envoi": "lettre"}
    assert the_list(made["2026-11-23-l1.csv"]) == [{"message": f"m{id_}"} | usual for id_ in ids]
    assert (outbox / "letters").stat().st_mode & 0o077 == 0


def test_the_print_is_accessible(sqlite_engine: Engine, outbox: Path) -> None:
    by_letter(sqlite_engine)
    send(sqlite_engine, outbox)
    root = PdfReader(io.BytesIO(files(outbox)["2026-11-23-l1.pdf"])).root_object
    assert root["/Lang"] == "fr" and root["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert b"pdfuaid:part" in root["/Metadata"].get_data()  # type: ignore[union-attr]


def placed(content: bytes, page: int = 0) -> list[tuple[float, float, str]]:
    """The texts of a page with their place: millimetres from the left edge and from the top."""
    found: list[tuple[float, float, str]] = []

    def seen(text: str, cm: list[float], tm: list[float], *_: object) -> None:
        if text.strip():
            x, y = tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5]
            found.append((x / MM, A4_HEIGHT - y / MM, text.strip()))

    PdfReader(io.BytesIO(content)).pages[page].extract_text(visitor_text=seen)
    return found


LONG_ADDRESS = {
    "first_name": "Marie-Ange-Élisabeth",
    "last_name": "d’Étchégoyhen-Lafferrière",
    "address": "Résidence les Tilleuls, bâtiment C, escalier 3, 4 rue du Général-de-Gaulle",
    "postcode_city": "25270 Septfontaines-les-Grands-Prés",
}


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("person", [{}, LONG_ADDRESS])
def test_the_address_and_nothing_else_is_in_the_window(
    sqlite_engine: Engine, outbox: Path, person: dict[str, str], large: bool
) -> None:
    """Windows of 100 × 35 and 100 × 45 mm at 20 mm from the right and the bottom of a DL envelope (letters.typ)."""
    by_letter(sqlite_engine, large_print=large, **person)
    send(sqlite_engine, outbox)
    on_page = placed(files(outbox)["2026-11-23-l1.pdf"])
    town = person.get("postcode_city", "25220 Thise")
    inside = [(x, y, text) for x, y, text in on_page if x >= 100 and 40 <= y <= 92]
    assert all(110 <= x <= 195 and 55 <= y <= 88 for x, y, _ in inside)
    said = " ".join(text for *_, text in inside)
    assert town.partition(" ")[0] in said and "Référence" not in said and "2026" not in said
    assert not [text for x, y, text in on_page if x < 100 and y < 92 and town[:5] in text]


def test_large_print_is_at_least_sixteen_points(sqlite_engine: Engine, outbox: Path) -> None:
    by_letter(sqlite_engine, large_print=True)
    send(sqlite_engine, outbox)
    sizes: dict[str, float] = {}

    def seen(text: str, cm: list[float], tm: list[float], font: object, size: float) -> None:
        sizes[text.strip()] = max(sizes.get(text.strip(), 0), size * abs(tm[0]) * abs(cm[0]))

    PdfReader(io.BytesIO(files(outbox)["2026-11-23-l1.pdf"])).pages[0].extract_text(visitor_text=seen)
    assert next(size for text, size in sizes.items() if text.startswith("Bonjour")) >= 16


def test_a_name_that_no_font_draws_keeps_nobody_from_being_written_to(sqlite_engine: Engine, outbox: Path) -> None:
    by_letter(sqlite_engine, 2)
    change(sqlite_engine, update(s.persons).where(s.persons.c.file_number == "0250000").values(last_name="😀 漢 Ł"))
    assert send(sqlite_engine, outbox).sent == 2
    assert "? ? Ł" in PdfReader(io.BytesIO(files(outbox)["2026-11-23-l1.pdf"])).pages[0].extract_text()


def test_again_nothing_is_written_anew(engine: Engine, outbox: Path) -> None:
    by_letter(engine, 2)
    send(engine, outbox)
    before = {path: path.stat().st_mtime_ns for path in (outbox / "letters").glob("*")}
    for later in (timedelta(0), timedelta(hours=1)):
        send(engine, outbox, at=AT + later)
    assert {path: path.stat().st_mtime_ns for path in (outbox / "letters").glob("*")} == before
    for path in before:
        path.unlink()  # the mail room took them
    send(engine, outbox)
    assert files(outbox) == {}


STEPS = ["gather", "printed_with", "manifest", "whole", "mark"]


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_neither_loses_nor_doubles_a_letter(
    engine: Engine, outbox: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = by_letter(engine, 3)
    with monkeypatch.context() as broken:
        where, name = {"gather": (store, "gather"), "mark": (store, "printed")}.get(step, (printing, step))

        def crash(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        broken.setattr(where, name, crash)
        with pytest.raises(KeyboardInterrupt):
            send(engine, outbox)
    left = files(outbox)
    send(engine, outbox)
    made = files(outbox)
    assert list(made) == ["2026-11-23-l1.csv", "2026-11-23-l1.pdf"]
    assert [row["message"] for row in the_list(made["2026-11-23-l1.csv"])] == [f"m{id_}" for id_ in ids]
    assert all(made[name] == content for name, content in left.items())
    assert len(PdfReader(io.BytesIO(made["2026-11-23-l1.pdf"])).pages) == 3


def test_each_letter_is_in_one_print_only(engine: Engine, outbox: Path) -> None:
    by_letter(engine, 2)
    send(engine, outbox, limit=1)
    send(engine, outbox)
    lists = [the_list(content) for name, content in files(outbox).items() if name.endswith(".csv")]
    assert [len(rows) for rows in lists] == [1, 1]
    assert lists[0][0]["message"] != lists[1][0]["message"]


def test_two_printers_at_once_share_the_letters(postgresql_url: str, outbox: Path) -> None:
    postgresql_engine = open_engine(postgresql_url)
    by_letter(postgresql_engine, 2)
    change(postgresql_engine, update(s.messages).values(status="sent", body="A\n\nB\n25000 C\n\nD\n\nObjet : e\n\nF"))
    with transaction(postgresql_engine) as first:
        assert store.gather(first, territory="doubs", at=AT) == 2
        with transaction(postgresql_engine) as second:
            assert store.gather(second, territory="doubs", at=AT) == 0
    print_letters(postgresql_engine, doubs(), folder=outbox)
    assert len(files(outbox)) == 2
    postgresql_engine.dispose()


def test_an_invitation_to_regularise_goes_registered() -> None:
    letter = store.Letter(
        message=7,
        template=Template.INVITATION_TO_REGULARISE,
        body="Département\n\nInès\n25220 Thise\n\nLe 1\n\nObjet : x\n\nBonjour",
        large=False,
    )
    registered = doubs().file.registered_letters
    (row,) = the_list(printing.manifest([letter], {"m7": 2}, registered=registered))
    assert (row["envoi"], row["poids_g"]) == ("recommandée avec avis de réception", "15")


def notices(engine: Engine) -> list[tuple[date | None, str]]:
    with transaction(engine) as connection:
        found = connection.execute(select(s.appointments.c.notice_sent_on, s.appointments.c.notice_proof))
        return [(row.notice_sent_on, row.notice_proof) for row in found]


def post(engine: Engine, day: date, act: Act = ACT, batch: int = 1) -> int:
    with transaction(engine) as connection:
        return store.posted(connection, act, batch=batch, day=day)


def test_a_letter_proves_nothing_before_somebody_says_that_the_post_took_it(engine: Engine, outbox: Path) -> None:
    by_letter(engine, 2)
    send(engine, outbox)
    assert notices(engine) == [(MONDAY, "none")] * 2
    later = Act(territory="doubs", by="Service courrier", at=AT + timedelta(days=2), on=MONDAY + timedelta(days=2))
    assert post(engine, MONDAY + timedelta(days=1), later) == 2
    assert notices(engine) == [(MONDAY + timedelta(days=1), "posted")] * 2


def test_the_day_of_the_post_is_that_of_the_formal_letter(engine: Engine, outbox: Path) -> None:
    (message,) = by_letter(engine, template=Template.CHECK_IN)
    send(engine, outbox)
    with transaction(engine) as connection:
        row = connection.execute(select(s.messages).where(s.messages.c.id == message)).one()
        connection.execute(
            s.letters.insert().values(
                territory="doubs",
                person_id=row.recipient_id,
                kind="invitation_to_regularise",
                sent_on=MONDAY - timedelta(days=3),
                channel="lettre",
                delay_days=15,
                message_key=row.key,
            )
        )
        connection.execute(update(s.messages).values(template=Template.INVITATION_TO_REGULARISE))
    post(engine, MONDAY)
    with transaction(engine) as connection:
        assert connection.scalar(select(s.letters.c.sent_on)) == MONDAY


@pytest.mark.parametrize(
    ("batch", "day", "why"),
    [
        (9, MONDAY, "introuvable"),
        (1, MONDAY + timedelta(days=1), "une fois fait"),
        (1, MONDAY - timedelta(days=1), "imprimée après ce jour"),
    ],
)
def test_what_cannot_have_been_posted_is_refused(
    sqlite_engine: Engine, outbox: Path, batch: int, day: date, why: str
) -> None:
    by_letter(sqlite_engine)
    send(sqlite_engine, outbox)
    with pytest.raises(JalonError, match=why):
        post(sqlite_engine, day, batch=batch)


def test_posted_twice_is_refused(sqlite_engine: Engine, outbox: Path) -> None:
    by_letter(sqlite_engine)
    send(sqlite_engine, outbox)
    post(sqlite_engine, MONDAY)
    with pytest.raises(JalonError, match="déjà noté"):
        post(sqlite_engine, MONDAY)


def test_another_county_s_letters_are_not_ours(engine: Engine, outbox: Path) -> None:
    by_letter(engine)
    change(engine, update(s.messages).values(territory="ailleurs", status="sent", body="x"))
    gather_letters(engine, doubs(), at=datetime.fromisoformat("2026-11-23T09:00+01:00"))
    assert print_letters(engine, doubs(), folder=outbox) == 0
