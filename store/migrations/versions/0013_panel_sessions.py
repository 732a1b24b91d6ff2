"""panel sessions"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "panel_sessions",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_sessions")),
        sa.UniqueConstraint("territory", "starts_at", name=op.f("uq_panel_sessions_territory_starts_at")),
    )
    op.create_table(
        "panel_members",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("session_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("seat", sa.String(length=64), nullable=False),
        sa.Column("substitutes", sa.String(length=120), nullable=True),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["panel_sessions.id"], name=op.f("fk_panel_members_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_members")),
        sa.UniqueConstraint("territory", "session_id", "name", name=op.f("uq_panel_members_territory_session_id_name")),
    )
    op.create_table(
        "panel_items",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("session_id", KEY, nullable=False),
        sa.Column("review_id", KEY, nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_panel_items_review_id")),
        sa.ForeignKeyConstraint(["session_id"], ["panel_sessions.id"], name=op.f("fk_panel_items_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_items")),
        sa.UniqueConstraint(
            "territory", "session_id", "review_id", name=op.f("uq_panel_items_territory_session_id_review_id")
        ),
        sa.UniqueConstraint("territory", "session_id", "slot", name=op.f("uq_panel_items_territory_session_id_slot")),
    )
    op.create_index("ix_panel_items_review", "panel_items", ["review_id"], unique=False)


def downgrade() -> None:
    op.drop_table("panel_items")
    op.drop_table("panel_members")
    op.drop_table("panel_sessions")
