"""A message ready to leave: whom it is for, and the e-mail that it makes."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path

from tasks.invitation import Invitation
from tracks.vocabulary import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One message, one recipient. `name`: its file in the outbox, an id; `message_id`: from our key, without a name.

    `html`: the text as a page, `invitation`: what a calendar takes, for an e-mail.
    """

    channel: Channel
    name: str
    recipient: str
    subject: str
    body: str
    sender: str
    sender_email: str
    message_id: str
    at: datetime
    folder: Path
    html: str = ""
    invitation: Invitation | None = None


def composed(envelope: Envelope, *, subject: str, body: str, encoding: str) -> EmailMessage:
    """The e-mail as RFC 5322 wants it: the county as sender, `auto-generated` so that no robot answers.

    Plain text first, the page after it: a client shows the last part that it understands (RFC 2046, 5.1.4).
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr((envelope.sender, envelope.sender_email))
    message["To"] = envelope.recipient
    message["Subject"] = subject
    message["Date"] = format_datetime(envelope.at)
    message["Message-ID"] = envelope.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body, subtype="plain", charset="utf-8", cte=encoding)
    if envelope.html:
        message.add_alternative(envelope.html, subtype="html", charset="utf-8", cte=encoding)
    if envelope.invitation:
        method = {"method": envelope.invitation.method}
        content = envelope.invitation.content
        message.add_alternative(content, subtype="calendar", charset="utf-8", cte=encoding, params=method)
    return message
