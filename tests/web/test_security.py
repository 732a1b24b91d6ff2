"""Links that nobody can guess, bend, outlive or use for something else; and openings that change nothing (E3, E4)."""

import logging
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from markupsafe import escape
from sqlalchemy import Engine, select, update
from starlette.routing import Route

from desk.web.app import routes
from store import schema as s
from store.acts import Act
from store.answers import Given, give
from store.engine import reading, transaction
from store.links import Link, find
from store.tokens import ALPHABET, LENGTH, hashed, new_token
from tests.messages.rows import AT, TUESDAY_8, change, rows, send
from tests.web.conftest import Clock, served
from tests.web.links import by_mail, link_in, sent_link
from tests.web.test_answers import all_of, answer, proof_in
from tracks.errors import JalonError
from tracks.vocabulary import AnswerKind, Channel, Purpose

NAMES = ("empechement", "autre-moment", "choisir", "expliquer", "nouvelles", "coordonnees", "ne-plus-ecrire")
OPEN_TO_ALL = {"/", "/jalon.css", "/favicon.ico"}
BY_TOKEN = {"/r/{token}", "/a/{token}.ics"} | {f"/r/{{token}}/{name}" for name in (*NAMES, "venir")}


def everything(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table."""
    with reading(engine) as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in s.metadata.sorted_tables
        }


def test_every_route_is_public_on_purpose_or_asks_for_a_token() -> None:
    paths = {route.path for route in routes() if isinstance(route, Route)}
    assert len(paths) > 5 and len([r for r in routes() if not isinstance(r, Route)]) == 0
    assert not {path for path in paths if not path.startswith("/receipts/")} - OPEN_TO_ALL - BY_TOKEN


@pytest.mark.parametrize("path", sorted(BY_TOKEN))
def test_no_page_opens_without_a_token_that_was_given(phone: httpx.Client, path: str) -> None:
    for token in ("", "x", new_token(), "../r", "%00", "a" * 4000):
        at = path.replace("{token}", token)
        assert phone.get(at).status_code in (404, 405, 400), at
        assert phone.post(at, data={"proof": "1.x"}).status_code in (404, 405, 400), at


def test_a_token_is_at_least_128_bits_and_never_the_same() -> None:
    assert len(set(ALPHABET)) ** LENGTH >= 2**128
    tokens = {new_token() for _ in range(10_000)}
    assert len(tokens) == 10_000
    assert {len(token) for token in tokens} == {LENGTH} and set("".join(tokens)) == set(ALPHABET)


@pytest.mark.slow
def test_a_million_guesses_find_nothing(sqlite_engine: Engine, outbox: Path) -> None:
    """Over the very look-up of the pages; half of them one letter away from a real one."""
    token = sent_link(sqlite_engine, outbox).rpartition("/")[2]
    with reading(sqlite_engine) as connection:
        hashes = set(connection.scalars(select(s.links.c.token_hash)))
    assert hashes == {sha256(token.encode()).hexdigest()}
    random = Random(3)
    hits = 0
    for number in range(1_000_000):
        if number % 2:
            guess = "".join(random.choices(ALPHABET, k=LENGTH))
        else:
            place = random.randrange(LENGTH)
            guess = token[:place] + random.choice(ALPHABET) + token[place + 1 :]
        hits += guess != token and hashed(guess) in hashes
    assert hits == 0


def test_one_flipped_bit_opens_nothing(engine: Engine, outbox: Path) -> None:
    token = sent_link(engine, outbox).rpartition("/")[2]
    random = Random(5)
    with reading(engine) as connection:
        assert find(connection, territory="doubs", token=token) is not None
        for _ in range(500):
            raw = bytearray(token.encode())
            raw[random.randrange(LENGTH)] ^= 1 << random.randrange(7)
            bent = raw.decode("latin-1")
            assert find(connection, territory="doubs", token=bent) is None, bent
        assert find(connection, territory="jura", token=token) is None


def test_a_burst_of_guesses_is_stopped_and_finds_nothing(engine: Engine, phone: httpx.Client) -> None:
    statuses = [phone.get(f"/r/{new_token()}").status_code for _ in range(150)]
    assert set(statuses) == {404, 429}
    assert statuses.count(404) <= 25


def test_a_link_opens_one_person_and_no_number_leads_to_another(
    engine: Engine, phone: httpx.Client, outbox: Path
) -> None:
    first = sent_link(engine, outbox, number=1)
    second = sent_link(engine, outbox, number=2, starts_at=TUESDAY_8 + timedelta(hours=2))
    theirs = proof_in(phone.get(f"{second}/empechement").text, "empechement")
    stolen = phone.post(f"{first}/empechement", data={"proof": theirs, "motif": "travail"})
    assert stolen.status_code == 403
    named = {"link_id": "2", "person_id": "2", "appointment_id": "2", "case_id": "2", "token": second[3:]}
    done = answer(phone, first, "empechement", motif="travail", **named)
    assert done.status_code == 303
    assert [row["status"] for row in all_of(engine, s.appointments)] == ["excused", "planned"]
    assert {row["person_id"] for row in all_of(engine, s.answers)} == {all_of(engine, s.persons)[0]["id"]}


def test_the_form_of_one_action_is_no_form_of_another(engine: Engine, phone: httpx.Client, outbox: Path) -> None:
    path = sent_link(engine, outbox)
    coming = proof_in(phone.get(path).text, "venir")
    for name in NAMES:
        if name not in ("nouvelles",):
            assert phone.post(f"{path}/{name}", data={"proof": coming, "motif": "travail"}).status_code == 403
    assert phone.post(f"{path}/nouvelles", data={"proof": coming}).status_code == 410  # not what this link is for
    assert all_of(engine, s.answers) == []


@pytest.mark.parametrize("proof", ["", "1.x", "9" * 11 + ".x", "é.x", "1." + "0" * 32])
def test_a_form_from_elsewhere_is_refused(engine: Engine, phone: httpx.Client, outbox: Path, proof: str) -> None:
    path = sent_link(engine, outbox)
    assert phone.post(f"{path}/venir", data={"proof": proof}).status_code == 403
    assert phone.post(f"{path}/venir").status_code == 415
    real = proof_in(phone.get(path).text, "venir")
    elsewhere = phone.post(f"{path}/venir", data={"proof": real}, headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403
    assert all_of(engine, s.answers) == []


def test_a_page_left_open_too_long_is_to_be_opened_again(
    engine: Engine, phone: httpx.Client, outbox: Path, clock: Clock
) -> None:
    path = sent_link(engine, outbox)
    proof = proof_in(phone.get(path).text, "venir")
    clock.at = AT + timedelta(hours=13)
    assert phone.post(f"{path}/venir", data={"proof": proof}).status_code == 403
    assert answer(phone, path, "venir").status_code == 303


def test_each_purpose_ends_on_its_day(engine: Engine, phone: httpx.Client, outbox: Path, clock: Clock) -> None:
    path = sent_link(engine, outbox)  # on 23 November, for 8 December: 30 days after each
    clock.at = AT + timedelta(days=30, minutes=1)
    assert phone.get(f"{path}/coordonnees").status_code == 410
    assert phone.get(f"{path}/expliquer").status_code == 200
    clock.at = TUESDAY_8 + timedelta(days=30, minutes=1)
    for name in ("", *(f"/{name}" for name in NAMES)):
        assert phone.get(f"{path}{name}").status_code == 410, name
        assert phone.post(f"{path}{name or '/venir'}", data={"proof": "1.x"}).status_code == 410, name
    assert all_of(engine, s.answers) == []


def a_link(**changes: Any) -> Link:
    link = Link(
        id=1,
        person_id=1,
        case_id=1,
        appointment_id=1,
        channel=Channel.SMS,
        answer_until=AT,
        contact_until=AT + timedelta(days=1),
    )
    return replace(link, **changes)


def test_a_link_serves_what_it_was_made_for_until_its_hour() -> None:
    later, much_later = AT + timedelta(seconds=1), AT + timedelta(days=2)
    assert a_link().allows(Purpose.APPOINTMENT, AT) and not a_link().allows(Purpose.APPOINTMENT, later)
    assert a_link().allows(Purpose.CONTACT, later) and not a_link().allows(Purpose.CONTACT, much_later)
    assert not a_link().allows(Purpose.NEWS, AT)
    assert a_link(appointment_id=None).allows(Purpose.NEWS, AT)
    assert not a_link(appointment_id=None).allows(Purpose.APPOINTMENT, AT)
    assert not a_link(answer_until=None, contact_until=None).serves(AT)


def test_opening_a_link_changes_nothing_whoever_opens_it(engine: Engine, phone: httpx.Client, outbox: Path) -> None:
    """Scanners of mail open every link of a page too."""
    path = sent_link(engine, outbox)
    before = everything(engine)
    for _ in range(3):
        for at in (path, *(f"{path}/{name}" for name in (*NAMES, "venir"))):
            for method in ("GET", "HEAD", "OPTIONS"):
                phone.request(method, at)
            for found in re.findall(r'href="(/[^"]*)"', phone.get(at).text):
                phone.get(found)
    assert everything(engine) == before
    assert answer(phone, path, "venir").status_code == 303
    assert everything(engine) != before


def test_an_older_link_works_until_its_own_end(engine: Engine, phone: httpx.Client, outbox: Path) -> None:
    """A message that is sent again carries another link: the first one stays good."""
    path = sent_link(engine, outbox)
    (message,) = rows(engine)
    change(engine, update(s.messages).values(status="pending"))
    assert send(engine, outbox).sent == 1
    again = link_in(outbox, message)
    assert again != path and len(all_of(engine, s.links)) == 2
    assert answer(phone, path, "autre-moment").status_code == 303
    assert answer(phone, again, "venir").status_code == 303


def test_a_dry_run_makes_no_link(engine: Engine, outbox: Path) -> None:
    sent_link(engine, outbox)
    change(engine, update(s.messages).values(status="pending"))
    before = everything(engine)
    assert send(engine, outbox, apply=False).sent == 1
    assert everything(engine) == before


def raw(engine: Engine) -> bytes:
    """The whole database, as bytes."""
    file = Path(str(engine.url.database))
    copy = file.with_suffix(".copy")
    with sqlite3.connect(file) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    wal = file.with_name(f"{file.name}-wal")
    return copy.read_bytes() + file.read_bytes() + (wal.read_bytes() if wal.exists() else b"")


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def test_the_token_is_in_the_message_and_nowhere_else(
    sqlite_engine: Engine, outbox: Path, tmp_path: Path, clock: Clock, logged: pytest.LogCaptureFixture
) -> None:
    """Not in the database, its write-ahead log, the journal, the noted heads, the logs; nor its kept text."""
    path = sent_link(sqlite_engine, outbox)
    with served(sqlite_engine, tmp_path, clock=clock) as address, httpx.Client(trust_env=False) as phone:
        client = httpx.Client(base_url=address, trust_env=False)
        answer(client, path, "venir")
        answer(client, path, "coordonnees", telephone="06 39 98 77 77", email="nouvelle@example.org")
        phone.get(f"{address}{path}x")
        client.close()
    token = path.rpartition("/")[2].encode()
    places = {"database": raw(sqlite_engine), "heads": (tmp_path / "journal-heads.jsonl").read_bytes()}
    places["logs"] = "\n".join(r.getMessage() for r in logged.records if not r.name.startswith("http")).encode()
    assert [name for name, content in places.items() if token in content] == []
    assert hashed(token.decode()).encode() in places["database"]  # the search does look there
    assert token in b"".join(file.read_bytes() for file in outbox.iterdir())
    (kept,) = [row["body"] for row in rows(sqlite_engine).values()]
    assert "https://rdv.example.org/r/••••••" in kept


def test_the_new_details_are_in_no_log(
    engine: Engine, phone: httpx.Client, outbox: Path, logged: pytest.LogCaptureFixture
) -> None:
    path = by_mail(engine, outbox)
    answer(phone, path, "coordonnees", telephone="06 39 98 77 77", email="canari@example.org")
    answer(phone, path, "autre-moment", note="canari")
    with reading(engine) as connection:
        lines = [str(tuple(line)) for line in connection.execute(select(s.journal))]
    lines += [r.getMessage() for r in logged.records if r.name.startswith(("jalon", "uvicorn"))]
    assert lines
    assert [line for line in lines if "canari" in line or "39987777" in line] == []


def test_hostile_input_stays_text(engine: Engine, phone: httpx.Client, outbox: Path) -> None:
    path = sent_link(engine, outbox)
    for hostile in ("<script>alert(1)</script>", "'; DROP TABLE answers; --", "{{ 7*7 }}", "\u202eabc"):
        shown = answer(phone, path, "coordonnees", telephone="faux", ville=hostile)
        assert shown.status_code == 422
        assert "<script" not in shown.text and str(escape(hostile)) in shown.text
    assert answer(phone, path, "autre-moment", note="<b>mot</b>\u202e\nbis").status_code == 303
    assert [row["note"] for row in all_of(engine, s.answers)] == ["<b>mot</b> bis"]


def test_an_answer_is_taken_in_one_transaction_with_what_follows(engine: Engine, outbox: Path) -> None:
    """What fails leaves nothing behind it."""
    token = sent_link(engine, outbox).rpartition("/")[2]
    before = everything(engine)
    act = Act(territory="doubs", by="x", at=datetime(2026, 11, 24, tzinfo=UTC), on=AT.date())
    given = Given(kind=AnswerKind.NOT_COMING, reason="no such code")
    with reading(engine) as connection:
        link = find(connection, territory="doubs", token=token)
    assert link is not None
    with pytest.raises(JalonError, match="Motif inconnu"), transaction(engine) as connection:
        give(connection, act, link, given, why="", coordinator_from=AT.date())
    assert everything(engine) == before
