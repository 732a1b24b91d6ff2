"""What left is noted outside the database: a restored one sends nothing before it has been told (A12)."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select, update

from config.channels import Channels
from store import journal
from store import schema as s
from store.acts import Act
from store.engine import reading, transaction
from store.reconciling import Reconciled, reconcile
from tasks import send_log
from tasks.lane import proofs
from tests.messages.rows import AT, MONDAY, change, doubs, one_each, rows, send
from tests.messages.servers import mail_server
from tracks.errors import JalonError

ACT = Act(territory="doubs", by="Hélène Marchal", at=AT, on=MONDAY)


def through(port: int) -> Channels:
    return Channels.model_validate({"email": {"url": f"mailto://127.0.0.1:{port}"}})


def restore(engine: Engine) -> None:
    """The database as it was before anything left."""
    change(engine, delete(s.journal).where(s.journal.c.chain == "dispatch"))
    change(engine, update(s.messages).values(status="pending", sent_at=None, attempts=0, body=None))
    change(engine, update(s.appointments).values(notice_sent_on=None, notice_by_jalon=False))


def told(engine: Engine, log: Path, channels: Channels) -> Reconciled:
    with transaction(engine) as connection:
        left = send_log.left_since(log, connection, territory="doubs")
        calendar = doubs().calendar
        done = reconcile(connection, ACT, left, proofs=proofs(channels), calendar=calendar)
    with reading(engine) as connection:
        send_log.reconciled(log, connection, territory="doubs", at=AT)
    return done


def test_a_restored_database_sends_nothing_until_it_is_told_what_left(engine: Engine, tmp_path: Path) -> None:
    outbox, log = tmp_path / "outbox", tmp_path / "sends.jsonl"
    with transaction(engine) as connection:
        one_each(connection, 30)
    with mail_server() as box:
        channels = through(box.port)
        assert send(engine, outbox, channels=channels).sent == 30
        assert send(engine, outbox, channels=channels).due == 0, "the file and the database say the same"
        restore(engine)
        with pytest.raises(JalonError, match="jalon messages reconcile"):
            send(engine, outbox, channels=channels)
        assert told(engine, log, channels) == Reconciled(sent=30, doubtful=0, absent=0)
        assert send(engine, outbox, channels=channels).sent == 0
        assert len(box.received) == 30
    assert {row["status"] for row in rows(engine).values()} == {"sent"}
    with reading(engine) as connection:
        assert set(connection.scalars(select(s.appointments.c.notice_sent_on))) == {MONDAY}, "the summons is proved"
        assert journal.verify(connection, territory="doubs").first_bad is None


def test_what_a_dispatcher_never_ended_is_doubtful_and_what_names_nobody_here_is_counted(
    engine: Engine, tmp_path: Path
) -> None:
    outbox, log = tmp_path / "outbox", tmp_path / "sends.jsonl"
    with transaction(engine) as connection:
        first, second, _ = one_each(connection, 3)
    with mail_server() as box:
        channels = through(box.port)
        send(engine, outbox, channels=channels)
        restore(engine)
        begun = log.read_text("utf-8").splitlines()[0]
        log.write_text(begun + "\n" + begun[:40], "utf-8")  # killed while it sent, then while it wrote
        line = json.loads(begun) | {"head": [9, "0" * 64]}
        log.write_text(begun + "\n" + json.dumps(line) + "\n" + begun[:40], "utf-8")
        change(engine, update(s.messages).where(s.messages.c.id == first).values(status="void"))
        change(engine, delete(s.links).where(s.links.c.message_id == second))
        change(engine, delete(s.messages).where(s.messages.c.id == second))
        assert told(engine, log, channels) == Reconciled(sent=0, doubtful=1, absent=1)


def test_the_local_outbox_is_not_noted_and_no_name_is(engine: Engine, tmp_path: Path) -> None:
    outbox, log = tmp_path / "outbox", tmp_path / "sends.jsonl"
    with transaction(engine) as connection:
        one_each(connection, 2)
    assert send(engine, outbox).sent == 2
    assert not log.exists()
    restore(engine)
    with mail_server() as box:
        assert send(engine, outbox, channels=through(box.port)).sent == 2
    written = log.read_text("utf-8")
    assert "@" not in written and "Inès" not in written
    assert log.stat().st_mode & 0o077 == 0
