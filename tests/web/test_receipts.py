"""The gateway's own door: who shows the secret is heard once, everybody else learns nothing."""

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, func, select

from config.channels import Channels, ChannelSettings
from config.receipts import Receipts
from desk.web.guard import LARGEST_BODY
from store import schema as s
from store.engine import reading, transaction
from tests.messages.rows import AT, one_each
from tests.web.conftest import Clock, served
from tracks.vocabulary import Channel

SECRET = "un-secret-de-test-tire-au-hasard"
SIGNED = Receipts(secret=SecretStr(SECRET))
SHOWN = Receipts(secret=SecretStr(SECRET), scheme="secret", header="X-Jeton")
Door = Callable[..., int]


def seal(body: bytes, stamp: str, *, secret: str = SECRET) -> dict[str, str]:
    found = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Signature": f"sha256={found}", "X-Timestamp": stamp, "Content-Type": "application/json"}


@contextmanager
def opened(engine: Engine, folder: Path, settings: Receipts) -> Iterator[httpx.Client]:
    channels = Channels(sms=ChannelSettings(delivered_when="receipt", receipts=settings))
    with (
        served(engine, folder, clock=Clock(AT), channels=channels) as address,
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        yield client


@pytest.fixture
def gateway(engine: Engine, tmp_path: Path) -> Iterator[httpx.Client]:
    with transaction(engine) as connection:
        (one,) = one_each(connection, 1, channel=Channel.SMS)
        connection.execute(s.messages.update().values(status="sent", sent_at=AT, provider_ref=f"g-{one}"))
    with opened(engine, tmp_path, SIGNED) as client:
        yield client


def word(**changes: Any) -> bytes:
    return json.dumps({"event_id": "e1", "message_id": "g-1", "status": "DELIVERED"} | changes).encode()


def post(client: httpx.Client, body: bytes, headers: dict[str, str] | None = None, at: Any = AT) -> httpx.Response:
    headers = seal(body, str(int(at.timestamp()))) if headers is None else headers
    return client.post("/receipts/sms", content=body, headers=headers)


def statuses(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.scalars(select(s.messages.c.status).order_by(s.messages.c.id)))


def kept(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(s.receipts)) or 0


def test_a_signed_receipt_is_heard_once(gateway: httpx.Client, engine: Engine) -> None:
    assert post(gateway, word()).status_code == 202
    assert (statuses(engine), kept(engine)) == (["delivered"], 1)
    assert post(gateway, word(status="permanent")).status_code == 202
    assert (statuses(engine), kept(engine)) == (["delivered"], 1)


def test_several_at_once_each_for_itself(gateway: httpx.Client, engine: Engine) -> None:
    several = [{"event_id": f"e{n}", "message_id": f"g-{n}", "status": "delivered"} for n in (1, 2)]
    body = json.dumps([*several, {"event_id": "e3", "status": "delivered"}, {"message_id": "g-1", "status": "?"}])
    assert post(gateway, body.encode()).status_code == 202
    assert (statuses(engine), kept(engine)) == (["delivered"], 2)


def test_nobody_learns_whether_a_message_exists(gateway: httpx.Client) -> None:
    ours, unknown = post(gateway, word()), post(gateway, word(event_id="e2", message_id="g-999"))
    assert (ours.status_code, ours.content) == (unknown.status_code, unknown.content) == (202, b"")


@pytest.mark.parametrize(
    "forged",
    [
        {},
        {"X-Signature": "sha256=" + "0" * 64, "X-Timestamp": str(int(AT.timestamp()))},
        seal(word(), str(int(AT.timestamp())), secret="un-autre-secret-tire-au-hasard"),
        seal(word(status="permanent"), str(int(AT.timestamp()))),
        seal(word(), "demain"),
        seal(word(), "") | {"X-Timestamp": ""},
    ],
    ids=["nothing", "zeros", "another secret", "another body", "no instant", "an empty instant"],
)
def test_a_forged_receipt_is_refused(gateway: httpx.Client, engine: Engine, forged: dict[str, str]) -> None:
    assert post(gateway, word(), forged).status_code == 401
    assert (statuses(engine), kept(engine)) == (["sent"], 0)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_signature_of_another_hour_is_refused(gateway: httpx.Client, engine: Engine, minutes: int) -> None:
    assert post(gateway, word(), at=AT + timedelta(minutes=minutes)).status_code == 401
    assert post(gateway, word(), at=AT + timedelta(minutes=4)).status_code == 202
    assert kept(engine) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[1]", b'"x"', b"\xff", b"[" * 5000, b"[{}," * 1200 + b"{}]"])
def test_what_cannot_be_read_changes_nothing(gateway: httpx.Client, engine: Engine, body: bytes) -> None:
    assert post(gateway, body).status_code == 400
    assert kept(engine) == 0


def test_a_body_too_large_is_not_read(gateway: httpx.Client) -> None:
    assert post(gateway, b" " * (LARGEST_BODY + 1)).status_code == 413


@pytest.mark.parametrize("channel", ["email", "letter", "fax", "../sms"])
def test_a_channel_without_a_webhook_has_no_door(gateway: httpx.Client, channel: str) -> None:
    body = word()
    answer = gateway.post(f"/receipts/{channel}", content=body, headers=seal(body, str(int(AT.timestamp()))))
    assert answer.status_code == 404
    assert gateway.get("/receipts/sms").status_code == 405


def test_a_shared_secret_in_a_header_and_a_form(engine: Engine, tmp_path: Path) -> None:
    with transaction(engine) as connection:
        one_each(connection, 1, channel=Channel.SMS)
        connection.execute(s.messages.update().values(status="sent", sent_at=AT, provider_ref="g-1"))
    form = {"message_id": "g-1", "status": "temporary"}
    with opened(engine, tmp_path, SHOWN) as client:
        assert client.post("/receipts/sms", data=form).status_code == 401
        assert client.post("/receipts/sms", data=form, headers={"X-Jeton": SECRET[:-1]}).status_code == 401
        for _ in range(2):
            assert client.post("/receipts/sms", data=form, headers={"X-Jeton": SECRET}).status_code == 202
    assert (statuses(engine), kept(engine)) == (["failed"], 1)


def test_the_log_counts_and_names_nobody(gateway: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    post(gateway, word(to="+33639980001", text="Bonjour Inès", status="jamais-vu"))
    post(gateway, word(to="+33639980001", text="Bonjour Inès"))
    said = caplog.text
    assert "Accusés reçus : 1 nouveaux" in said
    assert not any(private in said for private in ("3998", "Inès", "g-1", SECRET))
