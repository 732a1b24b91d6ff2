"""The mail connection that a pass keeps: as exact as a connection a message, and opened anew when it must be."""

import smtplib
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from config.channels import Channels, ChannelSettings
from store import schema as s
from store.engine import transaction
from tasks import plugins
from tests.messages.rows import AT, change, one_each, rows, send
from tests.messages.servers import Mailbox, mail_server
from tracks.vocabulary import MessageStatus


def through(box: Mailbox, **settings: object) -> Channels:
    given = {"url": f"mailto://127.0.0.1:{box.port}?cto=1"} | settings
    return Channels(email=ChannelSettings.model_validate(given))


def written_to(engine: Engine, addresses: list[str]) -> list[int]:
    with transaction(engine) as connection:
        ids = one_each(connection, len(addresses))
        for id_, address in zip(ids, addresses, strict=True):
            person = select(s.messages.c.recipient_id).where(s.messages.c.id == id_).scalar_subquery()
            connection.execute(update(s.persons).where(s.persons.c.id == person).values(email=address))
    return ids


def test_a_pass_keeps_one_connection_and_opens_it_anew_after_a_hundred(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "USED_AT_MOST", 10)
    written_to(sqlite_engine, [f"p{n}@example.org" for n in range(25)])
    with mail_server() as box:
        assert send(sqlite_engine, tmp_path / "outbox", channels=through(box)).sent == 25
    assert len(box.connections) == 3
    assert [to for to, _ in box.received] == [[f"p{n}@example.org"] for n in range(25)]


def test_each_keeps_its_own_end_on_a_shared_connection(sqlite_engine: Engine, tmp_path: Path) -> None:
    """A refusal, a delay, a broken connection: what comes after is neither lost nor told what was not said of it."""
    who = ["a", "refuse", "b", "later", "c", "spam", "d", "drop", "e", "closing", "f", "slow", "g"]
    ids = written_to(sqlite_engine, [f"{name}@example.org" for name in who])
    with mail_server() as box:
        send(sqlite_engine, tmp_path / "outbox", channels=through(box))
    found = rows(sqlite_engine)
    ends = {name: found[id_]["status"] for name, id_ in zip(who, ids, strict=True)}
    assert ends == dict.fromkeys("abcdefg", "sent") | {
        "refuse": "failed",
        "spam": "failed",
        "later": "pending",
        "closing": "pending",
        "drop": "unknown",
        "slow": "unknown",
    }
    arrived = Counter(to[0].partition("@")[0] for to, _ in box.received)
    assert arrived == Counter([*"abcdefg", "drop", "slow"])
    assert Counter(box.attempts) == Counter(f"{name}@example.org" for name in who)


def test_a_server_that_hung_up_between_two_messages_costs_nothing(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = written_to(sqlite_engine, ["a@example.org", "b@example.org"])
    with mail_server() as box:
        real = plugins.Wire.ready

        def gone_before_the_second(self: plugins.Wire, connect: object) -> smtplib.SMTP:
            server = real(self, connect)  # type: ignore[arg-type]
            if self.used == 2:
                server.sock.close()  # type: ignore[union-attr]
            return server

        monkeypatch.setattr(plugins.Wire, "ready", gone_before_the_second)
        assert send(sqlite_engine, tmp_path / "outbox", channels=through(box)).sent == 2
    assert [rows(sqlite_engine)[id_]["attempts"] for id_ in ids] == [1, 1]
    assert len(box.received) == 2


def test_an_accent_before_the_at_wants_a_channel_that_declares_it(sqlite_engine: Engine, tmp_path: Path) -> None:
    accented = "rené@example.org"
    (id_,) = written_to(sqlite_engine, [accented])
    with mail_server(smtputf8=True) as box:
        assert send(sqlite_engine, tmp_path / "outbox", channels=through(box)).failed == 1
        assert box.attempts == []
        again = {"status": MessageStatus.PENDING.value, "failure": None, "not_sent_because": None, "due_at": AT}
        change(sqlite_engine, update(s.messages).values(again))
        assert send(sqlite_engine, tmp_path / "outbox", channels=through(box, smtputf8=True)).sent == 1
        ((to, message),) = box.received
    assert to == [accented]
    assert message["To"] == accented
    assert rows(sqlite_engine)[id_]["status"] == "sent"


def test_a_server_that_takes_no_accent_is_not_given_another_address(sqlite_engine: Engine, tmp_path: Path) -> None:
    written_to(sqlite_engine, ["rené@example.org", "ines@example.org"])
    with mail_server() as box:
        counts = send(sqlite_engine, tmp_path / "outbox", channels=through(box, smtputf8=True))
    assert (counts.failed, counts.sent, box.attempts) == (1, 1, ["ines@example.org"])
