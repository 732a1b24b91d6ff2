"""When a person never can come, and when they would rather."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("persons", sa.Column("hours_impossible", sa.String(length=400), server_default="", nullable=False))
    op.add_column("persons", sa.Column("hours_wished", sa.String(length=400), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("persons", "hours_wished")
    op.drop_column("persons", "hours_impossible")
