"""calendars of referents"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendars",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("referent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("secret", sa.String(length=500), nullable=True),
        sa.Column("added_by", sa.String(length=120), nullable=False),
        sa.Column("added_on", sa.Date(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(length=20), nullable=True),
        sa.Column("skipped", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["referent_id"], ["referents.id"], name=op.f("fk_calendars_referent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
        sa.UniqueConstraint(
            "territory", "referent_id", "source", name=op.f("uq_calendars_territory_referent_id_source")
        ),
    )
    op.create_table(
        "feeds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("referent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["referent_id"], ["referents.id"], name=op.f("fk_feeds_referent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("territory", "token_hash", name=op.f("uq_feeds_territory_token_hash")),
    )
    op.create_index("ix_feeds_referent", "feeds", ["referent_id"], unique=False)
    op.create_table(
        "busy_times",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("calendar_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("referent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendars.id"], name=op.f("fk_busy_times_calendar_id")),
        sa.ForeignKeyConstraint(["referent_id"], ["referents.id"], name=op.f("fk_busy_times_referent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_busy_times")),
        sa.UniqueConstraint(
            "territory", "calendar_id", "starts_at", name=op.f("uq_busy_times_territory_calendar_id_starts_at")
        ),
    )
    op.create_index("ix_busy_times_ends", "busy_times", ["territory", "ends_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_busy_times_ends", table_name="busy_times")
    op.drop_table("busy_times")
    op.drop_index("ix_feeds_referent", table_name="feeds")
    op.drop_table("feeds")
    op.drop_table("calendars")
