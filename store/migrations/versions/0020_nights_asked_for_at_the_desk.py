"""nights asked for at the desk"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "launches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("track", sa.String(length=64), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("apply", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("busy", sa.String(length=64), nullable=True),
        sa.Column("after_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("flow_run", sa.String(length=36), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=True),
        sa.Column("cases_read", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.Column("why", sa.String(length=500), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["after_id"], ["launches.id"], name=op.f("fk_launches_after_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_launches_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_launches")),
        sa.UniqueConstraint("territory", "after_id", name=op.f("uq_launches_territory_after_id")),
        sa.UniqueConstraint("territory", "busy", name=op.f("uq_launches_territory_busy")),
    )
    op.create_index("ix_launches_track", "launches", ["territory", "track", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_launches_track", table_name="launches")
    op.drop_table("launches")
