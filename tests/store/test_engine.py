"""The engine: one transaction or nothing, a dry run that writes nothing, instants in UTC, writers that wait."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from store.engine import open_engine, reading, transaction
from store.schema import cases, leases, persons
from tests.conftest import Server
from tests.county import County
from tracks.errors import JalonError

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEASE = {"territory": "doubs", "name": "night", "holder": "0", "until": NOON}


def leases_in(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(leases)).scalar_one()


def test_an_exception_undoes_the_whole_transaction(engine: Engine) -> None:
    with pytest.raises(IntegrityError), transaction(engine) as connection:
        connection.execute(insert(leases), [LEASE, LEASE | {"name": None}])
    assert leases_in(engine) == 0


def test_a_dry_run_counts_the_rows_and_keeps_none(engine: Engine) -> None:
    with transaction(engine, apply=False) as connection:
        written = connection.execute(insert(leases).values(**LEASE).returning(leases.c.holder)).all()
        assert len(written) == 1
    assert leases_in(engine) == 0
    with transaction(engine) as connection:
        connection.execute(insert(leases).values(**LEASE))
    assert leases_in(engine) == 1


def test_nothing_written_while_reading_is_kept(engine: Engine) -> None:
    with reading(engine) as connection:
        connection.execute(insert(leases).values(**LEASE))
    assert leases_in(engine) == 0


def test_a_read_takes_no_lock_from_a_writer(engine: Engine) -> None:
    with reading(engine) as reader:
        reader.execute(select(leases)).all()
        with transaction(engine) as writer:
            writer.execute(insert(leases).values(**LEASE))
    assert leases_in(engine) == 1


def test_an_orphan_row_is_refused(engine: Engine, county: County) -> None:
    with pytest.raises(IntegrityError), transaction(engine) as connection:
        connection.execute(update(cases).values(person_id=county.person + 1))


def test_two_counties_may_hold_the_same_file_number_and_one_county_may_not(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        person = dict(connection.execute(select(persons)).mappings().one())
        del person["id"]
        connection.execute(insert(persons).values(**person | {"territory": "nord"}))
    with pytest.raises(IntegrityError), transaction(engine) as connection:
        connection.execute(insert(persons).values(**person))


def test_an_instant_comes_back_in_utc_whatever_the_zone_it_was_written_in(engine: Engine) -> None:
    paris = timezone(timedelta(hours=1))
    with transaction(engine) as connection:
        connection.execute(insert(leases).values(**LEASE | {"until": NOON.astimezone(paris)}))
        read = connection.execute(select(leases.c.until)).scalar_one()
    assert read == NOON
    assert read.utcoffset() == timedelta(0)


def test_an_instant_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="sans fuseau horaire"), transaction(engine) as connection:
        connection.execute(insert(leases).values(**LEASE | {"until": datetime(2026, 11, 23, 12)}))


def test_writers_that_read_first_wait_for_one_another(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(insert(leases).values(**LEASE))

    def count_up() -> None:
        for _ in range(25):
            with transaction(engine) as connection:
                held = connection.execute(select(leases.c.holder).with_for_update()).scalar_one()
                connection.execute(update(leases).values(holder=str(int(held) + 1)))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as connection:
        assert connection.execute(select(leases.c.holder)).scalar_one() == "100"


def test_sqlite_keeps_what_it_said_it_kept(sqlite_engine: Engine) -> None:
    with reading(sqlite_engine) as connection:
        asked = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("journal_mode", "synchronous")
        }
    assert asked == {"journal_mode": "wal", "synchronous": 2}


def test_another_database_is_refused_in_french() -> None:
    with pytest.raises(JalonError, match="« mysql » n'est pas pris en charge"):
        open_engine("mysql://localhost/jalon")


def test_the_folder_of_the_data_is_closed_to_others(tmp_path: Path) -> None:
    open_engine(f"sqlite:///{tmp_path}/new/jalon.db").dispose()
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_is_refused_in_french(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JalonError, match="ne peut pas être créé"):
        open_engine(f"sqlite:///{tmp_path}/file/jalon.db")


def opened(url: str) -> None:
    engine = open_engine(url)
    try:
        with reading(engine):
            pass
    finally:
        engine.dispose()


@pytest.mark.parametrize("url", ["zorro", "postgresql+psycopg://nobody:secret@127.0.0.1:1/none", "sqlite:///{folder}"])
def test_a_database_that_does_not_open_is_said_without_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(JalonError, match="JALON_DATABASE_URL") as refused:
        opened(url.format(folder=tmp_path))
    assert "secret" not in str(refused.value)


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "jalon.db").write_bytes(b"something else" * 500)
    with pytest.raises(JalonError, match="ne s'ouvre pas"):
        opened(f"sqlite:///{tmp_path}/jalon.db")


def test_a_connection_that_the_server_ended_is_replaced(postgresql: Server, postgresql_url: str) -> None:
    engine = open_engine(postgresql_url)
    with reading(engine) as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    postgresql.run(f"SELECT pg_terminate_backend({pid})")
    with reading(engine) as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != pid
    engine.dispose()
