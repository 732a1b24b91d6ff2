"""A gateway described in the file, on loopback and hostile: what it receives, and what its answers are taken for."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from config.channels import Channels, load_channels
from config.gateways import GatewaySettings, address_faults
from config.reading import Mistakes
from store.engine import transaction
from tasks.answers import Answer, Said
from tasks.channels import Carrier, check_channels, post
from tasks.composing import Envelope
from tests.messages.rows import AT, one_each, rows, send
from tests.messages.servers import DROPS, RESETS, TOO_LATE, Gateway, free_port, sms_gateway
from tracks.errors import JalonError
from tracks.vocabulary import Channel

BODY = {"to": "{destinataire}", "content": {"text": "{texte}", "parts": 1}, "from": "{expediteur}"}
SPLIT = re.compile(r"[0-9a-f]{32}")


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with sms_gateway() as found:
        yield found


def described(port: int, **changes: Any) -> GatewaySettings:
    given = {"url": {"value": f"http://127.0.0.1:{port}/sms"}, "body": BODY, "seconds": 1}
    return GatewaySettings.model_validate(given | changes)


def an_sms(tmp_path: Path, **changes: Any) -> Envelope:
    known = Envelope(
        channel=Channel.SMS,
        name="12",
        recipient="+33639980001",
        subject="",
        body='Bonjour Inès,\n"{destinataire}" & %s <10 h>',
        sender="DeptDoubs",
        sender_email="accompagnement@doubs.example.org",
        message_id="<0123456789abcdef0123456789abcdef@doubs.example.org>",
        at=datetime(2026, 11, 23, 8, 30, tzinfo=UTC),
        folder=tmp_path / "outbox",
    )
    return replace(known, **changes)


def said(settings: GatewaySettings, envelope: Envelope) -> Said:
    carrier = Carrier({"sms": settings})
    try:
        return post(envelope, "gateway://sms", carrier)
    finally:
        carrier.close()


@pytest.mark.parametrize(
    ("form", "body"),
    [("json", BODY), ("form", {"to": "{destinataire}", "content": "{texte}", "from": "{expediteur}"})],
)
def test_the_message_arrives_whole_with_our_key_and_the_secret(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, body: Any
) -> None:
    """What a value holds is never read again: braces, quotes and ampersands are letters like others."""
    monkeypatch.setenv("JALON_SMS_TOKEN", "un-secret")
    gateway.body = b'{"messages": [{"id": 4711}]}'
    settings = described(
        gateway.port,
        format=form,
        body=body,
        headers={"Authorization": {"env": "JALON_SMS_TOKEN", "scheme": "Bearer"}},
        idempotency_header="Idempotency-Key",
        reference="messages.0.id",
    )
    envelope = an_sms(tmp_path)
    assert said(settings, envelope) == Said(answer=Answer.ACCEPTED, reference="4711")
    (received,), (asked,) = gateway.received, gateway.asked
    text = received["content"] if form == "form" else received["content"]["text"]
    assert (received["to"], text, received["from"]) == (envelope.recipient, envelope.body, "DeptDoubs")
    assert (asked["Authorization"], asked["Idempotency-Key"]) == ("Bearer un-secret", "0123456789abcdef" * 2)


ANSWERS = [
    (200, Answer.ACCEPTED),
    (202, Answer.ACCEPTED),
    (302, Answer.LATER),
    (400, Answer.REFUSED),
    (422, Answer.REFUSED),
    (401, Answer.LATER),
    (429, Answer.LATER),
    (503, Answer.LATER),
    (500, Answer.UNKNOWN),
    (502, Answer.UNKNOWN),
    (TOO_LATE, Answer.UNKNOWN),
    (DROPS, Answer.UNKNOWN),
    (RESETS, Answer.UNKNOWN),
]


@pytest.mark.parametrize(("does", "answer"), ANSWERS)
def test_each_answer_is_told_apart_and_asked_once(gateway: Gateway, tmp_path: Path, does: int, answer: Answer) -> None:
    gateway.answers["+33639980001"] = does
    gateway.headers = {"Location": f"http://127.0.0.1:{gateway.port}/elsewhere"}
    assert said(described(gateway.port), an_sms(tmp_path)).answer is answer
    assert len(gateway.received) == 1


def test_the_file_may_say_otherwise_of_a_status(gateway: Gateway, tmp_path: Path) -> None:
    settings = described(gateway.port, permanent=[404], temporary=[500], accepted=[409])
    for status, answer in ((404, Answer.REFUSED), (500, Answer.LATER), (409, Answer.ACCEPTED), (400, Answer.REFUSED)):
        gateway.answers["+33639980001"] = status
        assert said(settings, an_sms(tmp_path)).answer is answer


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b'{"status": {"code": "OK"}}', Answer.ACCEPTED),
        (b'{"status": {"code": 21211}}', Answer.REFUSED),
        (b'{"status": {"code": "BUSY"}}', Answer.LATER),
        (b'{"status": {"code": "?"}}', Answer.UNKNOWN),
        (b'{"status": true}', Answer.UNKNOWN),
        (b"<html>not JSON at all", Answer.UNKNOWN),
        (b"\xff\xfe\x00", Answer.UNKNOWN),
        (b"[" * 40_000, Answer.UNKNOWN),
        (b"", Answer.UNKNOWN),
    ],
)
def test_a_service_that_answers_200_to_everything_is_read_by_its_own_code(
    gateway: Gateway, tmp_path: Path, body: bytes, answer: Answer
) -> None:
    gateway.body = body
    codes = {"accepted_codes": ["OK"], "permanent_codes": ["21211"], "temporary_codes": ["BUSY"]}
    assert said(described(gateway.port, code="status.code", **codes), an_sms(tmp_path)).answer is answer


def test_garbage_names_no_message_and_loses_none(gateway: Gateway, tmp_path: Path) -> None:
    settings = described(gateway.port, reference="id")
    for body in (b"garbage", b'{"id": {"deep": 1}}', b'{"id": null}', b"7", b"[" * 40_000, b"x" * 200_000):
        gateway.body = body
        assert said(settings, an_sms(tmp_path)) == Said(answer=Answer.ACCEPTED)


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Retry-After": "90"}, timedelta(seconds=90)),
        ({"Retry-After": "999999"}, timedelta(hours=6)),
        ({"Retry-After": "Mon, 23 Nov 2099 09:00:00 GMT"}, timedelta(hours=6)),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_the_pause_that_it_asks_for_is_heard(
    gateway: Gateway, tmp_path: Path, headers: dict[str, str], pause: timedelta | None
) -> None:
    gateway.answers["+33639980001"], gateway.headers = 429, headers
    assert said(described(gateway.port), an_sms(tmp_path)) == Said(answer=Answer.LATER, retry_after=pause)


def test_nobody_there_is_only_a_delay(tmp_path: Path) -> None:
    assert said(described(free_port()), an_sms(tmp_path)).answer is Answer.LATER
    nowhere = described(1, url={"value": "https://passerelle.invalid/"})
    assert said(nowhere, an_sms(tmp_path)).answer is Answer.LATER


def a_file(tmp_path: Path, gateway: str, sms: str = "") -> Channels:
    path = tmp_path / "channels.toml"
    path.write_text(f'[sms]\nurl = "gateway://a"\n{sms}\n[gateway.a]\n{gateway}\n', encoding="utf-8")
    return load_channels(path)


WHOLE = 'url.value = "https://sms.example.org/v1"\nbody = { to = "{destinataire}", text = "{texte}" }\n'
REFUSED = [
    ('url.value = "https://a.example.org"\nbody = { to = "{destinataire}" }', "texte doit y figurer une fois"),
    (WHOLE.replace("{texte}", "{texte!r}"), "inconnu ; attendu : cle, destinataire, expediteur, texte"),
    (WHOLE.replace("{texte}", "{texte.x} {texte}"), "texte.x inconnu"),
    (WHOLE.replace("{texte}", "{texte"), "une accolade n'est pas fermée"),
    (WHOLE + "accepted = [200]\npermanent = [200]", "un même code ne figure que dans une liste"),
    (WHOLE + 'code = "status"', "code : va avec accepted_codes"),
    (WHOLE + 'headers."Host" = { value = "x" }', "« Host » n'est pas admis"),
    (WHOLE + 'headers."X: y" = { value = "x" }', "« X: y » n'est pas admis"),
    (WHOLE + 'method = "GET"', "« GET » n'est pas admis"),
    (WHOLE + 'verify = "no"', "clé inconnue"),
]


@pytest.mark.parametrize(("gateway", "message"), REFUSED)
def test_a_gateway_that_cannot_work_is_refused_when_the_file_is_read(
    tmp_path: Path, gateway: str, message: str
) -> None:
    with pytest.raises(Mistakes, match=re.escape(message)):
        a_file(tmp_path, gateway)


def test_a_gateway_is_idempotent_only_when_our_key_goes_with_each_message(tmp_path: Path) -> None:
    with pytest.raises(Mistakes, match="faute de pouvoir donner au service une clé"):
        a_file(tmp_path, WHOLE, 'class = "idempotent"')
    keyed = a_file(tmp_path, WHOLE + 'idempotency_header = "Idempotency-Key"', 'class = "idempotent"')
    check_channels(keyed, sender_email="a@example.org")
    with pytest.raises(Mistakes, match="aucune passerelle ne porte ce nom"):
        a_file(tmp_path, WHOLE, 'url = "gateway://b"'.replace("url", "\n[email]\nurl"))


@pytest.mark.parametrize(
    "url",
    [
        "http://sms.example.org/",
        "ftp://sms.example.org/",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@sms.example.org/",
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "https://[fe80::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://[fd00:ec2::254]/",
        "https://metadata.google.internal/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://sms.example.org/ b",
        "https://sms.example.org/#x",
    ],
)
def test_an_address_that_leads_elsewhere_than_to_a_gateway_is_refused(tmp_path: Path, url: str) -> None:
    assert address_faults(url)
    channels = a_file(tmp_path, WHOLE.replace("https://sms.example.org/v1", url))
    with pytest.raises(JalonError, match=r"`gateway\.a` : .*Rien n'est parti"):
        check_channels(channels, sender_email="a@example.org")


def test_what_the_service_calls_a_message_is_kept_and_its_pause_is_respected(
    engine: Engine, gateway: Gateway, tmp_path: Path
) -> None:
    gateway.body, gateway.headers = b'{"id": "sms-1"}', {"Retry-After": "1800"}
    gateway.answers["+33639980001"] = 429
    with transaction(engine) as connection:
        taken, delayed = one_each(connection, 2, channel=Channel.SMS)
    settings = described(gateway.port, reference="id").model_dump() | {
        "url": {"value": f"http://127.0.0.1:{gateway.port}/"}
    }
    channels = Channels.model_validate({"sms": {"url": "gateway://a"}, "gateway": {"a": settings}})
    assert send(engine, tmp_path / "outbox", channels=channels).sent == 1
    found = rows(engine)
    assert (found[taken]["status"], found[taken]["provider_ref"]) == ("sent", "sms-1")
    assert (found[delayed]["status"], found[delayed]["failure"]) == ("pending", "temporary")
    assert found[delayed]["due_at"] >= AT + timedelta(minutes=30)
