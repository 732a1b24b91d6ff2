"""Who may open the desk, until when a browser is known, and which files each account has read."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, UniqueConstraint

from store.schema.columns import in_territory, metadata, ref, row_id
from store.types import Instant

# `name` signs every act in the journal: no two accounts share one, or two signatures could be one person's.
accounts = Table(
    "accounts",
    metadata,
    row_id(),
    in_territory(),
    Column("email", String(254), nullable=False),  # in lower case
    Column("name", String(120), nullable=False),
    Column("role", String(20), nullable=False),
    ref("referents", nullable=True),
    Column("password_hash", String(200)),  # argon2id; null: signs in elsewhere, or has not chosen one yet
    Column("issuer", String(250)),  # of the OIDC identity, tied at its first sign-in
    Column("subject", String(250)),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", Instant),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(120), nullable=False),
    Column("disabled_at", Instant),
    UniqueConstraint("territory", "email"),
    UniqueConstraint("territory", "name"),
    UniqueConstraint("territory", "issuer", "subject"),
    CheckConstraint("role != 'referent' OR referent_id IS NOT NULL", name="a_referent_has_a_caseload"),
)

# One use each. Without an account: the link of the first administrator.
invitations = Table(
    "invitations",
    metadata,
    row_id(),
    in_territory(),
    ref("accounts", nullable=True),
    Column("token_hash", String(64), nullable=False),  # SHA-256; the token itself is in the link alone
    Column("made_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("used_at", Instant),
    UniqueConstraint("territory", "token_hash"),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    row_id(),
    in_territory(),
    ref("accounts"),
    Column("token_hash", String(64), nullable=False),  # SHA-256; the token itself is in the cookie alone
    Column("made_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
    UniqueConstraint("territory", "token_hash"),
    Index("ix_sign_ins_account", "account_id"),
)

reads = Table(
    "reads",
    metadata,
    row_id(),
    in_territory(),
    ref("accounts"),
    ref("persons"),
    ref("cases"),
    Column("page", String(20), nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("territory", "account_id", "case_id", "page", "at"),
    Index("ix_reads_person", "person_id"),
    Index("ix_reads_at", "territory", "at"),
)

# A county's software at the desk's door. `name` signs its acts, as `api:NAME`.
api_tokens = Table(
    "api_tokens",
    metadata,
    row_id(),
    in_territory(),
    Column("name", String(60), nullable=False),
    Column("role", String(20), nullable=False),
    ref("referents", nullable=True),
    Column("token_hash", String(64), nullable=False),  # SHA-256; the token itself is with the software alone
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(120), nullable=False),
    Column("until", Instant, nullable=False),
    Column("used_at", Instant),
    Column("revoked_at", Instant),
    UniqueConstraint("territory", "name"),
    UniqueConstraint("territory", "token_hash"),
    CheckConstraint("role != 'referent' OR referent_id IS NOT NULL", name="a_referent_has_a_caseload"),
)
