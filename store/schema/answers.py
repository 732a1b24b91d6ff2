"""What people answer through the links of their messages, and the links themselves."""

from sqlalchemy import CheckConstraint, Column, Date, Index, String, Table, UniqueConstraint

from store.schema.columns import in_territory, metadata, ref, row_id
from store.types import Instant

links = Table(
    "links",
    metadata,
    row_id(),
    in_territory(),
    ref("persons"),
    ref("cases"),
    ref("messages"),
    ref("appointments", nullable=True),
    Column("token_hash", String(64), nullable=False),  # SHA-256; the token itself is in the message alone
    Column("made_at", Instant, nullable=False),
    Column("answer_until", Instant),  # about its appointment, or with news; null: not what it is for
    Column("contact_until", Instant),  # new contact details, no more messages by this channel; null: idem
    UniqueConstraint("territory", "token_hash"),
    Index("ix_links_message", "message_id"),
    Index("ix_links_person", "person_id"),
)

answers = Table(
    "answers",
    metadata,
    row_id(),
    in_territory(),
    ref("persons"),
    ref("cases"),
    ref("links"),
    ref("appointments", nullable=True),
    Column("kind", String(20), nullable=False),
    Column("reason", String(40)),  # a code, never a health detail
    Column(
        "wishes", String(80), nullable=False, server_default=""
    ),  # words: half-days, the channel refused, the hour chosen
    Column("note", String(300)),  # what the person chose to write to their referent
    Column("given_at", Instant, nullable=False),
    Column("key", String(120), nullable=False),  # said twice, it is one answer
    UniqueConstraint("territory", "key"),
    Index("ix_answers_case", "case_id", "given_at"),
    Index("ix_answers_given", "territory", "given_at"),
    Index("ix_answers_appointment", "appointment_id"),
)

declarations = Table(
    "declarations",
    metadata,
    row_id(),
    in_territory(),
    ref("persons"),
    ref("answers", nullable=True),  # null: somebody of the staff wrote down what the person told them
    Column("field", String(20), nullable=False),  # column of persons
    Column("old_value", String(254)),
    Column("new_value", String(254), nullable=False),
    Column("declared_on", Date, nullable=False),
    Column("undone_on", Date),
    Column("undone_by", String(120)),
    Column("said_by", String(120)),  # who wrote it down; null: the person, through their link
    UniqueConstraint("territory", "answer_id", "field"),
    CheckConstraint("answer_id IS NOT NULL OR said_by IS NOT NULL", name="said_by_someone"),
    Index("ix_declarations_person", "person_id"),
)
