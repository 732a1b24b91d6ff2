"""reference of the provider"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("provider_ref", sa.String(length=120), nullable=True))
    op.create_index("ix_messages_provider", "messages", ["territory", "provider_ref"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_messages_provider", table_name="messages")
    op.drop_column("messages", "provider_ref")
