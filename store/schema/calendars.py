"""The calendars that referents keep elsewhere, what they say of their time, and the links to their own agenda here."""

from sqlalchemy import Column, Date, Index, Integer, String, Table, UniqueConstraint

from store.schema.columns import in_territory, metadata, ref, row_id
from store.types import Instant

calendars = Table(
    "calendars",
    metadata,
    row_id(),
    in_territory(),
    ref("referents"),
    Column("source", String(500), nullable=False),  # https://…, the path of a file, or env:NAME where it is secret
    Column("kind", String(6), nullable=False),  # CalendarKind
    Column("secret", String(500)),  # where its « name:password » is: env:NAME or file:PATH; never the secret itself
    Column("added_by", String(120), nullable=False),
    Column("added_on", Date, nullable=False),
    Column("tried_at", Instant),
    Column("read_at", Instant),  # the last time that it could be read: what is known dates from then
    Column("trouble", String(20)),  # CalendarTrouble of the last try
    Column("skipped", Integer, nullable=False, server_default="0"),  # events that could not be understood
    UniqueConstraint("territory", "referent_id", "source"),
)

busy_times = Table(
    "busy_times",
    metadata,
    row_id(),
    in_territory(),
    ref("calendars"),
    ref("referents"),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    UniqueConstraint("territory", "calendar_id", "starts_at"),
    Index("ix_busy_times_ends", "territory", "ends_at"),
)

feeds = Table(
    "feeds",
    metadata,
    row_id(),
    in_territory(),
    ref("referents"),
    Column("token_hash", String(64), nullable=False),  # SHA-256; whoever asked for it alone has the token
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(120), nullable=False),
    Column("revoked_at", Instant),
    Column("revoked_by", String(120)),
    UniqueConstraint("territory", "token_hash"),
    Index("ix_feeds_referent", "referent_id"),
)
