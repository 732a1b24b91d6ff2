"""Two Apprise plugins of ours: the local outbox, and an e-mail that says what became of it."""

import smtplib
import ssl
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from apprise import NotifyBase, NotifyFormat

from tasks.answers import Answer, Said
from tasks.composing import Envelope, composed
from tracks.vocabulary import Channel

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # Apprise 1.13 imports imghdr, which nobody needs
    from apprise.plugins.email import NotifyEmail
    from apprise.plugins.email.common import SecureMailMode


class Outbox(NotifyBase):  # type: ignore[no-untyped-call]
    """Apprise's `outbox://`: each message is a file of the local folder, and nothing leaves the machine."""

    service_name = "Jalon"  # type: ignore[assignment]
    protocol = ("outbox", "print")  # type: ignore[assignment]
    notify_format = NotifyFormat.TEXT
    envelope: Envelope
    said = Said(answer=Answer.LATER)

    def send(self, body: Any, title: Any = "", notify_type: Any = None, attach: Any = None, **kwargs: Any) -> bool:
        envelope = self.envelope
        envelope.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        match envelope.channel:
            case Channel.EMAIL | Channel.STAFF:
                message = composed(envelope, subject=title, body=body, encoding="8bit")
                (envelope.folder / f"{envelope.name}.eml").write_bytes(message)
            case Channel.SMS:
                text = f"De : {envelope.sender}\nÀ : {envelope.recipient}\n\n{body}\n"
                (envelope.folder / f"{envelope.name}.txt").write_text(text, encoding="utf-8")
            case Channel.LETTER:
                pass  # printed with the others of its pass (tasks/letters.py), from what the outbox keeps of it
        self.said = Said(answer=Answer.ACCEPTED)
        return True

    def url(self, privacy: bool = False, *args: Any, **kwargs: Any) -> str:
        return "outbox://local"


class Mail(NotifyEmail):  # type: ignore[no-untyped-call]
    """Apprise's e-mail, to the envelope's recipient and nobody else, with a Message-ID of ours and its true answer."""

    protocol = "jalonmail"
    secure_protocol = "jalonmails"
    notify_format = NotifyFormat.TEXT
    envelope: Envelope
    wire: "Wire"
    said = Said(answer=Answer.REFUSED)

    def send(self, body: Any, title: Any = "", notify_type: Any = None, attach: Any = None, **kwargs: Any) -> bool:
        content = composed(self.envelope, subject=title, body=body, encoding="quoted-printable")
        self.said = Said(answer=self._deliver(content), reference=self.envelope.message_id)
        return self.said.answer is Answer.ACCEPTED

    def _deliver(self, content: bytes) -> Answer:
        """Until the message itself is on its way, a failure is only a delay; from then on, silence means *unknown*."""
        handed_over = False
        wide = not self.envelope.recipient.isascii()
        try:
            server, code = self._begun(wide=wide)
            if wide and not server.has_extn("smtputf8"):
                return Answer.REFUSED  # this server will never take that address
            if code >= TEMPORARY:
                self.wire.clean(code)
                return Answer.LATER  # our address or our pace, never the recipient's fault
            code, _ = server.rcpt(self.envelope.recipient)
            if code >= TEMPORARY:
                self.wire.clean(code)
                return refusal(code)
            handed_over = True
            code, _ = server.data(content)
        except smtplib.SMTPDataError as error:
            code = error.smtp_code
        except (OSError, smtplib.SMTPException):
            self.wire.drop()
            return Answer.UNKNOWN if handed_over else Answer.LATER
        if code >= TEMPORARY:
            self.wire.clean(code)
            return refusal(code)
        return Answer.ACCEPTED

    def _begun(self, *, wide: bool) -> tuple[smtplib.SMTP, int]:
        """MAIL FROM. A kept connection that the server has closed meanwhile is opened anew, once: nothing has left."""
        server = self.wire.ready(self._connected)
        if self.wire.used > 1:
            with suppress(OSError, smtplib.SMTPException):
                code = self._mail_from(server, wide=wide)
                if code != CLOSING:
                    return server, code
            self.wire.drop()
            server = self.wire.ready(self._connected)
        return server, self._mail_from(server, wide=wide)

    def _mail_from(self, server: smtplib.SMTP, *, wide: bool) -> int:
        server.command_encoding = "utf-8" if wide else "ascii"
        if wide and not server.has_extn("smtputf8"):
            return 0
        return server.mail(self.envelope.sender_email, ["SMTPUTF8", "BODY=8BITMIME"] if wide else [])[0]

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


class Wire:
    """The mail connection that is kept during a pass, opened anew now and then. Close it."""

    def __init__(self) -> None:
        self.server: smtplib.SMTP | None = None
        self.used = 0  # by how many messages

    def ready(self, connect: Callable[[], smtplib.SMTP]) -> smtplib.SMTP:
        if self.used >= USED_AT_MOST:
            self.close()
        if self.server is None:
            self.server = connect()
        self.used += 1
        return self.server

    def clean(self, code: int) -> None:
        """After a refusal, the next message starts from nothing; a server that says it closes is left."""
        try:
            if code == CLOSING or self.server is None or self.server.rset()[0] >= TEMPORARY:
                self.drop()
        except (OSError, smtplib.SMTPException):
            self.drop()

    def close(self) -> None:
        if self.server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self.server.quit()
        self.drop()

    def drop(self) -> None:
        """Without a word: what is broken answers none."""
        if self.server is not None:
            self.server.close()
        self.server, self.used = None, 0


@cache
def trusted(verify: bool) -> ssl.SSLContext:
    """The certificates of the system, read once: reading them takes longer than sending an e-mail."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


USED_AT_MOST = 100
TEMPORARY = 400
CLOSING = 421
PERMANENT = 500


def refusal(code: int) -> Answer:
    """An SMTP code as an answer: 5xx for good, 4xx for now."""
    return Answer.REFUSED if code >= PERMANENT else Answer.LATER
