"""What happened: sessions, appointments, letters, signals."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from store.schema.columns import in_territory, metadata, ref, row_id
from store.types import Instant, Key

sessions = Table(
    "sessions",
    metadata,
    row_id(),
    in_territory(),
    Column("ref", String(40), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("place", String(120), nullable=False),
    ref("referents"),
    Column("seats", Integer),
    Column("minimum", Integer),
    UniqueConstraint("territory", "ref"),
)

appointments = Table(
    "appointments",
    metadata,
    row_id(),
    in_territory(),
    ref("cases"),
    ref("referents", nullable=True),
    Column("kind", String(12), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("place", String(120), nullable=False),
    Column("by_phone", Boolean, nullable=False, server_default=text("false")),
    ref("sessions", nullable=True),
    Column("status", String(10), nullable=False),
    Column("status_by", String(120)),  # who said it in Jalon; an import leaves it, and never undoes what it covers
    Column("qualification", String(14)),
    Column("qualified_by", String(120)),
    Column("reason", String(40)),  # a code, never a health detail
    Column("excused_on", Date),  # the day on which it was said in Jalon to be excused or admissible
    Column("created_by", String(140), nullable=False),  # import, run:<id>, person:<name>
    Column("known_on", Date, nullable=False),
    Column("notice_sent_on", Date),
    Column("notice_channel", String(10)),
    Column("notice_proof", String(10), nullable=False, server_default="none"),
    Column("notice_by_jalon", Boolean, nullable=False, server_default=text("false")),
    Column("confirmed_by", String(120)),  # somebody says that a doubtful one stands
    Column("despite", String(200)),  # why somebody moved it to an hour at which nobody is usually met
    Column("superseded_by", Key, ForeignKey("appointments.id")),
    Column("first_id", Key),  # the first of those it replaced, where it replaces one
    Column("moves", Integer, nullable=False, server_default="0"),  # how often it has moved since that first one
    Column("key", String(120), nullable=False),
    UniqueConstraint("territory", "key"),
    CheckConstraint("qualification IS NULL OR qualified_by IS NOT NULL", name="qualified_by_someone"),
    Index("ix_appointments_case", "case_id", "starts_at"),
    Index("ix_appointments_referent", "territory", "referent_id", "starts_at"),
    Index("ix_appointments_planned", "territory", "status", "starts_at"),
)

letters = Table(
    "letters",
    metadata,
    row_id(),
    in_territory(),
    ref("persons"),
    Column("kind", String(40), nullable=False),  # Template.INVITATION_TO_REGULARISE
    Column("sent_on", Date, nullable=False),
    Column("channel", String(40), nullable=False),
    Column("received_on", Date),  # date certaine, or nothing
    Column("delay_days", Integer, nullable=False),
    Column("message_key", String(120)),  # of the outbox row, when Jalon wrote it
    UniqueConstraint("territory", "person_id", "kind", "sent_on"),
    Index("ix_letters_person", "person_id"),
)

signals = Table(
    "signals",
    metadata,
    row_id(),
    in_territory(),
    ref("cases"),
    Column("happened_on", Date, nullable=False),
    Column("source", String(20), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("said_by", String(120), nullable=False),
    Column("key", String(120), nullable=False),
    UniqueConstraint("territory", "key"),
    Index("ix_signals_case", "case_id"),
)
