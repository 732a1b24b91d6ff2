"""Letters printed together: which are in which print, when it was made, when the post took it.

The rows are the truth and the file follows from them: a crash between the two neither loses a letter nor doubles it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select, update
from sqlalchemy.engine import RowMapping

from store.acts import Act, found, record
from store.schema import appointments, letter_batches, letters, messages, persons
from tracks.errors import JalonError
from tracks.vocabulary import Channel, MessageStatus, NoticeProof, Template

AT_ONCE = 500  # letters in one print: what a mail room handles together, and a PDF of a few megabytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    id: int
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter of a print: `body` is what the outbox keeps, `large` the person's preference."""

    message: int
    template: Template
    body: str
    large: bool


def gather(connection: Connection, *, territory: str, at: datetime) -> int:
    """Put letters that have left and are in no print into a new one; how many, at most `AT_ONCE`."""
    waiting = connection.scalars(
        select(messages.c.id)
        .where(
            messages.c.territory == territory,
            messages.c.channel == Channel.LETTER,
            messages.c.status.in_((MessageStatus.SENT, MessageStatus.DELIVERED)),
            messages.c.batch_id.is_(None),
        )
        .order_by(messages.c.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    if waiting:
        batch = connection.execute(
            letter_batches.insert().values(
                territory=territory, made_at=at, letters=len(waiting), first_message=waiting[0]
            )
        ).inserted_primary_key
        connection.execute(
            update(messages).where(messages.c.id.in_(waiting)).values(batch_id=batch[0] if batch else None)
        )
    return len(waiting)


def to_print(connection: Connection, *, territory: str) -> list[Batch]:
    """The prints whose files are not known to be written."""
    b = letter_batches.c
    rows = connection.execute(
        select(b.id, b.made_at).where(b.territory == territory, b.printed_at.is_(None)).order_by(b.id)
    )
    return [Batch(id=row.id, made_at=row.made_at) for row in rows]


def letters_of(connection: Connection, *, territory: str, batch: int) -> list[Letter]:
    rows = connection.execute(
        select(messages.c.id, messages.c.template, messages.c.body, persons.c.large_print)
        .join(persons, persons.c.id == messages.c.recipient_id)
        .where(messages.c.territory == territory, messages.c.batch_id == batch)
        .order_by(messages.c.id)
    )
    return [
        Letter(message=row.id, template=Template(row.template), body=row.body, large=row.large_print) for row in rows
    ]


def printed(connection: Connection, *, territory: str, batch: int, at: datetime) -> None:
    """The files of this print are written."""
    b = letter_batches.c
    connection.execute(
        update(letter_batches)
        .where(b.territory == territory, b.id == batch, b.printed_at.is_(None))
        .values(printed_at=at)
    )


def posted(connection: Connection, act: Act, *, batch: int, day: date) -> int:
    """The post took these letters on `day`: from then on, and not before, they count as notices sent that day.

    How many letters. JalonError: unknown, not printed, posted already, a day before the print or after today.
    """
    row = found(connection, act, table=letter_batches, id=batch, what=f"Impression l{batch}")
    if row["printed_at"] is None:
        raise JalonError(f"l{batch} n'est pas encore imprimée : lancez jalon dispatch --apply.")
    if row["posted_on"] is not None:
        raise JalonError(f"l{batch} : le dépôt du {row['posted_on'].isoformat()} est déjà noté.")
    if day > act.on:
        raise JalonError("Un dépôt se note une fois fait : vérifiez --on.")
    if day < row["made_at"].date():
        raise JalonError(f"l{batch} a été imprimée après ce jour : vérifiez --on.")
    connection.execute(
        update(letter_batches).where(letter_batches.c.id == batch).values(posted_on=day, posted_by=act.by)
    )
    inside = (messages.c.territory == act.territory) & (messages.c.batch_id == batch)
    meant = select(messages.c.appointment_id).where(
        inside, messages.c.template.in_((Template.CONVOCATION, Template.APPOINTMENT_MOVED))
    )
    a = appointments.c
    connection.execute(
        update(appointments)
        .where(a.territory == act.territory, a.id.in_(meant), a.notice_channel == Channel.LETTER, a.notice_by_jalon)
        .values(notice_sent_on=day, notice_proof=NoticeProof.POSTED)
    )
    formal = select(messages.c.key).where(inside, messages.c.template == Template.INVITATION_TO_REGULARISE)
    connection.execute(
        update(letters)
        .where(letters.c.territory == act.territory, letters.c.message_key.in_(formal))
        .values(sent_on=day)
    )
    record(connection, act, kind="letters_posted", subject=f"l{batch} {day.isoformat()}")
    return int(row["letters"])


def listed(connection: Connection, *, territory: str) -> Sequence[RowMapping]:
    """Every print, the newest last."""
    b = letter_batches.c
    return connection.execute(select(letter_batches).where(b.territory == territory).order_by(b.id)).mappings().all()


def unposted(connection: Connection, *, territory: str, before: datetime) -> int:
    """How many prints made before that instant nobody has said posted."""
    b = letter_batches.c
    which = (b.territory == territory, b.posted_on.is_(None), b.made_at < before)
    return connection.scalar(select(func.count()).select_from(letter_batches).where(*which)) or 0
