"""followed up and capped"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("followed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE messages SET followed_at = due_at WHERE status IN ('failed', 'unknown', 'void')"
    )  # too old to ask
    op.create_index("ix_messages_recipient", "messages", ["territory", "recipient_kind", "recipient_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_messages_recipient", table_name="messages")
    op.drop_column("messages", "followed_at")
