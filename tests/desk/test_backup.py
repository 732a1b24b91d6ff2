"""`jalon backup`, `jalon restore`: the copy is whole or refused, and a restored base writes to nobody twice."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from store import schema as s
from store.copying import copy_out
from store.engine import open_engine, reading, transaction
from tasks.reach import name_of
from tests.desk.conftest import Jalon
from tests.messages.rows import AT, a_case, a_message, a_person, a_referent, an_appointment, one_each, rows
from tests.messages.servers import Mailbox, mail_server
from tests.postgresql import own_programs
from tracks.errors import JalonError
from tracks.vocabulary import Channel

BY = ("--by", "Hélène Marchal")
PASS = ("dispatch", "--apply", "--json", "--at", "2026-11-23T10:00:00+01:00")
SENT = 12


@dataclass(frozen=True)
class Installed:
    """A county on a database, with a mail server that counts."""

    home: Path
    engine: Engine
    box: Mailbox

    def statuses(self) -> set[str]:
        return {row["status"] for row in rows(self.engine).values()}


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs of the very PostgreSQL that the tests bring."""
    if "JALON_TEST_DATABASE_URL" not in os.environ:
        monkeypatch.setenv("JALON_PG_BIN", str(own_programs()))


@pytest.fixture
def installed(
    engine: Engine, database_url: str, home: Path, tools: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installed]:
    monkeypatch.setenv("JALON_DATABASE_URL", database_url)
    with transaction(engine) as connection:
        one_each(connection, SENT)
    with mail_server() as box:
        channels = home.parent / "channels.toml"
        production = f'[production]\ndatabase = "{name_of(engine.url)}"\n'
        channels.write_text(f'[email]\nurl = "mailto://127.0.0.1:{box.port}"\n{production}', "utf-8")
        channels.chmod(0o600)
        monkeypatch.setenv("JALON_CHANNELS", str(channels))
        yield Installed(home, engine, box)


def one_more(engine: Engine) -> None:
    """A summons that the backup never saw."""
    with transaction(engine) as connection:
        person, referent = a_person(connection, 900), a_referent(connection, email="autre@example.org")
        case = a_case(connection, person, referent)
        appointment = an_appointment(connection, case, referent)
        a_message(connection, person=person, case=case, channel=Channel.EMAIL, appointment=appointment)


def test_what_left_since_the_backup_never_leaves_again(jalon: Jalon, installed: Installed, tmp_path: Path) -> None:
    saved = tmp_path / "hier"
    done = jalon("backup", "--to", saved, "--json")
    assert done.exit_code == 0, done.output
    assert jalon("backup", "--to", saved).exit_code == 1, "a backup never replaces another"
    assert (saved.stat().st_mode & 0o077) == 0, "people are named in it"
    jalon(*PASS)
    assert len(installed.box.received) == SENT

    refused = jalon("restore", saved, *BY)
    assert refused.exit_code == 1
    assert "--replace" in refused.stderr
    assert installed.statuses() == {"sent"}, "nothing was touched"

    told = json.loads(jalon("restore", saved, *BY, "--replace", "--json").stdout)
    assert (told["sent"], told["doubtful"], told["absent"], told["stopped"]) == (SENT, 0, 0, [])
    assert (Path(told["replaced"]) / "manifest.json").is_file()
    assert installed.statuses() == {"sent"}
    assert json.loads(jalon(*PASS).stdout)["sent"] == 0
    assert len(installed.box.received) == SENT
    assert jalon("audit", "verify").exit_code == 0


def test_what_the_backup_never_saw_stops_everything_until_a_person_has_read(
    jalon: Jalon, installed: Installed, tmp_path: Path
) -> None:
    saved = tmp_path / "hier"
    jalon("backup", "--to", saved)
    one_more(installed.engine)
    jalon(*PASS)
    told = json.loads(jalon("restore", saved, *BY, "--replace", "--json").stdout)
    assert (told["sent"], told["absent"], told["stopped"]) == (SENT, 1, ["doubs"])
    one_more(installed.engine)  # the night makes it again
    assert json.loads(jalon(*PASS).stdout)["sent"] == 0
    assert len(installed.box.received) == SENT + 1
    with reading(installed.engine) as connection:
        assert "sauvegarde du 23 novembre 2026 à 10\u202fh" in str(connection.scalar(select(s.stops.c.reason)))


def test_where_what_left_is_noted_nowhere_all_that_was_due_waits_for_people(
    jalon: Jalon, installed: Installed, tmp_path: Path
) -> None:
    saved = tmp_path / "hier"
    later = AT + timedelta(days=2)
    with transaction(installed.engine) as connection:
        connection.execute(s.messages.update().where(s.messages.c.id == 1).values(due_at=later))
    jalon("backup", "--to", saved)
    jalon(*PASS)
    (installed.home / "sends.jsonl").unlink()  # the machine is lost: another one, empty
    told = json.loads(jalon("restore", saved, *BY, "--replace", "--json").stdout)
    assert (told["sent"], told["doubtful"], told["stopped"]) == (0, SENT - 1, ["doubs"])
    jalon("resume", *BY)
    assert json.loads(jalon(*PASS).stdout)["sent"] == 0
    assert len(installed.box.received) == SENT - 1
    assert installed.statuses() == {"unknown", "pending"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_harmed_backup_is_refused_whole_and_so_is_another_kind_of_database(
    jalon: Jalon,
    installed: Installed,
    tmp_path: Path,
    empty_postgresql_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    jalon(*PASS)
    saved = tmp_path / "hier"
    jalon("backup", "--to", saved)
    noted, stranger = saved / "files" / "sends.jsonl", saved / "files" / "intrus.txt"
    whole = noted.read_bytes()
    with transaction(installed.engine) as connection:
        connection.execute(s.messages.update().values(status="void"))
    for harm in (
        lambda: noted.write_bytes(whole.replace(b"sent", b"void", 1)),
        noted.unlink,
        lambda: (noted.write_bytes(whole), stranger.touch()),
    ):
        harm()
        said = jalon("restore", saved, *BY, "--replace")
        assert (said.exit_code, "Sauvegarde abîmée" in said.stderr) == (1, True)
    stranger.unlink()
    assert installed.statuses() == {"void"}
    assert not (installed.home / "backups").exists(), "it stopped before anything else"
    monkeypatch.setenv("JALON_DATABASE_URL", empty_postgresql_url)
    said = jalon("restore", saved, *BY)
    assert said.exit_code == 1
    assert "base sqlite, et JALON_DATABASE_URL désigne une base postgresql" in " ".join(said.stderr.split())


def test_an_empty_database_takes_a_backup_at_once(
    jalon: Jalon, installed: Installed, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    jalon(*PASS)
    jalon("backup", "--to", tmp_path / "hier")
    before = {row["key"]: dict(row) for row in rows(installed.engine).values()}
    empty = f"sqlite:///{tmp_path}/neuve.db"
    if installed.engine.dialect.name == "postgresql":
        empty = request.getfixturevalue("empty_postgresql_url")
    monkeypatch.setenv("JALON_DATABASE_URL", empty)
    said = jalon("restore", tmp_path / "hier", *BY)
    assert said.exit_code == 0, said.output
    engine = open_engine(empty)
    assert {row["key"]: dict(row) for row in rows(engine).values()} == before
    assert one_person(engine) > 0, "ids go on where they were"
    engine.dispose()


def one_person(engine: Engine) -> int:
    with transaction(engine) as connection:
        return a_person(connection, 901)


def test_without_postgresql_s_own_programs_their_package_is_named(postgresql_url: str, tmp_path: Path) -> None:
    engine = open_engine(postgresql_url)
    with pytest.raises(JalonError, match="postgresql-client"):
        copy_out(engine, tmp_path / "x.dump", tools=tmp_path)
    engine.dispose()
