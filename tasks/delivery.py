"""One message: its text, its one recipient, the channel's answer, and what the outbox keeps of it."""

import hashlib
import re
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from email_validator import EmailNotValidError, validate_email

from config.channels import Channels
from config.territory import Territory
from store.due import Due, Overtaken
from store.outbox import Pass, Result
from tasks.answers import Answer, Said
from tasks.channels import Carrier, post
from tasks.composing import Envelope
from tasks.digest_text import Digest
from tasks.invitation import invitation
from tasks.reach import NOT_PRODUCTION, may_reach
from tasks.rendering import UnwritableError, Written, written
from tracks.vocabulary import Channel, Failure, MessageStatus, NotDoneReason, RecipientKind, Repeat

LAST_CALL = timedelta(minutes=15)
FIRST_WAIT = timedelta(minutes=5)  # doubled at each attempt
LONGEST_WAIT = timedelta(hours=6)
E164 = re.compile(r"\+[1-9]\d{7,14}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Where messages leave from: `folder` is the local outbox.

    `reach`: the only ones that a copy of the database may write to. `halted`: the pass was interrupted.
    """

    territory: Territory
    channels: Channels
    folder: Path
    reach: frozenset[str] | None = None
    halted: Event = field(default_factory=Event)
    next_at: dict[Channel, float] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        """What leaves this machine, noted beside the database."""
        return self.folder.with_name("sends.jsonl")

    def pace(self, channel: Channel) -> None:
        """Our own rate limit, since a fresh Apprise object a message has none."""
        if per_second := self.channels.of(channel).per_second:
            now = time.monotonic()
            slot = max(now, self.next_at.get(channel, now))
            time.sleep(slot - now)
            self.next_at[channel] = slot + 1 / per_second


def deliver(due: Due, this: Pass, office: Post, digest: Digest | None, carrier: Carrier) -> Result:
    """One message to one recipient, and what became of it."""
    territory = office.territory
    settings = office.channels.of(due.channel)
    ready = addressed(due, this, office, digest)
    if isinstance(ready, Result):
        return ready
    text, recipient = ready
    envelope = Envelope(
        channel=due.channel,
        name=str(due.id),
        recipient=recipient,
        subject=text.subject,
        body=text.body,
        sender=territory.sms_sender if due.channel is Channel.SMS else territory.sender,
        sender_email=territory.sender_email,
        message_id=message_id(due, territory),
        at=this.calendar.wall_clock(this.at),
        folder=office.folder,
        html=text.html,
        invitation=invitation(due, territory, to=recipient, at=this.at) if due.channel is Channel.EMAIL else None,
    )
    return answered(due, this, text, post(envelope, settings.address, carrier), settings.repeat)


def addressed(due: Due, this: Pass, office: Post, digest: Digest | None) -> tuple[Written, str] | Result:
    """The text and an address that this database may reach, or the result when there is no sending to try."""
    settings = office.channels.of(due.channel)
    ready = prepared(due, this, office.territory, digest, smtputf8=settings.smtputf8)
    if isinstance(ready, Result) or settings.is_local or may_reach(office.reach, due.channel, ready[1]):
        return ready
    return Result(due=due, status=MessageStatus.HELD, because=NOT_PRODUCTION, attempts=due.attempts)


def prepared(
    due: Due, this: Pass, territory: Territory, digest: Digest | None, *, smtputf8: bool = False
) -> tuple[Written, str] | Result:
    """The text and the recipient's address, or the result when there is no sending to try."""
    if due.channel is Channel.STAFF and digest is None:
        return Result(due=due, status=MessageStatus.VOID, because=Overtaken.NOTHING_TO_SAY, attempts=due.attempts)
    recipient = recipient_of(due, territory, smtputf8=smtputf8)
    if recipient is None:
        return refused(due, NotDoneReason.NO_CONTACT)
    try:
        return written(due, territory, today=this.calendar.day_of(this.at), digest=digest), recipient
    except UnwritableError:
        return refused(due, "unwritable")


def refused(due: Due, because: str) -> Result:
    """Nothing was handed to the channel, and nothing ever will be."""
    return Result(
        due=due, status=MessageStatus.FAILED, failure=Failure.PERMANENT, because=because, attempts=due.attempts
    )


def answered(due: Due, this: Pass, text: Written, said: Said, repeat: Repeat) -> Result:
    """The channel's answer as the outbox keeps it; a delay is tried again while the message is still of use."""
    attempts = due.attempts + 1
    again = next_try(due, this, said.retry_after)
    match said.answer:
        case Answer.ACCEPTED:
            return Result(
                due=due,
                status=MessageStatus.SENT,
                attempts=attempts,
                body=text.kept,
                segments=text.segments,
                reference=said.kept,
            )
        case Answer.UNKNOWN if again and (repeat is Repeat.IDEMPOTENT or (repeat is Repeat.RESEND and not due.doubts)):
            return Result(
                due=due,
                status=MessageStatus.PENDING,
                failure=Failure.NO_RECEIPT,
                attempts=attempts,
                due_at=again,
                reference=said.kept,
                doubts=due.doubts + 1,
            )
        case Answer.UNKNOWN:
            return Result(
                due=due,
                status=MessageStatus.UNKNOWN,
                failure=Failure.NO_RECEIPT,
                attempts=attempts,
                body=text.kept,
                segments=text.segments,
                reference=said.kept,
            )
        case Answer.REFUSED:
            return Result(due=due, status=MessageStatus.FAILED, failure=Failure.PERMANENT, attempts=attempts)
        case Answer.LATER:
            late = None if again else NotDoneReason.TOO_LATE
            return Result(
                due=due,
                status=MessageStatus.PENDING if again else MessageStatus.TOO_LATE,
                because=late,
                failure=Failure.TEMPORARY,
                attempts=attempts,
                due_at=again,
                doubts=due.doubts,
                pause=said.retry_after,
            )


def next_try(due: Due, this: Pass, retry_after: timedelta | None = None) -> datetime | None:
    """When a message that waits is tried again; None when it would be of no use any more.

    A wait is lengthened by up to a quarter, by the message's key: those that failed together do not come back together.
    The last try comes shortly before the message is of no use, however long the wait has grown.
    """
    spread = 1 + int.from_bytes(hashlib.sha256(f"{due.key}/{due.attempts}".encode()).digest()[:4]) / 2**34
    least = max(FIRST_WAIT, retry_after or FIRST_WAIT)
    again = this.at + max(min(FIRST_WAIT * 2**due.attempts, LONGEST_WAIT), least) * spread
    if again >= due.useful_until:
        again = max(this.at + least, due.useful_until - LAST_CALL)
    return again if again < due.useful_until else None


def recipient_of(due: Due, territory: Territory, *, smtputf8: bool = False) -> str | None:
    """The one address of the channel, or None when there is none that a provider may be given."""
    match due.recipient_kind:
        case RecipientKind.COORDINATOR:
            known = range(len(territory.coordinators))
            return mailbox(territory.coordinators[due.recipient_id].email) if due.recipient_id in known else None
        case RecipientKind.REFERENT:
            return mailbox(due.referent.email) if due.referent else None
        case RecipientKind.BENEFICIARY:
            pass
    person = due.person
    if person is None:
        return None
    match due.channel:
        case Channel.SMS:
            return person.mobile if person.mobile and E164.fullmatch(person.mobile) else None
        case Channel.EMAIL:
            return mailbox(person.email, smtputf8=smtputf8)
        case Channel.LETTER:
            return (
                ", ".join((person.address, person.postcode_city)) if person.address and person.postcode_city else None
            )
        case Channel.STAFF:
            return None


def mailbox(address: str | None, *, smtputf8: bool = False) -> str | None:
    """The address as the mail server takes it, never another one; None for one that is none.

    An accent before the @ wants a channel that declares `smtputf8`.
    """
    try:
        known = validate_email(address or "", check_deliverability=False)
        return known.ascii_email or (known.normalized if smtputf8 else None)
    except EmailNotValidError:
        return None


def message_id(due: Due, territory: Territory) -> str:
    """The same for every attempt at a message, so that a mail server can tell a repetition."""
    digest = hashlib.sha256(f"{territory.slug}/{due.key}".encode()).hexdigest()[:32]
    return f"<{digest}@{territory.sender_email.rpartition('@')[2]}>"
