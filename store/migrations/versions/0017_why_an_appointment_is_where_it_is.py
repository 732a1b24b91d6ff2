"""why an appointment is where it is"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appointments", sa.Column("despite", sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column("appointments", "despite")
