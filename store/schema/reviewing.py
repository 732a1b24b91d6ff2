"""What is asked of people: questions, checks that wait for a fact, reviews and their evidence."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
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

questions = Table(
    "questions",
    metadata,
    row_id(),
    in_territory(),
    ref("cases"),
    ref("referents", nullable=True),
    Column("kind", String(20), nullable=False),
    Column("subject_id", Key),  # appointment, action, contract… by kind
    Column("asked_on", Date, nullable=False),
    Column("coordinator_from", Date),  # the day from which the coordinator is told too
    Column("closed_on", Date),
    Column("closed_by", String(140)),
    Column("why", Text, nullable=False),
    Column("policy_version", String(80), nullable=False),
    Column("key", String(120), nullable=False),
    UniqueConstraint("territory", "key"),
    Index("ix_questions_case", "case_id"),
    Index("ix_questions_open", "territory", "closed_on", "referent_id"),
)

checks = Table(
    "checks",
    metadata,
    row_id(),
    in_territory(),
    ref("cases"),
    Column("precondition", String(30), nullable=False),
    Column("since", Date, nullable=False),
    Column("closed_on", Date),
    Column("why", Text, nullable=False),
    Column("policy_version", String(80), nullable=False),
    Index(
        "uq_checks_open",
        "territory",
        "case_id",
        "precondition",
        unique=True,
        sqlite_where=text("closed_on IS NULL"),
        postgresql_where=text("closed_on IS NULL"),
    ),
    Index("ix_checks_case", "case_id"),
)

HUMAN_STATUSES = "'decided','notified','appeal_open','closed'"

reviews = Table(
    "reviews",
    metadata,
    row_id(),
    in_territory(),
    ref("cases", nullable=True),
    ref("referents", nullable=True),  # the service's own finding is about a referent's caseload
    Column("track", String(64), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("subject", String(120), nullable=False),  # the case, or cause|referent|clock of a finding
    Column("opened_on", Date, nullable=False),
    Column("status", String(24), nullable=False),
    Column("reason", Text, nullable=False),
    Column("rule", String(60), nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("policy_version", String(80), nullable=False),
    Column("legal_reference", Text, nullable=False),
    Column("deadline_on", Date),
    Column("assigned_to", String(120)),
    Column("outcome", String(40)),
    Column("reasons", Text),
    Column("decided_by", String(120)),
    Column("decided_at", Instant),
    # No machine decides: a decision has a named person, an instant and reasons, or is not a row (R1).
    CheckConstraint(
        "(outcome IS NULL AND decided_by IS NULL AND decided_at IS NULL)"
        " OR (outcome IS NOT NULL AND decided_at IS NOT NULL"
        " AND decided_by IS NOT NULL AND length(trim(decided_by)) > 0"  # a check that is NULL passes
        " AND reasons IS NOT NULL AND length(trim(reasons)) > 0)",
        name="decided_by_someone",
    ),
    CheckConstraint(f"status NOT IN ({HUMAN_STATUSES}) OR decided_by IS NOT NULL", name="ended_by_someone"),
    CheckConstraint("kind = 'service' OR case_id IS NOT NULL", name="about_a_case"),
    Index(
        "uq_reviews_open",
        "territory",
        "kind",
        "subject",
        unique=True,
        sqlite_where=text("outcome IS NULL"),
        postgresql_where=text("outcome IS NULL"),
    ),
    Index("ix_reviews_case", "case_id"),
)

review_evidence = Table(
    "review_evidence",
    metadata,
    row_id(),
    in_territory(),
    ref("reviews"),
    Column("kind", String(40), nullable=False),  # appointment, contract, letter, signal, case…
    Column("subject_id", Key, nullable=False),
    Column("note", Text, nullable=False),
    UniqueConstraint("territory", "review_id", "kind", "subject_id"),
)

# What people did to a review, in order; a row is only ever added. Two at once: one of them meets the unique key.
review_steps = Table(
    "review_steps",
    metadata,
    row_id(),
    in_territory(),
    ref("reviews"),
    Column("rank", Integer, nullable=False),
    Column("step", String(20), nullable=False),
    Column("status", String(24), nullable=False),  # of the review, once the step is made
    Column("made_by", String(120), nullable=False),
    Column("role", String(12), nullable=False),
    Column("at", Instant, nullable=False),
    Column("on_day", Date, nullable=False),  # of the fact itself: a receipt, a hearing…
    Column("details", JSON, nullable=False),
    CheckConstraint("length(trim(made_by)) > 0", name="by_someone"),
    UniqueConstraint("territory", "review_id", "rank"),
)

panel_sessions = Table(
    "panel_sessions",
    metadata,
    row_id(),
    in_territory(),
    Column("starts_at", Instant, nullable=False),
    Column("place", String(120), nullable=False),
    Column("slots", Integer, nullable=False),
    Column("created_by", String(120), nullable=False),
    UniqueConstraint("territory", "starts_at"),
)

panel_members = Table(
    "panel_members",
    metadata,
    row_id(),
    in_territory(),
    ref("panel_sessions", name="session_id"),
    Column("name", String(120), nullable=False),
    Column("seat", String(64), nullable=False),  # slug of revue.toml
    Column("substitutes", String(120)),
    Column("present", Boolean, nullable=False),
    UniqueConstraint("territory", "session_id", "name"),
)

# The last item of a review is the one that counts: it may be put off to another session.
panel_items = Table(
    "panel_items",
    metadata,
    row_id(),
    in_territory(),
    ref("panel_sessions", name="session_id"),
    ref("reviews"),
    Column("slot", Integer, nullable=False),
    UniqueConstraint("territory", "session_id", "slot"),
    UniqueConstraint("territory", "session_id", "review_id"),
    Index("ix_panel_items_review", "review_id"),
)

representatives = Table(
    "representatives",
    metadata,
    row_id(),
    in_territory(),
    ref("persons"),
    Column("kind", String(20), nullable=False),  # tutelle, curatelle, mandat, autorité parentale
    Column("name", String(120), nullable=False),
    Column("address", String(250), nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date),
    Column("said_by", String(120), nullable=False),
    UniqueConstraint("territory", "person_id", "first_day"),
)
