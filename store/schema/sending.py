"""The outbox, and what keeps it back."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.schema.columns import in_territory, metadata, ref, row_id
from store.types import Instant, Key

holds = Table(
    "holds",
    metadata,
    row_id(),
    in_territory(),
    Column("scope", String(40), nullable=False),  # the template or the channel that went over its ceiling
    Column("ceiling", Integer, nullable=False),
    Column("counted", Integer, nullable=False),  # of that day, sent and to send, when it was last judged
    Column("held_at", Instant, nullable=False),
    Column("agreed_by", String(120)),
    Column("agreed_at", Instant),
    Column("released_by", String(120)),
    Column("released_at", Instant),
    CheckConstraint("released_by IS NULL OR agreed_by IS NOT NULL", name="released_by_two"),
    CheckConstraint("(released_by IS NULL) = (released_at IS NULL)", name="released_by_someone"),
    Index(
        "uq_holds_open",
        "territory",
        "scope",
        unique=True,
        sqlite_where=text("released_at IS NULL"),
        postgresql_where=text("released_at IS NULL"),
    ),
)

stops = Table(
    "stops",
    metadata,
    row_id(),
    in_territory(),
    Column("track", String(64), nullable=False),  # empty: all of them
    Column("channel", String(10), nullable=False),  # empty: all of them
    Column("reason", Text, nullable=False),
    Column("stopped_by", String(120), nullable=False),
    Column("stopped_at", Instant, nullable=False),
    Column("resumed_by", String(120)),
    Column("resumed_at", Instant),
    CheckConstraint("(resumed_by IS NULL) = (resumed_at IS NULL)", name="resumed_by_someone"),
    Index(
        "uq_stops_active",
        "territory",
        "track",
        "channel",
        unique=True,
        sqlite_where=text("resumed_at IS NULL"),
        postgresql_where=text("resumed_at IS NULL"),
    ),
)

letter_batches = Table(
    "letter_batches",
    metadata,
    row_id(),
    in_territory(),
    Column("made_at", Instant, nullable=False),
    Column("letters", Integer, nullable=False),
    Column("first_message", Key, nullable=False),  # a letter begins one print at most
    Column("printed_at", Instant),  # its files are written
    Column("posted_on", Date),  # the day that the post took it, as somebody says
    Column("posted_by", String(120)),
    UniqueConstraint("territory", "first_message"),
    CheckConstraint("(posted_on IS NULL) = (posted_by IS NULL)", name="posted_by_someone"),
)

circuits = Table(
    "circuits",
    metadata,
    row_id(),
    in_territory(),
    Column("channel", String(10), nullable=False),
    Column("failures", Integer, nullable=False),  # in a row
    Column("opened_at", Instant),
    Column("probe_at", Instant),
    UniqueConstraint("territory", "channel"),
)

messages = Table(
    "messages",
    metadata,
    row_id(),
    in_territory(),
    ref("cases", nullable=True),
    Column("recipient_kind", String(12), nullable=False),
    Column("recipient_id", Key, nullable=False),  # persons.id, referents.id, or rank of the coordinator
    Column("channel", String(10), nullable=False),
    Column("template", String(40), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("useful_until", Instant, nullable=False),
    Column("status", String(10), nullable=False),
    Column("failure", String(10)),
    Column("not_sent_because", String(40)),  # NotDoneReason, for void, too_late, held
    Column("sent_at", Instant),
    Column("provider_ref", String(120)),  # the provider's own id of it, or our Message-ID: what a receipt names
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("segments", Integer),
    Column("lease_until", Instant),
    Column("lease_by", String(40)),
    Column("handed_over_at", Instant),  # set just before a hand-over that no machine may repeat
    Column("doubts", Integer, nullable=False, server_default="0"),  # how often it may have left without an answer
    Column("body", Text),  # what left, kept with the message as evidence
    Column("body_hash", String(64)),
    Column("appointment_id", Key, ForeignKey("appointments.id")),
    Column("details", JSON, nullable=False),  # days, rung, milestone: what the template needs beside the rows
    Column("key", String(120), nullable=False),
    Column("planned_on", Date, nullable=False),
    Column("run_id", Key),
    Column("hold_id", Key),  # kept after the release: what two people have read is not held again
    Column("followed_at", Instant),  # a failure is looked at once: another channel, a question to the referent
    Column("batch_id", Key),  # the print that a letter is in; 0: from before there were prints
    UniqueConstraint("territory", "key"),
    Index("ix_messages_due", "territory", "status", "due_at"),
    Index("ix_messages_sent", "territory", "sent_at"),
    Index("ix_messages_provider", "territory", "provider_ref"),
    Index("ix_messages_recipient", "territory", "recipient_kind", "recipient_id"),
    Index("ix_messages_case", "case_id"),
    Index("ix_messages_appointment", "appointment_id"),
)
