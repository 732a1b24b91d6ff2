"""The links of messages: each opens one page for one person, for a time, and is known here by its hash alone."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select

from store.due import Due
from store.schema import links, messages
from store.tokens import hashed, new_token
from tracks.vocabulary import Channel, Purpose, Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """How long a link serves: `explain` after its appointment or question, `contact` after its message."""

    explain: timedelta
    contact: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a token opens. Instants are aware UTC; None: not what it is for."""

    id: int
    person_id: int
    case_id: int
    appointment_id: int | None
    channel: Channel
    answer_until: datetime | None
    contact_until: datetime | None

    def allows(self, purpose: Purpose, at: datetime) -> bool:
        """Whether this link serves that purpose at the instant `at`."""
        match purpose:
            case Purpose.CONTACT:
                until = self.contact_until
            case Purpose.APPOINTMENT:
                until = self.answer_until if self.appointment_id else None
            case Purpose.NEWS:
                until = self.answer_until if self.appointment_id is None else None
        return until is not None and at <= until

    def serves(self, at: datetime) -> bool:
        return any(self.allows(purpose, at) for purpose in Purpose)


def mint(connection: Connection, dues: Sequence[Due], *, territory: str, at: datetime, lives: Lives) -> dict[int, str]:
    """A link for each of these messages to people, in one statement; message → token, which is kept nowhere else."""
    tokens = {due.id: new_token() for due in dues}
    rows = [
        {
            "territory": territory,
            "person_id": due.recipient_id,
            "case_id": due.case_id,
            "message_id": due.id,
            "appointment_id": due.meeting.id if due.meeting else None,
            "token_hash": hashed(tokens[due.id]),
            "made_at": at,
            "answer_until": answer_until(due, at, lives),
            "contact_until": at + lives.contact,
        }
        for due in dues
    ]
    if rows:
        connection.execute(insert(links), rows)
    return tokens


def answer_until(due: Due, at: datetime, lives: Lives) -> datetime | None:
    """Long enough after the appointment to say why; for a question, after it was asked."""
    if due.template is Template.CHECK_IN:
        return at + lives.explain
    if due.meeting is None:
        return None
    return max(due.meeting.starts_at, at) + lives.explain


def find(connection: Connection, *, territory: str, token: str) -> Link | None:
    """The link of this token, expired or not; None when no such token was ever written."""
    wanted = hashed(token)
    found = connection.execute(
        select(links, messages.c.channel)
        .join(messages, messages.c.id == links.c.message_id)
        .where(links.c.territory == territory, links.c.token_hash == wanted)
    )
    row = found.mappings().first()
    if row is None or not hmac.compare_digest(row["token_hash"], wanted):
        return None
    return Link(**{name: row[name] for name in Link.__slots__} | {"channel": Channel(row["channel"])})
