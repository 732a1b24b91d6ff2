"""A slow or dead provider delays nobody else; after five failures in a row it is left alone, a probe a minute apart."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from config.channels import Channels
from store import schema as s
from store.circuits import read_circuits
from store.engine import reading, transaction
from tests.messages.rows import AT, change, one_each, rows, send
from tests.messages.servers import Gateway, mail_server, sms_gateway
from tracks.vocabulary import Channel

MINUTE = timedelta(minutes=1)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with sms_gateway() as found:
        yield found


def by_sms(gateway: Gateway, **more: Any) -> Channels:
    body = {"to": "{destinataire}", "text": "{texte}"}
    described = {"url": {"value": f"http://127.0.0.1:{gateway.port}/"}, "body": body}
    return Channels.model_validate({"sms": {"url": "gateway://a"}, "gateway": {"a": described}} | more)


def statuses(engine: Engine) -> Counter[str]:
    return Counter(row["status"] for row in rows(engine).values())


def some_sms(engine: Engine, count: int) -> None:
    with transaction(engine) as connection:
        one_each(connection, count, channel=Channel.SMS)


def test_a_silent_gateway_delays_no_e_mail(engine: Engine, tmp_path: Path, gateway: Gateway) -> None:
    """The gateway answers its first request only once all e-mails have arrived: one after the other, it never would."""
    with transaction(engine) as connection:
        ids = one_each(connection, 33)
        connection.execute(update(s.messages).where(s.messages.c.id.in_(ids[:3])).values(channel="sms"))
    gateway.may_answer.clear()
    with mail_server() as box:
        box.enough, box.has_enough = 30, gateway.may_answer
        channels = by_sms(gateway, email={"url": f"mailto://127.0.0.1:{box.port}"})
        counts = send(engine, tmp_path / "outbox", channels=channels)
        assert gateway.may_answer.is_set()
    assert (counts.sent, counts.unknown) == (33, 0)
    assert statuses(engine) == {"sent": 33}


def test_what_fails_five_times_is_left_alone_but_for_a_probe_a_minute(
    engine: Engine, tmp_path: Path, gateway: Gateway
) -> None:
    some_sms(engine, 12)
    gateway.status, channels = 503, by_sms(gateway)
    asked = []
    for seconds in (0, 30, 100, 130, 200):
        send(engine, tmp_path / "outbox", channels=channels, at=AT + timedelta(seconds=seconds))
        asked.append(len(gateway.received))
    assert asked == [5, 5, 6, 6, 7]
    with reading(engine) as connection:
        circuit = read_circuits(connection, territory="doubs")[Channel.SMS]
    assert circuit.is_open and circuit.failures == 7
    assert AT <= (circuit.opened_at or AT) < AT + MINUTE
    gateway.status = 200
    assert send(engine, tmp_path / "outbox", channels=channels, at=AT + timedelta(seconds=280)).sent == 5
    assert send(engine, tmp_path / "outbox", channels=channels, at=AT + 20 * MINUTE).sent == 7
    assert Counter(payload["to"] for payload in gateway.received).most_common(1)[0][1] == 2
    with reading(engine) as connection:
        assert not read_circuits(connection, territory="doubs")[Channel.SMS].is_open


def test_two_dispatchers_make_one_probe(engine: Engine, tmp_path: Path, gateway: Gateway) -> None:
    some_sms(engine, 12)
    gateway.status, channels = 503, by_sms(gateway)
    send(engine, tmp_path / "outbox", channels=channels)
    for _ in range(3):
        send(engine, tmp_path / "outbox", channels=channels, at=AT + 2 * MINUTE)
    assert len(gateway.received) == 6


def test_a_pause_that_is_asked_for_is_kept_for_the_whole_channel(
    sqlite_engine: Engine, tmp_path: Path, gateway: Gateway
) -> None:
    some_sms(sqlite_engine, 6)
    gateway.status, gateway.headers, channels = 429, {"Retry-After": "600"}, by_sms(gateway)
    send(sqlite_engine, tmp_path / "outbox", channels=channels)
    gateway.status = 200
    assert send(sqlite_engine, tmp_path / "outbox", channels=channels, at=AT + 9 * MINUTE).sent == 0
    assert len(gateway.received) == 1
    assert send(sqlite_engine, tmp_path / "outbox", channels=channels, at=AT + 11 * MINUTE).sent >= 5


def test_a_refusal_or_a_silent_person_opens_no_circuit(sqlite_engine: Engine, tmp_path: Path, gateway: Gateway) -> None:
    some_sms(sqlite_engine, 12)
    gateway.status = 422
    assert send(sqlite_engine, tmp_path / "outbox", channels=by_sms(gateway)).failed == 12
    with reading(sqlite_engine) as connection:
        assert read_circuits(connection, territory="doubs") == {}


def test_what_a_dead_provider_could_not_send_in_time_is_too_late(
    sqlite_engine: Engine, tmp_path: Path, gateway: Gateway
) -> None:
    some_sms(sqlite_engine, 12)
    change(sqlite_engine, update(s.messages).values(useful_until=AT + 60 * MINUTE))
    gateway.status, channels = 503, by_sms(gateway)
    for minutes in range(0, 61, 4):
        send(sqlite_engine, tmp_path / "outbox", channels=channels, at=AT + minutes * MINUTE)
    assert statuses(sqlite_engine) == {"too_late": 12}
    gateway.status, before = 200, len(gateway.received)
    assert send(sqlite_engine, tmp_path / "outbox", channels=channels, at=AT + 70 * MINUTE).sent == 0
    assert len(gateway.received) == before <= 5 + 16
