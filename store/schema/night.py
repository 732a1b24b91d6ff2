"""The runs, who holds what, and the audit journal."""

from sqlalchemy import JSON, Boolean, Column, Date, Index, Integer, String, Table, UniqueConstraint

from store.schema.columns import in_territory, metadata, ref, row_id
from store.types import Instant

runs = Table(
    "runs",
    metadata,
    row_id(),
    in_territory(),
    Column("track", String(64), nullable=False),
    Column("on_day", Date, nullable=False),
    Column("scheduled_for", Instant),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("status", String(12), nullable=False),  # running, done, no_op, failed
    Column("counts", JSON),
    Column("journal_heads", JSON),
    Column("versions", JSON),
    Index("ix_runs_track", "territory", "track", "on_day"),
)

# A night asked for at the desk. `busy`: the track, until it ends: two people never start it at once. `after_id`: the
# dry run that was shown before; it is applied once.
launches = Table(
    "launches",
    metadata,
    row_id(),
    in_territory(),
    Column("track", String(64), nullable=False),
    Column("on_day", Date, nullable=False),
    Column("apply", Boolean, nullable=False),
    Column("asked_by", String(120), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("status", String(12), nullable=False),  # asked, running, done, no_op, failed
    Column("busy", String(64)),
    ref("launches", name="after_id", nullable=True),
    ref("runs", nullable=True),
    Column("flow_run", String(36)),  # its id at Prefect
    Column("seen_at", Instant, nullable=False),  # the last sign of life
    Column("cases", Integer),  # to read
    Column("cases_read", Integer, nullable=False, server_default="0"),
    Column("counts", JSON),
    Column("why", String(500)),  # of a failure, in French
    Column("finished_at", Instant),
    UniqueConstraint("territory", "busy"),
    UniqueConstraint("territory", "after_id"),
    Index("ix_launches_track", "territory", "track", "id"),
)

leases = Table(
    "leases",
    metadata,
    Column("territory", String(64), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("until", Instant, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    row_id(),
    in_territory(),
    Column("chain", String(80), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(140), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("subject", String(160), nullable=False),  # ids and digests only, never a name
    Column("policy_version", String(80), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    UniqueConstraint("territory", "chain", "seq"),
)
