"""letters and preferences"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "letter_batches",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("first_message", key, nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("posted_by", sa.String(length=120), nullable=True),
        sa.CheckConstraint(
            "(posted_on IS NULL) = (posted_by IS NULL)", name=op.f("ck_letter_batches_posted_by_someone")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_batches")),
        sa.UniqueConstraint("territory", "first_message", name=op.f("uq_letter_batches_territory_first_message")),
    )
    op.add_column("messages", sa.Column("batch_id", key, nullable=True))
    op.execute("UPDATE messages SET batch_id = 0 WHERE channel = 'letter' AND status IN ('sent', 'delivered')")
    for name in ("easy_french", "large_print"):
        op.add_column("persons", sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    op.drop_column("persons", "large_print")
    op.drop_column("persons", "easy_french")
    op.drop_column("messages", "batch_id")
    op.drop_table("letter_batches")
