"""Two Apprise plugins of ours: the local outbox, and an e-mail that says what became of it."""

import smtplib
import ssl
import warnings
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum
from functools import cache
from typing import Any

from apprise import NotifyBase, NotifyFormat

from tasks.composing import Envelope, composed
from tracks.vocabulary import Channel

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # Apprise 1.13 imports imghdr, which nobody needs
    from apprise.plugins.email import NotifyEmail
    from apprise.plugins.email.common import SecureMailMode


class Answer(StrEnum):
    """What the channel said. UNKNOWN: it may have left, so it is never blindly sent again."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # this recipient or this message will never be taken
    LATER = "later"  # nothing was handed over: it may be tried again
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The channel's answer, and the name that a receipt or a bounce will give the message, when there is one."""

    answer: Answer
    reference: str | None = None

    @property
    def kept(self) -> str | None:
        """The reference as the outbox can keep it; a longer one is none, since half of it names nothing."""
        return self.reference if self.reference and len(self.reference) <= LONGEST_REFERENCE else None


class Outbox(NotifyBase):  # type: ignore[no-untyped-call]
    """Apprise's `outbox://`: each message is a file of the local folder, and nothing leaves the machine."""

    service_name = "Jalon"  # type: ignore[assignment]
    protocol = ("outbox", "print")  # type: ignore[assignment]
    notify_format = NotifyFormat.TEXT
    envelope: Envelope
    answer = Answer.LATER

    def send(self, body: Any, title: Any = "", notify_type: Any = None, attach: Any = None, **kwargs: Any) -> bool:
        envelope = self.envelope
        envelope.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        match envelope.channel:
            case Channel.EMAIL | Channel.STAFF:
                message = composed(envelope, subject=title, body=body, encoding="8bit")
                (envelope.folder / f"{envelope.name}.eml").write_bytes(message.as_bytes(policy=SMTP))
            case Channel.SMS:
                text = f"De : {envelope.sender}\nÀ : {envelope.recipient}\n\n{body}\n"
                (envelope.folder / f"{envelope.name}.txt").write_text(text, encoding="utf-8")
            case Channel.LETTER:
                pass  # printed with the others of its pass (tasks/letters.py), from what the outbox keeps of it
        self.answer = Answer.ACCEPTED
        return True

    def url(self, privacy: bool = False, *args: Any, **kwargs: Any) -> str:
        return "outbox://local"


LONGEST_REFERENCE = 120


class Mail(NotifyEmail):  # type: ignore[no-untyped-call]
    """Apprise's e-mail, to the envelope's recipient and nobody else, with a Message-ID of ours and its true answer."""

    protocol = "jalonmail"
    secure_protocol = "jalonmails"
    notify_format = NotifyFormat.TEXT
    envelope: Envelope
    answer = Answer.REFUSED

    def send(self, body: Any, title: Any = "", notify_type: Any = None, attach: Any = None, **kwargs: Any) -> bool:
        message = composed(self.envelope, subject=title, body=body, encoding="quoted-printable")
        self.answer = self._deliver(message)
        return self.answer is Answer.ACCEPTED

    def _deliver(self, message: EmailMessage) -> Answer:
        """Until the message itself is on its way, a failure is only a delay; from then on, silence means *unknown*."""
        server = None
        handed_over = False
        try:
            server = self._connected()
            code, _ = server.mail(self.envelope.sender_email)
            if code >= TEMPORARY:
                return Answer.LATER  # our address or our pace, never the recipient's fault
            code, _ = server.rcpt(self.envelope.recipient)
            if code >= TEMPORARY:
                return refusal(code)
            handed_over = True
            code, _ = server.data(message.as_bytes(policy=SMTP))
            return refusal(code) if code >= TEMPORARY else Answer.ACCEPTED
        except smtplib.SMTPDataError as error:
            return refusal(error.smtp_code)
        except (OSError, smtplib.SMTPException):
            return Answer.UNKNOWN if handed_over else Answer.LATER
        finally:
            if server is not None:
                with suppress(OSError, smtplib.SMTPException):
                    server.quit()

    def _connected(self) -> smtplib.SMTP:
        timeout, port = self.socket_connect_timeout, self.port or 0
        server = (
            smtplib.SMTP_SSL(self.smtp_host, port, timeout=timeout, context=trusted(self.verify_certificate))
            if self.secure_mode == SecureMailMode.SSL
            else smtplib.SMTP(self.smtp_host, port, timeout=timeout)
        )
        try:
            if self.secure_mode == SecureMailMode.STARTTLS:
                server.starttls(context=trusted(self.verify_certificate))
            if self.user and self.password:
                server.login(self.user, self.password)
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server


@cache
def trusted(verify: bool) -> ssl.SSLContext:
    """The certificates of the system, read once: reading them takes longer than sending an e-mail."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


TEMPORARY = 400
PERMANENT = 500


def refusal(code: int) -> Answer:
    """An SMTP code as an answer: 5xx for good, 4xx for now."""
    return Answer.REFUSED if code >= PERMANENT else Answer.LATER
