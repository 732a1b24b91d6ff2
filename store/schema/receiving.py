"""What the channels say of a message after they took it."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, UniqueConstraint

from store.schema.columns import in_territory, metadata, row_id
from store.types import Instant, Key

receipts = Table(
    "receipts",
    metadata,
    row_id(),
    in_territory(),
    Column("channel", String(10), nullable=False),
    Column("event", String(200), nullable=False),  # the channel's own id of it: the same twice is nothing new
    Column("reference", String(200), nullable=False),  # what it calls the message, as messages.provider_ref
    Column("message_id", Key, ForeignKey("messages.id")),  # null while nothing of ours has that name
    Column("kind", String(10), nullable=False),
    Column("at", Instant, nullable=False),  # by the channel's clock
    Column("received_at", Instant, nullable=False),
    Column("applied_at", Instant),
    UniqueConstraint("territory", "channel", "event"),
    Index("ix_receipts_message", "message_id"),
    Index("ix_receipts_waiting", "territory", "applied_at", "received_at"),
)
