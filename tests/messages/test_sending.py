"""Through Apprise, to real servers on loopback: who receives what, and what we can honestly say of it."""

import io
import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from config.channels import Channels, ChannelSettings
from tasks.answers import Answer
from tasks.channels import Carrier, check_channels, post
from tasks.composing import Envelope
from tests.messages.servers import Gateway, Mailbox, free_port, mail_server, sms_gateway
from tracks.errors import JalonError
from tracks.vocabulary import Channel


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with sms_gateway() as found:
        yield found


@pytest.fixture
def envelope(tmp_path: Path) -> Envelope:
    return Envelope(
        channel=Channel.EMAIL,
        name="12",
        recipient="ines@example.org",
        subject="Votre rendez-vous du mardi 8 décembre à 10\u202fh",
        body="Bonjour Inès,\n\nVous avez rendez-vous.\n.\nFin",
        sender="Département du Doubs",
        sender_email="accompagnement@doubs.example.org",
        message_id="<abc@doubs.example.org>",
        at=datetime(2026, 11, 23, 8, 30, tzinfo=UTC),
        folder=tmp_path / "outbox",
    )


def mail(box: Mailbox) -> str:
    return f"mailto://127.0.0.1:{box.port}?cto=1"


def sms(gateway: Gateway) -> str:
    return f"json://127.0.0.1:{gateway.port}/?:to={{destinataire}}&rto=1"


def test_an_e_mail_arrives_whole_at_its_recipient_only(mailbox: Mailbox, envelope: Envelope) -> None:
    assert post(envelope, mail(mailbox)).answer is Answer.ACCEPTED
    ((to, message),) = mailbox.received
    assert to == ["ines@example.org"]
    assert str(message["From"]) == "Département du Doubs <accompagnement@doubs.example.org>"
    assert (message["Subject"], message["To"]) == (envelope.subject, "ines@example.org")
    assert (message["Message-ID"], message["Auto-Submitted"]) == ("<abc@doubs.example.org>", "auto-generated")
    assert message.get_content_type() == "text/plain"
    assert message.get_content().replace("\r\n", "\n").rstrip("\n") == envelope.body
    assert message["Cc"] is message["Bcc"] is None


@pytest.mark.parametrize(
    ("recipient", "answer", "arrived"),
    [
        ("refuse@example.org", Answer.REFUSED, 0),
        ("later@example.org", Answer.LATER, 0),
        ("spam@example.org", Answer.REFUSED, 0),
        ("slow@example.org", Answer.UNKNOWN, 1),
        ("drop@example.org", Answer.UNKNOWN, 1),
    ],
)
def test_a_mail_server_answer_is_told_apart(
    mailbox: Mailbox, envelope: Envelope, recipient: str, answer: Answer, arrived: int
) -> None:
    assert post(replace(envelope, recipient=recipient), mail(mailbox)).answer is answer
    assert len(mailbox.received) == arrived
    assert mailbox.attempts == [recipient]


def test_nobody_there_is_only_a_delay(envelope: Envelope) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    assert post(envelope, f"mailto://{nobody}").answer is Answer.LATER
    assert post(replace(envelope, channel=Channel.SMS), f"json://{nobody}/?:to={{destinataire}}").answer is Answer.LATER


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, Answer.ACCEPTED),
        (400, Answer.REFUSED),
        (422, Answer.REFUSED),
        (401, Answer.LATER),
        (429, Answer.LATER),
        (503, Answer.LATER),
        (500, Answer.UNKNOWN),
        (502, Answer.UNKNOWN),
        (-1, Answer.UNKNOWN),
    ],
)
def test_an_sms_gateway_answer_is_told_apart(gateway: Gateway, envelope: Envelope, status: int, answer: Answer) -> None:
    gateway.answers["+33639980001"] = status
    text = replace(envelope, channel=Channel.SMS, recipient="+33639980001", subject="")
    assert post(text, sms(gateway)).answer is answer
    assert [payload["to"] for payload in gateway.received] == ["+33639980001"]
    assert gateway.received[0]["message"] == envelope.body


def test_a_header_cannot_be_injected(mailbox: Mailbox, envelope: Envelope) -> None:
    hostile = replace(envelope, subject="Rendez-vous\r\nBcc: tous@example.org")
    assert post(hostile, mail(mailbox)).answer is Answer.REFUSED
    assert mailbox.received == []


def test_the_local_outbox_writes_a_real_e_mail_and_a_readable_sms(envelope: Envelope) -> None:
    assert post(envelope, "outbox://local").answer is Answer.ACCEPTED
    text = replace(envelope, channel=Channel.SMS, name="13", recipient="+33639980001", sender="DeptDoubs")
    assert post(text, "outbox://local").answer is Answer.ACCEPTED
    assert sorted(path.name for path in envelope.folder.iterdir()) == ["12.eml", "13.txt"]
    message = message_from_bytes((envelope.folder / "12.eml").read_bytes(), policy=default)
    assert message["Subject"] == envelope.subject
    assert "Bonjour Inès," in (envelope.folder / "12.eml").read_text(encoding="utf-8")
    written = (envelope.folder / "13.txt").read_text(encoding="utf-8")
    assert written.startswith("De : DeptDoubs\nÀ : +33639980001\n\nBonjour Inès,")
    assert envelope.folder.stat().st_mode & 0o077 == 0


def test_a_full_disk_is_only_a_delay(envelope: Envelope) -> None:
    envelope.folder.parent.mkdir(exist_ok=True)
    envelope.folder.write_text("a file where the folder should be")
    assert post(envelope, "outbox://local").answer is Answer.LATER


@pytest.fixture
def root_log() -> Iterator[io.StringIO]:
    """What reaches the process's own log at DEBUG, without the test mail server's words."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.addFilter(lambda record: record.name != "mail.log")
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


def test_no_recipient_reaches_a_log(
    mailbox: Mailbox, gateway: Gateway, envelope: Envelope, root_log: io.StringIO
) -> None:
    """Apprise logs recipients at INFO and texts at DEBUG; the control shows that they would be seen."""
    post(envelope, mail(mailbox))
    post(replace(envelope, recipient="refuse@example.org"), mail(mailbox))
    post(replace(envelope, channel=Channel.SMS, recipient="+33639980001"), sms(gateway))
    said = root_log.getvalue()
    assert "example.org" not in said and "39980001" not in said and "Inès" not in said
    logging.getLogger("jalon").info("control ines@example.org")
    assert "control ines@example.org" in root_log.getvalue()


def test_a_channel_that_apprise_cannot_use_is_refused_before_the_first_message() -> None:
    wrong = Channels(sms=ChannelSettings(url="twilio://trop-court/{destinataire}"))  # type: ignore[arg-type]
    with pytest.raises(JalonError, match=r"adresse du canal sms\. Rien n'est parti"):
        check_channels(wrong, sender_email="a@example.org")
    check_channels(Channels(), sender_email="a@example.org")


def test_many_sends_each_reach_exactly_the_one_intended(mailbox: Mailbox, envelope: Envelope) -> None:
    people: list[tuple[str, Any]] = [(f"personne{n}@example.org", f"marque-{n:04}.") for n in range(200)]
    for recipient, mark in people:
        post(replace(envelope, recipient=recipient, body=f"Bonjour {mark}"), mail(mailbox))
    assert [to for to, _ in mailbox.received] == [[recipient] for recipient, _ in people]
    assert [message.get_content().strip() for _, message in mailbox.received] == [
        f"Bonjour {mark}" for _, mark in people
    ]


def test_a_plugin_that_is_kept_keeps_no_answer(mailbox: Mailbox, envelope: Envelope) -> None:
    """After one that was taken, one that cannot be written is refused: the answer before it is not its own."""
    with closing(Carrier()) as carrier:
        said = [
            post(replace(envelope, subject=text), mail(mailbox), carrier)
            for text in ("Bonjour", "deux\r\nlignes", "Bonjour")
        ]
    assert [one.answer for one in said] == [Answer.ACCEPTED, Answer.REFUSED, Answer.ACCEPTED]
    assert len(mailbox.received) == 2
