"""A copy of the county's database writes to nobody but those on its list (C6)."""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, make_url, select, update

from config.channels import Channels, load_channels
from store import schema as s
from store.engine import transaction
from tasks.dispatch import dispatch
from tasks.reach import name_of, reached
from tests.messages.rows import AT, doubs, one_each, rows, send
from tests.messages.servers import mail_server
from tracks.errors import JalonError


def channels(port: int, **more: Any) -> Channels:
    return Channels.model_validate({"email": {"url": f"mailto://127.0.0.1:{port}?cto=1"}} | more)


def ends(engine: Engine) -> Counter[tuple[str, str | None]]:
    return Counter((row["status"], row["not_sent_because"]) for row in rows(engine).values())


def test_staging_copied_from_production_writes_to_nobody(engine: Engine, tmp_path: Path) -> None:
    with transaction(engine) as connection:
        one_each(connection, 30)
    with mail_server() as box:
        copied = channels(box.port, production={"database": "bdd.example.org/jalon"})
        rehearsed = send(engine, tmp_path / "outbox", channels=copied, apply=False)
        assert send(engine, tmp_path / "outbox", channels=copied) == rehearsed
        assert (rehearsed.sent, rehearsed.held) == (0, 30)
        assert box.attempts == []
    assert ends(engine) == {("held", "not_production"): 30}


def test_a_copy_reaches_those_on_its_list_only(engine: Engine, tmp_path: Path) -> None:
    with transaction(engine) as connection:
        one_each(connection, 6)
        allowed = ["Personne1@Example.org", "equipe.example.org", "example"]
        domains = {2: "equipe.example.org", 3: "autre-equipe.example.org", 4: "equipe.example.org.evil"}
        for number, domain in domains.items():
            person = select(s.persons.c.id).where(s.persons.c.file_number == f"025{number:04}").scalar_subquery()
            connection.execute(update(s.persons).where(s.persons.c.id == person).values(email=f"p@{domain}"))
    with mail_server() as box:
        assert send(engine, tmp_path / "outbox", channels=channels(box.port, only={"allow": allowed})).sent == 2
        assert sorted(box.attempts) == ["p@equipe.example.org", "personne1@example.org"]


def test_production_itself_writes_to_everybody(engine: Engine, tmp_path: Path) -> None:
    with transaction(engine) as connection:
        one_each(connection, 3)
    with mail_server() as box:
        here = channels(box.port, production={"database": name_of(engine.url)}, only={"allow": []})
        assert send(engine, tmp_path / "outbox", channels=here).sent == 3


def test_a_copy_s_local_outbox_is_no_danger(sqlite_engine: Engine, tmp_path: Path) -> None:
    with transaction(sqlite_engine) as connection:
        one_each(connection, 3)
    elsewhere = Channels.model_validate({"production": {"database": "bdd.example.org/jalon"}})
    assert send(sqlite_engine, tmp_path / "outbox", channels=elsewhere).sent == 3


@pytest.mark.parametrize(
    ("url", "free"),
    [
        ("postgresql+psycopg://jalon:x@BDD.example.org:5432/jalon", True),
        ("postgresql+psycopg://jalon:x@essai.example.org/jalon", False),
        ("postgresql+psycopg://jalon:x@bdd.example.org/jalon_essai", False),
        ("sqlite:////srv/jalon/jalon.db", False),
        ("sqlite://", False),
    ],
)
def test_a_database_is_known_by_its_machine_and_its_name(url: str, free: bool) -> None:
    known = channels(25, production={"database": "bdd.example.org/jalon"})
    assert reached(known, make_url(url)) == (None if free else frozenset())


@pytest.mark.parametrize("apply", [True, False])
def test_without_a_word_about_production_nobody_is_reached(engine: Engine, tmp_path: Path, apply: bool) -> None:
    with transaction(engine) as connection:
        one_each(connection, 3)
    with mail_server() as box:
        silent = channels(box.port)
        with pytest.raises(JalonError, match="rien n'est parti") as refused:
            dispatch(engine, doubs(), silent, at=AT, apply=apply, outbox=tmp_path / "outbox")
        assert box.attempts == []
        asked = tomllib.loads(str(refused.value).partition("\n\n")[2].partition("\n\n")[0])
        written = channels(box.port, **asked)  # the very lines that the refusal gives for production
        assert dispatch(engine, doubs(), written, at=AT, apply=apply, outbox=tmp_path / "outbox").sent == 3
    assert ends(engine) == {("sent" if apply else "pending", None): 3}


def test_a_refusal_says_no_password() -> None:
    with pytest.raises(JalonError) as refused:
        reached(channels(25), make_url("postgresql+psycopg://jalon:tres-secret@bdd.example.org:5432/jalon"))
    assert 'database = "bdd.example.org/jalon"' in str(refused.value)
    assert "tres-secret" not in str(refused.value)


def test_a_file_of_channels_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    for path in (tmp_path / "nope.toml", tmp_path):
        with pytest.raises(JalonError, match=r"JALON_CHANNELS : le fichier .* Rien n'est parti. Corrigez son chemin"):
            load_channels(path)
