"""hand over"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True))
    # until now, all that a dispatcher had claimed might have left
    op.execute("UPDATE messages SET handed_over_at = lease_until WHERE status = 'sending'")
    op.add_column("messages", sa.Column("doubts", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("messages", "doubts")
    op.drop_column("messages", "handed_over_at")
