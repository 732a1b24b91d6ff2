"""calendar invitations"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("appointments", sa.Column("first_id", key, nullable=True))
    op.add_column("appointments", sa.Column("moves", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("appointments", "moves")
    op.drop_column("appointments", "first_id")
