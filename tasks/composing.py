"""A message ready to leave: whom it is for, and the e-mail that it makes."""

import re
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from functools import lru_cache
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


LINE_ENDS = re.compile(r"\r\n|\r|\n")
TEXT_BREAK = re.compile(r"[\x00-\x1f\x7f]")


def composed(envelope: Envelope, *, subject: str, body: str, encoding: str) -> bytes:
    """The e-mail as RFC 5322 wants it: the county as sender, `auto-generated` so that no robot answers.

    Plain text first, the page after it: a client shows the last part that it understands (RFC 2046, 5.1.4). Written
    line by line: through the standard library's objects, the form costs five times what handing it over does.
    ValueError: a header that would become two.
    """
    parts = [_part("text/plain", body, encoding)]
    if envelope.html:
        parts.append(_part("text/html", envelope.html, encoding))
    if envelope.invitation:
        method = envelope.invitation.method
        parts.append(_part("text/calendar", envelope.invitation.content, encoding, f'; method="{method}"'))
    head = (
        f"From: {_mailbox(envelope.sender, envelope.sender_email)}\r\n"
        f"To: {_one_line(envelope.recipient)}\r\n"
        f"Subject: {_words(subject)}\r\n"
        f"Date: {format_datetime(envelope.at)}\r\n"
        f"Message-ID: {_one_line(envelope.message_id)}\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
    ).encode()
    if len(parts) == 1:
        return head + parts[0]
    boundary = f"=_{envelope.message_id.strip('<>').partition('@')[0]}"  # « =_ » is nowhere in quoted-printable
    kind = f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n'
    start = f"\r\n--{boundary}\r\n".encode()
    return b"".join((head, kind.encode(), *(start + part for part in parts), f"\r\n--{boundary}--\r\n".encode()))


def _part(kind: str, text: str, encoding: str, more: str = "") -> bytes:
    """Its headers and its content, which ends with the end of a line."""
    head = f'Content-Type: {kind}; charset="utf-8"{more}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    content = "\r\n".join(LINE_ENDS.split(text)).removesuffix("\r\n").encode() + b"\r\n"
    return head.encode() + (b2a_qp(content) if encoding == "quoted-printable" else content)


def _one_line(value: str) -> str:
    if TEXT_BREAK.search(value):
        raise ValueError("a header holds a line break")
    return value


@lru_cache(maxsize=512)
def _words(text: str) -> str:
    """As a header may hold them (RFC 2047)."""
    return Header(_one_line(text), None if text.isascii() else "utf-8", 76, "Subject").encode(linesep="\r\n")


@lru_cache(maxsize=8)
def _mailbox(name: str, address: str) -> str:
    return formataddr((_one_line(name), _one_line(address)))
